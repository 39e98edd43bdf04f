package controller

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Schedules with the Redrives' own reconciler, over real move tasks of the local AWS.

// newRunWorld has a ConsumerQueue inventory with so many dead letters, and a run at each full hour that moves ten of them a second.
func newRunWorld(t *testing.T, letters int) *scheduleWorld {
	t.Helper()
	w := newScheduleWorld(t, "UTC", "2026-03-22 12:30", v1alpha1.RedriveSchedule{Schedule: "0 * * * *", MaxMessagesPerSecond: ptr.To[int32](10), ObserveFor: "2m"})
	w.runner = nil
	w.change(func(cq *v1alpha1.ConsumerQueue) {
		// Whoever asks has an answer at once, on a clock that stands still.
		cq.Spec.DeadLetter.MaxReceiveCount, cq.Spec.ReceiveWaitTime, cq.Spec.VisibilityTimeout = ptr.To[int32](1), "0s", "0s"
	})
	w.until("2026-03-22 12:45")
	w.send("shop-inventory", letters)
	w.fails("shop-inventory")
	if n := w.count("shop-inventory-dlq"); n != letters {
		t.Fatalf("there are %d dead letters", n)
	}
	return w
}

// receive gives what is visible in a queue.
func (w *scheduleWorld) receive(queue string) []sqstypes.Message {
	w.t.Helper()
	h := w.hands()
	out, err := h.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(h.url(queue)), MaxNumberOfMessages: 10})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return out.Messages
}

// fails is a consumer that fails on all messages.
func (w *scheduleWorld) fails(queue string) {
	for len(w.receive(queue)) > 0 {
	}
}

// handles is a consumer that handles all messages, and gives their number.
func (w *scheduleWorld) handles(queue string) (n int) {
	w.t.Helper()
	h := w.hands()
	for messages := w.receive(queue); len(messages) > 0; messages = w.receive(queue) {
		for _, m := range messages {
			if _, err := h.sqs.DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(h.url(queue)), ReceiptHandle: m.ReceiptHandle}); err != nil {
				w.t.Fatalf("%v", err)
			}
			n++
		}
	}
	return n
}

// count is how many messages a queue holds.
func (w *scheduleWorld) count(queue string) int {
	w.t.Helper()
	total := 0
	fields := w.hands().fields("queue/" + queue)
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, err := strconv.Atoi(fields[name])
		if err != nil {
			w.t.Fatalf("%s of %s: %v", name, queue, err)
		}
		total += n
	}
	return total
}

// moves are the states of the move tasks that were started for the dead letters, newest first.
func (w *scheduleWorld) moves() []string {
	w.t.Helper()
	list, err := w.hands().sqs.ListMessageMoveTasks(w.ctx, &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(quickARN("sqs", "shop-inventory-dlq")), MaxResults: ptr.To[int32](10)})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	var out []string
	for _, task := range list.Results {
		out = append(out, *task.Status)
	}
	return out
}

// The loop of messages that fail again ends in the first run; with a consumer that was mended all arrive, once.
func TestS5LoopOfReturningMessagesHalts(t *testing.T) {
	const letters = 240
	w := newRunWorld(t, letters)
	w.consumer = func() { w.fails("shop-inventory") }
	w.until("2026-03-22 18:30")
	w.stands("with a consumer that fails", "True MessagesReturned", 1)
	if got := w.moves(); len(got) != 1 || got[0] != "CANCELLED" {
		t.Errorf("the tasks are %q", got)
	}
	if n := w.count("shop-inventory-dlq"); n != letters {
		t.Errorf("%d dead letters are left", n)
	}
	handled := 0
	w.consumer = func() { handled += w.handles("shop-inventory") }
	w.change(func(cq *v1alpha1.ConsumerQueue) {
		cq.Annotations = map[string]string{v1alpha1.AnnotationResumeRedrive: "mended"}
	})
	w.until("2026-03-22 19:30")
	w.stands("with one that was mended", "False Scheduled", 2)
	if n := w.count("shop-inventory-dlq"); handled != letters || n != 0 {
		t.Errorf("%d of %d messages were handled, %d are left", handled, letters, n)
	}
}

// Wherever the operator dies in a run, there is one task, and all messages arrive.
func TestS5OperatorDiesAtEveryStepOfARun(t *testing.T) {
	const letters = 40
	for _, kind := range []string{"write to Kubernetes", "call", "call after its effect"} {
		for n, died := 1, true; died; n++ {
			t.Run(fmt.Sprintf("%s %d", kind, n), func(t *testing.T) {
				w := newRunWorld(t, letters)
				handled := 0
				w.consumer = func() { handled += w.handles("shop-inventory") }
				w.until("2026-03-22 12:59")
				first := w.shared
				w.dies(kind, n)
				w.until("2026-03-22 13:05")
				died = w.shared != first
				w.stands("after the run", "False Scheduled", 1)
				if got := w.moves(); len(got) != 1 || got[0] != "COMPLETED" {
					t.Errorf("the tasks are %q", got)
				}
				if runs := w.all(); len(runs) != 1 || runs[0].Status.State != v1alpha1.RedriveSucceeded || runs[0].Status.MessagesMoved != letters {
					t.Errorf("the Redrives are %+v", runs)
				}
				if left := w.count("shop-inventory-dlq"); handled != letters || left != 0 {
					t.Errorf("%d of %d messages were handled, %d are left", handled, letters, left)
				}
				if !died && n <= 8 {
					t.Errorf("there were only %d steps", n-1)
				}
			})
		}
	}
}

// A ConsumerQueue that is being deleted cancels the task of its schedule; what is left in the dead-letter queue holds it then, as ever.
func TestS5DeletedQueueCancelsItsTask(t *testing.T) {
	w := newRunWorld(t, 240)
	w.until("2026-03-22 13:00")
	w.reach(w.clock.Now().Add(5e9))
	w.remove()
	w.until("2026-03-22 13:10")
	if got := w.moves(); len(got) != 1 || got[0] != "CANCELLED" {
		t.Errorf("the tasks are %q", got)
	}
	if left := w.all(); len(left) != 0 {
		t.Errorf("the runs are %+v", left)
	}
	if main, dead := w.count("shop-inventory"), w.count("shop-inventory-dlq"); main+dead != 240 || dead == 0 {
		t.Errorf("there are %d messages and %d dead letters", main, dead)
	}
	w.handles("shop-inventory")
	w.purge("shop-inventory-dlq")
	w.until("2026-03-22 14:10")
	if left := w.objects(); len(left) != 0 {
		t.Errorf("still there:\n%s", w.describe())
	}
}

// Somebody's own Redrive goes first; the run of the schedule starts after it, or is given up when it cannot start for an hour.
func TestS5RunWaitsForARedriveOfSomebody(t *testing.T) {
	w := newRunWorld(t, 240)
	w.until("2026-03-22 12:59")
	own := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "by-hand"}}
	own.Spec.ConsumerQueue.Name, own.Spec.MaxMessagesPerSecond = "inventory", ptr.To[int32](1)
	w.create(own)
	w.until("2026-03-22 13:30")
	w.stands("behind a slow one", "False Scheduled", 2)
	if got := w.moves(); len(got) != 1 || got[0] != "COMPLETED" {
		t.Errorf("the tasks are %q", got)
	}
	for _, run := range w.all() {
		if run.Status.State != v1alpha1.RedriveSucceeded {
			t.Errorf("%s is %s", run.Name, run.Status.State)
		}
	}
}
