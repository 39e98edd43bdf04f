package localaws_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestS1OrdersReachTheQueuesThatAskForThem(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "orders-topic", nil)
	ordersURL, orders := w.queueFor(t, topic, "orders-queue", nil)
	inventoryURL, inventory := w.queueFor(t, topic, "inventory", nil)
	raw := func(policy string) map[string]string {
		return map[string]string{"RawMessageDelivery": "true", "FilterPolicy": policy}
	}
	sub := w.subscribed(t, topic, orders, raw(`{"event_type":["order.created","order.updated"]}`))
	w.subscribed(t, topic, inventory, raw(`{"event_type":["order.created"]}`))
	for _, event := range []string{"order.created", "order.updated", "order.cancelled"} {
		w.publish(t, topic, `{"is":"`+event+`"}`, "event_type", event)
	}
	got := w.drain(t, owner, region, ordersURL)
	if len(got) != 2 || *got[0].Body != `{"is":"order.created"}` || *got[1].Body != `{"is":"order.updated"}` {
		t.Errorf("orders got %+v, want two raw bodies", got)
	}
	want := map[string]sqstypes.MessageAttributeValue{
		"event_type": {DataType: aws.String("String"), StringValue: aws.String("order.created")},
	}
	if diff := cmp.Diff(want["event_type"].StringValue, got[0].MessageAttributes["event_type"].StringValue); diff != "" {
		t.Errorf("the published attributes beside a raw body (-want +got):\n%s", diff)
	}
	if sender := got[0].Attributes["SenderId"]; !strings.HasPrefix(sender, "AIDA") || sender == "AIDA"+owner {
		t.Errorf("sender %s, want that of SNS", sender)
	}
	if diff := cmp.Diff([]string{`{"is":"order.created"}`}, w.bodies(t, inventoryURL)); diff != "" {
		t.Errorf("inventory (-want +got):\n%s", diff)
	}
	w.wantDelivery(t, sub, map[string]int{
		"NumberOfNotificationsDelivered": 2, "NumberOfNotificationsFilteredOut": 1,
		"NumberOfNotificationsFilteredOut-MessageAttributes": 1,
	}, localaws.FilteredOut, "filtered: key event_type")
	if counters, _ := w.delivery(t, topic); counters["NumberOfMessagesPublished"] != 3 {
		t.Errorf("counted %v, want 3 published", counters)
	}
}

func TestS3FraudFilterAndItsUndeliveredQueue(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "orders-events", nil)
	url, queue := w.queueFor(t, topic, "orders-fraud", nil)
	deadURL, dead := w.queueFor(t, topic, "orders-fraud-undelivered", nil)
	sub := w.subscribed(t, topic, queue, map[string]string{
		"FilterPolicy":  `{"eventType":["OrderPlaced","OrderUpdated"],"amount":[{"numeric":[">=",500]}]}`,
		"RedrivePolicy": undeliveredTo(dead),
	})
	w.publish(t, topic, "small", "eventType", "OrderPlaced", "amount Number", "499")
	w.publish(t, topic, "large", "eventType", "OrderPlaced", "amount Number", "500")
	if got := w.bodies(t, url); len(got) != 1 || !strings.Contains(got[0], `"Message" : "large"`) {
		t.Errorf("the fraud queue got %q, want the order of 500 only", got)
	}
	w.wantDelivery(t, sub, map[string]int{
		"NumberOfNotificationsDelivered": 1, "NumberOfNotificationsFilteredOut": 1,
		"NumberOfNotificationsFilteredOut-MessageAttributes": 1,
	}, localaws.Delivered, "")

	must[*sqs.DeleteQueueOutput](t)(w.sqs(owner, region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url}))
	w.publish(t, topic, "lost", "eventType", "OrderPlaced", "amount Number", "501")
	w.publish(t, topic, "still small", "eventType", "OrderPlaced", "amount Number", "1")
	got := w.drain(t, owner, region, deadURL)
	if len(got) != 1 || !strings.Contains(*got[0].Body, `"Message" : "lost"`) {
		t.Fatalf("the undelivered queue got %+v, want the envelope of one message", got)
	}
	w.publish(t, topic, "lost too", "eventType", "OrderPlaced", "amount Number", "502")
	w.wantDelivery(t, sub, map[string]int{
		"NumberOfNotificationsDelivered": 1, "NumberOfNotificationsFilteredOut": 2,
		"NumberOfNotificationsFilteredOut-MessageAttributes": 2,
		"NumberOfNotificationsFailed":                        2, "NumberOfNotificationsRedrivenToDlq": 2,
	}, localaws.Redriven, "the queue does not exist")
	w.pass(time.Minute)
	url, _ = w.queueFor(t, topic, "orders-fraud", nil)
	w.publish(t, topic, "back", "eventType", "OrderPlaced", "amount Number", "503")
	if got := w.bodies(t, url); len(got) != 1 {
		t.Errorf("the queue that came back got %d messages, want 1", len(got))
	}
}

