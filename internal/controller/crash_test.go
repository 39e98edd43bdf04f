package controller_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// A call has its effect, and then the answer is lost, or the operator dies before it has written down what it did.

// writesOf is how many writing calls making and deleting pair's objects takes.
const writesOf = 5

// accident lets the nth writing call have its effect without an answer, and runs what happens then.
func (w *world) accident(nth int64, then func()) (happened <-chan struct{}) {
	var n atomic.Int64
	done := make(chan struct{})
	w.hook(func(c localaws.Call) localaws.Fault {
		if !c.Mutating || n.Add(1) != nth {
			return localaws.Fault{}
		}
		then()
		close(done)
		return localaws.Fault{AfterEffect: true, Code: "Lost"}
	})
	return done
}

// pair makes a topology and a consumer of it, without waiting for them.
func (w *world) pair() (*v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	mt := w.topology("orders", asIs)
	return mt, w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions, s.DeletionPolicy = []v1alpha1.Subscription{subscribed("orders", "events")}, v1alpha1.DeletionDelete
	})
}

// foreigners are resources of someone else beside the pair's.
func (w *world) foreigners() {
	w.t.Helper()
	w.createQueue("theirs", nil, nil)
	w.subscribe(w.sns(), w.createTopic("theirs"), "arn:aws:sqs:us-east-1:"+w.accountID+":theirs", nil)
}

// accidents are what happens beside the lost answer; run waits for it and repairs the operator.
var accidents = []struct {
	name string
	run  func(w *world, nth int64, act func())
}{
	{"answer lost", func(w *world, nth int64, act func()) {
		happened := w.accident(nth, func() {})
		act()
		w.eventually("the accident", closed(happened))
	}},
	{"operator dies", func(w *world, nth int64, act func()) {
		happened := w.accident(nth, func() { w.kill() })
		act()
		w.eventually("the accident", closed(happened))
		w.stop()
		w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
		w.start()
	}},
	{"object changed meanwhile", func(w *world, nth int64, act func()) {
		happened := w.accident(nth, func() {
			for _, o := range []client.Object{&v1alpha1.ConsumerQueue{}, &v1alpha1.MessagingTopology{}} {
				name := map[bool]string{true: "inventory", false: "orders"}[typeName(o) == "ConsumerQueue"]
				if err := w.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, o); err == nil {
					o.SetLabels(map[string]string{"touched": fmt.Sprint(nth)})
					_ = w.Update(w.ctx, o)
				}
			}
		})
		act()
		w.eventually("the accident", closed(happened))
	}},
}

func closed(c <-chan struct{}) func() bool {
	return func() bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
}

func TestAccidentsWhileMaking(t *testing.T) {
	for _, a := range accidents {
		for nth := range int64(writesOf) {
			t.Run(fmt.Sprintf("%s %d", a.name, nth+1), func(t *testing.T) {
				w := newWorld(t)
				w.foreigners()
				var mt *v1alpha1.MessagingTopology
				var cq *v1alpha1.ConsumerQueue
				a.run(w, nth+1, func() { mt, cq = w.pair() })
				w.ready(mt)
				w.ready(cq)
				w.onlyThePair(mt, cq)
				w.quiet()
				w.aws.ResetCalls()
				w.settled()
				w.noCalls(mutating)
				w.onlyThePair(mt, cq)
			})
		}
	}
}

func TestAccidentsWhileDeleting(t *testing.T) {
	for _, a := range accidents {
		for nth := range int64(writesOf) {
			t.Run(fmt.Sprintf("%s %d", a.name, nth+1), func(t *testing.T) {
				w := newWorld(t)
				w.foreigners()
				mt, cq := w.pair()
				w.ready(mt)
				w.ready(cq)
				a.run(w, nth+1, func() {
					w.delete(cq)
					w.delete(mt)
				})
				w.gone(cq)
				w.gone(mt)
				w.foreignersOnly()
			})
		}
	}
}

// onlyThePair checks that AWS holds the pair's resources once, and those of someone else.
func (w *world) onlyThePair(mt *v1alpha1.MessagingTopology, cq *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	name := cq.Status.QueueName
	want := []string{name, name + "-dlq", name + "-undelivered", "theirs"}
	got := w.queueNames()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("queues (-want +got):\n%s", diff)
	}
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 1 || got[0] != cq.Status.QueueARN {
		w.t.Errorf("the topic's subscriptions are %v", got)
	}
	if sub := w.subscription(cq.Status.Subscriptions[0].SubscriptionARN); sub == nil || sub["RawMessageDelivery"] != "true" {
		w.t.Errorf("the status names the subscription %s: %v", cq.Status.Subscriptions[0].SubscriptionARN, sub)
	}
	main := w.attributes(name)
	if !containsAll(main["Policy"], "SkeinTopics", mt.Status.Topics[0].ARN) || !strings.Contains(main["RedrivePolicy"], name+"-dlq") {
		w.t.Errorf("the queue is %v", main)
	}
	for _, row := range append(slices.Clone(cq.Status.Resources), mt.Status.Resources...) {
		if row.State != v1alpha1.ResourcePresent || row.ARN == "" || len(row.Fields) == 0 {
			w.t.Errorf("the inventory has %+v", row)
		}
	}
	if n := len(cq.Status.Resources); n != 4 {
		w.t.Errorf("the inventory has %d rows", n)
	}
}

// foreignersOnly checks that AWS holds what belongs to someone else, and nothing more.
func (w *world) foreignersOnly() {
	w.t.Helper()
	if got := w.queueNames(); len(got) != 1 || got[0] != "theirs" {
		w.t.Errorf("the queues are %v", got)
	}
	if got := w.topicNames(); len(got) != 1 || got[0] != "theirs" {
		w.t.Errorf("the topics are %v", got)
	}
	if got := w.subscriptions("arn:aws:sns:us-east-1:" + w.accountID + ":theirs"); len(got) != 1 {
		w.t.Errorf("the subscriptions are %v", got)
	}
}

// The change reaches AWS while the user takes it back: the patch that was to record it meets a conflict, and what is wanted is again what
// was wanted before.
func TestChangeTakenBackWhileItIsMade(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.pass(5 * time.Minute)
	var once sync.Once
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SetQueueAttributes" {
			once.Do(func() {
				edit(w, &v1alpha1.ConsumerQueue{ObjectMeta: cq.ObjectMeta}, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "" })
			})
		}
		return localaws.Fault{}
	})
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.soon("the change to be made", func() bool { return w.attributes(cq.Status.QueueName)["VisibilityTimeout"] == "120" })
	began := w.clock.Now()
	w.eventually("the change to be taken back", func() bool { return w.attributes(cq.Status.QueueName)["VisibilityTimeout"] == "30" })
	if took := w.clock.Now().Sub(began); took > 2*time.Minute {
		t.Errorf("taken back after %s", took)
	}
	w.ready(cq)
	if got := cq.Status.Resources[0].Fields["VisibilityTimeout"]; got != topology.Hash("30") {
		t.Errorf("the inventory has %s, want %s", got, topology.Hash("30"))
	}
}
