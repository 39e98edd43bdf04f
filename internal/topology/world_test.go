package topology

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const (
	accountID = "111122223333"
	ordersARN = "arn:aws:sns:us-east-1:111122223333:commerce-orders-events"
	stockARN  = "arn:aws:sqs:us-east-1:111122223333:warehouse-stock"
)

// testAccount is the account of most tests.
func testAccount() Account {
	return Account{Name: "default", Partition: "aws", ID: accountID, Region: "us-east-1", Cluster: "c1"}
}

// parse reads an object of any kind.
func parse[T any](t *testing.T, text string) *T {
	t.Helper()
	var object T
	if err := yaml.UnmarshalStrict([]byte(text), &object); err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return &object
}

// queue makes a ConsumerQueue warehouse/stock with this spec.
func queue(t *testing.T, spec string) *v1alpha1.ConsumerQueue {
	t.Helper()
	return &v1alpha1.ConsumerQueue{
		ObjectMeta: metav1.ObjectMeta{Namespace: "warehouse", Name: "stock", UID: "q1"},
		Spec:       *parse[v1alpha1.ConsumerQueueSpec](t, spec),
	}
}

// orders makes a MessagingTopology commerce/orders with this spec.
func orders(t *testing.T, spec string) *v1alpha1.MessagingTopology {
	t.Helper()
	return &v1alpha1.MessagingTopology{
		ObjectMeta: metav1.ObjectMeta{Namespace: "commerce", Name: "orders", UID: "t1"},
		Spec:       *parse[v1alpha1.MessagingTopologySpec](t, spec),
	}
}

const (
	eventsForAll  = "{topics: [{name: events}], allowedConsumers: {namespaces: {from: All}}}"
	subscribed    = "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events}]}"
	subscribedARN = "{subscriptions: [{topicARN: '" + ordersARN + "'}]}"
)

// inputs are those of a queue with this spec beside the topology commerce/orders, which admits all namespaces.
func inputs(t *testing.T, spec string) ConsumerInputs {
	t.Helper()
	in := ConsumerInputs{
		Queue: queue(t, spec), Account: testAccount(), NamespaceLabels: map[string]string{"kubernetes.io/metadata.name": "warehouse"},
		Topologies: map[types.NamespacedName]*TopologyInput{}, TopicDeclarers: map[string][]types.NamespacedName{},
	}
	addTopology(in, orders(t, eventsForAll))
	return in
}

// addTopology puts a topology of the test account beside the queue, as a controller would.
func addTopology(in ConsumerInputs, mt *v1alpha1.MessagingTopology) types.NamespacedName {
	key := types.NamespacedName{Namespace: mt.Namespace, Name: mt.Name}
	account := testAccount()
	in.Topologies[key] = &TopologyInput{Object: mt, Account: &account}
	for _, name := range TopicNames(mt) {
		arn := account.TopicARN(name)
		if !slices.Contains(in.TopicDeclarers[arn], key) {
			in.TopicDeclarers[arn] = append(in.TopicDeclarers[arn], key)
		}
	}
	return key
}

// applied makes the inventory of a State, everything present.
func applied(s State) Inventory {
	var inv Inventory
	for _, r := range s.Resources {
		row := Row{
			Kind: r.Kind, Key: r.Key, ARN: r.ARN, Name: r.Name, TopicARN: r.TopicARN, Endpoint: r.Endpoint, Region: r.Region,
			State: v1alpha1.ResourcePresent, Fields: map[string]string{},
		}
		if r.Kind == KindSubscription {
			row.ARN = r.TopicARN + ":0000"
		}
		for f, v := range r.Managed {
			if v != "" {
				row.Fields[f] = Hash(v)
			}
		}
		inv = append(inv, row)
	}
	return inv
}

// settled are inputs whose desired State was applied.
func settled(t *testing.T, spec string) ConsumerInputs {
	t.Helper()
	in := inputs(t, spec)
	in.Inventory = applied(BuildConsumer(in).State)
	return in
}

// byRole finds a queue.
func byRole(t *testing.T, s State, role Role) Resource {
	t.Helper()
	for _, r := range s.Resources {
		if r.Role == role {
			return r
		}
	}
	t.Fatalf("no queue of role %s in %s", role, render(s))
	return Resource{}
}

// find gets a resource that must be there.
func find(t *testing.T, s State, key string) Resource {
	t.Helper()
	r, ok := s.Find(key)
	if !ok {
		t.Fatalf("no %s in %s", key, render(s))
	}
	return r
}

// render writes a State for people.
func render(s State) string {
	var b strings.Builder
	for _, r := range s.Resources {
		fmt.Fprintf(&b, "%s %s %s\n", r.Kind, r.Role, r.Key)
		if r.Held != "" {
			fmt.Fprintf(&b, "  held: %s\n", r.Held)
		}
		for _, rival := range r.Rivals {
			fmt.Fprintf(&b, "  rival: %s older=%t\n", rival.Owner, rival.Older)
		}
		for _, f := range slices.Sorted(maps.Keys(r.Managed)) {
			fmt.Fprintf(&b, "  %s = %s\n", f, r.Managed[f])
		}
		for _, sid := range slices.Sorted(maps.Keys(r.Interim)) {
			fmt.Fprintf(&b, "  interim %s = %s\n", sid, r.Interim[sid].Canonical())
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(s.References)) {
		fmt.Fprintf(&b, "reference %s\n", arn)
	}
	return b.String()
}

// reasons lists what was refused: reason and field.
func reasons(refusals []Refusal) []string {
	var out []string
	for _, r := range refusals {
		out = append(out, r.Reason+" "+r.Field)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
