package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// queueURL comes before the name of a queue; @ stands for it below.
const queueURL = "https://sqs.us-east-1.amazonaws.com/111111111111/"

func TestReplayOfOperations(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		// reason is within that of the disagreement; empty where the case agrees.
		reason string
	}{
		"a message comes back under placeholders": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a"}},
			{"service":"sqs","op":"SendMessage","params":{"QueueUrl":"@a","MessageBody":"{\"b\": 1}"}}],
			"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"},
			"expect":{"response":{"Messages":[{"Body":{"b":1},"MD5OfBody":"<md5>","MessageId":"<uuid:1>","ReceiptHandle":"<receipt-handle:1>"}]},"httpStatus":200}}`},
		"a receipt handle of an earlier answer": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a"}},
			{"service":"sqs","op":"SendMessage","params":{"QueueUrl":"@a","MessageBody":"x"}},
			{"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"}},
			{"service":"sqs","op":"DeleteMessage","params":{"QueueUrl":"@a","ReceiptHandle":"<receipt-handle:1>"}}],
			"service":"sqs","op":"GetQueueAttributes","params":{"QueueUrl":"@a","AttributeNames":["ApproximateNumberOfMessagesNotVisible"]},
			"expect":{"attributesExactly":{"ApproximateNumberOfMessagesNotVisible":"0"}}}`},
		"a zero is sent": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a","Attributes":{"DelaySeconds":"60"}}},
			{"service":"sqs","op":"SendMessage","params":{"QueueUrl":"@a","MessageBody":"x","DelaySeconds":0}}],
			"service":"sqs","op":"GetQueueAttributes","params":{"QueueUrl":"@a","AttributeNames":["ApproximateNumberOfMessages"]},
			"expect":{"attributesExactly":{"ApproximateNumberOfMessages":"1"}}}`},
		"time passes until a message is back": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a","Attributes":{"VisibilityTimeout":"90"}}},
			{"service":"sqs","op":"SendMessage","params":{"QueueUrl":"@a","MessageBody":"x"}},
			{"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"}}],
			"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a","AttributeNames":["ApproximateReceiveCount"]},
			"expect":{"response":{"Messages":[{"Body":"x","Attributes":{"ApproximateReceiveCount":"2"},"MD5OfBody":"<md5>","MessageId":"<uuid:1>","ReceiptHandle":"<receipt-handle:1>"}]}}}`},
		"time passes between all receives": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a"}},
			{"service":"sqs","op":"SendMessage","params":{"QueueUrl":"@a","MessageBody":"x"}},
			{"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"}},
			{"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"}},
			{"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"}}],
			"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a","AttributeNames":["ApproximateReceiveCount"]},
			"expect":{"response":{"Messages":[{"Body":"x","Attributes":{"ApproximateReceiveCount":"4"},"MD5OfBody":"<md5>","MessageId":"<uuid:1>","ReceiptHandle":"<receipt-handle:1>"}]}}}`},
		"no time makes another answer": {
			document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a"}},
			{"service":"sqs","op":"SendMessage","params":{"QueueUrl":"@a","MessageBody":"x"}},
			{"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"}}],
			"service":"sqs","op":"ReceiveMessage","params":{"QueueUrl":"@a"},
			"expect":{"response":{"Messages":[{"Body":"y","MD5OfBody":"<md5>","MessageId":"<uuid:1>","ReceiptHandle":"<receipt-handle:1>"}]}}}`,
			reason: `got {}, AWS answered {"Messages"`,
		},
		"pages by their lists": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a-<0..2>"}}],
			"service":"sqs","op":"ListQueues","params":{"QueueNamePrefix":"a-","MaxResults":2},
			"expect":{"pages":[["@a-0","@a-1"],["@a-2"]]}}`},
		"pages by their sizes": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a-<0..2>"}}],
			"service":"sqs","op":"ListQueues","params":{"QueueNamePrefix":"a-","MaxResults":2},
			"expect":{"pages":[2,2]}}`, reason: "AWS answered [2,2]"},
		"a token of an earlier page": {document: `{"setup":[
			{"service":"sqs","op":"CreateQueue","params":{"QueueName":"a-<0..2>"}}],
			"service":"sqs","op":"ListQueues","params":{"QueueNamePrefix":"a-","MaxResults":2,"NextToken":"token-n4"},
			"expect":{"queueUrls":["@a-2"]}}`},
		"a subscription by its synthetic ARN": {document: `{"setup":[
			{"service":"sns","op":"CreateTopic","params":{"Name":"t"}},
			{"service":"sns","op":"Subscribe","params":{"TopicArn":"arn:aws:sns:us-east-1:111111111111:t","Protocol":"sqs","Endpoint":"arn:aws:sqs:us-east-1:111111111111:a"}}],
			"service":"sns","op":"SetSubscriptionAttributes","params":{"SubscriptionArn":"arn:aws:sns:us-east-1:111111111111:t:00000000-0000-4000-8000-000000000004","AttributeName":"RawMessageDelivery","AttributeValue":"true"},
			"expect":{"ok":true}}`},
		"set-up fails": {document: `{"setup":[
			{"service":"sqs","op":"DeleteQueue","params":{"QueueUrl":"@none"}}],
			"service":"sqs","op":"ListQueues","params":{},"expect":{"ok":true}}`, reason: "setting up, call 1, DeleteQueue: "},
		"unknown expectation": {
			document: `{"service":"sqs","op":"ListQueues","params":{},"expect":{"bodyMatches":"x"}}`,
			reason:   "cannot be read: ",
		},
		"unknown operation": {
			document: `{"service":"sqs","op":"Levitate","params":{},"expect":{"errorMatches":["."]}}`,
			reason:   "cannot be read: the SDK has no operation Levitate",
		},
		"unknown service": {
			document: `{"service":"sms","op":"Send","params":{},"expect":{"ok":true}}`,
			reason:   `cannot be read: there is no client for service "sms"`,
		},
		"unknown parameter": {
			document: `{"service":"sqs","op":"ListQueues","params":{"Colour":"x"},"expect":{"ok":true}}`,
			reason:   "cannot be read: encoding parameters of ListQueues: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := readCase(json.RawMessage(strings.ReplaceAll(c.document, `"@`, `"`+queueURL)))
			if err != nil {
				t.Fatal(err)
			}
			wantReason(t, found.replay(t.Context()), c.reason)
		})
	}
}

