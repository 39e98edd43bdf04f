package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/hack/demo/internal/samples"
)

// poison is the message that the worker of the tour cannot handle.
const poison = `{"order": 13, "lamps": "two"}`

// tourMessages publishes: the filters choose, and what a worker fails on becomes a dead letter.
func (d *demo) tourMessages(ctx context.Context) error {
	orders, err := d.consumer(ctx, samples.OrdersName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Orders, err)
	}
	inventory, err := d.consumer(ctx, samples.InventoryName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Inventory, err)
	}
	d.out.Say("orders-queue asked for order.created and order.updated, inventory for order.created alone.")
	topic := orders.Status.Subscriptions[0].TopicARN
	for _, kind := range []string{"order.created", "order.updated", "order.cancelled"} {
		if err := d.publish(ctx, topic, kind, fmt.Sprintf(`{"order": 12, "is": %q}`, kind)); err != nil {
			return err
		}
	}
	for _, cq := range []*v1alpha1.ConsumerQueue{orders, inventory} {
		if err := d.showMessages(ctx, cq.Status.QueueURL); err != nil {
			return err
		}
	}
	if err := errors.Join(d.drain(ctx, orders.Status.QueueURL, 2), d.drain(ctx, inventory.Status.QueueURL, 1)); err != nil {
		return err
	}
	d.out.Seen("two messages came to orders-queue, one to inventory, order.cancelled to nobody; raw, as they were published")
	if err := d.publish(ctx, topic, "order.updated", poison); err != nil {
		return err
	}
	return d.deadLetter(ctx, orders)
}

// publish publishes with the attribute that the sample's filters look at.
func (d *demo) publish(ctx context.Context, topic, kind, text string) error {
	args := []string{
		"sns", "publish", "--topic-arn", topic, "--message", text, "--query", "MessageId",
		"--message-attributes", "event_type={DataType=String,StringValue=" + kind + "}",
	}
	return d.showAWS(ctx, args, func() (any, error) {
		out, err := d.aws.sns.Publish(ctx, &sns.PublishInput{
			TopicArn: &topic, Message: &text,
			MessageAttributes: map[string]snstypes.MessageAttributeValue{"event_type": {DataType: new("String"), StringValue: &kind}},
		})
		if err != nil {
			return nil, fmt.Errorf("publishing to %s: %w", topic, err)
		}
		return out.MessageId, nil
	})
}

// showMessages shows the bodies that a queue holds, and leaves them there.
func (d *demo) showMessages(ctx context.Context, url string) error {
	args := []string{
		"sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10", "--visibility-timeout", "0", "--query", "Messages[].Body",
	}
	return d.showAWS(ctx, args, func() (any, error) {
		got, err := d.receive(ctx, url)
		var bodies []string
		for _, m := range got {
			bodies = append(bodies, *m.Body)
			if err := d.giveBack(ctx, url, m); err != nil {
				return nil, err
			}
		}
		return bodies, err
	})
}

// giveBack lets a message be received again at once.
func (d *demo) giveBack(ctx context.Context, url string, m sqstypes.Message) error {
	if _, err := d.aws.sqs.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		return fmt.Errorf("giving a message back to %s: %w", url, err)
	}
	return nil
}

// drain receives and deletes what a queue holds, which must be as many messages as wanted.
func (d *demo) drain(ctx context.Context, url string, want int) error {
	got, err := d.receive(ctx, url)
	for ; err == nil && len(got) > 0 && want >= 0; got, err = d.receive(ctx, url) {
		want -= len(got)
		for _, m := range got {
			if _, err := d.aws.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				return fmt.Errorf("deleting a message from %s: %w", url, err)
			}
		}
	}
	if err == nil && want != 0 {
		err = fmt.Errorf("receiving from %s: %d messages are missing (or, below zero, too many)", url, want)
	}
	return err
}

func (d *demo) receive(ctx context.Context, url string) ([]sqstypes.Message, error) {
	out, err := d.aws.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		return nil, fmt.Errorf("receiving from %s: %w", url, err)
	}
	return out.Messages, nil
}

// deadLetter is a worker that fails on the poison message until the queue gives it up, and shows where it is then.
func (d *demo) deadLetter(ctx context.Context, orders *v1alpha1.ConsumerQueue) error {
	const attempts = 3 // the sample's maxReceiveCount
	url := orders.Status.QueueURL
	for attempt := 1; attempt <= attempts; attempt++ {
		got, err := d.receive(ctx, url)
		if err != nil {
			return err
		}
		if len(got) != 1 || *got[0].Body != poison {
			return fmt.Errorf("receiving from %s: got %d messages, not the poison one", url, len(got))
		}
		if err := d.giveBack(ctx, url, got[0]); err != nil {
			return err
		}
		d.out.Say("attempt %d of %d: the worker fails on %s and gives it back at once", attempt, attempts, poison)
	}
	if err := d.drain(ctx, url, 0); err != nil {
		return err
	}
	return d.showDeadLetter(ctx, orders.Status.DeadLetter.QueueURL)
}

// showDeadLetter looks at the one message of a dead-letter queue.
func (d *demo) showDeadLetter(ctx context.Context, dead string) error {
	args := []string{
		"sqs", "receive-message", "--queue-url", dead, "--visibility-timeout", "0", "--attribute-names", "All",
		"--query", "Messages[].{Body:Body,Receives:Attributes.ApproximateReceiveCount,From:Attributes.DeadLetterQueueSourceArn}",
	}
	err := d.showAWS(ctx, args, func() (any, error) {
		got, err := d.receive(ctx, dead)
		if err != nil || len(got) != 1 {
			return nil, errors.Join(err, fmt.Errorf("receiving from %s: got %d messages, not one", dead, len(got)))
		}
		return got, d.giveBack(ctx, dead, got[0])
	})
	if err != nil {
		return err
	}
	attributes, err := d.aws.queue(ctx, dead)
	if err != nil {
		return err
	}
	if err := compare("the dead-letter queue", attributes, map[string]string{"ApproximateNumberOfMessages": "1"}); err != nil {
		return err
	}
	d.out.Say("(The fourth receive is this look at it: SQS goes on counting in the dead-letter queue.)")
	d.out.Seen("the queue goes on without it; the dead letter waits in orders-queue-dlq for somebody to look, 14 days at most")
	return nil
}
