package status_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

const driftedTopic = "arn:aws:sns:us-east-1:111122223333:t"

// drifting is a topology with one topic, and what its looks said one after the other.
type drifting struct {
	object *v1alpha1.MessagingTopology
	now    time.Time
}

func newDrifting() *drifting {
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", Generation: 1}}
	mt.Status.ObservedGeneration = 1
	return &drifting{object: mt, now: noon}
}

func driftedResource() topology.Resource {
	return topology.Resource{Kind: topology.KindTopic, Key: driftedTopic, ARN: driftedTopic, Name: "t"}
}

func differs(verdict plan.Verdict, field, from, to string) plan.Difference {
	return plan.Difference{Resource: driftedResource(), FieldChange: plan.FieldChange{Field: field, From: from, To: to, Cause: plan.CauseDrift}, Verdict: verdict}
}

// look brings the status up to date, a minute after the last one. Done are the fields that the look set back.
func (d *drifting) look(l status.Look, done ...string) []string {
	r := driftedResource()
	r.Seen.Existence = topology.Present
	if l.Fault == nil && len(l.After.Resources) == 0 {
		l.After.Resources = []topology.Resource{r}
	}
	for _, field := range done {
		l.Result.Outcomes = append(l.Result.Outcomes, plan.Outcome{Step: plan.Step{Action: plan.Update, Resource: r}, Done: true, Applied: map[string]string{field: "x"}})
	}
	d.now = d.now.Add(time.Minute)
	d.object.Status = status.Topology(d.view(l))
	return d.lines()
}

func (d *drifting) view(l status.Look) status.TopologyView {
	return status.TopologyView{
		Object: d.object, Now: d.now, Look: l,
		Build: topology.TopologyOutput{State: topology.State{Resources: []topology.Resource{driftedResource()}}, Topics: []topology.TopicIntent{{Name: "t", TopicName: "t", ARN: driftedTopic}}},
	}
}

// lines are status.drift with the minute of detection, the condition Drifted and Ready.
func (d *drifting) lines() []string {
	var out []string
	for _, e := range d.object.Status.Drift {
		out = append(out, fmt.Sprintf("%s %s %s->%s %s @%d", e.Resource, e.Field, e.Observed, e.Desired, e.State, int(e.DetectedAt.Sub(noon).Minutes())))
	}
	drifted := meta.FindStatusCondition(d.object.Status.Conditions, "Drifted")
	ready := meta.FindStatusCondition(d.object.Status.Conditions, "Ready")
	return append(out, fmt.Sprintf("%s %s, Ready %s %s", drifted.Status, drifted.Reason, ready.Status, ready.Reason))
}

