package localaws

import "time"

const (
	// maxLag is how far a lagging read can look back: deleted resources are remembered that long.
	maxLag = tombstoneAge
	// maxVersions bounds the history of a resource. Of one that is written more often within maxLag, the oldest
	// version that is kept stands for all before it.
	maxVersions = 32
)

// history is the versions of one resource, oldest first: the current one, the one before, and those that were in
// force within maxLag of the last write.
type history[T any] []version[T]

// version is what a resource was from a time on; a nil value says that it did not exist.
type version[T any] struct {
	since time.Time
	value *T
}

// current returns the version in force, nil for none.
func (h history[T]) current() *T {
	if len(h) == 0 {
		return nil
	}
	return h[len(h)-1].value
}

// previous returns the version before the last write, nil for none.
func (h history[T]) previous() *T {
	if len(h) < 2 {
		return nil
	}
	return h[len(h)-2].value
}

// asOf returns the version that was in force at a time, nil for none.
func (h history[T]) asOf(at time.Time) *T {
	for i := len(h) - 1; i >= 0; i-- {
		if !h[i].since.After(at) {
			return h[i].value
		}
	}
	return nil
}

// add appends a version and drops those that no read will ask for again.
func (h history[T]) add(value *T, now time.Time) history[T] {
	drop := 0
	for drop+1 < len(h) && !h[drop+1].since.After(now.Add(-maxLag)) {
		drop++
	}
	drop = max(drop, len(h)+1-maxVersions)
	if drop > 0 {
		h = append(history[T]{}, h[drop:]...)
		h[0].since = time.Time{}
	}
	return append(h, version[T]{now, value})
}
