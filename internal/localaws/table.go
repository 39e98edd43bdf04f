package localaws

import (
	"iter"
	"slices"
	"strings"
	"time"

	"k8s.io/utils/clock"
)

// tombstoneAge is how long a deleted resource is remembered: longer than any wait that AWS imposes after a deletion.
const tombstoneAge = 10 * time.Minute

// table keeps resources by ARN, sorted, each with its recent versions. Stored values are never changed: a write stores
// a changed copy.
type table[T any] struct {
	// clock stamps the writes.
	clock clock.PassiveClock
	// asOf is the time whose state stale reads see; zero for the state before the last write. It is set for each
	// request that reads stale (lag.go).
	asOf   time.Time
	keys   []string
	rows   map[string]*row[T]
	graves []grave
	writes int
}

// grave marks a deletion, oldest first in the table.
type grave struct {
	key string
	at  time.Time
}

// row is one resource, also for a while after its deletion.
type row[T any] struct {
	history[T]
	// write is the number of the last write.
	write   int
	deleted time.Time
}

// get returns the resource, or the version of it that a stale read sees; nil where there is none.
func (t *table[T]) get(key string, stale bool) *T {
	r := t.rows[key]
	switch {
	case r == nil:
		return nil
	case !stale:
		return r.current()
	case t.asOf.IsZero():
		return r.previous()
	default:
		return r.asOf(t.asOf)
	}
}

// put stores a new resource or a changed copy of one.
func (t *table[T]) put(key string, value *T) {
	r := t.rows[key]
	if r == nil {
		if t.rows == nil {
			t.rows = map[string]*row[T]{}
		}
		r = &row[T]{}
		t.rows[key] = r
		at, _ := slices.BinarySearch(t.keys, key)
		t.keys = slices.Insert(t.keys, at, key)
	}
	t.write(r, value)
}

func (t *table[T]) write(r *row[T], value *T) {
	t.writes++
	r.history, r.write = r.add(value, t.clock.Now()), t.writes
}

// remove deletes a resource; its grave is kept for stale reads and for deletedAt.
func (t *table[T]) remove(key string, now time.Time) {
	r := t.rows[key]
	if r == nil || r.current() == nil {
		return
	}
	t.write(r, nil)
	r.deleted = now
	t.graves = append(t.graves, grave{key, now})
	for now.Sub(t.graves[0].at) > tombstoneAge {
		t.forget(t.graves[0])
		t.graves = t.graves[1:]
	}
}

// forget drops the row behind a grave, unless the resource lives again or was deleted once more.
func (t *table[T]) forget(g grave) {
	r := t.rows[g.key]
	if r == nil || r.current() != nil || !r.deleted.Equal(g.at) {
		return
	}
	delete(t.rows, g.key)
	if at, found := slices.BinarySearch(t.keys, g.key); found {
		t.keys = slices.Delete(t.keys, at, at+1)
	}
}

// deletedAt returns when the resource was deleted, if it is and that is remembered.
func (t *table[T]) deletedAt(key string) (time.Time, bool) {
	r := t.rows[key]
	if r == nil || r.current() != nil {
		return time.Time{}, false
	}
	return r.deleted, true
}

// after yields the resources whose keys begin with prefix and lie behind the key last, in order. A stale read sees
// them as of a time, or the state before the last write among those with the prefix.
func (t *table[T]) after(prefix, last string, stale bool) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		var written *row[T]
		if stale && t.asOf.IsZero() {
			written = t.lastWritten(prefix)
		}
		from, _ := slices.BinarySearch(t.keys, max(prefix, last))
		for _, key := range t.keys[from:] {
			if !strings.HasPrefix(key, prefix) {
				return
			}
			value := t.get(key, stale && (written == nil || written == t.rows[key]))
			if key != last && value != nil && !yield(key, value) {
				return
			}
		}
	}
}

// lastWritten returns the row of the last write among those whose keys begin with prefix, nil for none.
func (t *table[T]) lastWritten(prefix string) *row[T] {
	var found *row[T]
	from, _ := slices.BinarySearch(t.keys, prefix)
	for _, key := range t.keys[from:] {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		if r := t.rows[key]; found == nil || r.write > found.write {
			found = r
		}
	}
	return found
}
