package controller

import (
	"errors"
	"math/rand/v2"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
)

// schedule says when the next look is due, and remembers it. A fault that may pass comes back as an error, so that the work queue backs off.
func schedule(known *remembered, look status.Look, resync time.Duration, now time.Time) (ctrl.Result, error) {
	known.look = look.Kept()
	if err := retry(look); err != nil {
		known.next = time.Time{}
		return ctrl.Result{}, err
	}
	next := now.Add(jitter(resync))
	dependent := false
	for _, s := range look.Plan.Steps {
		switch {
		case s.Action != plan.Wait && (s.Action != plan.Adopt || look.Suspended):
			// Of a suspended object nothing is taken over at the next look.
		case s.Until.IsZero():
			dependent = true
		case s.Until.Before(next):
			next = s.Until
		}
	}
	for _, o := range look.Result.Outcomes {
		if o.Fault != nil && o.Fault.Class == fault.Wait {
			if at := waitFrom(known.history[o.Step.Resource.Key].Different[""], o.Fault.After, now); at.Before(next) {
				next = at
			}
		}
	}
	known.waits++
	if !dependent {
		known.waits = 0
	} else if at := now.Add(waitFor(known.waits)); at.Before(next) {
		next = at
	}
	known.next = next
	if dependent {
		// Whatever wakes the object may be what it waits for.
		known.next = time.Time{}
	}
	return ctrl.Result{RequeueAfter: max(next.Sub(now), time.Second/10)}, nil
}

// rest says when an object is reconciled again: after a look as its schedule has it, otherwise when the next look is due. A failure of Kubernetes,
// which the status tells already, comes back as an error, so that the work queue backs off.
func rest(known *remembered, looked bool, failure error, resync time.Duration, now time.Time) (ctrl.Result, error) {
	result, err := ctrl.Result{RequeueAfter: known.next.Sub(now)}, error(nil)
	if looked {
		result, err = schedule(known, known.look, resync, now)
	}
	if err = errors.Join(err, failure); err != nil {
		return ctrl.Result{}, err
	}
	return result, nil
}

// waitFrom says when a fault is over that lasts so long from its cause on: the cause was there when it was first seen, else it may have come just now.
// Where it should be over and is not, it may be any moment.
func waitFrom(seen time.Time, after time.Duration, now time.Time) time.Time {
	switch at := seen.Add(after); {
	case seen.IsZero():
		return now.Add(after)
	case !at.After(now):
		return now.Add(plan.SecondReadAfter)
	default:
		return at
	}
}

// waitFor is how long to wait for something that Kubernetes need not announce: 5 s, then twice as long each time, up to 5 minutes.
func waitFor(n int) time.Duration {
	d := 5 * time.Second << min(n-1, 6)
	return min(d, lastBackoff)
}

// retry gives the fault that the work queue is to back off from, or nil.
func retry(look status.Look) error {
	if look.Fault != nil && look.Fault.Class != fault.Terminal && look.Fault.Class != fault.Wait {
		return look.Fault
	}
	for _, o := range look.Result.Outcomes {
		if o.Fault != nil && o.Fault.Class != fault.Terminal && o.Fault.Class != fault.Wait {
			return o.Fault
		}
	}
	return nil
}

// jitter spreads re-checks over the last tenth of the period, so that objects made together are not looked at together for ever.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d/10)+1))
}
