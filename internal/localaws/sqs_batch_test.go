package localaws_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func entries(ids ...string) []types.SendMessageBatchRequestEntry {
	list := []types.SendMessageBatchRequestEntry{}
	for _, id := range ids {
		list = append(list, types.SendMessageBatchRequestEntry{Id: aws.String(id), MessageBody: aws.String("body of " + id)})
	}
	return list
}

func (b box) sendBatch(t *testing.T, list []types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
	t.Helper()
	return b.client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &b.url, Entries: list})
}

func TestBatchRefusedAsAWhole(t *testing.T) {
	w := newWorld()
	standard, fifoQueue := w.box(t, "q", nil), w.box(t, "q.fifo", fifo())
	numbered := func(n int) []string {
		ids := []string{}
		for i := range n {
			ids = append(ids, strconv.Itoa(i))
		}
		return ids
	}
	long := entries("a", "b")
	long[0].MessageBody, long[1].MessageBody = aws.String(strings.Repeat("x", 1<<20)), aws.String("y")
	ofGroup := func(ids ...string) []types.SendMessageBatchRequestEntry {
		list := entries(ids...)
		for i := range list {
			list[i].MessageGroupId, list[i].MessageDeduplicationId = aws.String("g"), list[i].Id
		}
		return list
	}
	noBody, illegal, delayed := ofGroup("a", "b"), ofGroup("a", "b"), ofGroup("a", "b")
	noBody[1].MessageBody, illegal[1].MessageBody = aws.String(""), aws.String("\x01")
	delayed[1].DelaySeconds = 3
	noGroup := entries("a")
	noGroup[0].MessageDeduplicationId = aws.String("d")
	for name, test := range map[string]struct {
		to            box
		entries       []types.SendMessageBatchRequestEntry
		code, message string
	}{
		"empty":        {standard, entries(), "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."},
		"eleven":       {standard, entries(numbered(11)...), "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 11."},
		"ten":          {standard, entries(numbered(10)...), "", ""},
		"id repeated":  {standard, entries("a", "b", "a"), "BatchEntryIdsNotDistinct", "Id a repeated."},
		"bad id":       {standard, entries("a:b"), "InvalidBatchEntryId", "A batch entry id can only contain"},
		"empty id":     {standard, entries(""), "InvalidBatchEntryId", "A batch entry id can only contain"},
		"long id":      {standard, entries(strings.Repeat("x", 81)), "InvalidBatchEntryId", "at most 80 letters long."},
		"too long":     {standard, long, "BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."},
		"no body":      {fifoQueue, noBody, "MissingParameter", "The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody."},
		"no group":     {fifoQueue, noGroup, "MissingParameter", "The request must contain the parameter MessageGroupId."},
		"illegal body": {fifoQueue, illegal, "InvalidMessageContents", "Invalid binary character '#x1' was found"},
		"delay, fifo":  {fifoQueue, delayed, "InvalidParameterValue", "Value 3 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."},
		"empty, fifo ": {fifoQueue, entries(), "EmptyBatchRequest", "There should be at least one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.to.sendBatch(t, test.entries)
			got := strings.TrimPrefix(code(err), "AWS.SimpleQueueService.")
			if got != test.code || err != nil && !strings.Contains(err.Error(), test.message) {
				t.Errorf("got %v, want %s: %s", err, test.code, test.message)
			}
		})
	}
	fifoQueue.wantCounts(t, "after batches that failed", "0", "0", "0")
}

func TestBatchEntriesFailOneByOne(t *testing.T) {
	b := newWorld().box(t, "q", map[string]string{"MaximumMessageSize": "1024"})
	list := entries("good", "long", "delayed", "illegal", "empty", "id-of-fifo")
	list[1].MessageBody = aws.String(strings.Repeat("x", 1025))
	list[2].DelaySeconds = 901
	list[3].MessageBody, list[4].MessageBody = aws.String("\x01"), aws.String("")
	list[5].MessageDeduplicationId = aws.String("d")
	out := must[*sqs.SendMessageBatchOutput](t)(b.sendBatch(t, list))
	if len(out.Successful) != 1 || *out.Successful[0].Id != "good" || *out.Successful[0].MessageId == "" {
		t.Errorf("successful: %+v, want only the good one", out.Successful)
	}
	failed := map[string]string{}
	for _, f := range out.Failed {
		failed[*f.Id] = *f.Code + ": " + *f.Message
		if !f.SenderFault {
			t.Errorf("%s: not the sender's fault", *f.Id)
		}
	}
	want := map[string]string{
		"long":       "InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
		"delayed":    "InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
		"illegal":    "InvalidMessageContents: Invalid binary character '#x1' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
		"empty":      "MissingParameter: The request must contain the parameter SendMessageBatchRequestEntry.5.MessageBody.",
		"id-of-fifo": "InvalidParameterValue: The request include parameter that is not valid for this queue type",
	}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	b.wantBodies(t, "after the batch", "body of good")
}

func TestDeleteAndHideInBatches(t *testing.T) {
	b := newWorld().box(t, "q", nil)
	b.send(t, "one", "two", "three")
	got := b.wantBodies(t, "at first", "one", "two", "three")
	hidden := must[*sqs.ChangeMessageVisibilityBatchOutput](t)(b.client.ChangeMessageVisibilityBatch(t.Context(),
		&sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &b.url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
			{Id: aws.String("now"), ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: 0},
			{Id: aws.String("no-handle"), ReceiptHandle: aws.String("x"), VisibilityTimeout: 0},
		}}))
	if len(hidden.Successful) != 1 || *hidden.Successful[0].Id != "now" || len(hidden.Failed) != 1 ||
		*hidden.Failed[0].Id != "no-handle" || *hidden.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Errorf("ChangeMessageVisibilityBatch: %+v, %+v", hidden.Successful, hidden.Failed)
	}
	deleted := must[*sqs.DeleteMessageBatchOutput](t)(b.client.DeleteMessageBatch(t.Context(),
		&sqs.DeleteMessageBatchInput{QueueUrl: &b.url, Entries: []types.DeleteMessageBatchRequestEntry{
			{Id: aws.String("two"), ReceiptHandle: got[1].ReceiptHandle},
			{Id: aws.String("no-handle"), ReceiptHandle: aws.String("x")},
		}}))
	if len(deleted.Successful) != 1 || *deleted.Successful[0].Id != "two" || len(deleted.Failed) != 1 ||
		*deleted.Failed[0].Code != "ReceiptHandleIsInvalid" || !deleted.Failed[0].SenderFault {
		t.Errorf("DeleteMessageBatch: %+v, %+v", deleted.Successful, deleted.Failed)
	}
	b.wantCounts(t, "afterwards", "1", "0", "1")
}
