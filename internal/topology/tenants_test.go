package topology

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// rival makes another topology that declares the topic of commerce/orders, created at second; its consent is as said.
func rival(t *testing.T, namespace string, second int64, from string) *v1alpha1.MessagingTopology {
	t.Helper()
	mt := orders(t, "{topics: [{name: mine, topicName: commerce-orders-events}], allowedConsumers: {namespaces: {from: "+from+"}}}")
	mt.Namespace, mt.Name, mt.UID = namespace, "rival", "r1"
	mt.CreationTimestamp = metav1.NewTime(time.Unix(second, 0))
	return mt
}

// owner makes commerce/orders, created at second 100.
func owner(t *testing.T, from string) *v1alpha1.MessagingTopology {
	t.Helper()
	mt := orders(t, "{topics: [{name: events}], allowedConsumers: {namespaces: {from: "+from+"}}}")
	mt.CreationTimestamp = metav1.NewTime(time.Unix(100, 0))
	return mt
}

const rivalsTopic = "{subscriptions: [{topology: {name: rival}, topic: mine}]}"

// Who may subscribe to a topic, by its ARN, by its topology, or by a topology of one's own that declares the same name; and what becomes of a
// subscription that exists.
func TestConsentOfEveryDeclarer(t *testing.T) {
	tests := map[string]struct {
		spec          string
		owner         string
		rival         string
		rivalAt       int64
		newState      v1alpha1.SubscriptionState
		existingStays bool
	}{
		"by ARN, consent":                               {subscribedARN, "All", "", 0, "", true},
		"by ARN, no consent":                            {subscribedARN, "Same", "", 0, v1alpha1.SubscriptionRefused, false},
		"by topology, consent":                          {subscribed, "All", "", 0, "", true},
		"by topology, consent withdrawn":                {subscribed, "Same", "", 0, v1alpha1.SubscriptionRefused, false},
		"consent withdrawn, an older rival consents":    {subscribed, "Same", "All", 50, v1alpha1.SubscriptionRefused, false},
		"by a younger topology of one's own":            {rivalsTopic, "Same", "Same", 200, v1alpha1.SubscriptionRefused, false},
		"by an older topology of one's own":             {rivalsTopic, "Same", "Same", 50, v1alpha1.SubscriptionWaiting, true},
		"by ARN, with a younger topology of one's own":  {subscribedARN, "Same", "Same", 200, v1alpha1.SubscriptionRefused, false},
		"consent, a younger rival of ours consents too": {subscribed, "All", "Same", 200, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, tt.spec)
			if tt.rival != "" {
				addTopology(in, rival(t, "warehouse", tt.rivalAt, tt.rival))
			}
			addTopology(in, owner(t, "All"))
			in.Inventory = applied(BuildConsumer(in).State)
			addTopology(in, owner(t, tt.owner))
			existing := BuildConsumer(in)
			if _, stays := existing.State.Find(eventsKey); stays != tt.existingStays {
				t.Errorf("the existing subscription stays: %t", stays)
			}
			in.Inventory = nil
			out := BuildConsumer(in)
			if got := out.Subscriptions[0]; got.State != tt.newState {
				t.Errorf("a new one: %+v", got)
			}
			if _, made := out.State.Find(eventsKey); made != (tt.newState == "") {
				t.Errorf("a new one is made: %t", made)
			}
			if tt.newState != "" && (out.AcceptedReason != v1alpha1.ReasonNotAllowed || out.Refusals[0].Stalled) {
				t.Errorf("accepted %s, refused %+v", out.AcceptedReason, out.Refusals)
			}
		})
	}
}

// A stranger that declares the topic and admits nobody keeps others from subscribing anew but takes nothing from them.
func TestStrangersCannotUnsubscribeOthers(t *testing.T) {
	in := settled(t, subscribed)
	addTopology(in, owner(t, "All"))
	addTopology(in, rival(t, "elsewhere", 200, "Same"))
	out := BuildConsumer(in)
	if r := find(t, out.State, eventsKey); r.Held == "" || out.Subscriptions[0].State != v1alpha1.SubscriptionWaiting {
		t.Errorf("%+v: %s", out.Subscriptions, render(out.State))
	}
	if !strings.Contains(out.AcceptedMessage, "elsewhere/rival") {
		t.Errorf("it does not say who: %s", out.AcceptedMessage)
	}
}

// A topology whose account is not known yet may be the topic's owner: without its consent nothing new is subscribed, and nothing is taken away.
func TestConsentOfATopologyWhoseAccountIsNotKnown(t *testing.T) {
	for from, asked := range map[string]bool{"All": false, "Same": true} {
		for _, existing := range []bool{false, true} {
			in := inputs(t, subscribedARN)
			if existing {
				in = settled(t, subscribedARN)
			}
			key := addTopology(in, owner(t, from))
			in.Topologies[key].Account = nil
			out := BuildConsumer(in)
			r, there := out.State.Find(eventsKey)
			if there != (existing || !asked) || (r.Held != "") != (existing && asked) {
				t.Errorf("consent %s, existing %t: %s", from, existing, render(out.State))
			}
			if asked && (out.AcceptedReason != v1alpha1.ReasonAccountNotFound || out.Subscriptions[0].State != v1alpha1.SubscriptionWaiting) {
				t.Errorf("consent %s, existing %t: accepted %s, %+v", from, existing, out.AcceptedReason, out.Subscriptions)
			}
		}
	}
}

