package controller

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// finalize takes an object's resources out of AWS, and then the finalizer off.
func (r *ConsumerQueueReconciler) finalize(ctx context.Context, known *remembered, cq *v1alpha1.ConsumerQueue) (ctrl.Result, error) {
	if !hasFinalizer(cq) {
		return ctrl.Result{}, nil
	}
	if cq.Spec.DeletionPolicy == v1alpha1.DeletionRetain || len(cq.Status.Resources) == 0 {
		return ctrl.Result{}, r.releaseFinalizer(ctx, known, cq)
	}
	if err := r.stopRuns(ctx, cq); err != nil {
		return ctrl.Result{}, err
	}
	in, access, found, err := r.loadDeleted(ctx, cq)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found != nil {
		return r.unresolved(ctx, known, cq, status.Stuck(*found))
	}
	if found := inUse(in); found != nil {
		return r.unresolved(ctx, known, cq, status.Stuck(*found))
	}
	in.Inventory = known.inventory(in.Inventory)
	build := topology.BuildConsumer(in)
	now := r.Clock.Now()
	desired := fingerprint("deleting", guards(cq, r.EmptySettle), cq.Spec.Suspend, cq.Annotations[v1alpha1.AnnotationReconcileAt])
	if wait := known.next.Sub(now); known.desired == desired && wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	j := job{client: access.client, resync: access.resync, suspended: cq.Spec.Suspend, Input: plan.Input{
		Self: owner(r.Cluster, topology.OwnerConsumerQueue, cq), Applied: in.Inventory, Roles: roles(build.State), Guards: guards(cq, r.EmptySettle),
		DeletedAt: cq.DeletionTimestamp.Time, Now: now,
	}}
	look, inventory, err := r.converge(ctx, known, j)
	if err != nil {
		return ctrl.Result{}, err
	}
	known.look, known.desired = look, ""
	base := cq.DeepCopy()
	cq.Status.Resources = inventory.Status()
	cq.Status.Plan = look.Planned
	view := status.ConsumerView{Object: cq, Build: build, Look: look, Now: now}
	cq.Status.Messages = status.Counts(cq.Status.Messages, view)
	status.DeadLetters(&cq.Status.Conditions, view)
	finding := status.Deleting(look, meta.FindStatusCondition(cq.Status.Conditions, v1alpha1.ConditionReady), now)
	status.Unresolved(&cq.Status.Conditions, finding, cq.Generation, now)
	cq.Status.ObservedGeneration = cq.Generation
	if err := r.patchStatus(ctx, known, base, cq); err != nil {
		return ctrl.Result{}, err
	}
	known.desired, known.unrecorded = desired, nil
	r.emit(cq, status.Events(look, base.Status.Conditions, cq.Status.Conditions))
	if len(inventory) == 0 {
		return ctrl.Result{}, r.releaseFinalizer(ctx, known, cq)
	}
	return schedule(known, look, access.resync, now)
}

// roles of the queues of a State, to delete them in the right order.
func roles(s topology.State) map[string]topology.Role {
	out := map[string]topology.Role{}
	for _, r := range s.Resources {
		out[r.Key] = r.Role
	}
	return out
}

// inUse names the ConsumerQueues that use this one as dead-letter queue, or nothing.
func inUse(in topology.ConsumerInputs) *status.Finding {
	if len(in.SharedBy) == 0 {
		return nil
	}
	by := in.SharedBy[0]
	return &status.Finding{Reason: v1alpha1.ReasonInUse, Message: fmt.Sprintf(
		"ConsumerQueue %s/%s (of %d) uses this queue as dead-letter queue; let it use another first", by.Namespace, by.Name, len(in.SharedBy))}
}
