package status_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

func TestP36FiltersThatStillSpread(t *testing.T) {
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: noon.Add(d)} }
	outcome := func(action plan.Action, failed *fault.Error, fields ...string) []plan.Outcome {
		applied := map[string]string{}
		for _, f := range fields {
			applied[f] = ""
		}
		key := topology.SubscriptionKey(topicARN, queueARN)
		return []plan.Outcome{{Step: plan.Step{Action: action, Resource: topology.Resource{Key: key}}, Applied: applied, Fault: failed}}
	}
	for name, c := range map[string]struct {
		before   *metav1.Time
		outcomes []plan.Outcome
		want     *metav1.Time
	}{
		"nothing":           {nil, nil, nil},
		"filter set":        {nil, outcome(plan.Update, nil, "FilterPolicy"), at(15 * time.Minute)},
		"scope set":         {nil, outcome(plan.Update, nil, "FilterPolicyScope"), at(15 * time.Minute)},
		"half of it failed": {nil, outcome(plan.Update, &fault.Error{Class: fault.Throttled}, "FilterPolicyScope"), at(15 * time.Minute)},
		"another attribute": {nil, outcome(plan.Update, nil, "RawMessageDelivery"), nil},
		"made with it":      {nil, outcome(plan.Create, nil, "FilterPolicy"), nil},
		"set again":         {at(time.Minute), outcome(plan.Update, nil, "FilterPolicy"), at(15 * time.Minute)},
		"still spreading":   {at(time.Second), nil, at(time.Second)},
		"over":              {at(0), nil, nil},
	} {
		v := lost()
		v.Look = status.Look{Result: plan.Result{Outcomes: c.outcomes}}
		v.Object.Status.Subscriptions[0].FilterPolicySettlesAt = c.before
		if diff := cmp.Diff(c.want, status.Consumer(v).Subscriptions[0].FilterPolicySettlesAt); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
