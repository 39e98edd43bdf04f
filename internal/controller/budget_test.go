package controller_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What a look costs, and that an object at rest costs no write.

// spent counts the operator's calls since the last reset.
func (w *world) spent() (reads, writes int) {
	for _, c := range w.calls(anyCall) {
		if c.Mutating {
			writes++
		} else {
			reads++
		}
	}
	return reads, writes
}

func TestP08CallBudget(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", asIs)
	w.ready(mt)
	w.quiet()
	w.aws.ResetCalls()
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.ready(cq)
	w.quiet()
	if reads, writes := w.spent(); reads > 6 || writes != 4 {
		t.Errorf("a new consumer took %d reads and %d writes: %v", reads, writes, w.aws.CallCounts())
	}
	w.settled()
	w.aws.ResetCalls()
	// A re-check: three queues and a subscription, and for topology and consumer together the topic and the tags.
	look := w.calls(named("GetSubscriptionAttributes"))
	w.eventuallyBy(5*time.Second, "a re-check", func() bool { return len(w.calls(named("GetSubscriptionAttributes"))) > len(look) })
	w.quiet()
	if reads, writes := w.spent(); reads > 4+2 || writes != 0 {
		t.Errorf("a re-check took %d reads and %d writes: %v", reads, writes, w.aws.CallCounts())
	}
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.ready(cq)
	w.quiet()
	if reads, writes := w.spent(); reads > 4+2 || writes != 1 {
		t.Errorf("a change took %d reads and %d writes: %v", reads, writes, w.aws.CallCounts())
	}
}

// everyKind makes objects that use most of what there is.
func everyKind(w *world) {
	w.t.Helper()
	w.alias("alias/k", w.key(admitsSNS))
	mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = append(s.Topics, v1alpha1.Topic{Name: "payments", FIFO: &v1alpha1.TopicFIFO{ThroughputScope: "MessageGroup"}, DisplayName: "Payments"})
		s.Topics[0].Publishers = []v1alpha1.SourcePrincipal{{AWSPrincipal: "arn:aws:iam::111122223333:role/shop"}}
		s.Consumers[0].Subscriptions[0].FilterPolicy = filter("kind", `[{"prefix":"a"},"b"]`)
		s.Tags = v1alpha1.Tags{"app": "shop"}
	})
	fifo := w.queue("ledger", func(s *v1alpha1.ConsumerQueueSpec) {
		s.FIFO = &v1alpha1.QueueFIFO{DeduplicationScope: "MessageGroup", ThroughputLimit: "PerMessageGroupID"}
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "payments")}
		s.Encryption = withKey("alias/k")
	})
	shared, source := w.deadLetters("shared"), w.source("source", "shared")
	plain := w.queue("plain", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionNone}
		s.Access = &v1alpha1.Access{Senders: []v1alpha1.SourcePrincipal{{Service: "s3.amazonaws.com", SourceAccount: "111122223333"}}}
	})
	for _, o := range []client.Object{mt, child, fifo, shared, source, plain} {
		w.ready(o)
	}
	w.eventually("the consumers to be counted", func() bool {
		return w.Get(w.ctx, keyOf(mt), mt) == nil && mt.Status.Consumers.Ready == 2 &&
			!slices.ContainsFunc(mt.Status.Topics, func(t v1alpha1.TopicStatus) bool { return t.Subscriptions != 1 })
	})
	w.quiet()
}

func TestSecondLookWritesNothing(t *testing.T) {
	w := newWorld(t)
	everyKind(w)
	w.settled()
	versions := w.versions()
	w.aws.ResetCalls()
	w.pass(31 * time.Minute)
	w.noCalls(mutating)
	if diff := cmp.Diff(versions, w.versions()); diff != "" {
		t.Errorf("written to Kubernetes:\n%s", diff)
	}
	if n := len(w.calls(named("GetQueueAttributes"))); n < 2*10 {
		t.Errorf("looked at queues %d times", n)
	}
}

func TestRestartWritesNothing(t *testing.T) {
	w := newWorld(t)
	everyKind(w)
	// The topology counts its subscriptions once more.
	w.pass(11 * time.Minute)
	versions := w.versions()
	for _, settle := range []time.Duration{0, 20 * time.Minute} {
		w.stop()
		w.clock.Step(settle)
		w.aws.ResetCalls()
		w.start()
		w.eventually("looks at all queues", func() bool {
			seen := map[string]bool{}
			for _, c := range w.calls(named("GetQueueAttributes")) {
				seen[c.Resource] = true
			}
			return len(seen) == 10
		})
		w.quiet()
		w.noCalls(mutating)
		if diff := cmp.Diff(versions, w.versions()); diff != "" {
			t.Errorf("after %s, written to Kubernetes:\n%s", settle, diff)
		}
		w.pass(20 * time.Minute)
		w.noCalls(mutating)
	}
}

