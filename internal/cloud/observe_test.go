package cloud

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

func TestAQueueIsLookedAtInOneCall(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	r := find(t, w.observe(Observation{Want: want(q)}), billing)
	if r.Seen.Existence != topology.Absent || r.URL != "" {
		t.Errorf("before creation: %+v", r)
	}
	w.calls(map[string]int{"sqs:GetQueueUrl": 1})

	q.URL = w.apply(create(q, map[string]string{"VisibilityTimeout": "45"}))[0].URL
	w.aws.ResetCalls()
	r = find(t, w.observe(Observation{Want: want(q)}), billing)
	if r.Seen.Existence != topology.Present || r.Managed["VisibilityTimeout"] != "45" || r.URL != q.URL {
		t.Errorf("with its URL: %+v", r)
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1})

	row := rowOf(q)
	q.URL = ""
	w.observe(Observation{Want: want(q), Applied: topology.Inventory{row}})
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1})
	w.observe(Observation{Want: want(q)})
	w.calls(map[string]int{"sqs:GetQueueUrl": 1, "sqs:GetQueueAttributes": 1})
}

func TestAnAbsentQueueKeepsItsURL(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/billing"
	r := find(t, w.observe(Observation{Want: want(q)}), billing)
	if r.Seen.Existence != topology.Absent || r.URL != q.URL || r.Seen.Owner != nil || len(r.Managed) != 0 {
		t.Errorf("%+v", r)
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1})
}

func TestAQueueIsShownWhole(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	own := policydoc.TLSOnly(billing)
	foreign := `{"Sid":"Theirs","Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"` + billing + `"}`
	policy := `{"Version":"2012-10-17","Statement":[` + foreign + `,` + own.JSON() + `]}`
	step := create(q, map[string]string{"MessageRetentionPeriod": "60", "Policy": policy})
	step.Tags["team"] = "money"
	q.URL = w.apply(step)[0].URL
	for range 2 {
		if _, err := w.in("").sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: aws.String("hello"), DelaySeconds: 0}); err != nil {
			t.Fatal(err)
		}
	}
	r := find(t, w.observe(Observation{Want: want(q)}), billing)
	if diff := cmp.Diff(topology.Messages{Visible: 2}, r.Seen.Messages); diff != "" {
		t.Error(diff)
	}
	for field, value := range map[string]string{
		"MessageRetentionPeriod": "60", "VisibilityTimeout": "30", "RedrivePolicy": "", "Tags[team]": "money",
		"Tags[skein.dev/name]": "billing", topology.PolicyField(policydoc.SidTLSOnly): own.Canonical(), "Policy[Theirs]": "",
	} {
		if got := r.Managed[field]; got != value {
			t.Errorf("%s is %q, want %q", field, got, value)
		}
	}
	if *r.Seen.Owner != owner || len(r.Policy.Statements) != 2 {
		t.Errorf("owner %v, policy %s", r.Seen.Owner, r.Policy.JSON())
	}
	if r.Role != topology.RoleMain || r.Group != billing || r.Name != "billing" || r.ARN != billing {
		t.Errorf("identity not carried over: %+v", r)
	}
}

func TestAnObservationThatCannotBeTrustedIsAnError(t *testing.T) {
	w := newWorld(t)
	q, topic := queueResource(billing), topicResource(ordersTopic)
	w.apply(create(topic, nil))
	sub := subscriptionResource(ordersTopic, billing)
	sub.ARN = w.apply(create(sub, nil))[0].ARN
	q.URL = w.apply(create(q, nil))[0].URL
	cases := map[string]struct {
		code, operation string
		want            topology.State
		class           fault.Class
		reason          string
	}{
		"queue denied":        {"AccessDenied", "sqs:GetQueueAttributes", want(q), fault.Denied, v1alpha1.ReasonAccessDenied},
		"queue throttled":     {"ThrottlingException", "sqs:GetQueueAttributes", want(q), fault.Throttled, v1alpha1.ReasonThrottled},
		"queue unreachable":   {"ServiceUnavailable", "sqs:GetQueueAttributes", want(q), fault.Retry, v1alpha1.ReasonUnreachable},
		"name denied":         {"AccessDenied", "sqs:GetQueueUrl", want(queueResource(billing)), fault.Denied, v1alpha1.ReasonAccessDenied},
		"topic denied":        {"AuthorizationError", "sns:GetTopicAttributes", want(topic), fault.Denied, v1alpha1.ReasonAccessDenied},
		"subscription denied": {"AuthorizationError", "sns:GetSubscriptionAttributes", want(sub), fault.Denied, v1alpha1.ReasonAccessDenied},
		"tags throttled":      {"ThrottlingException", "tag:GetResources", want(q), fault.Throttled, v1alpha1.ReasonThrottled},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w.aws.SetHook(failing(c.code, c.operation))
			_, err := w.Observe(t.Context(), Observation{Want: c.want, SharedSince: w.clock.Now().Add(time.Second)})
			asFault(t, err, c.class, c.reason)
		})
	}
}

