package cloud

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/skein-dev/skein/internal/topology"
)

const (
	// copyWorkers are how many batches of a standard queue are under way at once at most; of a FIFO queue it is one, for the order.
	copyWorkers = 4
	// copyPerWorker is up to how many messages a slice leaves to one worker.
	copyPerWorker = 250
	// copyEmpty is how many long polls in a row must find nothing. A long poll asks all of SQS's servers
	// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html).
	copyEmpty = 2
	// MaxRefused is how many messages a CopyRun remembers as refused. With so many a slice copies nothing more.
	MaxRefused = 1000
)

// CopyRun is what one copying of a queue's messages into another remembers from slice to slice. A new operator begins with a new one and
// loses no message by that; it may copy some again.
type CopyRun struct {
	// From and To are the ARNs of the queues, of one type.
	From, To string

	mu             sync.Mutex
	fromURL, toURL string
	refused        map[string]bool
	refusal        Refusal
	// undeleted have been sent and could not be deleted: they are deleted, not sent, when they come again. deleteFault says why.
	undeleted   map[string]bool
	deleteFault error
	// arrived has, of a FIFO queue, whose copy a message of the main queue is, by its id.
	arrived map[string]arrival
}

// Refusal is why a queue took a message for no try.
type Refusal struct {
	// MessageID is the one in the queue that the message stays in.
	MessageID string
	// Code and Message are AWS's own words.
	Code, Message string
}

// Copied is what a slice has done.
type Copied struct {
	// Messages were taken by the main queue in this slice. One whose answer was lost is not among them, and comes again.
	Messages int
	// Refused counts the messages of the whole run that the main queue takes for no try, Refusal is the first of them. They stay.
	Refused int
	Refusal Refusal
	// Empty: two long polls in a row found nothing. Left is about how many messages the queue holds all the same: in flight, say.
	Empty bool
	Left  topology.Messages
}

// CopySlice copies at most limit messages from one queue into another and begins no batch at or after a time. Body, message attributes, trace
// header, group and deduplication id stay as they are. A message is deleted once the other queue has it, so a fault may copy a batch of ten
// twice, and loses none. The error is a *fault.Error; it stands beside what was copied before.
//
// In a FIFO queue, no message of a group is sent before all earlier ones of the group.
func (c *Client) CopySlice(ctx context.Context, run *CopyRun, limit int, until time.Time) (Copied, error) {
	s := &copySlice{run: run, clock: c.accounts.options.Clock, left: limit, until: until, fifo: strings.HasSuffix(run.To, ".fifo")}
	if err := s.open(ctx, c); err != nil {
		return run.told(Copied{}), err
	}
	run.forget(s.clock.Now())
	workers := min((limit+copyPerWorker-1)/copyPerWorker, copyWorkers)
	if s.fifo {
		workers = 1
	}
	var g errgroup.Group
	for range workers {
		g.Go(func() error { return s.work(ctx) })
	}
	err := g.Wait()
	copied := run.told(Copied{Messages: s.sent, Empty: s.empty >= copyEmpty})
	if err == nil && copied.Empty {
		copied.Left, err = s.depth(ctx)
	}
	return copied, err
}

// open finds the queues. Both must be in the client's account.
func (s *copySlice) open(ctx context.Context, c *Client) error {
	for queue, url := range map[string]*string{s.run.From: &s.run.fromURL, s.run.To: &s.run.toURL} {
		if err := c.mine(topology.Resource{Kind: topology.KindQueue, Key: queue}); err != nil {
			return err
		}
		a, err := arn.Parse(queue)
		if err != nil {
			return classify("sqs:GetQueueUrl", queue, err)
		}
		s.services = c.in(a.Region)
		if *url != "" {
			continue
		}
		if *url, err = s.services.queueURL(ctx, queue); err != nil {
			return err
		}
		if *url == "" {
			return classify("sqs:GetQueueUrl", queue, &types.QueueDoesNotExist{})
		}
	}
	return nil
}

// depth is about how many messages there still are in the queue that is emptied.
func (s *copySlice) depth(ctx context.Context) (topology.Messages, error) {
	r := topology.Resource{Key: s.run.From, URL: s.run.fromURL, Name: s.run.From}
	attributes, err := s.services.queue(ctx, &r, types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible, types.QueueAttributeNameApproximateNumberOfMessagesDelayed)
	return messagesOf(attributes), err
}

// told adds what the run knows.
func (r *CopyRun) told(c Copied) Copied {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.Refused, c.Refusal = len(r.refused), r.refusal
	return c
}

// copySlice is a slice under way.
type copySlice struct {
	run      *CopyRun
	services *services
	clock    interface{ Now() time.Time }
	fifo     bool
	until    time.Time

	mu sync.Mutex
	// left is how many messages may still be copied; sent have been. empty counts long polls in a row that found nothing.
	left, sent, empty int
	failed            bool
}

// work copies batch after batch.
func (s *copySlice) work(ctx context.Context) error {
	for {
		n := s.take(ctx)
		if n == 0 {
			return nil
		}
		sent, err := s.batch(ctx, n)
		s.give(n-sent, sent, err)
		if err != nil {
			return err
		}
	}
}

// take is how many messages the next batch may have; none where the slice is over.
func (s *copySlice) take(ctx context.Context) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || s.failed || s.empty >= copyEmpty || !s.clock.Now().Before(s.until) || s.run.full() {
		return 0
	}
	n := min(copyBatch, s.left)
	s.left -= n
	return n
}

// give gives back what a batch did not use.
func (s *copySlice) give(unused, sent int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left += unused
	s.sent += sent
	s.failed = s.failed || err != nil
}

// found notes what a long poll found.
func (s *copySlice) found(messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.empty++
	if messages > 0 {
		s.empty = 0
	}
}
