package controller_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What people do by hand, in AWS and to the status.

func TestSubscriptionRemovedByHandComesBack(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{filtered("events", "kind", `["a"]`)}
	})
	w.settled()
	if _, err := w.sns().Unsubscribe(w.ctx, &sns.UnsubscribeInput{SubscriptionArn: &cq.Status.Subscriptions[0].SubscriptionARN}); err != nil {
		t.Fatal(err)
	}
	w.eventually("the subscription to be back", func() bool { return len(w.subscriptions(mt.Status.Topics[0].ARN)) == 1 })
	w.event(cq, "Warning Recreated", "subscription")
	w.ready(cq)
	if got := w.subscription(cq.Status.Subscriptions[0].SubscriptionARN); got["FilterPolicy"] != `{"kind":["a"]}` {
		t.Errorf("the subscription is %v", got)
	}
}

func TestP18PolicyTakenAwayIsSaidAndPutBack(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.settled()
	before := w.attributes(cq.Status.QueueName)["Policy"]
	w.set(cq.Status.QueueURL, "Policy", "")
	w.eventually("the policy to be missed", func() bool {
		return w.condition(cq, "Deliverable", metav1.ConditionFalse, v1alpha1.ReasonQueuePolicyMissing)
	})
	if w.condition(cq, "Ready", metav1.ConditionTrue, "") {
		t.Errorf("it is ready:\n%s", w.describe())
	}
	w.ready(cq)
	if diff := cmp.Diff(before, w.attributes(cq.Status.QueueName)["Policy"]); diff != "" {
		t.Errorf("the policy has changed:\n%s", diff)
	}
	w.event(cq, "Warning DriftCorrected", "SkeinTopics")
}

func TestForeignTagsAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.Tags = v1alpha1.Tags{"team": "a"} })
	if _, err := w.sqs().TagQueue(w.ctx, &sqs.TagQueueInput{QueueUrl: &cq.Status.QueueURL, Tags: map[string]string{"theirs": "1"}}); err != nil {
		t.Fatal(err)
	}
	w.settled()
	w.aws.ResetCalls()
	w.pass(30 * time.Minute)
	w.noCalls(mutating)
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Tags = nil })
	if got := w.everything(cq.Status.QueueName); got["tag theirs"] != "1" || got["tag team"] != "" {
		t.Errorf("the tags are %v", got)
	}
}

func TestLostStatusChangesNothing(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.stop()
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	for _, o := range []client.Object{mt, cq} {
		if err := w.Status().Patch(w.ctx, o, client.RawPatch("application/merge-patch+json", []byte(`{"status":null}`))); err != nil {
			t.Fatal(err)
		}
	}
	if len(cq.Status.Resources) != 0 {
		t.Fatal("the status is still there")
	}
	w.aws.ResetCalls()
	w.start()
	w.ready(mt)
	w.ready(cq)
	var writes []string
	for _, c := range w.calls(mutating) {
		writes = append(writes, c.Operation)
	}
	slices.Sort(writes)
	sent(t, []string{"SetQueueAttributes", "Subscribe"}, writes)
	w.event(cq, "Normal Updated", "VisibilityTimeout")
	if len(cq.Status.Resources) != 4 || cq.Status.Subscriptions[0].SubscriptionARN == "" {
		t.Errorf("the inventory is %v", cq.Status.Resources)
	}
	w.delete(cq)
	w.gone(cq)
	w.delete(mt)
	w.gone(mt)
	if names := append(w.queueNames(), w.topicNames()...); len(names) > 0 {
		t.Errorf("left %v", names)
	}
}

func TestRestartWhileWaitingForEmptiness(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.delete(cq)
	w.waiting(cq, v1alpha1.ReasonEmptySettle)
	w.pass(90 * time.Second)
	w.stop()
	w.send(cq.Status.QueueURL, "passing")
	w.drain(cq.Status.QueueURL)
	w.start()
	began := w.clock.Now()
	w.gone(cq)
	if took := w.clock.Now().Sub(began); took < 2*time.Minute {
		t.Errorf("deleted %s after the restart", took)
	}
}

