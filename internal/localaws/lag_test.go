package localaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

const queueMissing = "AWS.SimpleQueueService.NonExistentQueue"

// laggingWorld is one whose reads show the state of five seconds ago.
func laggingWorld(t *testing.T) world {
	w := newWorld()
	w.bend(t, localaws.FaultRule{Operation: "*", Lag: localaws.Duration(5 * time.Second)})
	return w
}

// shownTimeout returns the timeout of a queue, or the code of the error.
func (w world) shownTimeout(t *testing.T, url string) string {
	t.Helper()
	out, err := w.sqs(owner, region).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"},
	})
	if err != nil {
		return code(err)
	}
	return out.Attributes["VisibilityTimeout"]
}

func (w world) setTimeout(t *testing.T, url, value string) {
	t.Helper()
	_, err := w.sqs(owner, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: map[string]string{"VisibilityTimeout": value},
	})
	wantCode(t, "SetQueueAttributes", err, "")
}

func (w world) shownQueues(t *testing.T) string {
	t.Helper()
	out := must[*sqs.ListQueuesOutput](t)(w.sqs(owner, region).ListQueues(t.Context(), &sqs.ListQueuesInput{}))
	names := []string{}
	for _, url := range out.QueueUrls {
		names = append(names, url[strings.LastIndex(url, "/")+1:])
	}
	return strings.Join(names, " ")
}

// TestReadsOfQueuesLag follows a queue that is made, changed several times within the lag, and deleted.
func TestReadsOfQueuesLag(t *testing.T) {
	w := laggingWorld(t)
	start := w.clock.Now()
	writes := map[int]func(){
		0: func() { w.queue(t, "q", nil) },
		2: func() { w.setTimeout(t, "q", "40") },
		3: func() { w.setTimeout(t, "q", "50"); w.queue(t, "r", nil) },
		20: func() {
			_, err := w.sqs(owner, region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String("q")})
			wantCode(t, "DeleteQueue", err, "")
		},
	}
	seen := map[int]string{
		0: queueMissing, 4: queueMissing, 5: "30", 6: "30", 7: "40", 8: "50", 19: "50", 20: "50", 24: "50", 25: queueMissing, 700: queueMissing,
	}
	listed := map[int]string{0: "", 4: "", 5: "q", 7: "q", 8: "q r", 20: "q r", 24: "q r", 25: "r", 700: "r"}
	for second := range 701 {
		if write := writes[second]; write != nil {
			write()
		}
		if want, look := seen[second]; look {
			if got := w.shownTimeout(t, "q"); got != want {
				t.Errorf("after %s the queue is %s, want %s", w.clock.Since(start), got, want)
			}
			_, err := w.sqs(owner, region).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
			if missing := code(err) == queueMissing; missing != (want == queueMissing) {
				t.Errorf("after %s GetQueueUrl says missing: %t", w.clock.Since(start), missing)
			}
		}
		if want, look := listed[second]; look {
			if got := w.shownQueues(t); got != want {
				t.Errorf("after %s the list is %q, want %q", w.clock.Since(start), got, want)
			}
		}
		w.pass(time.Second)
	}
}

// TestWritesDoNotLag: they see the newest state, so a name that is shown as free is not.
func TestWritesDoNotLag(t *testing.T) {
	w := laggingWorld(t)
	w.queue(t, "q", nil)
	_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String("q"), Attributes: map[string]string{"VisibilityTimeout": "1"},
	})
	wantCode(t, "creating another one", err, "QueueAlreadyExists")
	_, err = w.sqs(owner, region).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("q"), MessageBody: aws.String("x")})
	wantCode(t, "sending", err, "")
	if got := w.shownTimeout(t, "q"); got != queueMissing {
		t.Errorf("a read shows %s, want it to lag", got)
	}
}

