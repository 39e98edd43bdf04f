package localaws_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func redriveTo(arn string, count any) string {
	return fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%v}`, arn, count)
}

// In scenario S4 messages without store_id are received twice in vain and then belong to the dead-letter queue.
func TestS4PoisonGoesToTheDeadLetterQueueAndTheRestIsProcessed(t *testing.T) {
	w := newWorld()
	dlq := w.box(t, "dlq_for_reliable_q", nil)
	source := w.box(t, "reliable_q", map[string]string{
		"VisibilityTimeout": "30", "RedrivePolicy": redriveTo(dlq.arn, 2),
	})
	const messages, poisonous = 91, 13
	for i := range messages {
		in := sqs.SendMessageInput{}
		if i%7 != 0 {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"store_id": text("s1")}
		}
		must[*sqs.SendMessageOutput](t)(source.trySend(t, fmt.Sprint("order ", i), in))
	}
	processed, refused := 0, 0
	for range 3 {
		for {
			got := source.receive(t)
			if len(got) == 0 {
				break
			}
			for _, m := range got {
				if _, good := m.MessageAttributes["store_id"]; good {
					source.delete(t, m)
					processed++
				} else {
					refused++
				}
			}
		}
		source.pass(30 * time.Second)
	}
	if processed != messages-poisonous || refused != 2*poisonous {
		t.Errorf("processed %d, refused %d, want %d and %d", processed, refused, messages-poisonous, 2*poisonous)
	}
	source.wantCounts(t, "source", "0", "0", "0")
	dlq.wantCounts(t, "dead letters", fmt.Sprint(poisonous), "0", "0")
}

func TestP23DeadLetterOfAStandardQueueKeepsIDAndEnqueueTime(t *testing.T) {
	w := newWorld()
	dlq := w.box(t, "dlq", map[string]string{"MessageRetentionPeriod": "600"})
	source := w.box(t, "q", map[string]string{"RedrivePolicy": redriveTo(dlq.arn, `"1"`)})
	sent := must[*sqs.SendMessageOutput](t)(source.trySend(t, "poison", sqs.SendMessageInput{}))
	w.pass(100 * time.Second)
	handle := source.wantBodies(t, "first receive", "poison")[0].ReceiptHandle
	w.pass(30 * time.Second)
	source.wantCounts(t, "before the second receive", "1", "0", "0")
	dlq.wantCounts(t, "before the second receive", "0", "0", "0")
	source.wantBodies(t, "second receive")
	wantCode(t, "the handle of the first receive", source.tryDelete(t, handle), "")
	got := dlq.wantBodies(t, "dead letters", "poison")[0]
	want := map[string]string{
		"SentTimestamp": "1767323045000", "ApproximateReceiveCount": "2", "DeadLetterQueueSourceArn": source.arn,
		"ApproximateFirstReceiveTimestamp": "1767323145000",
	}
	for name, value := range want {
		if got.Attributes[name] != value {
			t.Errorf("%s is %q, want %q", name, got.Attributes[name], value)
		}
	}
	if *got.MessageId != *sent.MessageId {
		t.Errorf("message id is %s, want %s", *got.MessageId, *sent.MessageId)
	}
	w.pass(469 * time.Second)
	dlq.wantCounts(t, "599 s after sending", "1", "0", "0")
	w.pass(time.Second)
	dlq.wantCounts(t, "600 s after sending", "0", "0", "0")
}

func TestDeadLetterOfAFIFOQueueIsSentAnew(t *testing.T) {
	w := newWorld()
	dlq := w.box(t, "dlq.fifo", fifo())
	source := w.box(t, "q.fifo", fifo("RedrivePolicy", redriveTo(dlq.arn, 1)))
	sent := source.sendTo(t, "g", "same", "poison")
	source.sendTo(t, "g", "next", "behind it")
	w.pass(100 * time.Second)
	source.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 1})
	w.pass(30 * time.Second)
	source.wantBodies(t, "second receive", "behind it")
	got := dlq.wantBodies(t, "dead letters", "poison")[0]
	want := map[string]string{
		"SentTimestamp": "1767323175000", "ApproximateReceiveCount": "2", "DeadLetterQueueSourceArn": source.arn,
		"MessageGroupId": "g", "MessageDeduplicationId": *sent.MessageId,
	}
	for name, value := range want {
		if got.Attributes[name] != value {
			t.Errorf("%s is %q, want %q", name, got.Attributes[name], value)
		}
	}
}

func TestPoisonStaysWhereItCannotGo(t *testing.T) {
	for name, prevent := range map[string]func(t *testing.T, source, dlq box){
		"the dead-letter queue is deleted": func(t *testing.T, _, dlq box) {
			must[*sqs.DeleteQueueOutput](t)(dlq.client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &dlq.url}))
		},
		"it allows no source any more": func(t *testing.T, _, dlq box) {
			dlq.set(t, "RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`)
		},
		"it allows another source": func(t *testing.T, _, dlq box) {
			dlq.set(t, "RedriveAllowPolicy",
				`{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:111111111111:another"]}`)
		},
		"the queue is its own dead-letter queue": func(t *testing.T, source, _ box) {
			source.set(t, "RedrivePolicy", redriveTo(source.arn, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			dlq := w.box(t, "dlq", nil)
			source := w.box(t, "q", map[string]string{"RedrivePolicy": redriveTo(dlq.arn, 1)})
			prevent(t, source, dlq)
			source.send(t, "poison")
			for range 4 {
				source.wantBodies(t, "each time", "poison")
				w.pass(30 * time.Second)
			}
		})
	}
}

func TestDeadLettersOfDeadLettersCountAnew(t *testing.T) {
	w := newWorld()
	last := w.box(t, "last", nil)
	dlq := w.box(t, "dlq", map[string]string{"RedrivePolicy": redriveTo(last.arn, 2)})
	source := w.box(t, "q", map[string]string{"RedrivePolicy": redriveTo(dlq.arn, 3)})
	source.send(t, "poison")
	for _, step := range []struct {
		from     box
		receives int
	}{{source, 3}, {dlq, 2}} {
		for range step.receives {
			step.from.wantBodies(t, "while it may be received", "poison")
			w.pass(30 * time.Second)
		}
		step.from.wantBodies(t, "once more")
	}
	if got := last.wantBodies(t, "at the end", "poison")[0].Attributes["ApproximateReceiveCount"]; got != "6" {
		t.Errorf("receives over all queues: %s, want 6", got)
	}
}
