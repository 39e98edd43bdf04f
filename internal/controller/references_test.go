package controller_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// References that do not resolve, and consent.

func TestP07MissingTopicDoesNotSpin(t *testing.T) {
	w := newWorld(t)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "late")}
	})
	still := func() {
		t.Helper()
		w.quiet()
		w.aws.ResetCalls()
		w.pass(5 * time.Minute)
		w.noCalls(anyCall)
	}
	w.mentions(w.waiting(cq, v1alpha1.ReasonTopologyNotFound), w.namespace+"/orders")
	if w.attributes(cq.Status.QueueName) == nil || !w.condition(cq, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonTopologyNotFound) {
		t.Errorf("the queue waits for the topology:\n%s", w.describe())
	}
	still()
	mt := w.topology("orders", asIs)
	w.readyAtOnce(mt)
	w.mentions(w.waiting(cq, v1alpha1.ReasonTopicNotFound), "late")
	still()
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Topics = append(mt.Spec.Topics, v1alpha1.Topic{Name: "late"})
	})
	w.readyAtOnce(cq)
	w.ready(mt)
	if got := w.subscriptions(mt.Status.Topics[1].ARN); len(got) != 1 {
		t.Errorf("the topic's subscriptions are %v", got)
	}
}

func TestP07MissingTopicARNBacksOff(t *testing.T) {
	w := newWorld(t)
	topic := "arn:aws:sns:us-east-1:" + w.accountID + ":of-nobody"
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}} })
	w.mentions(w.waiting(cq, v1alpha1.ReasonTopicNotFound), topic)
	w.aws.ResetCalls()
	w.pass(10 * time.Minute)
	if n := len(w.calls(named("GetTopicAttributes"))); n < 3 || n > 10 {
		t.Errorf("looked %d times for the topic in ten minutes", n)
	}
	w.noCalls(mutating)
	w.createTopic("of-nobody")
	w.eventuallyBy(5*time.Second, "the subscription", func() bool { return len(w.subscriptions(topic)) == 1 })
	w.ready(cq)
}

func TestTopologyThatGoesMissingChangesNothing(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	topic := mt.Status.Topics[0].ARN
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.aws.ResetCalls()
	w.delete(mt)
	w.gone(mt)
	w.waiting(cq, v1alpha1.ReasonTopologyNotFound)
	w.pass(15 * time.Minute)
	w.noCalls(mutating)
	if len(w.subscriptions(topic)) != 1 || !strings.Contains(w.attributes(cq.Status.QueueName)["Policy"], topic) {
		t.Error("the subscription is gone")
	}
	w.ready(w.topology("orders", asIs))
	w.ready(cq)
	w.delete(cq)
	w.gone(cq)
}

// label sets a label of a namespace, or with "" takes it away.
func (w *world) label(namespace, key, value string) {
	w.t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	edit(w, ns, func(ns *corev1.Namespace) {
		if value == "" {
			delete(ns.Labels, key)
		} else {
			ns.Labels[key] = value
		}
	})
}

// ofOther is a subscription to the topic events of the topology orders in the other tenant's namespace.
func (w *world) ofOther() v1alpha1.Subscription {
	return v1alpha1.Subscription{Topology: &v1alpha1.TopologyReference{Name: "orders", Namespace: w.other}, Topic: "events"}
}

// selecting lets namespaces with the label consumes=orders subscribe.
func selecting(s *v1alpha1.MessagingTopologySpec) {
	s.AllowedConsumers = &v1alpha1.AllowedConsumers{Namespaces: v1alpha1.ConsumerNamespaces{
		From: v1alpha1.NamespacesSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"consumes": "orders"}},
	}}
}

func TestConsentGivenAndWithdrawn(t *testing.T) {
	w := newWorld(t)
	mt := w.topologyIn(w.other, "orders", selecting)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{w.ofOther()} })
	w.ready(mt)
	topic := mt.Status.Topics[0].ARN
	w.mentions(w.waiting(cq, v1alpha1.ReasonNotAllowed), w.other+"/orders", w.namespace)
	w.noCalls(named("Subscribe"))
	w.label(w.namespace, "consumes", "orders")
	w.readyAtOnce(cq)
	if len(w.subscriptions(topic)) != 1 {
		t.Error("not subscribed")
	}
	w.label(w.namespace, "consumes", "")
	w.soon("consent to be missed", func() bool { return w.condition(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonNotAllowed) })
	if !w.condition(cq, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonNotAllowed) {
		t.Errorf("accepted:\n%s", w.describe())
	}
	w.event(cq, "Deleted", "subscription")
	if got := w.subscriptions(topic); len(got) != 0 {
		t.Errorf("still subscribed: %v", got)
	}
	if main := w.attributes(cq.Status.QueueName); main == nil || strings.Contains(main["Policy"], topic) {
		t.Errorf("the queue is %v", main)
	}
	w.label(w.namespace, "consumes", "orders")
	w.ready(cq)
}

