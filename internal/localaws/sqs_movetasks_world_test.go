package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// deadLetters makes a queue "source" with the dead-letter queue "dlq" that holds n messages, and a queue "target"; it
// returns the ARNs of dlq and target.
func (w world) deadLetters(t *testing.T, n int) (dlq, target string) {
	t.Helper()
	_, dlq = w.queue(t, "dlq", nil)
	_, target = w.queue(t, "target", nil)
	w.queue(t, "source", map[string]string{
		"VisibilityTimeout": "0",
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, dlq),
	})
	for i := range n {
		w.send(t, "dlq", fmt.Sprint("m", i))
	}
	return dlq, target
}

// of gives the queue of a name, or with a URL.
func (w world) of(queue string) box { return box{world: w, client: w.sqs(owner, region), url: queue} }

func (w world) send(t *testing.T, queue, body string) {
	t.Helper()
	w.of(queue).send(t, body)
}

// receive receives up to ten messages.
func (w world) receive(t *testing.T, queue string) []types.Message {
	t.Helper()
	return w.of(queue).receive(t)
}

func bodies(messages []types.Message) []string {
	var got []string
	for _, m := range messages {
		got = append(got, *m.Body)
	}
	return got
}

// startMove starts a move task; an empty target or a rate of zero is not sent.
func (w world) startMove(t *testing.T, source, target string, rate int32) (handle string, err error) {
	t.Helper()
	in := &sqs.StartMessageMoveTaskInput{SourceArn: &source}
	if target != "" {
		in.DestinationArn = &target
	}
	if rate != 0 {
		in.MaxNumberOfMessagesPerSecond = &rate
	}
	out, err := w.sqs(owner, region).StartMessageMoveTask(t.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.TaskHandle, nil
}

// mustStart starts a move task that AWS would start.
func (w world) mustStart(t *testing.T, source, target string, rate int32) string {
	t.Helper()
	return must[string](t)(w.startMove(t, source, target, rate))
}

func (w world) tasks(t *testing.T, source string, n int32) []types.ListMessageMoveTasksResultEntry {
	t.Helper()
	return must[*sqs.ListMessageMoveTasksOutput](t)(w.sqs(owner, region).ListMessageMoveTasks(t.Context(),
		&sqs.ListMessageMoveTasksInput{SourceArn: &source, MaxResults: &n})).Results
}

// wantTask compares status, messages moved, messages to move and the reason of failure of the last task.
func (w world) wantTask(t *testing.T, when, source, want string) {
	t.Helper()
	last := w.tasks(t, source, 1)[0]
	got := fmt.Sprintf("%s %d/%d %s", *last.Status, last.ApproximateNumberOfMessagesMoved,
		*last.ApproximateNumberOfMessagesToMove, aws.ToString(last.FailureReason))
	if strings.TrimSpace(got) != want {
		t.Errorf("%s: the task is %q, want %q", when, got, want)
	}
}

func (w world) cancelMove(t *testing.T, handle string) (int64, error) {
	t.Helper()
	out, err := w.sqs(owner, region).CancelMessageMoveTask(t.Context(), &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
	if err != nil {
		return 0, err
	}
	return out.ApproximateNumberOfMessagesMoved, nil
}

func (w world) deleteQueue(t *testing.T, queue string) {
	t.Helper()
	must[*sqs.DeleteQueueOutput](t)(w.sqs(owner, region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &queue}))
}
