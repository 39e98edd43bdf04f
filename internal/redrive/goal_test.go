package redrive

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// A run with maxMessages is done when so many have moved, and says so where more have.
func TestProgressTowardsTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		status   string
		moved    int64
		progress int32
		says     string
	}{
		"half way":       {TaskRunning, 10, 50, ""},
		"at the limit":   {TaskCancelled, 20, 100, "the run ended at maxMessages 20; make another"},
		"beyond it":      {TaskCancelled, 23, 100, "maxMessages 20, 3 more moved"},
		"nobody stopped": {TaskCompleted, 100, 100, "more than maxMessages 20"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Decide(startingRun(both(limited(20), tasks(aTask(10*time.Second, c.status, c.moved)))))
			if got.Status.Progress != c.progress {
				t.Errorf("progress %d, want %d", got.Status.Progress, c.progress)
			}
			ready := meta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionReady)
			if ready == nil || !strings.Contains(ready.Message, c.says) {
				t.Errorf("Ready %+v does not say %q", ready, c.says)
			}
		})
	}
}
