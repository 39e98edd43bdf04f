package controller

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// ConsumerQueueReconciler makes AWS hold what ConsumerQueues declare.
type ConsumerQueueReconciler struct{ *Shared }

// +kubebuilder:rbac:groups=messaging.skein.dev,resources=consumerqueues,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=consumerqueues/status,verbs=patch
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=consumerqueues/finalizers,verbs=update
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=messagingtopologies;awsaccounts,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

func (r *ConsumerQueueReconciler) setUp(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).Named("consumerqueue").For(&v1alpha1.ConsumerQueue{}, builder.WithPredicates(specChanged())).
		Owns(&corev1.ConfigMap{}, builder.WithPredicates(notCreated()))
	return r.complete(b, r.watches(), r)
}

// watches are the objects whose changes concern ConsumerQueues.
func (r *ConsumerQueueReconciler) watches() []watch {
	return []watch{
		{&v1alpha1.AWSAccount{}, r.consumersOfAccount, accountChanged()},
		{&v1alpha1.MessagingTopology{}, r.consumersOfTopology, topologyChanged()},
		{&v1alpha1.ConsumerQueue{}, r.consumersOfConsumer, claimsChanged()},
		{&corev1.Namespace{}, r.consumersOfNamespace, labelsChanged()},
		{&v1alpha1.Redrive{}, r.consumersOfRedrive, movedOrOver()},
	}
}

// Reconcile brings one ConsumerQueue and AWS together.
func (r *ConsumerQueueReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	cq := &v1alpha1.ConsumerQueue{}
	outdated := r.outdated.take(req.NamespacedName)
	known, err := r.read(ctx, req, cq)
	if known == nil {
		return ctrl.Result{}, err
	}
	known.outdated = known.outdated || outdated
	cq = latest(known, cq).DeepCopy()
	if !cq.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, known, cq)
	}
	in, access, found, err := r.load(ctx, cq)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found != nil {
		return r.unresolved(ctx, known, cq, *found)
	}
	in.Inventory = known.inventory(in.Inventory)
	build := topology.BuildConsumer(in)
	if err := r.ensureFinalizer(ctx, known, cq); err != nil {
		return ctrl.Result{}, err
	}
	return r.apply(ctx, known, cq, in, build, access)
}

