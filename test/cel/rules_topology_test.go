package cel

var topologyRules = []rule{
	{
		message: "spec.accountRef is immutable (absent means default): topics cannot move to another account; make a second MessagingTopology there",
		at:      topologySpec,
		pass: []change{
			update(`{}`, `{accountRef: {name: default}}`),
			update(`{accountRef: {name: default}}`, `{}`),
			update(`{accountRef: {name: eu}}`, `{accountRef: {name: eu}, tags: {a: b}}`),
		},
		fail: []change{
			update(`{}`, `{accountRef: {name: eu}}`),
			update(`{accountRef: {name: eu}}`, `{}`),
			update(`{accountRef: {name: eu}}`, `{accountRef: {name: us}}`),
		},
	},
	{
		message: "spec.topics: two topics have the same topicName; give each a name of its own",
		at:      topologySpec,
		pass:    []change{create(`{topics: [{name: a, topicName: A}, {name: b, topicName: B}, {name: c}, {name: d}]}`)},
		fail:    []change{create(`{topics: [{name: a, topicName: A}, {name: b, topicName: A}]}`)},
	},
	{
		message: "spec.consumers: a subscription without topology names a topic that spec.topics does not declare; add the topic to spec.topics, or set topology",
		at:      topologySpec,
		pass: []change{
			create(`{topics: [{name: a}], consumers: [{name: c, subscriptions: [{topic: a}]}]}`),
			create(`{consumers: [{name: c, subscriptions: [{topic: a, topology: {name: other}}]}]}`),
			create(`{consumers: [{name: c, subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a"}]}]}`),
			create(`{consumers: [{name: c}]}`),
		},
		fail: []change{
			create(`{topics: [{name: a}], consumers: [{name: c, subscriptions: [{topic: b}]}]}`),
			create(`{consumers: [{name: c, subscriptions: [{topic: a}]}]}`),
		},
	},
	{
		message: "spec.consumers: a consumer with fifo subscribes to a topic that spec.topics declares without fifo: a FIFO queue cannot receive from a standard topic; set fifo on the topic, or leave it out of the consumer",
		at:      topologySpec,
		pass: []change{
			create(`{topics: [{name: a, fifo: {}}], consumers: [{name: c, fifo: {}, subscriptions: [{topic: a}]}]}`),
			create(`{topics: [{name: a, fifo: {}}], consumers: [{name: c, subscriptions: [{topic: a}]}]}`),
			create(`{topics: [{name: a}], consumers: [{name: c, fifo: {}, subscriptions: [{topic: a, topology: {name: other}}]}]}`),
		},
		fail: []change{create(`{topics: [{name: a}], consumers: [{name: c, fifo: {}, subscriptions: [{topic: a}]}]}`)},
	},
	{
		message: "metadata.name contains a dot, which no AWS name may: set topicName on every topic in spec.topics and queueName on every consumer in spec.consumers",
		at:      []place{{topology, ""}},
		pass: []change{
			create(`{metadata: {name: plain}, spec: {topics: [{name: a}], consumers: [{name: c}]}}`),
			create(`{metadata: {name: with.dot}, spec: {topics: [{name: a, topicName: A}], consumers: [{name: c, queueName: C}]}}`),
			create(`{metadata: {name: with.dot}}`),
		},
		fail: []change{
			create(`{metadata: {name: with.dot}, spec: {topics: [{name: a, topicName: A}, {name: b}]}}`),
			create(`{metadata: {name: with.dot}, spec: {consumers: [{name: c}]}}`),
		},
	},
}

var topicRules = []rule{
	{
		message: "fifo cannot be added or removed: AWS cannot change a topic's type; add another topic, move publishers and consumers, then remove this one",
		at:      topic,
		pass:    []change{update(`{fifo: {}}`, `{fifo: {contentBasedDeduplication: true, throughputScope: MessageGroup}}`)},
		fail:    []change{update(`{fifo: {}}`, `{}`), update(`{}`, `{fifo: {}}`)},
	},
	{
		message: "topicName ends in .fifo if, and only if, fifo is set",
		at:      topic,
		pass:    []change{create(`{topicName: orders.fifo, fifo: {}}`), create(`{topicName: orders}`), create(`{fifo: {}}`)},
		fail:    []change{create(`{topicName: orders.fifo}`), create(`{topicName: orders, fifo: {}}`)},
	},
}
