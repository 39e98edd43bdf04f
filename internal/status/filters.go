package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// filterSpread is how long SNS may take until a change of a subscription's filter policy or scope counts everywhere
// (https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html).
const filterSpread = 15 * time.Minute

// settlesAt is until when a changed filter of a subscription may still be spreading, by what this look changed or what the status said before;
// nil once that has passed.
func settlesAt(v ConsumerView, intent topology.SubscriptionIntent) *metav1.Time {
	var until metav1.Time
	for _, old := range v.Object.Status.Subscriptions {
		if old.TopicARN == intent.TopicARN && old.FilterPolicySettlesAt != nil {
			until = *old.FilterPolicySettlesAt
		}
	}
	for _, o := range v.Look.Result.Outcomes {
		if o.Step.Resource.Key == intent.Key && setFilter(o) {
			// In whole seconds, as the apiserver keeps it: it must not change by being read back.
			until = metav1.NewTime(v.Now.Add(filterSpread)).Rfc3339Copy()
		}
	}
	if !v.Now.Before(until.Time) {
		return nil
	}
	return &until
}

// setFilter says that a step changed the filter of a subscription that was there.
func setFilter(o plan.Outcome) bool {
	_, policy := o.Applied["FilterPolicy"]
	_, scope := o.Applied["FilterPolicyScope"]
	return o.Step.Action == plan.Update && (policy || scope)
}
