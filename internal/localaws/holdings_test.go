package localaws_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestHoldingsOfNothing(t *testing.T) {
	if text := must[[]byte](t)(json.Marshal(newWorld().Holdings())); string(text) != `{"accounts":[]}` {
		t.Errorf("got %s", text)
	}
}

// TestHoldingsAreSorted: by account, region and ARN, whatever the order in which they came.
func TestHoldingsAreSorted(t *testing.T) {
	w := newWorld()
	for _, place := range [][3]string{
		{stranger, "eu-west-1", "b"}, {owner, "us-east-1", "z"}, {owner, "eu-west-1", "y"}, {stranger, "eu-west-1", "a"},
	} {
		must[*sqs.CreateQueueOutput](t)(w.sqs(place[0], place[1]).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &place[2]}))
	}
	var got []string
	for _, account := range w.Holdings().Accounts {
		for _, region := range account.Regions {
			for _, q := range region.Queues {
				got = append(got, fmt.Sprint(account.Account, " ", region.Region, " ", q.Name))
			}
		}
	}
	want := []string{owner + " eu-west-1 y", owner + " us-east-1 z", stranger + " eu-west-1 a", stranger + " eu-west-1 b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
}

func TestHoldingsOfQueues(t *testing.T) {
	w := newWorld()
	_, dlq := w.queue(t, "dlq", nil)
	redrive := map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, dlq)}
	url, _ := w.queue(t, "b", redrive)
	w.queue(t, "a", redrive)
	client := w.sqs(owner, region)
	for n, delay := range []int32{0, 0, 0, 60} {
		must[*sqs.SendMessageOutput](t)(client.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String(fmt.Sprint(n)), DelaySeconds: delay,
		}))
		w.pass(time.Second)
	}
	must[*sqs.ReceiveMessageOutput](t)(client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url}))
	queues := w.Holdings().Accounts[0].Regions[0].Queues
	for i := range queues {
		queues[i].Attributes = nil
	}
	prefix := "arn:aws:sqs:us-east-1:111111111111:"
	want := []localaws.HeldQueue{
		{ARN: prefix + "a", Name: "a", DeadLetterTarget: dlq},
		{ARN: prefix + "b", Name: "b", DeadLetterTarget: dlq, Visible: 2, Delayed: 1, InFlight: 1, OldestMessageAgeSeconds: 4},
		{ARN: dlq, Name: "dlq", DeadLetterSources: []string{prefix + "a", prefix + "b"}},
	}
	if diff := cmp.Diff(want, queues); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
}

func TestHoldingsOfSubscriptions(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", map[string]string{"DisplayName": "Topic"})
	const queue = "arn:aws:sqs:us-east-1:111111111111:q"
	full := must[string](t)(w.subscribe(t, owner, arn, queue, map[string]string{
		"RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody", "FilterPolicy": `{"a": [1]}`,
		"RedrivePolicy": `{"deadLetterTargetArn":"` + queue + `-dlq"}`,
	}))
	pending := must[string](t)(w.subscribe(t, owner, arn, "arn:aws:sqs:us-east-1:222222222222:q", nil))
	want := map[string]localaws.HeldSubscription{
		full: {
			ARN: full, Owner: owner, Protocol: "sqs", Endpoint: queue, RawMessageDelivery: true, RedriveTarget: queue + "-dlq",
			FilterPolicy: json.RawMessage(`{"a": [1]}`), FilterPolicyScope: "MessageBody",
		},
		pending: {
			ARN: pending, Owner: owner, Protocol: "sqs", Endpoint: "arn:aws:sqs:us-east-1:222222222222:q", Pending: true,
			Last: localaws.Outcome{Time: w.clock.Now(), MessageID: "asked", Result: localaws.Dropped, Reason: "asking to confirm: the queue does not exist"},
		},
	}
	topics := w.Holdings().Accounts[0].Regions[0].Topics
	if len(topics) != 1 || topics[0].ARN != arn || topics[0].Attributes["DisplayName"] != "Topic" {
		t.Fatalf("topics are %+v", topics)
	}
	got := map[string]localaws.HeldSubscription{}
	for _, sub := range topics[0].Subscriptions {
		if sub.Last.MessageID != "" {
			sub.Last.MessageID = "asked"
		}
		got[sub.ARN] = sub
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("subscriptions (-want +got):\n%s", diff)
	}
}

