package controller

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/redrive"
	"github.com/skein-dev/skein/internal/status"
)

// RedriveReconciler carries out Redrives.
type RedriveReconciler struct{ *Shared }

// +kubebuilder:rbac:groups=messaging.skein.dev,resources=redrives,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=redrives/status,verbs=patch

func (r *RedriveReconciler) setUp(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).Named("redrive").For(&v1alpha1.Redrive{}, builder.WithPredicates(specChanged()))
	return r.complete(b, r.watches(), r)
}

// watches are the objects whose changes concern Redrives.
func (r *RedriveReconciler) watches() []watch {
	return []watch{
		{&v1alpha1.Redrive{}, r.redrivesOfRedrive, turnChanged()},
		{&v1alpha1.ConsumerQueue{}, r.redrivesOfConsumer, claimsChanged()},
		{&v1alpha1.AWSAccount{}, r.unfinishedRedrives, accountChanged()},
		{&corev1.Namespace{}, r.redrivesOfNamespace, labelsChanged()},
	}
}

// Reconcile takes one Redrive a step further.
func (r *RedriveReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	rd := &v1alpha1.Redrive{}
	known, err := r.read(ctx, req, rd)
	if known == nil {
		if err == nil {
			r.claims.leave(req.NamespacedName)
		}
		return ctrl.Result{}, err
	}
	rd = latest(known, rd).DeepCopy()
	if !rd.DeletionTimestamp.IsZero() && !hasFinalizer(rd) {
		r.claims.leave(req.NamespacedName)
		return ctrl.Result{}, nil
	}
	in, c, failure, err := r.gather(ctx, known, rd)
	if err != nil {
		return ctrl.Result{}, err
	}
	decision := redrive.Decide(in)
	if !redrive.Active(decision.Status.State) && decision.Action != redrive.Start {
		defer r.claims.leave(req.NamespacedName)
	}
	if err := r.record(ctx, known, rd, decision); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.act(ctx, known, rd, decision, c); err != nil {
		return ctrl.Result{}, err
	}
	if failure != nil {
		return ctrl.Result{}, failure
	}
	if decision.After <= 0 && !rd.Finished() {
		decision.After = jitter(DefaultResync)
	}
	return ctrl.Result{RequeueAfter: decision.After}, nil
}

// record writes what was decided, before it is done: first the finalizer where a task may run from now on, last off again where none does.
func (r *RedriveReconciler) record(ctx context.Context, known *remembered, rd *v1alpha1.Redrive, d redrive.Decision) error {
	known.run = d.Memory
	if d.Holds && rd.DeletionTimestamp.IsZero() {
		if err := r.ensureFinalizer(ctx, known, rd); err != nil {
			return err
		}
	}
	if d.Action == redrive.Release || d.Action == redrive.Remove {
		return nil
	}
	base := rd.DeepCopy()
	rd.Status = d.Status
	if err := r.patchStatus(ctx, known, base, rd); err != nil {
		return err
	}
	if base.ResourceVersion != rd.ResourceVersion {
		known.run.Written = r.Clock.Now()
		r.emit(rd, status.Events(status.Look{}, base.Status.Conditions, rd.Status.Conditions))
	}
	if !d.Holds && rd.DeletionTimestamp.IsZero() {
		return r.releaseFinalizer(ctx, known, rd)
	}
	return nil
}

// act does what was decided.
func (r *RedriveReconciler) act(ctx context.Context, known *remembered, rd *v1alpha1.Redrive, d redrive.Decision, c *cloud.Client) error {
	switch d.Action {
	case redrive.Start:
		var rate int32
		if rd.Spec.MaxMessagesPerSecond != nil {
			rate = *rd.Spec.MaxMessagesPerSecond
		}
		f := fault.As(c.StartMoveTask(ctx, rd.Status.SourceARN, rd.Status.DestinationARN, rate))
		words := ""
		if f != nil {
			words = status.Words(f)
		}
		known.run = known.run.Answer(f, words)
	case redrive.Copy:
		r.copySlice(ctx, known, rd, d, c)
	case redrive.Cancel:
		f := fault.As(c.CancelMoveTask(ctx, rd.Status.SourceARN, d.Handle))
		if f != nil && f.Class != fault.Conflict {
			var failure error
			known.run.Stuck, failure = hindrance(f)
			return failure
		}
		known.run.Stuck = nil
	case redrive.Release:
		if d.Note != "" {
			r.emit(rd, []status.Event{{Type: corev1.EventTypeWarning, Reason: "Released", Action: "Release", Message: d.Note}})
		}
		r.claims.leave(client.ObjectKeyFromObject(rd))
		return r.releaseFinalizer(ctx, known, rd)
	case redrive.Remove:
		return client.IgnoreNotFound(r.Delete(ctx, rd, client.Preconditions{UID: &rd.UID}))
	}
	return nil
}

// hindrance makes an obstacle of a fault of AWS; failure is what the work queue backs off from.
func hindrance(f *fault.Error) (o *redrive.Obstacle, failure error) {
	passing := f.Class == fault.Retry || f.Class == fault.Throttled || f.Class == fault.Conflict
	reason := f.Reason
	if reason == "" {
		reason = v1alpha1.ReasonAWSError
	}
	return &redrive.Obstacle{Reason: reason, Message: status.Words(f), Passing: passing}, f
}

// unusable makes an obstacle of what keeps an account from being used.
func unusable(found *status.Finding) (o *redrive.Obstacle, failure error) {
	o = &redrive.Obstacle{Reason: found.Reason, Message: found.Message, Beyond: found.Reason == v1alpha1.ReasonAccountNotFound}
	if found.Retry {
		failure = errors.New(found.Message)
	}
	return o, failure
}
