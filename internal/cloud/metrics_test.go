package cloud

import (
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

func TestRequestsAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	w := newWorld(t)
	w.newAccounts(Options{Registerer: registry}) // The next one finds the metric registered.
	w.accounts = w.newAccounts(Options{Rates: Unlimited(), Registerer: registry})
	w.Client = w.open(identity)
	w.observe(Observation{Want: want(queueResource(billing))})
	w.aws.SetHook(failing("InternalError", "sqs:GetQueueUrl"))
	_, err := w.Observe(t.Context(), Observation{Want: want(queueResource(billing))})
	asFault(t, err, fault.Retry, v1alpha1.ReasonUnreachable)
	for labels, count := range map[[3]string]float64{
		{"sts", "GetCallerIdentity", "OK"}:                                1,
		{"sqs", "GetQueueUrl", "AWS.SimpleQueueService.NonExistentQueue"}: 1,
		{"sqs", "GetQueueUrl", "InternalError"}:                           3,
	} {
		var m dto.Metric
		if err := w.accounts.metrics.requests.WithLabelValues(labels[:]...).Write(&m); err != nil || m.GetCounter().GetValue() != count {
			t.Errorf("%v: %v, want %v (%v)", labels, m.GetCounter().GetValue(), count, err)
		}
	}
	var timed dto.Metric
	if err := w.accounts.metrics.duration.WithLabelValues("sqs", "GetQueueUrl").(prometheus.Metric).Write(&timed); err != nil || timed.GetHistogram().GetSampleCount() != 4 {
		t.Errorf("timed: %v, want four attempts (%v)", timed.GetHistogram(), err)
	}
	// Each attempt is timed that is counted, and as long as none waits for a budget there is no series of that.
	counted := gathered(t, registry)
	if n := counted["skein_aws_requests_total"]; n != 5 || counted["skein_aws_request_duration_seconds"] != n || len(counted) != 2 {
		t.Errorf("registered: %v", counted)
	}
}

// gathered adds up the values of each metric; of a histogram the observations.
func gathered(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			out[f.GetName()] += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

// TestWaitsForTheBudgetAreCounted: the time of calls that Skein holds back shows as such, not as AWS's.
func TestWaitsForTheBudgetAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	w := newWorld(t)
	w.accounts = w.newAccounts(Options{Rates: Rates{}.Scale(0.02), Registerer: registry})
	w.Client = w.open(identity)
	began := time.Now()
	for range 5 { // at 4 calls a second
		if _, err := w.in("").queueURL(t.Context(), billing); err != nil {
			t.Fatal(err)
		}
	}
	if waited, took := gathered(t, registry)["skein_aws_budget_wait_seconds_total"], time.Since(began).Seconds(); waited < 0.15 || waited > took {
		t.Errorf("waited %v s of %v s", waited, took)
	}
}

func TestCallsAreLoggedForDebuggingOnly(t *testing.T) {
	w := newWorld(t)
	for verbosity, lines := range map[int]int{0: 0, 1: 1} {
		var log []string
		logger := funcr.New(func(_, line string) { log = append(log, line) }, funcr.Options{Verbosity: verbosity})
		if _, err := w.in("").queueURL(logr.NewContext(t.Context(), logger), billing); err != nil {
			t.Fatal(err)
		}
		if len(log) != lines {
			t.Fatalf("verbosity %d: %q", verbosity, log)
		}
		for _, line := range log {
			for _, part := range []string{`"operation"="sqs:GetQueueUrl"`, `"awsResource"="billing"`, `"requestID"="`} {
				if !strings.Contains(line, part) {
					t.Errorf("%s: no %s", line, part)
				}
			}
			if strings.Contains(line, identity.SecretAccessKey) || strings.Contains(line, `"requestID"=""`) {
				t.Error(line)
			}
		}
	}
}
