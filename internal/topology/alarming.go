package topology

import (
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// alarming gives the statement that lets alarms of consumers publish to a topic, and whether some of the consumers cannot be judged. A
// consumer is admitted as long as it exists, names the topic and has consent (AllowsConsumer, which its own side asks too).
func (b *topologyBuild) alarming(t *v1alpha1.Topic, arn string, publishers []policydoc.Statement) (_ []policydoc.Statement, undecided bool) {
	if t.FIFO != nil {
		return nil, false
	}
	var accounts []string
	for _, s := range b.in.Alarming {
		if !b.alarms(s.Queue, t) {
			continue
		}
		ok, err := AllowsConsumer(b.in.Topology, s.Queue.Namespace, s.NamespaceLabels)
		switch {
		case err == nil && !ok:
		case err != nil || s.Account == nil || s.Account.ID == "":
			undecided = true
		case s.Account.Partition == b.in.Account.Partition && b.mayAlarm(s):
			accounts = append(accounts, s.Account.ID)
		}
	}
	statements := policydoc.Alarms(arn, accounts, policydoc.MaxNamedAlarmAccounts)
	if (policydoc.Document{Statements: slices.Concat(publishers, statements)}).CheckTopicLimits() != nil {
		statements = policydoc.Alarms(arn, accounts, 0)
	}
	return statements, undecided
}

// alarms says whether a consumer's spec names a topic of the topology in alarms.actionTopics, and may have alarms.
func (b *topologyBuild) alarms(cq *v1alpha1.ConsumerQueue, t *v1alpha1.Topic) bool {
	return cq.Spec.Alarms != nil && !finished(cq) && slices.ContainsFunc(cq.Spec.Alarms.ActionTopics, func(a v1alpha1.ActionTopic) bool {
		key := topologyKey(cq, &a.Topology)
		return a.Topic == t.Name && key.Name == b.in.Topology.Name && key.Namespace == b.in.Topology.Namespace
	})
}

// mayAlarm says whether a consumer may have an alarm in the topic's region: those of its queues are in its own, those of deliveries are where
// its topics are.
func (b *topologyBuild) mayAlarm(s SubscriberInput) bool {
	return s.Account.Region == b.in.Account.Region || s.Queue.Spec.Alarms.DeliveriesLost != nil
}
