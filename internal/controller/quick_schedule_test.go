package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
)

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
	w.change(func(cq *v1alpha1.ConsumerQueue) {
		cq.Annotations = map[string]string{v1alpha1.AnnotationResumeRedrive: "now"}
	})
	w.stands("resumed by the annotation", "False Scheduled", 1)
	w.until("2026-03-23 18:30")
	w.stands("when messages came back once more", "True MessagesReturned", 2)
	w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.stands("resumed by the spec", "False Scheduled", 2)
	w.ends = nil
	w.until("2026-03-25 12:05")
	w.stands("with a consumer that was mended", "False Scheduled", 9)
	if w.told("RedriveResumed") != 2 {
		t.Errorf("events: %q", w.events)
	}
}

// After an absence there is at most one run for all that were missed, and none for what is long past.
func TestS5MissedRunsDoNotPileUp(t *testing.T) {
	w := newScheduleWorld(t, "Asia/Jerusalem", "2026-03-22 12:00", v1alpha1.RedriveSchedule{Schedule: "*/20 23 * * *"})
	away := func(until string) {
		w.clock.SetTime(w.at(until))
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
	if w.told("RedriveSkipped: the run of 2026-03-25T21:00:00Z is left out: it was missed") != 1 {
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

// A run that is due, and one that is over and moved nothing, cost no call to AWS.
func TestRunsCostNoLooks(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "* * * * *"})
	w.takes = 10 * time.Second
	w.until("2026-03-22 13:30")
	looks := func() int { return w.aws.CallCounts()["sqs:GetQueueAttributes"] }
	w.made = nil
	before := looks()
	w.until("2026-03-22 14:30")
	// A look is due nine to ten minutes after the last one.
	if got := looks() - before; got > 7*2 || len(w.made) != 60 {
		t.Errorf("in an hour there were %d reads of two queues, and %d runs", got, len(w.made))
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

// Whichever write is an operator's last, the one that comes after makes one run of each time, and keeps the history.
func TestS5OperatorDiesAtEveryWriteOfASchedule(t *testing.T) {
	for n, died := 1, true; died; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
			w.until("2026-03-22 16:30")
			first := w.shared
			w.dies("write to Kubernetes", n)
			w.until("2026-03-22 18:30")
			died = w.shared != first
			w.stands("in the evening", "False Scheduled", 6)
			if n := len(w.all()); n != 3 {
				t.Errorf("%d Redrives are left: %q", n, w.names())
			}
			if !died && n <= 5 {
				t.Errorf("there were only %d writes", n-1)
			}
		})
	}
}

// A ConsumerQueue that is being deleted makes no runs, and ends the one under way; the others go with it.
func TestDeletedQueueEndsItsRun(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
	w.until("2026-03-22 15:05")
	active := w.inventory().Status.Redrive.Active
	if before := w.names(); len(before) != 3 || !slices.Contains(before, active) {
		t.Fatalf("%q runs, of %q", active, before)
	}
	w.remove()
	if left := w.names(); len(left) != 2 || slices.Contains(left, active) {
		t.Errorf("while the queue is being deleted there are %q", left)
	}
	w.until("2026-03-22 18:30")
	if left := w.objects(); len(left) != 0 || len(w.all()) != 0 || len(w.made) != 3 {
		t.Errorf("%d objects and %q are left; %d runs were made", len(left), w.names(), len(w.made))
	}
}

// A suspended ConsumerQueue changes nothing in AWS, so that its run goes on while it is being deleted.
func TestDeletedQueueThatIsSuspendedLeavesItsRun(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
	w.until("2026-03-22 13:05")
	w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true })
	w.remove()
	if left := w.all(); len(left) != 1 || left[0].Status.State != v1alpha1.RedriveRunning {
		t.Errorf("the runs are %+v", left)
	}
}

// An inline consumer has a schedule like any other.
func TestInlineConsumerHasASchedule(t *testing.T) {
	w := newScheduleWorld(t, "Asia/Jerusalem", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 0 1 1 *"})
	schedule := v1alpha1.RedriveSchedule{Schedule: "0 23 * * 0-4", TimeZone: "Asia/Jerusalem", MaxMessagesPerSecond: ptr.To[int32](50), MaxMessagesPerRun: ptr.To[int64](10000)}
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	mt.Spec.Consumers = []v1alpha1.InlineConsumer{{Name: "fraud", QueueSettings: v1alpha1.QueueSettings{DeadLetter: &v1alpha1.DeadLetter{Redrive: &schedule}}}}
	w.create(mt)
	w.until("2026-03-23 23:05")
	var got []string
	for _, run := range w.all() {
		got = append(got, fmt.Sprintf("%s of %s for %s at %d up to %d", run.Status.State, metav1.GetControllerOf(&run).Name, run.Spec.ConsumerQueue.Name, *run.Spec.MaxMessagesPerSecond, *run.Spec.MaxMessages))
	}
	const one = " of orders-fraud for orders-fraud at 50 up to 10000"
	if diff := cmp.Diff([]string{"Succeeded" + one, "Running" + one}, got); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

// A queue that serves others moves its own messages; one that serves nobody has none to move, and says so.
func TestScheduleOfASharedDeadLetterQueue(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *"})
	w.change(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Disabled, cq.Spec.MessageRetention = true, "336h" })
	w.until("2026-03-22 14:30")
	w.stands("while it serves nobody", "False NoSource", 0)
	user := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "user"}}
	user.Spec.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "inventory"}}
	w.create(user)
	w.until("2026-03-22 15:30")
	w.stands("while it serves another", "False Scheduled", 1)
	w.everyoneReady()
}

// The cache may be behind the operator's own writes: what the status knows is asked of the apiserver, so that there are never two.
func TestRunThatTheCacheDoesNotKnowYet(t *testing.T) {
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "* * * * *"})
	w.until("2026-03-22 12:31")
	run := w.all()[0]
	w.shared.reader = behind{w.quickKube, &run}
	w.store(memoryKey(&run), &run, nil) // out of the cache
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	w.turn()
	if got := w.inventory().Status.Redrive; len(w.made) != 1 || got.Active != run.Name || got.LastSkipped == nil {
		t.Errorf("runs %q, status %+v", w.made, got)
	}
}

// behind is an apiserver that has one object more than the cache.
type behind struct {
	client.Reader
	run *v1alpha1.Redrive
}

func (b behind) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if run, ok := o.(*v1alpha1.Redrive); ok && key == client.ObjectKeyFromObject(b.run) {
		b.run.DeepCopyInto(run)
		return nil
	}
	return b.Reader.Get(ctx, key, o, opts...)
}
