package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var queueTagRules = []rule{
	{
		name:   "queue-tags/at-creation",
		says:   "CreateQueue sets tags, so that a queue never exists without its owner",
		source: docCreateQueue,
		check: func(w *world) {
			tags := map[string]string{"skein.dev/name": "orders", "skein.dev/namespace": "shop", "empty": ""}
			out, err := w.createQueue(w.name(""), nil, tags)
			w.ok(err, "creating queue with tags")
			w.equal("tags", w.queueTags(aws.ToString(out.QueueUrl)), tags)
		},
	},
	{
		name:   "queue-tags/none",
		says:   "a queue without tags lists none, without an error",
		source: "recorded case test_tag_untag_queue/get-tag-after-untag",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.equal("number of tags", len(w.queueTags(url)), 0)
		},
	},
	{
		name:   "queue-tags/merge",
		says:   "TagQueue adds and overwrites, and leaves the others",
		source: "recorded case test_tag_queue_overwrites_existing_tag/assert-merge",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.tagQueue(url, map[string]string{"tag1": "value1", "tag2": "value2"})
			w.tagQueue(url, map[string]string{"tag1": "VALUE1", "tag3": "value3"})
			w.equal("tags", w.queueTags(url), map[string]string{"tag1": "VALUE1", "tag2": "value2", "tag3": "value3"})
		},
	},
	{
		name:   "queue-tags/case",
		says:   "tag keys are case-sensitive",
		source: "recorded case test_tags_case_sensitive/assert-keys",
		check: func(w *world) {
			_, url := w.queue(nil)
			tags := map[string]string{"MyTag": "value1", "mytag": "value2"}
			w.tagQueue(url, tags)
			w.equal("tags", w.queueTags(url), tags)
		},
	},
	{
		name:   "queue-tags/untag",
		says:   "UntagQueue removes keys and ignores those that are not there",
		source: "recorded case test_untag_queue_ignores_non_existing_tag/assert-untag",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.tagQueue(url, map[string]string{"tag1": "value1", "tag2": "value2"})
			_, err := w.sqs.UntagQueue(w.ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"tag1", "tag3"}})
			w.ok(err, "untagging")
			w.equal("tags", w.queueTags(url), map[string]string{"tag2": "value2"})
		},
	},
}

func (w *world) tagQueue(url string, tags map[string]string) {
	_, err := w.sqs.TagQueue(w.ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: tags})
	w.ok(err, "tagging queue")
}

func (w *world) queueTags(url string) map[string]string {
	out, err := w.sqs.ListQueueTags(w.ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
	w.ok(err, "listing queue tags")
	return out.Tags
}
