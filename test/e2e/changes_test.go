package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The steps of docs/changing-what-cannot-change.md, with messages that are counted to the last one. The numbers of the steps are those there.

// books is the workers' one place of business keys.
type books struct {
	w worker
	// handled are the keys in the order in which they were handled, and dropped those that came again.
	handled, dropped []string
	// fails are keys that a worker cannot handle for now.
	fails map[string]bool
}

// work lets the workers of a queue handle what it holds.
func (b *books) work(queue string) {
	b.w.t.Helper()
	b.w.work(queue, func(m message) bool {
		key := m.attributes["key"]
		switch {
		case b.fails[key]:
			return false
		case slices.Contains(b.handled, key):
			b.dropped = append(b.dropped, key)
		default:
			b.handled = append(b.handled, key)
		}
		return true
	})
}

// all checks that everything was handled once, and how many duplicates were dropped.
func (b *books) all(want []string, dropped int) {
	b.w.t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(b.handled))); diff != "" {
		b.w.t.Errorf("handled (-published +handled):\n%s", diff)
	}
	if len(b.dropped) != dropped {
		b.w.t.Errorf("dropped %d duplicates, want %d: %v", len(b.dropped), dropped, b.dropped)
	}
}

// createSample creates the objects of a file of config/samples in the world's namespace and account, beside what is there.
func (w *world) createSample(file string) {
	w.t.Helper()
	for _, o := range moved(sample(w.t, file), w.namespace, w.account) {
		create(w.t, o)
	}
	w.ready()
}

func (w *world) consumer(name string) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	o := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(o), o); err != nil {
		w.t.Fatal(err)
	}
	return o
}

// drained waits until the status of a consumer shows that none of its queues holds anything.
func (w *world) drained(name string) {
	w.t.Helper()
	w.settled("the status of "+name+" to show no messages", func() bool {
		w.jump(time.Minute)
		messages := w.consumer(name).Status.Messages
		return messages != nil && *messages == v1alpha1.MessageCounts{}
	})
}

// deleted deletes an object and waits until it is gone.
func (w *world) deleted(o client.Object) {
	w.t.Helper()
	if err := w.Delete(w.ctx, o); err != nil {
		w.t.Fatal(err)
	}
	w.settled(o.GetName()+" to be gone", func() bool {
		w.jump(10 * time.Second)
		return apierrors.IsNotFound(w.Get(w.ctx, client.ObjectKeyFromObject(o), o))
	})
}

func TestImmutableChangeRenamesAQueue(t *testing.T) {
	w := newWorld(t)
	w.createSample("changes/rename-queue/before.yaml")
	p := inProcess{w.hands()}
	b := &books{w: worker{w, p}, fails: map[string]bool{}}
	topic, n := w.hands().topic("billing-orders"), 0
	var published []string
	publish := func(count int) {
		t.Helper()
		for range count {
			for _, kind := range []string{"order.created", "order.cancelled"} {
				key := kind + " " + strconv.Itoa(n)
				b.w.must(p.publish(topic, message{body: "{}", attributes: map[string]string{"event_type": kind, "key": key}}))
				if kind == "order.created" {
					published = append(published, key)
				}
			}
			n++
		}
	}

	publish(20)
	b.work("invoices")
	publish(20) // a backlog
	old := w.consumer("invoices")
	renamed := old.DeepCopy()
	renamed.Spec.QueueName = "billing-invoices"
	if err := w.Patch(w.ctx, renamed, client.MergeFrom(old)); err == nil {
		t.Fatal("AWS cannot rename a queue, and Skein says it can")
	}

	// 1. Put a second ConsumerQueue beside the first.
	w.createSample("changes/rename-queue/beside.yaml")
	if c := w.consumer("invoices-v2"); !slices.ContainsFunc(c.Status.Conditions, func(c metav1.Condition) bool {
		return c.Type == v1alpha1.ConditionDeliverable && c.Status == metav1.ConditionTrue
	}) {
		t.Errorf("the second consumer is not deliverable: %v", c.Status.Conditions)
	}
	publish(20)

	// 2. Let workers run on both queues. One message fails on the first of them until it is a dead letter.
	b.fails[published[len(published)-1]] = true
	poison := published[len(published)-1]
	publish(20)
	b.work("billing-invoices")
	for range 6 {
		b.work("invoices")
		w.jump(31 * time.Second)
	}

	// 3. Unsubscribe the first queue.
	edit(w, w.consumer("invoices"), func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions = nil })
	w.ready()
	publish(20)

	// 4. Drain the first queue. The dead letter holds its deletion until it is handled.
	b.work("invoices")
	w.holds("0", "invoices", "invoices-undelivered")
	w.holds("1", "invoices-dlq")
	delete(b.fails, poison)
	b.work("invoices-dlq")
	b.work("billing-invoices")
	w.jump(31 * time.Second) // the message that failed on the second queue as well
	b.work("billing-invoices")
	w.drained("invoices")

	// 5. Delete the first ConsumerQueue.
	w.deleted(w.consumer("invoices"))
	publish(20)
	b.work("billing-invoices")
	b.all(published, 40)
	w.holds("0", "billing-invoices", "billing-invoices-dlq", "billing-invoices-undelivered")
	for _, queue := range []string{"invoices", "invoices-dlq", "invoices-undelivered"} {
		if w.hands().exists(w.ctx, queue) {
			t.Errorf("queue %s is still there", queue)
		}
	}
}

