package status_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

func step(a plan.Action, name string, changes ...plan.FieldChange) plan.Step {
	return plan.Step{Action: a, Resource: topology.Resource{Kind: topology.KindQueue, Key: name, Name: name}, Changes: changes}
}

// Which plans are shown, and what of them.
func TestPlanIsShownWhereItHelps(t *testing.T) {
	all := plan.Plan{Steps: []plan.Step{
		step(plan.Create, "a"), step(plan.Update, "b"), step(plan.Delete, "c"), step(plan.Release, "d"), step(plan.Blocked, "e"), step(plan.Wait, "f"),
	}}
	wanted := topology.State{Resources: []topology.Resource{step(plan.Wait, "f").Resource}}
	adopting := plan.Plan{Steps: append([]plan.Step{step(plan.Adopt, "g")}, all.Steps...)}
	reporting := plan.Plan{Steps: append([]plan.Step{step(plan.Report, "h")}, all.Steps...)}
	for name, c := range map[string]struct {
		plan      plan.Plan
		suspended bool
		want      string
	}{
		"at work":             {all, false, ""},
		"suspended":           {all, true, "Create queue/a, Update queue/b, Delete queue/c, Release queue/d, Blocked queue/e"},
		"before an adoption":  {adopting, false, "Adopt queue/g, Blocked queue/e"},
		"adoption, suspended": {adopting, true, "Adopt queue/g, Create queue/a, Update queue/b, Delete queue/c, Release queue/d, Blocked queue/e"},
		"reported":            {reporting, false, "Report queue/h, Blocked queue/e"},
	} {
		var got []string
		for _, s := range status.Planned(c.plan, wanted, c.suspended) {
			got = append(got, s.Action+" "+s.Resource)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Deletions that wait are part of the plan of a suspended object, with what they wait for: of what left the spec, and of an object that is deleted.
func TestPlanShowsDeletionsThatWait(t *testing.T) {
	wait := step(plan.Wait, "x-dlq")
	wait.Reason, wait.Message = "EmptySettle", "once it is empty"
	together := step(plan.Wait, "x")
	together.Reason, together.Message = "MessagesHeld", "queue x holds 3"
	together.With = []topology.Resource{wait.Resource}
	wanted := step(plan.Wait, "x")
	spec := topology.State{Resources: []topology.Resource{wanted.Resource}}
	for name, c := range map[string]struct {
		steps     []plan.Step
		want      topology.State
		suspended bool
		shown     []v1alpha1.PlannedStep
	}{
		"left the spec": {[]plan.Step{wanted, wait}, spec, true, []v1alpha1.PlannedStep{{Action: "Delete", Resource: "queue/x-dlq", Reason: "EmptySettle", Message: "once it is empty"}}},
		"at work":       {[]plan.Step{wanted, wait}, spec, false, nil},
		"deleted object": {[]plan.Step{together}, topology.State{}, true, []v1alpha1.PlannedStep{
			{Action: "Delete", Resource: "queue/x", Reason: "MessagesHeld", Message: "queue x holds 3"},
			{Action: "Delete", Resource: "queue/x-dlq", Reason: "MessagesHeld", Message: "queue x holds 3"},
		}},
	} {
		if diff := cmp.Diff(c.shown, status.Planned(plan.Plan{Steps: c.steps}, c.want, c.suspended)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlanIsBounded(t *testing.T) {
	var p plan.Plan
	long := strings.Repeat("é", 2000)
	for i := range 70 {
		s := step(plan.Update, fmt.Sprintf("q%02d", i))
		s.Message = long
		for j := range 30 {
			s.Changes = append(s.Changes, plan.FieldChange{Field: fmt.Sprintf("Tags[%d%s]", j, long), From: long, To: long})
		}
		p.Steps = append(p.Steps, s)
	}
	got := status.Planned(p, topology.State{}, true)
	if len(got) != 50 {
		t.Fatalf("%d steps", len(got))
	}
	for i, s := range got {
		want := "; and 10 more changes"
		if i == 49 {
			want = "; and 20 more steps"
		}
		if len(s.Changes) != 20 || len(s.Message) > 1024 || !strings.HasSuffix(s.Message, want) {
			t.Errorf("step %d has %d changes and says …%s", i, len(s.Changes), s.Message[max(0, len(s.Message)-60):])
		}
		for _, c := range s.Changes {
			if len(c.Field) > 160 || len(c.From) > 256 || len(c.To) > 256 || len(c.To) < 250 || !strings.HasSuffix(c.To, "…") || !strings.HasSuffix(c.From, "…") {
				t.Errorf("step %d: %d, %d and %d bytes", i, len(c.Field), len(c.From), len(c.To))
			}
		}
	}
	subscription := plan.Step{Action: plan.Create, Resource: topology.Resource{Kind: topology.KindSubscription, Name: "t", TopicARN: "arn:t"}}
	if got := status.Planned(plan.Plan{Steps: []plan.Step{subscription}}, topology.State{}, true); got[0].Resource != "subscription/arn:t" || got[0].Message != "" {
		t.Errorf("got %+v", got)
	}
}
