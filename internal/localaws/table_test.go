package localaws

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
)

func TestTableForgetsOldGraves(t *testing.T) {
	table := table[string]{clock: clocktesting.NewFakeClock(time.Unix(0, 0))}
	start := time.Unix(0, 0)
	value := "v"
	table.put("a", &value)
	table.put("b", &value)
	table.put("c", &value)
	table.remove("a", start)
	table.remove("b", start)
	table.put("b", &value)
	table.remove("c", start.Add(tombstoneAge))
	if _, known := table.deletedAt("a"); !known {
		t.Error("a was forgotten too early")
	}
	table.put("d", &value)
	table.remove("d", start.Add(tombstoneAge+time.Second))
	if diff := cmp.Diff([]string{"b", "c", "d"}, table.keys); diff != "" {
		t.Errorf("keys after the grave of a is old (-want +got):\n%s", diff)
	}
	if len(table.rows) != 3 || table.get("b", false) == nil || len(table.graves) != 2 {
		t.Errorf("rows %v, graves %v; want b alive, c and d remembered", slices.Sorted(maps.Keys(table.rows)), table.graves)
	}
}

func TestTableAfter(t *testing.T) {
	table := table[string]{clock: clocktesting.NewFakeClock(time.Unix(0, 0))}
	for _, key := range []string{"x:3", "y:1", "x:1", "x:2"} {
		table.put(key, &key)
	}
	for name, test := range map[string]struct {
		prefix, last string
		stale        bool
		want         []string
	}{
		"all of a prefix":   {"x:", "", false, []string{"x:1", "x:2", "x:3"}},
		"behind a key":      {"x:", "x:1", false, []string{"x:2", "x:3"}},
		"behind a lost key": {"x:", "x:1z", false, []string{"x:2", "x:3"}},
		"stale":             {"x:", "", true, []string{"x:1", "x:3"}},
		"stale elsewhere":   {"y:", "", true, nil},
		"none":              {"z:", "", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for key := range table.after(test.prefix, test.last, test.stale) {
				got = append(got, key)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}
