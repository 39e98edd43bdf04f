// Package status turns what was wanted, seen and done into conditions, counts and events: pure functions.
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
	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// RefusedAfter is how long AWS must have refused a value before the object counts as stalled.
const RefusedAfter = 10 * time.Minute

// Finding is one thing that keeps an object from being Ready.
type Finding struct {
	// Reason is a condition reason of the API; Message names resource, field, found, wanted and remedy.
	Reason, Message string
	// Stalled says that only a change of the spec, or of ownership in AWS, helps.
	Stalled bool
	// Retry says that nothing announces when this has passed: look again soon.
	Retry bool
}

// Look is one pass over AWS, as far as it got.
type Look struct {
	// Have was observed, After is what AWS holds since the result came in.
	Have, After topology.State
	Plan        plan.Plan
	Result      plan.Result
	// Fault of the observation, if it failed.
	Fault *fault.Error
	// Verdicts are what is proven of each subscription, by its key.
	Verdicts map[string]delivery.Verdict
	// RefusedSince is when AWS first refused what it has refused at every look since; zero if it did not.
	RefusedSince time.Time
	// Counted are the messages that the status told of before; nil where it did not.
	Counted *v1alpha1.MessageCounts
	// Suspended: nothing of the plan was carried out.
	Suspended bool
	// Planned is what status.plan shows.
	Planned []v1alpha1.PlannedStep
}

// Refused says that AWS refused something for a reason that no one can tell: an unknown fault, or a value that it does not take.
func (l Look) Refused() bool {
	unknown := func(f *fault.Error) bool {
		return f != nil && cmp.Or(f.Reason, v1alpha1.ReasonAWSError) == v1alpha1.ReasonAWSError
	}
	return unknown(l.Fault) || slices.ContainsFunc(l.Result.Outcomes, func(o plan.Outcome) bool { return unknown(o.Fault) || unknown(o.Refused) })
}

// Kept is what a later pass over Kubernetes alone needs of a look: where things are, what was counted, what is awaited. Documents,
// attributes and the steps that were carried out are left behind, for there is one look in memory for each object.
func (l Look) Kept() Look {
	out := Look{
		Have: topology.State{References: l.Have.References}, Fault: l.Fault, Verdicts: l.Verdicts, RefusedSince: l.RefusedSince,
		Suspended: l.Suspended, Planned: l.Planned,
	}
	for _, r := range l.After.Resources {
		out.After.Resources = append(out.After.Resources, kept(r))
	}
	for _, s := range l.Plan.Steps {
		if !s.Mutates() {
			s.Resource, s.Changes = kept(s.Resource), nil
			out.Plan.Steps = append(out.Plan.Steps, s)
		}
	}
	for _, d := range l.Plan.Differences {
		if !d.Corrected(l.Result) {
			d.Resource = kept(d.Resource)
			out.Plan.Differences = append(out.Plan.Differences, d)
		}
	}
	for _, o := range l.Result.Outcomes {
		if o.Fault != nil || o.Refused != nil {
			step := plan.Step{Resource: kept(o.Step.Resource), Disputed: o.Step.Disputed}
			out.Result.Outcomes = append(out.Result.Outcomes, plan.Outcome{Step: step, Fault: o.Fault, Refused: o.Refused})
		}
	}
	return out
}

func kept(r topology.Resource) topology.Resource {
	return topology.Resource{
		Kind: r.Kind, Role: r.Role, Key: r.Key, ARN: r.ARN, Name: r.Name, URL: r.URL, TopicARN: r.TopicARN, Endpoint: r.Endpoint,
		Seen: topology.Seen{Existence: r.Seen.Existence, Owner: r.Seen.Owner, Messages: r.Seen.Messages, Subscribers: r.Seen.Subscribers, Pending: r.Seen.Pending, Denied: r.Seen.Denied, Lacking: r.Seen.Lacking},
	}
}

// Findings of a look, the refusals of Build first.
func Findings(refusals []topology.Refusal, want topology.State, look Look, ready *metav1.Condition, now time.Time) []Finding {
	var out []Finding
	for _, r := range refusals {
		out = append(out, Finding{Reason: r.Reason, Message: r.Message, Stalled: r.Stalled})
	}
	for _, s := range look.Plan.Steps {
		switch {
		case s.Action == plan.Blocked:
			out = append(out, Finding{Reason: s.Reason, Message: s.Message, Stalled: true})
		case s.Action == plan.Adopt:
			out = append(out, Finding{Reason: s.Reason, Message: s.Message})
		case s.Action == plan.Wait && !harmless(s, want):
			out = append(out, Finding{Reason: s.Reason, Message: s.Message})
		}
	}
	if look.Fault != nil {
		out = append(out, ofFault(look.Fault, look.RefusedSince, ready, now))
	}
	for _, o := range look.Result.Outcomes {
		if o.Fault != nil {
			out = append(out, ofFault(o.Fault, look.RefusedSince, ready, now))
		}
		if o.Refused != nil {
			out = append(out, ofPrincipals(o, look.RefusedSince, ready, now))
		}
	}
	return out
}

// harmless waits do not make an object less ready: a difference or an absence that a second reading must confirm, and what left the spec.
func harmless(s plan.Step, want topology.State) bool {
	_, wanted := want.Find(s.Resource.Key)
	return !wanted || s.Reason == v1alpha1.ReasonSettling
}

// Leaving tells what left the spec and is still in AWS, and why.
func Leaving(look Look, want topology.State) []string {
	var out []string
	for _, s := range look.Plan.Steps {
		if _, wanted := want.Find(s.Resource.Key); s.Action == plan.Wait && !wanted {
			out = append(out, s.Message)
		}
	}
	return out
}