// wantReason fails the test unless a case disagrees for this reason, or agrees where it is empty.
func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	switch {
	case reason == "" && err != nil:
		t.Errorf("disagrees: %v", err)
	case reason != "" && err == nil:
		t.Errorf("agrees, want a disagreement with %q", reason)
	case reason != "" && !strings.Contains(err.Error(), reason):
		t.Errorf("disagrees: %v, want %q in it", err, reason)
	}
}

func TestNamesWithinHandles(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	written := `{"QueueName":"other-n1"},{"QueueName":"test-queue-n2"},{"QueueName":"test-queue-n3"}`
	for given, want := range map[string]string{
		encode([]byte(`{"sourceArn": "arn:aws:sqs:us-east-1:1:test-queue-u0003b6"}`)): encode([]byte(`{"sourceArn": "arn:aws:sqs:us-east-1:1:test-queue-n2"}`)),
		encode([]byte(`{"sourceArn": "arn:aws:sqs:us-east-1:1:gone-u0003b6"}`)):       encode([]byte(`{"sourceArn": "arn:aws:sqs:us-east-1:1:gone-u0003b6"}`)),
		encode([]byte(`{"sourceArn": "arn:aws:sqs:us-east-1:1:missing"}`)):            encode([]byte(`{"sourceArn": "arn:aws:sqs:us-east-1:1:missing"}`)),
		encode([]byte(`test-queue-u0003b6`)):                                          encode([]byte(`test-queue-u0003b6`)),
		"test-queue-u0003b6":                                                          "test-queue-u0003b6",
	} {
		if got := renamed(given, written); got != want {
			t.Errorf("renamed(%s) = %s, want %s", given, got, want)
		}
	}
}
