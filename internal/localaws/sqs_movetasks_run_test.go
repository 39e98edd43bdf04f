package localaws

import (
	"strings"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
)

// moves is a server with a dead-letter queue "dlq" of the queues "a" and "b", driven without requests.
type moves struct {
	*Server
	clock *clocktesting.FakeClock
}

const movesPrefix = "arn:aws:sqs:us-east-1:111111111111:"

func newMoves(names ...string) moves {
	clock := clocktesting.NewFakeClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	m := moves{New(WithClock(clock)), clock}
	for _, name := range names {
		q := newQueue(m.request(), name, false)
		if name != "dlq" {
			q.attributes["RedrivePolicy"] = `{"deadLetterTargetArn":"` + movesPrefix + `dlq","maxReceiveCount":1}`
		}
		m.queues.put(q.arn, q)
		m.backlogs[q.arn] = newBacklog(q, &m.backlogBytes)
	}
	return m
}

func (m moves) request() *request {
	return &request{region: "us-east-1", caller: identity{account: "111111111111"}, now: m.clock.Now()}
}

// deadLetter puts a message into the dead-letter queue as if a queue had given it up.
func (m moves) deadLetter(t *testing.T, source string) {
	t.Helper()
	_, err := m.enqueue(m.queues.get(movesPrefix+"dlq", false), &message{
		id: m.ids.uuid(), body: "from " + source, sourceARN: movesPrefix + source, sent: m.clock.Now(), visibleAt: m.clock.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m moves) start(t *testing.T, rate int) *moveTask {
	t.Helper()
	if _, err := m.startMessageMoveTask(m.request(), &startMessageMoveTaskInput{
		SourceArn: movesPrefix + "dlq", MaxNumberOfMessagesPerSecond: &rate,
	}); err != nil {
		t.Fatal(err)
	}
	return m.moves.bySource[movesPrefix+"dlq"][0]
}

// visible returns how many messages of a queue can be received.
func (m moves) visible(name string) int {
	n, _, _ := m.backlogs[movesPrefix+name].count(m.clock.Now())
	return n
}

func TestMoveTaskWithoutDestinationGoesBackToEachSource(t *testing.T) {
	m := newMoves("dlq", "a", "b")
	for _, source := range strings.Split("a b a", " ") {
		m.deadLetter(t, source)
	}
	task := m.start(t, 1)
	m.clock.Step(3 * time.Second)
	m.advanceMoves(m.clock.Now())
	if task.status != moveCompleted || m.visible("a") != 2 || m.visible("b") != 1 || m.visible("dlq") != 0 {
		t.Errorf("%s with %d in a, %d in b and %d in dlq; want COMPLETED with 2, 1 and 0",
			task.status, m.visible("a"), m.visible("b"), m.visible("dlq"))
	}
	if moved := m.backlogs[movesPrefix+"a"].ready.first(); moved.sourceARN != "" {
		t.Errorf("a message that was moved still has the source %s", moved.sourceARN)
	}
}

func TestMoveTaskFailsWhenASourceIsDeleted(t *testing.T) {
	m := newMoves("dlq", "a", "b")
	m.deadLetter(t, "a")
	m.deadLetter(t, "b")
	task := m.start(t, 1)
	m.queues.remove(movesPrefix+"b", m.clock.Now())
	m.clock.Step(time.Minute)
	m.advanceMoves(m.clock.Now())
	if task.status != moveFailed || task.failure != codeNoQueue || task.moved != 1 {
		t.Errorf("%s (%s) after %d messages, want FAILED (%s) after 1", task.status, task.failure, task.moved, codeNoQueue)
	}
}

func TestMoveTaskEndsAfter36Hours(t *testing.T) {
	m := newMoves("dlq", "a")
	for range 3 {
		m.deadLetter(t, "a")
	}
	task := m.start(t, 1)
	const most = 36 * 3600
	task.started, task.moved = task.started.Add(-36*time.Hour), most-1 // as if it had run so long
	m.advanceMoves(m.clock.Now())
	if task.status != moveRunning || task.moved != most {
		t.Errorf("%s after 36 hours and %d messages, want RUNNING and %d", task.status, task.moved, most)
	}
	m.clock.Step(time.Second)
	m.advanceMoves(m.clock.Now())
	if task.status != moveFailed || task.moved != most || m.visible("dlq") != 2 {
		t.Errorf("%s a second later, %d moved and %d left, want FAILED, %d and 2", task.status, task.moved, m.visible("dlq"), most)
	}
}

func TestNextMoveSaysWhenToAdvance(t *testing.T) {
	m := newMoves("dlq", "a")
	if at, any := m.nextMove(); any {
		t.Errorf("without a task the next move is at %v", at)
	}
	m.deadLetter(t, "a")
	m.deadLetter(t, "a")
	m.start(t, 4)
	for n := 1; n <= 2; n++ {
		at, any := m.nextMove()
		if want := m.clock.Now().Add(250 * time.Millisecond); !any || !at.Equal(want) {
			t.Fatalf("move %d is at %v (%t), want %v", n, at, any, want)
		}
		m.clock.SetTime(at)
		m.advanceMoves(at)
		if got := m.visible("a"); got != n {
			t.Errorf("%d messages moved, want %d", got, n)
		}
	}
	if at, any := m.nextMove(); any {
		t.Errorf("after the last message the next move is at %v", at)
	}
}
