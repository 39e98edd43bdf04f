package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	dto "github.com/prometheus/client_model/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/controller"
)

// exposed are the metrics that an operator serves, as Prometheus sees them: by name, each label with the values that it has.
type exposed map[string]map[string][]string

// scrape reads the registry that the operator's program serves.
func scrape(t *testing.T) exposed {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := exposed{}
	for _, f := range families {
		names := []string{f.GetName()}
		if f.GetType() == dto.MetricType_HISTOGRAM {
			names = []string{f.GetName() + "_bucket", f.GetName() + "_sum", f.GetName() + "_count"}
		}
		for _, name := range names {
			labels := map[string][]string{}
			if strings.HasSuffix(name, "_bucket") {
				labels["le"] = []string{"+Inf"}
			}
			for _, m := range f.GetMetric() {
				for _, l := range m.GetLabel() {
					labels[l.GetName()] = append(labels[l.GetName()], l.GetValue())
				}
			}
			out[name] = labels
		}
	}
	return out
}

// targets are labels that Prometheus itself puts on every series.
var targets = []string{"job", "instance"}

// named are label values that the world of the test need not show.
var named = map[string][]string{
	"condition": {
		v1alpha1.ConditionReady, v1alpha1.ConditionDeliverable, v1alpha1.ConditionStalled, v1alpha1.ConditionDrifted, v1alpha1.ConditionDeadLetters, v1alpha1.ConditionFailed,
	},
	"reason": {v1alpha1.ReasonDeadLettersPresent, v1alpha1.ReasonUndeliveredPresent},
	"kind":   {"Redrive"},
}

// missing says what of a query the metrics do not have.
func (e exposed) missing(q asked) []string {
	scanned, err := scan(q.expr)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, s := range scanned.selectors {
		labels, ok := e[s.metric]
		if !ok {
			out = append(out, "there is no metric "+s.metric)
			continue
		}
		for _, m := range s.matchers {
			if values, has := labels[m.label]; !has && !slices.Contains(targets, m.label) {
				out = append(out, fmt.Sprintf("%s has no label %s", s.metric, m.label))
			} else if problem := matches(m, append(values, named[m.label]...)); problem != "" {
				out = append(out, s.metric+problem)
			}
		}
	}
	grouped := slices.Clone(targets)
	for _, g := range scanned.groupings {
		grouped = append(grouped, g.labels...)
		for _, metric := range g.metrics {
			for _, label := range g.labels {
				if _, has := e[metric][label]; !has && !slices.Contains(targets, label) {
					out = append(out, fmt.Sprintf("%s has no label %s to group by", metric, label))
				}
			}
		}
	}
	for _, label := range q.shown {
		if !slices.Contains(grouped, label) {
			out = append(out, fmt.Sprintf("the label %s is shown and not grouped by", label))
		}
	}
	return out
}

// matches says what is wrong with a matcher, where a label has these values.
func matches(m matcher, values []string) string {
	if strings.Contains(m.value, "$") || m.operator == "!=" || len(values) == 0 {
		return ""
	}
	pattern, err := regexp.Compile("^(?:" + m.value + ")$")
	switch {
	case err != nil:
		return ": " + err.Error()
	case m.operator != "=~" && m.operator != "=":
		return ""
	case m.operator == "=~" && m.label == "code":
		return "" // errors of AWS, which does not make them here
	case m.operator == "=" && !slices.Contains(values, m.value), m.operator == "=~" && !slices.ContainsFunc(values, pattern.MatchString):
		return fmt.Sprintf("{%s%s%q} finds nothing", m.label, m.operator, m.value)
	}
	return ""
}

// TestDashboardAndAlertsAskForWhatIsThere: every metric and every label in their queries is served by an operator with topics, queues, dead
// letters, drift and a redrive.
func TestDashboardAndAlertsAskForWhatIsThere(t *testing.T) {
	w := bareWorld(t, env.Namespace(t), 0)
	w.createAccount(func(*v1alpha1.AWSAccountSpec) {})
	started, err := run(controller.Options{
		Accounts:   cloud.NewAccounts(cloud.Options{HTTPClient: w.aws.HTTPClient(), Clock: w.clock, Registerer: metrics.Registry, Cluster: cluster}),
		Registerer: metrics.Registry, QueueMetrics: true,
		Cluster: cluster, Namespace: w.home, EmptySettle: settle, Concurrency: 10, Clock: w.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.operator = started
	w.topology("orders", asIs)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		to("orders", "events")(s)
		s.DeadLetter = &v1alpha1.DeadLetter{Redrive: &v1alpha1.RedriveSchedule{Schedule: "0 3 * * *", Suspend: true}}
	})
	w.ready(cq)
	h := w.hands()
	for _, queue := range []string{cq.Status.QueueName + "-dlq", cq.Status.QueueName + "-undelivered"} {
		url, err := h.url(w.ctx, queue)
		if err != nil {
			t.Fatal(err)
		}
		body := "lost"
		if _, err := h.sqs.SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.setQueue(w.ctx, cq.Status.QueueURL, "VisibilityTimeout", "77"); err != nil {
		t.Fatal(err)
	}
	run := &v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "run"}}
	run.Spec.ConsumerQueue.Name = cq.Name
	create(t, run)
	t.Cleanup(func() { discardRun(t, run) })
	w.jump(resync)
	w.settled("the drift to be counted and the dead letters to be told", func() bool {
		e := scrape(t)
		return len(e["skein_drift_total"]) > 0 && slices.Contains(e["skein_problem_since_timestamp_seconds"]["condition"], v1alpha1.ConditionDeadLetters)
	})
	e := scrape(t)
	all := queries(t)
	if len(all) < 40 {
		t.Fatalf("found %d queries", len(all))
	}
	for _, q := range all {
		for _, problem := range e.missing(q) {
			t.Errorf("%s: %s", q.where, problem)
		}
	}
	w.stop()
	if _, still := scrape(t)["skein_queue_messages"]; still {
		t.Error("an operator that has ended still shows queues")
	}
}

// TestWhatIsMissingIsFound: the check above can fail.
func TestWhatIsMissingIsFound(t *testing.T) {
	e := exposed{"m": {"a": {"x"}}, "h_bucket": {"a": {"x"}, "le": {"+Inf"}}}
	for expr, want := range map[string]int{
		`sum by (a) (m{a="x"})`: 0, `sum by (le) (rate(h_bucket[5m]))`: 0, `m and on (job) h_bucket`: 0, `m{a=~"$var"}`: 0,
		`n`: 1, `h`: 1, `m{b="x"}`: 1, `m{a="y"}`: 1, `m{a=~"y|z"}`: 1, `sum by (b) (m)`: 1, `sum by (le) (m)`: 1, `m / on (b) m`: 2, `sum(m`: 1, `m{a=~"("}`: 1,
	} {
		if got := e.missing(asked{expr: expr}); len(got) != want {
			t.Errorf("%s: %q, want %d", expr, got, want)
		}
	}
	if got := e.missing(asked{expr: "sum by (a) (m)", shown: []string{"a", "b"}}); len(got) != 1 {
		t.Errorf("a label that is shown and not grouped by: %q", got)
	}
}
