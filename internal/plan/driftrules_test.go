package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// reported are the fields that the last plan leaves, of one resource.
func (w *world) reported(key string) []string {
	var out []string
	for _, s := range w.plan.Steps {
		for _, c := range s.Changes {
			if s.Action == plan.Report && s.Resource.Key == key {
				out = append(out, c.Field)
			}
		}
	}
	return out
}

// stands wants the last plan to report exactly these fields of a resource, and another look to say the same without a new reading.
func (w *world) stands(want topology.State, key string, fields ...string) {
	w.t.Helper()
	for range 2 {
		if diff := cmp.Diff(fields, w.reported(key)); diff != "" {
			w.t.Errorf("reported (-want +got):\n%s\n%s", diff, describe(w.plan))
		}
		for _, s := range w.plan.Steps {
			if s.Mutates() || s.Action == plan.Wait {
				w.t.Errorf("a look that only reports has other steps:\n%s", describe(w.plan))
			}
		}
		w.pass(time.Hour)
		w.reconcile(want)
	}
}

// Each field's difference has two readings of its own.
func TestSecondDriftHasItsOwnReadings(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60", "DelaySeconds", "0")
	w.settle(state(r))
	w.pass(time.Hour)
	aws := w.aws.remotes[r.Key].attributes
	aws["VisibilityTimeout"] = "90"
	w.reconcile(state(r))
	aws["DelaySeconds"] = "7"
	w.pass(plan.SecondReadAfter)
	w.reconcile(state(r))
	if aws["VisibilityTimeout"] != "60" || aws["DelaySeconds"] != "7" {
		t.Errorf("after the second reading of one of them AWS has %v", aws)
	}
	w.settle(state(r))
	if aws["DelaySeconds"] != "0" {
		t.Errorf("DelaySeconds was not corrected after its own second reading")
	}
}

func TestReportLeavesDriftOfEveryKind(t *testing.T) {
	for name, exceptions := range map[string]bool{"driftPolicy": false, "driftExceptions": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			q := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "60", "Tags[team]", "a"), nil, "t")
			top, s := topic("t", "DisplayName", "Orders"), subscription("t", "q", "FilterPolicy", `{"a":["1"]}`)
			want := state(top, q, s)
			w.settle(want)
			w.drift = plan.DriftRules{Report: true}
			if exceptions {
				w.drift = plan.DriftRules{Exceptions: map[string][]string{
					"queue/q": {"VisibilityTimeout", "Tags[team]", "Policy[SkeinTLSOnly]", "Policy[SkeinX]"}, "topic/t": {"DisplayName"},
					"subscription/" + top.Key: {"FilterPolicy"},
				}}
			}
			w.pass(time.Hour)
			w.aws.remotes[q.Key].attributes["VisibilityTimeout"] = "90"
			delete(w.aws.remotes[q.Key].tags, "team")
			foreign := policydoc.Statement{Sid: "SkeinX", Effect: "Deny", Principal: policydoc.Everyone(), Action: []string{"sqs:PurgeQueue"}, Resource: []string{q.Key}}
			theirs := policyText(append(grants(q.Key, []string{"t"}), foreign)...)
			w.aws.remotes[q.Key].attributes["Policy"] = theirs
			w.aws.remotes[top.Key].attributes["DisplayName"] = "Theirs"
			w.aws.remotes[s.Key].attributes["FilterPolicy"] = `{"a":["2"]}`
			if steps := w.settle(want); len(steps) != 0 {
				t.Fatalf("changed:\n%s", describe(plan.Plan{Steps: steps}))
			}
			w.stands(want, q.Key, "Policy[SkeinTLSOnly]", "Policy[SkeinX]", "Tags[team]", "VisibilityTimeout")
			w.stands(want, top.Key, "DisplayName")
			w.stands(want, s.Key, "FilterPolicy")

			// A restart forgets the readings; the inventory still knows.
			w.history = map[string]topology.History{}
			w.settle(want)
			w.stands(want, q.Key, "Policy[SkeinTLSOnly]", "Policy[SkeinX]", "Tags[team]", "VisibilityTimeout")

			// Changes of the spec are made beside what is left, in the same policy too.
			w.settle(state(top, with(saying(q, append(grants(q.Key, []string{"t"}), policydoc.TLSOnly(q.Key), senders(q.Key, "210987654321")[0])...), "VisibilityTimeout", "120", "Tags[domain]", "b"), s))
			document, err := policydoc.Parse(w.aws.remotes[q.Key].attributes["Policy"])
			if err != nil {
				t.Fatal(err)
			}
			own := document.Own()
			if own["SkeinSenders"] == "" || own["SkeinX"] == "" || own["SkeinTLSOnly"] != "" {
				t.Errorf("the policy is %s", document.JSON())
			}
			if w.shows(q, "VisibilityTimeout") != "120" || w.shows(q, "Tags[domain]") != "b" || w.shows(q, "Tags[team]") != "" {
				t.Errorf("the queue has %v", w.aws.remotes[q.Key])
			}

			// Under Correct all of it is set back.
			w.drift = plan.DriftRules{}
			w.settle(want)
			if w.shows(q, "Tags[team]") != "a" || w.shows(top, "DisplayName") != "Orders" || w.shows(s, "FilterPolicy") != `{"a":["1"]}` || len(w.reported(q.Key)) != 0 {
				t.Errorf("not set back:\n%s", describe(w.plan))
			}
		})
	}
}

