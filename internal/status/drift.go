package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// The bounds of status.drift: differences that stand, those that were set back, and the bytes of a value.
const (
	maxStanding  = 100
	maxCorrected = 10
	maxValue     = 1000
)

// driftView is what status.drift and the condition Drifted are made of.
type driftView struct {
	before []v1alpha1.DriftStatus
	look   Look
	want   topology.State
	// suspended: nothing is written to AWS, so all drift is left.
	suspended bool
	rules     plan.DriftRules
	now       time.Time
}

// drifts are the entries of status.drift, with what they say in sum.
type drifts struct {
	standing, corrected []v1alpha1.DriftStatus
	// refused says that an earlier look could not set something back, and that this one could not judge it.
	refused bool
}

// list is bounded: what stands first, by resource and field, then what was set back, the latest last.
func (d drifts) list() []v1alpha1.DriftStatus {
	return slices.Concat(d.standing[:min(len(d.standing), maxStanding)], d.corrected)
}

// drift brings status.drift up to date with a look.
func drift(v driftView) drifts {
	var out drifts
	before := map[string]v1alpha1.DriftStatus{}
	for _, e := range v.before {
		if e.State == v1alpha1.DriftCorrected {
			out.corrected = append(out.corrected, e)
		} else {
			before[e.Resource+" "+e.Field] = e
		}
	}
	for _, d := range v.look.Plan.Differences {
		if _, wanted := v.want.Find(d.Resource.Key); !d.Standing() || !wanted {
			continue
		}
		e := v.entry(d)
		if old, ok := before[e.Resource+" "+e.Field]; ok {
			e.DetectedAt = old.DetectedAt
			delete(before, e.Resource+" "+e.Field)
		}
		if e.State == v1alpha1.DriftCorrected {
			out.corrected = append(out.corrected, e)
		} else {
			out.standing = append(out.standing, e)
		}
	}
	for _, e := range before {
		if v.undecided(e) {
			out.standing = append(out.standing, e)
			out.refused = out.refused || e.State == v1alpha1.DriftDetected
		}
	}
	slices.SortFunc(out.standing, func(a, b v1alpha1.DriftStatus) int {
		return cmp.Or(strings.Compare(a.Resource, b.Resource), strings.Compare(a.Field, b.Field))
	})
	out.corrected = out.corrected[max(len(out.corrected)-maxCorrected, 0):]
	return out
}

func (v driftView) entry(d plan.Difference) v1alpha1.DriftStatus {
	e := v1alpha1.DriftStatus{
		Resource: d.Resource.StatusName(), Field: d.Field, Desired: shortened(d.To, maxValue), Observed: shortened(d.From, maxValue), DetectedAt: metav1.NewTime(v.now),
		State: v1alpha1.DriftDetected,
	}
	switch {
	case d.Corrected(v.look.Result):
		e.State = v1alpha1.DriftCorrected
	case d.Verdict == plan.VerdictReported || v.suspended:
		e.State = v1alpha1.DriftReported
	}
	return e
}

// undecided says that this look tells neither that an entry still stands nor that it does not: a second reading is to come, or it could not be read.
func (v driftView) undecided(e v1alpha1.DriftStatus) bool {
	if v.look.Fault != nil {
		return true
	}
	i := slices.IndexFunc(v.want.Resources, func(r topology.Resource) bool { return r.StatusName() == e.Resource })
	if i < 0 {
		return false
	}
	for _, d := range v.look.Plan.Differences {
		whole := d.Field == plan.Existence || d.Field == ""
		if !d.Standing() && d.Verdict != plan.VerdictDrift && d.Resource.StatusName() == e.Resource && (whole || d.Field == e.Field) {
			return true
		}
	}
	after, _ := v.look.After.Find(v.want.Resources[i].Key)
	name, _ := topology.CutField(e.Field)
	return v.want.Resources[i].Held != "" || after.Seen.Existence == topology.Unread || after.Seen.Denied[name] != ""
}

// shortened keeps a value within a limit in bytes; one that is cut ends in an ellipsis.
func shortened(value string, most int) string {
	const ellipsis = "…"
	if len(value) > most {
		return cut(value, most-len(ellipsis)) + ellipsis
	}
	return value
}

