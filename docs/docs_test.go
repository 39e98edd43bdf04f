// Package docs_test keeps the documents true: what they name exists, what exists is named, examples decode, links lead somewhere.
package docs_test

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// kinds are the kinds, each with its page, its CRD and an object to decode into.
var kinds = map[string]struct {
	page, plural string
	object       func() any
}{
	"AWSAccount":        {"docs/awsaccount.md", "awsaccounts", func() any { return &v1alpha1.AWSAccount{} }},
	"MessagingTopology": {"docs/messagingtopology.md", "messagingtopologies", func() any { return &v1alpha1.MessagingTopology{} }},
	"Redrive":           {"docs/redrive.md", "redrives", func() any { return &v1alpha1.Redrive{} }},
	"ConsumerQueue":     {"docs/consumerqueue.md", "consumerqueues", func() any { return &v1alpha1.ConsumerQueue{} }},
}

// same fails where a table does not name what there is, or names what there is not.
func same(t *testing.T, where string, want []string, named map[string][]string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(named))); diff != "" {
		t.Errorf("the table of %s (-exists +documented):\n%s", where, diff)
	}
}

func TestEveryReasonIsDocumented(t *testing.T) {
	named := readPages(t)["docs/conditions.md"].named("Reason")
	same(t, "reasons", constants(t, "api/v1alpha1/conditions.go", "Reason"), named)
	for reason, row := range named {
		if slices.Contains(row, "") {
			t.Errorf("%s: a cell of its row is empty", reason)
		}
		for _, kind := range strings.Split(row[1], ", ") {
			if _, ok := kinds[kind]; !ok && kind != "all" {
				t.Errorf("%s is said to be on %q, which is no kind", reason, kind)
			}
		}
	}
}

// TestEveryFieldIsDocumented: an inline consumer's fields are those of the ConsumerQueue, where they need not be said again.
func TestEveryFieldIsDocumented(t *testing.T) {
	const inline = "consumers[]."
	pages := readPages(t)
	consumer := pages[kinds["ConsumerQueue"].page].named("Field")
	for kind, k := range kinds {
		for part, header := range map[string]string{"spec": "Field", "status": "Status field"} {
			all, leaves := fields(t, k.plural, part)
			named := pages[k.page].named(header)
			for _, field := range leaves {
				elsewhere, isInline := strings.CutPrefix(field, inline)
				if _, ok := consumer[elsewhere]; ok && isInline || field == "conditions" {
					continue
				}
				if _, ok := named[field]; !ok {
					t.Errorf("%s: no table of %s has a row for %s.%s", kind, k.page, part, field)
				}
			}
			for field := range named {
				if !slices.Contains(all, field) {
					t.Errorf("%s names %s.%s, which %s does not have", k.page, part, field, kind)
				}
			}
		}
	}
}

// TestEveryFlagIsDocumented: --kubeconfig and --zap-… come from controller-runtime.
func TestEveryFlagIsDocumented(t *testing.T) {
	named := readPages(t)["docs/operations.md"].named("Flag")
	maps.DeleteFunc(named, func(name string, _ []string) bool { return name == "--kubeconfig" || strings.HasPrefix(name, "--zap-") })
	same(t, "flags", flagNames(t, "cmd/manager/flags.go"), named)
}

// TestEveryMetricIsDocumented, with its labels. A name is a string of its own in the code.
func TestEveryMetricIsDocumented(t *testing.T) {
	named := readPages(t)["docs/operations.md"].named("Metric")
	defined := metricLabels(t, "internal/cloud/metrics.go", "internal/controller/metrics.go", "internal/metrics")
	same(t, "metrics", slices.Collect(maps.Keys(defined)), named)
	for name, labels := range defined {
		if row := named[name]; len(row) == 4 && !slices.Equal(spans(row[2]), labels) {
			t.Errorf("%s has the labels %v, and its row says %s", name, labels, row[2])
		}
	}
}

var alert = regexp.MustCompile(`(?m)^ *- alert: (\w+)$|runbook_url: \S+#(\w+)$`)

