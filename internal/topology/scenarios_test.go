package topology

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// scenario builds the topology of a file and all its inline consumers.
func scenario(t *testing.T, path string) map[string]State {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file := parse[struct {
		Topology v1alpha1.MessagingTopologySpec `json:"topology"`
	}](t, string(text))
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "demo", UID: "t1"}, Spec: file.Topology}
	topics := BuildTopology(TopologyInputs{Topology: mt, Account: testAccount()})
	requireNone(t, topics.Refusals)
	states := map[string]State{"topics": topics.State}
	for i := range topics.Children {
		in := ConsumerInputs{
			Queue: &topics.Children[i], Account: testAccount(), NamespaceLabels: map[string]string{},
			Topologies: map[types.NamespacedName]*TopologyInput{}, TopicDeclarers: map[string][]types.NamespacedName{},
		}
		addTopology(in, mt)
		out := BuildConsumer(in)
		requireNone(t, out.Refusals)
		states[topics.Children[i].Name] = out.State
	}
	return states
}

func requireNone(t *testing.T, refusals []Refusal) {
	t.Helper()
	if len(refusals) > 0 {
		t.Fatalf("refused: %+v", refusals)
	}
}

// Every attribute that the scenarios ask for, and every other that Skein sets.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/s*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			states := scenario(t, file)
			var b strings.Builder
			for _, name := range sortedKeys(states) {
				b.WriteString("== " + name + "\n" + render(states[name]))
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The numbers that stand in the scenarios, read apart from the golden files.
func TestScenarioNumbers(t *testing.T) {
	orders := scenario(t, "testdata/s1-orders.yaml")["demo-orders"]
	main, deadLetter := byRole(t, orders, RoleMain), byRole(t, orders, RoleDeadLetter)
	payments := scenario(t, "testdata/s2-payments.yaml")["demo-payments"]
	fraud := scenario(t, "testdata/s3-fraud.yaml")["demo-fraud"]
	poison := scenario(t, "testdata/s4-poison.yaml")["demo-reliable"]
	prefix := "arn:aws:sqs:us-east-1:111122223333:"
	topic := "arn:aws:sns:us-east-1:111122223333:"
	tests := []struct {
		resource    Resource
		field, want string
	}{
		{main, "VisibilityTimeout", "300"},
		{main, "MessageRetentionPeriod", "345600"},
		{main, "ReceiveMessageWaitTimeSeconds", "20"},
		{main, "DelaySeconds", "0"},
		{main, "SqsManagedSseEnabled", "true"},
		{main, "RedrivePolicy", `{"deadLetterTargetArn":"` + prefix + `orders-queue-dlq","maxReceiveCount":3}`},
		{deadLetter, "MessageRetentionPeriod", "1209600"},
		{deadLetter, "RedriveAllowPolicy", `{"redrivePermission":"byQueue","sourceQueueArns":["` + prefix + `orders-queue"]}`},
		{find(t, orders, SubscriptionKey(topic+"orders-topic", prefix+"orders-queue")), "RawMessageDelivery", "true"},
		{find(t, orders, SubscriptionKey(topic+"orders-topic", prefix+"orders-queue")), "FilterPolicy", `{"event_type":["order.created","order.updated"]}`},
		{byRole(t, payments, RoleMain), "FifoQueue", "true"},
		{byRole(t, payments, RoleMain), "ContentBasedDeduplication", "false"},
		{byRole(t, payments, RoleMain), "DeduplicationScope", "messageGroup"},
		{byRole(t, payments, RoleMain), "FifoThroughputLimit", "perMessageGroupId"},
		{byRole(t, payments, RoleDeadLetter), "FifoQueue", "true"},
		{byRole(t, fraud, RoleMain), "VisibilityTimeout", "120"},
		{byRole(t, fraud, RoleMain), "RedrivePolicy", `{"deadLetterTargetArn":"` + prefix + `orders-fraud-dlq","maxReceiveCount":5}`},
		{find(t, fraud, SubscriptionKey(topic+"orders-events", prefix+"orders-fraud")), "FilterPolicy", `{"amount":[{"numeric":[">=",500]}],"eventType":["OrderPlaced","OrderUpdated"]}`},
		{find(t, fraud, SubscriptionKey(topic+"orders-events", prefix+"orders-fraud")), "RedrivePolicy", `{"deadLetterTargetArn":"` + prefix + `orders-fraud-undelivered"}`},
		{byRole(t, poison, RoleMain), "RedrivePolicy", `{"deadLetterTargetArn":"` + prefix + `dlq_for_reliable_q","maxReceiveCount":2}`},
	}
	for _, tt := range tests {
		if got := tt.resource.Managed[tt.field]; got != tt.want {
			t.Errorf("%s %s is %s, want %s", tt.resource.Name, tt.field, got, tt.want)
		}
	}
	if name := byRole(t, payments, RoleDeadLetter).Name; name != "payments-dlq.fifo" {
		t.Errorf("the FIFO dead-letter queue is called %s", name)
	}
	if len(poison.Resources) != 2 {
		t.Errorf("a queue without subscriptions has more than itself and its dead-letter queue: %s", render(poison))
	}
}
