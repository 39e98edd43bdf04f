package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

var topicTagRules = []rule{
	{
		name:   "topic-tags/merge-and-remove",
		says:   "TagResource adds and overwrites, UntagResource removes and ignores keys that are not there",
		source: "recorded case test_tags/list-after-update-tags",
		check: func(w *world) {
			arn := w.topic(nil)
			w.tagTopic(arn, map[string]string{"k1": "v1", "k2": "v2"})
			w.untagTopic(arn, "k1", "k3")
			w.equal("tags", w.topicTags(arn), map[string]string{"k2": "v2"})
			w.tagTopic(arn, map[string]string{"k2": "v2b"})
			w.equal("tags", w.topicTags(arn), map[string]string{"k2": "v2b"})
		},
	},
	{
		name:   "topic-tags/duplicate-keys",
		says:   "TagResource with one key twice is refused",
		source: "recorded case test_tags/duplicate-key-error",
		check: func(w *world) {
			tag := snstypes.Tag{Key: aws.String("k"), Value: aws.String("v")}
			_, err := w.sns.TagResource(w.ctx, &sns.TagResourceInput{ResourceArn: aws.String(w.topic(nil)), Tags: []snstypes.Tag{tag, tag}})
			w.refused(err, "InvalidParameter")
		},
	},
	{
		name:   "topic-tags/missing-topic",
		says:   "the tag calls on a missing topic say ResourceNotFound, unlike all others, which say NotFound",
		source: "https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html",
		check: func(w *world) {
			arn := w.arn("sns", w.name(""))
			_, err := w.sns.ListTagsForResource(w.ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
			w.refused(err, "ResourceNotFound")
			_, err = w.sns.TagResource(w.ctx, &sns.TagResourceInput{ResourceArn: &arn, Tags: snsTags(map[string]string{"a": "b"})})
			w.refused(err, "ResourceNotFound")
			_, err = w.sns.UntagResource(w.ctx, &sns.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a"}})
			w.refused(err, "ResourceNotFound")
		},
	},
}

var topicMissingRules = []rule{
	{
		name:   "missing-topic/get-attributes",
		says:   "GetTopicAttributes of a deleted topic says NotFound",
		source: "recorded case test_create_topic_arn/topic-not-exists",
		check: func(w *world) {
			arn := w.topic(nil)
			w.deleteTopic(arn)
			_, err := w.sns.GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
			w.refused(err, "NotFound")
		},
	},
	{
		name:   "missing-topic/set-attributes",
		says:   "SetTopicAttributes of a missing topic says NotFound",
		source: docSetTopic,
		check: func(w *world) {
			w.refused(w.trySetTopic(w.arn("sns", w.name("")), "DisplayName", "x"), "NotFound")
		},
	},
	{
		name:   "missing-topic/list-subscriptions",
		says:   "ListSubscriptionsByTopic of a missing topic says NotFound",
		source: "https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html",
		check: func(w *world) {
			arn := w.arn("sns", w.name(""))
			_, err := w.sns.ListSubscriptionsByTopic(w.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})
			w.refused(err, "NotFound")
		},
	},
	{
		name:   "missing-topic/malformed-arn",
		says:   "an ARN of too few parts is InvalidParameter",
		source: "recorded case test_create_topic_with_attributes/get-attrs-malformed-topic",
		check: func(w *world) {
			_, err := w.sns.GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String("test-topic")})
			w.refused(err, "InvalidParameter")
		},
	},
	{
		name:   "missing-topic/wrong-region",
		says:   "a topic of another region is InvalidParameter, not NotFound, for every call",
		source: "recorded case test_cross_region_access",
		check: func(w *world) {
			arn := w.seenFrom(w.In("eu-west-1")).topic(nil)
			_, err := w.sns.GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
			w.refusedSaying(err, "InvalidParameter", "Invalid parameter: TopicArn")
			_, err = w.trySubscribe(arn, w.arn("sqs", w.name("")), nil)
			w.refusedSaying(err, "InvalidParameter", "Invalid parameter: TopicArn")
		},
	},
}

func (w *world) tagTopic(arn string, tags map[string]string) {
	_, err := w.sns.TagResource(w.ctx, &sns.TagResourceInput{ResourceArn: &arn, Tags: snsTags(tags)})
	w.ok(err, "tagging topic")
}

func (w *world) untagTopic(arn string, keys ...string) {
	_, err := w.sns.UntagResource(w.ctx, &sns.UntagResourceInput{ResourceArn: &arn, TagKeys: keys})
	w.ok(err, "untagging topic")
}

func (w *world) topicTags(arn string) map[string]string {
	out, err := w.sns.ListTagsForResource(w.ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
	w.ok(err, "listing topic tags")
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}
