package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// The API's limits for status.plan; lengths in bytes.
const (
	maxPlannedSteps    = 50
	maxPlannedChanges  = 20
	maxPlannedResource = 350
	maxPlannedField    = 160
	maxPlannedValue    = 256
	maxPlannedMessage  = 1024
)

// Planned is what status.plan shows of a plan: all of it while suspended, with the deletions that wait, otherwise what is about to be adopted or is left as it is, with what is
// refused beside it and what follows an adoption; of any other plan nothing. What does not fit is counted in the last entry's message.
func Planned(p plan.Plan, want topology.State, suspended bool) []v1alpha1.PlannedStep {
	shown := []plan.Action{plan.Adopt, plan.Report, plan.Blocked}
	if suspended {
		shown = append(shown, plan.Create, plan.Update, plan.Delete, plan.Release)
	} else if !slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Action == plan.Adopt || s.Action == plan.Report }) {
		return nil
	}
	var out []v1alpha1.PlannedStep
	more := 0
	steps := slices.DeleteFunc(slices.Clone(p.Steps), func(s plan.Step) bool { return !slices.Contains(shown, s.Action) })
	if suspended {
		steps = append(steps, deletions(p, want)...)
	}
	for _, s := range append(steps, p.Next...) {
		if len(out) == maxPlannedSteps {
			more++
			continue
		}
		out = append(out, planned(s))
	}
	if more > 0 {
		last := &out[len(out)-1]
		last.Message = remark(last.Message, "and %d more steps", more)
	}
	return out
}

// deletions are those that wait, of what is not wanted any more: each says for what.
func deletions(p plan.Plan, want topology.State) []plan.Step {
	var out []plan.Step
	for _, s := range p.Steps {
		if _, wanted := want.Find(s.Resource.Key); s.Action != plan.Wait || wanted {
			continue
		}
		for _, r := range append([]topology.Resource{s.Resource}, s.With...) {
			out = append(out, plan.Step{Action: plan.Delete, Resource: r, Reason: s.Reason, Message: s.Message})
		}
	}
	return out
}

func planned(s plan.Step) v1alpha1.PlannedStep {
	out := v1alpha1.PlannedStep{
		Action: string(s.Action), Resource: cut(s.Resource.StatusName(), maxPlannedResource), Reason: s.Reason, Message: cut(s.Message, maxPlannedMessage),
	}
	for _, c := range s.Changes[:min(len(s.Changes), maxPlannedChanges)] {
		out.Changes = append(out.Changes, v1alpha1.PlannedChange{
			Field: cut(c.Field, maxPlannedField), From: shortened(c.From, maxPlannedValue), To: shortened(c.To, maxPlannedValue),
		})
	}
	if more := len(s.Changes) - len(out.Changes); more > 0 {
		out.Message = remark(out.Message, "and %d more changes", more)
	}
	return out
}

// remark puts a sentence behind a message, which gives way where there is no room for both.
func remark(message, format string, args ...any) string {
	note := fmt.Sprintf(format, args...)
	if message == "" {
		return note
	}
	note = "; " + note
	return cut(message, maxPlannedMessage-len(note)) + note
}

// paused tells what a suspended object would do in AWS; nil where it is not suspended, or would do nothing.
func paused(look Look) *Finding {
	var what []string
	for _, s := range look.Planned {
		if look.Suspended && s.Action != string(plan.Blocked) && s.Action != string(plan.Report) {
			what = append(what, doing(s))
		}
	}
	if len(what) == 0 {
		return nil
	}
	const most = 3
	if more := len(what) - most; more > 0 {
		what = append(what[:most], fmt.Sprintf("%d more", more))
	}
	return &Finding{Reason: v1alpha1.ReasonSuspended, Message: "spec.suspend is true and AWS differs from the spec; it would take: " +
		strings.Join(what, ", ") + " (see status.plan); set spec.suspend to false to let that be done"}
}

// doing is a planned step in few words: the action, the resource and the first fields.
func doing(s v1alpha1.PlannedStep) string {
	out := s.Action + " " + s.Resource
	if s.Action != string(plan.Update) {
		return out
	}
	var fields []string
	for _, c := range s.Changes[:min(len(s.Changes), 3)] {
		fields = append(fields, c.Field)
	}
	return out + " (" + strings.Join(fields, ", ") + ")"
}

// suspend lets the difference of a suspended object speak for it, unless something stalls it.
func suspend(look Look, findings []Finding, undeliverable *Finding) ([]Finding, *Finding) {
	difference := paused(look)
	if i := slices.IndexFunc(findings, func(f Finding) bool { return f.Reason == v1alpha1.ReasonSuspended }); difference == nil && i >= 0 {
		difference = &findings[i]
	}
	if worst := Worst(findings); difference == nil || worst != nil && worst.Stalled {
		return findings, undeliverable
	}
	return nil, difference
}

// plannedNow is what status.plan shows after a look; one that failed leaves it as it was.
func plannedNow(old []v1alpha1.PlannedStep, look Look) []v1alpha1.PlannedStep {
	if look.Fault != nil {
		return old
	}
	return look.Planned
}

// suspendedNote says of an object that is as declared that it is not kept so.
func suspendedNote(look Look) []string {
	if !look.Suspended {
		return nil
	}
	return []string{"suspended: AWS is looked at and nothing is written to it"}
}

// SuspendedDeletion is what the deletion of a suspended object waits for.
func SuspendedDeletion() Finding {
	return Finding{Reason: v1alpha1.ReasonSuspended, Message: "spec.suspend is true, so nothing is deleted from AWS; set spec.suspend to false to let the deletion go on, " +
		"or spec.deletionPolicy to Retain to let the object go and leave AWS as it is"}
}
