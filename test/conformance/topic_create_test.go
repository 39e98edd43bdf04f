package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

const docCreateTopic = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"

var topicCreateRules = []rule{
	{
		name:   "topic/created-with-everything",
		says:   "CreateTopic takes attributes, a policy among them, and tags, so that a topic is complete after one call",
		source: docCreateTopic,
		check: func(w *world) {
			name := w.name("")
			policy := topicStatement(w.arn("sns", name))
			out, err := w.createTopic(name, map[string]string{"DisplayName": "Orders", "Policy": policy}, map[string]string{"team": "a"})
			w.ok(err, "creating topic")
			w.equal("ARN", aws.ToString(out.TopicArn), w.arn("sns", name))
			have := w.topicAttributes(*out.TopicArn)
			w.equal("DisplayName", have["DisplayName"], "Orders")
			w.equalJSON("Policy", have["Policy"], policy)
			w.equal("tags", w.topicTags(*out.TopicArn), map[string]string{"team": "a"})
		},
	},
	{
		name:   "topic/create-again-without-attributes",
		says:   "CreateTopic without attributes on a topic that exists returns its ARN and changes nothing",
		source: "recorded case test_create_topic_should_be_idempotent/topic-attrs-idempotent-2",
		check: func(w *world) {
			name := w.name("")
			for range 2 {
				_, err := w.createTopic(name, nil, nil)
				w.ok(err, "creating topic")
				w.setTopic(w.arn("sns", name), "DisplayName", "AlreadySet")
			}
			w.equal("DisplayName", w.topicAttributes(w.arn("sns", name))["DisplayName"], "AlreadySet")
		},
	},
	{
		name:   "topic/create-again-equal",
		says:   "CreateTopic with equal attributes returns the ARN; FifoTopic=false is equal on a standard topic",
		source: "recorded case test_create_topic_different_attrs/create_topic-ok-2",
		check: func(w *world) {
			name := w.name("")
			for _, attributes := range []map[string]string{{"DisplayName": "Value1"}, {"DisplayName": "Value1"}, {"FifoTopic": "false"}} {
				_, err := w.createTopic(name, attributes, nil)
				w.ok(err, "creating topic with "+asJSON(attributes))
			}
		},
	},
	{
		name:   "topic/create-again-different",
		says:   `CreateTopic with another or a new attribute is InvalidParameter "... already exists with different attributes"`,
		source: "recorded case test_create_topic_different_attrs/create-topic-diff-attrs",
		check: func(w *world) {
			name := w.name("")
			_, err := w.createTopic(name, map[string]string{"DisplayName": "Value1"}, nil)
			w.ok(err, "creating topic")
			for _, attributes := range []map[string]string{{"DisplayName": "Value2"}, {"SignatureVersion": "2", "DisplayName": "Value1"}} {
				_, err = w.createTopic(name, attributes, nil)
				w.refusedSaying(err, "InvalidParameter", "Topic already exists with different attributes")
			}
		},
	},
	{
		name:   "topic/create-again-fewer-tags",
		says:   "CreateTopic with all or some of the topic's tags returns the ARN",
		source: "recorded case test_create_duplicate_topic_check_idempotency/response-same-arn-1",
		check: func(w *world) {
			name := w.name("")
			for _, tags := range []map[string]string{{"a": "1", "b": "2"}, {"a": "1", "b": "2"}, {"a": "1"}, nil} {
				_, err := w.createTopic(name, nil, tags)
				w.ok(err, "creating topic with tags "+asJSON(tags))
			}
		},
	},
	{
		name:   "topic/create-again-more-tags",
		says:   `CreateTopic with a tag that the topic lacks is InvalidParameter "... already exists with different tags"`,
		source: "recorded case test_create_duplicate_topic_with_more_tags/exception-duplicate",
		check: func(w *world) {
			name := w.name("")
			_, err := w.createTopic(name, nil, nil)
			w.ok(err, "creating topic")
			_, err = w.createTopic(name, nil, map[string]string{"key1": "value1"})
			w.refusedSaying(err, "InvalidParameter", "Topic already exists with different tags")
		},
	},
	{
		name:   "topic/names",
		says:   "a name of other characters than letters, digits, _ and -, or above 256, is refused",
		source: "recorded cases test_create_topic_name_constraints",
		check: func(w *world) {
			longest := pad(w.name(""), 256)
			_, err := w.createTopic(longest, nil, nil)
			w.ok(err, "creating topic with the longest name")
			for _, name := range []string{longest + "x", "bad;name", "bad!name", "bad@name", "bad^name", "bad%name"} {
				_, err := w.createTopic(name, nil, nil)
				w.refused(err, "InvalidParameter")
			}
		},
	},
	{
		name:   "topic/fifo-needs-the-suffix",
		says:   "FifoTopic=true without the suffix .fifo is refused",
		source: "recorded case test_create_topic_name_constraints/fifo-name-not-contains-fifo",
		check: func(w *world) {
			_, err := w.createTopic(w.name(""), map[string]string{"FifoTopic": "true"}, nil)
			w.refused(err, "InvalidParameter")
		},
	},
	{
		name:   "topic/suffix-needs-fifo",
		says:   "a standard topic cannot have the suffix .fifo",
		source: "recorded case test_create_topic_name_constraints/name-contains-fifo",
		check: func(w *world) {
			_, err := w.createTopic(w.name(".fifo"), nil, nil)
			w.refused(err, "InvalidParameter")
		},
	},
	{
		name:   "topic/delete-is-idempotent",
		says:   "DeleteTopic succeeds on a topic that is gone",
		source: "recorded case test_delete_topic_idempotency/delete-topic-again",
		check: func(w *world) {
			arn := w.topic(nil)
			for range 2 {
				w.deleteTopic(arn)
			}
		},
	},
	{
		name:   "topic/name-is-free-at-once",
		says:   "after DeleteTopic the name is free at once, and the new topic has none of the old tags",
		source: "recorded case test_create_topic_after_delete_with_new_tags/topic-1",
		check: func(w *world) {
			name := w.name("")
			for _, tags := range []map[string]string{{"Name": "pqr"}, {"Name": "abc"}} {
				out, err := w.createTopic(name, nil, tags)
				w.ok(err, "creating topic")
				w.equal("tags", w.topicTags(*out.TopicArn), tags)
				w.deleteTopic(*out.TopicArn)
			}
		},
	},
	{
		name:   "topic/regions-are-apart",
		says:   "a topic of the same name may exist in another region, and is listed there only",
		source: "recorded case test_create_topic_in_multiple_regions/list-secondary",
		check: func(w *world) {
			name := w.name("")
			region := w.seenFrom(w.In("eu-west-1"))
			for _, in := range []*world{w, region} {
				out, err := in.createTopic(name, nil, nil)
				w.ok(err, "creating topic in "+in.Region)
				w.equal("ARN", aws.ToString(out.TopicArn), in.arn("sns", name))
			}
			pages := sns.NewListTopicsPaginator(region.sns, &sns.ListTopicsInput{})
			for pages.HasMorePages() {
				page, err := pages.NextPage(w.ctx)
				w.ok(err, "listing topics")
				for _, topic := range page.Topics {
					if !strings.Contains(*topic.TopicArn, ":eu-west-1:") {
						w.Fatalf("the topics of eu-west-1 hold %s", *topic.TopicArn)
					}
				}
			}
		},
	},
}

func (w *world) createTopic(name string, attributes, tags map[string]string) (*sns.CreateTopicOutput, error) {
	return w.sns.CreateTopic(w.ctx, &sns.CreateTopicInput{Name: &name, Attributes: attributes, Tags: snsTags(tags)})
}

func (w *world) deleteTopic(arn string) {
	_, err := w.sns.DeleteTopic(w.ctx, &sns.DeleteTopicInput{TopicArn: &arn})
	w.ok(err, "deleting topic")
}

func snsTags(tags map[string]string) []snstypes.Tag {
	var list []snstypes.Tag
	for key, value := range tags {
		list = append(list, snstypes.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return list
}
