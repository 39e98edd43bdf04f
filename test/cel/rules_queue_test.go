package cel

// kmsRule is a rule of its own because a gauntlet row asks for it.
var kmsRule = rule{
	message: "encryption.kms goes with encryption.type KMS, and only with it",
	at:      encryption,
	pass: []change{
		create(`{}`),
		create(`{type: None}`),
		create(`{type: KMS, kms: {keyID: alias/orders, dataKeyReusePeriod: 5m}}`),
	},
	fail: []change{
		create(`{type: KMS}`),
		create(`{type: SQSManaged, kms: {keyID: alias/orders, dataKeyReusePeriod: 5m}}`),
		create(`{kms: {keyID: alias/orders, dataKeyReusePeriod: 5m}}`),
	},
}

var queueRules = []rule{
	kmsRule,
	{
		message: "spec.accountRef is immutable (absent means default): a queue cannot move to another account; make a second ConsumerQueue, drain this one, then delete it",
		at:      queueSpec,
		pass: []change{
			update(`{}`, `{accountRef: {name: default}}`),
			update(`{accountRef: {name: default}}`, `{}`),
			update(`{accountRef: {name: eu}}`, `{accountRef: {name: eu}, queueName: orders}`),
		},
		fail: []change{
			update(`{}`, `{accountRef: {name: eu}}`),
			update(`{accountRef: {name: eu}}`, `{}`),
			update(`{accountRef: {name: eu}}`, `{accountRef: {name: us}}`),
		},
	},
	{
		message: "spec.maximumMessageSize must be between 1Ki and 1Mi",
		at:      queueSpec,
		pass: []change{
			create(`{maximumMessageSize: 1Ki}`),
			create(`{maximumMessageSize: 262144}`),
			create(`{maximumMessageSize: 1Mi}`),
		},
		fail: []change{
			create(`{maximumMessageSize: 1023}`),
			create(`{maximumMessageSize: "1048577"}`),
			create(`{maximumMessageSize: 1Gi}`),
		},
	},
	{
		message: "visibilityTimeout must not be below processingTime, or messages are delivered again while they are handled; leave visibilityTimeout out for 6 x processingTime",
		at:      settings,
		pass: []change{
			create(`{processingTime: 60s, visibilityTimeout: 1m}`),
			create(`{processingTime: 2h}`),
			create(`{visibilityTimeout: 0s}`),
		},
		fail: []change{create(`{processingTime: 1m, visibilityTimeout: 59s}`)},
	},
	{
		message: "deadLetter.messageRetention (default 336h) must be above messageRetention (default 96h), or both 336h: on a standard queue a dead letter keeps its first enqueue time and would expire early",
		at:      settings,
		pass: []change{
			create(`{messageRetention: 335h59m59s}`),
			create(`{messageRetention: 336h}`),
			create(`{messageRetention: 336h, deadLetter: {messageRetention: 336h}}`),
			create(`{deadLetter: {messageRetention: 97h}}`),
			create(`{messageRetention: 336h, deadLetter: {messageRetention: 1h}, fifo: {}}`),
			create(`{messageRetention: 336h, deadLetter: {disabled: true}}`),
			create(`{messageRetention: 336h, deadLetter: {consumerQueue: {name: shared}}}`),
		},
		fail: []change{
			create(`{deadLetter: {messageRetention: 96h}}`),
			create(`{messageRetention: 100h, deadLetter: {messageRetention: 99h}}`),
			create(`{messageRetention: 336h, deadLetter: {messageRetention: 335h}}`),
			update(`{messageRetention: 1h, deadLetter: {messageRetention: 2h}}`, `{deadLetter: {messageRetention: 2h}}`),
		},
	},
	{
		message: "with deadLetter.disabled only deadLetter.redrive may stand, on a queue that serves others as dead-letter queue",
		at:      fields(settings, "deadLetter"),
		pass: []change{
			create(`{disabled: true}`),
			create(`{disabled: true, redrive: {schedule: "0 23 * * 0-4"}}`),
			create(`{disabled: false, queueName: dead, maxReceiveCount: 3, messageRetention: 336h}`),
		},
		fail: []change{
			create(`{disabled: true, queueName: dead}`),
			create(`{disabled: true, maxReceiveCount: 3}`),
			create(`{disabled: true, messageRetention: 336h}`),
			create(`{disabled: true, consumerQueue: {name: shared}}`),
		},
	},
	{
		message: "with deadLetter.consumerQueue only maxReceiveCount may stand: the shared queue has its own name, retention and redrive",
		at:      fields(settings, "deadLetter"),
		pass:    []change{create(`{consumerQueue: {name: shared}, maxReceiveCount: 3}`)},
		fail: []change{
			create(`{consumerQueue: {name: shared}, queueName: dead}`),
			create(`{consumerQueue: {name: shared}, messageRetention: 336h}`),
			create(`{consumerQueue: {name: shared}, redrive: {schedule: "0 23 * * 0-4"}}`),
		},
	},
	{
		message: "with undelivered.disabled no other undelivered field may stand",
		at:      fields(settings, "undelivered"),
		pass: []change{
			create(`{disabled: true}`),
			create(`{disabled: false, queueName: lost, messageRetention: 96h, encryption: {type: None}}`),
		},
		fail: []change{
			create(`{disabled: true, queueName: lost}`),
			create(`{disabled: true, messageRetention: 96h}`),
			create(`{disabled: true, encryption: {}}`),
		},
	},
	{
		message: "throughputLimit PerMessageGroupID needs deduplicationScope MessageGroup",
		at:      fields(settings, "fifo"),
		pass: []change{
			create(`{}`),
			create(`{throughputLimit: PerMessageGroupID, deduplicationScope: MessageGroup}`),
			create(`{throughputLimit: PerQueue}`),
			create(`{deduplicationScope: MessageGroup}`),
		},
		fail: []change{
			create(`{throughputLimit: PerMessageGroupID}`),
			create(`{throughputLimit: PerMessageGroupID, deduplicationScope: Queue}`),
		},
	},
}

