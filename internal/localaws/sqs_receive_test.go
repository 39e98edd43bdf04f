package localaws_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestReceiveMessageRefused(t *testing.T) {
	w := newWorld()
	standard, fifoQueue := w.box(t, "q", nil), w.box(t, "q.fifo", fifo())
	for name, test := range map[string]struct {
		from    box
		in      sqs.ReceiveMessageInput
		code    string
		message string
	}{
		"eleven":             {standard, sqs.ReceiveMessageInput{MaxNumberOfMessages: 11}, "InvalidParameterValue", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."},
		"minus one":          {standard, sqs.ReceiveMessageInput{MaxNumberOfMessages: -1}, "InvalidParameterValue", "Value -1 for parameter MaxNumberOfMessages"},
		"over 12 h":          {standard, sqs.ReceiveMessageInput{VisibilityTimeout: 43201}, "InvalidParameterValue", "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."},
		"over 20 s":          {standard, sqs.ReceiveMessageInput{WaitTimeSeconds: 21}, "InvalidParameterValue", "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."},
		"unknown attribute":  {standard, sqs.ReceiveMessageInput{MessageSystemAttributeNames: []types.MessageSystemAttributeName{"Colour"}}, "InvalidAttributeName", "Unknown Attribute Colour."},
		"attempt, standard":  {standard, sqs.ReceiveMessageInput{ReceiveRequestAttemptId: aws.String("a")}, "InvalidParameterValue", "Value a for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is not valid for this queue type."},
		"attempt, fifo":      {fifoQueue, sqs.ReceiveMessageInput{ReceiveRequestAttemptId: aws.String("a")}, "", ""},
		"attempt, too long":  {fifoQueue, sqs.ReceiveMessageInput{ReceiveRequestAttemptId: aws.String(strings.Repeat("a", 129))}, "InvalidParameterValue", "1 to 128 in length"},
		"queue's attributes": {standard, sqs.ReceiveMessageInput{AttributeNames: []types.QueueAttributeName{"Policy"}}, "", ""}, //nolint:staticcheck // older clients send it
	} {
		t.Run(name, func(t *testing.T) {
			test.in.QueueUrl = &test.from.url
			_, err := test.from.client.ReceiveMessage(t.Context(), &test.in)
			if code(err) != test.code || err != nil && !strings.Contains(err.Error(), test.message) {
				t.Errorf("got %v, want %s: %s", err, test.code, test.message)
			}
		})
	}
}

func TestReceiverChoosesAttributes(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"VisibilityTimeout": "0"})
	must[*sqs.SendMessageOutput](t)(b.trySend(t, "m", sqs.SendMessageInput{
		MessageGroupId:    aws.String("tenant"),
		MessageAttributes: map[string]types.MessageAttributeValue{"bar.one": text("1"), "bar.two": text("2"), "foo": text("3")},
	}))
	for name, test := range map[string]struct{ asked, want []string }{
		"none":    {nil, nil},
		"one":     {[]string{"foo", "none"}, []string{"foo"}},
		"prefix":  {[]string{"bar.*"}, []string{"bar.one", "bar.two"}},
		"All":     {[]string{"All"}, []string{"bar.one", "bar.two", "foo"}},
		".*":      {[]string{".*"}, []string{"bar.one", "bar.two", "foo"}},
		"*":       {[]string{"*"}, []string{"bar.one", "bar.two", "foo"}},
		"by case": {[]string{"FOO"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := must[*sqs.ReceiveMessageOutput](t)(b.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
				QueueUrl: &b.url, MessageAttributeNames: test.asked,
				MessageSystemAttributeNames: []types.MessageSystemAttributeName{"MessageGroupId"},
			})).Messages[0]
			names := slices.Sorted(maps.Keys(got.MessageAttributes))
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if (got.MD5OfMessageAttributes == nil) != (test.want == nil) {
				t.Errorf("digest of attributes is %v", got.MD5OfMessageAttributes)
			}
			if diff := cmp.Diff(map[string]string{"MessageGroupId": "tenant"}, got.Attributes); diff != "" {
				t.Errorf("system attributes (-want +got):\n%s", diff)
			}
		})
	}
}

// SDKs of other languages compare this digest with their own.
func TestDigestOfAttributes(t *testing.T) {
	b := newWorld().box(t, "q", nil)
	out := must[*sqs.SendMessageOutput](t)(b.trySend(t, "bar", sqs.SendMessageInput{
		MessageAttributes: map[string]types.MessageAttributeValue{"timestamp": {
			DataType: aws.String("Number"), StringValue: aws.String("1493147359900"),
		}},
	}))
	if got := *out.MD5OfMessageAttributes; got != "235c5c510d26fb653d073faed50ae77c" {
		t.Errorf("digest is %s", got)
	}
}

func TestReceiptHandles(t *testing.T) {
	w := newWorld()
	standard, other := w.box(t, "q", nil), w.box(t, "other", nil)
	standard.send(t, "m")
	first := standard.receive(t)[0]
	wantMessage(t, "no handle", standard.tryDelete(t, aws.String("x")),
		"ReceiptHandleIsInvalid", `The input receipt handle "x" is not a valid receipt handle.`)
	wantMessage(t, "another queue's handle", other.tryDelete(t, first.ReceiptHandle),
		"ReceiptHandleIsInvalid", `The receipt handle "`+*first.ReceiptHandle+`" is not valid for this queue.`)
	standard.pass(30 * time.Second)
	second := standard.receive(t)[0]
	if *first.ReceiptHandle == *second.ReceiptHandle {
		t.Error("two receives gave one handle")
	}
	wantCode(t, "hiding by the older handle", standard.hide(t, first.ReceiptHandle, 0), "")
	standard.wantCounts(t, "given back by the older handle", "1", "0", "0")
	wantCode(t, "deleting by the older handle", standard.tryDelete(t, first.ReceiptHandle), "")
	wantCode(t, "deleting again", standard.tryDelete(t, second.ReceiptHandle), "")
	standard.wantCounts(t, "deleted", "0", "0", "0")
	wantCode(t, "hiding a deleted message", standard.hide(t, second.ReceiptHandle, 5), "InvalidParameterValue")
}

func TestVisibilityChanges(t *testing.T) {
	b := newWorld().box(t, "q", nil)
	b.send(t, "m")
	handle := b.receive(t)[0].ReceiptHandle
	b.pass(20 * time.Second)
	wantCode(t, "extending", b.hide(t, handle, 60), "")
	b.pass(59 * time.Second)
	b.wantCounts(t, "extended", "0", "0", "1")
	wantCode(t, "too far", b.hide(t, handle, 43200), "InvalidParameterValue")
	wantCode(t, "out of range", b.hide(t, handle, 43201), "InvalidParameterValue")
	wantCode(t, "as far as it goes", b.hide(t, handle, 43200-79), "")
	wantCode(t, "shortening", b.hide(t, handle, 10), "")
	b.pass(10 * time.Second)
	b.wantCounts(t, "over", "1", "0", "0")
	wantCode(t, "not in flight", b.hide(t, handle, 10), "")
	b.wantCounts(t, "not hidden again by an expired handle", "1", "0", "0")
	handle = b.receive(t)[0].ReceiptHandle
	wantCode(t, "at once", b.hide(t, handle, 0), "")
	b.wantBodies(t, "made visible at once", "m")
}
