package cloud

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// subscription carries out a step of a subscription, in the topic's region.
func (w *work) subscription(ctx context.Context) error {
	switch w.step.Action {
	case plan.Create:
		return w.subscribe(ctx)
	case plan.Delete:
		return w.unsubscribe(ctx)
	default:
		return w.updateSubscription(ctx)
	}
}

// subscribe makes the subscription with all its attributes, or finds the one that is there with equal ones; one with others is found and set.
// It is never deleted and made again, which would lose messages.
func (w *work) subscribe(ctx context.Context) error {
	r := w.step.Resource
	var out *sns.SubscribeOutput
	err := w.without(w.step.Attributes, w.step.Tags, func() (err error) {
		out, err = call(ctx, "sns:Subscribe", r.Key, w.services.sns.Subscribe, &sns.SubscribeInput{
			TopicArn: &r.TopicARN, Protocol: aws.String("sqs"), Endpoint: &r.Endpoint,
			Attributes: w.having(w.step.Attributes), ReturnSubscriptionArn: true,
		})
		return err
	})
	var f *fault.Error
	switch {
	case errors.As(err, &f) && f.Class == fault.Conflict:
		return w.adopt(ctx)
	case isDenied(err):
		return w.notPermitted(f)
	case isFilterLimit(f):
		return w.withdraw(ctx, f)
	case isAbsent(err):
		// The shared read said that the topic is there.
		w.client.topics.forget(r.TopicARN)
		return err
	case err != nil:
		return err
	}
	w.outcome.ARN = aws.ToString(out.SubscriptionArn)
	w.outcome.Pending = w.pending(w.outcome.ARN)
	if w.outcome.Pending && !arn.IsARN(w.outcome.ARN) {
		w.outcome.ARN = ""
	}
	if !w.outcome.Pending && count64(w.client.topics.kept(r.TopicARN).Attributes["SubscriptionsPending"]) > 0 {
		w.outcome.Pending = w.isPending(ctx, w.outcome.ARN)
	}
	return nil
}

// isPending asks whether a subscription awaits confirmation: Subscribe also answers with one that somebody of another account had made with
// equal attributes. It is asked only where the topic has such subscriptions; where it cannot be told now, the next look tells.
func (w *work) isPending(ctx context.Context, subscription string) bool {
	out, err := call(ctx, "sns:GetSubscriptionAttributes", subscription, w.services.sns.GetSubscriptionAttributes,
		&sns.GetSubscriptionAttributesInput{SubscriptionArn: &subscription})
	return err == nil && out.Attributes["PendingConfirmation"] == "true"
}

// withdraw takes away what Subscribe leaves where there is no room for a filter policy: a subscription without it, which would deliver
// everything (https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html).
func (w *work) withdraw(ctx context.Context, f *fault.Error) error {
	said := *f
	said.Message += "; topic " + w.step.Resource.TopicARN + " has as many subscriptions with a filter policy as SNS allows, and is not subscribed to without it"
	found, err := w.find(ctx)
	switch {
	case isAbsent(err):
		return &said
	case err != nil:
		return err
	case !arn.IsARN(found):
		return &said
	}
	w.outcome.ARN = found
	if _, err := call(ctx, "sns:Unsubscribe", found, w.services.sns.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: &found}); err != nil {
		return err
	}
	w.outcome.ARN = ""
	return &said
}

// pending says whether the queue's owner must confirm a new subscription: another account than the one that subscribed
// (https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html).
func (w *work) pending(subscription string) bool {
	if !arn.IsARN(subscription) {
		return true
	}
	endpoint, err := arn.Parse(w.step.Resource.Endpoint)
	return err == nil && endpoint.AccountID != w.client.caller.AccountID
}

