package controller

import (
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// fixed are the fields of the specs that cannot change while AWS has what they name, and what the apiserver says to a change.
var fixed = map[string]string{
	"AWSAccount.accountID":                "spec.accountID cannot be changed or removed once set",
	"AWSAccount.region":                   "spec.region is immutable",
	"ConsumerQueue.accountRef.name":       "spec.accountRef is immutable (absent means default): a queue cannot move to another account",
	"ConsumerQueue.queueName":             "spec.queueName is immutable once set: AWS cannot rename a queue",
	"ConsumerQueue.deadLetter.queueName":  "spec.deadLetter.queueName is immutable once set: AWS cannot rename a queue",
	"ConsumerQueue.undelivered.queueName": "spec.undelivered.queueName is immutable once set: AWS cannot rename a queue",
	"MessagingTopology.accountRef.name":   "spec.accountRef is immutable (absent means default): topics cannot move to another account",
	"MessagingTopology.topics.topicName":  "spec.topics: topicName is immutable once set: AWS cannot rename a topic",
}

// notAttributes are the other fields of the specs that are no attribute in AWS, and what they are.
var notAttributes = map[string]string{
	"AWSAccount.endpoint":                                    "where",
	"AWSAccount.endpoints.sqs":                               "where",
	"AWSAccount.endpoints.sns":                               "where",
	"AWSAccount.endpoints.sts":                               "where",
	"AWSAccount.endpoints.tagging":                           "where",
	"AWSAccount.endpoints.kms":                               "where",
	"AWSAccount.endpoints.cloudwatch":                        "where",
	"AWSAccount.credentials.secretRef.name":                  "as whom",
	"AWSAccount.credentials.assumeRole.roleARN":              "as whom",
	"AWSAccount.credentials.assumeRole.externalID":           "as whom",
	"AWSAccount.allowedNamespaces.from":                      "consent",
	"AWSAccount.allowedNamespaces.selector":                  "consent",
	"AWSAccount.adoption":                                    "consent",
	"AWSAccount.resyncPeriod":                                "when",
	"ConsumerQueue.connection.configMap":                     "a ConfigMap",
	"ConsumerQueue.deadLetter.redrive.schedule":              "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.timeZone":              "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.maxMessagesPerSecond":  "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.maxMessagesPerRun":     "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.haltOnReturnRatio":     "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.observeFor":            "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.suspend":               "a schedule of Redrives",
	"ConsumerQueue.deadLetter.redrive.historyLimit":          "a schedule of Redrives",
	"ConsumerQueue.deletionPolicy":                           "how",
	"ConsumerQueue.driftPolicy":                              "how",
	"ConsumerQueue.driftExceptions.resource":                 "how",
	"ConsumerQueue.driftExceptions.field":                    "how",
	"ConsumerQueue.adoptionPolicy":                           "how",
	"ConsumerQueue.suspend":                                  "how",
	"MessagingTopology.topics.name":                          "which topic",
	"MessagingTopology.allowedConsumers.namespaces.from":     "consent",
	"MessagingTopology.allowedConsumers.namespaces.selector": "consent",
	"MessagingTopology.consumers":                            "ConsumerQueues",
	"MessagingTopology.deletionPolicy":                       "how",
	"MessagingTopology.driftPolicy":                          "how",
	"MessagingTopology.driftExceptions.resource":             "how",
	"MessagingTopology.driftExceptions.field":                "how",
	"MessagingTopology.adoptionPolicy":                       "how",
	"MessagingTopology.suspend":                              "how",
}

// The resources of the cases.
const (
	mainQueue    = "queue/shop-inventory"
	deadQueue    = "queue/shop-inventory-dlq"
	lostQueue    = "queue/shop-inventory-undelivered"
	mainFIFO     = "queue/shop-ledger.fifo"
	deadFIFO     = "queue/shop-ledger-dlq.fifo"
	lostFIFO     = "queue/shop-ledger-undelivered.fifo"
	sharedQueue  = "queue/shop-morgue"
	eventsTopic  = "topic/shop-orders-events"
	payTopic     = "topic/shop-orders-pay.fifo"
	subscription = "subscription/shop-orders-events/shop-inventory"
)

func attributeCases() []attributeCase {
	return slices.Concat(timeCases(), deadLetterCases(), encryptionCases(mainQueue), encryptionCases(deadQueue), encryptionCases(lostQueue),
		fifoCases(mainFIFO), fifoCases(deadFIFO), fifoCases(lostFIFO), topicCases(), subscriptionCases(), policyCases(), tagCases(), alarmCases())
}

func timeCases() []attributeCase {
	cases := []attributeCase{
		{
			resource: mainQueue, field: "VisibilityTimeout", leaves: "ConsumerQueue.visibilityTimeout", absent: "30", first: "45", second: "120", drift: "77",
			set:    func(s *attributeSpecs) { s.inventory.VisibilityTimeout = "45s" },
			change: func(s *attributeSpecs) { s.inventory.VisibilityTimeout = "2m" },
		},
		{
			resource: mainQueue, field: "VisibilityTimeout", leaves: "ConsumerQueue.processingTime", absent: "30", first: "60", second: "120", drift: "77",
			set:    func(s *attributeSpecs) { s.inventory.ProcessingTime = "10s" },
			change: func(s *attributeSpecs) { s.inventory.ProcessingTime = "20s" },
		},
		{
			resource: mainQueue, field: "MessageRetentionPeriod", leaves: "ConsumerQueue.messageRetention", absent: "345600", first: "3600", second: "259200", drift: "61",
			set:    func(s *attributeSpecs) { s.inventory.MessageRetention = "1h" },
			change: func(s *attributeSpecs) { s.inventory.MessageRetention = "72h" },
		},
		{
			resource: deadQueue, field: "MessageRetentionPeriod", leaves: "ConsumerQueue.deadLetter.messageRetention", absent: "1209600", first: "864000", second: "1080000", drift: "61",
			set:    func(s *attributeSpecs) { s.inventory.DeadLetter = &v1alpha1.DeadLetter{MessageRetention: "240h"} },
			change: func(s *attributeSpecs) { s.inventory.DeadLetter = &v1alpha1.DeadLetter{MessageRetention: "300h"} },
		},
		{
			resource: lostQueue, field: "MessageRetentionPeriod", leaves: "ConsumerQueue.undelivered.messageRetention", absent: "1209600", first: "864000", second: "1080000", drift: "61",
			set:    func(s *attributeSpecs) { s.inventory.Undelivered = &v1alpha1.Undelivered{MessageRetention: "240h"} },
			change: func(s *attributeSpecs) { s.inventory.Undelivered = &v1alpha1.Undelivered{MessageRetention: "300h"} },
		},
		{
			resource: mainQueue, field: "ReceiveMessageWaitTimeSeconds", leaves: "ConsumerQueue.receiveWaitTime", absent: "20", first: "0", second: "10", drift: "3",
			set:    func(s *attributeSpecs) { s.inventory.ReceiveWaitTime = "0s" },
			change: func(s *attributeSpecs) { s.inventory.ReceiveWaitTime = "10s" },
		},
		{
			resource: mainQueue, field: "DelaySeconds", leaves: "ConsumerQueue.deliveryDelay", absent: "0", first: "5", second: "900", drift: "9",
			set:    func(s *attributeSpecs) { s.inventory.DeliveryDelay = "5s" },
			change: func(s *attributeSpecs) { s.inventory.DeliveryDelay = "15m" },
		},
		{
			resource: mainQueue, field: "MaximumMessageSize", leaves: "ConsumerQueue.maximumMessageSize", absent: "1048576", first: "65536", second: "262144", drift: "2048",
			set:    func(s *attributeSpecs) { s.inventory.MaximumMessageSize = ptr.To(resource.MustParse("64Ki")) },
			change: func(s *attributeSpecs) { s.inventory.MaximumMessageSize = ptr.To(resource.MustParse("256Ki")) },
		},
		{
			resource: sharedQueue, field: "MaximumMessageSize", absent: "1048576", drift: "2048",
			base:      withMorgue,
			unmanaged: "the spec does not say it, and queues made before August 2025 show another default",
		},
	}
	for _, queue := range []string{deadQueue, lostQueue} {
		cases = append(
			cases,
			attributeCase{resource: queue, field: "VisibilityTimeout", absent: "30", drift: "77"},
			attributeCase{resource: queue, field: "DelaySeconds", absent: "0", drift: "9"},
			attributeCase{resource: queue, field: "ReceiveMessageWaitTimeSeconds", absent: "20", drift: "3"},
			attributeCase{resource: queue, field: "MaximumMessageSize", absent: "1048576", drift: "2048", unmanaged: "no field of the spec says it"},
		)
	}
	return cases
}

// withMorgue adds a shared dead-letter queue.
func withMorgue(s *attributeSpecs) {
	s.morgue = &v1alpha1.ConsumerQueueSpec{QueueSettings: v1alpha1.QueueSettings{MessageRetention: "336h", DeadLetter: &v1alpha1.DeadLetter{Disabled: true}}}
}

func redriveTo(queue, count string) string {
	return `{"deadLetterTargetArn":"` + quickARN("sqs", queue) + `","maxReceiveCount":` + count + `}`
}

func deadLetterCases() []attributeCase {
	shared := &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "morgue"}}
	third := specEdit(func(s *attributeSpecs) {
		s.inventory.DeadLetter = shared
		s.third = &v1alpha1.ConsumerQueueSpec{QueueSettings: v1alpha1.QueueSettings{DeadLetter: shared}}
	})
	allow := func(queues ...string) string {
		list := ""
		for i, q := range queues {
			list += map[bool]string{true: ","}[i > 0] + `"` + quickARN("sqs", q) + `"`
		}
		return `{"redrivePermission":"byQueue","sourceQueueArns":[` + list + `]}`
	}
	const denyAll = `{"redrivePermission":"denyAll"}`
	return []attributeCase{
		{
			resource: mainQueue, field: "RedrivePolicy", leaves: "ConsumerQueue.deadLetter.maxReceiveCount",
			absent: redriveTo("shop-inventory-dlq", "5"), first: redriveTo("shop-inventory-dlq", "3"), second: redriveTo("shop-inventory-dlq", "1000"), drift: "",
			set: func(s *attributeSpecs) {
				s.inventory.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](3)}
			},
			change: func(s *attributeSpecs) {
				s.inventory.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](1000)}
			},
		},
		{
			resource: mainQueue, field: "RedrivePolicy", leaves: "ConsumerQueue.deadLetter.disabled ConsumerQueue.deadLetter.consumerQueue.name",
			absent: redriveTo("shop-inventory-dlq", "5"), first: "", second: redriveTo("shop-morgue", "5"), drift: redriveTo("shop-morgue", "7"), base: withMorgue,
			set:    func(s *attributeSpecs) { s.inventory.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} },
			change: func(s *attributeSpecs) { s.inventory.DeadLetter = shared },
		},
		{resource: deadQueue, field: "RedrivePolicy", base: withMorgue, drift: redriveTo("shop-morgue", "7"), unmanaged: "what somebody adds to a dead-letter queue is theirs"},
		{resource: lostQueue, field: "RedrivePolicy", base: withMorgue, drift: redriveTo("shop-morgue", "7"), unmanaged: "what somebody adds to a dead-letter queue is theirs"},
		{
			resource: sharedQueue, field: "RedriveAllowPolicy", leaves: "ConsumerQueue.deadLetter.consumerQueue.name",
			first: allow("shop-inventory"), second: allow("shop-inventory", "shop-third"), drift: denyAll, base: withMorgue,
			set: func(s *attributeSpecs) { s.inventory.DeadLetter = shared }, change: third,
		},
		{resource: deadQueue, field: "RedriveAllowPolicy", absent: allow("shop-inventory"), drift: denyAll},
		{resource: lostQueue, field: "RedriveAllowPolicy", drift: denyAll, unmanaged: "SNS asks for no leave, and no queue names it"},
	}
}

