package plan_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// An upgrade brings fields that no record knows: equal ones are recorded, others are changes, not drift.
func TestRowWithoutFieldRecords(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60", "DelaySeconds", "5")
	w.settle(state(r))
	for _, field := range []string{"VisibilityTimeout", "DelaySeconds", "Tags[" + topology.TagName + "]"} {
		delete(w.inventory[0].Fields, field)
	}
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["DelaySeconds"] = "9"
	in := w.input(state(r))
	p := plan.Diff(in)
	if c := cause(t, p.Mutations(), "DelaySeconds"); c != plan.CauseSpec {
		t.Errorf("DelaySeconds is changed because of %q, want %s at once", c, plan.CauseSpec)
	}
	if c := cause(t, p.Mutations(), "VisibilityTimeout"); c != "" {
		t.Errorf("VisibilityTimeout is changed")
	}
	w.reconcile(state(r))
	want := map[string]string{}
	for f, v := range r.Managed {
		want[f] = topology.Hash(v)
	}
	if diff := cmp.Diff(want, w.inventory[0].Fields); diff != "" {
		t.Errorf("records:\n%s", diff)
	}
}

func TestLostStatusCorrectsNothingBySurprise(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	q := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "60"), nil, "t")
	want := state(q, topic("own"), subscription("t", "q"))
	w.settle(want)
	before := maps.Clone(w.aws.remotes)
	w.inventory, w.history = nil, map[string]topology.History{}
	w.pass(time.Hour)
	w.aws.remotes[q.Key].attributes["MaximumMessageSize"] = "2048"
	w.aws.remotes[q.Key].tags["team"] = "set once"
	// The subscription's ARN is lost too: Subscribe with equal attributes finds it.
	for _, s := range w.settle(want) {
		if s.Resource.Kind != topology.KindSubscription {
			t.Errorf("changed: %s", describe(plan.Plan{Steps: []plan.Step{s}}))
		}
	}
	for key, r := range before {
		if w.aws.remotes[key] != r {
			t.Errorf("%s was made anew", key)
		}
	}
	if len(w.inventory) != 3 {
		t.Errorf("rows %v, want 3", w.inventory)
	}
	if row, _ := w.inventory.Find(subscription("t", "q").Key); row.ARN == "" {
		t.Errorf("the subscription's ARN is not on record again")
	}
	w.settle(with1(want, "q", "VisibilityTimeout", "90"))
	if w.shows(q, "VisibilityTimeout") != "90" {
		t.Errorf("a change after the loss is not applied")
	}
}

// A field that leaves the spec and shows its default already is no longer Skein's.
func TestFieldThatLeavesAtItsDefault(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60")
	w.settle(state(r))
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "30"
	w.quiet(state(without(r, "VisibilityTimeout")))
	if hash, ok := w.inventory[0].Fields["VisibilityTimeout"]; ok {
		t.Errorf("still on record: %s", hash)
	}
}

func TestBeforeNamesNewKeysOnly(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	p := plan.Diff(w.input(whole()))
	rows, grown := plan.Before(nil, p)
	if !grown || len(rows) != 4 {
		t.Fatalf("grown %v, %d rows", grown, len(rows))
	}
	for _, row := range rows {
		if row.State != v1alpha1.ResourceCreating || len(row.Fields) != 0 || !row.AppliedAt.IsZero() {
			t.Errorf("row %v says more than that a creation is near", row)
		}
	}
	if again, grown := plan.Before(rows, p); grown || len(again) != 4 {
		t.Errorf("the same plan grows the inventory twice")
	}
}

func TestRecordOfAHalfDoneUpdate(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "30", "DelaySeconds", "0")
	w.settle(state(r))
	w.pass(time.Hour)
	changed := state(with(r, "VisibilityTimeout", "60", "DelaySeconds", "5"))
	in := w.input(changed)
	p := plan.Diff(in)
	step := p.Mutations()[0]
	result := plan.Result{At: w.aws.now, Outcomes: []plan.Outcome{{
		Step: step, Applied: map[string]string{"VisibilityTimeout": "60"}, Fault: &fault.Error{Class: fault.Retry},
	}}}
	after := plan.After(in.Have, result)
	row := plan.Record(w.inventory, in.Want, after, p, result)[0]
	// The call that failed may have had its effect.
	if row.Fields["VisibilityTimeout"] != topology.Hash("60") || row.Fields["DelaySeconds"] != "" || !row.AppliedAt.Equal(w.aws.now) {
		t.Errorf("row %v", row)
	}
	if _, recorded := row.Fields["DelaySeconds"]; !recorded || !row.Taken() {
		t.Errorf("row %v", row)
	}
	if got, _ := after.Find(r.Key); got.Managed["VisibilityTimeout"] != "60" || got.Managed["DelaySeconds"] != "0" {
		t.Errorf("after %v", got.Managed)
	}
	if have, _ := in.Have.Find(r.Key); have.Managed["VisibilityTimeout"] != "30" {
		t.Errorf("After changed the observation")
	}
}

// A subscription is on record only with a queue that is ours.
func TestSubscriptionOfAForeignQueueIsNotRecorded(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.holder("q", other.Tags())
	s := subscription("t", "q")
	w.aws.remotes[s.Key] = &remote{kind: topology.KindSubscription, arn: "arn", attributes: map[string]string{"RawMessageDelivery": "true"}}
	known := s
	known.ARN = "arn"
	want := state(queue(topology.RoleMain, "q"), known)
	w.faults = true // the subscription is not ours to admit
	w.settle(want)
	if len(w.inventory) != 0 {
		t.Errorf("rows %v", w.inventory)
	}
}
