package topology

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// topic is what a subscription resolves to.
type topic struct {
	arn, name, partition, account, region string

	fifo bool
	// former is the ARN under the default name where the topic now has another.
	former string
	// topology that the subscription names; nil with topicARN.
	topology *types.NamespacedName
}

// problem is why a subscription is not made.
type problem struct {
	effect  effect
	reason  string
	message string
}

// effect of a problem on what is there already.
type effect int

const (
	// waits leaves an existing subscription as it is.
	waits effect = iota
	// denied removes it: the owner was asked and does not consent.
	denied
	// invalid leaves it as it is until the spec is corrected.
	invalid
)

func wait(reason, format string, args ...any) *problem {
	return &problem{effect: waits, reason: reason, message: fmt.Sprintf(format, args...)}
}

// locate finds the topic of a subscription.
func locate(in ConsumerInputs, s *v1alpha1.Subscription) (topic, *problem) {
	if s.Topology == nil {
		return parseTopic(s.TopicARN)
	}
	return declared(in, s.Topology, s.Topic, "the subscription")
}

// declared finds a topic by the topology that declares it; by names for users what asks for it.
func declared(in ConsumerInputs, ref *v1alpha1.TopologyReference, logical, by string) (topic, *problem) {
	key := topologyKey(in.Queue, ref)
	found := in.Topologies[key]
	if found == nil || found.Object == nil {
		return topic{}, wait(v1alpha1.ReasonTopologyNotFound, "MessagingTopology %s cannot be found; create it, or correct %s", key, by)
	}
	topics := found.Object.Spec.Topics
	i := slices.IndexFunc(topics, func(t v1alpha1.Topic) bool { return t.Name == logical })
	if i < 0 {
		return topic{}, wait(v1alpha1.ReasonTopicNotFound, "MessagingTopology %s declares no topic %q; add it there, or correct %s", key, logical, by)
	}
	if found.Account == nil {
		return topic{}, wait(v1alpha1.ReasonAccountNotFound, "the AWSAccount %s of MessagingTopology %s is not known yet", AccountName(found.Object.Spec.AccountRef), key)
	}
	name := topicName(found.Object, &topics[i])
	t := topic{
		arn: found.Account.TopicARN(name), name: name, partition: found.Account.Partition, account: found.Account.ID, region: found.Account.Region,
		fifo: topics[i].FIFO != nil, topology: &key,
	}
	if byDefault := defaultTopicName(found.Object, &topics[i]); byDefault != name {
		t.former = found.Account.TopicARN(byDefault)
	}
	return t, nil
}

func parseTopic(s string) (topic, *problem) {
	a, err := arn.Parse(s)
	if err != nil || a.Service != "sns" {
		return topic{}, &problem{effect: invalid, reason: v1alpha1.ReasonInvalidSpec, message: fmt.Sprintf("%q is no ARN of a topic; correct it", s)}
	}
	return topic{arn: s, name: a.Resource, partition: a.Partition, account: a.AccountID, region: a.Region, fifo: strings.HasSuffix(a.Resource, fifoSuffix)}, nil
}

func topologyKey(cq *v1alpha1.ConsumerQueue, ref *v1alpha1.TopologyReference) types.NamespacedName {
	key := types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}
	if key.Namespace == "" {
		key.Namespace = cq.Namespace
	}
	return key
}

// consent asks every topology that declares a topic. A new subscription needs the consent of all of them, for any of them may be the topic's
// real owner. It is removed if the topology that it names, or the oldest that declares the topic, was read and does not consent.
func consent(in ConsumerInputs, arn string, named *types.NamespacedName) *problem {
	declarers := slices.Clone(in.TopicDeclarers[arn])
	if named != nil {
		declarers = append(declarers, *named)
	}
	slices.SortFunc(declarers, func(a, b types.NamespacedName) int { return strings.Compare(a.String(), b.String()) })
	declarers = slices.Compact(declarers)
	decisive := oldest(in.Topologies, declarers)
	var first *problem
	for _, key := range declarers {
		p := asks(in, key)
		if p == nil {
			continue
		}
		if p.effect == denied {
			if key == decisive || named != nil && key == *named {
				return p
			}
			p.effect = waits
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// asks one topology for consent.
func asks(in ConsumerInputs, key types.NamespacedName) *problem {
	found := in.Topologies[key]
	if found == nil || found.Object == nil {
		return wait(v1alpha1.ReasonTopologyNotFound, "MessagingTopology %s, which declares the topic, cannot be read", key)
	}
	namespace := in.Queue.Namespace
	ok, err := AllowsConsumer(found.Object, namespace, in.NamespaceLabels)
	switch {
	case errors.Is(err, ErrNoLabels):
		return wait(v1alpha1.ReasonNamespaceNotFound, "namespace %s cannot be read, and MessagingTopology %s asks for its labels", namespace, key)
	case err != nil:
		return wait(v1alpha1.ReasonNotAllowed, "allowedConsumers of MessagingTopology %s: %v; its owner must correct it", key, err)
	case !ok && found.Account == nil:
		return wait(v1alpha1.ReasonAccountNotFound,
			"MessagingTopology %s may declare the topic and its allowedConsumers does not cover namespace %s; its AWSAccount %s is not known yet", key, namespace, AccountName(found.Object.Spec.AccountRef))
	case !ok:
		return &problem{
			effect: denied, reason: v1alpha1.ReasonNotAllowed,
			message: fmt.Sprintf("allowedConsumers of MessagingTopology %s does not cover namespace %s; ask its owner", key, namespace),
		}
	}
	return nil
}

// oldest is the topology with the oldest claim; none where one of them cannot be read.
func oldest(topologies map[types.NamespacedName]*TopologyInput, keys []types.NamespacedName) types.NamespacedName {
	var first types.NamespacedName
	for i, key := range keys {
		found := topologies[key]
		if found == nil || found.Object == nil {
			return types.NamespacedName{}
		}
		if i == 0 || Older(found.Object, topologies[first].Object) {
			first = key
		}
	}
	return first
}

// terminating is a topology that declares the topic and is being deleted.
func terminating(in ConsumerInputs, arn string, named *types.NamespacedName) (types.NamespacedName, bool) {
	keys := slices.Clone(in.TopicDeclarers[arn])
	if named != nil {
		keys = append(keys, *named)
	}
	slices.SortFunc(keys, func(a, b types.NamespacedName) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		if t := in.Topologies[key]; t != nil && t.Object != nil && !t.Object.DeletionTimestamp.IsZero() {
			return key, true
		}
	}
	return types.NamespacedName{}, false
}
