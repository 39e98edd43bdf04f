package controller

import (
	"context"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// This file says who is woken by whom.

// watch wakes objects when another one changes.
type watch struct {
	// object is of the kind that is watched, and when says which of its changes count.
	object client.Object
	wakes  handler.MapFunc
	when   predicate.Predicate
}

// complete finishes a controller with its watches.
func (s *Shared) complete(b *builder.Builder, watches []watch, r reconcile.Reconciler) error {
	for _, w := range watches {
		b = b.Watches(w.object, handler.EnqueueRequestsFromMapFunc(w.wakes), builder.WithPredicates(w.when))
	}
	return b.WithOptions(s.controllerOptions()).Complete(calm{r})
}

func (s *Shared) consumerRequests(ctx context.Context, opts ...client.ListOption) []reconcile.Request {
	var list v1alpha1.ConsumerQueueList
	if err := s.List(ctx, &list, opts...); err != nil {
		return nil
	}
	out := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		out = append(out, requestFor(&list.Items[i]))
	}
	return out
}

func (s *Shared) consumersBy(ctx context.Context, index, value string, opts ...client.ListOption) []reconcile.Request {
	return s.consumerRequests(ctx, append(opts, client.MatchingFields{index: value})...)
}

func (s *Shared) topologyRequests(ctx context.Context, opts ...client.ListOption) []reconcile.Request {
	var list v1alpha1.MessagingTopologyList
	if err := s.List(ctx, &list, opts...); err != nil {
		return nil
	}
	out := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		out = append(out, requestFor(&list.Items[i]))
	}
	return out
}

func (s *Shared) topologiesBy(ctx context.Context, index, value string) []reconcile.Request {
	return s.topologyRequests(ctx, client.MatchingFields{index: value})
}

func requestFor(o client.Object) reconcile.Request {
	return reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)}
}

func (s *Shared) consumersOfAccount(ctx context.Context, o client.Object) []reconcile.Request {
	return s.consumersBy(ctx, indexAccount, o.GetName())
}

// topologiesOfAccount wakes those in the account, and those to which queues in the account subscribe.
func (s *Shared) topologiesOfAccount(ctx context.Context, o client.Object) []reconcile.Request {
	return append(s.topologiesBy(ctx, indexAccount, o.GetName()), s.topologiesOfConsumers(ctx, client.MatchingFields{indexAccount: o.GetName()})...)
}

// consumersOfTopology wakes those who subscribe or send alarms, by reference or by a topic's ARN.
func (s *Shared) consumersOfTopology(ctx context.Context, o client.Object) []reconcile.Request {
	key := client.ObjectKeyFromObject(o).String()
	out := append(s.consumersBy(ctx, indexTopology, key), s.consumersBy(ctx, indexActionTopic, key)...)
	for _, name := range topology.TopicNames(o.(*v1alpha1.MessagingTopology)) {
		out = append(out, s.consumersBy(ctx, indexTopicARN, name)...)
		out = append(out, s.consumersBy(ctx, indexActionTopic, name)...)
	}
	return out
}

// consumersOfConsumer wakes those who claim the same names, those who use the queue for dead letters, and the one whose dead letters it takes.
func (s *Shared) consumersOfConsumer(ctx context.Context, o client.Object) []reconcile.Request {
	cq := o.(*v1alpha1.ConsumerQueue)
	out := s.consumersBy(ctx, indexSharedQueue, cq.Name, client.InNamespace(cq.Namespace))
	if dl := cq.Spec.DeadLetter; dl != nil && dl.ConsumerQueue != nil {
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: cq.Namespace, Name: dl.ConsumerQueue.Name}})
	}
	for _, name := range claimedQueues(cq) {
		out = append(out, s.consumersBy(ctx, indexQueueNames, name)...)
	}
	self := requestFor(cq)
	return without(out, self)
}

// topologiesOfTopology wakes those who claim the same topic names.
func (s *Shared) topologiesOfTopology(ctx context.Context, o client.Object) []reconcile.Request {
	var out []reconcile.Request
	for _, name := range claimedTopics(o.(*v1alpha1.MessagingTopology)) {
		out = append(out, s.topologiesBy(ctx, indexTopicNames, name)...)
	}
	return without(out, requestFor(o))
}

// topologiesOfConsumer wakes the topologies that count a consumer, declare a topic that it names by ARN, take its alarms, or control it.
func (s *Shared) topologiesOfConsumer(ctx context.Context, o client.Object) []reconcile.Request {
	cq := o.(*v1alpha1.ConsumerQueue)
	var out []reconcile.Request
	for _, name := range topicARNNames(cq) {
		out = append(out, s.topologiesBy(ctx, indexTopicNames, name)...)
	}
	for _, ref := range topologyRefs(cq) {
		out = append(out, reconcile.Request{NamespacedName: topologyKey(ref, cq.Namespace)})
	}
	if ref := metav1.GetControllerOf(cq); ref != nil && ref.Kind == topology.OwnerMessagingTopology {
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: cq.Namespace, Name: ref.Name}})
	}
	return out
}

func (s *Shared) consumersOfNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	return s.consumerRequests(ctx, client.InNamespace(o.GetName()))
}

// topologiesOfNamespace wakes those in the namespace, and those to which its queues subscribe: they consent to its labels.
func (s *Shared) topologiesOfNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	return append(s.topologyRequests(ctx, client.InNamespace(o.GetName())), s.topologiesOfConsumers(ctx, client.InNamespace(o.GetName()))...)
}

// topologiesOfConsumers is topologiesOfConsumer for some of them, each topology once.
func (s *Shared) topologiesOfConsumers(ctx context.Context, opts ...client.ListOption) []reconcile.Request {
	var list v1alpha1.ConsumerQueueList
	if err := s.List(ctx, &list, opts...); err != nil {
		return nil
	}
	woken := map[reconcile.Request]bool{}
	for i := range list.Items {
		for _, request := range s.topologiesOfConsumer(ctx, &list.Items[i]) {
			woken[request] = true
		}
	}
	return slices.Collect(maps.Keys(woken))
}

// accountOfUser wakes the account that an object which has gone used, if it waits for that.
func (s *Shared) accountOfUser(ctx context.Context, o client.Object) []reconcile.Request {
	var ref *v1alpha1.AccountReference
	switch o := o.(type) {
	case *v1alpha1.ConsumerQueue:
		ref = o.Spec.AccountRef
	case *v1alpha1.MessagingTopology:
		ref = o.Spec.AccountRef
	}
	account, found, err := s.findAccount(ctx, ref)
	if err != nil || found != nil || account.DeletionTimestamp.IsZero() {
		return nil
	}
	return []reconcile.Request{requestFor(account)}
}

func without(list []reconcile.Request, one reconcile.Request) []reconcile.Request {
	out := list[:0]
	for _, r := range list {
		if r != one {
			out = append(out, r)
		}
	}
	return out
}

// readyDiffers says whether Ready differs between two sets of conditions.
func readyDiffers(a, b []metav1.Condition) bool {
	ca, cb := meta.FindStatusCondition(a, v1alpha1.ConditionReady), meta.FindStatusCondition(b, v1alpha1.ConditionReady)
	if ca == nil || cb == nil {
		return ca != cb
	}
	return ca.Status != cb.Status || ca.ObservedGeneration != cb.ObservedGeneration
}

func sameRows(a, b []v1alpha1.ResourceStatus) bool { return equality.Semantic.DeepEqual(a, b) }
