package cel

import (
	"fmt"
	"testing"
)

// What the operator wrote: the name in use of each queue and topic, and a row for what it made.
const (
	queuesMade = `status: {
  queueName: main, queueARN: "arn:aws:sqs:us-east-1:123456789012:main",
  deadLetter: {queueARN: "arn:aws:sqs:us-east-1:123456789012:dead"}, undelivered: {queueARN: "arn:aws:sqs:us-east-1:123456789012:lost"},
  resources: [
  {resource: queue/main, arn: "arn:aws:sqs:us-east-1:123456789012:main", state: Present},
  {resource: queue/dead, arn: "arn:aws:sqs:us-east-1:123456789012:dead", state: Held},
  {resource: queue/lost, arn: "arn:aws:sqs:us-east-1:123456789012:lost", state: Creating},
  {resource: subscription/arn, state: Creating}]}`
	// queuesNotMade is of a queue whose names AWS refused, or that are somebody else's, with a shared dead-letter queue.
	queuesNotMade = `status: {
  queueName: main, queueARN: "arn:aws:sqs:us-east-1:123456789012:main",
  deadLetter: {queueARN: "arn:aws:sqs:us-east-1:123456789012:shared"}, undelivered: {queueARN: "arn:aws:sqs:us-east-1:123456789012:lost"},
  resources: [{resource: queue/lost, arn: "arn:aws:sqs:us-east-1:123456789012:lost", state: Leaving}]}`
	topicsMade = `status: {
  topics: [
  {name: a, topicName: A, arn: "arn:aws:sns:us-east-1:123456789012:A", state: Blocked, subscriptions: 0},
  {name: b, topicName: B, arn: "arn:aws:sns:us-east-1:123456789012:B", state: Present, subscriptions: 0},
  {name: c, state: Blocked, subscriptions: 0},
  {name: d, topicName: D, arn: "arn:aws:sns:us-east-1:123456789012:D", state: Blocked, subscriptions: 0}],
  resources: [
  {resource: topic/A, arn: "arn:aws:sns:us-east-1:123456789012:A", state: Held},
  {resource: topic/B, arn: "arn:aws:sns:us-east-1:123456789012:B", state: Present},
  {resource: topic/D, arn: "arn:aws:sns:us-east-1:123456789012:D", state: Leaving}]}`
)

// seen is an update of a spec beside a status.
func seen(status, from, to string) change {
	return change{fmt.Sprintf("{spec: %s, %s}", from, status), fmt.Sprintf("{spec: %s}", to)}
}

// unseen is an update before the operator wrote anything.
func unseen(from, to string) change { return seen("metadata: {}", from, to) }

var (
	wholeQueue    = []place{{queue, ""}}
	wholeTopology = []place{{topology, ""}}
)

