package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/skein-dev/skein/internal/testaws"
)

func TestRuleNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.name] {
			t.Errorf("two rules are named %s", r.name)
		}
		seen[r.name] = true
		if r.says == "" || r.source == "" || r.check == nil {
			t.Errorf("%s lacks its text, its source or its check", r.name)
		}
	}
}

func TestDeviationsNameRules(t *testing.T) {
	for backend, list := range deviations {
		seen := map[string]bool{}
		for _, d := range list {
			for report, names := range d.breaks {
				for _, name := range names {
					if !slices.ContainsFunc(rules, func(r rule) bool { return r.name == name }) {
						t.Errorf("%s: no rule is named %s", backend, name)
					}
					if seen[name] || report == "" || d.instead == "" {
						t.Errorf("%s: %s is listed twice or not explained", backend, name)
					}
					seen[name] = true
				}
			}
		}
	}
}

func TestJudge(t *testing.T) {
	r := rule{name: "r", says: "the rule", source: "the source"}
	deviates := &listed{seen: "takes it", instead: "does otherwise"}
	cases := map[string]struct {
		failures  []string
		deviation *listed
		want      string
	}{
		"kept":                     {nil, nil, ""},
		"broken":                   {[]string{"saw this"}, nil, "the rule\n(the source)\nsaw this"},
		"deviates as listed":       {[]string{"it takes it"}, deviates, ""},
		"deviates in another way":  {[]string{"breaks"}, deviates, "deviates otherwise than listed"},
		"listed, but keeps it":     {nil, deviates, "remove it from the list"},
		"second failure is listed": {[]string{"breaks", "it takes it"}, deviates, ""},
	}
	for name, c := range cases {
		got := judge(r, c.failures, c.deviation)
		if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: judge says %q, want %q", name, got, c.want)
		}
	}
}

func TestObserveKeepsFailures(t *testing.T) {
	checks := map[string]struct {
		check func(w *world)
		want  []string
	}{
		"good":      {func(*world) {}, nil},
		"errors":    {func(w *world) { w.Errorf("a"); w.Errorf("b") }, []string{"a", "b"}},
		"fatal":     {func(w *world) { w.Fatalf("a"); w.Errorf("b") }, []string{"a"}},
		"elsewhere": {func(w *world) { w.seenFrom(w.In("eu-west-1")).Fatalf("a") }, []string{"a"}},
		"panics":    {func(*world) { panic("a") }, []string{"panic: a"}},
	}
	for name, c := range checks {
		if got := observe(t.Context(), rule{check: c.check}, testaws.Backend{}); !slices.Equal(got, c.want) {
			t.Errorf("%s: observed %q, want %q", name, got, c.want)
		}
	}
}
