package controller_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What someone changes in AWS, and what AWS only seems to have changed.

// settled lets the settle windows of all writes pass.
func (w *world) settled() {
	w.t.Helper()
	w.pass(16 * time.Minute)
}

func TestP01ReorderedPolicyIsNoDifference(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{filtered("events", "kind", `["a","b"]`)}
	})
	w.settled()
	var policy map[string]any
	if err := json.Unmarshal([]byte(w.attributes(cq.Status.QueueName)["Policy"]), &policy); err != nil {
		t.Fatal(err)
	}
	statements := policy["Statement"].([]any)
	for i, j := 0, len(statements)-1; i < j; i, j = i+1, j-1 {
		statements[i], statements[j] = statements[j], statements[i]
	}
	text, err := json.MarshalIndent(policy, "", "   ")
	if err != nil {
		t.Fatal(err)
	}
	w.set(cq.Status.QueueURL, "Policy", string(text))
	if _, err := w.sns().SetSubscriptionAttributes(w.ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: &cq.Status.Subscriptions[0].SubscriptionARN, AttributeName: aws.String("FilterPolicy"), AttributeValue: aws.String(`{ "kind" : [ "a" , "b" ] }`),
	}); err != nil {
		t.Fatal(err)
	}
	w.aws.ResetCalls()
	w.pass(30 * time.Minute)
	w.noCalls(mutating)
	w.ready(cq)
	w.ready(mt)
}

func TestDriftIsCorrectedOnTheSecondReading(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	w.set(cq.Status.DeadLetter.QueueURL, "MessageRetentionPeriod", "3600")
	if _, err := w.sns().SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{
		TopicArn: &mt.Status.Topics[0].ARN, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("theirs"),
	}); err != nil {
		t.Fatal(err)
	}
	w.aws.ResetCalls()
	w.eventually("the drift to be corrected", func() bool {
		return w.attributes(cq.Status.QueueName)["VisibilityTimeout"] == "30" &&
			w.attributes(cq.Status.QueueName + "-dlq")["MessageRetentionPeriod"] == "1209600" &&
			w.topicAttributes(mt.Status.Topics[0].ARN)["DisplayName"] == ""
	})
	w.event(cq, "Warning DriftCorrected", "VisibilityTimeout")
	w.event(mt, "Warning DriftCorrected", "DisplayName")
	var read, written time.Time
	for _, c := range w.calls(func(c localaws.Call) bool { return strings.HasSuffix(c.Resource, "inventory") }) {
		if c.Operation == "GetQueueAttributes" && read.IsZero() {
			read = c.Time
		}
		if c.Mutating {
			written = c.Time
		}
	}
	if written.Sub(read) < 5*time.Second {
		t.Errorf("corrected %s after the first reading", written.Sub(read))
	}
	w.ready(cq)
}

// A consumer that has just read the topic does not hide from its topology what has changed since.
func TestDriftOfATopicShowsAtItsNextLook(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	topic := mt.Status.Topics[0].ARN
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
	})
	w.soon("the consumer to look", func() bool { return len(w.calls(named("GetTopicAttributes"))) > 0 })
	if _, err := w.sns().SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("theirs")}); err != nil {
		t.Fatal(err)
	}
	began := w.clock.Now()
	w.eventuallyBy(5*time.Second, "the correction", func() bool { return w.topicAttributes(topic)["DisplayName"] == "" })
	for _, c := range w.calls(named("SetTopicAttributes")) {
		if took := c.Time.Sub(began); took > 11*time.Minute {
			t.Errorf("corrected after %s", took)
		}
	}
}

func TestP20ForeignStatementsStandBesideOurs(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	const theirs = `{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sqs:SendMessage","Resource":"*"}`
	policy := w.attributes(cq.Status.QueueName)["Policy"]
	w.set(cq.Status.QueueURL, "Policy", strings.Replace(policy, `"Statement":[`, `"Statement":[`+theirs+`,`, 1))
	w.aws.ResetCalls()
	w.pass(30 * time.Minute)
	w.noCalls(mutating)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Access = &v1alpha1.Access{Receivers: []v1alpha1.AWSPrincipal{{AWSPrincipal: "arn:aws:iam::111122223333:role/worker"}}}
	})
	w.ready(cq)
	after := w.attributes(cq.Status.QueueName)["Policy"]
	if !containsAll(after, `"Theirs"`, "role/worker", mt.Status.Topics[0].ARN) {
		t.Errorf("the policy is %s", after)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Access, cq.Spec.Subscriptions = nil, nil })
	w.ready(cq)
	w.eventually("the statements to shrink", func() bool {
		after := w.attributes(cq.Status.QueueName)["Policy"]
		return containsAll(after, `"Theirs"`) && !strings.Contains(after, "role/worker") && !strings.Contains(after, mt.Status.Topics[0].ARN)
	})
}

