package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// job is one pass over AWS for one object.
type job struct {
	client *cloud.Client
	plan.Input
	resync time.Duration
	// fresh asks for shared reads of this moment.
	fresh bool
	// suspended: AWS is looked at and nothing is written to it, nor to the inventory.
	suspended bool
	// rebuild gives what is wanted once the inventory is another one.
	rebuild func(topology.Inventory) topology.State
	// save puts an inventory on record that has new keys, before anything is made.
	save func(context.Context, topology.Inventory) error
}

// converge looks at AWS and makes it so. The inventory is what stands afterwards. An error is one of Kubernetes; faults of AWS are in the look.
func (s *Shared) converge(ctx context.Context, known *remembered, j job) (status.Look, topology.Inventory, error) {
	earlier := known.untold
	look, inventory, err := s.pass(ctx, known, &j)
	if len(look.Result.Outcomes) > 0 {
		known.unrecorded = inventory
	}
	known.untold = earlier.and(look)
	look.Result.Outcomes = append(look.Result.Outcomes, earlier.outcomes...)
	look.Plan.Differences = append(look.Plan.Differences, earlier.differences...)
	if look.Refused() {
		look.RefusedSince = known.look.RefusedSince
		if look.RefusedSince.IsZero() {
			look.RefusedSince = j.Now
		}
	}
	return look, inventory, err
}

// untold is what a look has done in AWS and the status does not tell yet, because it could not be written.
type untold struct {
	outcomes    []plan.Outcome
	differences []plan.Difference
}

// and adds what another look has done.
func (u untold) and(look status.Look) untold {
	for _, o := range look.Result.Outcomes {
		if o.Done && o.Refused == nil {
			u.outcomes = append(u.outcomes, o)
		}
	}
	for _, d := range look.Plan.Differences {
		if d.Corrected(look.Result) {
			u.differences = append(u.differences, d)
		}
	}
	return u
}

// pass is Observe, Diff, Apply.
func (s *Shared) pass(ctx context.Context, known *remembered, j *job) (status.Look, topology.Inventory, error) {
	since := j.Now.Add(-j.resync * 9 / 10)
	if j.fresh {
		since = j.Now
	}
	have, err := j.client.Observe(ctx, cloud.Observation{
		Want: j.Want, Applied: j.Applied, Owner: j.Self, SharedSince: since, Anew: anew(known.look, *j), TagsSince: j.DeletedAt, Deleting: !j.DeletedAt.IsZero(),
		Regardless: j.Regardless(),
		Unlisted:   j.Adoption.Wanted && j.Adoption.Allowed,
	})
	if err != nil {
		return status.Look{Fault: fault.As(err)}, j.Applied, nil
	}
	j.Have = s.withHistory(known, have, j)
	if j.Adoption.Gone, err = s.goneOwners(ctx, j.Input); err != nil {
		return status.Look{}, j.Applied, err
	}
	look := status.Look{Have: j.Have, Plan: j.diff(), Suspended: j.suspended}
	look.Planned = status.Planned(look.Plan, j.Want, j.suspended)
	before := j.Applied
	if !j.suspended {
		if before, look.Result, err = s.carryOut(ctx, j, look.Plan); err != nil {
			return look, j.Applied, err
		}
	}
	for key, h := range known.history {
		h = plan.ReadDifferences(h, key, look.Plan, look.Result, j.Now)
		h = plan.ReadWrites(h, key, look.Result)
		known.history[key] = plan.ReadAdoption(h, key, look.Plan, j.Now)
	}
	look.After = plan.After(look.Have, look.Result)
	if j.DeletedAt.IsZero() {
		look.After.Keys = j.client.Keys(ctx, delivery.Keys(look.After), since)
		look.Verdicts = status.Prove(look.After)
	}
	if j.suspended {
		return look, j.Applied, nil
	}
	return look, plan.Record(before, j.Want, look.After, look.Plan, look.Result), nil
}

// carryOut puts new keys on record and then does in AWS what a plan says. It gives the inventory as it was on record.
func (s *Shared) carryOut(ctx context.Context, j *job, p plan.Plan) (topology.Inventory, plan.Result, error) {
	before, grown := plan.Before(j.Applied, p)
	if grown {
		if err := j.save(ctx, before); err != nil {
			return before, plan.Result{}, err
		}
	}
	if len(p.Mutations()) == 0 {
		return before, plan.Result{}, nil
	}
	result := j.client.Apply(ctx, p)
	logOutcomes(ctx, result)
	return before, result, nil
}

// anew are the shared reads that must be of this look: of what the last one left open, and of the object's own topics, whose attributes
// nobody else would tell it.
func anew(last status.Look, j job) map[string]time.Time {
	out := map[string]time.Time{}
	for _, s := range last.Plan.Steps {
		if s.Action == plan.Blocked || s.Action == plan.Adopt || s.Reading || s.Reason == v1alpha1.ReasonSharedQueueNotReady || s.Reason == v1alpha1.ReasonSubscribersPresent {
			out[s.Resource.Key] = j.Now
		}
		if s.Reason == v1alpha1.ReasonSubscribeNotPermitted {
			out[s.Resource.TopicARN] = j.Now
		}
		if s.Reason == v1alpha1.ReasonSharedQueueNotReady {
			for ref := range j.Want.References {
				out[ref] = j.Now
			}
		}
	}
	for _, r := range j.Want.Resources {
		if r.Kind == topology.KindTopic {
			out[r.Key] = j.Now
		}
	}
	return out
}

// withHistory fills the history of reads from memory and counts this reading.
func (s *Shared) withHistory(known *remembered, have topology.State, j *job) topology.State {
	history := map[string]topology.History{}
	for i, r := range have.Resources {
		row, _ := j.Applied.Find(r.Key)
		h := plan.ReadMessages(plan.ReadRow(known.history[r.Key], row), r, !plan.Fed(r.Key, j.Want, have), j.Now)
		history[r.Key] = h
		have.Resources[i].Seen.History = h
	}
	known.history = history
	return have
}

func logOutcomes(ctx context.Context, result plan.Result) {
	logger := log.FromContext(ctx)
	for _, o := range result.Outcomes {
		resource := string(o.Step.Resource.Kind) + "/" + o.Step.Resource.Name
		switch {
		case o.Fault != nil:
			logger.Info("step failed", "action", o.Step.Action, "resource", resource, "code", o.Fault.Code, "reason", o.Fault.Reason, "requestID", o.Fault.RequestID)
		case o.Refused != nil:
			logger.Info("principals refused", "action", o.Step.Action, "resource", resource, "fields", o.Step.Disputed, "code", o.Refused.Code, "requestID", o.Refused.RequestID)
		case o.Done:
			fields := make([]string, 0, len(o.Step.Changes))
			for _, c := range o.Step.Changes {
				fields = append(fields, c.Field)
			}
			logger.Info("step done", "action", o.Step.Action, "resource", resource, "arn", o.ARN, "fields", fields)
		}
	}
}

// fingerprint tells whether what is wanted has changed since the last look.
func fingerprint(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		return fmt.Sprintf("%+v", parts)
	}
	return topology.Hash(string(b))
}

// wanted is the part of a State that a fingerprint is made of.
func wanted(s topology.State) []any {
	var out []any
	for _, r := range s.Resources {
		out = append(out, r.Key, r.Held, r.Managed, r.Rivals, slices.Sorted(maps.Keys(r.Interim)), r.Shared, r.Undecided, r.UndecidedAlarms, r.Declared)
	}
	return append(out, slices.Sorted(maps.Keys(s.References)))
}
