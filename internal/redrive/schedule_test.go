package redrive_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
)

// at is a time on 3 March 2026 in UTC, as hour and minute.
func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-03-03 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

func stamp(clock string) *metav1.Time { return &metav1.Time{Time: at(clock)} }

func name(clock string) string { return redrive.RunName("inventory", at(clock)) }

// hourly has a run at the start of each two hours, and is promised one at 12:00.
func hourly(edits ...func(*v1alpha1.ConsumerQueue)) *v1alpha1.ConsumerQueue {
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "warehouse", Name: "inventory", Generation: 4}}
	cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Redrive: &v1alpha1.RedriveSchedule{Schedule: "0 */2 * * *"}}
	cq.Status.Redrive = &v1alpha1.RedriveScheduleStatus{NextScheduleTime: stamp("12:00")}
	for _, edit := range edits {
		edit(cq)
	}
	return cq
}

// run is the Redrive that was made for a time.
func run(clock string, state v1alpha1.RedriveState, edits ...func(*v1alpha1.Redrive)) v1alpha1.Redrive {
	r := v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: "warehouse", Name: name(clock), CreationTimestamp: *stamp(clock)}}
	r.Spec = v1alpha1.RedriveSpec{ConsumerQueue: v1alpha1.LocalReference{Name: "inventory"}, HaltOnReturnRatio: "0.5"}
	r.Status = v1alpha1.RedriveStatus{State: state}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

// failed gives a Redrive that is over a reason.
func failed(reason string) func(*v1alpha1.Redrive) {
	return func(r *v1alpha1.Redrive) {
		r.Status.MessagesMoved, r.Status.MessagesReturned = 200, 150
		r.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionFailed, Status: metav1.ConditionTrue, Reason: reason}}
	}
}

func halted(by string, generation int64) func(*v1alpha1.ConsumerQueue) {
	return func(cq *v1alpha1.ConsumerQueue) {
		cq.Status.Redrive = &v1alpha1.RedriveScheduleStatus{HaltedBy: by, HaltedGeneration: generation, LastScheduleTime: stamp("10:00"), ResumeRedrive: "1"}
		cq.Annotations = map[string]string{v1alpha1.AnnotationResumeRedrive: "1"}
	}
}

func active(clock string) func(*v1alpha1.ConsumerQueue) {
	return func(cq *v1alpha1.ConsumerQueue) {
		cq.Status.Redrive.Active, cq.Status.Redrive.LastScheduleTime = name(clock), stamp(clock)
	}
}

