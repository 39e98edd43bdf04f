package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// finalize takes the inline consumers away, then the topics out of AWS, and then the finalizer off.
func (r *MessagingTopologyReconciler) finalize(ctx context.Context, known *remembered, mt *v1alpha1.MessagingTopology) (ctrl.Result, error) {
	if !hasFinalizer(mt) {
		return ctrl.Result{}, nil
	}
	waiting, err := r.deleteChildren(ctx, mt)
	if err != nil {
		return ctrl.Result{}, err
	}
	if waiting != nil {
		return r.unresolved(ctx, known, mt, *waiting)
	}
	if mt.Spec.DeletionPolicy == v1alpha1.DeletionRetain || len(mt.Status.Resources) == 0 {
		return ctrl.Result{}, r.releaseFinalizer(ctx, known, mt)
	}
	in, use, found, err := r.loadTopology(ctx, mt)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found != nil {
		return r.unresolved(ctx, known, mt, status.Stuck(*found))
	}
	in.Inventory = known.inventory(in.Inventory)
	return r.deleteTopics(ctx, known, mt, in, use)
}

func (r *MessagingTopologyReconciler) deleteTopics(ctx context.Context, known *remembered, mt *v1alpha1.MessagingTopology, in topology.TopologyInputs, use access) (ctrl.Result, error) {
	now := r.Clock.Now()
	consumers, err := r.countConsumers(ctx, mt)
	if err != nil {
		return ctrl.Result{}, err
	}
	// The last consumer that goes is worth a look at once.
	desired := fingerprint("deleting", topologyGuards(mt), mt.Spec.Suspend, mt.Annotations[v1alpha1.AnnotationReconcileAt], consumers.Total == 0)
	if wait := known.next.Sub(now); known.desired == desired && wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	look, inventory, err := r.converge(ctx, known, job{client: use.client, resync: use.resync, fresh: true, suspended: mt.Spec.Suspend, Input: plan.Input{
		Self: owner(r.Cluster, topology.OwnerMessagingTopology, mt), Applied: in.Inventory, Guards: topologyGuards(mt), DeletedAt: mt.DeletionTimestamp.Time, Now: now,
	}})
	if err != nil {
		return ctrl.Result{}, err
	}
	known.look, known.desired = look, ""
	base := mt.DeepCopy()
	mt.Status.Resources = inventory.Status()
	mt.Status.Plan = look.Planned
	mt.Status.ObservedGeneration = mt.Generation
	finding := status.Deleting(look, meta.FindStatusCondition(mt.Status.Conditions, v1alpha1.ConditionReady), now)
	status.Unresolved(&mt.Status.Conditions, finding, mt.Generation, now)
	if err := r.patchStatus(ctx, known, base, mt); err != nil {
		return ctrl.Result{}, err
	}
	known.desired, known.unrecorded = desired, nil
	r.emit(mt, status.Events(look, base.Status.Conditions, mt.Status.Conditions))
	if len(inventory) == 0 {
		return ctrl.Result{}, r.releaseFinalizer(ctx, known, mt)
	}
	return schedule(known, look, use.resync, now)
}

// deleteChildren deletes the inline consumers and names those that are still there. With cascade=orphan it leaves them: the garbage collector
// takes their owner reference away, and they are consumers like any other then.
func (r *MessagingTopologyReconciler) deleteChildren(ctx context.Context, mt *v1alpha1.MessagingTopology) (*status.Finding, error) {
	if slices.Contains(mt.Finalizers, metav1.FinalizerOrphanDependents) {
		return nil, nil
	}
	children, err := r.children(ctx, mt)
	if err != nil {
		return nil, err
	}
	if len(children) == 0 {
		return nil, nil
	}
	if mt.Spec.Suspend && mt.Spec.DeletionPolicy != v1alpha1.DeletionRetain {
		waiting := status.SuspendedDeletion()
		return &waiting, nil
	}
	last := map[string]v1alpha1.ConsumerQueueSpec{}
	for _, child := range topology.BuildTopology(topology.TopologyInputs{Topology: mt}).Children {
		last[child.Name] = child.Spec
	}
	var names, refusals []string
	for i := range children {
		names = append(names, children[i].Name)
		spec := children[i].Spec
		spec.Suspend = mt.Spec.Suspend
		if declared, ok := last[children[i].Name]; ok {
			spec.Suspend, spec.DeletionPolicy = declared.Suspend, declared.DeletionPolicy
		}
		if err := r.deleteChild(ctx, &children[i], spec); err != nil {
			refusals = append(refusals, "; "+err.Error())
		}
	}
	return &status.Finding{Reason: v1alpha1.ReasonConsumersNotReady, Retry: len(refusals) > 0, Message: fmt.Sprintf(
		"waiting for the inline consumers %s to be deleted; their conditions say what holds them; to leave everything in AWS as it is, "+
			"set deletionPolicy: Retain here, and on those consumers that have a policy of their own%s", strings.Join(names, ", "), strings.Join(refusals, ""))}, nil
}