func TestP42QueueDeletedByHandComesBackWithPolicyAndSubscription(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	before := w.attributes(cq.Status.QueueName)
	w.deleteQueue(cq.Status.QueueURL)
	w.eventually("the queue to be back", func() bool { return w.attributes(cq.Status.QueueName) != nil })
	w.event(cq, "Warning Recreated", cq.Status.QueueName, "lost")
	w.ready(cq)
	after := w.attributes(cq.Status.QueueName)
	for _, name := range []string{"Policy", "RedrivePolicy", "VisibilityTimeout", "SqsManagedSseEnabled"} {
		if before[name] != after[name] {
			t.Errorf("%s is %q and was %q", name, after[name], before[name])
		}
	}
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 1 {
		t.Errorf("the topic's subscriptions are %v", got)
	}
}

func TestP40DeletedRecentlyIsATimedWait(t *testing.T) {
	w := newWorld(t)
	name := w.namespace + "-inventory"
	w.deleteQueue(w.createQueue(name+"-dlq", nil, nil))
	began := w.clock.Now()
	cq := w.queue("inventory", unchanged)
	w.mentions(w.waiting(cq, v1alpha1.ReasonQueueDeletedRecently), name+"-dlq", "60 seconds")
	if w.attributes(name) != nil {
		t.Error("the queue was made before its dead-letter queue")
	}
	w.ready(cq)
	if took := w.clock.Now().Sub(began); took < time.Minute || took > 3*time.Minute {
		t.Errorf("took %s", took)
	}
	if n := len(w.calls(named("CreateQueue"))); n != 3 {
		t.Errorf("tried %d times", n)
	}
}

func TestP31SubscriptionComesBackWithItsTopic(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	topic := mt.Status.Topics[0].ARN
	if _, err := w.sns().DeleteTopic(w.ctx, &sns.DeleteTopicInput{TopicArn: &topic}); err != nil {
		t.Fatal(err)
	}
	w.eventually("topic and subscription to be back", func() bool { return len(w.subscriptions(topic)) == 1 })
	w.eventually("the status to name the new subscription", func() bool {
		return w.condition(cq, "Ready", metav1.ConditionTrue, "") && w.subscription(cq.Status.Subscriptions[0].SubscriptionARN) != nil
	})
	w.ready(mt)
	w.event(mt, "Recreated", "topic")
	w.event(cq, "Recreated", "subscription")
}

// For a minute after every write, reads show what stood before, existence included.
func TestP41LaggingReadsAreNoDrift(t *testing.T) {
	w := newWorld(t)
	var lag time.Time
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Mutating {
			lag = c.Time.Add(50 * time.Second)
		}
		return localaws.Fault{Stale: c.Service != "sts" && c.Time.Before(lag)}
	})
	mt, cq := orders(w, unchanged)
	w.pass(20 * time.Minute)
	w.ready(mt)
	w.ready(cq)
	creates := map[string]int{}
	for _, c := range w.calls(mutating) {
		creates[c.Operation]++
	}
	if creates["CreateQueue"] != 3 || creates["CreateTopic"] != 1 || creates["Subscribe"] != 1 || len(creates) != 3 {
		t.Errorf("the writes were %v", creates)
	}
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.eventually("the change", func() bool { return w.attributes(cq.Status.QueueName)["VisibilityTimeout"] == "120" })
	w.pass(20 * time.Minute)
	w.ready(cq)
	if n := len(w.calls(mutating)); n != 1 {
		t.Errorf("one change took %d writes", n)
	}
	for _, e := range append(w.events(cq), w.events(mt)...) {
		if strings.Contains(e, "Drift") || strings.Contains(e, "Recreated") {
			t.Errorf("said %s", e)
		}
	}
}

func TestMessageCountsFollow(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.send(cq.Status.QueueURL, "one")
	w.send(cq.Status.QueueURL, "two")
	w.send(cq.Status.DeadLetter.QueueURL, "dead")
	w.send(cq.Status.Undelivered.QueueURL, "lost")
	w.eventuallyBy(5*time.Second, "the counts", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil && cq.Status.Messages != nil &&
			*cq.Status.Messages == v1alpha1.MessageCounts{Visible: 2, DeadLettered: 1, Undelivered: 1}
	})
	if !w.condition(cq, "Ready", metav1.ConditionTrue, "") {
		t.Errorf("messages make it less ready:\n%s", w.describe())
	}
}