// encryptionCases are those of a queue; the undelivered queue has settings of its own.
func encryptionCases(queue string) []attributeCase {
	put := func(e *v1alpha1.QueueEncryption) specEdit {
		return func(s *attributeSpecs) {
			if queue == lostQueue {
				s.inventory.Undelivered = &v1alpha1.Undelivered{Encryption: e}
			} else {
				s.inventory.Encryption = e
			}
		}
	}
	kms := func(key string, period v1alpha1.Duration) specEdit {
		return put(&v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: key, DataKeyReusePeriod: period}})
	}
	at := "ConsumerQueue."
	if queue == lostQueue {
		at += "undelivered."
	}
	return []attributeCase{
		{
			resource: queue, field: "KmsMasterKeyId", leaves: at + "encryption.kms.keyID", first: "alias/a", second: "alias/b", drift: "alias/by-hand",
			set: kms("alias/a", ""), change: kms("alias/b", ""),
		},
		{
			resource: queue, field: "KmsDataKeyReusePeriodSeconds", leaves: at + "encryption.kms.dataKeyReusePeriod",
			absent: "300", first: "600", second: "86400", drift: "61", base: kms("alias/a", ""), set: kms("alias/a", "10m"), change: kms("alias/a", "24h"),
		},
		{
			resource: queue, field: "SqsManagedSseEnabled", leaves: at + "encryption.type", absent: "true", first: "false", second: "true", drift: "false",
			set: put(&v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionNone}), change: put(&v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionSQSManaged}),
		},
	}
}

