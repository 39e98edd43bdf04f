package cel

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The cost of CEL is estimated when a CRD is installed, from its bounds, and limited
// again when a rule runs; only an object as large as the bounds allow shows the latter.
// Every rule is run then: creation, and a change of the spec with its transition rules.

func TestMaximumMessagingTopology(t *testing.T) {
	spec := map[string]any{
		"accountRef":       map[string]any{"name": "default"},
		"topics":           numbered(100, largestTopic),
		"allowedConsumers": map[string]any{"namespaces": map[string]any{"from": "All"}},
		"consumers":        numbered(100, func(i int) map[string]any { return largestConsumer(i, largestInlineSubscription) }),
		"tags":             largestTags(),
	}
	// etcd takes 1.5 MiB; some of it is left for status and managed fields.
	acceptsLargest(t, topology, spec, 1_000_000, 1_300_000)
}

func TestMaximumConsumerQueue(t *testing.T) {
	spec := largestConsumer(0, largestSubscription)
	delete(spec, "name")
	spec["accountRef"] = map[string]any{"name": "default"}
	spec["maximumMessageSize"] = "256Ki"
	acceptsLargest(t, queue, spec, 30_000, 100_000)
}

// TestMaximumNamesSetLater names every topic at once, beside the largest status.
func TestMaximumNamesSetLater(t *testing.T) {
	object := place{kind: topology}.object(t, env.Namespace(t), "largest", "{}")
	topics := func(more func(i int, topic map[string]any)) []any {
		return numbered(100, func(i int) map[string]any {
			topic := map[string]any{"name": name(i, 63)}
			more(i, topic)
			return topic
		})
	}
	arn := func(i int) string { return "arn:aws:sns:us-east-1:123456789012:" + name(i, 256) }
	object.Object["spec"] = map[string]any{"topics": topics(func(int, map[string]any) {})}
	if err := env.Client.Create(context.Background(), object); err != nil {
		t.Fatal(err)
	}
	object.Object["status"] = map[string]any{
		"topics": topics(func(i int, topic map[string]any) {
			topic["topicName"], topic["arn"], topic["state"], topic["subscriptions"] = name(i, 256), arn(i), "Present", int64(0)
		}),
		"resources": numbered(1000, func(i int) map[string]any {
			return map[string]any{"resource": "topic/" + name(i, 256), "arn": arn(i), "state": "Present"}
		}),
	}
	if err := env.Client.Status().Update(context.Background(), object); err != nil {
		t.Fatalf("writing the status: %.2000s", err)
	}
	named := func(shift int) []any {
		return topics(func(i int, topic map[string]any) { topic["topicName"] = name(i+shift, 256) })
	}
	object.Object["spec"] = map[string]any{"topics": named(1)}
	refusedOnce(t, env.Client.Update(context.Background(), object.DeepCopy()), place{kind: topology}, "the name in use")
	object.Object["spec"] = map[string]any{"topics": named(0)}
	if err := env.Client.Update(context.Background(), object); err != nil {
		t.Fatalf("naming every topic: %.2000s", err)
	}
}

func acceptsLargest(t *testing.T, kind string, spec map[string]any, atLeast, atMost int) {
	t.Helper()
	object := place{kind: kind}.object(t, env.Namespace(t), "largest", "{}")
	object.Object["spec"] = spec
	encoded, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	if len(encoded) < atLeast || len(encoded) > atMost {
		t.Errorf("the largest %s has %d bytes, want between %d and %d", kind, len(encoded), atLeast, atMost)
	}
	if err := env.Client.Create(context.Background(), object); err != nil {
		t.Fatalf("creating: %.2000s", err)
	}
	before := object.DeepCopy()
	if err := unstructured.SetNestedField(object.Object, "second", "spec", "tags", "round"); err != nil {
		t.Fatal(err)
	}
	consumers, _, _ := unstructured.NestedSlice(object.Object, "spec", "consumers")
	for _, c := range consumers {
		c.(map[string]any)["visibilityTimeout"] = "7m"
	}
	if consumers != nil {
		if err := unstructured.SetNestedSlice(object.Object, consumers, "spec", "consumers"); err != nil {
			t.Fatal(err)
		}
	}
	if err := env.Client.Patch(context.Background(), object, client.MergeFrom(before)); err != nil {
		t.Fatalf("changing the spec: %.2000s", err)
	}
	if got := object.GetGeneration(); got != 2 {
		t.Errorf("generation %d after a change of the spec, want 2", got)
	}
}

