package controller_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// A ConsumerQueue that takes the dead letters of others.

// deadLetters makes a queue to be shared.
func (w *world) deadLetters(name string) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	return w.queue(name, func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.DeletionPolicy = &v1alpha1.DeadLetter{Disabled: true}, v1alpha1.DeletionDelete
		s.MessageRetention = "336h"
	})
}

// source makes a queue whose dead letters go to a shared one.
func (w *world) source(name, shared string) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	return w.queue(name, func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.DeletionPolicy = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: shared}}, v1alpha1.DeletionDelete
	})
}

// admitted are the names of the queues that a queue lets use it, or its permission.
func (w *world) admitted(queue string) []string {
	w.t.Helper()
	allow, err := topology.ParseRedriveAllow(w.attributes(queue)["RedriveAllowPolicy"])
	if err != nil {
		w.t.Fatal(err)
	}
	if allow.Permission != "byQueue" {
		return []string{allow.Permission}
	}
	var out []string
	for _, arn := range allow.Sources {
		out = append(out, arn[strings.LastIndex(arn, w.namespace+"-")+len(w.namespace)+1:])
	}
	slices.Sort(out)
	return out
}

func (w *world) admits(queue string, want ...string) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("%s to admit %v", queue, want), func() bool { return slices.Equal(w.admitted(queue), want) })
}

func TestSharedDeadLetterQueue(t *testing.T) {
	w := newWorld(t)
	one := w.source("one", "shared")
	w.mentions(w.waiting(one, v1alpha1.ReasonSharedQueueNotFound), "shared")
	if w.attributes(w.namespace+"-one") != nil {
		t.Error("the source was made without its dead-letter queue")
	}
	shared := w.deadLetters("shared")
	two := w.source("two", "shared")
	for _, cq := range []*v1alpha1.ConsumerQueue{shared, one, two} {
		w.ready(cq)
	}
	name := shared.Status.QueueName
	w.admits(name, "one", "two")
	if target := topology.RedriveTarget(w.attributes(one.Status.QueueName)["RedrivePolicy"]); target != shared.Status.QueueARN {
		t.Errorf("dead letters go to %q", target)
	}
	if one.Status.DeadLetter == nil || one.Status.DeadLetter.QueueARN != shared.Status.QueueARN {
		t.Errorf("the status says %v", one.Status.DeadLetter)
	}
	three := w.source("three", "shared")
	w.ready(three)
	w.admits(name, "one", "three", "two")
	// No source was ever made, or lost its place, in between.
	for _, c := range w.calls(named("SetQueueAttributes")) {
		if !strings.HasSuffix(c.Resource, name) {
			t.Errorf("set %s of %s", c.Params, c.Resource)
		}
	}
	edit(w, two, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter = nil })
	w.ready(two)
	w.admits(name, "one", "three")
	w.delete(three)
	w.gone(three)
	w.admits(name, "one")
	// In use, it cannot go.
	w.delete(shared)
	w.mentions(w.waiting(shared, v1alpha1.ReasonInUse), "/one")
	w.pass(20 * time.Minute)
	if w.attributes(name) == nil {
		t.Error("the shared queue is gone")
	}
	w.delete(one)
	w.gone(one)
	w.gone(shared)
}

func TestP38SourceWaitsUntilItIsAdmitted(t *testing.T) {
	w := newWorld(t)
	shared := w.deadLetters("shared")
	first := w.source("first", "shared")
	w.ready(shared)
	w.ready(first)
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SetQueueAttributes" && strings.HasSuffix(c.Resource, "-shared") {
			return localaws.Fault{Code: "AccessDenied"}
		}
		return localaws.Fault{}
	})
	second := w.source("second", "shared")
	w.mentions(w.waiting(second, v1alpha1.ReasonSharedQueueNotReady), "shared", "redriveAllowPolicy")
	w.pass(10 * time.Minute)
	w.noCalls(func(c localaws.Call) bool { return mutating(c) && strings.HasSuffix(c.Resource, "-second") })
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.ready(second)
}

func TestP38DeadLetterQueueComesFirst(t *testing.T) {
	w := newWorld(t)
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "CreateQueue" && strings.HasSuffix(c.Resource, "-dlq") {
			return localaws.Fault{Code: "AccessDenied", Message: "not permitted"}
		}
		return localaws.Fault{}
	})
	cq := w.queue("inventory", unchanged)
	w.mentions(w.waiting(cq, v1alpha1.ReasonAccessDenied), "sqs:CreateQueue", "not permitted")
	w.pass(5 * time.Minute)
	if names := w.queueNames(); len(names) != 0 {
		t.Errorf("made %v", names)
	}
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.ready(cq)
}

func TestP14ReferenceToAnotherDeadLetterQueue(t *testing.T) {
	w := newWorld(t)
	a, b := w.deadLetters("a"), w.deadLetters("b")
	source := w.source("source", "a")
	w.ready(source)
	w.ready(b)
	edit(w, source, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter.ConsumerQueue.Name = "b" })
	w.ready(source)
	if target := topology.RedriveTarget(w.attributes(source.Status.QueueName)["RedrivePolicy"]); target != b.Status.QueueARN {
		t.Errorf("dead letters go to %q", target)
	}
	if source.Status.DeadLetter.QueueARN != b.Status.QueueARN || source.Status.DeadLetter.QueueURL != b.Status.QueueURL {
		t.Errorf("the status says %v", source.Status.DeadLetter)
	}
	w.admits(b.Status.QueueName, "source")
	w.delete(a)
	w.gone(a)
	w.ready(source)
}

func TestSharedDeadLetterQueueOfMoreThanTen(t *testing.T) {
	w := newWorld(t)
	shared := w.deadLetters("shared")
	var sources []*v1alpha1.ConsumerQueue
	for i := range 12 {
		sources = append(sources, w.source(fmt.Sprintf("source-%02d", i), "shared"))
	}
	for _, cq := range sources {
		w.ready(cq)
	}
	w.ready(shared)
	w.mentions(conditionOf(shared, "Ready").Message, "allowAll", "12")
	w.admits(shared.Status.QueueName, "allowAll")
	for _, cq := range sources[1:] {
		w.delete(cq)
	}
	for _, cq := range sources[1:] {
		w.gone(cq)
	}
	w.admits(shared.Status.QueueName, "source-00")
}

func TestSharedDeadLetterQueueThatCannotServe(t *testing.T) {
	w := newWorld(t)
	w.ready(w.queue("shared", unchanged))
	source := w.source("source", "shared")
	w.mentions(w.stalled(source, v1alpha1.ReasonSharedQueueInvalid), "shared")
	if !w.condition(source, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonSharedQueueInvalid) {
		t.Errorf("accepted:\n%s", w.describe())
	}
}
