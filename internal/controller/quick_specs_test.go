package controller

import (
	"fmt"
	"math/bits"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Random edits of specs. Each is one that the apiserver would take: this Kubernetes has no CEL.

// pick draws one of some values, each as likely as the others, which rapid's own generators do not do; it shrinks to the first.
func pick[T any](t *rapid.T, label string, values ...T) T {
	return values[index(t, label, len(values))]
}

// index draws a number below n.
func index(t *rapid.T, label string, n int) int {
	return rapid.Custom(func(t *rapid.T) int {
		drawn := 0
		for range bits.Len(uint(n)) + 2 {
			drawn <<= 1
			if rapid.Bool().Draw(t, "bit") {
				drawn++
			}
		}
		return drawn % n
	}).Draw(t, label)
}

// queueEdits are edits of one field each of a consumer's settings, by name.
var queueEdits = []struct {
	name string
	edit func(t *rapid.T, s *v1alpha1.QueueSettings)
}{
	{"visibilityTimeout", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.VisibilityTimeout = pick[v1alpha1.Duration](t, "visibilityTimeout", "", "45s", "2m")
	}},
	{"processingTime", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.ProcessingTime = pick[v1alpha1.Duration](t, "processingTime", "", "10s")
	}},
	{"messageRetention", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.MessageRetention = pick[v1alpha1.Duration](t, "messageRetention", "", "1h", "72h")
	}},
	{"receiveWaitTime", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.ReceiveWaitTime = pick[v1alpha1.Duration](t, "receiveWaitTime", "", "0s", "10s")
	}},
	{"deliveryDelay", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.DeliveryDelay = pick[v1alpha1.Duration](t, "deliveryDelay", "", "5s")
	}},
	{"maximumMessageSize", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.MaximumMessageSize = pick(t, "maximumMessageSize", nil, ptr.To(resource.MustParse("64Ki")), ptr.To(resource.MustParse("256Ki")))
	}},
	{"encryption", func(t *rapid.T, s *v1alpha1.QueueSettings) { s.Encryption = anyEncryption(t) }},
	{"deadLetter", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.DeadLetter = pick(t, "deadLetter", nil, &v1alpha1.DeadLetter{Disabled: true}, &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](3)},
			&v1alpha1.DeadLetter{MessageRetention: "240h"}, &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: sharedConsumer}})
		if s.FIFO != nil && s.DeadLetter != nil && s.DeadLetter.ConsumerQueue != nil {
			s.DeadLetter = nil
		}
	}},
	{"undelivered", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.Undelivered = pick(t, "undelivered", nil, &v1alpha1.Undelivered{Disabled: true}, &v1alpha1.Undelivered{MessageRetention: "240h"})
		if s.Undelivered != nil && !s.Undelivered.Disabled {
			s.Undelivered.Encryption = anyEncryption(t)
		}
	}},
	{"access", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.Access = nil
		if !rapid.Bool().Draw(t, "access") {
			return
		}
		s.Access = &v1alpha1.Access{EnforceTLS: pick(t, "enforceTLS", nil, ptr.To(false), ptr.To(true)), Senders: anyCallers(t)}
		if rapid.Bool().Draw(t, "receivers") {
			s.Access.Receivers = []v1alpha1.AWSPrincipal{{AWSPrincipal: "arn:aws:iam::111122223333:role/worker"}}
		}
	}},
	{"alarms", func(t *rapid.T, s *v1alpha1.QueueSettings) { s.Alarms = anyAlarms(t) }},
	{"actionTopics", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		if s.Alarms != nil {
			s.Alarms.ActionTopics = anyActionTopics(t)
		}
	}},
	{"tags", func(t *rapid.T, s *v1alpha1.QueueSettings) { s.Tags = anyTags(t) }},
	{"deletionPolicy", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		s.DeletionPolicy = pick(t, "deletionPolicy", "", v1alpha1.DeletionDelete, v1alpha1.DeletionRetain)
	}},
	{"fifo", func(t *rapid.T, s *v1alpha1.QueueSettings) {
		if s.FIFO != nil {
			s.FIFO = pick(t, "fifo", &v1alpha1.QueueFIFO{}, &v1alpha1.QueueFIFO{ContentBasedDeduplication: true},
				&v1alpha1.QueueFIFO{DeduplicationScope: "MessageGroup"}, &v1alpha1.QueueFIFO{DeduplicationScope: "MessageGroup", ThroughputLimit: "PerMessageGroupID"})
		}
	}},
}

