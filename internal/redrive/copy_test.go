package redrive

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const (
	undeliveredARN = "arn:aws:sqs:eu-west-1:111122223333:inventory-undelivered"
	mainARN        = "arn:aws:sqs:eu-west-1:111122223333:inventory"
)

var copyNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// copied is a run of which slices have been copied: 200 of 1000 messages.
func copied(change func(*Input)) Input {
	in := Input{
		Spec: v1alpha1.RedriveSpec{Source: v1alpha1.RedriveUndelivered}, Generation: 1, Now: copyNow,
		Queues: Queues{Source: undeliveredARN, Destination: mainARN},
		Status: v1alpha1.RedriveStatus{
			State: v1alpha1.RedriveRunning, SourceARN: undeliveredARN, DestinationARN: mainARN, MessagesToMove: 1000, MessagesMoved: 200, Progress: 20,
			Account: &v1alpha1.AccountStatus{Name: "default"}, StartTime: &metav1.Time{Time: copyNow.Add(-time.Minute)},
		},
		Memory: Memory{Copy: CopyMemory{Known: true, Moved: 200, Began: copyNow.Add(-betweenSlices), Sliced: true}},
	}
	change(&in)
	return in
}

// fresh is a run that has not begun.
func fresh(change func(*Input)) Input {
	return copied(func(in *Input) {
		in.Status, in.Memory, in.Depth = v1alpha1.RedriveStatus{ObservedGeneration: -1}, Memory{}, 1000
		change(in)
	})
}

