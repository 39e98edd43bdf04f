package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ConsumerQueueSpec is the consumer's side: a queue, its dead-letter queues and what it is subscribed to.
//
// +kubebuilder:validation:XValidation:rule="(has(self.accountRef) ? self.accountRef.name : 'default') == (has(oldSelf.accountRef) ? oldSelf.accountRef.name : 'default')",message="spec.accountRef is immutable (absent means default): a queue cannot move to another account; make a second ConsumerQueue, drain this one, then delete it"
// +kubebuilder:validation:XValidation:rule="!has(self.maximumMessageSize) || (quantity(string(self.maximumMessageSize)).compareTo(quantity('1Ki')) >= 0 && quantity(string(self.maximumMessageSize)).compareTo(quantity('1Mi')) <= 0)",message="spec.maximumMessageSize must be between 1Ki and 1Mi"
// +kubebuilder:validation:XValidation:rule="!has(self.fifo) || !has(self.subscriptions) || self.subscriptions.all(s, !has(s.topicARN) || s.topicARN.endsWith('.fifo'))",message="subscriptions: a FIFO queue cannot receive from a standard topic; subscribe to a topicARN that ends in .fifo, or leave fifo out"
// +kubebuilder:validation:XValidation:rule="!has(self.subscriptions) || self.subscriptions.all(s, self.subscriptions.exists_one(o, has(s.topicARN) ? has(o.topicARN) && o.topicARN == s.topicARN : has(o.topic) == has(s.topic) && (!has(o.topic) || o.topic == s.topic) && has(o.topology) == has(s.topology) && (!has(o.topology) || o.topology == s.topology)))",message="subscriptions: SNS has one subscription for a topic and a queue; remove the second one to the same topic, or merge their filter policies"
type ConsumerQueueSpec struct {
	// accountRef is the AWSAccount. Absent: default. Immutable.
	// +optional
	AccountRef *AccountReference `json:"accountRef,omitempty"`

	QueueSettings `json:",inline"`

	// subscriptions are the topics that this queue receives from.
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	Subscriptions []Subscription `json:"subscriptions,omitempty"`
}

// Subscription is one topic that a ConsumerQueue receives from.
//
// +kubebuilder:validation:XValidation:rule="has(self.topic) != has(self.topicARN)",message="exactly one of topic (with topology) and topicARN must be set"
// +kubebuilder:validation:XValidation:rule="has(self.topology) == has(self.topic)",message="topology and topic go together"
type Subscription struct {
	// topology is the MessagingTopology that declares the topic.
	// +optional
	Topology *TopologyReference `json:"topology,omitempty"`
	// topic is the topic's logical name in the topology.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Topic string `json:"topic,omitempty"`
	// topicARN is a topic that no MessagingTopology declares. If some MessagingTopology does, its consent is needed all the same.
	// +kubebuilder:validation:Pattern=`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$`
	// +kubebuilder:validation:MaxLength=330
	// +optional
	TopicARN string `json:"topicARN,omitempty"`

	SubscriptionSettings `json:",inline"`
}

// TopologyReference names a MessagingTopology.
type TopologyReference struct {
	// name of the MessagingTopology.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// namespace of the MessagingTopology. Default: the object's own.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`
}

