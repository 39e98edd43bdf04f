package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/controller"
)

// cluster is the cluster id of all operators.
const cluster = "e2e-cluster"

// operator is a running operator.
type operator struct {
	cancel context.CancelFunc
	done   chan error
}

// startOperator starts an operator that reads Secrets in a namespace. Without an HTTP client its calls go over the wire.
func startOperator(namespace string, time clock.WithTicker, client aws.HTTPClient, settle time.Duration) (*operator, error) {
	return run(controller.Options{
		Accounts: cloud.NewAccounts(cloud.Options{
			HTTPClient: client, Rates: cloud.Unlimited(), Clock: time, Registerer: prometheus.NewRegistry(), Cluster: cluster,
		}),
		Cluster: cluster, Namespace: namespace, EmptySettle: settle, Concurrency: 10, Clock: time,
	})
}

// run starts an operator.
func run(o controller.Options) (*operator, error) {
	mgr, err := ctrl.NewManager(env.Config, ctrl.Options{
		Scheme: controller.Scheme(), Cache: controller.CacheOptions(o.Namespace), Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := controller.SetUp(ctx, mgr, o); err != nil {
		cancel()
		return nil, err
	}
	started := &operator{cancel: cancel, done: make(chan error, 1)}
	go func() { started.done <- mgr.Start(ctx) }()
	return started, nil
}

// stop ends the operator and waits until it has.
func (o *operator) stop(t testing.TB) {
	t.Helper()
	o.cancel()
	if err := <-o.done; err != nil {
		t.Errorf("stopping the operator: %v", err)
	}
}
