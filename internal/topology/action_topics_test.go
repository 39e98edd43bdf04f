package topology

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const (
	oncallARN = "arn:aws:sns:us-east-1:111122223333:commerce-orders-oncall"
	oncall    = "{topics: [{name: oncall}, {name: fifo, fifo: {}}, {name: secret, encryption: {kmsKeyID: alias/aws/sns}}, {name: locked, encryption: {kmsKeyID: alias/ops}}]"
	forAll    = ", allowedConsumers: {namespaces: {from: All}}}"
	toOncall  = "{alarms: {actionTopics: [{topology: {name: orders, namespace: commerce}, topic: oncall}], deadLetterNotEmpty: {}}}"
)

var ordersKey = types.NamespacedName{Namespace: "commerce", Name: "orders"}

// told are inputs of a queue that tells the topics of commerce/orders, which are those of oncall.
func told(t *testing.T, spec, allowed string) ConsumerInputs {
	t.Helper()
	in := inputs(t, spec)
	addTopology(in, orders(t, oncall+allowed))
	return in
}

// actionsOf settles the actions of some inputs.
func actionsOf(in ConsumerInputs) (actions, ConsumerOutput) {
	b := &consumer{in: in, settings: &in.Queue.Spec.QueueSettings}
	b.nameQueues()
	b.settleActions()
	return b.actions, b.out
}

func TestActionTopics(t *testing.T) {
	topic := func(name string) string { return strings.Replace(toOncall, "topic: oncall", "topic: "+name, 1) }
	accepted, refused, waiting := v1alpha1.ActionTopicAccepted, v1alpha1.ActionTopicRefused, v1alpha1.ActionTopicWaiting
	tests := map[string]struct {
		spec, allowed string
		change        func(*ConsumerInputs)
		// what becomes of an entry of which nothing is known before, and of one that is set.
		state       v1alpha1.ActionTopicState
		reason      string
		says        string
		stalled     bool
		stays, made bool
	}{
		"accepted":          {spec: toOncall, allowed: forAll, state: accepted, stays: true, made: true},
		"own namespace":     {spec: "{alarms: {actionTopics: [{topology: {name: orders}, topic: oncall}], deadLetterNotEmpty: {}}}", allowed: "}", change: func(in *ConsumerInputs) { in.Queue.Namespace = "commerce" }, state: accepted, stays: true, made: true},
		"no consent":        {spec: toOncall, allowed: "}", state: refused, reason: v1alpha1.ReasonNotAllowed, says: "ask its owner"},
		"labels not read":   {spec: toOncall, allowed: ", allowedConsumers: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}}", change: func(in *ConsumerInputs) { in.NamespaceLabels = nil }, state: waiting, reason: v1alpha1.ReasonNamespaceNotFound, stays: true},
		"no topology":       {spec: toOncall, allowed: forAll, change: func(in *ConsumerInputs) { in.Topologies = nil }, state: waiting, reason: v1alpha1.ReasonTopologyNotFound, says: "correct the action topic; alarms that are not there yet", stays: true},
		"no topic":          {spec: topic("nobody"), allowed: forAll, state: waiting, reason: v1alpha1.ReasonTopicNotFound, says: `"nobody"`, stays: true},
		"account not known": {spec: toOncall, allowed: forAll, change: func(in *ConsumerInputs) { in.Topologies[ordersKey].Account = nil }, state: waiting, reason: v1alpha1.ReasonAccountNotFound, stays: true},
		"FIFO":              {spec: topic("fifo"), allowed: forAll, state: refused, reason: v1alpha1.ReasonFIFOMismatch, says: "standard topic", stalled: true, stays: true},
		"another region":    {spec: toOncall, allowed: forAll, change: func(in *ConsumerInputs) { in.Topologies[ordersKey].Account.Region = "eu-west-1" }, state: refused, reason: v1alpha1.ReasonInvalidSpec, says: "own region", stalled: true, stays: true},
		"being deleted": {spec: toOncall, allowed: forAll, change: func(in *ConsumerInputs) {
			now := metav1.Now()
			in.Topologies[ordersKey].Object.DeletionTimestamp = &now
		}, state: waiting, reason: v1alpha1.ReasonTopologyTerminating, stays: true},
		"another account": {spec: toOncall, allowed: forAll, change: func(in *ConsumerInputs) { in.Topologies[ordersKey].Account.ID = "222233334444" }, state: accepted, stays: true, made: true},
		"AWS's own key":   {spec: topic("secret"), allowed: forAll, state: accepted, reason: v1alpha1.ReasonTopicKeyNotGrantable, says: "alias/aws/sns", stays: true, made: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := told(t, tt.spec, tt.allowed)
			if tt.change != nil {
				tt.change(&in)
			}
			a, out := actionsOf(in)
			if got := out.ActionTopics[0].State; got != tt.state || (len(a.arns) == 1) != tt.made || a.waiting != (tt.state == waiting) {
				t.Errorf("%s with %+v", got, a)
			}
			if tt.reason == "" {
				requireNone(t, out.Refusals)
			} else if r := out.Refusals; len(r) != 1 || r[0].Reason != tt.reason || r[0].Stalled != tt.stalled || r[0].Field != "spec.alarms.actionTopics[0]" || !strings.Contains(r[0].Message, tt.says) {
				t.Errorf("refused %+v", r)
			}

			first := out.ActionTopics[0]
			in.Queue.Status.ActionTopics = []v1alpha1.ActionTopicStatus{{Topology: first.Topology, Topic: first.Topic, TopicARN: oncallARN}}
			a, _ = actionsOf(in)
			if stays := len(a.arns) == 1 && !a.waiting; stays != tt.stays {
				t.Errorf("one that is set: %+v, stays %t", a, tt.stays)
			}
		})
	}
}

