package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// whole is a consumer with everything it can have.
func whole() topology.State {
	dead, u := queue(topology.RoleDeadLetter, "a-dead", "RedriveAllowPolicy", byQueue("q")), queue(topology.RoleUndelivered, "z-undelivered")
	q := with(admitting(queue(topology.RoleMain, "q"), nil, "t"), "RedrivePolicy", topology.RedrivePolicy(dead.Key, 5))
	return state(q, dead, u, subscription("t", "q", "RedrivePolicy", topology.SubscriptionRedrivePolicy(u.Key)))
}

func TestP38DeadLetterQueueFirst(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.reconcile(whole())
	var phases []plan.Phase
	for _, s := range w.plan.Mutations() {
		phases = append(phases, s.Phase)
	}
	// The fake refuses a redrive policy whose queue is missing.
	if want := []plan.Phase{plan.PhaseDeadLetter, plan.PhaseDeadLetter, plan.PhaseQueues, plan.PhaseSubscriptions}; !slices.Equal(phases, want) {
		t.Errorf("phases are %v, want %v", phases, want)
	}
	w.quiet(whole())
	if len(w.inventory) != 4 {
		t.Errorf("inventory has %d rows, want 4", len(w.inventory))
	}
}

// A queue whose dead-letter queue does not come in the same plan waits for it, and its subscriptions with it.
func TestP38WaitsForADeadLetterQueueThatSettles(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.settle(whole())
	w.pass(time.Hour)
	w.reconcile(with1(whole(), "a-dead", "VisibilityTimeout", "60"))
	w.reconcile(with1(whole(), "a-dead", "VisibilityTimeout", "60"))
	changed := with1(whole(), "a-dead", "VisibilityTimeout", "60")
	for _, r := range changed.Resources {
		delete(w.aws.remotes, r.Key)
	}
	// The main queue's absence is believed after two readings, that of the dead-letter queue only after its settle window.
	w.quiet(changed)
	w.pass(plan.SecondReadAfter)
	w.reconcile(changed)
	w.expect(plan.Wait, arnOf("sqs", "q"), v1alpha1.ReasonProgressing)
	w.expect(plan.Wait, subscription("t", "q").Key, v1alpha1.ReasonProgressing)
	w.settle(changed)
	for _, r := range changed.Resources {
		if !w.exists(r.Key) {
			t.Errorf("%s did not come back", r.Key)
		}
	}
}

// with1 sets a field of the resource of that name.
func with1(s topology.State, name string, fields ...string) topology.State {
	s.Resources = slices.Clone(s.Resources)
	for i, r := range s.Resources {
		if r.Name == name {
			s.Resources[i] = with(r, fields...)
		}
	}
	return s
}

func TestP39NoCircleOfRedrivePolicies(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.reconcile(whole())
	if got, want := w.shows(queue("", "a-dead"), "RedriveAllowPolicy"), byQueue("q"); got != want {
		t.Errorf("the dead-letter queue admits %s, want %s", got, want)
	}
	if w.aws.mutations != 4 {
		t.Errorf("%d mutating steps for 4 resources", w.aws.mutations)
	}
}

func TestMissingTopicIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.settle(whole())
	s := subscription("t", "q")
	w.expect(plan.Wait, s.Key, v1alpha1.ReasonTopicNotFound)
	if !w.exists(arnOf("sqs", "q")) {
		t.Errorf("the queue waits for the topic too")
	}
	w.foreignTopic("t")
	w.settle(whole())
	if !w.exists(s.Key) {
		t.Errorf("not subscribed once the topic is there")
	}
}

// shared is a consumer whose dead letters go to another object's queue.
func shared(target string) topology.State {
	s := state(queue(topology.RoleMain, "q", "RedrivePolicy", topology.RedrivePolicy(arnOf("sqs", target), 5)), queue(topology.RoleUndelivered, "u"))
	s.References[arnOf("sqs", target)] = topology.Reference{}
	return s
}

