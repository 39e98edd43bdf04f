package conformance

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var queueCreateRules = []rule{
	{
		name:   "queue/create-again-without-attributes",
		says:   "CreateQueue without attributes on a queue that exists returns its URL and changes nothing",
		source: "recorded case test_create_queue_with_default_arguments_works_with_modified_attributes",
		check: func(w *world) {
			name, url := w.queue(map[string]string{"VisibilityTimeout": "2"})
			w.equal("URL", w.queueNamed(name, nil), url)
			w.equal("VisibilityTimeout", w.queueAttributes(url)["VisibilityTimeout"], "2")
		},
	},
	{
		name:   "queue/create-again-equal",
		says:   "CreateQueue with attributes equal to those the queue has now, or to its defaults, returns its URL",
		source: "recorded case test_create_queue_with_default_attributes_is_idempotent",
		check: func(w *world) {
			name, url := w.queue(map[string]string{"VisibilityTimeout": "1"})
			w.set(url, "VisibilityTimeout", "2")
			w.equal("URL", w.queueNamed(name, map[string]string{"VisibilityTimeout": "2", "DelaySeconds": "0"}), url)
		},
	},
	{
		name:   "queue/create-again-different",
		says:   "CreateQueue with a value other than the queue's is refused: code QueueAlreadyExists, type QueueNameExists",
		source: "recorded case test_create_queue_with_default_arguments_works_with_modified_attributes/create_queue-error-1",
		check: func(w *world) {
			name, url := w.queue(nil)
			w.set(url, "VisibilityTimeout", "2")
			_, err := w.createQueue(name, map[string]string{"VisibilityTimeout": "1"}, nil)
			w.refused(err, "QueueAlreadyExists")
			if exists := new(sqstypes.QueueNameExists); !errors.As(err, &exists) {
				w.Errorf("the error is %T, want QueueNameExists", err)
			}
		},
	},
	{
		name:   "queue/create-again-with-another-default",
		says:   "an attribute never set counts with its default: another value is refused",
		source: "recorded case test_create_queue_with_different_attributes_raises_exception",
		check: func(w *world) {
			name, _ := w.queue(map[string]string{"ReceiveMessageWaitTimeSeconds": "1"})
			_, err := w.createQueue(name, map[string]string{"DelaySeconds": "1"}, nil)
			w.refused(err, "QueueAlreadyExists|QueueNameExists")
		},
	},
	{
		name:   "queue/create-with-a-policy-again",
		says:   "CreateQueue with the same documents on a queue that exists returns its URL",
		source: docCreateQueue,
		check: func(w *world) {
			attributes := map[string]string{"Policy": statement("SkeinTopics", w.arn("sqs", "q"))}
			name, url := w.queue(attributes)
			w.equal("URL", w.queueNamed(name, attributes), url)
		},
	},
	{
		name:   "queue/create-again-with-tags",
		says:   "CreateQueue with tags on a queue that exists succeeds: a success does not show that the queue is ours",
		source: docCreateQueue,
		check: func(w *world) {
			name, url := w.queue(nil)
			out, err := w.createQueue(name, nil, map[string]string{"team": "a"})
			w.ok(err, "creating queue again with tags")
			w.equal("URL", aws.ToString(out.QueueUrl), url)
		},
	},
	{
		name:   "queue/names",
		says:   "a name of other characters than letters, digits, _ and -, or above 80, is refused",
		source: "recorded case test_disallow_queue_name_with_slashes/create_queue-error-1; " + docCreateQueue,
		check: func(w *world) {
			w.queueNamed(pad(w.name("_"), 80), nil)
			for _, name := range []string{"queue/n1/", "dotted.name", pad(w.name(""), 81)} {
				_, err := w.createQueue(name, nil, nil)
				w.refused(err, "InvalidParameterValue")
			}
		},
	},
	{
		name:   "queue/deleted-recently",
		says:   "a name is free only 60 s after its queue was deleted; until then CreateQueue says QueueDeletedRecently",
		source: "recorded case test_create_queue_recently_deleted/create_queue-error-1",
		check: func(w *world) {
			name, url := w.queue(nil)
			_, err := w.sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
			w.ok(err, "deleting queue")
			_, err = w.createQueue(name, nil, nil)
			w.refused(err, "AWS.SimpleQueueService.QueueDeletedRecently|QueueDeletedRecently")
			if recently := new(sqstypes.QueueDeletedRecently); !errors.As(err, &recently) {
				w.Errorf("the error is %T, want QueueDeletedRecently", err)
			}
		},
	},
	{
		name:   "queue/url",
		says:   "GetQueueUrl gives the URL that CreateQueue gave",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html",
		check: func(w *world) {
			name, url := w.queue(nil)
			out, err := w.sqs.GetQueueUrl(w.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
			w.ok(err, "getting queue URL")
			w.equal("URL", aws.ToString(out.QueueUrl), url)
		},
	},
	{
		name:   "queue/regions-are-apart",
		says:   "a queue of one region does not exist in another",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html",
		check: func(w *world) {
			name, _ := w.queue(nil)
			_, err := w.In("eu-west-1").SQS().GetQueueUrl(w.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
			w.refused(err, "AWS.SimpleQueueService.NonExistentQueue|QueueDoesNotExist")
		},
	},
}

// pad lengthens a name to n characters.
func pad(name string, n int) string {
	for len(name) < n {
		name += "x"
	}
	return name
}
