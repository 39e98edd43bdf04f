package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// quickKube is a Kubernetes in memory: controller-runtime's fake client takes the writes, with what an apiserver adds (UIDs, generations, timestamps
// by the world's clock, garbage collection), and a cache of what was written answers the reads, as it does in the operator. It can fail a write.
type quickKube struct {
	client.Client
	now func() time.Time
	// wrote is told of each object that was written, before and after; before is nil at its creation, after when it has gone.
	wrote func(before, after client.Object)
	// cache has the objects by kind and name, index the operator's indexes by kind and field; found has the keys of a kind's objects, and those by
	// kind, field and value.
	cache map[string]client.Object
	index map[string]map[string]client.IndexerFunc
	found map[string]map[string]bool
	uids  int
	// failAt is the number of writes until one fails; 0 for never. refuses, where it is not nil, says of each write whether it fails.
	failAt  int
	refuses func() bool
}

var errInjected = errors.New("the apiserver went away")

// IndexField implements client.FieldIndexer.
func (k *quickKube) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	kind := fmt.Sprintf("%T", o)
	if k.index[kind] == nil {
		k.index[kind] = map[string]client.IndexerFunc{}
	}
	k.index[kind][field] = values
	return nil
}

func newQuickKube(now func() time.Time) *quickKube {
	k := &quickKube{
		now: now, wrote: func(client.Object, client.Object) {}, cache: map[string]client.Object{},
		index: map[string]map[string]client.IndexerFunc{}, found: map[string]map[string]bool{},
	}
	if err := addIndexes(context.Background(), k); err != nil {
		panic(err)
	}
	scheme := Scheme()
	k.Client = fake.NewClientBuilder().WithScheme(scheme).
		WithObjectTracker(clienttesting.NewObjectTracker(scheme, serializer.NewCodecFactory(scheme).UniversalDecoder())).
		WithStatusSubresource(&v1alpha1.AWSAccount{}, &v1alpha1.MessagingTopology{}, &v1alpha1.ConsumerQueue{}, &v1alpha1.Redrive{}).
		WithInterceptorFuncs(interceptor.Funcs{
			Get: k.get, List: k.list, Create: k.create, Delete: k.delete, Update: k.update, Patch: k.patch, SubResourcePatch: k.patchStatus,
		}).Build()
	return k
}

func (k *quickKube) get(_ context.Context, _ client.WithWatch, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	o.SetNamespace(key.Namespace)
	o.SetName(key.Name)
	cached := k.cache[memoryKey(o)]
	if cached == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: fmt.Sprintf("%T", o)}, key.String())
	}
	switch o := o.(type) {
	case *v1alpha1.AWSAccount:
		cached.(*v1alpha1.AWSAccount).DeepCopyInto(o)
	case *v1alpha1.MessagingTopology:
		cached.(*v1alpha1.MessagingTopology).DeepCopyInto(o)
	case *v1alpha1.ConsumerQueue:
		cached.(*v1alpha1.ConsumerQueue).DeepCopyInto(o)
	case *v1alpha1.Redrive:
		cached.(*v1alpha1.Redrive).DeepCopyInto(o)
	case *corev1.ConfigMap:
		cached.(*corev1.ConfigMap).DeepCopyInto(o)
	case *corev1.Secret:
		cached.(*corev1.Secret).DeepCopyInto(o)
	case *corev1.Namespace:
		cached.(*corev1.Namespace).DeepCopyInto(o)
	default:
		return fmt.Errorf("reading a %T", o)
	}
	return nil
}

func (k *quickKube) list(_ context.Context, _ client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
	o := client.ListOptions{}
	o.ApplyOptions(opts)
	switch list := list.(type) {
	case *v1alpha1.AWSAccountList:
		list.Items = listed(k, o, (*v1alpha1.AWSAccount).DeepCopy)
	case *v1alpha1.MessagingTopologyList:
		list.Items = listed(k, o, (*v1alpha1.MessagingTopology).DeepCopy)
	case *v1alpha1.ConsumerQueueList:
		list.Items = listed(k, o, (*v1alpha1.ConsumerQueue).DeepCopy)
	case *v1alpha1.RedriveList:
		list.Items = listed(k, o, (*v1alpha1.Redrive).DeepCopy)
	case *corev1.ConfigMapList:
		list.Items = listed(k, o, (*corev1.ConfigMap).DeepCopy)
	default:
		return fmt.Errorf("listing a %T", list)
	}
	return nil
}

// listed are the cached objects of a kind that the options let through, by name.
func listed[T any](k *quickKube, o client.ListOptions, clone func(*T) *T) []T {
	under := fmt.Sprintf("%T", new(T))
	if o.FieldSelector != nil {
		r := o.FieldSelector.Requirements()[0]
		under += " " + r.Field + " " + r.Value
	}
	var out []T
	for _, key := range slices.Sorted(maps.Keys(k.found[under])) {
		if o.Namespace == "" || k.cache[key].GetNamespace() == o.Namespace {
			out = append(out, *clone(k.cache[key].(any).(*T)))
		}
	}
	return out
}

