package topology

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
)

var eventsKey = SubscriptionKey(ordersARN, stockARN)

// settings are the attributes of the only subscription.
func settings(t *testing.T, spec string) map[string]string {
	t.Helper()
	out := BuildConsumer(inputs(t, spec))
	requireNone(t, out.Refusals)
	return find(t, out.State, eventsKey).Managed
}

// subscribedWith is a subscription to the events of orders with more settings.
func subscribedWith(more string) string {
	return "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events, " + more + "}]}"
}

func TestSubscriptionAttributes(t *testing.T) {
	undelivered := SubscriptionRedrivePolicy(testAccount().QueueARN("warehouse-stock-undelivered"))
	tests := map[string]struct {
		spec string
		want map[string]string
	}{
		"defaults": {
			subscribed, map[string]string{"RawMessageDelivery": "true", "FilterPolicy": "", "RedrivePolicy": undelivered},
		},
		"filter policy": {
			subscribedWith("filterPolicy: {b: [1.50], a: [x, {prefix: 'y<'}]}"),
			map[string]string{
				"RawMessageDelivery": "true", "RedrivePolicy": undelivered,
				"FilterPolicy": `{"a":["x",{"prefix":"y<"}],"b":[1.5]}`, "FilterPolicyScope": "MessageAttributes",
			},
		},
		"nested, on the body, not raw": {
			subscribedWith("rawMessageDelivery: false, filterPolicyScope: MessageBody, filterPolicy: {a: {b: [x]}}"),
			map[string]string{
				"RawMessageDelivery": "false", "RedrivePolicy": undelivered,
				"FilterPolicy": `{"a":{"b":["x"]}}`, "FilterPolicyScope": "MessageBody",
			},
		},
		"nothing for what cannot be delivered": {
			"{undelivered: {disabled: true}, " + subscribed[1:],
			map[string]string{"RawMessageDelivery": "true", "FilterPolicy": "", "RedrivePolicy": ""},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, settings(t, tt.spec)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The field stands there, empty, so that what AWS has is cleared.
func TestP09RedrivePolicyRemovedIsCleared(t *testing.T) {
	out := BuildConsumer(inputs(t, "{deadLetter: {disabled: true}}"))
	if got, ok := byRole(t, out.State, RoleMain).Managed["RedrivePolicy"]; !ok || got != "" {
		t.Errorf("RedrivePolicy is %q, managed %t", got, ok)
	}
}

func TestP10FilterPolicyRemovedIsCleared(t *testing.T) {
	if got, ok := settings(t, subscribed)["FilterPolicy"]; !ok || got != "" {
		t.Errorf("FilterPolicy is %q, managed %t", got, ok)
	}
}

func TestP11RawMessageDeliveryIsDefinite(t *testing.T) {
	for spec, want := range map[string]string{
		subscribed: "true", subscribedWith("rawMessageDelivery: true"): "true", subscribedWith("rawMessageDelivery: false"): "false",
	} {
		if got := settings(t, spec)["RawMessageDelivery"]; got != want {
			t.Errorf("%s: %q", spec, got)
		}
	}
}

// What SNS would refuse is refused before any call, with key and reason.
func TestP35FilterLimitsAreKnownBefore(t *testing.T) {
	tests := map[string]struct{ more, reason, message string }{
		"scalar": {"filterPolicy: {a: x}", v1alpha1.ReasonInvalidFilterPolicy, `key "a"`},
		"nested": {"filterPolicy: {a: {b: [x]}}", v1alpha1.ReasonInvalidFilterPolicy, `key "a"`},
		"unknown operator": {
			"filterPolicy: {a: [{wildcard: x}]}", v1alpha1.ReasonInvalidFilterPolicy, "Unrecognized match type wildcard",
		},
		"six keys": {
			"filterPolicy: {a: [1], b: [1], c: [1], d: [1], e: [1], f: [1]}", v1alpha1.ReasonInvalidFilterPolicy, "more than 5 keys",
		},
		"too complex": {
			"filterPolicy: {a: [" + strings.Repeat("1, ", 12) + "1], b: [" + strings.Repeat("1, ", 12) + "1]}",
			v1alpha1.ReasonInvalidFilterPolicy, "169 combinations",
		},
		"scope alone": {"filterPolicyScope: MessageBody", v1alpha1.ReasonInvalidSpec, "without filterPolicy"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := settled(t, subscribed)
			for _, inventory := range []Inventory{nil, in.Inventory} {
				in.Inventory = inventory
				in.Queue = queue(t, subscribedWith(tt.more))
				out := BuildConsumer(in)
				if len(out.Refusals) != 1 || out.Refusals[0].Reason != tt.reason || out.Refusals[0].Field != "spec.subscriptions[0]" ||
					!strings.Contains(out.Refusals[0].Message, tt.message) || !out.Refusals[0].Stalled {
					t.Errorf("got %+v", out.Refusals)
				}
				if got := out.Subscriptions[0]; got.State != v1alpha1.SubscriptionRefused || got.Reason != tt.reason {
					t.Errorf("intent %+v", got)
				}
				// The one that exists stays as it is, and its topic may still send.
				r, ok := out.State.Find(eventsKey)
				main := byRole(t, out.State, RoleMain)
				if ok != (inventory != nil) || ok && r.Held == "" || main.Held != "" || ok != strings.Contains(main.Managed["Policy[SkeinTopics]"], ordersARN) {
					t.Error(render(out.State))
				}
			}
		})
	}
}

func TestWhatIsNoJSONOrNoARN(t *testing.T) {
	in := inputs(t, subscribed)
	in.Queue.Spec.Subscriptions[0].FilterPolicy = v1alpha1.FilterPolicy{"a": {Raw: []byte("{")}}
	in.Queue.Spec.Subscriptions = append(in.Queue.Spec.Subscriptions, v1alpha1.Subscription{TopicARN: "arn:aws:sqs:us-east-1:111122223333:q"})
	out := BuildConsumer(in)
	want := []string{"InvalidFilterPolicy spec.subscriptions[0]", "InvalidSpec spec.subscriptions[1]"}
	if diff := cmp.Diff(want, reasons(out.Refusals)); diff != "" || len(out.State.References) > 0 {
		t.Errorf("%s: %s", diff, render(out.State))
	}
}

func TestManyKeysWithValuesAreNoted(t *testing.T) {
	out := BuildConsumer(inputs(t, subscribedWith("filterPolicyScope: MessageBody, filterPolicy: {a: {b: [1], c: [1], d: [1], e: [1], f: [1], g: [1]}}")))
	requireNone(t, out.Refusals)
	if len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "6 keys with values") {
		t.Errorf("notes %q", out.Notes)
	}
}

func TestWhatASubscriptionWaitsFor(t *testing.T) {
	other := testAccount()
	other.ID = "999999999999"
	tests := map[string]struct {
		change  func(*testing.T, ConsumerInputs)
		reason  string
		message string
	}{
		"no topology": {
			func(_ *testing.T, in ConsumerInputs) { clear(in.Topologies) }, v1alpha1.ReasonTopologyNotFound, "MessagingTopology commerce/orders",
		},
		"no topic": {
			func(t *testing.T, in ConsumerInputs) {
				addTopology(in, orders(t, "{topics: [{name: other}], allowedConsumers: {namespaces: {from: All}}}"))
			}, v1alpha1.ReasonTopicNotFound, `no topic "events"`,
		},
		"no account": {
			func(_ *testing.T, in ConsumerInputs) {
				for _, topology := range in.Topologies {
					topology.Account = nil
				}
			}, v1alpha1.ReasonAccountNotFound, "AWSAccount default",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := settled(t, subscribed)
			before := in.Inventory
			tt.change(t, in)
			out := BuildConsumer(in)
			if out.AcceptedReason != tt.reason || !strings.Contains(out.AcceptedMessage, tt.message) || out.Refusals[0].Stalled {
				t.Errorf("accepted %s %s, refused %+v", out.AcceptedReason, out.AcceptedMessage, out.Refusals)
			}
			if got := out.Subscriptions[0]; got.State != v1alpha1.SubscriptionWaiting || got.TopicARN != "" {
				t.Errorf("intent %+v", got)
			}
			// Missing is not refused: what exists stays, and its topic may still send.
			if r := find(t, out.State, eventsKey); r.Held == "" {
				t.Error("the subscription is not held")
			}
			if r := byRole(t, out.State, RoleUndelivered); r.Held == "" {
				t.Error("the undelivered queue is not held")
			}
			if main := byRole(t, out.State, RoleMain); main.Held != "" || !strings.Contains(main.Managed["Policy[SkeinTopics]"], ordersARN) || main.Interim != nil {
				t.Error(render(out.State))
			}
			if len(out.State.Resources) != len(before) {
				t.Error(render(out.State))
			}
			// Where nothing exists, nothing is made of it.
			in.Inventory = nil
			out = BuildConsumer(in)
			if len(out.State.Resources) != 2 || len(out.State.References) != 0 {
				t.Error(render(out.State))
			}
		})
	}
	t.Run("another account", func(t *testing.T) {
		in := inputs(t, subscribed)
		for _, topology := range in.Topologies {
			topology.Account = &other
		}
		out := BuildConsumer(in)
		r := find(t, out.State, SubscriptionKey(other.TopicARN("commerce-orders-events"), stockARN))
		if out.AcceptedReason != v1alpha1.ReasonAccepted || !r.Declared || r.Held != "" || r.Managed["RedrivePolicy"] == "" {
			t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
		}
		in = inputs(t, "{subscriptions: [{topicARN: 'arn:aws:sns:us-east-1:999999999999:plain'}]}")
		if r := find(t, BuildConsumer(in).State, SubscriptionKey("arn:aws:sns:us-east-1:999999999999:plain", stockARN)); r.Declared {
			t.Error("nobody declares the topic")
		}
	})
	t.Run("another partition", func(t *testing.T) {
		out := BuildConsumer(inputs(t, "{subscriptions: [{topicARN: 'arn:aws-cn:sns:cn-north-1:999999999999:plain'}]}"))
		if out.Subscriptions[0].State != v1alpha1.SubscriptionRefused || out.Subscriptions[0].Reason != v1alpha1.ReasonInvalidSpec {
			t.Errorf("%+v", out.Subscriptions)
		}
	})
	t.Run("the other subscriptions go on", func(t *testing.T) {
		in := inputs(t, "{subscriptions: [{topology: {name: lost}, topic: x}, {topology: {name: orders, namespace: commerce}, topic: events}]}")
		out := BuildConsumer(in)
		if r := find(t, out.State, eventsKey); r.Held != "" || out.AcceptedReason != v1alpha1.ReasonTopologyNotFound {
			t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
		}
	})
}

