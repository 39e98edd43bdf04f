package cloud

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// P45: what a partition does not have is done without, once it is known without a further call, and told.
func TestP45QueueWithoutSomeAttributes(t *testing.T) {
	w := newWorld(t, localaws.WithoutAttributes("RedriveAllowPolicy", "SqsManagedSseEnabled"))
	q := queueResource(billing)
	allow := topology.RedriveAllow{Permission: "byQueue", Sources: []string{billing + "-source"}}.String()
	s := create(q, map[string]string{"RedriveAllowPolicy": allow, "SqsManagedSseEnabled": "true", "DelaySeconds": "7"})
	out := w.apply(s)[0]
	w.calls(map[string]int{"sqs:CreateQueue": 3})
	if diff := cmp.Diff([]string{"RedriveAllowPolicy", "SqsManagedSseEnabled"}, out.Lacking); diff != "" {
		t.Error(diff)
	}
	if out.Applied["RedriveAllowPolicy"] != "" || out.Applied["DelaySeconds"] != "7" || w.attributes(billing)["DelaySeconds"] != "7" {
		t.Errorf("applied %v", out.Applied)
	}
	second := queueResource(billing + "-2")
	w.aws.ResetCalls()
	w.apply(create(second, map[string]string{"RedriveAllowPolicy": allow, "SqsManagedSseEnabled": "true"}))
	w.calls(map[string]int{"sqs:CreateQueue": 1})
	look := find(t, w.observe(Observation{Want: want(q)}), billing)
	if diff := cmp.Diff([]string{"RedriveAllowPolicy", "SqsManagedSseEnabled"}, look.Seen.Lacking); diff != "" {
		t.Error(diff)
	}
	// A new process sees what is not shown, and learns the rest when it sets it.
	w.restart()
	if diff := cmp.Diff([]string{"SqsManagedSseEnabled"}, find(t, w.observe(Observation{Want: want(q)}), billing).Seen.Lacking); diff != "" {
		t.Error(diff)
	}
	update := plan.Step{
		Action: plan.Update, Resource: q, Set: []map[string]string{{"RedriveAllowPolicy": allow, "DelaySeconds": "8"}},
		Fields: map[string]string{"RedriveAllowPolicy": allow, "DelaySeconds": "8"},
	}
	out = w.apply(update)[0]
	if diff := cmp.Diff([]string{"RedriveAllowPolicy"}, out.Lacking); diff != "" || out.Applied["DelaySeconds"] != "8" || w.attributes(billing)["DelaySeconds"] != "8" {
		t.Errorf("applied %v: %s", out.Applied, diff)
	}
	// Somebody else's queue that does not say whom it admits admits all.
	ref := w.observe(Observation{Want: topology.State{References: map[string]topology.Reference{billing: {}}}}).References[billing]
	if ref.Existence != topology.Present || ref.Attributes["RedriveAllowPolicy"] != "" {
		t.Errorf("the reference is %+v", ref)
	}
}

func TestP45TopicAndSubscriptionWithoutSomeAttributes(t *testing.T) {
	w := newWorld(t, localaws.WithoutAttributes("TracingConfig", "FilterPolicyScope"))
	topic, sub := topicResource(ordersTopic), subscriptionResource(ordersTopic, billing)
	out := w.apply(create(topic, map[string]string{"TracingConfig": "Active", "DisplayName": "Orders"}))[0]
	if diff := cmp.Diff([]string{"TracingConfig"}, out.Lacking); diff != "" || out.Applied["DisplayName"] != "Orders" {
		t.Errorf("applied %v: %s", out.Applied, diff)
	}
	w.restart()
	out = w.apply(plan.Step{Action: plan.Update, Resource: topic, Set: []map[string]string{{"TracingConfig": "Active"}}, Fields: map[string]string{"TracingConfig": "Active"}})[0]
	if diff := cmp.Diff([]string{"TracingConfig"}, out.Lacking); diff != "" || len(out.Applied) != 0 {
		t.Errorf("applied %v: %s", out.Applied, diff)
	}
	// A scope that is the default is needless; another one cannot be done without: nothing is subscribed.
	body := create(sub, map[string]string{"FilterPolicyScope": "MessageBody", "FilterPolicy": `{"a":["b"]}`})
	asFault(t, w.fault(body), fault.Terminal, v1alpha1.ReasonInvalidFilterPolicy)
	s := create(sub, map[string]string{"FilterPolicyScope": "MessageAttributes", "FilterPolicy": `{"a":["b"]}`})
	arn := w.apply(s)[0].ARN
	if got := w.subscriptionAttributes(arn); got["FilterPolicy"] == "" {
		t.Errorf("the subscription is %v", got)
	}
	asFault(t, w.fault(body), fault.Terminal, v1alpha1.ReasonInvalidFilterPolicy)
	sub.ARN = arn
	set := plan.Step{Action: plan.Update, Resource: sub, Set: []map[string]string{{"FilterPolicyScope": "MessageBody"}}}
	asFault(t, w.fault(set), fault.Terminal, v1alpha1.ReasonInvalidFilterPolicy)
}

