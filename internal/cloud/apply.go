package cloud

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// Apply carries out a plan's mutating steps phase by phase, those of one phase side by side. A phase with a failed step, other than of
// an alarm, stops the later ones. A new resource is made complete in one call. The outcomes are in the order of the plan's mutations.
func (c *Client) Apply(ctx context.Context, p plan.Plan) plan.Result {
	steps := p.Mutations()
	result := plan.Result{Outcomes: make([]plan.Outcome, len(steps))}
	if len(steps) == 0 {
		return result
	}
	result.At = c.accounts.options.Clock.Now()
	failed := false
	for _, phase := range phases(steps) {
		var g errgroup.Group
		g.SetLimit(sideBySide)
		for i, s := range steps {
			if s.Phase != phase {
				continue
			}
			if failed {
				result.Outcomes[i] = plan.Outcome{Step: s, Skipped: true}
				continue
			}
			g.Go(func() error {
				result.Outcomes[i] = c.step(ctx, s)
				// Nothing depends on an alarm.
				if f := result.Outcomes[i].Fault; f != nil && s.Resource.Kind != topology.KindAlarm {
					return f
				}
				return nil
			})
		}
		failed = g.Wait() != nil || failed
	}
	return result
}

// phases are those of the steps, in order.
func phases(steps []plan.Step) []plan.Phase {
	var out []plan.Phase
	for _, s := range steps {
		out = append(out, s.Phase)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// step carries out one step.
func (c *Client) step(ctx context.Context, s plan.Step) plan.Outcome {
	w := &work{client: c, services: c.in(s.Resource.Region), step: s, outcome: plan.Outcome{Step: s, Applied: map[string]string{}}}
	var err error
	switch s.Resource.Kind {
	case topology.KindQueue:
		err = w.queue(ctx)
	case topology.KindTopic:
		err = w.topic(ctx)
	case topology.KindSubscription:
		err = w.subscription(ctx)
	case topology.KindAlarm:
		err = w.alarm(ctx)
	}
	if err != nil {
		w.outcome.Fault = fault.As(err)
		if len(s.Tags)+len(s.Untag) > 0 {
			c.tags.doubt(s.Resource.Key)
		}
		w.note()
		return w.outcome
	}
	w.outcome.Done = true
	if s.Action != plan.Delete {
		maps.Copy(w.outcome.Applied, s.Fields)
		maps.DeleteFunc(w.outcome.Applied, func(field, _ string) bool { return !w.stands(field) })
		w.note()
	}
	return w.outcome
}

// work is a step under way.
type work struct {
	client   *Client
	services *services
	step     plan.Step
	outcome  plan.Outcome
}

// applied notes that attributes, or tags by their fields, stand in AWS now, even if a later call fails.
func (w *work) applied(names ...string) {
	for field, value := range w.step.Fields {
		name, _ := topology.CutField(field)
		if name == "Tags" {
			name = field
		}
		if slices.Contains(names, name) && w.stands(field) {
			w.outcome.Applied[field] = value
		}
	}
}

// tagged notes tags that stand in AWS now, or are gone from it.
func (w *work) tagged(put map[string]string, removed []string) {
	w.client.tags.change(w.step.Resource.Key, put, removed)
	for k := range put {
		w.applied(topology.TagField(k))
	}
	for _, k := range removed {
		w.applied(topology.TagField(k))
	}
}

// created remembers the tags that a creating call has sent, so that they need not be read until the next resync.
func (w *work) created() {
	w.client.tags.put(w.step.Resource.Key, tagEntry{tags: w.step.Tags, begun: w.client.accounts.options.Clock.Now(), written: true})
}

// keys in the order in which calls are made.
func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
