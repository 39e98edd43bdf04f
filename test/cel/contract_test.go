package cel

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// contract are the manifests of the API's contract, in testdata/contract as they stand there, comments included and without their status, which
// the operator writes. A manifest that shows all fields also shows some that exclude each other; each variant says what it leaves out or
// replaces, and together they apply every line.
var contract = []struct {
	name, file string
	replaced   []replaced
}{
	{"AWSAccount", "awsaccount.yaml", nil},
	{"MessagingTopology", "messagingtopology.yaml", nil},
	{"ConsumerQueue, standard with an own dead-letter queue", "consumerqueue.yaml", []replaced{placeholder, noFIFO, noSharedQueue}},
	{"ConsumerQueue, FIFO", "consumerqueue.yaml", []replaced{
		placeholder, noSharedQueue,
		{"queueName: orders-inventory        #", "queueName: orders-inventory.fifo   #", "names of FIFO queues end in .fifo"},
		{"queueName: orders-inventory-dlq ", "queueName: orders-inventory-dlq.fifo ", "names of FIFO queues end in .fifo"},
		{"queueName: orders-inventory-undelivered ", "queueName: orders-inventory-undelivered.fifo ", "names of FIFO queues end in .fifo"},
	}},
	{"ConsumerQueue, with a shared dead-letter queue", "consumerqueue.yaml", []replaced{
		placeholder, noFIFO,
		{"    disabled: false\n    queueName: orders-inventory-dlq  # default <queue>-dlq, FIFO-aware (<stem>-dlq.fifo); immutable once set\n", "", "a shared one is not named here"},
		{"    messageRetention: 336h           # default 336h; standard queues: above the source's, or both 336h\n", "", "a shared one says its own retention"},
		{sharedQueueRedrive, "", "the shared queue is redriven, not its sources"},
	}},
	{"Redrive", "redrive.yaml", nil},
}

// replaced is text of a manifest that is not applied as it stands, and why.
type replaced struct{ old, new, why string }

var (
	placeholder   = replaced{"{awsPrincipal: arn:…}", "{awsPrincipal: arn:aws:iam::123456789012:role/sender}", "a placeholder"}
	noFIFO        = replaced{"  fifo: {contentBasedDeduplication: false, deduplicationScope: MessageGroup, throughputLimit: PerMessageGroupID}   # presence makes it FIFO and is fixed\n", "", "its presence makes the queue FIFO"}
	noSharedQueue = replaced{"    consumerQueue: {name: shared}    # instead of an own DLQ: another ConsumerQueue of this namespace, account and type, itself with deadLetter.disabled\n", "", "it stands instead of an own dead-letter queue"}
)

const sharedQueueRedrive = `    redrive:                         # scheduled self-healing; not with consumerQueue (schedule it on the shared queue)
      schedule: "0 23 * * 0-4"
      timeZone: Asia/Jerusalem
      maxMessagesPerSecond: 50       # 1–500; absent = AWS decides
      maxMessagesPerRun: 10000       # optional; needs maxMessagesPerSecond
      haltOnReturnRatio: "0.5"
      suspend: false
`

// TestTheContractApplies applies the manifests as kubectl apply --server-side does, which refuses unknown fields, and gets back what it sent.
func TestTheContractApplies(t *testing.T) {
	strict := client.WithFieldValidation(env.Client, metav1.FieldValidationStrict)
	for _, name := range []string{"commerce", "warehouse"} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := client.IgnoreAlreadyExists(env.Client.Create(t.Context(), namespace)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range contract {
		t.Run(c.name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("testdata", "contract", c.file))
			if err != nil {
				t.Fatal(err)
			}
			text := string(content)
			for _, r := range c.replaced {
				if strings.Count(text, r.old) != 1 {
					t.Fatalf("%s does not have this once (%s): %s", c.file, r.why, r.old)
				}
				text = strings.Replace(text, r.old, r.new, 1)
			}
			sent := &unstructured.Unstructured{Object: parse(t, text).(map[string]any)}
			got := sent.DeepCopy()
			if err := strict.Apply(context.Background(), client.ApplyConfigurationFromUnstructured(got), client.FieldOwner("kubectl"), client.DryRunAll); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sent.Object["spec"], got.Object["spec"]); diff != "" {
				t.Errorf("spec sent and kept differ (-sent +kept):\n%s", diff)
			}
			if got.GetUID() == "" {
				t.Error("the apiserver's answer was not read")
			}
		})
	}
}