func TestDecideSchedule(t *testing.T) {
	type decision struct {
		// Create and Delete are names; Halted is status and reason.
		Create, Halted string
		Delete         []string
		Status         *v1alpha1.RedriveScheduleStatus
		Next           time.Time
	}
	const goes, stops, rests = "False Scheduled", "True MessagesReturned", "False ScheduleSuspended"
	skipped := func(clock, message string) *v1alpha1.SkippedRedrive {
		return &v1alpha1.SkippedRedrive{Time: *stamp(clock), Message: message}
	}
	for _, c := range []struct {
		name  string
		queue *v1alpha1.ConsumerQueue
		// serves as dead-letter queue of another.
		serves bool
		runs   []v1alpha1.Redrive
		now    string
		want   decision
	}{
		{
			name: "without a schedule there is no status and no condition, and what it left behind stays within bounds",
			queue: hourly(func(cq *v1alpha1.ConsumerQueue) {
				cq.Spec.DeadLetter.Redrive = nil
			}),
			runs: []v1alpha1.Redrive{run("04:00", v1alpha1.RedriveSucceeded), run("02:00", v1alpha1.RedriveFailed), run("06:00", v1alpha1.RedriveSucceeded), run("08:00", v1alpha1.RedriveSucceeded)},
			now:  "12:00", want: decision{Delete: []string{name("02:00")}},
		},
		{
			name:  "a new schedule has its first run at its next time, not at one that has been",
			queue: hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Status.Redrive = nil }),
			now:   "12:00", want: decision{Halted: goes, Status: &v1alpha1.RedriveScheduleStatus{NextScheduleTime: stamp("14:00")}, Next: at("14:00")},
		},
		{
			name: "before its time nothing is made", queue: hourly(),
			now: "11:59", want: decision{Halted: goes, Status: &v1alpha1.RedriveScheduleStatus{NextScheduleTime: stamp("12:00")}, Next: at("12:00")},
		},
		{
			name: "a run that is due", queue: hourly(),
			now: "12:00", want: decision{
				Create: name("12:00"), Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("14:00"), Active: name("12:00")},
			},
		},
		{
			name: "made before, and the status could not tell", queue: hourly(), runs: []v1alpha1.Redrive{run("12:00", v1alpha1.RedriveRunning)},
			now: "12:01", want: decision{
				Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("14:00"), Active: name("12:00")},
			},
		},
		{
			name: "made before and over by now, and the status could not tell", queue: hourly(), runs: []v1alpha1.Redrive{run("12:00", v1alpha1.RedriveSucceeded)},
			now: "12:40", want: decision{Halted: goes, Next: at("14:00"), Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("14:00")}},
		},
		{
			name: "of all that were missed the last one is made up for",
			queue: hourly(func(cq *v1alpha1.ConsumerQueue) {
				cq.Spec.DeadLetter.Redrive.Schedule, cq.Status.Redrive.NextScheduleTime = "*/10 * * * *", stamp("01:00")
			}),
			now: "12:05", want: decision{
				Create: name("12:00"), Halted: goes, Next: at("12:10"),
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("12:10"), Active: name("12:00")},
			},
		},
		{
			name: "a run that was missed a little less than an hour ago is made up for", queue: hourly(),
			now: "12:59", want: decision{
				Create: name("12:00"), Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("14:00"), Active: name("12:00")},
			},
		},
		{
			name: "a run that was missed an hour ago is not", queue: hourly(),
			now: "13:00", want: decision{
				Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{
					NextScheduleTime: stamp("14:00"), LastSkipped: skipped("12:00", "it was missed by an hour or more: the operator did not run, could not use the AWSAccount, or Kubernetes refused the Redrive"),
				},
			},
		},
		{
			name: "another schedule than the one that was promised starts afresh",
			queue: hourly(func(cq *v1alpha1.ConsumerQueue) {
				cq.Spec.DeadLetter.Redrive.Schedule = "30 */2 * * *"
			}),
			now: "12:45", want: decision{Halted: goes, Status: &v1alpha1.RedriveScheduleStatus{NextScheduleTime: stamp("14:30")}, Next: at("14:30")},
		},
		{
			name: "never two", queue: hourly(active("10:00")), runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveObserving)},
			now: "12:00", want: decision{
				Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{
					LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("14:00"), Active: name("10:00"), LastSkipped: skipped("12:00", "Redrive "+name("10:00")+" was still at work"),
				},
			},
		},
		{
			name: "one that is being deleted may still move messages", queue: hourly(active("10:00")),
			runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveCancelling, func(r *v1alpha1.Redrive) { r.DeletionTimestamp = stamp("11:00") })},
			now:  "12:00", want: decision{
				Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{
					LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("14:00"), Active: name("10:00"), LastSkipped: skipped("12:00", "Redrive "+name("10:00")+" was still at work"),
				},
			},
		},
		{
			name: "a run that cannot start is looked at again after an hour", queue: hourly(active("10:00")), runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedrivePending)},
			now: "10:59", want: decision{
				Halted: goes, Next: at("11:00"), Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("12:00"), Active: name("10:00")},
			},
		},
		{
			name: "and given up then", queue: hourly(active("10:00")), runs: []v1alpha1.Redrive{run("10:00", "")},
			now: "11:00", want: decision{
				Halted: goes, Next: at("12:00"), Delete: []string{name("10:00")},
				Status: &v1alpha1.RedriveScheduleStatus{
					LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("12:00"), Active: name("10:00"),
					LastSkipped: skipped("10:00", "Redrive "+name("10:00")+" could not start for an hour and was deleted"),
				},
			},
		},
		{
			name: "a run whose messages came back halts", queue: hourly(active("10:00")), runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))},
			now: "12:00", want: decision{Halted: stops, Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), HaltedBy: name("10:00"), HaltedGeneration: 4}},
		},
		{
			name: "also one that the status did not come to tell of, with later times missed",
			queue: hourly(func(cq *v1alpha1.ConsumerQueue) {
				cq.Spec.DeadLetter.Redrive.Schedule = "*/10 * * * *"
			}),
			runs: []v1alpha1.Redrive{run("12:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))},
			now:  "12:35", want: decision{Halted: stops, Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), HaltedBy: name("12:00"), HaltedGeneration: 4}},
		},
		{
			name: "a run that failed for another reason does not halt", queue: hourly(active("10:00")), runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonTaskFailed))},
			now: "11:00", want: decision{Halted: goes, Next: at("12:00"), Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("12:00")}},
		},
		{
			name: "halted, nothing is made, and the Redrive that did it stays whatever the limit", queue: hourly(halted(name("04:00"), 4), limit(0)),
			runs: []v1alpha1.Redrive{run("04:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned)), run("02:00", v1alpha1.RedriveSucceeded)},
			now:  "12:00", want: decision{
				Halted: stops, Delete: []string{name("02:00")},
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), HaltedBy: name("04:00"), HaltedGeneration: 4, ResumeRedrive: "1"},
			},
		},
		{
			name: "a new spec resumes at its next time, and the Redrive that halted does so no more", queue: hourly(halted(name("10:00"), 3)),
			runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))},
			now:  "12:00", want: decision{Halted: goes, Next: at("14:00"), Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("14:00"), ResumeRedrive: "1"}},
		},
		{
			name: "so does a new value of the annotation", queue: hourly(halted(name("10:00"), 4), annotated("2")),
			runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))},
			now:  "12:00", want: decision{Halted: goes, Next: at("14:00"), Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("14:00"), ResumeRedrive: "2"}},
		},
		{
			name: "taking the annotation away does not", queue: hourly(halted(name("10:00"), 4), annotated("")),
			now: "12:00", want: decision{Halted: stops, Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), HaltedBy: name("10:00"), HaltedGeneration: 4}},
		},
		{
			name: "a value from before the halt is no new one", queue: hourly(active("10:00"), annotated("7")),
			runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))},
			now:  "11:00", want: decision{Halted: stops, Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), HaltedBy: name("10:00"), HaltedGeneration: 4, ResumeRedrive: "7"}},
		},
		{
			name: "a suspended schedule makes nothing, and what runs goes on", queue: hourly(active("10:00"), func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Redrive.Suspend = true }),
			runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveRunning)},
			now:  "12:00", want: decision{Halted: rests, Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), Active: name("10:00")}},
		},
		{
			name: "nor does one of a suspended queue", queue: hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true }),
			now: "12:00", want: decision{Halted: rests, Status: &v1alpha1.RedriveScheduleStatus{}},
		},
		{
			name: "what comes back while suspended halts", queue: hourly(active("10:00"), func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true }),
			runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))},
			now:  "12:00", want: decision{Halted: stops, Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("10:00"), HaltedBy: name("10:00"), HaltedGeneration: 4}},
		},
		{
			name: "a schedule that goes on after a rest starts at its next time", queue: hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Status.Redrive.NextScheduleTime = nil }),
			now: "12:00", want: decision{Halted: goes, Status: &v1alpha1.RedriveScheduleStatus{NextScheduleTime: stamp("14:00")}, Next: at("14:00")},
		},
		{
			name: "a schedule that cannot be read", queue: hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Redrive.Schedule = "0 25 * * *" }),
			now: "12:00", want: decision{Halted: "False InvalidSpec", Status: &v1alpha1.RedriveScheduleStatus{}},
		},
		{
			name: "a queue without dead letters", queue: hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Disabled = true }),
			now: "12:00", want: decision{Halted: "False NoSource", Status: &v1alpha1.RedriveScheduleStatus{}},
		},
		{
			name: "a queue that is the dead-letter queue of others", queue: hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Disabled = true }), serves: true,
			now: "12:00", want: decision{
				Create: name("12:00"), Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("14:00"), Active: name("12:00")},
			},
		},
		{
			name: "history, oldest first", queue: hourly(limit(2)),
			runs: []v1alpha1.Redrive{
				run("08:00", v1alpha1.RedriveSucceeded), run("02:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonTaskLost)), run("06:00", v1alpha1.RedriveSucceeded), run("04:00", v1alpha1.RedriveSucceeded),
			},
			now: "11:00", want: decision{
				Halted: goes, Next: at("12:00"), Delete: []string{name("02:00"), name("04:00")}, Status: &v1alpha1.RedriveScheduleStatus{NextScheduleTime: stamp("12:00")},
			},
		},
		{
			name: "a Redrive that somebody made and gave to the queue is no run of the schedule", queue: hourly(),
			runs: []v1alpha1.Redrive{run("12:00", v1alpha1.RedriveSucceeded, func(r *v1alpha1.Redrive) { r.Name = "by-hand-99999999" })},
			now:  "12:00", want: decision{
				Create: name("12:00"), Halted: goes, Next: at("14:00"),
				Status: &v1alpha1.RedriveScheduleStatus{LastScheduleTime: stamp("12:00"), NextScheduleTime: stamp("14:00"), Active: name("12:00")},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := redrive.DecideSchedule(redrive.ScheduleInput{Queue: c.queue, Serves: c.serves, Runs: c.runs, Now: at(c.now)})
			made := decision{Status: got.Status, Next: got.Next}
			if got.Create != nil {
				made.Create = got.Create.Name
			}
			if got.Halted != nil {
				made.Halted = string(got.Halted.Status) + " " + got.Halted.Reason
			}
			for _, r := range got.Delete {
				made.Delete = append(made.Delete, r.Name)
			}
			if diff := cmp.Diff(c.want, made, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if c.queue.Status.Redrive = got.Status; got.Status == nil {
				return
			}
			if got.Create != nil {
				c.runs = append(c.runs, *got.Create)
			}
			again := redrive.DecideSchedule(redrive.ScheduleInput{Queue: c.queue, Serves: c.serves, Runs: c.runs, Now: at(c.now)})
			if diff := cmp.Diff(got.Status, again.Status); diff != "" || again.Create != nil {
				t.Errorf("decided again it makes %v and changes the status:\n%s", again.Create, diff)
			}
		})
	}
}

