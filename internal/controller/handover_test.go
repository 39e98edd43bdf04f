package controller_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// The procedures of docs/operations.md, Handover: with messages flowing at every step, and nothing made anew.

// flow publishes to a topic, and knows what must arrive.
type flow struct {
	w     *world
	topic string
	queue string
	sent  []string
}

// publish sends the next message; what is not delivered at once is lost.
func (f *flow) publish(step string) {
	f.w.t.Helper()
	body := fmt.Sprintf("%02d %s", len(f.sent), step)
	if _, err := f.w.sns().Publish(f.w.ctx, &sns.PublishInput{TopicArn: &f.topic, Message: &body}); err != nil {
		f.w.t.Fatalf("%s: %v", step, err)
	}
	f.sent = append(f.sent, body)
}

// arrived checks that the queue has every message, once.
func (f *flow) arrived() {
	f.w.t.Helper()
	url, err := f.w.sqs().GetQueueUrl(f.w.ctx, &sqs.GetQueueUrlInput{QueueName: &f.queue})
	if err != nil {
		f.w.t.Fatal(err)
	}
	var got []string
	for f.w.attributes(path.Base(*url.QueueUrl))["ApproximateNumberOfMessages"] != "0" {
		out, err := f.w.sqs().ReceiveMessage(f.w.ctx, &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, MaxNumberOfMessages: 10})
		if err != nil {
			f.w.t.Fatal(err)
		}
		for _, m := range out.Messages {
			got = append(got, *m.Body)
			if _, err := f.w.sqs().DeleteMessage(f.w.ctx, &sqs.DeleteMessageInput{QueueUrl: url.QueueUrl, ReceiptHandle: m.ReceiptHandle}); err != nil {
				f.w.t.Fatal(err)
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(f.sent, got); diff != "" {
		f.w.t.Errorf("messages (-sent +received):\n%s", diff)
	}
}

// nothingAnew checks that no step made, deleted or unsubscribed anything.
func (w *world) nothingAnew() {
	w.t.Helper()
	w.noCalls(func(c localaws.Call) bool {
		return slices.Contains([]string{"CreateQueue", "DeleteQueue", "CreateTopic", "DeleteTopic", "Subscribe", "Unsubscribe"}, c.Operation)
	})
}

// fanout is a topology with an inline consumer, under names that do not depend on the namespace. It keeps its messages long enough for the test.
func (w *world) fanout(name string, change func(*v1alpha1.MessagingTopology)) (*v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	mt.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
	mt.Spec.Topics = []v1alpha1.Topic{{Name: "events", TopicName: "orders-events"}}
	mt.Spec.Consumers = []v1alpha1.InlineConsumer{{Name: "fraud", Subscriptions: []v1alpha1.InlineSubscription{{Topic: "events"}}}}
	mt.Spec.Consumers[0].QueueName = "orders-fraud"
	change(mt)
	w.create(mt)
	return mt, &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name + "-fraud"}}
}

// inventory is a ConsumerQueue of the topic, under names that do not depend on the namespace.
func (w *world) inventory(name, topic string, change func(*v1alpha1.ConsumerQueue)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	cq.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
	cq.Spec.QueueName = "orders-inventory"
	cq.Spec.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}}
	change(cq)
	w.create(cq)
	return cq
}

// owners are the ownership tags of a queue, and of a topic where one is named.
func (w *world) owner(queue string) string {
	tags := w.everything(queue)
	return tags["tag skein.dev/cluster"] + " " + tags["tag skein.dev/namespace"] + "/" + tags["tag skein.dev/name"]
}

func from(cluster string, m metav1.Object) {
	m.SetAnnotations(map[string]string{v1alpha1.AnnotationAdoptFromCluster: cluster})
}

