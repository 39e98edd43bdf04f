package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// QueueSettings are the settings of a consumer's queues, shared by ConsumerQueue and the inline consumers of a MessagingTopology.
// Every default is filled by the operator, never written into the spec.
//
// +kubebuilder:validation:XValidation:rule="has(self.fifo) == has(oldSelf.fifo)",message="fifo cannot be added or removed: AWS cannot change a queue's type; make a second consumer, drain this one, then delete it"
// +kubebuilder:validation:XValidation:rule="!has(self.queueName) || self.queueName.endsWith('.fifo') == has(self.fifo)",message="queueName ends in .fifo if, and only if, fifo is set"
// +kubebuilder:validation:XValidation:rule="!has(self.?deadLetter.queueName) || self.deadLetter.queueName.endsWith('.fifo') == has(self.fifo)",message="deadLetter.queueName ends in .fifo if, and only if, fifo is set: a dead-letter queue has the type of its queue"
// +kubebuilder:validation:XValidation:rule="!has(self.?undelivered.queueName) || self.undelivered.queueName.endsWith('.fifo') == has(self.fifo)",message="undelivered.queueName ends in .fifo if, and only if, fifo is set: the undelivered queue has the type of its queue"
// +kubebuilder:validation:XValidation:rule="(!has(self.queueName) || !(self.queueName in [self.?deadLetter.?queueName.orValue('.'), self.?undelivered.?queueName.orValue('.')])) && (!has(self.?deadLetter.queueName) || self.deadLetter.queueName != self.?undelivered.?queueName.orValue('.'))",message="queueName, deadLetter.queueName and undelivered.queueName must differ: give each queue a name of its own"
// +kubebuilder:validation:XValidation:rule="has(self.fifo) || self.?deadLetter.?disabled.orValue(false) || has(self.?deadLetter.consumerQueue) || duration(self.?deadLetter.?messageRetention.orValue('336h')) > duration(self.?messageRetention.orValue('96h')) || (duration(self.?deadLetter.?messageRetention.orValue('336h')) == duration('336h') && duration(self.?messageRetention.orValue('96h')) == duration('336h'))",message="deadLetter.messageRetention (default 336h) must be above messageRetention (default 96h), or both 336h: on a standard queue a dead letter keeps its first enqueue time and would expire early"
// +kubebuilder:validation:XValidation:rule="!has(self.processingTime) || !has(self.visibilityTimeout) || duration(self.visibilityTimeout) >= duration(self.processingTime)",message="visibilityTimeout must not be below processingTime, or messages are delivered again while they are handled; leave visibilityTimeout out for 6 x processingTime"
// +kubebuilder:validation:XValidation:rule="!has(self.?alarms.deadLetterNotEmpty) || !self.?deadLetter.?disabled.orValue(false)",message="alarms.deadLetterNotEmpty needs a dead-letter queue: remove deadLetter.disabled or the alarm"
// +kubebuilder:validation:XValidation:rule="!has(self.?alarms.undeliveredNotEmpty) || !self.?undelivered.?disabled.orValue(false)",message="alarms.undeliveredNotEmpty needs an undelivered queue: remove undelivered.disabled or the alarm"
type QueueSettings struct {
	// queueName is the AWS name of the queue. Default <namespace>-<name>, with .fifo for FIFO. Immutable once set.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+(\.fifo)?$`
	// +kubebuilder:validation:MaxLength=80
	// +optional
	QueueName string `json:"queueName,omitempty"`

	// fifo makes the queue a FIFO queue. Its presence is fixed at creation, its members may change.
	// +optional
	FIFO *QueueFIFO `json:"fifo,omitempty"`

	// processingTime is the p99 of handling one message, up to 2h; visibilityTimeout then defaults to six times this.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('2h') && duration(self).getMilliseconds() % 1000 == 0",message="processingTime must be whole seconds between 1s and 2h"
	// +optional
	ProcessingTime Duration `json:"processingTime,omitempty"`

	// visibilityTimeout hides a received message for so long (VisibilityTimeout). 0s to 12h, default 30s.
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('12h') && duration(self).getMilliseconds() % 1000 == 0",message="visibilityTimeout must be whole seconds between 0s and 12h"
	// +optional
	VisibilityTimeout Duration `json:"visibilityTimeout,omitempty"`

	// messageRetention keeps a message for so long (MessageRetentionPeriod). 60s to 336h, default 96h.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('60s') && duration(self) <= duration('336h') && duration(self).getMilliseconds() % 1000 == 0",message="messageRetention must be whole seconds between 60s and 336h"
	// +optional
	MessageRetention Duration `json:"messageRetention,omitempty"`

	// receiveWaitTime is how long a receive waits for messages, long polling (ReceiveMessageWaitTimeSeconds). 0s to 20s, default 20s.
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('20s') && duration(self).getMilliseconds() % 1000 == 0",message="receiveWaitTime must be whole seconds between 0s and 20s"
	// +optional
	ReceiveWaitTime Duration `json:"receiveWaitTime,omitempty"`

	// deliveryDelay holds new messages back for so long (DelaySeconds). 0s to 15m, default 0s.
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('15m') && duration(self).getMilliseconds() % 1000 == 0",message="deliveryDelay must be whole seconds between 0s and 15m"
	// +optional
	DeliveryDelay Duration `json:"deliveryDelay,omitempty"`

	// maximumMessageSize is the largest message taken (MaximumMessageSize). 1Ki to 1Mi; absent: AWS's default, left alone.
	// +optional
	MaximumMessageSize *resource.Quantity `json:"maximumMessageSize,omitempty"`

	// encryption of the queue and of its own dead-letter queue. Default: SQSManaged.
	// +optional
	Encryption *QueueEncryption `json:"encryption,omitempty"`

	// deadLetter is where messages go that were received too often. On by default, with a queue of its own.
	// +optional
	DeadLetter *DeadLetter `json:"deadLetter,omitempty"`

	// undelivered is where SNS puts what it cannot deliver to the queue. On by default; made with the first accepted subscription.
	// +optional
	Undelivered *Undelivered `json:"undelivered,omitempty"`

	// access says who else may send to the queue and receive from it.
	// +optional
	Access *Access `json:"access,omitempty"`

	// alarms are CloudWatch alarms about the queues. Absent: none.
	// +optional
	Alarms *Alarms `json:"alarms,omitempty"`

	// connection is the ConfigMap with queue URLs, ARNs and region, for workloads.
	// +optional
	Connection *Connection `json:"connection,omitempty"`

	// deletionPolicy is DeleteIfEmpty (default), Delete or Retain.
	// +kubebuilder:validation:Enum=DeleteIfEmpty;Delete;Retain
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	Management `json:",inline"`

	// tags are put on all queues of this consumer.
	// +optional
	Tags Tags `json:"tags,omitempty"`
}

