package redrive

import (
	"fmt"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// simulated runs a whole move of 10,000 messages as AWS would, of which a share comes back after a minute, with counts that are so old. It gives how the
// run ended.
func simulated(t *testing.T, rate int32, old time.Duration, share float64) v1alpha1.RedriveStatus {
	t.Helper()
	const all = 10_000
	began := noon
	movedAt := func(at time.Time) int64 {
		return min(max(int64(at.Sub(began).Seconds()*float64(rate)), 0), all)
	}
	in := pendingRun(func(in *Input) {
		in.Spec.MaxMessagesPerSecond, in.Spec.HaltOnReturnRatio = &rate, "0.5"
		in.Depth = all
	})
	for range 10_000 {
		d := Decide(in)
		in.Status, in.Memory = d.Status, d.Memory
		switch {
		case in.Status.CompletionTime != nil:
			return in.Status
		case d.Action == Start:
			in.Memory = in.Memory.Answer(nil, "")
		case d.Action == Cancel:
			return in.Status
		}
		in.Now = in.Now.Add(max(d.After, time.Millisecond))
		counted := in.Now.Add(-old)
		in.Depth = all - movedAt(counted) + int64(share*float64(movedAt(counted.Add(-time.Minute))))
		in.Tasks = []Task{{Status: TaskRunning, Handle: "h", Started: began, Moved: movedAt(in.Now), ToMove: all, Rate: rate}}
		if in.Tasks[0].Moved == all {
			in.Tasks[0].Status, in.Tasks[0].Handle = TaskCompleted, ""
		}
	}
	t.Fatalf("no end: %+v", in.Status)
	return in.Status
}

// Counts may be a minute old. Beside the fresh number of moved messages they look as if all came back: that alone halts nothing, at any rate, and
// what really comes back does all the same.
func TestOldCountsHaltNothing(t *testing.T) {
	for _, rate := range []int32{1, 20, 50, 500} {
		for _, old := range []time.Duration{0, 10 * time.Second, 55 * time.Second} {
			t.Run(fmt.Sprintf("%d a second, %s old", rate, old), func(t *testing.T) {
				if got := simulated(t, rate, old, 0.2); got.State != v1alpha1.RedriveSucceeded {
					t.Errorf("with few that come back it ended as %s: %+v", got.State, got.Conditions)
				}
				if got := simulated(t, rate, old, 0.9); got.State == v1alpha1.RedriveSucceeded {
					t.Errorf("with many that come back it ended as %s", got.State)
				}
			})
		}
	}
}

// One odd count decides nothing.
func TestOneOddCountHaltsNothing(t *testing.T) {
	in := runningRun(watching(40, 100))
	for i, depth := range []int64{100, 60, 100, 60, 100} {
		in.Depth, in.Now = depth, noon.Add(time.Duration(i)*10*time.Second)
		d := Decide(in)
		if d.Action != Wait {
			t.Fatalf("look %d: %s", i, d.Action)
		}
		in.Memory = d.Memory
	}
}

// The samples stay few, however often a run is looked at.
func TestSamplesAreBounded(t *testing.T) {
	in := runningRun(watching(40, 60))
	for range 3000 {
		in.Now = in.Now.Add(200 * time.Millisecond)
		in.Memory = Decide(in).Memory
	}
	if n := len(in.Memory.Samples); n > 20 {
		t.Errorf("%d samples", n)
	}
}
