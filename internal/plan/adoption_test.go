package plan_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// adoptingWorld may adopt what is nobody's.
func adoptingWorld(t *testing.T) *world {
	w := newWorld(t)
	w.adoption = plan.AdoptionRules{Wanted: true, Allowed: true}
	return w
}

// silent says that fields are Skein's defaults.
func silent(r topology.Resource, fields ...string) topology.Resource {
	r.Defaults = map[string]string{}
	for _, f := range fields {
		r.Defaults[f] = r.Managed[f]
	}
	return r
}

// legacy is a queue that says a delay, and nothing of the rest.
func legacy() topology.Resource {
	return silent(queue(topology.RoleMain, "q", "VisibilityTimeout", "30", "DelaySeconds", "5", "MessageRetentionPeriod", "345600"), "VisibilityTimeout", "MessageRetentionPeriod")
}

// announced wants that a look only tells of the adoption, and gives the step.
func (w *world) announced(want topology.State, key string) plan.Step {
	w.t.Helper()
	before := w.aws.mutations
	w.reconcile(want)
	if w.aws.mutations != before {
		w.t.Errorf("something was changed before the takeover:\n%s", describe(w.plan))
	}
	row, _ := w.inventory.Find(key)
	s := w.expect(plan.Adopt, key, v1alpha1.ReasonAdopting)
	if diff := cmp.Diff(s.Kept, row.Kept); diff != "" || row.State != v1alpha1.ResourceAdopting {
		w.t.Errorf("the row is %+v\n%s", row, diff)
	}
	return s
}

func TestP49AdoptionTakesTwoLooks(t *testing.T) {
	w := adoptingWorld(t)
	w.holder("q", map[string]string{"team": "theirs"})
	q := legacy()
	want := state(q, queue(topology.RoleDeadLetter, "dead"))
	s := w.announced(want, q.Key)
	if diff := cmp.Diff(map[string]string{"VisibilityTimeout": "7"}, s.Kept); diff != "" {
		t.Error(diff)
	}
	changes := map[string]string{}
	for _, c := range s.Changes {
		changes[c.Field] = c.From + "->" + c.To
	}
	wanted := map[string]string{"DelaySeconds": "0->5"}
	for k, v := range self.Tags() {
		wanted[topology.TagField(k)] = "->" + v
	}
	if diff := cmp.Diff(wanted, changes); diff != "" {
		t.Errorf("the announced changes:\n%s", diff)
	}
	if len(w.plan.Next) != 1 || w.plan.Next[0].Action != plan.Create {
		t.Errorf("what comes next is %v", w.plan.Next)
	}
	if !s.Until.Equal(w.aws.now.Add(plan.SecondReadAfter)) {
		t.Errorf("the next look is due at %s", s.Until)
	}
	w.pass(plan.SecondReadAfter - time.Second)
	w.announced(want, q.Key)
	w.pass(time.Second)
	w.reconcile(want)
	if w.shows(q, "VisibilityTimeout") != "7" || w.shows(q, "DelaySeconds") != "5" || !w.exists(arnOf("sqs", "dead")) {
		t.Errorf("taken over:\n%s", describe(w.plan))
	}
	if got := w.aws.remotes[q.Key].tags; got["team"] != "theirs" || topology.OwnerFromTags(got) != self {
		t.Errorf("the tags are %v", got)
	}
	row, _ := w.inventory.Find(q.Key)
	if row.State != v1alpha1.ResourcePresent || row.Kept["VisibilityTimeout"] != "7" || row.Fields["DelaySeconds"] == "" {
		t.Errorf("the row is %+v", row)
	}
	// From now on Build says the kept value, until the spec says another.
	kept := q.Keeping(row.Kept)
	w.settle(state(kept, queue(topology.RoleDeadLetter, "dead")))
	w.quiet(state(kept, queue(topology.RoleDeadLetter, "dead")))
	said := silent(with(q, "VisibilityTimeout", "60"), "MessageRetentionPeriod")
	w.settle(state(said, queue(topology.RoleDeadLetter, "dead")))
	if row, _ := w.inventory.Find(q.Key); len(row.Kept) > 0 || w.shows(q, "VisibilityTimeout") != "60" {
		t.Errorf("the row is %+v", row)
	}
}

