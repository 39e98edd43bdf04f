package plan_test

import (
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

func TestP51NothingLeaks(t *testing.T) {
	t.Run("a delete is the proof, not a reading", func(t *testing.T) {
		w := made(t)
		w.startDeleting(v1alpha1.DeletionDelete)
		for _, r := range whole().Resources {
			w.aws.shown[r.Key] = nil // a reading says that nothing is there
		}
		w.reconcile(topology.State{})
		if len(w.left()) != 0 || len(w.inventory) != 0 {
			t.Errorf("left %v, rows %v", w.left(), w.inventory)
		}
	})
	t.Run("a failed delete keeps its row", func(t *testing.T) {
		w := made(t)
		w.startDeleting(v1alpha1.DeletionDelete)
		in := w.input(topology.State{})
		p := plan.Diff(in)
		result := plan.Result{At: w.aws.now}
		for _, s := range p.Mutations() {
			result.Outcomes = append(result.Outcomes, plan.Outcome{Step: s, Skipped: true})
		}
		if rows := plan.Record(w.inventory, in.Want, plan.After(in.Have, result), p, result); len(rows) != 4 {
			t.Errorf("%d rows, want 4", len(rows))
		}
	})
	t.Run("a creation whose answer was lost", func(t *testing.T) {
		w := newWorld(t)
		r := queue(topology.RoleMain, "q")
		p := plan.Diff(w.input(state(r)))
		w.inventory, _ = plan.Before(nil, p)
		w.aws.lag(r.Key) // and the reading says that nothing is there
		w.aws.apply(p)
		w.startDeleting(v1alpha1.DeletionDelete)
		w.reconcile(topology.State{})
		if len(w.inventory) != 1 {
			t.Fatal("the row was dropped on one reading")
		}
		w.aws.catchUp()
		w.settle(topology.State{})
		if w.exists(r.Key) || len(w.inventory) != 0 {
			t.Errorf("left %v, rows %v", w.left(), w.inventory)
		}
	})
	t.Run("a creation that never was", func(t *testing.T) {
		w := newWorld(t)
		r := queue(topology.RoleMain, "q")
		w.inventory, _ = plan.Before(nil, plan.Diff(w.input(state(r))))
		w.startDeleting(v1alpha1.DeletionDelete)
		w.settle(topology.State{})
		if len(w.inventory) != 0 {
			t.Errorf("rows left: %v", w.inventory)
		}
	})
	t.Run("tags that lag behind the creation", func(t *testing.T) {
		w := newWorld(t)
		r := queue(topology.RoleMain, "q")
		w.settle(state(r))
		tags := w.aws.remotes[r.Key].tags
		w.aws.remotes[r.Key].tags = map[string]string{}
		w.startDeleting(v1alpha1.DeletionDelete)
		w.reconcile(topology.State{})
		if len(w.inventory) != 1 {
			t.Fatal("the row was dropped on one reading of tags")
		}
		w.aws.remotes[r.Key].tags = tags
		w.settle(topology.State{})
		if w.exists(r.Key) {
			t.Errorf("the queue is still there")
		}
	})
	t.Run("a subscription without an ARN", func(t *testing.T) {
		w := newWorld(t)
		w.foreignTopic("t")
		w.settle(whole())
		for i := range w.inventory {
			if w.inventory[i].Kind == topology.KindSubscription {
				w.inventory[i].ARN = ""
			}
		}
		w.pass(time.Hour)
		w.startDeleting(v1alpha1.DeletionDelete)
		w.reconcile(topology.State{})
		if len(w.left()) != 0 {
			t.Errorf("left %v", w.left())
		}
	})
}
