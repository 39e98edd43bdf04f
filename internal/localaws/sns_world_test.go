package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// admitting is a queue policy that lets SNS deliver from a topic.
func admitting(topic, queue string) map[string]string {
	return map[string]string{"Policy": fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":%q,`+
		`"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, queue, topic)}
}

// queueFor makes a queue of the owner that admits a topic, and returns its URL and ARN.
func (w world) queueFor(t *testing.T, topic, name string, more map[string]string) (url, arn string) {
	t.Helper()
	attributes := admitting(topic, "arn:aws:sqs:"+region+":"+owner+":"+name)
	for key, value := range more {
		attributes[key] = value
	}
	return w.queue(t, name, attributes)
}

// subscribed subscribes an endpoint as the owner, who may.
func (w world) subscribed(t *testing.T, topic, endpoint string, attributes map[string]string) string {
	t.Helper()
	arn, err := w.subscribe(t, owner, topic, endpoint, attributes)
	if err != nil {
		t.Fatalf("subscribing %s: %v", endpoint, err)
	}
	return arn
}

// attributes makes message attributes of pairs of "name" or "name Type", and value.
func attributes(pairs ...string) map[string]snstypes.MessageAttributeValue {
	all := map[string]snstypes.MessageAttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		name, kind, typed := strings.Cut(pairs[i], " ")
		if !typed {
			kind = "String"
		}
		all[name] = snstypes.MessageAttributeValue{DataType: &kind, StringValue: &pairs[i+1]}
	}
	return all
}

// publish publishes a message as the owner.
func (w world) publish(t *testing.T, topic, message string, pairs ...string) *sns.PublishOutput {
	t.Helper()
	return must[*sns.PublishOutput](t)(w.sns(owner, region).Publish(t.Context(), &sns.PublishInput{
		TopicArn: &topic, Message: &message, MessageAttributes: attributes(pairs...),
	}))
}

// drain receives what is visible in a queue and hides it.
func (w world) drain(t *testing.T, account, in, url string) []sqstypes.Message {
	t.Helper()
	var all []sqstypes.Message
	for {
		got := must[*sqs.ReceiveMessageOutput](t)(w.sqs(account, in).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
		})).Messages
		if len(got) == 0 {
			return all
		}
		for _, m := range got {
			must[*sqs.DeleteMessageOutput](t)(w.sqs(account, in).DeleteMessage(t.Context(),
				&sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}))
		}
		all = append(all, got...)
	}
}

// bodies returns the bodies of what is visible in a queue of the owner.
func (w world) bodies(t *testing.T, url string) []string {
	t.Helper()
	var all []string
	for _, m := range w.drain(t, owner, region, url) {
		all = append(all, *m.Body)
	}
	return all
}

// heldTopics returns the topics of all accounts and regions.
func (w world) heldTopics() []localaws.HeldTopic {
	var all []localaws.HeldTopic
	for _, account := range w.Holdings().Accounts {
		for _, region := range account.Regions {
			all = append(all, region.Topics...)
		}
	}
	return all
}

// delivery returns what was counted of the messages of a topic or for a subscription, and the last outcome of the latter.
func (w world) delivery(t *testing.T, arn string) (counters map[string]int, last localaws.Outcome) {
	t.Helper()
	for _, topic := range w.heldTopics() {
		if topic.ARN == arn {
			return topic.Counters, localaws.Outcome{}
		}
		for _, sub := range topic.Subscriptions {
			if sub.ARN == arn {
				return sub.Counters, sub.Last
			}
		}
	}
	t.Fatalf("%s is not held", arn)
	return nil, localaws.Outcome{}
}

// wantDelivery compares counters, result and reason of a topic or subscription.
func (w world) wantDelivery(t *testing.T, arn string, counters map[string]int, result localaws.Result, reason string) {
	t.Helper()
	got, last := w.delivery(t, arn)
	if diff := cmp.Diff(counters, got); diff != "" {
		t.Errorf("counters of %s (-want +got):\n%s", arn, diff)
	}
	if last.Result != result || !strings.Contains(last.Reason, reason) || (reason == "") != (last.Reason == "") {
		t.Errorf("last of %s: %s, %q; want %s, %q", arn, last.Result, last.Reason, result, reason)
	}
}

func undeliveredTo(arn string) string { return fmt.Sprintf(`{"deadLetterTargetArn":%q}`, arn) }
