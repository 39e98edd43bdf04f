package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// What leaves the spec while the object lives: detached at once, deleted when empty whatever the policy.
func TestLeavingQueuesWhileTheObjectLives(t *testing.T) {
	bare := state(admitting(queue(topology.RoleMain, "q"), nil, "t"), subscription("t", "q"))
	for _, policy := range []v1alpha1.DeletionPolicy{v1alpha1.DeletionDeleteIfEmpty, v1alpha1.DeletionDelete} {
		w := made(t)
		w.guards.DeletionPolicy = policy
		w.aws.remotes[arnOf("sqs", "a-dead")].messages.Visible = 1
		w.reconcile(bare)
		if w.shows(queue("", "q"), "RedrivePolicy") != "" || w.shows(subscription("t", "q"), "RedrivePolicy") != "" {
			t.Errorf("%s: not detached at once", policy)
		}
		for range 6 {
			w.pass(time.Minute)
			w.reconcile(bare)
		}
		if w.exists(arnOf("sqs", "z-undelivered")) || !w.exists(arnOf("sqs", "a-dead")) {
			t.Errorf("%s: the empty queue should have gone, the other not: %v", policy, w.left())
		}
		w.expect(plan.Wait, arnOf("sqs", "a-dead"), v1alpha1.ReasonMessagesHeld)
		if row, _ := w.inventory.Find(arnOf("sqs", "a-dead")); row.State != v1alpha1.ResourceLeaving {
			t.Errorf("%s: the row is %s", policy, row.State)
		}
		w.aws.remotes[arnOf("sqs", "a-dead")].messages.Visible = 0
		w.settle(bare)
		if w.exists(arnOf("sqs", "a-dead")) || len(w.inventory) != 2 {
			t.Errorf("%s: left %v, rows %v", policy, w.left(), w.inventory)
		}
	}

	w := made(t)
	w.guards.DeletionPolicy = v1alpha1.DeletionRetain
	w.reconcile(bare)
	w.expect(plan.Release, arnOf("sqs", "a-dead"), v1alpha1.ReasonDeleting)
	w.settle(bare)
	if len(w.left()) != 4 || len(w.inventory) != 2 {
		t.Errorf("Retain: left %v, rows %v", w.left(), w.inventory)
	}
}

// A queue that left the spec stays for as long as something sends to it.
func TestLeavingDeadLetterQueueIsNotDeletedWhileInUse(t *testing.T) {
	w := made(t)
	w.guards.AllowMessages = true
	toShared := with1(whole(), "q", "RedrivePolicy", topology.RedrivePolicy(arnOf("sqs", "shared"), 5))
	toShared.Resources = slices.DeleteFunc(toShared.Resources, func(r topology.Resource) bool { return r.Name == "a-dead" })
	toShared.References[arnOf("sqs", "shared")] = topology.Reference{}
	for range 10 {
		w.reconcile(toShared)
		w.pass(time.Minute)
	}
	w.expect(plan.Wait, arnOf("sqs", "q"), v1alpha1.ReasonSharedQueueNotReady)
	w.expect(plan.Wait, arnOf("sqs", "a-dead"), v1alpha1.ReasonProgressing)
	w.holder("shared", other.Tags())
	w.settle(toShared)
	if w.exists(arnOf("sqs", "a-dead")) || topology.RedriveTarget(w.shows(queue("", "q"), "RedrivePolicy")) != arnOf("sqs", "shared") {
		t.Errorf("left %v", w.left())
	}
}

// Readings count from the moment on when nothing feeds the queue any more.
func TestReadingsCountOnceDetached(t *testing.T) {
	w := made(t)
	bare := state(admitting(queue(topology.RoleMain, "q"), nil, "t"), subscription("t", "q"))
	held := bare
	w.aws.lag(arnOf("sqs", "q"))
	for range 5 {
		w.reconcile(held)
		w.pass(time.Minute)
	}
	w.aws.catchUp()
	w.reconcile(bare)
	if !w.exists(arnOf("sqs", "a-dead")) {
		t.Errorf("deleted on readings from while it was still shown to be in use")
	}
	w.settle(bare)
	if w.exists(arnOf("sqs", "a-dead")) {
		t.Errorf("never deleted")
	}
}

