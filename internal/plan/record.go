package plan

import (
	"cmp"
	"maps"
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Before is the inventory that must be on record before a plan is carried out, and whether it has keys that the present one has not.
func Before(applied topology.Inventory, p Plan) (topology.Inventory, bool) {
	grown := slices.Clone(applied)
	for _, s := range p.Steps {
		if s.Action != Create && s.Action != Update {
			continue
		}
		if _, ok := grown.Find(s.Resource.Key); !ok {
			grown = append(grown, newRow(s.Resource))
		}
	}
	return grown, len(grown) > len(applied)
}

func newRow(r topology.Resource) topology.Row {
	return topology.Row{
		Kind: r.Kind, Key: r.Key, ARN: r.ARN, Name: r.Name, URL: r.URL, TopicARN: r.TopicARN, Endpoint: r.Endpoint, Region: r.Region,
		State: v1alpha1.ResourceCreating,
	}
}

// Record is the inventory once a result is in.
func Record(applied topology.Inventory, want, after topology.State, p Plan, result Result) topology.Inventory {
	var out topology.Inventory
	grown, _ := Before(applied, p)
	for _, row := range grown {
		if row, stays := carriedOut(row, p, result); stays && !givenUp(row, want, after, p) {
			out = append(out, compared(row, want, after, p, result))
		}
	}
	for _, s := range p.Steps {
		if _, known := grown.Find(s.Resource.Key); s.Action == Adopt && !known {
			out = append(out, compared(newRow(s.Resource), want, after, p, result))
		}
	}
	for _, w := range want.Resources {
		_, known := out.Find(w.Key)
		have, _ := after.Find(w.Key)
		if !known && w.Held == "" && have.Seen.Existence == topology.Present && owns(w, have, after) {
			out = append(out, compared(newRow(identity(w, have)), want, after, p, result))
		}
	}
	return out
}

// owns says whether an observed resource is the one that is wanted; a subscription is with its queue.
func owns(want, have topology.Resource, after topology.State) bool {
	if want.Kind == topology.KindSubscription {
		have, _ = after.Find(want.Endpoint)
	}
	return have.Seen.Owner != nil && *have.Seen.Owner == want.Owner
}

// carriedOut puts the outcomes of a row's steps into it; false drops it.
func carriedOut(row topology.Row, p Plan, result Result) (topology.Row, bool) {
	for _, s := range p.Steps {
		if s.Resource.Key == row.Key && s.Action == Release {
			return row, false
		}
	}
	for _, o := range result.Outcomes {
		switch {
		case o.Step.Resource.Key != row.Key:
			continue
		case o.Step.Action == Delete && o.Done:
			return row, false
		case len(o.Applied) > 0 || o.Done && o.Refused == nil:
			row.AppliedAt = result.At
		}
		row.ARN, row.URL = cmp.Or(o.ARN, row.ARN), cmp.Or(o.URL, row.URL)
		row.Fields = uncertain(merged(row.Fields, o.Applied), o)
	}
	return row, true
}

// compared brings a row up to date with what AWS shows.
func compared(row topology.Row, want, after topology.State, p Plan, result Result) topology.Row {
	w, wanted := want.Find(row.Key)
	have, _ := after.Find(row.Key)
	row.ARN, row.URL = cmp.Or(have.ARN, row.ARN), cmp.Or(have.URL, row.URL)
	switch adopt, adopts := adoptStep(p, row.Key); {
	case adopts:
		row.State, row.Kept = v1alpha1.ResourceAdopting, adopt.Kept
	case wanted && w.Held == "" && row.State == v1alpha1.ResourceAdopting && (!owns(w, have, after) || interrupted(row.Key, result)):
		// It is announced, or its takeover has begun.
	case !wanted:
		row.State = v1alpha1.ResourceLeaving
	case w.Held != "":
		row.State = v1alpha1.ResourceHeld
	case have.Seen.Existence == topology.Present:
		row.State = v1alpha1.ResourcePresent
		row.Kept = stillKept(row.Kept, w)
		row.Fields = agreed(row.Fields, w, have, planned(p, row.Key))
		row.Fields = claimed(row.Fields, w, p)
	default:
		row.State = v1alpha1.ResourceCreating
	}
	return row
}

// claimed records what is wanted of fields that somebody else changed, where nothing is on record: from then on it is drift that lasts.
func claimed(fields map[string]string, want topology.Resource, p Plan) map[string]string {
	for _, d := range p.Differences {
		if v := want.Managed[d.Field]; d.Resource.Key == want.Key && v != "" && fields[d.Field] == "" {
			fields[d.Field] = topology.Hash(v)
		}
	}
	return fields
}

// planned are the fields that a plan changes: only outcomes tell how these stand.
func planned(p Plan, key string) map[string]bool {
	out := map[string]bool{}
	for _, s := range p.Mutations() {
		for _, c := range s.Changes {
			out[c.Field] = out[c.Field] || s.Resource.Key == key
		}
	}
	return out
}

func merged(fields, applied map[string]string) map[string]string {
	out := maps.Clone(fields)
	if out == nil {
		out = map[string]string{}
	}
	for f, v := range applied {
		if v == "" {
			delete(out, f)
		} else {
			out[f] = topology.Hash(v)
		}
	}
	return out
}

// uncertain leaves no value on record, but that there was one, of the fields that a failed call may have set all the same: whatever they show is
// brought to what the spec says by then. What somebody else changed stays known as that.
func uncertain(fields map[string]string, o Outcome) map[string]string {
	for _, c := range o.Step.Changes {
		if _, applied := o.Applied[c.Field]; o.Fault != nil && c.Cause == CauseSpec && !applied {
			fields[c.Field] = ""
		}
	}
	return fields
}

// agreed records fields that stand as wanted, and forgets those that left the spec once AWS shows their default.
func agreed(fields map[string]string, want, have topology.Resource, planned map[string]bool) map[string]string {
	out := merged(fields, nil)
	for f, v := range want.Managed {
		switch {
		case planned[f] || v != have.Managed[f]:
		case v == "" || needless(want.Kind, f, want.Managed):
			delete(out, f)
		default:
			out[f] = topology.Hash(v)
		}
	}
	for f := range fields {
		if _, ok := want.Managed[f]; ok || planned[f] {
			continue
		}
		a, _ := topology.FindAttribute(want.Kind, f)
		if have.Managed[f] == a.Default || needless(want.Kind, f, want.Managed) {
			delete(out, f)
		}
	}
	return out
}
