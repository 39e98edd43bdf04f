package controller_test

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Waiting for conditions, and for time to pass. The operator's clock moves only here.

// beat is the real time between two looks at a condition.
const beat = 8 * time.Millisecond

// eventually waits until a condition holds while the operator's clock runs, a second a beat and faster after a while.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	w.eventuallyBy(time.Second, what, holds)
}

func (w *world) eventuallyBy(step time.Duration, what string, holds func() bool) {
	w.t.Helper()
	for n := range 3000 {
		if holds() {
			return
		}
		w.clock.Step(step * time.Duration(1+n/100))
		<-time.After(beat)
	}
	w.t.Fatalf("waited in vain for %s\n%s", what, w.describe())
}

// soon waits until a condition holds while the operator's clock stands still.
func (w *world) soon(what string, holds func() bool) {
	w.t.Helper()
	w.eventuallyBy(0, what, holds)
}

// pass lets time pass, ten seconds a beat.
func (w *world) pass(d time.Duration) {
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		w.clock.Step(10 * time.Second)
		<-time.After(beat)
	}
	w.quiet()
}

// quiet waits until the operator has nothing more to do at this moment: no call to AWS and no write to Kubernetes for a while.
func (w *world) quiet() {
	w.t.Helper()
	const still = 20
	last, calls, since := w.versions(), len(w.aws.Calls()), 0
	for range 2000 {
		<-time.After(beat)
		if since++; since%10 == 0 {
			now := w.versions()
			if !maps.Equal(now, last) {
				last, since = now, 0
			}
		}
		if n := len(w.aws.Calls()); n != calls {
			calls, since = n, 0
		}
		if since >= still {
			return
		}
	}
	w.t.Fatal("the operator does not come to rest")
}

