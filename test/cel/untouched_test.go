package cel

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// written are specs as people write them, with values that a careless type would
// rewrite: durations, numbers, false, empty maps, JSON of any shape.
var written = []struct {
	name, kind, spec string
}{
	{"smallest account", account, `{}`},
	{"smallest topology", topology, `{}`},
	{"smallest queue", queue, `{}`},
	{"account", account, `{resyncPeriod: 600s, allowedNamespaces: {}, endpoints: {}}`},
	{"topology", topology, `{topics: [{name: b, fifo: {contentBasedDeduplication: false}}, {name: a}], consumers: [{name: c, processingTime: 1h60m}, {name: b}], allowedConsumers: {namespaces: {}}}`},
	{"durations", queue, `{processingTime: 60m, visibilityTimeout: 1h30m, messageRetention: 96h, receiveWaitTime: 0s, deadLetter: {messageRetention: 336h0m}}`},
	{"false and empty", queue, `{fifo: {contentBasedDeduplication: false}, deadLetter: {disabled: false}, undelivered: {}, access: {enforceTLS: false, senders: []}, encryption: {}, connection: {}, tags: {}}`},
	{"a size as text", queue, `{maximumMessageSize: 256Ki}`},
	{"a size as a number", queue, `{maximumMessageSize: 262144}`},
	{"filter policies", queue, `{subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:orders", rawMessageDelivery: false, filterPolicyScope: MessageBody, filterPolicy: {
		eventType: [OrderPlaced, {prefix: Order}, {anything-but: [a, 1]}, null, true, "ünïcode"],
		amount: [{numeric: [">=", 500, "<", 1000.25]}, 9007199254740991, 1e+21],
		store: {address: {country: [{exists: false}], zip: [[nested]]}},
		$or: [{a: [b]}, {c: [{d: null}]}],
		empty: {}}}]}`},
}

// TestP59SpecIsNeverWritten: the apiserver returns a spec as it was sent, with
// nothing added and nothing reformatted, so GitOps tools see no difference.
func TestP59SpecIsNeverWritten(t *testing.T) {
	namespace := env.Namespace(t)
	for _, w := range written {
		t.Run(w.name, func(t *testing.T) {
			sent := place{w.kind, "spec"}.object(t, namespace, newName(), w.spec)
			got := sent.DeepCopy()
			if err := env.Client.Create(context.Background(), got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sent.Object["spec"], got.Object["spec"]); diff != "" {
				t.Errorf("spec sent and kept differ (-sent +kept):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]any{"observedGeneration": int64(-1)}, got.Object["status"]); diff != "" {
				t.Errorf("status of a new object (-want +got):\n%s", diff)
			}
		})
	}
}

// TestP59ApplyAgain: server-side apply of the same manifest changes nothing. The
// write after the creation only stores the default of status, as a creation cannot
// hold a status; from then on not even the resource version moves.
func TestP59ApplyAgain(t *testing.T) {
	namespace := env.Namespace(t)
	for _, w := range written {
		t.Run(w.name, func(t *testing.T) {
			name := newName()
			apply := func() *unstructured.Unstructured {
				object := place{w.kind, "spec"}.object(t, namespace, name, w.spec)
				if err := env.Client.Apply(context.Background(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("gitops")); err != nil {
					t.Fatal(err)
				}
				return object
			}
			created, second, third := apply(), apply(), apply()
			if diff := cmp.Diff(second.Object, third.Object); diff != "" {
				t.Errorf("the third apply changed the object (-second +third):\n%s", diff)
			}
			created.SetResourceVersion(third.GetResourceVersion())
			if diff := cmp.Diff(created.Object, third.Object); diff != "" {
				t.Errorf("applying again changed the object (-created +now):\n%s", diff)
			}
			if third.GetResourceVersion() == "" || third.GetGeneration() != 1 {
				t.Errorf("resource version %q, generation %d, want one and generation 1", third.GetResourceVersion(), third.GetGeneration())
			}
		})
	}
}

// TestNoDefaultsUnderSpec: the schemas hold no default but that of status.
func TestNoDefaultsUnderSpec(t *testing.T) {
	for _, crd := range crds(t) {
		kind := crd.Spec.Names.Kind
		got := defaults(place{kind: kind}, *crd.Spec.Versions[0].Schema.OpenAPIV3Schema)
		slices.Sort(got)
		want := []string{kind + ` status.observedGeneration: -1`, kind + ` status: {"observedGeneration":-1}`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("defaults in the schema of %s (-want +got):\n%s", kind, diff)
		}
	}
}

func defaults(at place, schema apiextensionsv1.JSONSchemaProps) []string {
	var found []string
	if schema.Default != nil {
		found = append(found, at.String()+": "+strings.TrimSpace(string(schema.Default.Raw)))
	}
	for name, field := range schema.Properties {
		found = append(found, defaults(at.below(name), field)...)
	}
	if schema.Items != nil {
		found = append(found, defaults(place{at.kind, at.path + "[]"}, *schema.Items.Schema)...)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		found = append(found, defaults(place{at.kind, at.path + "[]"}, *schema.AdditionalProperties.Schema)...)
	}
	return found
}
