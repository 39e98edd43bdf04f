package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Consumers that are declared in their topology.

func TestInlineConsumerDeletedByHandComesBack(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) {
		s.Consumers[0].DeletionPolicy = v1alpha1.DeletionDeleteIfEmpty
	})
	uid := child.UID
	w.send(child.Status.QueueURL, "held")
	w.delete(child)
	w.mentions(w.waiting(mt, v1alpha1.ReasonConsumersNotReady), "orders-fraud", "being deleted")
	w.drain(child.Status.QueueURL)
	w.eventually("a new child", func() bool { return w.Get(w.ctx, keyOf(child), child) == nil && child.UID != uid })
	w.ready(child)
	w.ready(mt)
}

func TestInlineConsumerChangedByHandIsSetBack(t *testing.T) {
	w := newWorld(t)
	_, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.Consumers[0].VisibilityTimeout = "1m" })
	edit(w, child, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "7m" })
	w.eventually("the spec to be set back", func() bool { return w.Get(w.ctx, keyOf(child), child) == nil && child.Spec.VisibilityTimeout == "1m" })
	w.ready(child)
	w.eventually("AWS to follow", func() bool { return w.attributes(child.Status.QueueName)["VisibilityTimeout"] == "60" })
}

func TestInlineConsumerLosesFieldsAddedByHand(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, asIs)
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"deliveryDelay":"10s","tags":{"by":"hand"},"connection":{"configMap":"mine"}}}`))
	if err := w.Patch(w.ctx, child, patch, client.FieldOwner("kubectl-patch")); err != nil {
		t.Fatal(err)
	}
	w.soon("the fields to go", func() bool {
		return w.Get(w.ctx, keyOf(child), child) == nil && child.Spec.DeliveryDelay == "" && child.Spec.Tags == nil && child.Spec.Connection == nil
	})
	w.eventually("AWS to follow", func() bool { return w.attributes(child.Status.QueueName)["DelaySeconds"] == "0" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "1"}
	})
	w.pass(10 * time.Second)
	w.ready(mt)
	w.ready(child)
	if child.Generation != 3 {
		t.Errorf("the child is at generation %d: one for the hand's patch and one for ours are 3", child.Generation)
	}
}

func TestInlineConsumerAtRestIsNotApplied(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) {
		s.Consumers[0].Subscriptions[0].FilterPolicy = filter("kind", `["b", {"prefix":"a"}]`)
		s.Consumers[0].MessageRetention, s.Tags = "24h", v1alpha1.Tags{"app": "shop"}
	})
	w.quiet()
	before := child.ManagedFields
	for _, name := range []string{"1", "2"} {
		edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
			mt.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: name}
		})
		w.pass(10 * time.Second)
	}
	w.ready(child)
	if child.Generation != 1 || len(child.ManagedFields) != len(before) {
		t.Errorf("the child is at generation %d, owned by %v", child.Generation, child.ManagedFields)
	}
}

func TestTopologyWaitsForAConsumerThatHoldsMessages(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, asIs)
	topic := mt.Status.Topics[0].ARN
	w.send(child.Status.QueueURL, "held")
	w.delete(mt)
	w.mentions(w.waiting(mt, v1alpha1.ReasonConsumersNotReady), "orders-fraud")
	w.waiting(child, v1alpha1.ReasonMessagesHeld)
	w.pass(20 * time.Minute)
	if w.topicAttributes(topic) == nil {
		t.Error("the topic went before its consumers")
	}
	w.drain(child.Status.QueueURL)
	w.gone(child)
	w.gone(mt)
	if w.topicAttributes(topic) != nil {
		t.Error("the topic is still there")
	}
}

func TestRetainedTopologyWithInlineConsumers(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.DeletionPolicy = v1alpha1.DeletionRetain })
	w.quiet()
	w.aws.ResetCalls()
	w.delete(mt)
	w.gone(child)
	w.gone(mt)
	w.noCalls(anyCall)
	if w.attributes(child.Status.QueueName) == nil || len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Error("the queue or its subscription is gone")
	}
}

func TestInlineConsumerMadeAnewUnderAnotherName(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.Consumers[0].QueueName = "fraud" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Consumers[0] = v1alpha1.InlineConsumer{Name: "fresh", QueueSettings: mt.Spec.Consumers[0].QueueSettings}
	})
	fresh := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders-fresh"}}
	w.ready(fresh)
	w.gone(child)
	w.ready(mt)
}
