package localaws_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// A model of a queue, written as plainly as can be: a list that is searched from the front each time.
type model struct {
	fifo      bool
	now       time.Time
	retention time.Duration
	messages  []*modelled
	// sent is when a deduplication id was first sent.
	sent map[string]time.Time
}

type modelled struct {
	body, group string
	sent, free  time.Time
	received    bool
	handle      *string
}

func (m *modelled) waits(now time.Time) bool    { return m.free.After(now) }
func (m *modelled) inFlight(now time.Time) bool { return m.received && m.waits(now) }

func (q *model) pass(d time.Duration) {
	q.now = q.now.Add(d)
	q.messages = slices.DeleteFunc(q.messages, func(m *modelled) bool { return q.now.Sub(m.sent) >= q.retention })
}

func (q *model) send(body, group, dedupID string, delay time.Duration) {
	if at, known := q.sent[dedupID]; q.fifo && known && q.now.Sub(at) < 5*time.Minute {
		return
	}
	q.sent[dedupID] = q.now
	q.messages = append(q.messages, &modelled{body: body, group: group, sent: q.now, free: q.now.Add(delay)})
}

// take returns what a receive must give: the first that are not hidden, in a FIFO queue group by group up to the first
// hidden one and no group of which a message is in flight.
func (q *model) take(n int, timeout time.Duration) []string {
	taken := []string{}
	try := func(m *modelled) {
		if len(taken) < n {
			m.received, m.free = true, q.now.Add(timeout)
			taken = append(taken, m.body)
		}
	}
	closed := map[string]bool{}
	for _, m := range q.messages {
		closed[m.group] = closed[m.group] || m.inFlight(q.now)
	}
	for _, first := range slices.Clone(q.messages) {
		if !q.fifo && !first.waits(q.now) {
			try(first)
		}
		if !q.fifo || closed[first.group] {
			continue
		}
		closed[first.group] = true
		for _, m := range q.messages {
			if m.group == first.group {
				if m.waits(q.now) {
					break
				}
				try(m)
			}
		}
	}
	return taken
}

func (q *model) counts() [3]string {
	visible, delayed, inFlight := 0, 0, 0
	for _, m := range q.messages {
		switch {
		case m.inFlight(q.now):
			inFlight++
		case m.waits(q.now):
			delayed++
		default:
			visible++
		}
	}
	return [3]string{strconv.Itoa(visible), strconv.Itoa(delayed), strconv.Itoa(inFlight)}
}

func (q *model) find(body string) *modelled {
	at := slices.IndexFunc(q.messages, func(m *modelled) bool { return m.body == body })
	if at < 0 {
		return nil
	}
	return q.messages[at]
}

// modelRun is a queue and its model under the same random calls.
type modelRun struct {
	box
	*model
	random *rand.Rand
	step   int
	// handled are messages that were received once, also those that are gone.
	handled []*modelled
}

func newModelRun(t *testing.T, fifoQueue bool, seed uint64) *modelRun {
	t.Helper()
	attributes, name := map[string]string{}, "q"
	if fifoQueue {
		attributes, name = fifo(), "q.fifo"
	}
	attributes["MessageRetentionPeriod"], attributes["VisibilityTimeout"] = "900", "20"
	b := newWorld().box(t, name, attributes)
	return &modelRun{box: b, random: rand.New(rand.NewPCG(seed, 7)), model: &model{
		fifo: fifoQueue, now: b.clock.Now(), retention: 900 * time.Second, sent: map[string]time.Time{},
	}}
}

// TestRandomCallsAgreeWithTheModel: nothing is lost, nothing is received twice while it is in flight, groups keep
// their order and the counts add up, whatever is done in whatever order.
func TestRandomCallsAgreeWithTheModel(t *testing.T) {
	for _, fifoQueue := range []bool{false, true} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("fifo %v, seed %d", fifoQueue, seed), func(t *testing.T) {
				run := newModelRun(t, fifoQueue, seed)
				for run.step = range 400 {
					run.call(t)
					if got, want := run.box.counts(t, run.url), run.model.counts(); got != want {
						t.Fatalf("step %d: visible, delayed, in flight are %v, want %v", run.step, got, want)
					}
				}
			})
		}
	}
}

// call does one random thing to both.
func (r *modelRun) call(t *testing.T) {
	t.Helper()
	switch r.random.IntN(8) {
	case 0, 1, 2:
		r.sendOne(t)
	case 3, 4:
		r.receiveSome(t)
	case 5:
		r.deleteOne(t)
	case 6:
		r.hideOne(t)
	default:
		d := time.Duration(r.random.IntN(30)) * time.Second
		r.box.pass(d)
		r.model.pass(d)
	}
}

func (r *modelRun) sendOne(t *testing.T) {
	t.Helper()
	body, group := fmt.Sprint("m", r.step), strconv.Itoa(r.random.IntN(3))
	if r.model.fifo {
		dedupID := strconv.Itoa(r.random.IntN(30))
		r.sendTo(t, group, dedupID, body)
		r.model.send(body, group, dedupID, 0)
		return
	}
	delay := int32(r.random.IntN(2) * r.random.IntN(40))
	must[*sqs.SendMessageOutput](t)(r.trySend(t, body, sqs.SendMessageInput{DelaySeconds: delay}))
	r.model.send(body, group, "", time.Duration(delay)*time.Second)
}

func (r *modelRun) receiveSome(t *testing.T) {
	t.Helper()
	n := 1 + r.random.IntN(10)
	got := r.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: int32(n)})
	want := r.model.take(n, 20*time.Second)
	if !slices.Equal(bodies(got), want) {
		t.Fatalf("step %d: received %v, want %v", r.step, bodies(got), want)
	}
	for _, m := range got {
		known := r.find(*m.Body)
		known.handle = m.ReceiptHandle
		r.handled = append(r.handled, known)
	}
}

// aHandled returns a message that was received once, with the handle of its last receive; it may be gone.
func (r *modelRun) aHandled() *modelled {
	if len(r.handled) == 0 {
		return nil
	}
	return r.handled[r.random.IntN(len(r.handled))]
}

func (r *modelRun) deleteOne(t *testing.T) {
	t.Helper()
	m := r.aHandled()
	if m == nil {
		return
	}
	held := r.find(m.body) == m
	want := ""
	if held && r.model.fifo && !m.inFlight(r.now) {
		want = "InvalidParameterValue"
	}
	wantCode(t, fmt.Sprintf("step %d: deleting %s", r.step, m.body), r.tryDelete(t, m.handle), want)
	if want == "" {
		r.messages = slices.DeleteFunc(r.messages, func(other *modelled) bool { return other == m })
	}
}

func (r *modelRun) hideOne(t *testing.T) {
	t.Helper()
	m := r.aHandled()
	if m == nil {
		return
	}
	seconds := r.random.IntN(2) * r.random.IntN(60)
	want := ""
	switch {
	case r.find(m.body) != m, r.model.fifo && !m.inFlight(r.now):
		want = "InvalidParameterValue"
	case m.inFlight(r.now):
		m.free = r.now.Add(time.Duration(seconds) * time.Second)
	}
	wantCode(t, fmt.Sprintf("step %d: hiding %s", r.step, m.body), r.hide(t, m.handle, int32(seconds)), want)
}
