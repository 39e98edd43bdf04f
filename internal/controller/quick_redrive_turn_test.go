package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// One at a time: whose turn it is.

// saysSo holds what a Redrive says of itself.
func (w *quickWorld) saysSo(rd *v1alpha1.Redrive, state v1alpha1.RedriveState, words ...string) {
	w.t.Helper()
	w.reread(rd)
	if rd.Status.State != state {
		w.t.Errorf("%s is %s, want %s", rd.Name, rd.Status.State, state)
	}
	for _, text := range words {
		if !strings.Contains(said(rd), text) {
			w.t.Errorf("%s says %q, want %q in it", rd.Name, said(rd), text)
		}
	}
}

func TestSecondRedriveWaitsAndNamesTheFirst(t *testing.T) {
	w := withDeadLetters(t, 100, asItIs)
	one := w.redrive("one", func(s *v1alpha1.RedriveSpec) {
		atRate(10)(s)
		s.MaxMessages = ptr.To[int64](60)
	})
	two := w.redrive("two", atRate(10))
	three := w.redrive("three", atRate(10))
	w.pass(3 * time.Second)
	w.saysSo(one, v1alpha1.RedriveRunning)
	w.saysSo(two, v1alpha1.RedrivePending, v1alpha1.ReasonAnotherRedrive, "Redrive one")
	w.saysSo(three, v1alpha1.RedrivePending, v1alpha1.ReasonAnotherRedrive, "Redrive one")
	w.until(one, v1alpha1.RedriveSucceeded, time.Minute)
	w.until(two, v1alpha1.RedriveRunning, 15*time.Second)
	w.saysSo(three, v1alpha1.RedrivePending, v1alpha1.ReasonAnotherRedrive, "Redrive two")
	w.until(three, v1alpha1.RedriveSucceeded, time.Minute)
	w.saysSo(three, v1alpha1.RedriveSucceeded, "nothing to move")
	if n := len(w.tasks(quickDLQ)); n != 2 {
		t.Errorf("AWS has %d tasks, want two", n)
	}
}

// Two that come at one moment, neither of which is in line before the other by its status.
func TestRedrivesMadeAtOnceRunOneAfterTheOther(t *testing.T) {
	w := withDeadLetters(t, 30, asItIs)
	for _, name := range []string{"one", "two", "three"} {
		rd := &v1alpha1.Redrive{}
		rd.Namespace, rd.Name, rd.Spec.ConsumerQueue.Name = quickNamespace, name, "inventory"
		atRate(10)(&rd.Spec)
		w.create(rd)
	}
	w.turn()
	w.pass(2 * time.Minute)
	moved := int64(0)
	var list v1alpha1.RedriveList
	if err := w.List(w.ctx, &list); err != nil {
		t.Fatal(err)
	}
	for _, rd := range list.Items {
		moved += rd.Status.MessagesMoved
		if rd.Status.State != v1alpha1.RedriveSucceeded || rd.Status.Adopted {
			t.Errorf("%s is %s, adopted %t: %s", rd.Name, rd.Status.State, rd.Status.Adopted, said(&rd))
		}
	}
	if n := len(w.tasks(quickDLQ)); n != 1 || moved != 30 {
		t.Errorf("%d tasks, and %d moved by the statuses", n, moved)
	}
}

// start begins a task by hand.
func (w *quickWorld) startByHand(rate int32) {
	w.t.Helper()
	out, err := w.hands().sqs.StartMessageMoveTask(w.ctx, &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String(quickARN("sqs", quickDLQ)), MaxNumberOfMessagesPerSecond: &rate,
	})
	mustDo(w, out, err)
}

func TestRedriveWaitsForATaskStartedByHand(t *testing.T) {
	w := withDeadLetters(t, 100, asItIs)
	w.startByHand(10)
	began := w.clock.Now().UTC().Format(time.RFC3339)
	w.pass(time.Second)
	rd := w.redrive("fix", atRate(10))
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonAnotherRedrive, began)
	w.send(quickMain, 20)
	w.pass(12 * time.Second)
	w.die(quickMain)
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	if tasks := w.tasks(quickDLQ); len(tasks) != 2 || rd.Status.MessagesMoved != tasks[0].ApproximateNumberOfMessagesMoved {
		t.Errorf("%d tasks, and %d moved by the status", len(tasks), rd.Status.MessagesMoved)
	}
}

// Somebody starts a task between the look and the start: AWS refuses, and the run waits for that task, which it does not take for its own.
func TestRedriveRefusedForATaskByHandWaits(t *testing.T) {
	w := withDeadLetters(t, 100, asItIs)
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "StartMessageMoveTask" && c.AccessKey != quickHands && len(w.tasks(quickDLQ)) == 0 {
			w.startByHand(7)
		}
		return localaws.Fault{}
	}
	rd := w.redrive("fix", atRate(7))
	w.pass(5 * time.Second)
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonAnotherRedrive)
	if rd.Status.Adopted || len(rd.Finalizers) > 0 {
		t.Errorf("adopted %t, finalizers %v", rd.Status.Adopted, rd.Finalizers)
	}
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	if n := len(w.tasks(quickDLQ)); n != 1 {
		t.Errorf("%d tasks", n)
	}
}
