package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

func senders(queue string, principals ...string) []policydoc.Statement {
	var out []policydoc.Caller
	for _, p := range principals {
		out = append(out, policydoc.Caller{AWSPrincipal: p})
	}
	return policydoc.Senders(queue, out)
}

const foreignStatement = `{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sqs:SendMessage","Resource":"*"}`

// addStatement puts someone else's statement into a policy.
func (w *world) addStatement(key, statement string) {
	r := w.aws.remotes[key]
	if r.attributes["Policy"] == "" {
		r.attributes["Policy"] = `{"Version":"2008-10-17","Id":"theirs","Statement":[` + statement + `]}`
		return
	}
	r.attributes["Policy"] = strings.TrimSuffix(r.attributes["Policy"], "]}") + "," + statement + "]}"
}

func TestP20ForeignStatementsStay(t *testing.T) {
	w := newWorld(t)
	q := saying(queue(topology.RoleMain, "q"), policydoc.TLSOnly(arnOf("sqs", "q")))
	w.settle(state(q))
	w.addStatement(q.Key, foreignStatement)
	w.pass(time.Hour)
	if steps := w.settle(state(q)); len(steps) != 0 {
		t.Errorf("a foreign statement is taken for a difference")
	}
	changed := saying(queue(topology.RoleMain, "q"), senders(q.Key, "123456789012")...)
	w.settle(state(changed))
	w.quiet(state(changed))
	got := w.aws.remotes[q.Key].attributes["Policy"]
	if !strings.Contains(got, foreignStatement) || strings.Contains(got, policydoc.SidTLSOnly) || !strings.Contains(got, policydoc.SidSenders) {
		t.Errorf("policy is %s", got)
	}
	bare := queue(topology.RoleMain, "q")
	w.settle(state(bare))
	if got := w.aws.remotes[q.Key].attributes["Policy"]; !strings.Contains(got, foreignStatement) || strings.Contains(got, policydoc.OwnPrefix) {
		t.Errorf("without own statements the policy is %s", got)
	}
}

func TestOwnStatementThatNobodyWantsGoes(t *testing.T) {
	w := newWorld(t)
	q := queue(topology.RoleMain, "q")
	w.settle(state(q))
	w.addStatement(q.Key, strings.Replace(foreignStatement, "theirs", "SkeinSender0badc0ffee", 1))
	w.pass(time.Hour)
	w.settle(state(q))
	if got := w.aws.remotes[q.Key].attributes["Policy"]; got != "" {
		t.Errorf("policy is %s, want none", got)
	}
}

func TestTopicKeepsItsDefaultStatement(t *testing.T) {
	w := newWorld(t)
	publisher := policydoc.Publishers(arnOf("sns", "t"), []policydoc.Caller{{Service: "events.amazonaws.com", SourceAccount: accountID}})
	open := saying(topic("t"), publisher...)
	w.settle(state(open))
	has := func(sid string) bool { return strings.Contains(w.aws.remotes[open.Key].attributes["Policy"], `"`+sid) }
	if !has(policydoc.SidDefaultTopic) || !has(policydoc.SidPublisher) {
		t.Errorf("a new topic's policy is %s", w.aws.remotes[open.Key].attributes["Policy"])
	}
	w.settle(state(topic("t")))
	if !has(policydoc.SidDefaultTopic) || has(policydoc.SidPublisher) {
		t.Errorf("without publishers the policy is %s", w.aws.remotes[open.Key].attributes["Policy"])
	}
	// A topic always has a policy: where ours was the only statement, AWS's default follows.
	w.aws.remotes[open.Key].attributes["Policy"] = policyText(publisher...)
	w.pass(time.Hour)
	w.settle(state(topic("t")))
	if !has(policydoc.SidDefaultTopic) || has(policydoc.SidPublisher) {
		t.Errorf("after the last statement the policy is %s", w.aws.remotes[open.Key].attributes["Policy"])
	}
}

