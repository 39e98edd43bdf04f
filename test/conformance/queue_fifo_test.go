package conformance

import "maps"

var queueFIFORules = []rule{
	{
		name:   "fifo/defaults",
		says:   "a FIFO queue returns its four FIFO attributes, with AWS's defaults",
		source: "recorded case test_fifo_set_content_based_deduplication_strategy/before-update",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"FifoQueue": "true"})
			have := w.queueAttributes(url)
			for name, value := range inOrder(map[string]string{
				"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue",
			}) {
				w.equal(name, have[name], value)
			}
		},
	},
	{
		name:   "fifo/needs-the-suffix",
		says:   "FifoQueue=true without the suffix .fifo is refused",
		source: "recorded case test_fifo_queue_requires_suffix/create_queue-error-1",
		check: func(w *world) {
			_, err := w.createQueue(w.name(""), map[string]string{"FifoQueue": "true"}, nil)
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "fifo/suffix-needs-the-attribute",
		says:   "a standard queue cannot have the suffix .fifo",
		source: "recorded case test_standard_queue_cannot_have_fifo_suffix/create_queue-error-1",
		check: func(w *world) {
			_, err := w.createQueue(w.name(".fifo"), nil, nil)
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "fifo/false-is-unknown",
		says:   "FifoQueue=false on a standard queue is an unknown attribute: it is never sent",
		source: "recorded case test_create_standard_queue_with_fifo_attribute_raises_error/invalid-attribute-fifo-queue",
		check: func(w *world) {
			_, err := w.createQueue(w.name(""), map[string]string{"FifoQueue": "false"}, nil)
			w.refused(err, "InvalidAttributeName")
		},
	},
	{
		name:   "fifo/attributes-need-fifo",
		says:   "the FIFO attributes are refused on a standard queue",
		source: "recorded case test_create_standard_queue_with_fifo_attribute_raises_error/invalid-attribute-throughput-limit",
		check: func(w *world) {
			_, url := w.queue(nil)
			for name, value := range inOrder(map[string]string{
				"FifoThroughputLimit": "perQueue", "DeduplicationScope": "queue", "ContentBasedDeduplication": "false",
			}) {
				_, err := w.createQueue(w.name(""), map[string]string{name: value}, nil)
				w.refused(err, "InvalidAttributeName")
				w.refused(w.trySet(url, name, value), "InvalidAttributeName")
			}
		},
	},
	{
		name:   "fifo/type-is-fixed",
		says:   "the type of a queue cannot change: FifoQueue=false on a FIFO queue is InvalidAttributeValue, true is taken",
		source: "recorded case test_set_unsupported_attribute_fifo/invalid-attr-name-2",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"FifoQueue": "true"})
			w.set(url, "FifoQueue", "true")
			w.refused(w.trySet(url, "FifoQueue", "false"), "InvalidAttributeValue")
		},
	},
	{
		name:   "fifo/standard-cannot-become-fifo",
		says:   "FifoQueue is an unknown attribute of a standard queue",
		source: "recorded case test_set_unsupported_attribute_standard/invalid-attr-name-1",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.refused(w.trySet(url, "FifoQueue", "true"), "InvalidAttributeName")
		},
	},
	{
		name:   "fifo/members-change",
		says:   "deduplication and throughput change on a living queue",
		source: "recorded case test_fifo_change_to_high_throughput_after_creation/set-to-high-throughput",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"FifoQueue": "true"})
			w.set(url, "ContentBasedDeduplication", "true")
			w.set(url, "DeduplicationScope", "messageGroup")
			w.set(url, "FifoThroughputLimit", "perMessageGroupId")
			have := w.queueAttributes(url)
			w.equal("ContentBasedDeduplication", have["ContentBasedDeduplication"], "true")
			w.equal("DeduplicationScope", have["DeduplicationScope"], "messageGroup")
			w.equal("FifoThroughputLimit", have["FifoThroughputLimit"], "perMessageGroupId")
		},
	},
	{
		name:   "fifo/high-throughput-at-creation",
		says:   "a high-throughput FIFO queue is created in one call; messageGroup without perMessageGroupId is valid",
		source: "recorded case test_fifo_message_attributes/create_queue-ok-1; recorded case test_sqs_fifo_message_group_scope_no_throughput_setting",
		check: func(w *world) {
			attributes := map[string]string{"FifoQueue": "true", "DeduplicationScope": "messageGroup"}
			w.queue(attributes)
			high := maps.Clone(attributes)
			high["FifoThroughputLimit"] = "perMessageGroupId"
			_, url := w.queue(high)
			w.equal("FifoThroughputLimit", w.queueAttributes(url)["FifoThroughputLimit"], "perMessageGroupId")
		},
	},
	{
		name:   "fifo/throughput-needs-the-scope",
		says:   "perMessageGroupId with DeduplicationScope=queue is refused",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/enable-high-throughput-fifo.html",
		check: func(w *world) {
			_, err := w.createQueue(w.name(".fifo"), map[string]string{"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"}, nil)
			w.refused(err, "InvalidAttributeValue|InvalidParameterValue")
		},
	},
	{
		name:   "fifo/booleans-in-any-case",
		says:   `"True" is taken and returned in lower case`,
		source: "recorded case test_sqs_fifo_same_dedup_id_different_message_groups/create_queue-ok-1",
		check: func(w *world) {
			name := w.name(".fifo")
			url := w.queueNamed(name, map[string]string{"FifoQueue": "True", "ContentBasedDeduplication": "True"})
			have := w.queueAttributes(url)
			w.equal("FifoQueue", have["FifoQueue"], "true")
			w.equal("ContentBasedDeduplication", have["ContentBasedDeduplication"], "true")
		},
	},
}
