package redrive

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const dlqARN = "arn:aws:sqs:eu-west-1:111122223333:inventory-dlq"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ago is a time before noon.
func ago(d time.Duration) time.Time { return noon.Add(-d) }

// pendingRun has not begun: 100 dead letters, at 10 a second.
func pendingRun(change func(*Input)) Input {
	in := Input{
		Spec: v1alpha1.RedriveSpec{MaxMessagesPerSecond: ptr.To[int32](10)}, Generation: 1, Now: noon, Depth: 100,
		Status: v1alpha1.RedriveStatus{ObservedGeneration: -1}, Account: v1alpha1.AccountStatus{Name: "default"},
		Queues: Queues{Source: dlqARN}, Window: 10 * time.Minute,
	}
	change(&in)
	return in
}

// startingRun was written down ten seconds ago, and AWS was asked by this process unless said otherwise.
func startingRun(change func(*Input)) Input {
	return pendingRun(func(in *Input) {
		in.Status = v1alpha1.RedriveStatus{
			ObservedGeneration: 1, State: v1alpha1.RedriveStarting, SourceARN: dlqARN, MessagesToMove: 100,
			Account: &v1alpha1.AccountStatus{Name: "default"}, StartTime: &metav1.Time{Time: ago(10 * time.Second)},
		}
		in.Memory = Memory{Answered: true}
		change(in)
	})
}

// runningRun has moved 40 messages in four seconds.
func runningRun(change func(*Input)) Input {
	return startingRun(func(in *Input) {
		began := metav1.NewMicroTime(ago(4 * time.Second))
		in.Status.State, in.Status.TaskStartTime, in.Status.MessagesMoved, in.Status.Progress = v1alpha1.RedriveRunning, &began, 20, 20
		in.Tasks = []Task{aTask(4*time.Second, TaskRunning, 40)}
		change(in)
	})
}

// aTask began so long ago.
func aTask(since time.Duration, status string, moved int64) Task {
	t := Task{Status: status, Started: ago(since), Moved: moved, ToMove: 100, Rate: 10}
	if status == TaskRunning {
		t.Handle = "handle"
	}
	return t
}

func tasks(list ...Task) func(*Input) { return func(in *Input) { in.Tasks = list } }

func both(all ...func(*Input)) func(*Input) {
	return func(in *Input) {
		for _, change := range all {
			change(in)
		}
	}
}

func deleted(in *Input)    { in.Deleted = true }
func forgotten(in *Input)  { in.Memory = Memory{} }
func as(*Input)            {}
func adopted(in *Input)    { in.Status.Adopted = true }
func allowed(in *Input)    { in.CancelAdopted = true }
func cancelling(in *Input) { in.Status.State = v1alpha1.RedriveCancelling }

func blocked(o Obstacle) func(*Input) { return func(in *Input) { in.Obstacle = &o } }

func limited(n int64) func(*Input) { return func(in *Input) { in.Spec.MaxMessages = &n } }

func watching(moved, depth int64) func(*Input) {
	return func(in *Input) {
		in.Spec.HaltOnReturnRatio, in.Status.MessagesMoved, in.Depth = "0.5", moved, depth
		in.Memory.Samples = []Sample{{ago(2 * time.Minute), moved}}
		if len(in.Tasks) > 0 {
			in.Tasks[0].Moved = moved
		}
	}
}

// observed is over in AWS, and watched for so long more.
func observed(left time.Duration, change func(*Input)) Input {
	return runningRun(func(in *Input) {
		until := metav1.NewTime(noon.Add(left))
		in.Status.State, in.Status.ObserveUntil, in.Tasks = v1alpha1.RedriveObserving, &until, nil
		watching(100, 0)(in)
		change(in)
	})
}

