package controller_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Subscriptions that are not as simple as making one.

func (w *world) subscribe(client *sns.Client, topic, queue string, attributes map[string]string) string {
	w.t.Helper()
	out, err := client.Subscribe(w.ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &queue, Attributes: attributes, ReturnSubscriptionArn: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.SubscriptionArn
}

func TestP29SubscriptionThatIsThereWithOtherAttributes(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", asIs)
	w.ready(mt)
	topic := mt.Status.Topics[0].ARN
	there := w.subscribe(w.sns(), topic, "arn:aws:sqs:us-east-1:"+w.accountID+":"+w.namespace+"-inventory", map[string]string{"FilterPolicy": `{"a":["b"]}`})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.ready(cq)
	got := w.subscription(there)
	if got == nil || got["RawMessageDelivery"] != "true" || got["FilterPolicy"] != "" || !strings.Contains(got["RedrivePolicy"], "-undelivered") {
		t.Errorf("the subscription is %v", got)
	}
	if cq.Status.Subscriptions[0].SubscriptionARN != there {
		t.Errorf("the status names %s", cq.Status.Subscriptions[0].SubscriptionARN)
	}
	w.noCalls(named("Unsubscribe"))
}

// Someone of another account subscribed the queue: nobody confirmed it, and the operator's Subscribe finds it.
func TestP28PendingConfirmation(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) { s.Topics[0].TopicName = "open" })
	w.ready(mt)
	topic := mt.Status.Topics[0].ARN
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Open","Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sns:Subscribe","Resource":"%s"}]}`, otherAccount, topic)
	if _, err := w.sns().SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: aws.String("Policy"), AttributeValue: &policy}); err != nil {
		t.Fatal(err)
	}
	stranger := sns.NewFromConfig(w.config(otherAccount, "us-east-1"))
	w.subscribe(stranger, topic, "arn:aws:sqs:us-east-1:"+w.accountID+":inventory", map[string]string{"RawMessageDelivery": "false"})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.Subscriptions = "inventory", []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.waiting(cq, v1alpha1.ReasonPendingConfirmation)
	if !w.condition(cq, "Deliverable", metav1.ConditionFalse, v1alpha1.ReasonPendingConfirmation) ||
		cq.Status.Subscriptions[0].State != v1alpha1.SubscriptionPendingConfirmation {
		t.Errorf("%+v\n%s", cq.Status.Subscriptions, w.describe())
	}
	w.pass(30 * time.Minute)
	w.waiting(cq, v1alpha1.ReasonPendingConfirmation)
}

func TestP34RegionFromTheARN(t *testing.T) {
	w := newWorld(t)
	far := sns.NewFromConfig(w.config(handKey, "eu-west-1"))
	topic, err := far.CreateTopic(w.ctx, &sns.CreateTopicInput{Name: aws.String("far")})
	if err != nil {
		t.Fatal(err)
	}
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: *topic.TopicArn}}
	})
	w.ready(cq)
	for _, c := range w.calls(func(c localaws.Call) bool { return c.Service == "sns" }) {
		if c.Region != "eu-west-1" || c.Code != "" {
			t.Errorf("called %s in %s: %s", c.Operation, c.Region, c.Code)
		}
	}
	got, err := far.GetSubscriptionAttributes(w.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &cq.Status.Subscriptions[0].SubscriptionARN})
	if err != nil || got.Attributes["RedrivePolicy"] != "" {
		t.Errorf("the subscription is %v, %v", got, err)
	}
	w.mentions(conditionOf(cq, "Ready").Message, "eu-west-1", "us-east-1")
	if !strings.Contains(w.attributes(cq.Status.QueueName)["Policy"], *topic.TopicArn) {
		t.Error("the queue does not admit the topic")
	}
	w.delete(cq)
	w.gone(cq)
	if _, err := far.GetSubscriptionAttributes(w.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &cq.Status.Subscriptions[0].SubscriptionARN}); err == nil {
		t.Error("the subscription outlives its queue")
	}
}

func TestP30UnsubscribesBeforeTheQueueGoes(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	w.aws.ResetCalls()
	w.delete(cq)
	w.gone(cq)
	var order []string
	for _, c := range w.calls(mutating) {
		order = append(order, c.Operation+strings.TrimPrefix(nameOf(c.Resource), w.namespace+"-inventory"))
	}
	if len(order) > 0 && strings.HasPrefix(order[0], "Unsubscribe") {
		order[0] = "Unsubscribe"
	}
	sent(t, []string{"Unsubscribe", "DeleteQueue", "DeleteQueue-undelivered", "DeleteQueue-dlq"}, order)
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

// The answer to Subscribe was lost, so the row of the subscription has no ARN when it must go.
func TestP30OrphanOfItsOwnIsFoundInTheTopicsList(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", asIs)
	w.ready(mt)
	w.hook(func(c localaws.Call) localaws.Fault {
		return localaws.Fault{AfterEffect: c.Operation == "Subscribe", Code: codeIf(c.Operation == "Subscribe", "Lost")}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions, s.DeletionPolicy = []v1alpha1.Subscription{subscribed("orders", "events")}, v1alpha1.DeletionDelete
	})
	w.waiting(cq, v1alpha1.ReasonAWSError)
	if len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Fatal("the subscription was not made")
	}
	w.delete(cq)
	w.gone(cq)
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 0 {
		t.Errorf("left %v", got)
	}
	if names := w.queueNames(); len(names) != 0 {
		t.Errorf("left %v", names)
	}
}

func codeIf(condition bool, code string) string {
	if condition {
		return code
	}
	return ""
}

func TestForeignSubscriptionsOfTheTopicAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	topic := mt.Status.Topics[0].ARN
	theirs := w.subscribe(w.sns(), topic, "arn:aws:sqs:us-east-1:"+w.accountID+":theirs", nil)
	w.pass(20 * time.Minute)
	w.delete(cq)
	w.gone(cq)
	if w.subscription(theirs) == nil {
		t.Error("the subscription of someone else is gone")
	}
	w.ready(mt)
	w.eventuallyBy(5*time.Second, "the topology to count it", func() bool {
		return w.Get(w.ctx, keyOf(mt), mt) == nil && mt.Status.Topics[0].Subscriptions == 1
	})
}
