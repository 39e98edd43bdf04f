// Command manager is the Skein operator.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"
	_ "time/tzdata" // schedules have time zones, and the image has none

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/controller"
)

func main() {
	if err := run(ctrl.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	f := parseFlags()
	if os.Getenv("GOGC") == "" {
		// Memory is dearer than the little that an operator's garbage collection costs.
		debug.SetGCPercent(50)
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&f.zap)))
	rates, err := cloud.ParseRates(f.awsRate)
	if err != nil {
		return fmt.Errorf("reading --aws-rate: %w", err)
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	// The apiserver's priority and fairness limits us, not the client.
	config.QPS = -1
	cluster, err := clusterID(ctx, config, f.clusterID)
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, f.managerOptions())
	if err != nil {
		return fmt.Errorf("making the manager: %w", err)
	}
	err = controller.SetUp(ctx, mgr, controller.Options{
		Accounts:   cloud.NewAccounts(cloud.Options{Rates: rates, Clock: clock.RealClock{}, Registerer: metrics.Registry, Cluster: cluster}),
		Registerer: metrics.Registry, QueueMetrics: f.queueMetrics,
		Cluster: cluster, Namespace: f.namespace, EmptySettle: f.emptySettle, Concurrency: f.concurrency, FilterPolicies: f.filterPolicies, Clock: clock.RealClock{},
	})
	if err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("readyz", healthz.Ping); err != nil {
		return err
	}
	ctrl.Log.Info("starting", "cluster", cluster, "namespace", f.namespace)
	return mgr.Start(ctx)
}

// clusterID is the value of the tag skein.dev/cluster: what was given, or the UID of the namespace kube-system.
func clusterID(ctx context.Context, config *rest.Config, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	c, err := client.New(config, client.Options{Scheme: controller.Scheme()})
	if err != nil {
		return "", fmt.Errorf("reaching the cluster: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	ns := &corev1.Namespace{}
	if err := c.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, ns); err != nil {
		return "", fmt.Errorf("reading the namespace kube-system for the cluster id (give --cluster-id instead): %w", err)
	}
	return string(ns.UID), nil
}