// standing is Ready as it was said of this generation; nil if it was said of another.
func standing(conditions []metav1.Condition, generation int64) *metav1.Condition {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.ObservedGeneration != generation {
		return nil
	}
	return ready
}

// ofPrincipals is a policy's refusal that kept nothing else from being done.
func ofPrincipals(o plan.Outcome, since time.Time, ready *metav1.Condition, now time.Time) Finding {
	out := ofFault(o.Refused, since, ready, now)
	out.Message = fmt.Sprintf("AWS refuses %s of %s, which names a user, role or account that does not exist (any more): correct it in the spec, or make it exist; everything else is applied: %s",
		strings.Join(o.Step.Disputed, ", "), o.Step.Resource.StatusName(), Words(o.Refused))
	return out
}

func ofFault(f *fault.Error, since time.Time, ready *metav1.Condition, now time.Time) Finding {
	reason := f.Reason
	if reason == "" {
		reason = v1alpha1.ReasonAWSError
	}
	out := Finding{Reason: reason, Message: Words(f), Stalled: f.Class == fault.Terminal}
	if reason != v1alpha1.ReasonAWSError {
		return out
	}
	// A restart forgets since when, not that.
	already := ready != nil && ready.Reason == v1alpha1.ReasonRefusedByAWS
	if already || !since.IsZero() && now.Sub(since) >= RefusedAfter {
		return Finding{Reason: v1alpha1.ReasonRefusedByAWS, Message: Words(f) + "; correct the field, or change it to try again", Stalled: true}
	}
	return out
}

// Worst picks the finding that speaks for the object: the first that stalls it, else the first; nil if there is none.
func Worst(findings []Finding) *Finding {
	for i := range findings {
		if findings[i].Stalled {
			return &findings[i]
		}
	}
	if len(findings) > 0 {
		return &findings[0]
	}
	return nil
}

// verdict sets Ready, Reconciling and Stalled from the findings. undeliverable, if not nil, keeps Ready False without either.
func verdict(conditions *[]metav1.Condition, findings []Finding, undeliverable *Finding, readyMessage string, generation int64, now time.Time) {
	set := setter{conditions, generation, now}
	worst := Worst(findings)
	switch {
	case worst != nil:
		message := worst.Message
		if n := len(findings) - 1; n > 0 {
			message += fmt.Sprintf(" (and %d more)", n)
		}
		set.condition(v1alpha1.ConditionReady, metav1.ConditionFalse, worst.Reason, message)
		set.only(worst.Stalled, v1alpha1.ConditionStalled, worst.Reason, message)
		set.only(!worst.Stalled, v1alpha1.ConditionReconciling, worst.Reason, message)
		return
	case undeliverable != nil:
		set.condition(v1alpha1.ConditionReady, metav1.ConditionFalse, undeliverable.Reason, undeliverable.Message)
	default:
		set.condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, readyMessage)
	}
	meta.RemoveStatusCondition(conditions, v1alpha1.ConditionStalled)
	meta.RemoveStatusCondition(conditions, v1alpha1.ConditionReconciling)
}

// Unresolved writes the conditions of an object for which nothing could be looked at, or which is being deleted.
func Unresolved(conditions *[]metav1.Condition, f Finding, generation int64, now time.Time) {
	verdict(conditions, []Finding{f}, nil, "", generation, now)
	undrifted(setter{conditions, generation, now})
}

// ConsumerUnresolved is Unresolved for a ConsumerQueue whose references cannot be used.
func ConsumerUnresolved(conditions *[]metav1.Condition, f Finding, generation int64, now time.Time) {
	Unresolved(conditions, f, generation, now)
	set := setter{conditions, generation, now}
	set.condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, f.Reason, f.Message)
	if meta.FindStatusCondition(*conditions, v1alpha1.ConditionDeliverable) == nil {
		set.condition(v1alpha1.ConditionDeliverable, metav1.ConditionUnknown, v1alpha1.ReasonPending, "not looked at yet")
	}
	uncounted(set)
}

// Account writes the conditions of an AWSAccount.
func Account(conditions *[]metav1.Condition, f *Finding, message string, generation int64, now time.Time) {
	var findings []Finding
	if f != nil {
		findings = append(findings, *f)
	}
	verdict(conditions, findings, nil, message, generation, now)
}

// Held says what keeps an object that is being deleted and is of use until then: Ready stays as it is.
func Held(conditions *[]metav1.Condition, f Finding, generation int64, now time.Time) {
	setter{conditions, generation, now}.condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, f.Reason, f.Message)
}

// setter sets conditions of one generation at one time.
type setter struct {
	conditions *[]metav1.Condition
	generation int64
	now        time.Time
}

// maxMessage is the API's limit for a condition's message.
const maxMessage = 32768

func (s setter) condition(kind string, status metav1.ConditionStatus, reason, message string) {
	c := metav1.Condition{Type: kind, Status: status, Reason: reason, Message: cut(message, maxMessage), ObservedGeneration: s.generation}
	if old := meta.FindStatusCondition(*s.conditions, kind); old == nil || old.Status != status {
		c.LastTransitionTime = metav1.NewTime(s.now)
	}
	meta.SetStatusCondition(s.conditions, c)
}

// cut keeps a text within a limit in bytes, whole characters only.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

func (s setter) only(present bool, kind, reason, message string) {
	if present {
		s.condition(kind, metav1.ConditionTrue, reason, message)
	} else {
		meta.RemoveStatusCondition(s.conditions, kind)
	}
}
