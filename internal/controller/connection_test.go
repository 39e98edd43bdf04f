package controller_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The ConfigMap that tells workloads where the queue is.

func (w *world) configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
}

// connected waits for a ConfigMap of an object with the data that its status tells.
func (w *world) connected(name string, cq *v1alpha1.ConsumerQueue) *corev1.ConfigMap {
	w.t.Helper()
	cm := w.configMap(name)
	s := cq.Status
	want := map[string]string{
		"QUEUE_URL": s.QueueURL, "QUEUE_ARN": s.QueueARN, "QUEUE_NAME": s.QueueName, "AWS_REGION": "us-east-1",
		"DLQ_URL": s.DeadLetter.QueueURL, "DLQ_ARN": s.DeadLetter.QueueARN,
		"UNDELIVERED_URL": s.Undelivered.QueueURL, "UNDELIVERED_ARN": s.Undelivered.QueueARN,
	}
	diff := ""
	w.eventually("the ConfigMap "+name, func() bool {
		if w.Get(w.ctx, keyOf(cm), cm) != nil {
			return false
		}
		diff = cmp.Diff(want, cm.Data)
		return diff == "" && metav1.IsControlledBy(cm, cq)
	})
	for k, v := range want {
		if v == "" {
			w.t.Errorf("%s is empty", k)
		}
	}
	return cm
}

func TestConnectionConfigMap(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	cm := w.connected("inventory-queue", cq)
	w.aws.ResetCalls()
	// Changed, stripped of its label, deleted: it comes back, without a call to AWS.
	edit(w, cm, func(cm *corev1.ConfigMap) { cm.Data["QUEUE_URL"], cm.Data["MORE"] = "elsewhere", "x" })
	w.connected("inventory-queue", cq)
	edit(w, cm, func(cm *corev1.ConfigMap) { cm.Labels, cm.Data = nil, nil })
	w.connected("inventory-queue", cq)
	w.delete(cm)
	w.connected("inventory-queue", cq)
	w.noCalls(anyCall)
	// Another name: the former goes.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Connection = &v1alpha1.Connection{ConfigMap: "where"} })
	w.connected("where", cq)
	w.gone(cm)
	w.delete(cq)
	w.gone(cq)
	w.gone(w.configMap("where"))
}

func TestConnectionConfigMapThatIsNotOurs(t *testing.T) {
	w := newWorld(t)
	theirs := w.configMap("inventory-queue")
	theirs.Data = map[string]string{"QUEUE_URL": "theirs"}
	w.create(theirs)
	version := theirs.ResourceVersion
	w.ready(w.topology("orders", asIs))
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.mentions(w.stalled(cq, v1alpha1.ReasonConfigMapNotOwned), "inventory-queue", "spec.connection")
	if err := w.Get(w.ctx, keyOf(theirs), theirs); err != nil || theirs.ResourceVersion != version {
		t.Errorf("the ConfigMap was written: %v", theirs)
	}
	w.eventually("the rest to go on", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil && cq.Status.Subscriptions[0].State == v1alpha1.SubscriptionConfirmed
	})
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Connection = &v1alpha1.Connection{ConfigMap: "where"} })
	w.ready(cq)
	w.connected("where", cq)
	if err := w.Get(w.ctx, keyOf(theirs), theirs); err != nil || theirs.ResourceVersion != version {
		t.Errorf("the ConfigMap was written: %v", theirs)
	}
}

func TestConnectionConfigMapThatGoesIsNoticedSoon(t *testing.T) {
	w := newWorld(t)
	theirs := w.configMap("inventory-queue")
	w.create(theirs)
	w.ready(w.topology("orders", asIs))
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.stalled(cq, v1alpha1.ReasonConfigMapNotOwned)
	w.quiet()
	w.aws.ResetCalls()
	w.delete(theirs)
	began := w.clock.Now()
	w.connected("inventory-queue", cq)
	if took := w.clock.Now().Sub(began); took > time.Minute {
		t.Errorf("noticed after %s", took)
	}
	w.noCalls(anyCall)
	w.ready(cq)
}

func TestConnectionConfigMapOfAnotherQueue(t *testing.T) {
	w := newWorld(t)
	w.topology("orders", asIs)
	named := func(s *v1alpha1.ConsumerQueueSpec) {
		s.Connection = &v1alpha1.Connection{ConfigMap: "where"}
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	}
	first := w.queue("first", named)
	w.ready(first)
	second := w.queue("second", named)
	w.stalled(second, v1alpha1.ReasonConfigMapNotOwned)
	w.connected("where", first)
	w.delete(first)
	w.gone(first)
	w.ready(second)
	w.connected("where", second)
}
