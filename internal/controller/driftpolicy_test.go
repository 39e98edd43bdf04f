package controller_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// driftOf are an object's entries of status.drift as "RESOURCE FIELD OBSERVED->DESIRED STATE", with nothing cut.
func (w *world) driftOf(o client.Object) []string {
	w.t.Helper()
	if err := w.Get(w.ctx, keyOf(o), o); err != nil {
		w.t.Fatal(err)
	}
	var entries []v1alpha1.DriftStatus
	switch o := o.(type) {
	case *v1alpha1.ConsumerQueue:
		entries = o.Status.Drift
	case *v1alpha1.MessagingTopology:
		entries = o.Status.Drift
	}
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%s %s %s->%s %s", e.Resource, e.Field, e.Observed, e.Desired, e.State))
	}
	return out
}

// drifted waits for an entry of status.drift that has all these words.
func (w *world) drifted(o client.Object, words ...string) {
	w.t.Helper()
	w.eventually("drift of "+o.GetName()+" with "+strings.Join(words, ", "), func() bool {
		for _, line := range w.driftOf(o) {
			if containsAll(line, words...) {
				return true
			}
		}
		return false
	})
}

// counted is the value of skein_drift_total.
func (w *world) counted(kind, field, action string) float64 {
	w.t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() == "skein_drift_total" && labels["kind"] == kind && labels["field"] == field && labels["action"] == action {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func (w *world) setTopic(arn, name, value string) {
	w.t.Helper()
	if _, err := w.sns().SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &arn, AttributeName: &name, AttributeValue: &value}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) setSubscription(arn, name, value string) {
	w.t.Helper()
	if _, err := w.sns().SetSubscriptionAttributes(w.ctx, &sns.SetSubscriptionAttributesInput{SubscriptionArn: &arn, AttributeName: &name, AttributeValue: &value}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) untag(url string, keys ...string) {
	w.t.Helper()
	if _, err := w.sqs().UntagQueue(w.ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: keys}); err != nil {
		w.t.Fatal(err)
	}
}

// vandals change one field of everything that an object pair has in AWS. They give, by object, what status.drift is to say of each.
func (w *world) vandals(mt *v1alpha1.MessagingTopology, cq *v1alpha1.ConsumerQueue) (ofTopology, ofConsumer []string) {
	w.t.Helper()
	s := cq.Status
	w.setTopic(mt.Status.Topics[0].ARN, "DisplayName", "theirs")
	if _, err := w.sns().UntagResource(w.ctx, &sns.UntagResourceInput{ResourceArn: &mt.Status.Topics[0].ARN, TagKeys: []string{"team"}}); err != nil {
		w.t.Fatal(err)
	}
	w.set(s.QueueURL, "VisibilityTimeout", "77")
	w.set(s.QueueURL, "Policy", strings.Replace(w.attributes(s.QueueName)["Policy"], `"sqs:*"`, `"sqs:PurgeQueue"`, 1))
	w.untag(s.QueueURL, "team")
	w.set(s.DeadLetter.QueueURL, "MessageRetentionPeriod", "3600")
	w.set(s.Undelivered.QueueURL, "ReceiveMessageWaitTimeSeconds", "3")
	w.setSubscription(s.Subscriptions[0].SubscriptionARN, "FilterPolicy", `{"kind":["z"]}`)
	return []string{"topic/" + mt.Status.Topics[0].TopicName + " DisplayName theirs->Orders", "topic/" + mt.Status.Topics[0].TopicName + " Tags[team] ->a"},
		[]string{
			"queue/" + s.QueueName + " VisibilityTimeout 77->30", "queue/" + s.QueueName + " Policy[SkeinTLSOnly] {", "queue/" + s.QueueName + " Tags[team] ->a",
			"queue/" + s.QueueName + "-dlq MessageRetentionPeriod 3600->1209600", "queue/" + s.QueueName + "-undelivered ReceiveMessageWaitTimeSeconds 3->",
			"subscription/" + mt.Status.Topics[0].ARN + ` FilterPolicy {"kind":["z"]}->{"kind":["a"]}`,
		}
}

// managed makes a pair with something of everything, under a drift policy.
func (w *world) managed(m v1alpha1.Management) (*v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics[0].DisplayName, s.Tags, s.Management = "Orders", v1alpha1.Tags{"team": "a"}, m
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions, s.Tags, s.Management = []v1alpha1.Subscription{filtered("events", "kind", `["a"]`)}, v1alpha1.Tags{"team": "a"}, m
	})
	w.ready(mt)
	w.ready(cq)
	w.settled()
	return mt, cq
}

