package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RedriveSource says which of a consumer's queues is emptied.
type RedriveSource string

// The sources of a Redrive.
const (
	// RedriveDeadLetter moves dead letters, by a message move task of SQS.
	RedriveDeadLetter RedriveSource = "DeadLetter"
	// RedriveUndelivered copies what SNS could not deliver into the queue: SQS has no move task for it.
	RedriveUndelivered RedriveSource = "Undelivered"
)

// RedriveSpec is one run. It cannot be changed; delete the Redrive to stop it.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec is immutable: a Redrive is one run; delete it, which cancels it, and create another"
// +kubebuilder:validation:XValidation:rule="!has(self.maxMessages) || has(self.maxMessagesPerSecond)",message="maxMessages needs maxMessagesPerSecond: a run without a rate cannot be stopped near a number"
// +kubebuilder:validation:XValidation:rule="!has(self.observeFor) || has(self.haltOnReturnRatio)",message="observeFor needs haltOnReturnRatio: nothing else is observed"
// +kubebuilder:validation:XValidation:rule="self.?source.orValue('DeadLetter') != 'Undelivered' || !has(self.destination)",message="with source Undelivered the destination is the consumer's own queue: remove destination"
// +kubebuilder:validation:XValidation:rule="self.?source.orValue('DeadLetter') != 'Undelivered' || !has(self.haltOnReturnRatio)",message="haltOnReturnRatio is about dead letters that come back; what SNS could not deliver does not: remove it"
// +kubebuilder:validation:XValidation:rule="!has(self.destination) || self.destination.consumerQueue.name != self.consumerQueue.name",message="destination is another ConsumerQueue; leave it out to move messages back to where they came from"
type RedriveSpec struct {
	// consumerQueue is whose messages move: its dead letters, or what SNS could not deliver. With a shared dead-letter queue name the ConsumerQueue that
	// serves as one; its own messages move.
	ConsumerQueue LocalReference `json:"consumerQueue"`
	// source is DeadLetter (default) or Undelivered.
	// +kubebuilder:validation:Enum=DeadLetter;Undelivered
	// +optional
	Source RedriveSource `json:"source,omitempty"`
	// maxMessagesPerSecond is the rate, 1 to 500. Absent: AWS decides (DeadLetter), or 50 (Undelivered).
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	// +optional
	MaxMessagesPerSecond *int32 `json:"maxMessagesPerSecond,omitempty"`
	// maxMessages ends the run after so many messages; a few more may move until it is seen. Absent: all.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000000
	// +optional
	MaxMessages *int64 `json:"maxMessages,omitempty"`
	// haltOnReturnRatio ends the run when more than this share of the moved messages has come back as dead letters, "0.01" to "1". Absent: no watch is kept.
	// +optional
	HaltOnReturnRatio Ratio `json:"haltOnReturnRatio,omitempty"`
	// observeFor is for how long after the move the dead letters are watched for what comes back, 0s to 24h.
	// Default three times the queue's visibilityTimeout times maxReceiveCount, between 1m and 1h.
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('24h')",message="observeFor must be between 0s and 24h"
	// +optional
	ObserveFor Duration `json:"observeFor,omitempty"`
	// destination is where messages go. Absent: back to the queues that they came from.
	// +optional
	Destination *RedriveDestination `json:"destination,omitempty"`
	// ttlSecondsAfterFinished is after how many seconds a finished Redrive is deleted. Absent: never.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=31536000
	// +optional
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// Ratio is a decimal between 0.01 and 1 in a string, such as "0.5".
//
// +kubebuilder:validation:Pattern=`^(0\.(0[1-9]|[1-9][0-9]?)|1(\.00?)?)$`
// +kubebuilder:validation:MaxLength=4
type Ratio string

// RedriveDestination is where messages go instead of back.
type RedriveDestination struct {
	// consumerQueue of the same namespace, account and type.
	ConsumerQueue LocalReference `json:"consumerQueue"`
}

// RedriveState says how far a run is.
//
// +kubebuilder:validation:Enum=Pending;Starting;Running;Cancelling;Observing;Succeeded;Failed
type RedriveState string

// The states of a run.
const (
	// RedrivePending waits for something; Ready says for what.
	RedrivePending RedriveState = "Pending"
	// RedriveStarting was written before AWS is asked to start the task: from here on a task may run.
	RedriveStarting RedriveState = "Starting"
	// RedriveRunning moves messages.
	RedriveRunning RedriveState = "Running"
	// RedriveCancelling has asked AWS to stop.
	RedriveCancelling RedriveState = "Cancelling"
	// RedriveObserving has moved what there was and watches for what comes back.
	RedriveObserving RedriveState = "Observing"
	// RedriveSucceeded is over: Complete.
	RedriveSucceeded RedriveState = "Succeeded"
	// RedriveFailed is over: Failed says why.
	RedriveFailed RedriveState = "Failed"
)

// RedriveStatus is how far the run is.
type RedriveStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +kubebuilder:default=-1
	// +optional
	ObservedGeneration int64 `json:"observedGeneration"`
	// state of the run.
	// +optional
	State RedriveState `json:"state,omitempty"`
	// account that the queues live in, pinned before the run starts.
	// +optional
	Account *AccountStatus `json:"account,omitempty"`
	// sourceARN is the queue that is emptied.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	SourceARN string `json:"sourceARN,omitempty"`
	// destinationARN is where the messages go; empty: to the queues that they came from.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	DestinationARN string `json:"destinationARN,omitempty"`
	// startTime is when the run was written down, just before AWS was asked to start it.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`
	// taskStartTime is when AWS says that its move task began: it tells this run's task from others.
	// +optional
	TaskStartTime *metav1.MicroTime `json:"taskStartTime,omitempty"`
	// completionTime is when the run was over.
	// +optional
	CompletionTime *metav1.Time `json:"completionTime,omitempty"`
	// messagesToMove is about how many messages there were at the start.
	// +optional
	MessagesToMove int64 `json:"messagesToMove"`
	// messagesMoved is about how many have moved.
	// +optional
	MessagesMoved int64 `json:"messagesMoved"`
	// messagesRefused is about how many the queue refused for good, with source Undelivered; they stay in the undelivered queue.
	// +optional
	MessagesRefused int64 `json:"messagesRefused,omitempty"`
	// messagesReturned is about how many came back as dead letters, where haltOnReturnRatio watches for them.
	// +optional
	MessagesReturned int64 `json:"messagesReturned,omitempty"`
	// progress in percent of messagesToMove, or of maxMessages where that is less.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	// +optional
	Progress int32 `json:"progress"`
	// adopted: a task that runs was taken for this run's own after the answer to its start was lost. Deleting the Redrive then does not cancel it, unless annotated.
	// +optional
	Adopted bool `json:"adopted,omitempty"`
	// observeUntil is until when returning messages are watched for.
	// +optional
	ObserveUntil *metav1.Time `json:"observeUntil,omitempty"`
	// conditions: Ready, Complete, Failed; Reconciling and Stalled while true.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Redrive moves dead letters, or what SNS could not deliver, back: one run, like a Job.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=rd,categories=skein
// +kubebuilder:printcolumn:name="QUEUE",type=string,JSONPath=`.spec.consumerQueue.name`
// +kubebuilder:printcolumn:name="STATE",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="MOVED",type=integer,JSONPath=`.status.messagesMoved`
// +kubebuilder:printcolumn:name="OF",type=integer,JSONPath=`.status.messagesToMove`
// +kubebuilder:printcolumn:name="PERCENT",type=integer,JSONPath=`.status.progress`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="MESSAGE",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type Redrive struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	Spec RedriveSpec `json:"spec"`
	// status is what was seen.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status RedriveStatus `json:"status,omitempty"`
}

