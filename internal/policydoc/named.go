package policydoc

import (
	"maps"
	"slices"
)

// Named are the AWS principals that a statement names, an account by its id, sorted. Everyone is nobody in particular.
func (s Statement) Named() []string {
	return slices.DeleteFunc(set(accounts(s.Principal["AWS"])), func(member string) bool { return member == everyone })
}

// Narrowed is the statement with only those AWS principals that are among some, which are as Named gives them; false where it speaks of nobody then.
func (s Statement) Narrowed(among []string) (Statement, bool) {
	var stay []string
	for _, member := range s.Named() {
		if slices.Contains(among, member) {
			stay = append(stay, member)
		}
	}
	s.raw, s.Principal = "", maps.Clone(s.Principal)
	if s.Principal["AWS"] = stay; len(stay) == 0 {
		delete(s.Principal, "AWS")
	}
	return s, len(s.Principal) > 0
}
