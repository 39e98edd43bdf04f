package wire_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// answering is an HTTP client that is answered by a function of the request's body.
type answering func(body []byte) (answer []byte, contentType string)

func (f answering) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer, contentType := f(body)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(answer)), ContentLength: int64(len(answer)),
	}, nil
}

func config(f answering) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: f, Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

type batchEntry struct {
	ID                string `json:"Id"`
	Message           string
	GroupID           string `json:"MessageGroupId"`
	MessageAttributes map[string]attribute
}

type publishBatchInput struct {
	TopicArn string
	Entries  []batchEntry `json:"PublishBatchRequestEntries"`
}

type batchResult struct {
	ID             string `json:"Id"`
	MessageID      string `json:"MessageId"`
	SequenceNumber string `json:",omitempty"`
}

type publishBatchOutput struct {
	Successful []batchResult
	Failed     []failure
}

// TestPublishBatchOfTheSDK: what the SDK writes as a form is read, and what is written as XML the SDK reads.
func TestPublishBatchOfTheSDK(t *testing.T) {
	var got publishBatchInput
	client := sns.NewFromConfig(config(func(body []byte) ([]byte, string) {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Errorf("parsing %s: %v", body, err)
		}
		if err := wire.Query.Decode(form, &got); err != nil {
			t.Errorf("decoding %s: %v", body, err)
		}
		return wire.Query.Response(form.Get("Action"), "http://sns.amazonaws.com/doc/2010-03-31/", "id", &publishBatchOutput{
			Successful: []batchResult{{ID: "1", MessageID: "m"}},
			Failed:     []failure{{ID: "2", SenderFault: true, Code: "InvalidParameter", Message: "no <good>"}},
		}), "text/xml"
	}))
	out, err := client.PublishBatch(t.Context(), &sns.PublishBatchInput{
		TopicArn: aws.String("arn"),
		PublishBatchRequestEntries: []snstypes.PublishBatchRequestEntry{
			{Id: aws.String("1"), Message: aws.String("a&b"), MessageAttributes: map[string]snstypes.MessageAttributeValue{
				"s": {DataType: aws.String("String"), StringValue: aws.String("=+é")},
				"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255, 62}},
			}},
			{Id: aws.String("2"), Message: aws.String(""), MessageGroupId: aws.String("g")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := publishBatchInput{TopicArn: "arn", Entries: []batchEntry{
		{ID: "1", Message: "a&b", MessageAttributes: map[string]attribute{
			"s": {DataType: "String", StringValue: "=+é"}, "b": {DataType: "Binary", BinaryValue: []byte{0, 255, 62}},
		}},
		{ID: "2", GroupID: "g"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if len(out.Successful) != 1 || *out.Successful[0].MessageId != "m" || out.Successful[0].SequenceNumber != nil {
		t.Errorf("successful: %+v", out.Successful)
	}
	if len(out.Failed) != 1 || !out.Failed[0].SenderFault || *out.Failed[0].Message != "no <good>" {
		t.Errorf("failed: %+v", out.Failed)
	}
}

// TestSendMessageBatchOfTheSDK: the same of JSON.
func TestSendMessageBatchOfTheSDK(t *testing.T) {
	var got input
	client := sqs.NewFromConfig(config(func(body []byte) ([]byte, string) {
		if err := wire.DecodeJSON(body, &got); err != nil {
			t.Errorf("decoding %s: %v", body, err)
		}
		answer, err := wire.EncodeJSON(publishBatchOutput{Failed: []failure{{ID: "1", Code: "C", Message: "<m>"}}})
		if err != nil {
			t.Errorf("encoding: %v", err)
		}
		return answer, "application/x-amz-json-1.0"
	}))
	out, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{
		QueueUrl: aws.String("http://x/1/q"),
		Entries: []sqstypes.SendMessageBatchRequestEntry{
			{Id: aws.String("1"), MessageBody: aws.String("x"), DelaySeconds: 7, MessageAttributes: map[string]sqstypes.MessageAttributeValue{
				"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	seven := 7
	want := input{ref: ref{QueueURL: "http://x/1/q"}, Entries: []entry{{
		ID: "1", Delay: &seven, MessageAttributes: map[string]attribute{"b": {DataType: "Binary", BinaryValue: []byte{0, 255}}},
	}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(input{})); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if len(out.Failed) != 1 || out.Failed[0].SenderFault || *out.Failed[0].Message != "<m>" {
		t.Errorf("failed: %+v", out.Failed)
	}
}
