package cel

// queueNameRules hold the AWS names of a consumer's queues, and their type, which a name must show.
var queueNameRules = []rule{
	{
		message: "fifo cannot be added or removed: AWS cannot change a queue's type; make a second consumer, drain this one, then delete it",
		at:      settings,
		pass:    []change{update(`{fifo: {}}`, `{fifo: {contentBasedDeduplication: true}}`)},
		fail:    []change{update(`{fifo: {}}`, `{}`), update(`{}`, `{fifo: {}}`)},
	},
	{
		message: "queueName ends in .fifo if, and only if, fifo is set",
		at:      settings,
		pass:    []change{create(`{queueName: orders.fifo, fifo: {}}`), create(`{queueName: orders}`), create(`{fifo: {}}`)},
		fail:    []change{create(`{queueName: orders.fifo}`), create(`{queueName: orders, fifo: {}}`)},
	},
	{
		message: "deadLetter.queueName ends in .fifo if, and only if, fifo is set: a dead-letter queue has the type of its queue",
		at:      settings,
		pass:    []change{create(`{deadLetter: {queueName: dead.fifo}, fifo: {}}`), create(`{deadLetter: {queueName: dead}}`), create(`{deadLetter: {}, fifo: {}}`)},
		fail:    []change{create(`{deadLetter: {queueName: dead.fifo}}`), create(`{deadLetter: {queueName: dead}, fifo: {}}`)},
	},
	{
		message: "undelivered.queueName ends in .fifo if, and only if, fifo is set: the undelivered queue has the type of its queue",
		at:      settings,
		pass:    []change{create(`{undelivered: {queueName: lost.fifo}, fifo: {}}`), create(`{undelivered: {queueName: lost}}`), create(`{undelivered: {}, fifo: {}}`)},
		fail:    []change{create(`{undelivered: {queueName: lost.fifo}}`), create(`{undelivered: {queueName: lost}, fifo: {}}`)},
	},
	{
		message: "queueName, deadLetter.queueName and undelivered.queueName must differ: give each queue a name of its own",
		at:      settings,
		pass: []change{
			create(`{queueName: a, deadLetter: {queueName: b}, undelivered: {queueName: c}}`),
			create(`{deadLetter: {}, undelivered: {}}`),
		},
		fail: []change{
			create(`{queueName: a, deadLetter: {queueName: a}}`),
			create(`{queueName: a, undelivered: {queueName: a}}`),
			create(`{deadLetter: {queueName: a}, undelivered: {queueName: a}}`),
		},
	},
	{
		message: "metadata.name contains a dot, which no queue name may: set spec.queueName",
		at:      []place{{queue, ""}},
		pass: []change{
			create(`{metadata: {name: plain}}`),
			create(`{metadata: {name: with.dot}, spec: {queueName: orders}}`),
		},
		fail: []change{create(`{metadata: {name: with.dot}}`)},
	},
}