// durationRules are the ranges of SQS, in whole seconds as SQS takes them.
var durationRules = []rule{
	{
		message: "processingTime must be whole seconds between 1s and 2h",
		at:      fields(settings, "processingTime"),
		pass:    []change{create(`1s`), create(`1h60m`)},
		fail:    []change{create(`0s`), create(`2h1s`), create(`1500ms`)},
	},
	{
		message: "visibilityTimeout must be whole seconds between 0s and 12h",
		at:      fields(settings, "visibilityTimeout"),
		pass:    []change{create(`0s`), create(`12h`), create(`2000ms`)},
		fail:    []change{create(`12h1s`), create(`1ms`)},
	},
	{
		message: "messageRetention must be whole seconds between 60s and 336h",
		at:      settings,
		field:   "messageRetention",
		pass:    []change{create(`{messageRetention: 60s}`), create(`{messageRetention: 336h}`)},
		fail: []change{
			create(`{messageRetention: 59s}`),
			create(`{messageRetention: 336h1s, deadLetter: {disabled: true}}`),
			create(`{messageRetention: 60s500ms}`),
		},
	},
	{
		message: "receiveWaitTime must be whole seconds between 0s and 20s",
		at:      fields(settings, "receiveWaitTime"),
		pass:    []change{create(`0s`), create(`20s`)},
		fail:    []change{create(`21s`), create(`500ms`)},
	},
	{
		message: "deliveryDelay must be whole seconds between 0s and 15m",
		at:      fields(settings, "deliveryDelay"),
		pass:    []change{create(`0s`), create(`900s`)},
		fail:    []change{create(`15m1s`), create(`1ms`)},
	},
	{
		message: "deadLetter.messageRetention must be whole seconds between 60s and 336h",
		at:      fields(settings, "deadLetter.messageRetention"),
		pass:    []change{create(`97h`), create(`336h`)},
		fail:    []change{create(`336h1s`), create(`100h1ms`)},
	},
	{
		message: "undelivered.messageRetention must be whole seconds between 60s and 336h",
		at:      fields(settings, "undelivered.messageRetention"),
		pass:    []change{create(`60s`), create(`336h`)},
		fail:    []change{create(`59s`), create(`336h1s`), create(`61s1ms`)},
	},
	{
		message: "dataKeyReusePeriod must be whole seconds between 60s and 24h",
		at:      encryption,
		field:   "kms.dataKeyReusePeriod",
		pass: []change{
			create(`{type: KMS, kms: {keyID: k, dataKeyReusePeriod: 60s}}`),
			create(`{type: KMS, kms: {keyID: k, dataKeyReusePeriod: 24h}}`),
		},
		fail: []change{
			create(`{type: KMS, kms: {keyID: k, dataKeyReusePeriod: 59s}}`),
			create(`{type: KMS, kms: {keyID: k, dataKeyReusePeriod: 24h1s}}`),
			create(`{type: KMS, kms: {keyID: k, dataKeyReusePeriod: 60s1ms}}`),
		},
	},
}
