package plan

import (
	"slices"

	"github.com/skein-dev/skein/internal/topology"
)

// lacks says that AWS does not have a field here and that its value can be done without.
func lacks(have topology.Resource, field, value string) bool {
	name, _ := topology.CutField(field)
	if !slices.Contains(have.Seen.Lacking, name) {
		return false
	}
	a, _ := topology.FindAttribute(have.Kind, name)
	return name == "Tags" || a.Dispensable(value)
}

// union is the sorted set of both.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
