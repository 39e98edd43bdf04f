package controller

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// How a run ends.

func (w *quickWorld) taskStatus(queue string) string {
	w.t.Helper()
	tasks := w.tasks(queue)
	if len(tasks) == 0 {
		return "none"
	}
	return *tasks[0].Status
}

func TestDeletionOfARunningRedriveCancelsItsTask(t *testing.T) {
	w := withDeadLetters(t, 600, asItIs)
	rd := w.redrive("fix", atRate(10))
	w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
	w.delete(rd)
	w.pass(5 * time.Second)
	w.absent(rd)
	if got := w.taskStatus(quickDLQ); got != "CANCELLED" {
		t.Errorf("the task is %s", got)
	}
	if back, left := w.holds(quickMain), w.holds(quickDLQ); back+left != 600 || left < 500 {
		t.Errorf("%d went back, %d are left", back, left)
	}
}

// Right after its start, before the status names the task, a run is deleted: its task is cancelled all the same, for AWS has answered.
func TestDeletionRightAfterTheStartCancelsTheTask(t *testing.T) {
	w := withDeadLetters(t, 600, asItIs)
	rd := w.redrive("fix", atRate(10))
	w.saysSo(rd, v1alpha1.RedriveStarting)
	w.delete(rd)
	w.pass(5 * time.Second)
	w.absent(rd)
	if got := w.taskStatus(quickDLQ); got != "CANCELLED" {
		t.Errorf("the task is %s", got)
	}
}

func TestDeletionOfAnAdoptedRedrive(t *testing.T) {
	for name, test := range map[string]struct {
		annotation, task string
		told             int
	}{
		"lets the task go on":       {"", "RUNNING", 1},
		"cancels it with allowance": {"true", "CANCELLED", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := withDeadLetters(t, 600, asItIs)
			w.fault = func(c localaws.Call) localaws.Fault {
				lost := c.Operation == "StartMessageMoveTask" && w.once("lost")
				return localaws.Fault{DropConnection: lost, AfterEffect: lost}
			}
			rd := w.redrive("fix", atRate(10))
			w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
			if !rd.Status.Adopted {
				t.Error("it is not adopted")
			}
			base := rd.DeepCopy()
			rd.Annotations = map[string]string{v1alpha1.AnnotationAllowCancelAdopted: test.annotation}
			if err := w.Patch(w.ctx, rd, client.MergeFrom(base)); err != nil {
				t.Fatal(err)
			}
			w.delete(rd)
			w.pass(5 * time.Second)
			w.absent(rd)
			if got := w.taskStatus(quickDLQ); got != test.task {
				t.Errorf("the task is %s, want %s", got, test.task)
			}
			if n := w.told("Warning Released: the move task out of queue " + quickDLQ); n != test.told {
				t.Errorf("told %d times: %v", n, w.events)
			}
		})
	}
}

func TestFinishedRedriveGoesInTime(t *testing.T) {
	w := withDeadLetters(t, 20, asItIs)
	kept := w.redrive("kept", atRate(10))
	w.until(kept, v1alpha1.RedriveSucceeded, time.Minute)
	rd := w.redrive("gone", func(s *v1alpha1.RedriveSpec) { s.TTLSecondsAfterFinished = ptr.To[int32](3600) })
	w.until(rd, v1alpha1.RedriveSucceeded, 6*time.Second)
	w.saysSo(rd, v1alpha1.RedriveSucceeded, "nothing to move")
	w.pass(59 * time.Minute)
	w.reread(rd)
	w.pass(2 * time.Minute)
	w.absent(rd)
	w.pass(48 * time.Hour)
	w.reread(kept)
}

