package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// fieldManager of the inline consumers.
const fieldManager = "skein"

// children are the ConsumerQueues that a topology controls.
func (r *MessagingTopologyReconciler) children(ctx context.Context, mt *v1alpha1.MessagingTopology) ([]v1alpha1.ConsumerQueue, error) {
	var list v1alpha1.ConsumerQueueList
	if err := r.List(ctx, &list, client.InNamespace(mt.Namespace), client.MatchingFields{indexController: mt.Name}); err != nil {
		return nil, fmt.Errorf("listing the inline consumers of %s/%s: %w", mt.Namespace, mt.Name, err)
	}
	return slices.DeleteFunc(list.Items, func(q v1alpha1.ConsumerQueue) bool { return !metav1.IsControlledBy(&q, mt) }), nil
}

// applyChildren makes the inline consumers as declared, and deletes those that left the spec. What is in the way of one does not hold up the others:
// findings tell of it, and the error joins what to try again.
func (r *MessagingTopologyReconciler) applyChildren(ctx context.Context, mt *v1alpha1.MessagingTopology, build topology.TopologyOutput) ([]status.Finding, error) {
	existing, err := r.children(ctx, mt)
	if err != nil {
		return nil, err
	}
	var findings []status.Finding
	var failures []error
	note := func(finding *status.Finding, err error) {
		if finding != nil {
			findings = append(findings, *finding)
		}
		failures = append(failures, err)
	}
	keep := sets.New(build.HeldChildren...)
	for i := range build.Children {
		desired := &build.Children[i]
		keep.Insert(desired.Name)
		note(r.applyChild(ctx, mt, desired))
	}
	for i := range existing {
		if child := &existing[i]; !keep.Has(child.Name) {
			note(r.dropChild(ctx, mt, child))
		}
	}
	return findings, errors.Join(failures...)
}

// applyChild makes one inline consumer as declared. The finding and the error are as refusedChild gives them.
func (r *MessagingTopologyReconciler) applyChild(ctx context.Context, mt *v1alpha1.MessagingTopology, desired *v1alpha1.ConsumerQueue) (*status.Finding, error) {
	child, err := r.createChild(ctx, mt, desired)
	if err != nil {
		return refusedChild(err)
	}
	switch {
	case !metav1.IsControlledBy(child, mt):
		return &status.Finding{Reason: v1alpha1.ReasonNameTaken, Stalled: true, Message: fmt.Sprintf(
			"ConsumerQueue %s/%s exists and is not controlled by this topology, so it is left alone; rename the consumer, or delete that object", child.Namespace, child.Name)}, nil
	case !child.DeletionTimestamp.IsZero():
		_, err := refusedChild(r.deleteChild(ctx, child, desired.Spec))
		return &status.Finding{Reason: v1alpha1.ReasonConsumersNotReady, Message: fmt.Sprintf(
			"ConsumerQueue %s/%s is being deleted; it is made anew when it is gone", child.Namespace, child.Name)}, err
	}
	if err := r.annotateChild(ctx, child, desired.Annotations); err != nil {
		return refusedChild(err)
	}
	return refusedChild(r.replaceSpec(ctx, child, desired.Spec))
}

// annotateChild puts the annotations of an inline consumer's topology on it; others stay.
func (r *MessagingTopologyReconciler) annotateChild(ctx context.Context, child *v1alpha1.ConsumerQueue, annotations map[string]string) error {
	base := child.DeepCopy()
	for k, v := range annotations {
		metav1.SetMetaDataAnnotation(&child.ObjectMeta, k, v)
	}
	if maps.Equal(base.Annotations, child.Annotations) {
		return nil
	}
	if err := r.Patch(ctx, child, client.MergeFrom(base), client.FieldOwner(fieldManager)); err != nil {
		return fmt.Errorf("annotating ConsumerQueue %s/%s: %w", child.Namespace, child.Name, err)
	}
	return nil
}

// dropChild deletes an inline consumer that left the spec. While the topology is suspended it is suspended too instead, for a deletion cannot be
// taken back; afterwards nothing says any more that it is suspended, so that it may go.
func (r *MessagingTopologyReconciler) dropChild(ctx context.Context, mt *v1alpha1.MessagingTopology, child *v1alpha1.ConsumerQueue) (*status.Finding, error) {
	spec := child.Spec.DeepCopy()
	spec.Suspend = mt.Spec.Suspend
	if !mt.Spec.Suspend {
		return refusedChild(r.deleteChild(ctx, child, *spec))
	}
	if err := r.replaceSpec(ctx, child, *spec); err != nil {
		return refusedChild(err)
	}
	return &status.Finding{Reason: v1alpha1.ReasonSuspended, Message: fmt.Sprintf(
		"spec.suspend is true, so ConsumerQueue %s/%s, which left spec.consumers, is not deleted; set spec.suspend to false to let that be done", child.Namespace, child.Name)}, nil
}