// store puts an object into the cache in place of what was there; nil takes that out.
func (k *quickKube) store(key string, before, after client.Object) {
	for _, o := range []client.Object{before, after} {
		if o == nil {
			continue
		}
		kind := fmt.Sprintf("%T", o)
		under := []string{kind}
		for field, values := range k.index[kind] {
			for _, value := range values(o) {
				under = append(under, kind+" "+field+" "+value)
			}
		}
		for _, name := range under {
			if k.found[name] == nil {
				k.found[name] = map[string]bool{}
			}
			if delete(k.found[name], key); o == after {
				k.found[name][key] = true
			}
		}
	}
	if delete(k.cache, key); after != nil {
		k.cache[key] = after
	}
}

// fails counts a write, and fails the one that is to fail.
func (k *quickKube) fails() error {
	if k.refuses != nil && k.refuses() {
		return errInjected
	}
	if k.failAt--; k.failAt == 0 {
		return errInjected
	}
	k.failAt = max(k.failAt, 0)
	return nil
}

// written puts what was written into the cache and tells of it; an object that has gone takes its ConfigMaps and Redrives with it.
func (k *quickKube) written(ctx context.Context, c client.Client, o client.Object, gone bool) {
	key := memoryKey(o)
	before := k.cache[key]
	if !gone {
		k.store(key, before, o.DeepCopyObject().(client.Object))
		k.wrote(before, k.cache[key])
		return
	}
	k.store(key, before, nil)
	k.wrote(before, nil)
	for _, config := range listed(k, client.ListOptions{}, (*corev1.ConfigMap).DeepCopy) {
		if metav1.IsControlledBy(&config, before) {
			_ = c.Delete(ctx, &config)
			k.store(memoryKey(&config), &config, nil)
		}
	}
	for _, run := range listed(k, client.ListOptions{}, (*v1alpha1.Redrive).DeepCopy) {
		if metav1.IsControlledBy(&run, before) {
			_ = k.delete(ctx, c.(client.WithWatch), &run)
		}
	}
}

func (k *quickKube) create(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
	if err := k.fails(); err != nil {
		return err
	}
	k.uids++
	o.SetUID(types.UID(fmt.Sprintf("uid-%04d", k.uids)))
	o.SetGeneration(1)
	o.SetCreationTimestamp(metav1.NewTime(k.now()))
	if err := c.Create(ctx, o, opts...); err != nil {
		return err
	}
	k.written(ctx, c, o, false)
	return nil
}

func (k *quickKube) delete(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
	if err := k.fails(); err != nil {
		return err
	}
	if err := c.Delete(ctx, o, opts...); err != nil {
		return err
	}
	left := o.DeepCopyObject().(client.Object)
	err := c.Get(ctx, client.ObjectKeyFromObject(o), left)
	if err == nil && k.cache[memoryKey(o)].GetDeletionTimestamp() == nil {
		left.SetDeletionTimestamp(&metav1.Time{Time: k.now()})
	}
	k.dated(left)
	k.written(ctx, c, left, err != nil)
	return nil
}

// dated gives an object the time of its deletion by the world's clock: the fake client has it by real time.
func (k *quickKube) dated(o client.Object) {
	if cached := k.cache[memoryKey(o)]; cached != nil && cached.GetDeletionTimestamp() != nil {
		o.SetDeletionTimestamp(cached.GetDeletionTimestamp())
	}
}

func (k *quickKube) update(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
	return k.change(ctx, c, o, func() error { return c.Update(ctx, o, opts...) })
}

func (k *quickKube) patch(ctx context.Context, c client.WithWatch, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
	return k.change(ctx, c, o, func() error { return c.Patch(ctx, o, patch, opts...) })
}

func (k *quickKube) patchStatus(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
	return k.change(ctx, c, o, func() error { return c.SubResource(sub).Patch(ctx, o, patch, opts...) })
}

// change runs a write, and counts the generation on where the spec has changed. Without its last finalizer a terminating object goes.
func (k *quickKube) change(ctx context.Context, c client.Client, o client.Object, write func() error) error {
	if err := k.fails(); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	before := k.cache[memoryKey(o)]
	k.dated(o)
	gone := before.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) == 0
	if !gone && !equality.Semantic.DeepEqual(specOf(before), specOf(o)) {
		o.SetGeneration(before.GetGeneration() + 1)
		real := o.DeepCopyObject().(client.Object)
		if err := c.Get(ctx, client.ObjectKeyFromObject(o), real); err != nil {
			return err
		}
		real.SetGeneration(o.GetGeneration())
		if err := c.Update(ctx, real); err != nil {
			return err
		}
		o.SetResourceVersion(real.GetResourceVersion())
	}
	k.written(ctx, c, o, gone)
	return nil
}

func specOf(o client.Object) any {
	switch o := o.(type) {
	case *v1alpha1.AWSAccount:
		return o.Spec
	case *v1alpha1.MessagingTopology:
		return o.Spec
	case *v1alpha1.ConsumerQueue:
		return o.Spec
	case *v1alpha1.Redrive:
		return o.Spec
	default:
		return nil
	}
}