func TestDriftOfEverythingIsToldAndSetBack(t *testing.T) {
	w := newWorld(t)
	mt, cq := w.managed(v1alpha1.Management{})
	if !w.condition(cq, "Drifted", metav1.ConditionFalse, v1alpha1.ReasonInSync) || !w.condition(mt, "Drifted", metav1.ConditionFalse, v1alpha1.ReasonInSync) {
		t.Errorf("Drifted is not said:\n%s", w.describe())
	}
	before := w.everything(cq.Status.QueueName)
	ofTopology, ofConsumer := w.vandals(mt, cq)
	for _, line := range ofTopology {
		w.drifted(mt, line, "Corrected")
	}
	for _, line := range ofConsumer {
		w.drifted(cq, line, "Corrected")
	}
	w.ready(mt)
	w.ready(cq)
	after := w.everything(cq.Status.QueueName)
	for _, name := range []string{"VisibilityTimeout", "Policy", "tag team"} {
		if before[name] != after[name] {
			t.Errorf("%s is %q and was %q", name, after[name], before[name])
		}
	}
	w.event(cq, "Warning DriftCorrected", "VisibilityTimeout from 77 to 30")
	w.event(mt, "Warning DriftCorrected", "DisplayName from theirs to Orders")
	for _, c := range []struct{ kind, field string }{
		{"topic", "DisplayName"},
		{"topic", "Tags"},
		{"queue", "VisibilityTimeout"},
		{"queue", "Policy"},
		{"queue", "Tags"},
		{"queue", "MessageRetentionPeriod"},
		{"subscription", "FilterPolicy"},
	} {
		if n := w.counted(c.kind, c.field, "Corrected"); n != 1 {
			t.Errorf("skein_drift_total of %s %s is %v", c.kind, c.field, n)
		}
	}
	w.aws.ResetCalls()
	w.pass(30 * time.Minute)
	w.noCalls(mutating)
	if n := len(w.driftOf(cq)); n != 6 {
		t.Errorf("the corrections are not kept: %v", w.driftOf(cq))
	}
}

