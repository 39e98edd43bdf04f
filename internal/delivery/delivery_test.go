package delivery_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/topology"
)

// verdictCase is one thing that is otherwise than in well, and what is said of it.
type verdictCase struct {
	change func(*testing.T, *seen)
	// want is status and reason; says are parts of the message.
	want string
	says []string
}

func check(t *testing.T, cases map[string]verdictCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := well(t)
			c.change(t, s)
			got := s.prove()
			if is := strings.TrimSpace(string(got.Status) + " " + got.Reason); is != c.want {
				t.Fatalf("%s, want %s: %s", is, c.want, got.Message)
			}
			for _, part := range c.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("the message does not say %q: %s", part, got.Message)
				}
			}
		})
	}
}

func TestTypesRegionsAndConfirmation(t *testing.T) {
	// from moves the topic, and what names it.
	from := func(topic string) func(*testing.T, *seen) {
		return func(_ *testing.T, s *seen) {
			s.references[topic] = s.references[s.topic]
			s.topic = topic
		}
	}
	check(t, map[string]verdictCase{
		"well":    {func(*testing.T, *seen) {}, "True", nil},
		"pending": {func(_ *testing.T, s *seen) { s.sub.Seen.Pending = true }, "False PendingConfirmation", []string{topicARN + ":1"}},
		"standard topic to FIFO queue": {
			func(_ *testing.T, s *seen) { s.endpoint = queueARN + ".fifo" }, "False FIFOMismatch", []string{topicARN},
		},
		"two opt-in regions": {
			func(t *testing.T, s *seen) {
				s.endpoint, s.queue.Managed["RedrivePolicy"] = "arn:aws:sqs:eu-south-1:111122223333:q", ""
				from("arn:aws:sns:me-south-1:111122223333:events")(t, s)
			}, "Unknown UnsupportedRegionPair", []string{"me-south-1", "eu-south-1"},
		},
		"two partitions": {from("arn:aws-cn:sns:cn-north-1:111122223333:events"), "Unknown UnsupportedRegionPair", []string{"partitions"}},
		"the queue is gone": {
			func(_ *testing.T, s *seen) { s.queue.Seen.Existence = topology.Absent }, "Unknown Progressing", []string{queueARN},
		},
	})
}

