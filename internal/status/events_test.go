package status_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

func outcome(action plan.Action, kind topology.Kind, name string, done bool, changes ...plan.FieldChange) plan.Outcome {
	return plan.Outcome{Done: done, Step: plan.Step{Action: action, Resource: topology.Resource{Kind: kind, Name: name}, Changes: changes}}
}

func TestEventsOfALook(t *testing.T) {
	drift := plan.FieldChange{Field: "VisibilityTimeout", From: "77", To: "30", Cause: plan.CauseDrift}
	look := status.Look{Result: plan.Result{Outcomes: []plan.Outcome{
		outcome(plan.Create, topology.KindQueue, "q-dlq", true),
		outcome(plan.Create, topology.KindQueue, "q", true),
		outcome(plan.Create, topology.KindSubscription, "t", false),
		outcome(plan.Create, topology.KindQueue, "lost", true, drift),
		outcome(plan.Update, topology.KindQueue, "r", true, drift),
		outcome(plan.Delete, topology.KindQueue, "s", true),
	}}}
	var got []string
	for _, e := range status.Events(look, nil, nil) {
		got = append(got, e.Type+" "+e.Reason+": "+e.Message)
	}
	want := []string{
		"Normal Created: created queue q-dlq, queue q",
		"Warning Recreated: queue lost was gone from AWS and has been made again; the messages that it held are lost",
		"Warning DriftCorrected: queue r was changed in AWS and set back: VisibilityTimeout from 77 to 30",
		"Normal Deleted: deleted queue s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEventsOnTransitionsOnly(t *testing.T) {
	condition := func(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: "because of " + reason}
	}
	ready := []metav1.Condition{condition("Ready", metav1.ConditionTrue, "Ready"), condition("Accepted", metav1.ConditionTrue, "Accepted")}
	missing := []metav1.Condition{condition("Ready", metav1.ConditionFalse, "TopicNotFound"), condition("Accepted", metav1.ConditionFalse, "TopicNotFound")}
	for name, c := range map[string]struct {
		before, after []metav1.Condition
		want          int
	}{
		"first visit, well":        {nil, ready, 1},
		"still well":               {ready, ready, 0},
		"one cause, one event":     {ready, missing, 1},
		"the same cause as before": {missing, missing, 0},
	} {
		if got := status.Events(status.Look{}, c.before, c.after); len(got) != c.want {
			t.Errorf("%s: %d events, want %d: %v", name, len(got), c.want, got)
		}
	}
}