func TestReportLeavesDriftAndTellsIt(t *testing.T) {
	w := newWorld(t)
	mt, cq := w.managed(v1alpha1.Management{DriftPolicy: v1alpha1.DriftReport})
	ofTopology, ofConsumer := w.vandals(mt, cq)
	w.aws.ResetCalls()
	told := func() {
		t.Helper()
		for _, line := range ofTopology {
			w.drifted(mt, line, "Reported")
		}
		for _, line := range ofConsumer {
			w.drifted(cq, line, "Reported")
		}
		w.waitFor(cq, "Drifted", metav1.ConditionTrue, v1alpha1.ReasonDriftReported)
		w.ready(mt)
		w.ready(cq)
		w.noCalls(mutating)
	}
	told()
	w.event(cq, "Warning DriftReported", "VisibilityTimeout is 77 and was set to 30")
	w.event(mt, "Warning DriftReported", "DisplayName")
	detected, version := cq.Status.Drift[0].DetectedAt, cq.ResourceVersion
	w.pass(time.Hour)
	told()
	if !cq.Status.Drift[0].DetectedAt.Equal(&detected) || cq.ResourceVersion != version {
		t.Errorf("a look that finds the same writes the status, or another time of detection")
	}
	if n := w.counted("queue", "VisibilityTimeout", "Reported"); n != 1 {
		t.Errorf("skein_drift_total is %v after an hour", n)
	}

	// A restart forgets the readings, not the drift.
	w.stop()
	w.start()
	w.pass(time.Minute)
	told()
	if !cq.Status.Drift[0].DetectedAt.Equal(&detected) {
		t.Errorf("the restart has another time of detection")
	}
	events := 0
	for _, e := range w.events(cq) {
		if strings.Contains(e, "VisibilityTimeout") {
			events++
		}
	}
	if events != 1 {
		t.Errorf("%d events tell of one change", events)
	}

	// A change of the spec is applied beside it.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeliveryDelay, cq.Spec.VisibilityTimeout = "7s", "2m" })
	w.eventually("the change", func() bool {
		now := w.attributes(cq.Status.QueueName)
		return now["DelaySeconds"] == "7" && now["VisibilityTimeout"] == "120"
	})
	w.ready(cq)
	if got := strings.Join(w.driftOf(cq), "\n"); strings.Contains(got, "VisibilityTimeout") || !strings.Contains(got, "Tags[team]") {
		t.Errorf("drift is\n%s", got)
	}

	// And Correct sets back the rest.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DriftPolicy = v1alpha1.DriftCorrect })
	w.drifted(cq, "Tags[team]", "Corrected")
	w.waitFor(cq, "Drifted", metav1.ConditionFalse, v1alpha1.ReasonInSync)
}

func TestDriftExceptionLeavesOneField(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.DriftExceptions = []v1alpha1.DriftException{
			{Resource: "queue/" + w.namespace + "-inventory", Field: "VisibilityTimeout"}, {Resource: "queue/elsewhere", Field: "VisibilityTimeout"},
		}
	})
	w.mentions(conditionOf(cq, "Ready").Message, "driftExceptions", "queue/elsewhere")
	w.settled()
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	w.set(cq.Status.QueueURL, "DelaySeconds", "7")
	w.drifted(cq, "VisibilityTimeout 77->30 Reported")
	w.drifted(cq, "DelaySeconds 7->0 Corrected")
	w.ready(cq)
	if now := w.attributes(cq.Status.QueueName); now["VisibilityTimeout"] != "77" || now["DelaySeconds"] != "0" {
		t.Errorf("AWS has %v", now)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DriftExceptions = nil })
	w.drifted(cq, "VisibilityTimeout 77->30 Corrected")
}

func TestP42QueueDeletedByHandUnderReportStaysGone(t *testing.T) {
	w := newWorld(t)
	mt, cq := w.managed(v1alpha1.Management{DriftPolicy: v1alpha1.DriftReport})
	w.aws.ResetCalls()
	w.deleteQueue(cq.Status.QueueURL)
	w.mentions(w.stalled(cq, v1alpha1.ReasonDriftReported), "queue/"+cq.Status.QueueName, "driftPolicy: Correct")
	w.drifted(cq, "Existence ->Present Reported")
	w.event(cq, "Warning DriftReported", "gone from AWS")
	version := cq.ResourceVersion
	w.pass(time.Hour)
	w.noCalls(mutating)
	if err := w.Get(w.ctx, keyOf(cq), cq); err != nil || cq.ResourceVersion != version {
		t.Errorf("the status changes at every look: %v", err)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DriftPolicy = "" })
	w.event(cq, "Warning Recreated", cq.Status.QueueName, "it was empty at the last look")
	w.ready(cq)
	w.drifted(cq, "Existence ->Present Corrected")
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 1 {
		t.Errorf("the topic's subscriptions are %v", got)
	}
	if n := w.counted("queue", "Existence", "Corrected"); n != 1 {
		t.Errorf("skein_drift_total is %v", n)
	}
}