func limit(n int32) func(*v1alpha1.ConsumerQueue) {
	return func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.Redrive.HistoryLimit = ptr.To(n) }
}

func annotated(value string) func(*v1alpha1.ConsumerQueue) {
	return func(cq *v1alpha1.ConsumerQueue) {
		cq.Annotations = map[string]string{v1alpha1.AnnotationResumeRedrive: value}
		if value == "" {
			cq.Annotations = nil
		}
	}
}

// What is in the way of one run is told, and the next one has another name.
func TestNameOfAScheduleIsTaken(t *testing.T) {
	cq := hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Status.Redrive.LastScheduleTime = stamp("10:00") })
	d := redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("12:00")})
	d.Refused()
	want := &v1alpha1.RedriveScheduleStatus{
		LastScheduleTime: stamp("10:00"), NextScheduleTime: stamp("14:00"), LastSkipped: &v1alpha1.SkippedRedrive{
			Time: *stamp("12:00"), Message: "Redrive " + name("12:00") + " exists and is not controlled by this ConsumerQueue, so it is left alone; delete it, if it is not needed",
		},
	}
	if diff := cmp.Diff(want, d.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if !strings.Contains(d.Halted.Message, want.LastSkipped.Message) {
		t.Errorf("the condition says %q", d.Halted.Message)
	}
}

