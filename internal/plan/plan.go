// Package plan compares what should be with what is: pure functions from States to Steps.
package plan

import (
	"time"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// Action of a step.
type Action string

// The actions. Create, Update and Delete are carried out by Apply in order; the others are results for status.
const (
	Create Action = "Create"
	Update Action = "Update"
	Delete Action = "Delete"
	// Release forgets a resource without touching it.
	Release Action = "Release"
	// Wait does nothing until a time, or until something else has happened.
	Wait Action = "Wait"
	// Adopt takes note of a resource that somebody else made and that is taken over at the next look; until then it is not touched.
	Adopt Action = "Adopt"
	// Report leaves a difference as it is.
	Report Action = "Report"
	// Blocked is a refusal: this step, and what it says it blocks, is not carried out.
	Blocked Action = "Blocked"
)

// Phase orders the steps: creates and widenings forwards, deletes backwards, narrowings last. A failed phase stops the later ones.
type Phase int

// The phases, in the order of Apply.
const (
	PhaseTopics Phase = iota
	PhaseDeadLetter
	PhaseQueues
	PhaseSubscriptions
	PhaseAlarms
	PhaseDeleteAlarms
	PhaseUnsubscribe
	PhaseDeleteQueues
	PhaseDeleteUndelivered
	PhaseDeleteDeadLetter
	PhaseDeleteTopics
	PhaseNarrow
)

// Cause of a change.
type Cause string

// The causes.
const (
	// CauseSpec is a change of what is wanted, or a first application.
	CauseSpec Cause = "Spec"
	// CauseDrift is a change that someone else made in AWS.
	CauseDrift Cause = "Drift"
)

// FieldChange is one field that a step changes. From and To are canonical; empty means absent.
type FieldChange struct {
	Field    string
	From, To string
	Cause    Cause
}

// Step is one thing to do, or not to do.
type Step struct {
	Action   Action
	Phase    Phase
	Resource topology.Resource
	// Changes by field, sorted; for people, events and status.
	Changes []FieldChange
	// Attributes, with Create: all of them, for the one creating call.
	Attributes map[string]string
	// Set, with Update: attribute maps in the order in which they are to be sent, one call each for queues; one call an attribute for topics and subscriptions.
	Set []map[string]string
	// Tags to put on (with Create: all), and tag keys to take off.
	Tags  map[string]string
	Untag []string
	// Fields and their values that stand in AWS once this step has been carried out, for the inventory; the empty value takes the record away.
	Fields map[string]string
	// Disputed are the fields among Fields whose statements name users, roles or accounts that AWS may not know, and so may refuse the whole policy.
	// Rest is the policy without those principals; empty where only they would change it.
	Disputed []string
	Rest     string
	// Reason and Message of Wait, Blocked and Release: a condition reason and a sentence with the remedy.
	Reason, Message string
	// Until is when a Wait or an Adopt is over; zero where it is something else that must happen.
	Until time.Time
	// With are the queues, and their alarms, that a Wait keeps from being deleted, beside its Resource.
	With []topology.Resource
	// Reading says of a Wait that this look was the first of the two that declare a difference or an absence.
	Reading bool
	// Kept, with Adopt: the values found that stay while the spec does not say their fields. Anew says that it is announced so for the first time.
	Kept map[string]string
	Anew bool
	// Takeover says of an Update that it makes the resource this object's.
	Takeover bool
}

// Mutates says that the step calls AWS.
func (s Step) Mutates() bool { return s.Action == Create || s.Action == Update || s.Action == Delete }

// Plan is the sorted list of steps, with the differences that somebody else seems to have made.
type Plan struct {
	Steps       []Step
	Differences []Difference
	// Next are the steps that come after the Adopt steps of their group: with the takeover, at a later look.
	Next []Step
	// HeldBack are the Adopt steps of groups that are refused.
	HeldBack []Step
	// Takeovers are the keys of resources that were announced and are taken over by this plan, also where no step of it is theirs.
	Takeovers []string
}

// Mutations are the steps that Apply carries out, in its order.
func (p Plan) Mutations() []Step {
	var out []Step
	for _, s := range p.Steps {
		if s.Mutates() {
			out = append(out, s)
		}
	}
	return out
}

// Outcome of one mutating step.
type Outcome struct {
	Step Step
	// Done says that all calls of the step succeeded.
	Done bool
	// Skipped says that an earlier phase failed, so nothing was tried.
	Skipped bool
	// Applied are the fields that stand in AWS now, also where a later call of the step failed.
	Applied map[string]string
	// ARN and URL that AWS gave, of a created resource.
	ARN, URL string
	// Pending is a new subscription that awaits confirmation.
	Pending bool
	// Refused is AWS's answer to a policy with Disputed fields, of which only Rest was set; everything else of the step succeeded.
	Refused *fault.Error
	// Lacking are the attributes, and Tags, that AWS turned out not to have here; the step went on without.
	Lacking []string
	// Fault of the call that failed.
	Fault *fault.Error
}

// Result is what Apply did.
type Result struct {
	Outcomes []Outcome
	// At is when the first call was made.
	At time.Time
}
