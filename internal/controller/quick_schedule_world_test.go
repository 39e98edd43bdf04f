package controller

import (
	"context"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests are the same where the machine has no zones

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// scheduleWorld is a world with a ConsumerQueue whose dead letters are moved on a schedule. It is the Redrives' reconciler itself.
type scheduleWorld struct {
	*quickWorld
	zone *time.Location
	// made are the Redrives that were made, as the times that the clocks of the zone showed.
	made []string
	// consumer of the queue, if any, has a turn now and then.
	consumer func()
	// takes is how long a run takes, and ends how it ends; nil: well.
	takes time.Duration
	ends  func(*v1alpha1.Redrive)
}

// Reconcile takes a Redrive a step further: it runs as long as it takes.
func (w *scheduleWorld) Reconcile(_ context.Context, req ctrl.Request) (ctrl.Result, error) {
	run := &v1alpha1.Redrive{}
	if err := w.Get(w.ctx, req.NamespacedName, run); err != nil || run.Finished() {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	base, left := run.DeepCopy(), run.CreationTimestamp.Add(w.takes).Sub(w.clock.Now())
	switch {
	case left > 0:
		run.Status.State = v1alpha1.RedriveRunning
	case w.ends != nil:
		w.ends(run)
	default:
		run.Status.State = v1alpha1.RedriveSucceeded
	}
	if run.Status.State == base.Status.State {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	return ctrl.Result{RequeueAfter: left}, w.Status().Patch(w.ctx, run, client.MergeFrom(base))
}

// newScheduleWorld starts at a time in a zone, with the ConsumerQueue inventory.
func newScheduleWorld(t *testing.T, zone, start string, schedule v1alpha1.RedriveSchedule) *scheduleWorld {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	w := &scheduleWorld{quickWorld: newQuickWorld(t), zone: location, takes: 10 * time.Minute}
	w.clock.SetTime(w.at(start))
	w.runner = w
	wake := w.wrote
	w.wrote = func(before, after client.Object) {
		if run, ok := after.(*v1alpha1.Redrive); ok && before == nil {
			w.made = append(w.made, run.CreationTimestamp.In(location).Format("Mon 02.01. 15:04 MST"))
		}
		wake(before, after)
	}
	schedule.TimeZone = zone
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Redrive: &schedule}
	w.create(cq)
	w.turn()
	return w
}

// at is a time in the zone.
func (w *scheduleWorld) at(text string) time.Time {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, w.zone)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return at
}

// until lets time go by until a time in the zone. While a run is not over, the queue's consumer has a turn each second.
func (w *scheduleWorld) until(end string) {
	w.t.Helper()
	for stop := w.at(end); w.clock.Now().Before(stop); {
		next := stop
		if w.consumer != nil {
			next = w.nextTurn(stop)
		}
		w.reach(next)
		if w.consumer != nil {
			w.consumer()
		}
	}
}

// nextTurn is when the consumer has its next turn.
func (w *scheduleWorld) nextTurn(stop time.Time) time.Time {
	next := w.clock.Now().Add(time.Minute)
	for _, run := range w.all() {
		if !run.Finished() {
			next = w.clock.Now().Add(time.Second)
		}
	}
	if next.After(stop) {
		return stop
	}
	return next
}

// reach lets time go by until a time.
func (w *scheduleWorld) reach(stop time.Time) {
	w.t.Helper()
	for w.runs = 0; ; {
		key, at := w.next()
		if at.After(stop) {
			w.clock.SetTime(stop)
			return
		}
		if at.After(w.clock.Now()) {
			w.clock.SetTime(at)
		}
		w.reconcile(key)
	}
}

// cameBack is the end of a run whose messages came back.
func cameBack(run *v1alpha1.Redrive) {
	run.Status.State, run.Status.MessagesMoved, run.Status.MessagesReturned = v1alpha1.RedriveFailed, 240, 200
	run.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionFailed, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonMessagesReturned, LastTransitionTime: metav1.Now()}}
}

// all are the Redrives that there are.
func (w *scheduleWorld) all() []v1alpha1.Redrive {
	w.t.Helper()
	var list v1alpha1.RedriveList
	if err := w.List(w.ctx, &list); err != nil {
		w.t.Fatalf("%v", err)
	}
	return list.Items
}

func (w *scheduleWorld) names() []string {
	var out []string
	for _, run := range w.all() {
		out = append(out, run.Name)
	}
	return out
}

func (w *scheduleWorld) inventory() *v1alpha1.ConsumerQueue {
	w.t.Helper()
	cq := &v1alpha1.ConsumerQueue{}
	if err := w.Get(w.ctx, client.ObjectKey{Namespace: quickNamespace, Name: "inventory"}, cq); err != nil {
		w.t.Fatalf("%v", err)
	}
	return cq
}

// change edits the ConsumerQueue.
func (w *scheduleWorld) change(edit func(*v1alpha1.ConsumerQueue)) {
	w.t.Helper()
	cq := w.inventory()
	edit(cq)
	if err := w.Update(w.ctx, cq); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.turn()
}

// remove deletes the ConsumerQueue.
func (w *scheduleWorld) remove() {
	w.t.Helper()
	cq := w.inventory()
	if err := w.Delete(w.ctx, cq); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.due[keyOfQuick(cq)] = w.clock.Now() // an apiserver counts the generation on
	w.turn()
}

// halted is status and reason of RedriveHalted; empty where there is none.
func (w *scheduleWorld) halted() string {
	c := meta.FindStatusCondition(w.inventory().Status.Conditions, v1alpha1.ConditionRedriveHalted)
	if c == nil {
		return ""
	}
	return string(c.Status) + " " + c.Reason
}

func (w *scheduleWorld) stands(when, halted string, made int) {
	w.t.Helper()
	if got := w.halted(); got != halted || len(w.made) != made {
		w.t.Errorf("%s RedriveHalted is %q and %d runs were made, want %q and %d: %q", when, got, len(w.made), halted, made, w.made)
	}
}

// told says how many events have a text.
func (w *scheduleWorld) told(text string) int {
	n := 0
	for _, e := range w.events {
		if strings.Contains(e, text) {
			n++
		}
	}
	return n
}
