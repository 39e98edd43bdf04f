package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var messageDeadLetterRules = []rule{
	{
		name:   "dead-letter/after-its-receives",
		says:   "a message that was received maxReceiveCount times goes to the dead-letter queue instead of being received once more",
		source: docDLQ,
		check: func(w *world) {
			_, dlqURL, _, url := w.redriving(nil, 2)
			w.send(url, "poison")
			for range 2 {
				w.equal("messages", texts(w.receive(url, 1)), []string{"poison"})
			}
			w.equal("messages after the last receive", len(w.receive(url, 1)), 0)
			w.equal("dead letters", w.arrived(dlqURL, 1), []string{"poison"})
			w.counts(url, "0", "0", "0")
		},
	},
	{
		name:   "dead-letter/what-stays",
		says:   "a dead letter keeps its id, its attributes and, in a standard queue, the time at which it was sent",
		source: "recorded case test_dead_letter_queue_message_attributes; " + docDLQ,
		check: func(w *world) {
			_, dlqURL, _, url := w.redriving(nil, 1)
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageAttributes: sampleAttributes})
			w.ok(err, "sending")
			before := w.take(url, 1)
			w.equal("messages", len(before), 1)
			w.equal("messages after the last receive", len(w.receive(url, 1)), 0)
			after := w.take(dlqURL, 1)
			w.equal("number of dead letters", len(after), 1)
			for i, m := range after {
				w.equal("id", aws.ToString(m.MessageId), aws.ToString(before[i].MessageId))
				w.equal("SentTimestamp", m.Attributes["SentTimestamp"], before[i].Attributes["SentTimestamp"])
				w.equal("message attributes", plain(m.MessageAttributes), plain(sampleAttributes))
			}
		},
	},
	{
		name:   "dead-letter/names-its-source",
		says:   "a dead letter has the attribute DeadLetterQueueSourceArn",
		source: docReceive,
		check: func(w *world) {
			_, dlqURL, name, url := w.redriving(nil, 1)
			w.bury(url, "poison")
			for _, m := range w.take(dlqURL, 1) {
				w.equal("DeadLetterQueueSourceArn", m.Attributes["DeadLetterQueueSourceArn"], w.arn("sqs", name))
			}
		},
	},
	{
		name:   "dead-letter/frees-its-group",
		says:   "in a FIFO queue the group goes on once its message is a dead letter",
		source: "recorded cases test_dead_letter_queue_with_fifo_and_content_based_deduplication; " + docDLQ,
		check: func(w *world) {
			_, dlqURL, _, url := w.redriving(fifoQueue, 1)
			w.sendFIFO(url, "g", "1", "poison")
			w.sendFIFO(url, "g", "2", "good")
			w.set(url, "VisibilityTimeout", "30")
			for _, m := range w.receive(url, 1) {
				w.ok(w.tryHide(url, m.ReceiptHandle, 0), "showing")
			}
			w.equal("messages of the group", w.bodies(url), []string{"good"})
			w.equal("dead letters", w.arrived(dlqURL, 1), []string{"poison"})
		},
	},
	{
		name:   "dead-letter/needs-leave",
		says:   "a message does not go to a dead-letter queue whose RedriveAllowPolicy no longer allows its queue",
		source: docSetQueue,
		check: func(w *world) {
			_, dlqURL, _, url := w.redriving(nil, 1)
			w.set(dlqURL, "RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`)
			w.send(url, "poison")
			for range 3 {
				w.receive(url, 1)
			}
			w.counts(dlqURL, "0", "0", "0")
			w.counts(url, "1", "0", "0")
		},
	},
}

// redriving creates a queue and its dead-letter queue. Messages of the queue are visible again at once.
func (w *world) redriving(attributes map[string]string, maxReceiveCount int) (dlq, dlqURL, name, url string) {
	dlq, dlqURL = w.queue(attributes)
	attributes = with(with(attributes, "VisibilityTimeout", "0"), "RedrivePolicy", redriveTo(w.arn("sqs", dlq), maxReceiveCount))
	name, url = w.queue(attributes)
	return dlq, dlqURL, name, url
}

// bury sends messages to a queue with a maxReceiveCount of 1 and receives until they are dead letters.
func (w *world) bury(url string, bodies ...string) {
	for _, body := range bodies {
		w.send(url, body)
	}
	w.eventually(func() any { return len(w.receive(url, 10)) }, 0)
}
