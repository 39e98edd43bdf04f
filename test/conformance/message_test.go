package conformance

import (
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
			_, err := w.sqs.SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("late"), DelaySeconds: 600})
			w.ok(err, "sending delayed message")
			w.counts(url, "0", "0", "1")
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

func (w *world) send(url, body string) {
	_, err := w.sqs.SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	w.ok(err, "sending")
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
		_, err := w.sqs.DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: message.ReceiptHandle})
		w.ok(err, "deleting message")
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
