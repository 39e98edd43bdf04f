package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/hack/demo/internal/samples"
	"github.com/skein-dev/skein/hack/demo/internal/show"
)

// body of the message that holds a queue.
const body = "order 4711: two lamps"

// tourDeletion deletes a ConsumerQueue whose queue holds a message: it stays until the message has been dealt with.
func (d *demo) tourDeletion(ctx context.Context) error {
	cq, err := d.consumer(ctx, samples.InventoryName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Inventory, err)
	}
	url := cq.Status.QueueURL
	send := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: new(body)}
	err = d.showAWS(ctx, []string{"sqs", "send-message", "--queue-url", url, "--message-body", body, "--query", "MessageId"}, func() (any, error) {
		out, err := d.aws.sqs.SendMessage(ctx, send)
		if err != nil {
			return nil, fmt.Errorf("sending a message to %s: %w", url, err)
		}
		return out.MessageId, nil
	})
	if err != nil {
		return err
	}
	if err := d.showKubectl(ctx, "delete", "consumerqueue", samples.InventoryName, "--namespace="+samples.Namespace, "--wait=false"); err != nil {
		return err
	}
	if err := d.held(ctx, cq); err != nil {
		return err
	}
	d.out.Say("A worker receives the message, does its work and deletes it.")
	if err := d.consume(ctx, url); err != nil {
		return err
	}
	return d.letGo(ctx, cq)
}

// held waits until the object says that messages hold it, and checks that it is so.
func (d *demo) held(ctx context.Context, cq *v1alpha1.ConsumerQueue) error {
	var state readiness
	err := d.wait(ctx, samples.Inventory+" to say "+v1alpha1.ReasonMessagesHeld, 30*time.Second, func(ctx context.Context) (bool, string) {
		now, err := d.consumer(ctx, samples.InventoryName)
		if err != nil {
			return false, err.Error()
		}
		state = readyOf(now.Status.Conditions, now.Generation)
		return state.reason == v1alpha1.ReasonMessagesHeld, state.String()
	})
	if err != nil {
		return err
	}
	if err := d.showKubectl(ctx, "get", "consumerqueues", "--namespace="+samples.Namespace, "--output=wide"); err != nil {
		return err
	}
	d.out.Seen("it waits, and says why: %s", state.message)
	attributes, err := d.aws.queue(ctx, cq.Status.QueueURL)
	if err != nil {
		return err
	}
	if err := compare("the held queue", attributes, map[string]string{"ApproximateNumberOfMessages": "1"}); err != nil {
		return err
	}
	subscribed, err := d.aws.endpoints(ctx, cq.Status.Subscriptions[0].TopicARN)
	if err != nil {
		return err
	}
	if slices.Contains(subscribed, cq.Status.QueueARN) {
		return fmt.Errorf("checking the held queue: topic %s still delivers to it", cq.Status.Subscriptions[0].TopicARN)
	}
	d.out.Seen("nothing new arrives: the subscription went first; the queue is still there, with its message")
	return nil
}

// consume receives the message and deletes it, as a worker does.
func (d *demo) consume(ctx context.Context, url string) error {
	got, err := d.aws.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 1})
	if err != nil {
		return fmt.Errorf("receiving from %s: %w", url, err)
	}
	if len(got.Messages) != 1 || *got.Messages[0].Body != body {
		return fmt.Errorf("receiving from %s: got %d messages, not the one that was sent", url, len(got.Messages))
	}
	if _, err := d.aws.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: got.Messages[0].ReceiptHandle}); err != nil {
		return fmt.Errorf("deleting the message from %s: %w", url, err)
	}
	return nil
}

// letGo waits until the object has gone, and its queues with it.
func (d *demo) letGo(ctx context.Context, cq *v1alpha1.ConsumerQueue) error {
	d.out.Say("Skein looks again every %s here; queues must then be seen empty three times over %s (two minutes by default).", resyncPeriod, emptySettle)
	began := time.Now()
	last := ""
	err := d.wait(ctx, samples.Inventory+" to go", 90*time.Second, func(ctx context.Context) (bool, string) {
		now, err := d.consumer(ctx, samples.InventoryName)
		if err != nil {
			return gone(err), err.Error()
		}
		state := readyOf(now.Status.Conditions, now.Generation)
		if state.reason != last && last != "" {
			d.out.Say("after %s: %s", show.Seconds(time.Since(began)), state)
		}
		last = state.reason
		return false, state.String()
	})
	if err != nil {
		return err
	}
	urls := queueURLs(cq)
	for _, url := range urls {
		attributes, err := d.aws.queue(ctx, url)
		if err != nil {
			return err
		}
		if attributes != nil {
			return fmt.Errorf("checking what is left: queue %s is still there", url)
		}
	}
	d.out.Seen("after %s the object has gone, and so have its %d queues in AWS", show.Seconds(time.Since(began)), len(urls))
	return nil
}
