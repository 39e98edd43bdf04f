package topology

import (
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// subscribers gives the statements that let the queues of other accounts subscribe to a topic, beside the statements of its publishers, and
// the names of the queues of which it cannot be told. A consumer is admitted as long as it exists, names the topic and has consent (AllowsConsumer, which its own side
// asks too), so also while it is being deleted.
func (b *topologyBuild) subscribers(t *v1alpha1.Topic, arn string, publishers []policydoc.Statement) (_ []policydoc.Statement, undecided []string) {
	var admitted []policydoc.Subscriber
	for _, s := range b.in.Subscribers {
		if !b.names(s.Queue, t, arn) {
			continue
		}
		name, _, _ := QueueNames(s.Queue)
		ok, err := AllowsConsumer(b.in.Topology, s.Queue.Namespace, s.NamespaceLabels)
		switch {
		case err == nil && !ok:
		case s.Account == nil || s.Account.ID == "":
			undecided = append(undecided, name)
		case s.Account.ID == b.in.Account.ID || s.Account.Partition != b.in.Account.Partition:
		case err != nil:
			undecided = append(undecided, name)
		default:
			admitted = append(admitted, policydoc.Subscriber{Account: s.Account.ID, Queues: []string{s.Account.QueueARN(name)}})
		}
	}
	statements := policydoc.Subscribers(arn, admitted, policydoc.MaxNamedQueues)
	if (policydoc.Document{Statements: slices.Concat(publishers, statements)}).CheckTopicLimits() != nil {
		statements = policydoc.Subscribers(arn, admitted, 0)
	}
	slices.Sort(undecided)
	return statements, slices.Compact(undecided)
}

// names says whether a consumer's spec subscribes to a topic of the topology, by reference or by ARN, and may have a subscription to it.
func (b *topologyBuild) names(cq *v1alpha1.ConsumerQueue, t *v1alpha1.Topic, arn string) bool {
	return !finished(cq) && slices.ContainsFunc(cq.Spec.Subscriptions, func(s v1alpha1.Subscription) bool {
		if s.Topology == nil {
			return s.TopicARN == arn
		}
		key := topologyKey(cq, s.Topology)
		return s.Topic == t.Name && key.Name == b.in.Topology.Name && key.Namespace == b.in.Topology.Namespace
	})
}

// finished says that nothing of a consumer is in AWS any more, though the object may still be there for others.
func finished(cq *v1alpha1.ConsumerQueue) bool {
	return !cq.DeletionTimestamp.IsZero() && !slices.Contains(cq.Finalizers, v1alpha1.Finalizer)
}
