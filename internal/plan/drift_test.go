package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

func cause(t *testing.T, steps []plan.Step, field string) plan.Cause {
	t.Helper()
	for _, s := range steps {
		for _, c := range s.Changes {
			if c.Field == field {
				return c.Cause
			}
		}
	}
	return ""
}

func TestDriftNeedsTwoReadings(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60")
	w.settle(state(r))
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "90"
	w.reconcile(state(r))
	if s := w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling); !s.Until.Equal(w.aws.now.Add(plan.SecondReadAfter)) || !s.Reading {
		t.Errorf("the second reading is due at %s", s.Until)
	}
	w.pass(plan.SecondReadAfter - time.Second)
	w.reconcile(state(r))
	w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling)
	w.pass(time.Second)
	steps := w.settle(state(r))
	if w.shows(r, "VisibilityTimeout") != "60" || cause(t, steps, "VisibilityTimeout") != plan.CauseDrift {
		t.Errorf("drift was not corrected as such")
	}

	// A difference that has gone by the second reading is none, and the next one needs two again.
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "90"
	w.reconcile(state(r))
	w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "60"
	w.pass(time.Hour)
	w.quiet(state(r))
	w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "90"
	w.pass(time.Hour)
	w.quiet(state(r))
}

// A correction of one field does not hide drift of another: of retention, which takes AWS 15 minutes to show, it would be hidden for ever.
func TestACorrectionHidesNoOtherDrift(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "60", "MessageRetentionPeriod", "345600")
	w.settle(state(r))
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["VisibilityTimeout"] = "90"
	w.settle(state(r))
	w.aws.remotes[r.Key].attributes["MessageRetentionPeriod"] = "60"
	for range 2 {
		w.pass(plan.SettleWindow)
		w.reconcile(state(r))
	}
	if got := w.shows(r, "MessageRetentionPeriod"); got != "345600" {
		t.Errorf("the retention is %s two minutes after another field was set", got)
	}

	// After a restart nobody knows which field was set last: all settle from then, once.
	w.history = map[string]topology.History{}
	w.aws.remotes[r.Key].attributes["MessageRetentionPeriod"] = "60"
	w.reconcile(state(r))
	w.pass(plan.RetentionSettleWindow)
	w.settle(state(r))
	if got := w.shows(r, "MessageRetentionPeriod"); got != "345600" {
		t.Errorf("the retention is %s long after a restart", got)
	}
}

// What is wanted absent, and was never set, is drift when it comes.
func TestDriftOfAnAbsentField(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleDeadLetter, "q", "RedriveAllowPolicy", "")
	w.settle(state(r))
	w.pass(time.Hour)
	w.aws.remotes[r.Key].attributes["RedriveAllowPolicy"] = byQueue("x")
	w.quiet(state(r))
	w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling)
	if steps := w.settle(state(r)); cause(t, steps, "RedriveAllowPolicy") != plan.CauseDrift || w.shows(r, "RedriveAllowPolicy") != "" {
		t.Errorf("not corrected as drift:\n%s", describe(plan.Plan{Steps: steps}))
	}
}

func TestP41LaggingReadsAreNoDrift(t *testing.T) {
	cases := map[string]struct {
		field, before, after string
		window               time.Duration
	}{
		"an attribute": {"VisibilityTimeout", "60", "90", plan.SettleWindow},
		"retention":    {"MessageRetentionPeriod", "345600", "400000", plan.RetentionSettleWindow},
		"a tag":        {"Tags[team]", "a", "b", plan.SettleWindow},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			before, after := queue(topology.RoleMain, "q", c.field, c.before), queue(topology.RoleMain, "q", c.field, c.after)
			w.settle(state(before))
			w.pass(time.Hour)
			w.aws.lag(before.Key)
			w.reconcile(state(after))
			if len(w.plan.Mutations()) != 1 {
				t.Fatalf("the change was not applied:\n%s", describe(w.plan))
			}
			applied := w.aws.now
			for w.aws.now.Before(applied.Add(c.window)) {
				w.quiet(state(after))
				s := w.expect(plan.Wait, after.Key, v1alpha1.ReasonSettling)
				if s.Reading || !s.Until.Equal(applied.Add(c.window)) {
					t.Fatalf("inside the window: until %s, reading %v", s.Until, s.Reading)
				}
				w.pass(c.window / 4)
			}
			// The first look after the window is a first reading, whatever was seen inside it.
			w.quiet(state(after))
			w.aws.catchUp()
			w.quiet(state(after))
			if w.shows(after, c.field) != c.after {
				t.Errorf("AWS shows %s", w.shows(after, c.field))
			}
		})
	}
}