func says(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func found(differences ...plan.Difference) status.Look {
	return status.Look{Plan: plan.Plan{Differences: differences}}
}

func TestDriftOverSeveralLooks(t *testing.T) {
	d := newDrifting()
	name := func(v plan.Verdict) plan.Difference { return differs(v, "DisplayName", "theirs", "ours") }
	const standing = "topic/t DisplayName theirs->ours Reported @2"
	says(t, "a first reading", d.look(found(name(plan.VerdictReading))), "False InSync, Ready True Ready")
	says(t, "declared", d.look(found(name(plan.VerdictReported))), standing, "True DriftReported, Ready True Ready")
	says(t, "still there", d.look(found(name(plan.VerdictReported))), standing, "True DriftReported, Ready True Ready")
	says(t, "a failed look", d.look(status.Look{Fault: &fault.Error{Class: fault.Retry, Reason: v1alpha1.ReasonUnreachable}}), standing, "True DriftReported, Ready False Unreachable")
	says(t, "after a restart", d.look(found(name(plan.VerdictReading))), standing, "True DriftReported, Ready True Ready")
	says(t, "inside a settle window", d.look(found(name(plan.VerdictEarly))), standing, "True DriftReported, Ready True Ready")
	says(t, "not to be read", d.look(status.Look{After: topology.State{Resources: []topology.Resource{driftedResource()}}}), standing, "True DriftReported, Ready True Ready")
	says(t, "put right by hand", d.look(found()), "False InSync, Ready True Ready")
}

func TestDriftThatIsSetBack(t *testing.T) {
	d := newDrifting()
	blocked := found(differs(plan.VerdictDrift, "DisplayName", "theirs", "ours"))
	blocked.Plan.Steps = []plan.Step{{Action: plan.Blocked, Resource: driftedResource(), Reason: v1alpha1.ReasonPolicyTooLarge, Message: "m"}}
	says(t, "refused", d.look(blocked), "topic/t DisplayName theirs->ours Detected @1", "True DriftDetected, Ready False PolicyTooLarge")
	says(t, "after a restart", d.look(found(differs(plan.VerdictReading, "DisplayName", "theirs", "ours"))),
		"topic/t DisplayName theirs->ours Detected @1", "True DriftDetected, Ready False PolicyTooLarge")
	says(t, "set back", d.look(found(differs(plan.VerdictDrift, "DisplayName", "theirs", "ours")), "DisplayName"),
		"topic/t DisplayName theirs->ours Corrected @1", "False InSync, Ready True Ready")
	for i := range 12 {
		d.look(found(differs(plan.VerdictDrift, "DisplayName", fmt.Sprint(i), "ours")), "DisplayName")
	}
	if n := len(d.object.Status.Drift); n != 10 {
		t.Errorf("%d corrected ones are kept, want 10", n)
	}
	if first, last := d.object.Status.Drift[0].Observed, d.object.Status.Drift[9].Observed; first != "2" || last != "11" {
		t.Errorf("kept are those from %s to %s, want the last ten", first, last)
	}
}

// A pass over Kubernetes alone, with what is kept of a look, says what the look said.
func TestKeptLookSaysTheSameDrift(t *testing.T) {
	d := newDrifting()
	l := found(differs(plan.VerdictReported, "DisplayName", "theirs", "ours"), differs(plan.VerdictDrift, "TracingConfig", "Active", "PassThrough"))
	r := driftedResource()
	r.Seen.Existence = topology.Present
	l.After.Resources = []topology.Resource{r}
	l.Result.Outcomes = []plan.Outcome{{Step: plan.Step{Action: plan.Update, Resource: r}, Done: true, Applied: map[string]string{"TracingConfig": "PassThrough"}}}
	want := d.look(l)
	says(t, "once more", d.look(l.Kept()), want...)
	if len(want) != 3 || !strings.Contains(want[1], "TracingConfig Active->PassThrough Corrected") {
		t.Errorf("the look said %v", want)
	}
}

func TestAbsenceThatIsLeftIsNotReady(t *testing.T) {
	d := newDrifting()
	d.object.Spec.DriftPolicy = v1alpha1.DriftReport
	gone := driftedResource()
	gone.Seen.Existence = topology.Absent
	absent := func(v plan.Verdict) status.Look {
		l := found(differs(v, plan.Existence, "", "Present"))
		l.After.Resources = []topology.Resource{gone}
		return l
	}
	const standing = "topic/t Existence ->Present Reported @1"
	says(t, "gone", d.look(absent(plan.VerdictReported)), standing, "True DriftReported, Ready False DriftReported")
	message := meta.FindStatusCondition(d.object.Status.Conditions, "Ready").Message
	for _, part := range []string{"topic/t", "driftPolicy: Correct", "spec"} {
		if !strings.Contains(message, part) {
			t.Errorf("the message does not say %q: %s", part, message)
		}
	}
	says(t, "after a restart", d.look(absent(plan.VerdictReading)), standing, "True DriftReported, Ready False DriftReported")
	d.object.Spec.Suspend = true
	says(t, "suspended as well", d.look(absent(plan.VerdictReported)), standing, "True DriftReported, Ready False DriftReported")
	d.object.Spec.DriftPolicy = ""
	says(t, "suspended alone, which speaks for itself", d.look(absent(plan.VerdictDrift)), standing, "True DriftReported, Ready True Ready")
}

// Suspended, nothing is set back, so drift is reported whatever the policy.
func TestDriftOfASuspendedObjectIsReported(t *testing.T) {
	d := newDrifting()
	d.object.Spec.Suspend = true
	says(t, "suspended", d.look(found(differs(plan.VerdictDrift, "DisplayName", "theirs", "ours"))),
		"topic/t DisplayName theirs->ours Reported @1", "True DriftReported, Ready True Ready")
}

func TestDriftIsBounded(t *testing.T) {
	d := newDrifting()
	var many []plan.Difference
	for i := range 150 {
		many = append(many, differs(plan.VerdictReported, topology.TagField(fmt.Sprintf("k%03d", 149-i)), strings.Repeat("ä", 3000), ""))
	}
	d.look(found(many...))
	drift := d.object.Status.Drift
	if len(drift) != 100 || drift[0].Field != "Tags[k000]" || drift[99].Field != "Tags[k099]" {
		t.Errorf("%d entries from %s to %s", len(drift), drift[0].Field, drift[len(drift)-1].Field)
	}
	if n := len([]rune(drift[0].Observed)); n > 1024 || !strings.HasSuffix(drift[0].Observed, "ä…") {
		t.Errorf("a value has %d characters", n)
	}
	if c := meta.FindStatusCondition(d.object.Status.Conditions, "Drifted"); !strings.Contains(c.Message, "145 more") || len(c.Message) > 4000 {
		t.Errorf("the message is %s", c.Message)
	}
}

func TestReadyTellsOfToleratedDriftAndIdleExceptions(t *testing.T) {
	d := newDrifting()
	d.object.Spec.DriftExceptions = []v1alpha1.DriftException{{Resource: "topic/other", Field: "DisplayName"}}
	d.look(found(differs(plan.VerdictReported, "DisplayName", "theirs", "ours")))
	message := meta.FindStatusCondition(d.object.Status.Conditions, "Ready").Message
	for _, part := range []string{"1 field differs", "status.drift", "topic/other"} {
		if !strings.Contains(message, part) {
			t.Errorf("Ready does not say %q: %s", part, message)
		}
	}
}

func TestDriftBeforeTheFirstLook(t *testing.T) {
	var conditions []metav1.Condition
	status.Unresolved(&conditions, status.Finding{Reason: v1alpha1.ReasonAccountNotFound}, 1, noon)
	if c := meta.FindStatusCondition(conditions, "Drifted"); c == nil || c.Status != metav1.ConditionUnknown || c.Reason != v1alpha1.ReasonPending {
		t.Errorf("Drifted is %v", c)
	}
	conditions = []metav1.Condition{{Type: "Drifted", Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonDriftReported, LastTransitionTime: metav1.NewTime(noon)}}
	status.Unresolved(&conditions, status.Finding{Reason: v1alpha1.ReasonAccountNotFound}, 1, noon)
	if c := meta.FindStatusCondition(conditions, "Drifted"); c.Status != metav1.ConditionTrue {
		t.Errorf("what was known is forgotten: %v", c)
	}
}

func TestDriftEventsOnTransitionsOnly(t *testing.T) {
	entry := func(field string, state v1alpha1.DriftState, minute int) v1alpha1.DriftStatus {
		return v1alpha1.DriftStatus{Resource: "queue/q", Field: field, Observed: "77", Desired: "30", State: state, DetectedAt: metav1.NewTime(noon.Add(time.Duration(minute) * time.Minute))}
	}
	before := []v1alpha1.DriftStatus{entry("A", v1alpha1.DriftReported, 0), entry("B", v1alpha1.DriftDetected, 0), entry("C", v1alpha1.DriftCorrected, 0)}
	after := []v1alpha1.DriftStatus{
		entry("A", v1alpha1.DriftReported, 0), entry("B", v1alpha1.DriftReported, 0), entry("D", v1alpha1.DriftDetected, 1),
		entry("C", v1alpha1.DriftCorrected, 0), entry("C", v1alpha1.DriftCorrected, 1),
	}
	var got []string
	for _, e := range status.DriftEvents(before, after) {
		got = append(got, e.Type+" "+e.Reason+": "+e.Message)
	}
	says(t, "events", got, "Warning DriftReported: queue/q was changed in AWS and is left so: B is 77 and was set to 30",
		"Warning DriftDetected: queue/q was changed in AWS and could not be set back: D is 77 and was set to 30")
	var fields []string
	for _, e := range status.DriftTransitions(before, after) {
		fields = append(fields, e.Field+" "+string(e.State))
	}
	says(t, "transitions", fields, "B Reported", "D Detected", "C Corrected")
}

func TestRecreatedQueueTellsOfItsMessages(t *testing.T) {
	for name, c := range map[string]struct {
		counted *v1alpha1.MessageCounts
		role    topology.Role
		want    string
	}{
		"unknown":       {nil, topology.RoleMain, "the messages that it held are lost"},
		"empty":         {&v1alpha1.MessageCounts{DeadLettered: 2}, topology.RoleMain, "it was empty at the last look"},
		"some":          {&v1alpha1.MessageCounts{Visible: 2, InFlight: 3, Delayed: 4}, topology.RoleMain, "about 9 at the last look"},
		"dead letters":  {&v1alpha1.MessageCounts{DeadLettered: 2}, topology.RoleDeadLetter, "about 2 at the last look"},
		"undelivered":   {&v1alpha1.MessageCounts{Visible: 2}, topology.RoleUndelivered, "it was empty at the last look"},
		"undelivered 1": {&v1alpha1.MessageCounts{Undelivered: 1}, topology.RoleUndelivered, "about 1 at the last look"},
	} {
		o := outcome(plan.Create, topology.KindQueue, "q", true, plan.FieldChange{Field: "x", Cause: plan.CauseDrift})
		o.Step.Resource.Role = c.role
		events := status.Events(status.Look{Counted: c.counted, Result: plan.Result{Outcomes: []plan.Outcome{o}}}, nil, nil)
		if len(events) != 1 || !strings.Contains(events[0].Message, c.want) {
			t.Errorf("%s: said %v, want %q", name, events, c.want)
		}
	}
}
