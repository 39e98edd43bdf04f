package controller_test

import (
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Specs that AWS would refuse: said on the object, without a call.

func filter(key, value string) v1alpha1.FilterPolicy {
	return v1alpha1.FilterPolicy{key: apiextensionsv1.JSON{Raw: []byte(value)}}
}

// filtered is a subscription of the topology orders with a filter policy.
func filtered(topic, key, value string) v1alpha1.Subscription {
	s := subscribed("orders", topic)
	s.FilterPolicy = filter(key, value)
	return s
}

func TestFilterPoliciesThatSNSWouldRefuse(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = []v1alpha1.Topic{{Name: "events"}, {Name: "audit"}}
	})
	w.ready(mt)
	cases := []struct {
		name string
		bad  v1alpha1.Subscription
		says []string
	}{
		{"nested", filtered("events", "customer", `{"vip":[true]}`), []string{"customer", "MessageAttributes"}},
		{"empty", filtered("events", "kind", `[]`), []string{"kind"}},
		{"operator", filtered("events", "amount", `[{"numeric":["<>",5]}]`), []string{"amount", "<>"}},
		{"unknown", filtered("events", "kind", `[{"like":"x"}]`), []string{"kind", "like"}},
		{"complex", filtered("events", "kind", `["`+strings.Repeat(`a","`, 150)+`b"]`), []string{"150"}},
		{"scalar", filtered("events", "kind", `"x"`), []string{"kind"}},
	}
	for _, c := range cases {
		w.queue(c.name, func(s *v1alpha1.ConsumerQueueSpec) {
			s.Subscriptions = []v1alpha1.Subscription{c.bad, subscribed("orders", "audit")}
		})
	}
	for _, c := range cases {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: c.name}}
		w.mentions(w.stalled(cq, v1alpha1.ReasonInvalidFilterPolicy), append(c.says, "spec.subscriptions[0]")...)
		states := []v1alpha1.SubscriptionState{cq.Status.Subscriptions[0].State, cq.Status.Subscriptions[1].State}
		if states[0] != v1alpha1.SubscriptionRefused || states[1] != v1alpha1.SubscriptionConfirmed {
			t.Errorf("%s: the subscriptions are %v", c.name, states)
		}
	}
	w.noCalls(func(c localaws.Call) bool {
		return c.Operation == "Subscribe" && strings.HasSuffix(c.Resource, "-events")
	})
	for _, c := range cases {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: c.name}}
		edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0].FilterPolicy = filter("kind", `["x"]`) })
		w.ready(cq)
	}
}

func TestFilterPolicyMadeWrongLaterKeepsTheSubscription(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{filtered("events", "kind", `["a"]`)}
	})
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0].FilterPolicy = filter("kind", `[]`) })
	w.stalled(cq, v1alpha1.ReasonInvalidFilterPolicy)
	w.noCalls(mutating)
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 1 {
		t.Errorf("the topic's subscriptions are %v", got)
	}
	if !strings.Contains(w.attributes(cq.Status.QueueName)["Policy"], mt.Status.Topics[0].ARN) {
		t.Error("the queue no longer admits the topic")
	}
}

func TestFIFOQueueOnAStandardTopic(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = []v1alpha1.Topic{{Name: "events"}, {Name: "payments", FIFO: &v1alpha1.TopicFIFO{}}}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.FIFO = &v1alpha1.QueueFIFO{}
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events"), subscribed("orders", "payments")}
	})
	w.ready(mt)
	w.mentions(w.stalled(cq, v1alpha1.ReasonFIFOMismatch), mt.Status.Topics[0].ARN, "FIFO")
	if !w.condition(cq, "Deliverable", metav1.ConditionFalse, v1alpha1.ReasonFIFOMismatch) {
		t.Errorf("deliverable:\n%s", w.describe())
	}
	w.eventually("the FIFO topic's subscription", func() bool { return len(w.subscriptions(mt.Status.Topics[1].ARN)) == 1 })
	w.noCalls(func(c localaws.Call) bool { return c.Operation == "Subscribe" && c.Resource == mt.Status.Topics[0].ARN })
}

func TestNamesThatAreTooLong(t *testing.T) {
	w := newWorld(t)
	w.aws.ResetCalls()
	long := strings.Repeat("a", 200)
	cq := w.queue(long, unchanged)
	w.mentions(w.stalled(cq, v1alpha1.ReasonNameTooLong), "80", "queueName")
	mt := w.topology(long, func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = []v1alpha1.Topic{{Name: "events", TopicName: "fine"}, {Name: strings.Repeat("b", 63)}}
	})
	w.mentions(w.stalled(mt, v1alpha1.ReasonNameTooLong), "256", "topicName")
	for _, c := range w.calls(anyCall) {
		if strings.Contains(c.Resource, "aaaa") {
			t.Errorf("called %s for %s", c.Operation, c.Resource)
		}
	}
	if w.topicAttributes("arn:aws:sns:us-east-1:111122223333:fine") == nil {
		t.Error("the other topic was not made")
	}
	w.delete(cq)
	w.gone(cq)
	w.delete(mt)
	w.gone(mt)
}

func TestNamesWithDots(t *testing.T) {
	w := newWorld(t)
	dotted := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "a.b"}}
	if err := w.Create(w.ctx, dotted); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "queueName") {
		t.Errorf("creating a.b without a queue name: %v", err)
	}
	named := w.queue("a.b", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "a_b" })
	w.ready(named)
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders.eu"}}
	mt.Spec.Topics = []v1alpha1.Topic{{Name: "events"}}
	if err := w.Create(w.ctx, mt); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "topicName") {
		t.Errorf("creating orders.eu without a topic name: %v", err)
	}
}

func TestSubscribingTwiceToOneTopic(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", asIs)
	w.ready(mt)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events"), {TopicARN: mt.Status.Topics[0].ARN}}
	})
	w.mentions(w.stalled(cq, v1alpha1.ReasonDuplicateSubscription), "subscriptions[1]", "subscriptions[0]")
	if len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Error("the first one is not made")
	}
}