// apply looks at AWS where a look is due, and writes ConfigMap and status.
func (r *ConsumerQueueReconciler) apply(ctx context.Context, known *remembered, cq *v1alpha1.ConsumerQueue, in topology.ConsumerInputs,
	build topology.ConsumerOutput, access access,
) (ctrl.Result, error) {
	now := r.Clock.Now()
	base := cq.DeepCopy()
	inventory := in.Inventory
	force := cq.Annotations[v1alpha1.AnnotationReconcileAt] != cq.Status.ReconcileAt
	desired := fingerprint(wanted(build.State), build.Refusals, cq.Spec.Management, adoption(cq, cq.Spec.Management, access), build.Subscriptions, guards(cq, r.EmptySettle), access.account, access.resync)
	looked := force || known.outdated || desired != known.desired || !now.Before(known.next)
	if looked {
		if desired != known.desired {
			known.look.RefusedSince = time.Time{}
		}
		// Until the status is written, what follows is to be done again.
		known.desired = ""
		var announced topology.Inventory
		j := job{client: access.client, resync: access.resync, fresh: force, suspended: cq.Spec.Suspend, Input: plan.Input{
			Self: owner(r.Cluster, topology.OwnerConsumerQueue, cq), Want: build.State, Applied: inventory, Guards: guards(cq, r.EmptySettle), Now: now,
			Drift: plan.DriftRulesOf(cq.Spec.Management), Adoption: adoption(cq, cq.Spec.Management, access),
		}}
		j.rebuild = func(inventory topology.Inventory) topology.State {
			in.Inventory, announced = inventory, inventory
			build = topology.BuildConsumer(in)
			return build.State
		}
		j.save = func(ctx context.Context, inventory topology.Inventory) error {
			before := cq.DeepCopy()
			pinned := access.pinned()
			cq.Status.Account, cq.Status.Resources = &pinned, inventory.Status()
			cq.Status.QueueName, cq.Status.QueueARN = build.Names.MainName, build.Names.MainARN
			err := r.patchStatus(ctx, known, before, cq)
			base = cq.DeepCopy()
			return err
		}
		var err error
		if known.look, inventory, err = r.converge(ctx, known, j); err != nil {
			return ctrl.Result{}, err
		}
		known.look.Counted = cq.Status.Messages
		if known.look.Fault == nil {
			known.announced = announced
		}
	}
	if known.announced != nil {
		// As at the last look, though the adoption need not be on record: it may be suspended, or refused.
		in.Inventory = known.announced
		build = topology.BuildConsumer(in)
	}
	view := status.ConsumerView{Object: cq, Account: access.pinned(), Build: build, Look: known.look, Inventory: inventory, Now: now}
	extra, failure := r.connect(ctx, cq, status.Consumer(view))
	runs, err := r.schedule(ctx, cq, in.SharedBy, now)
	if failure = errors.Join(failure, err); failure != nil {
		extra = &status.Finding{Reason: v1alpha1.ReasonProgressing, Message: failure.Error()}
	}
	if extra != nil {
		view.Extra = append(view.Extra, *extra)
	}
	view.Extra = append(view.Extra, runs.problem(build)...)
	cq.Status = status.Consumer(view)
	runs.write(cq, now)
	cq.Status.ReconcileAt = cq.Annotations[v1alpha1.AnnotationReconcileAt]
	if err := r.patchStatus(ctx, known, base, cq); err != nil {
		return ctrl.Result{}, err
	}
	known.desired, known.unrecorded = desired, nil
	r.emit(cq, status.Events(eventful(known.look, looked), base.Status.Conditions, cq.Status.Conditions))
	r.emit(cq, status.DriftEvents(base.Status.Drift, cq.Status.Drift))
	r.emit(cq, scheduleEvents(cq, &base.Status))
	r.countDrift(eventful(known.look, looked), base.Status.Drift, cq.Status.Drift)
	result, err := rest(known, looked, failure, access.resync, now)
	if extra != nil && extra.Retry && err == nil {
		result.RequeueAfter = min(result.RequeueAfter, takenPoll)
	}
	if err = errors.Join(err, r.deleteRuns(ctx, runs.Delete)); err != nil {
		return ctrl.Result{}, err
	}
	if known.outdated {
		known.outdated = false
		result = recount(known, cq, result, now)
	}
	return runs.wake(result, now), nil
}

// eventful gives a look's events only once.
func eventful(look status.Look, looked bool) status.Look {
	if looked {
		return look
	}
	return status.Look{}
}

// again says when an object is looked at again for which nothing could be done: a watch wakes it, unless nothing announces the change.
func again(found status.Finding) (ctrl.Result, error) {
	if found.Retry {
		return ctrl.Result{}, errors.New(found.Message)
	}
	return ctrl.Result{RequeueAfter: jitter(DefaultResync)}, nil
}

// unresolved writes why nothing can be done in AWS. A watch wakes the object when that changes.
func (r *ConsumerQueueReconciler) unresolved(ctx context.Context, known *remembered, cq *v1alpha1.ConsumerQueue, found status.Finding) (ctrl.Result, error) {
	base := cq.DeepCopy()
	status.ConsumerUnresolved(&cq.Status.Conditions, found, cq.Generation, r.Clock.Now())
	cq.Status.ObservedGeneration = cq.Generation
	if err := r.patchStatus(ctx, known, base, cq); err != nil {
		return ctrl.Result{}, err
	}
	r.emit(cq, status.Events(status.Look{}, base.Status.Conditions, cq.Status.Conditions))
	known.next = r.Clock.Now()
	return again(found)
}

func guards(cq *v1alpha1.ConsumerQueue, settle time.Duration) plan.Guards {
	policy := cq.Spec.DeletionPolicy
	if policy == "" {
		policy = v1alpha1.DeletionDeleteIfEmpty
	}
	return plan.Guards{
		DeletionPolicy:    policy,
		AllowMessages:     allows(cq, v1alpha1.AnnotationAllowDeleteWithMessages),
		AllowRetentionCut: allows(cq, v1alpha1.AnnotationAllowRetentionCut),
		EmptySettle:       settle,
	}
}

func allows(o metav1.Object, annotation string) bool { return o.GetAnnotations()[annotation] == "true" }

func owner(cluster, kind string, o metav1.Object) topology.Owner {
	return topology.Owner{Cluster: cluster, Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}
}
