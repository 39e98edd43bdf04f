package conformance

// motoDeviations is what moto 5.2.1 does otherwise than AWS.
var motoDeviations = []deviation{
	// Operations that it lacks: it answers an HTML page with status 500.
	{"move-tasks/none", "StatusCode: 500", "lacks ListMessageMoveTasks"},

	// Requests that it breaks at, with an HTML page and status 500.
	{"redrive/needs-both-keys", "StatusCode: 500", "breaks at a RedrivePolicy whose count is no number"},
	{"missing-topic/malformed-arn", "StatusCode: 500", "breaks at an ARN of too few parts"},
	{"filter/bad-policies", "StatusCode: 500", "breaks at a filter policy that is no JSON"},

	// Attributes that it does not have.
	{"redrive-allow/at-creation", "RedriveAllowPolicy differs", "takes RedriveAllowPolicy and drops it"},
	{"redrive-allow/set-and-cleared", "RedriveAllowPolicy differs", "takes RedriveAllowPolicy and drops it"},
	{"samples/dead-letter-queue-twice", "RedriveAllowPolicy differs", "takes RedriveAllowPolicy and drops it"},
	{"redrive-allow/is-enforced", taken, "takes RedriveAllowPolicy and drops it"},
	{"redrive-allow/at-most-ten", taken, "takes RedriveAllowPolicy and drops it"},
	{"topic/signature-version", "SignatureVersion differs", "takes SignatureVersion and TracingConfig and does not return them"},
	{"topic/fifo-throughput-scope", "FifoThroughputScope differs", "takes FifoThroughputScope and does not return it"},

	// Attributes that it returns otherwise.
	{"queue/kms-switches-sqs-sse-off", "SqsManagedSseEnabled differs", "leaves SqsManagedSseEnabled true beside KMS"},
	{"queue/sqs-sse-stays-off-after-kms", "SqsManagedSseEnabled differs", "leaves SqsManagedSseEnabled true beside KMS"},
	{"topic/unset-attributes-are-absent", "DeliveryPolicy " + kept, `returns DeliveryPolicy "" where none is set`},
	{"topic/delivery-policy", "disableSubscriptionOverrides", "returns DeliveryPolicy as sent"},
	{"filter/set-and-cleared", "FilterPolicy " + kept, `returns FilterPolicy "" after it was cleared`},
	{"subscription/redrive-policy", "RedrivePolicy " + kept, `returns RedrivePolicy "" after it was cleared`},

	// Subscriptions: never pending, never in conflict.
	{"subscribe/same-account-is-confirmed", "SubscriptionsConfirmed differs", "counts no confirmed subscriptions"},
	{"subscribe/other-account-is-pending", "PendingConfirmation differs", "confirms every subscription at once"},
	{"subscribe/pending-has-no-arn", "ARN differs", "confirms every subscription at once"},
	{"subscriptions/pending-is-listed-without-arn", "ARN differs", "confirms every subscription at once"},
	{"subscribe/again-different", taken, "answers the ARN and changes nothing"},
	{"subscribe/again-with-a-new-filter", taken, "answers the ARN and changes nothing"},

	// Creates that AWS refuses.
	{"queue/deleted-recently", taken, "a name is free at once"},
	{"topic/create-again-different", taken, "answers the ARN and changes nothing"},
	{"topic/create-again-more-tags", taken, "answers the ARN and changes nothing"},

	// Values that AWS refuses.
	{"queue/out-of-range", taken, "checks no range"},
	{"queue/unknown-attribute", taken, "takes any attribute"},
	{"queue/one-kind-of-sse-a-call", taken, "takes both kinds of encryption"},
	{"fifo/suffix-needs-the-attribute", taken, "makes a standard queue named .fifo"},
	{"fifo/false-is-unknown", taken, "takes FifoQueue=false"},
	{"fifo/attributes-need-fifo", taken, "takes FIFO attributes on a standard queue"},
	{"fifo/type-is-fixed", taken, "changes the type of a queue"},
	{"fifo/standard-cannot-become-fifo", taken, "changes the type of a queue"},
	{"fifo/throughput-needs-the-scope", taken, "takes perMessageGroupId with any scope"},
	{"redrive/same-type", "InvalidParameterCombination", "refuses with another code"},
	{"missing-topic/wrong-region", "NotFound", "answers NotFound"},
	{"topic/unknown-attribute", taken, "takes any attribute"},
	{"topic-tags/duplicate-keys", taken, "takes a key twice"},
	{"subscribe/wrong-value", taken, "takes any RawMessageDelivery"},
	{"subscription/raw-delivery-values", taken, "takes any RawMessageDelivery"},
	{"subscription/bad-redrive-policy", taken, "takes any RedrivePolicy"},
	{"filter/unknown-scope", taken, "takes any scope"},
	{"fifo-subscription/redrive-to-standard", taken, "takes any dead-letter queue"},
	{"unsubscribe/malformed-arn", taken, "takes any ARN"},

	// The tagging API.
	{"tagging/by-arn", "which was not asked for", "ignores ResourceARNList and returns everything that is tagged"},
}
