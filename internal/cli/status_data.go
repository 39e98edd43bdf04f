package cli

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// overview is what kubectl skein status shows of a namespace, or of all, and prints as data.
type overview struct {
	// Namespace is empty for all.
	Namespace  string          `json:"namespace,omitempty"`
	Topologies []topologyState `json:"topologies"`
	Queues     []queueState    `json:"queues"`
	// Redrives are those that are not over.
	Redrives []redriveState `json:"redrives"`
	// Events are the last ones, the newest last.
	Events []eventState `json:"events"`
	countsAge
	// NotRead says what is left out, and why.
	NotRead []string `json:"notRead,omitempty"`
}

// objectState is what all lines begin with.
type objectState struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Ready is True, False or Unknown, with reason and message.
	Ready   metav1.ConditionStatus `json:"ready"`
	Reason  string                 `json:"reason"`
	Message string                 `json:"message"`
	// Outdated: the operator has not looked at the last change of the spec yet, and all of this speaks of what was before.
	Outdated bool `json:"outdated,omitempty"`
	// Drift counts the fields that somebody changed in AWS and that are so still.
	Drift int `json:"drift"`
	// Also are further conditions that are not as they should be.
	Also []metav1.Condition `json:"also,omitempty"`
}

// countsAge is how old the counts of messages may be.
type countsAge struct {
	// CountsAge is the longest time between two looks, such as 10m.
	CountsAge string `json:"countsAge,omitempty"`
	// CountsAgeAssumed is true where an AWSAccount that may say otherwise could not be read.
	CountsAgeAssumed bool `json:"countsAgeAssumed,omitempty"`
}

type topologyState struct {
	objectState
	Topics    []v1alpha1.TopicStatus   `json:"topics,omitempty"`
	Consumers *v1alpha1.ConsumerCounts `json:"consumers,omitempty"`
}

type queueState struct {
	objectState
	QueueName string `json:"queueName,omitempty"`
	QueueURL  string `json:"queueURL,omitempty"`
	// Confirmed of so many Subscriptions deliver.
	Confirmed     int `json:"confirmed"`
	Subscriptions int `json:"subscriptions"`
	// Messages is nil before the operator's first look. Of queues that there are not the count is 0, and the flags below say so.
	Messages      *v1alpha1.MessageCounts `json:"messages,omitempty"`
	HasDeadLetter bool                    `json:"hasDeadLetter"`
	// SharesDeadLetter is true where dead letters go to another ConsumerQueue, which counts them.
	SharesDeadLetter bool `json:"sharesDeadLetter,omitempty"`
	HasUndelivered   bool `json:"hasUndelivered"`
}

type redriveState struct {
	Namespace string                 `json:"namespace"`
	Name      string                 `json:"name"`
	Queue     string                 `json:"queue"`
	Source    v1alpha1.RedriveSource `json:"source"`
	State     v1alpha1.RedriveState  `json:"state"`
	Moved     int64                  `json:"moved"`
	ToMove    int64                  `json:"toMove"`
	Percent   int32                  `json:"percent"`
	Reason    string                 `json:"reason"`
	Message   string                 `json:"message"`
	Created   metav1.Time            `json:"created"`
}

func stateOf(object client.Object) objectState {
	status := statusOf(object)
	ready := readyOf(status.conditions)
	return objectState{
		Namespace: object.GetNamespace(), Name: object.GetName(),
		Ready: ready.Status, Reason: ready.Reason, Message: ready.Message,
		Outdated: outdated(object, status),
		Drift:    len(standing(status.drift)), Also: amiss(status.conditions, ready),
	}
}

// outdated says that the operator has not looked at the last change of the spec yet. Before its first look there is nothing to be outdated.
func outdated(object client.Object, status objectStatus) bool {
	return status.observedGeneration >= 0 && status.observedGeneration < object.GetGeneration()
}

func topologyOf(mt *v1alpha1.MessagingTopology) topologyState {
	return topologyState{objectState: stateOf(mt), Topics: mt.Status.Topics, Consumers: mt.Status.Consumers}
}

func queueOf(cq *v1alpha1.ConsumerQueue) queueState {
	q := queueState{
		objectState: stateOf(cq), QueueName: cq.Status.QueueName, QueueURL: cq.Status.QueueURL, Messages: cq.Status.Messages,
		Subscriptions: len(cq.Spec.Subscriptions), HasDeadLetter: cq.Status.DeadLetter != nil, HasUndelivered: cq.Status.Undelivered != nil,
		SharesDeadLetter: sharedQueue(cq) != "",
	}
	for _, subscription := range cq.Status.Subscriptions {
		if subscription.State == v1alpha1.SubscriptionConfirmed {
			q.Confirmed++
		}
	}
	return q
}

// sharedQueue names the ConsumerQueue that takes the dead letters, where it is another.
func sharedQueue(cq *v1alpha1.ConsumerQueue) string {
	if d := cq.Spec.DeadLetter; d != nil && d.ConsumerQueue != nil {
		return d.ConsumerQueue.Name
	}
	return ""
}

func redriveOf(r *v1alpha1.Redrive) redriveState {
	ready := readyOf(r.Status.Conditions)
	out := redriveState{
		Namespace: r.Namespace, Name: r.Name, Queue: r.Spec.ConsumerQueue.Name, Source: r.Spec.Source, State: r.Status.State,
		Moved: r.Status.MessagesMoved, ToMove: r.Status.MessagesToMove, Percent: r.Status.Progress,
		Reason: ready.Reason, Message: ready.Message, Created: r.CreationTimestamp,
	}
	if out.Source == "" {
		out.Source = v1alpha1.RedriveDeadLetter
	}
	if out.State == "" {
		out.State = v1alpha1.RedrivePending
	}
	return out
}

// standing leaves out what was set back.
func standing(drift []v1alpha1.DriftStatus) []v1alpha1.DriftStatus {
	var out []v1alpha1.DriftStatus
	for _, d := range drift {
		if d.State != v1alpha1.DriftCorrected {
			out = append(out, d)
		}
	}
	return out
}

// wanted are the conditions whose good state is True. Of all others it is False, or their absence.
var wanted = []string{v1alpha1.ConditionReady, v1alpha1.ConditionAccepted, v1alpha1.ConditionDeliverable}

// amiss gives the conditions besides Ready that are not as they should be, and that say something else than Ready says.
func amiss(conditions []metav1.Condition, ready metav1.Condition) []metav1.Condition {
	var out []metav1.Condition
	for _, c := range conditions {
		good := metav1.ConditionFalse
		if slices.Contains(wanted, c.Type) {
			good = metav1.ConditionTrue
		}
		if c.Type != v1alpha1.ConditionReady && c.Status != good && (c.Reason != ready.Reason || c.Message != ready.Message) {
			out = append(out, c)
		}
	}
	return out
}
