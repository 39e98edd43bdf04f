package conformance

var queueEncryptionRules = []rule{
	{
		name:   "queue/kms-switches-sqs-sse-off",
		says:   "setting KmsMasterKeyId turns SqsManagedSseEnabled to false; the key need not exist and comes back as given",
		source: "recorded case test_sse_queue_attributes/sse_kms_attributes",
		check: func(w *world) {
			_, url := w.queue(nil)
			w.set(url, "KmsMasterKeyId", "alias/no-such-key")
			have := w.queueAttributes(url)
			w.equal("KmsMasterKeyId", have["KmsMasterKeyId"], "alias/no-such-key")
			w.equal("SqsManagedSseEnabled", have["SqsManagedSseEnabled"], "false")
		},
	},
	{
		name:   "queue/kms-reuse-default",
		says:   "KmsDataKeyReusePeriodSeconds appears with KMS, as 300",
		source: "recorded case test_set_queue_attributes_default_values/get-queue-attributes-after-update; " + docSetQueue,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"KmsMasterKeyId": "alias/aws/sqs"})
			w.equal("reuse period", w.queueAttributes(url)["KmsDataKeyReusePeriodSeconds"], "300")
		},
	},
	{
		name:   "queue/kms-reuse-set",
		says:   "KmsDataKeyReusePeriodSeconds is set beside KmsMasterKeyId",
		source: "recorded case test_sse_queue_attributes/sse_kms_attributes",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"})
			w.equal("reuse period", w.queueAttributes(url)["KmsDataKeyReusePeriodSeconds"], "6000")
		},
	},
	{
		name:   "queue/kms-is-cleared-by-empty",
		says:   `KmsMasterKeyId "" takes key and reuse period away`,
		source: "recorded case test_set_queue_attributes_default_values",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"})
			w.set(url, "KmsMasterKeyId", "")
			w.absent(w.queueAttributes(url), "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")
		},
	},
	{
		name:   "queue/sqs-sse-stays-off-after-kms",
		says:   "after KMS is cleared SqsManagedSseEnabled stays false: it does not return to its default",
		source: "recorded case test_set_queue_attributes_default_values",
		check: func(w *world) {
			_, url := w.queue(map[string]string{"KmsMasterKeyId": "testKeyId"})
			w.set(url, "KmsMasterKeyId", "")
			w.equal("SqsManagedSseEnabled", w.queueAttributes(url)["SqsManagedSseEnabled"], "false")
		},
	},
	{
		name:   "queue/sqs-sse-set",
		says:   "SqsManagedSseEnabled is switched off and on",
		source: "recorded case test_sse_queue_attributes/sse_sqs_attributes",
		check: func(w *world) {
			_, url := w.queue(nil)
			for _, value := range []string{"false", "true"} {
				w.set(url, "SqsManagedSseEnabled", value)
				w.equal("SqsManagedSseEnabled", w.queueAttributes(url)["SqsManagedSseEnabled"], value)
			}
		},
	},
	{
		name:   "queue/one-kind-of-sse-a-call",
		says:   "KmsMasterKeyId together with SqsManagedSseEnabled=true is refused",
		source: "recorded case test_sse_kms_and_sqs_are_mutually_exclusive",
		check: func(w *world) {
			_, err := w.createQueue(w.name(""), map[string]string{"KmsMasterKeyId": "testKeyId", "SqsManagedSseEnabled": "true"}, nil)
			w.refused(err, "InvalidAttributeName")
		},
	},
}
