package conformance

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var messagePurgeRules = []rule{
	{
		name:   "purge/takes-all",
		says:   "PurgeQueue deletes what can be received, what is in flight and what is delayed",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.send(url, "a")
			w.send(url, "b")
			w.receive(url, 1)
			w.sendDelayed(url, "late", 600)
			w.ok(w.tryPurge(url), "purging")
			w.counts(url, "0", "0", "0")
		},
	},
	{
		name:   "purge/once-a-minute",
		says:   "a second PurgeQueue within 60 s is PurgeQueueInProgress",
		source: "recorded case test_successive_purge_calls_fail/purge_queue_error",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.ok(w.tryPurge(url), "purging")
			err := w.tryPurge(url)
			w.refused(err, "AWS.SimpleQueueService.PurgeQueueInProgress")
			if busy := new(sqstypes.PurgeQueueInProgress); !errors.As(err, &busy) {
				w.Errorf("the error is %T, want PurgeQueueInProgress", err)
			}
		},
	},
}

func (w *world) tryPurge(url string) error {
	_, err := w.sqs.PurgeQueue(w.ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
	return err
}