func TestP22PolicyTooLargeBlocksThatFieldOnly(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	q := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "30"), nil)
	w.settle(state(q))
	for i := range 19 {
		w.addStatement(q.Key, strings.Replace(foreignStatement, "theirs", fmt.Sprint("theirs", i), 1))
	}
	w.pass(time.Hour)
	changed, s := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "60", "Tags[team]", "x"), nil, "t"), subscription("t", "q")
	w.settle(state(changed, s))
	w.expect(plan.Blocked, q.Key, v1alpha1.ReasonPolicyTooLarge)
	if w.shows(q, "VisibilityTimeout") != "60" || w.shows(q, "Tags[team]") != "x" {
		t.Errorf("a policy that is too large keeps other fields from being set")
	}
	// What would be delivered to nobody is not subscribed.
	w.expect(plan.Wait, s.Key, v1alpha1.ReasonQueuePolicyMissing)
	if w.exists(s.Key) {
		t.Errorf("the topic is subscribed although the queue does not admit it")
	}
	row, _ := w.inventory.Find(q.Key)
	if row.Fields[topology.PolicyField(policydoc.SidTopics)] != "" {
		t.Errorf("the inventory says that the statement was set")
	}

	fresh := newWorld(t)
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("%012d", i))
	}
	tooMany := saying(queue(topology.RoleMain, "q"), senders(q.Key, many...)...)
	fresh.settle(state(tooMany))
	fresh.expect(plan.Blocked, q.Key, v1alpha1.ReasonPolicyTooLarge)
	if fresh.exists(q.Key) {
		t.Errorf("a queue is made without its policy")
	}
}

// The list of topics grows before Subscribe and shrinks after Unsubscribe; checkDelivery holds it after every pass, and here every step.
func TestPolicyWidensBeforeAndNarrowsAfter(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("old", "new")
	before := admitting(queue(topology.RoleMain, "q"), nil, "old")
	w.settle(state(before, subscription("old", "q")))
	after := admitting(queue(topology.RoleMain, "q"), []string{"old"}, "new")
	// Another statement changes too: it must not drag the narrowing along.
	after = saying(after, append(after.Policy.Statements, senders(after.Key, accountID)...)...)
	p := plan.Diff(w.input(state(after, subscription("new", "q"))))
	admitted := func(when string, topics ...string) {
		t.Helper()
		for _, name := range topics {
			if !w.aws.admits(after.Key, arnOf("sns", name)) {
				t.Errorf("%s: %s is not admitted:\n%s", when, name, describe(p))
			}
		}
	}
	var phases []plan.Phase
	for _, s := range p.Mutations() {
		phases = append(phases, s.Phase)
		admitted(fmt.Sprint("before phase ", s.Phase), "old")
		if s.Phase == plan.PhaseSubscriptions {
			admitted("before Subscribe", "old", "new")
		}
		if s.Phase == plan.PhaseUnsubscribe {
			admitted("before Unsubscribe", "old", "new")
		}
		if o := w.aws.step(s); !o.Done {
			t.Fatalf("step failed: %v", o.Fault)
		}
	}
	want := []plan.Phase{plan.PhaseQueues, plan.PhaseSubscriptions, plan.PhaseUnsubscribe, plan.PhaseNarrow}
	if !slices.Equal(phases, want) {
		t.Errorf("phases are %v, want %v", phases, want)
	}
	if w.aws.admits(after.Key, arnOf("sns", "old")) {
		t.Errorf("the topic that left is still admitted")
	}
}

// Another statement may change while the widened list already stands.
func TestOtherStatementDoesNotNarrowEarly(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("old", "new")
	both := admitting(queue(topology.RoleMain, "q"), nil, "old", "new")
	w.settle(state(both, subscription("old", "q"), subscription("new", "q")))
	after := admitting(queue(topology.RoleMain, "q"), []string{"old"}, "new")
	after = saying(after, append(after.Policy.Statements, senders(after.Key, accountID)...)...)
	p := plan.Diff(w.input(state(after, subscription("new", "q"))))
	for _, s := range p.Mutations() {
		if s.Phase == plan.PhaseUnsubscribe && !w.aws.admits(after.Key, arnOf("sns", "old")) {
			t.Errorf("the policy was narrowed before Unsubscribe:\n%s", describe(p))
		}
		w.aws.step(s)
	}
	if w.aws.admits(after.Key, arnOf("sns", "old")) {
		t.Errorf("the topic that left is still admitted")
	}
}

