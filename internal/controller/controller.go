// Package controller holds the reconcilers: small loops over load, Build, Observe, Diff, Apply, Summarize and one status patch.
package controller

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/status"
)

// Options of the operator.
type Options struct {
	// Accounts gives clients for AWS.
	Accounts *cloud.Accounts
	// Cluster is the value of the tag skein.dev/cluster.
	Cluster string
	// Namespace is the operator's own, where it reads Secrets.
	Namespace string
	// EmptySettle is over how long queues must be seen empty before they are deleted.
	EmptySettle time.Duration
	// FilterPolicies is how many subscriptions with a filter policy SNS allows a topic; 0 is topology.MaxFilterPolicies.
	FilterPolicies int
	// Concurrency is the number of objects of a kind that are worked on at once.
	Concurrency int
	// Registerer gets the metrics of drift and of all objects; nil: they are not shown.
	Registerer prometheus.Registerer
	// QueueMetrics shows the messages of each queue among them.
	QueueMetrics bool
	// Clock of the reconcilers and of their work queues.
	Clock clock.WithTicker
}

// Shared is what all reconcilers have in common.
type Shared struct {
	Options
	client.Client
	// reader reads past the cache.
	reader   client.Reader
	recorder events.EventRecorder
	memory   *memory
	claims   *claims
	outdated *outdated
	// driftTotal counts drift.
	driftTotal *prometheus.CounterVec
	limiter    func() workqueue.TypedRateLimiter[reconcile.Request]
}

// How long a failing object rests between two tries.
const (
	firstBackoff = time.Second
	lastBackoff  = 5 * time.Minute
)

// SetUp adds all controllers and their indexes to a manager.
func SetUp(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := addIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	shared := newShared(o, mgr.GetClient(), mgr.GetAPIReader(), mgr.GetEventRecorder("skein"))
	for _, add := range []func(ctrl.Manager) error{
		(&AWSAccountReconciler{shared}).setUp,
		(&MessagingTopologyReconciler{shared}).setUp,
		(&ConsumerQueueReconciler{shared}).setUp,
		(&RedriveReconciler{shared}).setUp,
	} {
		if err := add(mgr); err != nil {
			return fmt.Errorf("setting up controllers: %w", err)
		}
	}
	if err := serveMetrics(mgr, o); err != nil {
		return fmt.Errorf("setting up metrics: %w", err)
	}
	return nil
}

// newShared is what the reconcilers of one operator have in common; reader reads past the cache of c.
func newShared(o Options, c client.Client, reader client.Reader, recorder events.EventRecorder) *Shared {
	return &Shared{
		Options: o, Client: c, reader: reader, recorder: recorder, memory: newMemory(), claims: newClaims(), outdated: newOutdated(), driftTotal: newDriftTotal(o.Registerer),
		limiter: func() workqueue.TypedRateLimiter[reconcile.Request] {
			return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstBackoff, lastBackoff)
		},
	}
}

// controllerOptions give every controller the operator's clock and backoff.
func (s *Shared) controllerOptions() controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: s.Concurrency,
		RateLimiter:             s.limiter(),
		NewQueue: func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
			return workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[reconcile.Request]{Name: name, Clock: s.Clock})
		},
	}
}

// emit sends events about an object.
func (s *Shared) emit(object runtime.Object, list []status.Event) {
	for _, e := range list {
		s.recorder.Eventf(object, nil, e.Type, e.Reason, e.Action, "%s", e.Message)
	}
}
