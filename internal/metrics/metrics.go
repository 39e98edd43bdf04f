// Package metrics shows the operator's objects to Prometheus as the cache has them at the moment of a scrape. Nothing is kept between two
// scrapes but what Redrives have moved, so a series goes with its object.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Options of a Collector.
type Options struct {
	// Queues shows the series of each queue (skein_queue_messages).
	Queues bool
	// Cluster is the value of the tag skein.dev/cluster.
	Cluster string
	// Clock tells how long ago a Redrive has finished.
	Clock clock.PassiveClock
}

// Collector is a prometheus.Collector of all objects. It shows nothing as long as no cache is served: of several operators the leader shows
// the objects, so that no number is there twice.
type Collector struct {
	Options
	reader      atomic.Pointer[client.Reader]
	moved, runs *prometheus.CounterVec
}

// How long a scrape may wait for the cache.
const patience = 5 * time.Second

// New makes a Collector and registers it, or finds the one that is registered already.
func New(o Options, r prometheus.Registerer) *Collector {
	c := &Collector{Options: o, moved: newMoved(), runs: newRuns()}
	return Registered(r, c)
}

// Registered gives a collector, or the one that is registered in its place; without a Registerer it is not shown.
func Registered[C prometheus.Collector](r prometheus.Registerer, c C) C {
	if r == nil {
		return c
	}
	var already prometheus.AlreadyRegisteredError
	if err := r.Register(c); errors.As(err, &already) {
		if known, ok := already.ExistingCollector.(C); ok {
			return known
		}
	}
	return c
}

// Serve shows the objects of a cache until the context ends.
func (c *Collector) Serve(ctx context.Context, objects cache.Cache) error {
	var reader client.Reader = objects
	informer, err := objects.GetInformer(ctx, &v1alpha1.Redrive{}, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watching Redrives for their metrics: %w", err)
	}
	if _, err := informer.AddEventHandler(c.follow()); err != nil {
		return fmt.Errorf("watching Redrives for their metrics: %w", err)
	}
	c.reader.Store(&reader)
	<-ctx.Done()
	// Another operator of this process may have taken over meanwhile.
	c.reader.CompareAndSwap(&reader, nil)
	return nil
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{info, objects, problemSince, queueMessages, redrives, redriveMessages, redriveHalted} {
		out <- d
	}
	c.moved.Describe(out)
	c.runs.Describe(out)
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	reader := c.reader.Load()
	if reader == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := list(ctx, *reader)
	if err != nil {
		// What is not known is not shown; a failed scrape would hide all else too.
		log.Log.Error(err, "listing objects for their metrics")
		return
	}
	out <- gauge(info, 1, version(), c.Cluster)
	s.conditions(out)
	s.redrives(out, c.Clock.Now())
	if c.Queues {
		s.queues(out)
	}
	c.moved.Collect(out)
	c.runs.Collect(out)
}

// version of the program, as Go's build has it.
func version() string {
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" {
		return build.Main.Version
	}
	return "unknown"
}

// desc describes a metric.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

var info = desc("skein_info", "Always 1, of the operator that works (of several, the leader), by version and cluster id.", "version", "cluster")