func TestSubscriptionsAreReadByTheirARN(t *testing.T) {
	w := newWorld(t)
	w.apply(create(topicResource(ordersTopic), nil))
	sub := subscriptionResource(ordersTopic, billing)
	if r := find(t, w.observe(Observation{Want: want(sub)}), sub.Key); r.Seen.Existence != topology.Unread {
		t.Errorf("without ARN: %+v", r.Seen)
	}
	sub.ARN = w.apply(create(sub, map[string]string{"RawMessageDelivery": "true"}))[0].ARN
	w.aws.ResetCalls()
	r := find(t, w.observe(Observation{Want: want(sub)}), sub.Key)
	if r.Seen.Existence != topology.Present || r.Managed["RawMessageDelivery"] != "true" || r.Seen.Pending {
		t.Errorf("with ARN: %+v", r)
	}
	other := subscriptionResource(ordersTopic, billing+"-other")
	other.ARN = sub.ARN
	if r := find(t, w.observe(Observation{Want: want(other)}), other.Key); r.Seen.Existence != topology.Absent || r.ARN != "" {
		t.Errorf("with another's ARN: %+v", r)
	}
	gone := sub
	gone.ARN = ordersTopic + ":00000000-0000-4000-8000-000000000000"
	if r := find(t, w.observe(Observation{Want: want(gone)}), sub.Key); r.Seen.Existence != topology.Absent {
		t.Errorf("gone: %+v", r)
	}
	w.calls(map[string]int{"sns:GetSubscriptionAttributes": 3})
}

// Before an adoption subscriptions are looked for in the lists of their topics; a topic that is not there has none.
func TestUnlistedSubscriptionsAreFoundWhereAsked(t *testing.T) {
	w := newWorld(t)
	sub, other := subscriptionResource(ordersTopic, billing), subscriptionResource(ordersTopic, billing+"-other")
	if r := find(t, w.observe(Observation{Want: want(sub), Unlisted: true}), sub.Key); r.Seen.Existence != topology.Unread {
		t.Errorf("without a topic: %+v", r.Seen)
	}
	w.apply(create(topicResource(ordersTopic), nil))
	made := w.apply(create(sub, map[string]string{"RawMessageDelivery": "false"}))[0].ARN
	w.aws.ResetCalls()
	seen := w.observe(Observation{Want: want(sub, other), Unlisted: true})
	if r := find(t, seen, sub.Key); r.Seen.Existence != topology.Present || r.ARN != made || r.Managed["RawMessageDelivery"] != "false" {
		t.Errorf("listed: %+v", r)
	}
	if r := find(t, seen, other.Key); r.Seen.Existence != topology.Unread || r.ARN != "" {
		t.Errorf("not listed: %+v", r)
	}
	w.calls(map[string]int{"sns:ListSubscriptionsByTopic": 2, "sns:GetSubscriptionAttributes": 1})
	sub.ARN = made
	w.observe(Observation{Want: want(sub), Unlisted: true})
	w.calls(map[string]int{"sns:GetSubscriptionAttributes": 1})
}

func TestPendingSubscriptionsSaySo(t *testing.T) {
	w := newWorld(t)
	w.apply(create(topicResource(ordersTopic), nil))
	sub := subscriptionResource(ordersTopic, strings.Replace(billing, account, "444455556666", 1))
	out := w.apply(create(sub, nil))[0]
	if !out.Pending || out.ARN == "" {
		t.Fatalf("outcome %+v", out)
	}
	sub.ARN = out.ARN
	if r := find(t, w.observe(Observation{Want: want(sub)}), sub.Key); !r.Seen.Pending {
		t.Errorf("%+v", r.Seen)
	}
}

// Somebody of another account had subscribed the queue with equal attributes, and nobody confirmed it: Subscribe answers with that one.
func TestP28ASubscriptionThatAStrangerLeftPendingSaysSo(t *testing.T) {
	const stranger = "444455556666"
	w := newWorld(t)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + stranger + `"},"Action":"sns:Subscribe","Resource":"` + ordersTopic + `"}]}`
	w.apply(create(topicResource(ordersTopic), map[string]string{"Policy": policy}))
	sub, other := subscriptionResource(ordersTopic, billing), subscriptionResource(ordersTopic, billing+"-other")
	raw := map[string]string{"RawMessageDelivery": "true"}
	theirs := w.open(Identity{Region: region, AccessKeyID: stranger, SecretAccessKey: "s3cret"})
	if _, err := theirs.in("").sns.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &sub.TopicARN, Protocol: aws.String("sqs"), Endpoint: &sub.Endpoint, Attributes: raw}); err != nil {
		t.Fatal(err)
	}
	w.observe(Observation{Want: topology.State{References: map[string]topology.Reference{ordersTopic: {}}}})
	w.aws.ResetCalls()
	if out := w.apply(create(sub, raw))[0]; !out.Pending || out.ARN == "" {
		t.Errorf("outcome %+v, want it pending", out)
	}
	if out := w.apply(create(other, raw))[0]; out.Pending || out.ARN == "" {
		t.Errorf("outcome %+v of one that is new, want it confirmed", out)
	}
	w.calls(map[string]int{"sns:Subscribe": 2, "sns:GetSubscriptionAttributes": 2})
}
