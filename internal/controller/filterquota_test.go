package controller_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// P35: one filter policy more than SNS takes is refused before any call; the older ones stay, and it comes when there is room.
func TestP35FilterPoliciesOfATopicAreCounted(t *testing.T) {
	w := bareWorld(t)
	w.filters = 2
	w.createAccount(func(*v1alpha1.AWSAccount) {})
	w.start()
	w.accountReady()
	mt := w.topology("orders", asIs)
	w.ready(mt)
	topic := mt.Status.Topics[0].ARN
	var queues []*v1alpha1.ConsumerQueue
	for i, sub := range []v1alpha1.Subscription{subscribed("orders", "events"), {TopicARN: topic}, subscribed("orders", "events")} {
		sub.FilterPolicy = filter("kind", `["a"]`)
		cq := w.queue(fmt.Sprintf("q%d", i), func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{sub} })
		queues = append(queues, cq)
		if i < w.filters {
			w.ready(cq)
		}
	}
	w.mentions(w.waiting(queues[2], v1alpha1.ReasonFilterPolicyLimit), topic, "allows 2")
	if got := w.subscriptions(topic); len(got) != 2 {
		t.Errorf("the topic's subscriptions are %v", got)
	}
	// Without consent one does not count, nor does one without a filter policy.
	stranger := w.queueIn(w.other, "stranger", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic, SubscriptionSettings: v1alpha1.SubscriptionSettings{FilterPolicy: filter("kind", `["a"]`)}}}
	})
	w.waiting(stranger, v1alpha1.ReasonNotAllowed)
	w.ready(w.queue("all", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	}))
	edit(w, queues[0], func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0].FilterPolicy = nil })
	w.ready(queues[0])
	w.pass(10 * time.Minute)
	w.ready(queues[2])
	w.ready(queues[1])
	if got := w.subscriptions(topic); len(got) != 4 {
		t.Errorf("the topic's subscriptions are %v", got)
	}
}