// editSettings draws edits of about a third of the fields; a shared dead-letter queue keeps being one.
func editSettings(t *rapid.T, s *v1alpha1.QueueSettings, shared bool) {
	for _, f := range queueEdits {
		if index(t, f.name, 3) == 2 && (!shared || f.name != "deadLetter" && f.name != "messageRetention") {
			f.edit(t, s)
		}
	}
	possibleAlarms(s)
}

// anyAlarms draws alarms, or none.
func anyAlarms(t *rapid.T) *v1alpha1.Alarms {
	alarm := func(name string) *v1alpha1.Alarm {
		return pick(t, name, nil, &v1alpha1.Alarm{}, &v1alpha1.Alarm{Statistic: "Sum", Period: "5m"}, &v1alpha1.Alarm{Threshold: ptr.To[int64](3600), EvaluationPeriods: ptr.To[int32](2)})
	}
	return &v1alpha1.Alarms{
		Actions:            pick(t, "actions", nil, []v1alpha1.ARN{oncall}),
		DeadLetterNotEmpty: alarm("deadLetterNotEmpty"), OldestMessageAge: alarm("oldestMessageAge"), UndeliveredNotEmpty: alarm("undeliveredNotEmpty"), DeliveriesLost: alarm("deliveriesLost"),
	}
}

// anyActionTopics draws standard topics of the topologies, which need not be there, or none.
func anyActionTopics(t *rapid.T) []v1alpha1.ActionTopic {
	of := func(label string) v1alpha1.ActionTopic {
		return v1alpha1.ActionTopic{Topology: v1alpha1.TopologyReference{Name: pick(t, label+" topology", topologyNames...)}, Topic: pick(t, label, "a", "b")}
	}
	return pick(t, "actionTopics", nil, []v1alpha1.ActionTopic{of("first")}, []v1alpha1.ActionTopic{of("first"), of("second")})
}

// possibleAlarms leaves out the alarms that the apiserver would refuse.
func possibleAlarms(s *v1alpha1.QueueSettings) {
	if s.Alarms == nil {
		return
	}
	if s.DeadLetter != nil && s.DeadLetter.Disabled {
		s.Alarms.DeadLetterNotEmpty = nil
	}
	if s.Undelivered != nil && s.Undelivered.Disabled {
		s.Alarms.UndeliveredNotEmpty = nil
	}
	if a := s.Alarms; a.DeadLetterNotEmpty == nil && a.OldestMessageAge == nil && a.UndeliveredNotEmpty == nil && a.DeliveriesLost == nil {
		s.Alarms = nil
	}
}

func anyEncryption(t *rapid.T) *v1alpha1.QueueEncryption {
	return pick(t, "encryption", nil, &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionNone}, &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionSQSManaged},
		&v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/a"}},
		&v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/b", DataKeyReusePeriod: "10m"}})
}

func anyTags(t *rapid.T) v1alpha1.Tags {
	return pick(t, "tags", nil, v1alpha1.Tags{"team": "a"}, v1alpha1.Tags{"team": "b", "cost": "1"})
}

func anyCallers(t *rapid.T) []v1alpha1.SourcePrincipal {
	all := []v1alpha1.SourcePrincipal{
		{AWSPrincipal: "arn:aws:iam::111122223333:role/shop"},
		{Service: "s3.amazonaws.com", SourceAccount: "111122223333"},
		{Service: "events.amazonaws.com", SourceARN: "arn:aws:events:us-east-1:111122223333:rule/r"},
	}
	return pick(t, "callers", nil, all[:1], all[1:2], all[1:], all)
}

