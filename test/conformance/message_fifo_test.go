package conformance

import (
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	docFIFOOrder = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html"
	docDedup     = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html"
)

var messageFIFORules = []rule{
	{
		name:   "fifo-send/needs-group-and-deduplication",
		says:   "a message to a FIFO queue has a group, and a deduplication id unless the queue takes that of the content",
		source: "recorded cases test_posting_to_fifo_requires_deduplicationid_group_id, test_send_batch_missing_deduplication_id_for_fifo_queue",
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageDeduplicationId: aws.String("d")})
			w.refused(err, "MissingParameter")
			_, err = w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageGroupId: aws.String("g")})
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "fifo-send/group-on-a-standard-queue",
		says:   "a standard queue takes a message with a group, and gives the group back; a deduplication id it refuses",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagegroupid-property.html; " + docDedup,
		check: func(w *world) {
			_, url := w.queue(nil)
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageGroupId: aws.String("g")})
			w.ok(err, "sending with a group")
			for _, m := range w.take(url, 1) {
				w.equal("MessageGroupId", m.Attributes["MessageGroupId"], "g")
			}
			_, err = w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageDeduplicationId: aws.String("d")})
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "fifo-send/no-delay-of-its-own",
		says:   "a message of a FIFO queue has no delay of its own",
		source: docSend,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			_, err := w.trySend(&sqs.SendMessageInput{
				QueueUrl: &url, MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("d"), DelaySeconds: 2,
			})
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "fifo-receive/attributes",
		says:   "a message of a FIFO queue comes with its group, its deduplication id and the sequence number that SendMessage gave",
		source: docReceive,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			sent := w.sendFIFO(url, "g", "d", "a")
			for _, m := range w.take(url, 1) {
				w.equal("MessageGroupId", m.Attributes["MessageGroupId"], "g")
				w.equal("MessageDeduplicationId", m.Attributes["MessageDeduplicationId"], "d")
				w.equal("SequenceNumber", m.Attributes["SequenceNumber"], aws.ToString(sent.SequenceNumber))
			}
		},
	},
	{
		name:   "fifo-send/sequence",
		says:   "sequence numbers have twenty digits and grow",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html; " + docSend,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			last := ""
			for id := range strings.SplitSeq("abcdefghij", "") {
				next := aws.ToString(w.sendFIFO(url, "g", id, id).SequenceNumber)
				if len(next) != 20 || next <= last {
					w.Fatalf("sequence number %q follows %q", next, last)
				}
				last = next
			}
		},
	},
	{
		name:   "fifo-receive/order",
		says:   "messages of a group come in the order in which they were sent",
		source: docFIFOOrder,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			for _, body := range []string{"a", "b", "c", "d"} {
				w.sendFIFO(url, "g", body, body)
			}
			w.equal("messages", w.drained(url, 4), []string{"a", "b", "c", "d"})
		},
	},
	{
		name:   "fifo-receive/group-is-locked",
		says:   "while a message of a group is in flight nothing of that group is received; other groups are not held up",
		source: docFIFOOrder,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			w.sendFIFO(url, "g", "1", "g1")
			w.sendFIFO(url, "g", "2", "g2")
			w.sendFIFO(url, "h", "3", "h1")
			first := w.receive(url, 1)
			w.equal("first", texts(first), []string{"g1"})
			w.equal("while it is in flight", w.bodies(url), []string{"h1"})
			for _, m := range first {
				w.delete(url, m)
			}
			w.equal("after it was deleted", w.bodies(url), []string{"g2"})
		},
	},
	{
		name:   "fifo-receive/comes-again-first",
		says:   "a message that becomes visible again comes before the later ones of its group",
		source: "recorded cases test_fifo_message_group_visibility_after_change_message_visibility; " + docFIFOOrder,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			w.sendFIFO(url, "g", "1", "a")
			w.sendFIFO(url, "g", "2", "b")
			for _, m := range w.receive(url, 1) {
				w.ok(w.tryHide(url, m.ReceiptHandle, 0), "showing")
			}
			w.equal("messages", w.drained(url, 2), []string{"a", "b"})
		},
	},
	{
		name:   "deduplication/by-id",
		says:   "a second message with a deduplication id is answered as the first and not delivered, even after the first was deleted",
		source: "recorded cases test_fifo_deduplication_arrives_once_after_delete; " + docDedup,
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			first := w.sendFIFO(url, "g", "d", "a")
			again := w.sendFIFO(url, "g", "d", "b")
			w.equal("id", aws.ToString(again.MessageId), aws.ToString(first.MessageId))
			w.equal("SequenceNumber", aws.ToString(again.SequenceNumber), aws.ToString(first.SequenceNumber))
			w.equal("messages", w.drained(url, 1), []string{"a"})
			w.sendFIFO(url, "g", "d", "c")
			w.equal("messages after a delete", w.bodies(url), nothing)
		},
	},
	{
		name:   "deduplication/by-content",
		says:   "with ContentBasedDeduplication the body counts, not the message attributes; an id given with the message comes before it",
		source: docDedup,
		check: func(w *world) {
			_, url := w.queue(with(fifoQueue, "ContentBasedDeduplication", "true"))
			for _, attributes := range []map[string]sqstypes.MessageAttributeValue{nil, sampleAttributes} {
				_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("a"), MessageGroupId: aws.String("g"), MessageAttributes: attributes})
				w.ok(err, "sending")
			}
			w.sendFIFO(url, "g", "another", "a")
			w.equal("messages", w.drained(url, 2), []string{"a", "a"})
		},
	},
	{
		name:   "deduplication/scope-queue",
		says:   "deduplication is for the whole queue: the same id in another group is a duplicate",
		source: "recorded cases test_sqs_fifo_same_dedup_id_different_message_groups",
		check: func(w *world) {
			_, url := w.queue(fifoQueue)
			w.sendFIFO(url, "g", "d", "a")
			w.sendFIFO(url, "h", "d", "b")
			w.equal("messages", w.drained(url, 1), []string{"a"})
		},
	},
	{
		name:   "deduplication/scope-group",
		says:   "with DeduplicationScope=messageGroup each group has its own deduplication ids",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html",
		check: func(w *world) {
			_, url := w.queue(with(fifoQueue, "DeduplicationScope", "messageGroup"))
			w.sendFIFO(url, "g", "d", "a")
			w.sendFIFO(url, "h", "d", "b")
			w.sendFIFO(url, "h", "d", "c")
			w.equal("messages", w.arrived(url, 2), []string{"a", "b"})
		},
	},
}

// sendFIFO sends a message to a FIFO queue.
func (w *world) sendFIFO(url, group, deduplication, body string) *sqs.SendMessageOutput {
	out, err := w.trySend(&sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: &body, MessageGroupId: &group, MessageDeduplicationId: &deduplication,
	})
	w.ok(err, "sending")
	return out
}

// with returns a copy of attributes with one more.
func with(attributes map[string]string, name, value string) map[string]string {
	more := maps.Clone(attributes)
	if more == nil {
		more = map[string]string{}
	}
	more[name] = value
	return more
}