// A halted schedule tells the counts and how to go on, and still does when the Redrive is gone.
func TestHaltTellsTheCounts(t *testing.T) {
	cq := hourly(active("10:00"))
	d := redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("11:00"), Runs: []v1alpha1.Redrive{run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))}})
	for _, part := range []string{"of 200 messages", "150 came back", name("10:00"), `"0.5"`, "kubectl annotate consumerqueue -n warehouse inventory skein.dev/resume-redrive="} {
		if !strings.Contains(d.Halted.Message, part) {
			t.Errorf("the message lacks %q: %s", part, d.Halted.Message)
		}
	}
	cq.Status.Redrive = d.Status
	d.Halted.Type = v1alpha1.ConditionRedriveHalted
	cq.Status.Conditions = []metav1.Condition{*d.Halted}
	if later := redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("11:30")}); later.Halted.Message != d.Halted.Message {
		t.Errorf("without the Redrive the message is %s", later.Halted.Message)
	}
}

// A run that halts because it moved more than there was does not claim a share that was not reached.
func TestHaltTellsOfMessagesThatMovedAgain(t *testing.T) {
	again := run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned), func(r *v1alpha1.Redrive) {
		r.Status.MessagesToMove, r.Status.MessagesMoved, r.Status.MessagesReturned = 100, 130, 30
	})
	d := redrive.DecideSchedule(redrive.ScheduleInput{Queue: hourly(active("10:00")), Now: at("11:00"), Runs: []v1alpha1.Redrive{again}})
	if m := d.Halted.Message; !strings.Contains(m, "of 130 messages") || !strings.Contains(m, "only 100 were there at its start") || strings.Contains(m, "above") {
		t.Errorf("the message is %s", m)
	}
}

// A clock that was a year ahead for a while has made a run. The schedule goes on by the right time, and can be resumed.
func TestScheduleAfterAClockThatWasAhead(t *testing.T) {
	ahead := at("12:00").AddDate(1, 0, 0)
	wrong := run("10:00", v1alpha1.RedriveFailed, failed(v1alpha1.ReasonMessagesReturned))
	wrong.Name = redrive.RunName("inventory", ahead)
	cq := hourly(func(cq *v1alpha1.ConsumerQueue) { cq.Status.Redrive.LastScheduleTime = &metav1.Time{Time: ahead} })
	d := redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("12:00"), Runs: []v1alpha1.Redrive{wrong}})
	if d.Create == nil || d.Create.Name != name("12:00") || d.Status.HaltedBy != "" {
		t.Errorf("it makes %v, and the status is %+v", d.Create, d.Status)
	}
}

// A value of the annotation that the status could not hold is known by its hash.
func TestLongResumeMark(t *testing.T) {
	cq := hourly(halted(name("10:00"), 4), annotated(strings.Repeat("x", 300)))
	d := redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("12:00")})
	if d.Status.HaltedBy != "" || len(d.Status.ResumeRedrive) > 253 {
		t.Errorf("the status is %+v", d.Status)
	}
	cq.Status.Redrive = d.Status
	cq.Status.Redrive.HaltedBy, cq.Status.Redrive.HaltedGeneration = name("12:00"), 4
	if d = redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("13:00")}); d.Status.HaltedBy == "" {
		t.Error("the same value resumes again")
	}
}
