package cloud

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

func TestEachResourceIsMadeCompleteInOneCall(t *testing.T) {
	w := newWorld(t)
	dlq, q, sub := queueResource(billing+"-dlq"), queueResource(billing), subscriptionResource(ordersTopic, billing)
	redrive := topology.RedrivePolicy(dlq.Key, 3)
	first := create(dlq, map[string]string{"MessageRetentionPeriod": "1209600"})
	first.Phase = plan.PhaseDeadLetter
	steps := []plan.Step{
		create(topicResource(ordersTopic), map[string]string{"DisplayName": "Orders"}),
		first,
		create(q, map[string]string{"RedrivePolicy": redrive, "DelaySeconds": "7"}),
		create(sub, map[string]string{"FilterPolicyScope": "MessageBody", "FilterPolicy": `{"a":{"b":["c"]}}`, "RawMessageDelivery": "true"}),
	}
	result := w.Apply(t.Context(), plan.Plan{Steps: append(steps, plan.Step{Action: plan.Wait}, plan.Step{Action: plan.Blocked})})
	w.calls(map[string]int{"sns:CreateTopic": 1, "sqs:CreateQueue": 2, "sns:Subscribe": 1})
	if len(result.Outcomes) != len(steps) || !result.At.Equal(w.clock.Now()) {
		t.Fatalf("%d outcomes at %s", len(result.Outcomes), result.At)
	}
	for i, o := range result.Outcomes {
		if !o.Done || o.Fault != nil || o.ARN == "" || (o.URL == "") == (steps[i].Resource.Kind == topology.KindQueue) {
			t.Errorf("outcome %+v", o)
		}
		if diff := cmp.Diff(steps[i].Fields, o.Applied); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
	}
	if got := w.attributes(billing); got["DelaySeconds"] != "7" || got["RedrivePolicy"] != redrive {
		t.Errorf("queue: %v", got)
	}
	if got := w.subscriptionAttributes(result.Outcomes[3].ARN); got["FilterPolicyScope"] != "MessageBody" || got["RawMessageDelivery"] != "true" {
		t.Errorf("subscription: %v", got)
	}
	w.restart()
	if r := find(t, w.observe(Observation{Want: want(topicResource(ordersTopic))}), ordersTopic); *r.Seen.Owner != owner || r.Managed["DisplayName"] != "Orders" {
		t.Errorf("topic: %+v", r)
	}
}

func TestAnUpdateMakesOneCallForEachMapOrAttribute(t *testing.T) {
	w := newWorld(t)
	q, topic, sub := queueResource(billing), topicResource(ordersTopic), subscriptionResource(ordersTopic, billing)
	out := w.apply(create(topic, nil), create(q, nil), create(sub, nil))
	q.URL, sub.ARN = out[1].URL, out[2].ARN
	w.aws.ResetCalls()

	w.apply(plan.Step{Action: plan.Update, Resource: q, Set: []map[string]string{
		{"KmsMasterKeyId": "", "DelaySeconds": "5", "VisibilityTimeout": "9"}, {"SqsManagedSseEnabled": "true"},
	}, Tags: map[string]string{"a": "1", "b": "2"}, Untag: []string{"c", "d"}})
	w.calls(map[string]int{"sqs:SetQueueAttributes": 2, "sqs:TagQueue": 1, "sqs:UntagQueue": 1})
	if got := w.attributes(billing); got["DelaySeconds"] != "5" || got["VisibilityTimeout"] != "9" {
		t.Errorf("queue: %v", got)
	}
	w.aws.ResetCalls()

	w.apply(plan.Step{
		Action: plan.Update, Resource: topic, Set: []map[string]string{{"DisplayName": "O", "TracingConfig": "Active"}},
		Tags: map[string]string{"a": "1", "b": "2"}, Untag: []string{"c"},
	})
	w.calls(map[string]int{"sns:SetTopicAttributes": 2, "sns:TagResource": 1, "sns:UntagResource": 1})

	// Nested needs its scope first.
	w.apply(plan.Step{Action: plan.Update, Resource: sub, Set: []map[string]string{
		{"RawMessageDelivery": "true"}, {"FilterPolicyScope": "MessageBody"}, {"FilterPolicy": `{"a":{"b":["c"]}}`},
	}})
	w.calls(map[string]int{"sns:SetSubscriptionAttributes": 3})
	if got := w.subscriptionAttributes(sub.ARN); got["FilterPolicyScope"] != "MessageBody" || got["RawMessageDelivery"] != "true" {
		t.Errorf("subscription: %v", got)
	}
	sub.ARN = ""
	o := w.apply(plan.Step{Action: plan.Update, Resource: sub, Set: []map[string]string{{"RawMessageDelivery": "false"}}})[0]
	if o.ARN != out[2].ARN {
		t.Errorf("found %q", o.ARN)
	}
}

