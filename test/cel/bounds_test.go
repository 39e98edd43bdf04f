package cel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A bound is what the schema says of one field without CEL: its values, form, length or number.
type bound struct {
	at             []place
	field          string // where below that a refusal is reported; mostly empty
	accept, refuse []string
}

var bounds = []bound{
	// Where and as whom.
	{at: fields(accountSpec, "accountID"), accept: []string{`"123456789012"`}, refuse: []string{`"12345678901"`, `"1234567890123"`, `""`, `123456789012`}},
	{at: fields(accountSpec, "region"), accept: []string{`us-east-1`, `us-gov-west-1`, `ap-southeast-5`}, refuse: []string{`US-EAST-1`, `useast1`, `""`, `null`}},
	{at: fields(accountSpec, "endpoint"), accept: []string{`http://127.0.0.1:4566`, `https://vpce.example.com/`}, refuse: []string{`localhost:4566`, `"http://"`}},
	{at: fields(accountSpec, "endpoints.cloudwatch"), accept: []string{`http://127.0.0.1:4566`}, refuse: []string{`cloudwatch`}},
	{at: fields(accountSpec, "endpoints.sqs"), accept: []string{`http://127.0.0.1:4566`}, refuse: []string{`ftp://sqs`}},
	{at: fields(accountSpec, "credentials.assumeRole.roleARN"), accept: []string{`"arn:aws-cn:iam::123456789012:role/path/skein"`}, refuse: []string{`"arn:aws:iam::123456789012:user/skein"`, `skein`}},
	{
		at:     fields(accountSpec, "credentials.assumeRole"),
		field:  "externalID",
		accept: []string{`{roleARN: "arn:aws:iam::123456789012:role/skein", externalID: "a:b/c=1"}`, `{roleARN: "arn:aws:iam::123456789012:role/skein", externalID: x}`},
		refuse: []string{`{roleARN: "arn:aws:iam::123456789012:role/skein", externalID: ""}`, `{roleARN: "arn:aws:iam::123456789012:role/skein", externalID: "a b"}`},
	},
	{at: fields(accountSpec, "credentials.secretRef.name"), accept: []string{`aws`}, refuse: []string{`""`, long(254)}},
	{at: fields(accountSpec, "allowedNamespaces.from"), accept: []string{`All`}, refuse: []string{`Same`, `all`, `""`}},
	{at: tags, accept: []string{members(30, "k", "v")}, refuse: []string{members(31, "k", "v"), `{k: ` + long(257) + `}`, `{k: ""}`, `{k: 1}`}},

	// Topics.
	{at: fields(topologySpec, "accountRef.name"), accept: []string{`default`}, refuse: []string{`""`, long(254)}},
	{at: fields(topologySpec, "topics"), accept: []string{list(100, "{name: t%d}")}, refuse: []string{list(101, "{name: t%d}"), `[{name: a}, {name: a}]`, `[{}]`}},
	{at: fields(topologySpec, "consumers"), accept: []string{list(100, "{name: c%d}")}, refuse: []string{list(101, "{name: c%d}"), `[{name: a}, {name: a}]`, `[{}]`}},
	{at: append(fields(topic, "name"), fields(consumer, "name")...), accept: []string{`order-events-2`, long(63)}, refuse: []string{`Orders`, `-a`, `a-`, `a.b`, `""`, long(64)}},
	{at: fields(topic, "topicName"), accept: []string{`orders-topic`, `Orders_2`, long(256)}, refuse: []string{`orders.topic`, `orders topic`, `""`, long(257)}},
	{at: fields(topic, "displayName"), accept: []string{`Orders of the shop`, long(100)}, refuse: []string{long(101)}},
	{at: fields(topic, "tracing"), accept: []string{`PassThrough`, `Active`}, refuse: []string{`active`}},
	{at: fields(topic, "fifo.throughputScope"), accept: []string{`Topic`, `MessageGroup`}, refuse: []string{`Queue`}},
	{at: fields(topic, "encryption.kmsKeyID"), accept: []string{`alias/aws/sns`}, refuse: []string{`""`, long(257)}},
	{at: fields(topic, "publishers"), accept: []string{list(50, `{awsPrincipal: "arn:aws:iam::123456789012:role/r%d"}`)}, refuse: []string{list(51, `{awsPrincipal: "arn:aws:iam::123456789012:role/r%d"}`)}},
	{at: fields(topologySpec, "allowedConsumers.namespaces.from"), accept: []string{`Same`, `All`}, refuse: []string{`None`}},
	{at: fields(topologySpec, "deletionPolicy"), accept: []string{`Delete`, `Retain`}, refuse: []string{`DeleteIfEmpty`, `delete`}},

	// Queues.
	{at: fields(queueSpec, "accountRef.name"), accept: []string{`default`}, refuse: []string{`""`, long(254)}},
	{
		at:     fields(settings, "queueName"),
		accept: []string{`reliable_q`, `Orders-2`, long(80)},
		refuse: []string{`orders.q`, `orders/q`, `""`, long(81)},
	},
	{at: fields(settings, "deadLetter.queueName"), accept: []string{`dlq_for_reliable_q`, long(80)}, refuse: []string{`a.b`, long(81)}},
	{at: fields(settings, "undelivered.queueName"), accept: []string{`lost_q`, long(80)}, refuse: []string{`a.b`, long(81)}},
	{at: fields(settings, "visibilityTimeout"), accept: []string{`1h30m`, `60m`, `1h1m1s0ms`}, refuse: []string{`1d`, `-5s`, `"30"`, `30`, `1.5h`, `""`, `1h1m1s1s1s`}},
	{at: fields(settings, "maximumMessageSize"), accept: []string{`256Ki`, `262144`, `"262144"`}, refuse: []string{`a lot`, `true`}},
	{at: fields(settings, "encryption.type"), accept: []string{`SQSManaged`, `None`}, refuse: []string{`SSE`, `""`}},
	{at: encryption, field: "kms.keyID", accept: []string{`{type: KMS, kms: {keyID: "arn:aws:kms:us-east-1:123456789012:key/k"}}`}, refuse: []string{`{type: KMS, kms: {keyID: ""}}`, `{type: KMS, kms: {}}`}},
	{at: fields(settings, "deadLetter.maxReceiveCount"), accept: []string{`1`, `1000`}, refuse: []string{`0`, `1001`, `-1`, `"3"`}},
	{at: fields(settings, "deadLetter.consumerQueue.name"), accept: []string{`shared`}, refuse: []string{`""`, long(254)}},
	{at: fields(settings, "fifo.deduplicationScope"), accept: []string{`Queue`, `MessageGroup`}, refuse: []string{`messageGroup`}},
	{at: fields(settings, "fifo.throughputLimit"), accept: []string{`PerQueue`}, refuse: []string{`perQueue`}},
	{at: fields(settings, "connection.configMap"), accept: []string{`orders-queue`}, refuse: []string{`Orders`, `""`, long(254)}},
	{at: fields(settings, "deletionPolicy"), accept: []string{`DeleteIfEmpty`, `Delete`, `Retain`}, refuse: []string{`Keep`}},

	// Who else may.
	{at: fields(settings, "access.senders"), accept: []string{list(50, `{awsPrincipal: "arn:aws:iam::123456789012:role/r%d"}`)}, refuse: []string{list(51, `{awsPrincipal: "arn:aws:iam::123456789012:role/r%d"}`)}},
	{at: fields(settings, "access.receivers"), accept: []string{list(50, `{awsPrincipal: "arn:aws:iam::123456789012:role/r%d"}`)}, refuse: []string{list(51, `{awsPrincipal: "arn:aws:iam::123456789012:role/r%d"}`)}},
	{
		at:     append(fields(principals, "awsPrincipal"), fields(settings, "access.receivers[].awsPrincipal")...),
		accept: []string{`"123456789012"`, `"arn:aws:iam::123456789012:root"`, `"arn:aws-us-gov:sts::123456789012:assumed-role/a/b"`},
		refuse: []string{`"*"`, `"arn:aws:iam::123456789012:role/*"`, `"arn:aws:iam::*:root"`, `s3.amazonaws.com`, `""`},
	},
	{
		at:     principals,
		field:  "service",
		accept: []string{`{service: s3.amazonaws.com, sourceAccount: "123456789012"}`, `{service: events.amazonaws.com.cn, sourceAccount: "123456789012"}`},
		refuse: []string{`{service: s3, sourceAccount: "123456789012"}`, `{service: "*", sourceAccount: "123456789012"}`},
	},
	{at: principals, field: "sourceAccount", refuse: []string{`{service: s3.amazonaws.com, sourceAccount: "*"}`}, accept: []string{`{service: s3.amazonaws.com, sourceAccount: "123456789012"}`}},
	{at: principals, field: "sourceARN", refuse: []string{`{service: s3.amazonaws.com, sourceARN: "*"}`, `{service: s3.amazonaws.com, sourceARN: bucket}`}, accept: []string{`{service: s3.amazonaws.com, sourceARN: "arn:aws:s3:::shop-*"}`}},

	// Subscriptions.
	{
		at:     fields(settings, "subscriptions"),
		accept: []string{list(20, `{topology: {name: orders}, topic: t%d}`)},
		refuse: []string{list(21, `{topology: {name: orders}, topic: t%d}`)},
	},
	{
		at:     subscriptions,
		field:  "topicARN",
		accept: []string{`{topicARN: "arn:aws:sns:us-east-1:123456789012:orders"}`},
		refuse: []string{`{topicARN: "arn:aws:sqs:us-east-1:123456789012:orders"}`, `{topicARN: "arn:aws:sns:us-east-1:123456789012:orders:5be2"}`, `{topicARN: orders}`},
	},
	{at: subscriptions, field: "topic", accept: []string{`{topology: {name: orders}, topic: events}`}, refuse: []string{`{topology: {name: orders}, topic: ""}`, `{topology: {name: orders}, topic: ` + long(64) + `}`}},
	{at: subscriptions, field: "topology.name", accept: []string{`{topology: {name: orders}, topic: events}`}, refuse: []string{`{topology: {name: ""}, topic: events}`, `{topology: {namespace: shop}, topic: events}`}},
	{at: subscriptions, field: "filterPolicyScope", accept: []string{filtered(`filterPolicyScope: MessageBody`)}, refuse: []string{filtered(`filterPolicyScope: Body`)}},
	{
		at:     subscriptions,
		field:  "filterPolicy",
		accept: []string{filtered(`filterPolicy: ` + members(5, "k", "[v]")), filtered(`filterPolicy: {a: {b: [{numeric: [">=", 1.5]}, null, true]}}`)},
		refuse: []string{filtered(`filterPolicy: ` + members(6, "k", "[v]")), filtered(`filterPolicy: {}`), filtered(`filterPolicy: [a]`)},
	},
}

