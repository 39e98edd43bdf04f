package status_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// judged is the view of a queue with one subscription for each verdict, all of them made.
func judged(verdicts ...delivery.Verdict) status.ConsumerView {
	v := lost()
	v.Object.Status = v1alpha1.ConsumerQueueStatus{}
	v.Look.Fault, v.Look.Verdicts = nil, map[string]delivery.Verdict{}
	owner := topology.Owner{Cluster: "c", Kind: "ConsumerQueue", Namespace: "shop", Name: "q"}
	main := topology.Resource{Kind: topology.KindQueue, Key: queueARN, Owner: owner}
	v.Build.State.Resources = []topology.Resource{main}
	main.Seen = topology.Seen{Existence: topology.Present, Owner: &owner}
	v.Look.After.Resources = []topology.Resource{main}
	v.Build.Subscriptions = nil
	for i, verdict := range verdicts {
		arn := topicARN + strings.Repeat("x", i)
		key := topology.SubscriptionKey(arn, queueARN)
		v.Build.Subscriptions = append(v.Build.Subscriptions, topology.SubscriptionIntent{TopicARN: arn, Key: key})
		v.Look.Verdicts[key] = verdict
		v.Look.After.Resources = append(v.Look.After.Resources, topology.Resource{
			Kind: topology.KindSubscription, Key: key, ARN: arn + ":1", TopicARN: arn, Seen: topology.Seen{Existence: topology.Present},
		})
	}
	v.Look.After.Sort()
	return v
}

func TestDeliverableTellsTheWorstSubscription(t *testing.T) {
	yes := delivery.Verdict{Status: metav1.ConditionTrue}
	open := delivery.Verdict{Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonKeyUnknown, Message: "open"}
	no := delivery.Verdict{Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonQueueKeyDenied, Message: "no"}
	for name, c := range map[string]struct {
		verdicts []delivery.Verdict
		want     []string
		message  string
	}{
		"none":    {nil, []string{"Accepted True Accepted", "Deliverable True NoSubscriptions", "Ready True Ready"}, "the queue has no subscriptions"},
		"True":    {[]delivery.Verdict{yes, yes}, []string{"Accepted True Accepted", "Deliverable True Deliverable", "Ready True Ready"}, "every subscribed topic can deliver to the queue"},
		"Unknown": {[]delivery.Verdict{yes, open}, []string{"Accepted True Accepted", "Deliverable Unknown KeyUnknown", "Ready True Ready"}, "open"},
		"False":   {[]delivery.Verdict{open, yes, no}, []string{"Accepted True Accepted", "Deliverable False QueueKeyDenied", "Ready False QueueKeyDenied"}, "no (and 1 more)"},
	} {
		t.Run(name, func(t *testing.T) {
			v := judged(c.verdicts...)
			for _, look := range []status.Look{v.Look, v.Look.Kept()} {
				v.Look = look
				got := status.Consumer(v).Conditions
				said := slicesWithout(slicesWithout(states(got), "Drifted"), "DeadLetters")
				if diff := cmp.Diff(c.want, said); diff != "" {
					t.Errorf("conditions (-want +got):\n%s", diff)
				}
				if message := meta.FindStatusCondition(got, "Deliverable").Message; message != c.message {
					t.Errorf("the message is %q, want %q", message, c.message)
				}
			}
		})
	}
}

// slicesWithout leaves out the conditions of a type.
func slicesWithout(said []string, kind string) []string {
	var out []string
	for _, s := range said {
		if !strings.HasPrefix(s, kind+" ") {
			out = append(out, s)
		}
	}
	return out
}

// A subscription that is not made delivers nothing for certain; a proof against it is still one.
func TestASubscriptionThatIsNotMadeIsUnknown(t *testing.T) {
	v := judged(delivery.Verdict{Status: metav1.ConditionTrue})
	for i := range v.Look.After.Resources {
		if r := &v.Look.After.Resources[i]; r.Kind == topology.KindSubscription {
			r.Seen.Existence = topology.Absent
		}
	}
	if c := meta.FindStatusCondition(status.Consumer(v).Conditions, "Deliverable"); c.Status != metav1.ConditionUnknown || !strings.Contains(c.Message, topicARN) {
		t.Errorf("%+v", c)
	}
	v.Look.Verdicts[v.Build.Subscriptions[0].Key] = delivery.Verdict{Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonQueuePolicyMissing, Message: "m"}
	if c := meta.FindStatusCondition(status.Consumer(v).Conditions, "Deliverable"); c.Reason != v1alpha1.ReasonQueuePolicyMissing {
		t.Errorf("%+v", c)
	}
}

// A look that failed proves nothing of a spec that changed: whoever waits for Deliverable of the new one must not be told of the old one.
func TestDeliverableOfAFailedLookIsOfTheGenerationThatWasJudged(t *testing.T) {
	v := lost()
	v.Object.Status.Conditions[1].ObservedGeneration = 1
	for range 2 {
		v.Object.Status = status.Consumer(v)
		if c := meta.FindStatusCondition(v.Object.Status.Conditions, "Deliverable"); c.Status != metav1.ConditionTrue || c.ObservedGeneration != 1 {
			t.Errorf("%+v", c)
		}
	}
}