// Drift that is put right by whoever made it is no drift any more, and the next one needs two readings again.
func TestReportedDriftThatGoes(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60")
	w.settle(state(r))
	w.drift.Report = true
	w.pass(time.Hour)
	for range 2 {
		w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "90"
		w.reconcile(state(r))
		w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling)
		w.settle(state(r))
		w.expect(plan.Report, r.Key, v1alpha1.ReasonDriftReported)
		w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "60"
		w.reconcile(state(r))
		if len(w.plan.Steps) != 0 || len(w.plan.Differences) != 0 {
			t.Errorf("still there:\n%s", describe(w.plan))
		}
	}
}

// A status that was lost: what differs is reported, not corrected by surprise, and stays drift; what the spec changes later is applied.
func TestReportOfFieldsWithoutARecord(t *testing.T) {
	for name, rows := range map[string]func(topology.Inventory) topology.Inventory{
		"the whole inventory lost": func(topology.Inventory) topology.Inventory { return nil },
		"one field unknown": func(inv topology.Inventory) topology.Inventory {
			delete(inv[0].Fields, "VisibilityTimeout")
			return inv
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60", "DelaySeconds", "5")
			w.settle(state(r))
			w.pass(time.Hour)
			w.inventory = rows(w.inventory)
			w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "90"
			w.drift.Report = true
			w.settle(state(r))
			w.stands(state(r), r.Key, "VisibilityTimeout")
			w.settle(state(with(r, "DelaySeconds", "9", "Tags[team]", "a")))
			if w.shows(r, "VisibilityTimeout") != "90" || w.shows(r, "DelaySeconds") != "9" || w.shows(r, "Tags[team]") != "a" {
				t.Errorf("AWS has %v", w.aws.remotes[r.Key])
			}
			w.settle(state(with(r, "VisibilityTimeout", "30")))
			if w.shows(r, "VisibilityTimeout") != "30" {
				t.Errorf("a change of the spec was not applied")
			}
		})
	}
}

// What the spec says for the first time is a change of the spec, whatever stood there.
func TestReportAppliesWhatTheSpecSaysNewly(t *testing.T) {
	w := newWorld(t)
	w.drift.Report = true
	r := queue(topology.RoleMain, "q", "RedriveAllowPolicy", "", "VisibilityTimeout", "30")
	w.settle(state(r))
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["MaximumMessageSize"] = "262144"
	w.aws.remotes[r.Key].attributes["RedriveAllowPolicy"] = byQueue("theirs")
	w.aws.remotes[r.Key].tags["team"] = "theirs"
	w.settle(state(r))
	w.stands(state(r), r.Key, "RedriveAllowPolicy")
	want := with(r, "MaximumMessageSize", "65536", "RedriveAllowPolicy", byQueue("ours"), "Tags[team]", "ours")
	w.settle(state(want))
	for _, field := range []string{"MaximumMessageSize", "RedriveAllowPolicy", "Tags[team]"} {
		if w.shows(want, field) != want.Managed[field] {
			t.Errorf("%s is %s", field, w.shows(want, field))
		}
	}
}

// What depends on a field that is left follows it: a key set by hand is not switched off by the correction of another field.
func TestExceptionForAKey(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "KmsMasterKeyId", "", "SqsManagedSseEnabled", "true")
	w.settle(state(r))
	w.drift.Exceptions = map[string][]string{"queue/q": {"KmsMasterKeyId"}}
	w.pass(time.Hour)
	aws := w.aws.remotes[r.Key].attributes
	aws["KmsMasterKeyId"], aws["SqsManagedSseEnabled"] = "alias/incident", "false"
	w.settle(state(r))
	if aws["KmsMasterKeyId"] != "alias/incident" {
		t.Errorf("AWS has %v", aws)
	}
	w.stands(state(r), r.Key, "KmsMasterKeyId")
}

