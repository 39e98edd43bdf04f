package controller

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// toldWorld has a ConsumerQueue whose alarm tells a topic of a topology of another namespace; the topology is not there at first.
type toldWorld struct {
	*quickWorld
	cq *v1alpha1.ConsumerQueue
}

const toldAlarm = "alarm/shop-inventory-dead-letter-not-empty"

func newToldWorld(t *testing.T) *toldWorld {
	t.Helper()
	w := &toldWorld{quickWorld: newQuickWorld(t)}
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ops"}})
	w.cq = &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	w.cq.Spec.Alarms = &v1alpha1.Alarms{
		DeadLetterNotEmpty: &v1alpha1.Alarm{},
		ActionTopics:       []v1alpha1.ActionTopic{{Topology: v1alpha1.TopologyReference{Name: "ops", Namespace: "ops"}, Topic: "oncall"}},
	}
	w.create(w.cq)
	w.quiet()
	return w
}

// ops writes the topology with this consent, and lets that have its consequences.
func (w *toldWorld) ops(from v1alpha1.NamespaceFrom) *v1alpha1.MessagingTopology {
	w.t.Helper()
	mt := w.consents(from)
	w.quiet()
	return mt
}

func (w *toldWorld) consents(from v1alpha1.NamespaceFrom) *v1alpha1.MessagingTopology {
	w.t.Helper()
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: "ops", Name: "ops"}}
	w.put(mt, func() {
		mt.Spec.Topics = []v1alpha1.Topic{{Name: "oncall"}}
		mt.Spec.AllowedConsumers = &v1alpha1.AllowedConsumers{}
		mt.Spec.AllowedConsumers.Namespaces.From = from
		if from == v1alpha1.NamespacesSelector {
			mt.Spec.AllowedConsumers.Namespaces.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"alarms": "oncall"}}
		}
	})
	return mt
}

// admitted are the accounts whose alarms the topic's policy lets in by Skein's statement.
func (w *toldWorld) admitted() []string {
	w.t.Helper()
	statement := w.hands().fields("topic/ops-ops-oncall")["Policy[SkeinAlarms]"]
	if statement == "" {
		return nil
	}
	document, err := policydoc.Parse(`{"Statement":[` + statement + `]}`)
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
	return policydoc.AlarmAccountsIn(document.Statements)
}

// shows checks what the alarm does, whether the topic admits it, and what the object says: the reason of Accepted, and the state of the entry.
func (w *toldWorld) shows(when, actions string, admitted bool, reason string, state v1alpha1.ActionTopicState) {
	w.t.Helper()
	alarm := w.hands().fields(toldAlarm)
	if got := alarm["AlarmActions"]; got != actions {
		w.t.Errorf("%s: the alarm does %q, want %q", when, got, actions)
	}
	if got := w.admitted(); slices.Contains(got, quickAccount) != admitted {
		w.t.Errorf("%s: the topic admits alarms of %q", when, got)
	}
	w.reread(w.cq)
	accepted := meta.FindStatusCondition(w.cq.Status.Conditions, v1alpha1.ConditionAccepted)
	if entry := w.cq.Status.ActionTopics[0]; accepted.Reason != reason || entry.State != state || (entry.TopicARN != "") != (actions != "") {
		w.t.Errorf("%s: accepted %s (%s), entry %+v", when, accepted.Reason, accepted.Message, entry)
	}
	if isReady(w.cq) != (reason == v1alpha1.ReasonAccepted) {
		w.t.Errorf("%s: ready %t\n%s", when, isReady(w.cq), w.describe())
	}
	w.resetWrites()
	w.pass(time.Hour)
	w.noWrites(when)
}

var tellsOncall = `["` + quickARN("sns", "ops-ops-oncall") + `"]`

