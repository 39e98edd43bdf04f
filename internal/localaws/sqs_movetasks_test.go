package localaws_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMoveTaskKeepsItsRate(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 10)
	handle := w.mustStart(t, dlq, target, 2)
	started := w.clock.Now().UnixMilli()
	for _, step := range []struct {
		pass time.Duration
		want string
	}{
		{0, "RUNNING 0/10"},
		{499 * time.Millisecond, "RUNNING 0/10"},
		{time.Millisecond, "RUNNING 1/10"},
		{2 * time.Second, "RUNNING 5/10"},
		{2499 * time.Millisecond, "RUNNING 9/10"},
		{time.Millisecond, "COMPLETED 10/10"},
		{time.Hour, "COMPLETED 10/10"},
	} {
		w.pass(step.pass)
		w.wantTask(t, step.pass.String()+" later", dlq, step.want)
	}
	if diff := cmp.Diff([2][3]string{{"0", "0", "0"}, {"10", "0", "0"}}, [2][3]string{w.counts(t, "dlq"), w.counts(t, "target")}); diff != "" {
		t.Errorf("visible, delayed, in flight of dlq and target (-want +got):\n%s", diff)
	}
	want := []types.ListMessageMoveTasksResultEntry{{
		Status: aws.String("COMPLETED"), SourceArn: &dlq, DestinationArn: &target, MaxNumberOfMessagesPerSecond: aws.Int32(2),
		ApproximateNumberOfMessagesMoved: 10, ApproximateNumberOfMessagesToMove: aws.Int64(10), StartedTimestamp: started,
	}}
	ignore := cmpopts.IgnoreUnexported(types.ListMessageMoveTasksResultEntry{})
	if diff := cmp.Diff(want, w.tasks(t, dlq, 10), ignore); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	_, err := w.cancelMove(t, handle)
	wantCode(t, "cancelling what has completed", err, "InvalidParameterValue")
}

func TestMoveTaskWithoutRateMovesAShortBacklogAtOnce(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 502)
	w.mustStart(t, dlq, target, 0)
	w.wantTask(t, "at once", dlq, "RUNNING 500/502")
	w.pass(time.Second)
	w.wantTask(t, "after a second", dlq, "COMPLETED 502/502")
	if last := w.tasks(t, dlq, 1)[0]; last.MaxNumberOfMessagesPerSecond != nil {
		t.Errorf("shows a rate of %d, want none", *last.MaxNumberOfMessagesPerSecond)
	}
}

func TestMoveTaskHandle(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 2)
	handle := w.mustStart(t, dlq, target, 1)
	raw, err := base64.StdEncoding.DecodeString(handle)
	var fields map[string]string
	if err != nil || json.Unmarshal(raw, &fields) != nil || len(fields) != 2 || fields["sourceArn"] != dlq || fields["taskId"] == "" {
		t.Errorf("the handle holds %s (%v), want a taskId and the sourceArn", raw, err)
	}
	if got := w.tasks(t, dlq, 1)[0].TaskHandle; aws.ToString(got) != handle {
		t.Errorf("a running task shows the handle %q, want %q", aws.ToString(got), handle)
	}
	w.pass(2 * time.Second)
	if got := w.tasks(t, dlq, 1)[0].TaskHandle; got != nil {
		t.Errorf("a finished task shows the handle %q, want none", *got)
	}
}

func TestMovedMessageIsANewOne(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 0)
	must[*sqs.SendMessageOutput](t)(w.sqs(owner, region).SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String("dlq"), MessageBody: aws.String("m"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"kind": {DataType: aws.String("String"), StringValue: aws.String("order")},
		},
	}))
	before := w.receive(t, "dlq")[0]
	w.pass(time.Minute)
	w.mustStart(t, dlq, target, 1)
	w.pass(10 * time.Second)
	after := w.receive(t, "target")
	if len(after) != 1 {
		t.Fatalf("received %d messages, want 1", len(after))
	}
	if *after[0].MessageId == *before.MessageId {
		t.Errorf("the message kept its id %s", *before.MessageId)
	}
	if *after[0].Body != "m" || *after[0].MessageAttributes["kind"].StringValue != "order" {
		t.Errorf("received %+v, want body and attributes as they were", after[0])
	}
	got := after[0].Attributes
	sent := fmt.Sprint(w.clock.Now().Add(-9 * time.Second).UnixMilli())
	if got["SentTimestamp"] != sent || got["ApproximateReceiveCount"] != "1" || got["DeadLetterQueueSourceArn"] != "" {
		t.Errorf("got %v, want it sent at %s, received once and of no dead-letter source", got, sent)
	}
}

func TestMoveTaskLeavesWhatIsInFlight(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 1)
	if got := w.receive(t, "dlq"); len(got) != 1 {
		t.Fatalf("received %d messages, want 1", len(got))
	}
	w.send(t, "dlq", "visible")
	w.mustStart(t, dlq, target, 1)
	w.pass(time.Second)
	w.wantTask(t, "one is in flight", dlq, "COMPLETED 1/1")
	if diff := cmp.Diff([]string{"visible"}, bodies(w.receive(t, "target"))); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
}

func TestMoveTaskMovesWhatArrivesMeanwhile(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 2)
	w.mustStart(t, dlq, target, 1)
	w.pass(time.Second)
	w.send(t, "dlq", "late")
	w.pass(2 * time.Second)
	w.wantTask(t, "with one that came late", dlq, "COMPLETED 3/2")
}

