package localaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

// counts returns visible, delayed and in-flight messages of a queue.
func (w world) counts(t *testing.T, url string) [3]string {
	t.Helper()
	got := must[*sqs.GetQueueAttributesOutput](t)(w.sqs(owner, region).GetQueueAttributes(t.Context(),
		&sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"}})).Attributes
	return [3]string{
		got["ApproximateNumberOfMessages"], got["ApproximateNumberOfMessagesDelayed"],
		got["ApproximateNumberOfMessagesNotVisible"],
	}
}

func TestMessageLife(t *testing.T) {
	w := newWorld()
	url, _ := w.queue(t, "q", map[string]string{"VisibilityTimeout": "30"})
	client := w.sqs(owner, region)
	wantCounts := func(when string, visible, delayed, inFlight string) {
		t.Helper()
		if diff := cmp.Diff([3]string{visible, delayed, inFlight}, w.counts(t, url)); diff != "" {
			t.Errorf("%s: visible, delayed, in flight (-want +got):\n%s", when, diff)
		}
	}
	receive := func() []types.Message {
		t.Helper()
		return must[*sqs.ReceiveMessageOutput](t)(client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"ApproximateReceiveCount", "SentTimestamp"},
		})).Messages
	}
	must[*sqs.SendMessageOutput](t)(client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String("hello"), DelaySeconds: 10,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"kind": {DataType: aws.String("String"), StringValue: aws.String("order")},
			"blob": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
		},
	}))
	wantCounts("delayed", "0", "1", "0")
	w.pass(10 * time.Second)
	wantCounts("visible", "1", "0", "0")
	if got := receive(); len(got) != 1 || *got[0].Body != "hello" || len(got[0].MessageAttributes) != 2 {
		t.Fatalf("received %+v, want the message with its attributes", got)
	}
	wantCounts("in flight", "0", "0", "1")
	if got := receive(); len(got) != 0 {
		t.Errorf("received %+v inside the visibility timeout", got)
	}
	w.pass(30 * time.Second)
	again := receive()
	want := map[string]string{"ApproximateReceiveCount": "2", "SentTimestamp": "1767323045000"}
	if len(again) != 1 || !cmp.Equal(again[0].Attributes, want) {
		t.Fatalf("received %+v, want one message with %v", again, want)
	}
	must[*sqs.DeleteMessageOutput](t)(client.DeleteMessage(t.Context(),
		&sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: again[0].ReceiptHandle}))
	wantCounts("deleted", "0", "0", "0")
	_, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("x")})
	wantCode(t, "a handle that is none", err, "ReceiptHandleIsInvalid")
}

func TestPurgeOncePerMinute(t *testing.T) {
	w := newWorld()
	url, _ := w.queue(t, "q", nil)
	client := w.sqs(owner, region)
	purge := func() error {
		_, err := client.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url})
		return err
	}
	must[*sqs.SendMessageOutput](t)(client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("m")}))
	wantCode(t, "first", purge(), "")
	if diff := cmp.Diff([3]string{"0", "0", "0"}, w.counts(t, url)); diff != "" {
		t.Errorf("after purge (-want +got):\n%s", diff)
	}
	w.pass(59 * time.Second)
	wantCode(t, "after 59 s", purge(), "AWS.SimpleQueueService.PurgeQueueInProgress")
	w.pass(time.Second)
	wantCode(t, "after 60 s", purge(), "")
}

func TestSendMessageRefused(t *testing.T) {
	w := newWorld()
	standard, _ := w.queue(t, "q", map[string]string{"MaximumMessageSize": "1024"})
	fifo, _ := w.queue(t, "q.fifo", map[string]string{"FifoQueue": "true"})
	for name, test := range map[string]struct {
		input sqs.SendMessageInput
		code  string
	}{
		"too long":        {sqs.SendMessageInput{QueueUrl: &standard, MessageBody: aws.String(strings.Repeat("x", 1025))}, "InvalidParameterValue"},
		"long enough":     {sqs.SendMessageInput{QueueUrl: &standard, MessageBody: aws.String(strings.Repeat("x", 1024))}, ""},
		"empty":           {sqs.SendMessageInput{QueueUrl: &standard, MessageBody: aws.String("")}, "MissingParameter"},
		"delay":           {sqs.SendMessageInput{QueueUrl: &standard, MessageBody: aws.String("m"), DelaySeconds: 901}, "InvalidParameterValue"},
		"dedup id":        {sqs.SendMessageInput{QueueUrl: &standard, MessageBody: aws.String("m"), MessageDeduplicationId: aws.String("d")}, "InvalidParameterValue"},
		"fifo, no group":  {sqs.SendMessageInput{QueueUrl: &fifo, MessageBody: aws.String("m"), MessageDeduplicationId: aws.String("d")}, "MissingParameter"},
		"fifo, no dedup":  {sqs.SendMessageInput{QueueUrl: &fifo, MessageBody: aws.String("m"), MessageGroupId: aws.String("g")}, "InvalidParameterValue"},
		"fifo, complete":  {sqs.SendMessageInput{QueueUrl: &fifo, MessageBody: aws.String("m"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("d")}, ""},
		"unknown queue":   {sqs.SendMessageInput{QueueUrl: aws.String("none"), MessageBody: aws.String("m")}, "AWS.SimpleQueueService.NonExistentQueue"},
		"unknown address": {sqs.SendMessageInput{QueueUrl: aws.String("https://sqs.us-east-1.amazonaws.com/"), MessageBody: aws.String("m")}, "InvalidAddress"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.sqs(owner, region).SendMessage(t.Context(), &test.input)
			wantCode(t, "SendMessage", err, test.code)
		})
	}
}
