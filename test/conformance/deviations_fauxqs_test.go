package conformance

// fauxqsDeviations is what fauxqs 2.4.1 does otherwise than AWS. Its account is always 000000000000.
var fauxqsDeviations = []deviation{
	// Services and operations that it lacks. It also lacks AddPermission and RemovePermission of both services.
	{"lacks the tagging API", breaks{"StatusCode: 400": {
		"tagging/by-tag", "tagging/by-type", "tagging/by-arn", "tagging/pages", "tagging/none", "tagging/deleted-queue-goes",
	}}},
	{"lacks CloudWatch: it answers a message in XML", breaks{"expected map for struct": {
		"alarm/described-as-put", "alarm/first-state", "alarm/replaced", "alarm/state-stays", "alarm/state-by-hand",
		"alarm/state-of-none", "alarm/actions-off-and-on", "alarm/deleted", "alarm/names-and-prefix", "alarm/pages",
		"alarm/regions-are-apart", "alarm/needs-period-and-threshold", "alarm/datapoints-at-most-periods", "alarm/at-most-a-day", "alarm/topic-of-another-region",
		"alarm/bad-values", "alarm/bad-token", "alarm-tags/at-creation-only", "alarm-tags/merge-and-remove", "alarm-tags/missing-alarm",
		"alarm-calls/forms", "alarm-calls/put-again", "alarm-calls/actions-removed", "alarm-calls/hundred-names",
	}}},
	{"lacks AssumeRole; GetCallerIdentity is all of STS", breaks{"InvalidAction": {"sts/assume-role"}}},
	{"lacks message move tasks", breaks{"InvalidAction": {
		"move-tasks/none", "move-tasks/back-to-the-sources", "move-tasks/to-a-destination", "move-tasks/are-listed", "move-tasks/one-at-a-time",
		"move-tasks/cancel", "move-tasks/source-is-a-dead-letter-queue", "move-tasks/destination-exists", "move-tasks/bad-handles",
	}}},
	{"lacks ListDeadLetterSourceQueues", breaks{"InvalidAction": {"redrive/sources-are-listed", "missing-queue/sources"}}},

	// What it keeps and does not act on.
	{"enforces no policy of queues, topics and keys", breaks{
		messages: {
			"queue-policy/none", "queue-policy/another-topic", "queue-policy/another-queue", "queue-policy/another-account",
			"queue-policy/deny-comes-first", "queue-key/of-aws",
		},
		taken: {"queue-policy/binds-its-owner", "publish/needs-leave"},
	}},
	{"does not look at the dead-letter queues of subscriptions", breaks{
		"dead letters differs": {"subscription-dead-letter/refused", "subscription-dead-letter/queue-is-gone"},
		taken:                  {"subscription/bad-redrive-policy", "fifo-subscription/redrive-to-standard"},
	}},
	{"does not look at RedriveAllowPolicy", breaks{
		taken:   {"redrive-allow/is-enforced", "redrive-allow/at-most-ten"},
		counted: {"dead-letter/needs-leave"},
	}},
	{"refuses to hide what is visible", breaks{"MessageNotInflight": {"visibility/of-what-is-visible"}}},
	{"does not look at MessageStructure", breaks{messages: {"publish/structure"}, taken: {"publish/structure-needs-a-default"}}},
	{"takes DeduplicationScope and FifoThroughputLimit at creation only, and goes by neither", breaks{
		"Unknown attribute: DeduplicationScope": {"fifo/members-change"},
		messages:                                {"deduplication/scope-group"},
	}},
	{"knows no 60 seconds after a DeleteQueue or PurgeQueue", breaks{taken: {"queue/deleted-recently", "purge/once-a-minute"}}},
	{"topics belong to no region", breaks{
		taken:                          {"missing-topic/wrong-region", "publish/wrong-region"},
		"the topics of eu-west-1 hold": {"topic/regions-are-apart"},
	}},

	// Attributes of queues, topics and subscriptions.
	{`returns "" for what was cleared`, breaks{kept: {
		"queue/policy-is-cleared-by-empty", "queue/kms-is-cleared-by-empty", "redrive-allow/set-and-cleared", "filter/set-and-cleared",
		"subscription/redrive-policy",
	}}},
	{"keeps both kinds of encryption apart; the reuse period has no default", breaks{
		"SqsManagedSseEnabled differs": {"queue/kms-switches-sqs-sse-off", "queue/sqs-sse-stays-off-after-kms"},
		taken:                          {"queue/one-kind-of-sse-a-call"},
		"reuse period differs":         {"queue/kms-reuse-default"},
	}},
	{"returns booleans and delivery policies as sent, and takes any", breaks{
		"ContentBasedDeduplication differs": {"fifo/booleans-in-any-case"},
		"RawMessageDelivery differs":        {"subscription/raw-delivery"},
		"disableSubscriptionOverrides":      {"topic/delivery-policy"},
		taken:                               {"subscribe/wrong-value", "subscription/raw-delivery-values"},
	}},
	{"a topic has no policy until one is set", breaks{"Policy differs": {"topic/default-policy"}}},
	{"takes any FilterPolicyScope with any policy, and returns it when it was set", breaks{
		taken:                       {"filter/nested-needs-the-body", "filter/unknown-scope"},
		"FilterPolicyScope differs": {"filter/scope-defaults-with-a-policy"},
		"FilterPolicyScope is":      {"filter/scope-is-invisible-without-a-policy"},
	}},
	{"takes any RedrivePolicy of a queue", breaks{taken: {"redrive/needs-both-keys", "redrive/target-must-exist", "redrive/same-type"}}},
	{"takes any queue name", breaks{taken: {"queue/names"}}},
	{"the suffix .fifo makes any topic or queue FIFO", breaks{taken: {"topic/suffix-needs-fifo", "fifo/suffix-needs-the-attribute"}}},
	{"takes FIFO attributes of any value for any queue", breaks{taken: {
		"fifo/false-is-unknown", "fifo/attributes-need-fifo", "fifo/throughput-needs-the-scope",
	}}},
	{"breaks at a filter policy that is no JSON", breaks{"StatusCode: 500": {"filter/bad-policies"}}},

	// Creating again, and subscribing.
	{"answers the ARN of a topic that lacks a new attribute or tag", breaks{taken: {"topic/create-again-different", "topic/create-again-more-tags"}}},
	{"takes a tag key twice", breaks{taken: {"topic-tags/duplicate-keys"}}},
	{"confirms every subscription at once", breaks{
		"PendingConfirmation differs": {"subscribe/other-account-is-pending"},
		"ARN differs":                 {"subscribe/pending-has-no-arn", "subscriptions/pending-is-listed-without-arn"},
	}},
	{"refuses to subscribe again with fewer attributes than the subscription has", breaks{alreadySubscribed: {
		"subscribe/again-bare", "subscribe/again-fewer",
	}}},
	{"subscribes any endpoint to any topic", breaks{taken: {"subscribe/queue-url", "fifo-subscription/fifo-queue-on-standard-topic"}}},
	{"takes any ARN of a subscription to end", breaks{taken: {"unsubscribe/malformed-arn"}}},
	{"lists no subscriptions for a missing topic", breaks{taken: {"missing-topic/list-subscriptions"}}},

	// Codes of errors.
	{"the codes of SQS are AWS.SimpleQueueService. and the type of the error", breaks{"AWS.SimpleQueueService.": {
		"queue/create-again-different", "queue/create-again-with-another-default", "queue/unknown-attribute", "fifo/type-is-fixed",
		"fifo/needs-the-suffix", "fifo-send/needs-group-and-deduplication", "fifo-send/no-delay-of-its-own", "send/characters", "send/size",
		"receive/at-most-ten", "visibility/range",
	}}},
	{"refuses FifoQueue on a standard queue for its value, not its name", breaks{"InvalidAttributeValue": {"fifo/standard-cannot-become-fifo"}}},
	{"answers NotFound to malformed ARNs and to tags of a missing topic", breaks{"NotFound": {
		"missing-topic/malformed-arn", "publish/malformed-arn", "topic-tags/missing-topic",
	}}},

	// Messages in queues.
	{"takes no character above U+FFFF", breaks{"InvalidMessageContents": {"send/values-arrive-as-sent"}}},
	{"checks no message attributes", breaks{
		taken:                  {"send/bad-attributes", "publish/bad-attributes", "publish-batch/bad-attributes"},
		"raw messages differs": {"publish/raw-takes-ten-attributes"},
	}},
	{"returns all message attributes when none is named", breaks{"attributes for null differs": {"send/attributes-come-when-named"}}},
	{"takes any receipt handle", breaks{"MessageNotInflight": {"visibility/receipt-handles"}, "number deleted differs": {"batch/delete"}}},
	{"takes any DelaySeconds in a batch", breaks{"number sent differs": {"batch/entries-fail-alone"}}},
	{"drops the group of a message in a standard queue", breaks{"MessageGroupId differs": {"fifo-send/group-on-a-standard-queue"}}},
	{"counts what comes again only when the queue is received from", breaks{counted: {"messages/that-come-again-are-counted"}}},
	{"a dead letter does not name its source", breaks{"DeadLetterQueueSourceArn differs": {"dead-letter/names-its-source"}}},

	// Publishing.
	{"takes an empty subject", breaks{taken: {"publish/empty"}}},
	{"takes a deduplication id on a standard topic", breaks{taken: {"publish-fifo/no-deduplication-on-a-standard-topic"}}},
	{"PublishBatch checks neither sizes nor groups", breaks{taken: {"publish-batch/size", "publish-fifo/batch-needs-group-and-deduplication"}}},
	{"an envelope has no sequence number", breaks{"SequenceNumber differs": {"publish-fifo/envelope"}}},

	// Filter policies.
	{"numbers match strings", breaks{passing: {"filter-attributes/types", "filter-attributes/numeric"}}},
	{"arrays match nothing", breaks{passing: {"filter-attributes/string-array", "filter-body/arrays", "filter-body/arrays-of-objects"}}},
	{"numbers match their text, and null a missing key", breaks{passing: {"filter-body/literals"}}},
	{"knows $or at the top only", breaks{passing: {"filter-body/or"}}},
}