func TestP18WithoutAQueuePolicyEveryMessageIsLost(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(localaws.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	topic := w.topic(t, "topic", nil)
	url, queue := w.queue(t, "q", nil)
	sub := w.subscribed(t, topic, queue, nil)
	w.publish(t, topic, "lost")
	w.wantDelivery(t, sub, map[string]int{"NumberOfNotificationsFailed": 1}, localaws.Dropped, "denied: ")
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), queue) || !strings.Contains(log.String(), "denied") {
		t.Errorf("logged %q, want a warning that names the queue and the reason", log.String())
	}
	_, dead := w.queue(t, "dead", nil)
	set := func(name, value string) {
		t.Helper()
		must[*sns.SetSubscriptionAttributesOutput](t)(w.sns(owner, region).SetSubscriptionAttributes(t.Context(),
			&sns.SetSubscriptionAttributesInput{SubscriptionArn: &sub, AttributeName: &name, AttributeValue: &value}))
	}
	set("RedrivePolicy", undeliveredTo(dead))
	w.publish(t, topic, "lost")
	w.wantDelivery(t, sub, map[string]int{
		"NumberOfNotificationsFailed": 2, "NumberOfNotificationsFailedToRedriveToDlq": 1,
	}, localaws.Dropped, "dead-letter queue "+dead+": denied: ")
	must[*sqs.SetQueueAttributesOutput](t)(w.sqs(owner, region).SetQueueAttributes(t.Context(),
		&sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: admitting(topic, queue)}))
	w.publish(t, topic, "found")
	if got := w.bodies(t, url); len(got) != 1 || !strings.Contains(got[0], `"Message" : "found"`) {
		t.Errorf("got %q after the policy was put right, want one message", got)
	}
}

