package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// After is what AWS holds once a result is in: the observation with every outcome on top of it.
func After(have topology.State, result Result) topology.State {
	after := topology.State{Resources: slices.Clone(have.Resources), References: have.References}
	for _, o := range result.Outcomes {
		key := o.Step.Resource.Key
		i := slices.IndexFunc(after.Resources, func(r topology.Resource) bool { return r.Key == key })
		if i < 0 {
			after.Resources = append(after.Resources, unseen(o.Step.Resource))
			i = len(after.Resources) - 1
		}
		after.Resources[i] = outcome(after.Resources[i], o, result.At)
	}
	after.Sort()
	return after
}

// unseen is the identity of a resource that was not observed.
func unseen(r topology.Resource) topology.Resource {
	r.Managed, r.Policy, r.Interim, r.Seen = nil, policydoc.Document{}, nil, topology.Seen{}
	return r
}

func outcome(have topology.Resource, o Outcome, at time.Time) topology.Resource {
	if o.Step.Action == Delete {
		if o.Done {
			have.Seen = topology.Seen{Existence: topology.Absent}
		}
		return have
	}
	have.ARN, have.URL = cmp.Or(o.ARN, have.ARN), cmp.Or(o.URL, have.URL)
	lacking := union(have.Seen.Lacking, o.Lacking)
	if o.Step.Action == Create && (o.Done || len(o.Applied) > 0) {
		owner := o.Step.Resource.Owner
		have.Seen = topology.Seen{Existence: topology.Present, Owner: &owner, TagsAt: at, Pending: o.Pending}
		have.Policy = o.document(basePolicy(o.Step.Resource))
	}
	have.Seen.Lacking = lacking
	have.Managed = maps.Clone(have.Managed)
	if have.Managed == nil {
		have.Managed = map[string]string{}
	}
	for field, value := range o.Applied {
		have.Managed[field] = o.Step.shown(field, value)
		if name, _ := topology.CutField(field); name == "Policy" {
			have.Policy = o.document(have.Policy)
		}
	}
	if o.Step.Takeover && (tagged(have, o.Step.Resource.Owner) || o.Done && slices.Contains(lacking, "Tags")) {
		owner := o.Step.Resource.Owner
		have.Seen.Owner = &owner
	}
	return have
}

// tagged says whether a resource carries an owner's tags.
func tagged(have topology.Resource, owner topology.Owner) bool {
	for key, value := range owner.Tags() {
		if have.Managed[topology.TagField(key)] != value {
			return false
		}
	}
	return true
}

// shown is what AWS shows of a field that was applied; the record of one that left the spec is empty where AWS shows its default.
func (s Step) shown(field, recorded string) string {
	for _, c := range s.Changes {
		if c.Field == field {
			a, _ := topology.FindAttribute(s.Resource.Kind, field)
			return cmp.Or(c.To, a.Clear)
		}
	}
	return recorded
}

// document is the policy that the step has written; what cannot be read is the one before.
func (o Outcome) document(before policydoc.Document) policydoc.Document {
	text, ok := o.Step.Attributes["Policy"]
	for _, attributes := range o.Step.Set {
		if t, set := attributes["Policy"]; set {
			text, ok = t, true
		}
	}
	if o.Refused != nil {
		text, ok = o.Step.Rest, o.Step.Rest != ""
	}
	document, err := policydoc.Parse(text)
	if !ok || err != nil {
		return before
	}
	return document
}
