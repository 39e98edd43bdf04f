package topology

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func TestAllowsConsumer(t *testing.T) {
	labelled := map[string]string{"skein.dev/consumes": "orders"}
	selector := "{allowedConsumers: {namespaces: {from: Selector, selector: {matchLabels: {skein.dev/consumes: orders}}}}}"
	broken := "{allowedConsumers: {namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Like}]}}}}"
	tests := map[string]struct {
		spec, namespace string
		labels          map[string]string
		want            bool
		noLabels, fails bool
	}{
		"own namespace by default":      {"{}", "commerce", nil, true, false, false},
		"other namespace by default":    {"{}", "warehouse", labelled, false, false, false},
		"Same":                          {"{allowedConsumers: {namespaces: {from: Same}}}", "warehouse", labelled, false, false, false},
		"Same by default":               {"{allowedConsumers: {namespaces: {}}}", "warehouse", labelled, false, false, false},
		"All":                           {"{allowedConsumers: {namespaces: {from: All}}}", "warehouse", nil, true, false, false},
		"selected":                      {selector, "warehouse", labelled, true, false, false},
		"not selected":                  {selector, "warehouse", map[string]string{}, false, false, false},
		"own namespace needs no label":  {selector, "commerce", nil, true, false, false},
		"labels that could not be read": {selector, "warehouse", nil, false, true, true},
		"selector that cannot be read":  {broken, "warehouse", labelled, false, false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := AllowsConsumer(orders(t, tt.spec), tt.namespace, tt.labels)
			if got != tt.want || (err != nil) != tt.fails || errors.Is(err, ErrNoLabels) != tt.noLabels {
				t.Errorf("got %t, %v", got, err)
			}
		})
	}
}

func TestAllowsNamespace(t *testing.T) {
	selector := "{region: us-east-1, allowedNamespaces: {from: Selector, selector: {matchLabels: {team: a}}}}"
	tests := map[string]struct {
		spec   string
		labels map[string]string
		want   bool
		fails  bool
	}{
		"by default":                    {"{region: us-east-1}", nil, true, false},
		"All":                           {"{region: us-east-1, allowedNamespaces: {from: All}}", nil, true, false},
		"selected":                      {selector, map[string]string{"team": "a"}, true, false},
		"not selected":                  {selector, map[string]string{"team": "b"}, false, false},
		"labels that could not be read": {selector, nil, false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}, Spec: *parse[v1alpha1.AWSAccountSpec](t, tt.spec)}
			got, err := AllowsNamespace(account, tt.labels)
			if got != tt.want || (err != nil) != tt.fails {
				t.Errorf("got %t, %v", got, err)
			}
		})
	}
}