// fifoCases are those of a FIFO queue: dead-letter and undelivered queue take them from the queue.
func fifoCases(queue string) []attributeCase {
	fifo := func(f v1alpha1.QueueFIFO) specEdit { return func(s *attributeSpecs) { s.ledger.FIFO = &f } }
	const perGroup, perGroupLimit = "MessageGroup", "PerMessageGroupID"
	return []attributeCase{
		{resource: queue, field: "FifoQueue", absent: "true", refused: "fifo cannot be added or removed: AWS cannot change a queue's type"},
		{
			resource: queue, field: "ContentBasedDeduplication", leaves: "ConsumerQueue.fifo.contentBasedDeduplication", absent: "false", first: "true", second: "true", drift: "false",
			set: fifo(v1alpha1.QueueFIFO{ContentBasedDeduplication: true}), change: fifo(v1alpha1.QueueFIFO{ContentBasedDeduplication: true}),
		},
		{
			resource: queue, field: "DeduplicationScope", leaves: "ConsumerQueue.fifo.deduplicationScope", absent: "queue", first: "messageGroup", second: "queue", drift: "messageGroup",
			set: fifo(v1alpha1.QueueFIFO{DeduplicationScope: perGroup}), change: fifo(v1alpha1.QueueFIFO{DeduplicationScope: "Queue"}),
		},
		{
			resource: queue, field: "FifoThroughputLimit", leaves: "ConsumerQueue.fifo.throughputLimit", absent: "perQueue", first: "perMessageGroupId", second: "perQueue", drift: "perMessageGroupId",
			base: fifo(v1alpha1.QueueFIFO{DeduplicationScope: perGroup}), set: fifo(v1alpha1.QueueFIFO{DeduplicationScope: perGroup, ThroughputLimit: perGroupLimit}),
			change: fifo(v1alpha1.QueueFIFO{DeduplicationScope: perGroup, ThroughputLimit: "PerQueue"}),
		},
	}
}