// Between two looks at a queue someone makes it, with other attributes.
func TestQueueThatTurnsUpBetweenLookAndCall(t *testing.T) {
	w := newWorld(t)
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "CreateQueue" && strings.HasSuffix(c.Resource, ":race") && w.attributes("race") == nil {
			w.createQueue("race", map[string]string{"VisibilityTimeout": "77"}, nil)
		}
		return localaws.Fault{}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.DeletionPolicy = "race", v1alpha1.DeletionDelete
	})
	w.stalled(cq, v1alpha1.ReasonNotOwned)
	w.delete(cq)
	w.gone(cq)
	if got := w.attributes("race"); got["VisibilityTimeout"] != "77" || w.attributes("race-dlq") != nil {
		t.Errorf("the queue is %v", got)
	}
}

func TestChangeOfTopicLosesNothingInBetween(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = []v1alpha1.Topic{{Name: "old"}, {Name: "new"}}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "old")}
	})
	w.ready(mt)
	w.ready(cq)
	w.quiet()
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0].Topic = "new" })
	w.ready(cq)
	w.eventually("the policies to shrink", func() bool {
		return !strings.Contains(w.attributes(cq.Status.QueueName)["Policy"], "orders-old") &&
			!strings.Contains(w.attributes(cq.Status.QueueName + "-undelivered")["Policy"], "orders-old")
	})
	w.quiet()
	var order []string
	for _, c := range w.calls(mutating) {
		var in struct{ Attributes map[string]string }
		_ = json.Unmarshal(c.Params, &in)
		step := c.Operation
		if policy := in.Attributes["Policy"]; c.Operation == "SetQueueAttributes" {
			step = "admit"
			for _, topic := range []string{"old", "new"} {
				if strings.Contains(policy, "orders-"+topic) {
					step += " " + topic
				}
			}
		}
		order = append(order, step)
	}
	sent(t, []string{"admit old new", "admit old new", "Subscribe", "Unsubscribe", "admit new", "admit new"}, order)
}

func TestFIFOMembersFollowTheSpec(t *testing.T) {
	w := newWorld(t)
	w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) { s.Topics[0].FIFO = &v1alpha1.TopicFIFO{} })
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.FIFO, s.Subscriptions = &v1alpha1.QueueFIFO{}, []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.ready(cq)
	if !strings.HasSuffix(cq.Status.DeadLetter.QueueARN, "-inventory-dlq.fifo") {
		t.Errorf("dead letters go to %s", cq.Status.DeadLetter.QueueARN)
	}
	for _, step := range []struct {
		fifo v1alpha1.QueueFIFO
		want [3]string
	}{
		{v1alpha1.QueueFIFO{ContentBasedDeduplication: true, DeduplicationScope: "MessageGroup", ThroughputLimit: "PerMessageGroupID"}, [3]string{"true", "messageGroup", "perMessageGroupId"}},
		{v1alpha1.QueueFIFO{}, [3]string{"false", "queue", "perQueue"}},
	} {
		w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.FIFO = &step.fifo })
		got := w.attributes(cq.Status.QueueName)
		if have := [3]string{got["ContentBasedDeduplication"], got["DeduplicationScope"], got["FifoThroughputLimit"]}; have != step.want {
			t.Errorf("the queue is %v, want %v", have, step.want)
		}
	}
}

func TestTopicChangedByHandIsSetBack(t *testing.T) {
	w := newWorld(t)
	mt, _ := orders(w, unchanged)
	w.settled()
	topic := mt.Status.Topics[0].ARN
	policy := strings.Replace(w.topicAttributes(topic)["Policy"], "__default_statement_ID", "Renamed", 1)
	for name, value := range map[string]string{"Policy": policy, "TracingConfig": "Active"} {
		if _, err := w.sns().SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: aws.String(name), AttributeValue: &value}); err != nil {
			t.Fatal(err)
		}
	}
	w.event(mt, "Warning DriftCorrected", "TracingConfig")
	if got := w.topicAttributes(topic); got["TracingConfig"] != "PassThrough" || !strings.Contains(got["Policy"], "Renamed") {
		t.Errorf("the topic is %v", got)
	}
}