func TestDecide(t *testing.T) {
	throttled := Obstacle{Reason: v1alpha1.ReasonThrottled, Message: "slow down", Passing: true}
	denied := Obstacle{Reason: v1alpha1.ReasonAccessDenied, Message: "not permitted"}
	odd := Obstacle{Reason: v1alpha1.ReasonAWSError, Message: "what nobody knows"}
	for name, c := range map[string]struct {
		in     Input
		action Action
		state  v1alpha1.RedriveState
		reason string
		after  time.Duration
		says   string
	}{
		// Before it begins.
		"it begins":                  {pendingRun(as), Start, "Starting", "Progressing", 2 * time.Second, "about 100 messages"},
		"nothing counted":            {pendingRun(func(in *Input) { in.Depth = 0 }), Wait, "Pending", "Progressing", confirmAfter, "counted again"},
		"nothing counted again":      {pendingRun(func(in *Input) { in.Depth, in.Memory.Empty = 0, ago(confirmAfter) }), Wait, "Succeeded", "Moved", 0, "nothing to move"},
		"counted after all":          {pendingRun(func(in *Input) { in.Memory.Empty = ago(confirmAfter) }), Start, "Starting", "Progressing", 2 * time.Second, "about 100 messages"},
		"no such queue":              {pendingRun(func(in *Input) { in.Depth, in.Gone = 0, true }), Wait, "Pending", "ConsumerQueueNotReady", handPoll, "does not exist"},
		"another one's turn":         {pendingRun(func(in *Input) { in.First = "Redrive a" }), Wait, "Pending", "AnotherRedrive", time.Minute, "Redrive a"},
		"a task by hand":             {pendingRun(tasks(aTask(time.Minute, TaskRunning, 1))), Wait, "Pending", "AnotherRedrive", handPoll, "2026-03-01T11:59:00Z"},
		"one that stops":             {pendingRun(tasks(aTask(time.Minute, TaskCancelling, 1))), Wait, "Pending", "AnotherRedrive", handPoll, "2026-03-01T11:59:00Z"},
		"one that ended":             {pendingRun(tasks(aTask(time.Minute, TaskCompleted, 1))), Start, "Starting", "Progressing", 2 * time.Second, ""},
		"one that ended just now":    {pendingRun(tasks(aTask(2*time.Second, TaskCompleted, 1))), Wait, "Pending", "Progressing", 4 * time.Second, "a few seconds after"},
		"a clock ahead":              {pendingRun(tasks(aTask(-2*time.Second, TaskCompleted, 1))), Wait, "Pending", "Progressing", 8 * time.Second, ""},
		"refused, and too early":     {pendingRun(func(in *Input) { in.Memory = Memory{Refused: &denied, Retry: noon.Add(time.Minute)} }), Wait, "Pending", "AccessDenied", time.Minute, "not permitted"},
		"refused, and time":          {pendingRun(func(in *Input) { in.Memory = Memory{Refused: &denied, Retry: noon, Refusals: 1} }), Start, "Starting", "", 2 * time.Second, ""},
		"not possible":               {pendingRun(blocked(Obstacle{Reason: "NoSource", Message: "none", Final: true})), Wait, "Failed", "NoSource", 0, "none"},
		"not yet possible":           {pendingRun(blocked(Obstacle{Reason: "ConsumerQueueNotReady", Message: "not yet"})), Wait, "Pending", "ConsumerQueueNotReady", 0, "not yet"},
		"throttled before it begins": {pendingRun(blocked(throttled)), Wait, "Pending", "Throttled", 0, ""},
		"deleted before it begins":   {pendingRun(deleted), Release, "", "", 0, ""},
		"with a limit":               {pendingRun(limited(20)), Start, "Starting", "Progressing", time.Second, ""},
		"with a small limit":         {pendingRun(limited(1)), Start, "Starting", "Progressing", 200 * time.Millisecond, ""},

		// Once it is written down.
		"its task":               {startingRun(tasks(aTask(10*time.Second, TaskRunning, 50))), Wait, "Running", "Running", 2 * time.Second, "inventory-dlq"},
		"its task is over":       {startingRun(tasks(aTask(10*time.Second, TaskCompleted, 100))), Wait, "Succeeded", "Moved", 0, "about 100 messages"},
		"its task has failed":    {startingRun(tasks(aTask(10*time.Second, TaskFailed, 3))), Wait, "Failed", "TaskFailed", 0, "after about 3 of 100"},
		"answered, not listed":   {startingRun(as), Wait, "Starting", "", 5 * time.Second, ""},
		"answered, with a limit": {startingRun(limited(10)), Wait, "Starting", "", 500 * time.Millisecond, ""},
		"its task, by a clock that is ahead": {
			startingRun(both(func(in *Input) { in.Memory.Newest = ago(time.Hour) }, tasks(aTask(time.Minute, TaskRunning, 50), aTask(time.Hour, TaskCompleted, 100)))),
			Wait, "Running", "Running", 6 * time.Second, "",
		},
		"answered, and only older ones listed": {
			startingRun(both(func(in *Input) { in.Memory.Newest = ago(time.Minute) }, tasks(aTask(time.Minute, TaskCompleted, 50)))), Wait, "Starting", "", 5 * time.Second, "",
		},
		"no answer, and too early": {
			startingRun(func(in *Input) { in.Memory = Memory{Unclear: true, Tries: 1, Ask: noon.Add(3 * time.Second)} }), Wait, "Starting", "", 3 * time.Second, "",
		},
		"no answer, and time": {
			startingRun(func(in *Input) { in.Memory = Memory{Unclear: true, Tries: 1, Ask: noon} }), Start, "Starting", "", 2 * time.Second, "",
		},
		"no clear answer again and again": {
			startingRun(func(in *Input) {
				in.Memory = Memory{Unclear: true, Tries: 2, Ask: noon.Add(time.Minute), Unclarity: &odd}
			}),
			Wait, "Starting", "AWSError", handPoll, "what nobody knows",
		},
		"refused, beside a start that got no answer": {
			startingRun(func(in *Input) {
				in.Memory = Memory{Unclear: true, Tries: 2, Ask: noon.Add(time.Second), Refused: &denied}
			}),
			Wait, "Starting", "", time.Second, "",
		},
		"its task, beside a start that was refused": {
			startingRun(both(func(in *Input) { in.Memory = Memory{Unclear: true, Refused: &denied} }, tasks(aTask(9*time.Second, TaskRunning, 50)))),
			Wait, "Running", "Running", 2 * time.Second, "",
		},
		"refused, long after a start that got no answer": {
			startingRun(func(in *Input) {
				in.Memory, in.Status.StartTime.Time = Memory{Unclear: true, Refused: &denied}, ago(unlisted)
			}),
			Wait, "Pending", "AccessDenied", 5 * time.Second, "not permitted",
		},
		"answered, not listed for long": {startingRun(func(in *Input) { in.Memory.Missing = ago(unlisted) }), Wait, "Failed", "TaskLost", 0, "asked for at 2026-03-01T11:59:50Z"},
		"by another process":            {startingRun(both(forgotten, tasks(aTask(14*time.Second, TaskRunning, 50)))), Wait, "Running", "Running", 2 * time.Second, ""},
		"by another process, over":      {startingRun(both(forgotten, tasks(aTask(9*time.Second, TaskCompleted, 100)))), Wait, "Succeeded", "Moved", 0, ""},
		"by another process, nothing":   {startingRun(forgotten), Start, "Starting", "", 2 * time.Second, ""},
		"an older task runs":            {startingRun(both(forgotten, tasks(aTask(16*time.Second, TaskRunning, 50)))), Wait, "Pending", "AnotherRedrive", handPoll, "outside this run"},
		"an older task has ended":       {startingRun(both(forgotten, tasks(aTask(16*time.Second, TaskCompleted, 50)))), Start, "Starting", "", 2 * time.Second, ""},
		"a task that moves elsewhere": {
			startingRun(both(forgotten, tasks(Task{Status: TaskRunning, Started: ago(time.Second), Rate: 10, Destination: "arn:x"}))), Wait, "Pending", "AnotherRedrive", handPoll, "",
		},
		"a task at another rate": {startingRun(both(forgotten, tasks(Task{Status: TaskRunning, Started: ago(time.Second), Rate: 11}))), Wait, "Pending", "AnotherRedrive", handPoll, ""},
		"its own, not a later one": {
			startingRun(tasks(aTask(time.Second, TaskRunning, 50), aTask(10*time.Second, TaskCompleted, 100))), Wait, "Succeeded", "Moved", 0, "",
		},
		"refused":                  {startingRun(func(in *Input) { in.Memory = Memory{Refused: &denied} }), Wait, "Pending", "AccessDenied", 5 * time.Second, "not permitted"},
		"refused again":            {startingRun(func(in *Input) { in.Memory = Memory{Refused: &denied, Refusals: 3} }), Wait, "Pending", "AccessDenied", 40 * time.Second, ""},
		"throttled once it begins": {startingRun(blocked(throttled)), Wait, "Starting", "", 0, ""},

		// While it runs.
		"it moves":               {runningRun(as), Wait, "Running", "Running", 2 * time.Second, "the queues that they came from"},
		"to another queue":       {runningRun(func(in *Input) { in.Status.DestinationARN = "arn:aws:sqs:eu-west-1:111122223333:repairs" }), Wait, "Running", "Running", 2 * time.Second, "to queue repairs"},
		"it is over":             {runningRun(tasks(aTask(4*time.Second, TaskCompleted, 100))), Wait, "Succeeded", "Moved", 0, "about 100 messages"},
		"not all could move":     {runningRun(tasks(aTask(4*time.Second, TaskCompleted, 90))), Wait, "Succeeded", "Moved", 0, "100 were counted at the start"},
		"it stands in AWS":       {runningRun(tasks(aTask(4*time.Second, "PAUSED", 40))), Wait, "Running", "", slowest, ""},
		"cancelled by hand":      {runningRun(tasks(aTask(4*time.Second, TaskCancelled, 40))), Wait, "Failed", "TaskCancelled", 0, "about 40 of 100"},
		"stopping by hand":       {runningRun(tasks(aTask(4*time.Second, TaskCancelling, 40))), Wait, "Running", "Running", 2 * time.Second, ""},
		"not listed":             {runningRun(tasks(aTask(time.Second, TaskRunning, 40))), Wait, "Running", "", 5 * time.Second, ""},
		"not listed for long":    {runningRun(both(tasks(), func(in *Input) { in.Memory.Missing = ago(unlisted) })), Wait, "Failed", "TaskLost", 0, "started at 2026-03-01T11:59:56Z"},
		"unreadable":             {runningRun(blocked(denied)), Wait, "Running", "AccessDenied", 0, "not permitted"},
		"throttled":              {runningRun(blocked(throttled)), Wait, "Running", "", 0, ""},
		"throttled for long":     {runningRun(both(blocked(throttled), func(in *Input) { in.Memory.Hindered = ago(hinderedFor) })), Wait, "Running", "Throttled", 0, "slow down"},
		"at its limit":           {runningRun(limited(40)), Cancel, "Running", "Running", 2 * time.Second, ""},
		"near its limit":         {runningRun(limited(50)), Wait, "Running", "Running", 500 * time.Millisecond, ""},
		"stopping at its limit":  {runningRun(both(limited(40), tasks(aTask(4*time.Second, TaskCancelling, 42)))), Wait, "Running", "Running", 2 * time.Second, ""},
		"stopped at its limit":   {runningRun(both(limited(40), tasks(aTask(4*time.Second, TaskCancelled, 43)))), Wait, "Succeeded", "MessageLimitReached", 0, "maxMessages 40, 3 more"},
		"over before it stopped": {runningRun(both(limited(40), tasks(aTask(4*time.Second, TaskCompleted, 100)))), Wait, "Succeeded", "Moved", 0, ""},
		"cannot be stopped":      {runningRun(both(limited(40), func(in *Input) { in.Memory.Stuck = &denied })), Cancel, "Running", "AccessDenied", 2 * time.Second, "is to stop and goes on"},

		// What comes back.
		"none came back":                 {runningRun(watching(40, 60)), Wait, "Running", "Running", 2 * time.Second, ""},
		"most came back, for the moment": {runningRun(watching(40, 90)), Wait, "Running", "Running", 2 * time.Second, ""},
		"most came back": {
			runningRun(both(watching(40, 90), func(in *Input) { in.Memory.Returning = ago(confirmAfter) })), Cancel, "Cancelling", "Cancelling", 2 * time.Second, "about 30 of 40",
		},
		"half came back, which is allowed": {
			runningRun(both(watching(40, 80), func(in *Input) { in.Memory.Returning = ago(confirmAfter) })), Wait, "Running", "Running", 2 * time.Second, "",
		},
		"few came back of few":           {runningRun(both(watching(19, 100), func(in *Input) { in.Memory.Returning = ago(confirmAfter) })), Wait, "Running", "Running", 2 * time.Second, ""},
		"more moved than there were":     {runningRun(watching(121, 0)), Cancel, "Cancelling", "Cancelling", 2 * time.Second, "about 21 of 121"},
		"a little more than there were":  {runningRun(watching(120, 0)), Wait, "Running", "Running", 2 * time.Second, ""},
		"to be stopped, by another one":  {runningRun(both(cancelling, watching(40, 60))), Cancel, "Cancelling", "", 2 * time.Second, ""},
		"stopped":                        {runningRun(both(cancelling, tasks(aTask(4*time.Second, TaskCancelled, 40)))), Wait, "Failed", "MessagesReturned", 0, "came back"},
		"over before it was stopped":     {runningRun(both(cancelling, tasks(aTask(4*time.Second, TaskCompleted, 40)))), Wait, "Failed", "MessagesReturned", 0, "came back"},
		"failed before it was stopped":   {runningRun(both(cancelling, tasks(aTask(4*time.Second, TaskFailed, 40)))), Wait, "Failed", "MessagesReturned", 0, "came back"},
		"to be watched":                  {runningRun(both(tasks(aTask(4*time.Second, TaskCompleted, 0)), watching(100, 0))), Wait, "Observing", "Observing", watchPoll, "2026-03-01T12:10:00Z"},
		"to be watched for no time":      {runningRun(both(tasks(aTask(4*time.Second, TaskCompleted, 0)), watching(100, 0), func(in *Input) { in.Window = 0 })), Wait, "Succeeded", "Moved", 0, ""},
		"too few to be watched":          {runningRun(both(tasks(aTask(4*time.Second, TaskCompleted, 0)), watching(19, 0))), Wait, "Succeeded", "Moved", 0, ""},
		"watched":                        {observed(time.Minute, as), Wait, "Observing", "Observing", watchPoll, ""},
		"watched to the end":             {observed(0, as), Wait, "Succeeded", "Moved", 0, ""},
		"watched, too many for a moment": {observed(0, watching(100, 60)), Wait, "Observing", "", confirmAfter, ""},
		"watched, too many":              {observed(time.Minute, both(watching(100, 60), func(in *Input) { in.Memory.Returning = ago(confirmAfter) })), Wait, "Failed", "MessagesReturned", 0, "about 60 of 100"},
		"watched after a limit":          {observed(0, both(limited(50), func(in *Input) { in.Status.MessagesMoved = 50 })), Wait, "Succeeded", "MessageLimitReached", 0, ""},

		// When it is to go.
		"deleted while it runs":             {runningRun(deleted), Cancel, "Cancelling", "Cancelling", 2 * time.Second, "being deleted"},
		"deleted while it stops":            {runningRun(both(deleted, tasks(aTask(4*time.Second, TaskCancelling, 40)))), Wait, "Cancelling", "Cancelling", 2 * time.Second, ""},
		"deleted and stopped":               {runningRun(both(deleted, cancelling, tasks(aTask(4*time.Second, TaskCancelled, 40)))), Release, "Cancelling", "", 0, ""},
		"deleted, for once not listed":      {runningRun(both(deleted, tasks())), Wait, "Running", "", 2 * time.Second, ""},
		"deleted, not listed for long":      {runningRun(both(deleted, tasks(), func(in *Input) { in.Memory.Missing = ago(unlisted) })), Release, "Running", "", 0, ""},
		"deleted while it is watched":       {observed(time.Minute, deleted), Release, "Observing", "", 0, ""},
		"deleted, adopted":                  {runningRun(both(deleted, adopted)), Release, "Running", "", 0, ""},
		"deleted, adopted and allowed":      {runningRun(both(deleted, adopted, allowed)), Cancel, "Cancelling", "Cancelling", 2 * time.Second, ""},
		"deleted right after its start":     {startingRun(both(deleted, tasks(aTask(10*time.Second, TaskRunning, 4)))), Cancel, "Cancelling", "Cancelling", 2 * time.Second, ""},
		"deleted, perhaps started":          {startingRun(both(deleted, forgotten)), Wait, "Starting", "", 2 * time.Second, ""},
		"deleted, not started":              {startingRun(both(deleted, forgotten, func(in *Input) { in.Status.StartTime.Time = ago(unlisted) })), Release, "Starting", "", 0, ""},
		"deleted, refused":                  {startingRun(both(deleted, func(in *Input) { in.Memory = Memory{Refused: &denied} })), Release, "Starting", "", 0, ""},
		"deleted, AWS says nothing":         {runningRun(both(deleted, blocked(denied))), Wait, "Running", "AccessDenied", 0, v1alpha1.Finalizer},
		"deleted, its account gone":         {runningRun(both(deleted, blocked(Obstacle{Reason: "AccountNotFound", Beyond: true}))), Release, "Running", "", 0, ""},
		"deleted, the task is not its own":  {startingRun(both(deleted, forgotten, tasks(aTask(time.Second, TaskRunning, 4)))), Release, "Starting", "", 0, ""},
		"deleted, and over":                 {runningRun(both(deleted, func(in *Input) { in.Status.State = v1alpha1.RedriveFailed })), Release, "Failed", "", 0, ""},
		"over":                              {runningRun(func(in *Input) { in.Status.State = v1alpha1.RedriveSucceeded }), Wait, "Succeeded", "", 0, ""},
		"over, and kept for a while":        {overSince(time.Minute), Wait, "Succeeded", "", 4 * time.Minute, ""},
		"over, and kept long enough":        {overSince(5 * time.Minute), Remove, "Succeeded", "", 0, ""},
		"with a status of nobody's writing": {runningRun(func(in *Input) { in.Status = v1alpha1.RedriveStatus{State: v1alpha1.RedriveRunning} }), Wait, "Failed", "TaskLost", 0, ""},
		"one that nobody wrote, deleted":    {runningRun(both(deleted, func(in *Input) { in.Status = v1alpha1.RedriveStatus{State: v1alpha1.RedriveRunning} })), Release, "Running", "", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := Decide(c.in)
			var ready metav1.Condition
			if found := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionReady); found != nil {
				ready = *found
			}
			if d.Action != c.action || d.Status.State != c.state || ready.Reason != c.reason || d.After != c.after {
				t.Errorf("%s in state %s for reason %q, again after %s; want %s, %s, %q, %s", d.Action, d.Status.State, ready.Reason, d.After, c.action, c.state, c.reason, c.after)
			}
			if !strings.Contains(ready.Message, c.says) {
				t.Errorf("it says %q, want %q in it", ready.Message, c.says)
			}
			if d.Holds != holds(c.in.Spec, d.Status.State) {
				t.Errorf("the finalizer is on: %t", d.Holds)
			}
			if diff := cmp.Diff(d, Decide(c.in)); diff != "" {
				t.Errorf("decided otherwise the second time:\n%s", diff)
			}
			conforms(t, d.Status)
		})
	}
}

