package policydoc

import "testing"

// pair is two statements, told apart or not.
type pair struct {
	a, b  string
	equal bool
}

func checkPairs(t *testing.T, tests map[string]pair) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := mustParse(t, `{"Statement":`+tt.a+`}`).Statements[0]
			b := mustParse(t, `{"Statement":`+tt.b+`}`).Statements[0]
			if got := a.Canonical() == b.Canonical(); got != tt.equal {
				t.Errorf("equal is %v, want %v:\n%s\n%s", got, tt.equal, a.Canonical(), b.Canonical())
			}
			if a.Equal(b) != tt.equal {
				t.Error("Equal does not follow Canonical")
			}
		})
	}
}

// P01: white space and key order of a policy caused endless updates (peers).
func TestP01WhitespaceAndKeyOrder(t *testing.T) {
	checkPairs(t, map[string]pair{
		"white space": {
			"{\n  \"Sid\": \"a\",\n\t\"Effect\": \"Allow\", \"Action\": [ \"sqs:SendMessage\" ]\n}",
			`{"Sid":"a","Effect":"Allow","Action":["sqs:SendMessage"]}`, true,
		},
		"key order": {
			`{"Sid":"a","Effect":"Allow","Condition":{"StringEquals":{"k":"1","l":"2"},"Bool":{"m":"true"}}}`,
			`{"Condition":{"Bool":{"m":"true"},"StringEquals":{"l":"2","k":"1"}},"Effect":"Allow","Sid":"a"}`, true,
		},
		"order in lists": {
			`{"Action":["a","b"],"Resource":["r","s"],"Principal":{"AWS":["1","2"]},"Condition":{"X":{"k":["v","w"]}}}`,
			`{"Action":["b","a","b"],"Resource":["s","r"],"Principal":{"AWS":["2","1"]},"Condition":{"X":{"k":["w","v"]}}}`, true,
		},
		"other value": {`{"Condition":{"X":{"k":["v","w"]}}}`, `{"Condition":{"X":{"k":["v"]}}}`, false},
	})
	spaced := "{ \"Statement\" : [ {\"Sid\":\"x y\", \"Effect\" : \"Allow\"} ] }"
	if got, want := mustParse(t, spaced).JSON(), `{"Statement":[{"Sid":"x y","Effect":"Allow"}]}`; got != want {
		t.Errorf("JSON of a spaced document is %s, want %s", got, want)
	}
}

// P03: AWS rewrites policies: version 2008-10-17, one-item list to string, account id to root ARN (recorded case
// test_sqs_permission_lifecycle).
func TestP03RewrittenByAWS(t *testing.T) {
	sent := `{"Statement": [{"Sid": "SkeinSenders", "Effect": "Allow", "Principal": {"AWS": ["111122223333"]},
		"Action": ["sqs:ReceiveMessage"], "Resource": ["arn:aws:sqs:us-east-1:111122223333:q"]}]}`
	stored := `{"Version": "2008-10-17", "Id": "arn:aws:sqs:us-east-1:111122223333:q/x", "Statement": [{
		"Sid": "SkeinSenders", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
		"Action": "SQS:ReceiveMessage", "Resource": "arn:aws:sqs:us-east-1:111122223333:q"}]}`
	a, b := mustParse(t, sent), mustParse(t, stored)
	if a.Own()["SkeinSenders"] != b.Own()["SkeinSenders"] {
		t.Errorf("what was sent differs from what AWS stored:\n%v\n%v", a.Own(), b.Own())
	}
	checkPairs(t, map[string]pair{
		"root in another partition": {
			`{"Principal":{"AWS":"arn:aws-cn:iam::111122223333:root"}}`, `{"Principal":{"AWS":"111122223333"}}`, true,
		},
		"root of another account": {
			`{"Principal":{"AWS":"arn:aws:iam::111122223333:root"}}`, `{"Principal":{"AWS":"444455556666"}}`, false,
		},
		"a user is not the account": {
			`{"Principal":{"AWS":"arn:aws:iam::111122223333:user/root"}}`, `{"Principal":{"AWS":"111122223333"}}`, false,
		},
		"a deleted user's id is drift": {
			`{"Principal":{"AWS":"arn:aws:iam::111122223333:user/u"}}`, `{"Principal":{"AWS":"AIDAEXAMPLE"}}`, false,
		},
		"everyone, allowed": {
			`{"Effect":"Allow","Principal":"*"}`, `{"Effect":"Allow","Principal":{"AWS":["*"]}}`, true,
		},
		"everyone, denied": {
			`{"Effect":"Deny","Principal":"*"}`, `{"Effect":"Deny","Principal":{"AWS":"*"}}`, false,
		},
		"case of actions":        {`{"NotAction":"SQS:SendMessage"}`, `{"NotAction":"sqs:sendmessage"}`, true},
		"case of condition keys": {`{"Condition":{"X":{"AWS:SourceOwner":"1"}}}`, `{"Condition":{"X":{"aws:SourceOwner":1}}}`, true},
		"case of values":         {`{"Condition":{"X":{"k":"A"}}}`, `{"Condition":{"X":{"k":"a"}}}`, false},
		"case of resources":      {`{"Resource":"R"}`, `{"Resource":"r"}`, false},
		"boolean":                {`{"Condition":{"Bool":{"k":true}}}`, `{"Condition":{"Bool":{"k":["true"]}}}`, true},
		"empty and absent":       {`{"Condition":{},"Principal":{}}`, `{}`, true},
	})
}

