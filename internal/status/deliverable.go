package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
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
	if old := meta.FindStatusCondition(*set.conditions, kind); v.Look.Fault != nil && old != nil {
		set.condition(kind, old.Status, old.Reason, old.Message)
		return nil
	}
	for _, s := range subs {
		if s.State == v1alpha1.SubscriptionPendingConfirmation {
			f := Finding{Reason: v1alpha1.ReasonPendingConfirmation, Message: fmt.Sprintf(
				"subscription %s awaits confirmation: until the queue's owner confirms it, nothing is delivered", s.SubscriptionARN)}
			set.condition(kind, metav1.ConditionFalse, f.Reason, f.Message)
			return &f
		}
	}
	if main, own := v.own(v.Build.Names.MainARN); !own && len(subs) > 0 {
		reason, what := v1alpha1.ReasonProgressing, "is not there"
		if main.Seen.Existence == topology.Present {
			reason, what = v1alpha1.ReasonNotOwned, "is not known to be this object's"
		}
		set.condition(kind, metav1.ConditionUnknown, reason, fmt.Sprintf("queue %s %s", v.Build.Names.MainName, what))
		return nil
	}
	if f := policyMissing(v); f != nil {
		set.condition(kind, metav1.ConditionFalse, f.Reason, f.Message)
		return f
	}
	for i, s := range subs {
		if s.State != v1alpha1.SubscriptionConfirmed {
			set.condition(kind, metav1.ConditionUnknown, s.Reason, fmt.Sprintf("the subscription to %s is not made", topicOf(v, i, s)))
			return nil
		}
	}
	if topic, ok := unsupportedPair(v, subs); ok {
		set.condition(kind, metav1.ConditionUnknown, v1alpha1.ReasonUnsupportedRegionPair, fmt.Sprintf(
			"topic %s and the queue (%s) are in two different opt-in regions, between which AWS does not document delivery", topic, v.Account.Region))
		return nil
	}
	if len(subs) == 0 {
		set.condition(kind, metav1.ConditionTrue, v1alpha1.ReasonNoSubscriptions, "the queue has no subscriptions")
	} else {
		set.condition(kind, metav1.ConditionTrue, v1alpha1.ReasonDeliverable, "every subscribed topic can deliver to the queue")
	}
	return nil
}

// topicOf names a topic as AWS does, or, where that is not known yet, as the spec does.
func topicOf(v ConsumerView, i int, s v1alpha1.SubscriptionStatus) string {
	if s.TopicARN != "" || i >= len(v.Object.Spec.Subscriptions) || v.Object.Spec.Subscriptions[i].Topology == nil {
		return s.TopicARN
	}
	sub := v.Object.Spec.Subscriptions[i]
	return fmt.Sprintf("topic %s of MessagingTopology %s/%s", sub.Topic, cmp.Or(sub.Topology.Namespace, v.Object.Namespace), sub.Topology.Name)
}

// policyMissing finds a statement that lets topics send to the queue and that AWS does not show as wanted.
func policyMissing(v ConsumerView) *Finding {
	want, _ := v.Build.State.Find(v.Build.Names.MainARN)
	after, ok := v.Look.After.Find(v.Build.Names.MainARN)
	if !ok || after.Seen.Existence != topology.Present || after.Seen.Denied["Policy"] != "" {
		return nil
	}
	for _, statement := range want.Policy.Statements {
		field := topology.PolicyField(statement.Sid)
		if !strings.HasPrefix(statement.Sid, policydoc.SidTopics) || after.Managed[field] == want.Managed[field] {
			continue
		}
		return &Finding{Reason: v1alpha1.ReasonQueuePolicyMissing, Message: fmt.Sprintf(
			"the policy of queue %s does not hold the statement %s, so SNS may not deliver: %s", want.Name, statement.Sid, statement.JSON())}
	}
	return nil
}

// unsupportedPair finds a topic for whose region and the queue's no service principal is known.
func unsupportedPair(v ConsumerView, subs []v1alpha1.SubscriptionStatus) (string, bool) {
	for _, s := range subs {
		topic, err := arn.Parse(s.TopicARN)
		if err != nil {
			continue
		}
		if _, ok := policydoc.ServicePrincipal(topic.Region, v.Account.Region); !ok {
			return s.TopicARN, true
		}
	}
	return "", false
}
