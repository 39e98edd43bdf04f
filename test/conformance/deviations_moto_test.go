package conformance

// motoDeviations is what moto 5.2.1 does otherwise than AWS.
var motoDeviations = []deviation{
	// Operations that it lacks, and requests that it breaks at: it answers an HTML page with status 500.
	{"lacks message move tasks", breaks{"StatusCode: 500": {
		"move-tasks/none", "move-tasks/back-to-the-sources", "move-tasks/to-a-destination", "move-tasks/are-listed", "move-tasks/one-at-a-time",
		"move-tasks/cancel", "move-tasks/source-is-a-dead-letter-queue", "move-tasks/destination-exists", "move-tasks/bad-handles",
	}}},
	{"breaks at a maxReceiveCount that is no number", breaks{"StatusCode: 500": {"redrive/needs-both-keys"}}},
	{"breaks at an ARN of too few parts", breaks{"StatusCode: 500": {"missing-topic/malformed-arn"}}},
	{"breaks at a filter policy that is no JSON", breaks{"StatusCode: 500": {"filter/bad-policies"}}},
	{"breaks at $or below another key", breaks{"StatusCode: 500": {"filter-body/or"}}},
	{"breaks at receiving a Binary attribute that was delivered raw", breaks{"StatusCode: 500": {"publish/raw"}}},

	{"lacks DisableAlarmActions and EnableAlarmActions", breaks{"StatusCode: 500": {"alarm/actions-off-and-on"}}},

	// What it lacks, or keeps and does not act on.
	{"computes no states of alarms: each begins as OK and stays so until SetAlarmState, and again when it is put again", breaks{
		"state differs": {"alarm/first-state", "alarm/state-stays"},
	}},
	{"takes any alarm", breaks{taken: {
		"alarm/needs-period-and-threshold", "alarm/datapoints-at-most-periods", "alarm/at-most-a-day", "alarm/topic-of-another-region",
		"alarm/bad-values",
	}}},
	{"sets the tags of an alarm that exists", breaks{"tags differs": {"alarm-tags/at-creation-only"}}},
	{"lists and removes the tags of alarms that do not exist", breaks{taken: {"alarm-tags/missing-alarm"}}},
	{"describes all alarms at once, whatever MaxRecords and the token say", breaks{
		"alarms of the first page differs": {"alarm/pages"},
		taken:                              {"alarm/bad-token"},
	}},
	{"enforces no policy of queues, topics and keys", breaks{
		messages: {
			"queue-policy/none", "queue-policy/another-topic", "queue-policy/another-queue", "queue-policy/another-account",
			"queue-policy/deny-comes-first", "queue-key/of-aws",
		},
		taken: {"queue-policy/binds-its-owner", "publish/needs-leave"},
	}},
	{"does not look at the dead-letter queues of subscriptions: Publish fails where the queue is gone", breaks{
		"dead letters differs": {"subscription-dead-letter/refused"},
		noQueue:                {"subscription-dead-letter/queue-is-gone"},
		taken:                  {"subscription/bad-redrive-policy", "fifo-subscription/redrive-to-standard"},
	}},
	{"takes RedriveAllowPolicy and drops it", breaks{
		"RedriveAllowPolicy differs": {"redrive-allow/at-creation", "redrive-allow/set-and-cleared", "samples/dead-letter-queue-twice"},
		taken:                        {"redrive-allow/is-enforced", "redrive-allow/at-most-ten"},
		counted:                      {"dead-letter/needs-leave"},
	}},
	{"takes SignatureVersion, TracingConfig and FifoThroughputScope and drops them; signs as version 2", breaks{
		"SignatureVersion differs":    {"topic/signature-version", "publish/envelope"},
		"FifoThroughputScope differs": {"topic/fifo-throughput-scope"},
	}},
	{"knows no 60 seconds after a DeleteQueue or PurgeQueue", breaks{taken: {"queue/deleted-recently", "purge/once-a-minute"}}},
	{"ignores ResourceARNList and returns everything that is tagged", breaks{"which was not asked for": {"tagging/by-arn"}}},

	// Attributes of queues, topics and subscriptions.
	{`returns "" for what was cleared, and for a DeliveryPolicy that was never set`, breaks{kept: {
		"filter/set-and-cleared", "subscription/redrive-policy", "topic/unset-attributes-are-absent",
	}}},
	{"keeps both kinds of encryption apart", breaks{
		"SqsManagedSseEnabled differs": {"queue/kms-switches-sqs-sse-off", "queue/sqs-sse-stays-off-after-kms"},
		taken:                          {"queue/one-kind-of-sse-a-call"},
	}},
	{"returns DeliveryPolicy as sent", breaks{"disableSubscriptionOverrides": {"topic/delivery-policy"}}},
	{"takes any attribute, with any value", breaks{taken: {
		"queue/unknown-attribute", "queue/out-of-range", "topic/unknown-attribute", "subscribe/wrong-value", "subscription/raw-delivery-values",
		"filter/unknown-scope", "fifo/false-is-unknown", "fifo/attributes-need-fifo", "fifo/throughput-needs-the-scope",
	}}},
	{"the type of a queue changes, and the suffix .fifo does not make it", breaks{taken: {
		"fifo/type-is-fixed", "fifo/standard-cannot-become-fifo", "fifo/suffix-needs-the-attribute",
	}}},

	// Creating again, and subscribing.
	{"answers the ARN of what exists with other attributes or tags, and changes nothing", breaks{taken: {
		"topic/create-again-different", "topic/create-again-more-tags", "subscribe/again-different", "subscribe/again-with-a-new-filter",
	}}},
	{"takes a tag key twice", breaks{taken: {"topic-tags/duplicate-keys"}}},
	{"confirms every subscription at once, and counts none", breaks{
		"SubscriptionsConfirmed differs": {"subscribe/same-account-is-confirmed"},
		"PendingConfirmation differs":    {"subscribe/other-account-is-pending"},
		"ARN differs":                    {"subscribe/pending-has-no-arn", "subscriptions/pending-is-listed-without-arn"},
	}},
	{"takes any ARN of a subscription to end", breaks{taken: {"unsubscribe/malformed-arn"}}},

	// Codes of errors.
	{"refuses a dead-letter queue of another type with InvalidParameterCombination", breaks{"InvalidParameterCombination": {"redrive/same-type"}}},
	{"answers NotFound in the wrong region", breaks{"NotFound": {"missing-topic/wrong-region", "publish/wrong-region"}}},
	{"answers with the error of the queue where a FIFO topic lacks a group", breaks{"MissingParameter": {"publish-fifo/needs-group-and-deduplication"}}},

	// Messages in queues.
	{"takes any character", breaks{taken: {"send/characters"}}},
	{"checks hardly any message attributes, and adds them to no size", breaks{
		taken:                  {"send/bad-attributes", "send/size", "publish/bad-attributes"},
		"InvalidParameter: ":   {"publish-batch/bad-attributes"},
		"raw messages differs": {"publish/raw-takes-ten-attributes"},
	}},
	{"answers a failed entry of a batch with a boolean as text, which SDKs cannot read", breaks{`expected bool, got "true"`: {"batch/entries-fail-alone"}}},
	{"takes a deduplication id on a standard queue", breaks{taken: {"fifo-send/group-on-a-standard-queue"}}},
	{"deduplicates within a queue what is still in it, under a new id", breaks{
		"id differs": {"deduplication/by-id"},
		messages:     {"deduplication/scope-group"},
	}},
	{"sequence numbers are random", breaks{"sequence number": {"fifo-send/sequence"}}},
	{"a dead letter does not name its source", breaks{"DeadLetterQueueSourceArn differs": {"dead-letter/names-its-source"}}},

	// Publishing.
	{"takes an empty message and an empty subject", breaks{taken: {"publish/empty"}}},
	{"takes any message with MessageStructure", breaks{taken: {"publish/structure-needs-a-default"}}},
	{"PublishBatch checks neither ids nor sizes nor deduplication", breaks{taken: {
		"publish-batch/number-of-entries", "publish-batch/ids", "publish-batch/size", "publish-fifo/batch-needs-group-and-deduplication",
	}}},
	{"an envelope has no sequence number", breaks{"SequenceNumber differs": {"publish-fifo/envelope"}}},
	{"a FIFO topic hands on no deduplication id of its own", breaks{"InvalidParameterValue": {"publish-fifo/duplicates-by-content"}}},

	// Filter policies.
	{"lacks the operator cidr", breaks{"Unrecognized match type cidr": {"filter-attributes/cidr"}}},
	{"equals-ignore-case matches the letters as written", breaks{passing: {"filter-attributes/equals-ignore-case"}}},
	{"dots match keys as written only", breaks{passing: {"filter-body/dots"}}},
	{`null and "" match nothing`, breaks{passing: {"filter-body/literals"}}},
	{"hides what is visible", breaks{"messages received": {"visibility/of-what-is-visible"}}},
}