func TestAFailedPhaseStopsTheLaterOnes(t *testing.T) {
	w := newWorld(t)
	bad, good, later := queueResource(billing), queueResource(billing+"-good"), subscriptionResource(ordersTopic, billing)
	result := w.Apply(t.Context(), plan.Plan{Steps: []plan.Step{
		create(bad, map[string]string{"DelaySeconds": "many"}),
		create(good, nil),
		create(later, nil),
		{Action: plan.Delete, Phase: plan.PhaseDeleteTopics, Resource: topicResource(ordersTopic)},
	}})
	o := result.Outcomes
	asFault(t, o[0].Fault, fault.Retry, v1alpha1.ReasonAWSError)
	if o[0].Done || o[0].Skipped || len(o[0].Applied) > 0 || !o[1].Done || o[1].URL == "" {
		t.Errorf("the phase: %+v", o[:2])
	}
	for _, s := range o[2:] {
		if !s.Skipped || s.Done || s.Fault != nil {
			t.Errorf("a later step: %+v", s)
		}
	}
	w.calls(map[string]int{"sqs:CreateQueue": 2})
}

func TestAHalfDoneStepSaysWhatStands(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SetQueueAttributes" && strings.Contains(string(c.Params), "SqsManagedSseEnabled") {
			return localaws.Fault{Code: "InvalidAttributeValue"}
		}
		return localaws.Fault{}
	})
	o := w.Apply(t.Context(), plan.Plan{Steps: []plan.Step{{
		Action: plan.Update, Resource: q, Tags: map[string]string{"team": "money"}, Untag: []string{"old"},
		Set: []map[string]string{{"DelaySeconds": "5", "Policy": ""}, {"SqsManagedSseEnabled": "true"}},
		Fields: map[string]string{
			"DelaySeconds": "5", "Policy[SkeinTopics]": "", "SqsManagedSseEnabled": "true", "Tags[team]": "money", "Tags[old]": "",
		},
	}}}).Outcomes[0]
	asFault(t, o.Fault, fault.Retry, v1alpha1.ReasonAWSError)
	stands := map[string]string{"DelaySeconds": "5", "Policy[SkeinTopics]": "", "Tags[team]": "money"}
	if diff := cmp.Diff(stands, o.Applied); diff != "" || o.Done {
		t.Errorf("done %t, applied (-want +got):\n%s", o.Done, diff)
	}
}

func TestP40AQueueDeletedRecentlyIsATimedWait(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	w.apply(plan.Step{Action: plan.Delete, Resource: q})
	f := w.fault(create(q, nil))
	asFault(t, f, fault.Wait, v1alpha1.ReasonQueueDeletedRecently)
	if f.After != time.Minute || f.RequestID == "" {
		t.Errorf("%+v", f)
	}
	w.calls(map[string]int{"sqs:CreateQueue": 2, "sqs:DeleteQueue": 1})
	w.clock.Step(f.After + time.Second)
	w.apply(create(q, nil))
}

func TestAQueueOfOtherAttributesIsAConflict(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	w.apply(create(q, map[string]string{"DelaySeconds": "1"}))
	asFault(t, w.fault(create(q, map[string]string{"DelaySeconds": "2"})), fault.Conflict, v1alpha1.ReasonAWSError)
	topic := topicResource(ordersTopic)
	w.apply(create(topic, map[string]string{"DisplayName": "a"}))
	asFault(t, w.fault(create(topic, map[string]string{"DisplayName": "b"})), fault.Conflict, v1alpha1.ReasonAWSError)
}

func TestDeletingWhatIsGoneSucceeds(t *testing.T) {
	w := newWorld(t)
	q, topic, sub := queueResource(billing), topicResource(ordersTopic), subscriptionResource(ordersTopic, billing)
	remove := func(resources ...topology.Resource) {
		t.Helper()
		for _, r := range resources {
			w.apply(plan.Step{Action: plan.Delete, Resource: r})
		}
	}
	remove(q, topic, sub)
	w.calls(map[string]int{"sqs:GetQueueUrl": 1, "sns:DeleteTopic": 1, "sns:ListSubscriptionsByTopic": 1})
	out := w.apply(create(topic, nil), create(q, nil), create(sub, nil))
	known, listed := q, sub
	known.URL, listed.ARN = out[1].URL, out[2].ARN
	w.aws.ResetCalls()
	// Neither the URL nor the subscription's ARN is known: they are asked for, never made.
	remove(sub, q, topic)
	w.calls(map[string]int{
		"sns:ListSubscriptionsByTopic": 1, "sns:Unsubscribe": 1, "sqs:GetQueueUrl": 1, "sqs:DeleteQueue": 1, "sns:DeleteTopic": 1,
	})
	remove(listed, known, topic)
	w.calls(map[string]int{"sns:Unsubscribe": 1, "sqs:DeleteQueue": 1, "sns:DeleteTopic": 1})
}

func TestTopicsOfAnotherRegionAreReachedThere(t *testing.T) {
	w := newWorld(t)
	const far = "arn:aws:sns:eu-central-1:111122223333:orders"
	topic := topology.Resource{Kind: topology.KindTopic, Key: far, ARN: far, Name: "orders", Region: "eu-central-1", Owner: owner}
	sub := subscriptionResource(far, billing)
	sub.Region = "eu-central-1"
	sub.ARN = w.apply(create(topic, nil), create(sub, nil))[1].ARN
	ref := topology.State{Resources: []topology.Resource{sub}, References: map[string]topology.Reference{far: {}}}
	s := w.observe(Observation{Want: ref})
	if s.References[far].Existence != topology.Present || find(t, s, sub.Key).Seen.Existence != topology.Present {
		t.Errorf("%+v", s)
	}
}
