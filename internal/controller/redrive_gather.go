package controller

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/redrive"
	"github.com/skein-dev/skein/internal/topology"
)

// gather reads all that a run's next step depends on, in Kubernetes and, as far as it is needed, in AWS. The client is nil where AWS cannot be asked;
// failure is what the work queue backs off from once the status is written.
func (r *RedriveReconciler) gather(ctx context.Context, known *remembered, rd *v1alpha1.Redrive) (in redrive.Input, c *cloud.Client, failure, err error) {
	in = redrive.Input{
		Spec: rd.Spec, Status: rd.Status, Generation: rd.Generation, Deleted: !rd.DeletionTimestamp.IsZero(),
		CancelAdopted: allows(rd, v1alpha1.AnnotationAllowCancelAdopted), Memory: known.run, Now: r.Clock.Now(),
	}
	if rd.Finished() {
		return in, nil, nil, nil
	}
	consumers, err := r.consumersOf(ctx, rd)
	if err != nil {
		return in, nil, nil, err
	}
	in.Window = redrive.Window(rd.Spec, consumers)
	if consumers.Source != nil {
		in.Deliverable = meta.FindStatusCondition(consumers.Source.Status.Conditions, v1alpha1.ConditionDeliverable)
	}
	use, failure, err := r.reach(ctx, rd, consumers, &in)
	if err != nil || in.Obstacle != nil {
		return in, nil, failure, err
	}
	if in.First, err = r.first(ctx, rd, in); err != nil {
		return in, nil, nil, err
	}
	failure = look(ctx, use.client, &in)
	return in, use.client, failure, nil
}

// reach finds the queues of a run and the account that they are in. A run under way has them in its status, whatever became of the ConsumerQueue;
// one that copies goes on only as long as it might begin.
func (r *RedriveReconciler) reach(ctx context.Context, rd *v1alpha1.Redrive, consumers redrive.Consumers, in *redrive.Input) (use access, failure, err error) {
	var ref *v1alpha1.AccountReference
	if redrive.Active(rd.Status.State) && sourceOf(rd) != v1alpha1.RedriveUndelivered {
		in.Queues = redrive.Queues{Source: rd.Status.SourceARN, Destination: rd.Status.DestinationARN}
		if a := rd.Status.Account; a != nil {
			ref = &v1alpha1.AccountReference{Name: a.Name}
		}
	} else {
		if in.Queues, in.Obstacle = redrive.Resolve(rd.Spec, consumers); in.Obstacle != nil {
			return access{}, nil, nil
		}
		ref = consumers.Source.Spec.AccountRef
		found, err := r.allowed(ctx, ref, rd.Namespace)
		if err != nil {
			return access{}, nil, err
		}
		if found != nil {
			in.Obstacle, failure = unusable(found)
			return access{}, failure, nil
		}
	}
	pinned := rd.Status.Account
	if pinned == nil && consumers.Source != nil {
		pinned = consumers.Source.Status.Account
	}
	use, found, err := r.account(ctx, ref, pinned)
	if found != nil {
		in.Obstacle, failure = unusable(found)
	}
	if err == nil && found == nil {
		in.Account = use.pinned()
	}
	return use, failure, err
}

// look reads in AWS what Decide asks for.
func look(ctx context.Context, c *cloud.Client, in *redrive.Input) (failure error) {
	reads := redrive.ReadsFor(*in)
	var err error
	if reads.Tasks {
		var tasks []cloud.MoveTask
		if tasks, err = c.MoveTasks(ctx, in.Queues.Source); err == nil {
			for _, t := range tasks {
				in.Tasks = append(in.Tasks, redrive.Task(t))
			}
		}
	}
	if reads.Depth && err == nil {
		var messages topology.Messages
		var exists bool
		messages, exists, err = c.Depth(ctx, in.Queues.Source, in.Queues.SourceURL)
		in.Depth, in.Gone = messages.Total(), err == nil && !exists
	}
	if err != nil {
		in.Obstacle, failure = hindrance(fault.As(err))
	}
	return failure
}

// consumersOf reads the ConsumerQueues that a run is about.
func (r *RedriveReconciler) consumersOf(ctx context.Context, rd *v1alpha1.Redrive) (out redrive.Consumers, err error) {
	if out.Source, err = r.consumer(ctx, rd.Namespace, rd.Spec.ConsumerQueue.Name); err != nil || out.Source == nil {
		return out, err
	}
	if out.Serves, err = r.sharedBy(ctx, out.Source); err != nil {
		return out, err
	}
	if rd.Spec.Destination != nil {
		out.Destination, err = r.consumer(ctx, rd.Namespace, rd.Spec.Destination.ConsumerQueue.Name)
	}
	return out, err
}

// consumer reads a ConsumerQueue; nil where there is none.
func (r *RedriveReconciler) consumer(ctx context.Context, namespace, name string) (*v1alpha1.ConsumerQueue, error) {
	cq := &v1alpha1.ConsumerQueue{}
	switch err := r.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, cq); {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading ConsumerQueue %s/%s: %w", namespace, name, err)
	}
	return cq, nil
}

// first names the Redrive of the same queue whose turn it is: one under way, or an older one that waits in line. Otherwise the queue is this one's.
func (r *RedriveReconciler) first(ctx context.Context, rd *v1alpha1.Redrive, in redrive.Input) (string, error) {
	if redrive.Active(rd.Status.State) {
		r.claims.take(in.Queues.Source, client.ObjectKeyFromObject(rd))
		return "", nil
	}
	var list v1alpha1.RedriveList
	if err := r.List(ctx, &list, client.InNamespace(rd.Namespace), client.MatchingFields{indexRedriveQueue: rd.Spec.ConsumerQueue.Name}); err != nil {
		return "", fmt.Errorf("listing the Redrives of ConsumerQueue %s/%s: %w", rd.Namespace, rd.Spec.ConsumerQueue.Name, err)
	}
	for i := range list.Items {
		other := &list.Items[i]
		if other.UID == rd.UID {
			continue
		}
		if redrive.Active(other.Status.State) && other.Status.SourceARN == in.Queues.Source || inLine(other, rd) {
			return "Redrive " + other.Name, nil
		}
	}
	if holder, ok := r.claims.take(in.Queues.Source, client.ObjectKeyFromObject(rd)); !ok {
		return "Redrive " + holder.Name, nil
	}
	return "", nil
}

// inLine says that another Redrive has not begun yet, and goes before rd: it is older, empties the same queue, and waits for nothing else.
func inLine(other, rd *v1alpha1.Redrive) bool {
	if other.Finished() || redrive.Active(other.Status.State) || !other.DeletionTimestamp.IsZero() ||
		sourceOf(other) != sourceOf(rd) || !topology.Older(other, rd) {
		return false
	}
	ready := meta.FindStatusCondition(other.Status.Conditions, v1alpha1.ConditionReady)
	return ready == nil || ready.Reason == v1alpha1.ReasonAnotherRedrive
}

func sourceOf(rd *v1alpha1.Redrive) v1alpha1.RedriveSource {
	if rd.Spec.Source == "" {
		return v1alpha1.RedriveDeadLetter
	}
	return rd.Spec.Source
}
