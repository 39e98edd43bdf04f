package controller

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// MessagingTopologyReconciler makes AWS hold what MessagingTopologies declare.
type MessagingTopologyReconciler struct{ *Shared }

// +kubebuilder:rbac:groups=messaging.skein.dev,resources=messagingtopologies,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=messagingtopologies/status,verbs=patch
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=messagingtopologies/finalizers,verbs=update

func (r *MessagingTopologyReconciler) setUp(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).Named("messagingtopology").For(&v1alpha1.MessagingTopology{}, builder.WithPredicates(specChanged()))
	return r.complete(b, r.watches(), r)
}

// watches are the objects whose changes concern MessagingTopologies.
func (r *MessagingTopologyReconciler) watches() []watch {
	return []watch{
		{&v1alpha1.ConsumerQueue{}, r.topologiesOfConsumer, readinessChanged()},
		{&v1alpha1.AWSAccount{}, r.topologiesOfAccount, accountChanged()},
		{&v1alpha1.MessagingTopology{}, r.topologiesOfTopology, claimsChanged()},
		{&corev1.Namespace{}, r.topologiesOfNamespace, labelsChanged()},
	}
}

// Reconcile brings one MessagingTopology and AWS together.
func (r *MessagingTopologyReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	mt := &v1alpha1.MessagingTopology{}
	known, err := r.read(ctx, req, mt)
	if known == nil {
		return ctrl.Result{}, err
	}
	mt = latest(known, mt).DeepCopy()
	if !mt.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, known, mt)
	}
	found, err := r.allowed(ctx, mt.Spec.AccountRef, mt.Namespace)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found != nil {
		return r.unresolved(ctx, known, mt, *found)
	}
	in, use, found, err := r.loadTopology(ctx, mt)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found != nil {
		return r.unresolved(ctx, known, mt, *found)
	}
	if err := r.ensureFinalizer(ctx, known, mt); err != nil {
		return ctrl.Result{}, err
	}
	in.Inventory = known.inventory(in.Inventory)
	return r.apply(ctx, known, mt, in, use)
}

func (r *MessagingTopologyReconciler) loadTopology(ctx context.Context, mt *v1alpha1.MessagingTopology) (topology.TopologyInputs, access, *status.Finding, error) {
	in := topology.TopologyInputs{Topology: mt}
	use, found, err := r.account(ctx, mt.Spec.AccountRef, mt.Status.Account)
	if found != nil || err != nil {
		return in, use, found, err
	}
	in.Account = use.account
	in.Inventory = topology.ReadInventory(mt.Status.Resources, "")
	if in.Rivals, err = r.topicRivals(ctx, mt, use.account); err != nil {
		return in, use, nil, err
	}
	if in.Subscribers, err = r.subscribers(ctx, mt, use.account); err != nil {
		return in, use, nil, err
	}
	in.Alarming, err = r.alarming(ctx, mt)
	return in, use, nil, err
}