// What changes between the looks is announced anew, also what comes to the group.
func TestAdoptionIsAnnouncedAsItIs(t *testing.T) {
	w := adoptingWorld(t)
	w.holder("q", nil)
	q := legacy()
	want := state(q, silent(queue(topology.RoleDeadLetter, "dead")))
	w.announced(want, q.Key)
	w.pass(time.Minute)
	w.aws.remotes[q.Key].attributes["VisibilityTimeout"] = "8"
	if s := w.announced(want, q.Key); s.Kept["VisibilityTimeout"] != "8" || s.Until.Before(w.aws.now.Add(plan.SecondReadAfter)) {
		t.Errorf("announced anew: %v until %s", s.Kept, s.Until)
	}
	w.pass(time.Minute)
	w.holder("dead", nil)
	w.announced(want, q.Key)
	w.expect(plan.Adopt, arnOf("sqs", "dead"), v1alpha1.ReasonAdopting)
	w.settle(want)
	for _, key := range []string{q.Key, arnOf("sqs", "dead")} {
		if topology.OwnerFromTags(w.aws.remotes[key].tags) != self {
			t.Errorf("%s was not taken over:\n%s", key, describe(w.plan))
		}
	}
}

// A restart between the looks forgets that there was a first one.
func TestAdoptionAfterARestartLooksTwiceAgain(t *testing.T) {
	w := adoptingWorld(t)
	w.holder("q", nil)
	want := state(legacy())
	w.announced(want, legacy().Key)
	w.pass(time.Hour)
	w.history = map[string]topology.History{}
	w.announced(want, legacy().Key)
	w.pass(plan.SecondReadAfter)
	if w.reconcile(want); w.aws.mutations != 1 {
		t.Errorf("not taken over:\n%s", describe(w.plan))
	}
}

// What is refused beside it holds the whole group back, and announces nothing.
func TestAdoptionOfAGroupThatIsHeldBack(t *testing.T) {
	w := adoptingWorld(t)
	w.holder("q", nil)
	w.holder("dead", other.Tags())
	q := legacy()
	want := state(q, queue(topology.RoleDeadLetter, "dead"))
	w.settle(want)
	const remedy = "set deletionPolicy: Retain on it, then delete it: this object takes over then"
	if s := w.expect(plan.Blocked, arnOf("sqs", "dead"), v1alpha1.ReasonOwnedByAnother); !strings.Contains(s.Message, remedy) {
		t.Errorf("the message is %s", s.Message)
	}
	if _, announced := find(w.plan, plan.Adopt, q.Key); announced || w.aws.mutations != 0 {
		t.Errorf("the group is held back:\n%s", describe(w.plan))
	}
	// Once the other object is gone it goes on.
	w.adoption.Gone = map[topology.Owner]bool{other: true}
	w.settle(want)
	if topology.OwnerFromTags(w.aws.remotes[arnOf("sqs", "dead")].tags) != self {
		t.Errorf("not taken over:\n%s", describe(w.plan))
	}
	// An older claim to the name goes first.
	w = adoptingWorld(t)
	w.holder("q", nil)
	q.Rivals = []topology.Rival{{Owner: other, Older: true}}
	w.settle(state(q))
	w.expect(plan.Blocked, q.Key, v1alpha1.ReasonOwnedByAnother)
	if w.aws.mutations != 0 {
		t.Errorf("the younger claim took the queue:\n%s", describe(w.plan))
	}
}

func TestAdoptionThatIsNotWantedAnyMore(t *testing.T) {
	w := adoptingWorld(t)
	w.holder("q", nil)
	before := w.aws.remotes[legacy().Key].clone()
	w.announced(state(legacy()), legacy().Key)
	w.adoption = plan.AdoptionRules{Wanted: true}
	w.settle(state(legacy()))
	w.expect(plan.Blocked, legacy().Key, v1alpha1.ReasonAdoptionForbidden)
	if len(w.inventory) != 0 {
		t.Errorf("the row stays: %v", w.inventory)
	}
	// The object goes before the takeover, under any policy.
	w.adoption.Allowed = true
	w.announced(state(legacy()), legacy().Key)
	w.guards.DeletionPolicy = v1alpha1.DeletionDelete
	w.deletedAt = w.aws.now
	w.reconcile(topology.State{})
	w.expect(plan.Release, legacy().Key, v1alpha1.ReasonAdopting)
	if diff := cmp.Diff(before, w.aws.remotes[legacy().Key], cmp.AllowUnexported(remote{})); diff != "" || len(w.inventory) != 0 {
		t.Errorf("inventory %v, changed:\n%s", w.inventory, diff)
	}
}

