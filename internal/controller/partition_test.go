package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// A partition that lacks what newer ones have.
func TestP45PartitionThatLacksThings(t *testing.T) {
	w := newWorld(t, localaws.WithoutTags(), localaws.WithoutAttributes(
		"RedriveAllowPolicy", "SqsManagedSseEnabled", "DeduplicationScope", "FifoThroughputLimit", "TracingConfig", "FifoThroughputScope", "FilterPolicyScope"))
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = []v1alpha1.Topic{
			{Name: "events", Tracing: "Active"}, {Name: "payments", FIFO: &v1alpha1.TopicFIFO{ThroughputScope: "MessageGroup"}},
		}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		sub := subscribed("orders", "events")
		sub.FilterPolicy = filter("kind", `["a"]`)
		s.Subscriptions = []v1alpha1.Subscription{sub}
	})
	fifo := w.queue("payments", func(s *v1alpha1.ConsumerQueueSpec) {
		s.FIFO = &v1alpha1.QueueFIFO{DeduplicationScope: "MessageGroup", ThroughputLimit: "PerMessageGroupID"}
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "payments")}
	})
	plain := w.queue("plain", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.Encryption = &v1alpha1.DeadLetter{Disabled: true}, &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionNone}
	})
	check := func() {
		t.Helper()
		w.ready(mt)
		w.mentions(w.degraded(mt), "TracingConfig", "topic/"+w.namespace+"-orders-events", "FifoThroughputScope", "not traced", "Tags")
		w.ready(cq)
		w.mentions(w.degraded(cq), "RedriveAllowPolicy (wanted on queue/"+w.namespace+"-inventory-dlq): any queue of the account", "SqsManagedSseEnabled", "Tags")
		w.ready(fifo)
		w.mentions(w.degraded(fifo), "DeduplicationScope", "FifoThroughputLimit", "whole queue")
		w.ready(plain)
		w.mentions(w.degraded(plain), "Tags (wanted on queue/"+w.namespace+"-plain)")
	}
	check()
	w.quiet()
	w.aws.ResetCalls()
	w.pass(25 * time.Minute)
	w.noCalls(mutating)
	// A restart learns it again, and nobody sees a difference.
	w.stop()
	w.start()
	w.pass(25 * time.Minute)
	check()
	w.quiet()
	w.aws.ResetCalls()
	w.pass(25 * time.Minute)
	w.noCalls(mutating)

	// What is there already is nobody's, as Skein did not make it; what Skein made goes with its object.
	w.createQueue("taken", nil, nil)
	taken := w.queue("taken", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "taken" })
	w.mentions(w.stalled(taken, v1alpha1.ReasonNotOwned), "taken")
	w.delete(cq)
	w.gone(cq)
	for _, name := range w.queueNames() {
		if name == w.namespace+"-inventory" || name == w.namespace+"-inventory-dlq" {
			t.Errorf("queue %s is left", name)
		}
	}
	// A filter of the body cannot be made without its scope, and is not made otherwise.
	body := w.queue("body", func(s *v1alpha1.ConsumerQueueSpec) {
		sub := subscribed("orders", "events")
		sub.FilterPolicy, sub.FilterPolicyScope = filter("kind", `["a"]`), "MessageBody"
		s.Subscriptions = []v1alpha1.Subscription{sub}
	})
	w.mentions(w.stalled(body, v1alpha1.ReasonInvalidFilterPolicy), "FilterPolicyScope")
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 0 {
		t.Errorf("subscribed: %v", got)
	}
}

func TestNothingIsDegradedWhereAWSHasAll(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	if conditionOf(mt, v1alpha1.ConditionDegraded) != nil || conditionOf(cq, v1alpha1.ConditionDegraded) != nil {
		t.Error(w.describe())
	}
}

// degraded waits for the condition and gives its message.
func (w *world) degraded(o client.Object) string {
	w.t.Helper()
	w.waitFor(o, v1alpha1.ConditionDegraded, metav1.ConditionTrue, v1alpha1.ReasonUnsupportedByPartition)
	return conditionOf(o, v1alpha1.ConditionDegraded).Message
}
