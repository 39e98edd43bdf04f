package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/skein-dev/skein/internal/topology"
)

// observeSubscription makes one call for a subscription with an ARN. One without is looked for only where the observation asks for it: Subscribe,
// with all attributes, finds or makes it.
func (c *Client) observeSubscription(ctx context.Context, o Observation, r *topology.Resource) error {
	r.Seen.Lacking = c.in(r.Region).lacking.list(topology.KindSubscription)
	if r.ARN == "" && o.Unlisted {
		if err := c.findSubscription(ctx, r); err != nil {
			return err
		}
	}
	if r.ARN == "" {
		return nil
	}
	out, err := call(ctx, "sns:GetSubscriptionAttributes", r.ARN, c.in(r.Region).sns.GetSubscriptionAttributes,
		&sns.GetSubscriptionAttributesInput{SubscriptionArn: &r.ARN})
	if isAbsent(err) {
		r.Seen.Existence = topology.Absent
		return nil
	}
	if err != nil {
		return err
	}
	// An ARN on record that leads to another subscription leads to none of ours.
	if differs(out.Attributes["TopicArn"], r.TopicARN) || differs(out.Attributes["Endpoint"], r.Endpoint) {
		r.Seen.Existence = topology.Absent
		r.ARN = ""
		return nil
	}
	r.Seen.Existence = topology.Present
	r.Seen.Pending = out.Attributes["PendingConfirmation"] == "true"
	return manage(r, out.Attributes)
}

// findSubscription fills the ARN of a subscription that is listed and confirmed.
func (c *Client) findSubscription(ctx context.Context, r *topology.Resource) error {
	found, err := c.in(r.Region).find(ctx, *r)
	switch {
	case isAbsent(err):
		return nil
	case err != nil:
		return err
	}
	if arn.IsARN(found) {
		r.ARN = found
	}
	return nil
}

// find looks a subscription up in the list of its topic, which may be long, or, where another account's topic is closed to this one, in the account's
// own. It is empty where it is not there.
func (s *services) find(ctx context.Context, r topology.Resource) (string, error) {
	found := ""
	look := func(page []types.Subscription) bool {
		for _, s := range page {
			if aws.ToString(s.TopicArn) == r.TopicARN && aws.ToString(s.Endpoint) == r.Endpoint && aws.ToString(s.Protocol) == "sqs" &&
				aws.ToString(s.SubscriptionArn) != "Deleted" {
				found = aws.ToString(s.SubscriptionArn)
			}
		}
		return found == ""
	}
	err := s.subscriptions(ctx, r.TopicARN, look)
	if a, parsed := arn.Parse(r.TopicARN); isDenied(err) && parsed == nil && a.AccountID != s.account {
		err = s.ownSubscriptions(ctx, look)
	}
	return found, err
}

// differs compares where both are known.
func differs(shown, known string) bool { return shown != "" && known != "" && shown != known }