// ConsumerQueueStatus is what the operator saw.
type ConsumerQueueStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +kubebuilder:default=-1
	// +optional
	ObservedGeneration int64 `json:"observedGeneration"`
	// account that the queues live in, pinned before the first write.
	// +optional
	Account *AccountStatus `json:"account,omitempty"`
	// queueURL for SDK clients.
	// +optional
	QueueURL string `json:"queueURL,omitempty"`
	// queueARN of the queue.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	QueueARN string `json:"queueARN,omitempty"`
	// queueName is the AWS name.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	QueueName string `json:"queueName,omitempty"`
	// deadLetter is the dead-letter queue, own or shared.
	// +optional
	DeadLetter *QueueLocation `json:"deadLetter,omitempty"`
	// undelivered is the SNS-side dead-letter queue.
	// +optional
	Undelivered *QueueLocation `json:"undelivered,omitempty"`
	// subscriptions, one for each in the spec.
	// +listType=atomic
	// +optional
	Subscriptions []SubscriptionStatus `json:"subscriptions,omitempty"`
	// actionTopics, one for each in spec.alarms.actionTopics.
	// +kubebuilder:validation:MaxItems=5
	// +listType=atomic
	// +optional
	ActionTopics []ActionTopicStatus `json:"actionTopics,omitempty"`
	// messages are approximate counts of the last look.
	// +optional
	Messages *MessageCounts `json:"messages,omitempty"`
	// redrive is how the schedule of deadLetter.redrive stands.
	// +optional
	Redrive *RedriveScheduleStatus `json:"redrive,omitempty"`
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
	// conditions: Ready, Accepted, Deliverable, Drifted, DeadLetters; RedriveHalted where there is a schedule; Reconciling and Stalled while true.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// QueueLocation is where a queue is.
type QueueLocation struct {
	// queueURL for SDK clients.
	// +optional
	QueueURL string `json:"queueURL,omitempty"`
	// queueARN of the queue.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	QueueARN string `json:"queueARN,omitempty"`
}

// SubscriptionState says how far a subscription is.
//
// +kubebuilder:validation:Enum=Confirmed;PendingConfirmation;Refused;Waiting
type SubscriptionState string

// The states of a subscription.
const (
	// SubscriptionConfirmed delivers.
	SubscriptionConfirmed SubscriptionState = "Confirmed"
	// SubscriptionPendingConfirmation exists but delivers nothing until the queue's owner confirms it.
	SubscriptionPendingConfirmation SubscriptionState = "PendingConfirmation"
	// SubscriptionRefused is not allowed, or not valid; reason says why.
	SubscriptionRefused SubscriptionState = "Refused"
	// SubscriptionWaiting waits for something else; reason says for what.
	SubscriptionWaiting SubscriptionState = "Waiting"
)

// SubscriptionStatus is the state of one subscription.
type SubscriptionStatus struct {
	// topicARN of the topic; empty where it cannot be told yet.
	// +optional
	TopicARN string `json:"topicARN,omitempty"`
	// subscriptionARN once it exists.
	// +optional
	SubscriptionARN string `json:"subscriptionARN,omitempty"`
	// state is Confirmed, PendingConfirmation, Refused or Waiting.
	State SubscriptionState `json:"state"`
	// reason why it is not confirmed.
	// +optional
	Reason string `json:"reason,omitempty"`
	// filterPolicySettlesAt is until when a change of the filter policy or its scope may still be spreading in SNS, so that messages are
	// matched by the former one; absent where none is.
	// +optional
	FilterPolicySettlesAt *metav1.Time `json:"filterPolicySettlesAt,omitempty"`
}

// MessageCounts are approximate numbers of messages.
type MessageCounts struct {
	// visible messages can be received now.
	Visible int64 `json:"visible"`
	// inFlight messages were received and not deleted yet.
	InFlight int64 `json:"inFlight"`
	// delayed messages are held back.
	Delayed int64 `json:"delayed"`
	// deadLettered messages are in the dead-letter queue.
	DeadLettered int64 `json:"deadLettered"`
	// undelivered messages are in the undelivered queue.
	Undelivered int64 `json:"undelivered"`
}