func TestHoldingsOfKeys(t *testing.T) {
	w := newWorld()
	arn := w.key(t, `{"Tags":[{"TagKey":"team","TagValue":"a"}]}`)
	for _, name := range []string{"b", "a"} {
		w.kmsOK(t, "CreateAlias", `{"AliasName":"alias/`+name+`","TargetKeyId":"`+arn+`"}`)
	}
	w.kmsOK(t, "DisableKey", `{"KeyId":"`+arn+`"}`)
	w.kmsOK(t, "DescribeKey", `{"KeyId":"alias/aws/sqs"}`)
	keys := w.Holdings().Accounts[0].Regions[0].Keys
	got := map[bool]localaws.HeldKey{}
	for _, k := range keys {
		if !json.Valid(k.Policy) || len(k.Policy) == 0 {
			t.Errorf("the policy of %s is %s", k.ARN, k.Policy)
		}
		k.Policy = nil
		got[k.Managed] = k
	}
	want := map[bool]localaws.HeldKey{
		false: {ARN: arn, Aliases: []string{"alias/a", "alias/b"}, State: "Disabled", Tags: map[string]string{"team": "a"}},
		true:  {ARN: got[true].ARN, Aliases: []string{"alias/aws/sqs"}, State: "Enabled", Managed: true},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	w.kmsOK(t, "ScheduleKeyDeletion", `{"KeyId":"`+arn+`","PendingWindowInDays":7}`)
	w.pass(7 * 24 * time.Hour)
	if left := w.Holdings().Accounts[0].Regions[0].Keys; len(left) != 1 || !left[0].Managed {
		t.Errorf("after the deletion there are %+v", left)
	}
}

// TestHoldingsOfMoveTasks looks while one runs: what is due by now is done first.
func TestHoldingsOfMoveTasks(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 3)
	w.mustStart(t, dlq, target, 1)
	started := w.clock.Now()
	w.pass(2 * time.Second)
	var got []localaws.HeldMoveTask
	for _, q := range w.Holdings().Accounts[0].Regions[0].Queues {
		got = append(got, q.MoveTasks...)
	}
	want := []localaws.HeldMoveTask{{Destination: target, Status: "RUNNING", Started: started, Moved: 2, ToMove: 3, MaxPerSecond: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("move tasks (-want +got):\n%s", diff)
	}
}

// TestHoldingsCountDeliveries: of the topic and of the subscription, with the message and the reason of its last one.
func TestHoldingsCountDeliveries(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	must[string](t)(w.subscribe(t, owner, arn, "arn:aws:sqs:us-east-1:111111111111:none", nil))
	if held := w.Holdings().Accounts[0].Regions[0].Topics[0]; held.Counters != nil || held.Subscriptions[0].Last != (localaws.Outcome{}) {
		t.Errorf("before the first message: %+v", held)
	}
	published := must[*sns.PublishOutput](t)(w.sns(owner, region).Publish(t.Context(), &sns.PublishInput{TopicArn: &arn, Message: aws.String("lost")}))
	held := w.Holdings().Accounts[0].Regions[0].Topics[0]
	last := localaws.Outcome{Time: w.clock.Now(), MessageID: *published.MessageId, Result: localaws.Dropped, Reason: "the queue does not exist"}
	if held.Counters["NumberOfMessagesPublished"] != 1 || held.Subscriptions[0].Counters["NumberOfNotificationsFailed"] != 1 {
		t.Errorf("counters are %v, and %v of the subscription", held.Counters, held.Subscriptions[0].Counters)
	}
	if diff := cmp.Diff(last, held.Subscriptions[0].Last); diff != "" {
		t.Errorf("last outcome of the subscription (-want +got):\n%s", diff)
	}
}
