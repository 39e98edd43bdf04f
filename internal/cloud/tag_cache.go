package cloud

import (
	"maps"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// tagCache keeps the tags of resources, and the batches of a region that confirm many at once.
type tagCache struct {
	batches *shared[string, batch]

	mu      sync.Mutex
	entries map[string]tagEntry
}

// tagEntry are the tags of one resource.
type tagEntry struct {
	tags map[string]string
	// begun is when the read began, or when the resource was made.
	begun time.Time
	// created is the CreatedTimestamp of the queue that had them; empty for topics, and until the queue was seen.
	created string
	// written: they were not read but sent with the creating call.
	written bool
	// uncertain: a call that changes them has failed, and may have had its effect; only a direct read tells.
	uncertain bool
}

// batch are the tags of everything that is tagged as this cluster's in one region, by ARN.
type batch struct {
	tags map[string]map[string]string
	// missing: the tagging API is not permitted or not there.
	missing bool
}

func newTagCache(c clock.PassiveClock) *tagCache {
	return &tagCache{batches: newShared[string, batch](c, nil), entries: map[string]tagEntry{}}
}

func (t *tagCache) get(key string) (tagEntry, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries[key]
	return e, ok
}

func (t *tagCache) put(key string, e tagEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries[key] = e
}

func (t *tagCache) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.entries, key)
}

// doubt takes tags for uncertain.
func (t *tagCache) doubt(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entries[key]
	e.uncertain = true
	t.entries[key] = e
}

// change brings kept tags up to date with a write.
func (t *tagCache) change(key string, put map[string]string, remove []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries[key]
	if !ok {
		return
	}
	e.tags = maps.Clone(e.tags)
	if e.tags == nil {
		e.tags = map[string]string{}
	}
	maps.Copy(e.tags, put)
	for _, k := range remove {
		delete(e.tags, k)
	}
	t.entries[key] = e
}
