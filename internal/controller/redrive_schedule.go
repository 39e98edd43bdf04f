package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// The schedule of deadLetter.redrive, as part of a ConsumerQueue's reconcile: it needs Kubernetes alone, and is written with the one status patch.

// +kubebuilder:rbac:groups=messaging.skein.dev,resources=redrives,verbs=get;list;watch;create;delete

// scheduled is what a reconcile has decided about the schedule.
type scheduled struct {
	redrive.ScheduleDecision
	// failed: nothing is to be written, for the next try decides again.
	failed bool
}

// schedule decides what deadLetter.redrive asks for now, and makes the Redrive that is due.
func (r *ConsumerQueueReconciler) schedule(ctx context.Context, cq *v1alpha1.ConsumerQueue, sharedBy []*v1alpha1.ConsumerQueue, now time.Time) (scheduled, error) {
	runs, err := r.scheduledRuns(ctx, cq)
	if err != nil {
		return scheduled{failed: true}, err
	}
	out := scheduled{ScheduleDecision: redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Serves: len(sharedBy) > 0, Runs: runs, Now: now})}
	if out.Create == nil {
		return out, nil
	}
	ours, err := r.createRun(ctx, cq, out.Create)
	if err != nil {
		return scheduled{failed: true}, err
	}
	if !ours {
		out.Refused()
	}
	return out, nil
}

// scheduledRuns are the Redrives that a ConsumerQueue controls. One that the status knows and the cache does not may have been made a moment ago.
func (r *ConsumerQueueReconciler) scheduledRuns(ctx context.Context, cq *v1alpha1.ConsumerQueue) ([]v1alpha1.Redrive, error) {
	var list v1alpha1.RedriveList
	if err := r.List(ctx, &list, client.InNamespace(cq.Namespace), client.MatchingFields{indexRuns: string(cq.UID)}); err != nil {
		return nil, fmt.Errorf("listing the Redrives of ConsumerQueue %s/%s: %w", cq.Namespace, cq.Name, err)
	}
	if cq.Status.Redrive == nil || cq.Status.Redrive.Active == "" {
		return list.Items, nil
	}
	name := cq.Status.Redrive.Active
	if slices.ContainsFunc(list.Items, func(run v1alpha1.Redrive) bool { return run.Name == name }) {
		return list.Items, nil
	}
	run := &v1alpha1.Redrive{}
	switch err := r.reader.Get(ctx, types.NamespacedName{Namespace: cq.Namespace, Name: name}, run); {
	case apierrors.IsNotFound(err):
	case err != nil:
		return nil, fmt.Errorf("reading Redrive %s/%s: %w", cq.Namespace, name, err)
	case metav1.IsControlledBy(run, cq):
		list.Items = append(list.Items, *run)
	}
	return list.Items, nil
}

// createRun makes a Redrive that the ConsumerQueue controls, if it is not there. It says whether the one of that name is the ConsumerQueue's.
func (r *ConsumerQueueReconciler) createRun(ctx context.Context, cq *v1alpha1.ConsumerQueue, run *v1alpha1.Redrive) (bool, error) {
	if err := controllerutil.SetControllerReference(cq, run, r.Scheme()); err != nil {
		return false, fmt.Errorf("setting the owner of Redrive %s/%s: %w", run.Namespace, run.Name, err)
	}
	err := r.Create(ctx, run, client.FieldOwner(fieldManager))
	if apierrors.IsAlreadyExists(err) {
		existing := &v1alpha1.Redrive{}
		if err = r.reader.Get(ctx, client.ObjectKeyFromObject(run), existing); err == nil {
			return metav1.IsControlledBy(existing, cq), nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("making Redrive %s/%s: %w", run.Namespace, run.Name, err)
	}
	return true, nil
}

// problem is what of the schedule cannot be used; nil where all can.
func (s scheduled) problem(build topology.ConsumerOutput) []status.Finding {
	if s.Invalid == "" {
		return nil
	}
	return []status.Finding{{Reason: v1alpha1.ReasonInvalidSpec, Stalled: true, Message: fmt.Sprintf("queue/%s: spec.%s", build.Names.MainName, s.Invalid)}}
}

// write puts the schedule into a status that is about to be written.
func (s scheduled) write(cq *v1alpha1.ConsumerQueue, now time.Time) {
	if !s.failed {
		status.Schedule(&cq.Status, s.Status, s.Halted, cq.Generation, now)
	}
}

// scheduleEvents tell of what happened to the schedule since a status was read.
func scheduleEvents(cq *v1alpha1.ConsumerQueue, before *v1alpha1.ConsumerQueueStatus) []status.Event {
	return status.ScheduleEvents(func(due time.Time) string { return redrive.RunName(cq.Name, due) }, before, &cq.Status)
}

// wake is when the ConsumerQueue is reconciled again: at the latest when its next run is due.
func (s scheduled) wake(result ctrl.Result, now time.Time) ctrl.Result {
	if !s.Next.IsZero() {
		result.RequeueAfter = min(result.RequeueAfter, max(s.Next.Sub(now), time.Second/10))
	}
	return result
}

// deleteRuns deletes Redrives, those that are meant and no later ones of their names.
func (r *ConsumerQueueReconciler) deleteRuns(ctx context.Context, runs []v1alpha1.Redrive) error {
	var failures []error
	for i := range runs {
		run := &runs[i]
		err := r.Delete(ctx, run, client.Preconditions{UID: &run.UID}, client.PropagationPolicy(metav1.DeletePropagationBackground))
		if client.IgnoreNotFound(err) != nil {
			failures = append(failures, fmt.Errorf("deleting Redrive %s/%s: %w", run.Namespace, run.Name, err))
		}
	}
	return errors.Join(failures...)
}

// stopRuns deletes the active Redrives of a ConsumerQueue that is being deleted: Kubernetes would collect them only when the ConsumerQueue has gone, which
// waits until no task moves its messages. A suspended one changes nothing in AWS, so they go on.
func (r *ConsumerQueueReconciler) stopRuns(ctx context.Context, cq *v1alpha1.ConsumerQueue) error {
	if cq.Spec.Suspend {
		return nil
	}
	runs, err := r.scheduledRuns(ctx, cq)
	if err != nil {
		return err
	}
	return r.deleteRuns(ctx, slices.DeleteFunc(runs, func(run v1alpha1.Redrive) bool { return run.Finished() || !run.DeletionTimestamp.IsZero() }))
}
