package controller

import (
	"context"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/metrics"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// newDriftTotal makes the metric of drift, or finds the one that is registered already.
func newDriftTotal(r prometheus.Registerer) *prometheus.CounterVec {
	return metrics.Registered(r, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "skein_drift_total",
		Help: "Fields that somebody else changed in AWS, by kind of resource, field (Policy and Tags without member) and action (Corrected, Reported).",
	}, []string{"kind", "field", "action"}))
}

// serveMetrics shows all objects to Prometheus, as long as this operator leads.
func serveMetrics(mgr ctrl.Manager, o Options) error {
	if o.Registerer == nil {
		return nil
	}
	collector := metrics.New(metrics.Options{Queues: o.QueueMetrics, Cluster: o.Cluster, Clock: o.Clock}, o.Registerer)
	return mgr.Add(manager.RunnableFunc(func(ctx context.Context) error { return collector.Serve(ctx, mgr.GetCache()) }))
}

// countDrift counts what a look has set back, of which status.drift keeps the last alone, and what is newly reported since the status was written before.
func (s *Shared) countDrift(look status.Look, before, after []v1alpha1.DriftStatus) {
	count := func(kind, field string, state v1alpha1.DriftState) {
		field, _ = topology.CutField(field)
		s.driftTotal.WithLabelValues(kind, field, string(state)).Inc()
	}
	for _, d := range look.Plan.Differences {
		if d.Standing() && d.Corrected(look.Result) {
			count(string(d.Resource.Kind), d.Field, v1alpha1.DriftCorrected)
		}
	}
	for _, e := range status.DriftTransitions(before, after) {
		if e.State == v1alpha1.DriftReported {
			kind, _, _ := strings.Cut(e.Resource, "/")
			count(kind, e.Field, e.State)
		}
	}
}
