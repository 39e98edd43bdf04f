package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Diff compares what is wanted with what was seen and what was set last, and gives the steps, sorted.
func Diff(in Input) Plan {
	d := differ{Input: in, blocked: map[string]bool{}, closed: map[string]bool{}, adoptions: map[string][]adoption{}}
	for _, want := range inPhases(in.Want.Resources) {
		if want.Held == "" {
			d.resource(want)
		}
	}
	d.leaving()
	d.takeOver()
	d.drop()
	return Plan{Steps: inOrder(d.steps), Next: inOrder(d.next), Differences: d.differences, HeldBack: inOrder(d.heldBack), Takeovers: d.takeovers}
}

func inOrder(steps []Step) []Step {
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Phase, b.Phase), cmp.Compare(a.Resource.Key, b.Resource.Key))
	})
	return steps
}

// inPhases sorts resources so that each comes after what it depends on.
func inPhases(resources []topology.Resource) []topology.Resource {
	resources = slices.Clone(resources)
	slices.SortStableFunc(resources, func(a, b topology.Resource) int { return cmp.Compare(phaseOf(a), phaseOf(b)) })
	return resources
}

type differ struct {
	Input
	steps       []Step
	differences []Difference
	// next are steps that an adoption puts off.
	next []Step
	// adoptions by group.
	adoptions map[string][]adoption
	// heldBack are adoptions of groups that are refused.
	heldBack []Step
	// takeovers are the keys of what is taken over.
	takeovers []string
	// takesOver: what is compared now is being made this object's.
	takesOver bool
	// blocked are the groups of which nothing is to be carried out.
	blocked map[string]bool
	// closed are the queues whose policy cannot be written: nothing new is subscribed to them.
	closed map[string]bool
}

func (d *differ) add(s Step) { d.steps = append(d.steps, s) }

// holdBack keeps everything of a group from being carried out; no group is nothing.
func (d *differ) holdBack(group string) {
	if group != "" {
		d.blocked[group] = true
	}
}

// block refuses a step; what else it holds back is the caller's.
func (d *differ) block(r topology.Resource, reason, format string, args ...any) {
	d.add(Step{Action: Blocked, Phase: phaseOf(r), Resource: r, Reason: reason, Message: fmt.Sprintf(format, args...)})
}

func (d *differ) wait(r topology.Resource, until time.Time, reason, format string, args ...any) {
	d.waitAs(Step{Action: Wait, Until: until, Reason: reason}, r, format, args...)
}

// waitAs completes a Wait.
func (d *differ) waitAs(s Step, r topology.Resource, format string, args ...any) {
	s.Phase, s.Resource, s.Message = phaseOf(r), r, fmt.Sprintf(format, args...)
	d.add(s)
}

func (d *differ) release(r topology.Resource, reason, format string, args ...any) {
	d.add(Step{Action: Release, Phase: phaseOf(r), Resource: r, Reason: reason, Message: fmt.Sprintf(format, args...)})
}

// drop takes the mutating steps of blocked groups away again.
func (d *differ) drop() {
	for _, s := range d.steps {
		if s.Mutates() && d.adopting(s.Resource.Group) {
			d.next = append(d.next, s)
		}
	}
	d.steps = slices.DeleteFunc(d.steps, func(s Step) bool { return s.Mutates() && d.blocked[s.Resource.Group] })
}

func phaseOf(r topology.Resource) Phase {
	switch {
	case r.Kind == topology.KindTopic:
		return PhaseTopics
	case r.Kind == topology.KindSubscription:
		return PhaseSubscriptions
	case r.Kind == topology.KindAlarm:
		return PhaseAlarms
	case r.Role == topology.RoleMain:
		return PhaseQueues
	default:
		return PhaseDeadLetter
	}
}

// resource plans one desired resource.
func (d *differ) resource(want topology.Resource) {
	have, _ := d.Have.Find(want.Key)
	row, known := d.Applied.Find(want.Key)
	want = identity(want, have)
	switch {
	case have.Seen.LacksKind():
		// The observation says so, and the status what follows.
	case !d.topicReady(want):
	case have.Seen.Existence == topology.Present:
		switch {
		case d.adopts(want, have, row, known):
			d.adopt(want, have, row)
		case d.owned(want, have, row):
			// A takeover that was interrupted after the tags goes on.
			d.takesOver = row.State == v1alpha1.ResourceAdopting
			d.update(want, have, row, known && !d.takesOver)
			d.takesOver = false
		}
	case have.Seen.Existence == topology.Absent:
		d.absent(want, have, row)
	case want.Kind == topology.KindSubscription && want.ARN == "":
		// Subscribe with all attributes finds it or makes it.
		d.create(want, row)
	case want.Kind == topology.KindAlarm:
		// No message depends on it: the queues go on.
		reason, why := unread(have.Seen)
		d.wait(want, d.Now.Add(alarmPoll), reason, "alarm %s cannot be read (%s), so it is neither made nor changed", want.Name, why)
	default:
		d.holdBack(want.Group)
		d.wait(want, d.Now.Add(holdPoll), v1alpha1.ReasonAccessDenied, "%s %s cannot be read, so nothing of it is changed", want.Kind, want.Name)
	}
}

// identity fills what only AWS knows into a desired resource.
func identity(want, have topology.Resource) topology.Resource {
	want.URL, want.ARN = cmp.Or(have.URL, want.URL), cmp.Or(have.ARN, want.ARN)
	return want
}

// absent plans a resource that AWS does not show: one that was once made comes back, unless it is to be left as it is.
func (d *differ) absent(want, have topology.Resource, row topology.Row) {
	if !row.Taken() {
		d.create(want, row)
		return
	}
	want.Seen = have.Seen
	s, waits := d.unsettled(want, row, FieldChange{Field: Existence, To: string(topology.Present)})
	switch {
	case waits:
		d.waitAs(s, want, "%s %s was applied and AWS does not show it; a second reading decides", want.Kind, want.Name)
	case d.Drift.Leaves(want.StatusName(), Existence):
		d.report(want, []FieldChange{{Field: Existence, To: string(topology.Present), Cause: CauseDrift}})
	default:
		d.create(want, row)
	}
}
