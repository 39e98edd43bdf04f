package controller

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Names of the queues of ConsumerQueue inventory.
const (
	quickMain = "shop-inventory"
	quickDLQ  = "shop-inventory-dlq"
)

// mustDo is for calls of the hands that cannot fail.
func mustDo[T any](w *quickWorld, out T, err error) T {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return out
}

// withDeadLetters is a world with ConsumerQueue inventory and so many dead letters of it.
func withDeadLetters(t quickTB, n int, change func(*v1alpha1.ConsumerQueueSpec)) *quickWorld {
	t.Helper()
	w := newQuickWorld(t)
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	cq.Spec.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](1)}
	cq.Spec.VisibilityTimeout, cq.Spec.ReceiveWaitTime = "0s", "0s"
	change(&cq.Spec)
	w.create(cq)
	w.quiet()
	w.everyoneReady()
	w.send(quickMain, n)
	w.die(quickMain)
	return w
}

func asItIs(*v1alpha1.ConsumerQueueSpec) {}

// send puts so many messages into a queue.
func (w *quickWorld) send(queue string, n int) {
	w.t.Helper()
	url := w.hands().url(queue)
	for i := 0; i < n; i += 10 {
		in := &sqs.SendMessageBatchInput{QueueUrl: &url}
		for j := i; j < min(i+10, n); j++ {
			entry := sqstypes.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(j)), MessageBody: aws.String(fmt.Sprintf("message %d", j))}
			if strings.HasSuffix(queue, ".fifo") {
				entry.MessageGroupId, entry.MessageDeduplicationId = aws.String(strconv.Itoa(j)), aws.String(strconv.Itoa(j))
			}
			in.Entries = append(in.Entries, entry)
		}
		out, err := w.hands().sqs.SendMessageBatch(w.ctx, in)
		if mustDo(w, out, err); len(out.Failed) > 0 {
			w.t.Fatalf("sending: %+v", out.Failed)
		}
	}
}

// die receives what is in a queue with maxReceiveCount 1 and no visibility timeout, and fails on it, until all has become dead letters; it gives their number.
func (w *quickWorld) die(queue string) (n int) {
	w.t.Helper()
	url := w.hands().url(queue)
	for {
		out, err := w.hands().sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if mustDo(w, out, err); len(out.Messages) == 0 {
			return n
		}
		n += len(out.Messages)
	}
}

// holds counts the messages of a queue.
func (w *quickWorld) holds(queue string) int {
	w.t.Helper()
	n := 0
	fields := w.hands().fields("queue/" + queue)
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		count, err := strconv.Atoi(fields[name])
		n += mustDo(w, count, err)
	}
	return n
}

// redrive makes a Redrive of ConsumerQueue inventory.
func (w *quickWorld) redrive(name string, change func(*v1alpha1.RedriveSpec)) *v1alpha1.Redrive {
	w.t.Helper()
	rd := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: name}}
	rd.Spec.ConsumerQueue.Name = "inventory"
	rd.Status.ObservedGeneration = -1
	change(&rd.Spec)
	w.create(rd)
	w.turn()
	return rd
}

func atRate(n int32) func(*v1alpha1.RedriveSpec) {
	return func(s *v1alpha1.RedriveSpec) { s.MaxMessagesPerSecond = &n }
}

// until lets time go by, a second at most, until the Redrive is in a state.
func (w *quickWorld) until(rd *v1alpha1.Redrive, state v1alpha1.RedriveState, most time.Duration) {
	w.t.Helper()
	for end := w.clock.Now().Add(most); ; w.pass(time.Second / 4) {
		if w.reread(rd); rd.Status.State == state {
			return
		}
		if w.clock.Now().After(end) {
			w.t.Fatalf("%s is %s after %s, want %s: %s", rd.Name, rd.Status.State, most, state, said(rd))
		}
	}
}

// said is the reason and the message of a Redrive.
func said(rd *v1alpha1.Redrive) string {
	ready := meta.FindStatusCondition(rd.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return "nothing"
	}
	return ready.Reason + ": " + ready.Message
}

// tasks are those of a dead-letter queue, as AWS lists them, newest first.
func (w *quickWorld) tasks(queue string) []sqstypes.ListMessageMoveTasksResultEntry {
	w.t.Helper()
	arn := quickARN("sqs", queue)
	out, err := w.hands().sqs.ListMessageMoveTasks(context.Background(), &sqs.ListMessageMoveTasksInput{SourceArn: &arn, MaxResults: aws.Int32(10)})
	return mustDo(w, out, err).Results
}

func TestRedriveMovesDeadLettersBack(t *testing.T) {
	w := withDeadLetters(t, 40, asItIs)
	rd := w.redrive("fix", atRate(10))
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	if rd.Status.MessagesMoved != 40 || rd.Status.MessagesToMove != 40 || rd.Status.Progress != 100 || rd.Status.Adopted {
		t.Errorf("the status is %+v", rd.Status)
	}
	if n := w.holds(quickMain); n != 40 {
		t.Errorf("the queue has %d messages", n)
	}
	if n := len(w.tasks(quickDLQ)); n != 1 {
		t.Errorf("AWS has %d tasks", n)
	}
	if len(rd.Finalizers) > 0 {
		t.Errorf("the finalizers are %v", rd.Finalizers)
	}
}
