package localaws_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// numbered is a queue that need not exist.
func numbered(n int, suffix string) string {
	return fmt.Sprintf("arn:aws:sqs:%s:%s:q%d%s", region, owner, n, suffix)
}

func TestP35A201stFilterPolicyOfATopicIsRefused(t *testing.T) {
	w := newWorld()
	topic, other := w.topic(t, "topic", nil), w.topic(t, "other", nil)
	policy := map[string]string{"FilterPolicy": `{"a":["x"]}`}
	first := w.subscribed(t, topic, numbered(0, ""), policy)
	for n := 1; n < 200; n++ {
		w.subscribed(t, topic, numbered(n, ""), policy)
	}
	set := func(arn, value string) error {
		_, err := w.sns(owner, region).SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &arn, AttributeName: aws.String("FilterPolicy"), AttributeValue: &value,
		})
		return err
	}
	wantCode(t, "changing one of the 200", set(first, `{"a":["y"]}`), "")
	_, err := w.subscribe(t, owner, topic, numbered(200, ""), policy)
	wantCode(t, "the 201st", err, "FilterPolicyLimitExceeded")
	_, err = w.subscribe(t, owner, other, numbered(200, ""), policy)
	wantCode(t, "of another topic", err, "")
	// the subscription is there all the same, without its policy
	last, err := w.subscribe(t, owner, topic, numbered(200, ""), nil)
	wantCode(t, "the same without a policy", err, "")
	if got, there := w.subscriptionAttributes(t, owner, last)["FilterPolicy"]; there {
		t.Errorf("FilterPolicy is %q, want none", got)
	}
	wantCode(t, "the 201st by setting it", set(last, `{"a":["x"]}`), "FilterPolicyLimitExceeded")
	wantCode(t, "clearing one", set(first, ""), "")
	wantCode(t, "the 200th again", set(last, `{"a":["x"]}`), "")
	wantCode(t, "no room for the first", set(first, `{"a":["x"]}`), "FilterPolicyLimitExceeded")
	_, err = w.sns(owner, region).Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &last})
	wantCode(t, "deleting one", err, "")
	wantCode(t, "room again", set(first, `{"a":["x"]}`), "")
}

func TestA101stSubscriptionOfAFIFOTopicIsRefused(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic.fifo", fifoTopic)
	for n := range 100 {
		w.subscribed(t, topic, numbered(n, ".fifo"), nil)
	}
	_, err := w.subscribe(t, owner, topic, numbered(100, ".fifo"), nil)
	wantCode(t, "the 101st", err, "SubscriptionLimitExceeded")
	_, err = w.subscribe(t, owner, topic, numbered(99, ".fifo"), nil)
	wantCode(t, "one of the 100 again", err, "")
}
