package conformance

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const docReceive = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"

var messageRules = []rule{
	{
		name:   "messages/are-counted",
		says:   "ApproximateNumberOfMessages counts what can be received, NotVisible what was received and not deleted",
		source: "recorded case test_approximate_number_of_messages_not_visible",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"VisibilityTimeout": "60"})
			for _, body := range []string{"a", "b", "c"} {
				w.send(url, body)
			}
			w.counts(url, "3", "0", "0")
			w.equal("messages received", len(w.receive(url, 1)), 1)
			w.counts(url, "2", "1", "0")
		},
	},
	{
		name:   "messages/delayed-are-counted",
		says:   "ApproximateNumberOfMessagesDelayed counts what was sent with a delay",
		source: docReceive,
		check: func(w *world) {
			_, url := w.queue(nil)
			w.sendDelayed(url, "late", 600)
			w.counts(url, "0", "0", "1")
		},
	},
	{
		name:   "messages/that-come-again-are-counted",
		says:   "a message whose visibility timeout or delay is over is counted as visible, without being received",
		source: docReceive,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"VisibilityTimeout": "1"})
			w.send(url, "a")
			w.equal("messages received", len(w.receive(url, 1)), 1)
			w.sendDelayed(url, "b", 1)
			w.counts(url, "2", "0", "0")
		},
	},
	{
		name:   "messages/deleted-are-gone",
		says:   "a message that was received and deleted is counted nowhere",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.send(url, "a")
			w.equal("bodies", w.bodies(url), []string{"a"})
			w.counts(url, "0", "0", "0")
		},
	},
}

// trySend sends a message; its body is "a" if none is given.
func (w *world) trySend(in *sqs.SendMessageInput) (*sqs.SendMessageOutput, error) {
	if in.MessageBody == nil {
		in.MessageBody = aws.String("a")
	}
	return w.sqs.SendMessage(w.ctx, in)
}

func (w *world) send(url, body string) {
	_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	w.ok(err, "sending")
}

func (w *world) sendDelayed(url, body string, seconds int32) {
	_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, DelaySeconds: seconds})
	w.ok(err, "sending delayed message")
}

func (w *world) receive(url string, most int32) []sqstypes.Message {
	out, err := w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: most})
	w.ok(err, "receiving")
	return out.Messages
}

// bodies receives up to ten messages and deletes them.
func (w *world) bodies(url string) []string {
	var bodies []string
	for _, message := range w.receive(url, 10) {
		bodies = append(bodies, aws.ToString(message.Body))
		w.delete(url, message)
	}
	return bodies
}

func (w *world) delete(url string, m sqstypes.Message) {
	_, err := w.sqs.DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
	w.ok(err, "deleting message")
}

// take receives until n messages are there or none came for a second, each with all its attributes. It deletes none.
func (w *world) take(url string, n int) []sqstypes.Message {
	var taken []sqstypes.Message
	for len(taken) < n {
		out, err := w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
			MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
		})
		w.ok(err, "receiving")
		if len(out.Messages) == 0 {
			return taken
		}
		taken = append(taken, out.Messages...)
	}
	return taken
}

// arrived waits for n messages and returns the bodies of these and of all others that are there by then, sorted.
func (w *world) arrived(url string, n int) []string {
	bodies := texts(append(w.take(url, n), w.receive(url, 10)...))
	slices.Sort(bodies)
	return bodies
}

// drained waits for n messages, deleting each as it comes, and returns the bodies of these and of all others that are
// there by then, in the order in which they came.
func (w *world) drained(url string, n int) []string {
	var bodies []string
	for {
		got := w.take(url, min(1, n-len(bodies)))
		if len(got) == 0 {
			return append(bodies, w.bodies(url)...)
		}
		for _, m := range got {
			bodies = append(bodies, aws.ToString(m.Body))
			w.delete(url, m)
		}
	}
}

func texts(messages []sqstypes.Message) []string {
	var bodies []string
	for _, message := range messages {
		bodies = append(bodies, aws.ToString(message.Body))
	}
	return bodies
}

// counts waits until the three approximate counts are as given.
func (w *world) counts(url, visible, inFlight, delayed string) {
	w.eventually(func() any {
		have := w.queueAttributes(url)
		return [3]string{
			have["ApproximateNumberOfMessages"], have["ApproximateNumberOfMessagesNotVisible"], have["ApproximateNumberOfMessagesDelayed"],
		}
	}, [3]string{visible, inFlight, delayed})
}
