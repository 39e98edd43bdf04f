package controller

import (
	"errors"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// newDriftTotal makes the metric of drift, or finds the one that is registered already.
func newDriftTotal(r prometheus.Registerer) *prometheus.CounterVec {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "skein_drift_total",
		Help: "Fields that somebody else changed in AWS, by kind of resource, field (Policy and Tags without member) and action (Corrected, Reported).",
	}, []string{"kind", "field", "action"})
	if r == nil {
		return total
	}
	var already prometheus.AlreadyRegisteredError
	if err := r.Register(total); errors.As(err, &already) {
		if known, ok := already.ExistingCollector.(*prometheus.CounterVec); ok {
			return known
		}
	}
	return total
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