func TestP41LaggingAbsenceIsNotRecreated(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q")
	w.aws.lag(r.Key)
	w.reconcile(state(r))
	if !w.exists(r.Key) {
		t.Fatal("the queue was not made")
	}
	// The fake refuses a second creation.
	for range 6 {
		w.pass(10 * time.Second)
		w.quiet(state(r))
		w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling)
	}
	w.aws.catchUp()
	w.quiet(state(r))
}

// A lagging read of the tags of a new queue takes it from nobody.
func TestP41LaggingTagsAreNotForeign(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "VisibilityTimeout", "30")
	w.settle(state(r))
	tags := w.aws.remotes[r.Key].tags
	w.aws.remotes[r.Key].tags = map[string]string{}
	changed := with(r, "VisibilityTimeout", "60")
	w.reconcile(state(changed))
	w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling)
	if len(w.plan.Mutations()) != 0 {
		t.Errorf("a queue whose tags do not say that it is ours is changed:\n%s", describe(w.plan))
	}
	w.aws.remotes[r.Key].tags = tags
	w.settle(state(changed))
	if w.shows(r, "VisibilityTimeout") != "60" {
		t.Errorf("the change was not applied once the tags were shown")
	}
	// Tags that stay away have been taken off by someone: the queue is not ours any more.
	w.aws.remotes[r.Key].tags = map[string]string{}
	w.pass(time.Hour)
	w.settle(state(r))
	w.expect(plan.Blocked, r.Key, v1alpha1.ReasonNotOwned)
	if w.shows(r, "VisibilityTimeout") != "60" {
		t.Errorf("a queue that is not ours was changed")
	}
}

// The wait for a retention's long window hides no other field's second reading.
func TestTwoWindowsAtOnce(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "MessageRetentionPeriod", "345600", "VisibilityTimeout", "60")
	w.settle(state(r))
	w.pass(time.Hour)
	changed := with(r, "MessageRetentionPeriod", "400000")
	w.reconcile(state(changed))
	stale := w.aws.remotes[r.Key].attributes
	stale["MessageRetentionPeriod"] = "345600" // as a lagging read shows it
	stale["VisibilityTimeout"] = "90"
	w.pass(2 * time.Minute)
	w.quiet(state(changed))
	if s := w.expect(plan.Wait, r.Key, v1alpha1.ReasonSettling); !s.Reading || s.Until.After(w.aws.now.Add(plan.SecondReadAfter)) {
		t.Errorf("the drift of VisibilityTimeout is looked at again at %s only", s.Until)
	}
	w.pass(plan.SecondReadAfter)
	w.reconcile(state(changed))
	if stale["VisibilityTimeout"] != "60" {
		t.Errorf("VisibilityTimeout was not corrected:\n%s", describe(w.plan))
	}
}

// A change that is taken back while reads still show the old value is set all the same.
func TestChangeTakenBackWhileReadsLag(t *testing.T) {
	for name, back := range map[string]func(topology.Resource) topology.Resource{
		"to the value before": func(r topology.Resource) topology.Resource { return with(r, "VisibilityTimeout", "30") },
		"out of the spec":     func(r topology.Resource) topology.Resource { return without(r, "VisibilityTimeout") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := queue(topology.RoleMain, "q", "VisibilityTimeout", "30")
			w.settle(state(r))
			w.pass(time.Hour)
			w.aws.lag(r.Key)
			w.reconcile(state(with(r, "VisibilityTimeout", "60")))
			w.pass(2 * time.Second)
			w.reconcile(state(back(r)))
			w.quiet(state(back(r)))
			w.aws.catchUp()
			if got := w.shows(r, "VisibilityTimeout"); got != "30" {
				t.Errorf("AWS has %s, want 30", got)
			}
			w.quiet(state(back(r)))
		})
	}
}

// Where the call that takes it back fails, the record keeps what was set last.
func TestTakenBackInVain(t *testing.T) {
	for name, back := range map[string]string{"to the value before": "30", "out of the spec": ""} {
		w := newWorld(t)
		r := queue(topology.RoleMain, "q", "VisibilityTimeout", "30")
		w.settle(state(r))
		w.aws.lag(r.Key)
		w.reconcile(state(with(r, "VisibilityTimeout", "60")))
		wanted := state(with(r, "VisibilityTimeout", back))
		if back == "" {
			wanted = state(without(r, "VisibilityTimeout"))
		}
		in := w.input(wanted)
		p := plan.Diff(in)
		result := plan.Result{At: w.aws.now, Outcomes: []plan.Outcome{{Step: p.Mutations()[0]}}}
		rows := plan.Record(w.inventory, wanted, plan.After(in.Have, result), p, result)
		if rows[0].Fields["VisibilityTimeout"] != topology.Hash("60") {
			t.Errorf("%s: the record of what AWS holds is gone", name)
		}
	}
}

