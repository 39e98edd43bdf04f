package topology

import (
	"maps"
	"slices"

	"github.com/skein-dev/skein/internal/policydoc"
)

// MaxKept is how long a value may be that is kept in status, in bytes.
const MaxKept = 4 << 10

// companions are fields that are kept with another one, as they mean nothing without it.
var companions = map[string]string{"KmsDataKeyReusePeriodSeconds": "KmsMasterKeyId", "FilterPolicyScope": "FilterPolicy"}

// Keeps says whether a value found at adoption stays for a field: the spec does not say it.
func (r Resource) Keeps(field string) bool {
	_, silent := r.Defaults[field]
	_, with := r.Defaults[companions[field]]
	return silent || with
}

// Keeping is a desired resource with values found at adoption in place of Skein's defaults, as far as the spec does not say the fields.
func (r Resource) Keeping(kept map[string]string) Resource {
	r.Managed = maps.Clone(r.Managed)
	for field, value := range kept {
		if !r.Keeps(field) || field == redriveField && r.TargetSaid && RedriveTarget(value) != RedriveTarget(r.Managed[field]) {
			continue
		}
		r.Managed[field] = value
		if name, sid := CutField(field); name == "Policy" && value == "" {
			r.Policy = withoutStatement(r.Policy, sid)
		}
	}
	if r.Managed["FifoThroughputLimit"] == "perMessageGroupId" && r.Managed["DeduplicationScope"] != "messageGroup" {
		// AWS takes the one only beside the other.
		r.Managed["FifoThroughputLimit"] = "perQueue"
	}
	return r
}

const redriveField = "RedrivePolicy"

func withoutStatement(d policydoc.Document, sid string) policydoc.Document {
	d.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s policydoc.Statement) bool { return s.Sid == sid })
	if len(d.Statements) == 0 {
		return policydoc.Document{}
	}
	return d
}

// Found are the values of an observed resource that stay at its adoption: those of fields that the spec does not say, where they are not Skein's
// defaults.
func (r Resource) Found(have Resource) map[string]string {
	kept := map[string]string{}
	for field, byDefault := range r.Defaults {
		value := have.Managed[field]
		name, _ := CutField(field)
		if value != byDefault && have.Seen.Denied[name] == "" && r.worthKeeping(have, field, value) {
			kept[field] = value
		}
	}
	for field, with := range companions {
		if value := have.Managed[field]; kept[with] != "" && value != "" {
			kept[field] = value
		}
	}
	return kept
}

// worthKeeping leaves out what AWS shows for want of something else, and what would keep the resource from its work.
func (r Resource) worthKeeping(have Resource, field, value string) bool {
	a, _ := FindAttribute(r.Kind, field)
	name, _ := CutField(field)
	switch {
	case r.Kind == KindAlarm && have.Managed["MetricName"] == "":
		// It is computed of other metrics: nothing of how it fires is of use for one.
		return field == "AlarmActions" || field == "AlarmDescription"
	case a.Needs != "" && have.Managed[a.Needs] == "", a.Yields != "" && have.Managed[a.Yields] != "":
		return false
	case name == "Policy":
		// A statement of Skein's that says something else is brought up to date; one that is not there stays away.
		return value == ""
	case field == redriveField && r.TargetSaid:
		return RedriveTarget(value) == RedriveTarget(r.Defaults[field])
	case field == "RedriveAllowPolicy":
		return admitsAll(value, r.Defaults[field])
	}
	return true
}

// admitsAll says whether a redriveAllowPolicy admits all that another one lists.
func admitsAll(policy, listed string) bool {
	p, err := ParseRedriveAllow(policy)
	if err != nil {
		return false
	}
	wanted, err := ParseRedriveAllow(listed)
	return err == nil && !slices.ContainsFunc(wanted.Sources, func(s string) bool { return !p.Admits(s) })
}
