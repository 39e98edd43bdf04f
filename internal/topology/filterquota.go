package topology

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// MaxFilterPolicies is how many subscriptions with a filter policy a topic may have, unless AWS has raised it for an account
// (https://docs.aws.amazon.com/general/latest/gr/sns.html).
const MaxFilterPolicies = 200

// FilterKey stands in FilterKeys for a topic that is named by a topology and its logical name there.
func FilterKey(topology types.NamespacedName, topic string) string {
	return topology.String() + "/" + topic
}

// FilterKeys name the topics to which a ConsumerQueue subscribes with a filter policy: FilterKey, or the ARN.
func FilterKeys(cq *v1alpha1.ConsumerQueue) []string {
	var keys []string
	for i := range cq.Spec.Subscriptions {
		s := &cq.Spec.Subscriptions[i]
		switch {
		case len(s.FilterPolicy) == 0:
		case s.Topology == nil:
			keys = append(keys, s.TopicARN)
		default:
			keys = append(keys, FilterKey(topologyKey(cq, s.Topology), s.Topic))
		}
	}
	return keys
}

// FilteredTopics gives, by the ARN of each topic that a ConsumerQueue wants with a filter policy and does not have so yet, all FilterKeys under
// which others may name it.
func FilteredTopics(in ConsumerInputs) map[string][]string {
	out := map[string][]string{}
	for i := range in.Queue.Spec.Subscriptions {
		s := &in.Queue.Spec.Subscriptions[i]
		t, p := locate(in, s)
		if p != nil || len(s.FilterPolicy) == 0 || HasFilter(in.Inventory, t.arn) {
			continue
		}
		keys := []string{t.arn}
		for _, declarer := range in.TopicDeclarers[t.arn] {
			found := in.Topologies[declarer]
			if found == nil || found.Object == nil {
				continue
			}
			for j := range found.Object.Spec.Topics {
				if topic := &found.Object.Spec.Topics[j]; topicName(found.Object, topic) == t.name {
					keys = append(keys, FilterKey(declarer, topic.Name))
				}
			}
		}
		out[t.arn] = keys
	}
	return out
}

// HasFilter says that Skein has made a subscription to a topic with a filter policy already, so that it counts in AWS.
func HasFilter(inventory Inventory, topicARN string) bool {
	return slices.ContainsFunc(inventory, func(r Row) bool {
		return r.Kind == KindSubscription && r.TopicARN == topicARN && r.Fields["FilterPolicy"] != ""
	})
}

// Consents says whether a ConsumerQueue of a namespace may subscribe as far as the topologies know that declare a topic; what cannot be read
// counts as consent.
func Consents(in ConsumerInputs, topicARN, namespace string, labels map[string]string) bool {
	for _, declarer := range in.TopicDeclarers[topicARN] {
		found := in.Topologies[declarer]
		if found == nil || found.Object == nil {
			continue
		}
		if ok, err := AllowsConsumer(found.Object, namespace, labels); !ok && err == nil {
			return false
		}
	}
	return true
}

// tooManyFilters refuses a new filter policy for a topic that has all that SNS allows: SNS would make the subscription without it.
func (b *consumer) tooManyFilters(t topic, s *v1alpha1.Subscription) *problem {
	most := cmp.Or(b.in.MaxFilters, MaxFilterPolicies)
	if len(s.FilterPolicy) == 0 || HasFilter(b.in.Inventory, t.arn) || b.in.FiltersBefore[t.arn] < most {
		return nil
	}
	return wait(v1alpha1.ReasonFilterPolicyLimit, "topic %s has %d other subscriptions with a filter policy in this cluster, and SNS allows %d; it is not subscribed to without the filter: "+
		"remove one of them, drop a filter policy, or split the topic", t.arn, b.in.FiltersBefore[t.arn], most)
}