// filtered is a subscription with one more member.
func filtered(member string) string {
	return `{topicARN: "arn:aws:sns:us-east-1:123456789012:orders", ` + member + `}`
}

func long(length int) string { return strings.Repeat("a", length) }

// list is a YAML list of so many items, numbered.
func list(n int, item string) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf(item, i))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// members is a YAML map of so many members, their keys numbered.
func members(n int, key, value string) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d: %s", key, i, value))
	}
	return "{" + strings.Join(all, ", ") + "}"
}

func TestBounds(t *testing.T) {
	namespace := env.Namespace(t)
	for _, b := range slices.Concat(bounds, alarmBounds, scheduleBounds, redriveBounds) {
		for _, at := range b.at {
			for _, value := range b.accept {
				t.Run(at.below(b.field).String()+" accepts "+create(value).String(), func(t *testing.T) {
					if err := create(value).submit(t, at, namespace); err != nil {
						t.Error(err)
					}
				})
			}
			for _, value := range b.refuse {
				t.Run(at.below(b.field).String()+" refuses "+create(value).String(), func(t *testing.T) {
					refusedAt(t, create(value).submit(t, at, namespace), at.below(b.field))
				})
			}
		}
	}
}

// refusedAt checks that an error is a refusal with a cause at the place or below it.
func refusedAt(t *testing.T, err error, at place) {
	t.Helper()
	var status apierrors.APIStatus
	if !errors.As(err, &status) || !apierrors.IsInvalid(err) {
		t.Fatalf("want a refusal, got: %v", err)
	}
	if !slices.ContainsFunc(status.Status().Details.Causes, func(cause metav1.StatusCause) bool {
		return strings.HasPrefix(placeOf(at.kind, cause.Field).path, at.path)
	}) {
		t.Errorf("want a refusal at %s, got: %v", at, err)
	}
}