func TestUnresolvedSubscriptionsHoldWhatTheyMayExplain(t *testing.T) {
	const two = "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events}, {topicARN: 'arn:aws:sns:us-east-1:111122223333:plain'}]}"
	in := settled(t, two)
	in.Queue = queue(t, "{subscriptions: [{topology: {name: lost}, topic: x}]}")
	out := BuildConsumer(in)
	for _, key := range []string{eventsKey, SubscriptionKey("arn:aws:sns:us-east-1:111122223333:plain", stockARN)} {
		if r := find(t, out.State, key); r.Held == "" {
			t.Errorf("%s is not held", key)
		}
	}
}

func TestSubscriptionThatLeavesTheSpec(t *testing.T) {
	in := settled(t, subscribed)
	in.Queue = queue(t, "{}")
	out := BuildConsumer(in)
	if _, ok := out.State.Find(eventsKey); ok {
		t.Errorf("it is still there: %s", render(out.State))
	}
	main := byRole(t, out.State, RoleMain)
	if main.Managed["Policy[SkeinTopics]"] != "" {
		t.Errorf("its topic is to stay in the policy: %s", main.Managed["Policy[SkeinTopics]"])
	}
	// The policy shrinks only after Unsubscribe.
	if s, ok := main.Interim["SkeinTopics"]; !ok || !strings.Contains(s.Canonical(), ordersARN) || len(main.Interim) != 1 {
		t.Errorf("interim %+v", main.Interim)
	}
	if r := byRole(t, out.State, RoleUndelivered); r.Held != "no subscription is accepted" {
		t.Errorf("the undelivered queue: %q", r.Held)
	}
}

