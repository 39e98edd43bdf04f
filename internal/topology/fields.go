package topology

import "strings"

// PolicyField is the Managed field of an own policy statement.
func PolicyField(sid string) string { return "Policy[" + sid + "]" }

// TagField is the Managed field of a tag.
func TagField(key string) string { return "Tags[" + key + "]" }

// CutField splits a Managed field: "Policy[x]" into Policy and x, "Tags[k]" into Tags and k, an attribute into its name and "".
func CutField(field string) (name, member string) {
	name, rest, ok := strings.Cut(field, "[")
	if !ok || (name != "Policy" && name != "Tags") {
		return field, ""
	}
	return name, strings.TrimSuffix(rest, "]")
}

// OwnershipField says whether a Managed field is one of the ownership tags.
func OwnershipField(field string) bool {
	name, key := CutField(field)
	_, own := Owner{}.Tags()[key]
	return name == "Tags" && own
}
