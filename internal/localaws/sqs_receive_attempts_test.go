package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

// attempt receives up to ten messages; who repeats an id asks for what it has not got.
func (b box) attempt(t *testing.T, id string) []types.Message {
	t.Helper()
	return b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 10, ReceiveRequestAttemptId: &id})
}

func (b box) wantNotRetryable(t *testing.T, when, id string) {
	t.Helper()
	_, err := b.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &b.url, ReceiveRequestAttemptId: &id})
	wantMessage(t, when, err, "InvalidParameterValue", "Value "+id+" for parameter ReceiveRequestAttemptId is invalid. "+
		"Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.")
}

func handles(messages []types.Message) (list []string) {
	for _, m := range messages {
		list = append(list, *m.ReceiptHandle)
	}
	return list
}

func TestFifoReceiveIsRepeatedByItsAttemptID(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo())
	wantBodies(t, "of the empty queue", b.attempt(t, "a"))
	b.sendTo(t, "g", "1", "one")
	b.sendTo(t, "h", "2", "two")
	first := b.attempt(t, "a")
	wantBodies(t, "first", first, "one", "two")
	b.sendTo(t, "i", "3", "three")
	b.pass(20 * time.Second)
	again := b.attempt(t, "a")
	wantBodies(t, "repeated", again, "one", "two")
	if diff := cmp.Diff(handles(first), handles(again)); diff != "" || again[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("attributes %v; handles (-first +repeated):\n%s", again[0].Attributes, diff)
	}
	wantBodies(t, "another attempt", b.attempt(t, "b"), "three")
	b.pass(20 * time.Second)
	b.wantCounts(t, "40 s after the first and 20 s after the repeated one", "0", "0", "3")
	b.pass(10 * time.Second)
	anew := b.attempt(t, "a")
	wantBodies(t, "after the visibility timeout", anew, "one", "two", "three")
	if handles(anew)[0] == handles(first)[0] {
		t.Error("received anew with the old handle")
	}
}

func TestFifoReceiveIsNotRepeatedOnceItsMessagesWereUsed(t *testing.T) {
	for name, use := range map[string]func(box, types.Message){
		"deleted": func(b box, m types.Message) { b.delete(t, m) },
		"hidden":  func(b box, m types.Message) { wantCode(t, "hiding", b.hide(t, m.ReceiptHandle, 60), "") },
		"given back": func(b box, m types.Message) {
			wantCode(t, "giving back", b.hide(t, m.ReceiptHandle, 0), "")
		},
		"received by others": func(b box, _ types.Message) {
			b.pass(30 * time.Second)
			b.attempt(t, "other")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWorld().box(t, "q.fifo", fifo("MessageRetentionPeriod", "3600"))
			b.sendTo(t, "g", "1", "one")
			b.sendTo(t, "h", "2", "two")
			use(b, b.attempt(t, "a")[0])
			b.wantNotRetryable(t, "afterwards", "a")
			b.pass(5 * time.Minute)
			must[*sqs.ReceiveMessageOutput](t)(b.client.ReceiveMessage(t.Context(),
				&sqs.ReceiveMessageInput{QueueUrl: &b.url, ReceiveRequestAttemptId: aws.String("a")}))
		})
	}
}
