package cloud

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
)

// movable makes a queue with a dead-letter queue that holds so many messages, and another queue to move them to.
func (w *world) movable(n int) (source, destination string) {
	w.t.Helper()
	w.makeQueue("dlq", nil)
	source = "arn:aws:sqs:" + region + ":" + account + ":dlq"
	w.makeQueue("main", map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + source + `","maxReceiveCount":1}`})
	w.makeQueue("other", nil)
	url, err := w.in("").queueURL(w.t.Context(), source)
	if err != nil {
		w.t.Fatal(err)
	}
	body := "m"
	for range n {
		if _, err := w.in("").sqs.SendMessage(w.t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
			w.t.Fatal(err)
		}
	}
	return source, "arn:aws:sqs:" + region + ":" + account + ":other"
}

func (w *world) makeQueue(name string, attributes map[string]string) {
	w.t.Helper()
	if _, err := w.in("").sqs.CreateQueue(w.t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes}); err != nil {
		w.t.Fatal(err)
	}
}

// task lists the only task of a queue.
func (w *world) task(source string) MoveTask {
	w.t.Helper()
	tasks, err := w.MoveTasks(w.t.Context(), source)
	if err != nil || len(tasks) != 1 {
		w.t.Fatalf("the tasks are %+v (%v)", tasks, err)
	}
	return tasks[0]
}

func TestMoveTaskFromStartToCancellation(t *testing.T) {
	w := newWorld(t)
	source, destination := w.movable(10)
	if tasks, err := w.MoveTasks(t.Context(), source); err != nil || len(tasks) > 0 {
		t.Errorf("before: %+v (%v)", tasks, err)
	}
	began := w.clock.Now()
	if err := w.StartMoveTask(t.Context(), source, destination, 2); err != nil {
		t.Fatal(err)
	}
	w.clock.Step(2 * time.Second)
	got := w.task(source)
	want := MoveTask{Handle: got.Handle, Status: "RUNNING", Started: began.UTC().Truncate(time.Millisecond), Moved: 4, ToMove: 10, Rate: 2, Destination: destination}
	if diff := cmp.Diff(want, got); diff != "" || got.Handle == "" {
		t.Errorf("while it runs (-want +got):\n%s", diff)
	}
	if messages, exists, err := w.Depth(t.Context(), source, ""); messages.Total() != 6 || !exists || err != nil {
		t.Errorf("the queue has %+v, exists %t (%v)", messages, exists, err)
	}
	if err := w.CancelMoveTask(t.Context(), source, got.Handle); err != nil {
		t.Fatal(err)
	}
	w.clock.Step(time.Second)
	if got := w.task(source); got.Status != "CANCELLED" || got.Handle != "" {
		t.Errorf("after it was cancelled: %+v", got)
	}
	if f := fault.As(w.CancelMoveTask(t.Context(), source, got.Handle)); f != nil && f.Class != fault.Conflict {
		t.Errorf("cancelled again: %v", f)
	}
}

func TestMoveTaskRefused(t *testing.T) {
	w := newWorld(t)
	source, destination := w.movable(10)
	if err := w.StartMoveTask(t.Context(), source, "", 1); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		source, destination string
		class               fault.Class
		reason              string
	}{
		"a task runs":          {source, "", fault.Wait, v1alpha1.ReasonAnotherRedrive},
		"no dead-letter queue": {destination, "", fault.Wait, v1alpha1.ReasonConsumerQueueNotReady},
		"no destination":       {source, destination + "x", fault.Conflict, v1alpha1.ReasonAWSError},
		"another account":      {"arn:aws:sqs:" + region + ":999999999999:dlq", "", fault.Terminal, v1alpha1.ReasonAccountChanged},
		"no ARN":               {"dlq", "", fault.Retry, v1alpha1.ReasonAWSError},
	} {
		t.Run(name, func(t *testing.T) {
			f := fault.As(w.StartMoveTask(t.Context(), c.source, c.destination, 1))
			if f == nil || f.Class != c.class || f.Reason != c.reason {
				t.Errorf("%v, want %s %s", f, c.class, c.reason)
			}
		})
	}
}

// What does not exist has no tasks and no messages.
func TestMoveTasksOfNoQueue(t *testing.T) {
	w := newWorld(t)
	gone := "arn:aws:sqs:" + region + ":" + account + ":gone"
	if tasks, err := w.MoveTasks(t.Context(), gone); err != nil || tasks != nil {
		t.Errorf("%+v (%v)", tasks, err)
	}
	if messages, exists, err := w.Depth(t.Context(), gone, ""); err != nil || exists || messages.Total() != 0 {
		t.Errorf("%+v, exists %t (%v)", messages, exists, err)
	}
}

// A start whose answer is lost is not made again by the SDK: nobody could tell the second answer apart from that to a stranger's task.
func TestMoveTaskIsStartedOnce(t *testing.T) {
	w := newWorld(t)
	source, _ := w.movable(10)
	n := 0
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation != "StartMessageMoveTask" {
			return localaws.Fault{}
		}
		n++
		return localaws.Fault{AfterEffect: true, Code: "InternalError"}
	})
	f := fault.As(w.StartMoveTask(t.Context(), source, "", 1))
	if n != 1 || f == nil || f.Class != fault.Retry {
		t.Errorf("%d calls, %v", n, f)
	}
}
