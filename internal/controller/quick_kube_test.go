package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// quickKube is a Kubernetes in memory: controller-runtime's fake client with what an apiserver adds (UIDs, generations, timestamps by the world's
// clock, garbage collection), which counts writes and can fail one.
type quickKube struct {
	client.Client
	now func() time.Time
	// wrote is told of each object that was written, before and after; before is nil at its creation, after when it has gone.
	wrote func(before, after client.Object)
	// deletedAt are the deletions by UID: the fake client has them by real time.
	deletedAt map[types.UID]metav1.Time
	uids      int
	// failAt is the number of writes until one fails; 0 for never.
	failAt int
}

var errInjected = errors.New("the apiserver went away")

// indexing lets addIndexes add to a builder what it adds to a cache.
type indexing struct{ *fake.ClientBuilder }

func (i indexing) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(o, field, values)
	return nil
}

func newQuickKube(now func() time.Time) *quickKube {
	k := &quickKube{now: now, wrote: func(client.Object, client.Object) {}, deletedAt: map[types.UID]metav1.Time{}}
	scheme := Scheme()
	b := fake.NewClientBuilder().WithScheme(scheme).
		WithObjectTracker(clienttesting.NewObjectTracker(scheme, serializer.NewCodecFactory(scheme).UniversalDecoder())).
		WithStatusSubresource(&v1alpha1.AWSAccount{}, &v1alpha1.MessagingTopology{}, &v1alpha1.ConsumerQueue{}).
		WithInterceptorFuncs(interceptor.Funcs{
			Get: k.get, List: k.list, Create: k.create, Delete: k.delete, Update: k.update, Patch: k.patch, SubResourcePatch: k.patchStatus,
		})
	if err := addIndexes(context.Background(), indexing{b}); err != nil {
		panic(err)
	}
	k.Client = b.Build()
	return k
}

func (k *quickKube) get(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	err := c.Get(ctx, key, o, opts...)
	k.dated(o)
	return err
}

func (k *quickKube) list(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
	err := c.List(ctx, list, opts...)
	switch list := list.(type) {
	case *v1alpha1.ConsumerQueueList:
		for i := range list.Items {
			k.dated(&list.Items[i])
		}
	case *v1alpha1.MessagingTopologyList:
		for i := range list.Items {
			k.dated(&list.Items[i])
		}
	}
	return err
}

// dated gives an object the time of its deletion by the world's clock.
func (k *quickKube) dated(o client.Object) {
	if at, ok := k.deletedAt[o.GetUID()]; ok && o.GetDeletionTimestamp() != nil {
		o.SetDeletionTimestamp(&at)
	}
}

// fails counts a write, and fails the one that is to fail.
func (k *quickKube) fails() error {
	if k.failAt--; k.failAt == 0 {
		return errInjected
	}
	k.failAt = max(k.failAt, 0)
	return nil
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
	k.wrote(nil, o)
	return nil
}

func (k *quickKube) delete(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
	if err := k.fails(); err != nil {
		return err
	}
	before := o.DeepCopyObject().(client.Object)
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), before); err != nil {
		return err
	}
	if before.GetDeletionTimestamp() == nil {
		k.deletedAt[before.GetUID()] = metav1.NewTime(k.now())
	}
	if err := c.Delete(ctx, o, opts...); err != nil {
		return err
	}
	return k.written(ctx, c, before, o)
}

func (k *quickKube) update(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
	return k.change(ctx, c, o, func() error { return c.Update(ctx, o, opts...) })
}

func (k *quickKube) patch(ctx context.Context, c client.WithWatch, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
	return k.change(ctx, c, o, func() error { return c.Patch(ctx, o, patch, opts...) })
}

// change runs a write of something else than the status, and counts the generation on where the spec has changed.
func (k *quickKube) change(ctx context.Context, c client.WithWatch, o client.Object, write func() error) error {
	if err := k.fails(); err != nil {
		return err
	}
	before := o.DeepCopyObject().(client.Object)
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), before); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	if !equality.Semantic.DeepEqual(specOf(before), specOf(o)) {
		o.SetGeneration(before.GetGeneration() + 1)
		if err := c.Update(ctx, o); err != nil {
			return err
		}
	}
	k.dated(o)
	return k.written(ctx, c, before, o)
}

func (k *quickKube) patchStatus(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
	if err := k.fails(); err != nil {
		return err
	}
	before := o.DeepCopyObject().(client.Object)
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), before); err != nil {
		return err
	}
	if err := c.SubResource(sub).Patch(ctx, o, patch, opts...); err != nil {
		return err
	}
	k.dated(o)
	k.wrote(before, o)
	return nil
}

// written tells of a write, and collects the garbage of an object that has gone.
func (k *quickKube) written(ctx context.Context, c client.Client, before, o client.Object) error {
	after := o.DeepCopyObject().(client.Object)
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), after); err == nil {
		k.dated(after)
		k.wrote(before, after)
		return nil
	}
	k.wrote(before, nil)
	var maps corev1.ConfigMapList
	var queues v1alpha1.ConsumerQueueList
	if err := errors.Join(c.List(ctx, &maps), c.List(ctx, &queues)); err != nil {
		return err
	}
	for i := range maps.Items {
		if metav1.IsControlledBy(&maps.Items[i], before) {
			_ = c.Delete(ctx, &maps.Items[i])
		}
	}
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
	default:
		return nil
	}
}
