package localaws

import (
	"testing"
	"time"
)

// TestHistoryAsOf writes 0, 1, 2 … at the seconds given and reads at others.
func TestHistoryAsOf(t *testing.T) {
	start := time.Unix(0, 0)
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	minutes := func(n int) int { return 60 * n }
	for name, test := range map[string]struct {
		writes   []int
		want     map[int]int
		versions int
	}{
		"none before the first": {[]int{10}, map[int]int{9: -1, 10: 0, 99: 0}, 1},
		"in between":            {[]int{10, 20, 30}, map[int]int{19: 0, 20: 1, 29: 1, 30: 2}, 3},
		"at one time":           {[]int{10, 10}, map[int]int{9: -1, 10: 1}, 2},
		"old ones are dropped":  {[]int{0, 60, minutes(11), minutes(12)}, map[int]int{minutes(2): 1, minutes(11): 2, minutes(12): 3}, 3},
		"one is kept":           {[]int{0, 60, minutes(99)}, map[int]int{minutes(98): 1, minutes(99): 2}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var h history[int]
			for n, at := range test.writes {
				h = h.add(&n, second(at))
			}
			for at, want := range test.want {
				got := -1
				if value := h.asOf(second(at)); value != nil {
					got = *value
				}
				if got != want {
					t.Errorf("at %d s it was %d, want %d", at, got, want)
				}
			}
			if len(h) != test.versions {
				t.Errorf("%d versions are kept, want %d", len(h), test.versions)
			}
		})
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var h history[int]
	start := time.Unix(0, 0)
	for n := range 10 * maxVersions {
		h = h.add(&n, start.Add(time.Duration(n)*time.Second))
	}
	if len(h) != maxVersions {
		t.Errorf("%d versions are kept, want %d", len(h), maxVersions)
	}
	if current, previous := *h.current(), *h.previous(); current != 10*maxVersions-1 || previous != 10*maxVersions-2 {
		t.Errorf("current and previous are %d and %d", current, previous)
	}
	if oldest := h.asOf(start); oldest == nil || *oldest != 9*maxVersions {
		t.Errorf("the oldest version that is kept does not stand for those before it")
	}
}