// A failed Unsubscribe keeps its topic admitted.
func TestFailedPhaseStopsTheNarrowing(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("old")
	w.settle(state(admitting(queue(topology.RoleMain, "q"), nil, "old"), subscription("old", "q")))
	after := admitting(queue(topology.RoleMain, "q"), []string{"old"})
	in := w.input(state(after))
	p := plan.Diff(in)
	steps := p.Mutations()
	if len(steps) != 2 || steps[0].Phase != plan.PhaseUnsubscribe || steps[1].Phase != plan.PhaseNarrow {
		t.Fatalf("want Unsubscribe and a narrowing, got:\n%s", describe(p))
	}
	result := plan.Result{At: w.aws.now, Outcomes: []plan.Outcome{{Step: steps[0]}, {Step: steps[1], Skipped: true}}}
	inventory := plan.Record(w.inventory, in.Want, plan.After(in.Have, result), p, result)
	if _, ok := inventory.Find(steps[0].Resource.Key); !ok {
		t.Errorf("the row of a subscription that is still there was dropped")
	}
	if q, _ := inventory.Find(after.Key); q.Fields[topology.PolicyField(policydoc.SidTopics)] == "" {
		t.Errorf("the record of the statement that still stands was dropped")
	}
}

// Where old and new topics do not fit together, the old ones leave first.
func TestSwapOfManyTopics(t *testing.T) {
	w := newWorld(t)
	name := func(kind string, i int) string { return fmt.Sprintf("%s-%02d-%s", kind, i, strings.Repeat("x", 200)) }
	var old, fresh []string
	var before, after []topology.Resource
	for i := range 20 {
		old, fresh = append(old, name("old", i)), append(fresh, name("new", i))
		before, after = append(before, subscription(old[i], "q")), append(after, subscription(fresh[i], "q"))
	}
	w.foreignTopic(old...)
	w.foreignTopic(fresh...)
	w.settle(state(append(before, admitting(queue(topology.RoleMain, "q"), nil, old...))...))
	w.reconcile(state(append(after, admitting(queue(topology.RoleMain, "q"), old, fresh...))...))
	if _, blocked := find(w.plan, plan.Blocked, arnOf("sqs", "q")); blocked {
		t.Errorf("a policy that will fit is refused")
	}
	w.settle(state(append(after, admitting(queue(topology.RoleMain, "q"), nil, fresh...))...))
	for i := range 20 {
		if w.exists(before[i].Key) || !w.exists(after[i].Key) {
			t.Fatalf("topic %d was not swapped", i)
		}
	}
}

// Where nothing narrows there is one step only.
func TestNoNarrowingWithoutNeed(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	w.settle(state(queue(topology.RoleMain, "q")))
	q := admitting(queue(topology.RoleMain, "q"), nil, "t")
	q.Interim = policydoc.BySid(grants(q.Key, []string{"t"}))
	if p := w.reconcile(state(q)); len(p.Mutations()) != 1 {
		t.Errorf("want one step, got:\n%s", describe(p))
	}
	w.quiet(state(q))
}

// A tag that is named as a statement is no statement.
func TestTagNamedAsAStatement(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("old")
	q := with(admitting(queue(topology.RoleMain, "q"), nil, "old"), "Tags["+policydoc.SidTopics+"]", "a")
	w.settle(state(q, subscription("old", "q")))
	changed := with(admitting(queue(topology.RoleMain, "q"), []string{"old"}), "Tags["+policydoc.SidTopics+"]", "b")
	for _, step := range w.reconcile(state(changed)).Mutations() {
		if got, ok := step.Tags[policydoc.SidTopics]; ok && got != "b" {
			t.Errorf("the tag is set to %q, want b", got)
		}
	}
}

// A policy that could not be read is not written: foreign statements would be lost.
func TestUnreadPolicyIsNotWritten(t *testing.T) {
	w := newWorld(t)
	q := queue(topology.RoleMain, "q")
	w.settle(state(q))
	w.addStatement(q.Key, foreignStatement)
	in := w.input(state(saying(q, policydoc.TLSOnly(q.Key))))
	r := &in.Have.Resources[0]
	r.Policy, r.Seen.Denied = policydoc.Document{}, map[string]string{"Policy": "sqs:GetQueueAttributes"}
	if p := plan.Diff(in); len(p.Mutations()) != 0 {
		t.Errorf("a policy that was not read is written:\n%s", describe(p))
	}
}