// A queue that is gone and left so: nothing of it is made, and what depends on it is neither made by halves nor waited for.
func TestReportOfAbsence(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t", "u")
	dead := queue(topology.RoleDeadLetter, "dead")
	q := with(admitting(queue(topology.RoleMain, "q"), nil, "t"), "RedrivePolicy", topology.RedrivePolicy(dead.Key, 5))
	want := state(dead, q, subscription("t", "q"))
	w.settle(want)
	w.drift.Report = true
	w.pass(time.Hour)
	delete(w.aws.remotes, q.Key)
	w.settle(want)
	w.stands(want, q.Key, plan.Existence)

	// A new subscription of the spec waits for nobody.
	more := state(dead, with(admitting(q, nil, "t", "u")), subscription("t", "q"), subscription("u", "q"))
	if steps := w.settle(more); len(steps) != 0 {
		t.Errorf("made by halves:\n%s", describe(plan.Plan{Steps: steps}))
	}
	w.expect(plan.Report, topology.SubscriptionKey(arnOf("sns", "u"), q.Key), v1alpha1.ReasonDriftReported)

	w.drift.Report = false
	w.settle(more)
	if w.shows(q, "RedrivePolicy") == "" || !w.exists(topology.SubscriptionKey(arnOf("sns", "u"), q.Key)) {
		t.Errorf("not made again:\n%s", describe(w.plan))
	}
}

// Retention raised by hand: setting it back would lose messages, so it stays until there are none, whatever the policy.
func TestRetentionRaisedByHand(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "MessageRetentionPeriod", "345600")
	w.settle(state(r))
	w.pass(time.Hour)
	aws := w.aws.remotes[r.Key]
	aws.attributes["MessageRetentionPeriod"], aws.messages.Visible = "1209600", 3
	for range 3 {
		w.settle(state(r))
		w.pass(time.Hour)
	}
	s := w.expect(plan.Blocked, r.Key, v1alpha1.ReasonWouldDeleteMessages)
	for _, part := range []string{"345600", "1209600", "3 messages", "messageRetention", "driftExceptions", v1alpha1.AnnotationAllowRetentionCut, "raised"} {
		if !strings.Contains(s.Message, part) {
			t.Errorf("the message does not say %q: %s", part, s.Message)
		}
	}
	w.drift.Report = true
	w.reconcile(state(r))
	w.stands(state(r), r.Key, "MessageRetentionPeriod")
	w.drift.Report = false
	w.reconcile(state(r))
	w.expect(plan.Blocked, r.Key, v1alpha1.ReasonWouldDeleteMessages)
	aws.messages.Visible = 0
	w.reconcile(state(r))
	if aws.attributes["MessageRetentionPeriod"] != "345600" || cause(t, w.plan.Steps, "MessageRetentionPeriod") != plan.CauseDrift {
		t.Errorf("not set back once it is empty:\n%s", describe(w.plan))
	}
}

// Missing ownership tags that were declared missing stay so, without being doubted again at every look.
func TestLostTagsStayLost(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60")
	w.settle(state(r))
	w.pass(time.Hour)
	w.aws.remotes[r.Key].tags = map[string]string{}
	w.settle(state(r))
	for range 3 {
		s := w.expect(plan.Blocked, r.Key, v1alpha1.ReasonNotOwned)
		if !strings.Contains(s.Message, "skein.dev/name=me") || !strings.Contains(s.Message, "adoptionPolicy") {
			t.Errorf("the way out is not said: %s", s.Message)
		}
		w.pass(time.Hour)
		w.reconcile(state(r))
	}
}

func TestIdleExceptions(t *testing.T) {
	q, s := queue(topology.RoleMain, "q", "VisibilityTimeout", "60"), subscription("t", "q")
	rules := plan.DriftRulesOf(v1alpha1.Management{DriftExceptions: []v1alpha1.DriftException{
		{Resource: "queue/q", Field: "VisibilityTimeout"},
		{Resource: "queue/q", Field: "VisibiltyTimeout"},
		{Resource: "queue/p", Field: "VisibilityTimeout"},
		{Resource: "subscription/" + s.TopicARN, Field: plan.Existence},
		{Resource: "queue/q", Field: "Tags[old]"},
	}})
	got := rules.Idle(state(q, s), topology.Inventory{{Key: q.Key, Fields: map[string]string{"Tags[old]": "x"}}})
	want := []string{"queue/p (this object has no such resource)", "VisibiltyTimeout of queue/q (Skein does not manage it there)"}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
