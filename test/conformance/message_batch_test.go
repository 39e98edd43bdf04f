package conformance

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const docSendBatch = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"

var messageBatchRules = []rule{
	{
		name:   "batch/entries-fail-alone",
		says:   "an entry of SendMessageBatch that is refused is listed as failed; the others are sent",
		source: docSendBatch,
		check: func(w *world) {
			_, url := w.queue(nil)
			entries := batch("good", "bad", "fine")
			entries[1].DelaySeconds = 901
			out, err := w.trySendBatch(url, entries)
			w.ok(err, "sending batch")
			w.equal("number sent", len(out.Successful), 2)
			w.equal("number failed", len(out.Failed), 1)
			for _, failed := range out.Failed {
				w.equal("failed entry", []any{aws.ToString(failed.Id), aws.ToString(failed.Code), failed.SenderFault}, []any{"e1", "InvalidParameterValue", true})
			}
			w.equal("messages", w.arrived(url, 2), []string{"fine", "good"})
		},
	},
	{
		name:   "batch/number-of-entries",
		says:   "a batch has one to ten entries",
		source: "recorded case test_too_many_entries_in_batch_request; " + docSendBatch,
		check: func(w *world) {
			_, url := w.queue(nil)
			_, err := w.trySendBatch(url, batch(strings.Split("abcdefghijk", "")...))
			w.refused(err, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
			_, err = w.trySendBatch(url, []sqstypes.SendMessageBatchRequestEntry{})
			w.refused(err, "AWS.SimpleQueueService.EmptyBatchRequest")
		},
	},
	{
		name:   "batch/ids",
		says:   "the ids in a batch differ and are of letters, digits, hyphens and underscores",
		source: "recorded case test_invalid_batch_id; " + docSendBatch,
		check: func(w *world) {
			_, url := w.queue(nil)
			entries := batch("a", "b")
			entries[1].Id = entries[0].Id
			_, err := w.trySendBatch(url, entries)
			w.refused(err, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
			entries[1].Id = aws.String("message:2")
			_, err = w.trySendBatch(url, entries)
			w.refused(err, "AWS.SimpleQueueService.InvalidBatchEntryId")
		},
	},
	{
		name:   "batch/size",
		says:   "the messages of a batch are together at most 1 MiB",
		source: docSendBatch,
		check: func(w *world) {
			_, url := w.queue(nil)
			half := strings.Repeat("x", 1<<19)
			_, err := w.trySendBatch(url, batch(half, half, "x"))
			w.refused(err, "AWS.SimpleQueueService.BatchRequestTooLong")
		},
	},
	{
		name:   "batch/delete",
		says:   "DeleteMessageBatch deletes what it can; a receipt handle that is none is listed as failed",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.send(url, "a")
			entries := []sqstypes.DeleteMessageBatchRequestEntry{{Id: aws.String("bad"), ReceiptHandle: aws.String("garbage")}}
			for _, m := range w.take(url, 1) {
				entries = append(entries, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String("good"), ReceiptHandle: m.ReceiptHandle})
			}
			out, err := w.sqs.DeleteMessageBatch(w.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: entries})
			w.ok(err, "deleting batch")
			w.equal("number deleted", len(out.Successful), 1)
			w.equal("number failed", len(out.Failed), 1)
			for _, failed := range out.Failed {
				w.equal("failed entry", []string{aws.ToString(failed.Id), aws.ToString(failed.Code)}, []string{"bad", "ReceiptHandleIsInvalid"})
			}
			w.counts(url, "0", "0", "0")
		},
	},
	{
		name:   "batch/visibility",
		says:   "ChangeMessageVisibilityBatch to 0 makes each message visible again",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.send(url, "a")
			w.send(url, "b")
			var entries []sqstypes.ChangeMessageVisibilityBatchRequestEntry
			for i, m := range w.take(url, 2) {
				entries = append(entries, sqstypes.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
			}
			out, err := w.sqs.ChangeMessageVisibilityBatch(w.ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: entries})
			w.ok(err, "changing visibility of batch")
			w.equal("number changed", len(out.Successful), 2)
			w.equal("messages", w.arrived(url, 2), []string{"a", "b"})
		},
	},
}

// batch are entries e0, e1, ... with the bodies.
func batch(bodies ...string) []sqstypes.SendMessageBatchRequestEntry {
	var entries []sqstypes.SendMessageBatchRequestEntry
	for i, body := range bodies {
		entries = append(entries, sqstypes.SendMessageBatchRequestEntry{Id: aws.String("e" + strconv.Itoa(i)), MessageBody: &body})
	}
	return entries
}

func (w *world) trySendBatch(url string, entries []sqstypes.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
	return w.sqs.SendMessageBatch(w.ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries})
}