func topicCases() []attributeCase {
	return []attributeCase{
		{
			resource: eventsTopic, field: "DisplayName", leaves: "MessagingTopology.topics.displayName", first: "Orders", second: "Events", drift: "by hand",
			set: func(s *attributeSpecs) { s.event().DisplayName = "Orders" }, change: func(s *attributeSpecs) { s.event().DisplayName = "Events" },
		},
		{
			resource: eventsTopic, field: "KmsMasterKeyId", leaves: "MessagingTopology.topics.encryption.kmsKeyID", first: "alias/a", second: "alias/b", drift: "alias/by-hand",
			set:    func(s *attributeSpecs) { s.event().Encryption = &v1alpha1.TopicEncryption{KMSKeyID: "alias/a"} },
			change: func(s *attributeSpecs) { s.event().Encryption = &v1alpha1.TopicEncryption{KMSKeyID: "alias/b"} },
		},
		{
			resource: eventsTopic, field: "TracingConfig", leaves: "MessagingTopology.topics.tracing", first: "Active", second: "PassThrough", drift: "Active", cleared: "PassThrough",
			set: func(s *attributeSpecs) { s.event().Tracing = "Active" }, change: func(s *attributeSpecs) { s.event().Tracing = "PassThrough" },
		},
		{resource: payTopic, field: "FifoTopic", absent: "true", refused: "fifo cannot be added or removed: AWS cannot change a topic's type"},
		{
			resource: payTopic, field: "ContentBasedDeduplication", leaves: "MessagingTopology.topics.fifo.contentBasedDeduplication", absent: "false", first: "true", second: "true", drift: "false",
			set:    func(s *attributeSpecs) { s.pay().FIFO.ContentBasedDeduplication = true },
			change: func(s *attributeSpecs) { s.pay().FIFO.ContentBasedDeduplication = true },
		},
		{
			resource: payTopic, field: "FifoThroughputScope", leaves: "MessagingTopology.topics.fifo.throughputScope", first: "MessageGroup", second: "Topic", drift: "MessageGroup", cleared: "Topic",
			set: func(s *attributeSpecs) { s.pay().FIFO.ThroughputScope = "MessageGroup" }, change: func(s *attributeSpecs) { s.pay().FIFO.ThroughputScope = "Topic" },
		},
	}
}

