package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

const docSubscribe = "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"

const alreadySubscribed = "Subscription already exists with different attributes"

var subscribeRules = []rule{
	{
		name:   "subscribe/complete",
		says:   "Subscribe takes every attribute, so that a subscription is complete after one call",
		source: docSubscribe,
		check: func(w *world) {
			want := map[string]string{
				"RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody", "FilterPolicy": `{"type":["order.created"]}`,
				"RedrivePolicy": asJSON(map[string]any{"deadLetterTargetArn": w.arn("sqs", "undelivered")}),
			}
			arn, _, _ := w.subscription(want)
			have := w.subscriptionAttributes(arn)
			for name, value := range inOrder(want) {
				w.equalJSON(name, have[name], value)
			}
		},
	},
	{
		name:   "subscribe/arn",
		says:   "the ARN of a subscription is the topic's with an id",
		source: "recorded case test_create_subscriptions_with_attributes/subscribe",
		check: func(w *world) {
			arn, topic, _ := w.subscription(nil)
			if id, ok := strings.CutPrefix(arn, topic+":"); !ok || id == "" {
				w.Errorf("the subscription's ARN is %s, the topic's %s", arn, topic)
			}
		},
	},
	{
		name:   "subscribe/again-bare",
		says:   "Subscribe again without attributes, or with an empty map, gives the same ARN and changes nothing",
		source: "recorded case test_subscribe_idempotency/subscribe-idempotent-empty-attributes",
		check: func(w *world) {
			arn, topic, queue := w.subscription(map[string]string{"RawMessageDelivery": "true"})
			for _, attributes := range []map[string]string{nil, {}} {
				again, err := w.trySubscribe(topic, queue, attributes)
				w.ok(err, "subscribing again")
				w.equal("ARN", again, arn)
			}
			w.equal("RawMessageDelivery", w.subscriptionAttributes(arn)["RawMessageDelivery"], "true")
		},
	},
	{
		name:   "subscribe/again-equal",
		says:   "Subscribe again with the same attributes gives the same ARN",
		source: "recorded case test_subscribe_idempotency/subscribe-idempotent",
		check: func(w *world) {
			attributes := map[string]string{"RawMessageDelivery": "true", "FilterPolicyScope": "MessageAttributes", "FilterPolicy": `{"a":["b"]}`}
			arn, topic, queue := w.subscription(attributes)
			again, err := w.trySubscribe(topic, queue, attributes)
			w.ok(err, "subscribing again")
			w.equal("ARN", again, arn)
		},
	},
	{
		name:   "subscribe/again-fewer",
		says:   "Subscribe again with some of the attributes gives the same ARN; scope MessageAttributes equals none",
		source: "recorded case test_subscribe_idempotency/subscribe-missing-attributes",
		check: func(w *world) {
			arn, topic, queue := w.subscription(map[string]string{"RawMessageDelivery": "true"})
			again, err := w.trySubscribe(topic, queue, map[string]string{"FilterPolicyScope": "MessageAttributes"})
			w.ok(err, "subscribing again")
			w.equal("ARN", again, arn)
		},
	},
	{
		name:   "subscribe/again-different",
		says:   `Subscribe again with another value is InvalidParameter "` + alreadySubscribed + `"`,
		source: "recorded case test_subscribe_idempotency/subscribe-diff-attributes",
		check: func(w *world) {
			_, topic, queue := w.subscription(map[string]string{"RawMessageDelivery": "true"})
			_, err := w.trySubscribe(topic, queue, map[string]string{"RawMessageDelivery": "false"})
			w.refusedSaying(err, "InvalidParameter", alreadySubscribed)
		},
	},
	{
		name:   "subscribe/again-with-a-new-filter",
		says:   "Subscribe again with a filter policy where there is none is refused: it must be set",
		source: "recorded case test_subscribe_idempotency/subscribe-diff-attributes",
		check: func(w *world) {
			_, topic, queue := w.subscription(nil)
			_, err := w.trySubscribe(topic, queue, map[string]string{"FilterPolicy": `{"a":["b"]}`})
			w.refusedSaying(err, "InvalidParameter", alreadySubscribed)
		},
	},
	{
		name:   "subscribe/missing-queue",
		says:   "the queue need not exist",
		source: "recorded case test_subscribe_unknown_sqs_queue",
		check: func(w *world) {
			_, err := w.trySubscribe(w.topic(nil), w.arn("sqs", w.name("")), nil)
			w.ok(err, "subscribing a queue that does not exist")
		},
	},
	{
		name:   "subscribe/queue-url",
		says:   "the endpoint must be the queue's ARN: its URL is refused",
		source: "recorded case test_subscribe_sqs_queue_url/subscribe-sqs-via-url-error",
		check: func(w *world) {
			_, url := w.queue(nil)
			_, err := w.trySubscribe(w.topic(nil), url, nil)
			w.refused(err, "InvalidParameter")
		},
	},
	{
		name:   "subscribe/missing-topic",
		says:   "Subscribe to a missing topic says NotFound",
		source: "recorded case test_subscribe_unknown_topic/subscribe-unknown-topic",
		check: func(w *world) {
			_, err := w.trySubscribe(w.arn("sns", w.name("")), w.arn("sqs", w.name("")), nil)
			w.refused(err, "NotFound")
		},
	},
	{
		name:   "subscribe/wrong-value",
		says:   "a wrong value is refused and nothing is subscribed",
		source: "recorded case test_create_subscriptions_with_attributes/subscribe-wrong-attr",
		check: func(w *world) {
			topic := w.topic(nil)
			for _, attributes := range []map[string]string{
				{"RawMessageDelivery": "wrongvalue"}, {"FilterPolicyScope": "Nowhere"}, {"FilterPolicy": "{invalidjson}"},
			} {
				_, err := w.trySubscribe(topic, w.arn("sqs", w.name("")), attributes)
				w.refused(err, "InvalidParameter")
			}
			w.equal("number of subscriptions", len(w.subscriptionsOf(topic)), 0)
		},
	},
	{
		name:   "subscribe/same-account-is-confirmed",
		says:   "a queue of the same account is confirmed at once, and counted",
		source: "recorded case test_set_subscription_filter_policy_scope/sub-attrs-default",
		check: func(w *world) {
			arn, topic, _ := w.subscription(nil)
			w.equal("PendingConfirmation", w.subscriptionAttributes(arn)["PendingConfirmation"], "false")
			have := w.topicAttributes(topic)
			w.equal("SubscriptionsConfirmed", have["SubscriptionsConfirmed"], "1")
			w.equal("SubscriptionsPending", have["SubscriptionsPending"], "0")
		},
	},
	{
		name:   "subscribe/other-account-is-pending",
		says:   "a queue of another account stays pending until it confirms; ReturnSubscriptionArn gives the ARN at once",
		source: docSubscribe,
		check: func(w *world) {
			topic := w.topic(nil)
			arn, err := w.trySubscribe(topic, "arn:aws:sqs:"+w.Region+":222222222222:"+w.name(""), nil)
			w.ok(err, "subscribing")
			w.equal("PendingConfirmation", w.subscriptionAttributes(arn)["PendingConfirmation"], "true")
			have := w.topicAttributes(topic)
			w.equal("SubscriptionsConfirmed", have["SubscriptionsConfirmed"], "0")
			w.equal("SubscriptionsPending", have["SubscriptionsPending"], "1")
		},
	},
	{
		name:   "subscribe/pending-has-no-arn",
		says:   `without ReturnSubscriptionArn a pending subscription answers "pending confirmation"`,
		source: "recorded case test_creating_subscription/create-subscription",
		check: func(w *world) {
			out, err := w.sns.Subscribe(w.ctx, &sns.SubscribeInput{
				TopicArn: aws.String(w.topic(nil)), Protocol: aws.String("http"), Endpoint: aws.String("http://example.com/"),
			})
			w.ok(err, "subscribing")
			w.equal("ARN", strings.ToLower(aws.ToString(out.SubscriptionArn)), "pending confirmation")
		},
	},
}
