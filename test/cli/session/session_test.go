package session

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const (
	namespace = "stores"
	messages  = 5
)

// TestS4Session: the poison messages of S4, from healthy to dead letters, seen through kubectl skein alone.
func TestS4Session(t *testing.T) {
	folder := build(t, "manager", "kubectl-skein")
	cloud := startAWS(t)
	startOperator(t, folder)
	declare(t, cloud)
	r := &recording{folder: folder, kubeconfig: env.Kubeconfig, shown: strings.NewReplacer(string(cloud), "https://sqs."+region+".amazonaws.com")}
	// The topic counts its subscriptions anew.
	r.run(t, "kubectl skein reconcile mt/orders -n stores --wait")
	r.text.Reset()
	r.text.WriteString("# A session with kubectl skein\n\nEvery command and every line below it is what the programs do: a test plays this session and compares. The commands are described in [kubectl skein](cli.md).\n")

	r.say("A topic and two queues that receive from it.")
	r.run(t, "kubectl skein status -n stores --events 0")

	r.say(fmt.Sprintf("The worker of `reliable` cannot handle %d messages. It receives each of them twice, and the queue gives it up. The operator would see it at its next look; we want to know now.", messages))
	poison(t, cloud)
	r.run(t, "kubectl skein reconcile reliable -n stores --wait")
	told(t, v1alpha1.ReasonDeadLettersPresent)
	r.run(t, "kubectl skein status reliable -n stores --events 2")

	r.say("What are they? Looking loses nothing; it says what it costs.")
	r.run(t, "kubectl skein dlq reliable -n stores --max 3")
	r.run(t, "kubectl skein dlq reliable -n stores --max 1 --full")

	r.say("The worker is mended. They go back, two a second here, so that it can be seen; on a terminal the progress is a bar.")
	r.run(t, "kubectl skein redrive reliable -n stores --rate 2 --wait")
	r.run(t, "kubectl skein dlq reliable -n stores")
	handled(t, cloud)
	r.say(fmt.Sprintf("The worker has handled all %d of them.", messages))
	r.run(t, "kubectl skein reconcile reliable -n stores --wait")
	r.run(t, "kubectl skein status -n stores --events 0")
	r.compare(t, filepath.Join("..", "..", "..", "docs", "cli-session.md"))
}

// declare makes what the session looks at, and waits until it is ready.
func declare(t *testing.T, cloud aws) {
	t.Helper()
	subscriptions := []v1alpha1.Subscription{{Topology: &v1alpha1.TopologyReference{Name: "orders"}, Topic: "events"}}
	queues := []*v1alpha1.ConsumerQueue{
		{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "archive"}, Spec: v1alpha1.ConsumerQueueSpec{Subscriptions: subscriptions}},
		{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "reliable"}, Spec: v1alpha1.ConsumerQueueSpec{
			QueueSettings: v1alpha1.QueueSettings{QueueName: "reliable_q", DeadLetter: &v1alpha1.DeadLetter{QueueName: "dlq_for_reliable_q", MaxReceiveCount: ptr.To[int32](2)}},
			Subscriptions: subscriptions,
		}},
	}
	objects := []client.Object{
		&v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}, Spec: v1alpha1.AWSAccountSpec{Region: region, Endpoint: string(cloud)}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		&v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "orders"}, Spec: v1alpha1.MessagingTopologySpec{Topics: []v1alpha1.Topic{{Name: "events"}}}},
	}
	for _, cq := range queues {
		objects = append(objects, cq)
	}
	for _, object := range objects {
		if err := env.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "everything is ready and counted", func(ctx context.Context) (bool, error) {
		for _, cq := range queues {
			if err := env.Client.Get(ctx, client.ObjectKeyFromObject(cq), cq); err != nil {
				return false, err
			}
			if !meta.IsStatusConditionTrue(cq.Status.Conditions, v1alpha1.ConditionReady) || cq.Status.Messages == nil {
				return false, nil
			}
		}
		mt := &v1alpha1.MessagingTopology{}
		if err := env.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "orders"}, mt); err != nil {
			return false, err
		}
		return mt.Status.Consumers != nil && mt.Status.Consumers.Ready == 2, nil
	})
}

// handled receives and deletes every message that was poison once.
func handled(t *testing.T, cloud aws) {
	t.Helper()
	queue := fmt.Sprintf("%s/%s/reliable_q", cloud, accountID)
	bodies := map[string]int{}
	for {
		var got struct {
			Messages []struct{ Body, ReceiptHandle string }
		}
		cloud.sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}, &got)
		if len(got.Messages) == 0 {
			break
		}
		for _, m := range got.Messages {
			bodies[m.Body]++
			cloud.sqs(t, "DeleteMessage", map[string]any{"QueueUrl": queue, "ReceiptHandle": m.ReceiptHandle}, nil)
		}
	}
	for i := range messages {
		if body := body(i); bodies[body] != 1 {
			t.Errorf("%s came %d times, want once", body, bodies[body])
		}
	}
	if len(bodies) != messages {
		t.Errorf("%d messages came, want %d", len(bodies), messages)
	}
}

func body(i int) string { return fmt.Sprintf(`{"order": %d}`, i+1) }

// poison sends messages and receives each of them until it is a dead letter.
func poison(t *testing.T, cloud aws) {
	t.Helper()
	queue := fmt.Sprintf("%s/%s/reliable_q", cloud, accountID)
	for i := range messages {
		cloud.sqs(t, "SendMessage", map[string]any{"QueueUrl": queue, "MessageBody": body(i)}, nil)
	}
	for {
		var got struct{ Messages []struct{ Body string } }
		cloud.sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "WaitTimeSeconds": 0}, &got)
		if len(got.Messages) == 0 {
			return
		}
	}
}

// told waits for an event with that reason: they come a moment after the status.
func told(t *testing.T, reason string) {
	t.Helper()
	eventually(t, "an event says "+reason, func(ctx context.Context) (bool, error) {
		var events corev1.EventList
		err := env.Client.List(ctx, &events, client.InNamespace(namespace), client.MatchingFields{"reason": reason})
		return len(events.Items) > 0, err
	})
}

func eventually(t *testing.T, what string, done func(context.Context) (bool, error)) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, patience, true, done); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}
