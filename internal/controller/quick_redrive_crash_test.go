package controller

import (
	"fmt"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// The answer to a start is lost, with or without its effect, with the operator or without it.
func TestRedriveWhoseStartGetsNoAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		fault   localaws.Fault
		restart bool
		adopted bool
	}{
		"lost with its effect":                       {localaws.Fault{AfterEffect: true, DropConnection: true}, false, true},
		"lost with its effect, code":                 {localaws.Fault{AfterEffect: true, Code: "Lost"}, false, true},
		"lost with its effect, operator too":         {localaws.Fault{AfterEffect: true, DropConnection: true}, true, true},
		"lost without effect":                        {localaws.Fault{DropConnection: true}, false, false},
		"internal error without effect":              {localaws.Fault{Code: "InternalError"}, false, false},
		"lost without effect, operator too":          {localaws.Fault{DropConnection: true}, true, false},
		"answered, and the operator dies right then": {localaws.Fault{}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := withDeadLetters(t, 40, asItIs)
			n := 0
			w.fault = func(c localaws.Call) localaws.Fault {
				if c.Operation != "StartMessageMoveTask" || n > 0 {
					return localaws.Fault{}
				}
				n++
				return test.fault
			}
			rd := w.redrive("fix", atRate(10))
			if test.restart {
				w.restart()
			}
			w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
			if rd.Status.Adopted != test.adopted || rd.Status.MessagesMoved != 40 {
				t.Errorf("adopted %t, moved %d", rd.Status.Adopted, rd.Status.MessagesMoved)
			}
			if tasks := len(w.tasks(quickDLQ)); tasks != 1 || w.holds(quickMain) != 40 {
				t.Errorf("%d tasks, and %d messages", tasks, w.holds(quickMain))
			}
		})
	}
}

// A task that finished before the intent is not taken for the run's own, however shortly before.
func TestRedriveAfterALostAnswerTakesNoEarlierTask(t *testing.T) {
	w := withDeadLetters(t, 10, asItIs)
	w.startByHand(10)
	w.pass(2 * time.Second)
	w.send(quickMain, 10)
	w.die(quickMain)
	w.fault = func(c localaws.Call) localaws.Fault {
		return localaws.Fault{DropConnection: c.Operation == "StartMessageMoveTask" && len(w.tasks(quickDLQ)) == 1 && w.once("lost")}
	}
	rd := w.redrive("fix", atRate(10))
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	if n := len(w.tasks(quickDLQ)); n != 2 || rd.Status.MessagesMoved != 20 {
		t.Errorf("%d tasks, moved %d", n, rd.Status.MessagesMoved)
	}
}

// The operator dies at each of its writes to Kubernetes, or around each of its calls: there is one task, and every message arrives once.
func TestRedriveSurvivesTheOperatorsDeathAtEveryStep(t *testing.T) {
	for _, kind := range []string{"write to Kubernetes", "call before its effect", "call after its effect"} {
		for nth := 1; nth <= 14; nth++ {
			t.Run(fmt.Sprintf("%s %d", kind, nth), func(t *testing.T) {
				w := withDeadLetters(t, 60, asItIs)
				w.dies(kind, nth)
				rd := w.redrive("fix", atRate(10))
				w.until(rd, v1alpha1.RedriveSucceeded, 2*time.Minute)
				if n := len(w.tasks(quickDLQ)); n != 1 || w.holds(quickMain) != 60 || w.holds(quickDLQ) != 0 {
					t.Errorf("%d tasks; the queue has %d messages, the dead-letter queue %d", n, w.holds(quickMain), w.holds(quickDLQ))
				}
				w.pass(time.Minute)
				if w.reread(rd); rd.Status.MessagesMoved != 60 || len(rd.Finalizers) > 0 {
					t.Errorf("moved %d, finalizers %v", rd.Status.MessagesMoved, rd.Finalizers)
				}
			})
		}
	}
}

// The operator dies while it cancels a run that is being deleted.
func TestRedriveBeingDeletedSurvivesTheOperatorsDeathAtEveryStep(t *testing.T) {
	for _, kind := range []string{"write to Kubernetes", "call before its effect", "call after its effect"} {
		for nth := 1; nth <= 6; nth++ {
			t.Run(fmt.Sprintf("%s %d", kind, nth), func(t *testing.T) {
				w := withDeadLetters(t, 600, asItIs)
				rd := w.redrive("fix", atRate(10))
				w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
				w.dies(kind, nth)
				w.delete(rd)
				w.pass(time.Minute)
				w.absent(rd)
				if tasks := w.tasks(quickDLQ); len(tasks) != 1 || *tasks[0].Status != "CANCELLED" {
					t.Errorf("the tasks are %+v", tasks)
				}
				if n := w.holds(quickMain) + w.holds(quickDLQ); n != 600 {
					t.Errorf("%d messages are left", n)
				}
			})
		}
	}
}

// AWS says no to the start in words that nobody knows: it is not asked all the time, and the Redrive says so until it works.
func TestRedriveWhoseStartGetsAnOddAnswer(t *testing.T) {
	w := withDeadLetters(t, 40, asItIs)
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation != "StartMessageMoveTask" {
			return localaws.Fault{}
		}
		return localaws.Fault{Code: "Odd", Message: "not on this day", Status: 400}
	}
	rd := w.redrive("fix", atRate(10))
	w.pass(10 * time.Minute)
	w.reread(rd)
	w.saysSo(rd, v1alpha1.RedriveStarting, v1alpha1.ReasonAWSError, "not on this day")
	if n := w.called("StartMessageMoveTask"); n < 4 || n > 10 {
		t.Errorf("AWS was asked %d times in ten minutes", n)
	}
	w.fault = nil
	w.until(rd, v1alpha1.RedriveSucceeded, 6*time.Minute)
	if n := w.holds(quickMain); n != 40 {
		t.Errorf("the queue has %d messages", n)
	}
}
