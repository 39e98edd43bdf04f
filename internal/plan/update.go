package plan

import (
	"maps"
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// update plans the changes of a resource that exists and is ours: the widenings now, the narrowings of policies once subscriptions have left.
func (d *differ) update(want, have topology.Resource, row topology.Row, known bool) {
	want = widened(want, have, row)
	var changes []FieldChange
	found, left := d.changes(want, have, row, known)
	for _, c := range found {
		if d.permitted(want, have, c) {
			changes = append(changes, c)
		}
	}
	d.report(want, left)
	changes, narrow := splitInterim(want, changes)
	final := policydoc.BySid(want.Policy.Statements)
	keepStatements(final, have, left)
	interim := maps.Clone(final)
	for _, c := range narrow {
		_, sid := topology.CutField(c.Field)
		interim[sid] = want.Interim[sid]
	}
	if len(narrow) > 0 && d.overflows(want, have, interim) && !d.overflows(want, have, final) {
		d.closed[want.Key] = true
		d.wait(want, d.Now, v1alpha1.ReasonProgressing, "the policy of queue %s has no room for new topics until those that leave are unsubscribed", want.Name)
		changes = withoutPolicy(changes)
	}
	d.addUpdate(phaseOf(want), want, have, changes, interim)
	d.addUpdate(PhaseNarrow, want, have, narrow, final)
}

// permitted refuses changes that AWS cannot make or that would lose messages, field by field.
func (d *differ) permitted(want, have topology.Resource, c FieldChange) bool {
	attribute, _ := topology.FindAttribute(want.Kind, c.Field)
	messages := have.Seen.Messages.Total()
	switch {
	case attribute.Immutable:
		d.block(want, v1alpha1.ReasonImmutable, "%s of %s %s is %s and should be %s, which AWS fixes at creation; use another name", c.Field, want.Kind, want.Name, Show(c.From), Show(c.To))
		return false
	case c.Field == "MessageRetentionPeriod" && topology.WholeSeconds(c.To) < topology.WholeSeconds(c.From) && messages > 0 && !d.Guards.AllowRetentionCut:
		d.retentionCut(want, c, messages)
		return false
	case c.Field == "RedrivePolicy":
		return d.sharedQueueReady(want) && d.queueReady(want, topology.RedriveTarget(c.To))
	}
	return true
}

// retentionCut refuses to lower a retention on a queue that holds messages. Where somebody raised it in AWS, to save them, there are more ways out.
func (d *differ) retentionCut(want topology.Resource, c FieldChange, messages int64) {
	if c.Cause != CauseDrift {
		d.block(want, v1alpha1.ReasonWouldDeleteMessages, "lowering MessageRetentionPeriod of queue %s from %s s to %s s may delete some of its %d messages; drain it first, or annotate %s=true",
			want.Name, c.From, c.To, messages, v1alpha1.AnnotationAllowRetentionCut)
		return
	}
	d.block(want, v1alpha1.ReasonWouldDeleteMessages, "somebody raised MessageRetentionPeriod of queue %s in AWS from %s s to %s s; setting it back may delete some of its %d messages, so it stays until the queue is empty: "+
		"drain it, or raise messageRetention in the spec, or leave it by driftExceptions {resource: %s, field: %s}, or let messages go: annotate %s=true",
		want.Name, c.To, c.From, messages, want.StatusName(), c.Field, v1alpha1.AnnotationAllowRetentionCut)
}

// keepStatements puts the statements that are left as AWS shows them in the place of those that are wanted.
func keepStatements(own map[string]policydoc.Statement, have topology.Resource, left []FieldChange) {
	for _, c := range left {
		name, sid := topology.CutField(c.Field)
		if name != "Policy" {
			continue
		}
		delete(own, sid)
		for _, s := range have.Policy.Statements {
			if s.Sid == sid {
				own[sid] = s
			}
		}
	}
}

// splitInterim turns changes of statements that shrink while subscriptions leave into a widening now and a narrowing after.
func splitInterim(want topology.Resource, changes []FieldChange) (now, narrow []FieldChange) {
	for _, c := range changes {
		name, sid := topology.CutField(c.Field)
		interim, ok := want.Interim[sid]
		if name != "Policy" || !ok || interim.Canonical() == c.To {
			now = append(now, c)
			continue
		}
		step := c
		step.To = interim.Canonical()
		if step.To != step.From {
			now = append(now, step)
		}
		c.From = step.To
		narrow = append(narrow, c)
	}
	return now, narrow
}

func withoutPolicy(changes []FieldChange) []FieldChange {
	return slices.DeleteFunc(changes, ofPolicy)
}

func ofPolicy(c FieldChange) bool {
	name, _ := topology.CutField(c.Field)
	return name == "Policy"
}
