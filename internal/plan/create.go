package plan

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// create plans the one call that makes a resource complete.
func (d *differ) create(want topology.Resource, row topology.Row) {
	switch {
	case d.rival(want):
		return
	case !d.sharedQueueReady(want):
		d.holdBack(want.Group)
		return
	case !d.queuesReady(want), !d.policyReady(want), !d.subscribeReady(want):
		return
	}
	s := newStep(Create, phaseOf(want), want)
	s.Attributes = map[string]string{}
	cause := CauseSpec
	if row.Taken() {
		cause = CauseDrift
	}
	have, _ := d.Have.Find(want.Key)
	for _, field := range slices.Sorted(maps.Keys(want.Managed)) {
		value := want.Managed[field]
		if value == "" || needless(want.Kind, field, want.Managed) || lacks(have, field, value) {
			continue
		}
		s.Fields[field] = value
		s.Changes = append(s.Changes, FieldChange{Field: field, To: value, Cause: cause})
		switch name, member := topology.CutField(field); name {
		case "Tags":
			s.Tags[member] = value
		case "Policy":
		default:
			s.Attributes[name] = value
		}
	}
	if a, _ := topology.FindAttribute(want.Kind, tracing); s.Attributes[tracing] == a.Default {
		delete(s.Attributes, tracing)
	}
	if own := policydoc.BySid(want.Policy.Statements); len(own) > 0 {
		text, ok := d.policy(want, policydoc.Merge(basePolicy(want), own))
		if !ok {
			return
		}
		s.Attributes["Policy"] = text
		base := topology.Resource{Policy: basePolicy(want)}
		s.dispute(want, base, own)
	}
	d.add(s)
}

func newStep(a Action, p Phase, r topology.Resource) Step {
	return Step{Action: a, Phase: p, Resource: r, Fields: map[string]string{}, Tags: map[string]string{}}
}

// tracing at its default is not sent with a creation: AWS shows it only where it was set, and does not have it in every region.
const tracing = "TracingConfig"

// needless says that an attribute is neither sent nor compared: AWS does not show it without another one, or decides it beside another one.
func needless(kind topology.Kind, field string, wanted map[string]string) bool {
	a, _ := topology.FindAttribute(kind, field)
	return a.Needs != "" && wanted[a.Needs] == "" || a.Yields != "" && wanted[a.Yields] != ""
}

// basePolicy is what a new resource's policy begins with: a topic keeps the statement that AWS would give it.
func basePolicy(r topology.Resource) policydoc.Document {
	a, err := arn.Parse(r.Key)
	if err != nil || r.Kind != topology.KindTopic {
		return policydoc.Document{}
	}
	return policydoc.DefaultTopicPolicy(r.Key, a.AccountID)
}