func TestDecideOnACopy(t *testing.T) {
	denied := &Obstacle{Reason: v1alpha1.ReasonAccessDenied, Message: "denied"}
	unreachable := &Obstacle{Reason: v1alpha1.ReasonUnreachable, Message: "no answer", Passing: true}
	last := func(s Slice) func(*Input) { return func(in *Input) { in.Memory.Copy.Last = s } }
	for name, c := range map[string]struct {
		in     Input
		action Action
		state  v1alpha1.RedriveState
		reason string
		limit  int64
		after  time.Duration
		says   string
	}{
		"nothing counted":       {fresh(func(in *Input) { in.Depth = 0 }), Wait, "Pending", "Progressing", 0, confirmAfter, "counted again"},
		"nothing counted again": {fresh(func(in *Input) { in.Depth, in.Memory.Empty = 0, copyNow.Add(-confirmAfter) }), Wait, "Succeeded", "Moved", 0, 0, "nothing to move"},
		"its queue is gone": {
			fresh(func(in *Input) { in.Depth, in.Gone = 0, true }), Wait, "Pending", "ConsumerQueueNotReady", 0, handPoll, "does not exist",
		},
		"another one's turn": {fresh(func(in *Input) { in.First = "Redrive first" }), Wait, "Pending", "AnotherRedrive", 0, time.Minute, "Redrive first"},
		"it begins":          {fresh(func(*Input) {}), Wait, "Starting", "Progressing", 0, betweenSlices, "at most 50 a second"},
		"its first slice": {
			copied(func(in *Input) {
				in.Status.State, in.Status.MessagesMoved, in.Status.Progress = v1alpha1.RedriveStarting, 0, 0
				in.Memory.Copy = CopyMemory{Known: true, Began: copyNow.Add(-betweenSlices)}
			}), Copy, "Starting", "", 100, time.Millisecond, "",
		},
		"after a restart": {copied(func(in *Input) { in.Memory = Memory{} }), Wait, "Running", "", 0, betweenSlices, ""},
		"the next slice":  {copied(func(*Input) {}), Copy, "Running", "Running", 100, time.Millisecond, "inventory-undelivered"},
		"too early": {
			copied(func(in *Input) { in.Memory.Copy.Began = copyNow.Add(-betweenSlices / 2) }), Wait, "Running", "Running", 0, betweenSlices / 2, "",
		},
		"much too late": {copied(func(in *Input) { in.Memory.Copy.Began = copyNow.Add(-time.Hour) }), Copy, "Running", "Running", 250, time.Millisecond, ""},
		"with a part of a message": {
			copied(func(in *Input) {
				in.Spec.MaxMessagesPerSecond = ptr.To[int32](3)
				in.Memory.Copy.Began, in.Memory.Copy.Credit = copyNow.Add(-2500*time.Millisecond), 0.5
			}), Copy, "Running", "Running", 8, time.Millisecond, "at most 3 a second",
		},
		"near its limit": {copied(func(in *Input) { in.Spec.MaxMessages = ptr.To[int64](230) }), Copy, "Running", "Running", 30, time.Millisecond, ""},
		"at its limit":   {copied(func(in *Input) { in.Spec.MaxMessages = ptr.To[int64](200) }), Wait, "Succeeded", "MessageLimitReached", 0, 0, "200 messages"},
		"all copied":     {copied(last(Slice{Empty: true})), Wait, "Succeeded", "Moved", 0, 0, "200 messages copied"},
		"some are in flight": {
			copied(last(Slice{Empty: true, Left: 3})), Wait, "Running", "Running", 0, emptyPoll - betweenSlices, "",
		},
		"all that is left is refused": {
			copied(last(Slice{Empty: true, Left: 2, Refused: 2, Refusal: "message m (InvalidParameterValue: too long)"})), Wait, "Failed", "MessagesRefused", 0, 0,
			"2 of them stay there; the first is message m (InvalidParameterValue: too long)",
		},
		"some are refused, others in flight": {copied(last(Slice{Empty: true, Left: 5, Refused: 2})), Wait, "Running", "Running", 0, emptyPoll - betweenSlices, ""},
		"some are refused, others stay": {
			copied(func(in *Input) {
				last(Slice{Empty: true, Left: 5, Refused: 2})(in)
				in.Memory.Copy.Idle = copyNow.Add(-refusedIdle)
			}), Wait, "Failed", "MessagesRefused", 0, 0, "and 3 more",
		},
		"some are refused, others come": {copied(last(Slice{Messages: 10, Refused: 2})), Copy, "Running", "Running", 100, time.Millisecond, ""},
		"too many are refused":          {copied(last(Slice{Refused: mostRefused})), Wait, "Failed", "MessagesRefused", 0, 0, "1000 of them"},
		"denied": {
			copied(func(in *Input) {
				last(Slice{Fault: denied})(in)
				in.Memory.Copy.Failures, in.Memory.Copy.Failing = 3, copyNow
			}), Wait, "Running", "AccessDenied", 0, 20*time.Second - betweenSlices, "denied",
		},
		"unreachable for a moment": {
			copied(func(in *Input) {
				last(Slice{Fault: unreachable})(in)
				in.Memory.Copy.Failures, in.Memory.Copy.Failing = 1, copyNow
			}), Wait, "Running", "Running", 0, 5*time.Second - betweenSlices, "",
		},
		"unreachable": {
			copied(func(in *Input) {
				last(Slice{Fault: unreachable})(in)
				in.Memory.Copy.Failures, in.Memory.Copy.Failing = 1, copyNow.Add(-hinderedFor)
			}), Wait, "Running", "Unreachable", 0, 5*time.Second - betweenSlices, "no answer",
		},
		"suspended": {
			copied(func(in *Input) { in.Obstacle = &Obstacle{Reason: v1alpha1.ReasonSuspended, Message: "suspended"} }), Wait, "Running", "Suspended", 0, 0, "",
		},
		"its ConsumerQueue is gone": {
			copied(func(in *Input) {
				in.Obstacle = &Obstacle{Reason: v1alpha1.ReasonConsumerQueueNotFound, Message: "gone"}
			}),
			Wait, "Failed", "ConsumerQueueNotFound", 0, 0, "200 messages copied",
		},
		"its queue is to go": {
			copied(func(in *Input) {
				in.Obstacle = &Obstacle{Reason: v1alpha1.ReasonNoSource, Message: "disabled", Final: true}
			}), Wait, "Failed", "NoSource", 0, 0, "disabled",
		},
		"deleted":          {copied(func(in *Input) { in.Deleted = true }), Release, "Running", "", 0, 0, ""},
		"deleted and over": {copied(func(in *Input) { in.Deleted, in.Status.State = true, v1alpha1.RedriveSucceeded }), Release, "Succeeded", "", 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := Decide(c.in)
			var ready metav1.Condition
			if found := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionReady); found != nil {
				ready = *found
			}
			if d.Action != c.action || d.Status.State != c.state || ready.Reason != c.reason || d.Limit != c.limit || d.After != c.after {
				t.Errorf("%s in state %s for reason %q, at most %d, again after %s; want %s, %s, %q, %d, %s",
					d.Action, d.Status.State, ready.Reason, d.Limit, d.After, c.action, c.state, c.reason, c.limit, c.after)
			}
			if !strings.Contains(ready.Message, c.says) {
				t.Errorf("%q does not say %q", ready.Message, c.says)
			}
			if d.Holds {
				t.Error("it holds its object, and there is no task")
			}
			if d.Action == Copy && !d.Until.Equal(copyNow.Add(sliceLength)) {
				t.Errorf("the slice goes until %s", d.Until)
			}
		})
	}
}

