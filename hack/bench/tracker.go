package main

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/testenv"
)

// tracker follows the objects of a namespace, and the accounts, by watches.
type tracker struct {
	mu sync.Mutex
	// ready says of every object that there is whether it is Ready in its present generation.
	ready map[string]bool
	// seen is the generation that the object's conditions speak of.
	seen map[string]int64
}

// track watches until the context ends.
func track(ctx context.Context, env *testenv.Env, namespace string) (*tracker, error) {
	c, err := cache.New(env.Config, cache.Options{
		Scheme: env.Scheme, DefaultNamespaces: map[string]cache.Config{namespace: {}}, DefaultTransform: cache.TransformStripManagedFields(),
	})
	if err != nil {
		return nil, fmt.Errorf("watching the objects: %w", err)
	}
	t := &tracker{ready: map[string]bool{}, seen: map[string]int64{}}
	for _, kind := range []client.Object{&v1alpha1.AWSAccount{}, &v1alpha1.MessagingTopology{}, &v1alpha1.ConsumerQueue{}} {
		informer, err := c.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err != nil {
			return nil, fmt.Errorf("watching the objects: %w", err)
		}
		if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    func(o any) { t.note(o) },
			UpdateFunc: func(_, o any) { t.note(o) },
			DeleteFunc: t.forget,
		}); err != nil {
			return nil, fmt.Errorf("watching the objects: %w", err)
		}
	}
	go func() { _ = c.Start(ctx) }() // ends with the context
	if !c.WaitForCacheSync(ctx) {
		return nil, fmt.Errorf("watching the objects: %w", context.Cause(ctx))
	}
	return t, nil
}

func (t *tracker) note(o any) {
	conditions, observed := statusOf(o)
	object := o.(client.Object)
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[keyOf(object)] = observed
	t.ready[keyOf(object)] = observed == object.GetGeneration() && ready != nil && ready.Status == metav1.ConditionTrue
}

func (t *tracker) forget(o any) {
	if last, ok := o.(toolscache.DeletedFinalStateUnknown); ok {
		o = last.Obj
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ready, keyOf(o.(client.Object)))
}

// countReady counts the objects of a kind that are Ready with conditions of this generation or a later one.
func countReady[T client.Object](t *tracker, objects []T, generation int64) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, o := range objects {
		if key := keyOf(o); t.ready[key] && t.seen[key] >= generation {
			n++
		}
	}
	return n
}

// countGone counts the objects that do not exist.
func countGone[T client.Object](t *tracker, objects []T) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, o := range objects {
		if _, exists := t.ready[keyOf(o)]; !exists {
			n++
		}
	}
	return n
}

func keyOf(o client.Object) string {
	return fmt.Sprintf("%T/%s/%s", o, o.GetNamespace(), o.GetName())
}

func statusOf(o any) ([]metav1.Condition, int64) {
	switch o := o.(type) {
	case *v1alpha1.AWSAccount:
		return o.Status.Conditions, o.Status.ObservedGeneration
	case *v1alpha1.MessagingTopology:
		return o.Status.Conditions, o.Status.ObservedGeneration
	case *v1alpha1.ConsumerQueue:
		return o.Status.Conditions, o.Status.ObservedGeneration
	default:
		return nil, 0
	}
}
