package conformance

// fauxqsDeviations is what fauxqs 2.4.1 does otherwise than AWS. Its account is
// always 000000000000.
var fauxqsDeviations = []deviation{
	// Services and operations that it lacks. It also lacks AddPermission and
	// RemovePermission of both services and the other move-task operations.
	{"tagging/by-tag", "StatusCode: 400", "lacks the tagging API"},
	{"tagging/by-type", "StatusCode: 400", "lacks the tagging API"},
	{"tagging/by-arn", "StatusCode: 400", "lacks the tagging API"},
	{"tagging/pages", "StatusCode: 400", "lacks the tagging API"},
	{"tagging/none", "StatusCode: 400", "lacks the tagging API"},
	{"tagging/deleted-queue-goes", "StatusCode: 400", "lacks the tagging API"},
	{"sts/assume-role", "InvalidAction", "lacks AssumeRole; GetCallerIdentity is all of STS"},
	{"move-tasks/none", "InvalidAction", "lacks ListMessageMoveTasks"},
	{"redrive/sources-are-listed", "InvalidAction", "lacks ListDeadLetterSourceQueues"},
	{"missing-queue/sources", "InvalidAction", "lacks ListDeadLetterSourceQueues"},

	// Requests that it breaks at.
	{"filter/bad-policies", "StatusCode: 500", "breaks at a filter policy that is no JSON"},

	// Attributes that it returns otherwise.
	{"queue/policy-is-cleared-by-empty", "Policy " + kept, `returns Policy "" after it was cleared`},
	{"redrive-allow/set-and-cleared", "RedriveAllowPolicy " + kept, `returns RedriveAllowPolicy "" after it was cleared`},
	{"queue/kms-switches-sqs-sse-off", "SqsManagedSseEnabled differs", "leaves SqsManagedSseEnabled true beside KMS"},
	{"queue/sqs-sse-stays-off-after-kms", "SqsManagedSseEnabled differs", "leaves SqsManagedSseEnabled true beside KMS"},
	{"queue/kms-reuse-default", "reuse period differs", "returns KmsDataKeyReusePeriodSeconds only if it was set"},
	{"queue/kms-is-cleared-by-empty", "KmsMasterKeyId " + kept, `returns KmsMasterKeyId "" and the reuse period after KMS was cleared`},
	{"fifo/booleans-in-any-case", "ContentBasedDeduplication differs", "returns booleans as sent"},
	{"fifo/members-change", "Unknown attribute: DeduplicationScope", "takes DeduplicationScope and FifoThroughputLimit at creation only"},
	{"topic/default-policy", "Policy differs", "a topic has no policy until one is set"},
	{"topic/delivery-policy", "disableSubscriptionOverrides", "returns DeliveryPolicy as sent"},
	{"subscription/raw-delivery", "RawMessageDelivery differs", "returns RawMessageDelivery as sent"},
	{"subscription/redrive-policy", "RedrivePolicy " + kept, `returns RedrivePolicy "" after it was cleared`},
	{"filter/set-and-cleared", "FilterPolicy " + kept, `returns FilterPolicy "" after it was cleared`},
	{"filter/scope-defaults-with-a-policy", "FilterPolicyScope differs", "returns FilterPolicyScope only if it was set"},
	{"filter/scope-is-invisible-without-a-policy", "FilterPolicyScope is", "returns FilterPolicyScope once it is set"},

	// Subscriptions: never pending; compared with all attributes, not with those sent.
	{"subscribe/other-account-is-pending", "PendingConfirmation differs", "confirms every subscription at once"},
	{"subscribe/pending-has-no-arn", "ARN differs", "confirms every subscription at once"},
	{"subscriptions/pending-is-listed-without-arn", "ARN differs", "confirms every subscription at once"},
	{"subscribe/again-bare", alreadySubscribed, "refuses fewer attributes than the subscription has"},
	{"subscribe/again-fewer", alreadySubscribed, "refuses fewer attributes than the subscription has"},

	// Creates that AWS refuses.
	{"queue/deleted-recently", taken, "a name is free at once"},
	{"queue/names", taken, "takes any queue name"},
	{"topic/create-again-different", taken, "answers the ARN of a topic that lacks a new attribute"},
	{"topic/create-again-more-tags", taken, "answers the ARN of a topic that lacks a tag"},
	{"topic/suffix-needs-fifo", taken, "makes any topic named .fifo a FIFO topic"},
	{"fifo/suffix-needs-the-attribute", taken, "makes any queue named .fifo a FIFO queue"},

	// Errors of another code.
	{"queue/create-again-different", "AWS.SimpleQueueService.QueueNameExists", "the code is AWS.SimpleQueueService.QueueNameExists"},
	{"queue/create-again-with-another-default", "AWS.SimpleQueueService.QueueNameExists", "the code is AWS.SimpleQueueService.QueueNameExists"},
	{"queue/unknown-attribute", "AWS.SimpleQueueService.InvalidAttributeName", "the code has the prefix AWS.SimpleQueueService"},
	{"fifo/type-is-fixed", "AWS.SimpleQueueService.InvalidAttributeValue", "the code has the prefix AWS.SimpleQueueService"},
	{"fifo/standard-cannot-become-fifo", "AWS.SimpleQueueService.InvalidAttributeValue", "refuses the value, not the name"},
	{"fifo/needs-the-suffix", "AWS.SimpleQueueService.InvalidParameterValue", "the code has the prefix AWS.SimpleQueueService"},
	{"missing-topic/malformed-arn", "NotFound", "answers NotFound"},
	{"topic-tags/missing-topic", "NotFound", "answers NotFound"},

	// Values that AWS refuses.
	{"queue/one-kind-of-sse-a-call", taken, "takes both kinds of encryption"},
	{"fifo/false-is-unknown", taken, "takes FifoQueue=false"},
	{"fifo/attributes-need-fifo", taken, "takes FIFO attributes on a standard queue"},
	{"fifo/throughput-needs-the-scope", taken, "takes perMessageGroupId with any scope"},
	{"redrive/needs-both-keys", taken, "takes any RedrivePolicy"},
	{"redrive/target-must-exist", taken, "takes any RedrivePolicy"},
	{"redrive/same-type", taken, "takes any RedrivePolicy"},
	{"redrive-allow/is-enforced", taken, "keeps RedriveAllowPolicy and does not look at it"},
	{"redrive-allow/at-most-ten", taken, "keeps RedriveAllowPolicy and does not look at it"},
	{"topic-tags/duplicate-keys", taken, "takes a key twice"},
	{"subscribe/wrong-value", taken, "takes any RawMessageDelivery"},
	{"subscribe/queue-url", taken, "takes any endpoint"},
	{"subscription/raw-delivery-values", taken, "takes any RawMessageDelivery"},
	{"subscription/bad-redrive-policy", taken, "takes any RedrivePolicy"},
	{"filter/nested-needs-the-body", taken, "takes a nested policy in any scope"},
	{"filter/unknown-scope", taken, "takes any scope"},
	{"fifo-subscription/fifo-queue-on-standard-topic", taken, "subscribes any queue to any topic"},
	{"fifo-subscription/redrive-to-standard", taken, "takes any dead-letter queue"},
	{"unsubscribe/malformed-arn", taken, "takes any ARN"},

	// Regions.
	{"missing-topic/wrong-region", taken, "reaches topics of every region"},
	{"missing-topic/list-subscriptions", taken, "lists none for a missing topic"},
	{"topic/regions-are-apart", "the topics of eu-west-1 hold", "ListTopics gives the topics of every region"},
}