func TestHandoverBetweenClustersOfAConsumer(t *testing.T) {
	old := newWorld(t)
	topic := old.createTopic("orders-events")
	cq := old.inventory("inventory", topic, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	old.ready(cq)
	subscription := cq.Status.Subscriptions[0].SubscriptionARN
	f := &flow{w: old, topic: topic, queue: "orders-inventory"}
	f.publish("before")
	old.settled()
	before := old.everything("orders-inventory")
	there := old.beside("new-cluster")
	old.aws.ResetCalls()

	// 1. The old object lets go, and writes no more.
	edit(old, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.DeletionPolicy, cq.Spec.Suspend = v1alpha1.DeletionRetain, true
	})
	old.ready(cq)
	f.publish("the old one is suspended")
	// 2. The new one says whose it takes.
	moved := there.inventory("inventory", topic, func(cq *v1alpha1.ConsumerQueue) {
		from(cluster, cq)
		cq.Spec.AdoptionPolicy, cq.Spec.VisibilityTimeout = v1alpha1.AdoptionAdopt, "2m"
	})
	there.announced(moved)
	f.publish("announced")
	there.ready(moved)
	f.publish("taken over")
	if got := old.owner("orders-inventory-undelivered"); got != "new-cluster "+there.namespace+"/inventory" {
		t.Errorf("the undelivered queue is of %s", got)
	}
	if moved.Status.Subscriptions[0].SubscriptionARN != subscription {
		t.Errorf("the subscription was %s and is %s", subscription, moved.Status.Subscriptions[0].SubscriptionARN)
	}
	after := old.everything("orders-inventory")
	for _, key := range []string{"cluster", "namespace"} {
		delete(before, "tag skein.dev/"+key)
		delete(after, "tag skein.dev/"+key)
	}
	delete(before, "LastModifiedTimestamp")
	delete(after, "LastModifiedTimestamp")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the queue has changed:\n%s", diff)
	}
	// 3. The old one goes.
	old.delete(cq)
	old.gone(cq)
	f.publish("the old one is deleted")
	old.pass(time.Hour)
	there.ready(moved)
	old.nothingAnew()
	// Once the annotation is gone too it is a queue like any other.
	edit(there, moved, func(cq *v1alpha1.ConsumerQueue) { cq.Annotations, cq.Spec.AdoptionPolicy = nil, "" })
	there.ready(moved)
	f.publish("done")
	f.arrived()
	edit(there, moved, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionDelete })
	there.delete(moved)
	there.gone(moved)
	if names := old.queueNames(); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
}

// An old operator that was not suspended sees that the queue is not its own any more, and does not fight.
func TestHandoverBetweenClustersIsNoFight(t *testing.T) {
	old := newWorld(t)
	topic := old.createTopic("orders-events")
	adopting := func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.AdoptionPolicy, cq.Spec.VisibilityTimeout = v1alpha1.AdoptionAdopt, "1m"
	}
	edit(old, old.accountObject(), func(a *v1alpha1.AWSAccount) { a.Spec.Adoption = v1alpha1.AdoptionAllowed })
	cq := old.inventory("inventory", topic, func(cq *v1alpha1.ConsumerQueue) {
		adopting(cq)
		from("new-cluster", cq)
	})
	old.ready(cq)
	f := &flow{w: old, topic: topic, queue: "orders-inventory"}
	f.publish("before")
	old.settled()
	there := old.beside("new-cluster")
	old.aws.ResetCalls()
	moved := there.inventory("inventory", topic, func(cq *v1alpha1.ConsumerQueue) {
		adopting(cq)
		from(cluster, cq)
		cq.Spec.VisibilityTimeout = "3m"
	})
	there.ready(moved)
	f.publish("taken over")
	// Even though both name each other's cluster.
	old.waitFor(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonNotOwned)
	old.mentions(conditionOf(cq, "Ready").Message, "new-cluster", "Retain")
	edit(old, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	old.pass(time.Hour)
	there.ready(moved)
	if got := old.attributes("orders-inventory")["VisibilityTimeout"]; got != "180" || old.owner("orders-inventory") != "new-cluster "+there.namespace+"/inventory" {
		t.Errorf("the visibility timeout is %s and the owner %s", got, old.owner("orders-inventory"))
	}
	f.publish("both are there")
	edit(old, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	old.delete(cq)
	old.gone(cq)
	f.publish("the old one is deleted")
	there.ready(moved)
	old.nothingAnew()
	f.arrived()
}

func TestHandoverBetweenClustersOfATopology(t *testing.T) {
	old := newWorld(t)
	mt, child := old.fanout("orders", func(*v1alpha1.MessagingTopology) {})
	old.ready(mt)
	old.ready(child)
	f := &flow{w: old, topic: mt.Status.Topics[0].ARN, queue: "orders-fraud"}
	f.publish("before")
	old.settled()
	there := old.beside("new-cluster")
	old.aws.ResetCalls()
	edit(old, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.DeletionPolicy, mt.Spec.Suspend = v1alpha1.DeletionRetain, true
	})
	old.eventually("the child to follow", func() bool {
		return old.Get(old.ctx, keyOf(child), child) == nil && child.Spec.Suspend && child.Spec.DeletionPolicy == v1alpha1.DeletionRetain
	})
	f.publish("the old one is suspended")
	moved, movedChild := there.fanout("orders", func(mt *v1alpha1.MessagingTopology) {
		from(cluster, mt)
		mt.Spec.AdoptionPolicy = v1alpha1.AdoptionAdopt
	})
	there.announced(moved)
	f.publish("announced")
	there.ready(moved)
	f.publish("the topic is taken over")
	there.ready(movedChild)
	f.publish("all is taken over")
	old.delete(mt)
	old.gone(child)
	old.gone(mt)
	f.publish("the old one is deleted")
	old.pass(time.Hour)
	there.ready(moved)
	there.ready(movedChild)
	f.publish("done")
	old.nothingAnew()
	if got := old.subscriptions(f.topic); len(got) != 1 {
		t.Errorf("the subscriptions are %v", got)
	}
	f.arrived()
}

