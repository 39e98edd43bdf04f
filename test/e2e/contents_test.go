package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/skein-dev/skein/internal/policydoc"
)

// contents are resources of an AWS with their attributes as the SDK gives them, and with their tags as the attribute Tags, a JSON object.
// A resource is called queue/NAME, topic/NAME, alarm/NAME or subscription/TOPIC/QUEUE; one that does not exist has no attributes.
type contents map[string]map[string]string

// left are attributes that tell what a resource is and does, not how it was set up.
var left = []string{
	"QueueArn", "CreatedTimestamp", "LastModifiedTimestamp",
	"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
	"TopicArn", "Owner", "SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted", "EffectiveDeliveryPolicy",
	"SubscriptionArn", "SubscriptionPrincipal",
}

// read gives what an account holds of some resources. Attributes that are empty count as absent.
func (h hands) read(ctx context.Context, t testing.TB, resources iter.Seq[string]) contents {
	t.Helper()
	out := contents{}
	for name := range resources {
		kind, rest, _ := strings.Cut(name, "/")
		var attributes map[string]string
		var err error
		switch kind {
		case "queue":
			attributes, err = h.readQueue(ctx, rest)
		case "topic":
			attributes, err = h.readTopic(ctx, h.topic(rest))
		case "alarm":
			attributes, err = h.readAlarm(ctx, rest)
		default:
			topic, queue, _ := strings.Cut(rest, "/")
			attributes, err = h.readSubscription(ctx, h.topic(topic), h.queue(queue))
		}
		if err != nil && !isAbsent(err) {
			t.Fatalf("reading %s: %v", name, err)
		}
		maps.DeleteFunc(attributes, func(k, v string) bool { return v == "" || slices.Contains(left, k) })
		out[name] = attributes
	}
	return out
}

// isAbsent says whether a resource was asked for that does not exist.
func isAbsent(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains([]string{"NotFound", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}, api.ErrorCode())
}

func (h hands) readQueue(ctx context.Context, name string) (map[string]string, error) {
	url, err := h.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return nil, err
	}
	out, err := h.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		return nil, err
	}
	tags, err := h.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: url.QueueUrl})
	if err != nil {
		return nil, err
	}
	out.Attributes["Tags"] = asJSON(tags.Tags)
	return out.Attributes, nil
}

// readTopic leaves out of the policy what is not Skein's: whether AWS or Skein wrote the rest depends on what came first.
func (h hands) readTopic(ctx context.Context, topicARN string) (map[string]string, error) {
	out, err := h.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &topicARN})
	if err != nil {
		return nil, err
	}
	list, err := h.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &topicARN})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range list.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	out.Attributes["Tags"] = asJSON(tags)
	if document, err := policydoc.Parse(out.Attributes["Policy"]); err == nil {
		own := slices.DeleteFunc(document.Statements, func(s policydoc.Statement) bool { return !strings.HasPrefix(s.Sid, policydoc.OwnPrefix) })
		out.Attributes["Policy"] = policydoc.Document{Version: policydoc.Version, Statements: own}.JSON()
	}
	return out.Attributes, nil
}

func (h hands) readSubscription(ctx context.Context, topicARN, queueARN string) (map[string]string, error) {
	list, err := h.sns.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topicARN})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list.Subscriptions, func(s snstypes.Subscription) bool { return aws.ToString(s.Endpoint) == queueARN })
	if i < 0 {
		return nil, nil
	}
	out, err := h.sns.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: list.Subscriptions[i].SubscriptionArn})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// difference is an attribute that is not as wanted.
type difference struct{ resource, attribute, want, got string }

func (d difference) String() string {
	return fmt.Sprintf("%s %s is %s, want %s", d.resource, d.attribute, d.got, d.want)
}

// differences compares all attributes as JSON, policies by their meaning. MaximumMessageSize counts where it is wanted only: AWS's default
// has changed, and not every emulator followed.
func differences(want, got contents) []difference {
	var out []difference
	for _, resource := range slices.Sorted(maps.Keys(want)) {
		all := maps.Clone(got[resource])
		if all == nil {
			all = map[string]string{}
		}
		delete(all, "MaximumMessageSize")
		maps.Copy(all, want[resource])
		for _, attribute := range slices.Sorted(maps.Keys(all)) {
			if d := (difference{resource, attribute, want[resource][attribute], got[resource][attribute]}); !same(d) {
				out = append(out, d)
			}
		}
	}
	return out
}

func same(d difference) bool {
	if d.attribute == "Policy" {
		return policydoc.EquivalentJSON(d.want, d.got)
	}
	var want, got any
	if json.Unmarshal([]byte(d.want), &want) != nil || json.Unmarshal([]byte(d.got), &got) != nil {
		return d.want == d.got
	}
	return reflect.DeepEqual(want, got)
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
