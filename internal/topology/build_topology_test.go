package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// buildTopology builds commerce/orders with this spec and inventory.
func buildTopology(t *testing.T, spec string, inv Inventory) TopologyOutput {
	t.Helper()
	return BuildTopology(TopologyInputs{Topology: orders(t, spec), Account: testAccount(), Inventory: inv})
}

func TestTopicAttributes(t *testing.T) {
	tests := map[string]struct {
		topic string
		want  map[string]string
	}{
		"defaults": {
			"{name: events}", map[string]string{"DisplayName": "", "KmsMasterKeyId": "", "TracingConfig": "PassThrough"},
		},
		"all": {
			"{name: events, displayName: Orders, encryption: {kmsKeyID: alias/k}, tracing: Active}",
			map[string]string{"DisplayName": "Orders", "KmsMasterKeyId": "alias/k", "TracingConfig": "Active"},
		},
		"FIFO": {
			"{name: events, fifo: {}}",
			map[string]string{"DisplayName": "", "KmsMasterKeyId": "", "TracingConfig": "PassThrough", "FifoTopic": "true", "ContentBasedDeduplication": "false"},
		},
		"FIFO with all": {
			"{name: events, fifo: {contentBasedDeduplication: true, throughputScope: MessageGroup}}",
			map[string]string{
				"DisplayName": "", "KmsMasterKeyId": "", "TracingConfig": "PassThrough", "FifoTopic": "true", "ContentBasedDeduplication": "true",
				"FifoThroughputScope": "MessageGroup",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := buildTopology(t, "{topics: ["+tt.topic+"]}", nil)
			requireNone(t, out.Refusals)
			got := map[string]string{}
			for f, v := range find(t, out.State, out.Topics[0].ARN).Managed {
				if n, _ := CutField(f); n != "Tags" && n != "Policy" {
					got[f] = v
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPublishers(t *testing.T) {
	out := buildTopology(t, "{topics: [{name: events, publishers: [{service: events.amazonaws.com, sourceAccount: '111122223333'}, {awsPrincipal: 'arn:aws:iam::111122223333:role/shop'}]}, {name: quiet}]}", nil)
	requireNone(t, out.Refusals)
	events, quiet := find(t, out.State, out.Topics[0].ARN), find(t, out.State, out.Topics[1].ARN)
	if n := len(events.Policy.Statements); n != 2 || !strings.Contains(events.Managed["Policy[SkeinPublishers]"], "role/shop") {
		t.Errorf("%d statements: %s", n, render(out.State))
	}
	if v, ok := quiet.Managed["Policy[SkeinPublishers]"]; !ok || v != "" || len(quiet.Policy.Statements) > 0 {
		t.Errorf("without publishers: %q, %t", v, ok)
	}
}

func TestTopicTags(t *testing.T) {
	in := TopologyInputs{Topology: orders(t, "{tags: {a: topology, b: topology}, topics: [{name: events, tags: {a: topic}}]}"), Account: testAccount()}
	in.Account.Tags = map[string]string{"a": "account", "b": "account", "c": "account"}
	m := BuildTopology(in).State.Resources[0].Managed
	for key, want := range map[string]string{"a": "topic", "b": "topology", "c": "account", TagKind: "MessagingTopology", TagName: "orders", TagNamespace: "commerce", TagCluster: "c1"} {
		if got := m[TagField(key)]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestTooManyOrEmptyTopicTags(t *testing.T) {
	in := TopologyInputs{Topology: orders(t, "{topics: [{name: events, tags: {a: ''}}]}"), Account: testAccount()}
	out := BuildTopology(in)
	if got := reasons(out.Refusals); !slices.Equal(got, []string{"InvalidSpec spec.topics[0].tags"}) || len(out.State.Resources) != 1 {
		t.Errorf("got %q", got)
	}
	in.Topology = orders(t, "{topics: [{name: events}]}")
	in.Inventory = applied(BuildTopology(in).State)
	in.Account.Tags = map[string]string{}
	for i := range 47 {
		in.Account.Tags[fmt.Sprint(i)] = "x"
	}
	out = BuildTopology(in)
	if len(out.Refusals) != 1 || !strings.Contains(out.Refusals[0].Message, "51 tags") || out.Refusals[0].Field != "spec.topics[0].tags" {
		t.Errorf("got %+v", out.Refusals)
	}
	allHeld(t, out.State, in.Inventory)
}

func TestTopicRefusals(t *testing.T) {
	long := strings.Repeat("n", 257)
	var publishers []string
	for i := range 50 {
		publishers = append(publishers, fmt.Sprintf("{service: %s.amazonaws.com, sourceARN: 'arn:aws:s3:::%s%02d', sourceAccount: '111122223333'}", strings.Repeat("s", 110), strings.Repeat("b", 230), i))
	}
	tests := map[string]struct{ topic, reason, field, message string }{
		"name too long":    {"{name: bad, topicName: " + long + "}", v1alpha1.ReasonNameTooLong, "spec.topics[1].topicName", "257 characters, AWS takes at most 256"},
		"dot":              {"{name: bad, topicName: a.b}", v1alpha1.ReasonInvalidSpec, "spec.topics[1].topicName", "other characters"},
		"suffix":           {"{name: bad, topicName: a.fifo}", v1alpha1.ReasonInvalidSpec, "spec.topics[1].topicName", ".fifo"},
		"same name":        {"{name: bad, topicName: commerce-orders-good}", v1alpha1.ReasonInvalidSpec, "spec.topics[1].topicName", `"good" too`},
		"policy too large": {"{name: bad, publishers: [" + strings.Join(publishers, ", ") + "]}", v1alpha1.ReasonPolicyTooLarge, "spec.topics[1].publishers", "bytes, SNS takes at most 30720"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := buildTopology(t, "{topics: [{name: good}, "+tt.topic+"]}", nil)
			if len(out.Refusals) != 1 || out.Refusals[0].Reason != tt.reason || out.Refusals[0].Field != tt.field || !strings.Contains(out.Refusals[0].Message, tt.message) || !out.Refusals[0].Stalled || out.Refusals[0].Group == "" {
				t.Errorf("got %+v", out.Refusals)
			}
			if len(out.State.Resources) != 1 || out.State.Resources[0].Name != "commerce-orders-good" || len(out.Topics) != 2 {
				t.Errorf("the good one does not go on alone: %s", render(out.State))
			}
		})
	}
}

func TestTopicNameInUseStays(t *testing.T) {
	before := buildTopology(t, "{topics: [{name: events}]}", nil)
	inv := applied(before.State)
	out := buildTopology(t, "{topics: [{name: events, topicName: other}]}", inv)
	if diff := cmp.Diff([]string{"NameImmutable spec.topics[0].topicName"}, reasons(out.Refusals)); diff != "" {
		t.Error(diff)
	}
	allHeld(t, out.State, inv)
	if diff := cmp.Diff(before.Topics, out.Topics); diff != "" {
		t.Error(diff)
	}

	requireNone(t, buildTopology(t, "{topics: [{name: events, topicName: commerce-orders-events}]}", inv).Refusals)

	// Another topic has the name now.
	out = buildTopology(t, "{topics: [{name: events, topicName: other}, {name: heir, topicName: commerce-orders-events}]}", inv)
	requireNone(t, out.Refusals)
	if len(out.State.Resources) != 2 {
		t.Error(render(out.State))
	}

	// A topic that was removed and is on its way out holds no name; nor does one with an explicit name.
	inv[0].State = v1alpha1.ResourceLeaving
	out = buildTopology(t, "{topics: [{name: events, topicName: other}]}", inv)
	requireNone(t, out.Refusals)
	if len(out.State.Resources) != 1 || out.State.Resources[0].Name != "other" {
		t.Error(render(out.State))
	}
	inv = applied(buildTopology(t, "{topics: [{name: events, topicName: first}]}", nil).State)
	out = buildTopology(t, "{topics: [{name: events, topicName: second}]}", inv)
	requireNone(t, out.Refusals)
	if len(out.State.Resources) != 1 || out.State.Resources[0].Name != "second" {
		t.Error(render(out.State))
	}
}

func TestBrokenConsentIsReported(t *testing.T) {
	out := buildTopology(t, "{allowedConsumers: {namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Like}]}}}}", nil)
	if diff := cmp.Diff([]string{"InvalidSpec spec.allowedConsumers.namespaces.selector"}, reasons(out.Refusals)); diff != "" {
		t.Error(diff)
	}
}

func TestChildren(t *testing.T) {
	out := buildTopology(t, `{
		accountRef: {name: eu}, deletionPolicy: Retain, tags: {a: topology, b: topology},
		topics: [{name: events}],
		consumers: [
			{name: plain},
			{name: fraud, deletionPolicy: Delete, visibilityTimeout: 2m, tags: {a: consumer}, subscriptions: [
				{topic: events, rawMessageDelivery: false}, {topology: {name: other, namespace: far}, topic: x}, {topicARN: 'arn:aws:sns:us-east-1:111122223333:y'}]},
		]}`, nil)
	requireNone(t, out.Refusals)
	want := []v1alpha1.ConsumerQueue{
		*parse[v1alpha1.ConsumerQueue](t, `{apiVersion: messaging.skein.dev/v1alpha1, kind: ConsumerQueue, metadata: {namespace: commerce, name: orders-fraud}, spec: {
			accountRef: {name: eu}, deletionPolicy: Delete, visibilityTimeout: 2m, tags: {a: consumer, b: topology}, subscriptions: [
				{topology: {name: orders}, topic: events, rawMessageDelivery: false}, {topology: {name: other, namespace: far}, topic: x}, {topicARN: 'arn:aws:sns:us-east-1:111122223333:y'}]}}`),
		*parse[v1alpha1.ConsumerQueue](t, `{apiVersion: messaging.skein.dev/v1alpha1, kind: ConsumerQueue, metadata: {namespace: commerce, name: orders-plain}, spec: {
			accountRef: {name: eu}, deletionPolicy: Retain, tags: {a: topology, b: topology}}}`),
	}
	if diff := cmp.Diff(want, out.Children); diff != "" {
		t.Error(diff)
	}
}

func TestChildrenThatKubernetesWouldRefuse(t *testing.T) {
	tags := func(prefix string) string {
		var list []string
		for i := range 20 {
			list = append(list, fmt.Sprintf("%s%d: x", prefix, i))
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	mt := orders(t, "{tags: "+tags("t")+", consumers: [{name: many, tags: "+tags("c")+"}, {name: big, maximumMessageSize: 2Mi}, {name: good}]}")
	out := BuildTopology(TopologyInputs{Topology: mt, Account: testAccount()})
	want := []string{"InvalidSpec spec.consumers[0].tags", "InvalidSpec spec.consumers[1].maximumMessageSize"}
	if diff := cmp.Diff(want, reasons(out.Refusals)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"orders-big", "orders-many"}, out.HeldChildren); diff != "" {
		t.Error(diff)
	}
	if len(out.Children) != 1 || out.Children[0].Name != "orders-good" {
		t.Errorf("children %+v", out.Children)
	}

	mt = orders(t, "{consumers: [{name: abcdef}]}")
	mt.Name = strings.Repeat("n", 250)
	out = BuildTopology(TopologyInputs{Topology: mt, Account: testAccount()})
	if got := reasons(out.Refusals); !slices.Equal(got, []string{"InvalidSpec spec.consumers[0].name"}) || len(out.Children) > 0 {
		t.Errorf("got %q", got)
	}
}

// A consumer's own word wins over its topology's; what suspends the topology suspends all.
func TestP53InlineConsumerKeepsItsOwnPolicies(t *testing.T) {
	general := "suspend: true, driftPolicy: Report, adoptionPolicy: Adopt, deletionPolicy: Retain, driftExceptions: [{resource: topic/x, field: DisplayName}]"
	own := "driftPolicy: Correct, adoptionPolicy: Never, deletionPolicy: Delete, driftExceptions: [{resource: queue/y, field: Policy}]"
	for name, tt := range map[string]struct{ spec, want string }{
		"silent":            {general + ", consumers: [{name: c}]", "suspend: true, driftPolicy: Report, adoptionPolicy: Adopt, deletionPolicy: Retain"},
		"own":               {general + ", consumers: [{name: c, " + own + "}]", "suspend: true, " + own},
		"suspends itself":   {"consumers: [{name: c, suspend: true, driftPolicy: Report}]", "suspend: true, driftPolicy: Report"},
		"nothing is said":   {"consumers: [{name: c}]", ""},
		"other deletion":    {"deletionPolicy: Delete, consumers: [{name: c}]", ""},
		"does not unretain": {"deletionPolicy: Retain, consumers: [{name: c, deletionPolicy: DeleteIfEmpty}]", "deletionPolicy: DeleteIfEmpty"},
	} {
		out := buildTopology(t, "{"+tt.spec+"}", nil)
		requireNone(t, out.Refusals)
		want := parse[v1alpha1.ConsumerQueue](t, "{spec: {"+tt.want+"}}").Spec
		if diff := cmp.Diff(want, out.Children[0].Spec); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
