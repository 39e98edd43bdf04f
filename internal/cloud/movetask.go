package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/topology"
)

// MoveTask is one message move task of a dead-letter queue
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html).
type MoveTask struct {
	// Handle cancels the task; it is there only while the task runs.
	Handle string
	// Status is RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED.
	Status string
	// Started is when the task began, in whole milliseconds: it tells the tasks of a queue apart.
	Started time.Time
	// Moved and ToMove are approximate: how many messages have moved, and how many there were at the start.
	Moved, ToMove int64
	// Rate is in messages a second, 0 where AWS decides. Destination is a queue's ARN; empty: where the messages came from.
	Rate        int32
	Destination string
	// Failure is AWS's reason, of a task that FAILED.
	Failure string
}

// maxMoveTasks is how many tasks of a queue AWS lists at most.
const maxMoveTasks = 10

// MoveTasks lists the last tasks of a dead-letter queue by its ARN, newest first, at most 10; none where the queue does not exist. The error is a
// *fault.Error.
func (c *Client) MoveTasks(ctx context.Context, source string) ([]MoveTask, error) {
	s, name, err := c.ofQueue("sqs:ListMessageMoveTasks", source)
	if err != nil {
		return nil, err
	}
	return s.moveTasks(ctx, source, name)
}

// moveTasks is MoveTasks for a queue of the region, by its ARN and name.
func (s *services) moveTasks(ctx context.Context, source, name string) ([]MoveTask, error) {
	out, err := call(ctx, "sqs:ListMessageMoveTasks", name, s.sqs.ListMessageMoveTasks,
		&sqs.ListMessageMoveTasksInput{SourceArn: &source, MaxResults: aws.Int32(maxMoveTasks)})
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tasks := make([]MoveTask, 0, len(out.Results))
	for _, r := range out.Results {
		tasks = append(tasks, MoveTask{
			Handle: aws.ToString(r.TaskHandle), Status: aws.ToString(r.Status), Started: time.UnixMilli(r.StartedTimestamp).UTC(),
			Moved: r.ApproximateNumberOfMessagesMoved, ToMove: aws.ToInt64(r.ApproximateNumberOfMessagesToMove),
			Rate: aws.ToInt32(r.MaxNumberOfMessagesPerSecond), Destination: aws.ToString(r.DestinationArn), Failure: aws.ToString(r.FailureReason),
		})
	}
	return tasks, nil
}

// StartMoveTask begins to move the messages of a dead-letter queue to another queue, or back to where they came from where destination is empty;
// rate is in messages a second, 0 leaves it to AWS. The call is made once: of a second one, made because the answer to the first was lost, nobody could
// tell whether AWS refuses it for the sake of the first. The error is a *fault.Error.
func (c *Client) StartMoveTask(ctx context.Context, source, destination string, rate int32) error {
	s, name, err := c.ofQueue("sqs:StartMessageMoveTask", source)
	if err != nil {
		return err
	}
	in := &sqs.StartMessageMoveTaskInput{SourceArn: &source}
	if destination != "" {
		in.DestinationArn = &destination
	}
	if rate > 0 {
		in.MaxNumberOfMessagesPerSecond = &rate
	}
	once := func(ctx context.Context, in *sqs.StartMessageMoveTaskInput, _ ...func(*sqs.Options)) (*sqs.StartMessageMoveTaskOutput, error) {
		return s.sqs.StartMessageMoveTask(ctx, in, func(o *sqs.Options) { o.RetryMaxAttempts = 1 })
	}
	_, err = call(ctx, "sqs:StartMessageMoveTask", name, once, in)
	return err
}

// CancelMoveTask asks AWS to stop a task of a dead-letter queue; messages may move until a list shows it CANCELLED. It is no error if the task is over
// already. The error is a *fault.Error.
func (c *Client) CancelMoveTask(ctx context.Context, source, handle string) error {
	s, name, err := c.ofQueue("sqs:CancelMessageMoveTask", source)
	if err != nil {
		return err
	}
	_, err = call(ctx, "sqs:CancelMessageMoveTask", name, s.sqs.CancelMessageMoveTask, &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
	if isAbsent(err) {
		return nil
	}
	return err
}

// Depth counts the messages of a queue, about; exists is false where there is no such queue. The url may be empty. The error is a *fault.Error.
func (c *Client) Depth(ctx context.Context, queueARN, url string) (messages topology.Messages, exists bool, err error) {
	s, name, err := c.ofQueue("sqs:GetQueueAttributes", queueARN)
	if err != nil {
		return topology.Messages{}, false, err
	}
	r := topology.Resource{Kind: topology.KindQueue, Key: queueARN, ARN: queueARN, Name: name, URL: url}
	attributes, err := s.queue(ctx, &r, types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible, types.QueueAttributeNameApproximateNumberOfMessagesDelayed)
	if err != nil || attributes == nil {
		return topology.Messages{}, false, err
	}
	return messagesOf(attributes), true, nil
}

// ofQueue gives the services of a queue's region, and its name. The queue must be in the client's account.
func (c *Client) ofQueue(operation, queueARN string) (*services, string, error) {
	a, err := arn.Parse(queueARN)
	if err != nil {
		return nil, "", classify(operation, queueARN, err)
	}
	if err := c.mine(topology.Resource{Kind: topology.KindQueue, Key: queueARN, ARN: queueARN, Name: a.Resource}); err != nil {
		return nil, "", err
	}
	return c.in(a.Region), a.Resource, nil
}
