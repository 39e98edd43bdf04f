package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The workload of the call budget: consumers, each with three queues and a subscription, on a few topics.
const (
	consumers = 300
	topics    = 6
)

// The largest test of the package: some seconds, most of them the apiserver's.
func TestP64Budget300Consumers(t *testing.T) {
	w := newWorld(t)
	w.aws.ResetCalls()
	w.createMany()
	w.ready()
	w.atMost("to converge", 10.5)

	w.recheck(3 * consumers)
	before, worked := w.versions(), reconciles(t)
	w.recheck(3 * consumers)
	w.atMost("a re-check", ownReads+1)
	w.untouched(before)
	// Objects at rest are worked on once a re-check; a topology and the account besides at most once more.
	if n, most := reconciles(t)-worked, float64(consumers+2*(topics+1)); n < consumers || n > most {
		t.Errorf("%.0f reconciles a re-check of %d consumers, want at most %.0f", n, consumers, most)
	}

	w.stop()
	w.aws.ResetCalls()
	w.start()
	w.settled("the restarted operator to look at all queues", func() bool { return w.calls()["sqs:GetQueueAttributes"] >= 3*consumers })
	w.atMost("after a restart", 5)
	w.untouched(before)
}

// reconciles is how often this process has worked on an object so far.
func reconciles(t *testing.T) float64 {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for _, family := range families {
		if family.GetName() == "controller_runtime_reconcile_total" {
			for _, m := range family.GetMetric() {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// createMany makes the workload.
func (w *world) createMany() {
	w.t.Helper()
	for i := range topics {
		w.topology(fmt.Sprintf("topology-%d", i), asIs)
	}
	var g errgroup.Group
	g.SetLimit(16)
	for i := range consumers {
		cq := w.newQueue(fmt.Sprintf("consumer-%03d", i), to(fmt.Sprintf("topology-%d", i%topics), "events"))
		g.Go(func() error { return w.Create(w.ctx, cq) })
	}
	if err := g.Wait(); err != nil {
		w.t.Fatal(err)
	}
}

// atMost fails where the calls since the last reset were more a consumer.
func (w *world) atMost(what string, most float64) {
	w.t.Helper()
	each := float64(total(w.calls())) / consumers
	w.t.Logf("%.2f calls a consumer %s", each, what)
	if each > most {
		w.t.Errorf("%.2f calls a consumer %s, want at most %.1f: %v", each, what, most, w.calls())
	}
}

// Two topics, one of them with 12,000 subscriptions of others: what a consumer goes through costs the same on both, and lists no topic.
func TestBudgetTopicWithManySubscriptions(t *testing.T) {
	w := newWorld(t)
	few, many := w.topology("few", asIs), w.topology("many", asIs)
	w.ready(few, many)
	w.subscribe(many.Status.Topics[0].ARN, 12_000)

	on := map[string]*v1alpha1.ConsumerQueue{}
	for _, stage := range []struct {
		name string
		run  func(topology string)
	}{
		{"made", func(topology string) {
			on[topology] = w.queue("consumer-of-"+topology, to(topology, "events"))
		}},
		{"checked", func(topology string) {
			edit(w, on[topology], func(cq *v1alpha1.ConsumerQueue) {
				cq.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
			})
		}},
		{"given another filter", func(topology string) {
			edit(w, on[topology], func(cq *v1alpha1.ConsumerQueue) {
				cq.Spec.Subscriptions[0].FilterPolicy = filter("kind", "created")
			})
		}},
	} {
		costs := map[string]map[string]int{}
		for _, topology := range []string{"few", "many"} {
			w.aws.ResetCalls()
			stage.run(topology)
			w.settled("the consumer to be ready", func() bool { return len(w.calls()) > 0 })
			w.ready()
			costs[topology] = w.calls()
		}
		if diff := cmp.Diff(costs["few"], costs["many"]); diff != "" {
			t.Errorf("calls of a consumer that is %s (-few +many):\n%s", stage.name, diff)
		}
	}
	w.aws.ResetCalls()
	edit(w, on["many"], func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionDelete })
	if err := w.Delete(w.ctx, on["many"]); err != nil {
		t.Fatal(err)
	}
	w.settled("the consumer to be gone", func() bool { return len(w.objects()) == 3 })
	if n := w.calls()["sns:ListSubscriptionsByTopic"]; n > 0 {
		t.Errorf("the deletion listed the topic's subscriptions with %d calls", n)
	}
}

// subscribe makes others' subscriptions to a topic.
func (w *world) subscribe(topicARN string, n int) {
	w.t.Helper()
	c := w.hands().sns
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(4)
	for i := range n {
		g.Go(func() error {
			_, err := c.Subscribe(ctx, &sns.SubscribeInput{
				TopicArn: &topicARN, Protocol: aws.String("sqs"), Endpoint: aws.String(fmt.Sprintf("arn:aws:sqs:%s:%s:other-%d", region, accountID, i)),
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		w.t.Fatal(err)
	}
}
