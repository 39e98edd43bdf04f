package conformance

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

const docList = "https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html"

var subscriptionListRules = []rule{
	{
		name:   "subscriptions/are-listed",
		says:   "ListSubscriptionsByTopic gives ARN, endpoint, owner, protocol and topic",
		source: "recorded case test_getting_subscriptions_by_topic/list-subscriptions-by-topic",
		check: func(w *world) {
			arn, topic, queue := w.subscription(nil)
			w.equal("number of subscriptions", len(w.subscriptionsOf(topic)), 1)
			have := w.subscriptionsOf(topic)[0]
			w.equal("subscription", [5]string{
				aws.ToString(have.SubscriptionArn), aws.ToString(have.Endpoint), aws.ToString(have.Owner),
				aws.ToString(have.Protocol), aws.ToString(have.TopicArn),
			}, [5]string{arn, queue, w.AccountID, "sqs", topic})
		},
	},
	{
		name:   "subscriptions/pages",
		says:   "ListSubscriptionsByTopic gives pages of 100 with a token for the rest",
		source: "recorded case test_list_subscriptions_by_topic_pagination/list-sub-per-topic-page-2",
		check: func(w *world) {
			topic := w.topic(nil)
			base := w.arn("sqs", w.name(""))
			want := map[string]bool{}
			for i := range 101 {
				endpoint := fmt.Sprintf("%s-%d", base, i)
				_, err := w.trySubscribe(topic, endpoint, nil)
				w.ok(err, "subscribing")
				want[endpoint] = true
			}
			first, err := w.sns.ListSubscriptionsByTopic(w.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
			w.ok(err, "listing subscriptions")
			w.equal("size of the first page", len(first.Subscriptions), 100)
			have := map[string]bool{}
			for _, s := range w.subscriptionsOf(topic) {
				have[aws.ToString(s.Endpoint)] = true
			}
			w.equal("endpoints", have, want)
		},
	},
	{
		name:   "subscriptions/pending-is-listed-without-arn",
		says:   `a pending subscription is listed with "PendingConfirmation" for its ARN`,
		source: docList,
		check: func(w *world) {
			topic := w.topic(nil)
			_, err := w.trySubscribe(topic, "arn:aws:sqs:"+w.Region+":222222222222:"+w.name(""), nil)
			w.ok(err, "subscribing")
			list := w.subscriptionsOf(topic)
			w.equal("number of subscriptions", len(list), 1)
			w.equal("ARN", aws.ToString(list[0].SubscriptionArn), "PendingConfirmation")
		},
	},
	{
		name:   "subscriptions/go-with-the-topic",
		says:   "DeleteTopic takes the topic's subscriptions with it",
		source: "https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html",
		check: func(w *world) {
			name := w.name("")
			for range 2 {
				_, err := w.createTopic(name, nil, nil)
				w.ok(err, "creating topic")
				topic := w.arn("sns", name)
				w.equal("number of subscriptions", len(w.subscriptionsOf(topic)), 0)
				_, err = w.trySubscribe(topic, w.arn("sqs", w.name("")), nil)
				w.ok(err, "subscribing")
				w.deleteTopic(topic)
			}
		},
	},
}

var unsubscribeRules = []rule{
	{
		name:   "unsubscribe/idempotent",
		says:   "Unsubscribe succeeds on a subscription that is gone",
		source: "recorded case test_unsubscribe_idempotency/unsubscribe-1",
		check: func(w *world) {
			arn, topic, _ := w.subscription(nil)
			for range 2 {
				w.unsubscribe(arn)
			}
			w.equal("number of subscriptions", len(w.subscriptionsOf(topic)), 0)
			w.equal("SubscriptionsConfirmed", w.topicAttributes(topic)["SubscriptionsConfirmed"], "0")
		},
	},
	{
		name:   "unsubscribe/then-set",
		says:   "SetSubscriptionAttributes after Unsubscribe says NotFound",
		source: "recorded cases test_not_found_error_on_set_subscription_attributes",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.unsubscribe(arn)
			w.refused(w.trySetSubscription(arn, "RawMessageDelivery", "true"), "NotFound")
		},
	},
	{
		name:   "unsubscribe/malformed-arn",
		says:   "Unsubscribe of something that is no subscription ARN is InvalidParameter",
		source: "recorded case test_unsubscribe_wrong_arn_format/invalid-unsubscribe-arn-2",
		check: func(w *world) {
			for _, arn := range []string{"randomstring", "arn:aws:sns:us-east-1:random", w.arn("sns", "random")} {
				_, err := w.sns.Unsubscribe(w.ctx, &sns.UnsubscribeInput{SubscriptionArn: &arn})
				w.refused(err, "InvalidParameter")
			}
		},
	},
	{
		name:   "unsubscribe/then-subscribe",
		says:   "after Unsubscribe the same queue can subscribe with other attributes",
		source: docSubscribe,
		check: func(w *world) {
			arn, topic, queue := w.subscription(map[string]string{"RawMessageDelivery": "true"})
			w.unsubscribe(arn)
			again, err := w.trySubscribe(topic, queue, map[string]string{"RawMessageDelivery": "false"})
			w.ok(err, "subscribing again")
			w.equal("RawMessageDelivery", w.subscriptionAttributes(again)["RawMessageDelivery"], "false")
		},
	},
}

func (w *world) unsubscribe(arn string) {
	_, err := w.sns.Unsubscribe(w.ctx, &sns.UnsubscribeInput{SubscriptionArn: &arn})
	w.ok(err, "unsubscribing")
}

// subscriptionsOf lists all subscriptions of a topic.
func (w *world) subscriptionsOf(topic string) []snstypes.Subscription {
	var all []snstypes.Subscription
	pages := sns.NewListSubscriptionsByTopicPaginator(w.sns, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.ctx)
		w.ok(err, "listing subscriptions")
		all = append(all, page.Subscriptions...)
	}
	return all
}
