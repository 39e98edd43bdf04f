package localaws_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestMessageLife(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"VisibilityTimeout": "30"})
	must[*sqs.SendMessageOutput](t)(b.trySend(t, "hello", sqs.SendMessageInput{
		DelaySeconds: 10,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"kind": text("order"),
			"blob": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
		},
	}))
	b.wantCounts(t, "delayed", "0", "1", "0")
	b.pass(10 * time.Second)
	b.wantCounts(t, "visible", "1", "0", "0")
	if got := b.wantBodies(t, "after the delay", "hello"); len(got[0].MessageAttributes) != 2 {
		t.Fatalf("received attributes %v, want both", got[0].MessageAttributes)
	}
	b.wantCounts(t, "in flight", "0", "0", "1")
	b.wantBodies(t, "inside the visibility timeout")
	b.pass(30 * time.Second)
	again := b.wantBodies(t, "after the visibility timeout", "hello")
	want := map[string]string{
		"ApproximateReceiveCount": "2", "SentTimestamp": "1767323045000",
		"ApproximateFirstReceiveTimestamp": "1767323055000", "SenderId": "AIDA" + owner,
	}
	if diff := cmp.Diff(want, again[0].Attributes); diff != "" {
		t.Errorf("system attributes (-want +got):\n%s", diff)
	}
	b.delete(t, again...)
	b.wantCounts(t, "deleted", "0", "0", "0")
	b.pass(time.Hour)
	b.wantBodies(t, "after it was deleted")
}

func TestDelayOfMessageGoesBeforeDelayOfQueue(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"DelaySeconds": "20"})
	b.send(t, "queue's delay")
	must[*sqs.SendMessageOutput](t)(b.trySend(t, "own delay", sqs.SendMessageInput{DelaySeconds: 5}))
	b.pass(5 * time.Second)
	b.wantBodies(t, "after 5 s", "own delay")
	b.pass(15 * time.Second)
	b.wantBodies(t, "after 20 s", "queue's delay")
}

func TestSendMessageRefused(t *testing.T) {
	w := newWorld()
	standard := w.box(t, "q", map[string]string{"MaximumMessageSize": "1024"})
	fifoQueue := w.box(t, "q.fifo", fifo())
	id := func(n int) *string { return aws.String(strings.Repeat("x", n)) }
	group := aws.String("g")
	for name, test := range map[string]struct {
		to   box
		body string
		in   sqs.SendMessageInput
		code string
	}{
		"too long":           {standard, strings.Repeat("x", 1025), sqs.SendMessageInput{}, "InvalidParameterValue"},
		"long enough":        {standard, strings.Repeat("x", 1024), sqs.SendMessageInput{}, ""},
		"empty":              {standard, "", sqs.SendMessageInput{}, "MissingParameter"},
		"illegal character":  {standard, "a\x00b", sqs.SendMessageInput{}, "InvalidMessageContents"},
		"illegal plane end":  {standard, "a\uffff", sqs.SendMessageInput{}, "InvalidMessageContents"},
		"legal characters":   {standard, "\t\r\n \u00e4\ufffd\U0001F600", sqs.SendMessageInput{}, ""},
		"delay":              {standard, "m", sqs.SendMessageInput{DelaySeconds: 901}, "InvalidParameterValue"},
		"dedup id":           {standard, "m", sqs.SendMessageInput{MessageDeduplicationId: id(1)}, "InvalidParameterValue"},
		"group, fair queue":  {standard, "m", sqs.SendMessageInput{MessageGroupId: group}, ""},
		"group with a space": {standard, "m", sqs.SendMessageInput{MessageGroupId: aws.String("a b")}, "InvalidParameterValue"},
		"fifo, no group":     {fifoQueue, "m", sqs.SendMessageInput{MessageDeduplicationId: id(1)}, "MissingParameter"},
		"fifo, no dedup":     {fifoQueue, "m", sqs.SendMessageInput{MessageGroupId: group}, "InvalidParameterValue"},
		"fifo, complete":     {fifoQueue, "m", sqs.SendMessageInput{MessageGroupId: group, MessageDeduplicationId: id(128)}, ""},
		"fifo, long dedup":   {fifoQueue, "m", sqs.SendMessageInput{MessageGroupId: group, MessageDeduplicationId: id(129)}, "InvalidParameterValue"},
		"fifo, long group":   {fifoQueue, "m", sqs.SendMessageInput{MessageGroupId: id(129), MessageDeduplicationId: id(2)}, "InvalidParameterValue"},
		"fifo, delay":        {fifoQueue, "m", sqs.SendMessageInput{MessageGroupId: group, MessageDeduplicationId: id(3), DelaySeconds: 1}, "InvalidParameterValue"},
		"unknown queue":      {box{client: standard.client, url: "none"}, "m", sqs.SendMessageInput{}, "AWS.SimpleQueueService.NonExistentQueue"},
		"unknown address":    {box{client: standard.client, url: "https://sqs.us-east-1.amazonaws.com/"}, "m", sqs.SendMessageInput{}, "InvalidAddress"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.to.trySend(t, test.body, test.in)
			wantCode(t, "SendMessage", err, test.code)
		})
	}
}

