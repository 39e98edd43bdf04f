package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/localaws"
)

// setPolicy sets the policy of a queue as an account's caller.
func (w world) setPolicy(t *testing.T, key, url, policy string) error {
	t.Helper()
	_, err := w.sqs(key, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: map[string]string{"Policy": policy},
	})
	return err
}

func (w world) sendAs(t *testing.T, key, url string) error {
	t.Helper()
	_, err := w.sqs(key, region).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("m")})
	return err
}

// A Deny of a queue's policy binds the callers of its own account, for which nothing needs to be allowed.
func TestQueuePolicyDeniesTheOwnersCallers(t *testing.T) {
	const statement = `{"Statement":{"Effect":%q,"Principal":%s,"Action":%q,"Resource":%q,"Condition":%s}}`
	w := newWorld()
	url, arn := w.queue(t, "q", nil)
	for name, tt := range map[string]struct {
		effect, principal, action, resource, condition string
		code                                           string
	}{
		"an Allow for others":       {"Allow", `{"AWS":"222222222222"}`, "sqs:*", arn, `{}`, ""},
		"a Deny of sending":         {"Deny", `"*"`, "sqs:SendMessage", arn, `{}`, "AccessDenied"},
		"a Deny of receiving":       {"Deny", `"*"`, "sqs:ReceiveMessage", arn, `{}`, ""},
		"a Deny on another queue":   {"Deny", `"*"`, "sqs:SendMessage", arn + "x", `{}`, ""},
		"a Deny for others":         {"Deny", `{"AWS":"222222222222"}`, "sqs:SendMessage", arn, `{}`, ""},
		"a Deny for the account":    {"Deny", `{"AWS":"111111111111"}`, "sqs:SendMessage", arn, `{}`, "AccessDenied"},
		"a Deny for the caller":     {"Deny", `{"AWS":"arn:aws:iam::111111111111:user/local"}`, "sqs:SendMessage", arn, `{}`, "AccessDenied"},
		"a Deny without TLS":        {"Deny", `"*"`, "sqs:*", arn, `{"Bool":{"aws:SecureTransport":"false"}}`, ""},
		"a Deny with TLS":           {"Deny", `"*"`, "sqs:SendMessage", arn, `{"Bool":{"aws:SecureTransport":"true"}}`, "AccessDenied"},
		"a Deny in this region":     {"Deny", `"*"`, "sqs:SendMessage", arn, `{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`, "AccessDenied"},
		"a Deny for a user's name":  {"Deny", `"*"`, "sqs:SendMessage", arn, `{"StringEquals":{"aws:username":"local"}}`, "AccessDenied"},
		"a Deny until last year":    {"Deny", `"*"`, "sqs:SendMessage", arn, `{"DateLessThan":{"aws:CurrentTime":"2026-01-01"}}`, ""},
		"a Deny until next year":    {"Deny", `"*"`, "sqs:SendMessage", arn, `{"DateLessThan":{"aws:CurrentTime":"2027-01-01"}}`, "AccessDenied"},
		"a Deny outside an address": {"Deny", `"*"`, "sqs:SendMessage", arn, `{"StringNotEquals":{"aws:PrincipalAccount":"111111111111"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			policy := fmt.Sprintf(statement, tt.effect, tt.principal, tt.action, tt.resource, tt.condition)
			if err := w.setPolicy(t, owner, url, policy); err != nil {
				t.Fatal(err)
			}
			err := w.sendAs(t, owner, url)
			wantCode(t, "SendMessage", err, tt.code)
			want := "User: arn:aws:iam::111111111111:user/local is not authorized to perform: sqs:sendmessage on resource: " + arn +
				" with an explicit deny in a resource-based policy"
			if err != nil && !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// A queue that denies what comes without TLS refuses plain requests where the server tells the two apart.
func TestTLSOnlyQueueRefusesPlainHTTP(t *testing.T) {
	w := newWorld(localaws.WithPlainHTTP())
	url, arn := w.queue(t, "q", nil)
	policy := `{"Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"` + arn + `","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}`
	wantCode(t, "SetQueueAttributes", w.setPolicy(t, owner, url, policy), "")
	for endpoint, want := range map[string]string{
		"http://sqs.us-east-1.amazonaws.com": "AccessDenied", "https://sqs.us-east-1.amazonaws.com": "",
	} {
		client := sqs.NewFromConfig(w.config(owner, "any", region), func(o *sqs.Options) { o.BaseEndpoint = &endpoint })
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("m")})
		wantCode(t, "SendMessage to "+endpoint, err, want)
	}
}

// A policy that denies everything locks the owner's users out, but not the root user.
func TestOnlyRootUnlocksAQueue(t *testing.T) {
	const root, otherRoot = "AKIAROOT", "AKIAOTHERROOT"
	w := newWorld(localaws.WithAccessKey(root, owner, "arn:aws:iam::"+owner+":root"),
		localaws.WithAccessKey(otherRoot, stranger, "arn:aws:iam::"+stranger+":root"))
	url, arn := w.queue(t, "q", nil)
	locked := `{"Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"` + arn + `"}}`
	wantCode(t, "locking", w.setPolicy(t, owner, url, locked), "")
	wantCode(t, "unlocking by a user", w.setPolicy(t, owner, url, ""), "AccessDenied")
	wantCode(t, "unlocking by another account", w.setPolicy(t, otherRoot, url, ""), "AccessDenied")
	wantCode(t, "sending by root", w.sendAs(t, root, url), "AccessDenied")
	_, err := w.sqs(owner, region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
	wantCode(t, "deleting", err, "AccessDenied")
	wantCode(t, "unlocking by root", w.setPolicy(t, root, url, ""), "")
	wantCode(t, "sending", w.sendAs(t, owner, url), "")
}

// Another account's caller may do what the queue's policy allows, under its conditions; the whole account is meant where
// its id or its root stands.
func TestQueuePolicyAllowsOtherAccounts(t *testing.T) {
	const role, session = "arn:aws:iam::222222222222:role/orders", "arn:aws:sts::222222222222:assumed-role/orders/pod"
	w := newWorld(localaws.WithAccessKey("AKIASESSION", stranger, session))
	url, arn := w.queue(t, "q", nil)
	refused := "AccessDenied"
	for name, tt := range map[string]struct{ key, statement, code string }{
		"the account":            {stranger, `"Principal":{"AWS":"222222222222"},"Action":"sqs:SendMessage"`, ""},
		"the account's root":     {"AKIASESSION", `"Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"SQS:Send*"`, ""},
		"the role of a session":  {"AKIASESSION", `"Principal":{"AWS":"` + role + `"},"Action":"sqs:*"`, ""},
		"a role, to a user":      {stranger, `"Principal":{"AWS":"` + role + `"},"Action":"sqs:*"`, refused},
		"another account":        {stranger, `"Principal":{"AWS":"333333333333"},"Action":"sqs:*"`, refused},
		"a service":              {stranger, `"Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:*"`, refused},
		"everyone":               {stranger, `"Principal":"*","Action":"sqs:*"`, ""},
		"everyone, for a topic":  {stranger, `"Principal":"*","Action":"sqs:*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`, refused},
		"everyone of an account": {stranger, `"Principal":"*","Action":"sqs:*","Condition":{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}`, ""},
		"everyone by ARN":        {"AKIASESSION", `"Principal":"*","Action":"sqs:*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/orders/*"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			policy := `{"Statement":{"Effect":"Allow","Resource":"` + arn + `",` + tt.statement + `}}`
			if err := w.setPolicy(t, owner, url, policy); err != nil {
				t.Fatal(err)
			}
			err := w.sendAs(t, tt.key, url)
			wantCode(t, "SendMessage", err, tt.code)
			want := "is not authorized to perform: sqs:sendmessage on resource: " + arn +
				" because no resource-based policy allows the sqs:sendmessage action"
			if err != nil && !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// A topic's policy says which endpoints other accounts may subscribe, and its Deny binds the owner.
func TestTopicPolicyConditions(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	policy := `{"Statement":[{"Sid":"sqs","Effect":"Allow","Principal":{"AWS":"` + stranger + `"},"Action":"sns:Subscribe","Resource":"` + topic + `",
		"Condition":{"StringEquals":{"sns:Protocol":"sqs"},"StringLike":{"sns:Endpoint":"arn:aws:sqs:*:222222222222:good*"}}},
		{"Sid":"no","Effect":"Deny","Principal":"*","Action":"sns:AddPermission","Resource":"` + topic + `"}]}`
	if _, err := w.sns(owner, region).SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: &topic, AttributeName: aws.String("Policy"), AttributeValue: &policy,
	}); err != nil {
		t.Fatal(err)
	}
	_, err := w.subscribe(t, stranger, topic, "arn:aws:sqs:us-east-1:222222222222:good", nil)
	wantCode(t, "the endpoint that is meant", err, "")
	_, err = w.subscribe(t, stranger, topic, "arn:aws:sqs:us-east-1:222222222222:bad", nil)
	wantCode(t, "another endpoint", err, "AuthorizationError")
	want := "User: arn:aws:iam::222222222222:user/local is not authorized to perform: SNS:Subscribe on resource: " + topic +
		" because no resource-based policy allows the SNS:Subscribe action"
	if !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	_, err = w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &topic, Label: aws.String("l"), AWSAccountId: []string{stranger}, ActionName: []string{"Publish"},
	})
	wantCode(t, "what the policy denies to the owner", err, "AuthorizationError")
}

// Policies that name what cannot exist are refused when they are set.
func TestPoliciesRefused(t *testing.T) {
	w := newWorld()
	url, queue := w.queue(t, "q", nil)
	topic := w.topic(t, "topic", nil)
	for statement, fault := range map[string]string{
		`"Principal":{"AWS":"*"}`: "", `"Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/path/name"]}`: "",
		`"Principal":{"AWS":"AROAEXAMPLEEXAMPLE123"}`:                                          "",
		`"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"}`:                     "",
		`"Principal":{"Service":["sns.amazonaws.com","sns.me-south-1.amazonaws.com"]}`:         "",
		`"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/u"}`:                            "",
		`"Principal":"*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:username":"a*"}}`: "",
		`"Principal":{"AWS":"11112222333"}`:                                                    "PrincipalNotFound",
		`"Principal":{"AWS":"arn:aws:iam::111122223333:role/*"}`:                               "PrincipalNotFound",
		`"Principal":{"AWS":"arn:aws:iam::x:root"}`:                                            "PrincipalNotFound",
		`"Principal":{"AWS":"arn:aws:sqs:us-east-1:111122223333:role/r"}`:                      "PrincipalNotFound",
		`"Principal":{"AWS":"arn:aws:iam::111122223333:group/g"}`:                              "PrincipalNotFound",
		`"Principal":{"Service":"sns"}`:                                                        "PrincipalNotFound",
		`"NotPrincipal":{"AWS":"someone"}`:                                                     "PrincipalNotFound",
		`"Principal":"*","NotPrincipal":"*"`:                                                   "null",
		`"Principal":"someone"`:                                                                "null",
		`"Principal":{"AWS":[]}`:                                                               "null",
		`"Principal":"*","Condition":{"StringMatches":{"aws:username":"a"}}`:                   "null",
		`"Principal":"*","Condition":{"StringEquals":"aws:username"}`:                          "null",
		`"Principal":"*","Sid":1`:                                                              "null",
		`"Principal":"*","NotAction":"sns:Publish"`:                                            "null",
		`"Principal":"*","NotResource":"*"`:                                                    "null",
	} {
		code := ""
		if fault != "" {
			code = "InvalidAttributeValue"
		}
		err := w.setPolicy(t, owner, url, `{"Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"`+queue+`",`+strings.ReplaceAll(statement, "sns:", "sqs:")+`}}`)
		wantCode(t, "SetQueueAttributes "+statement, err, code)
		policy := `{"Statement":{"Effect":"Allow","Action":"sns:Publish","Resource":"` + topic + `",` + statement + `}}`
		_, err = w.sns(owner, region).SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
			TopicArn: &topic, AttributeName: aws.String("Policy"), AttributeValue: &policy,
		})
		if fault == "" && err != nil || fault != "" && (err == nil || !strings.HasSuffix(err.Error(), "Policy Error: "+fault)) {
			t.Errorf("SetTopicAttributes %s: got %v, want fault %q", statement, err, fault)
		}
	}
}
