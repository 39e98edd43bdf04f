package e2e

import (
	"slices"
	"strings"
	"testing"
)

// deviation is an attribute that an emulator shows otherwise than AWS does, although it was told as AWS is.
type deviation struct {
	// backend is moto or fauxqs; kind of the resource is queue, topic or subscription.
	backend, kind, attribute string
	// got is what it shows instead.
	got string
	// why is what it does.
	why string
}

// deviations of the emulators. localaws has none: it is ours to mend.
var deviations = []deviation{
	{"moto", "queue", "RedriveAllowPolicy", "", "takes RedriveAllowPolicy and drops it"},
}

// compare fails where contents differ otherwise than a backend's deviations say, and where a deviation that is listed does not show.
func compare(t *testing.T, backend string, want, got contents) {
	t.Helper()
	found := differences(want, got)
	for _, d := range found {
		if !slices.ContainsFunc(deviations, func(known deviation) bool { return known.explains(backend, d) }) {
			t.Errorf("%s", d)
		}
	}
	for _, known := range deviations {
		for resource, attributes := range want {
			d := difference{resource, known.attribute, attributes[known.attribute], known.got}
			if known.explains(backend, d) && d.want != "" && !slices.Contains(found, d) {
				t.Errorf("%s: %s shows %s as wanted: take the deviation off the list", resource, backend, known.attribute)
			}
		}
	}
}

func (d deviation) explains(backend string, found difference) bool {
	return d.backend == backend && strings.HasPrefix(found.resource, d.kind+"/") && d.attribute == found.attribute && d.got == found.got
}

func TestDeviationsMustShow(t *testing.T) {
	want := contents{"queue/a": {"RedriveAllowPolicy": `{"redrivePermission":"denyAll"}`}}
	known := deviations[0]
	if !known.explains("moto", difference{"queue/a", "RedriveAllowPolicy", "x", ""}) || known.explains("fauxqs", difference{"queue/a", "RedriveAllowPolicy", "x", ""}) {
		t.Errorf("%+v explains what it should not, or not what it should", known)
	}
	if d := differences(want, contents{"queue/a": {}}); len(d) != 1 || d[0].got != "" {
		t.Errorf("differences %v, want one", d)
	}
	if d := differences(want, want); len(d) != 0 {
		t.Errorf("differences %v, want none", d)
	}
}
