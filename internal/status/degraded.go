package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// withoutTags is what follows where AWS has no tags.
const withoutTags = "whose they are, the status of this object alone tells: do not lose it"

// withoutAlarms is what follows where there is no CloudWatch.
const withoutAlarms = "these alarms are not made"

// degraded sets the condition Degraded, present only while AWS lacks something that is wanted and that Skein does without. A look that failed
// changes nothing of it.
func degraded(set setter, want topology.State, look Look) {
	if look.Fault != nil {
		return
	}
	resources, follows := map[string][]string{}, map[string]string{}
	for _, w := range want.Resources {
		after, _ := look.After.Find(w.Key)
		if w.Held != "" {
			continue
		}
		for _, name := range after.Seen.Lacking {
			a, _ := topology.FindAttribute(w.Kind, name)
			switch {
			case name == topology.LackingKind:
				name = "CloudWatch"
				follows[name] = withoutAlarms
			case name == "Tags":
				follows[name] = withoutTags
			case a.Misses(w.Managed[name]):
				follows[name] = a.Without
			default:
				continue
			}
			resources[name] = append(resources[name], string(w.Kind)+"/"+w.Name)
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		parts = append(parts, fmt.Sprintf("%s (wanted on %s): %s", name, strings.Join(resources[name], ", "), follows[name]))
	}
	set.only(len(parts) > 0, v1alpha1.ConditionDegraded, v1alpha1.ReasonUnsupportedByPartition,
		"AWS does not have in this partition, or at this endpoint, "+strings.Join(parts, "; "))
}