// TestEveryAlertHasARunbook: a heading of its own, to which it leads.
func TestEveryAlertHasARunbook(t *testing.T) {
	var want []string
	for _, match := range alert.FindAllStringSubmatch(read(t, "config/prometheus/prometheus_rule.yaml"), -1) {
		want = append(want, strings.ToLower(match[1]+match[2]))
	}
	headings := readPages(t)["docs/alerts.md"].anchors
	delete(headings, "alerts")
	for i := 0; i+1 < len(want); i += 2 {
		if want[i] != want[i+1] {
			t.Errorf("the alert %s leads to the runbook of %s", want[i], want[i+1])
		}
	}
	if diff := cmp.Diff(slices.Compact(slices.Sorted(slices.Values(some(t, "the alerts", want)))), slices.Sorted(maps.Keys(headings))); diff != "" {
		t.Errorf("runbooks (-alerts +headings of docs/alerts.md):\n%s", diff)
	}
}

func TestEveryAnnotationIsDocumented(t *testing.T) {
	named := map[string][]string{}
	pages := readPages(t)
	for _, k := range kinds {
		maps.Copy(named, pages[k.page].named("Annotation"))
	}
	same(t, "annotations", constants(t, "api/v1alpha1/common_types.go", "Annotation"), named)
}

func TestRateBudgetsAreDocumented(t *testing.T) {
	documented := map[string]string{}
	for operation, row := range readPages(t)["docs/operations.md"].named("Operation") {
		documented[operation] = row[1]
	}
	if diff := cmp.Diff(numbers(t, "internal/cloud/rates.go", "budgets"), documented); diff != "" {
		t.Errorf("rate budgets (-code +docs/operations.md):\n%s", diff)
	}
}

// TestIAMPolicyIsExact: the policy permits what the operator calls, all of it and no more, and the page says what for.
func TestIAMPolicyIsExact(t *testing.T) {
	p := readPages(t)["docs/iam.md"]
	var policy struct {
		Statement []struct{ Action []string }
	}
	for _, b := range p.blocks {
		if b.language == "json" {
			if err := json.Unmarshal([]byte(b.text), &policy); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	permitted := map[string][]string{}
	for _, s := range policy.Statement {
		for _, action := range s.Action {
			permitted[action] = nil
		}
	}
	called := slices.Collect(maps.Keys(numbers(t, "internal/cloud/rates.go", "budgets")))
	same(t, "the policy", called, permitted)
	same(t, "actions", called, p.named("Action"))
}

// TestExamplesDecode: no example has a field that there is not, or a value of another type.
func TestExamplesDecode(t *testing.T) {
	found := map[string]int{}
	for _, p := range readPages(t) {
		for _, b := range p.blocks {
			if b.language != "yaml" {
				continue
			}
			for _, document := range strings.Split(b.text, "\n---\n") {
				var is struct{ APIVersion, Kind string }
				if err := yaml.Unmarshal([]byte(document), &is); err != nil {
					t.Errorf("%s:%d: %v", p.name, b.line, err)
					continue
				}
				if !strings.HasPrefix(is.APIVersion, v1alpha1.GroupVersion.Group) {
					continue
				}
				k, ok := kinds[is.Kind]
				if !ok || is.APIVersion != v1alpha1.GroupVersion.String() {
					t.Errorf("%s:%d: there is no %s %s", p.name, b.line, is.APIVersion, is.Kind)
					continue
				}
				found[is.Kind]++
				if err := yaml.UnmarshalStrict([]byte(document), k.object()); err != nil {
					t.Errorf("%s:%d: %v", p.name, b.line, err)
				}
			}
		}
	}
	for kind := range kinds {
		if found[kind] == 0 {
			t.Errorf("no page has an example of a %s", kind)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// TestLinksResolve: files are there, and anchors are headings.
func TestLinksResolve(t *testing.T) {
	pages := readPages(t)
	for _, p := range pages {
		for _, match := range link.FindAllStringSubmatch(strings.Join(p.lines, "\n"), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			file, heading, _ := strings.Cut(match[1], "#")
			target := p.name
			if file != "" {
				target = path.Join(path.Dir(p.name), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s: %v", p.name, match[1], err)
				continue
			}
			if heading != "" && (pages[target] == nil || !pages[target].anchors[heading]) {
				t.Errorf("%s links to %s, and %s has no such heading", p.name, match[1], target)
			}
		}
	}
}