// RedriveList is a list of Redrives.
//
// +kubebuilder:object:root=true
type RedriveList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Redrive `json:"items"`
}

// GetConditions gives the conditions for reading and changing.
func (in *Redrive) GetConditions() *[]metav1.Condition { return &in.Status.Conditions }

// Finished says whether the run is over.
func (in *Redrive) Finished() bool {
	return in.Status.State == RedriveSucceeded || in.Status.State == RedriveFailed
}

// RedriveSchedule makes Redrives at the times of a cron schedule. It never runs blindly: what comes back halts it.
//
// +kubebuilder:validation:XValidation:rule="!has(self.maxMessagesPerRun) || has(self.maxMessagesPerSecond)",message="maxMessagesPerRun needs maxMessagesPerSecond: a run without a rate cannot be stopped near a number"
type RedriveSchedule struct {
	// schedule is five cron fields: minute, hour, day of month, month, day of week.
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[0-9A-Za-z*,/?-]+( +[0-9A-Za-z*,/?-]+){4}$`
	Schedule string `json:"schedule"`
	// timeZone of the schedule, by its name in the IANA data base, such as Asia/Jerusalem. Default UTC.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_+/-]+$`
	// +kubebuilder:validation:XValidation:rule="self != 'Local'",message="timeZone is a name in the IANA data base, such as Asia/Jerusalem; Local would be wherever the operator runs"
	// +optional
	TimeZone string `json:"timeZone,omitempty"`
	// maxMessagesPerSecond is the rate, 1 to 500. Absent: AWS decides.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	// +optional
	MaxMessagesPerSecond *int32 `json:"maxMessagesPerSecond,omitempty"`
	// maxMessagesPerRun ends a run after so many messages; a few more may move until it is seen. Absent: all.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000000
	// +optional
	MaxMessagesPerRun *int64 `json:"maxMessagesPerRun,omitempty"`
	// haltOnReturnRatio halts the schedule when more than this share of the moved messages has come back as dead letters, "0.01" to "1". Default "0.5".
	// +optional
	HaltOnReturnRatio Ratio `json:"haltOnReturnRatio,omitempty"`
	// observeFor is for how long after a run the dead letters are watched for what comes back, 0s to 24h.
	// Default three times visibilityTimeout times maxReceiveCount, between 1m and 1h.
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('24h')",message="observeFor must be between 0s and 24h"
	// +optional
	ObserveFor Duration `json:"observeFor,omitempty"`
	// suspend: no new runs. A run under way goes on. Default false.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// historyLimit is how many finished Redrives of the schedule are kept. 0 to 20, default 3.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=20
	// +optional
	HistoryLimit *int32 `json:"historyLimit,omitempty"`
}

