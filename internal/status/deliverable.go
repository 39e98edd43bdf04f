package status

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/topology"
)

// deliverable sets the condition Deliverable and gives the finding that makes it False, or nil.
func deliverable(set setter, v ConsumerView, subs []v1alpha1.SubscriptionStatus) *Finding {
	const kind = v1alpha1.ConditionDeliverable
	if i := slices.IndexFunc(v.Build.Refusals, func(r topology.Refusal) bool { return r.Reason == v1alpha1.ReasonFIFOMismatch }); i >= 0 {
		r := v.Build.Refusals[i]
		set.condition(kind, metav1.ConditionFalse, r.Reason, r.Message)
		return &Finding{Reason: r.Reason, Message: r.Message, Stalled: true}
	}
	if v.Look.Fault != nil && meta.FindStatusCondition(*set.conditions, kind) != nil {
		// It stays as it is, with the generation of which it was told.
		return nil
	}
	found := verdicts(v, subs)
	awaited := slices.IndexFunc(found, func(d delivery.Verdict) bool { return d.Reason == v1alpha1.ReasonPendingConfirmation })
	if awaited >= 0 {
		found = found[awaited : awaited+1]
	} else if main, own := v.own(v.Build.Names.MainARN); !own && len(subs) > 0 {
		reason, what := v1alpha1.ReasonProgressing, "is not there"
		if main.Seen.Existence == topology.Present {
			reason, what = v1alpha1.ReasonNotOwned, "is not known to be this object's"
		}
		set.condition(kind, metav1.ConditionUnknown, reason, fmt.Sprintf("queue %s %s", v.Build.Names.MainName, what))
		return nil
	}
	worst, others := delivery.Worst(found)
	if others > 0 {
		worst.Message += fmt.Sprintf(" (and %d more)", others)
	}
	switch {
	case worst.Status != metav1.ConditionTrue:
		set.condition(kind, worst.Status, worst.Reason, worst.Message)
	case len(subs) == 0:
		set.condition(kind, metav1.ConditionTrue, v1alpha1.ReasonNoSubscriptions, "the queue has no subscriptions")
	default:
		set.condition(kind, metav1.ConditionTrue, v1alpha1.ReasonDeliverable, "every subscribed topic can deliver to the queue")
	}
	if worst.Status != metav1.ConditionFalse {
		return nil
	}
	return &Finding{Reason: worst.Reason, Message: worst.Message}
}

// Prove judges every subscription of what AWS holds after a look.
func Prove(after topology.State) map[string]delivery.Verdict {
	out := map[string]delivery.Verdict{}
	for _, r := range after.Resources {
		if r.Kind == topology.KindSubscription {
			out[r.Key] = delivery.Prove(after, r.Key)
		}
	}
	return out
}

// verdicts are what is proven of the subscriptions of the spec, in its order. Of one that is not made it cannot be told that it delivers.
func verdicts(v ConsumerView, subs []v1alpha1.SubscriptionStatus) []delivery.Verdict {
	out := make([]delivery.Verdict, 0, len(subs))
	for i, s := range subs {
		verdict, judged := v.Look.Verdicts[v.Build.Subscriptions[i].Key]
		if s.State != v1alpha1.SubscriptionConfirmed && (!judged || verdict.Status != metav1.ConditionFalse) {
			verdict = delivery.Verdict{
				Status: metav1.ConditionUnknown, Reason: s.Reason, Message: fmt.Sprintf("the subscription to %s is not made", topicOf(v, i, s)),
			}
		}
		out = append(out, verdict)
	}
	return out
}

// topicOf names a topic as AWS does, or, where that is not known yet, as the spec does.
func topicOf(v ConsumerView, i int, s v1alpha1.SubscriptionStatus) string {
	if s.TopicARN != "" || i >= len(v.Object.Spec.Subscriptions) || v.Object.Spec.Subscriptions[i].Topology == nil {
		return s.TopicARN
	}
	sub := v.Object.Spec.Subscriptions[i]
	return fmt.Sprintf("topic %s of MessagingTopology %s/%s", sub.Topic, cmp.Or(sub.Topology.Namespace, v.Object.Namespace), sub.Topology.Name)
}
