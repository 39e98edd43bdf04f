package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// ownership are tags as the operator writes them.
var ownership = map[string]string{
	"skein.dev/cluster": "0b7e1d0c-5a34-4c53-9f1e-2f6f6f0f7a11", "skein.dev/namespace": "shop",
	"skein.dev/name": "orders", "skein.dev/kind": "ConsumerQueue", "team": "orders & co",
}

var sampleRules = []rule{
	{
		name:   "samples/queue-in-one-call",
		says:   "a queue with everything that the operator sets is created in one call, and the call can be repeated",
		source: docCreateQueue,
		check: func(w *world) {
			name := w.name("")
			w.queueNamed(name+"-dlq", map[string]string{"RedriveAllowPolicy": allowOnly(w.arn("sqs", name))})
			want := map[string]string{
				"VisibilityTimeout": "300", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "20", "DelaySeconds": "0",
				"SqsManagedSseEnabled": "true", "RedrivePolicy": redriveTo(w.arn("sqs", name+"-dlq"), 3),
				"Policy": w.queuePolicy(name),
			}
			w.createdTwice(name, want)
		},
	},
	{
		name:   "samples/dead-letter-queue-twice",
		says:   "a dead-letter queue with its RedriveAllowPolicy is created in one call, and the call can be repeated",
		source: docCreateQueue,
		check: func(w *world) {
			w.createdTwice(w.name(""), map[string]string{
				"MessageRetentionPeriod": "1209600", "RedriveAllowPolicy": allowOnly(w.arn("sqs", "orders")),
			})
		},
	},
	{
		name:   "samples/fifo-queue-in-one-call",
		says:   "a FIFO queue with everything that the operator sets is created in one call, and the call can be repeated",
		source: docCreateQueue,
		check: func(w *world) {
			name, dlq := w.name(".fifo"), w.name(".fifo")
			w.queueNamed(dlq, map[string]string{"FifoQueue": "true"})
			w.createdTwice(name, map[string]string{
				"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "messageGroup",
				"FifoThroughputLimit": "perMessageGroupId", "RedrivePolicy": redriveTo(w.arn("sqs", dlq), 5),
			})
		},
	},
	{
		name:   "samples/topic-in-one-call",
		says:   "a topic with everything that the operator sets is created in one call, and the call can be repeated",
		source: docCreateTopic,
		check: func(w *world) {
			name := w.name("")
			want := map[string]string{"KmsMasterKeyId": "alias/aws/sns", "DisplayName": "Orders", "Policy": topicStatement(w.arn("sns", name))}
			for range 2 {
				_, err := w.createTopic(name, want, ownership)
				w.ok(err, "creating topic")
			}
			have := w.topicAttributes(w.arn("sns", name))
			for name, value := range inOrder(want) {
				w.equalJSON(name, have[name], value)
			}
			w.equal("tags", w.topicTags(w.arn("sns", name)), ownership)
		},
	},
}

// createdTwice creates a queue with attributes and tags, twice, and reads them back.
func (w *world) createdTwice(name string, want map[string]string) {
	var url string
	for range 2 {
		out, err := w.createQueue(name, want, ownership)
		w.ok(err, "creating queue")
		url = aws.ToString(out.QueueUrl)
	}
	have := w.queueAttributes(url)
	for name, value := range inOrder(want) {
		w.equalJSON(name, have[name], value)
	}
	w.equal("tags", w.queueTags(url), ownership)
	_, err := w.sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	w.ok(err, "deleting queue")
}

// queuePolicy is a queue policy as the operator writes it: two topics in one statement, and TLS only.
func (w *world) queuePolicy(queue string) string {
	arn := w.arn("sqs", queue)
	return asJSON(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{
			map[string]any{
				"Sid": "SkeinTopics", "Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"},
				"Action": "sqs:SendMessage", "Resource": arn,
				"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": []string{w.arn("sns", "a"), w.arn("sns", "b")}}},
			},
			map[string]any{
				"Sid": "SkeinTLSOnly", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn,
				"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			},
		},
	})
}
