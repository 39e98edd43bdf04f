package cel

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/internal/testenv"
)

// TestSamplesAreAccepted applies every sample as kubectl does: unknown fields are refused.
func TestSamplesAreAccepted(t *testing.T) {
	files := samples(t)
	if len(files) == 0 {
		t.Fatal("found no samples")
	}
	strict := client.WithFieldValidation(env.Client, metav1.FieldValidationStrict)
	seen := map[string]string{}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			for _, object := range documents(t, file) {
				id := object.GetKind() + " " + object.GetNamespace() + "/" + object.GetName()
				if seen[id] != "" {
					t.Errorf("%s is in %s too; kustomize takes an object once", id, seen[id])
				}
				seen[id] = filepath.Base(file)
				options := []client.ApplyOption{client.FieldOwner("kubectl"), client.DryRunAll}
				if object.GetKind() == "Namespace" {
					options = options[:1] // what follows needs it
				}
				if err := strict.Apply(context.Background(), client.ApplyConfigurationFromUnstructured(object), options...); err != nil {
					t.Errorf("applying %s: %v", id, err)
				}
			}
		})
	}
}

// TestKustomizationListsEverySample: kubectl apply -k brings them all.
func TestKustomizationListsEverySample(t *testing.T) {
	var want []string
	for _, file := range samples(t) {
		// Those of changes and runs are of one moment each, and those of accounts need a second AWS account: they are not applied all at once.
		if name, err := filepath.Rel(samplesDirectory(t), file); err == nil && name == filepath.Base(name) {
			want = append(want, name)
		}
	}
	content, err := os.ReadFile(filepath.Join(samplesDirectory(t), "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var kustomization struct {
		Resources []string `json:"resources"`
	}
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		t.Fatal(err)
	}
	slices.Sort(kustomization.Resources)
	if diff := cmp.Diff(want, kustomization.Resources); diff != "" {
		t.Errorf("resources of the kustomization (-samples +listed):\n%s", diff)
	}
}

func samplesDirectory(t *testing.T) string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "config", "samples")
}

// samples are the paths of all samples, sorted.
func samples(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.yaml", "changes/*/*.yaml", "runs/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(samplesDirectory(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(found)
		files = append(files, found...)
	}
	return slices.DeleteFunc(files, func(file string) bool { return filepath.Base(file) == "kustomization.yaml" })
}

// documents reads all objects of a YAML file.
func documents(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("reading %s: %v", file, err)
		}
		objects = append(objects, &unstructured.Unstructured{Object: parse(t, string(document)).(map[string]any)})
	}
}
