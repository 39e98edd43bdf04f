package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// made is a world with everything of whole, long settled.
func made(t *testing.T) *world {
	w := newWorld(t)
	w.foreignTopic("t")
	w.settle(whole())
	w.pass(time.Hour)
	w.quiet(whole())
	return w
}

func (w *world) startDeleting(policy v1alpha1.DeletionPolicy) {
	w.guards.DeletionPolicy, w.deletedAt = policy, w.aws.now
}

// left are the keys of what is still in AWS, but for the topic of others.
func (w *world) left() []string {
	var keys []string
	for key := range w.aws.remotes {
		if key != arnOf("sns", "t") {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestDeleteIfEmptyTakesThreeReadings(t *testing.T) {
	w := made(t)
	w.startDeleting(v1alpha1.DeletionDeleteIfEmpty)
	begin := w.aws.now
	w.reconcile(topology.State{})
	if w.exists(subscription("t", "q").Key) || len(w.left()) != 3 {
		t.Fatalf("first the subscription goes, and nothing else; left: %v", w.left())
	}
	unsubscribed := w.aws.now
	steps := w.settle(topology.State{})
	if len(w.left()) != 0 || len(w.inventory) != 0 {
		t.Errorf("left: %v, rows: %v", w.left(), w.inventory)
	}
	if d := w.aws.now.Sub(unsubscribed); d < 2*time.Minute || d > 3*time.Minute {
		t.Errorf("deleted %s after %s, want a little over two minutes", d, begin)
	}
	var phases []plan.Phase
	for _, s := range steps {
		phases = append(phases, s.Phase)
	}
	if want := []plan.Phase{plan.PhaseDeleteQueues, plan.PhaseDeleteUndelivered, plan.PhaseDeleteDeadLetter}; !slices.Equal(phases, want) {
		t.Errorf("phases %v, want %v", phases, want)
	}
}

// Two minutes without three readings, and three readings within less, are not enough.
func TestReadingsAndTimeBothCount(t *testing.T) {
	w := made(t)
	w.startDeleting(v1alpha1.DeletionDeleteIfEmpty)
	w.reconcile(topology.State{})
	w.reconcile(topology.State{})
	w.pass(time.Hour)
	w.reconcile(topology.State{})
	if s := w.expect(plan.Wait, arnOf("sqs", "a-dead"), v1alpha1.ReasonEmptySettle); !s.Until.After(w.aws.now) {
		t.Errorf("until %s", s.Until)
	} else if len(s.With) != 2 || s.With[0].Key == s.Resource.Key || s.With[1].Key == s.Resource.Key {
		t.Errorf("with %v, want the other two queues", s.With)
	}
	w.pass(time.Second)
	w.reconcile(topology.State{})
	if len(w.left()) != 0 {
		t.Errorf("left after three readings: %v", w.left())
	}

	w = made(t)
	w.startDeleting(v1alpha1.DeletionDeleteIfEmpty)
	for range 10 {
		w.reconcile(topology.State{})
		w.pass(time.Second)
	}
	w.expect(plan.Wait, arnOf("sqs", "a-dead"), v1alpha1.ReasonEmptySettle)
	if len(w.left()) != 3 {
		t.Errorf("left after ten seconds: %v", w.left())
	}
}

func TestP27EveryMessageHolds(t *testing.T) {
	cases := map[string]struct {
		queue string
		set   func(*remote)
		says  string
	}{
		"visible":           {"q", func(r *remote) { r.messages.Visible = 1 }, "1 visible"},
		"in flight":         {"q", func(r *remote) { r.messages.InFlight = 2 }, "2 in-flight"},
		"delayed":           {"q", func(r *remote) { r.messages.Delayed = 3 }, "3 delayed"},
		"in the DLQ":        {"a-dead", func(r *remote) { r.messages.Visible = 4 }, "a-dead"},
		"undelivered":       {"z-undelivered", func(r *remote) { r.messages.Visible = 5 }, "z-undelivered"},
		"a move task":       {"a-dead", func(r *remote) { r.moveTask = true }, "move task"},
		"move tasks denied": {"a-dead", nil, "sqs:ListMessageMoveTasks"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := made(t)
			key := arnOf("sqs", c.queue)
			if c.set == nil {
				w.aws.denied[key] = map[string]string{"MoveTask": "sqs:ListMessageMoveTasks"}
			} else {
				c.set(w.aws.remotes[key])
			}
			w.startDeleting(v1alpha1.DeletionDeleteIfEmpty)
			for range 10 {
				w.reconcile(topology.State{})
				w.pass(time.Minute)
			}
			s := w.expect(plan.Wait, arnOf("sqs", "a-dead"), v1alpha1.ReasonMessagesHeld)
			if !strings.Contains(s.Message, c.says) || !strings.Contains(s.Message, v1alpha1.AnnotationAllowDeleteWithMessages) {
				t.Errorf("message %q should say %q and the remedy", s.Message, c.says)
			}
			if len(w.left()) != 3 {
				t.Fatalf("left: %v, want all queues", w.left())
			}
			// Once it is empty the readings begin anew.
			*w.aws.remotes[key] = remote{kind: topology.KindQueue, arn: key, url: "u", tags: self.Tags(), attributes: w.aws.remotes[key].attributes}
			delete(w.aws.denied, key)
			w.reconcile(topology.State{})
			w.expect(plan.Wait, arnOf("sqs", "a-dead"), v1alpha1.ReasonEmptySettle)
			w.settle(topology.State{})
			if len(w.left()) != 0 {
				t.Errorf("left: %v", w.left())
			}
		})
	}
}

func TestDirectSendersAreNamed(t *testing.T) {
	w := newWorld(t)
	q := queue(topology.RoleMain, "q")
	w.settle(state(saying(q, append(senders(q.Key, "arn:aws:iam::210987654321:role/shop"), policydoc.TLSOnly(q.Key))...)))
	w.aws.remotes[q.Key].messages.Visible = 1
	w.pass(time.Hour)
	w.startDeleting(v1alpha1.DeletionDeleteIfEmpty)
	w.reconcile(topology.State{})
	if s := w.expect(plan.Wait, q.Key, v1alpha1.ReasonMessagesHeld); !strings.Contains(s.Message, "role/shop") {
		t.Errorf("message %q does not name the direct sender", s.Message)
	}
}

func TestDeleteAndAnnotationGoAtOnce(t *testing.T) {
	for name, set := range map[string]func(*world){
		"Delete":     func(w *world) { w.startDeleting(v1alpha1.DeletionDelete) },
		"annotation": func(w *world) { w.startDeleting(v1alpha1.DeletionDeleteIfEmpty); w.guards.AllowMessages = true },
	} {
		w := made(t)
		w.aws.remotes[arnOf("sqs", "q")].messages.Visible = 9
		set(w)
		w.reconcile(topology.State{})
		if len(w.left()) != 0 || len(w.inventory) != 0 {
			t.Errorf("%s: left %v", name, w.left())
		}
	}
}

func TestRetainTouchesNothing(t *testing.T) {
	w := made(t)
	w.startDeleting(v1alpha1.DeletionRetain)
	mutations := w.aws.mutations
	w.reconcile(topology.State{})
	if w.aws.mutations != mutations || len(w.left()) != 4 || len(w.inventory) != 0 {
		t.Errorf("left %v, rows %v: want all in AWS and no row", w.left(), w.inventory)
	}
}

// settleFor reconciles every half minute.
func (w *world) settleFor(want topology.State, d time.Duration) {
	w.t.Helper()
	for end := w.aws.now.Add(d); w.aws.now.Before(end); w.pass(30 * time.Second) {
		w.reconcile(want)
	}
}
