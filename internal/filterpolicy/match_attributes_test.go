package filterpolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// attributes makes Attributes of name, type, value triples.
func attributes(t testing.TB, triples ...string) map[string]Attribute {
	t.Helper()
	if len(triples)%3 != 0 {
		t.Fatalf("%q are no triples", triples)
	}
	m := map[string]Attribute{}
	for i := 0; i < len(triples); i += 3 {
		m[triples[i]] = Attribute{Type: triples[i+1], Value: triples[i+2]}
	}
	return m
}

// attributeTest publishes attribute k, with another one beside it.
type attributeTest struct {
	policy, dataType, value string
	want                    bool
}

func runAttributeTests(t *testing.T, tests map[string]attributeTest) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := Message{Attributes: attributes(t, "other", "String", "x")}
			if tt.dataType != "" {
				m.Attributes["k"] = Attribute{Type: tt.dataType, Value: tt.value}
			}
			if got := mustParse(t, tt.policy, ScopeMessageAttributes).Match(m); got.Matched != tt.want {
				t.Errorf("%s against %q of type %q: %+v, want matched %v", tt.policy, tt.value, tt.dataType, got, tt.want)
			}
		})
	}
}

func TestMatchComparesStringAttributesAsStrings(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"equal":                    {`{"k":["a","b"]}`, "String", "b", true},
		"case counts":              {`{"k":["a"]}`, "String", "A", false},
		"number written as string": {`{"k":["1"]}`, "String", "1", true},
		"number policy":            {`{"k":[1]}`, "String", "1", false},
		"numeric":                  {`{"k":[{"numeric":["=",1]}]}`, "String", "1", false},
		"anything-but number":      {`{"k":[{"anything-but":1}]}`, "String", "1", true},
		"true":                     {`{"k":[true]}`, "String", "true", false},
		"null":                     {`{"k":[null]}`, "String", "null", false},
	})
}

func TestMatchComparesNumberAttributesAsNumbers(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"same":                  {`{"k":[100]}`, "Number", "100", true},
		"fraction of zeros":     {`{"k":[100]}`, "Number", "100.0", true},
		"exponent":              {`{"k":[100]}`, "Number", "1e2", true},
		"plus":                  {`{"k":[100]}`, "Number", "+100", true},
		"other":                 {`{"k":[100]}`, "Number", "101", false},
		"string policy":         {`{"k":["100"]}`, "Number", "100", false},
		"prefix":                {`{"k":[{"prefix":"1"}]}`, "Number", "100", false},
		"documented example":    {`{"k":[{"numeric":["=",301.5]}]}`, "Number", "3.015e2", true},
		"anything-but":          {`{"k":[{"anything-but":[100,500]}]}`, "Number", "100.1", true},
		"anything-but, listed":  {`{"k":[{"anything-but":[100,500]}]}`, "Number", "500.00", false},
		"anything-but a string": {`{"k":[{"anything-but":"100"}]}`, "Number", "100", true},
	})
}

func TestMatchTakesAnyElementOfStringArray(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"one is equal":             {`{"k":["b"]}`, "String.Array", `["a","b"]`, true},
		"none is equal":            {`{"k":["c"]}`, "String.Array", `["a","b"]`, false},
		"number":                   {`{"k":[2]}`, "String.Array", `["a",2.0]`, true},
		"numeric":                  {`{"k":[{"numeric":[">",1]}]}`, "String.Array", `[1,2]`, true},
		"number in quotes":         {`{"k":[2]}`, "String.Array", `["2"]`, false},
		"true":                     {`{"k":[true]}`, "String.Array", `[false,true]`, true},
		"false":                    {`{"k":[false]}`, "String.Array", `[true]`, false},
		"null":                     {`{"k":[null]}`, "String.Array", `[null]`, true},
		"empty":                    {`{"k":["a"]}`, "String.Array", `[]`, false},
		"empty does not exist":     {`{"k":[{"exists":false}]}`, "String.Array", `[]`, true},
		"nulls do not exist":       {`{"k":[{"exists":true}]}`, "String.Array", `[null]`, false},
		"one exists":               {`{"k":[{"exists":true}]}`, "String.Array", `[null,"a"]`, true},
		"Number.Array, documented": {`{"k":[{"anything-but":[100,500]}]}`, "Number.Array", `[100, 50]`, true},
	})
}

// The examples of https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html.
func TestMatchAnythingButTakesArrayWithOneOtherElement(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"other value":   {`{"k":[{"anything-but":["rugby","tennis"]}]}`, "String", "baseball", true},
		"listed value":  {`{"k":[{"anything-but":["rugby","tennis"]}]}`, "String", "rugby", false},
		"one other":     {`{"k":[{"anything-but":["rugby","tennis"]}]}`, "String.Array", `["rugby","baseball"]`, true},
		"all listed":    {`{"k":[{"anything-but":["rugby","tennis"]}]}`, "String.Array", `["tennis","rugby"]`, false},
		"other prefix":  {`{"k":[{"anything-but":{"prefix":"bas"}}]}`, "String.Array", `["baseball","rugby"]`, true},
		"only prefixes": {`{"k":[{"anything-but":{"prefix":"bas"}}]}`, "String.Array", `["baseball","bass"]`, false},
		"empty array":   {`{"k":[{"anything-but":"rugby"}]}`, "String.Array", `[]`, false},
	})
}