// QueueFIFO holds the settings of a FIFO queue.
//
// +kubebuilder:validation:XValidation:rule="!has(self.throughputLimit) || self.throughputLimit != 'PerMessageGroupID' || (has(self.deduplicationScope) && self.deduplicationScope == 'MessageGroup')",message="throughputLimit PerMessageGroupID needs deduplicationScope MessageGroup"
type QueueFIFO struct {
	// contentBasedDeduplication takes the body's SHA-256 as deduplication id where the sender gives none (ContentBasedDeduplication). Default false.
	// +optional
	ContentBasedDeduplication bool `json:"contentBasedDeduplication,omitempty"`
	// deduplicationScope is Queue (default) or MessageGroup (DeduplicationScope).
	// +kubebuilder:validation:Enum=Queue;MessageGroup
	// +optional
	DeduplicationScope string `json:"deduplicationScope,omitempty"`
	// throughputLimit is PerQueue (default) or PerMessageGroupID (FifoThroughputLimit).
	// +kubebuilder:validation:Enum=PerQueue;PerMessageGroupID
	// +optional
	ThroughputLimit string `json:"throughputLimit,omitempty"`
}

// EncryptionType is how a queue is encrypted at rest.
type EncryptionType string

// The encryption types.
const (
	// EncryptionSQSManaged is SSE-SQS, with keys that SQS owns.
	EncryptionSQSManaged EncryptionType = "SQSManaged"
	// EncryptionKMS is SSE-KMS.
	EncryptionKMS EncryptionType = "KMS"
	// EncryptionNone is no encryption at rest.
	EncryptionNone EncryptionType = "None"
)