func anySubscription(t *rapid.T) v1alpha1.SubscriptionSettings {
	s := v1alpha1.SubscriptionSettings{RawMessageDelivery: pick(t, "raw", nil, ptr.To(false), ptr.To(true))}
	filters := []string{"", `{"kind":["a"]}`, `{"kind":["b",{"prefix":"c"}],"amount":[{"numeric":[">=",5]}]}`, `{"order":{"kind":["a"]}}`}
	switch n := index(t, "filter", len(filters)); n {
	case 0:
	case 3:
		s.FilterPolicy, s.FilterPolicyScope = v1alpha1.FilterPolicy{"order": apiextensionsv1.JSON{Raw: []byte(`{"kind":["a"]}`)}}, "MessageBody"
	default:
		s.FilterPolicy = v1alpha1.FilterPolicy{"kind": apiextensionsv1.JSON{Raw: []byte(`["a"]`)}}
		if n == 2 {
			s.FilterPolicy["amount"] = apiextensionsv1.JSON{Raw: []byte(`[{"numeric":[">=",5]}]`)}
		}
		s.FilterPolicyScope = pick(t, "scope", "", "MessageAttributes", "MessageBody")
	}
	return s
}

// The topologies, each with a pool of topics, and the consumers. The FIFO ones stay so.
var (
	topologyNames = []string{"orders", "audit"}
	topicPool     = []string{"a", "b", "fifo"}
	consumerNames = []string{"inventory", fifoConsumer, sharedConsumer}
	inlinePool    = []string{"one", "two"}
)

const (
	sharedConsumer = "morgue"
	fifoConsumer   = "ledger"
	fifoTopic      = "fifo"
)

func newTopic(name string) v1alpha1.Topic {
	topic := v1alpha1.Topic{Name: name}
	if name == fifoTopic {
		topic.FIFO = &v1alpha1.TopicFIFO{}
	}
	return topic
}

func newConsumerSpec(name string) v1alpha1.ConsumerQueueSpec {
	s := v1alpha1.ConsumerQueueSpec{}
	switch name {
	case sharedConsumer:
		s.DeadLetter, s.MessageRetention = &v1alpha1.DeadLetter{Disabled: true}, "336h"
	case fifoConsumer:
		s.FIFO = &v1alpha1.QueueFIFO{}
	}
	return s
}

// topicOf draws a topic that a queue of the type may be subscribed to.
func topicOf(t *rapid.T, fifo bool) string {
	if fifo {
		return fifoTopic
	}
	return pick(t, "topic", topicPool...)
}

// editConsumer draws edits of a ConsumerQueue, or takes all settings out.
func editConsumer(t *rapid.T, name string, s *v1alpha1.ConsumerQueueSpec) {
	if index(t, "plain", 4) == 3 {
		s.QueueSettings = newConsumerSpec(name).QueueSettings
		return
	}
	editSettings(t, &s.QueueSettings, name == sharedConsumer)
	for range index(t, "subscriptions", 3) {
		editSubscription(t, s)
	}
}

// editSubscription adds, changes or removes a subscription.
func editSubscription(t *rapid.T, s *v1alpha1.ConsumerQueueSpec) {
	topology, topic := pick(t, "topology", topologyNames...), topicOf(t, s.FIFO != nil)
	i := slices.IndexFunc(s.Subscriptions, func(sub v1alpha1.Subscription) bool { return sub.Topology.Name == topology && sub.Topic == topic })
	switch {
	case i < 0:
		s.Subscriptions = append(s.Subscriptions, v1alpha1.Subscription{
			Topology: &v1alpha1.TopologyReference{Name: topology}, Topic: topic, SubscriptionSettings: anySubscription(t),
		})
	case rapid.Bool().Draw(t, "remove"):
		s.Subscriptions = slices.Delete(s.Subscriptions, i, i+1)
	default:
		s.Subscriptions[i].SubscriptionSettings = anySubscription(t)
	}
}

