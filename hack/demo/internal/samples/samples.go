// Package samples gets the manifests of the repository ready for the demo: config/samples for the local AWS, and config/default for an operator
// that runs as a process.
package samples

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The kinds of Skein, as manifests name them.
const (
	KindAccount  = "AWSAccount"
	KindTopology = "MessagingTopology"
	KindConsumer = "ConsumerQueue"
)

// What the tour is about, of the sample S1: a queue that is deleted by hand, and one whose deletion waits.
const (
	Namespace     = "commerce"
	OrdersName    = "orders"
	InventoryName = "inventory"
	Orders        = KindConsumer + " " + Namespace + "/" + OrdersName
	Inventory     = KindConsumer + " " + Namespace + "/" + InventoryName
)

// Local is where the samples are to live in place of AWS.
type Local struct {
	// Endpoint is the URL of the local AWS.
	Endpoint string
	// Secret in the operator's namespace has the credentials.
	Secret string
	// ResyncPeriod is how often AWS is looked at.
	ResyncPeriod string
}

// Parse reads the objects of a YAML stream.
func Parse(manifests []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifests))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading manifests: %w", err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, fmt.Errorf("reading manifests: %w", err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// Write gives the YAML stream of objects.
func Write(objects []*unstructured.Unstructured) ([]byte, error) {
	var out bytes.Buffer
	for _, object := range objects {
		document, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, fmt.Errorf("writing %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		out.WriteString("---\n")
		out.Write(document)
	}
	return out.Bytes(), nil
}

// Localize points every AWSAccount at the local AWS. It fails where there is none.
func Localize(objects []*unstructured.Unstructured, local Local) error {
	accounts := 0
	for _, object := range objects {
		if !isSkein(object, KindAccount) {
			continue
		}
		accounts++
		unstructured.RemoveNestedField(object.Object, "spec", "credentials")
		unstructured.RemoveNestedField(object.Object, "spec", "endpoints")
		for _, field := range []struct{ value, path string }{
			{local.Endpoint, "endpoint"},
			{local.ResyncPeriod, "resyncPeriod"},
			{local.Secret, "credentials.secretRef.name"},
		} {
			path := append([]string{"spec"}, strings.Split(field.path, ".")...)
			if err := unstructured.SetNestedField(object.Object, field.value, path...); err != nil {
				return fmt.Errorf("setting spec.%s of AWSAccount %s: %w", field.path, object.GetName(), err)
			}
		}
	}
	if accounts == 0 {
		return errors.New("config/samples has no AWSAccount")
	}
	return nil
}

// WithoutWorkloads leaves out what needs nodes: the Deployments.
func WithoutWorkloads(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, object := range objects {
		if object.GetKind() != "Deployment" {
			out = append(out, object)
		}
	}
	return out
}

// Expected names the objects of Skein that must become ready, as Kind namespace/name: those declared, and the ConsumerQueues that topologies declare
// inside.
func Expected(objects []*unstructured.Unstructured) []string {
	var names []string
	for _, object := range objects {
		for _, kind := range []string{KindAccount, KindTopology, KindConsumer} {
			if isSkein(object, kind) {
				names = append(names, ID(kind, object.GetNamespace(), object.GetName()))
			}
		}
		if !isSkein(object, KindTopology) {
			continue
		}
		consumers, _, _ := unstructured.NestedSlice(object.Object, "spec", "consumers")
		for _, consumer := range consumers {
			if fields, ok := consumer.(map[string]any); ok {
				names = append(names, ID(KindConsumer, object.GetNamespace(), fmt.Sprintf("%s-%s", object.GetName(), fields["name"])))
			}
		}
	}
	return names
}

// ID names an object for people.
func ID(kind, namespace, name string) string {
	if namespace != "" {
		name = namespace + "/" + name
	}
	return kind + " " + name
}

func isSkein(object *unstructured.Unstructured, kind string) bool {
	return object.GetKind() == kind && object.GroupVersionKind().Group == v1alpha1.GroupVersion.Group
}
