package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/skein-dev/skein/internal/topology"
)

// observeSubscription makes one call for a subscription with an ARN. One without is not looked for: Subscribe, with all attributes, finds or
// makes it.
func (c *Client) observeSubscription(ctx context.Context, r *topology.Resource) error {
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

// differs compares where both are known.
func differs(shown, known string) bool { return shown != "" && known != "" && shown != known }
