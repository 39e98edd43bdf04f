package localaws_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/skein-dev/skein/internal/localaws"
)

// pollClock tells when a long poll has begun to wait.
type pollClock struct {
	*clocktesting.FakeClock
	waits chan struct{}
}

func (c pollClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.FakeClock.NewTimer(d)
	c.waits <- struct{}{}
	return timer
}

// poll is a ReceiveMessage under way.
type poll struct {
	waits <-chan struct{}
	done  chan polled
}

type polled struct {
	bodies []string
	err    error
}

// newPollWorld makes a local AWS whose long polls can be followed.
func newPollWorld() (world, <-chan struct{}) {
	w := newWorld()
	c := pollClock{w.clock, make(chan struct{}, 100)}
	w.Server = localaws.New(localaws.WithClock(c))
	return w, c.waits
}

// startPoll begins to receive one message and returns when the poll waits.
func (b box) startPoll(ctx context.Context, waits <-chan struct{}, seconds int32) poll {
	p := poll{waits, make(chan polled, 1)}
	go func() {
		out, err := b.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &b.url, WaitTimeSeconds: seconds})
		if err != nil {
			p.done <- polled{nil, err}
			return
		}
		p.done <- polled{bodies(out.Messages), nil}
	}()
	<-waits
	return p
}

func (p poll) want(t *testing.T, when string, want ...string) {
	t.Helper()
	got := <-p.done
	if got.err != nil {
		t.Fatalf("%s: %v", when, got.err)
	}
	if len(got.bodies) != len(want) || len(want) > 0 && got.bodies[0] != want[0] {
		t.Errorf("%s: received %q, want %q", when, got.bodies, want)
	}
}

func TestLongPollEndsWhenAMessageComes(t *testing.T) {
	type step func(t *testing.T, b box)
	send := func(t *testing.T, b box) { b.send(t, "m") }
	for name, test := range map[string]struct {
		attributes   map[string]string
		before, then step
		want         []string
	}{
		"it is sent": {nil, nil, send, []string{"m"}},
		"its delay ends": {
			map[string]string{"DelaySeconds": "5"},
			send,
			func(_ *testing.T, b box) { b.pass(5 * time.Second) },
			[]string{"m"},
		},
		"its visibility timeout ends": {
			map[string]string{"VisibilityTimeout": "7"},
			func(t *testing.T, b box) { send(t, b); b.receive(t) },
			func(_ *testing.T, b box) { b.pass(7 * time.Second) },
			[]string{"m"},
		},
		"the wait is over":  {nil, nil, func(_ *testing.T, b box) { b.pass(20 * time.Second) }, nil},
		"the queue says so": {map[string]string{"ReceiveMessageWaitTimeSeconds": "9"}, nil, func(_ *testing.T, b box) { b.pass(9 * time.Second) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, waits := newPollWorld()
			b := w.box(t, "q", test.attributes)
			if test.before != nil {
				test.before(t, b)
			}
			seconds := int32(20)
			if test.attributes["ReceiveMessageWaitTimeSeconds"] != "" {
				seconds = 0
			}
			p := b.startPoll(t.Context(), waits, seconds)
			test.then(t, b)
			p.want(t, name, test.want...)
		})
	}
}

func TestLongPollSeesWhatReleasesAGroup(t *testing.T) {
	for name, release := range map[string]func(t *testing.T, b box, handle *string) string{
		"delete": func(t *testing.T, b box, handle *string) string {
			wantCode(t, "deleting", b.tryDelete(t, handle), "")
			return "second"
		},
		"visible at once": func(t *testing.T, b box, handle *string) string {
			wantCode(t, "hiding", b.hide(t, handle, 0), "")
			return "first"
		},
		"retention is over": func(_ *testing.T, b box, _ *string) string {
			b.pass(15 * time.Second)
			return "second"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, waits := newPollWorld()
			b := w.box(t, "q.fifo", fifo("MessageRetentionPeriod", "60", "VisibilityTimeout", "3600"))
			b.sendTo(t, "g", "1", "first")
			handle := b.wantBodies(t, "at first", "first")[0].ReceiptHandle
			w.pass(45 * time.Second)
			b.sendTo(t, "g", "2", "second")
			p := b.startPoll(t.Context(), waits, 20)
			p.want(t, name, release(t, b, handle))
		})
	}
}

