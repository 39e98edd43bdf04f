package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MessagingTopologySpec is the producer's side: topics, who may publish to them, who may consume them.
//
// +kubebuilder:validation:XValidation:rule="(has(self.accountRef) ? self.accountRef.name : 'default') == (has(oldSelf.accountRef) ? oldSelf.accountRef.name : 'default')",message="spec.accountRef is immutable (absent means default): topics cannot move to another account; make a second MessagingTopology there"
// +kubebuilder:validation:XValidation:rule="!has(self.consumers) || [has(self.topics) ? self.topics.map(t, t.name) : []].all(names, self.consumers.all(c, !has(c.subscriptions) || c.subscriptions.all(s, !has(s.topic) || has(s.topology) || s.topic in names)))",message="spec.consumers: a subscription without topology names a topic that spec.topics does not declare; add the topic to spec.topics, or set topology"
// +kubebuilder:validation:XValidation:rule="!has(self.consumers) || [has(self.topics) ? self.topics.filter(t, !has(t.fifo)).map(t, t.name) : []].all(standard, self.consumers.all(c, !has(c.fifo) || !has(c.subscriptions) || c.subscriptions.all(s, !has(s.topic) || has(s.topology) || !(s.topic in standard))))",message="spec.consumers: a consumer with fifo subscribes to a topic that spec.topics declares without fifo: a FIFO queue cannot receive from a standard topic; set fifo on the topic, or leave it out of the consumer"
// +kubebuilder:validation:XValidation:rule="!has(self.topics) || self.topics.all(t, !has(t.topicName) || self.topics.exists_one(o, o.?topicName.orValue('.') == t.topicName))",message="spec.topics: two topics have the same topicName; give each a name of its own"
type MessagingTopologySpec struct {
	// accountRef is the AWSAccount. Absent: default. Immutable.
	// +optional
	AccountRef *AccountReference `json:"accountRef,omitempty"`

	// topics of this topology.
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +optional
	Topics []Topic `json:"topics,omitempty"`

	// allowedConsumers says the ConsumerQueues of which namespaces may subscribe. Default: this namespace only.
	// +optional
	AllowedConsumers *AllowedConsumers `json:"allowedConsumers,omitempty"`

	// consumers declared here: each becomes a ConsumerQueue <topology>-<name> controlled by this object.
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +optional
	Consumers []InlineConsumer `json:"consumers,omitempty"`

	// deletionPolicy is Delete (default; waits while others subscribe) or Retain.
	// +kubebuilder:validation:Enum=Delete;Retain
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	Management `json:",inline"`

	// tags are put on all topics and on the inline consumers' queues.
	// +optional
	Tags Tags `json:"tags,omitempty"`
}

// Topic is an SNS topic.
//
// +kubebuilder:validation:XValidation:rule="has(self.fifo) == has(oldSelf.fifo)",message="fifo cannot be added or removed: AWS cannot change a topic's type; add another topic, move publishers and consumers, then remove this one"
// +kubebuilder:validation:XValidation:rule="!has(self.topicName) || self.topicName.endsWith('.fifo') == has(self.fifo)",message="topicName ends in .fifo if, and only if, fifo is set"
type Topic struct {
	// name is the logical name, unique in the topology; subscriptions refer to it.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// topicName is the AWS name. Default <namespace>-<topology>-<name>, with .fifo for FIFO. Immutable once set.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+(\.fifo)?$`
	// +kubebuilder:validation:MaxLength=256
	// +optional
	TopicName string `json:"topicName,omitempty"`
	// fifo makes the topic a FIFO topic. Its presence is fixed at creation, its members may change.
	// +optional
	FIFO *TopicFIFO `json:"fifo,omitempty"`
	// displayName for people (DisplayName). Default: none.
	// +kubebuilder:validation:MaxLength=100
	// +optional
	DisplayName string `json:"displayName,omitempty"`
	// encryption of the topic at rest. Default: none.
	// +optional
	Encryption *TopicEncryption `json:"encryption,omitempty"`
	// tracing is PassThrough (default) or Active, for AWS X-Ray (TracingConfig).
	// +kubebuilder:validation:Enum=PassThrough;Active
	// +optional
	Tracing string `json:"tracing,omitempty"`
	// publishers may publish, beside the account itself: an AWS service, or a principal.
	// +kubebuilder:validation:MaxItems=50
	// +listType=atomic
	// +optional
	Publishers []SourcePrincipal `json:"publishers,omitempty"`
	// tags of this topic.
	// +optional
	Tags Tags `json:"tags,omitempty"`
}

