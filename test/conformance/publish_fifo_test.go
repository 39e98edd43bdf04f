package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

var publishFIFORules = []rule{
	{
		name:   "publish-fifo/needs-group-and-deduplication",
		says:   "a message to a FIFO topic has a group, and a deduplication id unless the topic takes that of the content",
		source: "recorded cases test_validations_for_fifo",
		check: func(w *world) {
			topic := w.topic(fifoTopic)
			w.publishRefused(&sns.PublishInput{TopicArn: &topic, MessageDeduplicationId: aws.String("d")}, "InvalidParameter")
			w.publishRefused(&sns.PublishInput{TopicArn: &topic, MessageGroupId: aws.String("g")}, "InvalidParameter")
		},
	},
	{
		name:   "publish-fifo/batch-needs-group-and-deduplication",
		says:   "an entry to a FIFO topic without group or deduplication id refuses the batch",
		source: "recorded cases test_publish_batch_exceptions/no-group-id, no-dedup-id",
		check: func(w *world) {
			topic := w.topic(fifoTopic)
			w.publishBatchRefused(topic, publishBatch("a"), "InvalidParameter")
			entries := publishBatch("a")
			entries[0].MessageGroupId = aws.String("g")
			w.publishBatchRefused(topic, entries, "InvalidParameter")
		},
	},
	{
		name:   "publish-fifo/no-deduplication-on-a-standard-topic",
		says:   "a standard topic refuses a deduplication id",
		source: "recorded case test_validations_for_fifo/no-msg-dedup-regular-topic",
		check: func(w *world) {
			topic := w.topic(nil)
			w.publishRefused(&sns.PublishInput{TopicArn: &topic, MessageDeduplicationId: aws.String("d")}, "InvalidParameter")
		},
	},
	{
		name:   "publish-fifo/in-order",
		says:   "a FIFO queue gets the messages of a FIFO topic in order, each with its group and its deduplication id",
		source: "recorded cases test_message_to_fifo_sqs_ordering; https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-ordering.html",
		check: func(w *world) {
			r := w.fifoRoute(fifoQueue, fifoTopic, raw)
			for _, message := range []string{"a", "b", "c"} {
				w.publishFIFO(r.topic, "g", "id-of-"+message, message)
			}
			for _, m := range w.take(r.url, 1) {
				w.equal("group and deduplication id", []string{m.Attributes["MessageGroupId"], m.Attributes["MessageDeduplicationId"]},
					[]string{"g", "id-of-" + aws.ToString(m.Body)})
				w.ok(w.tryHide(r.url, m.ReceiptHandle, 0), "showing")
			}
			w.equal("messages", w.drained(r.url, 3), []string{"a", "b", "c"})
		},
	},
	{
		name:   "publish-fifo/envelope",
		says:   "the envelope of a FIFO topic has the sequence number that Publish gave",
		source: "recorded cases test_message_to_fifo_sqs; https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
		check: func(w *world) {
			r := w.fifoRoute(fifoQueue, fifoTopic, nil)
			out := w.publishFIFO(r.topic, "g", "d", "news")
			w.equal("SequenceNumber", w.enveloped(r.url)["SequenceNumber"], any(aws.ToString(out.SequenceNumber)))
		},
	},
	{
		name:   "publish-fifo/duplicates-by-id",
		says:   "a second message with a deduplication id is not delivered",
		source: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html",
		check: func(w *world) {
			r := w.fifoRoute(fifoQueue, fifoTopic, raw)
			w.publishFIFO(r.topic, "g", "d", "a")
			w.publishFIFO(r.topic, "g", "d", "b")
			w.equal("messages", w.drained(r.url, 1), []string{"a"})
		},
	},
	{
		name:   "publish-fifo/duplicates-by-content",
		says:   "where the content counts, a second message with the same body is not delivered; message attributes do not count",
		source: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html",
		check: func(w *world) {
			r := w.fifoRoute(fifoQueue, with(fifoTopic, "ContentBasedDeduplication", "true"), raw)
			for _, attributes := range []map[string]snstypes.MessageAttributeValue{nil, publishedAttributes} {
				w.publishAll(&sns.PublishInput{TopicArn: &r.topic, Message: aws.String("a"), MessageGroupId: aws.String("g"), MessageAttributes: attributes})
			}
			w.equal("messages", w.drained(r.url, 1), []string{"a"})
		},
	},
	{
		name:   "publish-fifo/to-a-standard-queue",
		says:   "a standard queue gets the messages of a FIFO topic",
		source: "recorded cases test_fifo_topic_to_regular_sqs",
		check: func(w *world) {
			r := w.fifoRoute(nil, fifoTopic, raw)
			w.publishFIFO(r.topic, "g", "d", "news")
			w.equal("messages", w.arrived(r.url, 1), []string{"news"})
		},
	},
}

var fifoTopic = map[string]string{"FifoTopic": "true"}

// fifoRoute subscribes a queue to a FIFO topic, both new, and lets it admit the topic.
func (w *world) fifoRoute(queue, topic, subscription map[string]string) route {
	name, url := w.queue(queue)
	return w.connect(w.topic(topic), w.arn("sqs", name), url, subscription)
}

func (w *world) publishFIFO(topic, group, deduplication, message string) *sns.PublishOutput {
	out, err := w.sns.Publish(w.ctx, &sns.PublishInput{TopicArn: &topic, Message: &message, MessageGroupId: &group, MessageDeduplicationId: &deduplication})
	w.ok(err, "publishing")
	return out
}