func TestLongPollLearnsOfAShorterVisibilityTimeout(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	b.send(t, "m")
	handle := b.wantBodies(t, "at first", "m")[0].ReceiptHandle
	p := b.startPoll(t.Context(), waits, 20)
	wantCode(t, "hiding for 5 s", b.hide(t, handle, 5), "")
	<-waits
	w.pass(5 * time.Second)
	p.want(t, "after 5 s", "m")
}

func TestLongPollMovesPoisonAndWaitsOn(t *testing.T) {
	w, waits := newPollWorld()
	dlq := w.box(t, "dlq", nil)
	b := w.box(t, "q", map[string]string{"VisibilityTimeout": "5", "RedrivePolicy": redriveTo(dlq.arn, 1)})
	b.send(t, "poison")
	b.wantBodies(t, "first receive", "poison")
	dead := dlq.startPoll(t.Context(), waits, 20)
	p := b.startPoll(t.Context(), waits, 20)
	w.pass(5 * time.Second)
	dead.want(t, "dead-letter queue", "poison")
	b.send(t, "good")
	p.want(t, "source", "good")
}

func TestLongPollGetsWhatAMoveTaskBrings(t *testing.T) {
	w, waits := newPollWorld()
	dlq, target := w.box(t, "dlq", nil), w.box(t, "target", nil)
	w.box(t, "source", map[string]string{"RedrivePolicy": redriveTo(dlq.arn, 1)})
	dlq.send(t, "m")
	w.mustStart(t, dlq.arn, target.arn, 1)
	p := target.startPoll(t.Context(), waits, 20)
	w.pass(time.Second)
	p.want(t, "when the message is due", "m")
}

func TestLongPollOfACallerWhoLeavesTakesNothing(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	ctx, leave := context.WithCancel(t.Context())
	p := b.startPoll(ctx, waits, 20)
	leave()
	if got := <-p.done; !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %v, want the context's error", got.err)
	}
	b.send(t, "m")
	b.wantCounts(t, "after the caller left", "1", "0", "0")
	calls := w.Calls()
	for _, call := range calls {
		if call.Operation == "ReceiveMessage" && call.Code != "Cancelled" {
			t.Errorf("the log says %q of the poll", call.Code)
		}
	}
}

func TestLongPollOfADeletedQueueFails(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	p := b.startPoll(t.Context(), waits, 20)
	must[*sqs.DeleteQueueOutput](t)(b.client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &b.url}))
	wantCode(t, "poll", (<-p.done).err, "AWS.SimpleQueueService.NonExistentQueue")
}

func TestTwoLongPollsGetAMessageEach(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	polls := []poll{b.startPoll(t.Context(), waits, 20), b.startPoll(t.Context(), waits, 20)}
	b.send(t, "m", "m")
	for _, p := range polls {
		p.want(t, "each", "m")
	}
	b.wantCounts(t, "afterwards", "0", "0", "2")
}

func TestLongPollsAreServedOneByOne(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	var polls []poll
	for range 3 {
		polls = append(polls, b.startPoll(t.Context(), waits, 20))
	}
	must[any](t)(b.sendBatch(t, entries("a", "b", "c")))
	for i, p := range polls {
		if got := <-p.done; got.err != nil || len(got.bodies) != 1 {
			t.Errorf("poll %d received %q, %v; want one of three messages", i, got.bodies, got.err)
		}
	}
}

// The poll that was told of a message to come goes before it comes: another one must get it.
func TestLongPollThatEndsTellsTheNext(t *testing.T) {
	for name, end := range map[string]func(w world, cancel func()){
		"its time is over":    func(w world, _ func()) { w.pass(2 * time.Second) },
		"its caller has gone": func(_ world, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			w, waits := newPollWorld()
			b := w.box(t, "q", nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			first := b.startPoll(ctx, waits, 2)
			second := b.startPoll(t.Context(), waits, 20)
			must[any](t)(b.trySend(t, "later", sqs.SendMessageInput{DelaySeconds: 5}))
			<-waits // one poll has looked, and waits again: the first, as it has waited for longer
			end(w, cancel)
			<-first.done
			<-waits // the second poll has looked
			w.pass(5 * time.Second)
			second.want(t, "when the delay is over", "later")
		})
	}
}
