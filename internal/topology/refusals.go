package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Refusal is a result: what of the spec cannot be done, and what would help.
type Refusal struct {
	// Reason is a condition reason.
	Reason string
	// Field is the path in the spec.
	Field string
	// Resource is KIND/NAME, as in the inventory.
	Resource string
	// Message names resource, field, what was found, what was wanted, and the remedy.
	Message string
	// Group, where not empty, is held as a whole.
	Group string
	// Stalled says that only a change of the spec helps; otherwise the object waits for someone else.
	Stalled bool
}

// references are the reasons that concern Accepted: a reference that does not resolve, or an owner who does not consent.
var references = []string{
	v1alpha1.ReasonAccountNotFound, v1alpha1.ReasonNamespaceNotFound, v1alpha1.ReasonTopologyNotFound, v1alpha1.ReasonTopologyTerminating,
	v1alpha1.ReasonTopicNotFound, v1alpha1.ReasonNotAllowed, v1alpha1.ReasonSubscribeNotPermitted,
	v1alpha1.ReasonSharedQueueNotFound, v1alpha1.ReasonSharedQueueInvalid,
}

func (r Refusal) aboutReferences() bool { return slices.Contains(references, r.Reason) }

func resourceName(kind Kind, name string) string { return string(kind) + "/" + name }

// fieldRefusal refuses the value of one field; the rest goes on.
func fieldRefusal(resource, field, format string, args ...any) Refusal {
	return Refusal{
		Reason: v1alpha1.ReasonInvalidSpec, Field: field, Resource: resource, Stalled: true,
		Message: fmt.Sprintf("%s: %s: ", resource, field) + fmt.Sprintf(format, args...),
	}
}

// heldRow is a resource of the inventory that is to be left as it is.
func heldRow(row Row, owner Owner, group, why string) Resource {
	r := row.Resource()
	r.Owner, r.Group, r.Held = owner, group, why
	return r
}

func sortedRivals(rivals []Rival) []Rival {
	rivals = slices.Clone(rivals)
	slices.SortFunc(rivals, func(a, b Rival) int { return strings.Compare(a.Owner.String(), b.Owner.String()) })
	return rivals
}
