package conformance

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// noQueue is the code for a queue that does not exist, as the SDK gives it.
const noQueue = "AWS.SimpleQueueService.NonExistentQueue"

var queueMissingRules = []rule{
	{
		name:   "missing-queue/get-attributes",
		says:   "GetQueueAttributes of a deleted queue: code " + noQueue + ", type QueueDoesNotExist",
		source: "recorded case test_non_existent_queue/queue-does-not-exist",
		check: func(w *world) {
			_, err := w.sqs.GetQueueAttributes(w.ctx, &sqs.GetQueueAttributesInput{QueueUrl: w.deleted()})
			w.noSuchQueue(err)
		},
	},
	{
		name:   "missing-queue/set-attributes",
		says:   "SetQueueAttributes of a deleted queue is refused as non-existent",
		source: docSetQueue,
		check: func(w *world) {
			w.noSuchQueue(w.trySet(*w.deleted(), "VisibilityTimeout", "1"))
		},
	},
	{
		name:   "missing-queue/url",
		says:   "GetQueueUrl of a name without a queue is refused as non-existent",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html",
		check: func(w *world) {
			name := w.name("")
			_, err := w.sqs.GetQueueUrl(w.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
			w.noSuchQueue(err)
		},
	},
	{
		name:   "missing-queue/tags",
		says:   "the tag calls on a deleted queue are refused as non-existent",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html",
		check: func(w *world) {
			url := w.deleted()
			_, err := w.sqs.ListQueueTags(w.ctx, &sqs.ListQueueTagsInput{QueueUrl: url})
			w.noSuchQueue(err)
			_, err = w.sqs.TagQueue(w.ctx, &sqs.TagQueueInput{QueueUrl: url, Tags: map[string]string{"a": "b"}})
			w.noSuchQueue(err)
			_, err = w.sqs.UntagQueue(w.ctx, &sqs.UntagQueueInput{QueueUrl: url, TagKeys: []string{"a"}})
			w.noSuchQueue(err)
		},
	},
	{
		name:   "missing-queue/sources",
		says:   "ListDeadLetterSourceQueues of a deleted queue is refused as non-existent",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html",
		check: func(w *world) {
			_, err := w.sqs.ListDeadLetterSourceQueues(w.ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: w.deleted()})
			w.noSuchQueue(err)
		},
	},
}

// deleted returns the URL of a queue that was deleted.
func (w *world) deleted() *string {
	_, url := w.queue(nil)
	_, err := w.sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	w.ok(err, "deleting queue")
	return &url
}

func (w *world) noSuchQueue(err error) {
	w.refused(err, noQueue)
	if missing := new(sqstypes.QueueDoesNotExist); !errors.As(err, &missing) {
		w.Errorf("the error is %T, want QueueDoesNotExist", err)
	}
}
