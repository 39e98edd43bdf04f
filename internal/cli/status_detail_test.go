package cli

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// TestDetail: each of these changes of a ConsumerQueue shows in its page.
func TestDetail(t *testing.T) {
	deadLetter := func(d v1alpha1.DeadLetter) func(*v1alpha1.ConsumerQueue) {
		return func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter = &d }
	}
	schedule := func(r v1alpha1.RedriveSchedule, status v1alpha1.RedriveScheduleStatus) func(*v1alpha1.ConsumerQueue) {
		return func(cq *v1alpha1.ConsumerQueue) {
			r.Schedule = "0 3 * * *"
			cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Redrive: &r}
			cq.Status.Redrive = &status
		}
	}
	for name, c := range map[string]struct {
		change func(*v1alpha1.ConsumerQueue)
		want   string
	}{
		"nothing yet":      {func(cq *v1alpha1.ConsumerQueue) { cq.Status.ObservedGeneration = -1 }, "Ready          Unknown, Pending\n"},
		"behind the spec":  {func(cq *v1alpha1.ConsumerQueue) { cq.Generation = 3 }, "this speaks of generation 2, the spec is at 3."},
		"deleting":         {func(cq *v1alpha1.ConsumerQueue) { cq.DeletionTimestamp = ptr.To(metav1.NewTime(noon.Add(-time.Hour))) }, "Deleting       since 60m; Ready says what it waits for\n"},
		"shared":           {deadLetter(v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "graveyard"}}), "Dead letters   go to the queue of cq/graveyard\n"},
		"no dead letters":  {deadLetter(v1alpha1.DeadLetter{Disabled: true}), "Dead letters   are not kept (deadLetter.disabled)\n"},
		"undelivered lost": {func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Undelivered = &v1alpha1.Undelivered{Disabled: true} }, "Undelivered    is lost (undelivered.disabled)\n"},
		"alarms": {func(cq *v1alpha1.ConsumerQueue) {
			cq.Status.Resources = resources("queue/q", "alarm/q-dead", "alarm/q-age")
		}, "Alarms         q-dead, q-age\n"},
		"next run":         {schedule(v1alpha1.RedriveSchedule{TimeZone: "Asia/Jerusalem"}, v1alpha1.RedriveScheduleStatus{NextScheduleTime: ptr.To(metav1.NewTime(noon.Add(5 * time.Hour)))}), "  Schedule     0 3 * * * (Asia/Jerusalem)\n  Next         2026-03-01T17:00:00Z, in 5h\n"},
		"suspended runs":   {schedule(v1alpha1.RedriveSchedule{Suspend: true}, v1alpha1.RedriveScheduleStatus{}), "  Schedule     0 3 * * * (UTC)\n  Next         none: suspended\n"},
		"a run under way":  {schedule(v1alpha1.RedriveSchedule{}, v1alpha1.RedriveScheduleStatus{Active: "q-29"}), "  Active       rd/q-29\n"},
		"halted":           {schedule(v1alpha1.RedriveSchedule{}, v1alpha1.RedriveScheduleStatus{HaltedBy: "q-28"}), "  Next         none: halted by rd/q-28, whose messages came back; any new value of the annotation skein.dev/resume-redrive resumes it\n"},
		"a suspended plan": {plan(true), "Plan: what would be done in AWS without suspend\n  Update queue/q\n    VisibilityTimeout: from 30 to 300\n    Tags[team]: from nothing to shop\n  Blocked queue/q-dlq, NotOwned: It is another's.\n"},
		"a plan":           {plan(false), "Plan: what will be done in AWS, and what is left\n"},
		"a filter":         {subscription(v1alpha1.SubscriptionStatus{State: v1alpha1.SubscriptionConfirmed}), "arn:aws:sns:eu-west-1:123456789012:t   Confirmed   -        none: every message\n"},
		"a filter spreads": {subscription(v1alpha1.SubscriptionStatus{State: v1alpha1.SubscriptionConfirmed, FilterPolicySettlesAt: ptr.To(metav1.NewTime(noon.Add(9 * time.Minute)))}), "(a change may still be spreading for 9m)\n"},
		"a refused one":    {subscription(v1alpha1.SubscriptionStatus{State: v1alpha1.SubscriptionRefused, Reason: "NotAllowed"}), "Refused   NotAllowed   none: every message\n"},
		"a spec just given": {func(cq *v1alpha1.ConsumerQueue) {
			subscription(v1alpha1.SubscriptionStatus{State: "Confirmed"})(cq)
			cq.Generation = 3
		}, "123456789012:t   -       -        none: every message\n"},
	} {
		t.Run(name, func(t *testing.T) {
			cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "q", Generation: 2}, Status: v1alpha1.ConsumerQueueStatus{ObservedGeneration: 2}}
			c.change(cq)
			p := &page{s: &session{now: func() time.Time { return noon }}}
			p.detail(&detail{Object: cq})
			if got := p.b.String(); !strings.Contains(got, c.want) {
				t.Errorf("%q is not in\n%s", c.want, got)
			}
		})
	}
}

func resources(names ...string) []v1alpha1.ResourceStatus {
	var out []v1alpha1.ResourceStatus
	for _, name := range names {
		out = append(out, v1alpha1.ResourceStatus{Resource: name, State: v1alpha1.ResourcePresent})
	}
	return out
}

func plan(suspended bool) func(*v1alpha1.ConsumerQueue) {
	return func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Suspend = suspended
		cq.Status.Plan = []v1alpha1.PlannedStep{
			{Action: "Update", Resource: "queue/q", Changes: []v1alpha1.PlannedChange{{Field: "VisibilityTimeout", From: "30", To: "300"}, {Field: "Tags[team]", To: "shop"}}},
			{Action: "Blocked", Resource: "queue/q-dlq", Reason: "NotOwned", Message: "It is another's."},
		}
	}
}

func subscription(status v1alpha1.SubscriptionStatus) func(*v1alpha1.ConsumerQueue) {
	return func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Subscriptions = []v1alpha1.Subscription{{TopicARN: "arn:aws:sns:eu-west-1:123456789012:t"}}
		cq.Status.Subscriptions = []v1alpha1.SubscriptionStatus{status}
	}
}
