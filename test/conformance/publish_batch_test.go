package conformance

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

const docPublishBatch = "https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"

var publishBatchRules = []rule{
	{
		name:   "publish-batch/delivers-each",
		says:   "each entry of PublishBatch is a message of its own, with an id and attributes of its own",
		source: docPublishBatch + "; recorded cases test_filter_policy_for_batch",
		check: func(w *world) {
			r := w.route(map[string]string{"RawMessageDelivery": "true", "FilterPolicy": `{"shop.name":["Zürich"]}`})
			entries := publishBatch("a", "b", "c")
			zurich := map[string]snstypes.MessageAttributeValue{"shop.name": publishedAttributes["shop.name"]}
			entries[0].MessageAttributes, entries[2].MessageAttributes = zurich, zurich
			out, err := w.tryPublishBatch(r.topic, entries)
			w.ok(err, "publishing batch")
			var ids []string
			for _, done := range out.Successful {
				ids = append(ids, aws.ToString(done.MessageId))
			}
			slices.Sort(ids)
			w.equal("number of ids", len(slices.Compact(ids)), 3)
			w.equal("number failed", len(out.Failed), 0)
			w.equal("messages", w.arrived(r.url, 2), []string{"a", "c"})
		},
	},
	{
		name:   "publish-batch/number-of-entries",
		says:   "a batch has one to ten entries",
		source: docPublishBatch,
		check: func(w *world) {
			topic := w.topic(nil)
			w.publishBatchRefused(topic, publishBatch(strings.Split("abcdefghijk", "")...), "TooManyEntriesInBatchRequest")
			w.publishBatchRefused(topic, []snstypes.PublishBatchRequestEntry{}, "EmptyBatchRequest")
		},
	},
	{
		name:   "publish-batch/ids",
		says:   "the ids in a batch differ and are of letters, digits, hyphens and underscores",
		source: "recorded case test_publish_batch_exceptions/same-msg-id; " + docPublishBatch,
		check: func(w *world) {
			topic := w.topic(nil)
			entries := publishBatch("a", "b")
			entries[1].Id = entries[0].Id
			w.publishBatchRefused(topic, entries, "BatchEntryIdsNotDistinct")
			entries[1].Id = aws.String("message:2")
			w.publishBatchRefused(topic, entries, "InvalidBatchEntryId")
		},
	},
	{
		name:   "publish-batch/size",
		says:   "the messages of a batch are together at most 256 KiB",
		source: "recorded case test_publish_batch_too_long_message/error-no-attrs",
		check: func(w *world) {
			half := strings.Repeat("x", 1<<17)
			w.publishBatchRefused(w.topic(nil), publishBatch(half, half, "x"), "BatchRequestTooLong")
		},
	},
	{
		name:   "publish-batch/bad-attributes",
		says:   "a bad message attribute of one entry refuses the batch",
		source: "recorded case test_empty_or_wrong_message_attributes/batch-missing_string_attr",
		check: func(w *world) {
			entries := publishBatch("a", "b")
			entries[1].MessageAttributes = map[string]snstypes.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("")}}
			w.publishBatchRefused(w.topic(nil), entries, "ParameterValueInvalid")
		},
	},
}

// publishBatch are entries e0, e1, ... with the messages.
func publishBatch(messages ...string) []snstypes.PublishBatchRequestEntry {
	var entries []snstypes.PublishBatchRequestEntry
	for i, message := range messages {
		entries = append(entries, snstypes.PublishBatchRequestEntry{Id: aws.String("e" + strconv.Itoa(i)), Message: &message})
	}
	return entries
}

func (w *world) tryPublishBatch(topic string, entries []snstypes.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
	return w.sns.PublishBatch(w.ctx, &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: entries})
}

func (w *world) publishBatchRefused(topic string, entries []snstypes.PublishBatchRequestEntry, code string) {
	_, err := w.tryPublishBatch(topic, entries)
	w.refused(err, code)
}
