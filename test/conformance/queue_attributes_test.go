package conformance

import "encoding/json"

const (
	docSetQueue    = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"
	docCreateQueue = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"
)

var queueAttributeRules = []rule{
	{
		name:   "queue/defaults",
		says:   "a queue created without attributes returns AWS's defaults, as strings",
		source: "recorded case test_set_queue_attributes_default_values/get-queue-attributes-initial-values",
		check: func(w *world) {
			name, url := w.queue(nil)
			have := w.queueAttributes(url)
			want := map[string]string{
				"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "0",
				"ApproximateNumberOfMessagesNotVisible": "0", "DelaySeconds": "0", "MaximumMessageSize": "1048576",
				"MessageRetentionPeriod": "345600", "QueueArn": w.arn("sqs", name), "ReceiveMessageWaitTimeSeconds": "0",
				"SqsManagedSseEnabled": "true", "VisibilityTimeout": "30",
			}
			for name, value := range inOrder(want) {
				w.equal(name, have[name], value)
			}
			for _, name := range []string{"CreatedTimestamp", "LastModifiedTimestamp"} {
				if have[name] == "" {
					w.Errorf("%s is missing", name)
				}
			}
		},
	},
	{
		name:   "queue/unset-attributes-are-absent",
		says:   "attributes that are not set, or not of this type of queue, are not returned",
		source: "recorded case test_set_queue_attributes_default_values/get-queue-attributes-initial-values",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.absent(w.queueAttributes(url), "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId",
				"KmsDataKeyReusePeriodSeconds", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
		},
	},
	{
		name:   "queue/asking-for-an-unset-attribute",
		says:   "asking for attributes that are all unset succeeds with none",
		source: "recorded case test_sqs_permission_lifecycle/get-queue-policy-attribute-after-removal",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.equal("attributes", len(w.queueAttributes(url, "Policy", "RedrivePolicy")), 0)
		},
	},
	{
		name:   "queue/set-numbers",
		says:   "several attributes are set in one call and read back as strings",
		source: "recorded case test_create_and_update_queue_attributes/set_queue_attributes-ok-1",
		check: func(w *world) {
			_, url := w.queue(nil)
			for name, value := range inOrder(map[string]string{
				"VisibilityTimeout": "69", "MessageRetentionPeriod": "1209600", "DelaySeconds": "420",
				"ReceiveMessageWaitTimeSeconds": "20", "MaximumMessageSize": "2048",
			}) {
				w.set(url, name, value)
				w.equal(name, w.queueAttributes(url)[name], value)
			}
		},
	},
	{
		name:   "queue/created-with-attributes",
		says:   "CreateQueue takes every attribute, so that a queue is complete after one call",
		source: docCreateQueue,
		check: func(w *world) {
			dlqName, _ := w.queue(nil)
			policy := statement("SkeinTopics", w.arn("sqs", "q"))
			want := map[string]string{
				"VisibilityTimeout": "300", "MessageRetentionPeriod": "60", "DelaySeconds": "1",
				"ReceiveMessageWaitTimeSeconds": "20", "MaximumMessageSize": "1024", "Policy": policy,
				"RedrivePolicy": redriveTo(w.arn("sqs", dlqName), 3),
			}
			_, url := w.queue(want)
			have := w.queueAttributes(url)
			for name, value := range inOrder(want) {
				w.equalJSON(name, have[name], value)
			}
		},
	},
	{
		name:   "queue/out-of-range",
		says:   "a value outside its range is refused",
		source: docSetQueue,
		check: func(w *world) {
			_, url := w.queue(nil)
			for name, value := range inOrder(map[string]string{
				"VisibilityTimeout": "43201", "MessageRetentionPeriod": "59", "DelaySeconds": "901",
				"ReceiveMessageWaitTimeSeconds": "21", "MaximumMessageSize": "1023",
			}) {
				w.refused(w.trySet(url, name, value), "InvalidAttributeValue|AWS.SimpleQueueService.InvalidAttributeValue")
			}
		},
	},
	{
		name:   "queue/unknown-attribute",
		says:   "an attribute that SQS does not know is refused",
		source: docSetQueue,
		check: func(w *world) {
			_, url := w.queue(nil)
			w.refused(w.trySet(url, "Colour", "blue"), "InvalidAttributeName")
		},
	},
	{
		name:   "queue/policy-is-cleared-by-empty",
		says:   `Policy "" takes the policy away, and is taken where there is none`,
		source: "recorded case test_set_empty_queue_policy/assert-cleared-by-empty",
		check: func(w *world) {
			name, url := w.queue(nil)
			w.set(url, "Policy", "")
			policy := statement("SkeinTopics", w.arn("sqs", name))
			w.set(url, "Policy", policy)
			w.equalJSON("Policy", w.queueAttributes(url)["Policy"], policy)
			w.set(url, "Policy", "")
			w.absent(w.queueAttributes(url), "Policy")
		},
	},
	{
		name:   "queue/policy-resource-is-not-checked",
		says:   "a policy whose Resource is not the queue is taken",
		source: "recorded case test_set_queue_policy/assert-resource-not-checked-against-queue",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.set(url, "Policy", statement("Other", "arn:aws:sqs:us-east-1:111111111111:other"))
		},
	},
}

// statement is a policy document of one statement that admits SNS to a queue.
func statement(sid, queueARN string) string {
	return asJSON(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Sid": sid, "Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"},
			"Action": "sqs:SendMessage", "Resource": queueARN,
		}},
	})
}

// redriveTo is a RedrivePolicy.
func redriveTo(arn string, maxReceiveCount int) string {
	return asJSON(map[string]any{"deadLetterTargetArn": arn, "maxReceiveCount": maxReceiveCount})
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// equalJSON is equal for two texts that hold the same JSON.
func (w *world) equalJSON(what, got, want string) {
	var g, x any
	if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &x) != nil {
		w.equal(what, got, want)
		return
	}
	w.equal(what, g, x)
}