func TestMessageAttributesRefused(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"MaximumMessageSize": "1024"})
	type attributes = map[string]types.MessageAttributeValue
	typed := func(kind, value string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: &kind, StringValue: &value}
	}
	eleven := attributes{}
	for i := range 11 {
		eleven["a"+strconv.Itoa(i)] = text("x")
	}
	for name, test := range map[string]struct {
		attributes attributes
		problem    string
	}{
		"eleven":           {eleven, "Number of message attributes [11] exceeds the allowed maximum [10]."},
		"empty value":      {attributes{"a": text("")}, "Message (user) attribute 'a' must contain a non-empty value of type 'String'."},
		"binary in text":   {attributes{"a": typed("Binary", "x")}, "The message (user) attribute 'a' with type 'Binary' must use field 'Binary'."},
		"reserved":         {attributes{"aWs.x": text("x")}, "reserved prefix"},
		"reserved, Amazon": {attributes{"AMAZON.x": text("x")}, "reserved prefix"},
		"aws without dot":  {attributes{"awsx": text("x")}, ""},
		"starts with dot":  {attributes{".a": text("x")}, "name starting with character '.' was found"},
		"ends with dot":    {attributes{"a.": text("x")}, "name ending with character '.' was found"},
		"two dots":         {attributes{"a..b": text("x")}, "can not have successive '.'"},
		"inner dot":        {attributes{"a.b-c_1": text("x")}, ""},
		"space":            {attributes{"a b": text("x")}, "Invalid non-alphanumeric character '#x20'"},
		"longest name":     {attributes{strings.Repeat("L", 256): text("x")}, ""},
		"long name":        {attributes{strings.Repeat("L", 257): text("x")}, "Length of message (user) attribute name must be less than 256 bytes."},
		"unknown type":     {attributes{"a": typed("string", "x")}, "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String."},
		"no type":          {attributes{"a": typed("", "x")}, "non-empty type"},
		"custom type":      {attributes{"a": typed("Number.int", "12")}, ""},
		"glued label":      {attributes{"a": typed("Strings", "x")}, "supported type prefixes"},
		"no number":        {attributes{"a": typed("Number", "0x1")}, "Can't cast the value of message (user) attribute 'a' to a number."},
		"a number":         {attributes{"a": typed("Number", "-1.5e3")}, ""},
		"illegal text":     {attributes{"a": text("x\b")}, "Invalid binary character '#x8'"},
		"too much":         {attributes{"a": text(strings.Repeat("x", 1020))}, "Message must be shorter than 1024 bytes."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.trySend(t, "m", sqs.SendMessageInput{MessageAttributes: test.attributes})
			if test.problem == "" {
				wantCode(t, "SendMessage", err, "")
				return
			}
			wantCode(t, "SendMessage", err, "InvalidParameterValue")
			if err != nil && !strings.Contains(err.Error(), test.problem) {
				t.Errorf("got %v, want it to say %q", err, test.problem)
			}
		})
	}
}

func TestTraceHeaderIsTheOnlySystemAttribute(t *testing.T) {
	b := newWorld().box(t, "q", nil)
	send := func(name string, value types.MessageSystemAttributeValue) error {
		_, err := b.trySend(t, "m", sqs.SendMessageInput{
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{name: value},
		})
		return err
	}
	header := types.MessageSystemAttributeValue{DataType: aws.String("String"), StringValue: aws.String("Root=1-2-3")}
	wantCode(t, "the trace header", send("AWSTraceHeader", header), "")
	wantCode(t, "another name", send("SenderId", header), "InvalidParameterValue")
	header.DataType = aws.String("Number")
	wantCode(t, "another type", send("AWSTraceHeader", header), "InvalidParameterValue")
	if got := b.receive(t); len(got) != 1 || got[0].Attributes["AWSTraceHeader"] != "Root=1-2-3" {
		t.Errorf("received %v, want one message with its trace header", got)
	}
}

func TestRetention(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"MessageRetentionPeriod": "600", "VisibilityTimeout": "900"})
	b.send(t, "in flight")
	b.wantBodies(t, "at first", "in flight")
	b.send(t, "first")
	b.pass(300 * time.Second)
	b.send(t, "second")
	b.wantCounts(t, "before the end", "2", "0", "1")
	b.pass(300 * time.Second)
	b.wantCounts(t, "600 s after the first", "1", "0", "0")
	b.set(t, "MessageRetentionPeriod", "300")
	b.set(t, "MessageRetentionPeriod", "600")
	b.wantBodies(t, "after the retention was shorter for a moment")
}

func TestPurgeOncePerMinute(t *testing.T) {
	b := newWorld().box(t, "q.fifo", fifo())
	purge := func() error {
		_, err := b.client.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &b.url})
		return err
	}
	b.sendTo(t, "a", "1", "in flight")
	b.wantBodies(t, "before the purge", "in flight")
	b.sendTo(t, "a", "2", "behind")
	wantCode(t, "first", purge(), "")
	b.wantCounts(t, "after the purge", "0", "0", "0")
	b.pass(59 * time.Second)
	wantCode(t, "after 59 s", purge(), "AWS.SimpleQueueService.PurgeQueueInProgress")
	b.sendTo(t, "a", "2", "the same deduplication id again")
	b.wantBodies(t, "after the purge", "the same deduplication id again")
	b.pass(time.Second)
	wantCode(t, "after 60 s", purge(), "")
}