// What cannot be judged is remembered for the entry that it is of, and no other.
func TestActionTopicIsRememberedByItsEntry(t *testing.T) {
	in := told(t, toOncall, forAll)
	in.Topologies = nil
	in.Queue.Status.ActionTopics = []v1alpha1.ActionTopicStatus{
		{Topology: "commerce/orders", Topic: "other", TopicARN: oncallARN + "-other"}, {Topology: "warehouse/orders", Topic: "oncall", TopicARN: oncallARN + "-ours"},
	}
	if a, _ := actionsOf(in); len(a.arns) > 0 || !a.waiting {
		t.Errorf("got %+v", a)
	}
}

// The whole Build says so in Accepted, and notes what it cannot know of a key.
func TestActionTopicsAndAccepted(t *testing.T) {
	out := BuildConsumer(told(t, toOncall, "}"))
	if out.AcceptedReason != v1alpha1.ReasonNotAllowed || !strings.Contains(out.AcceptedMessage, "spec.alarms.actionTopics[0]") {
		t.Errorf("accepted %s: %s", out.AcceptedReason, out.AcceptedMessage)
	}
	out = BuildConsumer(told(t, strings.Replace(toOncall, "topic: oncall", "topic: locked", 1), forAll))
	requireNone(t, out.Refusals)
	if out.AcceptedReason != v1alpha1.ReasonAccepted || len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "cloudwatch.amazonaws.com") || !strings.Contains(out.Notes[0], "alias/ops") {
		t.Errorf("notes %q", out.Notes)
	}
}

