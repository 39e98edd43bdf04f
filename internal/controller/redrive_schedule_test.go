package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// A schedule on a real apiserver, with caches that lag and watches: a run each minute, the last one kept, and none while it is suspended.
func TestScheduleMakesRunsAndKeepsTheLast(t *testing.T) {
	w := newWorld(t)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{Redrive: &v1alpha1.RedriveSchedule{Schedule: "* * * * *", TimeZone: "Asia/Jerusalem", HistoryLimit: ptr.To[int32](1)}}
	})
	w.ready(cq)
	start := w.clock.Now()
	w.eventuallyBy(5*time.Second, "some runs", func() bool {
		if w.Get(w.ctx, keyOf(cq), cq) != nil || cq.Status.Redrive == nil || cq.Status.Redrive.LastScheduleTime == nil {
			return false
		}
		return cq.Status.Redrive.LastScheduleTime.Sub(start) > 3*time.Minute
	})
	if !w.condition(cq, v1alpha1.ConditionRedriveHalted, metav1.ConditionFalse, v1alpha1.ReasonScheduled) {
		t.Errorf("the conditions are %+v", cq.Status.Conditions)
	}
	w.eventuallyBy(time.Second, "the last run to be kept alone", func() bool {
		runs := runsOf(w)
		return len(runs) == 1 && runs[0].Finished() && metav1.IsControlledBy(&runs[0], cq)
	})
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Redrive.Suspend = true })
	w.soon("the schedule to rest", func() bool {
		return w.condition(cq, v1alpha1.ConditionRedriveHalted, metav1.ConditionFalse, v1alpha1.ReasonScheduleSuspended)
	})
	last := cq.Status.Redrive.LastScheduleTime
	w.pass(2 * time.Minute)
	if w.ready(cq); !cq.Status.Redrive.LastScheduleTime.Equal(last) || cq.Status.Redrive.NextScheduleTime != nil {
		t.Errorf("suspended it stands at %+v", cq.Status.Redrive)
	}
}

func runsOf(w *world) []v1alpha1.Redrive {
	w.t.Helper()
	var list v1alpha1.RedriveList
	if err := w.List(w.ctx, &list, client.InNamespace(w.namespace)); err != nil {
		w.t.Fatal(err)
	}
	return list.Items
}