func TestFed(t *testing.T) {
	q, dead := queue(topology.RoleMain, "q", "RedrivePolicy", topology.RedrivePolicy(arnOf("sqs", "dead"), 5)), queue(topology.RoleDeadLetter, "dead")
	s := subscription("t", "q", "RedrivePolicy", topology.SubscriptionRedrivePolicy(arnOf("sqs", "u")))
	absent := func(r topology.Resource) topology.Resource { r.Seen.Existence = topology.Absent; return r }
	cases := []struct {
		name       string
		queue      string
		want, have topology.State
		fed        bool
	}{
		{"by a subscription", "q", state(q), state(q, s), true},
		{"as the dead-letter queue of a subscription", "u", state(q), state(q, s), true},
		{"by a subscription that is gone", "q", state(q), state(q, absent(s)), false},
		{"as the dead-letter queue of a queue that stays", "dead", state(q), state(q, dead), true},
		{"as the dead-letter queue of a queue that leaves too", "dead", state(), state(q, dead), false},
		{"by nothing", "dead", state(with(q, "RedrivePolicy", "")), state(with(q, "RedrivePolicy", ""), dead), false},
	}
	for _, c := range cases {
		if got := plan.Fed(arnOf("sqs", c.queue), c.want, c.have); got != c.fed {
			t.Errorf("%s: fed %v", c.name, got)
		}
	}
}

// Nothing is deleted in the pass that unsubscribes, even if the readings were there.
func TestQueuesOutliveTheirSubscriptions(t *testing.T) {
	w := made(t)
	w.startDeleting(v1alpha1.DeletionDeleteIfEmpty)
	in := w.input(topology.State{})
	for i := range in.Have.Resources {
		in.Have.Resources[i].Seen.History = topology.History{EmptySince: start, EmptyReadings: 9}
	}
	for _, s := range plan.Diff(in).Mutations() {
		if s.Phase != plan.PhaseUnsubscribe {
			t.Errorf("%s is deleted while it is subscribed", s.Resource.Key)
		}
	}
}

// A group that is held back loses nothing either.
func TestBlockedGroupDeletesNothing(t *testing.T) {
	w := made(t)
	w.aws.remotes[arnOf("sqs", "q")].tags = other.Tags()
	w.guards.AllowMessages = true
	bare := state(queue(topology.RoleMain, "q"))
	w.settleFor(bare, time.Hour)
	w.expect(plan.Blocked, arnOf("sqs", "q"), v1alpha1.ReasonNotOwned)
	if len(w.left()) != 4 {
		t.Errorf("left %v, want all", w.left())
	}
}

func TestP26TopicWaitsForForeignSubscribers(t *testing.T) {
	w := newWorld(t)
	one, two := topic("one"), topic("two")
	w.settle(state(one, two))
	w.pass(time.Hour)
	w.aws.remotes[one.Key].foreign = []string{"arn:aws:sqs:us-east-1:210987654321:theirs"}
	// First in a living object, then in one that is being deleted.
	for _, deleting := range []bool{false, true} {
		if deleting {
			w.startDeleting(v1alpha1.DeletionDelete)
		}
		w.settleFor(state(), time.Hour)
		s := w.expect(plan.Wait, one.Key, v1alpha1.ReasonSubscribersPresent)
		if !strings.Contains(s.Message, "theirs") || !strings.Contains(s.Message, v1alpha1.AnnotationAllowDeleteWithSubscribers) {
			t.Errorf("message %q names neither subscriber nor remedy", s.Message)
		}
		if !w.exists(one.Key) || w.exists(two.Key) {
			t.Errorf("left %v", w.left())
		}
	}
	w.guards.AllowSubscribers = true
	w.reconcile(topology.State{})
	if w.exists(one.Key) || len(w.inventory) != 0 {
		t.Errorf("the annotation does not help: %v", w.left())
	}

	w = newWorld(t)
	w.settle(state(one))
	w.aws.remotes[one.Key].foreign = []string{"theirs"}
	w.pass(time.Hour)
	w.startDeleting(v1alpha1.DeletionDelete)
	w.reconcile(topology.State{})
	w.aws.remotes[one.Key].foreign = nil
	w.settle(topology.State{})
	if w.exists(one.Key) {
		t.Errorf("the topic stays although nobody subscribes any more")
	}
}

func TestTopicUnderRetain(t *testing.T) {
	w := newWorld(t)
	w.settle(state(topic("one")))
	w.guards.DeletionPolicy = v1alpha1.DeletionRetain
	w.reconcile(state())
	w.expect(plan.Release, topic("one").Key, v1alpha1.ReasonDeleting)
	if !w.exists(topic("one").Key) || len(w.inventory) != 0 {
		t.Errorf("left %v, rows %v", w.left(), w.inventory)
	}
}
