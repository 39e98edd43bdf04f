package plan

import (
	"maps"
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

// ReadRow notes, before Diff, when a resource that is seen for the first time was last set.
func ReadRow(h topology.History, row topology.Row) topology.History {
	if h.Applied == nil {
		h.Applied = map[string]time.Time{"": row.AppliedAt}
	}
	return h
}

// ReadWrites notes, after Apply, which fields of a resource were set. One that was made anew has all of its fields from then.
func ReadWrites(h topology.History, key string, r Result) topology.History {
	for _, o := range r.Outcomes {
		switch {
		case o.Step.Resource.Key != key:
		case o.Step.Action == Create && (o.Done || len(o.Applied) > 0):
			h.Applied = map[string]time.Time{"": r.At}
		case len(o.Applied) > 0:
			applied := maps.Clone(h.Applied)
			if applied == nil {
				applied = map[string]time.Time{}
			}
			for field := range o.Applied {
				applied[field] = r.At
			}
			h.Applied = applied
		}
	}
	return h
}
