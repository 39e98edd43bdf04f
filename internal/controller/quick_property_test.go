package controller

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Whatever was edited, changed by hand, deleted, made again, restarted and lost on the way: once quiet, AWS is as if the last specs had been applied
// to an empty account, what is not Skein's is untouched, and nothing is written any more.
func TestPropertyAnyHistoryEndsAsTheLastSpec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newQuickHistory(t)
		h.begin()
		for range index(t, "steps", 24) {
			h.step()
		}
		h.ends(t)
	})
}

// ends brings a history to rest and checks what it came to.
func (h *quickHistory) ends(t quickTB) {
	t.Helper()
	h.failAt = 0
	for _, o := range h.objects() {
		h.manageAs(o, v1alpha1.Management{})
	}
	h.turn()
	h.fault = nil
	h.settleReferences()
	h.quiet()
	h.leaveTopics()
	h.quiet()
	h.everyoneReady()
	h.foreignKept()
	fresh := h.last(t)
	fresh.everyoneReady()
	if diff := cmp.Diff(h.comparable(fresh, fresh.hands().everything()), h.comparable(fresh, h.hands().everything())); diff != "" {
		t.Errorf("AWS (-empty account +after this history):\n%s\n%s", diff, h.describe())
	}
	h.resetWrites()
	h.pass(2*quickResync + time.Minute)
	h.noWrites("a look later")
	h.restart()
	h.turn()
	h.noWrites("a restart later")
}

// comparable is what AWS holds, without what may differ:
//   - what others put there, which foreignKept compares;
//   - what was released by Retain: a resource that the last specs do not have stays, and of one that they have again only the managed fields count,
//     for nobody remembers what else was set on it;
//   - an undelivered queue with its alarm, which comes with the first subscription and stays when the last one has gone;
//   - whether AWS shows a default (shownOnceSet).
func (h *quickHistory) comparable(fresh *quickWorld, all map[string]map[string]string) map[string]map[string]string {
	managed, undelivered := fresh.managed(), fresh.sparedUndelivered()
	for resource, fields := range all {
		if strings.HasSuffix(resource, "/theirs") || undelivered[resource] || h.released[resource] && managed[resource] == nil {
			delete(all, resource)
			continue
		}
		delete(fields, "Tags[theirs]")
		delete(fields, "OKActions")
		delete(fields, "Policy[Theirs]")
		maps.DeleteFunc(fields, func(field, value string) bool { return value == shownOnceSet[field] })
		if h.released[resource] {
			maps.DeleteFunc(fields, func(field, _ string) bool { return !slices.Contains(managed[resource], field) })
		}
	}
	return all
}

// shownOnceSet are attributes that AWS shows once they have been set and that cannot be taken away, only set to the default; and those whose
// emptiness is the same as their absence.
var shownOnceSet = map[string]string{"TracingConfig": "PassThrough", "FifoThroughputScope": "Topic"}

// managed are the fields that the inventories have, by resource.
func (w *quickWorld) managed() map[string][]string {
	out := map[string][]string{}
	for _, o := range w.objects() {
		for _, row := range rowsOf(o) {
			out[quickResource(o, row)] = slices.Collect(maps.Keys(row.Fields))
		}
	}
	return out
}

// sparedUndelivered are the undelivered queues, with their alarms, of consumers that have one by their spec, and no subscription.
func (w *quickWorld) sparedUndelivered() map[string]bool {
	out := map[string]bool{}
	for _, o := range w.objects() {
		if cq, ok := o.(*v1alpha1.ConsumerQueue); ok && len(cq.Spec.Subscriptions) == 0 {
			main, _, name := topology.QueueNames(cq)
			out["queue/"+name], out["alarm/"+main+"-undelivered-not-empty"] = true, true
		}
	}
	return out
}

// once tells the first of each.
type once struct {
	mu   sync.Mutex
	seen map[string]bool
}

func newOnce() *once { return &once{seen: map[string]bool{}} }

func (o *once) first(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.seen[key]
	o.seen[key] = true
	return !before
}