// adopt sets what differs on a subscription that is there with other attributes.
func (w *work) adopt(ctx context.Context) error {
	found, err := w.find(ctx)
	if err != nil {
		return err
	}
	if !arn.IsARN(found) {
		// Someone of another account made it, and until it is confirmed it has no ARN to work with.
		w.outcome.Pending = true
		return nil
	}
	w.outcome.ARN = found
	out, err := call(ctx, "sns:GetSubscriptionAttributes", found, w.services.sns.GetSubscriptionAttributes,
		&sns.GetSubscriptionAttributesInput{SubscriptionArn: &found})
	if err != nil {
		return err
	}
	w.outcome.Pending = out.Attributes["PendingConfirmation"] == "true"
	for _, name := range differing(w.step.Attributes, out.Attributes) {
		if err := w.setSubscription(ctx, found, name, w.step.Attributes[name]); err != nil {
			return err
		}
	}
	return nil
}

// differing lists the attributes that AWS shows otherwise than wanted, those to be cleared too, in the order in which SNS takes them: what is nested needs the scope
// MessageBody before the policy comes, and must be gone before the scope returns to MessageAttributes. Where no policy is shown SNS may remember
// another scope than it shows (recorded case test_set_subscription_filter_policy_scope): it is said anew, first.
func differing(want, have map[string]string) []string {
	wanted := topology.CanonicalAttributes(topology.KindSubscription, want)
	shown := topology.CanonicalAttributes(topology.KindSubscription, have)
	hidden := shown["FilterPolicy"] == "" && wanted["FilterPolicy"] != ""
	order := []string{"RawMessageDelivery", "FilterPolicyScope", "FilterPolicy", "RedrivePolicy"}
	if wanted["FilterPolicyScope"] != "MessageBody" && !hidden {
		order = []string{"RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"}
	}
	var out []string
	for _, name := range order {
		_, given := want[name]
		scope := name == "FilterPolicyScope"
		if wanted[name] != shown[name] && (given || !scope) || hidden && scope && given {
			out = append(out, name)
		}
	}
	return out
}

func (w *work) updateSubscription(ctx context.Context) error {
	subscription := w.step.Resource.ARN
	if subscription == "" {
		found, err := w.find(ctx)
		if err != nil {
			return err
		}
		subscription, w.outcome.ARN = found, found
	}
	for _, attributes := range w.step.Set {
		for _, name := range keys(attributes) {
			if err := w.setSubscription(ctx, subscription, name, attributes[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *work) setSubscription(ctx context.Context, subscription, name, value string) error {
	one := map[string]string{name: value}
	return w.without(one, nil, func() error {
		if len(w.having(one)) == 0 {
			return nil
		}
		_, err := call(ctx, "sns:SetSubscriptionAttributes", subscription, w.services.sns.SetSubscriptionAttributes,
			&sns.SetSubscriptionAttributesInput{SubscriptionArn: &subscription, AttributeName: &name, AttributeValue: &value})
		if err == nil {
			w.applied(name)
		}
		return err
	})
}

// unsubscribe takes the subscription away. One that awaits confirmation has no ARN and goes by itself.
func (w *work) unsubscribe(ctx context.Context) error {
	subscription := w.step.Resource.ARN
	if subscription == "" {
		found, err := w.find(ctx)
		if isAbsent(err) || err == nil && !arn.IsARN(found) {
			return nil
		}
		if err != nil {
			return err
		}
		subscription = found
	}
	_, err := call(ctx, "sns:Unsubscribe", subscription, w.services.sns.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: &subscription})
	if isAbsent(err) {
		return nil
	}
	return err
}

// find looks the subscription up in the list of its topic, which may be long, or, where that list is closed to the queue's account, in the
// account's own. The error where it is not there says so.
func (w *work) find(ctx context.Context) (string, error) {
	r := w.step.Resource
	found, err := w.services.find(ctx, r)
	if err == nil && found == "" {
		err = &fault.Error{
			Class: fault.Conflict, Reason: reasonLookAgain, Operation: "sns:ListSubscriptionsByTopic", Resource: r.Key,
			Code: "NotFound", Message: "the topic has no such subscription",
		}
	}
	return found, err
}
