package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// adoption is the takeover of one resource: announced at one look, carried out at a later one.
type adoption struct {
	// announce is the step of the look before.
	announce Step
	// steps of the takeover.
	steps []Step
	// ready: it was announced as it is now, and long enough ago.
	ready bool
}

// adopts says whether a resource that exists is to be taken over: it is nobody's, and the object and its account want that. What this object
// has held before and somebody else holds now is not taken back. A subscription, which has no tags, is adopted where it is not in the inventory.
func (d *differ) adopts(want, have topology.Resource, row topology.Row, known bool) bool {
	announced := row.State == v1alpha1.ResourceAdopting
	switch {
	case !d.Adoption.Wanted || !d.Adoption.Allowed:
		return false
	case want.Kind == topology.KindSubscription:
		return !known || announced
	case have.Seen.Owner == nil || *have.Seen.Owner == want.Owner:
		return false
	case row.Taken() && !have.Seen.Owner.Partial():
		return false
	}
	noted := len(d.differences)
	if _, doubt := d.doubt(have, row, row.Taken()); !doubt && d.nobodys(*have.Seen.Owner, want.Owner) {
		return true
	}
	d.differences = d.differences[:noted]
	return false
}

// nobodys says whether what the tags name is no obstacle to an adoption.
func (d *differ) nobodys(owner, self topology.Owner) bool {
	switch {
	case owner.Partial() && (owner.Cluster == "" || owner.Cluster == self.Cluster):
		return true
	case owner.Cluster == self.Cluster:
		return d.Adoption.Gone[owner]
	default:
		return owner.Cluster == d.Adoption.FromCluster
	}
}

