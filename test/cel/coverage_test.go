package cel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/internal/testenv"
)

// A found is a rule as it stands in a CRD.
type found struct {
	place
	message string
}

// TestEveryRuleHasCases reads the rules out of the CRDs: each has a case that it
// lets through and one that it refuses, and no case is left of a rule that is gone.
func TestEveryRuleHasCases(t *testing.T) {
	passing, failing := map[found]bool{}, map[found]bool{}
	for _, group := range rules {
		for _, r := range group {
			for _, at := range r.at {
				key := found{at.below(r.field), r.message}
				if passing[key] || failing[key] {
					t.Errorf("two entries for %s: %s", key.place, key.message)
				}
				passing[key], failing[key] = len(r.pass) > 0, len(r.fail) > 0
			}
		}
	}
	for key := range rulesOfCRDs(t) {
		if !passing[key] {
			t.Errorf("no passing case at %s: %s", key.place, key.message)
		}
		if !failing[key] {
			t.Errorf("no failing case at %s: %s", key.place, key.message)
		}
		delete(passing, key)
	}
	for key := range passing {
		t.Errorf("the CRDs have no such rule at %s: %s", key.place, key.message)
	}
}

// TestMessagesNameTheField: the path that kubectl prints beside a message stops at
// the object on which the rule stands, so the message says which field is meant.
func TestMessagesNameTheField(t *testing.T) {
	for key, names := range rulesOfCRDs(t) {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(key.message, name) }) {
			t.Errorf("%s: the message %q names none of the fields %v", key.place, key.message, names)
		}
	}
}

// rulesOfCRDs are all rules of the generated CRDs, each with the names of the fields that it may be about.
func rulesOfCRDs(t *testing.T) map[found][]string {
	t.Helper()
	rules := map[found][]string{}
	for _, crd := range crds(t) {
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		collect(t, place{kind: crd.Spec.Names.Kind}, *schema, rules)
	}
	if len(rules) == 0 {
		t.Fatal("found no rules at all")
	}
	return rules
}

func collect(t *testing.T, at place, schema apiextensionsv1.JSONSchemaProps, rules map[found][]string) {
	names := []string{strings.TrimSuffix(at.path[strings.LastIndex(at.path, ".")+1:], "[]")}
	if at.path == "" {
		names = []string{"metadata.name"}
	}
	for name := range schema.Properties {
		names = append(names, name)
	}
	for _, rule := range schema.XValidations {
		key := found{at, rule.Message}
		if _, twice := rules[key]; twice || rule.Message == "" {
			t.Errorf("the rule %q at %s needs a message of its own", rule.Rule, at)
		}
		rules[key] = names
	}
	for name, field := range schema.Properties {
		collect(t, at.below(name), field, rules)
	}
	if schema.Items != nil {
		collect(t, place{at.kind, at.path + "[]"}, *schema.Items.Schema, rules)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		collect(t, place{at.kind, at.path + "[]"}, *schema.AdditionalProperties.Schema, rules)
	}
}

// crds reads the generated CRDs, those that the control plane runs with.
func crds(t *testing.T) []apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(root, "config", "crd", "bases", "*.yaml"))
	if err != nil || len(paths) != 4 {
		t.Fatalf("want four CRDs, found %v (%v)", paths, err)
	}
	var all []apiextensionsv1.CustomResourceDefinition
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(content, &crd); err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		all = append(all, crd)
	}
	return all
}
