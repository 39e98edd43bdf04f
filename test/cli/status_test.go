package cli

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// TestStatus: what a developer, who may not read AWSAccounts, and an operator of the cluster, who may, see of a namespace, a queue and a topology.
func TestStatus(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "commerce")
	orders(t, namespace)
	create(t, &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}, Spec: v1alpha1.AWSAccountSpec{Region: "eu-west-1", ResyncPeriod: "5m"}})
	jane := person(t, "status-jane", namespace, developer...)
	everywhere(t, "status-ops", prefix+"awsaccount-viewer-role")
	for _, role := range viewer {
		everywhere(t, "status-ops", role)
	}
	ops := person(t, "status-ops", "default")

	golden(t, "status/namespace", jane.ok(t, "status"))
	golden(t, "status/queue", ops.ok(t, "status", "orders", "-n", namespace))
	golden(t, "status/unseen", jane.ok(t, "status", "cq/unseen"))
	golden(t, "status/topology", jane.ok(t, "status", "mt/shop", "--events", "0"))
	golden(t, "status/nothing", ops.ok(t, "status", "-n", "kube-public"))

	// Other tests' objects are there too, and make columns wider.
	all := ops.ok(t, "status", "-A")
	for _, want := range []string{`(?m)^NAMESPACE +TOPOLOGY `, `(?m)^commerce +shop +True `, `(?m)^commerce +orders +False `, `(?m)^  commerce cq/orders: QueuePolicyMissing: `} {
		if !regexp.MustCompile(want).MatchString(all) {
			t.Errorf("status -A does not show %s:\n%s", want, all)
		}
	}
	if got := jane.fails(t, 1, "status", "-A"); !strings.Contains(got, "Leave -A out") {
		t.Errorf("status -A for a developer of one namespace:\n%s", got)
	}
}

// TestStatusAsData: -o json has what programs need, and -o yaml the same.
func TestStatusAsData(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "data")
	orders(t, namespace)
	jane := person(t, "data-jane", namespace, developer...)
	var got struct {
		APIVersion, Kind, Namespace string
		Queues                      []struct {
			Name, Ready, Reason string
			Drift               int
			Messages            *v1alpha1.MessageCounts
		}
		Redrives []struct {
			Name    string
			Percent int
		}
	}
	if err := json.Unmarshal([]byte(jane.ok(t, "status", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Queues) != 3 || got.Queues[1].Name != "orders" || got.Queues[1].Drift != 1 || got.Queues[1].Messages.DeadLettered != 240 {
		t.Errorf("queues: %+v", got.Queues)
	}
	if len(got.Redrives) != 1 || got.Redrives[0].Percent != 50 || got.Kind != "Overview" || got.Namespace != namespace {
		t.Errorf("redrives: %+v", got)
	}
	for _, want := range []string{"apiVersion: cli.skein.dev/v1alpha1\n", "kind: Detail\n", "queueName: orders\n"} {
		if yaml := jane.ok(t, "status", "orders", "-o", "yaml"); !strings.Contains(yaml, want) {
			t.Errorf("-o yaml does not have %q:\n%s", want, yaml)
		}
	}
	if got := jane.fails(t, 2, "status", "-o", "table"); !strings.Contains(got, "json and yaml") {
		t.Errorf("-o table: %s", got)
	}
}

// TestStatusLeavesOut: who may see queues only sees these, and is told what else there would be.
func TestStatusLeavesOut(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "partly")
	orders(t, namespace)
	partly := person(t, "partly-joe", namespace, prefix+"consumerqueue-viewer-role")
	golden(t, "status/partly", partly.ok(t, "status"))
	stranger := person(t, "partly-stranger", namespace)
	if got := stranger.fails(t, 1, "status"); !strings.Contains(got, "skein-consumerqueue-viewer-role") {
		t.Errorf("status for a stranger:\n%s", got)
	}
}
