package cel

// subscriptionRules hold what is subscribed to, and who else may send, receive and publish.
var subscriptionRules = []rule{
	{
		message: "exactly one of topic (with topology) and topicARN must be set",
		at:      fields(queueSpec, "subscriptions[]"),
		pass: []change{
			create(`{topology: {name: orders, namespace: commerce}, topic: events}`),
			create(`{topicARN: "arn:aws:sns:us-east-1:123456789012:orders.fifo"}`),
		},
		fail: []change{
			create(`{rawMessageDelivery: false}`),
			create(`{topology: {name: orders}, topic: events, topicARN: "arn:aws:sns:us-east-1:123456789012:orders"}`),
		},
	},
	{
		message: "topology and topic go together",
		at:      fields(queueSpec, "subscriptions[]"),
		pass:    []change{create(`{topology: {name: orders}, topic: events}`)},
		fail: []change{
			create(`{topic: events}`),
			create(`{topology: {name: orders}, topicARN: "arn:aws:sns:us-east-1:123456789012:orders"}`),
		},
	},
	{
		message: "exactly one of topic and topicARN must be set",
		at:      fields(consumer, "subscriptions[]"),
		pass: []change{
			create(`{topology: {name: orders}, topic: events}`),
			create(`{topicARN: "arn:aws:sns:us-east-1:123456789012:orders"}`),
		},
		fail: []change{
			create(`{rawMessageDelivery: false}`),
			create(`{topology: {name: orders}, topic: events, topicARN: "arn:aws:sns:us-east-1:123456789012:orders"}`),
		},
	},
	{
		message: "topology goes with topic only",
		at:      fields(consumer, "subscriptions[]"),
		pass:    []change{create(`{topology: {name: orders}, topic: events}`)},
		fail:    []change{create(`{topology: {name: orders}, topicARN: "arn:aws:sns:us-east-1:123456789012:orders"}`)},
	},
	{
		message: "subscriptions: SNS has one subscription for a topic and a queue; remove the second one to the same topic, or merge their filter policies",
		at:      queueSpec,
		pass: []change{
			create(`{subscriptions: [{topology: {name: a}, topic: events}, {topology: {name: a}, topic: refunds}, {topology: {name: b}, topic: events}, {topology: {name: a, namespace: shop}, topic: events}]}`),
			create(`{subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a"}, {topicARN: "arn:aws:sns:us-east-1:123456789012:b"}]}`),
		},
		fail: []change{
			create(`{subscriptions: [{topology: {name: a}, topic: events}, {topology: {name: a}, topic: events, rawMessageDelivery: false}]}`),
			create(`{subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a"}, {topicARN: "arn:aws:sns:us-east-1:123456789012:a"}]}`),
		},
	},
	{
		message: "subscriptions: SNS has one subscription for a topic and a queue; remove the second one to the same topic, or merge their filter policies",
		at:      topologySpec,
		field:   "consumers[]",
		pass: []change{
			create(`{topics: [{name: events}, {name: refunds}], consumers: [{name: fraud, subscriptions: [{topic: events}, {topic: refunds}]}]}`),
			create(`{topics: [{name: events}], consumers: [{name: fraud, subscriptions: [{topic: events}, {topic: events, topology: {name: a}}, {topic: refunds, topology: {name: a}}]}]}`),
			create(`{consumers: [{name: fraud, subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a"}, {topicARN: "arn:aws:sns:us-east-1:123456789012:b"}]}]}`),
		},
		fail: []change{
			create(`{topics: [{name: events}], consumers: [{name: fraud, subscriptions: [{topic: events}, {topic: events}]}]}`),
			create(`{consumers: [{name: fraud, subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a"}, {topicARN: "arn:aws:sns:us-east-1:123456789012:a"}]}]}`),
		},
	},
	{
		message: "subscriptions: a FIFO queue cannot receive from a standard topic; subscribe to a topicARN that ends in .fifo, or leave fifo out",
		at:      settings,
		pass: []change{
			create(`{fifo: {}, subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a.fifo"}]}`),
			create(`{subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a.fifo"}]}`),
			create(`{fifo: {}, subscriptions: [{topology: {name: a}, topic: events}]}`),
		},
		fail: []change{create(`{fifo: {}, subscriptions: [{topicARN: "arn:aws:sns:us-east-1:123456789012:a"}]}`)},
	},
	{
		message: "exactly one of service and awsPrincipal must be set",
		at:      principals,
		pass: []change{
			create(`{service: s3.amazonaws.com, sourceARN: "arn:aws:s3:::bucket"}`),
			create(`{awsPrincipal: "arn:aws:iam::123456789012:role/shop"}`),
		},
		fail: []change{
			create(`{}`),
			create(`{service: s3.amazonaws.com, sourceARN: "arn:aws:s3:::bucket", awsPrincipal: "123456789012"}`),
		},
	},
	{
		message: "service needs sourceARN or sourceAccount, or any AWS customer could use that service to reach this resource",
		at:      principals,
		pass: []change{
			create(`{service: s3.amazonaws.com, sourceAccount: "123456789012"}`),
			create(`{service: events.amazonaws.com, sourceARN: "arn:aws:events:*:123456789012:rule/*", sourceAccount: "123456789012"}`),
		},
		fail: []change{create(`{service: s3.amazonaws.com}`)},
	},
	{
		message: "sourceARN and sourceAccount go with service only",
		at:      principals,
		pass:    []change{create(`{service: s3.amazonaws.com, sourceAccount: "123456789012"}`)},
		fail: []change{
			create(`{awsPrincipal: "123456789012", sourceAccount: "123456789012"}`),
			create(`{awsPrincipal: "123456789012", sourceARN: "arn:aws:s3:::bucket"}`),
		},
	},
}
