package e2e

import (
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// redriven goes through what Redrives do: one that is stopped, and one that copies, once it may send: what it cannot send it gives back.
func (w *world) redriven() {
	w.t.Helper()
	cq := w.queue("redriven", func(s *v1alpha1.ConsumerQueueSpec) {
		to("orders", "events")(s)
		s.VisibilityTimeout, s.ReceiveWaitTime, s.DeletionPolicy = "0s", "0s", v1alpha1.DeletionDelete
		s.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](1)}
	})
	w.ready(cq)
	for range 200 {
		w.put(cq.Status.QueueURL, "dead")
	}
	for range 400 {
		if _, err := w.hands().sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &cq.Status.QueueURL}); err != nil {
			w.t.Fatal(err)
		}
	}
	w.put(cq.Status.Undelivered.QueueURL, "lost")
	run := w.run(cq, "moves", func(s *v1alpha1.RedriveSpec) { s.MaxMessagesPerSecond = ptr.To[int32](1) })
	w.settled("it to run", w.is(run, v1alpha1.RedriveRunning))
	if err := w.Delete(w.ctx, run); err != nil {
		w.t.Fatal(err)
	}
	w.settled("it to be stopped, and gone", func() bool {
		w.jump(time.Second)
		return apierrors.IsNotFound(w.Get(w.ctx, client.ObjectKeyFromObject(run), run))
	})
	var denied atomic.Bool
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SendMessageBatch" && !denied.Swap(true) {
			return localaws.Fault{Code: "AccessDenied"}
		}
		return localaws.Fault{}
	})
	w.run(cq, "copies", func(s *v1alpha1.RedriveSpec) { s.Source = v1alpha1.RedriveUndelivered })
	w.settled("a slice to be copied", func() bool {
		w.jump(time.Second)
		return w.calls()["sqs:ChangeMessageVisibilityBatch"] > 0 && w.calls()["sqs:DeleteMessageBatch"] > 0
	})
	w.aws.SetHook(nil)
}

func (w *world) put(url, body string) {
	w.t.Helper()
	if _, err := w.hands().sqs.SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String(body)}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run(cq *v1alpha1.ConsumerQueue, name string, change func(*v1alpha1.RedriveSpec)) *v1alpha1.Redrive {
	w.t.Helper()
	rd := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	rd.Spec.ConsumerQueue.Name = cq.Name
	change(&rd.Spec)
	if err := w.Create(w.ctx, rd); err != nil {
		w.t.Fatal(err)
	}
	return rd
}

func (w *world) is(rd *v1alpha1.Redrive, state v1alpha1.RedriveState) func() bool {
	return func() bool {
		return w.Get(w.ctx, client.ObjectKeyFromObject(rd), rd) == nil && rd.Status.State == state
	}
}
