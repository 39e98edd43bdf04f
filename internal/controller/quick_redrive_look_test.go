package controller

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// newPiledWorld has a ConsumerQueue inventory that tells of 240 dead letters, and has just been looked at.
func newPiledWorld(t *testing.T) *quickWorld {
	t.Helper()
	w := withDeadLetters(t, 240, asItIs)
	w.pass(quickResync + time.Second)
	if h := w.holdings("inventory"); h.Messages.DeadLettered != 240 || h.DeadLetters != "True DeadLettersPresent" {
		t.Fatalf("before there are %+v", h)
	}
	return w
}

// reads are the looks at the dead-letter queue's attributes by the ConsumerQueue itself, from now on.
func (w *quickWorld) reads() func() int {
	n := 0
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "GetQueueAttributes" && w.current.kind == "3 ConsumerQueue" {
			n++
		}
		return localaws.Fault{}
	}
	return func() int { return n }
}

// Who has moved dead letters back sees at once that they have gone, for one look; not at the next resync.
func TestS4FinishedRedriveIsSeenAtOnce(t *testing.T) {
	w := newPiledWorld(t)
	reads := w.reads()
	w.redrive("fix-42", atRate(50))
	w.pass(30 * time.Second)
	h := w.holdings("inventory")
	if diff := cmp.Diff(v1alpha1.MessageCounts{Visible: 240}, h.Messages); diff != "" || h.DeadLetters != "False NoDeadLetters" {
		t.Errorf("after it DeadLetters is %s, the messages are (-want +got):\n%s", h.DeadLetters, diff)
	}
	w.pass(3 * time.Minute)
	if n := reads(); n != 2 {
		t.Errorf("it cost %d reads of two queues, want one of each", n)
	}
}

// SQS's counts may be a minute old. What still seems to be there, here because somebody has received it, is looked at once more, and no more than that.
func TestFinishedRedriveIsLookedAtAgainWhereDeadLettersAreCounted(t *testing.T) {
	w := newPiledWorld(t)
	h := w.hands()
	url := h.url(quickDLQ)
	out, err := h.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, VisibilityTimeout: 600})
	mustDo(w, out, err)
	reads := w.reads()
	w.redrive("fix-42", atRate(50))
	w.pass(30 * time.Second)
	if h := w.holdings("inventory"); h.Messages.DeadLettered != 1 || reads() != 2 {
		t.Fatalf("at once there are %+v, for %d reads", h, reads())
	}
	w.purge(quickDLQ)
	w.pass(time.Minute)
	if h := w.holdings("inventory"); h.DeadLetters != "False NoDeadLetters" || reads() != 4 {
		t.Errorf("after a minute there are %+v, for %d reads", h, reads())
	}
	w.pass(3 * time.Minute)
	if reads() != 4 {
		t.Errorf("afterwards there are %d reads", reads())
	}
}

// A run that is deleted while it moves messages has moved some.
func TestDeletedRedriveIsSeen(t *testing.T) {
	w := newPiledWorld(t)
	rd := w.redrive("fix-42", atRate(1))
	w.pass(30 * time.Second)
	w.delete(rd)
	w.pass(30 * time.Second)
	w.absent(rd)
	if got := w.holdings("inventory").Messages.DeadLettered; got >= 240 || got == 0 {
		t.Errorf("%d dead letters are told of", got)
	}
}

// The move is over when the observation begins; what came back by its end is looked at then.
func TestObservedRedriveIsSeenWhenItHasMoved(t *testing.T) {
	w := newPiledWorld(t)
	w.redrive("fix-42", func(s *v1alpha1.RedriveSpec) { s.HaltOnReturnRatio, s.ObserveFor = "0.9", "3m" })
	w.pass(time.Minute)
	if h := w.holdings("inventory"); h.DeadLetters != "False NoDeadLetters" {
		t.Errorf("while it observes there are %+v", h)
	}
	w.die(quickMain)
	w.pass(3 * time.Minute)
	if h := w.holdings("inventory"); h.Messages.DeadLettered != 240 {
		t.Errorf("after it there are %+v", h)
	}
}

// A run that moves nothing costs no look.
func TestEmptyRedriveCostsNoLook(t *testing.T) {
	w := newPiledWorld(t)
	w.purge(quickDLQ)
	reads := w.reads()
	w.redrive("fix-42", atRate(50))
	w.pass(3 * time.Minute)
	if n := reads(); n != 0 {
		t.Errorf("it cost %d reads", n)
	}
}
