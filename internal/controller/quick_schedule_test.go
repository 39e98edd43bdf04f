package controller

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests are the same where the machine has no zones

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
)

// scheduleWorld is a world with a ConsumerQueue whose dead letters are moved on a schedule. It is the Redrives' reconciler itself.
type scheduleWorld struct {
	*quickWorld
	zone *time.Location
	// made are the Redrives that were made, as the times that the clocks of the zone showed.
	made []string
	// takes is how long a run takes, and ends how it ends; nil: well.
	takes time.Duration
	ends  func(*v1alpha1.Redrive)
}

// newScheduleWorld starts at a time in a zone, with the ConsumerQueue inventory.
func newScheduleWorld(t *testing.T, zone, start string, schedule v1alpha1.RedriveSchedule) *scheduleWorld {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", start, location)
	if err != nil {
		t.Fatal(err)
	}
	w := &scheduleWorld{quickWorld: newQuickWorld(t), zone: location, takes: 10 * time.Minute}
	w.clock.SetTime(at)
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

// until lets time go by until a time in the zone; each run ends when its time is over.
func (w *scheduleWorld) until(end string) {
	w.t.Helper()
	stop, err := time.ParseInLocation("2006-01-02 15:04", end, w.zone)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for w.clock.Now().Before(stop) {
		w.runs = 0
		next := stop
		if _, at := w.next(); at.Before(next) {
			next = at
		}
		for _, run := range w.all() {
			if over := run.CreationTimestamp.Add(w.takes); !run.Finished() && over.Before(next) {
				next = over
			}
		}
		if next.After(w.clock.Now()) {
			w.clock.SetTime(next)
		}
		for _, run := range w.all() {
			if !run.Finished() && !w.clock.Now().Before(run.CreationTimestamp.Add(w.takes)) {
				w.end(&run)
			}
		}
		if w.turn(); w.dead {
			w.dead = false
			w.restart()
			w.turn()
		}
		for _, run := range w.all() {
			if run.Status.State == "" {
				w.patchRun(&run, func(run *v1alpha1.Redrive) { run.Status.State = v1alpha1.RedriveRunning })
			}
		}
	}
}

// end is the end of a run.
func (w *scheduleWorld) end(run *v1alpha1.Redrive) {
	w.patchRun(run, func(run *v1alpha1.Redrive) {
		run.Status.State = v1alpha1.RedriveSucceeded
		if w.ends != nil {
			w.ends(run)
		}
	})
}

func (w *scheduleWorld) patchRun(run *v1alpha1.Redrive, edit func(*v1alpha1.Redrive)) {
	w.t.Helper()
	base := run.DeepCopy()
	edit(run)
	if err := w.Status().Patch(w.ctx, run, client.MergeFrom(base)); err != nil {
		w.t.Fatalf("writing %s: %v", run.Name, err)
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

// Two weeks with a change of the clocks: the runs that must be, and no other.
func TestS5TwoWeeksOfRunsWhereTheClocksChange(t *testing.T) {
	for _, c := range []struct {
		name, schedule, start, end string
		want                       []string
	}{
		{
			"nights, when the clocks go forward", "0 23 * * 0-4", "2026-03-20 12:00", "2026-04-03 12:00",
			[]string{
				"Sun 22.03. 23:00 IST", "Mon 23.03. 23:00 IST", "Tue 24.03. 23:00 IST", "Wed 25.03. 23:00 IST", "Thu 26.03. 23:00 IST",
				"Sun 29.03. 23:00 IDT", "Mon 30.03. 23:00 IDT", "Tue 31.03. 23:00 IDT", "Wed 01.04. 23:00 IDT", "Thu 02.04. 23:00 IDT",
			},
		},
		{
			"nights, when the clocks go back", "0 23 * * 0-4", "2026-10-18 12:00", "2026-11-01 12:00",
			[]string{
				"Sun 18.10. 23:00 IDT", "Mon 19.10. 23:00 IDT", "Tue 20.10. 23:00 IDT", "Wed 21.10. 23:00 IDT", "Thu 22.10. 23:00 IDT",
				"Sun 25.10. 23:00 IST", "Mon 26.10. 23:00 IST", "Tue 27.10. 23:00 IST", "Wed 28.10. 23:00 IST", "Thu 29.10. 23:00 IST",
			},
		},
		{
			"in the hour that there is not", "30 2 * * 5,6", "2026-03-20 12:00", "2026-04-03 12:00",
			[]string{"Sat 21.03. 02:30 IST", "Fri 27.03. 03:00 IDT", "Sat 28.03. 02:30 IDT", "Fri 03.04. 02:30 IDT"},
		},
		{
			"in the hour that comes twice", "30 1 * * 0,6", "2026-10-18 12:00", "2026-11-01 12:00",
			[]string{"Sat 24.10. 01:30 IDT", "Sun 25.10. 01:30 IDT", "Sat 31.10. 01:30 IST", "Sun 01.11. 01:30 IST"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newScheduleWorld(t, "Asia/Jerusalem", c.start, v1alpha1.RedriveSchedule{Schedule: c.schedule})
			account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultAccountName}}
			w.put(account, func() { account.Spec.ResyncPeriod = "6h" })
			w.jitter = true // rests as long as it may
			w.until(c.end)
			if diff := cmp.Diff(c.want, w.made); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			if n := w.told("RedriveScheduled"); n != len(c.want) {
				t.Errorf("%d events tell of %d runs: %q", n, len(c.want), w.events)
			}
			if n := len(w.all()); n != 3 {
				t.Errorf("%d Redrives are left, want 3: %q", n, w.names())
			}
		})
	}
}

// What comes back halts the schedule until the spec changes, or the annotation says so.
func TestS5ReturningMessagesHaltTheSchedule(t *testing.T) {
	w := newScheduleWorld(t, "Asia/Jerusalem", "2026-03-20 12:00", v1alpha1.RedriveSchedule{Schedule: "0 */6 * * *"})
	w.stands("at first", "False Scheduled", 0)
	w.ends = cameBack
	w.until("2026-03-22 12:00")
	w.stands("when messages came back", "True MessagesReturned", 1)
	if s := w.inventory().Status.Redrive; s.NextScheduleTime != nil || s.HaltedBy != w.names()[0] {
		t.Errorf("the status is %+v", s)
	}
	if c := meta.FindStatusCondition(w.inventory().Status.Conditions, v1alpha1.ConditionReady); c.Status != metav1.ConditionTrue {
		t.Errorf("Ready is %+v", c)
	}
	if w.told("RedriveHalted: no new runs: of 240 messages") != 1 {
		t.Errorf("events: %q", w.events)
	}
	w.resetWrites()
	w.until("2026-03-23 12:00")
	w.noWrites("while halted")
	w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Annotations = map[string]string{v1alpha1.AnnotationResumeRedrive: "now"} })
	w.stands("resumed by the annotation", "False Scheduled", 1)
	w.until("2026-03-23 18:30")
	w.stands("when messages came back once more", "True MessagesReturned", 2)
	w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.stands("resumed by the spec", "False Scheduled", 2)
	w.ends = nil
	w.until("2026-03-25 12:00")
	w.stands("with a consumer that was mended", "False Scheduled", 9)
	if w.told("RedriveResumed") != 2 {
		t.Errorf("events: %q", w.events)
	}
}

