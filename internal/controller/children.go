package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// fieldManager of what Skein applies.
const fieldManager = "skein"

// children are the ConsumerQueues that a topology controls.
func (r *MessagingTopologyReconciler) children(ctx context.Context, mt *v1alpha1.MessagingTopology) ([]v1alpha1.ConsumerQueue, error) {
	var list v1alpha1.ConsumerQueueList
	if err := r.List(ctx, &list, client.InNamespace(mt.Namespace), client.MatchingFields{indexController: mt.Name}); err != nil {
		return nil, fmt.Errorf("listing the inline consumers of %s/%s: %w", mt.Namespace, mt.Name, err)
	}
	return slices.DeleteFunc(list.Items, func(q v1alpha1.ConsumerQueue) bool { return !metav1.IsControlledBy(&q, mt) }), nil
}

// applyChildren makes the inline consumers as declared, and deletes those that left the spec. Findings tell what is in the way.
func (r *MessagingTopologyReconciler) applyChildren(ctx context.Context, mt *v1alpha1.MessagingTopology, build topology.TopologyOutput) ([]status.Finding, error) {
	existing, err := r.children(ctx, mt)
	if err != nil {
		return nil, err
	}
	keep := sets.New(build.HeldChildren...)
	var findings []status.Finding
	for i := range build.Children {
		desired := &build.Children[i]
		keep.Insert(desired.Name)
		if err := controllerutil.SetControllerReference(mt, desired, r.Scheme()); err != nil {
			return nil, fmt.Errorf("setting the owner of ConsumerQueue %s: %w", desired.Name, err)
		}
		finding, err := r.applyChild(ctx, mt, desired)
		if err != nil {
			return nil, err
		}
		if finding != nil {
			findings = append(findings, *finding)
		}
	}
	for i := range existing {
		child := &existing[i]
		if keep.Has(child.Name) || !child.DeletionTimestamp.IsZero() {
			continue
		}
		if err := r.Delete(ctx, child, client.Preconditions{UID: &child.UID}); client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("deleting ConsumerQueue %s/%s: %w", child.Namespace, child.Name, err)
		}
	}
	return findings, nil
}

// applyChild makes one inline consumer as declared.
func (r *MessagingTopologyReconciler) applyChild(ctx context.Context, mt *v1alpha1.MessagingTopology, desired *v1alpha1.ConsumerQueue) (*status.Finding, error) {
	child := &v1alpha1.ConsumerQueue{}
	err := r.Get(ctx, client.ObjectKeyFromObject(desired), child)
	if apierrors.IsNotFound(err) {
		child = desired.DeepCopy()
		if err = r.Create(ctx, child, client.FieldOwner(fieldManager)); err == nil {
			return nil, nil
		}
		if apierrors.IsAlreadyExists(err) {
			err = r.reader.Get(ctx, client.ObjectKeyFromObject(desired), child)
		}
	}
	if err != nil {
		return refusedChild(desired, err)
	}
	switch {
	case !metav1.IsControlledBy(child, mt):
		return &status.Finding{Reason: v1alpha1.ReasonNameTaken, Stalled: true, Message: fmt.Sprintf(
			"ConsumerQueue %s/%s exists and is not controlled by this topology, so it is left alone; rename the consumer, or delete that object", child.Namespace, child.Name)}, nil
	case !child.DeletionTimestamp.IsZero():
		return &status.Finding{Reason: v1alpha1.ReasonConsumersNotReady, Message: fmt.Sprintf(
			"ConsumerQueue %s/%s is being deleted; it is made anew when it is gone", child.Namespace, child.Name)}, nil
	case sameJSON(child.Spec, desired.Spec):
		return nil, nil
	}
	if err := r.ownByApply(ctx, child); err != nil {
		return nil, err
	}
	if err := r.applyServerSide(ctx, desired); err != nil {
		return refusedChild(desired, err)
	}
	return nil, nil
}

// refusedChild turns the apiserver's refusal of a spec into a finding: an immutable field, say, which the topology's own rules cannot see.
func refusedChild(desired *v1alpha1.ConsumerQueue, err error) (*status.Finding, error) {
	if apierrors.IsInvalid(err) {
		return &status.Finding{Reason: v1alpha1.ReasonInvalidSpec, Stalled: true, Message: fmt.Sprintf(
			"spec.consumers: ConsumerQueue %s/%s is refused: %v", desired.Namespace, desired.Name, err)}, nil
	}
	return nil, fmt.Errorf("applying ConsumerQueue %s/%s: %w", desired.Namespace, desired.Name, err)
}

// ownByApply turns the field ownership that Create gave into one of Apply: otherwise fields that leave the declaration would stay for ever.
// It comes before the first change, not after Create, where it would race with the child's own reconcile.
func (r *MessagingTopologyReconciler) ownByApply(ctx context.Context, child *v1alpha1.ConsumerQueue) error {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(child, sets.New(fieldManager), fieldManager)
	if err != nil || len(patch) == 0 {
		return err
	}
	if err := r.Patch(ctx, child, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		return fmt.Errorf("taking over the fields of ConsumerQueue %s/%s: %w", child.Namespace, child.Name, err)
	}
	return nil
}

func (r *MessagingTopologyReconciler) applyServerSide(ctx context.Context, desired *v1alpha1.ConsumerQueue) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(desired)
	if err != nil {
		return err
	}
	u := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(u.Object, "status")
	unstructured.RemoveNestedField(u.Object, "metadata", "creationTimestamp")
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(topology.OwnerConsumerQueue))
	return r.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(fieldManager), client.ForceOwnership)
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
