package localaws_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/localaws"
)

// Sizes of the crowd: publishers send each as many messages, of which every fifth is given back once and so becomes a
// dead letter, which a move task brings back.
const (
	crowd        = 4
	eachSends    = 60
	churnedTimes = 25
)

// rush is a local AWS by the real clock that is used from many sides at once.
type rush struct {
	box
	topic, dlq string
	mu         sync.Mutex
	// seen and done count receives and deletes, by body.
	seen, done map[string]int
	problems   []string
	finished   chan struct{}
}

func (r *rush) fail(what string, err error) {
	if err == nil || code(err) == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, fmt.Sprintf("%s: %v", what, err))
}

// TestNothingIsLostInARush: publishers, consumers, move tasks and queues that come and go at once; every message is done
// exactly once, and all ends.
func TestNothingIsLostInARush(t *testing.T) {
	w := newWorld()
	w.Server = localaws.New()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	_, dlq := w.queue(t, "dlq", nil)
	topic := w.topic(t, "orders", nil)
	url, arn := w.queueFor(t, topic, "work", map[string]string{"RedrivePolicy": redriveTo(dlq, 1), "VisibilityTimeout": "600"})
	w.subscribed(t, topic, arn, map[string]string{"RawMessageDelivery": "true"})
	r := &rush{
		box: box{w, w.sqs(owner, region), url, arn}, topic: topic, dlq: dlq,
		seen: map[string]int{}, done: map[string]int{}, finished: make(chan struct{}),
	}
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() { r.publish(ctx, i) })
		all.Go(func() { r.consume(ctx) })
		all.Go(func() { r.churn(ctx, i) })
	}
	all.Wait()
	if len(r.problems) > 0 {
		t.Fatalf("%d problems, the first: %s", len(r.problems), r.problems[0])
	}
	if len(r.done) != crowd*eachSends {
		t.Errorf("%d messages were done, want %d", len(r.done), crowd*eachSends)
	}
	for _, body := range slices.Sorted(maps.Keys(r.done)) {
		if r.done[body] != 1 {
			t.Errorf("message %s was done %d times", body, r.done[body])
		}
	}
	r.wantCounts(t, "work, at the end", "0", "0", "0")
}

func (r *rush) publish(ctx context.Context, publisher int) {
	client := r.sns(owner, region)
	for i := range eachSends {
		_, err := client.Publish(ctx, &sns.PublishInput{
			TopicArn: &r.topic, Message: aws.String(fmt.Sprintf("%d/%d", publisher, i)),
		})
		r.fail("publishing", err)
	}
}

// consume works until all messages are done.
func (r *rush) consume(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-r.finished:
			return
		default:
		}
		out, err := r.client.ReceiveMessage(ctx,
			&sqs.ReceiveMessageInput{QueueUrl: &r.url, MaxNumberOfMessages: 5, WaitTimeSeconds: 1})
		r.fail("receiving", err)
		if err != nil {
			return
		}
		for _, m := range out.Messages {
			r.handle(ctx, *m.Body, m.ReceiptHandle)
		}
		_, err = r.client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &r.dlq})
		r.fail("moving dead letters back", err)
	}
	r.fail("consuming", ctx.Err())
}

// handle gives every fifth message back at first, and deletes the others.
func (r *rush) handle(ctx context.Context, body string, handle *string) {
	r.mu.Lock()
	r.seen[body]++
	giveBack := r.seen[body] == 1 && (strings.HasSuffix(body, "0") || strings.HasSuffix(body, "5"))
	r.mu.Unlock()
	if giveBack {
		_, err := r.client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &r.url, ReceiptHandle: handle})
		r.fail("giving back", err)
		return
	}
	_, err := r.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &r.url, ReceiptHandle: handle})
	r.fail("deleting", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[body]++
	if r.done[body] == 1 && len(r.done) == crowd*eachSends {
		close(r.finished)
	}
}

// churn makes queues and deletes them while somebody polls them.
func (r *rush) churn(ctx context.Context, who int) {
	for i := range churnedTimes {
		made, err := r.client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(fmt.Sprintf("churned-%d-%d", who, i))})
		r.fail("creating", err)
		if err != nil {
			return
		}
		polled := make(chan error)
		go func() {
			_, err := r.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: made.QueueUrl, WaitTimeSeconds: 20})
			polled <- err
		}()
		_, err = r.client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
		r.fail("deleting", err)
		if got := code(<-polled); got != "AWS.SimpleQueueService.NonExistentQueue" {
			r.fail("polling a queue that went", fmt.Errorf("got code %q", got))
		}
	}
}