// ConsumerQueue is an SQS queue with its dead-letter queues, policies and subscriptions.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cq,categories=skein
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="QUEUE",type=string,JSONPath=`.status.queueName`
// +kubebuilder:printcolumn:name="MESSAGES",type=integer,JSONPath=`.status.messages.visible`
// +kubebuilder:printcolumn:name="DLQ",type=integer,JSONPath=`.status.messages.deadLettered`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="URL",type=string,priority=1,JSONPath=`.status.queueURL`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="!self.metadata.name.contains('.') || has(self.spec.queueName)",message="metadata.name contains a dot, which no queue name may: set spec.queueName"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.spec.queueName) || self.spec.?queueName.orValue('.') in [oldSelf.spec.queueName, oldSelf.?status.?queueName.orValue(',')]",message="spec.queueName is immutable once set: AWS cannot rename a queue; make a second consumer with the new name, drain this one, then delete it"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.spec.?deadLetter.queueName) || self.spec.?deadLetter.?disabled.orValue(false) || has(self.spec.?deadLetter.consumerQueue) || self.spec.?deadLetter.?queueName.orValue('.') == oldSelf.spec.deadLetter.queueName || (has(self.spec.?deadLetter.queueName) && oldSelf.?status.?deadLetter.?queueARN.orValue('.').endsWith(':' + self.spec.deadLetter.queueName))",message="spec.deadLetter.queueName is immutable once set: AWS cannot rename a queue; to use another dead-letter queue refer to one with deadLetter.consumerQueue"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.spec.?undelivered.queueName) || self.spec.?undelivered.?disabled.orValue(false) || self.spec.?undelivered.?queueName.orValue('.') == oldSelf.spec.undelivered.queueName || (has(self.spec.?undelivered.queueName) && oldSelf.?status.?undelivered.?queueARN.orValue('.').endsWith(':' + self.spec.undelivered.queueName))",message="spec.undelivered.queueName is immutable once set: AWS cannot rename a queue; make a second consumer with the new name, drain this one, then delete it"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.queueName) || has(oldSelf.spec.queueName) || self.spec.queueName == oldSelf.?status.?queueName.orValue('.') || !has(oldSelf.?status.resources) || !oldSelf.status.resources.exists(r, r.state != 'Leaving' && has(r.arn) && r.arn == oldSelf.?status.?queueARN.orValue('.'))",message="spec.queueName must be the name in use",messageExpression="'spec.queueName must be the name in use, ' + oldSelf.status.queueName + ': AWS cannot rename a queue; set that name, or make a second consumer with the new name, drain this one, then delete it'"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.?deadLetter.queueName) || has(oldSelf.spec.?deadLetter.queueName) || oldSelf.?status.?deadLetter.?queueARN.orValue('.').endsWith(':' + self.spec.deadLetter.queueName) || !has(oldSelf.?status.resources) || !oldSelf.status.resources.exists(r, r.state != 'Leaving' && has(r.arn) && r.arn == oldSelf.?status.?deadLetter.?queueARN.orValue('.'))",message="spec.deadLetter.queueName must be the name in use",messageExpression="'spec.deadLetter.queueName must be the name in use, ' + oldSelf.status.deadLetter.queueARN.split(':')[5] + ': AWS cannot rename a queue; set that name, or refer to another dead-letter queue with deadLetter.consumerQueue'"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.?undelivered.queueName) || has(oldSelf.spec.?undelivered.queueName) || oldSelf.?status.?undelivered.?queueARN.orValue('.').endsWith(':' + self.spec.undelivered.queueName) || !has(oldSelf.?status.resources) || !oldSelf.status.resources.exists(r, r.state != 'Leaving' && has(r.arn) && r.arn == oldSelf.?status.?undelivered.?queueARN.orValue('.'))",message="spec.undelivered.queueName must be the name in use",messageExpression="'spec.undelivered.queueName must be the name in use, ' + oldSelf.status.undelivered.queueARN.split(':')[5] + ': AWS cannot rename a queue; set that name, or make a second consumer with the new name, drain this one, then delete it'"
type ConsumerQueue struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	Spec ConsumerQueueSpec `json:"spec"`
	// status is what was seen.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status ConsumerQueueStatus `json:"status,omitempty"`
}

// ConsumerQueueList is a list of ConsumerQueues.
//
// +kubebuilder:object:root=true
type ConsumerQueueList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ConsumerQueue `json:"items"`
}
