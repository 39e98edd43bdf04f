package localaws

import (
	"strings"
	"testing"

	"github.com/skein-dev/skein/internal/policydoc"
)

// P19: SNS delivers only what the queue's policy allows its principal, which depends on the two regions, in the same
// account too.
func TestP19WhatSNSMayDeliver(t *testing.T) {
	const topicARN = "arn:aws:sns:eu-west-1:111122223333:orders"
	allow := func(queueARN, principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":{"Sid":"s","Effect":"Allow","Principal":` + principal +
			`,"Action":"sqs:SendMessage","Resource":"` + queueARN + `","Condition":` + condition + `}}`
	}
	const (
		sns     = `{"Service":"sns.amazonaws.com"}`
		byTopic = `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:orders"}}`
	)
	for name, tt := range map[string]struct {
		queueRegion, principal, condition string
		want                              bool
		reason                            string
	}{
		"by the topic":                 {"eu-west-1", sns, byTopic, true, ""},
		"to another default region":    {"us-east-1", sns, byTopic, true, ""},
		"by the account":               {"eu-west-1", sns, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, true, ""},
		"everyone, by the topic":       {"eu-west-1", `"*"`, byTopic, true, ""},
		"everyone of AWS":              {"eu-west-1", `{"AWS":"*"}`, byTopic, true, ""},
		"only services":                {"eu-west-1", `"*"`, `{"Bool":{"aws:PrincipalIsAWSService":"true","aws:SecureTransport":"true"}}`, true, ""},
		"another topic":                {"eu-west-1", sns, `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:billing"}}`, false, "statement s: ArnEquals aws:SourceArn does not match"},
		"another account":              {"eu-west-1", sns, `{"StringEquals":{"aws:SourceAccount":"444455556666"}}`, false, "statement s: StringEquals aws:SourceAccount does not match"},
		"the account and not SNS":      {"eu-west-1", `{"AWS":"111122223333"}`, byTopic, false, "statement s: its principal is another"},
		"another service":              {"eu-west-1", `{"Service":"s3.amazonaws.com"}`, byTopic, false, "statement s: its principal is another"},
		"opt-in region, plain SNS":     {"me-south-1", sns, byTopic, false, "for sns.me-south-1.amazonaws.com"},
		"opt-in region, its principal": {"me-south-1", `{"Service":"sns.me-south-1.amazonaws.com"}`, byTopic, true, ""},
		"China":                        {"cn-north-1", sns, byTopic, false, "SNS does not deliver from eu-west-1 to cn-north-1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := New()
			q := &queue{arn: "arn:aws:sqs:" + tt.queueRegion + ":111122223333:q", region: tt.queueRegion}
			q.attributes = map[string]string{"Policy": allow(q.arn, tt.principal, tt.condition)}
			got := s.mayDeliver(q, topicARN, "111122223333", "eu-west-1")
			if got.Allowed != tt.want || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("got %+v, want %v with %q", got, tt.want, tt.reason)
			}
		})
	}
	q := &queue{arn: "arn:aws:sqs:eu-west-1:111122223333:q", region: "eu-west-1"}
	if got := New().mayDeliver(q, topicARN, "111122223333", "eu-west-1"); got.Allowed || !strings.HasSuffix(got.Reason, "has no policy") {
		t.Errorf("without a policy: %+v", got)
	}
	q.attributes = map[string]string{"Policy": allow(q.arn+"-other", sns, byTopic)}
	if got := New().mayDeliver(q, topicARN, "111122223333", "eu-west-1"); got.Allowed || !strings.HasSuffix(got.Reason, "its resource is another") {
		t.Errorf("with the policy of another queue: %+v", got)
	}
}

// The operations on several messages need the permission of those on one.
func TestBatchesNeedThePermissionOfOne(t *testing.T) {
	for operation, want := range map[string]string{
		"sqs:SendMessageBatch": "sqs:SendMessage", "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
		"sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility", "sns:PublishBatch": "sns:Publish",
		"sqs:SendMessage": "sqs:SendMessage", "sns:Subscribe": "sns:Subscribe",
	} {
		service, name, _ := strings.Cut(operation, ":")
		if got := (&request{service: service, operation: name}).permission(); got != want {
			t.Errorf("%s needs %s, want %s", operation, got, want)
		}
	}
}

func TestPolicyCacheIsBounded(t *testing.T) {
	var c policyCache
	text := `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`
	for i := range maxCachedPolicies + 10 {
		padded := text + strings.Repeat(" ", i)
		for range 2 {
			if d := c.read(padded).Evaluate(policydoc.Request{}); !d.Denied {
				t.Fatalf("policy %d: %+v", i, d)
			}
		}
		if len(c) > maxCachedPolicies {
			t.Fatalf("%d policies are kept", len(c))
		}
	}
}