func TestMoveTaskCancelled(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 10)
	handle := w.mustStart(t, dlq, target, 1)
	w.pass(3 * time.Second)
	if moved := must[int64](t)(w.cancelMove(t, handle)); moved != 3 {
		t.Errorf("cancelling answered %d moved, want 3", moved)
	}
	w.wantTask(t, "at once", dlq, "CANCELLING 3/10")
	_, err := w.cancelMove(t, handle)
	wantCode(t, "cancelling twice", err, "InvalidParameterValue")
	_, err = w.startMove(t, dlq, target, 1)
	wantCode(t, "starting while the other is cancelling", err, "InvalidParameterValue")
	w.pass(time.Second)
	w.wantTask(t, "a second later", dlq, "CANCELLED 3/10")
	if got := w.tasks(t, dlq, 1)[0].TaskHandle; got != nil {
		t.Errorf("a cancelled task shows the handle %q, want none", *got)
	}
	w.mustStart(t, dlq, target, 0)
	w.wantTask(t, "another", dlq, "COMPLETED 7/7")
}

func TestMoveTaskFailsWhenItsDestinationIsDeleted(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 10)
	w.mustStart(t, dlq, target, 1)
	w.pass(3 * time.Second)
	w.deleteQueue(t, "target")
	w.wantTask(t, "the destination is gone", dlq, "FAILED 3/10 AWS.SimpleQueueService.NonExistentQueue")
	if got := w.counts(t, "dlq"); got != [3]string{"7", "0", "0"} {
		t.Errorf("the dead-letter queue has %v, want the seven that were not moved", got)
	}
}

// A message that was sent to the dead-letter queue has no source to go back to.
func TestMoveTaskFailsOnAMessageWithoutSource(t *testing.T) {
	w := newWorld()
	dlq, _ := w.deadLetters(t, 1)
	w.mustStart(t, dlq, "", 0)
	w.wantTask(t, "no destination", dlq, "FAILED 0/1 CouldNotDetermineMessageSource")
	if last := w.tasks(t, dlq, 1)[0]; last.DestinationArn != nil {
		t.Errorf("shows the destination %s, want none", *last.DestinationArn)
	}
	if got := w.counts(t, "dlq"); got != [3]string{"1", "0", "0"} {
		t.Errorf("the dead-letter queue has %v, want its message", got)
	}
}

func TestMoveTasksAreListedNewestFirst(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 0)
	for rate := range int32(12) {
		w.send(t, "dlq", "m")
		w.mustStart(t, dlq, target, rate+1)
		w.pass(time.Second)
	}
	rates := func(tasks []types.ListMessageMoveTasksResultEntry) []int32 {
		var got []int32
		for _, task := range tasks {
			got = append(got, *task.MaxNumberOfMessagesPerSecond)
		}
		return got
	}
	byDefault := must[*sqs.ListMessageMoveTasksOutput](t)(w.sqs(owner, region).ListMessageMoveTasks(t.Context(),
		&sqs.ListMessageMoveTasksInput{SourceArn: &dlq})).Results
	if diff := cmp.Diff([]int32{12}, rates(byDefault)); diff != "" {
		t.Errorf("without MaxResults (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{12, 11, 10, 9, 8, 7, 6, 5, 4, 3}, rates(w.tasks(t, dlq, 10))); diff != "" {
		t.Errorf("ten at most (-want +got):\n%s", diff)
	}
	for _, n := range []int32{0, 11} {
		_, err := w.sqs(owner, region).ListMessageMoveTasks(t.Context(),
			&sqs.ListMessageMoveTasksInput{SourceArn: &dlq, MaxResults: &n})
		wantCode(t, fmt.Sprint("MaxResults ", n), err, "InvalidParameterValue")
	}
	_, err := w.sqs(owner, region).ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(dlq + "x")})
	wantCode(t, "a source that does not exist", err, "ResourceNotFoundException")
	_, err = w.sqs(owner, region).ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: aws.String("dlq")})
	wantCode(t, "a source that is no ARN", err, "InvalidParameterValue")
}

func TestMoveTaskBetweenFIFOQueuesKeepsOrderAndGroups(t *testing.T) {
	w := newWorld()
	fifo := map[string]string{"FifoQueue": "true"}
	_, dlq := w.queue(t, "dlq.fifo", fifo)
	_, target := w.queue(t, "target.fifo", fifo)
	w.queue(t, "source.fifo", map[string]string{
		"FifoQueue": "true", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, dlq),
	})
	send := func(queue, body, dedup string) {
		must[*sqs.SendMessageOutput](t)(w.sqs(owner, region).SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &queue, MessageBody: &body, MessageGroupId: aws.String("g"), MessageDeduplicationId: &dedup,
		}))
	}
	send("target.fifo", "first", "1")
	for i := range 3 {
		send("dlq.fifo", fmt.Sprint("m", i), fmt.Sprint(i))
	}
	w.mustStart(t, dlq, target, 0)
	got := w.receive(t, "target.fifo")
	if diff := cmp.Diff([]string{"first", "m0", "m1", "m2"}, bodies(got)); diff != "" {
		t.Fatalf("received, none lost as a duplicate (-want +got):\n%s", diff)
	}
	for i, m := range got[1:] {
		if m.Attributes["MessageGroupId"] != "g" || m.Attributes["SequenceNumber"] <= got[i].Attributes["SequenceNumber"] {
			t.Errorf("message %s has %v, want its group and a higher sequence number", *m.Body, m.Attributes)
		}
	}
}
