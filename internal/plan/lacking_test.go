package plan_test

import (
	"testing"

	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// P45: what AWS does not have here is no difference, unless nothing can take its place.
func TestP45WhatAWSLacksIsNoDifference(t *testing.T) {
	q := tagged(queue(topology.RoleMain, "q", "DelaySeconds", "7", "RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`, "SqsManagedSseEnabled", "true"))
	have := queue(topology.RoleMain, "q", "DelaySeconds", "0")
	have.Seen = topology.Seen{Existence: topology.Present, Owner: &q.Owner, TagsAt: start, Lacking: []string{"RedriveAllowPolicy", "SqsManagedSseEnabled", "Tags"}}
	diff := func(have topology.Resource) plan.Plan {
		return plan.Diff(plan.Input{Self: self, Want: state(q), Have: state(have), Now: start})
	}
	p := diff(have)
	if len(p.Steps) != 1 || len(p.Steps[0].Changes) != 1 || p.Steps[0].Changes[0].Field != "DelaySeconds" {
		t.Errorf("an update:\n%s", describe(p))
	}
	have.Seen.Existence = topology.Absent
	p = diff(have)
	if len(p.Steps) != 1 || len(p.Steps[0].Attributes) != 1 || len(p.Steps[0].Tags) != 0 || len(p.Steps[0].Fields) != 1 {
		t.Errorf("a creation:\n%s %+v", describe(p), p.Steps)
	}
	sub := subscription("t", "q", "FilterPolicy", `{"a":["b"]}`, "FilterPolicyScope", "MessageBody")
	seen := subscription("t", "q", "FilterPolicy", `{"a":["b"]}`, "FilterPolicyScope", "MessageAttributes")
	seen.ARN = "arn:aws:sns:us-east-1:123456789012:t:1"
	seen.Seen = topology.Seen{Existence: topology.Present, Lacking: []string{"FilterPolicyScope"}}
	p = plan.Diff(plan.Input{Self: self, Want: state(sub), Have: state(seen), Now: start})
	if len(p.Steps) != 1 || !p.Steps[0].Mutates() {
		t.Errorf("a scope that matters:\n%s", describe(p))
	}
}

func TestAfterTellsWhatAWSLacks(t *testing.T) {
	q := queue(topology.RoleMain, "q")
	for _, action := range []plan.Action{plan.Create, plan.Update} {
		have := queue(topology.RoleMain, "q")
		have.Seen.Lacking = []string{"Tags"}
		after := plan.After(state(have), plan.Result{Outcomes: []plan.Outcome{
			{Step: plan.Step{Action: action, Resource: q}, Done: true, Lacking: []string{"RedriveAllowPolicy", "Tags"}},
		}})
		if got := after.Resources[0].Seen.Lacking; len(got) != 2 || got[0] != "RedriveAllowPolicy" || got[1] != "Tags" {
			t.Errorf("%s: %v", action, got)
		}
	}
}
