package localaws

import (
	"testing"

	"github.com/skein-dev/skein/internal/policydoc"
)

// A queue or topic uses a key for whom the key policy admits: the account that it names with all its callers, SNS by
// name only, through the service that a key is for. Access is decided before the state.
func TestWhoMayUseAKey(t *testing.T) {
	const (
		account, other = "111111111111", "222222222222"
		region         = "us-east-1"
		topicARN       = "arn:aws:sns:us-east-1:111111111111:orders"
	)
	allow := func(principal, condition string) string {
		return `{"Statement":[{"Effect":"Allow","Principal":` + principal +
			`,"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*","Condition":` + condition + `}]}`
	}
	sns := policydoc.Request{Principal: policydoc.Principal{Service: "sns.amazonaws.com"}, Context: serviceKeys("sns.amazonaws.com", topicARN, account)}
	by := func(account, via string) policydoc.Request {
		return policydoc.Request{
			Principal: policydoc.Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/local"},
			Context:   map[string][]string{"kms:ViaService": {via + ".us-east-1.amazonaws.com"}},
		}
	}
	s := New()
	put := func(policy string, change func(*kmsKey)) string {
		k := s.newKey(region, account)
		if k.policy = policy; policy == "" {
			k.policy = defaultKeyPolicy(k)
		}
		change(k)
		s.kmsKeys.put(k.arn, k)
		return k.arn
	}
	as := func(*kmsKey) {}
	off := func(k *kmsKey) { k.disabled = true }
	going := func(k *kmsKey) { k.deletion = s.clock.Now().AddDate(0, 0, 7) }
	gone := func(k *kmsKey) { k.deletion = s.clock.Now().AddDate(0, 0, -1) }
	const denied, missing = "AccessDeniedException", "NotFoundException"
	bySNS := allow(`{"Service":"sns.amazonaws.com"}`, `{}`)
	managed := scopePrefix(serviceKMS, region, account) + "alias/aws/"
	for name, tt := range map[string]struct {
		ref     string
		request policydoc.Request
		code    string
	}{
		"default policy, the account":           {put("", as), by(account, "sqs"), ""},
		"default policy, another account":       {put("", as), by(other, "sqs"), denied},
		"default policy, SNS":                   {put("", as), sns, denied},
		"a policy for SNS, SNS":                 {put(bySNS, as), sns, ""},
		"a policy for SNS, the account":         {put(bySNS, as), by(account, "sqs"), denied},
		"for SNS of this topic":                 {put(allow(`{"Service":"sns.amazonaws.com"}`, `{"ArnLike":{"aws:SourceArn":"`+topicARN+`"}}`), as), sns, ""},
		"for SNS of another topic":              {put(allow(`{"Service":"sns.amazonaws.com"}`, `{"ArnLike":{"aws:SourceArn":"`+topicARN+`s"}}`), as), sns, denied},
		"for SNS of another account":            {put(allow(`{"Service":"sns.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"222222222222"}}`), as), sns, denied},
		"for another account":                   {put(allow(`{"AWS":"222222222222"}`, `{}`), as), by(other, "sqs"), ""},
		"for an account through SQS":            {put(allow(`"*"`, `{"StringEquals":{"kms:CallerAccount":"111111111111","kms:ViaService":"sqs.us-east-1.amazonaws.com"}}`), as), by(account, "sqs"), ""},
		"for an account through SQS, not SNS":   {put(allow(`"*"`, `{"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"}}`), as), by(account, "sns"), denied},
		"managed for SQS, through SQS":          {"alias/aws/sqs", by(account, "sqs"), ""},
		"managed for SQS, through SNS":          {managed + "sqs", by(account, "sns"), denied},
		"managed for SNS, through SNS":          {managed + "sns", by(account, "sns"), ""},
		"managed for SQS, another account":      {managed + "sqs", by(other, "sqs"), denied},
		"managed for SQS, SNS":                  {managed + "sqs", sns, denied},
		"disabled":                              {put("", off), by(account, "sqs"), "DisabledException"},
		"disabled, to who may not use it":       {put("", off), by(other, "sqs"), denied},
		"pending deletion":                      {put("", going), by(account, "sqs"), "KMSInvalidStateException"},
		"gone":                                  {put("", gone), by(account, "sqs"), missing},
		"an id that is none":                    {"testKeyId", by(account, "sqs"), missing},
		"an alias that is none":                 {"alias/none", by(account, "sqs"), missing},
		"a key of another region":               {"arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-4000-8000-000000000000", by(account, "sqs"), missing},
		"an ARN of another service":             {"arn:aws:sqs:us-east-1:111111111111:q", by(account, "sqs"), missing},
		"an alias without its account, for SNS": {"alias/aws/sqs", sns, missing},
	} {
		t.Run(name, func(t *testing.T) {
			for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
				err := s.mayUseKey(tt.ref, region, tt.request, []string{action})
				got := ""
				if err != nil {
					got = err.code
					if err.status != 400 || err.message == "" {
						t.Errorf("%s: %+v", action, err)
					}
				}
				if got != tt.code {
					t.Errorf("%s: got %q (%v), want %q", action, got, err, tt.code)
				}
			}
		})
	}
}

// The message names who may not do what, and the caller's request stays as it was.
func TestKeyRefusalSaysWho(t *testing.T) {
	s := New()
	k := s.newKey("us-east-1", "111111111111")
	k.policy = `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`
	s.kmsKeys.put(k.arn, k)
	context := map[string][]string{"kms:CallerAccount": {"333333333333"}}
	err := s.mayUseKey(k.arn, "us-east-1", policydoc.Request{
		Principal: policydoc.Principal{Account: "222222222222", ARN: "arn:aws:iam::222222222222:user/u"}, Context: context,
	}, keyUseReceive)
	want := "User: arn:aws:iam::222222222222:user/u is not authorized to perform: kms:Decrypt on resource: " + k.arn +
		" with an explicit deny in a resource-based policy"
	if err == nil || err.message != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if context["kms:CallerAccount"][0] != "333333333333" {
		t.Error("the request's context was changed")
	}
}