// A subscription that exists is adopted with its queue, or later with another topic; without the wish Subscribe settles it.
func TestAdoptionOfASubscription(t *testing.T) {
	for name, known := range map[string]bool{"with its queue": false, "later": true} {
		t.Run(name, func(t *testing.T) {
			w := adoptingWorld(t)
			w.foreignTopic("t")
			if known {
				w.settle(state(admitting(legacy(), nil)))
			} else {
				w.holder("q", nil)
			}
			sub := silent(subscription("t", "q", "FilterPolicy", "", "RedrivePolicy", ""), "RawMessageDelivery", "FilterPolicy", "RedrivePolicy")
			w.aws.remotes[sub.Key] = &remote{
				kind: topology.KindSubscription, arn: sub.TopicARN + ":theirs",
				attributes: map[string]string{"RawMessageDelivery": "false", "FilterPolicy": `{"a":["b"]}`, "FilterPolicyScope": "MessageBody"}, scope: "MessageBody",
			}
			before := w.aws.remotes[sub.Key].clone()
			want := state(admitting(legacy(), nil, "t"), sub)
			w.byHand = true
			s := w.announced(want, sub.Key)
			kept := map[string]string{"RawMessageDelivery": "false", "FilterPolicy": `{"a":["b"]}`, "FilterPolicyScope": "MessageBody"}
			if diff := cmp.Diff(kept, s.Kept); diff != "" || len(s.Changes) > 0 {
				t.Errorf("announced: %v\n%s", s.Changes, diff)
			}
			w.settle(state(admitting(legacy(), nil, "t"), sub.Keeping(kept)))
			if diff := cmp.Diff(before, w.aws.remotes[sub.Key], cmp.AllowUnexported(remote{})); diff != "" {
				t.Errorf("the subscription has changed:\n%s", diff)
			}
			if row, _ := w.inventory.Find(sub.Key); row.State != v1alpha1.ResourcePresent || row.ARN != before.arn || !maps.Equal(row.Kept, kept) {
				t.Errorf("the row is %+v", row)
			}
		})
	}
}

// One that leaves the spec before its takeover is not unsubscribed: it is somebody else's.
func TestSubscriptionIsNotRemovedBeforeItsTakeover(t *testing.T) {
	w := adoptingWorld(t)
	w.foreignTopic("t")
	w.settle(state(admitting(legacy(), nil)))
	sub := subscription("t", "q")
	w.aws.remotes[sub.Key] = &remote{kind: topology.KindSubscription, arn: sub.TopicARN + ":theirs", attributes: map[string]string{"RawMessageDelivery": "false"}}
	w.byHand = true
	w.announced(state(admitting(legacy(), nil, "t"), sub), sub.Key)
	w.settle(state(admitting(legacy(), nil)))
	if !w.exists(sub.Key) || len(w.inventory) != 1 {
		t.Errorf("inventory %v:\n%s", w.inventory, describe(w.plan))
	}
}

// Neither driftPolicy Report nor a takeover that was interrupted after the tags keeps the rest from being applied.
func TestAdoptionIsNoDrift(t *testing.T) {
	w := adoptingWorld(t)
	w.drift.Report = true
	w.holder("q", nil)
	w.settle(state(legacy()))
	if w.shows(legacy(), "DelaySeconds") != "5" || topology.OwnerFromTags(w.aws.remotes[legacy().Key].tags) != self {
		t.Errorf("taken over:\n%s", describe(w.plan))
	}

	w = adoptingWorld(t)
	w.drift.Report = true
	w.holder("q", nil)
	w.announced(state(legacy()), legacy().Key)
	w.aws.remotes[legacy().Key].tags = self.Tags()
	w.pass(time.Minute)
	w.settle(state(legacy()))
	if w.shows(legacy(), "DelaySeconds") != "5" {
		t.Errorf("the rest was not applied:\n%s", describe(w.plan))
	}
}

