package controller

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// unfinished is the value under which indexUnfinished has a Redrive.
const unfinished = "true"

// turnChanged lets through what others of the same queue must know of a Redrive: that it comes, goes, or gets into another state.
func turnChanged() predicate.Predicate {
	return onUpdate(func(e event.UpdateEvent) bool {
		a, b := e.ObjectOld.(*v1alpha1.Redrive), e.ObjectNew.(*v1alpha1.Redrive)
		return a.Status.State != b.Status.State || a.DeletionTimestamp.IsZero() != b.DeletionTimestamp.IsZero()
	})
}

// redriveRequests are for the Redrives that are not over among those listed.
func (s *Shared) redriveRequests(ctx context.Context, opts ...client.ListOption) []reconcile.Request {
	var list v1alpha1.RedriveList
	if err := s.List(ctx, &list, opts...); err != nil {
		return nil
	}
	var out []reconcile.Request
	for i := range list.Items {
		if !list.Items[i].Finished() {
			out = append(out, requestFor(&list.Items[i]))
		}
	}
	return out
}

// redrivesOfRedrive wakes those that empty the same queue.
func (s *Shared) redrivesOfRedrive(ctx context.Context, o client.Object) []reconcile.Request {
	queue := o.(*v1alpha1.Redrive).Spec.ConsumerQueue.Name
	return without(s.redriveRequests(ctx, client.InNamespace(o.GetNamespace()), client.MatchingFields{indexRedriveQueue: queue}), requestFor(o))
}

// redrivesOfConsumer wakes those that empty a ConsumerQueue, that move messages to it, or that empty the shared queue that it uses.
func (s *Shared) redrivesOfConsumer(ctx context.Context, o client.Object) []reconcile.Request {
	cq := o.(*v1alpha1.ConsumerQueue)
	in := client.InNamespace(cq.Namespace)
	out := s.redriveRequests(ctx, in, client.MatchingFields{indexRedriveQueue: cq.Name})
	out = append(out, s.redriveRequests(ctx, in, client.MatchingFields{indexRedriveDestination: cq.Name})...)
	if dl := cq.Spec.DeadLetter; dl != nil && dl.ConsumerQueue != nil {
		out = append(out, s.redriveRequests(ctx, in, client.MatchingFields{indexRedriveQueue: dl.ConsumerQueue.Name})...)
	}
	return out
}

func (s *Shared) unfinishedRedrives(ctx context.Context, _ client.Object) []reconcile.Request {
	return s.redriveRequests(ctx, client.MatchingFields{indexUnfinished: unfinished})
}

func (s *Shared) redrivesOfNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	return s.redriveRequests(ctx, client.InNamespace(o.GetName()), client.MatchingFields{indexUnfinished: unfinished})
}
