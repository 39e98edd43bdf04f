package controller

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// What comes back ends a run.

// watched is a run that watches for what comes back.
func watched(rate int32, ratio v1alpha1.Ratio) func(*v1alpha1.RedriveSpec) {
	return func(s *v1alpha1.RedriveSpec) { s.MaxMessagesPerSecond, s.HaltOnReturnRatio = &rate, ratio }
}

// consume takes messages out of the queue for a time, every second: of each ten the first so many fail, and come back as dead letters; the others are
// deleted.
func (w *quickWorld) consume(d time.Duration, failing int) {
	w.t.Helper()
	url := w.hands().url(quickMain)
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); w.pass(time.Second) {
		for {
			out, err := w.hands().sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
			messages := mustDo(w, out, err).Messages
			if len(messages) == 0 {
				break
			}
			for i, m := range messages {
				if i >= failing {
					out, err := w.hands().sqs.DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
					mustDo(w, out, err)
				}
			}
		}
	}
}

func TestReturnLoopIsHalted(t *testing.T) {
	for name, test := range map[string]struct {
		letters, failing int
		ratio            v1alpha1.Ratio
		cancelled        bool
	}{
		"while it runs":                  {3000, 10, "0.5", true},
		"after it":                       {100, 10, "0.5", true},
		"a part of them":                 {3000, 8, "0.5", true},
		"more than there were, by moves": {100, 10, "1", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := withDeadLetters(t, test.letters, asItIs)
			rd := w.redrive("fix", watched(10, test.ratio))
			w.consume(10*time.Minute, test.failing)
			w.saysSo(rd, v1alpha1.RedriveFailed, v1alpha1.ReasonMessagesReturned, "came back", "mend the consumer")
			if got := w.taskStatus(quickDLQ) == "CANCELLED"; got != test.cancelled {
				t.Errorf("the task is %s", w.taskStatus(quickDLQ))
			}
			if rd.Status.MessagesReturned <= 0 || len(rd.Finalizers) > 0 {
				t.Errorf("%+v, finalizers %v", rd.Status, rd.Finalizers)
			}
			if n := w.told("Warning MessagesReturned"); n != 1 {
				t.Errorf("told %d times: %v", n, w.events)
			}
			if n := w.holds(quickDLQ); n == 0 {
				t.Error("nothing is left in the dead-letter queue")
			}
		})
	}
}

// A few that fail again, or few messages at all, halt nothing.
func TestFewReturnsHaltNothing(t *testing.T) {
	for name, test := range map[string]struct {
		letters, failing int
		observes         bool
	}{
		"a tenth of many": {1000, 1, true},
		"all of few":      {15, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := withDeadLetters(t, test.letters, asItIs)
			w.pass(time.Minute)
			rd := w.redrive("fix", watched(50, "0.5"))
			observed := false
			for range 120 {
				w.consume(time.Second, test.failing)
				w.reread(rd)
				observed = observed || rd.Status.State == v1alpha1.RedriveObserving
			}
			w.saysSo(rd, v1alpha1.RedriveSucceeded, v1alpha1.ReasonMoved)
			if observed != test.observes {
				t.Errorf("observed %t", observed)
			}
		})
	}
}

// What comes back once the move is over is seen within observeFor, by another operator too, and counts.
func TestReturnsAreWatchedForAfterTheMove(t *testing.T) {
	for name, restart := range map[string]bool{"": false, "another operator": true} {
		t.Run(name, func(t *testing.T) {
			w := withDeadLetters(t, 100, asItIs)
			rd := w.redrive("fix", func(s *v1alpha1.RedriveSpec) {
				watched(500, "0.5")(s)
				s.ObserveFor = "10m"
			})
			w.until(rd, v1alpha1.RedriveObserving, time.Minute)
			if left := rd.Status.ObserveUntil.Sub(w.clock.Now()); left < 9*time.Minute || left > 10*time.Minute {
				t.Errorf("observed for %s more", left)
			}
			two := w.redrive("two", func(*v1alpha1.RedriveSpec) {})
			w.saysSo(two, v1alpha1.RedrivePending, v1alpha1.ReasonAnotherRedrive, "Redrive fix")
			w.pass(5 * time.Minute)
			if restart {
				w.restart()
			}
			w.die(quickMain)
			w.pass(2 * time.Minute)
			w.saysSo(rd, v1alpha1.RedriveFailed, v1alpha1.ReasonMessagesReturned, "about 100 of 100")
			w.until(two, v1alpha1.RedriveSucceeded, time.Minute)
		})
	}
}