func TestQueuePolicyIsEvaluated(t *testing.T) {
	with := func(statements ...string) func(*testing.T, *seen) {
		return func(t *testing.T, s *seen) { s.queue.Policy = document(t, statements...) }
	}
	const everything = `{"Sid":"Theirs","Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}`
	check(t, map[string]verdictCase{
		"P18 none": {with(), "False QueuePolicyMissing", []string{`"Sid":"SkeinTopics"`, topicARN}},
		"P19 the principal of the region": {
			func(_ *testing.T, s *seen) {
				far := "arn:aws:sns:me-south-1:111122223333:events"
				s.references[far], s.topic = s.references[topicARN], far
			}, "False QueuePolicyMissing", []string{`"sns.me-south-1.amazonaws.com"`},
		},
		"P21 another topic":                     {with(`{"Effect":"Allow","Principal":` + sns + `,"Action":"sqs:SendMessage","Resource":"` + queueARN + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + topicARN + `2"}}}`), "False QueuePolicyMissing", nil},
		"somebody else's Allow":                 {with(everything), "True", nil},
		"Allow for the topic's account":         {with(`{"Effect":"Allow","Principal":` + sns + `,"Action":"SQS:SendMessage","Resource":"` + queueARN + `","Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}}`), "True", nil},
		"somebody else's Deny":                  {with(everything, `{"Sid":"Closed","Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}`), "False QueuePolicyMissing", []string{"Closed", "exempt"}},
		"Deny of what is not the own network":   {with(everything, `{"Sid":"VPC","Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}`), "False QueuePolicyMissing", []string{"VPC"}},
		"the same but for services":             {with(everything, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"},"Bool":{"aws:PrincipalIsAWSService":"false"}}}`), "True", nil},
		"Deny by the organization":              {with(everything, `{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceOrgID":"o-1"}}}`), "Unknown PolicyUnknown", []string{"Org", "aws:SourceOrgID"}},
		"Allow by the organization":             {with(`{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}`), "Unknown PolicyUnknown", []string{"#0", "aws:SourceOrgID"}},
		"a Deny that is certain beside it":      {with(`{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}`, `{"Sid":"Closed","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`), "False QueuePolicyMissing", []string{"Closed"}},
		"an Allow that is certain beside it":    {with(`{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}`, everything), "True", nil},
		"the organization, about other actions": {with(everything, `{"Effect":"Deny","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceOrgID":"o-1"}}}`), "True", nil},
		"not permitted to read": {
			func(_ *testing.T, s *seen) {
				s.queue.Seen.Denied = map[string]string{"Policy": "sqs:GetQueueAttributes"}
			},
			"Unknown PolicyUnknown",
			[]string{"sqs:GetQueueAttributes"},
		},
	})
}

func TestDeadLettersAndUndelivered(t *testing.T) {
	check(t, map[string]verdictCase{
		"undelivered gone, first reading": {func(_ *testing.T, s *seen) { s.dead.Seen.Existence = topology.Absent }, "Unknown Settling", []string{"q-undelivered"}},
		"undelivered gone": {
			func(t *testing.T, s *seen) {
				s.dead.Seen = topology.Seen{Existence: topology.Absent, History: topology.History{Different: map[string]time.Time{"": at(t, noon)}}}
			}, "False UndeliveredPolicyMissing", []string{"does not exist"},
		},
		"undelivered without policy": {func(t *testing.T, s *seen) { s.dead.Policy = document(t) }, "False UndeliveredPolicyMissing", []string{`"Sid":"SkeinUndelivered"`, deadARN}},
		"undelivered of others": {func(_ *testing.T, s *seen) {
			s.sub.Managed["RedrivePolicy"] = topology.SubscriptionRedrivePolicy(sharedARN)
		}, "True", nil},
		"no undelivered": {func(_ *testing.T, s *seen) { s.sub.Managed["RedrivePolicy"] = "" }, "True", nil},
		"dead letters gone, first reading": {
			func(_ *testing.T, s *seen) { s.dlq.Seen.Existence = topology.Absent }, "Unknown Settling", []string{dlqARN},
		},
		"dead letters gone": {
			func(t *testing.T, s *seen) {
				s.dlq.Seen = topology.Seen{Existence: topology.Absent, History: topology.History{Different: map[string]time.Time{"": at(t, noon)}}}
			}, "False DeadLetterRefused", []string{dlqARN, "does not exist"},
		},
		"dead letters not admitted": {
			func(_ *testing.T, s *seen) {
				s.dlq.Managed["RedriveAllowPolicy"] = topology.RedriveAllow{Permission: "byQueue", Sources: []string{sharedARN}}.String()
			}, "False DeadLetterRefused", []string{queueARN, dlqARN, "sourceQueueArns"},
		},
		"dead letters of another type": {
			func(_ *testing.T, s *seen) {
				s.queue.Managed["RedrivePolicy"] = topology.RedrivePolicy(dlqARN+".fifo", 5)
			}, "False DeadLetterRefused", []string{"another type"},
		},
		"shared and admitted": {shared(topology.Present, `{"redrivePermission":"byQueue","sourceQueueArns":["`+queueARN+`"]}`), "True", nil},
		"shared with all":     {shared(topology.Present, ""), "True", nil},
		"shared and refused":  {shared(topology.Present, `{"redrivePermission":"denyAll"}`), "False DeadLetterRefused", []string{sharedARN}},
		"shared and gone":     {shared(topology.Absent, ""), "False DeadLetterRefused", []string{"does not exist"}},
		"shared and not read": {shared(topology.Unread, ""), "True", nil},
		"no dead letters":     {func(_ *testing.T, s *seen) { s.queue.Managed["RedrivePolicy"] = "" }, "True", nil},
	})
}

func shared(existence topology.Existence, allow string) func(*testing.T, *seen) {
	return func(_ *testing.T, s *seen) {
		s.queue.Managed["RedrivePolicy"] = topology.RedrivePolicy(sharedARN, 5)
		s.references[sharedARN] = topology.Reference{Existence: existence, Attributes: map[string]string{"RedriveAllowPolicy": allow}}
	}
}

func TestFalseGoesBeforeUnknownAndTrue(t *testing.T) {
	yes := delivery.Verdict{Status: metav1.ConditionTrue}
	open := delivery.Verdict{Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonKeyUnknown}
	no := delivery.Verdict{Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonQueueKeyDenied}
	second := delivery.Verdict{Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonQueuePolicyMissing}
	for name, c := range map[string]struct {
		verdicts []delivery.Verdict
		want     delivery.Verdict
		others   int
	}{
		"none":         {nil, yes, 0},
		"True":         {[]delivery.Verdict{yes, yes}, yes, 0},
		"Unknown":      {[]delivery.Verdict{yes, open}, open, 0},
		"False":        {[]delivery.Verdict{open, yes, no, second}, no, 2},
		"first of two": {[]delivery.Verdict{second, no}, second, 1},
	} {
		if got, others := delivery.Worst(c.verdicts); got != c.want || others != c.others {
			t.Errorf("%s: %+v and %d more, want %+v and %d", name, got, others, c.want, c.others)
		}
	}
	// A missing policy is said, though the key cannot be read.
	s := well(t)
	s.queue.Policy = document(t)
	s.queue.Managed["KmsMasterKeyId"], s.keys[keyARN] = keyARN, topology.Key{Denied: "kms:DescribeKey"}
	if got := s.prove(); got.Reason != v1alpha1.ReasonQueuePolicyMissing {
		t.Errorf("%+v", got)
	}
}