// The topology comes, changes its mind, goes and comes back; each side wakes the other.
func TestActionTopicComesAndGoes(t *testing.T) {
	w := newToldWorld(t)
	w.shows("no topology", "", false, v1alpha1.ReasonTopologyNotFound, v1alpha1.ActionTopicWaiting)
	if w.hands().fields(toldAlarm) != nil {
		t.Error("the alarm is made without its topic")
	}
	w.ops(v1alpha1.NamespacesAll)
	w.shows("consent", tellsOncall, true, v1alpha1.ReasonAccepted, v1alpha1.ActionTopicAccepted)
	w.ops(v1alpha1.NamespacesSame)
	w.shows("withdrawn", "", false, v1alpha1.ReasonNotAllowed, v1alpha1.ActionTopicRefused)
	if w.hands().fields(toldAlarm) == nil {
		t.Error("the alarm went with the consent")
	}
	mt := w.ops(v1alpha1.NamespacesAll)
	w.shows("consent again", tellsOncall, true, v1alpha1.ReasonAccepted, v1alpha1.ActionTopicAccepted)
	w.restart()
	w.shows("after a restart", tellsOncall, true, v1alpha1.ReasonAccepted, v1alpha1.ActionTopicAccepted)
	if err := w.Delete(w.ctx, mt); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(mt), mt); err == nil {
		t.Errorf("alarms hold the deletion of the topology:\n%s", w.describe())
	}
	w.shows("the topology is gone", tellsOncall, false, v1alpha1.ReasonTopologyNotFound, v1alpha1.ActionTopicWaiting)
	w.restart()
	w.rewrite(w.cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.DeadLetterNotEmpty.Statistic = "Sum" })
	w.shows("and the alarm is changed", tellsOncall, false, v1alpha1.ReasonTopologyNotFound, v1alpha1.ActionTopicWaiting)
	if got := w.hands().fields(toldAlarm)["Statistic"]; got != "Sum" {
		t.Errorf("the statistic is %s", got)
	}
	w.ops(v1alpha1.NamespacesAll)
	w.shows("the topology is back", tellsOncall, true, v1alpha1.ReasonAccepted, v1alpha1.ActionTopicAccepted)
}

// Each change is acted upon at once, on both sides: the one that is changed wakes the other.
func TestActionTopicIsActedUponAtOnce(t *testing.T) {
	w := newToldWorld(t)
	label := func(labels map[string]string) {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: quickNamespace}}
		w.put(ns, func() { ns.Labels = labels })
	}
	alarms := func(change func(*v1alpha1.Alarms)) func() {
		return func() { w.put(w.cq, func() { change(w.cq.Spec.Alarms) }) }
	}
	topics := w.cq.Spec.Alarms.ActionTopics
	for _, step := range []struct {
		name   string
		change func()
		told   bool
	}{
		{"the topology comes", func() { w.consents(v1alpha1.NamespacesAll) }, true},
		{"consent is withdrawn", func() { w.consents(v1alpha1.NamespacesSelector) }, false},
		{"the namespace gets the label", func() { label(map[string]string{"alarms": "oncall"}) }, true},
		{"and loses it", func() { label(nil) }, false},
		{"consent", func() { w.consents(v1alpha1.NamespacesAll) }, true},
		{"the entry is removed", alarms(func(a *v1alpha1.Alarms) { a.ActionTopics = nil }), false},
		{"and set again", alarms(func(a *v1alpha1.Alarms) { a.ActionTopics = topics }), true},
		{"the topic is named by its ARN", alarms(func(a *v1alpha1.Alarms) {
			a.ActionTopics, a.Actions = nil, []v1alpha1.ARN{v1alpha1.ARN(quickARN("sns", "ops-ops-oncall"))}
		}), true},
		{"and consent is withdrawn", func() { w.consents(v1alpha1.NamespacesSame) }, false},
	} {
		step.change()
		w.turn()
		if got := w.hands().fields(toldAlarm)["AlarmActions"]; (got == tellsOncall) != step.told {
			t.Errorf("%s: the alarm does %q", step.name, got)
		}
		if byEntry := len(w.cq.Spec.Alarms.ActionTopics) > 0; (len(w.admitted()) > 0) != (step.told && byEntry) {
			t.Errorf("%s: the topic admits alarms of %q", step.name, w.admitted())
		}
	}
}