// TopicFIFO holds the settings of a FIFO topic.
type TopicFIFO struct {
	// contentBasedDeduplication takes the body's SHA-256 as deduplication id where the publisher gives none (ContentBasedDeduplication). Default false.
	// +optional
	ContentBasedDeduplication bool `json:"contentBasedDeduplication,omitempty"`
	// throughputScope is Topic or MessageGroup (FifoThroughputScope). Absent: AWS's default, left alone.
	// +kubebuilder:validation:Enum=Topic;MessageGroup
	// +optional
	ThroughputScope string `json:"throughputScope,omitempty"`
}

// TopicEncryption is the encryption of a topic at rest.
type TopicEncryption struct {
	// kmsKeyID is a key id, key ARN, alias/NAME or alias ARN (KmsMasterKeyId).
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	KMSKeyID string `json:"kmsKeyID"`
}

// AllowedConsumers is the consent of a topology.
type AllowedConsumers struct {
	// namespaces whose ConsumerQueues may subscribe.
	Namespaces ConsumerNamespaces `json:"namespaces"`
}

// ConsumerNamespaces names namespaces.
//
// +kubebuilder:validation:XValidation:rule="has(self.selector) == (has(self.from) && self.from == 'Selector')",message="selector goes with from: Selector, and only with it"
type ConsumerNamespaces struct {
	// from is Same (default), All or Selector.
	// +kubebuilder:validation:Enum=Same;All;Selector
	// +optional
	From NamespaceFrom `json:"from,omitempty"`
	// selector of namespaces by their labels.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// InlineConsumer is a ConsumerQueue declared in a topology.
//
// +kubebuilder:validation:XValidation:rule="!has(self.fifo) || !has(self.subscriptions) || self.subscriptions.all(s, !has(s.topicARN) || s.topicARN.endsWith('.fifo'))",message="subscriptions: a FIFO queue cannot receive from a standard topic; subscribe to a topicARN that ends in .fifo, or leave fifo out"
// +kubebuilder:validation:XValidation:rule="!has(self.subscriptions) || [self.subscriptions.filter(s, has(s.topic) && !has(s.topology)).map(s, s.topic) + self.subscriptions.filter(s, has(s.topicARN)).map(s, s.topicARN)].all(names, names.all(n, names.indexOf(n) == names.lastIndexOf(n)))",message="subscriptions: SNS has one subscription for a topic and a queue; remove the second one to the same topic, or merge their filter policies"
type InlineConsumer struct {
	// name, unique in the topology; the ConsumerQueue is called <topology>-<name>.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	QueueSettings `json:",inline"`

	// subscriptions are the topics that this queue receives from.
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	Subscriptions []InlineSubscription `json:"subscriptions,omitempty"`
}

// InlineSubscription is one topic that an inline consumer receives from.
//
// +kubebuilder:validation:XValidation:rule="has(self.topic) != has(self.topicARN)",message="exactly one of topic and topicARN must be set"
// +kubebuilder:validation:XValidation:rule="!has(self.topology) || has(self.topic)",message="topology goes with topic only"
type InlineSubscription struct {
	// topology is the MessagingTopology that declares the topic. Default: this one.
	// +optional
	Topology *TopologyReference `json:"topology,omitempty"`
	// topic is the topic's logical name in the topology.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Topic string `json:"topic,omitempty"`
	// topicARN is a topic that no MessagingTopology declares.
	// +kubebuilder:validation:Pattern=`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$`
	// +kubebuilder:validation:MaxLength=330
	// +optional
	TopicARN string `json:"topicARN,omitempty"`

	SubscriptionSettings `json:",inline"`
}

// MessagingTopologyStatus is what the operator saw.
type MessagingTopologyStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +kubebuilder:default=-1
	// +optional
	ObservedGeneration int64 `json:"observedGeneration"`
	// account that the topics live in, pinned before the first write.
	// +optional
	Account *AccountStatus `json:"account,omitempty"`
	// topics, one for each in the spec.
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +optional
	Topics []TopicStatus `json:"topics,omitempty"`
	// consumers counts the ConsumerQueues that subscribe to topics of this topology.
	// +optional
	Consumers *ConsumerCounts `json:"consumers,omitempty"`
	// resources is the inventory: what Skein set last in AWS.
	// +kubebuilder:validation:MaxItems=1000
	// +listType=atomic
	// +optional
	Resources []ResourceStatus `json:"resources,omitempty"`
	// drift is what somebody else changed in AWS: all that is there still, and the last 10 that were set back.
	// +kubebuilder:validation:MaxItems=110
	// +listType=atomic
	// +optional
	Drift []DriftStatus `json:"drift,omitempty"`
	// plan is what Skein would do in AWS: while suspended, before an adoption, and for what driftPolicy Report leaves. At most 50 steps.
	// +kubebuilder:validation:MaxItems=50
	// +listType=atomic
	// +optional
	Plan []PlannedStep `json:"plan,omitempty"`
	// reconcileAt is the last value of the annotation skein.dev/reconcile-at that was acted upon.
	// +optional
	ReconcileAt string `json:"reconcileAt,omitempty"`
	// conditions: Ready, Drifted; Reconciling and Stalled while true.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// TopicStatus is the state of one topic.
type TopicStatus struct {
	// name is the logical name.
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// topicName is the AWS name.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	TopicName string `json:"topicName,omitempty"`
	// arn of the topic.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	ARN string `json:"arn,omitempty"`
	// subscriptions are the confirmed subscriptions at the last look, anybody's.
	// +optional
	Subscriptions int64 `json:"subscriptions"`
	// state of the topic.
	// +kubebuilder:validation:Enum=Creating;Present;Blocked;Waiting
	State string `json:"state"`
}

// ConsumerCounts counts consumers.
type ConsumerCounts struct {
	// total number of ConsumerQueues that name this topology.
	Total int32 `json:"total"`
	// ready ones among them.
	Ready int32 `json:"ready"`
}

// MessagingTopology is a set of SNS topics with their policies, and who may consume them.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mt,categories=skein
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="CONSUMERS",type=integer,JSONPath=`.status.consumers.total`
// +kubebuilder:printcolumn:name="CONSUMERS-READY",type=integer,JSONPath=`.status.consumers.ready`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="!self.metadata.name.contains('.') || ((!has(self.spec.topics) || self.spec.topics.all(t, has(t.topicName))) && (!has(self.spec.consumers) || self.spec.consumers.all(c, has(c.queueName))))",message="metadata.name contains a dot, which no AWS name may: set topicName on every topic in spec.topics and queueName on every consumer in spec.consumers"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.topics) || !has(oldSelf.spec.topics) || self.spec.topics.all(t, oldSelf.spec.topics.all(o, o.name != t.name || !has(o.topicName) || o.topicName == t.?topicName.orValue('.')) || (has(oldSelf.?status.topics) && oldSelf.status.topics.exists(s, s.name == t.name && has(s.topicName) && s.topicName == t.?topicName.orValue('.'))))",message="spec.topics: topicName is immutable once set: AWS cannot rename a topic; add a topic with the new name, move publishers and consumers, then remove this one"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.topics) || !has(oldSelf.spec.topics) || !has(oldSelf.?status.topics) || !has(oldSelf.status.resources) || [oldSelf.status.resources.filter(r, r.state != 'Leaving').map(r, r.resource)].all(rows, [oldSelf.status.topics.filter(s, has(s.topicName) && ('topic/' + s.topicName) in rows)].all(used, self.spec.topics.all(t, !has(t.topicName) || oldSelf.spec.topics.all(o, o.name != t.name || has(o.topicName)) || used.all(s, s.name != t.name || s.topicName == t.topicName))))",message="spec.topics: a topicName that is set later must be the name in use, which status.topics has: AWS cannot rename a topic; set that name, or add a topic with the new name, move publishers and consumers, then remove this one"
type MessagingTopology struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	Spec MessagingTopologySpec `json:"spec"`
	// status is what was seen.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status MessagingTopologyStatus `json:"status,omitempty"`
}

// MessagingTopologyList is a list of MessagingTopologies.
//
// +kubebuilder:object:root=true
type MessagingTopologyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MessagingTopology `json:"items"`
}
