package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// objects lists what Skein's users made in a namespace.
func objects(ctx context.Context, namespace string) ([]client.Object, error) {
	var topologies v1alpha1.MessagingTopologyList
	var queues v1alpha1.ConsumerQueueList
	for _, list := range []client.ObjectList{&topologies, &queues} {
		if err := env.Client.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
	}
	var out []client.Object
	for i := range topologies.Items {
		out = append(out, &topologies.Items[i])
	}
	for i := range queues.Items {
		out = append(out, &queues.Items[i])
	}
	return out, nil
}

// discard removes a namespace's objects, and an account, without an operator.
func discard(t testing.TB, namespace, account string) {
	t.Helper()
	ctx := context.Background()
	all, err := objects(ctx, namespace)
	if err != nil {
		t.Error(err)
	}
	var runs v1alpha1.RedriveList
	if err := env.Client.List(ctx, &runs, client.InNamespace(namespace)); err != nil {
		t.Error(err)
	}
	for i := range runs.Items {
		all = append(all, &runs.Items[i])
	}
	var g errgroup.Group
	g.SetLimit(16)
	for _, o := range append(all, &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}) {
		g.Go(func() error {
			free := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
			if err := env.Client.Patch(ctx, o, free); err != nil {
				return client.IgnoreNotFound(err)
			}
			return client.IgnoreNotFound(env.Client.Delete(ctx, o))
		})
	}
	if err := g.Wait(); err != nil {
		t.Errorf("removing what is left in %s: %v", namespace, err)
	}
	if err := env.Client.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(namespace)); err != nil {
		t.Error(err)
	}
}

// describe tells the conditions of a namespace's objects.
func describe(ctx context.Context, namespace string) string {
	all, err := objects(ctx, namespace)
	if err != nil {
		return err.Error()
	}
	const most = 20
	var b strings.Builder
	for _, o := range all[:min(len(all), most)] {
		b.WriteString(o.GetName() + ":\n")
		for _, c := range conditions(o) {
			b.WriteString("  " + c.Type + " " + string(c.Status) + " " + c.Reason + ": " + c.Message + "\n")
		}
	}
	return b.String()
}

func create(t testing.TB, o client.Object) {
	t.Helper()
	if err := env.Client.Create(t.Context(), o, client.FieldValidation(metav1.FieldValidationStrict)); err != nil {
		t.Fatalf("creating %T %s: %v", o, o.GetName(), err)
	}
}

// isTrue matches a condition by its type, where its status is True.
func isTrue(kind string) types.GomegaMatcher {
	return gomega.And(gomega.HaveField("Type", kind), gomega.HaveField("Status", metav1.ConditionTrue))
}

// discardRun removes a Redrive without an operator.
func discardRun(t testing.TB, run *v1alpha1.Redrive) {
	t.Helper()
	free := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
	if err := client.IgnoreNotFound(env.Client.Patch(context.Background(), run, free)); err != nil {
		t.Error(err)
	}
	if err := client.IgnoreNotFound(env.Client.Delete(context.Background(), run)); err != nil {
		t.Error(err)
	}
}
