package policydoc

import (
	"encoding/json"
	"testing"
)

// holdsFor evaluates one condition for a request with a context.
func holdsFor(t *testing.T, version, condition string, context map[string][]string) bool {
	t.Helper()
	doc, err := Parse(`{"Version":"` + version + `","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":` +
		condition + `}}`)
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	return doc.Evaluate(Request{Action: "sqs:SendMessage", Resource: queue, Context: context}).Allowed
}

// Each row is an operator with the key k, what the policy wants, and values of a request for which it holds and does
// not hold. A missing key is null.
func TestOperators(t *testing.T) {
	topic := topicARN("eu-west-1", "orders")
	tests := []struct {
		operator, want string
		holds, fails   []string // JSON lists of values
	}{
		{"StringEquals", `"a"`, []string{`["a"]`}, []string{`["A"]`, `["ab"]`, `null`, `[]`}},
		{"StringEquals", `["a","b"]`, []string{`["a"]`, `["b"]`}, []string{`["c"]`}},
		{"StringEquals", `"a*"`, []string{`["a*"]`}, []string{`["ab"]`}},
		{"StringEquals", `[]`, nil, []string{`["a"]`}},
		{"StringEquals", `true`, []string{`["true"]`}, []string{`["false"]`}},
		{"StringNotEquals", `"a"`, []string{`["b"]`, `null`}, []string{`["a"]`}},
		{"StringNotEquals", `["a","b"]`, []string{`["c"]`}, []string{`["a"]`, `["b"]`, `["a","c"]`}},
		{"StringEqualsIgnoreCase", `"aB"`, []string{`["Ab"]`}, []string{`["b"]`, `null`}},
		{"StringNotEqualsIgnoreCase", `"aB"`, []string{`["b"]`, `null`}, []string{`["Ab"]`}},
		{"StringLike", `"a*c?"`, []string{`["abbc1"]`, `["ac1"]`}, []string{`["ac"]`, `["ABC1"]`, `null`}},
		{"StringLike", `"[a-z]"`, []string{`["[a-z]"]`}, []string{`["b"]`}},
		{"StringNotLike", `"a*"`, []string{`["b"]`, `null`}, []string{`["ab"]`}},
		{"ArnEquals", `"` + topic + `"`, []string{`["` + topic + `"]`}, []string{`["` + topic + `s"]`, `null`, `["orders"]`}},
		{"ArnEquals", `"arn:aws:sns:*:111122223333:ord?rs"`, []string{`["` + topic + `"]`}, []string{`["` + topicARN("eu-west-1", "billing") + `"]`}},
		{"ArnLike", `"arn:*:sns:*:*:*"`, []string{`["` + topic + `"]`, `["` + topic + `:sub:scription"]`}, []string{`["` + queue + `"]`}},
		{"ArnLike", `"arn:aws:sns:*:orders"`, nil, []string{`["` + topic + `"]`}},
		{"ArnLike", `"arn:aws:sns:*"`, nil, []string{`["` + topic + `"]`}},
		{"ArnLike", `"arn:aws:s*:eu-west-1:1*3:orders"`, []string{`["` + topic + `"]`}, []string{`["arn:aws:sns:eu-west-1:1:3:orders"]`}},
		{"ArnNotEquals", `"` + topic + `"`, []string{`["` + queue + `"]`, `null`}, []string{`["` + topic + `"]`}},
		{"ArnNotLike", `"arn:aws:sns:*:*:*"`, []string{`["` + queue + `"]`, `null`}, []string{`["` + topic + `"]`}},
		{"Bool", `"false"`, []string{`["false"]`}, []string{`["true"]`, `null`}},
		{"Bool", `true`, []string{`["true"]`, `["True"]`}, []string{`["false"]`}},
		{"Null", `"true"`, []string{`null`, `[]`}, []string{`["a"]`}},
		{"Null", `false`, []string{`["a"]`}, []string{`null`}},
		{"NumericEquals", `"5"`, []string{`["5"]`, `["5.0"]`}, []string{`["6"]`, `["x"]`, `null`}},
		{"NumericNotEquals", `"5"`, []string{`["6"]`, `null`}, []string{`["5.0"]`}},
		{"NumericLessThan", `5`, []string{`["4.9"]`}, []string{`["5"]`}},
		{"NumericLessThanEquals", `5`, []string{`["5"]`}, []string{`["5.1"]`}},
		{"NumericGreaterThan", `5`, []string{`["5.1"]`}, []string{`["5"]`}},
		{"NumericGreaterThanEquals", `5`, []string{`["5"]`}, []string{`["4"]`}},
		{"NumericEquals", `"nan"`, nil, []string{`["nan"]`, `["1"]`}},
		{"DateEquals", `"2026-01-02T00:00:00Z"`, []string{`["2026-01-02"]`, `["1767312000"]`}, []string{`["2026-01-03"]`, `["soon"]`, `null`}},
		{"DateNotEquals", `"2026-01-02"`, []string{`["2026-01-03"]`, `null`}, []string{`["2026-01-02"]`}},
		{"DateLessThan", `"2026-01-02"`, []string{`["2026-01-01T23:59:59Z"]`}, []string{`["2026-01-02"]`}},
		{"DateLessThanEquals", `"2026-01-02"`, []string{`["2026-01-02"]`}, []string{`["2026-01-02T00:00:01Z"]`}},
		{"DateGreaterThan", `"2026-01-02"`, []string{`["2026-01-02T00:00:01Z"]`}, []string{`["2026-01-02"]`}},
		{"DateGreaterThanEquals", `"2026-01-02"`, []string{`["2026-01-02T00:00:00Z"]`}, []string{`["2026-01-01"]`}},
		{"IpAddress", `["203.0.113.0/24","2001:db8::/32"]`, []string{`["203.0.113.9"]`, `["2001:db8::1"]`}, []string{`["203.0.114.1"]`, `["x"]`, `null`}},
		{"IpAddress", `"203.0.113.7"`, []string{`["203.0.113.7"]`}, []string{`["203.0.113.8"]`}},
		{"NotIpAddress", `"203.0.113.0/24"`, []string{`["198.51.100.1"]`, `null`}, []string{`["203.0.113.9"]`}},
		{"BinaryEquals", `"QUJD"`, []string{`["QUJD"]`}, []string{`["QUJE"]`, `["?"]`, `null`}},

		{"StringEqualsIfExists", `"a"`, []string{`["a"]`, `null`}, []string{`["b"]`}},
		{"ArnLikeIfExists", `"` + topic + `"`, []string{`null`}, []string{`["` + queue + `"]`}},
		{"NullIfExists", `"true"`, nil, []string{`null`, `["a"]`}},
		{"ForAllValues:StringEquals", `["a","b"]`, []string{`["a"]`, `["a","b"]`, `null`}, []string{`["a","c"]`}},
		{"ForAllValues:StringNotEquals", `["a","b"]`, []string{`["c","d"]`, `null`}, []string{`["c","a"]`}},
		{"ForAnyValue:StringEquals", `["a","b"]`, []string{`["c","a"]`}, []string{`["c"]`, `null`}},
		{"ForAnyValue:StringNotEquals", `["a","b"]`, []string{`["c","a"]`}, []string{`["a","b"]`, `null`}},
		{"ForAnyValue:StringLikeIfExists", `"a*"`, []string{`["ab"]`}, []string{`["b"]`, `null`}},

		{"StringMatches", `"a"`, nil, []string{`["a"]`, `null`}},
		{"stringEquals", `"a"`, nil, []string{`["a"]`}},
		{"StringMatchesIfExists", `"a"`, nil, []string{`null`}},
	}
	for _, tt := range tests {
		condition := `{"` + tt.operator + `":{"k":` + tt.want + `}}`
		check := func(values string, want bool) {
			var have []string
			if err := json.Unmarshal([]byte(values), &have); err != nil {
				t.Fatal(err)
			}
			if got := holdsFor(t, Version, condition, map[string][]string{"k": have}); got != want {
				t.Errorf("%s and %s: got %v, want %v", condition, values, got, want)
			}
		}
		for _, values := range tt.holds {
			check(values, true)
		}
		for _, values := range tt.fails {
			check(values, false)
		}
	}
}