// overSince is a run that has been over for so long, and is to go after five minutes.
func overSince(d time.Duration) Input {
	return runningRun(func(in *Input) {
		in.Spec.TTLSecondsAfterFinished = ptr.To[int32](300)
		in.Status.State, in.Status.CompletionTime = v1alpha1.RedriveSucceeded, &metav1.Time{Time: ago(d)}
	})
}

// conforms holds what kstatus and readers of the status rely on.
func conforms(t *testing.T, s v1alpha1.RedriveStatus) {
	t.Helper()
	is := func(kind string) bool { return meta.IsStatusConditionTrue(s.Conditions, kind) }
	ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return // nothing was said of it yet
	}
	switch {
	case s.State == v1alpha1.RedriveSucceeded && (!is(v1alpha1.ConditionReady) || !is(v1alpha1.ConditionComplete) || is(v1alpha1.ConditionReconciling)),
		s.State == v1alpha1.RedriveFailed && (!is(v1alpha1.ConditionStalled) || !is(v1alpha1.ConditionFailed) || is(v1alpha1.ConditionReconciling)),
		s.CompletionTime == nil && (!is(v1alpha1.ConditionReconciling) || is(v1alpha1.ConditionReady) || is(v1alpha1.ConditionStalled)):
		t.Errorf("in state %s the conditions are %+v", s.State, s.Conditions)
	}
	if over := s.State == v1alpha1.RedriveSucceeded || s.State == v1alpha1.RedriveFailed; over != (s.CompletionTime != nil) {
		t.Errorf("in state %s it was over at %v", s.State, s.CompletionTime)
	}
}
