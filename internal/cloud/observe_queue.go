package cloud

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// observeQueue makes one call for a queue whose URL is known, and one or two for another.
func (c *Client) observeQueue(ctx context.Context, o Observation, t target, r *topology.Resource) error {
	if err := c.mine(*r); err != nil {
		return err
	}
	s := c.in(r.Region)
	attributes, err := s.queue(ctx, r, types.QueueAttributeNameAll)
	if err != nil {
		return err
	}
	if attributes == nil {
		r.Seen.Existence, r.Seen.Lacking = topology.Absent, s.lacking.list(topology.KindQueue)
		c.tags.forget(r.Key)
		return nil
	}
	r.Seen.Existence = topology.Present
	r.Seen.Lacking = s.lacking.ofQueue(attributes)
	r.Seen.Messages = messagesOf(attributes)
	if err := manage(r, attributes); err != nil {
		return err
	}
	if (o.Deleting || t.leaving) && !o.Regardless && r.Seen.Messages.Total() == 0 {
		if err := s.moveTask(ctx, r); err != nil {
			return err
		}
	}
	if t.want.Shared && losesSource(t.want, *r) {
		if err := s.deadLetterSources(ctx, r); err != nil {
			return err
		}
	}
	return c.observeTags(ctx, o, t, r, attributes["CreatedTimestamp"])
}

// queue reads attributes, nil where the queue does not exist, and finds the URL where it is not known.
func (s *services) queue(ctx context.Context, r *topology.Resource, names ...types.QueueAttributeName) (map[string]string, error) {
	if r.URL == "" {
		url, err := s.queueURL(ctx, r.Key)
		if err != nil || url == "" {
			return nil, err
		}
		r.URL = url
	}
	out, err := call(ctx, "sqs:GetQueueAttributes", r.Name, s.sqs.GetQueueAttributes,
		&sqs.GetQueueAttributesInput{QueueUrl: &r.URL, AttributeNames: names})
	if f := fault.As(err); f != nil && unknownAttribute(f, nil) != "" {
		// It has none of what was asked for.
		return map[string]string{}, nil
	}
	switch {
	case isAbsent(err):
		return nil, nil
	case err != nil:
		return nil, err
	case out.Attributes == nil:
		return map[string]string{}, nil
	}
	return out.Attributes, nil
}

// queueURL asks for the URL of a queue by its ARN; empty where it does not exist.
func (s *services) queueURL(ctx context.Context, queueARN string) (string, error) {
	a, err := arn.Parse(queueARN)
	if err != nil {
		return "", classify("sqs:GetQueueUrl", queueARN, err)
	}
	in := &sqs.GetQueueUrlInput{QueueName: &a.Resource}
	if a.AccountID != s.account {
		in.QueueOwnerAWSAccountId = &a.AccountID
	}
	out, err := call(ctx, "sqs:GetQueueUrl", a.Resource, s.sqs.GetQueueUrl, in)
	if isAbsent(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(out.QueueUrl), nil
}

// messagesOf reads about how many messages a queue holds.
func messagesOf(attributes map[string]string) topology.Messages {
	return topology.Messages{
		Visible:  count64(attributes["ApproximateNumberOfMessages"]),
		InFlight: count64(attributes["ApproximateNumberOfMessagesNotVisible"]),
		Delayed:  count64(attributes["ApproximateNumberOfMessagesDelayed"]),
	}
}

// count64 reads an approximate count; what is none counts as nothing.
func count64(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
