package status

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// Event is one Kubernetes event to emit. Kubernetes takes events of equal type, reason and action about an object for one, whatever they
// say, so the action tells what was done to what.
type Event struct{ Type, Reason, Action, Message string }

// maxNote is the API's limit for an event's message, in bytes.
const maxNote = 1024

// Events of a look and of the transition between two sets of conditions.
func Events(look Look, before, after []metav1.Condition) []Event {
	out := listed(look, before, after)
	for i := range out {
		out[i].Message = cut(out[i].Message, maxNote)
	}
	return out
}

func listed(look Look, before, after []metav1.Condition) []Event {
	var out []Event
	for _, s := range look.Plan.Steps {
		if s.Action == plan.Release && !look.Suspended {
			out = append(out, Event{corev1.EventTypeNormal, "Released", action(s), s.Message})
		}
	}
	var made []Event
	for _, o := range look.Result.Outcomes {
		if o = accepted(o); o.Done {
			made = append(made, outcomeEvent(o.Step, look.Counted))
		}
	}
	out = append(out, joined(made)...)
	for _, kind := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionAccepted, v1alpha1.ConditionDeliverable} {
		e, ok := transition(kind, meta.FindStatusCondition(before, kind), meta.FindStatusCondition(after, kind))
		// What Ready says already is not said again for the condition that made it so.
		if ok && !slices.ContainsFunc(out, func(o Event) bool { return o.Reason == e.Reason && o.Message == e.Message }) {
			out = append(out, e)
		}
	}
	if e, ok := deadLetterEvent(before, after); ok {
		out = append(out, e)
	}
	return out
}

// accepted is an outcome without the fields that AWS refused; nothing is done where nothing else was to do.
func accepted(o plan.Outcome) plan.Outcome {
	if o.Refused == nil {
		return o
	}
	o.Step.Changes = slices.DeleteFunc(slices.Clone(o.Step.Changes), func(c plan.FieldChange) bool { return slices.Contains(o.Step.Disputed, c.Field) })
	o.Done = o.Done && len(o.Step.Changes) > 0
	return o
}

// joined makes one event of all creations of a look, and one of all deletions: an object's queues and subscriptions come and go together.
func joined(events []Event) []Event {
	var out []Event
	at := map[string]int{}
	for _, e := range events {
		i, seen := at[e.Reason]
		switch {
		case e.Reason != "Created" && e.Reason != "Deleted":
			out = append(out, e)
		case seen:
			_, what, _ := strings.Cut(e.Message, " ")
			out[i].Message += ", " + what
		default:
			at[e.Reason] = len(out)
			out = append(out, e)
		}
	}
	return out
}

func outcomeEvent(s plan.Step, counted *v1alpha1.MessageCounts) Event {
	what := string(s.Resource.Kind) + " " + s.Resource.Name
	switch s.Action {
	case plan.Create:
		if len(s.Changes) > 0 && s.Changes[0].Cause == plan.CauseDrift {
			return recreated(s, what, counted)
		}
		return Event{corev1.EventTypeNormal, "Created", action(s), "created " + what}
	case plan.Delete:
		return Event{corev1.EventTypeNormal, "Deleted", action(s), "deleted " + what}
	default:
		return updated(s, what)
	}
}

func recreated(s plan.Step, what string, counted *v1alpha1.MessageCounts) Event {
	message := what + " was gone from AWS and has been made again"
	if s.Resource.Kind == topology.KindQueue {
		message += "; " + lost(s.Resource.Role, counted)
	}
	return Event{corev1.EventTypeWarning, "Recreated", action(s), message}
}

// lost says what became of the messages of a queue that was gone.
func lost(role topology.Role, counted *v1alpha1.MessageCounts) string {
	if counted == nil {
		return "the messages that it held are lost"
	}
	n := counted.Visible + counted.InFlight + counted.Delayed
	switch role {
	case topology.RoleDeadLetter:
		n = counted.DeadLettered
	case topology.RoleUndelivered:
		n = counted.Undelivered
	}
	if n == 0 {
		return "it was empty at the last look; what came after is lost"
	}
	return fmt.Sprintf("the messages that it held are lost, about %d at the last look", n)
}

// DriftEvents tell of drift that is newly there and stays; what was set back is among the Events of the look.
func DriftEvents(before, after []v1alpha1.DriftStatus) []Event {
	var out []Event
	for _, e := range DriftTransitions(before, after) {
		switch e.State {
		case v1alpha1.DriftReported:
			out = append(out, driftEvent(e, v1alpha1.ReasonDriftReported, "is left so"))
		case v1alpha1.DriftDetected:
			out = append(out, driftEvent(e, v1alpha1.ReasonDriftDetected, "could not be set back"))
		}
	}
	return out
}

func driftEvent(e v1alpha1.DriftStatus, reason, outcome string) Event {
	message := fmt.Sprintf("%s was changed in AWS and %s: %s", e.Resource, outcome, difference(e))
	return Event{corev1.EventTypeWarning, reason, cut("Report "+e.Field+" of "+e.Resource, maxAction), cut(message, maxNote)}
}

// maxAction is the API's limit for an event's action.
const maxAction = 128

// action names what was done to which resource, with the fields that an update changed.
func action(s plan.Step) string {
	out := string(s.Action) + " " + string(s.Resource.Kind) + "/" + s.Resource.Name
	if s.Action == plan.Update {
		for _, c := range s.Changes {
			out += " " + c.Field
		}
	}
	return cut(out, maxAction)
}

func updated(s plan.Step, what string) Event {
	if s.Takeover {
		return adopted(s, what)
	}
	var drift, fields []string
	for _, c := range s.Changes {
		if c.Cause == plan.CauseDrift {
			drift = append(drift, fmt.Sprintf("%s from %s to %s", c.Field, plan.Show(c.From), plan.Show(c.To)))
		} else {
			fields = append(fields, c.Field)
		}
	}
	if len(drift) > 0 {
		return Event{corev1.EventTypeWarning, "DriftCorrected", action(s), fmt.Sprintf("%s was changed in AWS and set back: %s", what, strings.Join(drift, ", "))}
	}
	return Event{corev1.EventTypeNormal, "Updated", action(s), fmt.Sprintf("updated %s: %s", what, strings.Join(fields, ", "))}
}

// adopted tells of a takeover, and of what it changed beside the tags.
func adopted(s plan.Step, what string) Event {
	var fields []string
	for _, c := range s.Changes {
		if name, _ := topology.CutField(c.Field); name != "Tags" {
			fields = append(fields, c.Field)
		}
	}
	message := what + " has been adopted"
	if len(fields) > 0 {
		message += "; changed: " + strings.Join(fields, ", ")
	}
	return Event{corev1.EventTypeNormal, "Adopted", cut("Adopt "+s.Resource.StatusName(), maxAction), message}
}

// transition is an event where a condition's status or reason changed; the first visit makes none unless something is wrong.
func transition(kind string, before, after *metav1.Condition) (Event, bool) {
	if after == nil || before != nil && before.Status == after.Status && before.Reason == after.Reason {
		return Event{}, false
	}
	switch after.Status {
	case metav1.ConditionTrue:
		if kind != v1alpha1.ConditionReady {
			return Event{}, false
		}
		return Event{corev1.EventTypeNormal, after.Reason, kind, after.Message}, true
	case metav1.ConditionFalse:
		return Event{severity(before, after), after.Reason, kind, after.Message}, true
	default:
		return Event{}, false
	}
}