// RedriveScheduleStatus is how a schedule stands.
type RedriveScheduleStatus struct {
	// lastScheduleTime is the time of the schedule that a Redrive was last made for.
	// +optional
	LastScheduleTime *metav1.Time `json:"lastScheduleTime,omitempty"`
	// nextScheduleTime is when the next run is due; absent while suspended or halted.
	// +optional
	NextScheduleTime *metav1.Time `json:"nextScheduleTime,omitempty"`
	// lastSkipped is the last time of the schedule that no Redrive was made for, and why.
	// +optional
	LastSkipped *SkippedRedrive `json:"lastSkipped,omitempty"`
	// active is the Redrive that runs.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Active string `json:"active,omitempty"`
	// haltedBy is the Redrive whose messages came back; while it is set there are no new runs.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	HaltedBy string `json:"haltedBy,omitempty"`
	// haltedGeneration is the generation of the spec that was halted; a newer one resumes.
	// +optional
	HaltedGeneration int64 `json:"haltedGeneration,omitempty"`
	// resumeRedrive is the last value of the annotation skein.dev/resume-redrive that was acted upon.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ResumeRedrive string `json:"resumeRedrive,omitempty"`
}

// SkippedRedrive is a time of a schedule that no Redrive was made for.
type SkippedRedrive struct {
	// time of the schedule.
	Time metav1.Time `json:"time"`
	// message says why.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}
