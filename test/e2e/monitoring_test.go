package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/internal/testenv"
)

// asked is a query of the dashboard or of an alert, with the labels that are shown of its series.
type asked struct {
	where, expr string
	shown       []string
}

// dashboard is what the tests need of a Grafana dashboard.
type dashboard struct {
	UID, Title string
	Templating struct {
		List []struct {
			Name, Type string
			Definition string
		}
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ H, W, X, Y int }
	Targets                  []struct {
		RefID, Expr, LegendFormat string
		Datasource                struct{ UID string }
	}
}

// ruleFile is a PrometheusRule.
type ruleFile struct {
	APIVersion, Kind string
	Metadata         map[string]any
	Spec             struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr string
				For         string
				Keep        string `json:"keep_firing_for"`
				Labels      struct{ Severity string }
				Annotations struct {
					Summary, Description string
					RunbookURL           string `json:"runbook_url"`
				}
			}
		}
	}
}

func readConfig(t *testing.T, name string) []byte {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "config", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal(readConfig(t, "grafana/skein.json"), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func readRules(t *testing.T) ruleFile {
	t.Helper()
	var r ruleFile
	if err := yaml.UnmarshalStrict(readConfig(t, "prometheus/prometheus_rule.yaml"), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	legendLabel = regexp.MustCompile(`{{ *([a-z_]+) *}}`)
	alertLabel  = regexp.MustCompile(`\$labels\.([a-z_]+)`)
	labelValues = regexp.MustCompile(`^label_values\((.+), ([a-z_]+)\)$`)
)

// ofLeader are the metrics that are made of objects.
var ofLeader = regexp.MustCompile(`skein_(problem_since|queue_messages|redrive_halted)`)

// labelsIn are the labels that a text shows.
func labelsIn(pattern *regexp.Regexp, text string) []string {
	var out []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		out = append(out, match[1])
	}
	return out
}

// queries are those of the dashboard, of its variables and of the alerts.
func queries(t *testing.T) []asked {
	t.Helper()
	var out []asked
	d := readDashboard(t)
	for _, v := range d.Templating.List {
		if match := labelValues.FindStringSubmatch(v.Definition); match != nil {
			out = append(out, asked{"variable " + v.Name, "sum by (" + match[2] + ") (" + match[1] + ")", []string{match[2]}})
		} else if v.Type == "query" {
			t.Errorf("the variable %s cannot be read: %s", v.Name, v.Definition)
		}
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			out = append(out, asked{"panel " + p.Title, target.Expr, labelsIn(legendLabel, target.LegendFormat)})
		}
	}
	for _, g := range readRules(t).Spec.Groups {
		for _, r := range g.Rules {
			out = append(out, asked{"alert " + r.Alert, r.Expr, labelsIn(alertLabel, r.Annotations.Summary+r.Annotations.Description)})
		}
	}
	return out
}

func TestDashboardIsWellFormed(t *testing.T) {
	d := readDashboard(t)
	if d.UID != "skein" || d.Title == "" || len(d.Panels) < 20 {
		t.Fatalf("the dashboard is %s %q with %d panels", d.UID, d.Title, len(d.Panels))
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d (%s) has no id or title of its own", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("%s does not say what it shows, or shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			if target.Datasource.UID != "${datasource}" || target.RefID == "" {
				t.Errorf("%s asks another data source than the one that is chosen", p.Title)
			}
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if taken[at] != "" || at[0] >= 24 {
					t.Fatalf("%s lies over %q, or out of the grid", p.Title, taken[at])
				}
				taken[at] = p.Title
			}
		}
	}
}

func TestAlertsAreWellFormed(t *testing.T) {
	r := readRules(t)
	if r.APIVersion != "monitoring.coreos.com/v1" || r.Kind != "PrometheusRule" {
		t.Errorf("it is a %s %s", r.APIVersion, r.Kind)
	}
	severities := map[string]bool{"info": true, "warning": true, "critical": true}
	for _, g := range r.Spec.Groups {
		for _, a := range g.Rules {
			if !severities[a.Labels.Severity] || a.Annotations.Summary == "" || a.Annotations.Description == "" {
				t.Errorf("%s has no severity, summary or description", a.Alert)
			}
			if _, err := time.ParseDuration(a.For); a.For != "" && err != nil {
				t.Errorf("%s: %v", a.Alert, err)
			}
			// Without a time of its own, an alert on what only the leader shows would end at each change of leader.
			if kept, err := time.ParseDuration(a.Keep); a.For == "" && ofLeader.MatchString(a.Expr) && (err != nil || kept < time.Minute) {
				t.Errorf("%s ends and fires again when the operator restarts: keep_firing_for %q", a.Alert, a.Keep)
			}
		}
	}
	var monitor struct {
		Spec struct {
			Endpoints []struct{ HonorLabels bool }
		}
	}
	// Without it Prometheus renames namespace and service, and no query finds anything.
	if err := yaml.Unmarshal(readConfig(t, "prometheus/service_monitor.yaml"), &monitor); err != nil || len(monitor.Spec.Endpoints) != 1 || !monitor.Spec.Endpoints[0].HonorLabels {
		t.Errorf("the ServiceMonitor does not honor the labels of the metrics: %+v, %v", monitor, err)
	}
}
