package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
)

// deadQueue is the queue that holds what failed of a ConsumerQueue.
type deadQueue struct {
	ref cloud.QueueRef
	// what it is called.
	what string
	// source is what a Redrive that empties it says, and holder the ConsumerQueue that it names.
	source v1alpha1.RedriveSource
	holder client.ObjectKey
	// shared: other ConsumerQueues' dead letters lie in it too.
	shared bool
	// to names the ConsumerQueue that messages are moved to; empty: back to where they came from.
	to string
}

// deadQueue finds the queue that holds a ConsumerQueue's dead letters, or what SNS could not deliver to it. Where a ConsumerQueue serves others as
// dead-letter queue, that is its own queue.
func (c *cluster) deadQueue(ctx context.Context, cq *v1alpha1.ConsumerQueue, undelivered bool) (*deadQueue, error) {
	q := &deadQueue{what: "dead-letter queue", source: v1alpha1.RedriveDeadLetter, holder: client.ObjectKeyFromObject(cq)}
	location, spec := cq.Status.DeadLetter, cq.Spec.DeadLetter
	switch {
	case undelivered:
		q.what, q.source, location = "undelivered queue", v1alpha1.RedriveUndelivered, cq.Status.Undelivered
		if u := cq.Spec.Undelivered; u != nil && u.Disabled {
			return nil, &problem{
				what:   fmt.Sprintf("%s has no undelivered queue: spec.undelivered.disabled is true", title(queueKind, cq)),
				remedy: "Remove that field, so that what SNS cannot deliver is kept from then on.",
			}
		}
	case spec != nil && spec.ConsumerQueue != nil:
		q.holder.Name, q.shared = spec.ConsumerQueue.Name, true
	case spec != nil && spec.Disabled:
		serves, err := c.serves(ctx, cq)
		if err != nil {
			return nil, err
		}
		if !serves {
			return nil, &problem{
				what:   fmt.Sprintf("%s has no dead-letter queue: spec.deadLetter.disabled is true", title(queueKind, cq)),
				remedy: "Remove that field to get one, or name the ConsumerQueue whose dead letters you mean.",
			}
		}
		q.shared, location = true, &v1alpha1.QueueLocation{QueueURL: cq.Status.QueueURL, QueueARN: cq.Status.QueueARN}
	}
	if location == nil || location.QueueARN == "" || location.QueueURL == "" || cq.Status.Account == nil {
		return nil, notYet(cq, q)
	}
	q.ref = cloud.QueueRef{URL: location.QueueURL, ARN: location.QueueARN}
	return q, nil
}

// serves says whether other ConsumerQueues have this one as their dead-letter queue.
func (c *cluster) serves(ctx context.Context, cq *v1alpha1.ConsumerQueue) (bool, error) {
	all := &v1alpha1.ConsumerQueueList{}
	if err := c.List(ctx, all, client.InNamespace(cq.Namespace)); err != nil {
		return false, fmt.Errorf("looking which ConsumerQueues use %s as their dead-letter queue: %w", cq.Name, err)
	}
	return slices.ContainsFunc(all.Items, func(other v1alpha1.ConsumerQueue) bool {
		d := other.Spec.DeadLetter
		return d != nil && d.ConsumerQueue != nil && d.ConsumerQueue.Name == cq.Name
	}), nil
}

func notYet(cq *v1alpha1.ConsumerQueue, q *deadQueue) error {
	what := fmt.Sprintf("%s has no %s in AWS yet", title(queueKind, cq), q.what)
	if ready := meta.FindStatusCondition(cq.Status.Conditions, v1alpha1.ConditionReady); ready != nil && ready.Status != metav1.ConditionTrue {
		what += fmt.Sprintf(": %s: %s", ready.Reason, ready.Message)
	}
	if q.source == v1alpha1.RedriveUndelivered {
		what += "; it comes with the first subscription that is accepted"
	}
	return &problem{what: what, remedy: fmt.Sprintf("kubectl skein status %s -n %s says what it waits for.", cq.Name, cq.Namespace)}
}

// activeRedrives are those that empty a queue and are not over yet, the oldest first; none where the user may not list them.
func (c *cluster) activeRedrives(ctx context.Context, holder client.ObjectKey, source v1alpha1.RedriveSource) []v1alpha1.Redrive {
	all := &v1alpha1.RedriveList{}
	if err := c.List(ctx, all, client.InNamespace(holder.Namespace)); err != nil {
		return nil
	}
	active := slices.DeleteFunc(all.Items, func(r v1alpha1.Redrive) bool {
		return r.Finished() || r.Spec.ConsumerQueue.Name != holder.Name || sourceOf(&r) != source
	})
	slices.SortStableFunc(active, func(a, b v1alpha1.Redrive) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return active
}

// waitsStill says whether a Redrive has asked nothing of AWS yet.
func waitsStill(r *v1alpha1.Redrive) bool {
	return r.Status.State == "" || r.Status.State == v1alpha1.RedrivePending
}

// sourceOf is a Redrive's source with its default.
func sourceOf(r *v1alpha1.Redrive) v1alpha1.RedriveSource {
	if r.Spec.Source == "" {
		return v1alpha1.RedriveDeadLetter
	}
	return r.Spec.Source
}

// queueName is the name in an ARN.
func queueName(queueARN string) string { return queueARN[strings.LastIndex(queueARN, ":")+1:] }
