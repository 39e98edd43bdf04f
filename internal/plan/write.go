package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// addUpdate turns field changes into one step with the calls in the order that AWS accepts. Own are Skein's statements that stand after it.
func (d *differ) addUpdate(phase Phase, want, have topology.Resource, changes []FieldChange, own map[string]policydoc.Statement) {
	c := calls{}
	policy := slices.ContainsFunc(changes, ofPolicy)
	if policy {
		if text, ok := d.policy(want, merge(want, have, own)); ok {
			c.set(0, "Policy", text)
		} else {
			changes, policy = withoutPolicy(changes), false
		}
	}
	if len(changes) == 0 {
		return
	}
	s := newStep(Update, phase, want)
	s.Changes = changes
	for _, change := range changes {
		s.Fields[change.Field] = recorded(want, change)
		name, member := topology.CutField(change.Field)
		switch {
		case name == "Policy":
		case name == "Tags" && change.To == "":
			s.Untag = append(s.Untag, member)
		case name == "Tags":
			s.Tags[member] = change.To
		default:
			c.change(want, change)
		}
	}
	if policy {
		s.dispute(want, have, own)
	}
	c.arrange(want, have)
	s.Set = c.inOrder()
	d.add(s)
}

// recorded is what the inventory keeps of a change: nothing of a field that left the spec.
func recorded(want topology.Resource, c FieldChange) string {
	if _, ok := want.Managed[c.Field]; !ok {
		return ""
	}
	return c.To
}

// merge puts own statements into the observed document. A topic always has a policy: without any statement it is AWS's default.
func merge(want, have topology.Resource, own map[string]policydoc.Statement) policydoc.Document {
	document := policydoc.Merge(have.Policy, own)
	if len(document.Statements) == 0 {
		return basePolicy(want)
	}
	return document
}

// overflows says whether the policy with these statements is over AWS's limits.
func (d *differ) overflows(want, have topology.Resource, own map[string]policydoc.Statement) bool {
	return checkLimits(want, merge(want, have, own)) != nil
}

func checkLimits(r topology.Resource, document policydoc.Document) error {
	if r.Kind == topology.KindTopic {
		return document.CheckTopicLimits()
	}
	return document.CheckQueueLimits()
}

// policy gives a document's text, or refuses one over AWS's limits.
func (d *differ) policy(want topology.Resource, document policydoc.Document) (string, bool) {
	if err := checkLimits(want, document); err != nil {
		d.closed[want.Key] = true
		d.block(want, v1alpha1.ReasonPolicyTooLarge, "the policy of %s %s: %v", want.Kind, want.Name, err)
		return "", false
	}
	return document.JSON(), true
}

// calls are attributes by the order in which they are to be set.
type calls map[int]map[string]string

func (c calls) set(order int, name, value string) {
	if c[order] == nil {
		c[order] = map[string]string{}
	}
	c[order][name] = value
}

// change sets an attribute, or clears it.
func (c calls) change(want topology.Resource, change FieldChange) {
	a, _ := topology.FindAttribute(want.Kind, change.Field)
	value := change.To
	if value == "" || value == a.Default && want.Managed[a.Name] == "" {
		value = a.Clear
	}
	c.set(a.Order, a.Name, value)
}

// arrange serves the rules that depend on values.
func (c calls) arrange(want, have topology.Resource) {
	const policyField, scopeField = "FilterPolicy", "FilterPolicyScope"
	policy, changed := c[2][policyField]
	switch {
	case want.Kind != topology.KindSubscription || !changed || policy == "":
	case have.Managed[policyField] == "":
		// SNS remembers a scope that it does not show while there is no filter policy: say it anew, first.
		scope, _ := topology.FindAttribute(want.Kind, scopeField)
		c.set(scope.Order, scopeField, scope.Default)
		if s := want.Managed[scopeField]; s != "" {
			c.set(scope.Order, scopeField, s)
		}
	case c[1][scopeField] == "MessageAttributes":
		// What is nested must be gone before the scope returns to attributes; what is flat is valid in both.
		delete(c, 1)
		c.set(3, scopeField, "MessageAttributes")
	}
}

func (c calls) inOrder() []map[string]string {
	var out []map[string]string
	for _, order := range slices.Sorted(maps.Keys(c)) {
		out = append(out, c[order])
	}
	return out
}

// Show is a value for people, cut where it is long.
func Show(value string) string {
	const most = 120
	switch {
	case value == "":
		return "absent"
	case len(value) > most:
		return strings.ToValidUTF8(value[:most], "") + "…"
	default:
		return value
	}
}
