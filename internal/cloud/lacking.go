package cloud

import (
	"maps"
	"slices"
	"sync"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// tagsField stands for all tags among what AWS may lack.
const tagsField = "Tags"

// lacking remembers, for one client and region, what AWS was found not to have: attributes by kind of resource, and tags. It is learned
// from refusals that name it; a new process learns it anew.
type lacking struct {
	mu     sync.Mutex
	fields map[topology.Kind]map[string]bool
	// tagged are the kinds of which tags were read: AWS has them, whatever it says later.
	tagged map[topology.Kind]bool
}

func (l *lacking) has(k topology.Kind, field string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fields[k][field]
}

// add is false for tags that were read before: their refusal has another cause, and whose a resource is must not hang on it.
func (l *lacking) add(k topology.Kind, field string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if field == tagsField && l.tagged[k] {
		return false
	}
	if l.fields == nil {
		l.fields = map[topology.Kind]map[string]bool{}
	}
	if l.fields[k] == nil {
		l.fields[k] = map[string]bool{}
	}
	l.fields[k][field] = true
	return true
}

// hasTags notes that tags of a kind were read.
func (l *lacking) hasTags(k topology.Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tagged == nil {
		l.tagged = map[topology.Kind]bool{}
	}
	l.tagged[k] = true
}

func (l *lacking) remove(k topology.Kind, field string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.fields[k], field)
}

// list is sorted.
func (l *lacking) list(k topology.Kind) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.fields[k]))
}

// shownAlways are attributes that SQS shows of every queue, or with true of every FIFO queue (recorded case test_set_queue_attributes_default_values):
// where it does not it does not have them.
var shownAlways = map[string]bool{"SqsManagedSseEnabled": false, "DeduplicationScope": true, "FifoThroughputLimit": true}

// ofQueue lists what AWS does not have for a queue of which it shows all attributes. One that is shown is there again.
func (l *lacking) ofQueue(attributes map[string]string) []string {
	out := slices.DeleteFunc(l.list(topology.KindQueue), func(name string) bool {
		_, shown := attributes[name]
		if shown {
			l.remove(topology.KindQueue, name)
		}
		return shown
	})
	if attributes["VisibilityTimeout"] == "" {
		return out
	}
	for name, fifoOnly := range shownAlways {
		if _, shown := attributes[name]; !shown && (!fifoOnly || attributes["FifoQueue"] == "true") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// having leaves out the attributes that AWS does not have here.
func (w *work) having(attributes map[string]string) map[string]string {
	out := maps.Clone(attributes)
	maps.DeleteFunc(out, func(name, value string) bool {
		return w.services.lacking.has(w.step.Resource.Kind, name) && dispensable(w.step.Resource.Kind, name, value)
	})
	return out
}

// tags are those to put on, none where AWS has no tags here.
func (w *work) tags() map[string]string {
	if w.services.lacking.has(w.step.Resource.Kind, tagsField) {
		return nil
	}
	return w.step.Tags
}

func dispensable(k topology.Kind, name, value string) bool {
	a, _ := topology.FindAttribute(k, name)
	return a.Dispensable(value)
}

// without makes a call again as long as AWS refuses it only for attributes, or tags, that it does not have here and that can be done without.
// The call sends what having and tags leave of these.
func (w *work) without(attributes, tags map[string]string, make func() error) error {
	k, tagged := w.step.Resource.Kind, false
	for {
		err := make()
		f := fault.As(err)
		if f == nil {
			return nil
		}
		name := unknownAttribute(f, attributes)
		value, sent := attributes[name]
		switch {
		case sent && !w.services.lacking.has(k, name) && dispensable(k, name, value):
			w.services.lacking.add(k, name)
		case sent && name == "FilterPolicyScope":
			return scopeRefused(f)
		case isUnknownOperation(f) && len(tags) > 0 && len(w.tags()) > 0 && w.services.lacking.add(k, tagsField):
			tagged = true
		default:
			if tagged {
				w.services.lacking.remove(k, tagsField)
			}
			return err
		}
	}
}

// scopeRefused: without the scope a filter policy would look at attributes in place of the body, so it is not made at all.
func scopeRefused(f *fault.Error) error {
	said := *f
	said.Class, said.Reason = fault.Terminal, v1alpha1.ReasonInvalidFilterPolicy
	said.Message += "; AWS has no FilterPolicyScope here, and without it the filter policy would look at message attributes: use filterPolicyScope MessageAttributes"
	return &said
}

// note tells what of the step's fields AWS does not have here, and takes it from what stands.
func (w *work) note() {
	k := w.step.Resource.Kind
	for field, value := range w.step.Fields {
		name, _ := topology.CutField(field)
		if !w.services.lacking.has(k, name) || name != tagsField && !dispensable(k, name, value) {
			continue
		}
		delete(w.outcome.Applied, field)
		if !slices.Contains(w.outcome.Lacking, name) {
			w.outcome.Lacking = append(w.outcome.Lacking, name)
		}
	}
	slices.Sort(w.outcome.Lacking)
}
