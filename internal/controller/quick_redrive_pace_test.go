package controller

import (
	"fmt"
	"math"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// written is a Redrive's status as it was written at a time.
type written struct {
	at     time.Time
	status v1alpha1.RedriveStatus
}

// recorded gathers what is written to the status of Redrives from now on.
func (w *quickWorld) recorded() *[]written {
	var out []written
	wake := w.wrote
	w.wrote = func(before, after client.Object) {
		a, isRedrive := after.(*v1alpha1.Redrive)
		if isRedrive && before != nil && !equality.Semantic.DeepEqual(before.(*v1alpha1.Redrive).Status, a.Status) {
			out = append(out, written{w.clock.Now(), a.Status})
		}
		wake(before, after)
	}
	return &out
}

// A backlog of 10,000 moves at the rate that was asked for, as AWS and as the status have it, with few writes and numbers that only grow.
func TestRedriveKeepsItsRate(t *testing.T) {
	const backlog = 10_000
	for _, rate := range []int32{50, 500} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			w := withDeadLetters(t, backlog, asItIs)
			w.pass(time.Minute)
			writes := w.recorded()
			w.aws.ResetCalls()
			began := w.clock.Now()
			rd := w.redrive("fix", atRate(rate))
			w.until(rd, v1alpha1.RedriveSucceeded, 10*time.Minute)
			if rd.Status.MessagesMoved != backlog || w.holds(quickMain) != backlog {
				t.Fatalf("%d messages moved by the status, and the queue has %d", rd.Status.MessagesMoved, w.holds(quickMain))
			}
			last := written{at: began}
			for _, now := range *writes {
				if gap := now.at.Sub(last.at); last.status.State != "" && gap < 2*time.Second {
					t.Errorf("two writes within %s", gap)
				}
				if now.status.MessagesMoved < last.status.MessagesMoved || now.status.Progress < last.status.Progress {
					t.Errorf("%d moved (%d%%) after %d (%d%%)", now.status.MessagesMoved, now.status.Progress, last.status.MessagesMoved, last.status.Progress)
				}
				if now.status.State == v1alpha1.RedriveRunning {
					within(t, "the rate of the status", float64(now.status.MessagesMoved)/now.at.Sub(now.status.TaskStartTime.Time).Seconds(), float64(rate))
				}
				last = now
			}
			within(t, "the rate of the run", backlog/last.at.Sub(began).Seconds(), float64(rate))
			if n := len(*writes); n < 4 || n > 40 {
				t.Errorf("%d writes in %s", n, last.at.Sub(began))
			}
			if n := w.called("ListMessageMoveTasks"); n > 40 {
				t.Errorf("AWS was asked %d times in %s", n, last.at.Sub(began))
			}
		})
	}
}

// within holds a number to 5 % of another.
func within(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > want/20 {
		t.Errorf("%s is %.1f, want %.1f within 5%%", what, got, want)
	}
}