// A withdrawn consent takes effect although the tenant's spec is broken in ways that hold everything else.
func TestWithdrawnConsentCannotBeEvaded(t *testing.T) {
	tests := map[string]string{
		"by a reference to nothing":         "{subscriptions: [{topology: {name: ghost}, topic: x}]}",
		"by a dead-letter queue of nothing": "{deadLetter: {consumerQueue: {name: ghost}}, " + subscribed[1:],
		"by a broken filter policy":         subscribedWith("filterPolicy: {a: x}"),
		"by a wrong name":                   "{queueName: other, " + subscribed[1:],
	}
	for name, spec := range tests {
		t.Run(name, func(t *testing.T) {
			in := settled(t, subscribed)
			addTopology(in, owner(t, "Same"))
			in.Queue = queue(t, spec)
			out := BuildConsumer(in)
			if r, ok := out.State.Find(eventsKey); ok {
				t.Errorf("the subscription stays: %+v", r)
			}
		})
	}
}

func TestNamespaceThatCannotBeRead(t *testing.T) {
	in := settled(t, subscribed)
	mt := owner(t, "Selector, selector: {matchLabels: {a: b}}")
	addTopology(in, mt)
	in.NamespaceLabels = nil
	out := BuildConsumer(in)
	if r := find(t, out.State, eventsKey); r.Held == "" || out.AcceptedReason != v1alpha1.ReasonNamespaceNotFound {
		t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
	}
	in.NamespaceLabels = map[string]string{"a": "c"}
	out = BuildConsumer(in)
	if _, ok := out.State.Find(eventsKey); ok || out.AcceptedReason != v1alpha1.ReasonNotAllowed {
		t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
	}
}

func TestTerminatingTopologyTakesNoNewSubscription(t *testing.T) {
	in := settled(t, subscribed)
	mt := owner(t, "All")
	now := metav1.NewTime(time.Unix(200, 0))
	mt.DeletionTimestamp = &now
	addTopology(in, mt)
	out := BuildConsumer(in)
	if r := find(t, out.State, eventsKey); r.Held != "" || out.AcceptedReason != v1alpha1.ReasonAccepted || len(out.Notes) != 1 {
		t.Errorf("accepted %s, notes %q: %s", out.AcceptedReason, out.Notes, render(out.State))
	}
	for _, spec := range []string{subscribed, subscribedARN} {
		in.Inventory, in.Queue = nil, queue(t, spec)
		out = BuildConsumer(in)
		if _, ok := out.State.Find(eventsKey); ok || out.AcceptedReason != v1alpha1.ReasonTopologyTerminating {
			t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
		}
	}
}

func TestTopicsOfInterest(t *testing.T) {
	in := settled(t, subscribed)
	in.Queue = queue(t, "{subscriptions: [{topicARN: 'arn:aws:sns:us-east-1:111122223333:plain'}, {topology: {name: ghost}, topic: x}]}")
	want := []string{ordersARN, "arn:aws:sns:us-east-1:111122223333:plain"}
	if diff := cmp.Diff(want, TopicsOfInterest(in)); diff != "" {
		t.Errorf("of the spec and the inventory: %s", diff)
	}
	in = inputs(t, subscribed)
	if diff := cmp.Diff(want[:1], TopicsOfInterest(in)); diff != "" {
		t.Errorf("of a topology: %s", diff)
	}
}

// The topology that a subscription names is asked also where nobody says who declares the topic.
func TestNamedTopologyIsAlwaysAsked(t *testing.T) {
	in := inputs(t, subscribed)
	addTopology(in, owner(t, "Same"))
	in.TopicDeclarers = nil
	if out := BuildConsumer(in); out.AcceptedReason != v1alpha1.ReasonNotAllowed || len(out.State.References) > 0 {
		t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
	}
}

func TestConsentThatCannotBeReadIsNoRefusal(t *testing.T) {
	in := settled(t, subscribed)
	addTopology(in, owner(t, "Selector, selector: {matchExpressions: [{key: a, operator: Like}]}"))
	out := BuildConsumer(in)
	if r := find(t, out.State, eventsKey); r.Held == "" || out.AcceptedReason != v1alpha1.ReasonNotAllowed {
		t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
	}
}

// One of two declarers refuses and the other cannot be read: it may be the topic's owner, so what exists stays.
func TestRefusalBesideAnUnreadableDeclarer(t *testing.T) {
	in := settled(t, subscribedARN)
	key := addTopology(in, rival(t, "elsewhere", 200, "Same"))
	in.Topologies[addTopology(in, owner(t, "All"))] = nil
	out := BuildConsumer(in)
	if r, ok := out.State.Find(eventsKey); !ok || r.Held == "" || out.Subscriptions[0].State != v1alpha1.SubscriptionWaiting {
		t.Errorf("with %s refusing: %+v: %s", key, out.Subscriptions, render(out.State))
	}
}
