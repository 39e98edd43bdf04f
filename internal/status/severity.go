package status

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// foreseen are reasons of states that belong to what was asked for.
var foreseen = map[string]bool{
	v1alpha1.ReasonPending: true, v1alpha1.ReasonProgressing: true, v1alpha1.ReasonSettling: true,
	v1alpha1.ReasonDeleting: true, v1alpha1.ReasonEmptySettle: true, v1alpha1.ReasonAdopting: true, v1alpha1.ReasonSuspended: true,
	v1alpha1.ReasonRunning: true, v1alpha1.ReasonObserving: true, v1alpha1.ReasonCancelling: true, v1alpha1.ReasonAnotherRedrive: true,
}

// arriving are reasons of waits for something else that may be on its way: whoever applies everything at once sees them for a moment.
var arriving = map[string]bool{
	v1alpha1.ReasonAccountNotFound: true, v1alpha1.ReasonAccountNotReady: true, v1alpha1.ReasonSecretNotFound: true,
	v1alpha1.ReasonNamespaceNotFound: true, v1alpha1.ReasonTopologyNotFound: true, v1alpha1.ReasonTopicNotFound: true,
	v1alpha1.ReasonSharedQueueNotFound: true, v1alpha1.ReasonSharedQueueNotReady: true, v1alpha1.ReasonSubscribeNotPermitted: true,
	v1alpha1.ReasonConsumerQueueNotFound: true, v1alpha1.ReasonConsumerQueueNotReady: true,
}

// severity of the event that a condition became False. A wait for what may be on its way is no warning as long as the object has had no other verdict.
func severity(before, after *metav1.Condition) string {
	young := before == nil || before.Status != metav1.ConditionTrue && (arriving[before.Reason] || foreseen[before.Reason])
	if foreseen[after.Reason] || young && arriving[after.Reason] {
		return corev1.EventTypeNormal
	}
	return corev1.EventTypeWarning
}