// QueueEncryption is the encryption of a queue at rest.
//
// +kubebuilder:validation:XValidation:rule="has(self.kms) == (has(self.type) && self.type == 'KMS')",message="encryption.kms goes with encryption.type KMS, and only with it"
type QueueEncryption struct {
	// type is SQSManaged (default), KMS or None.
	// +kubebuilder:validation:Enum=SQSManaged;KMS;None
	// +optional
	Type EncryptionType `json:"type,omitempty"`
	// kms names the key, with type KMS.
	// +optional
	KMS *KMSEncryption `json:"kms,omitempty"`
}

// KMSEncryption names a KMS key.
type KMSEncryption struct {
	// keyID is a key id, key ARN, alias/NAME or alias ARN (KmsMasterKeyId).
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	KeyID string `json:"keyID"`
	// dataKeyReusePeriod is how long a data key serves before KMS is asked again (KmsDataKeyReusePeriodSeconds). 60s to 24h, default 5m.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('60s') && duration(self) <= duration('24h') && duration(self).getMilliseconds() % 1000 == 0",message="dataKeyReusePeriod must be whole seconds between 60s and 24h"
	// +optional
	DataKeyReusePeriod Duration `json:"dataKeyReusePeriod,omitempty"`
}

// DeadLetter is the dead-letter queue of a consumer: one of its own, or a shared one.
//
// +kubebuilder:validation:XValidation:rule="!(has(self.disabled) && self.disabled) || (!has(self.queueName) && !has(self.maxReceiveCount) && !has(self.messageRetention) && !has(self.consumerQueue))",message="with deadLetter.disabled only deadLetter.redrive may stand, on a queue that serves others as dead-letter queue"
// +kubebuilder:validation:XValidation:rule="!has(self.consumerQueue) || (!has(self.queueName) && !has(self.messageRetention) && !has(self.redrive))",message="with deadLetter.consumerQueue only maxReceiveCount may stand: the shared queue has its own name, retention and redrive"
type DeadLetter struct {
	// disabled: no dead-letter queue. Default false.
	// +optional
	Disabled bool `json:"disabled,omitempty"`
	// queueName is the AWS name of the own dead-letter queue. Default <queue>-dlq, <stem>-dlq.fifo for FIFO. Immutable once set.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+(\.fifo)?$`
	// +kubebuilder:validation:MaxLength=80
	// +optional
	QueueName string `json:"queueName,omitempty"`
	// maxReceiveCount is how often a message may be received before it is a dead letter. 1 to 1000, default 5.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	MaxReceiveCount *int32 `json:"maxReceiveCount,omitempty"`
	// messageRetention of the own dead-letter queue. 60s to 336h, default 336h. On standard queues above the source's, or both 336h.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('60s') && duration(self) <= duration('336h') && duration(self).getMilliseconds() % 1000 == 0",message="deadLetter.messageRetention must be whole seconds between 60s and 336h"
	// +optional
	MessageRetention Duration `json:"messageRetention,omitempty"`
	// consumerQueue is, instead of an own dead-letter queue, another ConsumerQueue of this namespace, account and type, itself with deadLetter.disabled.
	// +optional
	ConsumerQueue *LocalReference `json:"consumerQueue,omitempty"`
	// redrive moves dead letters back on a schedule. On a queue that serves others as dead-letter queue its own messages move.
	// +optional
	Redrive *RedriveSchedule `json:"redrive,omitempty"`
}

// Undelivered is the SNS-side dead-letter queue of a consumer's subscriptions.
//
// +kubebuilder:validation:XValidation:rule="!(has(self.disabled) && self.disabled) || (!has(self.queueName) && !has(self.messageRetention) && !has(self.encryption))",message="with undelivered.disabled no other undelivered field may stand"
type Undelivered struct {
	// disabled: what SNS cannot deliver is lost. Default false.
	// +optional
	Disabled bool `json:"disabled,omitempty"`
	// queueName is the AWS name. Default <queue>-undelivered, <stem>-undelivered.fifo for FIFO. Immutable once set.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+(\.fifo)?$`
	// +kubebuilder:validation:MaxLength=80
	// +optional
	QueueName string `json:"queueName,omitempty"`
	// messageRetention of the undelivered queue. 60s to 336h, default 336h.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('60s') && duration(self) <= duration('336h') && duration(self).getMilliseconds() % 1000 == 0",message="undelivered.messageRetention must be whole seconds between 60s and 336h"
	// +optional
	MessageRetention Duration `json:"messageRetention,omitempty"`
	// encryption of the undelivered queue. Default SQSManaged, even where the queue uses KMS, so that a faulty key does not take both.
	// +optional
	Encryption *QueueEncryption `json:"encryption,omitempty"`
}

