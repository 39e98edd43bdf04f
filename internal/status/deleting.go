package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// wayOut is what helps where nothing else does: it needs neither AWS nor an account.
const wayOut = "; to leave everything in AWS as it is, set deletionPolicy: Retain"

// byItself are the reasons of a deletion that needs nobody to go on.
var byItself = map[string]bool{
	v1alpha1.ReasonDeleting: true, v1alpha1.ReasonEmptySettle: true, v1alpha1.ReasonSettling: true, v1alpha1.ReasonThrottled: true,
}

// Stuck adds the general way out to what holds a deletion up, unless that passes by itself.
func Stuck(f Finding) Finding {
	if !byItself[f.Reason] {
		f.Message += wayOut
	}
	return f
}

// Deleting is what a deletion waits for: a missing permission or what only a person can settle before messages and subscribers that are to
// go, for these may keep coming as long as it is missing; then what else AWS refused; last what passes with time.
func Deleting(look Look, ready *metav1.Condition, now time.Time) Finding {
	if look.Suspended {
		return SuspendedDeletion()
	}
	findings := Findings(nil, topology.State{}, look, ready, now)
	if f := Worst(findings); f != nil && (f.Stalled || denied(look)) {
		return Stuck(*f)
	}
	var waits []Finding
	for _, s := range look.Plan.Steps {
		switch f := (Finding{Reason: s.Reason, Message: s.Message}); {
		case s.Action != plan.Wait:
		case byItself[s.Reason]:
			waits = append(waits, f)
		default:
			return Stuck(f)
		}
	}
	for _, f := range append(findings, waits...) {
		return Stuck(f)
	}
	return Finding{Reason: v1alpha1.ReasonDeleting, Message: "resources are being deleted from AWS"}
}

// denied says that a permission was missing.
func denied(look Look) bool {
	if look.Fault != nil && look.Fault.Class == fault.Denied {
		return true
	}
	for _, o := range look.Result.Outcomes {
		if o.Fault != nil && o.Fault.Class == fault.Denied {
			return true
		}
	}
	return false
}