// versions are all objects of the world.
func (w *world) versions() map[string]string {
	out := map[string]string{}
	for _, list := range []client.ObjectList{
		&v1alpha1.MessagingTopologyList{}, &v1alpha1.ConsumerQueueList{}, &v1alpha1.AWSAccountList{}, &corev1.ConfigMapList{},
	} {
		var opts []client.ListOption
		if _, ok := list.(*v1alpha1.AWSAccountList); ok {
			opts = append(opts, client.MatchingLabels{worldLabel: w.namespace})
		} else {
			opts = append(opts, client.InNamespace(w.namespace))
		}
		if err := w.List(w.ctx, list, opts...); err != nil {
			w.t.Fatal(err)
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, item := range items {
			o := item.(client.Object)
			o.SetManagedFields(nil)
			text, err := json.MarshalIndent(o, "", " ")
			if err != nil {
				w.t.Fatal(err)
			}
			out[typeName(o)+" "+o.GetName()] = string(text)
		}
	}
	return out
}

func typeName(o client.Object) string {
	switch o.(type) {
	case *v1alpha1.MessagingTopology:
		return "MessagingTopology"
	case *v1alpha1.ConsumerQueue:
		return "ConsumerQueue"
	case *v1alpha1.AWSAccount:
		return "AWSAccount"
	default:
		return "ConfigMap"
	}
}

// describe tells the conditions of all objects of the world.
func (w *world) describe() string {
	var topologies v1alpha1.MessagingTopologyList
	var queues v1alpha1.ConsumerQueueList
	var accounts v1alpha1.AWSAccountList
	_ = w.List(w.ctx, &accounts, client.MatchingLabels{worldLabel: w.namespace})
	out := ""
	line := func(o client.Object, conditions []metav1.Condition) {
		out += typeName(o) + " " + o.GetName() + ":\n"
		for _, c := range conditions {
			out += "  " + c.Type + " " + string(c.Status) + " " + c.Reason + ": " + c.Message + "\n"
		}
	}
	for _, o := range accounts.Items {
		line(&o, o.Status.Conditions)
	}
	for _, namespace := range []string{w.namespace, w.other} {
		_ = w.List(w.ctx, &topologies, client.InNamespace(namespace))
		_ = w.List(w.ctx, &queues, client.InNamespace(namespace))
		for _, o := range topologies.Items {
			line(&o, o.Status.Conditions)
		}
		for _, o := range queues.Items {
			line(&o, o.Status.Conditions)
		}
	}
	return out
}

// ready waits until an object is Ready at its present generation.
func (w *world) ready(o client.Object) {
	w.t.Helper()
	w.eventually(o.GetName()+" to be ready", func() bool { return w.condition(o, "Ready", metav1.ConditionTrue, "") })
}

// readyAtOnce waits until an object is Ready, without time passing: something in Kubernetes must wake it.
func (w *world) readyAtOnce(o client.Object) {
	w.t.Helper()
	w.soon(o.GetName()+" to be ready", func() bool { return w.condition(o, "Ready", metav1.ConditionTrue, "") })
}

// condition reads an object anew and says whether a condition of the present generation has a status and, if given, a reason.
func (w *world) condition(o client.Object, kind string, status metav1.ConditionStatus, reason string) bool {
	w.t.Helper()
	if err := w.Get(w.ctx, keyOf(o), o); err != nil {
		return false
	}
	c := conditionOf(o, kind)
	return c != nil && c.Status == status && (reason == "" || c.Reason == reason) && c.ObservedGeneration == o.GetGeneration()
}

func conditionOf(o client.Object, kind string) *metav1.Condition {
	return meta.FindStatusCondition(*o.(interface{ GetConditions() *[]metav1.Condition }).GetConditions(), kind)
}

// waitFor waits for a condition with a reason.
func (w *world) waitFor(o client.Object, kind string, status metav1.ConditionStatus, reason string) {
	w.t.Helper()
	w.eventually(o.GetName()+" to have "+kind+" "+string(status)+" "+reason, func() bool { return w.condition(o, kind, status, reason) })
}

// stalled waits until an object says that only a change of its spec helps, and gives the message.
func (w *world) stalled(o client.Object, reason string) string {
	w.t.Helper()
	w.waitFor(o, "Ready", metav1.ConditionFalse, reason)
	if c := conditionOf(o, "Stalled"); c == nil || c.Reason != reason {
		w.t.Errorf("%s is not stalled for %s:\n%s", o.GetName(), reason, w.describe())
	}
	if conditionOf(o, "Reconciling") != nil {
		w.t.Errorf("%s is stalled and reconciling:\n%s", o.GetName(), w.describe())
	}
	return conditionOf(o, "Ready").Message
}

// waiting waits until an object says that it waits for something else, and gives the message.
func (w *world) waiting(o client.Object, reason string) string {
	w.t.Helper()
	w.waitFor(o, "Ready", metav1.ConditionFalse, reason)
	if c := conditionOf(o, "Reconciling"); c == nil || c.Reason != reason {
		w.t.Errorf("%s is not reconciling for %s:\n%s", o.GetName(), reason, w.describe())
	}
	if conditionOf(o, "Stalled") != nil {
		w.t.Errorf("%s is reconciling and stalled:\n%s", o.GetName(), w.describe())
	}
	return conditionOf(o, "Ready").Message
}

// mentions checks that a message says all of what.
func (w *world) mentions(message string, what ...string) {
	w.t.Helper()
	for _, part := range what {
		if !strings.Contains(message, part) {
			w.t.Errorf("the message does not say %q: %s", part, message)
		}
	}
}

// edit changes an object's spec as a user's patch does.
func edit[T client.Object](w *world, o T, change func(T)) {
	w.t.Helper()
	if err := w.Get(w.ctx, keyOf(o), o); err != nil {
		w.t.Fatal(err)
	}
	base := o.DeepCopyObject().(T)
	change(o)
	if err := w.Patch(w.ctx, o, client.MergeFrom(base)); err != nil {
		w.t.Fatalf("patching %s: %v", o.GetName(), err)
	}
}

func (w *world) delete(o client.Object, opts ...client.DeleteOption) {
	w.t.Helper()
	if err := w.Delete(w.ctx, o, opts...); err != nil {
		w.t.Fatalf("deleting %s: %v", o.GetName(), err)
	}
}

// gone waits until an object no longer exists.
func (w *world) gone(o client.Object) {
	w.t.Helper()
	w.eventuallyBy(2*time.Second, o.GetName()+" to be gone", func() bool {
		err := w.Get(w.ctx, keyOf(o), o)
		return err != nil && client.IgnoreNotFound(err) == nil
	})
}

// events lists the events about an object as "Type Reason: note", once each.
func (w *world) events(o client.Object) []string {
	w.t.Helper()
	namespace := o.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	var list eventsv1.EventList
	if err := w.List(w.ctx, &list, client.InNamespace(namespace)); err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range list.Items {
		if e.Regarding.UID == o.GetUID() {
			out = append(out, e.Type+" "+e.Reason+": "+e.Note)
		}
	}
	return out
}

// event waits for an event about an object that has all these words.
func (w *world) event(o client.Object, words ...string) {
	w.t.Helper()
	w.eventually("an event about "+o.GetName()+" with "+strings.Join(words, ", "), func() bool {
		for _, e := range w.events(o) {
			all := true
			for _, word := range words {
				all = all && strings.Contains(e, word)
			}
			if all {
				return true
			}
		}
		return false
	})
}

func keyOf(o client.Object) client.ObjectKey { return client.ObjectKeyFromObject(o) }

func containsAll(s string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}
