package controller_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Changes of the spec, and what AWS is sent for them.

// changed edits a queue and waits until that has been carried out, then gives the writes that it took.
func (w *world) changed(cq *v1alpha1.ConsumerQueue, change func(*v1alpha1.ConsumerQueueSpec)) []string {
	w.t.Helper()
	w.quiet()
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { change(&cq.Spec) })
	w.ready(cq)
	var out []string
	for _, c := range w.calls(mutating) {
		out = append(out, written(c))
	}
	return out
}

// written is a writing call with what it sets: the names of a queue's attributes, name and value of a subscription's.
func written(c localaws.Call) string {
	var in struct {
		Attributes                    map[string]string
		AttributeName, AttributeValue string
	}
	if err := json.Unmarshal(c.Params, &in); err != nil {
		return err.Error()
	}
	out := c.Operation
	for name := range in.Attributes {
		out += " " + name
	}
	if in.AttributeName != "" {
		out += " " + in.AttributeName + "=" + in.AttributeValue
	}
	return out
}

func sent(t *testing.T, want []string, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestP18PolicyIsInTheCreatingCall(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.Access = &v1alpha1.Access{EnforceTLS: ptr.To(true)} })
	// The topic is another object's: it comes before Subscribe, and before or after the queues.
	var operations []string
	topic := -1
	for _, c := range w.calls(mutating) {
		if c.Operation == "CreateTopic" && topic < 0 {
			topic = len(operations)
			continue
		}
		operations = append(operations, c.Operation)
		if c.Operation == "CreateQueue" && strings.HasSuffix(c.Resource, cq.Status.QueueName) {
			if !containsAll(string(c.Params), "SkeinTopics", mt.Status.Topics[0].ARN, "aws:SourceArn", "RedrivePolicy", "skein.dev/name") {
				t.Errorf("created with %s", c.Params)
			}
		}
	}
	sent(t, []string{"CreateQueue", "CreateQueue", "CreateQueue", "Subscribe"}, operations)
	if topic < 0 || topic > 3 {
		t.Errorf("the topic was made after %d other calls", topic)
	}
}

func TestP09DeadLetterQueueSwitchedOffIsCleared(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	dlq := cq.Status.DeadLetter.QueueURL
	w.send(dlq, "dead")
	sent(t, []string{"SetQueueAttributes RedrivePolicy"}, w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{Disabled: true}
	}))
	if got, ok := w.attributes(cq.Status.QueueName)["RedrivePolicy"]; ok {
		t.Errorf("the redrive policy is %s", got)
	}
	if w.attributes(cq.Status.QueueName+"-dlq") == nil || cq.Status.DeadLetter != nil {
		t.Errorf("the dead-letter queue, with a message: %v", cq.Status.DeadLetter)
	}
	sent(t, []string{"SetQueueAttributes RedrivePolicy"}, w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = nil }))
	if cq.Status.DeadLetter == nil || cq.Status.DeadLetter.QueueURL != dlq {
		t.Errorf("the status says %v", cq.Status.DeadLetter)
	}
}

func TestP10FilterPolicyRemovedIsCleared(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{filtered("events", "kind", `["a"]`)}
	})
	sent(t, []string{"SetSubscriptionAttributes FilterPolicy="}, w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions[0].FilterPolicy = nil
	}))
	if got, ok := w.subscription(cq.Status.Subscriptions[0].SubscriptionARN)["FilterPolicy"]; ok {
		t.Errorf("the filter policy is %s", got)
	}
}

func TestP11RawDeliveryIsAlwaysDefinite(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	for _, step := range []struct {
		raw  *bool
		want []string
	}{
		{ptr.To(false), []string{"SetSubscriptionAttributes RawMessageDelivery=false"}},
		{nil, []string{"SetSubscriptionAttributes RawMessageDelivery=true"}},
		{ptr.To(true), nil},
	} {
		sent(t, step.want, w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions[0].RawMessageDelivery = step.raw }))
	}
}