// Our own queue that lost its tags gets them back; what somebody changed meanwhile is drift, and not kept.
func TestAdoptionOfOurOwnQueueWithoutTags(t *testing.T) {
	for name, tags := range map[string]map[string]string{"none": nil, "one is missing": {topology.TagCluster: self.Cluster, topology.TagKind: self.Kind, topology.TagNamespace: self.Namespace}} {
		t.Run(name, func(t *testing.T) {
			w := adoptingWorld(t)
			w.settle(state(legacy()))
			w.pass(time.Hour)
			w.aws.remotes[legacy().Key].tags = map[string]string{}
			maps.Copy(w.aws.remotes[legacy().Key].tags, tags)
			w.aws.remotes[legacy().Key].attributes["VisibilityTimeout"] = "99"
			w.settle(state(legacy()))
			if topology.OwnerFromTags(w.aws.remotes[legacy().Key].tags) != self || w.shows(legacy(), "VisibilityTimeout") != "30" {
				t.Errorf("%v:\n%s", w.aws.remotes[legacy().Key].tags, describe(w.plan))
			}
		})
	}
}

// What another cluster took is not taken back, even where both name each other.
func TestWhatAnotherTookIsNotTakenBack(t *testing.T) {
	w := adoptingWorld(t)
	w.adoption.FromCluster = "c2"
	w.settle(state(legacy()))
	w.pass(time.Hour)
	w.aws.remotes[legacy().Key].tags = topology.Owner{Cluster: "c2", Kind: self.Kind, Namespace: "n", Name: "x"}.Tags()
	before := w.aws.mutations
	w.settle(state(with(legacy(), "DelaySeconds", "6")))
	if s := w.expect(plan.Blocked, legacy().Key, v1alpha1.ReasonNotOwned); !strings.Contains(s.Message, "c2") || !strings.Contains(s.Message, "Retain") || w.aws.mutations != before {
		t.Errorf("the message is %s", s.Message)
	}
}

func TestValueThatIsTooLongToBeKept(t *testing.T) {
	w := adoptingWorld(t)
	w.foreignTopic("t")
	w.holder("q", nil)
	sub := silent(subscription("t", "q", "FilterPolicy", ""), "FilterPolicy")
	w.aws.remotes[sub.Key] = &remote{
		kind: topology.KindSubscription, arn: sub.TopicARN + ":theirs",
		attributes: map[string]string{"RawMessageDelivery": "true", "FilterPolicy": `{"a":["` + strings.Repeat("x", topology.MaxKept) + `"]}`},
	}
	w.byHand = true
	w.settle(state(admitting(legacy(), nil, "t"), sub))
	if s := w.expect(plan.Blocked, sub.Key, v1alpha1.ReasonInvalidSpec); !strings.Contains(s.Message, "FilterPolicy") || w.aws.mutations != 0 {
		t.Errorf("the message is %s", s.Message)
	}
}

// A value that is refused beside an adoption does not end it, though it is looked at before it is due and though its first try fails.
func TestAdoptionBesideARefusedValue(t *testing.T) {
	w := adoptingWorld(t)
	w.holder("q", nil)
	q := silent(queue(topology.RoleMain, "q", "MessageRetentionPeriod", "60"))
	w.aws.remotes[q.Key].messages.Visible = 3
	for range 2 {
		if s := w.announced(state(q), q.Key); !s.Until.Equal(start.Add(plan.SecondReadAfter)) {
			t.Errorf("the takeover is due at %s", s.Until)
		}
		w.expect(plan.Blocked, q.Key, v1alpha1.ReasonWouldDeleteMessages)
		w.pass(plan.SecondReadAfter / 2)
	}
	gone := w.aws.remotes[q.Key]
	w.aws.lag(q.Key)
	delete(w.aws.remotes, q.Key)
	w.faults = true
	if w.reconcile(state(q)); len(w.result.Outcomes) != 1 || w.result.Outcomes[0].Fault == nil {
		t.Fatalf("the takeover has not failed:\n%s", describe(w.plan))
	}
	w.aws.remotes[q.Key] = gone
	w.aws.catchUp()
	if w.reconcile(state(q)); topology.OwnerFromTags(gone.tags) != self || w.shows(q, "MessageRetentionPeriod") == "60" {
		t.Errorf("not taken over at the next look:\n%s", describe(w.plan))
	}
}