func TestOneOfTwoSubscriptionsLeaves(t *testing.T) {
	const plain = "arn:aws:sns:us-east-1:111122223333:plain"
	in := settled(t, "{subscriptions: [{topicARN: '"+plain+"'}, {topology: {name: orders, namespace: commerce}, topic: events}]}")
	in.Queue = queue(t, "{subscriptions: [{topicARN: '"+plain+"'}]}")
	out := BuildConsumer(in)
	for role, sid := range map[Role]string{RoleMain: "SkeinTopics", RoleUndelivered: "SkeinUndelivered"} {
		r := byRole(t, out.State, role)
		now, after := r.Interim[sid].Canonical(), r.Managed[PolicyField(sid)]
		if !strings.Contains(now, plain) || !strings.Contains(now, ordersARN) || !strings.Contains(after, plain) || strings.Contains(after, ordersARN) {
			t.Errorf("%s: interim %s, then %s", role, now, after)
		}
	}
}

func TestDuplicateSubscription(t *testing.T) {
	out := BuildConsumer(inputs(t, "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events}, {topicARN: '"+ordersARN+"', rawMessageDelivery: false}]}"))
	if diff := cmp.Diff([]string{"DuplicateSubscription spec.subscriptions[1]"}, reasons(out.Refusals)); diff != "" {
		t.Error(diff)
	}
	if r := find(t, out.State, eventsKey); r.Managed["RawMessageDelivery"] != "true" {
		t.Error("the second one won")
	}
	if !strings.Contains(out.Refusals[0].Message, "subscriptions[0]") || out.Subscriptions[1].State != v1alpha1.SubscriptionRefused {
		t.Errorf("%+v, %+v", out.Refusals, out.Subscriptions)
	}
}