func TestReconcileAtForcesOneLook(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.quiet()
	for _, value := range []string{"1", "2"} {
		for _, o := range []client.Object{mt, cq} {
			w.clock.Step(10 * time.Second)
			w.quiet()
			w.aws.ResetCalls()
			edit(w, o, func(o client.Object) { o.SetAnnotations(map[string]string{v1alpha1.AnnotationReconcileAt: value}) })
			w.soon("the look to be on record", func() bool {
				return w.Get(w.ctx, keyOf(o), o) == nil && reconciledAt(o) == value
			})
			w.quiet()
			counts := map[string]int{}
			for _, c := range w.calls(anyCall) {
				counts[c.Operation]++
			}
			want := map[string]int{"GetQueueAttributes": 3, "GetSubscriptionAttributes": 1, "GetTopicAttributes": 1, "GetResources": 1}
			if o == mt {
				want = map[string]int{"GetTopicAttributes": 1, "GetResources": 1}
			}
			if diff := cmp.Diff(want, counts); diff != "" {
				t.Errorf("%s: the calls were (-want +got):\n%s", o.GetName(), diff)
			}
		}
	}
}

func reconciledAt(o client.Object) string {
	if mt, ok := o.(*v1alpha1.MessagingTopology); ok {
		return mt.Status.ReconcileAt
	}
	return o.(*v1alpha1.ConsumerQueue).Status.ReconcileAt
}

func TestObservedGenerationFollows(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0].DisplayName = "x" })
	w.ready(cq)
	w.ready(mt)
	if cq.Status.ObservedGeneration != cq.Generation || mt.Status.ObservedGeneration != mt.Generation || cq.Generation != 2 {
		t.Errorf("observed %d of %d and %d of %d", cq.Status.ObservedGeneration, cq.Generation, mt.Status.ObservedGeneration, mt.Generation)
	}
	for _, c := range append(slices.Clone(cq.Status.Conditions), mt.Status.Conditions...) {
		if c.ObservedGeneration != 2 {
			t.Errorf("%s speaks of generation %d", c.Type, c.ObservedGeneration)
		}
	}
}

func TestEventsOnTransitionsOnly(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	name := cq.Status.QueueName
	for _, what := range []string{"queue " + name, "queue " + name + "-dlq", "queue " + name + "-undelivered", "subscription"} {
		w.event(cq, "Normal Created", what)
	}
	w.event(mt, "Normal Created", "topic")
	w.event(cq, "Normal Ready")
	before := append(w.events(cq), w.events(mt)...)
	w.pass(31 * time.Minute)
	w.hook(func(c localaws.Call) localaws.Fault {
		return localaws.Fault{Code: codeIf(c.Service == "sqs", "AccessDenied")}
	})
	w.eventuallyBy(5*time.Second, "a fault", func() bool { return w.condition(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonAccessDenied) })
	w.pass(10 * time.Minute)
	w.event(cq, "Warning AccessDenied", "sqs:GetQueueAttributes")
	after := append(w.events(cq), w.events(mt)...)
	if added := len(after) - len(before); added != 1 {
		t.Errorf("one transition made %d events:\n%v\n%v", added, before, after)
	}
}

// What a GitOps tool applies stays as it is, and applying it again changes nothing.
func TestP59OperatorNeverWritesTheSpec(t *testing.T) {
	w := newWorld(t)
	apply := func() []client.Object {
		var out []client.Object
		for _, manifest := range []string{
			`{"kind":"MessagingTopology","metadata":{"name":"orders"},"spec":{"topics":[{"name":"events"}],"consumers":[{"name":"fraud","subscriptions":[{"topic":"events"}]}]}}`,
			`{"kind":"ConsumerQueue","metadata":{"name":"inventory","labels":{"app":"shop"}},"spec":{"subscriptions":[{"topology":{"name":"orders"},"topic":"events","filterPolicy":{"kind":["b","a"]}}]}}`,
		} {
			u := &unstructured.Unstructured{}
			if err := json.Unmarshal([]byte(strings.Replace(manifest, "{", `{"apiVersion":"messaging.skein.dev/v1alpha1",`, 1)), u); err != nil {
				t.Fatal(err)
			}
			u.SetNamespace(w.namespace)
			_ = unstructured.SetNestedField(u.Object, w.account, "spec", "accountRef", "name")
			if err := w.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("gitops")); err != nil {
				t.Fatal(err)
			}
			out = append(out, u)
		}
		return out
	}
	first := apply()
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders"}}
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "inventory"}}
	w.ready(mt)
	w.ready(cq)
	w.pass(20 * time.Minute)
	for i, again := range apply() {
		spec, _, _ := unstructured.NestedMap(first[i].(*unstructured.Unstructured).Object, "spec")
		now, _, _ := unstructured.NestedMap(again.(*unstructured.Unstructured).Object, "spec")
		if diff := cmp.Diff(spec, now); diff != "" || again.GetGeneration() != 1 {
			t.Errorf("%s at generation %d has changed:\n%s", again.GetName(), again.GetGeneration(), diff)
		}
		for _, f := range again.GetManagedFields() {
			if f.Manager != "gitops" && strings.Contains(f.FieldsV1.GetRawString(), "f:spec") {
				t.Errorf("%s: %s owns %s", again.GetName(), f.Manager, f.FieldsV1.GetRawString())
			}
		}
		if len(again.GetAnnotations()) > 0 {
			t.Errorf("%s has annotations %v", again.GetName(), again.GetAnnotations())
		}
	}
}
