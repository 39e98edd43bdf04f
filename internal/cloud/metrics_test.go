package cloud

import (
	"strings"
	"testing"

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
		if err := w.accounts.requests.WithLabelValues(labels[:]...).Write(&m); err != nil || m.GetCounter().GetValue() != count {
			t.Errorf("%v: %v, want %v (%v)", labels, m.GetCounter().GetValue(), count, err)
		}
	}
	if families, err := registry.Gather(); err != nil || len(families) != 1 ||
		families[0].GetName() != "skein_aws_requests_total" || len(families[0].GetMetric()) != 3 {
		t.Errorf("registered: %v, %v", families, err)
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