// A queue and its subscription are gone, and another subscription has left the spec meanwhile: what comes back is right, and nothing of ours is orphaned.
func TestP30OrphansOfAQueueDeletedByHand(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) { s.Topics = []v1alpha1.Topic{{Name: "events"}, {Name: "more"}} })
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{filtered("events", "kind", `["a"]`), subscribed("orders", "more")}
	})
	w.ready(mt)
	w.ready(cq)
	w.settled()
	for _, body := range []string{"one", "two"} {
		w.send(cq.Status.QueueURL, body)
	}
	w.pass(11 * time.Minute)
	w.stop()
	w.deleteQueue(cq.Status.QueueURL)
	if _, err := w.sns().Unsubscribe(w.ctx, &sns.UnsubscribeInput{SubscriptionArn: &cq.Status.Subscriptions[0].SubscriptionARN}); err != nil {
		t.Fatal(err)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions = cq.Spec.Subscriptions[:1] })
	w.start()
	w.event(cq, "Warning Recreated", "queue "+cq.Status.QueueName, "about 2 at the last look")
	w.ready(cq)
	w.eventually("the orphan to go", func() bool { return len(w.subscriptions(mt.Status.Topics[1].ARN)) == 0 })
	w.eventually("the subscription to be back", func() bool { return len(w.subscriptions(mt.Status.Topics[0].ARN)) == 1 })
	w.ready(cq)
	if got := w.subscription(cq.Status.Subscriptions[0].SubscriptionARN); got["FilterPolicy"] != `{"kind":["a"]}` {
		t.Errorf("the subscription is %v", got)
	}
}

func TestLostStatusUnderReportChangesNothing(t *testing.T) {
	w := newWorld(t)
	_, cq := w.managed(v1alpha1.Management{DriftPolicy: v1alpha1.DriftReport})
	w.stop()
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	if err := w.Status().Patch(w.ctx, cq, client.RawPatch("application/merge-patch+json", []byte(`{"status":null}`))); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.drifted(cq, "VisibilityTimeout 77->30 Reported")
	w.ready(cq)
	w.pass(time.Hour)
	if got := w.attributes(cq.Status.QueueName)["VisibilityTimeout"]; got != "77" {
		t.Errorf("VisibilityTimeout is %s", got)
	}
	w.drifted(cq, "VisibilityTimeout 77->30 Reported")
}

// Ownership tags taken off by hand: nobody knows any more whose the queue is, and the status says how to get it back.
func TestOwnershipTagsTakenOffSayTheWayBack(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.settled()
	url := cq.Status.QueueURL
	w.untag(url, "skein.dev/cluster", "skein.dev/name", "skein.dev/namespace", "skein.dev/kind")
	w.mentions(w.stalled(cq, v1alpha1.ReasonNotOwned), "skein.dev/name=inventory", "skein.dev/cluster="+cluster, "adoptionPolicy: Adopt")
	if _, err := w.sqs().TagQueue(w.ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{
		"skein.dev/cluster": cluster, "skein.dev/namespace": w.namespace, "skein.dev/name": "inventory", "skein.dev/kind": "ConsumerQueue",
	}}); err != nil {
		t.Fatal(err)
	}
	w.ready(cq)
}

// The status cannot be written after a correction, because somebody edits the object meanwhile: what was done is told by the next one.
func TestCorrectionIsToldAfterAConflict(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.settled()
	edited := make(chan error, 1)
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SetQueueAttributes" && len(edited) == 0 {
			base := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: cq.Namespace, Name: cq.Name}}
			edited <- w.Patch(w.ctx, base, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"edited":"meanwhile"}}}`)))
		}
		return localaws.Fault{}
	})
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	w.drifted(cq, "VisibilityTimeout 77->30 Corrected")
	w.event(cq, "Warning DriftCorrected", "VisibilityTimeout from 77 to 30")
	if err := <-edited; err != nil {
		t.Fatal(err)
	}
	w.pass(30 * time.Minute)
	if n := w.counted("queue", "VisibilityTimeout", "Corrected"); n != 1 || len(w.driftOf(cq)) != 1 {
		t.Errorf("skein_drift_total is %v, status.drift %v", n, w.driftOf(cq))
	}
}
