package metrics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// run is a Redrive in a state, with so many of ten messages moved.
func run(name string, state v1alpha1.RedriveState, moved int64) *v1alpha1.Redrive {
	r := &v1alpha1.Redrive{ObjectMeta: named(name)}
	r.UID, r.Spec.ConsumerQueue.Name = types.UID(name), "orders"
	r.Status.State, r.Status.MessagesToMove, r.Status.MessagesMoved = state, 10, moved
	return r
}

func ended(r *v1alpha1.Redrive, ago time.Duration, kind, reason string) *v1alpha1.Redrive {
	at := metav1.NewTime(noon.Add(-ago))
	r.Status.CompletionTime = &at
	r.Status.Conditions = []metav1.Condition{condition(kind, metav1.ConditionTrue, reason)}
	return r
}

func TestRunsAreShownUntilTenMinutesAfterTheirEnd(t *testing.T) {
	k := &kept{runs: []v1alpha1.Redrive{
		*run("new", "", 0), *run("runs", v1alpha1.RedriveRunning, 4),
		*ended(run("over", v1alpha1.RedriveSucceeded, 10), 9*time.Minute, "Complete", "Moved"),
		*ended(run("old", v1alpha1.RedriveFailed, 2), 11*time.Minute, "Failed", "TaskFailed"),
	}}
	_, registry := collect(k)
	want := []string{
		"skein_redrive_messages{consumer_queue=orders,count=moved,name=new,namespace=shop} 0",
		"skein_redrive_messages{consumer_queue=orders,count=moved,name=over,namespace=shop} 10",
		"skein_redrive_messages{consumer_queue=orders,count=moved,name=runs,namespace=shop} 4",
		"skein_redrive_messages{consumer_queue=orders,count=returned,name=new,namespace=shop} 0",
		"skein_redrive_messages{consumer_queue=orders,count=returned,name=over,namespace=shop} 0",
		"skein_redrive_messages{consumer_queue=orders,count=returned,name=runs,namespace=shop} 0",
		"skein_redrive_messages{consumer_queue=orders,count=toMove,name=new,namespace=shop} 10",
		"skein_redrive_messages{consumer_queue=orders,count=toMove,name=over,namespace=shop} 10",
		"skein_redrive_messages{consumer_queue=orders,count=toMove,name=runs,namespace=shop} 10",
		"skein_redrives{state=Cancelling} 0", "skein_redrives{state=Failed} 1", "skein_redrives{state=Observing} 0", "skein_redrives{state=Pending} 1",
		"skein_redrives{state=Running} 1", "skein_redrives{state=Starting} 0", "skein_redrives{state=Succeeded} 1",
	}
	if diff := cmp.Diff(want, shown(t, registry, "skein_redrive_messages", "skein_redrives")); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

func TestHaltedSchedules(t *testing.T) {
	scheduled := func(name string, halted metav1.ConditionStatus) v1alpha1.ConsumerQueue {
		cq := v1alpha1.ConsumerQueue{ObjectMeta: named(name)}
		cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Redrive: &v1alpha1.RedriveSchedule{}}
		cq.Status.Conditions = []metav1.Condition{condition("RedriveHalted", halted, "R")}
		return cq
	}
	unscheduled := scheduled("unscheduled", metav1.ConditionTrue)
	unscheduled.Spec.DeadLetter.Redrive = nil
	_, registry := collect(&kept{consumers: []v1alpha1.ConsumerQueue{
		scheduled("halted", metav1.ConditionTrue), scheduled("on", metav1.ConditionFalse), unscheduled, {ObjectMeta: named("none")},
	}})
	want := []string{"skein_redrive_halted{name=halted,namespace=shop} 1", "skein_redrive_halted{name=on,namespace=shop} 0"}
	if diff := cmp.Diff(want, shown(t, registry, "skein_redrive_halted")); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

// TestWhatRedrivesMoveIsCounted: from the start of the process on, whatever becomes of the objects.
func TestWhatRedrivesMoveIsCounted(t *testing.T) {
	c, registry := collect(&kept{})
	follow := c.follow()
	old := run("old", v1alpha1.RedriveRunning, 3)
	follow.OnAdd(old, true)
	follow.OnUpdate(old, ended(run("old", v1alpha1.RedriveFailed, 5), 0, "Failed", "MessagesReturned"))
	follow.OnAdd(run("new", v1alpha1.RedriveRunning, 1), false)
	over := ended(run("new", v1alpha1.RedriveSucceeded, 10), 0, "Complete", "Moved")
	follow.OnUpdate(run("new", v1alpha1.RedriveRunning, 1), over)
	follow.OnUpdate(over, over)
	follow.OnDelete(over)
	// Made anew between two events of the watch.
	again := run("new", v1alpha1.RedriveRunning, 2)
	again.UID, again.Spec.Source = "again", v1alpha1.RedriveUndelivered
	follow.OnUpdate(over, again)
	want := []string{
		"skein_redrive_messages_moved_total{source=DeadLetter} 12",
		"skein_redrive_messages_moved_total{source=Undelivered} 2",
		"skein_redrive_runs_total{reason=MessageLimitReached,state=Succeeded} 0",
		"skein_redrive_runs_total{reason=MessagesReturned,state=Failed} 1",
		"skein_redrive_runs_total{reason=Moved,state=Succeeded} 1",
		"skein_redrive_runs_total{reason=TaskCancelled,state=Failed} 0",
		"skein_redrive_runs_total{reason=TaskFailed,state=Failed} 0",
		"skein_redrive_runs_total{reason=TaskLost,state=Failed} 0",
	}
	if diff := cmp.Diff(want, shown(t, registry, "skein_redrive_messages_moved_total", "skein_redrive_runs_total")); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}