// createChild gives the ConsumerQueue of desired's name, made if there was none. Whose it is, is for the caller to see.
func (r *MessagingTopologyReconciler) createChild(ctx context.Context, mt *v1alpha1.MessagingTopology, desired *v1alpha1.ConsumerQueue) (*v1alpha1.ConsumerQueue, error) {
	child := &v1alpha1.ConsumerQueue{}
	err := r.Get(ctx, client.ObjectKeyFromObject(desired), child)
	if apierrors.IsNotFound(err) {
		child = desired.DeepCopy()
		if err := controllerutil.SetControllerReference(mt, child, r.Scheme()); err != nil {
			return nil, fmt.Errorf("setting the owner of ConsumerQueue %s/%s: %w", desired.Namespace, desired.Name, err)
		}
		if err = r.Create(ctx, child, client.FieldOwner(fieldManager)); apierrors.IsAlreadyExists(err) {
			child = &v1alpha1.ConsumerQueue{}
			err = r.reader.Get(ctx, client.ObjectKeyFromObject(desired), child)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("making ConsumerQueue %s/%s: %w", desired.Namespace, desired.Name, err)
	}
	return child, nil
}

// replaceSpec sets the whole spec where it differs, so that fields which someone added go. It fails on a conflict: replacing the resource version, other than
// testing it, makes the apiserver compare and answer so.
func (r *MessagingTopologyReconciler) replaceSpec(ctx context.Context, child *v1alpha1.ConsumerQueue, spec v1alpha1.ConsumerQueueSpec) error {
	if sameJSON(child.Spec, spec) {
		return nil
	}
	patch, err := json.Marshal([]map[string]any{
		{"op": "replace", "path": "/metadata/resourceVersion", "value": child.ResourceVersion},
		{"op": "add", "path": "/spec", "value": spec},
	})
	if err == nil {
		err = r.Patch(ctx, child.DeepCopy(), client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(fieldManager))
	}
	if err != nil {
		return fmt.Errorf("setting the spec of ConsumerQueue %s/%s: %w", child.Namespace, child.Name, err)
	}
	return nil
}

// deleteChild deletes an inline consumer, unless that has been done; until then it gets the last word on how, and afterwards only whether it is
// suspended, and that what it has in AWS is to stay.
func (r *MessagingTopologyReconciler) deleteChild(ctx context.Context, child *v1alpha1.ConsumerQueue, last v1alpha1.ConsumerQueueSpec) error {
	if !child.DeletionTimestamp.IsZero() {
		spec := child.Spec
		spec.Suspend = last.Suspend
		if last.DeletionPolicy == v1alpha1.DeletionRetain {
			spec.DeletionPolicy = v1alpha1.DeletionRetain
		}
		return client.IgnoreNotFound(r.replaceSpec(ctx, child, spec))
	}
	if err := r.replaceSpec(ctx, child, last); client.IgnoreNotFound(err) != nil {
		return err
	}
	if err := r.Delete(ctx, child, client.Preconditions{UID: &child.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting ConsumerQueue %s/%s: %w", child.Namespace, child.Name, err)
	}
	return nil
}

// refusedChild turns what the apiserver says against a ConsumerQueue into a finding, and gives the error back where to try again may help. A spec
// that is invalid, by an immutable field, say, which the topology's own rules cannot see, wants another spec. A conflict, or an object that has gone, is no finding: the
// cache was behind, and the next try will do.
func refusedChild(err error) (*status.Finding, error) {
	switch {
	case err == nil:
		return nil, nil
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return nil, err
	case apierrors.IsInvalid(err):
		return &status.Finding{Reason: v1alpha1.ReasonInvalidSpec, Stalled: true, Message: fmt.Sprintf("spec.consumers: %v", err)}, nil
	}
	return &status.Finding{Reason: v1alpha1.ReasonConsumersNotReady, Message: err.Error()}, err
}

// sameJSON compares two values as JSON means them, so that the order of a filter policy's keys does not matter.
func sameJSON(a, b any) bool {
	var decoded [2]any
	for i, v := range []any{a, b} {
		raw, err := json.Marshal(v)
		if err != nil || json.Unmarshal(raw, &decoded[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(decoded[0], decoded[1])
}
