package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/hack/demo/internal/samples"
)

// tourPermissions checks that the operator was never refused anything in Kubernetes, and may not do more than it needs.
func (d *demo) tourPermissions(ctx context.Context) error {
	lease := &coordinationv1.Lease{}
	if err := d.env.Client.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: operatorLease}, lease); err != nil {
		return fmt.Errorf("reading the operator's lease: %w", err)
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return fmt.Errorf("reading the operator's lease %s: nobody holds it", operatorLease)
	}
	for _, question := range []struct{ verb, namespace, answer string }{
		{"get", operatorNamespace, "yes"},
		{"get", samples.Namespace, "no"},
	} {
		answer, err := d.allowed(ctx, question.verb, "secrets", question.namespace)
		if err != nil {
			return err
		}
		if answer != question.answer {
			return fmt.Errorf("checking who may %s Secrets in %s: the operator gets %q, not %q", question.verb, question.namespace, answer, question.answer)
		}
	}
	d.out.Seen("it reads Secrets in its own namespace and in no other")
	if line := d.refusal(); line != "" {
		return errors.New("reading the operator's log: the apiserver refused it something")
	}
	d.out.Seen("the apiserver refused it nothing: its lease, Events, ConfigMaps, status and finalizers were all within its roles")
	return nil
}

// refusal is the first line of the operator's log in which the apiserver refuses it something, or empty.
func (d *demo) refusal() string {
	for line := range strings.Lines(d.operator.Output()) {
		if strings.Contains(strings.ToLower(line), "is forbidden") {
			return line
		}
	}
	return ""
}
