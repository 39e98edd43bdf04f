package controller

import (
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// AWS gives the name of a deleted queue free 60 seconds after the deletion, which was before the queue was first seen to be gone.
func TestP40WaitsFromTheFirstReadingThatShowedIt(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	refused := status.Look{Result: plan.Result{Outcomes: []plan.Outcome{{
		Step:  plan.Step{Action: plan.Create, Resource: topology.Resource{Key: "billing"}},
		Fault: &fault.Error{Class: fault.Wait, After: time.Minute},
	}}}}
	for name, c := range map[string]struct {
		seen time.Time
		want time.Duration
	}{
		"never seen before":     {want: time.Minute},
		"seen 5 s ago":          {seen: now.Add(-5 * time.Second), want: 55 * time.Second},
		"should be over by now": {seen: now.Add(-time.Minute), want: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			known := &remembered{history: map[string]topology.History{"billing": {Different: map[string]time.Time{"": c.seen}}}}
			got, err := schedule(known, refused, 10*time.Minute, now)
			if err != nil || got.RequeueAfter != c.want || known.next != now.Add(c.want) {
				t.Errorf("looks again after %s, at %s (%v); want %s", got.RequeueAfter, known.next, err, c.want)
			}
		})
	}
}
