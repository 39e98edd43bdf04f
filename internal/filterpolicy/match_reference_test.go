package filterpolicy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The reference reads flat policies over String attributes in the plainest way, from their JSON.

type flatPolicy map[string][]any

func (p flatPolicy) passes(attributes map[string]string) bool {
	for key, conditions := range p {
		value, present := attributes[key]
		if !slices.ContainsFunc(conditions, func(c any) bool { return plainPasses(c, value, present) }) {
			return false
		}
	}
	return true
}

func plainPasses(condition any, value string, present bool) bool {
	expression, ok := condition.(map[string]any)
	if !ok {
		return present && condition == value
	}
	if exists, ok := expression["exists"]; ok {
		return exists == present
	}
	if !present {
		return false
	}
	for operator, operand := range expression {
		switch operator {
		case "prefix":
			return strings.Index(value, operand.(string)) == 0
		case "suffix":
			return strings.HasSuffix(value, operand.(string))
		case "equals-ignore-case":
			lower := strings.ToLower
			return lower(value) == lower(operand.(string))
		case "anything-but":
			return plainAnythingBut(operand, value)
		}
	}
	return false // numeric and cidr do not hold for these strings
}

func plainAnythingBut(operand any, value string) bool {
	switch operand := operand.(type) {
	case map[string]any:
		return !strings.HasPrefix(value, operand["prefix"].(string))
	case []any:
		return !slices.Contains(operand, any(value))
	default:
		return operand != value
	}
}

var (
	words      = []string{"a", "b", "A", "ab", "abc", "Ab", "ba", "1", "1.0", "true", "null", "é"}
	names      = []string{"k", "l", "m", "a.b"}
	conditions = []string{
		`%[1]q`, `%[1]q`, `1`, `true`, `null`, `{"prefix":%[1]q}`, `{"suffix":%[1]q}`, `{"equals-ignore-case":%[1]q}`,
		`{"anything-but":%[1]q}`, `{"anything-but":[%[1]q,"a"]}`, `{"anything-but":[1,2]}`, `{"anything-but":{"prefix":%[1]q}}`,
		`{"exists":true}`, `{"exists":false}`, `{"numeric":["=",1]}`, `{"cidr":"0.0.0.0/0"}`,
	}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func randomPolicy(r *rand.Rand) string {
	members := map[string]string{}
	for range 1 + r.IntN(3) {
		var values []string
		for range 1 + r.IntN(3) {
			values = append(values, strings.ReplaceAll(pick(r, conditions), `%[1]q`, fmt.Sprintf("%q", pick(r, words))))
		}
		name := pick(r, names)
		members[name] = fmt.Sprintf("%q:[%s]", name, strings.Join(values, ","))
	}
	var all []string
	for _, name := range names {
		if members[name] != "" {
			all = append(all, members[name])
		}
	}
	return "{" + strings.Join(all, ",") + "}"
}

func TestMatchAgreesWithAPlainReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	passed := 0
	for range 10_000 {
		policy := randomPolicy(r)
		var plain flatPolicy
		if err := json.Unmarshal([]byte(policy), &plain); err != nil {
			t.Fatal(err)
		}
		values, m := map[string]string{}, Message{Attributes: attributes(t, "always", "String", "here")}
		for _, name := range names {
			if r.IntN(3) > 0 {
				values[name] = pick(r, words)
				m.Attributes[name] = Attribute{Type: "String", Value: values[name]}
			}
		}
		want := plain.passes(values)
		if got := mustParse(t, policy, ScopeMessageAttributes).Match(m); got.Matched != want {
			t.Fatalf("%s against %v: %+v, want matched %v", policy, values, got, want)
		}
		if want {
			passed++
		}
	}
	if passed < 2000 || passed > 8000 {
		t.Errorf("%d of 10000 messages pass: the generator is lopsided", passed)
	}
}