// adopt plans the takeover of a resource: what the spec does not say stays as it was found.
func (d *differ) adopt(want, have topology.Resource, row topology.Row) {
	if d.holder(want) || !row.Taken() && d.rival(want) {
		return
	}
	kept := row.Kept
	if !row.Taken() {
		kept = want.Found(have)
	}
	for _, field := range slices.Sorted(maps.Keys(kept)) {
		if n := len(kept[field]); n > topology.MaxKept {
			d.holdBack(want.Group)
			d.block(want, v1alpha1.ReasonInvalidSpec, "%s of %s %s has %d bytes, too many to be kept from the adoption; say it in the spec", field, want.Kind, want.Name, n)
			return
		}
	}
	want = want.Keeping(kept)
	a := adoption{announce: newStep(Adopt, phaseOf(want), want)}
	a.announce.Kept, a.announce.Reason, a.announce.Message = kept, v1alpha1.ReasonAdopting, adopting(want, have, kept)
	from := len(d.steps)
	d.takesOver = true
	d.update(want, have, row, row.Taken())
	d.takesOver = false
	planned := slices.Clone(d.steps[from:])
	d.steps = d.steps[:from]
	if slices.Contains(have.Seen.Lacking, "Tags") {
		// No tag will say whose it is: that it was done does, in the inventory.
		planned = append(planned, newStep(Update, phaseOf(want), want))
	}
	for _, s := range planned {
		if !s.Mutates() {
			d.add(s)
			continue
		}
		s.Takeover = true
		a.steps = append(a.steps, s)
		a.announce.Changes = append(a.announce.Changes, s.Changes...)
	}
	due := have.Seen.History.AnnouncedAt.Add(SecondReadAfter)
	a.announce.Until = later(due, d.Now.Add(time.Second))
	if row.State != v1alpha1.ResourceAdopting || !maps.Equal(kept, row.Kept) || have.Seen.History.AnnouncedAt.IsZero() {
		a.announce.Anew, a.announce.Until = true, d.Now.Add(SecondReadAfter)
	}
	a.ready = !a.announce.Anew && !d.Now.Before(due)
	d.adoptions[want.Group] = append(d.adoptions[want.Group], a)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// adopting says what is taken over, and what is left as it is.
func adopting(want, have topology.Resource, kept map[string]string) string {
	from := "nobody's"
	if owner := have.Seen.Owner; owner != nil && !owner.IsZero() {
		from = "tagged as made for " + owner.String()
		if owner.Cluster != want.Owner.Cluster {
			from += " of cluster " + owner.Cluster
		}
	}
	message := string(want.Kind) + " " + want.Name + " exists and is " + from + "; it is taken over at a later look"
	if want.Kind == topology.KindSubscription {
		message = "the subscription of " + want.Endpoint + " to " + want.TopicARN + " exists; it is taken over at a later look"
	}
	if len(kept) > 0 {
		message += "; what the spec does not say stays as it is: " + list(slices.Sorted(maps.Keys(kept)))
	}
	return message
}

// takeOver carries out the adoptions of each group whose resources are all ready for it, and announces the others, of which nothing is done yet.
// A group that is held back for another reason is neither.
func (d *differ) takeOver() {
	for group, adoptions := range d.adoptions {
		switch {
		case d.blocked[group]:
			delete(d.adoptions, group)
			for _, a := range adoptions {
				d.heldBack = append(d.heldBack, a.announce)
			}
		case slices.ContainsFunc(adoptions, func(a adoption) bool { return !a.ready }):
			d.holdBack(group)
			for _, a := range adoptions {
				d.add(a.announce)
			}
		default:
			delete(d.adoptions, group)
			for _, a := range adoptions {
				d.steps = append(d.steps, a.steps...)
				d.takeovers = append(d.takeovers, a.announce.Resource.Key)
			}
		}
	}
}

// adopting says whether an adoption of the group has been announced in this plan.
func (d *differ) adopting(group string) bool { return len(d.adoptions[group]) > 0 }

// Announced is the inventory with the rows of what a plan is about to adopt, or would, and whether these say something new: Build may want
// something else then, such as nothing of what holds the adoption back.
func Announced(applied topology.Inventory, p Plan) (topology.Inventory, bool) {
	out := slices.Clone(applied)
	news := false
	for _, s := range slices.Concat(p.Steps, p.HeldBack) {
		if s.Action != Adopt {
			continue
		}
		i := slices.IndexFunc(out, func(r topology.Row) bool { return r.Key == s.Resource.Key })
		if i < 0 {
			out = append(out, newRow(s.Resource))
			i = len(out) - 1
		}
		news = news || out[i].State != v1alpha1.ResourceAdopting || !maps.Equal(out[i].Kept, s.Kept)
		out[i].State, out[i].Kept = v1alpha1.ResourceAdopting, s.Kept
	}
	return out, news
}

// ReadAdoption notes in the history of a resource when its adoption was announced as it still is, after Diff. A takeover does not end that: it may
// fail, and is tried again then.
func ReadAdoption(h topology.History, key string, p Plan, now time.Time) topology.History {
	switch adopt, adopts := adoptStep(p, key); {
	case !adopts && slices.Contains(p.Takeovers, key):
	case !adopts:
		h.AnnouncedAt = time.Time{}
	case adopt.Anew:
		h.AnnouncedAt = now
	}
	return h
}

func adoptStep(p Plan, key string) (Step, bool) {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Action == Adopt && s.Resource.Key == key })
	if i < 0 {
		return Step{}, false
	}
	return p.Steps[i], true
}

// interrupted says that a takeover was not carried out to its end.
func interrupted(key string, r Result) bool {
	return slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return o.Step.Resource.Key == key && o.Step.Takeover && !o.Done })
}

// givenUp says that a resource was to be adopted and is refused now: no row of it stays. Where only a value is refused, the adoption goes on.
func givenUp(row topology.Row, want, after topology.State, p Plan) bool {
	w, _ := want.Find(row.Key)
	have, _ := after.Find(row.Key)
	_, adopts := adoptStep(p, row.Key)
	return row.State == v1alpha1.ResourceAdopting && !adopts && !slices.Contains(p.Takeovers, row.Key) && !owns(w, have, after) &&
		slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action == Blocked && s.Resource.Key == row.Key })
}

// stillKept leaves out what the spec says by now.
func stillKept(kept map[string]string, want topology.Resource) map[string]string {
	out := maps.Clone(kept)
	maps.DeleteFunc(out, func(field, _ string) bool { return !want.Keeps(field) })
	if len(out) == 0 {
		return nil
	}
	return out
}
