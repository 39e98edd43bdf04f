package localaws_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// denying is a queue policy that forbids everyone an operation.
func denying(action, arn string) string {
	return fmt.Sprintf(`{"Statement":{"Effect":"Deny","Principal":"*","Action":%q,"Resource":%q}}`, action, arn)
}

func TestMoveTaskTakesDeadLettersBackToTheirQueues(t *testing.T) {
	w := newWorld()
	dlq := w.box(t, "dlq", nil)
	attributes := map[string]string{"VisibilityTimeout": "0", "RedrivePolicy": redriveTo(dlq.arn, 1)}
	orders, invoices := w.box(t, "orders", attributes), w.box(t, "invoices", attributes)
	orders.send(t, "o1", "o2")
	invoices.send(t, "i1")
	dead := map[string]bool{}
	for range 2 {
		for _, m := range append(orders.receive(t), invoices.receive(t)...) {
			dead[*m.MessageId] = true
		}
	}
	dlq.wantCounts(t, "after the last receive", "3", "0", "0")
	w.pass(time.Minute)
	w.mustStart(t, dlq.arn, "", 0)
	dlq.wantCounts(t, "after the task", "0", "0", "0")
	w.wantTask(t, "without destination", dlq.arn, "COMPLETED 3/3")
	invoices.wantBodies(t, "its own letter", "i1")
	sent := fmt.Sprint(w.clock.Now().UnixMilli())
	for _, m := range orders.wantBodies(t, "its own letters", "o1", "o2") {
		want := map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": sent, "DeadLetterQueueSourceArn": ""}
		got := map[string]string{}
		for name := range want {
			got[name] = m.Attributes[name]
		}
		if diff := cmp.Diff(want, got); diff != "" || dead[*m.MessageId] {
			t.Errorf("%s, id kept: %t, attributes (-want +got):\n%s", *m.Body, dead[*m.MessageId], diff)
		}
	}
	orders.receive(t)
	dlq.wantCounts(t, "received once more, they die again", "2", "0", "0")
}

// Of the messages of a dead-letter queue one was sent there: without a destination the task fails at it.
func TestMoveTaskFailsAtTheMessageThatWasSentThere(t *testing.T) {
	w := newWorld()
	dlq := w.box(t, "dlq", nil)
	source := w.box(t, "source", map[string]string{"VisibilityTimeout": "0", "RedrivePolicy": redriveTo(dlq.arn, 1)})
	source.send(t, "dead")
	source.receive(t)
	source.receive(t)
	dlq.send(t, "sent")
	w.mustStart(t, dlq.arn, "", 0)
	w.wantTask(t, "two messages", dlq.arn, "FAILED 1/2 CouldNotDetermineMessageSource")
	dlq.wantBodies(t, "what is left", "sent")
	source.wantBodies(t, "what went back", "dead")
}

func TestLongPollSeesWhatAMoveTaskBrings(t *testing.T) {
	for name, test := range map[string]struct {
		rate int32
		pass time.Duration
	}{
		"at its rate": {1, time.Second},
		"at once":     {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, waits := newPollWorld()
			dlq, target := w.box(t, "dlq", nil), w.box(t, "target", nil)
			w.queue(t, "source", map[string]string{"RedrivePolicy": redriveTo(dlq.arn, 1)})
			dlq.send(t, "m")
			p := target.startPoll(t.Context(), waits, 20)
			w.mustStart(t, dlq.arn, target.arn, test.rate)
			if test.pass > 0 {
				<-waits // it was told of the task and waits anew
				w.pass(test.pass)
			}
			p.want(t, name, "m")
		})
	}
}

func TestMoveTaskNeedsPermissionForBothQueues(t *testing.T) {
	for name, test := range map[string]struct {
		denied string
		onDLQ  bool
	}{
		"starting":  {"sqs:StartMessageMoveTask", true},
		"receiving": {"sqs:ReceiveMessage", true},
		"deleting":  {"sqs:DeleteMessage", true},
		"sending":   {"sqs:SendMessage", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			dlq, target := w.deadLetters(t, 1)
			queue, arn := "target", target
			if test.onDLQ {
				queue, arn = "dlq", dlq
			}
			wantCode(t, "denying", w.setQueue(t, queue, "Policy", denying(test.denied, arn)), "")
			_, err := w.startMove(t, dlq, target, 0)
			wantCode(t, "StartMessageMoveTask", err, "AccessDenied")
		})
	}
}

func TestMoveTaskFailsWhenItsDestinationIsClosed(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 3)
	w.mustStart(t, dlq, target, 1)
	w.pass(time.Second)
	wantCode(t, "denying", w.setQueue(t, "target", "Policy", denying("sqs:SendMessage", target)), "")
	w.pass(time.Second)
	w.wantTask(t, "the destination takes nothing", dlq, "FAILED 1/3 AccessDenied")
	if got := w.counts(t, "dlq"); got != [3]string{"2", "0", "0"} {
		t.Errorf("the dead-letter queue has %v, want the two that were not moved", got)
	}
}

// The tasks of a queue go with it: a later one of the same name has none, whether they were finished or not.
func TestMoveTasksGoWithTheirSource(t *testing.T) {
	for name, test := range map[string]struct {
		rate int32
		want string
	}{
		"finished": {0, "COMPLETED 2/2"},
		"running":  {1, "RUNNING 0/2"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			dlq, target := w.deadLetters(t, 2)
			w.mustStart(t, dlq, target, test.rate)
			w.wantTask(t, "before", dlq, test.want)
			w.deleteQueue(t, "dlq")
			w.pass(time.Minute)
			w.queue(t, "dlq", nil)
			if left := w.tasks(t, dlq, 10); len(left) > 0 {
				t.Errorf("the new queue has the tasks %+v, want none", left)
			}
		})
	}
}
