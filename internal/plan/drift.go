package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Existence is the field of a difference that concerns the whole resource: it was made, and is gone.
const Existence = "Existence"

// ownership is the field of a difference in the ownership tags, which is no drift: it decides whose the resource is.
const ownership = ""

// Verdict says what one look makes of a difference.
type Verdict string

// The verdicts.
const (
	// VerdictEarly is shown inside a settle window, or could not be judged: it proves nothing.
	VerdictEarly Verdict = "Early"
	// VerdictReading is shown outside of it, and a second reading must confirm it.
	VerdictReading Verdict = "Reading"
	// VerdictDrift was made by somebody else and is to be set back.
	VerdictDrift Verdict = "Drift"
	// VerdictReported was made by somebody else and is left.
	VerdictReported Verdict = "Reported"
)

// Difference is a field that AWS shows otherwise than it was set last. From is what AWS shows, To what was set; where both are empty nothing is to
// be mended.
type Difference struct {
	Resource topology.Resource
	FieldChange
	Verdict Verdict
}

// Standing says that it is drift for certain.
func (d Difference) Standing() bool {
	return (d.Verdict == VerdictDrift || d.Verdict == VerdictReported) && d.From != d.To
}

// reading is the field under which readings of the difference are remembered.
func (d Difference) reading() string {
	if d.Field == Existence {
		return ""
	}
	return d.Field
}

// Corrected says whether the steps of a result that succeeded have set the difference back.
func (d Difference) Corrected(r Result) bool {
	return slices.ContainsFunc(r.Outcomes, func(o Outcome) bool {
		if o.Step.Resource.Key != d.Resource.Key {
			return false
		}
		_, applied := o.Applied[d.Field]
		return applied || o.Done && o.Step.Action != Update
	})
}

// DriftRulesOf are the rules that an object's spec gives.
func DriftRulesOf(m v1alpha1.Management) DriftRules {
	rules := DriftRules{Report: m.DriftPolicy == v1alpha1.DriftReport}
	for _, e := range m.DriftExceptions {
		if rules.Exceptions == nil {
			rules.Exceptions = map[string][]string{}
		}
		rules.Exceptions[e.Resource] = append(rules.Exceptions[e.Resource], e.Field)
	}
	return rules
}

// Leaves says whether drift of a field is left as it is. The resource is named as in statuses.
func (r DriftRules) Leaves(resource, field string) bool {
	return r.Report || slices.Contains(r.Exceptions[resource], field)
}

// Idle names the exceptions that concern nothing of the object: no such resource is wanted, or it has no such field. They are sorted.
func (r DriftRules) Idle(want topology.State, applied topology.Inventory) []string {
	known := map[string]map[string]bool{}
	for _, w := range want.Resources {
		fields := map[string]bool{Existence: true}
		row, _ := applied.Find(w.Key)
		for field := range row.Fields {
			fields[field] = true
		}
		for field := range w.Managed {
			fields[field] = true
		}
		known[w.StatusName()] = fields
	}
	var out []string
	for _, resource := range slices.Sorted(maps.Keys(r.Exceptions)) {
		for _, field := range r.Exceptions[resource] {
			switch fields, ok := known[resource]; {
			case !ok:
				out = append(out, fmt.Sprintf("%s (this object has no such resource)", resource))
			case !fields[field]:
				out = append(out, fmt.Sprintf("%s of %s (Skein does not manage it there)", field, resource))
			}
		}
	}
	return slices.Compact(out)
}

// note keeps what this look makes of a difference.
func (d *differ) note(r topology.Resource, c FieldChange, v Verdict) {
	d.differences = append(d.differences, Difference{Resource: r, FieldChange: c, Verdict: v})
}

// unsettled gives the Wait for what a single reading does not prove: a difference, an absence, missing tags. False means: believe it.
func (d *differ) unsettled(r topology.Resource, row topology.Row, c FieldChange) (Step, bool) {
	s := Step{Action: Wait, Reason: v1alpha1.ReasonSettling}
	since := r.Seen.History.Different[Difference{FieldChange: c}.reading()]
	end, early := d.settling(r.Seen.History, row, c.Field)
	switch again := since.Add(SecondReadAfter); {
	case early:
		s.Until = end
		d.note(r, c, VerdictEarly)
	case since.IsZero():
		s.Until, s.Reading = d.Now.Add(SecondReadAfter), true
		d.note(r, c, VerdictReading)
	case d.Now.Before(again):
		s.Until, s.Reading = again, true
		d.note(r, c, VerdictReading)
	case d.Drift.Leaves(r.StatusName(), c.Field) && c.Field != ownership:
		d.note(r, c, VerdictReported)
		return Step{}, false
	default:
		d.note(r, c, VerdictDrift)
		return Step{}, false
	}
	return s, true
}

// drifted says whether a field that differs was changed by somebody else: what is wanted is what was set last. Where differences are left it is so too
// of a field of which nothing is on record though it must have been set before: after an upgrade, or where the status was lost. What a takeover finds was never set before.
func (d *differ) drifted(want topology.Resource, row topology.Row, known bool, field, to string) bool {
	_, recorded := row.Fields[field]
	if d.takesOver && (!recorded || topology.OwnershipField(field)) {
		return false
	}
	a, _ := topology.FindAttribute(want.Kind, field)
	always := a.Default != "" && a.Needs == "" && a.Yields == "" && !a.WhenSaid
	return known && isApplied(row, field, to) || !recorded && (!known || always) && d.Drift.Leaves(want.StatusName(), field)
}

// tolerated are the fields that would be wanted if drift that is left were what is wanted: what depends on one of them follows it.
func (d *differ) tolerated(wanted map[string]string, want, have topology.Resource, row topology.Row, known bool) map[string]string {
	out := maps.Clone(wanted)
	for field, to := range wanted {
		if have.Managed[field] != to && d.Drift.Leaves(want.StatusName(), field) && d.drifted(want, row, known, field, to) {
			out[field] = have.Managed[field]
		}
	}
	return out
}

// report tells of differences that are left.
func (d *differ) report(want topology.Resource, changes []FieldChange) {
	if len(changes) == 0 {
		return
	}
	var fields []string
	for _, c := range changes {
		fields = append(fields, fmt.Sprintf("%s is %s and was set to %s", c.Field, Show(c.From), Show(c.To)))
	}
	d.add(Step{
		Action: Report, Phase: phaseOf(want), Resource: want, Changes: changes, Reason: v1alpha1.ReasonDriftReported,
		Message: fmt.Sprintf("%s %s was changed in AWS and is left so: %s", want.Kind, want.Name, strings.Join(fields, "; ")),
	})
}

// ReadDifferences brings the history of a resource's differences up to date, after Apply: each lasts while looks show it outside of the settle window
// and nothing has set it back, so that a failed call, a refusal or a report does not start the readings anew.
func ReadDifferences(h topology.History, key string, p Plan, r Result, now time.Time) topology.History {
	different := map[string]time.Time{}
	for _, d := range p.Differences {
		field := d.reading()
		if d.Resource.Key != key || d.Verdict == VerdictEarly || d.Corrected(r) {
			continue
		}
		if different[field] = h.Different[field]; different[field].IsZero() {
			different[field] = now
		}
	}
	h.Different = different
	return h
}