// After an absence there is at most one run for all that were missed, and none for what is long past.
func TestS5MissedRunsDoNotPileUp(t *testing.T) {
	w := newScheduleWorld(t, "Asia/Jerusalem", "2026-03-22 12:00", v1alpha1.RedriveSchedule{Schedule: "*/20 23 * * *"})
	away := func(until string) {
		at, err := time.ParseInLocation("2006-01-02 15:04", until, w.zone)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.SetTime(at)
		w.restart()
		w.turn()
	}
	away("2026-03-24 23:50")
	w.stands("after two days", "False Scheduled", 1)
	if want := redrive.RunName("inventory", w.clock.Now().Add(-10*time.Minute)); w.names()[0] != want {
		t.Errorf("the run is %s, want %s", w.names()[0], want)
	}
	w.until("2026-03-25 12:00")
	away("2026-03-26 12:00")
	w.stands("in the daytime", "False Scheduled", 1)
	if w.told("RedriveSkipped: the redrive of 2026-03-25T21:00:00Z is left out: it was missed") != 1 {
		t.Errorf("events: %q", w.events)
	}
	w.until("2026-03-26 23:59")
	w.stands("in the next night", "False Scheduled", 4)
}

// A run that takes longer than the time to the next one is waited for: never two.
func TestS5RunsDoNotOverlap(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
	w.takes = 150 * time.Minute
	w.until("2026-03-22 19:10")
	w.stands("in the evening", "False Scheduled", 3)
	if n := w.told("was still at work"); n != 4 {
		t.Errorf("%d events tell of runs that were left out, want 4: %q", n, w.events)
	}
}