// Access says who else may use the queue; subscriptions need nothing here.
type Access struct {
	// enforceTLS denies what does not come over TLS, on the dead-letter and undelivered queue too. Default true.
	// +optional
	EnforceTLS *bool `json:"enforceTLS,omitempty"`
	// senders may send messages: an AWS service, or a principal.
	// +kubebuilder:validation:MaxItems=50
	// +listType=atomic
	// +optional
	Senders []SourcePrincipal `json:"senders,omitempty"`
	// receivers may receive and delete messages.
	// +kubebuilder:validation:MaxItems=50
	// +listType=atomic
	// +optional
	Receivers []AWSPrincipal `json:"receivers,omitempty"`
}

// SourcePrincipal is an AWS service acting for a source, or an AWS principal.
//
// +kubebuilder:validation:XValidation:rule="has(self.service) != has(self.awsPrincipal)",message="exactly one of service and awsPrincipal must be set"
// +kubebuilder:validation:XValidation:rule="!has(self.service) || has(self.sourceARN) || has(self.sourceAccount)",message="service needs sourceARN or sourceAccount, or any AWS customer could use that service to reach this resource"
// +kubebuilder:validation:XValidation:rule="has(self.service) || (!has(self.sourceARN) && !has(self.sourceAccount))",message="sourceARN and sourceAccount go with service only"
type SourcePrincipal struct {
	// service is an AWS service principal, such as s3.amazonaws.com.
	// +kubebuilder:validation:Pattern=`^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$`
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Service string `json:"service,omitempty"`
	// sourceARN is the resource for which the service acts (aws:SourceArn); * and ? are wildcards.
	// +optional
	SourceARN ARN `json:"sourceARN,omitempty"`
	// sourceAccount is the account for which the service acts (aws:SourceAccount), 12 digits.
	// +kubebuilder:validation:Pattern=`^[0-9]{12}$`
	// +kubebuilder:validation:MaxLength=12
	// +optional
	SourceAccount string `json:"sourceAccount,omitempty"`
	// awsPrincipal is an IAM user, role or account: its ARN, or 12 digits.
	// +kubebuilder:validation:Pattern=`^([0-9]{12}|arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[^*]+)$`
	// +kubebuilder:validation:MaxLength=256
	// +optional
	AWSPrincipal string `json:"awsPrincipal,omitempty"`
}

// AWSPrincipal is an IAM user, role or account.
type AWSPrincipal struct {
	// awsPrincipal is an IAM user, role or account: its ARN, or 12 digits.
	// +kubebuilder:validation:Pattern=`^([0-9]{12}|arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[^*]+)$`
	// +kubebuilder:validation:MaxLength=256
	AWSPrincipal string `json:"awsPrincipal"`
}

// Connection names the ConfigMap for workloads.
type Connection struct {
	// configMap is its name. Default <name>-queue. One that this object does not own is never written.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ConfigMap string `json:"configMap,omitempty"`
}

// FilterPolicy is an SNS filter policy: arbitrary JSON a key.
//
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:MaxProperties=5
type FilterPolicy map[string]apiextensionsv1.JSON

// SubscriptionSettings are the settings of a subscription wherever it is declared.
type SubscriptionSettings struct {
	// rawMessageDelivery delivers the published body as it is, without SNS's envelope (RawMessageDelivery). Default true.
	// +optional
	RawMessageDelivery *bool `json:"rawMessageDelivery,omitempty"`
	// filterPolicy lets only matching messages through (FilterPolicy). At most 5 keys and 150 combinations.
	// +optional
	FilterPolicy FilterPolicy `json:"filterPolicy,omitempty"`
	// filterPolicyScope is what the filter policy looks at: MessageAttributes (default) or MessageBody (FilterPolicyScope).
	// +kubebuilder:validation:Enum=MessageAttributes;MessageBody
	// +optional
	FilterPolicyScope string `json:"filterPolicyScope,omitempty"`
}