func TestP12FilterPolicyAndScopeBothWays(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{filtered("events", "kind", `["a"]`)}
	})
	const nested = `{"customer":{"vip":[true]}}`
	sent(t, []string{"SetSubscriptionAttributes FilterPolicyScope=MessageBody", "SetSubscriptionAttributes FilterPolicy=" + nested},
		w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) {
			s.Subscriptions[0].FilterPolicy, s.Subscriptions[0].FilterPolicyScope = filter("customer", `{"vip":[true]}`), "MessageBody"
		}))
	sent(t, []string{`SetSubscriptionAttributes FilterPolicy={"kind":["a"]}`, "SetSubscriptionAttributes FilterPolicyScope=MessageAttributes"},
		w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) {
			s.Subscriptions[0].FilterPolicy, s.Subscriptions[0].FilterPolicyScope = filter("kind", `["a"]`), ""
		}))
}

func TestRemovedFieldsAreReset(t *testing.T) {
	w := newWorld(t)
	w.alias("alias/k", w.key(admitsSNS))
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
		s.VisibilityTimeout, s.MessageRetention, s.DeliveryDelay, s.ReceiveWaitTime = "2m", "24h", "5s", "1s"
		s.Tags = v1alpha1.Tags{"team": "a", "cost": "b"}
		s.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/k", DataKeyReusePeriod: "10m"}}
		s.Access = &v1alpha1.Access{Senders: []v1alpha1.SourcePrincipal{{Service: "s3.amazonaws.com", SourceAccount: "111122223333"}}}
	})
	w.changed(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.VisibilityTimeout, s.MessageRetention, s.DeliveryDelay, s.ReceiveWaitTime = "", "", "", ""
		s.Tags, s.Encryption, s.Access = v1alpha1.Tags{"team": "a"}, nil, nil
	})
	got := w.everything(cq.Status.QueueName)
	for name, want := range map[string]string{
		"VisibilityTimeout": "30", "MessageRetentionPeriod": "345600", "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "20",
		"tag team": "a", "tag cost": "", "KmsMasterKeyId": "", "SqsManagedSseEnabled": "true",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if strings.Contains(got["Policy"], "s3.amazonaws.com") {
		t.Errorf("the policy is %s", got["Policy"])
	}
	if fields := cq.Status.Resources[0].Fields; fields["Tags[cost]"] != "" || fields["KmsMasterKeyId"] != "" {
		t.Errorf("the inventory has %v", fields)
	}
}

func TestTopicFieldsFollowTheSpec(t *testing.T) {
	w := newWorld(t)
	mt, _ := orders(w, unchanged)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Topics[0].DisplayName, mt.Spec.Topics[0].Tracing = "Orders", "Active"
		mt.Spec.Topics[0].Publishers = []v1alpha1.SourcePrincipal{{AWSPrincipal: "arn:aws:iam::111122223333:role/shop"}}
	})
	w.ready(mt)
	got := w.topicAttributes(mt.Status.Topics[0].ARN)
	if got["DisplayName"] != "Orders" || got["TracingConfig"] != "Active" || !containsAll(got["Policy"], "role/shop", "__default_statement_ID") {
		t.Errorf("the topic is %v", got)
	}
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0] = v1alpha1.Topic{Name: "events"} })
	w.ready(mt)
	got = w.topicAttributes(mt.Status.Topics[0].ARN)
	if got["DisplayName"] != "" || got["TracingConfig"] == "Active" || strings.Contains(got["Policy"], "role/shop") || !strings.Contains(got["Policy"], "__default_statement_ID") {
		t.Errorf("the topic is %v", got)
	}
}

func TestRetentionCutWouldDeleteMessages(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.send(cq.Status.QueueURL, "old")
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.MessageRetention, cq.Spec.VisibilityTimeout = "1h", "2m" })
	w.mentions(w.stalled(cq, v1alpha1.ReasonWouldDeleteMessages), "345600", "3600", v1alpha1.AnnotationAllowRetentionCut)
	if got := w.attributes(cq.Status.QueueName); got["MessageRetentionPeriod"] != "345600" || got["VisibilityTimeout"] != "120" {
		t.Errorf("the queue has %v", got)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Annotations = map[string]string{v1alpha1.AnnotationAllowRetentionCut: "true"}
	})
	w.ready(cq)
	if got := w.attributes(cq.Status.QueueName); got["MessageRetentionPeriod"] != "3600" {
		t.Errorf("the queue has %v", got)
	}
}
