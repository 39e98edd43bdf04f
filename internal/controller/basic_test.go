package controller_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func TestConsumerQueueBecomesReady(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(*v1alpha1.MessagingTopologySpec) {})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.ready(mt)
	w.ready(cq)
	if !w.condition(cq, "Deliverable", metav1.ConditionTrue, "Deliverable") {
		t.Errorf("not deliverable:\n%s", w.describe())
	}
	main := w.attributes(cq.Status.QueueName)
	if main["VisibilityTimeout"] != "30" || main["RedrivePolicy"] == "" || main["Policy"] == "" {
		t.Errorf("the queue has %v", main)
	}
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.gone(cq)
	if got := w.attributes(cq.Status.QueueName); got != nil {
		t.Errorf("the queue is still there: %v", got)
	}
	if err := w.Delete(w.ctx, mt); err != nil {
		t.Fatal(err)
	}
	w.gone(mt)
}
