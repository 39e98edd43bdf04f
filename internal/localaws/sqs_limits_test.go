package localaws

import (
	"strings"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
)

// limitWorld is a server with one queue, used without its wire.
type limitWorld struct {
	*Server
	q  *queue
	rq *request
}

func newLimitWorld(t *testing.T, fifo bool) limitWorld {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := New(WithClock(clocktesting.NewFakeClock(now)))
	rq := &request{region: "us-east-1", caller: identity{account: defaultAccount}, now: now, arrived: now}
	name, attributes := "q", map[string]string{}
	if fifo {
		name, attributes = "q.fifo", map[string]string{"FifoQueue": "true"}
	}
	if _, err := s.createQueue(rq, &createQueueInput{QueueName: name, Attributes: attributes}); err != nil {
		t.Fatal(err)
	}
	return limitWorld{s, s.queues.get("arn:aws:sqs:us-east-1:"+defaultAccount+":"+name, false), rq}
}

func (w limitWorld) send(t *testing.T, n int, body string) {
	t.Helper()
	for range n {
		id := w.ids.uuid()
		if _, err := w.enqueue(w.q, &message{id: id, body: body, groupID: id, dedupID: id, sent: w.rq.now}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w limitWorld) receive() (*receiveMessageOutput, error) {
	ten := 10
	return w.receiveMessage(w.rq, &receiveMessageInput{queueRef: queueRef{w.q.name}, MaxNumberOfMessages: &ten})
}

func TestMessagesInFlightAreLimited(t *testing.T) {
	for name, test := range map[string]struct {
		fifo bool
		code string
	}{
		"standard": {false, "OverLimit"},
		"fifo":     {true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLimitWorld(t, test.fifo)
			const limit = 120_000
			w.send(t, limit+10, "m")
			w.backlogs[w.q.arn].take(w.rq.now, limit-4, time.Minute, func(*message) bool { return false })
			out, err := w.receive()
			if err != nil || len(out.Messages) != 4 {
				t.Fatalf("received %v, %v; want the four that make the limit full", out, err)
			}
			out, err = w.receive()
			if errorCode(err) != test.code || err == nil && len(out.Messages) > 0 {
				t.Errorf("over the limit: got %v, %v, want code %q", out, err, test.code)
			}
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	w := newLimitWorld(t, true)
	body := strings.Repeat("x", 1<<20)
	w.send(t, 500, body)
	held := w.backlogBytes
	if held < 500<<20 || held > maxBacklogBytes {
		t.Fatalf("%d bytes counted for 500 messages of 1 MiB", held)
	}
	var err error
	for n := 0; err == nil && n < 100; n++ {
		id := w.ids.uuid()
		_, err = w.enqueue(w.q, &message{id: id, body: body, groupID: "g", dedupID: id, sent: w.rq.now})
	}
	if errorCode(err) != "ServiceUnavailable" {
		t.Fatalf("got %v, want ServiceUnavailable", err)
	}
	w.rq.now = w.rq.now.Add(345600 * time.Second)
	if _, err := w.createQueue(w.rq, &createQueueInput{QueueName: "other"}); err != nil {
		t.Fatal(err)
	}
	other := limitWorld{w.Server, w.queues.get("arn:aws:sqs:us-east-1:"+defaultAccount+":other", false), w.rq}
	other.send(t, 1, body)
	if w.backlogBytes != other.backlogs[other.q.arn].weight {
		t.Errorf("%d bytes are counted, want those of the one message that is in its retention", w.backlogBytes)
	}
	w.q = other.q
	if _, err := w.purgeQueue(w.rq, &queueRef{w.q.name}); err != nil || w.backlogBytes != 0 {
		t.Errorf("after the purge %d bytes are counted, %v", w.backlogBytes, err)
	}
}