// nameInUseRules hold the AWS names of what exists: set later only to the name in use, then neither changed nor removed.
// A wrong name that came in before the operator had written its status can still be set right.
var nameInUseRules = []rule{
	{
		message: "spec.queueName is immutable once set: AWS cannot rename a queue; make a second consumer with the new name, drain this one, then delete it",
		at:      wholeQueue,
		pass: []change{
			unseen(`{}`, `{queueName: orders}`),
			unseen(`{queueName: orders}`, `{queueName: orders, visibilityTimeout: 60s}`),
			seen(queuesMade, `{queueName: wrong}`, `{queueName: main}`),
			seen(queuesMade, `{queueName: wrong}`, `{queueName: wrong, visibilityTimeout: 60s}`),
		},
		fail: []change{
			unseen(`{queueName: orders}`, `{queueName: orders-2}`),
			unseen(`{queueName: orders}`, `{}`),
			seen(queuesMade, `{queueName: main}`, `{queueName: other}`),
			seen(queuesMade, `{queueName: wrong}`, `{queueName: other}`),
		},
	},
	{
		message: "spec.deadLetter.queueName is immutable once set: AWS cannot rename a queue; to use another dead-letter queue refer to one with deadLetter.consumerQueue",
		at:      wholeQueue,
		pass: []change{
			unseen(`{}`, `{deadLetter: {queueName: dead}}`),
			unseen(`{deadLetter: {queueName: dead}}`, `{deadLetter: {queueName: dead, maxReceiveCount: 3}}`),
			unseen(`{deadLetter: {queueName: dead}}`, `{deadLetter: {consumerQueue: {name: shared}}}`),
			unseen(`{deadLetter: {queueName: dead}}`, `{deadLetter: {disabled: true}}`),
			seen(queuesMade, `{deadLetter: {queueName: wrong}}`, `{deadLetter: {queueName: dead}}`),
		},
		fail: []change{
			unseen(`{deadLetter: {queueName: dead}}`, `{deadLetter: {queueName: dead-2}}`),
			unseen(`{deadLetter: {queueName: dead}}`, `{deadLetter: {}}`),
			unseen(`{deadLetter: {queueName: dead}}`, `{}`),
			seen(queuesMade, `{deadLetter: {queueName: wrong}}`, `{deadLetter: {queueName: ead}}`),
		},
	},
	{
		message: "spec.undelivered.queueName is immutable once set: AWS cannot rename a queue; make a second consumer with the new name, drain this one, then delete it",
		at:      wholeQueue,
		pass: []change{
			unseen(`{}`, `{undelivered: {queueName: lost}}`),
			unseen(`{undelivered: {queueName: lost}}`, `{undelivered: {queueName: lost, messageRetention: 96h}}`),
			unseen(`{undelivered: {queueName: lost}}`, `{undelivered: {disabled: true}}`),
			seen(queuesMade, `{undelivered: {queueName: wrong}}`, `{undelivered: {queueName: lost}}`),
		},
		fail: []change{
			unseen(`{undelivered: {queueName: lost}}`, `{undelivered: {queueName: lost-2}}`),
			unseen(`{undelivered: {queueName: lost}}`, `{undelivered: {}}`),
			unseen(`{undelivered: {queueName: lost}}`, `{}`),
			seen(queuesMade, `{undelivered: {queueName: wrong}}`, `{undelivered: {queueName: ost}}`),
		},
	},
	{
		message: "spec.queueName must be the name in use",
		at:      wholeQueue,
		pass: []change{
			seen(queuesMade, `{}`, `{queueName: main}`),
			seen(queuesNotMade, `{}`, `{queueName: other}`),
			seen(queuesMade, `{}`, `{visibilityTimeout: 60s}`),
		},
		fail: []change{seen(queuesMade, `{}`, `{queueName: other}`)},
	},
	{
		message: "spec.deadLetter.queueName must be the name in use",
		at:      wholeQueue,
		pass: []change{
			seen(queuesMade, `{}`, `{deadLetter: {queueName: dead}}`),
			seen(queuesMade, `{deadLetter: {maxReceiveCount: 3}}`, `{deadLetter: {queueName: dead}}`),
			seen(queuesMade, `{}`, `{deadLetter: {maxReceiveCount: 3}}`),
			seen(queuesNotMade, `{deadLetter: {consumerQueue: {name: shared}}}`, `{deadLetter: {queueName: other}}`),
		},
		fail: []change{
			seen(queuesMade, `{}`, `{deadLetter: {queueName: other}}`),
			seen(queuesMade, `{deadLetter: {maxReceiveCount: 3}}`, `{deadLetter: {queueName: ead}}`),
		},
	},
	{
		message: "spec.undelivered.queueName must be the name in use",
		at:      wholeQueue,
		pass: []change{
			seen(queuesMade, `{}`, `{undelivered: {queueName: lost}}`),
			seen(queuesMade, `{}`, `{undelivered: {messageRetention: 96h}}`),
			seen(queuesNotMade, `{}`, `{undelivered: {queueName: other}}`),
		},
		fail: []change{
			seen(queuesMade, `{}`, `{undelivered: {queueName: other}}`),
			seen(queuesMade, `{undelivered: {messageRetention: 96h}}`, `{undelivered: {queueName: ost}}`),
		},
	},
	{
		message: "spec.topics: topicName is immutable once set: AWS cannot rename a topic; add a topic with the new name, move publishers and consumers, then remove this one",
		at:      wholeTopology,
		pass: []change{
			unseen(`{topics: [{name: a}]}`, `{topics: [{name: a, topicName: A}]}`),
			unseen(`{topics: [{name: a, topicName: A}, {name: b}]}`, `{topics: [{name: a, topicName: A, displayName: Orders}, {name: c, topicName: C}]}`),
			unseen(`{topics: [{name: a, topicName: A}]}`, `{}`),
			seen(topicsMade, `{topics: [{name: a, topicName: wrong}]}`, `{topics: [{name: a, topicName: A}]}`),
			seen(topicsMade, `{topics: [{name: a, topicName: wrong}]}`, `{topics: [{name: a, topicName: wrong, displayName: Orders}]}`),
		},
		fail: []change{
			unseen(`{topics: [{name: a, topicName: A}]}`, `{topics: [{name: a, topicName: A2}]}`),
			unseen(`{topics: [{name: a, topicName: A}]}`, `{topics: [{name: a}]}`),
			seen(topicsMade, `{topics: [{name: a, topicName: wrong}]}`, `{topics: [{name: a, topicName: B}]}`),
			seen(topicsMade, `{topics: [{name: c, topicName: C}]}`, `{topics: [{name: c}]}`),
		},
	},
	{
		message: "spec.topics: a topicName that is set later must be the name in use, which status.topics has: AWS cannot rename a topic; set that name, or add a topic with the new name, move publishers and consumers, then remove this one",
		at:      wholeTopology,
		pass: []change{
			seen(topicsMade, `{topics: [{name: a}, {name: b}]}`, `{topics: [{name: a, topicName: A}, {name: b}]}`),
			seen(topicsMade, `{topics: [{name: c}, {name: d}]}`, `{topics: [{name: c, topicName: C}, {name: d, topicName: other}]}`),
			seen(topicsMade, `{topics: [{name: a}]}`, `{topics: [{name: a}, {name: e, topicName: E}]}`),
		},
		fail: []change{
			seen(topicsMade, `{topics: [{name: a}, {name: b}]}`, `{topics: [{name: a, topicName: A}, {name: b, topicName: other}]}`),
			seen(topicsMade, `{topics: [{name: a}]}`, `{topics: [{name: a, topicName: B}]}`),
		},
	},
}

// TestNameInUseIsTold: a refused queue name comes with the one in use and what to do.
func TestNameInUseIsTold(t *testing.T) {
	namespace := env.Namespace(t)
	for _, tt := range []struct {
		change  change
		message string
	}{
		{seen(queuesMade, `{}`, `{queueName: other}`), "in use, main: AWS cannot rename a queue; set that name, or"},
		{seen(queuesMade, `{}`, `{deadLetter: {queueName: other}}`), "in use, dead: AWS cannot rename a queue; set that name, or"},
		{seen(queuesMade, `{}`, `{undelivered: {queueName: other}}`), "in use, lost: AWS cannot rename a queue; set that name, or"},
	} {
		refusedOnce(t, tt.change.submit(t, wholeQueue[0], namespace), wholeQueue[0], tt.message)
	}
}
