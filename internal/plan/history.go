package plan

import (
	"slices"
	"time"

	"github.com/skein-dev/skein/internal/topology"
)

// ReadMessages brings the history of a queue's emptiness up to date with a reading, before Diff. The controller keeps it in memory.
// Readings count only once nothing feeds the queue any more: unsubscribed is that Fed says no.
func ReadMessages(h topology.History, r topology.Resource, unsubscribed bool, now time.Time) topology.History {
	empty := r.Kind == topology.KindQueue && r.Seen.Existence == topology.Present && holds(r) == ""
	switch {
	case !empty || !unsubscribed:
		h.EmptySince, h.EmptyReadings = time.Time{}, 0
	case h.EmptyReadings == 0:
		h.EmptySince, h.EmptyReadings = now, 1
	default:
		h.EmptyReadings++
	}
	return h
}

// ReadDifference brings the history of a difference up to date, after Apply: it lasts while the plan waits for a second reading of it, and while what
// mends it has not succeeded, so that a failed call does not start the readings anew.
func ReadDifference(h topology.History, key string, p Plan, r Result, now time.Time) topology.History {
	same := func(s Step) bool { return s.Resource.Key == key }
	waits := slices.ContainsFunc(p.Steps, func(s Step) bool { return same(s) && s.Action == Wait && s.Reading })
	failed := slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return same(o.Step) && !o.Done })
	switch {
	case !waits && !failed:
		h.DifferentSince = time.Time{}
	case waits && h.DifferentSince.IsZero():
		h.DifferentSince = now
	}
	return h
}
