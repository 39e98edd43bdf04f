package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const docVisibility = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"

var messageVisibilityRules = []rule{
	{
		name:   "visibility/hides-for-its-time",
		says:   "a message that was received is hidden for the visibility timeout, then it comes again",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html",
		check: func(w *world) {
			_, long := w.queue(map[string]string{"VisibilityTimeout": "600"})
			_, short := w.queue(map[string]string{"VisibilityTimeout": "1"})
			for _, url := range []string{long, short} {
				w.send(url, "a")
				w.equal("messages at first", texts(w.receive(url, 1)), []string{"a"})
			}
			w.comesAgain(short)
			w.equal("messages while hidden", texts(w.receive(long, 1)), nothing)
		},
	},
	{
		name:   "visibility/changes",
		says:   "ChangeMessageVisibility hides a message for a time from now on, and 0 shows it at once",
		source: docVisibility,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"VisibilityTimeout": "600"})
			w.send(url, "a")
			got := w.receive(url, 1)
			for _, seconds := range []int32{0, 1} {
				for _, m := range got {
					w.ok(w.tryHide(url, m.ReceiptHandle, seconds), "changing visibility")
				}
				got = w.comesAgain(url)
			}
		},
	},
	{
		name:   "visibility/receive-may-choose",
		says:   "VisibilityTimeout of ReceiveMessage comes before that of the queue",
		source: docReceive,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"VisibilityTimeout": "600"})
			w.send(url, "a")
			out, err := w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, VisibilityTimeout: 1})
			w.ok(err, "receiving")
			w.equal("messages at first", texts(out.Messages), []string{"a"})
			w.comesAgain(url)
		},
	},
	{
		name:   "visibility/of-what-is-visible",
		says:   "ChangeMessageVisibility of a standard queue does nothing for a message that is visible again",
		source: "https://github.com/getmoto/moto/pull/4655, tried against AWS",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.send(url, "a")
			for _, m := range w.receive(url, 1) {
				w.ok(w.tryHide(url, m.ReceiptHandle, 0), "showing")
				w.ok(w.tryHide(url, m.ReceiptHandle, 60), "hiding what is visible")
				w.equal("messages received", len(w.receive(url, 1)), 1)
			}
		},
	},
	{
		name:   "visibility/receipt-handles",
		says:   "a receipt handle that SQS did not give is ReceiptHandleIsInvalid",
		source: docVisibility,
		check: func(w *world) {
			_, url := w.queue(nil)
			w.refused(w.tryHide(url, aws.String("garbage"), 60), "ReceiptHandleIsInvalid")
			_, err := w.sqs.DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("garbage")})
			w.refused(err, "ReceiptHandleIsInvalid")
		},
	},
	{
		name:   "visibility/range",
		says:   "a visibility timeout is at most 43200 seconds",
		source: docVisibility,
		check: func(w *world) {
			_, url := w.queue(nil)
			w.send(url, "a")
			for _, m := range w.receive(url, 1) {
				w.refused(w.tryHide(url, m.ReceiptHandle, 43201), "InvalidParameterValue")
			}
		},
	},
	{
		name:   "receive/at-most-ten",
		says:   "MaxNumberOfMessages is at most ten",
		source: "recorded case test_send_receive_max_number_of_messages",
		check: func(w *world) {
			_, url := w.queue(nil)
			_, err := w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 11})
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "receive/waits",
		says:   "with WaitTimeSeconds ReceiveMessage waits that long for a message and then gives none",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html",
		check: func(w *world) {
			_, url := w.queue(nil)
			start := time.Now()
			w.equal("number of messages", len(w.take(url, 1)), 0)
			if waited := time.Since(start); waited < 900*time.Millisecond {
				w.Errorf("waited %s, want a second", waited)
			}
		},
	},
	{
		name:   "receive/wakes",
		says:   "a long poll answers as soon as a message is there",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"ReceiveMessageWaitTimeSeconds": "10"})
			sent := make(chan error, 1)
			timer := time.AfterFunc(200*time.Millisecond, func() {
				_, err := w.sqs.SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("a")})
				sent <- err
			})
			defer timer.Stop()
			start := time.Now()
			w.equal("number of messages", len(w.receive(url, 1)), 1)
			if waited := time.Since(start); waited > 5*time.Second {
				w.Errorf("waited %s, want less than a second", waited)
			}
			w.ok(<-sent, "sending")
		},
	},
	{
		name:   "delay/hides-at-first",
		says:   "DelaySeconds of a message, else of its queue, hides it from its sending on",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"DelaySeconds": "600"})
			w.send(url, "late")
			w.sendDelayed(url, "soon", 1)
			w.eventually(func() any { return w.bodies(url) }, []string{"soon"})
			w.equal("messages still delayed", w.bodies(url), nothing)
		},
	},
}

// comesAgain receives the message "a" of a queue once it is visible.
func (w *world) comesAgain(url string) (got []sqstypes.Message) {
	w.eventually(func() any {
		got = w.receive(url, 1)
		return texts(got)
	}, []string{"a"})
	return got
}

// tryHide changes the visibility of a message.
func (w *world) tryHide(url string, receipt *string, seconds int32) error {
	_, err := w.sqs.ChangeMessageVisibility(w.ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: receipt, VisibilityTimeout: seconds})
	return err
}
