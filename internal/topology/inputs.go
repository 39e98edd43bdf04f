package topology

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Account is where an object lives.
type Account struct {
	// Name of the AWSAccount.
	Name string
	// Partition (aws, aws-cn, aws-us-gov), ID (12 digits) and Region in AWS.
	Partition, ID, Region string
	// Tags for everything in the account; tags of objects win.
	Tags map[string]string
	// Cluster is the cluster id of the ownership tags.
	Cluster string
}

// ConsumerInputs are all that the desired State of a ConsumerQueue depends on: specs, labels and account identities, and of status
// only its own.
type ConsumerInputs struct {
	Queue   *v1alpha1.ConsumerQueue
	Account Account
	// NamespaceLabels of the queue's namespace; nil where it could not be read.
	NamespaceLabels map[string]string
	// Topologies that the subscriptions and the alarms' actions name, and TopicDeclarers; nil or missing could not be found.
	Topologies map[types.NamespacedName]*TopologyInput
	// TopicDeclarers are, by topic ARN (see TopicsOfInterest), all topologies that declare the topic: none of them may be passed by.
	TopicDeclarers map[string][]types.NamespacedName
	// SharedQueue is the ConsumerQueue that deadLetter.consumerQueue names; nil could not be found.
	SharedQueue *SharedQueueInput
	// SharedBy are the ConsumerQueues whose specs name this one in deadLetter.consumerQueue, for as long as they have a queue in AWS.
	SharedBy []*v1alpha1.ConsumerQueue
	// Rivals are, by queue name, other objects that claim it in this account and region.
	Rivals map[string][]Rival
	// FiltersBefore are, by the topics of FilteredTopics, how many other ConsumerQueues with a filter policy at the topic go first.
	FiltersBefore map[string]int
	// MaxFilters is how many subscriptions with a filter policy a topic may have; 0 is MaxFilterPolicies.
	MaxFilters int
	// Inventory is what was set last.
	Inventory Inventory
}

// TopologyInput is a MessagingTopology with its account; nil where that is unknown.
type TopologyInput struct {
	Object  *v1alpha1.MessagingTopology
	Account *Account
}

// SharedQueueInput is a ConsumerQueue named as shared dead-letter queue. It must be of the same AWSAccount, so it has no account of its own.
type SharedQueueInput struct {
	Queue *v1alpha1.ConsumerQueue
}

// ConsumerOutput is what should be.
type ConsumerOutput struct {
	// State is the full desired state.
	State State
	// Refusals are what of the spec cannot be done, or waits.
	Refusals []Refusal
	// Subscriptions, one for each in the spec, in its order.
	Subscriptions []SubscriptionIntent
	// ActionTopics, one for each in the spec's alarms, in its order.
	ActionTopics []ActionIntent
	// Notes are sentences for users about what is done otherwise than they may think.
	Notes []string
	// AcceptedReason and AcceptedMessage are for the condition Accepted: True with the reason Accepted, otherwise False.
	AcceptedReason, AcceptedMessage string
	// Names of the queues.
	Names ConsumerNames
	// DeadLettersOf are the names of the ConsumerQueues that use this one as dead-letter queue, sorted.
	DeadLettersOf []string
}

// ConsumerNames are names and ARNs of a consumer's queues; empty where there is none.
type ConsumerNames struct {
	MainName, MainARN string
	// DeadLetterARN is that of the own or of the shared dead-letter queue; DeadLetterName of the own only.
	DeadLetterName, DeadLetterARN string
	// UndeliveredARN is empty as long as the queue is not wanted; the name is claimed all the same.
	UndeliveredName, UndeliveredARN string
}

// SubscriptionIntent is what becomes of one subscription of the spec.
type SubscriptionIntent struct {
	// TopicARN is empty where it cannot be told yet.
	TopicARN string
	// Key of the resource, if TopicARN is known.
	Key string
	// State is empty where the subscription is wanted, otherwise Refused or Waiting.
	State v1alpha1.SubscriptionState
	// Reason and Message why it is not wanted.
	Reason, Message string
}

// TopologyInputs are all that the desired State of a MessagingTopology depends on.
type TopologyInputs struct {
	Topology *v1alpha1.MessagingTopology
	Account  Account
	// Rivals are, by topic name, other objects that claim it in this account and region.
	Rivals map[string][]Rival
	// Subscribers are the ConsumerQueues whose specs name the topology or the ARN of a topic of it; only those of other accounts matter.
	Subscribers []SubscriberInput
	// Alarming are the ConsumerQueues whose specs name the topology in alarms.actionTopics, of any account.
	Alarming []SubscriberInput
	// Inventory is what was set last.
	Inventory Inventory
}

// SubscriberInput is a ConsumerQueue that wants to subscribe to a topology's topic, or to send alarms to it.
type SubscriberInput struct {
	Queue *v1alpha1.ConsumerQueue
	// Account of the queue; nil where it is unknown, or does not allow the queue's namespace.
	Account *Account
	// NamespaceLabels of the queue's namespace; nil where it could not be read.
	NamespaceLabels map[string]string
}

// TopologyOutput is what should be.
type TopologyOutput struct {
	// State is the full desired state.
	State State
	// Refusals are what of the spec cannot be done.
	Refusals []Refusal
	// Topics, one for each in the spec, in its order.
	Topics []TopicIntent
	// Children are the ConsumerQueues of inline consumers, sorted by name, with type, name, namespace and spec.
	Children []v1alpha1.ConsumerQueue
	// HeldChildren are the names of ConsumerQueues that are refused: they are neither applied nor deleted.
	HeldChildren []string
}

// TopicIntent is one topic of the spec.
type TopicIntent struct {
	// Name in the spec, TopicName and ARN in AWS. The latter are those in use where a change of name is refused, and empty for names that cannot be.
	Name, TopicName, ARN string
}

// TopicsOfInterest gives the ARNs of all topics that subscriptions and actions of the spec resolve to or that the inventory has, sorted. They need
// TopicDeclarers: a topology of one's own that declares somebody else's topic is no consent, nor is a spec that cannot be resolved.
func TopicsOfInterest(in ConsumerInputs) []string {
	var arns []string
	for i := range in.Queue.Spec.Subscriptions {
		if t, p := locate(in, &in.Queue.Spec.Subscriptions[i]); p == nil {
			arns = append(arns, t.arn)
		}
	}
	arns = append(arns, actionARNs(in)...)
	for _, row := range in.Inventory {
		if row.Kind == KindSubscription {
			arns = append(arns, row.TopicARN)
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}