// Consent by the labels of the consumer's namespace.
func TestActionTopicByLabels(t *testing.T) {
	w := newToldWorld(t)
	w.ops(v1alpha1.NamespacesSelector)
	w.shows("no label", "", false, v1alpha1.ReasonNotAllowed, v1alpha1.ActionTopicRefused)
	label := func(labels map[string]string) {
		t.Helper()
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: quickNamespace}}
		w.put(ns, func() { ns.Labels = labels })
		w.quiet()
	}
	label(map[string]string{"alarms": "oncall"})
	w.shows("label", tellsOncall, true, v1alpha1.ReasonAccepted, v1alpha1.ActionTopicAccepted)
	label(nil)
	w.shows("label taken off", "", false, v1alpha1.ReasonNotAllowed, v1alpha1.ActionTopicRefused)
}

// The statement goes when the last consumer that needs it goes, or names the topic no more.
func TestActionTopicAdmitsWhoIsThere(t *testing.T) {
	w := newToldWorld(t)
	w.ops(v1alpha1.NamespacesAll)
	second := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "second"}}
	second.Spec.Alarms = w.cq.Spec.Alarms.DeepCopy()
	w.create(second)
	w.quiet()
	w.everyoneReady()
	if err := w.Delete(w.ctx, w.cq); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	if diff := cmp.Diff([]string{quickAccount}, w.admitted()); diff != "" {
		t.Errorf("while one is there: %s", diff)
	}
	w.rewrite(second, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms = nil })
	if got := w.admitted(); len(got) > 0 {
		t.Errorf("nobody is there, and alarms of %q are admitted", got)
	}
	w.everyoneReady()
}

// An account that is not known any more changes nothing: the alarm keeps its topic, and the topic the account.
func TestActionTopicOfAnAccountThatIsNotKnown(t *testing.T) {
	w := newToldWorld(t)
	mt := w.ops(v1alpha1.NamespacesAll)
	account := &v1alpha1.AWSAccount{}
	if err := w.Get(w.ctx, client.ObjectKey{Name: v1alpha1.DefaultAccountName}, account); err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(w.hands().fields("topic/ops-ops-oncall"))
	account.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "ops"}}}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ops"}}
	w.put(ns, func() { ns.Labels = map[string]string{"kubernetes.io/metadata.name": "ops"} })
	if err := w.Update(w.ctx, account); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.resetWrites()
	w.pass(time.Hour)
	w.noWrites("the consumer's namespace is not allowed any more")
	if diff := cmp.Diff(before, w.hands().fields("topic/ops-ops-oncall")); diff != "" || w.hands().fields(toldAlarm)["AlarmActions"] != tellsOncall {
		t.Errorf("the topic (-before +now):\n%s", diff)
	}
	w.reread(mt)
	if !isReady(mt) {
		t.Error(w.describe())
	}
}

// A topic with a key that AWS manages: CloudWatch can publish nothing, and the object says so.
func TestActionTopicWithAKeyOfAWS(t *testing.T) {
	w := newToldWorld(t)
	mt := w.ops(v1alpha1.NamespacesAll)
	w.reread(mt)
	mt.Spec.Topics[0].Encryption = &v1alpha1.TopicEncryption{KMSKeyID: "alias/aws/sns"}
	if err := w.Update(w.ctx, mt); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.reread(w.cq)
	ready := meta.FindStatusCondition(w.cq.Status.Conditions, v1alpha1.ConditionReady)
	if ready.Reason != v1alpha1.ReasonTopicKeyNotGrantable || ready.Status != metav1.ConditionFalse || !strings.Contains(ready.Message, "CloudWatch") {
		t.Errorf("ready: %+v", ready)
	}
	if stalled := meta.FindStatusCondition(w.cq.Status.Conditions, v1alpha1.ConditionStalled); stalled != nil {
		t.Errorf("only the topology's owner can help, yet the object is stalled: %+v", stalled)
	}
}