// apply looks at AWS where a look is due, keeps the inline consumers, and writes the status.
func (r *MessagingTopologyReconciler) apply(ctx context.Context, known *remembered, mt *v1alpha1.MessagingTopology, in topology.TopologyInputs, use access) (ctrl.Result, error) {
	now := r.Clock.Now()
	base := mt.DeepCopy()
	build := topology.BuildTopology(in)
	inventory := in.Inventory
	force := mt.Annotations[v1alpha1.AnnotationReconcileAt] != mt.Status.ReconcileAt
	desired := fingerprint(wanted(build.State), build.Refusals, mt.Spec.Management, adoption(mt, mt.Spec.Management, use), topologyGuards(mt), use.account, use.resync)
	looked := force || desired != known.desired || !now.Before(known.next)
	if looked {
		fresh := force || desired != known.desired
		if desired != known.desired {
			known.look.RefusedSince = time.Time{}
		}
		// Until the status is written, what follows is to be done again.
		known.desired = ""
		j := job{client: use.client, resync: use.resync, fresh: fresh, suspended: mt.Spec.Suspend, Input: plan.Input{
			Self: owner(r.Cluster, topology.OwnerMessagingTopology, mt), Want: build.State, Applied: inventory, Guards: topologyGuards(mt), Now: now,
			Drift: plan.DriftRulesOf(mt.Spec.Management), Adoption: adoption(mt, mt.Spec.Management, use),
		}}
		j.rebuild = func(inventory topology.Inventory) topology.State {
			in.Inventory = inventory
			build = topology.BuildTopology(in)
			return build.State
		}
		j.save = func(ctx context.Context, inventory topology.Inventory) error {
			before := mt.DeepCopy()
			pinned := use.pinned()
			mt.Status.Account, mt.Status.Resources = &pinned, inventory.Status()
			err := r.patchStatus(ctx, known, before, mt)
			base = mt.DeepCopy()
			return err
		}
		var err error
		if known.look, inventory, err = r.converge(ctx, known, j); err != nil {
			return ctrl.Result{}, err
		}
	}
	extra, failure := r.applyChildren(ctx, mt, build)
	counts, err := r.countConsumers(ctx, mt)
	if err != nil {
		return ctrl.Result{}, err
	}
	mt.Status = status.Topology(status.TopologyView{
		Object: mt, Account: use.pinned(), Build: build, Look: known.look, Inventory: inventory, Consumers: counts, Extra: extra, Now: now,
	})
	mt.Status.ReconcileAt = mt.Annotations[v1alpha1.AnnotationReconcileAt]
	if err := r.patchStatus(ctx, known, base, mt); err != nil {
		return ctrl.Result{}, err
	}
	known.desired, known.unrecorded = desired, nil
	r.emit(mt, status.Events(eventful(known.look, looked), base.Status.Conditions, mt.Status.Conditions))
	r.emit(mt, status.DriftEvents(base.Status.Drift, mt.Status.Drift))
	r.countDrift(eventful(known.look, looked), base.Status.Drift, mt.Status.Drift)
	return rest(known, looked, failure, use.resync, now)
}

// countConsumers counts the ConsumerQueues that name the topology, and those of them that are ready.
func (r *MessagingTopologyReconciler) countConsumers(ctx context.Context, mt *v1alpha1.MessagingTopology) (v1alpha1.ConsumerCounts, error) {
	var list v1alpha1.ConsumerQueueList
	counts := v1alpha1.ConsumerCounts{}
	if err := r.List(ctx, &list, client.MatchingFields{indexTopology: client.ObjectKeyFromObject(mt).String()}); err != nil {
		return counts, err
	}
	for i := range list.Items {
		counts.Total++
		if meta.IsStatusConditionTrue(list.Items[i].Status.Conditions, v1alpha1.ConditionReady) {
			counts.Ready++
		}
	}
	return counts, nil
}

func (r *MessagingTopologyReconciler) unresolved(ctx context.Context, known *remembered, mt *v1alpha1.MessagingTopology, found status.Finding) (ctrl.Result, error) {
	base := mt.DeepCopy()
	status.Unresolved(&mt.Status.Conditions, found, mt.Generation, r.Clock.Now())
	mt.Status.ObservedGeneration = mt.Generation
	if err := r.patchStatus(ctx, known, base, mt); err != nil {
		return ctrl.Result{}, err
	}
	r.emit(mt, status.Events(status.Look{}, base.Status.Conditions, mt.Status.Conditions))
	known.next = r.Clock.Now()
	return again(found)
}

func topologyGuards(mt *v1alpha1.MessagingTopology) plan.Guards {
	policy := mt.Spec.DeletionPolicy
	if policy == "" {
		policy = v1alpha1.DeletionDelete
	}
	return plan.Guards{DeletionPolicy: policy, AllowSubscribers: allows(mt, v1alpha1.AnnotationAllowDeleteWithSubscribers)}
}

func hasFinalizer(o metav1.Object) bool {
	for _, f := range o.GetFinalizers() {
		if f == v1alpha1.Finalizer {
			return true
		}
	}
	return false
}