func TestRedriveWhoseDestinationIsDeletedFails(t *testing.T) {
	w := withDeadLetters(t, 100, asItIs)
	rd := w.redrive("fix", atRate(10))
	w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
	url := w.hands().url(quickMain)
	out, err := w.hands().sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	mustDo(w, out, err)
	w.until(rd, v1alpha1.RedriveFailed, time.Minute)
	w.saysSo(rd, v1alpha1.RedriveFailed, v1alpha1.ReasonTaskFailed, "NonExistentQueue", "make it exist again")
}

func TestRedriveCancelledByHandFails(t *testing.T) {
	w := withDeadLetters(t, 100, asItIs)
	rd := w.redrive("fix", atRate(10))
	w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
	out, err := w.hands().sqs.CancelMessageMoveTask(w.ctx, &sqs.CancelMessageMoveTaskInput{TaskHandle: w.tasks(quickDLQ)[0].TaskHandle})
	mustDo(w, out, err)
	w.until(rd, v1alpha1.RedriveFailed, time.Minute)
	w.saysSo(rd, v1alpha1.RedriveFailed, v1alpha1.ReasonTaskCancelled, "not by this operator")
}

// The dead-letter queue is deleted and made again: nobody knows any more what became of the run.
func TestRedriveWhoseTaskIsLostFails(t *testing.T) {
	w := withDeadLetters(t, 1000, asItIs)
	rd := w.redrive("fix", atRate(1))
	w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
	url := w.hands().url(quickDLQ)
	out, err := w.hands().sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	mustDo(w, out, err)
	w.until(rd, v1alpha1.RedriveFailed, 5*time.Minute)
	w.saysSo(rd, v1alpha1.RedriveFailed, v1alpha1.ReasonTaskLost)
}

func TestFIFORedriveSaysWhatIsNotKept(t *testing.T) {
	w := newQuickWorld(t)
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	cq.Spec.FIFO = &v1alpha1.QueueFIFO{}
	cq.Spec.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](1)}
	cq.Spec.VisibilityTimeout, cq.Spec.ReceiveWaitTime = "0s", "0s"
	w.create(cq)
	w.quiet()
	w.send(quickMain+".fifo", 20)
	w.die(quickMain + ".fifo")
	rd := w.redrive("fix", atRate(5))
	w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
	w.saysSo(rd, v1alpha1.RedriveRunning, "deduplication ids are not kept")
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	w.saysSo(rd, v1alpha1.RedriveSucceeded, "deduplication ids are not kept")
	if n := w.holds(quickMain + ".fifo"); n != 20 {
		t.Errorf("the queue has %d messages", n)
	}
}

// With a cap the task is cancelled near it, and the status tells by how much it was missed.
func TestRedriveEndsNearItsLimit(t *testing.T) {
	for name, test := range map[string]struct {
		rate, limit int
		most        int64
	}{
		"slow":  {10, 35, 37},
		"quick": {500, 700, 900},
	} {
		t.Run(name, func(t *testing.T) {
			w := withDeadLetters(t, 2000, asItIs)
			w.pass(time.Minute)
			writes := w.recorded()
			rd := w.redrive("fix", func(s *v1alpha1.RedriveSpec) {
				s.MaxMessagesPerSecond, s.MaxMessages = aws.Int32(int32(test.rate)), aws.Int64(int64(test.limit))
			})
			w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
			w.saysSo(rd, v1alpha1.RedriveSucceeded, v1alpha1.ReasonMessageLimitReached, "maxMessages")
			if n := rd.Status.MessagesMoved; n < int64(test.limit) || n > test.most || int(n) != w.holds(quickMain) {
				t.Errorf("%d moved by the status, the queue has %d, want %d to %d", n, w.holds(quickMain), test.limit, test.most)
			}
			if got := w.taskStatus(quickDLQ); got != "CANCELLED" {
				t.Errorf("the task is %s", got)
			}
			for i, now := range *writes {
				if i > 0 && now.at.Sub((*writes)[i-1].at) < 2*time.Second {
					t.Errorf("two writes within %s", now.at.Sub((*writes)[i-1].at))
				}
			}
		})
	}
}
