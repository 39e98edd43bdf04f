package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// keepAbsence is how long it is believed, for all objects, that something is not there.
const keepAbsence = 2 * time.Second

func keepReference(r topology.Reference) time.Duration {
	if r.Existence == topology.Absent {
		return keepAbsence
	}
	return 0
}

// observeTopic takes a topic's attributes from the shared reads.
func (c *Client) observeTopic(ctx context.Context, o Observation, t target, r *topology.Resource) error {
	if err := c.mine(*r); err != nil {
		return err
	}
	ref, err := c.topic(ctx, r.Key, o.since(r.Key))
	if err != nil {
		return err
	}
	r.Seen.Existence, r.Seen.Lacking = ref.Existence, c.in(r.Region).lacking.list(topology.KindTopic)
	if ref.Existence == topology.Absent {
		c.tags.forget(r.Key)
		return nil
	}
	r.Seen.Subscribers = count64(ref.Attributes["SubscriptionsConfirmed"])
	r.Seen.PendingSubscribers = count64(ref.Attributes["SubscriptionsPending"])
	if err := manage(r, ref.Attributes); err != nil {
		return err
	}
	if (o.Deleting || t.leaving) && r.Seen.Subscribers+r.Seen.PendingSubscribers > 0 {
		if err := c.in(r.Region).foreign(ctx, o, r); err != nil {
			return err
		}
	}
	return c.observeTags(ctx, o, t, r, "")
}

// topic reads a topic's attributes, once for all objects.
func (c *Client) topic(ctx context.Context, topicARN string, since time.Time) (topology.Reference, error) {
	ref, _, err := c.topics.get(ctx, topicARN, since, func(ctx context.Context) (topology.Reference, error) {
		a, err := arn.Parse(topicARN)
		if err != nil {
			return topology.Reference{}, classify("sns:GetTopicAttributes", topicARN, err)
		}
		out, err := call(ctx, "sns:GetTopicAttributes", topicARN, c.in(a.Region).sns.GetTopicAttributes,
			&sns.GetTopicAttributesInput{TopicArn: &topicARN})
		if isAbsent(err) {
			return topology.Reference{Existence: topology.Absent}, nil
		}
		if err != nil {
			return topology.Reference{}, err
		}
		return topology.Reference{Existence: topology.Present, Attributes: out.Attributes, ReadAs: c.caller.ARN}, nil
	})
	if err != nil {
		err = classify("sns:GetTopicAttributes", topicARN, err)
	}
	return ref, err
}

// reference reads what belongs to someone else, a topic or a queue, once for all objects. A denied read leaves it Unread.
func (c *Client) reference(ctx context.Context, ref string, since time.Time) (topology.Reference, error) {
	read := c.topic
	if a, err := arn.Parse(ref); err == nil && a.Service == "sqs" {
		read = c.sharedQueue
	}
	out, err := read(ctx, ref, since)
	if isDenied(err) || c.closed(ref, err) {
		return topology.Reference{}, nil
	}
	return out, err
}

// closed says that a region other than the client's own does not know its credentials: it is not enabled in the account, so that AWS answers
// as it does to a wrong key (https://docs.aws.amazon.com/general/latest/gr/rande-manage.html). The rest of the object is looked at all the same.
func (c *Client) closed(ref string, err error) bool {
	f := fault.As(err)
	if f == nil || f.Reason != v1alpha1.ReasonInvalidCredentials {
		return false
	}
	a, err := arn.Parse(ref)
	return err == nil && a.Region != c.id.Region
}

// sharedQueue reads whom another's queue admits as dead-letter source.
func (c *Client) sharedQueue(ctx context.Context, queueARN string, since time.Time) (topology.Reference, error) {
	ref, _, err := c.queues.get(ctx, queueARN, since, func(ctx context.Context) (topology.Reference, error) {
		a, err := arn.Parse(queueARN)
		if err != nil {
			return topology.Reference{}, classify("sqs:GetQueueUrl", queueARN, err)
		}
		r := topology.Resource{Key: queueARN, Name: a.Resource}
		attributes, err := c.in(a.Region).queue(ctx, &r, sqstypes.QueueAttributeNameRedriveAllowPolicy)
		switch {
		case err != nil:
			return topology.Reference{}, err
		case attributes == nil:
			return topology.Reference{Existence: topology.Absent}, nil
		}
		return topology.Reference{Existence: topology.Present, URL: r.URL, Attributes: attributes}, nil
	})
	if err != nil {
		err = classify("sqs:GetQueueAttributes", queueARN, err)
	}
	return ref, err
}

// subscriptions hands the pages of a topic's subscriptions over until there are no more or the callback has enough.
func (s *services) subscriptions(ctx context.Context, topicARN string, more func([]types.Subscription) bool) error {
	in := &sns.ListSubscriptionsByTopicInput{TopicArn: &topicARN}
	for {
		out, err := call(ctx, "sns:ListSubscriptionsByTopic", topicARN, s.sns.ListSubscriptionsByTopic, in)
		if err != nil {
			return err
		}
		if !more(out.Subscriptions) || aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}

// ownSubscriptions is subscriptions for those of the caller's account to all topics of the region, for which the topic's policy is not asked.
func (s *services) ownSubscriptions(ctx context.Context, more func([]types.Subscription) bool) error {
	in := &sns.ListSubscriptionsInput{}
	for {
		out, err := call(ctx, "sns:ListSubscriptions", s.region, s.sns.ListSubscriptions, in)
		if err != nil {
			return err
		}
		if !more(out.Subscriptions) || aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}
