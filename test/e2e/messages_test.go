package e2e

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The scenarios with messages that are counted to the last one: at localaws, by two clients that know nothing of each other.

func TestS1MessagesReachWhoAskedForThem(t *testing.T) {
	messengers(t, "s1-orders-fanout.yaml", func(t *testing.T, w worker) {
		topic := w.hands().topic("orders-topic")
		for i := range 20 {
			for _, kind := range []string{"order.created", "order.updated", "order.cancelled"} {
				body := fmt.Sprintf(`{"order":%d,"is":%q}`, i, kind)
				w.must(w.publish(topic, message{body: body, attributes: map[string]string{"event_type": kind}}))
			}
		}
		want := map[string][]string{"orders-queue": nil, "inventory": nil}
		for i := range 20 {
			created := fmt.Sprintf(`{"order":%d,"is":"order.created"}`, i)
			want["inventory"] = append(want["inventory"], created)
			want["orders-queue"] = append(want["orders-queue"], created, fmt.Sprintf(`{"order":%d,"is":"order.updated"}`, i))
		}
		for queue, bodiesWanted := range want {
			slices.Sort(bodiesWanted)
			got := w.work(queue, always)
			if diff := cmp.Diff(bodiesWanted, bodies(got)); diff != "" {
				t.Errorf("raw bodies that reached %s (-want +got):\n%s", queue, diff)
			}
			for _, one := range got {
				if one.attributes["event_type"] == "" {
					t.Errorf("%s came to %s without its attribute", one.body, queue)
				}
			}
		}
		w.holds("0", "orders-queue", "inventory", "orders-queue-dlq", "inventory-dlq", "orders-queue-undelivered", "inventory-undelivered")
	})
}

func TestS2MessagesInOrderAndOnce(t *testing.T) {
	const customers, payments = 4, 6
	messengers(t, "s2-fifo-payments.yaml", func(t *testing.T, w worker) {
		topic := w.hands().topic("payments.fifo")
		for n := range payments {
			for customer := range customers {
				one := message{body: strconv.Itoa(n), group: fmt.Sprintf("customer-%d", customer), id: fmt.Sprintf("%s-%d-%d", path.Base(t.Name()), customer, n)}
				one.attributes = map[string]string{"customer": one.group}
				for range 2 { // the publisher did not see the first answer
					w.must(w.publish(topic, one))
				}
			}
		}
		order := map[string][]string{}
		for _, got := range w.work("payments.fifo", always) {
			order[got.attributes["customer"]] = append(order[got.attributes["customer"]], got.body)
		}
		want := map[string][]string{}
		for customer := range customers {
			for n := range payments {
				name := fmt.Sprintf("customer-%d", customer)
				want[name] = append(want[name], strconv.Itoa(n))
			}
		}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("payments by customer (-want +got):\n%s", diff)
		}
		w.holds("0", "payments.fifo", "payments-dlq.fifo", "payments-undelivered.fifo")
	})
}

func TestS3MessagesFilteredOrKept(t *testing.T) {
	messengers(t, "s3-fraud.yaml", func(t *testing.T, w worker) {
		h := w.hands()
		order := func(kind, amount string) {
			t.Helper()
			w.must(w.publish(h.topic("orders-events"), message{
				body: kind + " " + amount, attributes: map[string]string{"eventType": kind, "amount": amount},
			}))
		}
		order("OrderPlaced", "499")
		order("OrderPlaced", "500")
		order("OrderUpdated", "1000.5")
		order("OrderCancelled", "1000")
		if diff := cmp.Diff([]string{"OrderPlaced 500", "OrderUpdated 1000.5"}, bodies(w.work("orders-fraud", always))); diff != "" {
			t.Errorf("orders to look at (-want +got):\n%s", diff)
		}

		w.must(h.deleteQueue(w.ctx, "orders-fraud"))
		order("OrderPlaced", "700")
		order("OrderPlaced", "499")
		w.holds("1", "orders-fraud-undelivered")
		w.jump(resync) // Skein looks, sees twice that it is gone, and waits until AWS frees the name
		w.settled("the queue to come back", func() bool {
			w.jump(time.Second)
			return w.readyNow() && h.exists(w.ctx, "orders-fraud")
		})
		order("OrderPlaced", "800")
		if diff := cmp.Diff([]string{"OrderPlaced 800"}, bodies(w.work("orders-fraud", always))); diff != "" {
			t.Errorf("orders after the queue came back (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"OrderPlaced 700"}, bodies(w.work("orders-fraud-undelivered", always))); diff != "" {
			t.Errorf("orders that SNS could not deliver meanwhile (-want +got):\n%s", diff)
		}
	})
}

func TestS4MessagesPoison(t *testing.T) {
	const all, everySeventh = 91, 7
	messengers(t, "s4-poison.yaml", func(t *testing.T, w worker) {
		url := w.url("reliable_q")
		for i := range all {
			one := message{body: strconv.Itoa(i), attributes: map[string]string{"store_id": "s" + strconv.Itoa(i%5)}}
			if i%everySeventh == 0 {
				one.attributes = map[string]string{"other": "x"}
			}
			w.must(w.send(url, one))
		}
		receipts := map[string]int{}
		hasStore := func(m message) bool {
			receipts[m.body]++
			return m.attributes["store_id"] != ""
		}
		for range 3 { // the third time finds nothing: what it would have found is moved
			w.work("reliable_q", hasStore)
			w.jump(31 * time.Second)
		}
		var poison []string
		for i := range all {
			want := 1
			if i%everySeventh == 0 {
				want = 2
				poison = append(poison, strconv.Itoa(i))
			}
			if got := receipts[strconv.Itoa(i)]; got != want {
				t.Errorf("message %d was received %d times, want %d", i, got, want)
			}
		}
		slices.Sort(poison)
		w.holds("0", "reliable_q")
		if diff := cmp.Diff(poison, bodies(w.work("dlq_for_reliable_q", always))); diff != "" {
			t.Errorf("dead letters (-want +got):\n%s", diff)
		}
		w.holds("0", "reliable_q", "dlq_for_reliable_q")
	})
}
