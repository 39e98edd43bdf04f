package localaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestS2FifoOrderWithinAGroup(t *testing.T) {
	b := newWorld().box(t, "payments.fifo", fifo())
	for i, message := range []string{"a1", "b1", "a2", "b2", "a3"} {
		b.sendTo(t, message[:1], string(rune('1'+i)), message)
	}
	one := func() types.Message { return b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 1})[0] }
	a1, b1 := one(), one()
	wantBodies(t, "one by one, group by group", []types.Message{a1, b1}, "a1", "b1")
	b.wantBodies(t, "with both groups locked")
	b.wantCounts(t, "with both groups locked", "3", "0", "2")
	b.delete(t, a1)
	wantBodies(t, "after a1 is done", b.receive(t), "a2", "a3")
	wantCode(t, "giving b1 back", b.hide(t, b1.ReceiptHandle, 0), "")
	b.wantBodies(t, "after b1 was given back", "b1", "b2")
}

func TestFifoGroupIsLockedUntilAllItsMessagesAreDone(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo())
	for _, message := range []string{"a1", "a2", "a3"} {
		b.sendTo(t, "a", message, message)
	}
	got := b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 2})
	wantBodies(t, "as many of the group as asked for", got, "a1", "a2")
	b.delete(t, got[1])
	b.wantBodies(t, "while a1 is in flight")
	b.pass(30 * time.Second)
	b.wantBodies(t, "after its visibility timeout", "a1", "a3")
}

func TestFifoReceiveFillsUpFromOneGroupFirst(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo())
	for _, message := range []string{"a1", "b1", "c1", "a2", "b2"} {
		b.sendTo(t, message[:1], message, message)
	}
	wantBodies(t, "three", b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 3}), "a1", "a2", "b1")
	b.wantBodies(t, "the rest", "c1")
}

func TestS2FifoDuplicatesCollapse(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo("ContentBasedDeduplication", "true"))
	first := b.sendTo(t, "g", "id", "first")
	b.pass(299 * time.Second)
	b.delete(t, b.wantBodies(t, "at first", "first")...)
	again := b.sendTo(t, "another", "id", "something else")
	if *again.MessageId != *first.MessageId || *again.SequenceNumber != *first.SequenceNumber {
		t.Errorf("the duplicate is answered %s, %s; want the first, %s, %s",
			*again.MessageId, *again.SequenceNumber, *first.MessageId, *first.SequenceNumber)
	}
	b.wantBodies(t, "inside of five minutes, though the first is deleted")
	b.pass(time.Second)
	later := b.sendTo(t, "g", "id", "later")
	b.wantBodies(t, "after five minutes", "later")
	if *later.SequenceNumber <= *first.SequenceNumber || len(*first.SequenceNumber) != 20 {
		t.Errorf("sequence numbers %s, %s; want 20 digits that grow", *first.SequenceNumber, *later.SequenceNumber)
	}
}

func TestFifoDeduplicationByContent(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo("ContentBasedDeduplication", "true"))
	send := func(body string, in sqs.SendMessageInput) {
		in.MessageGroupId = aws.String("g")
		must[*sqs.SendMessageOutput](t)(b.trySend(t, body, in))
	}
	send("body", sqs.SendMessageInput{MessageAttributes: map[string]types.MessageAttributeValue{"n": text("1")}})
	send("body", sqs.SendMessageInput{MessageAttributes: map[string]types.MessageAttributeValue{"n": text("2")}})
	send("another", sqs.SendMessageInput{})
	send("body", sqs.SendMessageInput{MessageDeduplicationId: aws.String("own-id")})
	send("equal by id", sqs.SendMessageInput{MessageDeduplicationId: aws.String(
		"230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5")}) // SHA-256 of "body"
	b.wantBodies(t, "afterwards", "body", "another", "body")
}

func TestFifoDeduplicationScope(t *testing.T) {
	for scope, want := range map[string][]string{"queue": {"a"}, "messageGroup": {"a", "b"}} {
		t.Run(scope, func(t *testing.T) {
			b := newWorld().box(t, "q.fifo", fifo("DeduplicationScope", scope))
			for _, group := range []string{"a", "b", "a", "b"} {
				b.sendTo(t, group, "id", group)
			}
			b.wantBodies(t, "afterwards", want...)
		})
	}
}

// Recorded cases test_fifo_change_to_high_throughput_after_creation and its opposite.
func TestFifoDeduplicationScopeIsThatOfTheCreation(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo())
	b.sendTo(t, "a", "id", "a")
	b.set(t, "DeduplicationScope", "messageGroup")
	b.set(t, "FifoThroughputLimit", "perMessageGroupId")
	b.sendTo(t, "b", "id", "b")
	b.wantBodies(t, "after the change", "a")
}

func TestFifoExpiredHandles(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo())
	b.sendTo(t, "g", "1", "m")
	handle := b.receive(t)[0].ReceiptHandle
	b.pass(30 * time.Second)
	for _, when := range []string{"visible", "received again"} {
		if when == "received again" {
			b.receive(t)
		}
		for what, err := range map[string]error{"delete": b.tryDelete(t, handle), "hide": b.hide(t, handle, 5)} {
			wantCode(t, when+", "+what, err, "InvalidParameterValue")
			if err != nil && !strings.Contains(err.Error(), "Reason: The receipt handle has expired.") {
				t.Errorf("%s, %s: got %v", when, what, err)
			}
		}
	}
	b.pass(30 * time.Second)
	current := b.receive(t)
	b.delete(t, current...)
	wantCode(t, "deleting what is deleted", b.tryDelete(t, current[0].ReceiptHandle), "")
}

func TestFifoDelayOfTheQueueHoldsForMessagesThatAreThere(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo("DelaySeconds", "10"))
	b.sendTo(t, "g", "1", "first")
	b.pass(5 * time.Second)
	b.sendTo(t, "g", "2", "second")
	b.wantCounts(t, "at first", "0", "2", "0")
	b.set(t, "DelaySeconds", "20")
	b.pass(14 * time.Second)
	b.wantBodies(t, "one second before the longer delay is over")
	b.pass(time.Second)
	b.wantBodies(t, "when it is over", "first")
	b.set(t, "DelaySeconds", "0")
	b.wantCounts(t, "without a delay", "1", "0", "1")
}

func TestStandardDelayOfTheQueueHoldsForLaterMessages(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"DelaySeconds": "10"})
	b.send(t, "first")
	b.set(t, "DelaySeconds", "0")
	b.send(t, "second")
	b.wantBodies(t, "at once", "second")
	b.pass(10 * time.Second)
	b.wantBodies(t, "after the old delay", "first")
}
