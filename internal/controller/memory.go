package controller

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/redrive"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// memory is what the process knows of objects beyond their status; a restart starts it afresh.
type memory struct {
	mu     sync.Mutex
	byName map[string]*remembered
}

// remembered is the memory of one object; only its own reconcile uses it.
type remembered struct {
	uid types.UID
	// object as it was after the last patch, to be used until the cache has caught up.
	object client.Object
	// desired is the fingerprint of what was wanted at the last look.
	desired string
	// look is the last look at AWS, and next when another one is due.
	look status.Look
	next time.Time
	// outdated: a Redrive has moved messages since the last look.
	outdated bool
	// announced is the inventory with the adoptions of the last look; nil if they are on record, or if there are none.
	announced topology.Inventory
	// unrecorded is the inventory as a look left it that changed AWS, until a status has it; nil if one does.
	unrecorded topology.Inventory
	// untold are drift that was set back and the steps that succeeded, as long as no status tells of them.
	untold untold
	// history of reads by resource key.
	history map[string]topology.History
	// identity of an account when it was last checked.
	identity cloud.Identity
	// run is what is known of a Redrive's run.
	run redrive.Memory
	// copied is what a Redrive that copies knows of messages.
	copied *cloud.CopyRun
	// waits counts looks in a row that ended waiting for something else.
	waits int
}

// inventory is what was set last: what a status has on record, or what it could not be given because the object changed meanwhile, say.
func (r *remembered) inventory(recorded topology.Inventory) topology.Inventory {
	if r.unrecorded != nil {
		return r.unrecorded
	}
	return recorded
}

func newMemory() *memory { return &memory{byName: map[string]*remembered{}} }

// memoryKey tells objects of all kinds apart.
func memoryKey(o client.Object) string { return fmt.Sprintf("%T %s", o, client.ObjectKeyFromObject(o)) }

// of gives the memory of an object; one of the same name before it is forgotten.
func (m *memory) of(o client.Object) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.byName[memoryKey(o)]
	if r == nil || r.uid != o.GetUID() {
		r = &remembered{uid: o.GetUID(), history: map[string]topology.History{}}
		m.byName[memoryKey(o)] = r
	}
	return r
}

func (m *memory) forget(o client.Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byName, memoryKey(o))
}

// read gets the object of a request, with what is remembered of it: nothing where the object is gone.
func (s *Shared) read(ctx context.Context, req ctrl.Request, object client.Object) (*remembered, error) {
	err := s.Get(ctx, req.NamespacedName, object)
	if err == nil {
		return s.memory.of(object), nil
	}
	if apierrors.IsNotFound(err) {
		object.SetNamespace(req.Namespace)
		object.SetName(req.Name)
		s.memory.forget(object)
	}
	return nil, client.IgnoreNotFound(err)
}

// latest gives the newer of the cached object and the one of our own last patch, so that no reconcile starts from a status older than that.
func latest[T client.Object](r *remembered, cached T) T {
	own, ok := r.object.(T)
	if !ok {
		return cached
	}
	if order, err := resourceversion.CompareResourceVersion(cached.GetResourceVersion(), own.GetResourceVersion()); err == nil && order < 0 {
		return own.DeepCopyObject().(T)
	}
	r.object = nil
	return cached
}
