package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// box is a queue of the owner with a client, for tests that send and receive.
type box struct {
	world
	client   *sqs.Client
	url, arn string
}

func (w world) box(t *testing.T, name string, attributes map[string]string) box {
	t.Helper()
	url, arn := w.queue(t, name, attributes)
	return box{w, w.sqs(owner, region), url, arn}
}

// fifo are the attributes of a FIFO queue, and of the pairs of names and values given.
func fifo(more ...string) map[string]string {
	attributes := map[string]string{"FifoQueue": "true"}
	for i := 0; i < len(more); i += 2 {
		attributes[more[i]] = more[i+1]
	}
	return attributes
}

// trySend sends one message; the input's queue and, if it has none, its body are filled in.
func (b box) trySend(t *testing.T, body string, in sqs.SendMessageInput) (*sqs.SendMessageOutput, error) {
	t.Helper()
	in.QueueUrl, in.MessageBody = &b.url, &body
	return b.client.SendMessage(t.Context(), &in)
}

func (b box) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		must[*sqs.SendMessageOutput](t)(b.trySend(t, body, sqs.SendMessageInput{}))
	}
}

// sendTo sends one message of a group; its deduplication id is the one given.
func (b box) sendTo(t *testing.T, group, dedupID, body string) *sqs.SendMessageOutput {
	t.Helper()
	return must[*sqs.SendMessageOutput](t)(b.trySend(t, body,
		sqs.SendMessageInput{MessageGroupId: &group, MessageDeduplicationId: &dedupID}))
}

// receive takes up to ten messages with all their attributes.
func (b box) receive(t *testing.T) []types.Message {
	t.Helper()
	return b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 10})
}

func (b box) receiveBy(t *testing.T, in sqs.ReceiveMessageInput) []types.Message {
	t.Helper()
	in.QueueUrl = &b.url
	in.MessageAttributeNames = append(in.MessageAttributeNames, "All")
	in.MessageSystemAttributeNames = append(in.MessageSystemAttributeNames, "All")
	return must[*sqs.ReceiveMessageOutput](t)(b.client.ReceiveMessage(t.Context(), &in)).Messages
}

// wantBodies takes up to ten messages and checks which they are.
func (b box) wantBodies(t *testing.T, when string, want ...string) []types.Message {
	t.Helper()
	got := b.receive(t)
	wantBodies(t, when, got, want...)
	return got
}

func wantBodies(t *testing.T, when string, got []types.Message, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, bodies(got), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: received (-want +got):\n%s", when, diff)
	}
}

func (b box) tryDelete(t *testing.T, handle *string) error {
	t.Helper()
	_, err := b.client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &b.url, ReceiptHandle: handle})
	return err
}

func (b box) delete(t *testing.T, messages ...types.Message) {
	t.Helper()
	for _, m := range messages {
		if err := b.tryDelete(t, m.ReceiptHandle); err != nil {
			t.Fatalf("deleting %s: %v", *m.Body, err)
		}
	}
}

func (b box) hide(t *testing.T, handle *string, seconds int32) error {
	t.Helper()
	_, err := b.client.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &b.url, ReceiptHandle: handle, VisibilityTimeout: seconds,
	})
	return err
}

func (b box) set(t *testing.T, name, value string) {
	t.Helper()
	must[*sqs.SetQueueAttributesOutput](t)(b.client.SetQueueAttributes(t.Context(),
		&sqs.SetQueueAttributesInput{QueueUrl: &b.url, Attributes: map[string]string{name: value}}))
}

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

func (b box) wantCounts(t *testing.T, when, visible, delayed, inFlight string) {
	t.Helper()
	if diff := cmp.Diff([3]string{visible, delayed, inFlight}, b.counts(t, b.url)); diff != "" {
		t.Errorf("%s: visible, delayed, in flight (-want +got):\n%s", when, diff)
	}
}

func text(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
}