// TestReadsOfTopicsLag: attributes, tags and subscriptions, in their lists too.
func TestReadsOfTopicsLag(t *testing.T) {
	w := laggingWorld(t)
	client, tagging := w.sns(owner, region), w.tagging(owner, region)
	arn := w.topic(t, "topic", map[string]string{"DisplayName": "old"})
	_, err := client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &arn})
	wantCode(t, "a new topic", err, "NotFound")
	w.pass(time.Minute)
	sub := must[*sns.SubscribeOutput](t)(client.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &arn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:111111111111:q"),
	}))
	must[*sns.SetTopicAttributesOutput](t)(client.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: &arn, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("new"),
	}))
	must[*sns.TagResourceOutput](t)(client.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &arn, Tags: []snstypes.Tag{{Key: aws.String("team"), Value: aws.String("a")}}}))
	check := func(when string, want map[string]any) {
		t.Helper()
		attributes := must[*sns.GetTopicAttributesOutput](t)(client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &arn})).Attributes
		tags := must[*sns.ListTagsForResourceOutput](t)(client.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: &arn})).Tags
		tagged := must[*resourcegroupstaggingapi.GetResourcesOutput](t)(tagging.GetResources(t.Context(), nil)).ResourceTagMappingList
		byTopic := must[*sns.ListSubscriptionsByTopicOutput](t)(client.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})).Subscriptions
		all := must[*sns.ListSubscriptionsOutput](t)(client.ListSubscriptions(t.Context(), nil)).Subscriptions
		_, err := client.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: sub.SubscriptionArn})
		got := map[string]any{
			"name": attributes["DisplayName"], "confirmed": attributes["SubscriptionsConfirmed"], "get": code(err),
			"tags": len(tags), "tagged": len(tagged), "by topic": len(byTopic), "all": len(all),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	before := map[string]any{"name": "old", "confirmed": "0", "get": "NotFound", "tags": 0, "tagged": 0, "by topic": 0, "all": 0}
	after := map[string]any{"name": "new", "confirmed": "1", "get": "", "tags": 1, "tagged": 1, "by topic": 1, "all": 1}
	w.pass(5*time.Second - 1)
	check("within the lag", before)
	w.pass(1)
	check("after it", after)
	must[*sns.UnsubscribeOutput](t)(client.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: sub.SubscriptionArn}))
	must[*sns.UntagResourceOutput](t)(client.UntagResource(t.Context(), &sns.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"team"}}))
	w.pass(4 * time.Second)
	check("within the lag of the deletion", after)
	w.pass(time.Second)
	before["name"], before["tagged"] = "new", 1 // what was tagged stays listed, without tags
	check("after it", before)
}

// TestReadsOfKeysLag: KMS keys and their aliases.
func TestReadsOfKeysLag(t *testing.T) {
	w := laggingWorld(t)
	arn := w.key(t, `{}`)
	w.kmsOK(t, "CreateAlias", `{"AliasName":"alias/orders","TargetKeyId":"`+arn+`"}`)
	w.pass(5*time.Second - 1)
	for _, want := range []string{"NotFoundException", ""} {
		for _, ref := range []string{arn, "alias/orders"} {
			if _, code := w.kms(t, owner, region, "DescribeKey", `{"KeyId":"`+ref+`"}`); code != want {
				t.Errorf("at %s %s is answered %q, want %q", w.clock.Now(), ref, code, want)
			}
		}
		w.pass(1)
	}
}

// TestLagOfOneOperation: the other reads show what is.
func TestLagOfOneOperation(t *testing.T) {
	w := newWorld()
	w.bend(t, localaws.FaultRule{Operation: "sqs:ListQueues", Lag: localaws.Duration(time.Second)})
	w.queue(t, "q", nil)
	if list, get := w.shownQueues(t), w.shownTimeout(t, "q"); list != "" || get != "30" {
		t.Errorf("the list shows %q and the queue %s, want nothing and 30", list, get)
	}
}

// TestHooksLagTenMinutesAtMost: what is longer ago is not remembered.
func TestHooksLagTenMinutesAtMost(t *testing.T) {
	w := newWorld()
	w.SetHook(func(localaws.Call) localaws.Fault { return localaws.Fault{Lag: time.Hour} })
	w.queue(t, "q", nil)
	for _, want := range []string{queueMissing, queueMissing, "30"} {
		if got := w.shownTimeout(t, "q"); got != want {
			t.Errorf("at %s the queue is %s, want %s", w.clock.Now(), got, want)
		}
		w.pass(5 * time.Minute)
	}
}
