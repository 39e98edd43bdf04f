package status_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/status"
)

func TestScheduleIsToldInStatusAndEvents(t *testing.T) {
	due := metav1.NewTime(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))
	halted := &metav1.Condition{Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonMessagesReturned, Message: "no new runs: " + strings.Repeat("x", 2000)}
	goes := &metav1.Condition{Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonScheduled, Message: "goes on"}
	for _, c := range []struct {
		name          string
		before, after *v1alpha1.RedriveScheduleStatus
		halted        *metav1.Condition
		want          []string
	}{
		{"no schedule", nil, nil, nil, nil},
		{"a new one", nil, &v1alpha1.RedriveScheduleStatus{NextScheduleTime: &due}, goes, nil},
		{
			"a run", &v1alpha1.RedriveScheduleStatus{}, &v1alpha1.RedriveScheduleStatus{LastScheduleTime: &due}, goes,
			[]string{"Normal RedriveScheduled: Create inventory-29542320: made Redrive inventory-29542320 for 2026-03-03T12:00:00Z"},
		},
		{
			"one that is left out", &v1alpha1.RedriveScheduleStatus{LastScheduleTime: &due}, &v1alpha1.RedriveScheduleStatus{LastScheduleTime: &due, LastSkipped: &v1alpha1.SkippedRedrive{Time: due, Message: "busy"}}, goes,
			[]string{"Warning RedriveSkipped: Skip 2026-03-03T12:00:00Z: the run of 2026-03-03T12:00:00Z is left out: busy"},
		},
		{
			"told already", &v1alpha1.RedriveScheduleStatus{LastSkipped: &v1alpha1.SkippedRedrive{Time: due, Message: "busy"}}, &v1alpha1.RedriveScheduleStatus{LastSkipped: &v1alpha1.SkippedRedrive{Time: due, Message: "busy"}}, goes, nil,
		},
		{
			"halted", &v1alpha1.RedriveScheduleStatus{}, &v1alpha1.RedriveScheduleStatus{HaltedBy: "inventory-1"}, halted,
			[]string{"Warning RedriveHalted: Halt by inventory-1: no new runs: " + strings.Repeat("x", 1024-13)},
		},
		{
			"resumed", &v1alpha1.RedriveScheduleStatus{HaltedBy: "inventory-1"}, &v1alpha1.RedriveScheduleStatus{}, goes,
			[]string{"Normal RedriveResumed: Resume after inventory-1: the schedule that Redrive inventory-1 halted goes on"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := v1alpha1.ConsumerQueueStatus{Redrive: c.before, Conditions: []metav1.Condition{{Type: v1alpha1.ConditionRedriveHalted, Status: metav1.ConditionUnknown}}}
			after := *before.DeepCopy()
			status.Schedule(&after, c.after, c.halted, 4, due.Time)
			var got []string
			for _, e := range status.ScheduleEvents(func(time.Time) string { return "inventory-29542320" }, &before, &after) {
				got = append(got, e.Type+" "+e.Reason+": "+e.Action+": "+e.Message)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			var want []metav1.Condition
			if c.halted != nil {
				want = []metav1.Condition{{
					Type: v1alpha1.ConditionRedriveHalted, Status: c.halted.Status, Reason: c.halted.Reason, Message: c.halted.Message, ObservedGeneration: 4, LastTransitionTime: due,
				}}
			}
			if diff := cmp.Diff(want, after.Conditions); diff != "" && (len(want) > 0 || len(after.Conditions) > 0) {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}
