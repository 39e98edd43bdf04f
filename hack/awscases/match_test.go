package main

import (
	"encoding/json"
	"fmt"
	"testing"
)

func read(t *testing.T, document string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(document), &value); err != nil {
		t.Fatalf("reading %s: %v", document, err)
	}
	return value
}

func TestMatches(t *testing.T) {
	for name, c := range map[string]struct {
		want, have string
		matches    bool
	}{
		"equal":                            {`{"A":"x"}`, `{"A":"x"}`, true},
		"another text":                     {`{"A":"x"}`, `{"A":"y"}`, false},
		"a member too few":                 {`{"A":"x","B":1}`, `{"A":"x"}`, false},
		"a member too many":                {`{"A":"x"}`, `{"A":"x","B":1}`, false},
		"a number is no text":              {`{"A":1}`, `{"A":"1"}`, false},
		"placeholder":                      {`"<uuid:1>"`, `"8a2f"`, true},
		"placeholder within a text":        {`"arn:<partition>:sqs:<region>:1:<resource:1>"`, `"arn:aws:sqs:us-east-1:1:q"`, true},
		"placeholders stand for something": {`"<uuid:1>"`, `""`, false},
		"equal placeholders":               {`["<a>","<a>"]`, `["x","x"]`, true},
		"equal placeholders differ":        {`["<a>","<a>"]`, `["x","y"]`, false},
		"equal placeholders in one text":   {`"<a>-<a>"`, `"x-y"`, false},
		"bound placeholder decides where":  {`["<a>","<a>:<b>"]`, `["x:y","x:y:z"]`, true},
		"timestamp":                        {`{"At":"timestamp"}`, `{"At":1767323045}`, true},
		"no timestamp":                     {`{"At":"timestamp"}`, `{"At":null}`, false},
		"lists in another order":           {`["a","b"]`, `["b","a"]`, true},
		"a list too short":                 {`["a","b"]`, `["a"]`, false},
		"order found by placeholder":       {`[{"Id":"<a>","V":"1"},"<a>"]`, `["y",{"Id":"y","V":"1"}]`, true},
		"document in a text":               {`{"P":{"b":[1]}}`, `{"P":"{\"b\":[1]}"}`, true},
		"list in a text":                   {`{"P":["b","a"]}`, `{"P":"[\"a\",\"b\"]"}`, true},
		"text that is no document":         {`{"P":{"b":1}}`, `{"P":"b"}`, false},
		"bytes":                            {`{"V":{"__bytes__":"313233"}}`, `{"V":"MTIz"}`, true},
		"other bytes":                      {`{"V":{"__bytes__":"313233"}}`, `{"V":"MTI0"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := matches(read(t, c.want), read(t, c.have)); got != c.matches {
				t.Errorf("matches(%s, %s) = %v, want %v", c.want, c.have, got, c.matches)
			}
		})
	}
}

// TestListsThatDoNotMatchEndSoon compares 12 elements that all fit one another but for the last one: without a bound on the tries it would not end.
func TestListsThatDoNotMatchEndSoon(t *testing.T) {
	var want, have []any
	for i := range 12 {
		want = append(want, fmt.Sprintf("<uuid:%d>", i))
		have = append(have, fmt.Sprintf("id-%d", i))
	}
	want = append(want, "last")
	have = append(have, "other")
	if matches(want, have) {
		t.Error("matched, though the last element differs")
	}
}
