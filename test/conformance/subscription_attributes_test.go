package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

var subscriptionAttributeRules = []rule{
	{
		name:   "subscription/defaults",
		says:   "a subscription returns these attributes",
		source: "recorded case test_set_subscription_filter_policy_scope/sub-attrs-default",
		check: func(w *world) {
			arn, topic, queue := w.subscription(nil)
			have := w.subscriptionAttributes(arn)
			for name, value := range inOrder(map[string]string{
				"SubscriptionArn": arn, "TopicArn": topic, "Endpoint": queue, "Protocol": "sqs", "Owner": w.AccountID,
				"RawMessageDelivery": "false", "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true",
			}) {
				w.equal(name, have[name], value)
			}
		},
	},
	{
		name:   "subscription/unset-attributes-are-absent",
		says:   "filter policy, its scope, redrive and delivery policy are not returned until set",
		source: "recorded case test_set_subscription_filter_policy_scope/sub-attrs-default",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.absent(w.subscriptionAttributes(arn), "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn")
		},
	},
	{
		name:   "subscription/raw-delivery",
		says:   "RawMessageDelivery is set both ways, in any case, and returned in lower case",
		source: "recorded case test_create_subscriptions_with_attributes/get-attrs",
		check: func(w *world) {
			arn, _, _ := w.subscription(map[string]string{"RawMessageDelivery": "TrUe"})
			w.equal("RawMessageDelivery", w.subscriptionAttributes(arn)["RawMessageDelivery"], "true")
			w.setSubscription(arn, "RawMessageDelivery", "false")
			w.equal("RawMessageDelivery", w.subscriptionAttributes(arn)["RawMessageDelivery"], "false")
		},
	},
	{
		name:   "subscription/raw-delivery-values",
		says:   `RawMessageDelivery takes true and false only: "" does not clear it`,
		source: "recorded cases test_validate_set_sub_attributes",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			for _, value := range []string{"", "wrongvalue"} {
				w.refused(w.trySetSubscription(arn, "RawMessageDelivery", value), "InvalidParameter")
			}
		},
	},
	{
		name: "subscription/redrive-policy",
		says: `RedrivePolicy is set and taken away by ""`,
		source: "recorded case test_subscription_after_failure_to_deliver/set_subscription_attributes-ok-1; " +
			"https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			policy := asJSON(map[string]any{"deadLetterTargetArn": w.arn("sqs", "undelivered")})
			w.setSubscription(arn, "RedrivePolicy", policy)
			w.equalJSON("RedrivePolicy", w.subscriptionAttributes(arn)["RedrivePolicy"], policy)
			w.setSubscription(arn, "RedrivePolicy", "")
			w.absent(w.subscriptionAttributes(arn), "RedrivePolicy")
		},
	},
	{
		name:   "subscription/bad-redrive-policy",
		says:   "a RedrivePolicy that is no JSON, or whose target is no ARN, is refused",
		source: "recorded case test_validate_set_sub_attributes/fake-arn-redrive-policy",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			for _, policy := range []string{"{invalidjson}", `{"deadLetterTargetArn":"fake-arn"}`} {
				w.refused(w.trySetSubscription(arn, "RedrivePolicy", policy), "InvalidParameter")
			}
		},
	},
	{
		name:   "subscription/unknown-attribute",
		says:   "an attribute that SNS does not know is refused",
		source: "recorded case test_validate_set_sub_attributes/fake-attribute",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.refused(w.trySetSubscription(arn, "FakeAttribute", "x"), "InvalidParameter")
		},
	},
	{
		name:   "subscription/missing",
		says:   "GetSubscriptionAttributes of a subscription that never was says NotFound",
		source: "recorded case test_create_subscriptions_with_attributes/get-attrs-nonexistent-sub",
		check: func(w *world) {
			arn, topic, _ := w.subscription(nil)
			id := strings.TrimPrefix(arn, topic+":")
			missing := topic + ":" + strings.Repeat("0", 8) + id[min(8, len(id)):]
			_, err := w.sns.GetSubscriptionAttributes(w.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &missing})
			w.refused(err, "NotFound")
		},
	},
}
