package samples

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const manifests = `
apiVersion: v1
kind: Namespace
metadata: {name: fraud}
---
# nothing but a comment
---
apiVersion: messaging.skein.dev/v1alpha1
kind: AWSAccount
metadata: {name: default}
spec:
  region: us-east-1
  credentials: {assumeRole: {roleARN: arn:aws:iam::123456789012:role/skein}}
  endpoints: {sqs: "https://sqs.example.com"}
---
apiVersion: messaging.skein.dev/v1alpha1
kind: MessagingTopology
metadata: {name: orders, namespace: fraud}
spec:
  consumers:
  - {name: scoring}
---
apiVersion: messaging.skein.dev/v1alpha1
kind: ConsumerQueue
metadata: {name: audit, namespace: fraud}
spec: {}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: manager, namespace: system}
---
apiVersion: example.com/v1
kind: ConsumerQueue
metadata: {name: stranger}
`

func parse(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestLocalize(t *testing.T) {
	objects := parse(t, manifests)
	if err := Localize(objects, Local{Endpoint: "http://127.0.0.1:1", Secret: "local-aws", ResyncPeriod: "10s"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"region": "us-east-1", "endpoint": "http://127.0.0.1:1", "resyncPeriod": "10s",
		"credentials": map[string]any{"secretRef": map[string]any{"name": "local-aws"}},
	}
	if diff := cmp.Diff(want, objects[1].Object["spec"]); diff != "" {
		t.Error(diff)
	}
	if err := Localize(objects[:1], Local{}); err == nil {
		t.Error("samples without an account were taken")
	}
}

func TestExpected(t *testing.T) {
	want := []string{"AWSAccount default", "MessagingTopology fraud/orders", "ConsumerQueue fraud/orders-scoring", "ConsumerQueue fraud/audit"}
	if diff := cmp.Diff(want, Expected(parse(t, manifests))); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutWorkloads(t *testing.T) {
	objects := parse(t, manifests)
	left := WithoutWorkloads(objects)
	if len(left) != len(objects)-1 || slices.ContainsFunc(left, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Deployment" }) {
		t.Errorf("%d of %d objects left", len(left), len(objects))
	}
}

func TestWriteIsReadAgain(t *testing.T) {
	objects := parse(t, manifests)
	content, err := Write(objects)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(objects, parse(t, string(content))); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefusesWhatIsNoYAML(t *testing.T) {
	if _, err := Parse([]byte("a: [")); err == nil {
		t.Error("no error")
	}
}

// TestTheTourFindsItsQueues fails where the samples lose what the tour is about.
func TestTheTourFindsItsQueues(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "..", "config", "samples")
	entries, err := filepath.Glob(filepath.Join(folder, "s1-*.yaml"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("the sample of S1 in %s: %q, %v", folder, entries, err)
	}
	content, err := os.ReadFile(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	expected := Expected(parse(t, string(content)))
	for _, id := range []string{Orders, Inventory} {
		if !slices.Contains(expected, id) {
			t.Errorf("S1 declares %q, and the tour needs %s", expected, id)
		}
	}
}
