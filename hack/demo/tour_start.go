package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/hack/demo/internal/samples"
	"github.com/skein-dev/skein/hack/demo/internal/show"
	"github.com/skein-dev/skein/internal/testenv"
)

// secretName is the Secret in the operator's namespace from which it takes its AWS credentials.
const secretName = "local-aws"

// tourStart starts the control plane, the local AWS and the operator.
func (d *demo) tourStart(ctx context.Context) error {
	began := time.Now()
	err := d.during(ctx, "building the programs, starting the control plane", func() error { return d.programs(ctx) })
	if err != nil {
		return err
	}
	d.out.Seen("control plane: Kubernetes %s with RBAC and garbage collector; programs built (%s)", testenv.Version, show.Seconds(time.Since(began)))
	endpoint, err := d.startLocal(ctx)
	if err != nil {
		return err
	}
	d.aws = newAWS(ctx, endpoint)
	d.out.Seen("local AWS: AWS_ENDPOINT_URL=%s", endpoint)
	if d.aws.cli == "" {
		d.out.Say("There is no aws command line here: the SDK does what the aws commands below say.")
	}
	if err := d.install(ctx); err != nil {
		return err
	}
	if err := d.startOperator(ctx); err != nil {
		return err
	}
	d.out.Seen("operator: a process of its own, as service account %s/%s, with what config/rbac allows", operatorNamespace, operatorAccount)
	return nil
}

// install applies config/default, less the Deployment: there are no nodes here, the operator is a process. The Secret is as a user would make it.
func (d *demo) install(ctx context.Context) error {
	objects, err := d.kustomize(ctx, "config/default")
	if err != nil {
		return err
	}
	manifests, err := samples.Write(samples.WithoutWorkloads(objects))
	if err != nil {
		return err
	}
	// The control plane has brought the CRDs itself, so fields of theirs are taken over.
	if _, err := d.kubectl(ctx, manifests, "apply", "--server-side", "--force-conflicts", "--filename=-"); err != nil {
		return err
	}
	d.out.Seen("config/default applied: CRDs, namespace, service account, roles (not the Deployment: there are no nodes here)")
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: secretName},
		StringData: map[string]string{"AWS_ACCESS_KEY_ID": awsAccount, "AWS_SECRET_ACCESS_KEY": awsSecret},
	}
	if err := d.env.Client.Create(ctx, secret); err != nil {
		return fmt.Errorf("creating Secret %s/%s: %w", operatorNamespace, secretName, err)
	}
	return nil
}
