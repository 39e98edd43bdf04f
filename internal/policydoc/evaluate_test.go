package policydoc

import (
	"strings"
	"testing"
	"time"
)

const (
	account = "111122223333"
	bob     = "arn:aws:iam::111122223333:user/bob"
	session = "arn:aws:sts::111122223333:assumed-role/orders/pod-1"
)

func caller(arn string) Principal { return Principal{Account: account, ARN: arn} }

func service(name string) Principal { return Principal{Service: name} }

// verdict returns how a decision is written in the tables below.
func verdict(d Decision) string {
	switch {
	case d.Denied:
		return "denied"
	case d.Allowed:
		return "allowed"
	default:
		return "nothing"
	}
}

// parse reads a document of the current version; a test writes the statements only.
func parse(t *testing.T, statements string) Document {
	t.Helper()
	doc, err := Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// send is the request that most tests judge.
func send(who Principal) Request {
	return Request{Principal: who, Action: "sqs:SendMessage", Resource: queue, Context: map[string][]string{
		"aws:SourceArn": {topicARN("eu-west-1", "orders")}, "aws:SourceAccount": {account}, "aws:SecureTransport": {"true"},
	}}
}

func TestEffects(t *testing.T) {
	const (
		allowAll = `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}`
		denyAll  = `{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}`
		allowGet = `{"Effect":"Allow","Principal":"*","Action":"sqs:Get*","Resource":"*"}`
	)
	for name, tt := range map[string]struct{ statements, want string }{
		"no statement":            {``, "nothing"},
		"allow":                   {allowAll, "allowed"},
		"deny":                    {denyAll, "denied"},
		"deny beats allow before": {allowAll + `,` + denyAll, "denied"},
		"deny beats allow after":  {denyAll + `,` + allowAll, "denied"},
		"allow of another action": {allowGet, "nothing"},
		"another effect":          {strings.Replace(allowAll, "Allow", "allow", 1), "nothing"},
		"no principal":            {`{"Effect":"Allow","Action":"*","Resource":"*"}`, "nothing"},
		"no action":               {`{"Effect":"Allow","Principal":"*","Resource":"*"}`, "nothing"},
		"no resource":             {`{"Effect":"Allow","Principal":"*","Action":"*"}`, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(parse(t, tt.statements).Evaluate(send(caller(bob)))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestActionsAndResources(t *testing.T) {
	for part, want := range map[string]bool{
		`"Action":"sqs:SendMessage","Resource":"*"`:                      true,
		`"Action":"SQS:sendmessage","Resource":"*"`:                      true,
		`"Action":"*","Resource":"*"`:                                    true,
		`"Action":["sqs:GetQueueUrl","sqs:Send*"],"Resource":"*"`:        true,
		`"Action":"sqs:Send?essage","Resource":"*"`:                      true,
		`"Action":"sqs:Send?Message","Resource":"*"`:                     false,
		`"Action":"sns:SendMessage","Resource":"*"`:                      false,
		`"Action":"sqs:[S]endMessage","Resource":"*"`:                    false,
		`"NotAction":"sqs:ReceiveMessage","Resource":"*"`:                true,
		`"NotAction":"sqs:Send*","Resource":"*"`:                         false,
		`"Action":"*","Resource":"` + queue + `"`:                        true,
		`"Action":"*","Resource":"` + queue + `-other"`:                  false,
		`"Action":"*","Resource":"` + strings.ToUpper(queue) + `"`:       false,
		`"Action":"*","Resource":"arn:aws:sqs:*:111122223333:*"`:         true,
		`"Action":"*","Resource":"arn:aws:sqs:*:444455556666:*"`:         false,
		`"Action":"*","Resource":"arn:aws:sqs:*"`:                        true,
		`"Action":"*","NotResource":"` + queue + `"`:                     false,
		`"Action":"*","NotResource":"arn:aws:sqs:*:444455556666:*"`:      true,
		`"Action":"*","Resource":"arn:aws:sqs:*:${aws:SourceAccount}:*"`: true,
	} {
		doc := parse(t, `{"Effect":"Allow","Principal":"*",`+part+`}`)
		if got := doc.Evaluate(send(caller(bob))); got.Allowed != want {
			t.Errorf("%s: got %+v, want allowed %v", part, got, want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	const (
		roleARN  = "arn:aws:iam::111122223333:role/orders"
		pathRole = "arn:aws:iam::111122223333:role/team/orders"
		root     = "arn:aws:iam::111122223333:root"
	)
	for _, tt := range []struct {
		principal string
		who       Principal
		want      bool
	}{
		{`"*"`, caller(bob), true},
		{`"*"`, Principal{}, true},
		{`"*"`, service("sns.amazonaws.com"), true},
		{`{"AWS":"*"}`, service("sns.amazonaws.com"), true},
		{`{"AWS":"111122223333"}`, caller(bob), true},
		{`{"AWS":"111122223333"}`, caller(session), true},
		{`{"AWS":"` + root + `"}`, caller(bob), true},
		{`{"AWS":"` + root + `"}`, caller(root), true},
		{`{"AWS":"444455556666"}`, caller(bob), false},
		{`{"AWS":["444455556666","` + bob + `"]}`, caller(bob), true},
		{`{"AWS":"` + bob + `"}`, caller(bob + "2"), false},
		{`{"AWS":"` + bob + `"}`, caller(root), false},
		{`{"AWS":"` + session + `"}`, caller(session), true},
		{`{"AWS":"` + roleARN + `"}`, caller(session), true},
		{`{"AWS":"` + pathRole + `"}`, caller(session), true},
		{`{"AWS":"` + roleARN + `s"}`, caller(session), false},
		{`{"AWS":"` + roleARN + `"}`, caller(bob), false},
		{`{"AWS":"111122223333"}`, service("sns.amazonaws.com"), false},
		{`{"Service":"sns.amazonaws.com"}`, service("sns.amazonaws.com"), true},
		{`{"Service":["s3.amazonaws.com","sns.amazonaws.com"]}`, service("sns.amazonaws.com"), true},
		{`{"Service":"sns.amazonaws.com"}`, service("sns.me-south-1.amazonaws.com"), false},
		{`{"Service":"sns.me-south-1.amazonaws.com"}`, service("sns.me-south-1.amazonaws.com"), true},
		{`{"Service":"sns.amazonaws.com"}`, caller(bob), false},
		{`{"Federated":"cognito-identity.amazonaws.com"}`, caller(bob), false},
		{`{"AWS":[]}`, caller(bob), false},
		{`{"AWS":""}`, Principal{}, false},
	} {
		doc := parse(t, `{"Effect":"Allow","Principal":`+tt.principal+`,"Action":"*","Resource":"*"}`)
		if got := doc.Evaluate(send(tt.who)); got.Allowed != tt.want {
			t.Errorf("%s and %+v: got %+v, want allowed %v", tt.principal, tt.who, got, tt.want)
		}
	}
}

// A NotPrincipal with Deny exempts who is named with account, role and session; with Allow it leaves out who is named.
func TestNotPrincipal(t *testing.T) {
	for _, tt := range []struct {
		effect, principals string
		who                Principal
		want               string
	}{
		{"Deny", `{"AWS":["111122223333","` + bob + `"]}`, caller(bob), "nothing"},
		{"Deny", `{"AWS":"` + bob + `"}`, caller(bob), "denied"},
		{"Deny", `{"AWS":"111122223333"}`, caller(bob), "denied"},
		{"Deny", `{"AWS":"111122223333"}`, caller("arn:aws:iam::111122223333:root"), "nothing"},
		{"Deny", `{"AWS":["111122223333","` + bob + `"]}`, service("sns.amazonaws.com"), "denied"},
		{"Deny", `{"Service":"sns.amazonaws.com"}`, service("sns.amazonaws.com"), "nothing"},
		{"Deny", `{"AWS":["111122223333","arn:aws:iam::111122223333:role/orders"]}`, caller(session), "denied"},
		{"Deny", `{"AWS":["111122223333","arn:aws:iam::111122223333:role/orders","` + session + `"]}`, caller(session), "nothing"},
		{"Allow", `{"AWS":"` + bob + `"}`, caller(bob), "nothing"},
		{"Allow", `{"AWS":"` + bob + `"}`, caller(session), "allowed"},
		{"Allow", `{"AWS":"*"}`, caller(session), "nothing"},
	} {
		doc := parse(t, `{"Effect":"`+tt.effect+`","NotPrincipal":`+tt.principals+`,"Action":"*","Resource":"*"}`)
		if got := verdict(doc.Evaluate(send(tt.who))); got != tt.want {
			t.Errorf("%s %s and %+v: got %s, want %s", tt.effect, tt.principals, tt.who, got, tt.want)
		}
	}
}

// A person reads from the reason what to put right.
func TestReasons(t *testing.T) {
	topics := Topics(queue, []TopicGrant{{TopicARN: topicARN("eu-west-1", "billing"), Principal: snsPrincipal}})[0].JSON()
	const asked = "sqs:SendMessage on " + queue + " for sns.amazonaws.com (aws:SourceArn arn:aws:sns:eu-west-1:111122223333:orders)"
	for name, tt := range map[string]struct{ statements, sid, want string }{
		"no statement": {``, "", "no statement allows " + asked},
		"a condition": {topics, "", "no statement allows " + asked +
			"; statement SkeinTopics: ArnEquals aws:SourceArn does not match"},
		"a key that is missing": {
			`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, "",
			"no statement allows " + asked + "; statement #0: StringEquals aws:PrincipalOrgID is not met: the request has no such key",
		},
		"an operator that does not exist": {
			`{"Sid":"a","Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"stringequals":{"aws:SourceAccount":"1"}}}`, "",
			"no statement allows " + asked + "; statement a: stringequals aws:SourceAccount is no condition that IAM knows",
		},
		"the nearest counts": {
			`{"Sid":"far","Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sqs:::x"},` +
				`{"Sid":"near","Effect":"Allow","Principal":{"AWS":"1"},"Action":"*","Resource":"*"},` +
				`{"Sid":"as near","Effect":"Allow","Principal":{"AWS":"2"},"Action":"*","Resource":"*"},` +
				`{"Sid":"none","Effect":"Allow","Principal":"*","Action":"sqs:Get*","Resource":"*"}`, "",
			"no statement allows " + asked + "; statement near: its principal is another",
		},
		"another resource": {
			`{"Sid":"far","Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sqs:::x"}`, "",
			"no statement allows " + asked + "; statement far: its resource is another",
		},
		"another action": {
			`{"Sid":"reads","Effect":"Allow","Principal":"*","Action":["sqs:ReceiveMessage","sqs:Get*"],"Resource":"*"}`, "",
			"no statement allows " + asked + "; statement reads: its action is another",
		},
		"only denials, of others": {
			`{"Sid":"no","Effect":"Deny","Principal":"*","Action":"sqs:DeleteQueue","Resource":"*"}`, "", "no statement allows " + asked,
		},
		"denied": {
			`{"Sid":"no","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`, "no",
			"statement no denies " + asked,
		},
		"allowed": {
			`{"Sid":"yes","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},` +
				`{"Sid":"yes too","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`, "yes", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(t, tt.statements).Evaluate(send(service("sns.amazonaws.com")))
			if got.Reason != tt.want || got.Sid != tt.sid {
				t.Errorf("got %q of statement %q\nwant %q of statement %q", got.Reason, got.Sid, tt.want, tt.sid)
			}
		})
	}
}

// What Skein writes lets in whom it means and no one else.
func TestOwnStatementsAllowWhomTheyMean(t *testing.T) {
	doc := Merge(Document{}, BySid([]Statement{TLSOnly(queue)},
		Topics(queue, []TopicGrant{{TopicARN: topicARN("eu-west-1", "orders"), Principal: snsPrincipal}})))
	plain := send(service(snsPrincipal))
	plain.Context["aws:SecureTransport"] = []string{"false"}
	other := send(service(snsPrincipal))
	other.Context["aws:SourceArn"] = []string{topicARN("eu-west-1", "billing")}
	for name, tt := range map[string]struct {
		request Request
		want    string
	}{
		"the topic":                {send(service(snsPrincipal)), "allowed"},
		"the topic, without TLS":   {plain, "denied"},
		"another topic":            {other, "nothing"},
		"another service":          {send(service("s3.amazonaws.com")), "nothing"},
		"a user of the account":    {send(caller(bob)), "nothing"},
		"SNS of an opt-in region":  {send(service("sns.me-south-1.amazonaws.com")), "nothing"},
		"another action by itself": {Request{Principal: service(snsPrincipal), Action: "sqs:ReceiveMessage", Resource: queue}, "nothing"},
	} {
		if got := doc.Evaluate(tt.request); verdict(got) != tt.want {
			t.Errorf("%s: got %s (%s), want %s", name, verdict(got), got.Reason, tt.want)
		}
	}
}

// Wildcards cost no more than the product of the lengths.
func TestManyWildcardsAreQuick(t *testing.T) {
	evil := strings.Repeat("*a", 500) + "b"
	begin := time.Now()
	if wildcards(evil).match(strings.Repeat("a", 5000)) {
		t.Error("it must not match")
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}