func filterOf(key, values string) v1alpha1.FilterPolicy {
	return v1alpha1.FilterPolicy{key: apiextensionsv1.JSON{Raw: []byte(values)}}
}

func subscriptionCases() []attributeCase {
	filtered := specEdit(func(s *attributeSpecs) { s.first().FilterPolicy = filterOf("kind", `["a"]`) })
	return []attributeCase{
		{
			resource: subscription, field: "RawMessageDelivery", leaves: "ConsumerQueue.subscriptions.rawMessageDelivery", absent: "true", first: "false", second: "true", drift: "false",
			set: func(s *attributeSpecs) { s.first().RawMessageDelivery = ptr.To(false) }, change: func(s *attributeSpecs) { s.first().RawMessageDelivery = ptr.To(true) },
		},
		{
			resource: subscription, field: "FilterPolicy", leaves: "ConsumerQueue.subscriptions.filterPolicy", first: `{"kind":["a"]}`, second: `{"kind":["b"]}`, drift: `{"by":["hand"]}`,
			set: filtered, change: func(s *attributeSpecs) { s.first().FilterPolicy = filterOf("kind", `["b"]`) },
		},
		{
			resource: subscription, field: "FilterPolicyScope", leaves: "ConsumerQueue.subscriptions.filterPolicyScope", absent: "MessageAttributes", first: "MessageBody", second: "MessageAttributes",
			drift: "MessageBody", base: filtered, set: func(s *attributeSpecs) { s.first().FilterPolicyScope = "MessageBody" },
			change: func(s *attributeSpecs) { s.first().FilterPolicyScope = "MessageAttributes" },
		},
		{
			resource: subscription, field: "RedrivePolicy", leaves: "ConsumerQueue.undelivered.disabled",
			absent: `{"deadLetterTargetArn":"` + quickARN("sqs", "shop-inventory-undelivered") + `"}`, first: "", second: `{"deadLetterTargetArn":"` + quickARN("sqs", "shop-inventory-undelivered") + `"}`,
			set:    func(s *attributeSpecs) { s.inventory.Undelivered = &v1alpha1.Undelivered{Disabled: true} },
			change: func(s *attributeSpecs) { s.inventory.Undelivered = &v1alpha1.Undelivered{MessageRetention: "240h"} },
		},
	}
}