func TestConsentWithdrawnByTheTopology(t *testing.T) {
	w := newWorld(t)
	mt := w.topologyIn(w.other, "orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.AllowedConsumers = &v1alpha1.AllowedConsumers{Namespaces: v1alpha1.ConsumerNamespaces{From: v1alpha1.NamespacesAll}}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{w.ofOther()} })
	w.ready(cq)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.AllowedConsumers = nil })
	w.soon("consent to be missed", func() bool { return w.condition(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonNotAllowed) })
	w.eventually("the subscription to go", func() bool { return len(w.subscriptions(mt.Status.Topics[0].ARN)) == 0 })
}

func TestTenantNamingAnothersTopicARN(t *testing.T) {
	w := newWorld(t)
	mt := w.topologyIn(w.other, "orders", selecting)
	w.ready(mt)
	topic := mt.Status.Topics[0].ARN
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}} })
	w.mentions(w.waiting(cq, v1alpha1.ReasonNotAllowed), w.other+"/orders")
	w.noCalls(named("Subscribe"))
	w.label(w.namespace, "consumes", "orders")
	w.ready(cq)
	w.label(w.namespace, "consumes", "")
	w.eventually("the subscription to go", func() bool { return len(w.subscriptions(topic)) == 0 })
}

// After a restore from a backup, say, an AWSAccount has no identity as long as its credentials do not work. A topology in it cannot be passed by.
func TestTopicARNOfATopologyWhoseAccountIsNotKnown(t *testing.T) {
	w := newWorld(t)
	topic := w.createTopic("plain")
	second := w.newAccount(w.account + "-b") // without its Secret
	w.create(second)
	w.waitFor(second, "Ready", metav1.ConditionFalse, v1alpha1.ReasonSecretNotFound)
	mt := w.topologyIn(w.other, "orders", func(s *v1alpha1.MessagingTopologySpec) {
		selecting(s)
		s.AccountRef.Name, s.Topics[0].TopicName = second.Name, "plain"
	})
	w.waiting(mt, v1alpha1.ReasonAccountNotReady)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}} })
	w.mentions(w.waiting(cq, v1alpha1.ReasonAccountNotFound), w.other+"/orders", second.Name)
	w.noCalls(named("Subscribe"))
	w.label(w.namespace, "consumes", "orders")
	w.ready(cq)
}

func TestTopicARNDeclaredLaterNeedsConsentFromThenOn(t *testing.T) {
	w := newWorld(t)
	topic := w.createTopic("plain")
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}} })
	w.ready(cq)
	mt := w.topologyIn(w.other, "orders", func(s *v1alpha1.MessagingTopologySpec) { s.Topics[0].TopicName = "plain" })
	w.mentions(w.stalled(mt, v1alpha1.ReasonNotOwned), "plain")
	w.waiting(cq, v1alpha1.ReasonNotAllowed)
}

func TestTenantDeclaringAnothersTopicName(t *testing.T) {
	w := newWorld(t)
	owner := w.topologyIn(w.other, "orders", func(s *v1alpha1.MessagingTopologySpec) { s.Topics[0].TopicName = "secrets" })
	w.ready(owner)
	topic := owner.Status.Topics[0].ARN
	before := w.topicAttributes(topic)
	thief := w.topology("mine", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics[0].TopicName, s.Topics[0].DisplayName = "secrets", "taken"
	})
	w.mentions(w.stalled(thief, v1alpha1.ReasonOwnedByAnother), w.other+"/orders")
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("mine", "events")}
	})
	w.waiting(cq, v1alpha1.ReasonNotAllowed)
	w.noCalls(named("Subscribe"))
	w.delete(thief)
	w.gone(thief)
	if after := w.topicAttributes(topic); after == nil || after["DisplayName"] != before["DisplayName"] || after["Policy"] != before["Policy"] {
		t.Errorf("the topic is now %v", after)
	}
	w.ready(owner)
}

func TestTopologyBeingDeletedTakesNoNewSubscription(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	w.delete(mt)
	w.mentions(w.waiting(mt, v1alpha1.ReasonSubscribersPresent), cq.Status.QueueName)
	w.ready(cq)
	late := w.queue("late", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.mentions(w.waiting(late, v1alpha1.ReasonTopologyTerminating), "orders")
	w.delete(cq)
	w.gone(cq)
	w.gone(mt)
}