func TestSharedDeadLetterQueueMustAdmitFirst(t *testing.T) {
	w := newWorld(t)
	q := arnOf("sqs", "q")
	w.quiet(shared("shared"))
	w.expect(plan.Wait, q, v1alpha1.ReasonSharedQueueNotReady)
	w.holder("shared", other.Tags())
	w.aws.remotes[arnOf("sqs", "shared")].attributes["RedriveAllowPolicy"] = byQueue("someone")
	w.quiet(shared("shared"))
	w.expect(plan.Wait, q, v1alpha1.ReasonSharedQueueNotReady)
	w.aws.remotes[arnOf("sqs", "shared")].attributes["RedriveAllowPolicy"] = byQueue("someone", "q")
	w.settle(shared("shared"))
	if !w.exists(q) || !w.exists(arnOf("sqs", "u")) {
		t.Fatal("the group was not made although it is admitted")
	}
	// A queue that exists keeps what it has, and all else of it goes on.
	w.holder("shared2", other.Tags())
	w.aws.remotes[arnOf("sqs", "shared2")].attributes["RedriveAllowPolicy"] = `{"redrivePermission":"denyAll"}`
	next := with1(shared("shared2"), "q", "VisibilityTimeout", "60")
	w.settle(next)
	w.expect(plan.Wait, q, v1alpha1.ReasonSharedQueueNotReady)
	if got := topology.RedriveTarget(w.shows(queue("", "q"), "RedrivePolicy")); got != arnOf("sqs", "shared") || w.shows(queue("", "q"), "VisibilityTimeout") != "60" {
		t.Errorf("dead letters go to %s", got)
	}
	w.aws.remotes[arnOf("sqs", "shared2")].attributes["RedriveAllowPolicy"] = ""
	w.settle(next)
	if got := topology.RedriveTarget(w.shows(queue("", "q"), "RedrivePolicy")); got != arnOf("sqs", "shared2") {
		t.Errorf("dead letters go to %s after it admits", got)
	}
}

func TestSharedQueueKeepsSourcesThatStillPointAtIt(t *testing.T) {
	w := newWorld(t)
	serving := func(names ...string) topology.State {
		r := queue(topology.RoleMain, "shared", "RedriveAllowPolicy", byQueue(names...))
		r.Shared = true
		return state(r)
	}
	r := queue("", "shared")
	w.settle(serving("a", "b"))
	w.aws.remotes[r.Key].sources = []string{arnOf("sqs", "b")}
	w.settle(serving("a", "c"))
	w.quiet(serving("a", "c"))
	if got, want := w.shows(r, "RedriveAllowPolicy"), byQueue("a", "b", "c"); got != want {
		t.Errorf("sources are %s, want b kept: %s", got, want)
	}
	w.aws.denied[r.Key] = map[string]string{"DeadLetterSources": "sqs:ListDeadLetterSourceQueues"}
	w.aws.remotes[r.Key].sources = nil
	w.quiet(serving("a", "c"))
	delete(w.aws.denied, r.Key)
	w.reconcile(serving("a", "c"))
	if got, want := w.shows(r, "RedriveAllowPolicy"), byQueue("a", "c"); got != want {
		t.Errorf("sources are %s, want b gone: %s", got, want)
	}
	w.quiet(serving("a", "c"))

	// Over ten with those that are kept: everyone is admitted until they have left.
	old := []string{"a", "c"}
	fresh := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
	w.aws.remotes[r.Key].sources = []string{arnOf("sqs", "a"), arnOf("sqs", "c")}
	w.settle(serving(fresh...))
	if got := w.shows(r, "RedriveAllowPolicy"); got != "" {
		t.Errorf("sources are %s, want all admitted while %v stay", got, old)
	}
	w.quiet(serving(fresh...))
	w.aws.denied[r.Key] = map[string]string{"DeadLetterSources": "sqs:ListDeadLetterSourceQueues"}
	w.aws.remotes[r.Key].sources = nil
	w.quiet(serving(fresh...))
	delete(w.aws.denied, r.Key)
	w.aws.remotes[r.Key].sources = []string{arnOf("sqs", "c")}
	w.settle(serving(fresh...))
	if got, want := w.shows(r, "RedriveAllowPolicy"), byQueue(append(fresh, "c")...); got != want {
		t.Errorf("sources are %s, want %s", got, want)
	}
}

