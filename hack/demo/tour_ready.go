package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skein-dev/skein/hack/demo/internal/samples"
	"github.com/skein-dev/skein/hack/demo/internal/show"
	"github.com/skein-dev/skein/internal/testenv"
)

// resyncPeriod is how often the operator looks at AWS in the demo: the shortest that an AWSAccount may have.
const resyncPeriod = "10s"

// tourReady applies the samples and waits until each object says that it is ready.
func (d *demo) tourReady(ctx context.Context) error {
	objects, err := d.kustomize(ctx, "config/samples")
	if err != nil {
		return err
	}
	if err := samples.Localize(objects, samples.Local{Endpoint: d.aws.endpoint, Secret: secretName, ResyncPeriod: resyncPeriod}); err != nil {
		return err
	}
	manifests, err := samples.Write(objects)
	if err != nil {
		return err
	}
	d.out.Say("config/samples as they are; only the AWSAccount gets the endpoint and credentials of the local AWS, and resyncPeriod %s.", resyncPeriod)
	output, err := d.kubectl(ctx, manifests, "apply", "--server-side", "--filename=-")
	if err != nil {
		return err
	}
	d.out.Output(output)
	if err := d.showKubectl(ctx, "get", "skein", "--all-namespaces"); err != nil {
		return err
	}
	if err := d.becomeReady(ctx, samples.Expected(objects)); err != nil {
		return err
	}
	if err := d.showKubectl(ctx, "get", "skein", "--all-namespaces"); err != nil {
		return err
	}
	return d.printed(ctx)
}

// becomeReady says of each object when it is ready, until all are.
func (d *demo) becomeReady(ctx context.Context, expected []string) error {
	began := time.Now()
	var ready []string
	return d.wait(ctx, "all objects to be ready", time.Minute, func(ctx context.Context) (bool, string) {
		all, err := d.allReadiness(ctx)
		if err != nil {
			return false, err.Error()
		}
		var rest []string
		for _, id := range expected {
			r, exists := all[id]
			switch {
			case !exists:
				rest = append(rest, id+" does not exist")
			case !r.ready:
				rest = append(rest, id+" is "+r.String())
			case !slices.Contains(ready, id):
				ready = append(ready, id)
				d.out.Seen("%-42s ready after %s", id, show.Seconds(time.Since(began)))
			}
		}
		return len(rest) == 0, strings.Join(rest, "; ")
	})
}

// printed checks that the printer columns say True of every object, as those who look at the table read it.
func (d *demo) printed(ctx context.Context) error {
	table, err := d.kubectl(ctx, nil, "get", "consumerqueues,messagingtopologies", "--all-namespaces", "--no-headers")
	if err != nil {
		return err
	}
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[2] != "True" {
			return fmt.Errorf("reading the table: READY is %s in %q", fields[2], line)
		}
	}
	return nil
}

// kustomize builds a folder of the repository.
func (d *demo) kustomize(ctx context.Context, folder string) ([]*unstructured.Unstructured, error) {
	root, err := testenv.Root()
	if err != nil {
		return nil, err
	}
	manifests, err := d.kubectl(ctx, nil, "kustomize", filepath.Join(root, filepath.FromSlash(folder)))
	if err != nil {
		return nil, err
	}
	return samples.Parse([]byte(manifests))
}