func TestP45WithoutTagsTheInventoryTellsWhoseItIs(t *testing.T) {
	w := newWorld(t, localaws.WithoutTags())
	q, topic := queueResource(billing), topicResource(ordersTopic)
	for _, o := range w.apply(create(q, nil), create(topic, nil)) {
		if diff := cmp.Diff([]string{"Tags"}, o.Lacking); diff != "" || len(o.Applied) != 0 {
			t.Errorf("applied %v: %s", o.Applied, diff)
		}
	}
	for name, fresh := range map[string]bool{"in the same process": false, "after a restart": true} {
		if fresh {
			w.restart()
		}
		for made, want1 := range map[bool]topology.Owner{true: owner, false: {}} {
			var inventory topology.Inventory
			for _, r := range []topology.Resource{q, topic} {
				row := rowOf(r)
				if made {
					row.AppliedAt = w.clock.Now()
				}
				inventory = append(inventory, row)
			}
			state := w.observe(Observation{Want: want(q, topic), Applied: inventory, Owner: owner, TagsSince: w.clock.Now()})
			for _, key := range []string{billing, ordersTopic} {
				seen := find(t, state, key).Seen
				if seen.Owner == nil || *seen.Owner != want1 || seen.TagsAt.Before(w.clock.Now()) || cmp.Diff([]string{"Tags"}, seen.Lacking) != "" {
					t.Errorf("%s, made by Skein %t: %s belongs to %v, lacking %v", name, made, key, seen.Owner, seen.Lacking)
				}
			}
		}
	}
}

// Codes that mean something else degrade nothing.
func TestRefusalsThatDegradeNothing(t *testing.T) {
	for _, code := range []string{"InvalidAttributeValue", "AccessDenied", "InvalidParameterValue", "InvalidAttributeName", "ThrottlingException"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			s := create(queueResource(billing), map[string]string{"SqsManagedSseEnabled": "true"})
			w.aws.SetHook(failing(code, "sqs:CreateQueue"))
			if f := w.fault(s); f.Code != code {
				t.Errorf("the fault is %v", f)
			}
			w.aws.SetHook(nil)
			if out := w.apply(s)[0]; len(out.Lacking) != 0 || w.attributes(billing)["SqsManagedSseEnabled"] != "true" {
				t.Errorf("lacking %v", out.Lacking)
			}
		})
	}
}

// An operation that AWS says it does not know, with and without tags, is no proof that tags are missing.
func TestUnknownOperationIsNoProofAgainstTags(t *testing.T) {
	w := newWorld(t)
	w.aws.SetHook(failing("UnsupportedOperation", "sqs:CreateQueue"))
	s := create(queueResource(billing), nil)
	if f := w.fault(s); f.Code != "UnsupportedOperation" {
		t.Errorf("the fault is %v", f)
	}
	w.aws.SetHook(nil)
	if out := w.apply(s)[0]; len(out.Lacking) != 0 || out.Applied["Tags[skein.dev/name]"] != "billing" {
		t.Errorf("lacking %v, applied %v", out.Lacking, out.Applied)
	}
}

// Where tags were seen, a refusal of tags is a fault like any other: ownership is not to hang on it.
func TestP45TagsThatWereSeenAreNotLacking(t *testing.T) {
	w := newWorld(t)
	q, topic := queueResource(billing), topicResource(ordersTopic)
	w.apply(create(q, nil), create(topic, nil))
	w.restart()
	look := Observation{Want: want(q, topic), SharedSince: w.clock.Now()}
	w.aws.SetHook(failing("AccessDenied", "tag:GetResources"))
	w.observe(look)
	w.aws.SetHook(failing("UnsupportedOperation", "sqs:ListQueueTags", "sns:ListTagsForResource", "sqs:TagQueue", "sns:TagResource", "tag:GetResources"))
	w.clock.Step(time.Minute)
	look.SharedSince = w.clock.Now()
	if _, err := w.Observe(t.Context(), look); fault.As(err) == nil || fault.As(err).Code != "UnsupportedOperation" {
		t.Errorf("reading tags: %v", err)
	}
	for _, r := range []topology.Resource{q, topic} {
		step := plan.Step{Action: plan.Update, Resource: r, Tags: map[string]string{"team": "x"}, Fields: map[string]string{"Tags[team]": "x"}}
		if f := w.fault(step); f.Code != "UnsupportedOperation" {
			t.Errorf("tagging %s: %v", r.Kind, f)
		}
	}
	w.aws.SetHook(nil)
	for _, r := range w.observe(look).Resources {
		if r.Seen.Owner == nil || *r.Seen.Owner != owner || len(r.Seen.Lacking) != 0 {
			t.Errorf("%s belongs to %v, lacking %v", r.Key, r.Seen.Owner, r.Seen.Lacking)
		}
	}
}
