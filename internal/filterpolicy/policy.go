// Package filterpolicy reads SNS subscription filter policies as SNS does: it parses them, refuses what SNS would
// refuse with the reason that SNS would give, counts their complexity, makes them comparable and matches messages.
//
// Sources of the rules: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html,
// the answers recorded from AWS in testdata, and, where both are silent, the rule engine that AWS published
// (https://github.com/aws/event-ruler).
package filterpolicy

import "fmt"

// Scope says what of a message a filter policy looks at. Its values are those of the FilterPolicyScope attribute.
type Scope string

// The two scopes that SNS knows.
const (
	// ScopeMessageAttributes is the default: flat policies over the message's attributes.
	ScopeMessageAttributes Scope = "MessageAttributes"
	// ScopeMessageBody allows nested policies over the message body, a JSON object.
	ScopeMessageBody Scope = "MessageBody"
)

// Policy is a parsed filter policy that SNS would take.
type Policy struct {
	// Scope is the scope that the policy was parsed for.
	Scope Scope
	// Root holds the top-level keys. With no keys every message passes.
	Root Node
}

// Node is one object of a policy: a message passes when it passes every key of the node.
type Node struct {
	// Keys are in the order in which they were written.
	Keys []Key
}

// Key is one member of a policy object. Exactly one of Conditions, Nested and Or is set.
type Key struct {
	// Name as written; it may hold dots. "$or" where Or is set.
	Name string
	// Path is the dotted path from the top of the policy, Name included.
	Path string
	// Conditions of a leaf: one that holds is enough.
	Conditions []Condition
	// Nested is the policy for the object under this key.
	Nested *Node
	// Or holds the alternatives of "$or": one that passes is enough.
	Or []Node
}

// Parse reads a filter policy and checks everything that SNS checks when the policy is set. Empty text and {} are
// policies of no keys. Every error is an *Error.
func Parse(raw []byte, scope Scope) (*Policy, error) {
	p := &Policy{Scope: scope}
	if len(raw) == 0 {
		return p, nil
	}
	if len(raw) > maxBytes {
		return nil, &Error{
			Reason: "Filter policy is too large",
			Hint:   fmt.Sprintf("%d bytes, at most %d", len(raw), maxBytes),
		}
	}
	tree, err := readJSON(raw)
	if err != nil {
		return nil, err
	}
	top, ok := tree.(object)
	if !ok {
		return nil, &Error{Reason: "Filter is not an object"}
	}
	if p.Root, err = parseNode("", top); err != nil {
		return nil, err
	}
	if err := p.checkLimits(); err != nil {
		return nil, err
	}
	if _, err := Canonical(raw); err != nil {
		return nil, asError(err)
	}
	return p, nil
}
