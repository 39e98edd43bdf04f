package controller_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Redrives over a real control plane: what it takes of the statuses, finalizers and deletions. All else is in the quick tests.

// dying makes a queue whose messages are dead after one receive, with so many dead letters.
func (w *world) dying(name string, n int) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	cq := w.queue(name, func(s *v1alpha1.ConsumerQueueSpec) {
		s.VisibilityTimeout, s.ReceiveWaitTime, s.DeletionPolicy = "0s", "0s", v1alpha1.DeletionDelete
		s.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](1)}
	})
	w.ready(cq)
	for i := range n {
		w.send(cq.Status.QueueURL, fmt.Sprint("message ", i))
	}
	for range 2 * n {
		if _, err := w.sqs().ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &cq.Status.QueueURL, MaxNumberOfMessages: 10}); err != nil {
			w.t.Fatal(err)
		}
	}
	return cq
}

func (w *world) redrive(name, queue string, change func(*v1alpha1.RedriveSpec)) *v1alpha1.Redrive {
	w.t.Helper()
	rd := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	rd.Spec.ConsumerQueue.Name, rd.Spec.MaxMessagesPerSecond = queue, ptr.To[int32](2)
	change(&rd.Spec)
	w.create(rd)
	return rd
}

func (w *world) reaches(rd *v1alpha1.Redrive, state v1alpha1.RedriveState) {
	w.t.Helper()
	w.eventually(rd.Name+" to be "+string(state), func() bool {
		return w.Get(w.ctx, client.ObjectKeyFromObject(rd), rd) == nil && rd.Status.State == state
	})
}

// taskOf is the status of the last task of a queue.
func (w *world) taskOf(cq *v1alpha1.ConsumerQueue) string {
	w.t.Helper()
	out, err := w.sqs().ListMessageMoveTasks(w.ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &cq.Status.DeadLetter.QueueARN, MaxResults: aws.Int32(10)})
	if err != nil || len(out.Results) != 1 {
		w.t.Fatalf("the tasks of %s are %+v (%v)", cq.Name, out, err)
	}
	return *out.Results[0].Status
}

// Several run at a time; the operator is killed while they do, and another one takes over.
func TestRedrivesSurviveTheOperator(t *testing.T) {
	w := newWorld(t)
	var queues []*v1alpha1.ConsumerQueue
	var runs []*v1alpha1.Redrive
	for _, name := range []string{"one", "two", "three"} {
		queues = append(queues, w.dying(name, 40))
	}
	for _, cq := range queues {
		runs = append(runs, w.redrive("of-"+cq.Name, cq.Name, func(*v1alpha1.RedriveSpec) {}))
	}
	for _, rd := range runs {
		w.reaches(rd, v1alpha1.RedriveRunning)
	}
	w.kill()
	w.stop()
	w.start()
	for i, rd := range runs {
		w.reaches(rd, v1alpha1.RedriveSucceeded)
		if s := rd.Status; s.MessagesMoved != 40 || s.Progress != 100 || s.Adopted || s.TaskStartTime == nil || s.Account == nil {
			t.Errorf("%s: %+v", rd.Name, s)
		}
		if got := w.taskOf(queues[i]); got != "COMPLETED" {
			t.Errorf("the task of %s is %s", queues[i].Name, got)
		}
	}
	w.eventually("the finalizers to be off", func() bool {
		return w.Get(w.ctx, client.ObjectKeyFromObject(runs[0]), runs[0]) == nil && len(runs[0].Finalizers) == 0
	})
}

func TestRedriveIsDeletedWhileItRuns(t *testing.T) {
	w := newWorld(t)
	cq := w.dying("one", 200)
	rd := w.redrive("fix", cq.Name, func(s *v1alpha1.RedriveSpec) { s.HaltOnReturnRatio, s.MaxMessages = "0.5", ptr.To[int64](150) })
	second := w.redrive("second", cq.Name, func(s *v1alpha1.RedriveSpec) {
		s.MaxMessagesPerSecond, s.TTLSecondsAfterFinished = nil, ptr.To[int32](5)
	})
	w.reaches(rd, v1alpha1.RedriveRunning)
	w.reaches(second, v1alpha1.RedrivePending)
	if !strings.Contains(w.describe()+second.Status.Conditions[0].Message, "Redrive fix") {
		t.Errorf("the second says %+v", second.Status.Conditions)
	}
	w.delete(rd)
	w.gone(rd)
	w.gone(second)
	if n := w.attributes(cq.Status.QueueName)["ApproximateNumberOfMessages"]; n != "200" {
		t.Errorf("%s messages are back", n)
	}
}
