package v1alpha1

// Alarms are CloudWatch alarms about a consumer's queues. An alarm exists while its member is set; `{}` takes every default.
// Missing data never breaches: an idle queue has no metrics
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
//
// +kubebuilder:validation:XValidation:rule="size(self.?actions.orValue([])) + size(self.?actionTopics.orValue([])) <= 5",message="alarms: CloudWatch takes at most 5 actions an alarm, actions and actionTopics together"
// +kubebuilder:validation:XValidation:rule="has(self.deadLetterNotEmpty) || has(self.oldestMessageAge) || has(self.undeliveredNotEmpty) || has(self.deliveriesLost)",message="alarms needs at least one of deadLetterNotEmpty, oldestMessageAge, undeliveredNotEmpty and deliveriesLost; {} takes an alarm's defaults"
type Alarms struct {
	// actions are what an alarm does when it goes to ALARM, such as ARNs of SNS topics (AlarmActions).
	// +kubebuilder:validation:MaxItems=5
	// +listType=atomic
	// +optional
	Actions []ARN `json:"actions,omitempty"`
	// actionTopics are topics of MessagingTopologies to which alarms are sent; their policies get a statement for CloudWatch.
	// +kubebuilder:validation:MaxItems=5
	// +listType=atomic
	// +optional
	ActionTopics []ActionTopic `json:"actionTopics,omitempty"`
	// deadLetterNotEmpty: there are dead letters (ApproximateNumberOfMessagesVisible of the dead-letter queue). Default: Maximum above 0 in 1 period of 1m.
	// +optional
	DeadLetterNotEmpty *Alarm `json:"deadLetterNotEmpty,omitempty"`
	// oldestMessageAge: the oldest message of the queue waits too long, in seconds (ApproximateAgeOfOldestMessage). Default: Maximum above 300 in 5 periods of 1m.
	// +optional
	OldestMessageAge *Alarm `json:"oldestMessageAge,omitempty"`
	// undeliveredNotEmpty: SNS could not deliver something (ApproximateNumberOfMessagesVisible of the undelivered queue). Default: Maximum above 0 in 1 period of 1m.
	// +optional
	UndeliveredNotEmpty *Alarm `json:"undeliveredNotEmpty,omitempty"`
	// deliveriesLost: SNS could not even put something into an undelivered queue (NumberOfNotificationsFailedToRedriveToDlq), one alarm for each subscribed topic. Default: Sum above 0 in 1 period of 1m.
	// +optional
	DeliveriesLost *Alarm `json:"deliveriesLost,omitempty"`
}

// Alarm is when a CloudWatch alarm fires: its statistic is above its threshold in each of so many periods
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
//
// +kubebuilder:validation:XValidation:rule="duration(self.?period.orValue('1m')).getSeconds() * self.?evaluationPeriods.orValue(5) <= 604800 && (duration(self.?period.orValue('1m')) >= duration('1h') || duration(self.?period.orValue('1m')).getSeconds() * self.?evaluationPeriods.orValue(5) <= 86400)",message="period times evaluationPeriods is at most one day, or seven days with a period of 1h or more"
type Alarm struct {
	// statistic of the metric in one period (Statistic).
	// +kubebuilder:validation:Enum=Maximum;Minimum;Average;Sum;SampleCount
	// +optional
	Statistic string `json:"statistic,omitempty"`
	// threshold above which the alarm fires (Threshold). Messages, or seconds for an age.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	// +optional
	Threshold *int64 `json:"threshold,omitempty"`
	// period over which the statistic is taken, whole minutes from 1m to 24h (Period).
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('24h') && duration(self).getMilliseconds() % 60000 == 0",message="period must be whole minutes between 1m and 24h"
	// +optional
	Period Duration `json:"period,omitempty"`
	// evaluationPeriods in a row must be above the threshold (EvaluationPeriods). 1 to 1440.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1440
	// +optional
	EvaluationPeriods *int32 `json:"evaluationPeriods,omitempty"`
}

// ActionTopic is a topic of a MessagingTopology that alarms are sent to. The topology's allowedConsumers must cover this namespace.
type ActionTopic struct {
	// topology is the MessagingTopology that declares the topic.
	Topology TopologyReference `json:"topology"`
	// topic is the topic's logical name in the topology. It must be a standard topic.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Topic string `json:"topic"`
}

// ActionTopicState says whether alarms are sent to a topic.
//
// +kubebuilder:validation:Enum=Accepted;Refused;Waiting
type ActionTopicState string

// The states of an action topic.
const (
	// ActionTopicAccepted is an action of the alarms.
	ActionTopicAccepted ActionTopicState = "Accepted"
	// ActionTopicRefused is not allowed, or not valid; reason says why.
	ActionTopicRefused ActionTopicState = "Refused"
	// ActionTopicWaiting waits for something else; reason says for what.
	ActionTopicWaiting ActionTopicState = "Waiting"
)

// ActionTopicStatus is the state of one action topic.
type ActionTopicStatus struct {
	// topology that declares the topic, as namespace/name.
	// +kubebuilder:validation:MaxLength=400
	Topology string `json:"topology"`
	// topic is the topic's logical name in the topology.
	// +kubebuilder:validation:MaxLength=63
	Topic string `json:"topic"`
	// topicARN of the topic while it is an action of the alarms; one that cannot be judged now stays.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	TopicARN string `json:"topicARN,omitempty"`
	// state is Accepted, Refused or Waiting.
	State ActionTopicState `json:"state"`
	// reason why it is not accepted.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Reason string `json:"reason,omitempty"`
}
