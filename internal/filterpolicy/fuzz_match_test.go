package filterpolicy

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzMatch holds that Match never panics, answers the same each time and by the canonical form of the policy, and that
// its answer is consistent; further, that "exists" true and false, and a value and anything-but that value, are opposites.
func FuzzMatch(f *testing.F) {
	for _, c := range matchCases(f) {
		attribute := c.message().Attributes["attr1"]
		f.Add([]byte(c.Policy), c.Scope == ScopeMessageBody, c.Body, attribute.Type, attribute.Value)
	}
	f.Add([]byte(`{"attr1":["b",{"anything-but":[1.50,2]}]}`), false, "", "String.Array", `["a",1.5,true,null]`)
	f.Add([]byte(`{"a.b":[{"exists":false}],"$or":[{"a":{"c":[1e2]}},{"d":[{"cidr":"::/0"}]}]}`), true,
		`{"a":[{"b":1},{"c":[100,[{"d":"::1"}]]}],"a.c":{"d":-0.1}}`, "Number", "1e2")
	f.Fuzz(func(t *testing.T, raw []byte, body bool, text, dataType, value string) {
		scope := ScopeMessageAttributes
		if body {
			scope = ScopeMessageBody
		}
		attribute := Attribute{Type: dataType, Value: value}
		m := Message{Body: text, Attributes: map[string]Attribute{"attr1": attribute, "other": {Type: "String", Value: "x"}}}
		if p, err := Parse(raw, scope); err == nil {
			checkMatch(t, p, m)
			checkCanonical(t, raw, p, m)
		}
		checkExistsOpposites(t, m)
		if dataType == "String" && utf8.ValidString(value) {
			checkAnythingButOpposite(t, strconv.Quote(value), m)
		}
		if dataType == "Number" && json.Valid([]byte(value)) {
			checkAnythingButOpposite(t, value, m)
		}
	})
}

func checkMatch(t *testing.T, p *Policy, m Message) {
	t.Helper()
	got := p.Match(m)
	if again := p.Match(m); again != got {
		t.Fatalf("first %+v, then %+v", got, again)
	}
	refused := got.Key != "" || got.InvalidBody || len(p.Root.Keys) > 0 && p.Root.Keys[0].Path == ""
	if got.Matched && (got.Key != "" || got.InvalidBody || got.InvalidAttributes || got.NoAttributes) || !got.Matched && !refused {
		t.Fatalf("inconsistent: %+v", got)
	}
}

func checkCanonical(t *testing.T, raw []byte, p *Policy, m Message) {
	t.Helper()
	canonical, err := Canonical(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse([]byte(canonical), p.Scope)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := p.Match(m), again.Match(m); a.Matched != b.Matched || a.InvalidBody != b.InvalidBody {
		t.Fatalf("%s: %+v, canonical %s: %+v", raw, a, canonical, b)
	}
}

// checkExistsOpposites: an attribute exists or does not, unless it is not valid.
func checkExistsOpposites(t *testing.T, m Message) {
	t.Helper()
	yes := mustParse(t, `{"attr1":[{"exists":true}]}`, ScopeMessageAttributes).Match(m)
	no := mustParse(t, `{"attr1":[{"exists":false}]}`, ScopeMessageAttributes).Match(m)
	if yes.InvalidAttributes != no.InvalidAttributes || !yes.InvalidAttributes && yes.Matched == no.Matched {
		t.Fatalf("exists true %+v, exists false %+v", yes, no)
	}
}

// checkAnythingButOpposite: attr1, a present scalar, is a value of the policy or anything but it.
func checkAnythingButOpposite(t *testing.T, value string, m Message) {
	t.Helper()
	equal, err := Parse(fmt.Appendf(nil, `{"attr1":[%s]}`, value), ScopeMessageAttributes)
	if err != nil {
		return // not every Go literal is JSON
	}
	but, err := Parse(fmt.Appendf(nil, `{"attr1":[{"anything-but":%s}]}`, value), ScopeMessageAttributes)
	if err != nil && strings.HasPrefix(err.Error(), "Value must be between") {
		return // only anything-but has this limit
	}
	if err != nil {
		t.Fatalf("%s is a value and no operand: %v", value, err)
	}
	a, b := equal.Match(m), but.Match(m)
	if !a.InvalidAttributes && a.Matched == b.Matched {
		t.Fatalf("%s: equal %+v, anything-but %+v", value, a, b)
	}
}
