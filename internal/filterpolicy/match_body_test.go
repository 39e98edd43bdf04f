package filterpolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatchBodyMustBeAnObject(t *testing.T) {
	invalid := Result{InvalidBody: true}
	tests := map[string]struct {
		body string
		want Result
	}{
		"object":             {`{"k":"x"}`, Result{Matched: true}},
		"with white space":   {" \n{\"k\" : \"x\"}\t", Result{Matched: true}},
		"other object":       {`{}`, Result{Key: "k"}},
		"plain text":         {`Regular string message`, invalid},
		"empty":              {``, invalid},
		"string":             {`"{\"k\":\"x\"}"`, invalid},
		"array":              {`[{"k":"x"}]`, invalid},
		"null":               {`null`, invalid},
		"cut off":            {`{"k":"x"`, invalid},
		"more than one":      {`{"k":"x"}{}`, invalid},
		"not UTF-8":          {"{\"k\":\"\xff\"}", invalid},
		"JSON in a string":   {`{"k":"{\"k\":\"x\"}"}`, Result{Key: "k"}},
		"attributes ignored": {`{}`, Result{Key: "k"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := Message{Body: tt.body, Attributes: attributes(t, "k", "String", "x")}
			if diff := cmp.Diff(tt.want, mustParse(t, `{"k":["x"]}`, ScopeMessageBody).Match(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := mustParse(t, `{}`, ScopeMessageBody).Match(Message{Body: "no JSON"}); !got.Matched {
		t.Errorf("a policy of no keys: %+v", got)
	}
}

func TestMatchBodyScalars(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"null":                       {`{"k":[null]}`, `{"k":null}`, true},
		"null in quotes":             {`{"k":[null]}`, `{"k":"null"}`, false},
		"null and absent":            {`{"k":[null]}`, `{}`, false},
		"null and empty array":       {`{"k":[null]}`, `{"k":[]}`, false},
		"true":                       {`{"k":[true]}`, `{"k":true}`, true},
		"false":                      {`{"k":[false]}`, `{"k":true}`, false},
		"true in quotes":             {`{"k":[true]}`, `{"k":"true"}`, false},
		"empty string":               {`{"k":[""]}`, `{"k":""}`, true},
		"empty string in an array":   {`{"k":[""]}`, `{"k":[""]}`, true},
		"empty string, empty array":  {`{"d":{"k":[""]}}`, `{"d":{"k":[]}}`, false},
		"number":                     {`{"k":[300]}`, `{"k":300.0}`, true},
		"number and string":          {`{"k":["300"]}`, `{"k":300}`, false},
		"case of the key":            {`{"k":["x"]}`, `{"K":"x"}`, false},
		"deeper than the policy":     {`{"k":["x"]}`, `{"k":{"k":"x"}}`, false},
		"less deep than the policy":  {`{"k":{"k":["x"]}}`, `{"k":"x"}`, false},
		"last of two with one name":  {`{"k":["x"]}`, `{"k":"y","k":"x"}`, true},
		"first of two with one name": {`{"k":["x"]}`, `{"k":"x","k":"y"}`, false},
	})
}

// exists works on leaves, and asks for a value that is neither null nor empty,
// https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html.
func TestMatchBodyExists(t *testing.T) {
	present := map[string]bool{
		`{"a":{"b":"x"}}`:             true,
		`{"a":{"b":0}}`:               true,
		`{"a":{"b":false}}`:           true,
		`{"a":[{"c":1},{"b":1}]}`:     true,
		`{"a.b":"x"}`:                 true,
		`{"a":{"b":[null,[1]]}}`:      true,
		`{}`:                          false,
		`{"a":"x"}`:                   false,
		`{"a":{"c":"x"}}`:             false,
		`{"a":{"b":{}}}`:              false,
		`{"a":{"b":{"c":"x"}}}`:       false,
		`{"a":{"b":[]}}`:              false,
		`{"a":{"b":[[],{},{"c":1}]}}`: false,
		`{"a":{"b":null}}`:            false,
		`{"a":{"b":""}}`:              false,
	}
	for body, want := range present {
		t.Run(body, func(t *testing.T) {
			if got := mustParse(t, `{"a":{"b":[{"exists":true}]}}`, ScopeMessageBody).Match(Message{Body: body}); got.Matched != want {
				t.Errorf("exists true: %+v, want %v", got, want)
			}
			if got := mustParse(t, `{"a":{"b":[{"exists":false}]}}`, ScopeMessageBody).Match(Message{Body: body}); got.Matched == want {
				t.Errorf("exists false: %+v, want %v", got, !want)
			}
		})
	}
}

// Recorded cases test_filter_policy_on_message_body_dot_attribute and, of EventBridge, dot_joining_*.
func TestMatchBodyDotsJoinKeysInPolicyAndBody(t *testing.T) {
	policies := []string{`{"a.b.c":["x"]}`, `{"a":{"b.c":["x"]}}`, `{"a.b":{"c":["x"]}}`, `{"a":{"b":{"c":["x"]}}}`}
	bodies := map[string]bool{
		`{"a":{"b":{"c":"x"}}}`:                     true,
		`{"a.b.c":"x"}`:                             true,
		`{"a.b":{"c":"x"}}`:                         true,
		`{"a":{"b.c":"x"}}`:                         true,
		`{"a":{"b":"y"},"a.b":{"c":"x"}}`:           true,
		`{"a.b":[{"c":"y"}],"a":[{"b":{"c":"x"}}]}`: true,
		`{"a":{"b":{"c":"y"}}}`:                     false,
		`{"a.b.c.d":"x"}`:                           false,
		`{"a.b":{"a.c":"x"}}`:                       false,
		`{"a":{"c":"x"}}`:                           false,
		`{"a..b.c":"x"}`:                            false,
		`{".a.b.c":"x"}`:                            false,
	}
	for _, policy := range policies {
		for body, want := range bodies {
			t.Run(policy+" "+body, func(t *testing.T) {
				if got := mustParse(t, policy, ScopeMessageBody).Match(Message{Body: body}); got.Matched != want {
					t.Errorf("%+v, want matched %v", got, want)
				}
			})
		}
	}
	runBodyTests(t, map[string]bodyTest{
		"only a dot":    {`{".":["x"]}`, `{"":{"":"x"}}`, true},
		"trailing dot":  {`{"a.":["x"]}`, `{"a":{"":"x"}}`, true},
		"no dot":        {`{"a":["x"]}`, `{"a":{"":"x"}}`, false},
		"through array": {`{"a.b":["x"]}`, `{"a":[{"b":["y","x"]}]}`, true},
	})
}

// Recorded cases test_filter_policy_on_message_body_array_attributes and _array_of_object_attributes.
func TestMatchBodyWalksArrays(t *testing.T) {
	runBodyTests(t, map[string]bodyTest{
		"any element":             {`{"k":["b"]}`, `{"k":["a","b"]}`, true},
		"no element":              {`{"k":["c"]}`, `{"k":["a","b"]}`, false},
		"arrays in arrays":        {`{"k":["c"]}`, `{"k":["a",[["b"],["c"]]]}`, true},
		"array of objects":        {`{"k":{"l":[2]}}`, `{"k":[{"l":1},{"l":2}]}`, true},
		"nested array of objects": {`{"k":{"l":[2]}}`, `{"k":[[[{"l":1}]],[{"l":[0,2]}]]}`, true},
		"objects among scalars":   {`{"k":{"l":[2]}}`, `{"k":["x",{"l":2},null]}`, true},
		"scalars among objects":   {`{"k":["x"]}`, `{"k":[{"l":2},"x"]}`, true},
		"an object is no value":   {`{"k":[{"anything-but":"x"}]}`, `{"k":[{"l":2}]}`, false},
	})
}

// All keys that look into an array look at the same element, as in the published rule engine
// (https://github.com/aws/event-ruler, "JSON Array Matching").
func TestMatchBodyKeysAgreeOnTheElement(t *testing.T) {
	ab := `{"r":{"a":[1],"b":[2]}}`
	runBodyTests(t, map[string]bodyTest{
		"same element":             {ab, `{"r":[{"a":0,"b":2},{"a":1,"b":2}]}`, true},
		"different elements":       {ab, `{"r":[{"a":1,"b":0},{"a":0,"b":2}]}`, false},
		"with dots in the policy":  {`{"r.a":[1],"r.b":[2]}`, `{"r":[{"a":1,"b":0},{"a":0,"b":2}]}`, false},
		"scalars of one object":    {ab, `{"r":{"a":[0,1],"b":[2,3]}}`, true},
		"inner arrays too":         {`{"r":{"s":{"a":[1],"b":[2]}}}`, `{"r":[{"s":[{"a":1},{"b":2}]}]}`, false},
		"inner element":            {`{"r":{"s":{"a":[1],"b":[2]}}}`, `{"r":[{"s":[{"a":1}]},{"s":[{"a":1,"b":2}]}]}`, true},
		"independent arrays":       {`{"r":{"a":[1]},"s":{"a":[1]}}`, `{"r":[{"a":0},{"a":1}],"s":[{"a":1},{"a":0}]}`, true},
		"outer and inner":          {`{"r":{"a":[1],"s":{"b":[2]}}}`, `{"r":[{"a":1,"s":[{"b":0}]},{"a":0,"s":[{"b":2}]}]}`, false},
		"outer and inner agree":    {`{"r":{"a":[1],"s":{"b":[2]}}}`, `{"r":[{"a":0},{"a":1,"s":[{"b":0},{"b":2}]}]}`, true},
		"through an alternative":   {`{"r":{"a":[1],"$or":[{"b":[2]},{"c":[3]}]}}`, `{"r":[{"a":1,"b":0},{"b":2},{"a":1,"c":3}]}`, true},
		"alternative elsewhere":    {`{"r":{"a":[1],"$or":[{"b":[2]},{"c":[3]}]}}`, `{"r":[{"a":1,"b":0},{"b":2},{"c":3}]}`, false},
		"two spellings, two picks": {`{"r":{"s":{"a":[1],"b":[2]}}}`, `{"r.s":[{"a":0},{"a":1}],"r":{"s":[{"b":2},{"b":0}]}}`, true},
		"two spellings, none":      {`{"r":{"s":{"a":[1],"b":[2]}}}`, `{"r.s":[{"a":1},{"b":2}],"r":{"s":[{"b":0}]}}`, false},
		"absent from the element":  {`{"r":{"a":[1],"z":[{"exists":false}]}}`, `{"r":[{"a":0,"z":1},{"a":1}]}`, true},
		"present in the element":   {`{"r":{"a":[1],"z":[{"exists":false}]}}`, `{"r":[{"a":0},{"a":1,"z":1}]}`, false},
		"absent from all":          {`{"r":{"z":[{"exists":false}]}}`, `{"r":[{"a":0},{"a":1}]}`, true},
		"absent from some":         {`{"r":{"z":[{"exists":false}]}}`, `{"r":[{"a":0},{"a":1,"z":1}]}`, false},
		"absent, looked at first":  {`{"r":{"z":[1],"a":[{"exists":false}]}}`, `{"r":[{"a":0},{"z":1}]}`, false},
		"value or absent, value":   {`{"r":{"a":[1],"z":[5,{"exists":false}]}}`, `{"r":[{"a":1,"z":4},{"a":1,"z":5}]}`, true},
		"value or absent, absent":  {`{"r":{"a":[5,{"exists":false}],"z":[1]}}`, `{"r":[{"z":0},{"z":1}]}`, true},
		"value or absent, neither": {`{"r":{"a":[5,{"exists":false}],"z":[1]}}`, `{"r":[{"z":1,"a":4}]}`, false},
		"an element of scalars":    {`{"r":["x"],"r.a":[1]}`, `{"r":["x",{"a":1}]}`, true},
	})
}