// TestSpecIsBounded: every string, list and map of a spec has a largest size, which
// CEL's cost estimates and the operator's memory stand on.
func TestSpecIsBounded(t *testing.T) {
	for _, crd := range crds(t) {
		spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		for _, at := range unbounded(place{crd.Spec.Names.Kind, "spec"}, spec) {
			t.Errorf("%s has no bound", at)
		}
	}
}

// unbounded lists what has no largest size. Kubernetes' own label selectors and
// quantities are as they are; what a filter policy holds is checked by the operator.
func unbounded(at place, schema apiextensionsv1.JSONSchemaProps) []place {
	if strings.HasSuffix(at.path, "selector") || schema.XIntOrString {
		return nil
	}
	var found []place
	switch {
	case schema.Type == "string" && schema.MaxLength == nil && len(schema.Enum) == 0,
		schema.Type == "array" && schema.MaxItems == nil,
		schema.AdditionalProperties != nil && schema.MaxProperties == nil:
		found = append(found, at)
	}
	for name, field := range schema.Properties {
		found = append(found, unbounded(at.below(name), field)...)
	}
	if schema.Items != nil {
		found = append(found, unbounded(place{at.kind, at.path + "[]"}, *schema.Items.Schema)...)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		found = append(found, unbounded(place{at.kind, at.path + "[]"}, *schema.AdditionalProperties.Schema)...)
	}
	return found
}
