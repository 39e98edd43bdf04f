package controller_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func TestP36StatusSaysUntilWhenAFilterMaySpread(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions[0].FilterPolicy = filter("type", `["placed"]`) })
	settles := func() *time.Time {
		if at := cq.Status.Subscriptions[0].FilterPolicySettlesAt; at != nil {
			return &at.Time
		}
		return nil
	}
	// spreads waits for the change of a filter to be told, and for its time to pass.
	spreads := func(what string) {
		t.Helper()
		w.eventually(what, func() bool { return w.Get(w.ctx, keyOf(cq), cq) == nil && settles() != nil })
		if left := settles().Sub(w.clock.Now()); left < 14*time.Minute || left > 15*time.Minute {
			t.Errorf("%s: settles in %s", what, left)
		}
		end := *settles()
		w.ready(cq)
		w.quiet()
		version := cq.ResourceVersion
		w.pass(5 * time.Minute)
		if w.ready(cq); cq.ResourceVersion != version {
			t.Errorf("%s: the status changed at a look that found nothing", what)
		}
		w.eventuallyBy(5*time.Second, what+" to have spread", func() bool { return w.Get(w.ctx, keyOf(cq), cq) == nil && settles() == nil })
		if now := w.clock.Now(); now.Before(end) || now.Sub(end) > 12*time.Minute {
			t.Errorf("%s: told until %s, gone at %s", what, end, now)
		}
	}
	if settles() != nil {
		t.Errorf("a subscription that is made with its filter settles at %s", settles())
	}
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions[0].RawMessageDelivery = aws.Bool(false) })
	w.ready(cq)
	if settles() != nil {
		t.Errorf("another attribute makes the filter settle at %s", settles())
	}
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions[0].FilterPolicy = filter("type", `["cancelled"]`) })
	spreads("a change")
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions[0].FilterPolicyScope = "MessageBody" })
	spreads("a change of scope")
	arn := cq.Status.Subscriptions[0].SubscriptionARN
	if _, err := w.sns().SetSubscriptionAttributes(w.ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: &arn, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{"type":["other"]}`),
	}); err != nil {
		t.Fatal(err)
	}
	spreads("drift that was corrected")
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions[0].FilterPolicy, s.Subscriptions[0].FilterPolicyScope = nil, ""
	})
	w.eventually("the removal", func() bool { return w.Get(w.ctx, keyOf(cq), cq) == nil && settles() != nil })
	before := *settles()
	w.stop()
	w.start()
	w.pass(5 * time.Minute)
	if w.ready(cq); settles() == nil || !settles().Equal(before) {
		t.Errorf("after a restart it settles at %v, before at %s", settles(), before)
	}
}
