package controller_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Resources that leave the spec while their object lives.

// state is the inventory's row of a resource, empty for none.
func state(rows []v1alpha1.ResourceStatus, suffix string) v1alpha1.ResourceState {
	for _, row := range rows {
		if strings.HasSuffix(row.Resource, suffix) {
			return row.State
		}
	}
	return ""
}

func TestDeadLetterQueueLeavesWhenItIsEmpty(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	dlq := cq.Status.DeadLetter.QueueURL
	w.send(dlq, "dead")
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	w.ready(cq)
	w.pass(30 * time.Minute)
	w.ready(cq)
	if got := state(cq.Status.Resources, "-dlq"); got != v1alpha1.ResourceLeaving || w.attributes(cq.Status.QueueName+"-dlq") == nil {
		t.Errorf("the dead-letter queue is %q", got)
	}
	w.drain(dlq)
	began := w.clock.Now()
	w.eventually("the dead-letter queue to go", func() bool { return w.attributes(cq.Status.QueueName+"-dlq") == nil })
	if took := w.clock.Now().Sub(began); took < 2*time.Minute {
		t.Errorf("deleted after %s of being empty", took)
	}
	w.event(cq, "Deleted", "-dlq")
	w.eventually("its row to go", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil && state(cq.Status.Resources, "-dlq") == ""
	})
	w.ready(cq)
}

func TestDeadLetterQueueThatComesBackWhileLeaving(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.send(cq.Status.DeadLetter.QueueURL, "dead")
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = nil })
	w.pass(30 * time.Minute)
	w.ready(cq)
	if got := w.attributes(cq.Status.QueueName + "-dlq"); got["ApproximateNumberOfMessages"] != "1" || state(cq.Status.Resources, "-dlq") != v1alpha1.ResourcePresent {
		t.Errorf("the dead-letter queue is %v", got)
	}
}

func TestUndeliveredSwitchedOff(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	subscription := cq.Status.Subscriptions[0].SubscriptionARN
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Undelivered = &v1alpha1.Undelivered{Disabled: true} })
	w.ready(cq)
	if got := w.subscription(subscription); got == nil || got["RedrivePolicy"] != "" {
		t.Errorf("the subscription is %v", got)
	}
	w.eventually("the queue to go", func() bool { return w.attributes(cq.Status.QueueName+"-undelivered") == nil })
	w.eventually("the status to say so", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil && cq.Status.Undelivered == nil && state(cq.Status.Resources, "-undelivered") == ""
	})
}

func TestSubscriptionRemovedFromTheSpec(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions = nil })
	w.eventually("the subscription to go", func() bool { return len(w.subscriptions(mt.Status.Topics[0].ARN)) == 0 })
	w.ready(cq)
	w.eventually("the policy to shrink", func() bool {
		return !strings.Contains(w.attributes(cq.Status.QueueName)["Policy"], mt.Status.Topics[0].ARN)
	})
	w.pass(30 * time.Minute)
	if w.attributes(cq.Status.QueueName+"-undelivered") == nil {
		t.Error("the undelivered queue went, though it stays once it is there")
	}
	// Unsubscribed before the policy shrank.
	order := ""
	for _, c := range w.calls(mutating) {
		if c.Operation == "Unsubscribe" || c.Operation == "SetQueueAttributes" {
			order += c.Operation + " "
		}
	}
	if !strings.HasPrefix(order, "Unsubscribe SetQueueAttributes") {
		t.Errorf("the order was %s", order)
	}
}

func TestRetainedResourcesAreReleasedWhenTheyLeave(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionRetain })
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	w.ready(cq)
	w.event(cq, "Released", "-dlq")
	w.pass(30 * time.Minute)
	if w.attributes(cq.Status.QueueName+"-dlq") == nil || state(cq.Status.Resources, "-dlq") != "" {
		t.Error("the dead-letter queue is gone, or still on record")
	}
}

func TestTopicRemovedFromTheSpec(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = []v1alpha1.Topic{{Name: "events"}, {Name: "audit"}}
	})
	w.ready(mt)
	audit := mt.Status.Topics[1].ARN
	foreign := "arn:aws:sqs:us-east-1:" + w.accountID + ":theirs"
	sub, err := w.sns().Subscribe(w.ctx, &sns.SubscribeInput{TopicArn: &audit, Protocol: aws.String("sqs"), Endpoint: &foreign})
	if err != nil {
		t.Fatal(err)
	}
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics = mt.Spec.Topics[:1] })
	w.ready(mt)
	w.pass(30 * time.Minute)
	w.ready(mt)
	if got := state(mt.Status.Resources, "-audit"); got != v1alpha1.ResourceLeaving || w.topicAttributes(audit) == nil {
		t.Errorf("the topic is %q", got)
	}
	if _, err := w.sns().Unsubscribe(w.ctx, &sns.UnsubscribeInput{SubscriptionArn: sub.SubscriptionArn}); err != nil {
		t.Fatal(err)
	}
	w.eventuallyBy(5*time.Second, "the topic to go", func() bool { return w.topicAttributes(audit) == nil })
	w.event(mt, "Deleted", "-audit")
}

func TestTopicRemovedWhileAConsumerStillNamesIt(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	topic := mt.Status.Topics[0].ARN
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0].Name = "renamed" })
	w.waiting(cq, v1alpha1.ReasonTopicNotFound)
	w.pass(30 * time.Minute)
	if w.topicAttributes(topic) == nil || len(w.subscriptions(topic)) != 1 {
		t.Error("the topic or its subscription is gone")
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0].Topic = "renamed" })
	w.ready(cq)
	w.eventuallyBy(5*time.Second, "the topic to go", func() bool { return w.topicAttributes(topic) == nil })
	w.ready(mt)
	if len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Error("not subscribed to the new topic")
	}
}
