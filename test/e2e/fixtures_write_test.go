package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// writeFixtures lets the operator of today make everything that is in testdata/fixture.yaml, and writes down what came of it.
func writeFixtures(t *testing.T) {
	w := fixtureWorld(t, time.Until(time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)))
	for _, o := range decode(t, filepath.Join("testdata", "fixture.yaml")) {
		create(t, o)
	}
	w.start()
	w.ready()
	account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: w.account}}
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(account), account); err != nil {
		t.Fatal(err)
	}
	var documents []string
	resources := map[string]bool{}
	for _, o := range append([]client.Object{account}, w.objects()...) {
		documents = append(documents, document(t, o))
		for _, row := range inventory(o) {
			if row.AppliedAt == nil || row.State != v1alpha1.ResourcePresent {
				t.Errorf("%s of %s is not as after a plain run: %+v", row.Resource, o.GetName(), row)
			}
			resources[resourceName(o, row)] = true
		}
	}
	held, err := yaml.Marshal(w.hands().read(w.ctx, t, maps.Keys(resources)))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(fixtures(t), version)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{objectsFile: strings.Join(documents, "---\n"), awsFile: string(held)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// resourceName is what contents call a row's resource.
func resourceName(o client.Object, row v1alpha1.ResourceStatus) string {
	topicARN, ok := strings.CutPrefix(row.Resource, "subscription/")
	if !ok {
		return row.Resource
	}
	return "subscription/" + topicARN[strings.LastIndex(topicARN, ":")+1:] + "/" + o.(*v1alpha1.ConsumerQueue).Status.QueueName
}

// document is an object as YAML, without what the apiserver gives it.
func document(t *testing.T, o client.Object) string {
	t.Helper()
	kinds, _, err := env.Scheme.ObjectKinds(o)
	if err != nil {
		t.Fatal(err)
	}
	o.GetObjectKind().SetGroupVersionKind(kinds[0])
	o.SetManagedFields(nil)
	o.SetUID("")
	o.SetResourceVersion("")
	o.SetGeneration(0)
	o.SetCreationTimestamp(metav1.Time{})
	for i := range o.GetOwnerReferences() {
		o.GetOwnerReferences()[i].UID = "set-when-read"
	}
	b, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
