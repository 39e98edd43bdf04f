package topology

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const filtered = "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events, filterPolicy: {a: [b]}}]}"

func TestP35TooManyFilterPolicies(t *testing.T) {
	tests := map[string]struct {
		spec         string
		before, most int
		made         bool
		refused      bool
	}{
		"room":                    {spec: filtered, before: 199},
		"no room":                 {spec: filtered, before: 200, refused: true},
		"no room, raised quota":   {spec: filtered, before: 200, most: 201},
		"no room, and no filter":  {spec: subscribed, before: 200},
		"made with its filter":    {spec: filtered, before: 200, made: true},
		"no room, wrong filter":   {spec: "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events, filterPolicy: {a: []}}]}", before: 200, refused: true},
		"lower quota of somebody": {spec: filtered, before: 2, most: 2, refused: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, tt.spec)
			if tt.made {
				in = settled(t, tt.spec)
			}
			in.FiltersBefore, in.MaxFilters = map[string]int{ordersARN: tt.before}, tt.most
			out := BuildConsumer(in)
			if refused := out.Subscriptions[0].State != ""; refused != tt.refused {
				t.Errorf("%+v", out.Subscriptions)
			}
			limited := out.Subscriptions[0].Reason == v1alpha1.ReasonFilterPolicyLimit
			if limited && (out.Subscriptions[0].State != v1alpha1.SubscriptionWaiting || out.Refusals[0].Stalled) || limited != (tt.refused && name != "no room, wrong filter") {
				t.Errorf("%+v %+v", out.Subscriptions, out.Refusals)
			}
		})
	}
}

func TestFilteredTopics(t *testing.T) {
	in := inputs(t, filtered)
	addTopology(in, orders(t, "{topics: [{name: same, topicName: commerce-orders-events}, {name: events, topicName: other}], allowedConsumers: {namespaces: {from: All}}}"))
	want := map[string][]string{"arn:aws:sns:us-east-1:111122223333:other": {"arn:aws:sns:us-east-1:111122223333:other", "commerce/orders/events"}}
	if diff := cmp.Diff(want, FilteredTopics(in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"commerce/orders/events"}, FilterKeys(in.Queue)); diff != "" {
		t.Error(diff)
	}
	in = settled(t, filtered)
	if got := FilteredTopics(in); len(got) != 0 {
		t.Errorf("what is made counts already: %v", got)
	}
}
