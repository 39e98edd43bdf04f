package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestPartitionWithoutAttributes(t *testing.T) {
	w := newWorld(localaws.WithoutAttributes("SqsManagedSseEnabled", "RedriveAllowPolicy", "TracingConfig", "FilterPolicyScope"))
	create := func(attributes map[string]string) error {
		_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: attributes})
		return err
	}
	wantMessage(t, "creating", create(map[string]string{"SqsManagedSseEnabled": "true"}), "InvalidAttributeName", "Unknown Attribute SqsManagedSseEnabled.")
	queueURL, _ := w.queue(t, "q", nil)
	url := &queueURL
	set := func(name, value string) error {
		_, err := w.sqs(owner, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{name: value}})
		return err
	}
	wantMessage(t, "setting", set("RedriveAllowPolicy", ""), "InvalidAttributeName", "Unknown Attribute RedriveAllowPolicy.")
	_, err := w.sqs(owner, region).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{"RedriveAllowPolicy"}})
	wantCode(t, "asking for it", err, "InvalidAttributeName")
	all, err := w.sqs(owner, region).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	if value, shown := all.Attributes["SqsManagedSseEnabled"]; shown {
		t.Errorf("it is shown as %q", value)
	}

	_, err = w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{"TracingConfig": "Active"}})
	wantMessage(t, "creating a topic", err, "InvalidParameter", "Invalid parameter: Attributes Reason: Unknown attribute TracingConfig")
	topic, err := w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.sns(owner, region).SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: topic.TopicArn, AttributeName: aws.String("TracingConfig"), AttributeValue: aws.String("Active")})
	wantMessage(t, "setting it on a topic", err, "InvalidParameter", "Invalid parameter: AttributeName")
	subscribe := &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:123456789012:q"), ReturnSubscriptionArn: true}
	subscribe.Attributes = map[string]string{"FilterPolicyScope": "MessageBody"}
	_, err = w.sns(owner, region).Subscribe(t.Context(), subscribe)
	wantMessage(t, "subscribing", err, "InvalidParameter", "Invalid parameter: Attributes Reason: Unknown attribute FilterPolicyScope")
	subscribe.Attributes = nil
	sub, err := w.sns(owner, region).Subscribe(t.Context(), subscribe)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.sns(owner, region).SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: sub.SubscriptionArn, AttributeName: aws.String("FilterPolicyScope"), AttributeValue: aws.String("MessageBody"),
	})
	wantMessage(t, "setting it on a subscription", err, "InvalidParameter", "Invalid parameter: AttributeName")
}

func TestPartitionWithoutTags(t *testing.T) {
	w := newWorld(localaws.WithoutTags())
	_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Tags: map[string]string{"a": "b"}})
	wantCode(t, "creating a queue", err, "UnsupportedOperation")
	queue, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.sqs(owner, region).ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: queue.QueueUrl})
	wantMessage(t, "listing", err, "InvalidAction", "The action ListQueueTags is not valid for this endpoint.")
	_, err = w.sqs(owner, region).TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: queue.QueueUrl, Tags: map[string]string{"a": "b"}})
	wantCode(t, "tagging", err, "InvalidAction")
	_, err = w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t"), Tags: []snstypes.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
	wantCode(t, "creating a topic", err, "UnsupportedOperation")
	topic, err := w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.sns(owner, region).ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: topic.TopicArn})
	wantCode(t, "listing a topic's", err, "InvalidAction")
}
