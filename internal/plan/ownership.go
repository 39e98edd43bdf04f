package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// owned says whether a resource that exists is ours; otherwise it is refused, with its group, or waits for its tags to be readable.
// A subscription has no tags: the one of our queue and a topic of the spec is ours.
func (d *differ) owned(want, have topology.Resource, row topology.Row) bool {
	if want.Kind == topology.KindSubscription {
		return true
	}
	if s, doubt := d.doubt(have, row, row.Taken()); doubt {
		if want.Kind != topology.KindAlarm {
			d.holdBack(want.Group)
		}
		d.note(want, FieldChange{Field: ownership}, VerdictEarly)
		d.waitAs(s, want, "%s, so nothing of %s %s is changed", s.Message, want.Kind, want.Name)
		return false
	}
	if *have.Seen.Owner == want.Owner {
		return true
	}
	d.holdBack(want.Group)
	if end, early := d.settling(topology.History{}, row, ""); early && row.Fields[topology.TagField(topology.TagCluster)] != "" {
		d.wait(want, end, v1alpha1.ReasonSettling, "%s %s shows the tags of %s, and this object's were set a moment ago; a later reading decides", want.Kind, want.Name, *have.Seen.Owner)
		return false
	}
	d.refuse(want, *have.Seen.Owner)
	return false
}

// doubt gives the Wait for tags that do not tell yet whose a resource is that exists. Ours says that Skein may have made it: then missing
// tags are believed on a second reading only, since a read may lag behind the creating call.
func (d *differ) doubt(have topology.Resource, row topology.Row, ours bool) (Step, bool) {
	s := Step{Action: Wait, Reason: v1alpha1.ReasonSettling, Until: d.Now.Add(SecondReadAfter)}
	owner, permission := have.Seen.Owner, have.Seen.Denied["Tags"]
	switch {
	case owner == nil && permission != "":
		s.Reason, s.Until = v1alpha1.ReasonAccessDenied, d.Now.Add(holdPoll)
		s.Message = fmt.Sprintf("the tags cannot be read (permit %s)", permission)
	case have.Seen.Fault != nil:
		reason, why := unread(have.Seen)
		s.Reason, s.Until = reason, d.Now.Add(holdPoll)
		s.Message = "it cannot be read (" + why + ")"
	case owner == nil:
		s.Message = "the tags have not been read"
	case have.Seen.TagsAt.Before(d.DeletedAt):
		s.Message = "the tags have not been read since the deletion began"
	case owner.IsZero() && ours:
		var waits bool
		if s, waits = d.unsettled(have, row, FieldChange{Field: ownership}); !waits {
			return Step{}, false
		}
		s.Message = "the ownership tags are not shown; a second reading decides"
	default:
		return Step{}, false
	}
	return s, true
}

// refuse says who holds a resource, and what can be done about it.
func (d *differ) refuse(want topology.Resource, owner topology.Owner) {
	row, _ := d.Applied.Find(want.Key)
	rival := slices.ContainsFunc(want.Rivals, func(r topology.Rival) bool { return r.Owner == owner })
	switch {
	case rival && row.Taken():
		d.block(want, v1alpha1.ReasonOwnedByAnother, "%s %s belongs to %s; choose another name here, or delete that object", want.Kind, want.Name, owner)
	case rival:
		d.block(want, v1alpha1.ReasonOwnedByAnother, "%s %s belongs to %s; %s", want.Kind, want.Name, owner, d.yield())
	case d.Adoption.Wanted && !d.Adoption.Allowed && d.nobodys(owner, want.Owner):
		d.block(want, v1alpha1.ReasonAdoptionForbidden, "%s %s could be adopted (spec.adoptionPolicy is Adopt), and the AWSAccount does not allow it; ask its owner for spec.adoption: Allowed",
			want.Kind, want.Name)
	case owner.Partial() && row.Taken():
		d.block(want, v1alpha1.ReasonNotOwned, "%s %s was applied by this object and has lost ownership tags in AWS, so it is left untouched; put back %s, or adopt it (%s)",
			want.Kind, want.Name, tagList(want.Owner.Tags()), howToAdopt)
	case row.Taken() && !owner.IsZero():
		d.block(want, v1alpha1.ReasonNotOwned, "%s %s was this object's and is tagged as made for %s (cluster %s) now, so it is left untouched; delete this object with deletionPolicy Retain, or choose another name",
			want.Kind, want.Name, owner, owner.Cluster)
	case owner.IsZero():
		d.block(want, v1alpha1.ReasonNotOwned, "%s %s exists and has no tags of Skein, so it is left untouched; %s, adopt it (%s), or delete it by hand",
			want.Kind, want.Name, otherName(want), howToAdopt)
	case owner.Cluster != want.Owner.Cluster:
		d.block(want, v1alpha1.ReasonNotOwned, "%s %s belongs to %s of another cluster (%s); choose another name, or adopt it (%s; annotation %s: %q)",
			want.Kind, want.Name, owner, owner.Cluster, howToAdopt, v1alpha1.AnnotationAdoptFromCluster, owner.Cluster)
	case d.Adoption.Wanted:
		d.block(want, v1alpha1.ReasonOwnedByAnother, "%s %s is tagged as made for %s, which exists; %s",
			want.Kind, want.Name, owner, d.yield())
	default:
		d.block(want, v1alpha1.ReasonNotOwned, "%s %s is tagged as made for %s; if that object is gone, adopt it (%s), otherwise choose another name",
			want.Kind, want.Name, owner, howToAdopt)
	}
}

// howToAdopt is what an adoption needs.
const howToAdopt = "spec.adoptionPolicy: Adopt here, and adoption: Allowed in the AWSAccount"

// yield is what can be done about another object of this cluster, which exists.
func (d *differ) yield() string {
	switch {
	case !d.Adoption.Wanted:
		return "choose another name here, or delete that object"
	case !d.Adoption.Allowed:
		return "set deletionPolicy: Retain on it, then delete it: this object takes over then, if the AWSAccount has adoption: Allowed; or choose another name here"
	default:
		return "set deletionPolicy: Retain on it, then delete it: this object takes over then; or choose another name here"
	}
}

// tagList is KEY=VALUE of tags, sorted.
func tagList(tags map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, k+"="+tags[k])
	}
	return strings.Join(out, ", ")
}

// holder refuses an adoption of what another object has on record, with its group.
func (d *differ) holder(want topology.Resource) bool {
	for _, r := range want.Rivals {
		if r.Holds {
			d.holdBack(want.Group)
			d.block(want, v1alpha1.ReasonOwnedByAnother, "%s %s is held by %s, though its tags do not say so; %s",
				want.Kind, want.Name, r.Owner, d.yield())
			return true
		}
	}
	return false
}

// rival refuses a creation that an older object claims too, with its group.
func (d *differ) rival(want topology.Resource) bool {
	for _, r := range want.Rivals {
		if r.Older {
			d.holdBack(want.Group)
			d.block(want, v1alpha1.ReasonOwnedByAnother, "%s %s is claimed by the older %s; choose another name here", want.Kind, want.Name, r.Owner)
			return true
		}
	}
	return false
}

// otherName is how two come by names that differ: those of alarms follow from the queue's.
func otherName(r topology.Resource) string {
	if r.Kind == topology.KindAlarm {
		return "give that alarm another name"
	}
	return "choose another name"
}
