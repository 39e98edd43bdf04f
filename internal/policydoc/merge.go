package policydoc

import (
	"maps"
	"slices"
)

// Merge returns the observed document with Skein's statements replaced by own (by Sid): those missing from own go,
// new ones come. Foreign statements stay as they are and in their order, before Skein's own, which are sorted by Sid.
// As long as there are foreign statements the document keeps its Version and Id, on which their meaning depends.
func Merge(observed Document, own map[string]Statement) Document {
	merged := Document{Statements: observed.Foreign()}
	if len(merged.Statements) > 0 {
		merged.Version, merged.ID = observed.Version, observed.ID
	} else if len(own) > 0 {
		merged.Version = Version
	}
	for _, sid := range slices.Sorted(maps.Keys(own)) {
		merged.Statements = append(merged.Statements, own[sid])
	}
	return merged
}

// BySid gathers statements for Merge.
func BySid(lists ...[]Statement) map[string]Statement {
	own := map[string]Statement{}
	for _, statements := range lists {
		for _, s := range statements {
			own[s.Sid] = s
		}
	}
	return own
}