// A retention that is taken back while reads lag would be lowered by nobody knows what: with messages a later reading decides.
func TestRetentionTakenBackWhileReadsLag(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "MessageRetentionPeriod", "345600")
	w.settle(state(r))
	w.aws.remotes[r.Key].messages.Visible = 1
	w.aws.lag(r.Key)
	w.reconcile(state(with(r, "MessageRetentionPeriod", "1209600")))
	w.quiet(state(r))
	w.aws.catchUp()
	w.settle(state(r))
	w.expect(plan.Blocked, r.Key, v1alpha1.ReasonWouldDeleteMessages)
	if w.shows(r, "MessageRetentionPeriod") != "1209600" {
		t.Errorf("messages were put at risk")
	}
}

func TestP42DeletedByHandComesBackComplete(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	dead := queue(topology.RoleDeadLetter, "dead")
	q := with(admitting(queue(topology.RoleMain, "q"), nil, "t"), "RedrivePolicy", topology.RedrivePolicy(dead.Key, 5))
	s := subscription("t", "q", "FilterPolicy", `{"a":["1"]}`)
	want := state(dead, q, s)
	w.settle(want)
	w.pass(time.Hour)
	for _, key := range []string{dead.Key, q.Key, s.Key} {
		delete(w.aws.remotes, key)
	}
	w.quiet(want)
	w.expect(plan.Wait, q.Key, v1alpha1.ReasonSettling)
	w.pass(plan.SecondReadAfter)
	steps := w.settle(want)
	if len(steps) != 3 || cause(t, steps, "RedrivePolicy") != plan.CauseDrift {
		t.Errorf("want three creations because of drift, got:\n%s", describe(plan.Plan{Steps: steps}))
	}
	if w.shows(q, "RedrivePolicy") == "" || w.shows(s, "FilterPolicy") == "" || !w.aws.admits(q.Key, arnOf("sns", "t")) {
		t.Errorf("what came back is not complete")
	}
	w.quiet(want)
}

func TestReadDifferencesOutlastAFailedCall(t *testing.T) {
	seen := time.Date(2030, 1, 1, 1, 0, 0, 0, time.UTC)
	step := plan.Step{Action: plan.Create, Resource: topology.Resource{Key: "q"}}
	p := plan.Plan{Steps: []plan.Step{step}, Differences: []plan.Difference{
		{Resource: step.Resource, FieldChange: plan.FieldChange{Field: plan.Existence, To: "Present"}, Verdict: plan.VerdictDrift},
	}}
	for name, c := range map[string]struct {
		done bool
		want time.Time
	}{
		"failed":    {false, seen},
		"succeeded": {true, time.Time{}},
	} {
		result := plan.Result{Outcomes: []plan.Outcome{{Step: step, Done: c.done}}}
		got := plan.ReadDifferences(topology.History{Different: map[string]time.Time{"": seen}}, "q", p, result, seen.Add(time.Minute))
		if !got.Different[""].Equal(c.want) {
			t.Errorf("%s: different since %v, want %v", name, got.Different[""], c.want)
		}
	}
}

// What was found as wanted, after the status was lost or at an adoption that changed nothing, is missed like what was made.
func TestWhatWasOnlyRecordedIsMissed(t *testing.T) {
	q, sub := admitting(queue(topology.RoleMain, "q"), nil, "t"), subscription("t", "q")
	cases := map[string]struct {
		key     string
		want    topology.State
		prepare func(w *world)
	}{
		"status lost": {q.Key, state(q), func(w *world) {
			w.settle(state(q))
			w.inventory = nil
			w.quiet(state(q))
		}},
		"adopted as it was": {sub.Key, state(q, sub), func(w *world) {
			w.adoption = plan.AdoptionRules{Wanted: true, Allowed: true}
			w.settle(state(q))
			w.aws.remotes[sub.Key] = &remote{kind: topology.KindSubscription, arn: sub.TopicARN + ":theirs", attributes: map[string]string{"RawMessageDelivery": "true"}}
			w.settle(state(q, sub))
		}},
	}
	for name, c := range cases {
		for _, report := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", reported ", report), func(t *testing.T) {
				w := newWorld(t)
				w.foreignTopic("t")
				c.prepare(w)
				if row, known := w.inventory.Find(c.key); !known || !row.AppliedAt.IsZero() {
					t.Fatalf("the row is %+v", row)
				}
				w.drift.Report = report
				w.pass(time.Hour)
				delete(w.aws.remotes, c.key)
				w.reconcile(c.want)
				w.expect(plan.Wait, c.key, v1alpha1.ReasonSettling)
				w.pass(plan.SecondReadAfter)
				w.reconcile(c.want)
				if report {
					w.expect(plan.Report, c.key, v1alpha1.ReasonDriftReported)
				} else if s, made := find(w.plan, plan.Create, c.key); !made || s.Changes[0].Cause != plan.CauseDrift {
					t.Errorf("not made again:\n%s", describe(w.plan))
				}
			})
		}
	}
}
