package cel

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	messagingv1alpha1 "github.com/skein-dev/skein/api/v1alpha1"
)

const (
	account  = "AWSAccount"
	topology = "MessagingTopology"
	queue    = "ConsumerQueue"
)

// A place is a node of a CRD's schema: "spec.consumers[].subscriptions[]". The
// empty path is the object itself.
type place struct {
	kind, path string
}

func (p place) String() string { return p.kind + " " + p.path }

// below is the place of a field of this one; of no field, this one.
func (p place) below(field string) place {
	return place{p.kind, strings.Trim(p.path+"."+field, ".")}
}

// The places of the types that stand in more than one.
var (
	accountSpec  = []place{{account, "spec"}}
	queueSpec    = []place{{queue, "spec"}}
	topologySpec = []place{{topology, "spec"}}
	topic        = []place{{topology, "spec.topics[]"}}
	consumer     = []place{{topology, "spec.consumers[]"}}
	settings     = append(queueSpec, consumer...)

	encryption    = append(fields(settings, "encryption"), fields(settings, "undelivered.encryption")...)
	subscriptions = fields(settings, "subscriptions[]")
	principals    = append(fields(settings, "access.senders[]"), fields(topic, "publishers[]")...)
	tags          = append(append(fields(settings, "tags"), fields(topic, "tags")...), place{account, "spec.tags"}, place{topology, "spec.tags"})
)

// fields is a field of each of several places.
func fields(places []place, field string) []place {
	var below []place
	for _, p := range places {
		below = append(below, p.below(field))
	}
	return below
}

// required holds what a case need not write: members without which its parent is refused.
var required = map[place]map[string]any{
	{account, "spec"}:              {"region": "us-east-1"},
	{redrive, "spec"}:              {"consumerQueue": map[string]any{"name": "inventory"}},
	{topology, "spec.topics[]"}:    {"name": "events"},
	{topology, "spec.consumers[]"}: {"name": "fraud"},
}

var objects atomic.Int64

// object is an otherwise minimal object with the YAML value at the place. Two
// calls for the two versions of one object need the same name.
func (p place) object(t testing.TB, namespace, name, value string) *unstructured.Unstructured {
	t.Helper()
	parsed := parse(t, value)
	content := map[string]any{
		"apiVersion": messagingv1alpha1.GroupVersion.String(),
		"kind":       p.kind,
		"metadata":   map[string]any{"name": name},
		"spec":       map[string]any{},
	}
	if p.kind != account {
		content["metadata"].(map[string]any)["namespace"] = namespace
	}
	at := place{kind: p.kind}
	merge(content, map[string]any{"spec": required[at.below("spec")]})
	merge(content, at.nest(p.path, parsed).(map[string]any))
	return &unstructured.Unstructured{Object: content}
}

// parse reads YAML as the apiserver reads JSON: whole numbers stay whole.
func parse(t testing.TB, text string) any {
	t.Helper()
	var parsed any
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err == nil {
		err = json.Unmarshal(encoded, &parsed)
	}
	if err != nil {
		t.Fatalf("reading %q: %v", text, err)
	}
	return parsed
}

// nest wraps a value in the fields and list items of a path below p.
func (p place) nest(path string, value any) any {
	if path == "" {
		return value
	}
	field, rest, _ := strings.Cut(path, ".")
	inner := p.below(field).nest(rest, value)
	if members, ok := inner.(map[string]any); ok {
		whole := map[string]any{}
		merge(whole, required[p.below(field)])
		merge(whole, members)
		inner = whole
	}
	if name, isList := strings.CutSuffix(field, "[]"); isList {
		return map[string]any{name: []any{inner}}
	}
	return map[string]any{field: inner}
}

// merge puts the members of from into to, maps member by member.
func merge(to, from map[string]any) {
	for key, value := range from {
		members, isMap := value.(map[string]any)
		existing, wasMap := to[key].(map[string]any)
		if isMap && wasMap {
			merge(existing, members)
			continue
		}
		if isMap {
			value = maps.Clone(members)
		}
		to[key] = value
	}
}

func newName() string { return fmt.Sprintf("o%d", objects.Add(1)) }

var index = regexp.MustCompile(`\[[^\]]*\]`)

// placeOf is the place that the path of a refusal names; root rules have the path "<nil>".
func placeOf(kind, path string) place {
	if path == "<nil>" {
		path = ""
	}
	return place{kind, index.ReplaceAllString(path, "[]")}
}