// booking publishes one of a customer's numbered messages; an id makes it one for a FIFO topic.
func (b *books) booking(topic, customer string, n int, fifo bool) {
	b.w.t.Helper()
	key := fmt.Sprintf("%s-%02d", customer, n)
	m := message{body: "{}", attributes: map[string]string{"key": key}}
	if fifo {
		m.group, m.id = customer, key
	}
	b.w.must(b.w.publish(topic, m))
}

// inOrder checks that each customer's keys were handled in order, from a number on.
func (b *books) inOrder(customers []string, from int) {
	b.w.t.Helper()
	for _, customer := range customers {
		var got []string
		for _, key := range b.handled {
			if strings.HasPrefix(key, customer) && key >= fmt.Sprintf("%s-%02d", customer, from) {
				got = append(got, key)
			}
		}
		if len(got) == 0 || !slices.IsSorted(got) {
			b.w.t.Errorf("%s was handled in the order %v", customer, got)
		}
	}
}

func TestImmutableChangeFromStandardToFIFO(t *testing.T) {
	w := newWorld(t)
	w.createSample("changes/standard-to-fifo/before.yaml")
	b := &books{w: worker{w, inProcess{w.hands()}}}
	standard, fifo := w.hands().topic("bookings"), w.hands().topic("bookings.fifo")
	customers := []string{"ada", "ben", "cid"}
	var published []string
	// publish says for each customer which topics its publisher knows by now.
	publish := func(first, last int, old, both func(customer string) bool) {
		t.Helper()
		for n := first; n <= last; n++ {
			for _, customer := range customers {
				published = append(published, fmt.Sprintf("%s-%02d", customer, n))
				if old(customer) {
					b.booking(standard, customer, n, false)
				}
				if both(customer) {
					b.booking(fifo, customer, n, true)
					b.booking(fifo, customer, n, true) // the answer was lost, and it is repeated
				}
			}
		}
	}
	yes := func(string) bool { return true }
	no := func(string) bool { return false }
	isAda := func(customer string) bool { return customer == "ada" }
	notAda := func(customer string) bool { return customer != "ada" }

	publish(0, 9, yes, no)
	b.work("ledger")
	publish(10, 19, yes, no) // a backlog

	// 1. Put the FIFO topic and the FIFO queue beside the first ones.
	w.createSample("changes/standard-to-fifo/beside.yaml")
	// 2. Let all publishers publish to both topics, one after the other: ada's is the first.
	publish(20, 24, yes, isAda)
	publish(25, 29, yes, yes)
	// 3. Let them stop publishing to the standard topic, one after the other.
	publish(30, 34, notAda, yes)
	publish(35, 44, no, yes)
	// 4. Drain the standard queue, while the FIFO queue fills without workers.
	b.work("ledger")
	w.holds("0", "ledger", "ledger-dlq", "ledger-undelivered")
	w.drained("ledger")
	// 5. Start the workers of the FIFO queue.
	b.work("ledger.fifo")
	// 6. Delete the first ConsumerQueue, then its MessagingTopology.
	w.deleted(w.consumer("ledger"))
	topology := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "bookings"}}
	w.deleted(topology)

	publish(45, 49, no, yes)
	b.work("ledger.fifo")
	// Twice came: ada from 20 to 29, the others from 25 to 34.
	b.all(published, 10*len(customers))
	b.inOrder(customers, 35)
	w.holds("0", "ledger.fifo", "ledger-dlq.fifo", "ledger-undelivered.fifo")
	for _, queue := range []string{"ledger", "ledger-dlq", "ledger-undelivered"} {
		if w.hands().exists(w.ctx, queue) {
			t.Errorf("queue %s is still there", queue)
		}
	}
}

// "Keep the order, with a pause": no workers run on the second queue before the first one is empty.
func TestImmutableChangeOfAFIFOQueueKeepsTheOrder(t *testing.T) {
	w := newWorld(t)
	w.createSample("s2-fifo-payments.yaml")
	b := &books{w: worker{w, inProcess{w.hands()}}}
	customers := []string{"ada", "ben", "cid"}
	var published []string
	publish := func(first, last int) {
		t.Helper()
		for n := first; n <= last; n++ {
			for _, customer := range customers {
				published = append(published, fmt.Sprintf("%s-%02d", customer, n))
				b.booking(w.hands().topic("payments.fifo"), customer, n, true)
			}
		}
	}
	publish(0, 9)
	b.work("payments.fifo")
	publish(10, 19)
	second := w.consumer("payments").DeepCopy()
	second.ObjectMeta, second.Status = metav1.ObjectMeta{Namespace: w.namespace, Name: "payments-v2"}, v1alpha1.ConsumerQueueStatus{}
	second.Spec.QueueName = "customer-payments.fifo"
	create(t, second)
	w.ready()
	publish(20, 29)
	b.work("payments.fifo")
	publish(30, 39)
	edit(w, w.consumer("payments"), func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions = nil })
	w.ready()
	publish(40, 49)
	b.work("payments.fifo")
	w.drained("payments")
	b.work("customer-payments.fifo")
	w.deleted(w.consumer("payments"))
	publish(50, 59)
	b.work("customer-payments.fifo")
	b.all(published, 20*len(customers))
	b.inOrder(customers, 0)
	w.holds("0", "customer-payments.fifo", "customer-payments-dlq.fifo", "customer-payments-undelivered.fifo")
}