func TestHeldIsLeftAsItIs(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.settle(whole())
	w.pass(time.Hour)
	held := with1(whole(), "q", "VisibilityTimeout", "60")
	for i := range held.Resources {
		held.Resources[i].Held = "the topology cannot be found"
	}
	w.aws.remotes[arnOf("sqs", "a-dead")].attributes["VisibilityTimeout"] = "77"
	delete(w.aws.remotes, arnOf("sqs", "z-undelivered"))
	mutations := w.aws.mutations
	w.settle(held)
	if w.aws.mutations != mutations || len(w.plan.Steps) != 0 {
		t.Errorf("held resources are planned:\n%s", describe(w.plan))
	}
	if len(w.inventory) != 4 {
		t.Errorf("rows of held resources were dropped: %v", w.inventory)
	}
	for _, row := range w.inventory {
		if row.State != v1alpha1.ResourceHeld {
			t.Errorf("%s is %s", row.Key, row.State)
		}
	}
}

func TestImmutableIsRefused(t *testing.T) {
	w := newWorld(t)
	w.settle(state(queue(topology.RoleMain, "q")))
	changed := queue(topology.RoleMain, "q", "FifoQueue", "true", "VisibilityTimeout", "60")
	w.settle(state(changed))
	w.expect(plan.Blocked, changed.Key, v1alpha1.ReasonImmutable)
	if w.shows(changed, "VisibilityTimeout") != "60" {
		t.Errorf("an immutable field keeps others from being set")
	}
}

func TestP23RetentionCutWouldDeleteMessages(t *testing.T) {
	w := newWorld(t)
	long, short := queue(topology.RoleMain, "q", "MessageRetentionPeriod", "1209600"), queue(topology.RoleMain, "q", "MessageRetentionPeriod", "60", "VisibilityTimeout", "60")
	for name, m := range map[string]topology.Messages{"visible": {Visible: 1}, "in flight": {InFlight: 1}, "delayed": {Delayed: 1}} {
		w.guards.AllowRetentionCut = false
		w.aws.remotes, w.inventory = map[string]*remote{}, nil
		w.settle(state(long))
		w.aws.remotes[long.Key].messages = m
		w.settle(state(short))
		w.expect(plan.Blocked, long.Key, v1alpha1.ReasonWouldDeleteMessages)
		if w.shows(long, "MessageRetentionPeriod") != "1209600" || w.shows(long, "VisibilityTimeout") != "60" {
			t.Errorf("%s: retention must stay, the rest be set", name)
		}
		// Taking the field out of the spec would lower it too.
		w.settle(state(without(short, "MessageRetentionPeriod")))
		w.expect(plan.Blocked, long.Key, v1alpha1.ReasonWouldDeleteMessages)
		w.guards.AllowRetentionCut = true
		w.settle(state(short))
		if w.shows(long, "MessageRetentionPeriod") != "60" {
			t.Errorf("%s: the annotation does not help", name)
		}
	}
	w.guards.AllowRetentionCut = false
	w.settle(state(long))
	if w.shows(long, "MessageRetentionPeriod") != "1209600" {
		t.Errorf("raising retention is refused")
	}
	w.aws.remotes[long.Key].messages = topology.Messages{}
	w.settle(state(short))
	if w.shows(long, "MessageRetentionPeriod") != "60" {
		t.Errorf("lowering the retention of an empty queue is refused")
	}
}

// The spec may not tell any more which queue served for what (its names are refused, or it left): what AWS shows does.
func TestDeletionKeepsItsOrderWithoutTheSpec(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.settle(whole())
	clear(w.roles)
	w.startDeleting(v1alpha1.DeletionDelete)
	var order []string
	for _, s := range plan.Diff(w.input(topology.State{})).Mutations() {
		order = append(order, string(s.Resource.Kind)+" "+s.Resource.Name)
	}
	if want := []string{"subscription t", "queue q", "queue z-undelivered", "queue a-dead"}; !slices.Equal(order, want) {
		t.Errorf("deletes %q, want %q", order, want)
	}
}