func TestCanonicalTellsApart(t *testing.T) {
	checkPairs(t, map[string]pair{
		"effect":       {`{"Effect":"Allow"}`, `{"Effect":"Deny"}`, false},
		"sid":          {`{"Sid":"a"}`, `{"Sid":"A"}`, false},
		"not":          {`{"Action":"a"}`, `{"NotAction":"a"}`, false},
		"not resource": {`{"Resource":"a"}`, `{"NotResource":"a"}`, false},
		"operator":     {`{"Condition":{"X":{"k":"v"}}}`, `{"Condition":{"Y":{"k":"v"}}}`, false},
		"type":         {`{"Principal":{"AWS":"x"}}`, `{"Principal":{"Service":"x"}}`, false},
		"principal":    {`{"NotPrincipal":{"AWS":"x"}}`, `{"Principal":{"AWS":"x"}}`, false},
		"keys that differ in case only are two conditions": {
			`{"Condition":{"X":{"K":"1","k":"2"}}}`, `{"Condition":{"X":{"k":["1","2"]}}}`, false,
		},
		"unknown member":       {`{"Later":[1]}`, `{}`, false},
		"same unknown member":  {`{"Later":{"b":1.0,"a":2}}`, `{"Later":{"a":2,"b":1}}`, true},
		"number out of bounds": {`{"Later":1e999}`, `{"Later":1e998}`, false},
	})
}

// The comparison of another implementation agrees on whole documents.
func TestEquivalentJSONAgrees(t *testing.T) {
	doc := func(statement string) string { return `{"Version":"2012-10-17","Statement":[` + statement + `]}` }
	tests := map[string]pair{
		"rewritten": {
			`{"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":["sqs:SendMessage"],"Resource":"r","Condition":{"ArnEquals":{"AWS:SourceArn":["b","a"]}}}`,
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"SQS:SendMessage","Resource":["r"],"Condition":{"ArnEquals":{"aws:SourceArn":["a","b"]}}}`,
			true,
		},
		"other topic": {
			`{"Effect":"Allow","Condition":{"ArnEquals":{"aws:SourceArn":"a"}}}`,
			`{"Effect":"Allow","Condition":{"ArnEquals":{"aws:SourceArn":"b"}}}`, false,
		},
		"other effect": {`{"Effect":"Allow","Action":"a"}`, `{"Effect":"Deny","Action":"a"}`, false},
	}
	checkPairs(t, tests)
	for name, tt := range tests {
		if got := EquivalentJSON(doc(tt.a), doc(tt.b)); got != tt.equal {
			t.Errorf("%s: EquivalentJSON is %v, want %v", name, got, tt.equal)
		}
	}
	if EquivalentJSON(`{`, `{`) || EquivalentJSON(doc(`{"Effect":"Allow"}`), `{}`) {
		t.Error("what is no document, or an empty one, is equivalent")
	}
	if EquivalentJSON(doc(`{}`), `{"Version":"2008-10-17","Statement":[{}]}`) {
		t.Error("documents of two versions are equivalent")
	}
}
