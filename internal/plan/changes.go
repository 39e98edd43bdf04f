package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// changes lists the fields that differ: those that may be changed now, and those that are left as they are, sorted; what is not settled yet becomes
// one Wait.
func (d *differ) changes(want, have topology.Resource, row topology.Row, known bool) (out, left []FieldChange) {
	want.Seen = have.Seen
	wanted := d.wanted(want, have, row)
	follows := d.tolerated(wanted, want, have, row, known)
	maps.DeleteFunc(wanted, func(field, _ string) bool { return needless(want.Kind, field, follows) })
	var wait *Step
	for _, field := range slices.Sorted(maps.Keys(wanted)) {
		name, _ := topology.CutField(field)
		c := FieldChange{Field: field, From: have.Managed[field], To: wanted[field], Cause: CauseSpec}
		switch {
		case have.Seen.Denied[name] != "":
			continue
		case c.To == c.From && !d.hides(have, row, c):
			continue
		case c.To != c.From && d.drifted(want, row, known, field, c.To):
			c.Cause = CauseDrift
			if s, waits := d.unsettled(want, row, c); waits {
				s.Changes = []FieldChange{c}
				wait = sooner(wait, s)
				continue
			}
			if d.Drift.Leaves(want.StatusName(), field) {
				left = append(left, c)
				continue
			}
		}
		out = append(out, c)
	}
	if wait != nil {
		c := wait.Changes[0]
		wait.Changes = nil
		d.waitAs(*wait, want, "%s of %s %s is %s and was set to %s; a second reading decides", c.Field, want.Kind, want.Name, Show(c.From), Show(c.To))
	}
	return out, left
}

// sooner gives the Wait that counts among those of several fields: a reading before a settle window, then the one that is over first.
func sooner(a *Step, b Step) *Step {
	if a == nil || b.Reading && !a.Reading || b.Reading == a.Reading && b.Until.Before(a.Until) {
		return &b
	}
	return a
}

// isApplied says whether the inventory has the value as the one set last; an absent value leaves no record.
func isApplied(row topology.Row, field, value string) bool {
	hash, ok := row.Fields[field]
	if value == "" {
		return !ok
	}
	return ok && hash == topology.Hash(value)
}

// hides says that AWS may still show what stood before the last write: as wanted again, though something else was set a moment ago.
// A retention is left to a later reading where there are messages, since nobody can tell whether it would be lowered.
func (d *differ) hides(have topology.Resource, row topology.Row, c FieldChange) bool {
	_, recorded := row.Fields[c.Field]
	_, early := d.settling(have.Seen.History, row, c.Field)
	return early && recorded && !isApplied(row, c.Field, c.To) &&
		!(c.Field == "MessageRetentionPeriod" && have.Seen.Messages.Total() > 0)
}

// wanted adds to the desired fields those that left the spec and are to be reset, and Skein's statements that are not wanted any more.
func (d *differ) wanted(want, have topology.Resource, row topology.Row) map[string]string {
	out := maps.Clone(want.Managed)
	if out == nil {
		out = map[string]string{}
	}
	for field := range row.Fields {
		if _, ok := out[field]; !ok {
			attribute, _ := topology.FindAttribute(want.Kind, field)
			out[field] = attribute.Default
		}
	}
	for field := range have.Managed {
		name, sid := topology.CutField(field)
		if _, ok := out[field]; !ok && name == "Policy" && strings.HasPrefix(sid, policydoc.OwnPrefix) {
			out[field] = ""
		}
	}
	maps.DeleteFunc(out, func(field, value string) bool { return needless(want.Kind, field, out) || lacks(have, field, value) })
	if want.Shared {
		keepSources(out, have)
	}
	return out
}

// keepSources keeps those sources of a shared dead-letter queue that still point at it, until a reading shows that they do not. Where all
// are admitted and only some are to be, those are whatever points at it.
func keepSources(out map[string]string, have topology.Resource) {
	const field = "RedriveAllowPolicy"
	value, managed := out[field]
	allow, err := topology.ParseRedriveAllow(value)
	if !managed || err != nil || allow.Permission != "byQueue" {
		return
	}
	shown, err := topology.ParseRedriveAllow(have.Managed[field])
	if err != nil {
		return
	}
	everyone, unread := shown.Permission == "allowAll", have.Seen.Denied["DeadLetterSources"] != ""
	switch {
	case everyone && unread:
		out[field] = have.Managed[field]
		return
	case everyone:
		shown.Sources = have.Seen.DeadLetterSources
	case !unread:
		shown.Sources = slices.DeleteFunc(shown.Sources, func(s string) bool { return !slices.Contains(have.Seen.DeadLetterSources, s) })
	}
	allow.Sources = append(allow.Sources, shown.Sources...)
	slices.Sort(allow.Sources)
	if allow.Sources = slices.Compact(allow.Sources); len(allow.Sources) > topology.MaxAllowedSources {
		allow = topology.RedriveAllow{}
	}
	out[field] = allow.String()
}