// An absent attribute passes {"exists": false} and nothing else (recorded case test_filter_policy/ok-2).
func TestMatchAbsentAttributePassesOnlyExistsFalse(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"exists false":                 {`{"k":[{"exists":false}]}`, "", "", true},
		"exists false beside a value":  {`{"k":["a",{"exists":false}]}`, "", "", true},
		"exists true":                  {`{"k":[{"exists":true}]}`, "", "", false},
		"value":                        {`{"k":["a"]}`, "", "", false},
		"null and anything-but":        {`{"k":[null,{"anything-but":"a"}]}`, "", "", false},
		"anything-but prefix":          {`{"k":[{"anything-but":{"prefix":"a"}}]}`, "", "", false},
		"anything-but or exists false": {`{"k":[{"anything-but":"a"},{"exists":false}]}`, "", "", true},
		"prefix of nothing":            {`{"k":[{"prefix":""}]}`, "", "", false},
		"present, exists true":         {`{"k":[{"exists":true}]}`, "String", "a", true},
		"present, exists false":        {`{"k":[{"exists":false}]}`, "String", "a", false},
		"name in other case":           {`{"K":[{"exists":true}]}`, "String", "a", false},
	})
}

// SNS looks at String, String.Array and Number only and ignores Binary,
// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html. So a Binary attribute does not
// exist, and an attribute of a type with a label of the user neither.
func TestMatchIgnoresOtherTypes(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"Binary exists":       {`{"k":[{"exists":true}]}`, "Binary", "", false},
		"Binary is absent":    {`{"k":[{"exists":false}]}`, "Binary", "", true},
		"Binary is something": {`{"k":[{"anything-but":"a"}]}`, "Binary", "b", false},
		"label":               {`{"k":["a"]}`, "String.label", "a", false},
		"label is absent":     {`{"k":[{"exists":false}]}`, "Number.int", "1", true},
	})
}

// Quotation marks and backslashes have to be escaped twice in the policy,
// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
func TestMatchAttributesNeedDoubleEscapes(t *testing.T) {
	runAttributeTests(t, map[string]attributeTest{
		"quote once":             {`{"k":["a\"b"]}`, "String", `a"b`, false},
		"quote twice":            {`{"k":["a\\\"b"]}`, "String", `a"b`, true},
		"backslash once":         {`{"k":["a\\b"]}`, "String", `a\b`, false},
		"backslash twice":        {`{"k":["a\\\\b"]}`, "String", `a\b`, true},
		"element, quote twice":   {`{"k":["a\\\"b"]}`, "String.Array", `["a\"b"]`, true},
		"element, quote once":    {`{"k":["a\"b"]}`, "String.Array", `["a\"b"]`, false},
		"other characters":       {`{"k":["a/é\tb"]}`, "String", "a/é\tb", true},
		"the rule of the prefix": {`{"k":[{"prefix":"\\\""}]}`, "String", `"b`, true},
	})
}

func TestMatchNamesOfAttributesKeepTheirDots(t *testing.T) {
	p := mustParse(t, `{"a.b":["x"]}`, ScopeMessageAttributes)
	if got := p.Match(Message{Attributes: attributes(t, "a.b", "String", "x")}); !got.Matched {
		t.Errorf("a.b: %+v", got)
	}
	if got := p.Match(Message{Attributes: attributes(t, "a", "String.Array", `["x"]`)}); got.Matched {
		t.Errorf("a: %+v", got)
	}
}

// CloudWatch counts these apart as InvalidAttributes and NoMessageAttributes,
// https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html.
func TestMatchRefusesMessagesThatCannotBeCompared(t *testing.T) {
	tests := map[string]struct {
		policy string
		attrs  []string
		want   Result
	}{
		"not JSON":             {`{"a":[{"exists":false}]}`, []string{"a", "String.Array", "[1"}, Result{Key: "a", InvalidAttributes: true}},
		"no array":             {`{"a":["x"]}`, []string{"a", "String.Array", `"x"`}, Result{Key: "a", InvalidAttributes: true}},
		"array in the array":   {`{"a":["x"]}`, []string{"a", "String.Array", `["x",["y"]]`}, Result{Key: "a", InvalidAttributes: true}},
		"object in the array":  {`{"a":["x"]}`, []string{"a", "String.Array", `[{}]`}, Result{Key: "a", InvalidAttributes: true}},
		"no number":            {`{"a":[1]}`, []string{"a", "Number", "1,0"}, Result{Key: "a", InvalidAttributes: true}},
		"hexadecimal number":   {`{"a":[1]}`, []string{"a", "Number", "0x1"}, Result{Key: "a", InvalidAttributes: true}},
		"second key":           {`{"b":["x"],"a":["x"]}`, []string{"b", "String", "x", "a", "String.Array", "x"}, Result{Key: "a", InvalidAttributes: true}},
		"in an alternative":    {`{"$or":[{"b":["x"]},{"a":["x"]}]}`, []string{"b", "String", "x", "a", "String.Array", "x"}, Result{Key: "$or", InvalidAttributes: true}},
		"not in the policy":    {`{"b":["x"]}`, []string{"b", "String", "x", "a", "String.Array", "x"}, Result{Matched: true}},
		"no attributes":        {`{"a":[{"exists":false}]}`, nil, Result{Key: "a", NoAttributes: true}},
		"only binary":          {`{"a":[{"exists":false}]}`, []string{"b", "Binary", ""}, Result{Key: "a", NoAttributes: true}},
		"no keys, no policy":   {`{}`, nil, Result{Matched: true}},
		"no keys, bad message": {``, []string{"a", "String.Array", "[1"}, Result{Matched: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, tt.policy, ScopeMessageAttributes).Match(Message{Attributes: attributes(t, tt.attrs...)})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
