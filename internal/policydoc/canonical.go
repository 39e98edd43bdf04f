package policydoc

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/gowebpki/jcs"
)

// Canonical returns the statement in a form in which two statements that AWS treats alike are equal: lists are sorted
// sets, actions and condition keys are in lower case, an account and its root user are the same principal, "*" and
// {"AWS": "*"} are the same in an Allow, and numbers and booleans are strings. Sid, effect, resources and values
// count as written.
func (s Statement) Canonical() string {
	out := map[string]any{"Sid": s.Sid, "Effect": s.Effect}
	put := func(name string, values []string) {
		if len(values) > 0 {
			out[name] = set(values)
		}
	}
	put("Action", lower(s.Action))
	put("NotAction", lower(s.NotAction))
	put("Resource", s.Resource)
	put("NotResource", s.NotResource)
	if p := s.Principal.canonical(s.Effect); len(p) > 0 {
		out["Principal"] = p
	}
	if p := s.NotPrincipal.canonical(s.Effect); len(p) > 0 {
		out["NotPrincipal"] = p
	}
	if c := s.canonicalCondition(); len(c) > 0 {
		out["Condition"] = c
	}
	for name, raw := range s.unknown {
		out[name] = raw
	}
	sorted := encode(out)
	canonical, err := jcs.Transform([]byte(sorted))
	if err != nil { // an unknown member that RFC 8785 has no form for
		return sorted
	}
	return string(canonical)
}

// Equal reports whether two statements have the same canonical form; go-cmp uses it.
func (s Statement) Equal(other Statement) bool { return s.Canonical() == other.Canonical() }

// canonicalCondition returns [operator, key, values] triples, sorted. In a map two keys that differ in case only
// would meet.
func (s Statement) canonicalCondition() [][]any {
	var triples [][]any
	for operator, keys := range s.Condition {
		for key, values := range keys {
			triples = append(triples, []any{operator, strings.ToLower(key), set(values)})
		}
	}
	slices.SortFunc(triples, func(a, b []any) int { return strings.Compare(encode(a), encode(b)) })
	return triples
}

// canonical returns the principals by type.
func (p Principals) canonical(effect string) map[string][]string {
	out := map[string][]string{}
	for kind, members := range p {
		switch {
		case len(members) == 0:
			continue
		case kind == everyone && effect == "Allow":
			kind = "AWS"
		case kind == "AWS":
			members = accounts(members)
		}
		out[kind] = set(members)
	}
	return out
}

// accounts writes the root user of an account as the account's id.
func accounts(principals []string) []string {
	out := make([]string, len(principals))
	for i, principal := range principals {
		out[i] = principal
		if a, err := arn.Parse(principal); err == nil && a.Service == "iam" && a.Resource == "root" {
			out[i] = a.AccountID
		}
	}
	return out
}

// set returns the values sorted and each once.
func set(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

func lower(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.ToLower(v)
	}
	return out
}