// editTopology draws one edit of a MessagingTopology.
func editTopology(t *rapid.T, s *v1alpha1.MessagingTopologySpec) {
	switch pick(t, "what", "topic", "add or remove a topic", "consumer", "add or remove a consumer", "tags", "deletionPolicy") {
	case "topic":
		if len(s.Topics) > 0 {
			editTopic(t, &s.Topics[index(t, "topic", len(s.Topics))])
		}
	case "add or remove a topic":
		name := pick(t, "topic", topicPool...)
		i := slices.IndexFunc(s.Topics, func(topic v1alpha1.Topic) bool { return topic.Name == name })
		if i < 0 {
			s.Topics = append(s.Topics, newTopic(name))
			return
		}
		s.Topics = slices.Delete(s.Topics, i, i+1)
		for i := range s.Consumers {
			s.Consumers[i].Subscriptions = slices.DeleteFunc(s.Consumers[i].Subscriptions, func(sub v1alpha1.InlineSubscription) bool { return sub.Topic == name })
		}
	case "consumer":
		if len(s.Consumers) > 0 {
			editInline(t, s, &s.Consumers[index(t, "consumer", len(s.Consumers))])
		}
	case "add or remove a consumer":
		name := pick(t, "consumer", inlinePool...)
		i := slices.IndexFunc(s.Consumers, func(c v1alpha1.InlineConsumer) bool { return c.Name == name })
		if i >= 0 {
			s.Consumers = slices.Delete(s.Consumers, i, i+1)
			return
		}
		s.Consumers = append(s.Consumers, v1alpha1.InlineConsumer{Name: name})
		editInline(t, s, &s.Consumers[len(s.Consumers)-1])
	case "tags":
		s.Tags = anyTags(t)
	case "deletionPolicy":
		s.DeletionPolicy = pick(t, "deletionPolicy", "", v1alpha1.DeletionDelete, v1alpha1.DeletionRetain)
	}
}

func editInline(t *rapid.T, s *v1alpha1.MessagingTopologySpec, c *v1alpha1.InlineConsumer) {
	if c.Subscriptions = nil; index(t, "plain", 4) == 3 {
		c.QueueSettings = v1alpha1.QueueSettings{}
	}
	editSettings(t, &c.QueueSettings, false)
	for _, topic := range s.Topics {
		if rapid.Bool().Draw(t, fmt.Sprintf("subscribes to %s", topic.Name)) {
			c.Subscriptions = append(c.Subscriptions, v1alpha1.InlineSubscription{Topic: topic.Name, SubscriptionSettings: anySubscription(t)})
		}
	}
}

// topicEdits are edits of one field each of a topic.
var topicEdits = []func(t *rapid.T, s *v1alpha1.Topic){
	func(t *rapid.T, s *v1alpha1.Topic) { s.DisplayName = pick(t, "displayName", "", "Orders", "Payments") },
	func(t *rapid.T, s *v1alpha1.Topic) {
		s.Encryption = pick(t, "encryption", nil, &v1alpha1.TopicEncryption{KMSKeyID: "alias/a"}, &v1alpha1.TopicEncryption{KMSKeyID: "alias/b"})
	},
	func(t *rapid.T, s *v1alpha1.Topic) { s.Tracing = pick(t, "tracing", "", "PassThrough", "Active") },
	func(t *rapid.T, s *v1alpha1.Topic) { s.Publishers = anyCallers(t) },
	func(t *rapid.T, s *v1alpha1.Topic) { s.Tags = anyTags(t) },
	func(t *rapid.T, s *v1alpha1.Topic) {
		if s.FIFO != nil {
			s.FIFO = pick(t, "fifo", &v1alpha1.TopicFIFO{}, &v1alpha1.TopicFIFO{ContentBasedDeduplication: true},
				&v1alpha1.TopicFIFO{ThroughputScope: "MessageGroup"}, &v1alpha1.TopicFIFO{ThroughputScope: "Topic"})
		}
	},
}

// editTopic draws edits of about half of the fields, or takes all out.
func editTopic(t *rapid.T, s *v1alpha1.Topic) {
	if index(t, "plain", 4) == 3 {
		*s = newTopic(s.Name)
		return
	}
	for _, edit := range topicEdits {
		if rapid.Bool().Draw(t, "field") {
			edit(t, s)
		}
	}
}
