package status_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

func step(a plan.Action, name string, changes ...plan.FieldChange) plan.Step {
	return plan.Step{Action: a, Resource: topology.Resource{Kind: topology.KindQueue, Name: name}, Changes: changes}
}

// Which plans are shown, and what of them.
func TestPlanIsShownWhereItHelps(t *testing.T) {
	all := plan.Plan{Steps: []plan.Step{
		step(plan.Create, "a"), step(plan.Update, "b"), step(plan.Delete, "c"), step(plan.Release, "d"), step(plan.Blocked, "e"), step(plan.Wait, "f"),
	}}
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
		for _, s := range status.Planned(c.plan, c.suspended) {
			got = append(got, s.Action+" "+s.Resource)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
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
	got := status.Planned(p, true)
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
			if len(c.Field) > 160 || len(c.From) > 256 || len(c.To) > 256 || len(c.To) < 250 {
				t.Errorf("step %d: %d, %d and %d bytes", i, len(c.Field), len(c.From), len(c.To))
			}
		}
	}
	subscription := plan.Step{Action: plan.Create, Resource: topology.Resource{Kind: topology.KindSubscription, Name: "t", TopicARN: "arn:t"}}
	if got := status.Planned(plan.Plan{Steps: []plan.Step{subscription}}, true); got[0].Resource != "subscription/arn:t" || got[0].Message != "" {
		t.Errorf("got %+v", got)
	}
}
