package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/hack/demo/internal/samples"
	"github.com/skein-dev/skein/hack/demo/internal/show"
)

// nameHold is how long AWS keeps the name of a deleted queue, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html.
const nameHold = time.Minute

// tourRecreation deletes a queue behind Skein's back and waits until it is there again, as it was.
func (d *demo) tourRecreation(ctx context.Context) error {
	cq, err := d.consumer(ctx, samples.OrdersName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Orders, err)
	}
	url := cq.Status.QueueURL
	before, err := d.aws.queue(ctx, url)
	if err != nil {
		return err
	}
	err = d.showAWS(ctx, []string{"sqs", "delete-queue", "--queue-url", url}, func() (any, error) {
		if _, err := d.aws.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url}); err != nil {
			return nil, fmt.Errorf("deleting queue %s: %w", url, err)
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	deleted := time.Now()
	if left, err := d.aws.queue(ctx, url); err != nil || left != nil {
		return fmt.Errorf("checking that queue %s has gone: it holds %v, %w", url, left, err)
	}
	d.out.Say("Skein looks every %s here. It believes an absence on a second reading, and not in the first minute after its own", resyncPeriod)
	d.out.Say("last write, since what SQS shows may lag so long behind. Then it makes the queue anew.")
	d.out.Say("AWS gives the name back %.0f s after the deletion: a timed wait, not a failure.", nameHold.Seconds())
	if err := d.returns(ctx, deleted); err != nil {
		return err
	}
	return d.asBefore(ctx, cq, before)
}

// returns follows what the object says until it is ready again. That AWS keeps the name must have been among it.
func (d *demo) returns(ctx context.Context, deleted time.Time) error {
	var reasons []string
	err := d.wait(ctx, samples.Orders+" to be ready again", 150*time.Second, func(ctx context.Context) (bool, string) {
		cq, err := d.consumer(ctx, samples.OrdersName)
		if err != nil {
			return false, err.Error()
		}
		state := readyOf(cq.Status.Conditions, cq.Generation)
		said := slices.Contains(reasons, v1alpha1.ReasonQueueDeletedRecently)
		if !state.ready && (len(reasons) == 0 || reasons[len(reasons)-1] != state.reason) {
			reasons = append(reasons, state.reason)
			d.out.Say("after %s: %s", show.Seconds(time.Since(deleted)), state)
		}
		return said && state.ready, countdown(deleted, state)
	})
	if err != nil && !slices.Contains(reasons, v1alpha1.ReasonQueueDeletedRecently) {
		return fmt.Errorf("%w; it never said %s, only: %s", err, v1alpha1.ReasonQueueDeletedRecently, strings.Join(reasons, ", "))
	}
	if err == nil {
		d.out.Seen("ready again %s after the deletion", show.Seconds(time.Since(deleted)))
	}
	return err
}

// countdown says how long AWS still keeps the name, and what the object says.
func countdown(deleted time.Time, state readiness) string {
	left := nameHold - time.Since(deleted)
	if left <= 0 {
		return "the name is free again; the object says: " + state.String()
	}
	return fmt.Sprintf("AWS keeps the name for %.0f s more; the object says: %s", left.Seconds(), state)
}

// asBefore checks that the queue is another one with the same settings, still subscribed, and that an Event tells of it.
func (d *demo) asBefore(ctx context.Context, cq *v1alpha1.ConsumerQueue, before map[string]string) error {
	after, err := d.aws.queue(ctx, cq.Status.QueueURL)
	if err != nil {
		return err
	}
	if after["CreatedTimestamp"] == before["CreatedTimestamp"] {
		return fmt.Errorf("checking queue %s: it was created at %s, before it was deleted", cq.Status.QueueURL, after["CreatedTimestamp"])
	}
	want := maps.Clone(before)
	maps.DeleteFunc(want, func(name, _ string) bool {
		return strings.HasSuffix(name, "Timestamp") || strings.HasPrefix(name, "Approximate")
	})
	if err := compare("the queue with what it was", after, want); err != nil {
		return err
	}
	subscribed, err := d.aws.endpoints(ctx, cq.Status.Subscriptions[0].TopicARN)
	if err != nil {
		return err
	}
	if !slices.Contains(subscribed, cq.Status.QueueARN) {
		return fmt.Errorf("checking queue %s: topic %s delivers to %q only", cq.Status.QueueURL, cq.Status.Subscriptions[0].TopicARN, subscribed)
	}
	d.out.Seen("a new queue with all %d settings of the old one, and subscribed; the messages that it held are lost, and an Event says so", len(want))
	return d.recreationEvent(ctx)
}

// recreationEvent shows the object's Events and waits for the one about the queue: Events are written on the side.
func (d *demo) recreationEvent(ctx context.Context) error {
	err := d.wait(ctx, "an Event Recreated", 10*time.Second, func(ctx context.Context) (bool, string) {
		var events corev1.EventList
		if err := d.env.Client.List(ctx, &events, client.InNamespace(samples.Namespace)); err != nil {
			return false, err.Error()
		}
		found := slices.ContainsFunc(events.Items, func(e corev1.Event) bool {
			return e.InvolvedObject.Name == samples.OrdersName && e.Reason == "Recreated"
		})
		return found, fmt.Sprintf("%d Events in namespace %s, none of them", len(events.Items), samples.Namespace)
	})
	if err != nil {
		return err
	}
	return d.showKubectl(ctx, "events", "--namespace="+samples.Namespace, "--for=consumerqueue/"+samples.OrdersName, "--types=Warning")
}
