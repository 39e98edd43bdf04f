package filterpolicy

import (
	"fmt"
	"strings"
	"testing"
)

// records makes a body of about 256 KB: n records, of which the last alone has the wanted values.
func records(n int) string {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := range n {
		fmt.Fprintf(&b, `{"id":%d,"kind":"k%d","detail":{"tags":["a","b"]}},`, i, i%7)
	}
	b.WriteString(`{"id":-1,"kind":"wanted","detail":{"tags":["a","c"]}}]}`)
	return b.String()
}

func TestMatchReadsTheLargestBody(t *testing.T) {
	body := records(4800)
	if len(body) < 240<<10 || len(body) > 256<<10 {
		t.Fatalf("the body has %d bytes", len(body))
	}
	policy := `{"Records":{"kind":["wanted"],"id":[{"numeric":["<",0]}],"detail":{"tags":["c"]}}}`
	p := mustParse(t, policy, ScopeMessageBody)
	if got := p.Match(Message{Body: body}); !got.Matched {
		t.Errorf("%+v", got)
	}
	s := &solver{left: maxSteps}
	s.choose(readBody(body), p.Root.items(p.Scope, nil), nil)
	if used := maxSteps - s.left; used > maxSteps/50 {
		t.Errorf("the largest body takes %d steps of %d", used, maxSteps)
	}
	if got := p.Match(Message{Body: strings.Replace(body, `"wanted"`, `"other"`, 1)}); got.Matched || got.Key != "Records.kind" {
		t.Errorf("without the kind: %+v", got)
	}
}

// Messages made to blow up: each is answered, and those that would need a search among very many combinations are refused.
func TestMatchIsBoundedOnAdversarialMessages(t *testing.T) {
	spellings := func(name, of string, n int) string { // n arrays under one path
		var members []string
		for i := range n {
			segments := strings.Split(name, ".")
			for j := len(segments) - 1; j > 0; j-- {
				if i&(1<<(j-1)) == 0 {
					segments[j-1] += "." + segments[j]
					segments = append(segments[:j], segments[j+1:]...)
				}
			}
			text := of
			for j := len(segments) - 1; j > 0; j-- {
				text = fmt.Sprintf(`{%q:%s}`, segments[j], text)
			}
			members = append(members, fmt.Sprintf(`"%s":%s`, segments[0], text))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	manyKeys := make([]string, 1000)
	for i := range manyKeys {
		manyKeys[i] = fmt.Sprintf(`"r.k%d":[{"exists":false}]`, i)
	}
	choice := `[` + strings.Repeat(`{"a":1},{"b":1},`, 20) + `{"c":1}]`
	one := `{"a.b.c.d.e.f.g":{"a":[1],"b":[1],"c":[1],"d":[1]}}`
	tests := map[string]struct {
		policy, body string
		want         bool
	}{
		"deep objects":           {`{"a":["x"]}`, strings.Repeat(`{"a":`, 3000) + `"x"` + strings.Repeat(`}`, 3000), false},
		"deep arrays":            {`{"a":["x"]}`, `{"a":` + strings.Repeat(`[`, 3000) + `"x"` + strings.Repeat(`]`, 3000) + `}`, true},
		"deep arrays, no match":  {`{"a":["x"],"a.b":[1]}`, `{"a":` + strings.Repeat(`[1,`, 3000) + `2` + strings.Repeat(`]`, 3000) + `}`, false},
		"a name of dots":         {`{"a":["x"]}`, `{"` + strings.Repeat(".", 200<<10) + `":1,"a":"x"}`, true},
		"a policy of dots":       {`{"` + strings.Repeat(".", 100<<10) + `":["x"]}`, `{"` + strings.Repeat(".", 100<<10) + `":"x"}`, true},
		"64 spellings":           {one, spellings("a.b.c.d.e.f.g", choice, 64), false},
		"64 spellings, solvable": {`{"a.b.c.d.e.f.g":{"a":[1],"b":[1],"c":[1]}}`, spellings("a.b.c.d.e.f.g", choice, 64), true},
		"many keys and elements": {`{"$or":[{` + strings.Join(manyKeys, ",") + `},{"r.z":[1]}]}`, `{"r":[` + strings.Repeat(`{},`, 80_000) + `{"z":1}]}`, false},
		"many equal names":       {`{"a":{"b":["x"]}}`, `{` + strings.Repeat(`"a":{"b":"y"},`, 15_000) + `"a":{"b":"x"}}`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mustParse(t, tt.policy, ScopeMessageBody).Match(Message{Body: tt.body}); got.Matched != tt.want || got.InvalidBody {
				t.Errorf("%+v, want matched %v", got, tt.want)
			}
		})
	}
}

// A message that uses up the work is refused, even by a policy that absence would pass.
func TestMatchRefusesWhenTheWorkIsUsedUp(t *testing.T) {
	p := mustParse(t, `{"a":{"b":[{"exists":false}]}}`, ScopeMessageBody)
	items := p.Root.items(p.Scope, nil)
	root := readBody(`{"a":[` + strings.Repeat(`{},`, 100) + `{}]}`)
	for _, left := range []int{0, 1, 10, 50} {
		s := &solver{left: left}
		if s.matches(root, items) {
			t.Errorf("with %d steps it matches", left)
		}
	}
	if s := (&solver{left: 1000}); !s.matches(root, items) {
		t.Error("with 1000 steps it does not match")
	}
}

// JSON nested deeper than Go and Java read is no valid body.
func TestMatchTooDeepABodyIsInvalid(t *testing.T) {
	body := `{"a":` + strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000) + `}`
	if got := mustParse(t, `{"a":["x"]}`, ScopeMessageBody).Match(Message{Body: body}); !got.InvalidBody {
		t.Errorf("%+v", got)
	}
}
