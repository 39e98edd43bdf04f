package controller_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Namespaces that hang in Terminating.

func TestP50TerminatingNamespaceIsLetGoWithTwoPatches(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, asIs)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.ready(cq)
	w.eventually("the ConfigMap", func() bool {
		return w.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "inventory-queue"}, &corev1.ConfigMap{}) == nil
	})
	w.unplugged.Store(true)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	w.delete(namespace)
	w.says(cq, "", "no route to host", retainHint)
	w.says(child, "", "no route to host", retainHint)
	w.says(mt, v1alpha1.ReasonConsumersNotReady, child.Name, retainHint)
	if err := w.Get(w.ctx, keyOf(namespace), namespace); err != nil || namespace.Status.Phase != corev1.NamespaceTerminating {
		t.Fatalf("the namespace is %v, %v", namespace.Status.Phase, err)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(cq)
	// The inline consumer takes it from its topology.
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(child)
	w.gone(mt)
	w.gone(namespace)
	if len(w.queueNames()) != 6 || len(w.topicNames()) != 1 || len(w.subscriptions(mt.Status.Topics[0].ARN)) != 2 {
		t.Errorf("left queues %v and topics %v", w.queueNames(), w.topicNames())
	}
}

func TestP50InlineConsumerWithAPolicyOfItsOwnKeepsIt(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.Consumers[0].DeletionPolicy = v1alpha1.DeletionDelete })
	w.unplugged.Store(true)
	w.delete(mt)
	w.says(child, "", "no route to host", retainHint)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.quiet()
	w.says(child, "", "no route to host", retainHint)
	w.says(mt, v1alpha1.ReasonConsumersNotReady, "a policy of their own")
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Consumers[0].DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(child)
	w.gone(mt)
	if w.attributes(child.Status.QueueName) == nil {
		t.Error("the queue was deleted")
	}
}

// Everything ends by itself once AWS answers again, though nothing new can be created in the namespace.
func TestP50TerminatingNamespaceEndsOnceAWSIsBack(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, asIs)
	w.unplugged.Store(true)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	w.delete(namespace)
	w.says(child, "", "no route to host", retainHint)
	w.unplugged.Store(false)
	w.gone(child)
	w.gone(mt)
	w.gone(namespace)
	if queues, topics := w.queueNames(), w.topicNames(); len(queues)+len(topics) != 0 {
		t.Errorf("left queues %v and topics %v", queues, topics)
	}
}

func TestP50TopologyOfATerminatingNamespaceWhoseConsumersLiveElsewhere(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.AllowedConsumers = &v1alpha1.AllowedConsumers{Namespaces: v1alpha1.ConsumerNamespaces{From: "All"}}
	})
	elsewhere := func(name string) *v1alpha1.ConsumerQueue {
		return w.queueIn(w.other, name, func(s *v1alpha1.ConsumerQueueSpec) {
			sub := subscribed("orders", "events")
			sub.Topology.Namespace = w.namespace
			s.Subscriptions = []v1alpha1.Subscription{sub}
		})
	}
	cq := elsewhere("inventory")
	w.ready(cq)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	w.delete(namespace)
	w.says(mt, v1alpha1.ReasonSubscribersPresent, cq.Status.QueueARN, v1alpha1.AnnotationAllowDeleteWithSubscribers, retainHint)
	late := elsewhere("late")
	w.waiting(late, v1alpha1.ReasonTopologyTerminating)
	// The consumer goes on as before, and knows.
	w.eventually("the consumer to tell", func() bool {
		return w.condition(cq, "Ready", metav1.ConditionTrue, "") && containsAll(conditionOf(cq, "Ready").Message, "is being deleted and waits for the subscription")
	})
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions = nil })
	w.gone(mt)
	w.gone(namespace)
	w.ready(cq)
	if w.attributes(cq.Status.QueueName) == nil || len(w.topicNames()) != 0 {
		t.Errorf("left queues %v and topics %v", w.queueNames(), w.topicNames())
	}
}

func TestP50SharedQueueThatIsInUse(t *testing.T) {
	w := newWorld(t)
	shared := w.queue("shared", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.MessageRetention = &v1alpha1.DeadLetter{Disabled: true}, "336h"
	})
	source := w.queue("source", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}}
	})
	w.ready(shared)
	w.ready(source)
	w.delete(shared)
	w.says(shared, v1alpha1.ReasonInUse, "ConsumerQueue "+keyOf(source).String(), retainHint)
	edit(w, shared, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(shared)
	w.waiting(source, v1alpha1.ReasonSharedQueueNotFound)
	if w.attributes(shared.Status.QueueName) == nil || w.attributes(source.Status.QueueName)["RedrivePolicy"] == "" {
		t.Error("dead letters have nowhere to go")
	}
}
