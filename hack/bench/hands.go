package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/skein-dev/skein/internal/policydoc"
)

// hands are those of somebody else in the AWS account: they change what Skein made, and look whether it is as it was.
type hands struct {
	sqs *sqs.Client
	sns *sns.Client
}

func newHands(endpoint string) hands {
	keys := credentials.NewStaticCredentialsProvider(accountID, "hands", "")
	return hands{
		sqs: sqs.New(sqs.Options{Region: region, BaseEndpoint: &endpoint, Credentials: keys}),
		sns: sns.New(sns.Options{Region: region, BaseEndpoint: &endpoint, Credentials: keys}),
	}
}

// victim is what an out-of-band change is made to: a consumer's queue with its subscription, or a topic.
type victim struct {
	queueURL, queueARN, topicARN string
}

// handiwork is a kind of out-of-band change.
type handiwork struct {
	name string
	// topic: it is made to a topic, otherwise to a consumer.
	topic bool
	do    func(context.Context, hands, victim) error
}

// handiworks are the kinds that are measured.
var handiworks = []handiwork{
	{name: "queue attribute changed", do: func(ctx context.Context, h hands, v victim) error {
		return h.setQueue(ctx, v, "VisibilityTimeout", "77")
	}},
	{name: "queue policy statement removed", do: func(ctx context.Context, h hands, v victim) error { return h.cutPolicy(ctx, v) }},
	{name: "queue tag removed", do: func(ctx context.Context, h hands, v victim) error {
		_, err := h.sqs.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &v.queueURL, TagKeys: []string{teamTag}})
		return err
	}},
	{name: "subscription attribute changed", do: func(ctx context.Context, h hands, v victim) error {
		subscription, err := h.subscription(ctx, v)
		if err != nil {
			return err
		}
		_, err = h.sns.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &subscription, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{"eventType":["Nothing"]}`),
		})
		return err
	}},
	{name: "subscription deleted", do: func(ctx context.Context, h hands, v victim) error {
		subscription, err := h.subscription(ctx, v)
		if err != nil {
			return err
		}
		_, err = h.sns.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &subscription})
		return err
	}},
	{name: "topic attribute changed", topic: true, do: func(ctx context.Context, h hands, v victim) error {
		_, err := h.sns.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
			TopicArn: &v.topicARN, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("theirs"),
		})
		return err
	}},
	{name: queueDeleted, do: func(ctx context.Context, h hands, v victim) error {
		_, err := h.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &v.queueURL})
		return err
	}},
}

// queueDeleted is the one kind that AWS itself makes slow: it does not give the name free for 60 seconds.
const queueDeleted = "queue deleted"

func (h hands) setQueue(ctx context.Context, v victim, name, value string) error {
	_, err := h.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &v.queueURL, Attributes: map[string]string{name: value}})
	return err
}

// cutPolicy takes the statement out that lets the topic send.
func (h hands) cutPolicy(ctx context.Context, v victim) error {
	attributes, err := h.queue(ctx, v)
	if err != nil {
		return err
	}
	document, err := policydoc.Parse(attributes["Policy"])
	if err != nil {
		return err
	}
	document.Statements = slices.DeleteFunc(document.Statements, func(s policydoc.Statement) bool { return strings.HasPrefix(s.Sid, policydoc.SidTopics) })
	return h.setQueue(ctx, v, "Policy", document.JSON())
}

func (h hands) queue(ctx context.Context, v victim) (map[string]string, error) {
	out, err := h.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &v.queueURL, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

func (h hands) tags(ctx context.Context, v victim) (map[string]string, error) {
	out, err := h.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &v.queueURL})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func (h hands) topic(ctx context.Context, v victim) (map[string]string, error) {
	out, err := h.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &v.topicARN})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// subscribed gives the attributes of the queue's subscription; none where there is no subscription.
func (h hands) subscribed(ctx context.Context, v victim) (map[string]string, error) {
	subscription, err := h.subscription(ctx, v)
	if err != nil || subscription == "" {
		return nil, err
	}
	out, err := h.sns.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &subscription})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// subscription is the ARN of the queue's subscription; empty where there is none.
func (h hands) subscription(ctx context.Context, v victim) (string, error) {
	pages := sns.NewListSubscriptionsByTopicPaginator(h.sns, &sns.ListSubscriptionsByTopicInput{TopicArn: &v.topicARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, s := range page.Subscriptions {
			if aws.ToString(s.Endpoint) == v.queueARN && aws.ToString(s.SubscriptionArn) != "Deleted" {
				return aws.ToString(s.SubscriptionArn), nil
			}
		}
	}
	return "", nil
}

// look tells in one text what AWS shows of a victim, without what changes by itself.
func (h hands) look(ctx context.Context, work handiwork, v victim) (string, error) {
	reads := []func(context.Context, victim) (map[string]string, error){h.queue, h.tags, h.subscribed}
	if work.topic {
		reads = []func(context.Context, victim) (map[string]string, error){h.topic}
	}
	var shown []map[string]string
	for _, read := range reads {
		fields, err := read(ctx, v)
		var answer smithy.APIError
		if err != nil && !errors.As(err, &answer) {
			return "", err
		}
		stable, err := lasting(fields)
		if err != nil {
			return "", err
		}
		shown = append(shown, stable)
	}
	text, err := json.Marshal(shown)
	return string(text), err
}

// lasting leaves out counts, times and ids, and brings a policy's statements into one order.
func lasting(fields map[string]string) (map[string]string, error) {
	out := maps.Clone(fields)
	maps.DeleteFunc(out, func(name, _ string) bool {
		return strings.HasPrefix(name, "Approximate") || strings.HasSuffix(name, "Timestamp") || strings.HasPrefix(name, "Subscriptions") || name == "SubscriptionArn"
	})
	if out["Policy"] == "" {
		return out, nil
	}
	document, err := policydoc.Parse(out["Policy"])
	if err != nil {
		return nil, err
	}
	var statements []string
	for _, s := range document.Statements {
		statements = append(statements, s.Canonical())
	}
	slices.Sort(statements)
	out["Policy"] = strings.Join(statements, "\n")
	return out, nil
}