func numbered(n int, item func(int) map[string]any) []any {
	var items []any
	for i := range n {
		items = append(items, item(i))
	}
	return items
}

// name is a name of a length, different for each number.
func name(i, length int) string {
	number := fmt.Sprintf("%d", i)
	return strings.Repeat("n", length-len(number)) + number
}

// largestTags leaves one tag free for a change.
func largestTags() map[string]any {
	tags := map[string]any{}
	for i := range 5 {
		tags[name(i, 40)] = name(i, 60)
	}
	return tags
}

func largestTopic(i int) map[string]any {
	return map[string]any{
		"name":        name(i, 63),
		"topicName":   name(i, 251) + ".fifo",
		"fifo":        map[string]any{"throughputScope": "MessageGroup", "contentBasedDeduplication": true},
		"displayName": name(i, 100),
		"encryption":  map[string]any{"kmsKeyID": name(i, 256)},
		"tracing":     "PassThrough",
		"publishers":  numbered(50, largestPrincipal),
		"tags":        largestTags(),
	}
}

// largestPrincipal is of a usual length, as fifty of them stand on each topic; the
// estimate of their cost is made for the largest.
func largestPrincipal(i int) map[string]any {
	return map[string]any{"awsPrincipal": "arn:aws:iam::123456789012:role/" + name(i, 12)}
}

func largestConsumer(i int, subscription func(int) map[string]any) map[string]any {
	return map[string]any{
		"name":              name(i, 63),
		"queueName":         name(i, 75) + ".fifo",
		"fifo":              map[string]any{"deduplicationScope": "MessageGroup", "throughputLimit": "PerMessageGroupID"},
		"processingTime":    "1m",
		"visibilityTimeout": "6m",
		"messageRetention":  "96h",
		"receiveWaitTime":   "20s",
		"deliveryDelay":     "0s",
		"encryption":        map[string]any{"type": "KMS", "kms": map[string]any{"keyID": name(i, 100), "dataKeyReusePeriod": "5m"}},
		"deadLetter":        map[string]any{"queueName": "d" + name(i, 74) + ".fifo", "maxReceiveCount": int64(3), "messageRetention": "336h"},
		"undelivered":       map[string]any{"queueName": "u" + name(i, 74) + ".fifo", "messageRetention": "336h"},
		"access": map[string]any{
			"enforceTLS": true,
			"senders":    numbered(5, largestPrincipal),
			"receivers":  numbered(5, largestPrincipal),
		},
		"connection":    map[string]any{"configMap": name(i, 100)},
		"alarms":        largestAlarms(),
		"subscriptions": numbered(20, subscription),
		"tags":          largestTags(),
	}
}

func largestInlineSubscription(i int) map[string]any {
	return map[string]any{
		"topic":              name(i, 63),
		"rawMessageDelivery": true,
		"filterPolicyScope":  "MessageBody",
		"filterPolicy":       map[string]any{"eventType": []any{"OrderPlaced"}, "amount": []any{map[string]any{"numeric": []any{">=", int64(500)}}}},
	}
}

func largestSubscription(i int) map[string]any {
	subscription := largestInlineSubscription(i)
	subscription["topology"] = map[string]any{"name": name(i, 253), "namespace": name(i, 63)}
	subscription["filterPolicy"].(map[string]any)["store"] = []any{strings.Repeat("s", 1000)}
	return subscription
}