// Suspended there are no new runs; afterwards those of the past are not made up for.
func TestSuspendedScheduleRests(t *testing.T) {
	for name, suspend := range map[string]func(*v1alpha1.ConsumerQueue, bool){
		"schedule": func(cq *v1alpha1.ConsumerQueue, on bool) { cq.Spec.DeadLetter.Redrive.Suspend = on },
		"queue":    func(cq *v1alpha1.ConsumerQueue, on bool) { cq.Spec.Suspend = on },
	} {
		t.Run(name, func(t *testing.T) {
			w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
			w.until("2026-03-22 12:50")
			w.change(func(cq *v1alpha1.ConsumerQueue) { suspend(cq, true) })
			w.until("2026-03-22 18:10")
			w.stands("suspended", "False ScheduleSuspended", 0)
			w.change(func(cq *v1alpha1.ConsumerQueue) { suspend(cq, false) })
			w.until("2026-03-22 18:50")
			w.stands("resumed", "False Scheduled", 0)
			w.until("2026-03-22 19:10")
			w.stands("at its next time", "False Scheduled", 1)
			w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Redrive = nil })
			w.until("2026-03-22 23:10")
			w.stands("without a schedule", "", 1)
			if s := w.inventory().Status.Redrive; s != nil {
				t.Errorf("the status still has %+v", s)
			}
		})
	}
}

// A schedule that cannot be read is refused; the queue is applied all the same, and the other way round the schedule is no reason to look at AWS.
func TestScheduleThatCannotBeRead(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 25 * * *"})
	w.stands("at first", "False InvalidSpec", 0)
	ready := meta.FindStatusCondition(w.inventory().Status.Conditions, v1alpha1.ConditionReady)
	if ready.Reason != v1alpha1.ReasonInvalidSpec || !strings.Contains(ready.Message, "queue/shop-inventory: spec.deadLetter.redrive.schedule: ") {
		t.Errorf("Ready is %s: %s", ready.Reason, ready.Message)
	}
	if fields := w.hands().fields(mainQueue); fields["VisibilityTimeout"] != "30" {
		t.Errorf("the queue is %v", fields)
	}
	w.resetWrites()
	w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Redrive.Schedule = "0 * * * *" })
	w.stands("corrected", "False Scheduled", 0)
	w.until("2026-03-22 13:00")
	w.everyoneReady()
	if n := len(w.made); n != 1 {
		t.Errorf("%d runs were made", n)
	}
}

// A run that is due, and one that is over, cost no call to AWS.
func TestRunsCostNoLooks(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "* * * * *"})
	w.takes = 10 * time.Second
	w.until("2026-03-22 13:30")
	looks := func() int { return w.aws.CallCounts()["sqs:GetQueueAttributes"] }
	w.made = nil
	before := looks()
	w.until("2026-03-22 14:30")
	if got := looks() - before; got > 6*2 || len(w.made) != 60 {
		t.Errorf("in six periods there were %d reads of two queues, and %d runs", got, len(w.made))
	}
}

// An object that has the name of a run and is somebody else's is left alone.
func TestNameOfARunIsTaken(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
	other := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: redrive.RunName("inventory", w.clock.Now().Add(30*time.Minute))}}
	other.Spec.ConsumerQueue.Name = "other"
	w.create(other)
	w.made = nil
	w.until("2026-03-22 13:30")
	w.stands("at the first", "False Scheduled", 0)
	if w.told("exists and is not controlled by this ConsumerQueue") != 1 {
		t.Errorf("events: %q", w.events)
	}
	w.until("2026-03-22 14:30")
	w.stands("at the second", "False Scheduled", 1)
	left := w.all()
	if i := slices.IndexFunc(left, func(r v1alpha1.Redrive) bool { return r.Name == other.Name }); i < 0 || left[i].Spec.ConsumerQueue.Name != "other" {
		t.Errorf("the other one has gone: %q", w.names())
	}
}

// Whatever the last write of an operator is, the one that comes after makes one run of each time, and keeps the history.
func TestS5OperatorDiesAfterEveryWriteOfARun(t *testing.T) {
	for n := 1; ; n++ {
		died := false
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
			w.until("2026-03-22 16:30")
			w.diesAfter(n, &died)
			w.until("2026-03-22 18:30")
			w.stands("in the evening", "False Scheduled", 6)
			if n := len(w.all()); n != 3 {
				t.Errorf("%d Redrives are left: %q", n, w.names())
			}
		})
		if !died {
			if n < 5 {
				t.Errorf("there were only %d writes", n-1)
			}
			return
		}
	}
}

// diesAfter lets the operator die after so many writes from now on: what it does then has no effect, and another one starts.
func (w *scheduleWorld) diesAfter(n int, died *bool) {
	wrote := w.wrote
	w.wrote = func(before, after client.Object) {
		if wrote(before, after); w.current.kind == "" {
			return
		}
		if n--; n == 0 {
			w.dead, *died = true, true
		}
	}
}
