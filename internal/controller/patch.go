package controller

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// patchStatus writes the status of object where it differs from base, which must be as it was read. It fails on a conflict.
func (s *Shared) patchStatus(ctx context.Context, known *remembered, base, object client.Object) error {
	if equality.Semantic.DeepEqual(base, object) {
		known.untold = untold{}
		return nil
	}
	patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
	if err := s.Status().Patch(ctx, object, patch); err != nil {
		return fmt.Errorf("patching the status of %s: %w", client.ObjectKeyFromObject(object), err)
	}
	known.object, known.untold = object.DeepCopyObject().(client.Object), untold{}
	return nil
}

// ensureFinalizer puts the finalizer on, by a patch of the metadata alone.
func (s *Shared) ensureFinalizer(ctx context.Context, known *remembered, object client.Object) error {
	base := object.DeepCopyObject().(client.Object)
	if !controllerutil.AddFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	if err := s.Patch(ctx, object, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("adding the finalizer to %s: %w", client.ObjectKeyFromObject(object), err)
	}
	known.object = object.DeepCopyObject().(client.Object)
	return nil
}

// releaseFinalizer takes the finalizer off; the object may go. It is remembered so until it has gone, for the cache may show it as it was.
func (s *Shared) releaseFinalizer(ctx context.Context, known *remembered, object client.Object) error {
	base := object.DeepCopyObject().(client.Object)
	if !controllerutil.RemoveFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	err := s.Patch(ctx, object, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("taking the finalizer off %s: %w", client.ObjectKeyFromObject(object), err)
	}
	known.object = object.DeepCopyObject().(client.Object)
	return nil
}
