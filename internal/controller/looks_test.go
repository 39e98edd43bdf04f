package controller_test

import (
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// TestP56LooksEveryTenMinutesAndOnDemand: an account that does not say when has its objects looked at every nine to ten minutes, spread at
// random, so that what somebody changes stands for ten minutes at most; and at once where somebody asks.
func TestP56LooksEveryTenMinutesAndOnDemand(t *testing.T) {
	w := bareWorld(t)
	w.createAccount(func(a *v1alpha1.AWSAccount) { a.Spec.ResyncPeriod = "" })
	w.start()
	w.accountReady()
	_, cq := orders(w, unchanged)
	w.pass(2 * time.Minute) // what settles after the creation
	w.aws.ResetCalls()
	w.pass(3 * time.Hour)
	looks := w.calls(named("GetSubscriptionAttributes"))
	if n := len(looks); n < 17 || n > 20 {
		t.Fatalf("looked %d times in three hours", n)
	}
	periods := map[time.Duration]bool{}
	for i, look := range looks[1:] {
		period := look.Time.Sub(looks[i].Time)
		// The clock moves by ten seconds, and a busy operator may be a move late.
		if period < 9*time.Minute-20*time.Second || period > 10*time.Minute+20*time.Second {
			t.Errorf("looked %s after the last time", period)
		}
		periods[period] = true
	}
	if len(periods) < 2 {
		t.Errorf("the looks are not spread: every %v", periods)
	}
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	for _, value := range []string{"first reading", "second reading"} {
		w.aws.ResetCalls()
		edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
			cq.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: value}
		})
		w.soon("a look", func() bool { return len(w.calls(named("GetSubscriptionAttributes"))) > 0 })
		w.quiet()
		w.clock.Step(10 * time.Second)
		w.quiet()
	}
	if got := w.attributes(cq.Status.QueueName)["VisibilityTimeout"]; got != "30" {
		t.Errorf("after two looks on demand the visibility timeout is %s", got)
	}
}

// Everything is applied at once, the consumers first, while the operator runs: nothing of that is worth a warning.
func TestFirstStartUpWarnsOfNothing(t *testing.T) {
	w := bareWorld(t)
	w.start()
	source := w.queue("source", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
		s.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}}
	})
	w.waiting(source, v1alpha1.ReasonAccountNotFound)
	w.create(w.newAccount(w.account))
	w.waiting(source, v1alpha1.ReasonAccountNotReady)
	w.secret(w.account, w.accountID)
	w.accountReady()
	w.waiting(source, v1alpha1.ReasonSharedQueueNotFound)
	shared := w.queue("shared", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.MessageRetention = &v1alpha1.DeadLetter{Disabled: true}, "336h"
	})
	w.waiting(source, v1alpha1.ReasonTopologyNotFound)
	mt := w.topology("orders", asIs)
	for _, o := range []client.Object{mt, shared, source} {
		w.ready(o)
		w.event(o, "Normal Ready")
	}
	account := w.accountObject()
	w.ready(account)
	for _, o := range []client.Object{account, mt, shared, source} {
		for _, e := range w.events(o) {
			if strings.HasPrefix(e, "Warning") {
				t.Errorf("%s: %s", o.GetName(), e)
			}
		}
	}
}
