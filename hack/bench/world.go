package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/testenv"
)

const (
	accountID      = "123456789012"
	region         = "us-east-1"
	topicConsumers = 50
	// teamTag is a tag that the consumers declare.
	teamTag = "team"
	// writers is how many requests the bench has at the apiserver at a time.
	writers = 4
)

// world are the objects of one measurement.
type world struct {
	client.Client
	namespace, account string
	topologies         []*v1alpha1.MessagingTopology
	consumers          []*v1alpha1.ConsumerQueue
}

// newWorld declares consumers, so many to a topic; nothing is created yet.
func newWorld(env *testenv.Env, name string, consumers, perTopic int, undelivered bool) (*world, error) {
	config := rest.CopyConfig(env.Config)
	config.QPS = -1
	c, err := client.New(config, client.Options{Scheme: env.Scheme})
	if err != nil {
		return nil, err
	}
	w := &world{Client: c, namespace: name, account: name}
	for i := range (consumers + perTopic - 1) / perTopic {
		w.topologies = append(w.topologies, &v1alpha1.MessagingTopology{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: topologyName(i)},
			Spec: v1alpha1.MessagingTopologySpec{
				AccountRef: &v1alpha1.AccountReference{Name: name}, Topics: []v1alpha1.Topic{{Name: "events"}},
			},
		})
	}
	for i := range consumers {
		w.consumers = append(w.consumers, consumer(name, i, topologyName(i/perTopic), undelivered))
	}
	return w, nil
}

func topologyName(i int) string { return fmt.Sprintf("topology-%02d", i) }

func consumer(namespace string, i int, topology string, undelivered bool) *v1alpha1.ConsumerQueue {
	cq := &v1alpha1.ConsumerQueue{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("consumer-%04d", i)},
		Spec: v1alpha1.ConsumerQueueSpec{
			AccountRef: &v1alpha1.AccountReference{Name: namespace},
			QueueSettings: v1alpha1.QueueSettings{
				VisibilityTimeout: "5m", DeletionPolicy: v1alpha1.DeletionDelete, Tags: v1alpha1.Tags{teamTag: "bench"},
			},
			Subscriptions: []v1alpha1.Subscription{{
				Topology: &v1alpha1.TopologyReference{Name: topology}, Topic: "events",
				SubscriptionSettings: v1alpha1.SubscriptionSettings{FilterPolicy: v1alpha1.FilterPolicy{
					"eventType": apiextensionsv1.JSON{Raw: []byte(`["OrderPlaced","OrderUpdated"]`)},
				}},
			}},
		},
	}
	if !undelivered {
		cq.Spec.Undelivered = &v1alpha1.Undelivered{Disabled: true}
	}
	return cq
}

// queues are the AWS names of the consumers' own queues, by the rule for default names.
func (w *world) queues() []string {
	var out []string
	for _, cq := range w.consumers {
		out = append(out, cq.Namespace+"-"+cq.Name)
	}
	return out
}

// createAccount creates what must be there before: a namespace and an AWSAccount.
func (w *world) createAccount(ctx context.Context, endpoint string, resync time.Duration) error {
	account := &v1alpha1.AWSAccount{
		ObjectMeta: metav1.ObjectMeta{Name: w.account},
		Spec:       v1alpha1.AWSAccountSpec{Region: region, Endpoint: endpoint, ResyncPeriod: v1alpha1.Duration(fmt.Sprintf("%ds", int(resync.Seconds())))},
	}
	for _, object := range []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}, account} {
		if err := w.Create(ctx, object); err != nil {
			return fmt.Errorf("creating %s: %w", object.GetName(), err)
		}
	}
	return nil
}

// apply creates topologies and consumers in that order without waiting in between, as kubectl apply would.
func (w *world) apply(ctx context.Context) error {
	for _, mt := range w.topologies {
		if err := w.Create(ctx, mt); err != nil {
			return fmt.Errorf("creating topology %s: %w", mt.Name, err)
		}
	}
	return w.each(ctx, func(ctx context.Context, cq *v1alpha1.ConsumerQueue) error { return w.Create(ctx, cq) })
}

// change gives every consumer another visibility timeout.
func (w *world) change(ctx context.Context) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"visibilityTimeout": "6m"}})
	if err != nil {
		return err
	}
	return w.each(ctx, func(ctx context.Context, cq *v1alpha1.ConsumerQueue) error {
		return w.Patch(ctx, cq, client.RawPatch(types.MergePatchType, patch))
	})
}

// remove deletes everything that apply created.
func (w *world) remove(ctx context.Context) error {
	for _, kind := range []client.Object{&v1alpha1.ConsumerQueue{}, &v1alpha1.MessagingTopology{}} {
		if err := w.DeleteAllOf(ctx, kind, client.InNamespace(w.namespace)); err != nil {
			return fmt.Errorf("deleting everything in %s: %w", w.namespace, err)
		}
	}
	return nil
}

// each does something to every consumer, a few at a time.
func (w *world) each(ctx context.Context, do func(context.Context, *v1alpha1.ConsumerQueue) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for _, cq := range w.consumers {
		g.Go(func() error {
			if err := do(ctx, cq); err != nil {
				return fmt.Errorf("writing consumer %s: %w", cq.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}
