package e2e

import (
	"maps"
	"testing"
)

// What the scenarios ask for, in AWS's words. A queue without a word of them has Skein's defaults: long polling, SSE-SQS, 30 s, four days.

func TestS1OrdersFanOut(t *testing.T) {
	scenario{file: "s1-orders-fanout.yaml", want: func(n names) contents {
		out := contents{"topic/orders-topic": {"KmsMasterKeyId": "alias/aws/sns", "Tags": n.tags("MessagingTopology", "orders")}}
		for queue, want := range map[string]struct{ object, filter string }{
			"orders-queue": {"orders", `{"event_type":["order.created","order.updated"]}`},
			"inventory":    {"inventory", `{"event_type":["order.created"]}`},
		} {
			maps.Copy(out, n.consumer(consumer{
				object: want.object, queue: queue, topic: "orders-topic", maxReceiveCount: 3, filter: want.filter,
				attributes: map[string]string{"VisibilityTimeout": "300"},
			}))
		}
		return out
	}}.run(t)
}

func TestS2FIFOPayments(t *testing.T) {
	scenario{file: "s2-fifo-payments.yaml", want: func(n names) contents {
		fifo := map[string]string{
			"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId",
		}
		out := n.consumer(consumer{
			object: "payments", queue: "payments.fifo", deadLetter: "payments-dlq.fifo", undelivered: "payments-undelivered.fifo",
			topic: "payments.fifo", maxReceiveCount: 5, attributes: fifo, others: fifo,
		})
		out["topic/payments.fifo"] = map[string]string{
			"FifoTopic": "true", "ContentBasedDeduplication": "false", "Tags": n.tags("MessagingTopology", "payments"),
		}
		return out
	}}.run(t)
}

func TestS3Fraud(t *testing.T) {
	scenario{file: "s3-fraud.yaml", want: func(n names) contents {
		out := n.consumer(consumer{
			object: "orders-events-fraud", queue: "orders-fraud", topic: "orders-events", maxReceiveCount: 5,
			filter:     `{"eventType":["OrderPlaced","OrderUpdated"],"amount":[{"numeric":[">=",500]}]}`,
			attributes: map[string]string{"VisibilityTimeout": "120"},
		})
		out["topic/orders-events"] = map[string]string{"Tags": n.tags("MessagingTopology", "orders-events")}
		return out
	}}.run(t)
}

func TestS4Poison(t *testing.T) {
	scenario{file: "s4-poison.yaml", want: func(n names) contents {
		return n.consumer(consumer{object: "reliable", queue: "reliable_q", deadLetter: "dlq_for_reliable_q", maxReceiveCount: 2})
	}}.run(t)
}

func TestS5SelfHealing(t *testing.T) {
	scenario{file: "s5-self-healing.yaml", want: func(n names) contents {
		return n.consumer(consumer{object: "indexer", queue: "search-indexer", maxReceiveCount: 5, attributes: map[string]string{"VisibilityTimeout": "120"}})
	}}.run(t)
}

// consumer says what differs between the consumers of the samples.
type consumer struct {
	// object is the ConsumerQueue's name.
	object string
	// queue and the others are AWS names; empty: <queue>-dlq and <queue>-undelivered.
	queue, deadLetter, undelivered string
	// topic that it subscribes to, if any, and with which filter, if any.
	topic, filter string
	// maxReceiveCount before a message goes to the dead-letter queue.
	maxReceiveCount int
	// attributes of the queue, and of the others, beside the defaults.
	attributes, others map[string]string
}

// consumer gives what a consumer's resources hold.
func (n names) consumer(c consumer) contents {
	if c.deadLetter == "" {
		c.deadLetter = c.queue + "-dlq"
	}
	if c.undelivered == "" {
		c.undelivered = c.queue + "-undelivered"
	}
	tags := n.tags("ConsumerQueue", c.object)
	out := contents{
		"queue/" + c.queue: with(c.attributes, map[string]string{
			"MessageRetentionPeriod": "345600", "Tags": tags,
			"RedrivePolicy": n.toDeadLetter(c.deadLetter, c.maxReceiveCount), "Policy": n.onlyFrom("SkeinTopics", c.topic, c.queue),
		}),
		"queue/" + c.deadLetter: with(c.others, map[string]string{
			"MessageRetentionPeriod": "1209600", "Tags": tags,
			"RedriveAllowPolicy": n.admitting(c.queue), "Policy": n.onlyFrom("", "", c.deadLetter),
		}),
	}
	if c.topic == "" {
		return out
	}
	out["queue/"+c.undelivered] = with(c.others, map[string]string{
		"MessageRetentionPeriod": "1209600", "Tags": tags, "Policy": n.onlyFrom("SkeinUndelivered", c.topic, c.undelivered),
	})
	subscription := map[string]string{
		"Protocol": "sqs", "Endpoint": n.queue(c.queue), "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true",
		"RawMessageDelivery": "true", "RedrivePolicy": n.toUndelivered(c.undelivered),
	}
	if c.filter != "" {
		subscription["FilterPolicy"], subscription["FilterPolicyScope"] = c.filter, "MessageAttributes"
	}
	out["subscription/"+c.topic+"/"+c.queue] = subscription
	return out
}

// with gives Skein's defaults for a queue and what differs from them.
func with(changes ...map[string]string) map[string]string {
	out := map[string]string{"VisibilityTimeout": "30", "ReceiveMessageWaitTimeSeconds": "20", "DelaySeconds": "0", "SqsManagedSseEnabled": "true"}
	for _, c := range changes {
		maps.Copy(out, c)
	}
	return out
}
