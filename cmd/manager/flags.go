package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"os"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/skein-dev/skein/internal/controller"
	"github.com/skein-dev/skein/internal/topology"
)

// flags of the operator.
type flags struct {
	leaderElect                   bool
	metricsAddress, probeAddress  string
	metricsSecure, queueMetrics   bool
	namespace, clusterID, awsRate string
	emptySettle                   time.Duration
	concurrency, filterPolicies   int
	zap                           zap.Options
}

func parseFlags() *flags {
	f := &flags{}
	set := flag.CommandLine
	set.BoolVar(&f.leaderElect, "leader-elect", false, "Let only one of several operators work at a time. Needs the operator's namespace.")
	set.StringVar(&f.metricsAddress, "metrics-bind-address", ":8443", "Where metrics are served; 0 serves none.")
	set.BoolVar(&f.metricsSecure, "metrics-secure", true, "Serve metrics over TLS, to those whom the cluster permits to read them.")
	set.BoolVar(&f.queueMetrics, "queue-metrics", true, "Serve the messages of each queue as metrics: five series for each ConsumerQueue.")
	set.StringVar(&f.probeAddress, "health-probe-bind-address", ":8081", "Where /healthz and /readyz are served; 0 serves none.")
	set.StringVar(&f.namespace, "namespace", envOr("POD_NAMESPACE", "skein-system"), "The operator's own namespace, where it reads Secrets. Default: $POD_NAMESPACE.")
	set.StringVar(&f.clusterID, "cluster-id", "", "Value of the tag skein.dev/cluster on everything in AWS. Default: the UID of the namespace kube-system.")
	set.StringVar(&f.awsRate, "aws-rate", "default", "Budget of AWS calls per account and region: default, unlimited, or a factor such as 2x.")
	set.DurationVar(&f.emptySettle, "empty-settle", 2*time.Minute, "Over how long queues must be seen empty before deletionPolicy DeleteIfEmpty deletes them.")
	set.IntVar(&f.filterPolicies, "filter-policies-per-topic", topology.MaxFilterPolicies, "How many subscriptions with a filter policy SNS allows a topic: the account's quota.")
	set.IntVar(&f.concurrency, "concurrency", 10, "Objects of each kind that are worked on at once.")
	f.zap.BindFlags(set)
	set.Usage = func() {
		fmt.Fprintf(set.Output(), "The Skein operator keeps SNS topics, SQS queues and subscriptions in AWS as MessagingTopology and ConsumerQueue objects declare them.\n\n"+
			"Outside a cluster: manager --kubeconfig FILE --leader-elect=false --metrics-bind-address=0\n\nFlags:\n")
		set.PrintDefaults()
	}
	flag.Parse()
	return f
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

func (f *flags) managerOptions() ctrl.Options {
	o := ctrl.Options{
		Scheme:                        controller.Scheme(),
		Cache:                         controller.CacheOptions(f.namespace),
		Metrics:                       metricsserver.Options{BindAddress: f.metricsAddress, SecureServing: f.metricsSecure, TLSOpts: []func(*tls.Config){withoutHTTP2}},
		HealthProbeBindAddress:        f.probeAddress,
		LeaderElection:                f.leaderElect,
		LeaderElectionID:              "skein.messaging.skein.dev",
		LeaderElectionNamespace:       f.namespace,
		LeaderElectionReleaseOnCancel: true,
	}
	if f.metricsSecure {
		o.Metrics.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return o
}

// withoutHTTP2 spares the metrics server the stream attacks of HTTP/2.
func withoutHTTP2(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }
