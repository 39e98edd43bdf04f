package redrive

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

func TestAnswerToAStart(t *testing.T) {
	refusal := func(reason string) Memory {
		return Memory{Refused: &Obstacle{Reason: reason, Message: "words"}}
	}
	for name, c := range map[string]struct {
		before Memory
		fault  *fault.Error
		want   Memory
	}{
		"yes":                      {Memory{}, nil, Memory{Answered: true}},
		"yes, after refusals":      {Memory{Refusals: 3, Retry: noon}, nil, Memory{Answered: true}},
		"none":                     {Memory{}, &fault.Error{Class: fault.Retry}, Memory{Unclear: true, Unclarity: &Obstacle{Message: "words"}}},
		"words that nobody knows":  {Memory{}, &fault.Error{Class: fault.Retry, Code: "Odd", Reason: "AWSError"}, Memory{Unclear: true, Unclarity: &Obstacle{Reason: "AWSError", Message: "words"}}},
		"not permitted":            {Memory{}, &fault.Error{Class: fault.Denied, Reason: "AccessDenied"}, refusal("AccessDenied")},
		"too many calls":           {Memory{}, &fault.Error{Class: fault.Throttled, Reason: "Throttled"}, refusal("Throttled")},
		"another task":             {Memory{}, &fault.Error{Class: fault.Wait, Reason: v1alpha1.ReasonAnotherRedrive}, refusal(v1alpha1.ReasonAnotherRedrive)},
		"another, perhaps its own": {Memory{Unclear: true}, &fault.Error{Class: fault.Wait, Reason: v1alpha1.ReasonAnotherRedrive}, Memory{Unclear: true}},
		"no dead-letter queue yet": {Memory{}, &fault.Error{Class: fault.Wait, Reason: v1alpha1.ReasonConsumerQueueNotReady}, refusal(v1alpha1.ReasonConsumerQueueNotReady)},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.before.Answer(c.fault, "words")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is remembered when a run begins tells its task from those before it, and a count of zero is forgotten when there are messages again.
func TestMemoryOfWhatWasThereBefore(t *testing.T) {
	justNow := pendingRun(both(tasks(aTask(2*time.Second, TaskCompleted, 1)), func(in *Input) { in.Memory.Empty = ago(time.Minute) }))
	if m := Decide(justNow).Memory; !m.Empty.IsZero() {
		t.Errorf("the queue is empty since %s, and has messages", m.Empty)
	}
	for name, in := range map[string]Input{
		"it begins":             pendingRun(tasks(aTask(time.Minute, TaskCompleted, 1))),
		"after a restart":       startingRun(both(forgotten, tasks(aTask(time.Minute, TaskCompleted, 1)))),
		"asked for once before": startingRun(func(in *Input) { in.Memory = Memory{Unclear: true, Tries: 1, Newest: ago(time.Minute)} }),
	} {
		d := Decide(in)
		if d.Action != Start || !d.Memory.Newest.Equal(ago(time.Minute)) {
			t.Errorf("%s: %s, newest %s", name, d.Action, d.Memory.Newest)
		}
	}
}

// Within two seconds of the last write nothing is written; what needs the write waits for it, and a task that is at its limit is stopped all the same.
func TestWritesAreApart(t *testing.T) {
	for name, c := range map[string]struct {
		in     Input
		action Action
	}{
		"to begin":                         {pendingRun(as), Wait},
		"numbers":                          {runningRun(as), Wait},
		"the end":                          {runningRun(tasks(aTask(4*time.Second, TaskCompleted, 100))), Wait},
		"a stop that is to be told before": {runningRun(watching(121, 0)), Wait},
		"a stop at the limit":              {runningRun(limited(40)), Cancel},
		"a stop for the deletion":          {runningRun(deleted), Cancel},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Memory.Written = ago(betweenWrites / 2)
			d := Decide(c.in)
			if d.Action != c.action {
				t.Errorf("%s, want %s", d.Action, c.action)
			}
			if diff := cmp.Diff(c.in.Status, d.Status); diff != "" {
				t.Errorf("written:\n%s", diff)
			}
			if d.After <= 0 || d.After > betweenWrites/2 {
				t.Errorf("again after %s", d.After)
			}
			c.in.Memory.Written = ago(betweenWrites)
			if diff := cmp.Diff(c.in.Status, Decide(c.in).Status); diff == "" {
				t.Error("not written after two seconds either")
			}
		})
	}
}
