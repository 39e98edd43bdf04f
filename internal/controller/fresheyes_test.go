package controller_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What belongs to somebody else is not published as if it were this object's: a workload would drain the other's queue.
func TestP48LoserPublishesNothingOfTheOwner(t *testing.T) {
	w := newWorld(t)
	named := func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "same-name" }
	owner := w.queue("owner", named)
	w.ready(owner)
	w.send(owner.Status.QueueURL, "the owner's")
	loser := w.queue("loser", named)
	w.stalled(loser, v1alpha1.ReasonOwnedByAnother)
	w.pass(11 * time.Minute)
	if err := w.Get(w.ctx, keyOf(loser), loser); err != nil {
		t.Fatal(err)
	}
	if s := loser.Status; s.QueueURL != "" || s.DeadLetter != nil || s.Messages != nil {
		t.Errorf("the loser tells of %q, %v and %v", s.QueueURL, s.DeadLetter, s.Messages)
	}
	if err := w.Get(w.ctx, keyOf(w.configMap("loser-queue")), &corev1.ConfigMap{}); err == nil {
		t.Error("the loser has a connection ConfigMap")
	}
	w.delete(owner)
	w.send(owner.Status.QueueURL, "more")
	edit(w, owner, func(o *v1alpha1.ConsumerQueue) {
		o.Annotations = map[string]string{v1alpha1.AnnotationAllowDeleteWithMessages: "true"}
	})
	w.gone(owner)
	w.ready(loser)
	w.eventually("the new owner's ConfigMap", func() bool {
		cm := w.configMap("loser-queue")
		return w.Get(w.ctx, keyOf(cm), cm) == nil && cm.Data["QUEUE_URL"] == loser.Status.QueueURL && cm.Data["UNDELIVERED_ARN"] == ""
	})
}

func TestDeliverableIsUnknownWhileTheQueueIsGone(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.pass(2 * time.Minute)
	w.deleteQueue(cq.Status.QueueURL)
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) {
		o.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
	})
	w.soon("the look that finds the queue gone", func() bool { return w.condition(cq, "Deliverable", metav1.ConditionUnknown, "") })
	w.ready(cq)
	w.waitFor(cq, "Deliverable", metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
}

func TestRefusalsStallAfterTenMinutesOnly(t *testing.T) {
	w := newWorld(t)
	cq := w.queue("inventory", unchanged)
	w.ready(cq)
	w.hook(func(c localaws.Call) localaws.Fault {
		return localaws.Fault{Code: codeIf(c.Operation == "SetQueueAttributes", "InvalidAttributeValue")}
	})
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) { o.Spec.VisibilityTimeout = "77s" })
	began := w.clock.Now()
	w.waitFor(cq, "Reconciling", metav1.ConditionTrue, v1alpha1.ReasonAWSError)
	w.waitFor(cq, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonRefusedByAWS)
	if took := w.clock.Now().Sub(began); took < 10*time.Minute {
		t.Errorf("stalled after %s", took)
	}
	// Another value has its own ten minutes.
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) { o.Spec.VisibilityTimeout = "78s" })
	w.soon("the new value to be tried", func() bool {
		return w.condition(cq, "Reconciling", metav1.ConditionTrue, v1alpha1.ReasonAWSError)
	})
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.ready(cq)
}

func TestEditOfAnAccountLeavesItsObjectsReady(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	since := meta.FindStatusCondition(cq.Status.Conditions, "Ready").LastTransitionTime
	account := w.accountObject()
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Spec.ResyncPeriod = "11m" })
	w.pass(30 * time.Minute)
	w.ready(cq)
	if now := meta.FindStatusCondition(cq.Status.Conditions, "Ready").LastTransitionTime; !now.Equal(&since) {
		t.Errorf("Ready since %s, was since %s", now, since)
	}
}

func TestHeldSubscriptionsAreNamed(t *testing.T) {
	w := newWorld(t)
	w.ready(w.topology("more", asIs))
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = append(s.Subscriptions, subscribed("more", "events"))
	})
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) {
		o.Spec.Subscriptions = []v1alpha1.Subscription{subscribed("nope", "events")}
	})
	w.waitFor(cq, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonTopologyNotFound)
	w.mentions(meta.FindStatusCondition(cq.Status.Conditions, "Accepted").Message, mt.Status.Topics[0].ARN, "stay as they are")
	if len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Error("the subscription is gone")
	}
}
