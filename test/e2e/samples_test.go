package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/controller"
	"github.com/skein-dev/skein/internal/testaws"
	"github.com/skein-dev/skein/internal/testenv"
)

// decode reads the objects of a YAML file strictly, in order.
func decode(t testing.TB, path string) []client.Object {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, path, string(content))
}

// parse is decode for the text of a file.
func parse(t testing.TB, path, content string) []client.Object {
	t.Helper()
	var out []client.Object
	for document := range strings.SplitSeq(content, "\n---\n") {
		var kind struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		o, err := controller.Scheme().New(schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind))
		if err == nil {
			err = yaml.UnmarshalStrict([]byte(document), o)
		}
		if err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		out = append(out, o.(client.Object))
	}
	return out
}

// sample reads a file of config/samples.
func sample(t testing.TB, name string) []client.Object {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, filepath.Join(root, "config", "samples", name))
}

// moved gives the topologies and queues of a sample in another namespace and account. Samples have one namespace each.
func moved(all []client.Object, namespace, account string) []client.Object {
	var out []client.Object
	ref := &v1alpha1.AccountReference{Name: account}
	for _, o := range all {
		switch o := o.(type) {
		case *v1alpha1.MessagingTopology:
			o.Spec.AccountRef = ref
		case *v1alpha1.ConsumerQueue:
			o.Spec.AccountRef = ref
		default:
			continue
		}
		o.SetNamespace(namespace)
		out = append(out, o)
	}
	return out
}

// accountAt is the account of the samples, at an emulator.
func accountAt(t testing.TB, name string, b testaws.Backend) *v1alpha1.AWSAccount {
	t.Helper()
	account := sample(t, "account.yaml")[0].(*v1alpha1.AWSAccount)
	account.Name = name
	account.Spec.AccountID, account.Spec.Region, account.Spec.Endpoint = b.AccountID, b.Region, b.Endpoint
	account.Spec.Credentials = &v1alpha1.Credentials{SecretRef: &v1alpha1.LocalReference{Name: name}}
	return account
}
