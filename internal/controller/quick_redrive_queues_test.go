package controller

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Which queues a run works on, and what it waits for.

// consumer makes another ConsumerQueue.
func (w *quickWorld) consumer(name string, change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: name}}
	cq.Spec.VisibilityTimeout, cq.Spec.ReceiveWaitTime = "0s", "0s"
	change(&cq.Spec)
	w.create(cq)
	return cq
}

func TestRedriveOfASharedDeadLetterQueue(t *testing.T) {
	w := newQuickWorld(t)
	w.consumer("shared", func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter, s.MessageRetention = &v1alpha1.DeadLetter{Disabled: true}, "336h"
	})
	for _, name := range []string{"inventory", "billing"} {
		w.consumer(name, func(s *v1alpha1.ConsumerQueueSpec) {
			s.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}, MaxReceiveCount: ptr.To[int32](1)}
		})
	}
	w.quiet()
	w.everyoneReady()
	for _, queue := range []string{quickMain, "shop-billing"} {
		w.send(queue, 15)
		w.die(queue)
	}
	wrong := w.redrive("wrong", func(*v1alpha1.RedriveSpec) {})
	w.saysSo(wrong, v1alpha1.RedriveFailed, v1alpha1.ReasonSharedDeadLetterQueue, "consumerQueue.name: shared")
	right := w.redrive("right", func(s *v1alpha1.RedriveSpec) { s.ConsumerQueue.Name = "shared" })
	w.until(right, v1alpha1.RedriveSucceeded, time.Minute)
	if one, two := w.holds(quickMain), w.holds("shop-billing"); one != 15 || two != 15 {
		t.Errorf("%d and %d messages went back", one, two)
	}
}

func TestRedriveWithoutASourceFails(t *testing.T) {
	w := newQuickWorld(t)
	w.consumer("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	w.quiet()
	rd := w.redrive("fix", func(*v1alpha1.RedriveSpec) {})
	w.saysSo(rd, v1alpha1.RedriveFailed, v1alpha1.ReasonNoSource, "deadLetter.disabled")
}

func TestRedriveToAnotherQueue(t *testing.T) {
	w := withDeadLetters(t, 15, asItIs)
	to := func(name string) func(*v1alpha1.RedriveSpec) {
		return func(s *v1alpha1.RedriveSpec) {
			s.Destination = &v1alpha1.RedriveDestination{ConsumerQueue: v1alpha1.LocalReference{Name: name}}
		}
	}
	rd := w.redrive("fix", to("repairs"))
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonConsumerQueueNotFound, "repairs")
	w.consumer("repairs", asItIs)
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	if n := w.holds("shop-repairs"); n != 15 {
		t.Errorf("%d messages arrived: %+v", n, rd.Status)
	}
	if !strings.HasSuffix(rd.Status.DestinationARN, ":shop-repairs") {
		t.Errorf("the destination is %s", rd.Status.DestinationARN)
	}
	w.consumer("ordered", func(s *v1alpha1.ConsumerQueueSpec) { s.FIFO = &v1alpha1.QueueFIFO{} })
	w.saysSo(w.redrive("typed", to("ordered")), v1alpha1.RedriveFailed, v1alpha1.ReasonInvalidSpec, "FIFO")
	w.consumer("elsewhere", func(s *v1alpha1.ConsumerQueueSpec) { s.AccountRef = &v1alpha1.AccountReference{Name: "other"} })
	w.saysSo(w.redrive("far", to("elsewhere")), v1alpha1.RedriveFailed, v1alpha1.ReasonInvalidSpec, "AWSAccount other")
}

// A run waits for its ConsumerQueue, and goes on by itself.
func TestRedriveWaitsForItsConsumerQueue(t *testing.T) {
	w := newQuickWorld(t)
	rd := w.redrive("fix", func(*v1alpha1.RedriveSpec) {})
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonConsumerQueueNotFound, "ConsumerQueue inventory")
	cq := w.consumer("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Suspend = true })
	w.pass(5 * time.Second)
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonSuspended)
	w.reread(cq)
	w.put(cq, func() { cq.Spec.Suspend = false })
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
}

// The queue of somebody else is not emptied, though it has the name.
func TestRedriveLeavesQueuesOfOthersAlone(t *testing.T) {
	w := newQuickWorld(t)
	w.theirs(quickMain, quickDLQ)
	w.consumer("inventory", asItIs)
	w.quiet()
	rd := w.redrive("fix", func(*v1alpha1.RedriveSpec) {})
	w.pass(time.Hour)
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonConsumerQueueNotReady)
	if n := w.called("StartMessageMoveTask"); n > 0 {
		t.Errorf("%d starts", n)
	}
}

// AWS refuses to start: the run says why, tries ever more seldom, and goes on once it may.
func TestRedriveThatIsNotPermittedWaits(t *testing.T) {
	w := withDeadLetters(t, 15, asItIs)
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "StartMessageMoveTask" {
			return localaws.Fault{Code: "AccessDenied"}
		}
		return localaws.Fault{}
	}
	w.aws.ResetCalls()
	rd := w.redrive("fix", func(*v1alpha1.RedriveSpec) {})
	w.pass(time.Hour)
	w.saysSo(rd, v1alpha1.RedrivePending, v1alpha1.ReasonAccessDenied, "sqs:StartMessageMoveTask")
	if n := w.called("StartMessageMoveTask"); n < 5 || n > 25 {
		t.Errorf("%d tries in an hour", n)
	}
	if n := w.told("Warning AccessDenied"); n != 1 {
		t.Errorf("told %d times: %v", n, w.events)
	}
	w.fault = nil
	w.until(rd, v1alpha1.RedriveSucceeded, 10*time.Minute)
	if rd.Status.MessagesMoved != 15 || rd.Status.Adopted {
		t.Errorf("%+v", rd.Status)
	}
}
