package localaws

import (
	"fmt"
	"path"
	"strings"
)

// admits says whether a resource policy lets a caller of another account do an action: some statement allows it and
// none denies it.
func admits(policy, action string, caller identity) bool {
	doc, ok := parsePolicy(policy)
	if !ok {
		return false
	}
	allowed := false
	for _, st := range doc.Statement {
		if !st.concerns(action, caller) {
			continue
		}
		if st.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

// concerns reports whether a statement speaks of the action, the caller and its circumstances.
func (st policyStatement) concerns(action string, caller identity) bool {
	acts := matchesAction(st.Action, action)
	if st.NotAction != nil {
		acts = !matchesAction(st.NotAction, action)
	}
	who := st.Principal.includes(caller)
	if st.NotPrincipal != nil {
		who = !st.NotPrincipal.includes(caller)
	}
	return acts && who && st.holdsFor(caller)
}

func matchesAction(patterns []string, action string) bool {
	for _, pattern := range patterns {
		if ok, _ := path.Match(strings.ToLower(pattern), strings.ToLower(action)); ok {
			return true
		}
	}
	return false
}

func (p *policyPrincipal) includes(caller identity) bool {
	if p == nil {
		return false
	}
	if p.everyone {
		return true
	}
	for _, member := range p.kinds["AWS"] {
		arn, _ := parseARN(member)
		if member == "*" || member == caller.account || member == caller.arn ||
			arn.account == caller.account && arn.resource == "root" {
			return true
		}
	}
	return false
}

// holdsFor evaluates the conditions on the caller's account and on TLS, which every direct call of an API has. A
// condition on anything else does not hold: such keys belong to calls that AWS services make.
func (st policyStatement) holdsFor(caller identity) bool {
	for operator, keys := range st.Condition {
		for key, value := range keys {
			if !conditionHolds(operator, key, value, caller) {
				return false
			}
		}
	}
	return true
}

func conditionHolds(operator, key string, value any, caller identity) bool {
	var have string
	switch strings.ToLower(key) {
	case "aws:sourceowner", "aws:principalaccount":
		have = caller.account
	case "aws:securetransport":
		have = "true"
	default:
		return false
	}
	values, many := value.([]any)
	if !many {
		values = []any{value}
	}
	for _, want := range values {
		text := fmt.Sprint(want)
		switch operator {
		case "StringEquals", "Bool":
			if text == have {
				return true
			}
		case "StringLike":
			if ok, _ := path.Match(text, have); ok {
				return true
			}
		}
	}
	return false
}
