package conformance

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

const docDLQ = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"

var redriveRules = []rule{
	{
		name:   "redrive/is-cleared-by-empty",
		says:   `RedrivePolicy "" takes the policy away, and is taken where there is none`,
		source: "recorded case test_set_empty_redrive_policy/assert-cleared-by-empty",
		check: func(w *world) {
			dlq, _ := w.queue(nil)
			_, url := w.queue(nil)
			w.set(url, "RedrivePolicy", "")
			w.set(url, "RedrivePolicy", redriveTo(w.arn("sqs", dlq), 42))
			w.set(url, "RedrivePolicy", "")
			w.absent(w.queueAttributes(url), "RedrivePolicy")
		},
	},
	{
		name:   "redrive/count-as-number",
		says:   "a maxReceiveCount given as a number comes back as a number",
		source: "recorded case test_get_specific_queue_attribute_response",
		check: func(w *world) {
			dlq, _ := w.queue(nil)
			_, url := w.queue(map[string]string{"RedrivePolicy": redriveTo(w.arn("sqs", dlq), 3)})
			w.equalJSON("RedrivePolicy", w.queueAttributes(url)["RedrivePolicy"], redriveTo(w.arn("sqs", dlq), 3))
		},
	},
	{
		name:   "redrive/count-as-string",
		says:   "a maxReceiveCount given as a numeric string is taken",
		source: "recorded case test_redrive_policy_attribute_validity/assert-count-as-string",
		check: func(w *world) {
			dlq, _ := w.queue(nil)
			_, url := w.queue(nil)
			w.set(url, "RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"42"}`, w.arn("sqs", dlq)))
			var have struct {
				MaxReceiveCount any `json:"maxReceiveCount"`
			}
			w.ok(json.Unmarshal([]byte(w.queueAttributes(url)["RedrivePolicy"]), &have), "reading RedrivePolicy")
			w.equal("count", fmt.Sprint(have.MaxReceiveCount), "42")
		},
	},
	{
		name:   "redrive/needs-both-keys",
		says:   "a RedrivePolicy without target or with a count that is no number is refused",
		source: "recorded case test_redrive_policy_attribute_validity/assert-no-target",
		check: func(w *world) {
			dlq, _ := w.queue(nil)
			_, url := w.queue(nil)
			for _, policy := range []string{
				`{"maxReceiveCount":"42"}`,
				fmt.Sprintf(`{"deadLetterTargetArn":%q}`, w.arn("sqs", dlq)),
				fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"invalid"}`, w.arn("sqs", dlq)),
			} {
				w.refused(w.trySet(url, "RedrivePolicy", policy), "InvalidParameterValue")
			}
		},
	},
	{
		name:   "redrive/target-must-exist",
		says:   "a RedrivePolicy to a queue that does not exist is refused: the dead-letter queue comes first",
		source: docDLQ,
		check: func(w *world) {
			_, err := w.createQueue(w.name(""), map[string]string{"RedrivePolicy": redriveTo(w.arn("sqs", w.name("")), 3)}, nil)
			w.refused(err, "InvalidParameterValue|"+noQueue)
		},
	},
	{
		name:   "redrive/same-type",
		says:   "the dead-letter queue of a FIFO queue is FIFO",
		source: docDLQ,
		check: func(w *world) {
			standard, _ := w.queue(nil)
			_, err := w.createQueue(w.name(".fifo"), map[string]string{
				"FifoQueue": "true", "RedrivePolicy": redriveTo(w.arn("sqs", standard), 3),
			}, nil)
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "redrive-allow/set-and-cleared",
		says:   `RedriveAllowPolicy is set, read back and taken away by ""`,
		source: docSetQueue,
		check: func(w *world) {
			_, url := w.queue(nil)
			policy := allowOnly(w.arn("sqs", "a-source"))
			w.set(url, "RedriveAllowPolicy", policy)
			w.equalJSON("RedriveAllowPolicy", w.queueAttributes(url)["RedriveAllowPolicy"], policy)
			w.set(url, "RedriveAllowPolicy", "")
			w.absent(w.queueAttributes(url), "RedriveAllowPolicy")
		},
	},
	{
		name:   "redrive-allow/at-creation",
		says:   "CreateQueue takes a RedriveAllowPolicy",
		source: docCreateQueue,
		check: func(w *world) {
			policy := allowOnly(w.arn("sqs", "a-source"))
			_, url := w.queue(map[string]string{"RedriveAllowPolicy": policy})
			w.equalJSON("RedriveAllowPolicy", w.queueAttributes(url)["RedriveAllowPolicy"], policy)
		},
	},
	{
		name:   "redrive-allow/admits-a-source-to-come",
		says:   "a RedriveAllowPolicy may name a queue that does not exist yet, and that queue may then point here",
		source: docSetQueue,
		check: func(w *world) {
			source := w.name("")
			dlq, _ := w.queue(map[string]string{"RedriveAllowPolicy": allowOnly(w.arn("sqs", source))})
			w.queueNamed(source, map[string]string{"RedrivePolicy": redriveTo(w.arn("sqs", dlq), 3)})
		},
	},
	{
		name:   "redrive-allow/is-enforced",
		says:   "a queue that the RedriveAllowPolicy does not list cannot point here",
		source: docSetQueue,
		check: func(w *world) {
			dlq, _ := w.queue(map[string]string{"RedriveAllowPolicy": allowOnly(w.arn("sqs", "another"))})
			_, err := w.createQueue(w.name(""), map[string]string{"RedrivePolicy": redriveTo(w.arn("sqs", dlq), 3)}, nil)
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "redrive-allow/at-most-ten",
		says:   "byQueue takes at most ten sources",
		source: docSetQueue,
		check: func(w *world) {
			_, url := w.queue(nil)
			var sources []string
			for i := range 11 {
				sources = append(sources, w.arn("sqs", fmt.Sprintf("source-%d", i)))
			}
			w.set(url, "RedriveAllowPolicy", allowOnly(sources[:10]...))
			w.refused(w.trySet(url, "RedriveAllowPolicy", allowOnly(sources...)), "InvalidParameterValue")
		},
	},
	{
		name:   "redrive/sources-are-listed",
		says:   "ListDeadLetterSourceQueues gives the URLs of the queues that point here",
		source: "recorded case test_dead_letter_queue_list_sources",
		check: func(w *world) {
			dlq, url := w.queue(nil)
			_, source := w.queue(map[string]string{"RedrivePolicy": redriveTo(w.arn("sqs", dlq), 3)})
			w.eventually(func() any {
				out, err := w.sqs.ListDeadLetterSourceQueues(w.ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &url})
				w.ok(err, "listing sources")
				return out.QueueUrls
			}, []string{source})
		},
	},
}

// allowOnly is a RedriveAllowPolicy byQueue.
func allowOnly(sources ...string) string {
	return asJSON(map[string]any{"redrivePermission": "byQueue", "sourceQueueArns": slices.Clone(sources)})
}
