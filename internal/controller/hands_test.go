package controller_test

import (
	"context"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/localaws"
)

// The hands of someone else in the world's AWS account.

// handKey is the access key of the hands, so that their calls can be told from the operator's.
const handKey = "AKIAHANDS"

func (w *world) config(key, region string) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: w.aws.HTTPClient(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}, nil
		}),
	}
}

func (w *world) sqs() *sqs.Client { return sqs.NewFromConfig(w.config(handKey, "us-east-1")) }
func (w *world) sns() *sns.Client { return sns.NewFromConfig(w.config(handKey, "us-east-1")) }

// calls are those of the operator since the last reset, by a filter.
func (w *world) calls(wanted func(localaws.Call) bool) []localaws.Call {
	var out []localaws.Call
	for _, c := range w.aws.Calls() {
		if c.AccessKey != handKey && wanted(c) {
			out = append(out, c)
		}
	}
	return out
}

func mutating(c localaws.Call) bool { return c.Mutating }

// anyCall but the question who we are.
func anyCall(c localaws.Call) bool { return c.Service != "sts" }

// named are the calls of an operation.
func named(operation string) func(localaws.Call) bool {
	return func(c localaws.Call) bool { return c.Operation == operation }
}

// noCalls checks that the operator made no call of a kind since the last reset.
func (w *world) noCalls(wanted func(localaws.Call) bool) {
	w.t.Helper()
	for _, c := range w.calls(wanted) {
		w.t.Errorf("called %s:%s for %s: %s", c.Service, c.Operation, c.Resource, c.Params)
	}
}

// hook bends the operator's calls, not those of the hands.
func (w *world) hook(h localaws.Hook) {
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.AccessKey == handKey {
			return localaws.Fault{}
		}
		return h(c)
	})
}

// attributes reads a queue; nil where it does not exist.
func (w *world) attributes(name string) map[string]string {
	url, err := w.sqs().GetQueueUrl(w.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return nil
	}
	out, err := w.sqs().GetQueueAttributes(w.ctx, &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		return nil
	}
	return out.Attributes
}

// set changes a queue's attribute by hand.
func (w *world) set(url, name, value string) {
	w.t.Helper()
	if _, err := w.sqs().SetQueueAttributes(w.ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{name: value}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) send(url, body string) {
	w.t.Helper()
	if _, err := w.sqs().SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		w.t.Fatal(err)
	}
}

// drain receives and deletes all messages of a queue. It never receives from an empty one, which would wait for the clock.
func (w *world) drain(url string) {
	w.t.Helper()
	for w.attributes(path.Base(url))["ApproximateNumberOfMessages"] != "0" {
		out, err := w.sqs().ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range out.Messages {
			if _, err := w.sqs().DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// subscriptions lists the endpoints of a topic's subscriptions.
func (w *world) subscriptions(topicARN string) []string {
	w.t.Helper()
	out, err := w.sns().ListSubscriptionsByTopic(w.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topicARN})
	if err != nil {
		return nil
	}
	var list []string
	for _, s := range out.Subscriptions {
		list = append(list, aws.ToString(s.Endpoint))
	}
	return list
}

// subscription reads a subscription's attributes; nil where it does not exist.
func (w *world) subscription(arn string) map[string]string {
	out, err := w.sns().GetSubscriptionAttributes(w.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	if err != nil {
		return nil
	}
	return out.Attributes
}

// topicAttributes reads a topic; nil where it does not exist.
func (w *world) topicAttributes(arn string) map[string]string {
	out, err := w.sns().GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return nil
	}
	return out.Attributes
}

// queueNames lists all queues of the account.
func (w *world) queueNames() []string {
	w.t.Helper()
	out, err := w.sqs().ListQueues(w.ctx, &sqs.ListQueuesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, url := range out.QueueUrls {
		names = append(names, url[strings.LastIndex(url, "/")+1:])
	}
	return names
}

// createQueue makes a queue by hand and gives its URL.
func (w *world) createQueue(name string, attributes, tags map[string]string) string {
	w.t.Helper()
	out, err := w.sqs().CreateQueue(w.ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: tags})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.QueueUrl
}

// createTopic makes a topic by hand and gives its ARN.
func (w *world) createTopic(name string) string {
	w.t.Helper()
	out, err := w.sns().CreateTopic(w.ctx, &sns.CreateTopicInput{Name: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.TopicArn
}

// deleteQueue deletes a queue by hand.
func (w *world) deleteQueue(url string) {
	w.t.Helper()
	if _, err := w.sqs().DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &url}); err != nil {
		w.t.Fatal(err)
	}
}

// topicNames lists all topics of the account.
func (w *world) topicNames() []string {
	w.t.Helper()
	out, err := w.sns().ListTopics(w.ctx, &sns.ListTopicsInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, topic := range out.Topics {
		names = append(names, nameOf(*topic.TopicArn))
	}
	return names
}

// nameOf is the last part of an ARN.
func nameOf(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
