package conformance

import "github.com/aws/aws-sdk-go-v2/aws"

var fifoQueue = map[string]string{"FifoQueue": "true"}

var subscriptionFIFORules = []rule{
	{
		name:   "fifo-subscription/fifo-queue-on-standard-topic",
		says:   "a FIFO queue cannot subscribe to a standard topic",
		source: "recorded cases test_validations_for_fifo",
		check: func(w *world) {
			name, _ := w.queue(fifoQueue)
			_, err := w.trySubscribe(w.topic(nil), w.arn("sqs", name), nil)
			w.refused(err, "InvalidParameter")
		},
	},
	{
		name:   "fifo-subscription/fifo-queue-on-fifo-topic",
		says:   "a FIFO queue subscribes to a FIFO topic",
		source: "recorded case test_message_to_fifo_sqs_ordering/subscribe-ok-1",
		check: func(w *world) {
			w.fifoSubscription(true)
		},
	},
	{
		name:   "fifo-subscription/standard-queue-on-fifo-topic",
		says:   "a standard queue may subscribe to a FIFO topic",
		source: "recorded cases test_validations_for_fifo",
		check: func(w *world) {
			w.fifoSubscription(false)
		},
	},
	{
		name:   "fifo-subscription/redrive-to-fifo",
		says:   "the subscription of a FIFO queue takes a FIFO dead-letter queue, that of a standard queue a standard one",
		source: "recorded case test_publish_fifo_messages_to_dlq[True]/set_subscription_attributes-ok-2",
		check: func(w *world) {
			fifo, _ := w.queue(fifoQueue)
			w.setSubscription(w.fifoSubscription(true), "RedrivePolicy", asJSON(map[string]any{"deadLetterTargetArn": w.arn("sqs", fifo)}))
			standard, _ := w.queue(nil)
			w.setSubscription(w.fifoSubscription(false), "RedrivePolicy", asJSON(map[string]any{"deadLetterTargetArn": w.arn("sqs", standard)}))
		},
	},
	{
		name:   "fifo-subscription/redrive-to-standard",
		says:   "the subscription of a FIFO queue to a FIFO topic refuses a standard dead-letter queue",
		source: "recorded cases test_validations_for_fifo",
		check: func(w *world) {
			standard, _ := w.queue(nil)
			err := w.trySetSubscription(w.fifoSubscription(true), "RedrivePolicy", asJSON(map[string]any{"deadLetterTargetArn": w.arn("sqs", standard)}))
			w.refused(err, "InvalidParameter")
		},
	},
}

// fifoSubscription subscribes a new queue, FIFO or standard, to a new FIFO topic.
func (w *world) fifoSubscription(fifo bool) (arn string) {
	out, err := w.createTopic(w.name(".fifo"), map[string]string{"FifoTopic": "true"}, nil)
	w.ok(err, "creating topic")
	var attributes map[string]string
	if fifo {
		attributes = fifoQueue
	}
	name, _ := w.queue(attributes)
	arn, err = w.trySubscribe(aws.ToString(out.TopicArn), w.arn("sqs", name), nil)
	w.ok(err, "subscribing")
	return arn
}
