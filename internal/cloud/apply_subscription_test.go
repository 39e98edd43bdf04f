package cloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

func TestP29AnExistingSubscriptionIsFoundAndSet(t *testing.T) {
	const nested, flat, other = `{"a":{"b":["c"]}}`, `{"a":["c"]}`, `{"a":["d"]}`
	cases := map[string]struct {
		there, want map[string]string
		set         []string
	}{
		"raw delivery": {
			there: map[string]string{"RawMessageDelivery": "false"},
			want:  map[string]string{"RawMessageDelivery": "true"},
			set:   []string{"RawMessageDelivery"},
		},
		"another policy": {
			there: map[string]string{"FilterPolicy": other, "RawMessageDelivery": "true"},
			want:  map[string]string{"FilterPolicy": flat, "RawMessageDelivery": "true", "FilterPolicyScope": "MessageAttributes"},
			set:   []string{"FilterPolicy"},
		},
		"P12 to the body": {
			there: map[string]string{"FilterPolicy": flat},
			want:  map[string]string{"FilterPolicy": nested, "FilterPolicyScope": "MessageBody"},
			set:   []string{"FilterPolicyScope", "FilterPolicy"},
		},
		"P12 to the attributes": {
			there: map[string]string{"FilterPolicy": nested, "FilterPolicyScope": "MessageBody"},
			want:  map[string]string{"FilterPolicy": flat, "FilterPolicyScope": "MessageAttributes"},
			set:   []string{"FilterPolicy", "FilterPolicyScope"},
		},
		"a policy where there is none": {
			there: map[string]string{},
			want:  map[string]string{"FilterPolicy": nested, "FilterPolicyScope": "MessageBody"},
			set:   []string{"FilterPolicyScope", "FilterPolicy"},
		},
		"a redrive policy": {
			there: map[string]string{},
			want:  map[string]string{"RedrivePolicy": topology.SubscriptionRedrivePolicy(billing + "-dlq")},
			set:   []string{"RedrivePolicy"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			sub := subscriptionResource(ordersTopic, billing)
			w.apply(create(topicResource(ordersTopic), nil))
			before := w.apply(create(sub, c.there))[0].ARN
			w.aws.ResetCalls()
			o := w.apply(create(sub, c.want))[0]
			if o.ARN != before {
				t.Errorf("made anew: %s, was %s", o.ARN, before)
			}
			var set []string
			for _, call := range w.aws.Calls() {
				if call.Operation == "SetSubscriptionAttributes" {
					set = append(set, param(t, call, "AttributeName"))
				}
			}
			if diff := cmp.Diff(c.set, set); diff != "" {
				t.Errorf("set (-want +got):\n%s", diff)
			}
			w.calls(map[string]int{
				"sns:Subscribe": 1, "sns:ListSubscriptionsByTopic": 1, "sns:GetSubscriptionAttributes": 1, "sns:SetSubscriptionAttributes": len(c.set),
			})
			got := topology.CanonicalAttributes(topology.KindSubscription, w.subscriptionAttributes(before))
			expected := topology.CanonicalAttributes(topology.KindSubscription, merge(c.there, c.want))
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("in AWS (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, o.Applied); diff != "" {
				t.Errorf("applied (-want +got):\n%s", diff)
			}
		})
	}
}

func TestP29AnEqualSubscriptionCostsOneCall(t *testing.T) {
	w := newWorld(t)
	sub := subscriptionResource(ordersTopic, billing)
	w.apply(create(topicResource(ordersTopic), nil))
	before := w.apply(create(sub, map[string]string{"RawMessageDelivery": "true"}))[0].ARN
	w.aws.ResetCalls()
	if again := w.apply(create(sub, map[string]string{"RawMessageDelivery": "true"}))[0].ARN; again != before {
		t.Errorf("%s, was %s", again, before)
	}
	w.calls(map[string]int{"sns:Subscribe": 1})
}

func TestP29ItIsFoundBehindManyOthers(t *testing.T) {
	w := newWorld(t)
	w.apply(create(topicResource(ordersTopic), nil))
	for i := range 250 {
		if _, err := w.in("").sns.Subscribe(t.Context(), &sns.SubscribeInput{
			TopicArn: aws.String(ordersTopic), Protocol: aws.String("sqs"), Endpoint: aws.String(fmt.Sprintf("%s-%d", billing, i)),
		}); err != nil {
			t.Fatal(err)
		}
	}
	sub := subscriptionResource(ordersTopic, billing)
	before := w.apply(create(sub, nil))[0].ARN
	if got := w.apply(create(sub, map[string]string{"RawMessageDelivery": "true"}))[0].ARN; got != before {
		t.Errorf("found %s, want %s", got, before)
	}
	w.apply(plan.Step{Action: plan.Delete, Resource: sub})
	w.aws.ResetCalls()
	sub.ARN = before
	if r := find(t, w.observe(Observation{Want: want(sub)}), sub.Key); r.Seen.Existence != topology.Absent {
		t.Errorf("%+v", r.Seen)
	}
}

func TestSubscribingToAMissingTopicLooksAgain(t *testing.T) {
	w := newWorld(t)
	topic := topicResource(ordersTopic)
	ref := topology.State{References: map[string]topology.Reference{ordersTopic: {}}}
	w.apply(create(topic, nil))
	w.observe(Observation{Want: ref})
	if _, err := w.in("").sns.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: aws.String(ordersTopic)}); err != nil {
		t.Fatal(err)
	}
	asFault(t, w.fault(create(subscriptionResource(ordersTopic, billing), nil)), fault.Retry, v1alpha1.ReasonTopicNotFound)
	if got := w.observe(Observation{Want: ref}).References[ordersTopic]; got.Existence != topology.Absent {
		t.Errorf("%+v", got)
	}
}

func merge(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// param is a string parameter of a logged call.
func param(t *testing.T, c localaws.Call, name string) string {
	t.Helper()
	var params map[string]any
	if err := json.Unmarshal(c.Params, &params); err != nil {
		t.Fatal(err)
	}
	value, _ := params[name].(string)
	return value
}
