package topology

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// topicARNs that drawn subscriptions name; the first is declared by commerce/orders.
var topicARNs = []string{
	ordersARN, "arn:aws:sns:us-east-1:111122223333:plain", "arn:aws:sns:eu-west-1:111122223333:far",
	"arn:aws:sns:us-east-1:999999999999:foreign", "arn:aws:sns:us-east-1:111122223333:x.fifo",
}

func drawSubscription(t *rapid.T) v1alpha1.Subscription {
	var s v1alpha1.Subscription
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		s.Topology, s.Topic = &v1alpha1.TopologyReference{Name: "orders", Namespace: "commerce"}, rapid.SampledFrom([]string{"events", "ghost"}).Draw(t, "topic")
	case 1:
		s.Topology, s.Topic = &v1alpha1.TopologyReference{Name: "ghost"}, "x"
	default:
		s.TopicARN = rapid.SampledFrom(topicARNs).Draw(t, "arn")
	}
	if rapid.Bool().Draw(t, "filtered") {
		s.FilterPolicy = v1alpha1.FilterPolicy{"a": {Raw: []byte(rapid.SampledFrom([]string{`["x"]`, `[{"prefix":"y"}]`, `"broken"`}).Draw(t, "filter"))}}
	}
	return s
}

func drawQueue(t *rapid.T, name string) *v1alpha1.ConsumerQueue {
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "warehouse", Name: name}}
	s := &cq.Spec
	s.QueueName = rapid.SampledFrom([]string{"", "explicit", "warehouse-stock-dlq", "bad.name"}).Draw(t, "queueName")
	if rapid.Bool().Draw(t, "fifo") {
		s.FIFO = &v1alpha1.QueueFIFO{}
	}
	s.DeadLetter = rapid.SampledFrom([]*v1alpha1.DeadLetter{
		nil, {Disabled: true}, {QueueName: "letters"}, {ConsumerQueue: &v1alpha1.LocalReference{Name: "letters"}},
	}).Draw(t, "deadLetter")
	s.Undelivered = rapid.SampledFrom([]*v1alpha1.Undelivered{nil, {Disabled: true}, {QueueName: "lost"}}).Draw(t, "undelivered")
	s.Subscriptions = rapid.SliceOfN(rapid.Custom(drawSubscription), 0, 4).Draw(t, "subscriptions")
	return cq
}

// drawInputs draws a spec and, as inventory, what an earlier spec of the same queue left.
func drawInputs(t *rapid.T) ConsumerInputs {
	account := testAccount()
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: "commerce", Name: "orders"}}
	mt.Spec.Topics = []v1alpha1.Topic{{Name: "events"}}
	mt.Spec.AllowedConsumers = rapid.SampledFrom([]*v1alpha1.AllowedConsumers{nil, {Namespaces: v1alpha1.ConsumerNamespaces{From: "All"}}}).Draw(t, "consent")
	key := types.NamespacedName{Namespace: "commerce", Name: "orders"}
	in := ConsumerInputs{
		Queue: drawQueue(t, "stock"), Account: account, NamespaceLabels: map[string]string{},
		Topologies:     map[types.NamespacedName]*TopologyInput{key: {Object: mt, Account: &account}},
		TopicDeclarers: map[string][]types.NamespacedName{ordersARN: []types.NamespacedName{key, {Namespace: "n", Name: "ghost"}}[:rapid.IntRange(1, 2).Draw(t, "declarers")]},
		Rivals:         map[string][]Rival{"warehouse-stock": {{Owner: Owner{Name: "b"}}, {Owner: Owner{Name: "a"}}}},
	}
	if rapid.Bool().Draw(t, "shared queue") {
		in.SharedQueue = &SharedQueueInput{Queue: drawQueue(t, "letters")}
	}
	for _, name := range []string{"s1", "s2", "s3"}[:rapid.IntRange(0, 3).Draw(t, "sharers")] {
		in.SharedBy = append(in.SharedBy, drawQueue(t, name))
	}
	before := in
	before.Queue = drawQueue(t, "stock")
	if rapid.Bool().Draw(t, "applied") {
		in.Inventory = applied(BuildConsumer(before).State)
	}
	return in
}

// shuffled gives the same inputs with every list whose order means nothing in another order.
func shuffled(t *rapid.T, in ConsumerInputs) ConsumerInputs {
	in.Inventory = rapid.Permutation(in.Inventory).Draw(t, "inventory")
	in.SharedBy = rapid.Permutation(in.SharedBy).Draw(t, "sharedBy")
	declarers, rivals := map[string][]types.NamespacedName{}, map[string][]Rival{}
	for arn, keys := range in.TopicDeclarers {
		declarers[arn] = rapid.Permutation(keys).Draw(t, "declarers")
	}
	for name, list := range in.Rivals {
		rivals[name] = rapid.Permutation(list).Draw(t, "rivals")
	}
	in.TopicDeclarers, in.Rivals = declarers, rivals
	return in
}

func TestBuildIsDeterministicAndSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		before, err := json.Marshal([]any{in.Queue, in.SharedBy, in.Inventory, in.Rivals})
		if err != nil {
			t.Fatal(err)
		}
		out := BuildConsumer(in)
		if diff := cmp.Diff(out, BuildConsumer(shuffled(t, in))); diff != "" {
			t.Fatalf("the order of lists matters: %s", diff)
		}
		after, err := json.Marshal([]any{in.Queue, in.SharedBy, in.Inventory, in.Rivals})
		if err != nil || string(before) != string(after) {
			t.Fatalf("the inputs were changed: %s", cmp.Diff(string(before), string(after)))
		}
		sound(t, in, out)
	})
}

// sound checks what holds of every output.
func sound(t *rapid.T, in ConsumerInputs, out ConsumerOutput) {
	held := slices.ContainsFunc(out.Refusals, func(r Refusal) bool { return r.Group != "" })
	for i, r := range out.State.Resources {
		if i > 0 && out.State.Resources[i-1].Key >= r.Key {
			t.Fatalf("not sorted, or twice: %s", render(out.State))
		}
		if _, known := in.Inventory.Find(r.Key); r.Held != "" && !known || held && r.Held == "" {
			t.Fatalf("%s is held (%q) and known %t: %s", r.Key, r.Held, known, render(out.State))
		}
		if r.Held != "" && r.Interim != nil {
			t.Fatalf("%s is held and passes through %+v", r.Key, r.Interim)
		}
		if r.Held != "" {
			continue
		}
		if r.Kind == KindQueue {
			if got := r.Policy.Own(); !cmp.Equal(got, standing(r)) {
				t.Fatalf("Managed and Policy of %s differ: %s", r.Name, cmp.Diff(got, standing(r)))
			}
		}
		for sid, s := range r.Interim {
			if s.Canonical() == r.Managed[PolicyField(sid)] {
				t.Fatalf("interim %s of %s is no change", sid, r.Name)
			}
		}
	}
	if len(out.Subscriptions) != len(in.Queue.Spec.Subscriptions) {
		t.Fatalf("%d intents for %d subscriptions", len(out.Subscriptions), len(in.Queue.Spec.Subscriptions))
	}
	for _, s := range out.Subscriptions {
		if r, ok := out.State.Find(s.Key); s.State == "" && (!ok || !held && r.Held != "") {
			t.Fatalf("%s is wanted and not there: %s", s.Key, render(out.State))
		}
	}
	for _, row := range in.Inventory {
		if _, ok := out.State.Find(row.Key); held && !ok && row.Kind == KindQueue {
			t.Fatalf("%s goes although its group is held", row.Key)
		}
	}
}

// standing are the statements in Managed that are not cleared.
func standing(r Resource) map[string]string {
	out := map[string]string{}
	for f, v := range r.Managed {
		if name, sid := CutField(f); name == "Policy" && v != "" {
			out[sid] = v
		}
	}
	return out
}

// A queue whose desired state was applied has nothing more to do: another look wants the very same, whatever the inventory says.
func TestBuildIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		in.Inventory = nil
		first := BuildConsumer(in)
		if len(first.Refusals) > 0 {
			return
		}
		in.Inventory = applied(first.State)
		second := BuildConsumer(in)
		ignoreARN := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ARN" }, cmp.Ignore())
		if diff := cmp.Diff(first.State, second.State, ignoreARN); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Nothing of the order in which topics stand in a spec reaches AWS.
func TestTopologyIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: "commerce", Name: "orders"}}
		for _, name := range []string{"a", "b", "c"} {
			topic := v1alpha1.Topic{Name: name, Publishers: []v1alpha1.SourcePrincipal{{AWSPrincipal: "444455556666"}, {AWSPrincipal: "111122223333"}}}
			topic.Publishers = rapid.Permutation(topic.Publishers).Draw(t, "publishers")
			mt.Spec.Topics = append(mt.Spec.Topics, topic)
			mt.Spec.Consumers = append(mt.Spec.Consumers, v1alpha1.InlineConsumer{Name: name})
		}
		want := BuildTopology(TopologyInputs{Topology: mt, Account: testAccount()})
		other := mt.DeepCopy()
		other.Spec.Topics = rapid.Permutation(mt.Spec.Topics).Draw(t, "topics")
		other.Spec.Consumers = rapid.Permutation(mt.Spec.Consumers).Draw(t, "consumers")
		got := BuildTopology(TopologyInputs{Topology: other, Account: testAccount()})
		if diff := cmp.Diff([]any{want.State, want.Children}, []any{got.State, got.Children}); diff != "" {
			t.Fatal(diff)
		}
		for _, r := range got.State.Resources {
			if got := r.Managed[PolicyField(policydoc.SidPublishers)]; got == "" {
				t.Fatalf("no publishers on %s", r.Name)
			}
		}
	})
}