// From one object to another of the same cluster: the old one goes first, for it wins while it exists.
func TestHandoverBetweenObjects(t *testing.T) {
	w := adoptingWorld(t)
	mt, child := w.fanout("orders", func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.ready(mt)
	w.ready(child)
	f := &flow{w: w, topic: mt.Status.Topics[0].ARN, queue: "orders-fraud"}
	f.publish("before")
	w.settled()
	w.aws.ResetCalls()
	heir, heirChild := w.fanout("shop", func(mt *v1alpha1.MessagingTopology) { mt.Spec.AdoptionPolicy = v1alpha1.AdoptionAdopt })
	w.mentions(w.stalled(heir, v1alpha1.ReasonOwnedByAnother), "orders")
	w.waitFor(heirChild, "Ready", metav1.ConditionFalse, v1alpha1.ReasonOwnedByAnother)
	w.noCalls(mutating)
	f.publish("both are there")
	w.delete(mt)
	w.gone(child)
	w.gone(mt)
	f.publish("the old one is deleted")
	w.ready(heir)
	w.ready(heirChild)
	f.publish("taken over")
	w.pass(time.Hour)
	w.ready(heir)
	w.ready(heirChild)
	f.publish("done")
	w.nothingAnew()
	for _, o := range []client.Object{heir, heirChild} {
		if !strings.Contains(w.owner("orders-fraud"), "/shop-fraud") {
			t.Errorf("%s: the queue is of %s", o.GetName(), w.owner("orders-fraud"))
		}
	}
	f.arrived()
}

func TestHandoverBetweenObjectsOfAConsumer(t *testing.T) {
	w := adoptingWorld(t)
	topic := w.createTopic("orders-events")
	cq := w.inventory("inventory", topic, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.ready(cq)
	f := &flow{w: w, topic: topic, queue: "orders-inventory"}
	f.publish("before")
	w.settled()
	w.aws.ResetCalls()
	w.delete(cq)
	w.gone(cq)
	f.publish("the old one is deleted")
	heir := w.inventory("stock", topic, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.AdoptionPolicy = v1alpha1.AdoptionAdopt })
	w.announced(heir)
	f.publish("announced")
	w.ready(heir)
	f.publish("taken over")
	w.pass(time.Hour)
	w.ready(heir)
	w.nothingAnew()
	if got := w.owner("orders-inventory-dlq"); got != cluster+" "+w.namespace+"/stock" {
		t.Errorf("the dead-letter queue is of %s", got)
	}
	f.arrived()
}

// Ready means that it is done: whoever waits for it may delete either object.
func TestHandoverIsDoneWhenItIsReady(t *testing.T) {
	w := adoptingWorld(t)
	topic := w.createTopic("orders-events")
	cq := w.inventory("inventory", topic, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.ready(cq)
	w.delete(cq)
	w.gone(cq)
	heir := w.inventory("stock", topic, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.AdoptionPolicy, cq.Spec.DeletionPolicy = v1alpha1.AdoptionAdopt, v1alpha1.DeletionDelete
	})
	w.ready(heir)
	for _, row := range heir.Status.Resources {
		if row.State != v1alpha1.ResourcePresent {
			t.Errorf("%s is %s though the object is Ready", row.Resource, row.State)
		}
	}
	w.delete(heir)
	w.gone(heir)
	if left := w.queueNames(); len(left) > 0 {
		t.Errorf("left in AWS: %v", left)
	}
}
