package controller

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// What a Redrive means for the ConsumerQueue whose messages it moves: the numbers that its status tells are wrong from then on, until AWS is looked at.

// countsLag is how old SQS's counts may be
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html).
const countsLag = time.Minute

// outdated are the ConsumerQueues whose messages a Redrive has moved since they were looked at.
type outdated struct {
	mu    sync.Mutex
	names map[types.NamespacedName]bool
}

func newOutdated() *outdated { return &outdated{names: map[types.NamespacedName]bool{}} }

func (o *outdated) add(name types.NamespacedName) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names[name] = true
}

// take says whether a ConsumerQueue is among them, which it then is no more.
func (o *outdated) take(name types.NamespacedName) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.names[name]
	delete(o.names, name)
	return was
}

// movedOrOver lets through that a Redrive has moved what it will, that it is over, and that it is gone before.
func movedOrOver() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			a, b := e.ObjectOld.(*v1alpha1.Redrive), e.ObjectNew.(*v1alpha1.Redrive)
			return a.Status.State != b.Status.State && (b.Finished() || b.Status.State == v1alpha1.RedriveObserving)
		},
		DeleteFunc: func(e event.DeleteEvent) bool { return !e.Object.(*v1alpha1.Redrive).Finished() },
	}
}

// consumersOfRedrive are the ConsumerQueue whose messages a Redrive has moved, and the one whose schedule made it.
func (r *ConsumerQueueReconciler) consumersOfRedrive(_ context.Context, o client.Object) []reconcile.Request {
	run := o.(*v1alpha1.Redrive)
	var out []reconcile.Request
	if ref := metav1.GetControllerOf(run); ref != nil && ref.Kind == topology.OwnerConsumerQueue {
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: run.Namespace, Name: ref.Name}})
	}
	if run.Status.MessagesMoved > 0 {
		name := types.NamespacedName{Namespace: run.Namespace, Name: run.Spec.ConsumerQueue.Name}
		r.outdated.add(name)
		out = append(out, reconcile.Request{NamespacedName: name})
	}
	return out
}

// recount has a ConsumerQueue that still counts dead letters after a Redrive looked at once more, when SQS's counts have come up to date.
func recount(known *remembered, cq *v1alpha1.ConsumerQueue, result ctrl.Result, now time.Time) ctrl.Result {
	if meta.IsStatusConditionFalse(cq.Status.Conditions, v1alpha1.ConditionDeadLetters) {
		return result
	}
	if at := now.Add(countsLag); at.Before(known.next) {
		known.next = at
	}
	result.RequeueAfter = min(result.RequeueAfter, countsLag)
	return result
}
