package controller_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// inline makes a topology with an inline consumer, both ready.
func inline(w *world, change func(*v1alpha1.MessagingTopologySpec)) (*v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Consumers = []v1alpha1.InlineConsumer{{Name: "fraud", Subscriptions: []v1alpha1.InlineSubscription{{Topic: "events"}}}}
		change(s)
	})
	child := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders-fraud"}}
	w.ready(mt)
	w.ready(child)
	return mt, child
}

func TestInlineConsumerFollowsTheTopology(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.Consumers[0].DeliveryDelay = "5s" })
	if !metav1.IsControlledBy(child, mt) {
		t.Errorf("the child's owners are %v", child.OwnerReferences)
	}
	w.eventually("consumers to be counted", func() bool {
		return w.Get(w.ctx, client.ObjectKeyFromObject(mt), mt) == nil && mt.Status.Consumers.Total == 1 && mt.Status.Consumers.Ready == 1
	})
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Consumers[0].DeliveryDelay = "" })
	w.eventually("the removal to arrive in AWS", func() bool { return w.attributes(child.Status.QueueName)["DelaySeconds"] == "0" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Consumers[0].VisibilityTimeout = "2m" })
	w.eventually("the change to arrive in AWS", func() bool { return w.attributes(child.Status.QueueName)["VisibilityTimeout"] == "120" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Consumers[0].VisibilityTimeout = "" })
	w.eventually("the removal to arrive in AWS", func() bool { return w.attributes(child.Status.QueueName)["VisibilityTimeout"] == "30" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Consumers = nil })
	w.gone(child)
}

func TestInlineConsumerWhoseNameIsTaken(t *testing.T) {
	w := newWorld(t)
	other := w.queue("orders-fraud", unchanged)
	w.ready(other)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) { s.Consumers = []v1alpha1.InlineConsumer{{Name: "fraud"}} })
	w.waitFor(mt, "Ready", metav1.ConditionFalse, v1alpha1.ReasonNameTaken)
	w.ready(other)
	if metav1.GetControllerOf(other) != nil {
		t.Error("the other object was taken over")
	}
}

func TestCascades(t *testing.T) {
	for _, policy := range []metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationForeground} {
		t.Run(string(policy), func(t *testing.T) {
			w := newWorld(t)
			mt, child := inline(w, asIs)
			w.delete(mt, client.PropagationPolicy(policy))
			w.gone(child)
			w.gone(mt)
		})
	}
}

func TestOrphanCascadeLeavesTheConsumers(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.DeletionPolicy = v1alpha1.DeletionRetain })
	w.delete(mt, client.PropagationPolicy(metav1.DeletePropagationOrphan))
	w.gone(mt)
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(child), child); err != nil || !child.DeletionTimestamp.IsZero() {
		t.Fatalf("the consumer went along: %v", err)
	}
	if metav1.GetControllerOf(child) != nil || w.attributes(child.Status.QueueName) == nil {
		t.Errorf("the consumer has owner %v", metav1.GetControllerOf(child))
	}
}

func TestNamespaceGoesWithEverythingInIt(t *testing.T) {
	w := newWorld(t)
	_, child := inline(w, asIs)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	w.delete(namespace)
	w.gone(namespace)
	if w.attributes(child.Status.QueueName) != nil {
		t.Error("the queue is still there")
	}
}

func TestEverythingDeletedWithItsAccountAtOnce(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: w.account}}
	w.delete(account)
	w.waitFor(account, "Reconciling", metav1.ConditionTrue, v1alpha1.ReasonInUse)
	w.delete(mt)
	w.delete(cq)
	w.gone(cq)
	w.gone(mt)
	w.gone(account)
	if w.attributes(cq.Status.QueueName) != nil {
		t.Error("the queue is still there")
	}
}
