package plan

import (
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