func TestEnvelope(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url, queue := w.queueFor(t, topic, "q", nil)
	sub := w.subscribed(t, topic, queue, nil)
	published := must[*sns.PublishOutput](t)(w.sns(owner, region).Publish(t.Context(), &sns.PublishInput{
		TopicArn: &topic, Message: aws.String("a \"quoted\" <message>"), Subject: aws.String("s"),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"kind": {DataType: aws.String("String"), StringValue: aws.String("order")},
			"blob": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
		},
	}))
	received := w.drain(t, owner, region, url)
	if len(received) != 1 || len(received[0].MessageAttributes) != 0 {
		t.Fatalf("received %+v, want one message without message attributes", received)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(*received[0].Body), &got); err != nil {
		t.Fatal(err)
	}
	if got["Signature"] == "" || got["SigningCertURL"] == "" {
		t.Errorf("got %v, want a signature and its certificate", got)
	}
	delete(got, "Signature")
	delete(got, "SigningCertURL")
	want := map[string]any{
		"Type": "Notification", "MessageId": *published.MessageId, "TopicArn": topic, "Subject": "s",
		"Message": "a \"quoted\" <message>", "Timestamp": "2026-01-02T03:04:05.000Z", "SignatureVersion": "1",
		"UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=" + sub,
		"MessageAttributes": map[string]any{
			"blob": map[string]any{"Type": "Binary", "Value": "AQI="},
			"kind": map[string]any{"Type": "String", "Value": "order"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("envelope (-want +got):\n%s", diff)
	}
	order := []string{"Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "UnsubscribeURL", "MessageAttributes"}
	last := -1
	for _, name := range order {
		at := strings.Index(*received[0].Body, `"`+name+`" : `)
		if at <= last {
			t.Errorf("%s stands at %d, want it behind %d", name, at, last)
		}
		last = at
	}
}

func TestMessageStructureGivesQueuesTheirOwnText(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url, queue := w.queueFor(t, topic, "q", nil)
	sub := w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true"})
	for _, text := range []string{`{"default":"d","sqs":"s"}`, `{"default":"d","sms":"s","sqs":3}`, `{"default":"d","sqs":""}`} {
		must[*sns.PublishOutput](t)(w.sns(owner, region).Publish(t.Context(), &sns.PublishInput{
			TopicArn: &topic, Message: &text, MessageStructure: aws.String("json"),
		}))
	}
	if diff := cmp.Diff([]string{"s", "d"}, w.bodies(t, url)); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	w.wantDelivery(t, sub, map[string]int{"NumberOfNotificationsDelivered": 2, "NumberOfNotificationsFailed": 1},
		localaws.Dropped, "MessageBody") // a queue takes no empty text
}

func TestFilterCausesAreCountedApart(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, queue := w.queueFor(t, topic, "q", nil)
	_, other := w.queueFor(t, topic, "r", nil)
	byAttribute := w.subscribed(t, topic, queue, map[string]string{"FilterPolicy": `{"a":["x"]}`})
	byBody := w.subscribed(t, topic, other, map[string]string{"FilterPolicy": `{"a":["x"]}`, "FilterPolicyScope": "MessageBody"})
	w.publish(t, topic, "no JSON")
	w.publish(t, topic, `{"a":"y"}`, "a String.Array", "no JSON")
	w.publish(t, topic, `{"a":"x"}`, "a", "x")
	w.wantDelivery(t, byAttribute, map[string]int{
		"NumberOfNotificationsFilteredOut": 2, "NumberOfNotificationsFilteredOut-MessageAttributes": 2,
		"NumberOfNotificationsFilteredOut-NoMessageAttributes": 1, "NumberOfNotificationsFilteredOut-InvalidAttributes": 1,
		"NumberOfNotificationsDelivered": 1,
	}, localaws.Delivered, "")
	w.wantDelivery(t, byBody, map[string]int{
		"NumberOfNotificationsFilteredOut": 2, "NumberOfNotificationsFilteredOut-MessageBody": 2,
		"NumberOfNotificationsFilteredOut-InvalidMessageBody": 1, "NumberOfNotificationsDelivered": 1,
	}, localaws.Delivered, "")
}

func TestQueuesRefuseWhatIsTooLarge(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, small := w.queueFor(t, topic, "small", map[string]string{"MaximumMessageSize": "1024"})
	deadURL, dead := w.queueFor(t, topic, "dead", nil)
	sub := w.subscribed(t, topic, small, map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": undeliveredTo(dead)})
	w.publish(t, topic, strings.Repeat("x", 1025))
	w.wantDelivery(t, sub, map[string]int{"NumberOfNotificationsFailed": 1, "NumberOfNotificationsRedrivenToDlq": 1},
		localaws.Redriven, "shorter than 1024 bytes")
	var many []string
	for i := range 11 {
		many = append(many, fmt.Sprint("a", i), "x")
	}
	w.publish(t, topic, "m", many...)
	w.wantDelivery(t, sub, map[string]int{
		"NumberOfNotificationsFailed": 2, "NumberOfNotificationsRedrivenToDlq": 1, "NumberOfNotificationsFailedToRedriveToDlq": 1,
	}, localaws.Dropped, "[11] exceeds the allowed maximum [10]")
	if got := w.drain(t, owner, region, deadURL); len(got) != 1 || len(*got[0].Body) != 1025 {
		t.Errorf("dead letters %+v, want the large message: no queue takes the other", got)
	}
	w.publish(t, topic, "m", many[:20]...)
	if counters, _ := w.delivery(t, sub); counters["NumberOfNotificationsDelivered"] != 1 {
		t.Errorf("counted %v with 10 attributes, want 1 delivered", counters)
	}
}

func TestRawDeliveryObeysTheRulesOfSendMessage(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, plain := w.queueFor(t, topic, "raw", nil)
	_, wrapped := w.queueFor(t, topic, "wrapped", nil)
	raw := w.subscribed(t, topic, plain, map[string]string{"RawMessageDelivery": "true"})
	envelope := w.subscribed(t, topic, wrapped, nil)
	for i, tt := range []struct {
		body       string
		attributes []string
		reason     string
	}{
		{"a\x01b", nil, "'#x1' was found in the message body"},
		{"m", []string{"a", "a\x01b"}, "'#x1' was found in the message (user) attribute 'a'"},
		{"m", []string{"AWS.kind", "x"}, "reserved prefix"},
	} {
		w.publish(t, topic, tt.body, tt.attributes...)
		w.wantDelivery(t, raw, map[string]int{"NumberOfNotificationsFailed": i + 1}, localaws.Dropped, tt.reason)
		w.wantDelivery(t, envelope, map[string]int{"NumberOfNotificationsDelivered": i + 1}, localaws.Delivered, "")
	}
}

func TestAQueuesOwnDelayHoldsForDeliveries(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url, queue := w.queueFor(t, topic, "q", map[string]string{"DelaySeconds": "10"})
	w.subscribed(t, topic, queue, nil)
	w.publish(t, topic, "m")
	if diff := cmp.Diff([3]string{"0", "1", "0"}, w.counts(t, url)); diff != "" {
		t.Errorf("visible, delayed, in flight (-want +got):\n%s", diff)
	}
	w.pass(10 * time.Second)
	if got := w.bodies(t, url); len(got) != 1 {
		t.Errorf("got %d messages after the delay, want 1", len(got))
	}
}

func TestOtherProtocolsAreNotDeliveredTo(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	sub, err := w.sns(owner, region).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("lambda"), Endpoint: aws.String("arn:aws:lambda:us-east-1:" + owner + ":function:f"),
	})
	wantCode(t, "Subscribe", err, "")
	w.publish(t, topic, "m")
	w.wantDelivery(t, *sub.SubscriptionArn, map[string]int{}, localaws.NotAttempted, "protocol lambda is not delivered here")
}

func TestQueueInAnotherRegion(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	const queue = "arn:aws:sqs:eu-west-1:" + owner + ":q"
	out := must[*sqs.CreateQueueOutput](t)(w.sqs(owner, "eu-west-1").CreateQueue(t.Context(),
		&sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: admitting(topic, queue)}))
	w.subscribed(t, topic, queue, nil)
	w.publish(t, topic, "m")
	if got := w.drain(t, owner, "eu-west-1", *out.QueueUrl); len(got) != 1 {
		t.Errorf("received %d messages, want 1", len(got))
	}
}

func BenchmarkPublishTo100Subscriptions(b *testing.B) {
	w := newWorld()
	client, queues := w.sns(owner, region), w.sqs(owner, region)
	topic := "arn:aws:sns:" + region + ":" + owner + ":topic"
	if _, err := client.CreateTopic(b.Context(), &sns.CreateTopicInput{Name: aws.String("topic")}); err != nil {
		b.Fatal(err)
	}
	for i := range 100 {
		name := fmt.Sprint("q", i)
		arn := "arn:aws:sqs:" + region + ":" + owner + ":" + name
		_, err := queues.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: admitting(topic, arn)})
		if err == nil {
			_, err = client.Subscribe(b.Context(), &sns.SubscribeInput{
				TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn,
				Attributes: map[string]string{"FilterPolicy": fmt.Sprintf(`{"n":["%d","x"]}`, i), "RawMessageDelivery": "true"},
			})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		_, err := client.Publish(b.Context(), &sns.PublishInput{
			TopicArn: &topic, Message: aws.String("m"), MessageAttributes: attributes("n", "7"),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