func TestActions(t *testing.T) {
	const function, elsewhere = "arn:aws:lambda:us-east-1:111122223333:function:f", "arn:aws:sns:eu-west-1:111122223333:theirs"
	tests := map[string]struct {
		actions, allowed string
		want, refused    []string
	}{
		"any":                         {"'" + function + "'", forAll, []string{function}, nil},
		"a topic":                     {"'arn:aws:sns:us-east-1:111122223333:plain'", forAll, []string{"arn:aws:sns:us-east-1:111122223333:plain"}, nil},
		"no ARN":                      {"oncall", forAll, nil, []string{"InvalidSpec spec.alarms.actions[0]"}},
		"another partition":           {"'arn:aws-cn:sns:cn-north-1:111122223333:plain'", forAll, nil, []string{"InvalidSpec spec.alarms.actions[0]"}},
		"another region":              {elsewhere, forAll, nil, []string{"InvalidSpec spec.alarms.actions[0]"}},
		"a FIFO topic":                {"'" + function + "', 'arn:aws:sns:us-east-1:111122223333:plain.fifo'", forAll, []string{function}, []string{"FIFOMismatch spec.alarms.actions[1]"}},
		"a declared topic":            {oncallARN, forAll, []string{oncallARN}, nil},
		"a declared one, not allowed": {oncallARN, "}", nil, []string{"NotAllowed spec.alarms.actions[0]"}},
		"twice":                       {"'" + oncallARN + "', '" + oncallARN + "'", forAll, []string{oncallARN}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, out := actionsOf(told(t, "{alarms: {actions: ["+tt.actions+"], deadLetterNotEmpty: {}}}", tt.allowed))
			if diff := cmp.Diff(tt.want, a.in("us-east-1")); diff != "" || a.waiting {
				t.Errorf("waiting %t (-want +got):\n%s", a.waiting, diff)
			}
			if diff := cmp.Diff(tt.refused, reasons(out.Refusals)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An alarm about deliveries is where the topic is, and tells the topics of there.
func TestActionsOfAnotherRegion(t *testing.T) {
	const there, here = "arn:aws:sns:eu-west-1:111122223333:oncall", "arn:aws:sns:us-east-1:111122223333:oncall"
	in := inputs(t, "{subscriptions: [{topicARN: 'arn:aws:sns:eu-west-1:111122223333:news'}], alarms: {actions: ['"+there+"', '"+here+"'], deliveriesLost: {}}}")
	b := &consumer{in: in, settings: &in.Queue.Spec.QueueSettings}
	b.state.References = map[string]Reference{}
	b.nameQueues()
	b.subscribe()
	b.settleActions()
	requireNone(t, b.out.Refusals)
	if diff := cmp.Diff([][]string{{there}, {here}}, [][]string{b.actions.in("eu-west-1"), b.actions.in("us-east-1")}); diff != "" {
		t.Error(diff)
	}
}

// A topology that is not there yet: a new alarm waits for it, and so does one that the status has lost; one on record goes on with what it has.
func TestAlarmsWhoseTopicsCannotBeRead(t *testing.T) {
	in := told(t, toOncall, forAll)
	out := BuildConsumer(in)
	requireNone(t, out.Refusals)
	key := in.Account.AlarmARN("us-east-1", "warehouse-stock-dead-letter-not-empty")
	if got := find(t, out.State, key).Managed["AlarmActions"]; got != List([]string{oncallARN}) {
		t.Errorf("made with %s", got)
	}
	in.Inventory = applied(out.State)
	intent := out.ActionTopics[0]
	in.Queue.Status.ActionTopics = []v1alpha1.ActionTopicStatus{{Topology: intent.Topology, Topic: intent.Topic, TopicARN: intent.TopicARN, State: intent.State}}

	in.Topologies = nil
	in.Queue.Spec = queue(t, strings.Replace(toOncall, "deadLetterNotEmpty: {}", "deadLetterNotEmpty: {threshold: 7}, oldestMessageAge: {}", 1)).Spec
	out = BuildConsumer(in)
	for _, name := range []string{"dead-letter-not-empty", "oldest-message-age"} {
		alarm := find(t, out.State, in.Account.AlarmARN("us-east-1", "warehouse-stock-"+name))
		if alarm.Held != "" || alarm.Managed["AlarmActions"] != List([]string{oncallARN}) {
			t.Errorf("%s: %s", name, render(out.State))
		}
	}
	if find(t, out.State, key).Managed["Threshold"] != "7" || out.AcceptedReason != v1alpha1.ReasonTopologyNotFound {
		t.Errorf("accepted %s: %s", out.AcceptedReason, render(out.State))
	}

	in.Queue.Status.ActionTopics = nil
	out = BuildConsumer(in)
	if got := find(t, out.State, key).Managed["AlarmActions"]; got != "" {
		t.Errorf("an entry that was never accepted: %s", got)
	}
	in.Inventory = nil
	if out = BuildConsumer(in); strings.Contains(render(out.State), ":alarm:") {
		t.Errorf("made without its topic: %s", render(out.State))
	}
}

// Consent that was withdrawn takes the topic out of alarms that exist, and a new alarm is made without it.
func TestAlarmsWithoutConsent(t *testing.T) {
	in := told(t, toOncall, forAll)
	out := BuildConsumer(in)
	key := in.Account.AlarmARN("us-east-1", "warehouse-stock-dead-letter-not-empty")
	for _, inventory := range []Inventory{nil, applied(out.State)} {
		in := told(t, toOncall, "}")
		in.Inventory = inventory
		in.Queue.Status.ActionTopics = []v1alpha1.ActionTopicStatus{{Topology: "commerce/orders", Topic: "oncall", TopicARN: oncallARN}}
		if alarm := find(t, BuildConsumer(in).State, key); alarm.Managed["AlarmActions"] != "" || alarm.Held != "" {
			t.Error(alarm.Managed)
		}
	}
}