func TestFIFOMatch(t *testing.T) {
	fifoTopic := "{topics: [{name: events, fifo: {}}], allowedConsumers: {namespaces: {from: All}}}"
	tests := map[string]struct {
		topics, spec string
		refused      bool
	}{
		"standard to standard":       {eventsForAll, subscribed, false},
		"FIFO to FIFO":               {fifoTopic, "{fifo: {}, " + subscribed[1:], false},
		"FIFO to standard":           {fifoTopic, subscribed, false},
		"standard to FIFO":           {eventsForAll, "{fifo: {}, " + subscribed[1:], true},
		"standard ARN to FIFO":       {eventsForAll, "{fifo: {}, " + subscribedARN[1:], true},
		"FIFO ARN to FIFO":           {eventsForAll, "{fifo: {}, subscriptions: [{topicARN: 'arn:aws:sns:us-east-1:111122223333:x.fifo'}]}", false},
		"FIFO ARN to standard queue": {eventsForAll, "{subscriptions: [{topicARN: 'arn:aws:sns:us-east-1:111122223333:x.fifo'}]}", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, tt.spec)
			addTopology(in, orders(t, tt.topics))
			out := BuildConsumer(in)
			refused := len(out.Refusals) == 1 && out.Refusals[0].Reason == v1alpha1.ReasonFIFOMismatch && out.Refusals[0].Stalled
			if refused != tt.refused || (len(out.Refusals) > 0) != tt.refused {
				t.Errorf("got %+v", out.Refusals)
			}
			if wanted := out.Subscriptions[0].State == ""; wanted == tt.refused {
				t.Errorf("intent %+v", out.Subscriptions[0])
			}
		})
	}
}

func TestUndeliveredQueueComesWithTheFirstSubscription(t *testing.T) {
	without := BuildConsumer(inputs(t, "{}"))
	if without.Names.UndeliveredARN != "" || without.Names.UndeliveredName != "warehouse-stock-undelivered" {
		t.Errorf("names %+v", without.Names)
	}
	with := BuildConsumer(inputs(t, subscribed))
	if r := byRole(t, with.State, RoleUndelivered); r.Held != "" || with.Names.UndeliveredARN != r.ARN {
		t.Errorf("names %+v: %s", with.Names, render(with.State))
	}
	in := settled(t, subscribed)
	in.Queue = queue(t, "{undelivered: {disabled: true}, "+subscribed[1:])
	disabled := BuildConsumer(in)
	if _, ok := disabled.State.Find(with.Names.UndeliveredARN); ok {
		t.Error("it is wanted although it is disabled")
	}
}

func TestTopicOfAnotherRegion(t *testing.T) {
	in := inputs(t, subscribed)
	far := testAccount()
	far.Region = "eu-west-1"
	for _, topology := range in.Topologies {
		topology.Account = &far
	}
	out := BuildConsumer(in)
	requireNone(t, out.Refusals)
	key := SubscriptionKey(far.TopicARN("commerce-orders-events"), stockARN)
	r := find(t, out.State, key)
	if r.Region != "eu-west-1" || r.Managed["RedrivePolicy"] != "" {
		t.Errorf("%+v", r)
	}
	if undelivered := byRole(t, out.State, RoleUndelivered); undelivered.Managed["Policy[SkeinUndelivered]"] != "" {
		t.Errorf("the undelivered queue admits the topic all the same: %s", render(out.State))
	}
	if len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "eu-west-1") {
		t.Errorf("notes %q", out.Notes)
	}
}

// The topic was renamed from its default: the subscription to the old one stays until the new one is made, for the new name may be refused.
func TestRenamedTopicIsLeftLast(t *testing.T) {
	in := settled(t, subscribed)
	addTopology(in, orders(t, "{topics: [{name: events, topicName: renamed}], allowedConsumers: {namespaces: {from: All}}}"))
	out := BuildConsumer(in)
	renamed := SubscriptionKey(testAccount().TopicARN("renamed"), stockARN)
	if find(t, out.State, renamed).Held != "" || find(t, out.State, eventsKey).Held == "" {
		t.Error(render(out.State))
	}
	row := Row{Kind: KindSubscription, Key: renamed, TopicARN: testAccount().TopicARN("renamed"), Endpoint: stockARN, Region: "us-east-1", State: v1alpha1.ResourceCreating}
	for state, held := range map[v1alpha1.ResourceState]bool{v1alpha1.ResourceCreating: true, v1alpha1.ResourcePresent: false} {
		row.State = state
		again := in
		again.Inventory = append(append(Inventory{}, in.Inventory...), row)
		if _, ok := BuildConsumer(again).State.Find(eventsKey); ok != held {
			t.Errorf("the new one is %s, the old one is held: %t", state, ok)
		}
	}
}