func TestACopyReadsNoTasks(t *testing.T) {
	if got := ReadsFor(fresh(func(*Input) {})); got != (Reads{Depth: true}) {
		t.Errorf("before it begins it reads %+v", got)
	}
	if got := ReadsFor(copied(func(*Input) {})); got != (Reads{}) {
		t.Errorf("under way it reads %+v", got)
	}
}

// What was copied is told, however late it can be written, and a restart tells of no less.
func TestWhatWasCopiedIsTold(t *testing.T) {
	in := copied(func(in *Input) { in.Memory.Written, in.Memory.Copy.Began = copyNow, copyNow })
	in.Memory = in.Memory.Copied(Slice{Messages: 100}, copyNow)
	d := Decide(in)
	if d.Status.MessagesMoved != 200 || d.After != betweenWrites {
		t.Fatalf("%d are told at once, again after %s; want it to wait for the next write", d.Status.MessagesMoved, d.After)
	}
	in.Memory = d.Memory.Copied(Slice{Messages: 50, Refused: 2}, copyNow)
	in.Now = copyNow.Add(betweenWrites)
	if s := Decide(in).Status; s.MessagesMoved != 350 || s.Progress != 35 || s.MessagesRefused != 2 {
		t.Errorf("the status is %+v, want 350 copied, 35 percent and 2 refused", s)
	}
	in.Status, in.Memory = Decide(in).Status, Memory{}
	if s := Decide(in).Status; s.MessagesMoved != 350 || s.Progress != 35 || s.MessagesRefused != 2 {
		t.Errorf("after a restart the status is %+v", s)
	}
}

func TestFailuresOfSlicesInARow(t *testing.T) {
	fault := &Obstacle{Reason: v1alpha1.ReasonThrottled}
	var m Memory
	for i, s := range []struct {
		slice    Slice
		failures int
		pause    time.Duration
	}{
		{Slice{Messages: 5}, 0, betweenSlices},
		{Slice{Fault: fault}, 1, 5 * time.Second},
		{Slice{Fault: fault}, 2, 10 * time.Second},
		{Slice{Fault: fault, Messages: 5}, 1, 5 * time.Second},
		{Slice{Fault: fault}, 2, 10 * time.Second},
		{Slice{Empty: true, Left: 1}, 0, emptyPoll},
	} {
		m = m.Copied(s.slice, copyNow.Add(time.Duration(i)*time.Minute))
		if m.Copy.Failures != s.failures || m.Copy.pause() != s.pause {
			t.Errorf("slice %d: %d failures and a pause of %s, want %d and %s", i, m.Copy.Failures, m.Copy.pause(), s.failures, s.pause)
		}
	}
	for range 20 {
		m = m.Copied(Slice{Fault: fault}, copyNow)
	}
	if p := m.Copy.pause(); p != 5*time.Minute {
		t.Errorf("the longest pause is %s", p)
	}
}

func TestACopySaysWhySNSCouldNotDeliver(t *testing.T) {
	for _, c := range []struct {
		status metav1.ConditionStatus
		says   []string
	}{
		{metav1.ConditionTrue, []string{"is over", "Deliverable since 2026-03-01T12:00:00Z"}},
		{metav1.ConditionFalse, []string{"still cannot deliver", "QueuePolicyMissing: xx", "…)", "past SNS"}},
		{metav1.ConditionUnknown, []string{"not known (QueuePolicyMissing: xx"}},
	} {
		message := Decide(copied(func(in *Input) {
			in.Memory.Copy.Last = Slice{Empty: true}
			in.Deliverable = &metav1.Condition{
				Status: c.status, Reason: "QueuePolicyMissing", Message: strings.Repeat("x", 2000), LastTransitionTime: metav1.NewTime(copyNow),
			}
		})).Status.Conditions[0].Message
		if len(message) > 1200 {
			t.Errorf("the message has %d bytes", len(message))
		}
		for _, some := range c.says {
			if !strings.Contains(message, some) {
				t.Errorf("Deliverable %s: %q does not have %q", c.status, message, some)
			}
		}
	}
}

// Parts of messages add up: 3 a second in slices of 2.5 s are 7, 8, 7, 8.
func TestTheRateOfACopyIsKeptInTheLongRun(t *testing.T) {
	in := copied(func(in *Input) { in.Spec.MaxMessagesPerSecond, in.Memory.Copy.Began = ptr.To[int32](3), copyNow })
	var total int64
	for range 40 {
		in.Now = in.Now.Add(2500 * time.Millisecond)
		d := Decide(in)
		total += d.Limit
		in.Memory = d.Memory.Copied(Slice{Messages: int(d.Limit)}, in.Now)
	}
	if total != 300 {
		t.Errorf("%d are allowed in 100 s, want 300", total)
	}
}