func TestConditionsAllHold(t *testing.T) {
	context := map[string][]string{"AWS:SourceArn": {queue}, "aws:sourceaccount": {account}}
	for condition, want := range map[string]bool{
		`{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:sqs:*:*:*"}}`: true,
		`{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`: false,
		`{"StringEquals":{"AWS:SOURCEACCOUNT":"111122223333","aws:sourcearn":"` + queue + `"}}`:                 true,
		`{"StringEquals":{"aws:SourceAccount":"111122223333","aws:SourceArn":"x"}}`:                             false,
		`{}`: true,
	} {
		if got := holdsFor(t, Version, condition, context); got != want {
			t.Errorf("%s: got %v, want %v", condition, got, want)
		}
	}
}

func TestPolicyVariables(t *testing.T) {
	context := map[string][]string{"aws:username": {"b*b"}, "many": {"b*b", "2"}, "k": {"b*b"}, "plain": {"bob"}, "star": {"*"}}
	for _, tt := range []struct {
		version, condition string
		want               bool
	}{
		{Version, `{"StringEquals":{"k":"${aws:username}"}}`, true},
		{Version, `{"StringEquals":{"k":"${AWS:UserName}"}}`, true},
		{Version, `{"StringLike":{"k":"b*"}}`, true},
		{Version, `{"StringLike":{"plain":"${aws:username}"}}`, false},
		{Version, `{"StringLike":{"k":"b${*}b"}}`, true},
		{Version, `{"StringLike":{"plain":"b${*}b"}}`, false},
		{Version, `{"StringLike":{"plain":"b${?}b"}}`, false},
		{Version, `{"StringEquals":{"star":"${*}"}}`, true},
		{Version, `{"StringEquals":{"k":"${many}"}}`, false},
		{Version, `{"StringEquals":{"k":"${none}"}}`, false},
		{Version, `{"StringEquals":{"plain":"${none, 'bob'}"}}`, true},
		{Version, `{"StringEquals":{"k":"${aws:username, 'bob'}"}}`, true},
		{Version, `{"StringEquals":{"plain":"${none, bob}"}}`, false},
		{Version, `{"StringEquals":{"k":"${aws:username"}}`, false},
		{"2008-10-17", `{"StringEquals":{"k":"${aws:username}"}}`, false},
		{"", `{"StringEquals":{"k":"${aws:username}"}}`, false},
	} {
		if got := holdsFor(t, tt.version, tt.condition, context); got != tt.want {
			t.Errorf("version %q, %s: got %v, want %v", tt.version, tt.condition, got, tt.want)
		}
	}
	literal := map[string][]string{"k": {"${aws:username}$"}}
	if !holdsFor(t, "2008-10-17", `{"StringEquals":{"k":"${aws:username}$"}}`, literal) {
		t.Error("before 2012-10-17 a variable is its own text")
	}
}

func TestKnownOperator(t *testing.T) {
	for name, want := range map[string]bool{
		"StringEquals": true, "Null": true, "ForAllValues:StringLikeIfExists": true,
		"Nullable": false, "": false, "IfExists": false, "ForAllValues:Null": false, "ForAllValues:ForAnyValue:StringLike": false,
	} {
		if got := KnownOperator(name); got != want {
			t.Errorf("KnownOperator(%q) = %v, want %v", name, got, want)
		}
	}
}
