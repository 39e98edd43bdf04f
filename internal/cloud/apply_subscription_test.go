package cloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
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

// P35: at the quota SNS makes the subscription without its filter policy (recorded in the documentation); it must not stay.
func TestP35NoRoomForAFilterPolicyLeavesNoSubscription(t *testing.T) {
	w := newWorld(t)
	w.apply(create(topicResource(ordersTopic), nil))
	filter := map[string]string{"FilterPolicy": `{"a":["b"]}`}
	for i := range 200 {
		w.apply(create(subscriptionResource(ordersTopic, fmt.Sprintf("%s-%d", billing, i)), filter))
	}
	last := create(subscriptionResource(ordersTopic, billing), filter)
	f := w.fault(last)
	asFault(t, f, fault.Wait, v1alpha1.ReasonFilterPolicyLimit)
	if !strings.Contains(f.Message, ordersTopic) || f.After == 0 {
		t.Errorf("the fault is %v after %s", f, f.After)
	}
	n := 0
	if err := w.in("").subscriptions(t.Context(), ordersTopic, func(page []types.Subscription) bool { n += len(page); return true }); err != nil || n != 200 {
		t.Errorf("the topic has %d subscriptions, %v", n, err)
	}
}

// The list of another account's topic is closed: the subscription is found in the account's own.
func TestASubscriptionIsFoundThoughTheTopicsListIsClosed(t *testing.T) {
	const theirs = "999988887777"
	w := newWorld(t)
	other := w.open(Identity{Region: region, AccessKeyID: theirs, SecretAccessKey: "s3cret"})
	topic := strings.ReplaceAll(ordersTopic, account, theirs)
	r := topicResource(ordersTopic)
	r.Key, r.ARN, r.Region = topic, topic, region
	policy := policydoc.Document{Version: policydoc.Version, Statements: policydoc.Subscribers(topic, []policydoc.Subscriber{{Account: account, Queues: []string{billing}}}, 1)[:1]}
	if o := other.Apply(t.Context(), plan.Plan{Steps: []plan.Step{create(r, map[string]string{"Policy": policy.JSON()})}}).Outcomes[0]; o.Fault != nil {
		t.Fatal(o.Fault)
	}
	sub := subscriptionResource(topic, billing)
	made := w.apply(create(sub, map[string]string{"RawMessageDelivery": "false"}))[0]
	// It is there with other attributes, and nobody knows its ARN.
	out := w.apply(create(sub, map[string]string{"RawMessageDelivery": "true"}))[0]
	if out.ARN != made.ARN || w.subscriptionAttributes(made.ARN)["RawMessageDelivery"] != "true" {
		t.Errorf("found %s, made %s", out.ARN, made.ARN)
	}
	w.apply(plan.Step{Action: plan.Delete, Resource: sub})
	gone := w.fault(plan.Step{Action: plan.Update, Resource: sub})
	asFault(t, gone, fault.Conflict, reasonLookAgain)
}
