package status_test

import (
	"testing"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
)

// looked is a look whose plan has Waits for these reasons and whose result has these faults.
func looked(faults []*fault.Error, waits ...string) status.Look {
	look := status.Look{Plan: plan.Plan{Steps: []plan.Step{{Action: plan.Delete}}}}
	for _, reason := range waits {
		look.Plan.Steps = append(look.Plan.Steps, plan.Step{Action: plan.Wait, Reason: reason, Message: "waits"})
	}
	for _, f := range faults {
		look.Result.Outcomes = append(look.Result.Outcomes, plan.Outcome{Fault: f})
	}
	return look
}

func TestP50DeletionSaysWhatItWaitsForAndTheWayOut(t *testing.T) {
	const out = "; to leave everything in AWS as it is, set deletionPolicy: Retain"
	denied := &fault.Error{Class: fault.Denied, Reason: "AccessDenied", Operation: "sqs:DeleteQueue", Resource: "q", Code: "AccessDenied", Message: "no", RequestID: "r1"}
	slow := &fault.Error{Class: fault.Throttled, Reason: "Throttled", Operation: "sqs:DeleteQueue", Resource: "q", Code: "Throttling", Message: "slow"}
	lost := &fault.Error{Class: fault.Retry, Reason: "Unreachable", Operation: "sqs:DeleteQueue", Resource: "q", Message: "lost"}
	const refused, unreachable = "AccessDenied calling sqs:DeleteQueue for q: AccessDenied: no" + out, "Unreachable calling sqs:DeleteQueue for q: lost" + out
	for name, c := range map[string]struct {
		look status.Look
		want string
	}{
		"messages":                           {looked(nil, "MessagesHeld"), "MessagesHeld waits" + out},
		"messages before time":               {looked(nil, "EmptySettle", "MessagesHeld"), "MessagesHeld waits" + out},
		"time passes by itself":              {looked(nil, "EmptySettle"), "EmptySettle waits"},
		"a fault":                            {looked([]*fault.Error{denied}), refused},
		"no look":                            {status.Look{Fault: denied}, refused},
		"a permission before messages":       {looked([]*fault.Error{denied}, "MessagesHeld"), refused},
		"a permission before time":           {looked([]*fault.Error{denied}, "EmptySettle"), refused},
		"messages before what may pass":      {looked([]*fault.Error{lost}, "MessagesHeld"), "MessagesHeld waits" + out},
		"what AWS refused before time":       {looked([]*fault.Error{lost}, "EmptySettle"), unreachable},
		"a rate that is too high is no trap": {looked([]*fault.Error{slow}), "Throttled calling sqs:DeleteQueue for q: Throttling: slow"},
		"nothing":                            {looked(nil), "Deleting resources are being deleted from AWS"},
	} {
		got := status.Deleting(c.look, nil, noon)
		if got := got.Reason + " " + got.Message; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
