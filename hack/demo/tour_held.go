package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/hack/demo/internal/samples"
)

// What the sample S1 declares of orders-queue and of its dead-letter queue, as SQS says it; what it leaves out is Skein's default.
var (
	ordersAttributes = map[string]string{
		"VisibilityTimeout": "300", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "20", "DelaySeconds": "0",
		"SqsManagedSseEnabled": "true",
	}
	deadLetterAttributes = map[string]string{"MessageRetentionPeriod": "1209600", "SqsManagedSseEnabled": "true"}
)

const ordersFilter = `{"event_type":["order.created","order.updated"]}`

// tourHeld shows what the samples became in AWS, and compares it.
func (d *demo) tourHeld(ctx context.Context) error {
	err := d.showAWS(ctx, []string{"sqs", "list-queues", "--query", "QueueUrls"}, func() (any, error) { return d.aws.queueURLs(ctx) })
	if err != nil {
		return err
	}
	n, err := d.allQueuesExist(ctx)
	if err != nil {
		return err
	}
	d.out.Seen("%d queues, all that the ConsumerQueues' status names: queues, dead-letter queues, undelivered queues", n)
	cq, err := d.consumer(ctx, samples.OrdersName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Orders, err)
	}
	if err := d.heldQueue(ctx, cq); err != nil {
		return err
	}
	return d.heldSubscription(ctx, cq)
}

// allQueuesExist compares the queues in AWS with those that the status of the ConsumerQueues names, and counts them.
func (d *demo) allQueuesExist(ctx context.Context) (int, error) {
	var consumers v1alpha1.ConsumerQueueList
	if err := d.env.Client.List(ctx, &consumers); err != nil {
		return 0, fmt.Errorf("listing ConsumerQueues: %w", err)
	}
	var named []string
	for _, cq := range consumers.Items {
		named = append(named, queueURLs(&cq)...)
	}
	held, err := d.aws.queueURLs(ctx)
	if err != nil {
		return 0, err
	}
	slices.Sort(named)
	slices.Sort(held)
	if !slices.Equal(named, held) {
		return 0, fmt.Errorf("comparing the queues: AWS holds %q, and the ConsumerQueues name %q", held, named)
	}
	return len(held), nil
}

// queueURLs are those of an object's queue, dead-letter queue and undelivered queue.
func queueURLs(cq *v1alpha1.ConsumerQueue) []string {
	urls := []string{cq.Status.QueueURL}
	for _, location := range []*v1alpha1.QueueLocation{cq.Status.DeadLetter, cq.Status.Undelivered} {
		if location != nil {
			urls = append(urls, location.QueueURL)
		}
	}
	return urls
}

// heldQueue shows and compares a queue's attributes, its dead-letter queue and its policy.
func (d *demo) heldQueue(ctx context.Context, cq *v1alpha1.ConsumerQueue) error {
	url := cq.Status.QueueURL
	have, err := d.aws.queue(ctx, url)
	if err != nil {
		return err
	}
	shown := append(slices.Sorted(maps.Keys(ordersAttributes)), "RedrivePolicy")
	args := append([]string{"sqs", "get-queue-attributes", "--queue-url", url, "--query", "Attributes", "--attribute-names"}, shown...)
	if err := d.showAWS(ctx, args, func() (any, error) { return only(have, shown), nil }); err != nil {
		return err
	}
	if cq.Status.DeadLetter == nil || len(cq.Status.Subscriptions) != 1 {
		return fmt.Errorf("reading the status of %s: no dead-letter queue, or %d subscriptions", samples.Orders, len(cq.Status.Subscriptions))
	}
	dead, err := d.aws.queue(ctx, cq.Status.DeadLetter.QueueURL)
	if err != nil {
		return err
	}
	err = errors.Join(
		compare("orders-queue", have, ordersAttributes),
		compareJSON("RedrivePolicy of orders-queue", have["RedrivePolicy"], map[string]any{"deadLetterTargetArn": cq.Status.DeadLetter.QueueARN, "maxReceiveCount": 3.0}),
		compare("the dead-letter queue", dead, deadLetterAttributes),
		compareJSON("RedriveAllowPolicy of the dead-letter queue", dead["RedriveAllowPolicy"],
			map[string]any{"redrivePermission": "byQueue", "sourceQueueArns": []any{cq.Status.QueueARN}}),
		admits(have["Policy"], cq.Status.Subscriptions[0].TopicARN),
	)
	if err == nil {
		d.out.Seen("orders-queue as declared; three receives, then its own dead-letter queue; the policy lets the topic in, over TLS only")
	}
	return err
}

// heldSubscription shows and compares the subscription of a queue.
func (d *demo) heldSubscription(ctx context.Context, cq *v1alpha1.ConsumerQueue) error {
	arn := cq.Status.Subscriptions[0].SubscriptionARN
	out, err := d.aws.sns.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	if err != nil {
		return fmt.Errorf("reading subscription %s: %w", arn, err)
	}
	shown := []string{"Endpoint", "FilterPolicy", "RawMessageDelivery", "RedrivePolicy"}
	query := "Attributes.{Endpoint:Endpoint,FilterPolicy:FilterPolicy,RawMessageDelivery:RawMessageDelivery,RedrivePolicy:RedrivePolicy}"
	args := []string{"sns", "get-subscription-attributes", "--subscription-arn", arn, "--query", query}
	if err := d.showAWS(ctx, args, func() (any, error) { return only(out.Attributes, shown), nil }); err != nil {
		return err
	}
	if cq.Status.Undelivered == nil {
		return fmt.Errorf("reading the status of %s: no undelivered queue", samples.Orders)
	}
	var filter any
	if err := json.Unmarshal([]byte(ordersFilter), &filter); err != nil {
		return err
	}
	err = errors.Join(
		compare("the subscription", out.Attributes, map[string]string{"Endpoint": cq.Status.QueueARN, "RawMessageDelivery": "true"}),
		compareJSON("FilterPolicy of the subscription", out.Attributes["FilterPolicy"], filter),
		compareJSON("RedrivePolicy of the subscription", out.Attributes["RedrivePolicy"], map[string]any{"deadLetterTargetArn": cq.Status.Undelivered.QueueARN}),
	)
	if err == nil {
		d.out.Seen("the subscription filters, delivers raw bodies, and keeps in the undelivered queue what SNS cannot deliver")
	}
	return err
}

// only picks some attributes.
func only(attributes map[string]string, names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if value, ok := attributes[name]; ok {
			out[name] = value
		}
	}
	return out
}

// admits says why a queue's policy does not let the topic in, or not over TLS only.
func admits(policy, topicARN string) error {
	for _, part := range []string{`"sns.amazonaws.com"`, `"aws:SourceArn"`, `"` + topicARN + `"`, `"aws:SecureTransport"`} {
		if !strings.Contains(policy, part) {
			return fmt.Errorf("comparing the policy of orders-queue: %s is not in %s", part, policy)
		}
	}
	return nil
}
