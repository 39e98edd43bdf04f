package e2e

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The queue's policy is removed by hand: SNS cannot deliver, the messages land in the undelivered queue, and Skein puts the policy back.
func TestP18PolicyRemovedByHandLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.applySample("s1-orders-fanout.yaml")
	h, worker := w.hands(), worker{w, inProcess{w.hands()}}
	publish := func(body string) {
		t.Helper()
		worker.must(worker.publish(h.topic("orders-topic"), message{body: body, attributes: map[string]string{"event_type": "order.updated"}}))
	}
	publish("before")
	worker.must(h.setQueue(w.ctx, worker.url("orders-queue"), "Policy", ""))
	publish("meanwhile")
	w.holds("1", "orders-queue", "orders-queue-undelivered")

	w.jump(resync)
	w.settled("Skein to put the policy back", func() bool {
		w.jump(time.Second)
		attributes, err := h.readQueue(w.ctx, "orders-queue")
		return err == nil && attributes["Policy"] != "" && w.readyNow()
	})
	publish("after")
	if diff := cmp.Diff([]string{"after", "before"}, bodies(worker.work("orders-queue", always))); diff != "" {
		t.Errorf("messages in the queue (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"meanwhile"}, bodies(worker.work("orders-queue-undelivered", always))); diff != "" {
		t.Errorf("messages that could not be delivered (-want +got):\n%s", diff)
	}
}

// S3 to its end: the queue is deleted by hand, SNS puts what is published meanwhile into the undelivered queue, Skein makes the queue again, and a Redrive
// brings the messages into it as SNS would have.
func TestS3WhatSNSCouldNotDeliverIsCopied(t *testing.T) {
	const lost = 73
	w := newWorld(t)
	w.applySample("s3-fraud.yaml")
	h, worker := w.hands(), worker{w, inProcess{w.hands()}}
	order := func(n int) {
		t.Helper()
		worker.must(worker.publish(h.topic("orders-events"), message{
			body: fmt.Sprintf(`{"order": %d}`, n), attributes: map[string]string{"eventType": "OrderPlaced", "amount": strconv.Itoa(500 + n)},
		}))
	}
	worker.must(h.deleteQueue(w.ctx, "orders-fraud"))
	for n := range lost {
		order(n)
	}
	w.holds(strconv.Itoa(lost), "orders-fraud-undelivered")
	w.jump(resync)
	w.settled("the queue to come back", func() bool {
		w.jump(time.Second)
		return w.readyNow() && h.exists(w.ctx, "orders-fraud")
	})
	order(lost)

	rd := sample(t, "runs/s3-undelivered.yaml")[0].(*v1alpha1.Redrive)
	rd.Namespace = w.namespace
	create(t, rd)
	w.settled("the messages to be copied", func() bool {
		w.jump(time.Second / 4)
		return w.Get(w.ctx, client.ObjectKeyFromObject(rd), rd) == nil && rd.Finished()
	})
	if rd.Status.State != v1alpha1.RedriveSucceeded || rd.Status.MessagesMoved != lost {
		t.Errorf("the status is %+v", rd.Status)
	}
	want := map[string]string{}
	for n := range lost + 1 {
		want[fmt.Sprintf(`{"order": %d}`, n)] = strconv.Itoa(500 + n)
	}
	arrived := map[string]string{}
	for _, one := range worker.work("orders-fraud", always) {
		if _, twice := arrived[one.body]; twice {
			t.Errorf("%s came twice", one.body)
		}
		arrived[one.body] = one.attributes["amount"]
	}
	if diff := cmp.Diff(want, arrived); diff != "" {
		t.Errorf("orders by their amounts (-want +got):\n%s", diff)
	}
	w.holds("0", "orders-fraud-undelivered")
}

// P16, P17: a key that SNS may not use. AWS takes the settings and delivers nothing, and the object says so.
func TestP17WrongKeyDeliversNothing(t *testing.T) {
	w := newWorld(t)
	w.topology("news", asIs)
	cq := w.queue("reader", func(s *v1alpha1.ConsumerQueueSpec) {
		to("news", "events")(s)
		s.QueueName = "reader"
		s.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/aws/sqs"}}
	})
	w.settled("the queue to say that nothing is delivered", func() bool { return w.notReadyFor(cq, v1alpha1.ReasonQueueKeyNotGrantable) })
	h, worker := w.hands(), worker{w, inProcess{w.hands()}}
	worker.must(worker.publish(w.topicARN("news"), message{body: "unread"}))
	w.holds("0", "reader")
	w.holds("1", "reader-undelivered")
	if diff := cmp.Diff([]string{"unread"}, bodies(worker.work("reader-undelivered", always))); diff != "" {
		t.Errorf("messages that could not be delivered (-want +got):\n%s", diff)
	}
	// The account's own identities may use that key.
	worker.must(worker.send(worker.url("reader"), message{body: "sent directly"}))
	if diff := cmp.Diff([]string{"sent directly"}, bodies(worker.work("reader", always))); diff != "" {
		t.Errorf("messages sent directly to %s (-want +got):\n%s", h.queue("reader"), diff)
	}
}

// A standard topic does not feed a FIFO queue: SNS refuses, and the object says so.
func TestS2StandardTopicRefusesFIFOQueue(t *testing.T) {
	w := newWorld(t)
	w.topology("news", asIs)
	cq := w.queue("reader", func(s *v1alpha1.ConsumerQueueSpec) {
		to("news", "events")(s)
		s.FIFO = &v1alpha1.QueueFIFO{}
	})
	w.settled("the queue to say why it has no subscription", func() bool { return w.notReadyFor(cq, v1alpha1.ReasonFIFOMismatch) })
}

// notReadyFor reads an object and says whether it is not Ready for a reason.
func (w *world) notReadyFor(cq *v1alpha1.ConsumerQueue, reason string) bool {
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(cq), cq); err != nil {
		return false
	}
	c := meta.FindStatusCondition(cq.Status.Conditions, v1alpha1.ConditionReady)
	return c != nil && c.Status == metav1.ConditionFalse && c.Reason == reason
}