// drifted sets the condition Drifted. After a look that failed it stays.
func drifted(set setter, d drifts, failed bool) {
	const kind = v1alpha1.ConditionDrifted
	old := meta.FindStatusCondition(*set.conditions, kind)
	switch {
	case failed && old != nil:
		set.condition(kind, old.Status, old.Reason, old.Message)
	case failed:
		undrifted(set)
	case len(d.standing) == 0:
		set.condition(kind, metav1.ConditionFalse, v1alpha1.ReasonInSync, "AWS shows what was applied")
	default:
		reason := v1alpha1.ReasonDriftReported
		if slices.ContainsFunc(d.standing, func(e v1alpha1.DriftStatus) bool { return e.State == v1alpha1.DriftDetected }) {
			reason = v1alpha1.ReasonDriftDetected
		}
		set.condition(kind, metav1.ConditionTrue, reason, fmt.Sprintf("changed in AWS by somebody else, see status.drift: %s", told(d.standing)))
	}
}

// undrifted says Drifted of an object that has not been looked at; what was said before stays.
func undrifted(set setter) {
	if meta.FindStatusCondition(*set.conditions, v1alpha1.ConditionDrifted) == nil {
		set.condition(v1alpha1.ConditionDrifted, metav1.ConditionUnknown, v1alpha1.ReasonPending, "not looked at yet")
	}
}

// told names the first of some entries.
func told(entries []v1alpha1.DriftStatus) string {
	const most = 5
	var out []string
	for _, e := range entries[:min(len(entries), most)] {
		out = append(out, e.Resource+": "+difference(e))
	}
	if n := len(entries) - most; n > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(out, "; ")
}

// difference says one entry in words.
func difference(e v1alpha1.DriftStatus) string {
	if e.Field == plan.Existence {
		return "gone from AWS"
	}
	return fmt.Sprintf("%s is %s and was set to %s", e.Field, plan.Show(e.Observed), plan.Show(e.Desired))
}

// findings are what of the drift keeps an object from being Ready: resources that are gone and left so. Where this look leaves open what an earlier one
// refused to set back, and finds nothing else, that is said again.
func (d drifts) findings(v driftView, others []Finding, conditions []metav1.Condition, generation int64) []Finding {
	var out []Finding
	for _, e := range d.standing {
		if e.Field == plan.Existence && e.State == v1alpha1.DriftReported && v.rules.Leaves(e.Resource, e.Field) {
			out = append(out, Finding{Reason: v1alpha1.ReasonDriftReported, Stalled: true, Message: fmt.Sprintf(
				"%s was applied and is gone from AWS, and driftPolicy or driftExceptions leave it so: set driftPolicy: Correct to have it made again, or take it out of the spec", e.Resource)})
		}
	}
	stalled := meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled)
	if d.refused && len(out)+len(others) == 0 && stalled != nil && stalled.ObservedGeneration == generation {
		out = append(out, Finding{Reason: stalled.Reason, Message: stalled.Message, Stalled: true})
	}
	return out
}

// notes are sentences for Ready's message: fields that differ and are left, and exceptions that concern nothing.
func (d drifts) notes(v driftView, applied topology.Inventory) []string {
	var out []string
	n := 0
	for _, e := range d.standing {
		if e.State == v1alpha1.DriftReported {
			n++
		}
	}
	if n > 0 {
		out = append(out, counted(n, "field differs in AWS and is", "fields differ in AWS and are")+" left (status.drift)")
	}
	if idle := v.rules.Idle(v.want, applied); len(idle) > 0 {
		out = append(out, "driftExceptions without effect: "+strings.Join(idle, ", "))
	}
	return out
}

// DriftTransitions are the entries of status.drift that are new, or in a new state, since it was written last.
func DriftTransitions(before, after []v1alpha1.DriftStatus) []v1alpha1.DriftStatus {
	var out []v1alpha1.DriftStatus
	for _, e := range after {
		if !slices.ContainsFunc(before, func(b v1alpha1.DriftStatus) bool { return same(b, e) }) {
			out = append(out, e)
		}
	}
	return out
}

// same says that two entries tell of one thing in one state. What stands does so once a field; what was set back may have been many times.
func same(a, b v1alpha1.DriftStatus) bool {
	if a.Resource != b.Resource || a.Field != b.Field || a.State != b.State {
		return false
	}
	return a.State != v1alpha1.DriftCorrected || a.DetectedAt.Equal(&b.DetectedAt) && a.Observed == b.Observed && a.Desired == b.Desired
}
