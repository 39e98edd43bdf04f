package conformance

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

const (
	docFilterStrings = "https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html"
	docFilterNumbers = "https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html"
	docFilterKeys    = "https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html"
	docFilterAndOr   = "https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html"
	docFilterBody    = "https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html"
)

// attributes are message attributes, written as type and value: "String red".
type attributes map[string]string

var publishFilterRules = []rule{
	byAttributes("strings", "a key matches one of its values exactly, and every key must match", docFilterAndOr,
		`{"kind":["order","return"],"shop":["zrh"]}`,
		[]attributes{{"kind": "String order", "shop": "String zrh"}, {"kind": "String return", "shop": "String zrh", "more": "String x"}},
		[]attributes{{"kind": "String Order", "shop": "String zrh"}, {"kind": "String order", "shop": "String gva"}, {"kind": "String order"}, nil}),
	byAttributes("types", "numbers match attributes of type Number, strings those of type String; Binary matches nothing", docFilterNumbers,
		`{"n":[5]}`,
		[]attributes{{"n": "Number 5"}},
		[]attributes{{"n": "String 5"}, {"n": "Binary 5"}, {"n": "Number 50"}}),
	byAttributes("numeric", "numeric matches equality and ranges", "recorded cases test_filter_policy; "+docFilterNumbers,
		`{"n":[{"numeric":[">",0,"<=",100]},{"numeric":["=",-7.5]}]}`,
		[]attributes{{"n": "Number 99"}, {"n": "Number 100"}, {"n": "Number -7.5"}, {"n": "Number 1e1"}},
		[]attributes{{"n": "Number 0"}, {"n": "Number 100.1"}, {"n": "String 5"}}),
	byAttributes("anything-but", "anything-but matches what is not listed; the key must be there", docFilterStrings,
		`{"kind":[{"anything-but":["order","return"]}]}`,
		[]attributes{{"kind": "String refund"}},
		[]attributes{{"kind": "String order"}, {"kind": "String return"}, nil}),
	byAttributes("anything-but-prefix", "anything-but takes a prefix", docFilterStrings,
		`{"kind":[{"anything-but":{"prefix":"order-"}}]}`,
		[]attributes{{"kind": "String return"}},
		[]attributes{{"kind": "String order-1"}}),
	byAttributes("prefix-and-suffix", "prefix and suffix match the ends of a string", docFilterStrings,
		`{"kind":[{"prefix":"order-"},{"suffix":".eu"}]}`,
		[]attributes{{"kind": "String order-1"}, {"kind": "String return.eu"}},
		[]attributes{{"kind": "String return"}, {"kind": "String an order-1"}}),
	byAttributes("equals-ignore-case", "equals-ignore-case takes letters of any case", docFilterStrings,
		`{"kind":[{"equals-ignore-case":"Order"}]}`,
		[]attributes{{"kind": "String ORDER"}},
		[]attributes{{"kind": "String orders"}}),
	byAttributes("cidr", "cidr matches the addresses of a network", docFilterStrings,
		`{"from":[{"cidr":"10.0.0.0/24"}]}`,
		[]attributes{{"from": "String 10.0.0.255"}},
		[]attributes{{"from": "String 10.0.1.0"}, {"from": "String nowhere"}}),
	byAttributes("exists", "exists looks whether the key is there", "recorded cases test_exists_filter_policy; "+docFilterKeys,
		`{"kind":[{"exists":true}],"test":[{"exists":false}]}`,
		[]attributes{{"kind": "String order"}},
		[]attributes{{"kind": "String order", "test": "String yes"}, nil}),
	byAttributes("or", "one alternative of $or must match, besides the other keys", docFilterAndOr,
		`{"shop":["zrh"],"$or":[{"kind":["order"]},{"n":[{"numeric":[">",9]}]}]}`,
		[]attributes{{"shop": "String zrh", "kind": "String order"}, {"shop": "String zrh", "n": "Number 10"}},
		[]attributes{{"shop": "String zrh", "n": "Number 9"}, {"kind": "String order"}}),
	byAttributes("string-array", "one element of a String.Array must match", "recorded cases test_exists_filter_policy_attributes_array",
		`{"kind":["order"]}`,
		[]attributes{{"kind": `String.Array ["return","order"]`}},
		[]attributes{{"kind": `String.Array ["return"]`}, {"kind": `String.Array []`}}),
	byBody("nested", "keys of the policy nest as those of the body do", "recorded cases test_filter_policy_on_message_body",
		`{"object":{"key":[{"prefix":"auto-"},"hardcodedvalue"],"nested_key":[{"exists":false}]},"test":[{"exists":false}]}`,
		[]string{`{"object":{"key":"auto-test"}}`, `{"object":{"key":"hardcodedvalue"}}`},
		[]string{`{"object":{"key":"test-auto"}}`, `{"object":{"key":"auto-test"},"test":"is here"}`, `{"object":{"key":"auto-test","nested_key":"is here"}}`}),
	byBody("no-object", "a body that is no JSON object does not match", docFilterBody,
		`{"key":[{"exists":false}]}`,
		[]string{`{"other":"a"}`},
		[]string{`plain text`, `"text"`, `5`}),
	byBody("literals", "numbers, true, false and null match themselves", docFilterBody,
		`{"key":[1,true,null,""]}`,
		[]string{`{"key":1}`, `{"key":true}`, `{"key":null}`, `{"key":""}`},
		[]string{`{"key":"1"}`, `{"key":false}`, `{"key":"null"}`, `{}`}),
	byBody("arrays", "one element of an array must match", "recorded cases test_filter_policy_on_message_body_array_attributes",
		`{"headers":{"route-to":["queue2"]}}`,
		[]string{`{"headers":{"route-to":["queue1","queue2"]}}`},
		[]string{`{"headers":{"route-to":["queue1"]}}`, `{"headers":{"route-to":[]}}`}),
	byBody("arrays-of-objects", "in an array of objects one object must match all keys", "recorded cases test_filter_policy_on_message_body_array_of_object_attributes",
		`{"Records":{"s3":{"key":[{"prefix":"auto-"}]},"eventName":[{"prefix":"ObjectCreated:"}]}}`,
		[]string{`{"Records":[{"eventName":"ObjectRemoved:Delete","s3":{"key":"x"}},{"eventName":"ObjectCreated:Put","s3":{"key":"auto-1"}}]}`},
		[]string{`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"key":"x"}},{"eventName":"ObjectRemoved:Delete","s3":{"key":"auto-1"}}]}`}),
	byBody("dots", "a key with dots matches nested keys and the key as written", "recorded cases test_filter_policy_on_message_body_dot_attribute",
		`{"object.nested":["a"]}`,
		[]string{`{"object":{"nested":"a"}}`, `{"object.nested":"a"}`},
		[]string{`{"object":{"nested":"b"}}`}),
	byBody("or", "one alternative of $or must match, besides the other keys", "recorded cases test_filter_policy_on_message_body_or_attribute",
		`{"detail":{"scope":["Service"],"$or":[{"name":["Cpu"]},{"load":[{"numeric":[">",9]}]}]}}`,
		[]string{`{"detail":{"scope":"Service","name":"Cpu"}}`, `{"detail":{"scope":"Service","load":10}}`},
		[]string{`{"detail":{"scope":"Service","load":9}}`, `{"detail":{"name":"Cpu"}}`}),
}

// byAttributes is a rule of filter policies with scope MessageAttributes: which messages pass and which do not.
func byAttributes(name, says, source, policy string, pass, stop []attributes) rule {
	return rule{"filter-attributes/" + name, says, source, func(w *world) {
		r := w.route(map[string]string{"RawMessageDelivery": "true", "FilterPolicy": policy})
		var want []string
		for i, a := range slices.Concat(stop, pass) {
			body := strconv.Itoa(i) + " " + asJSON(a)
			w.publishAll(&sns.PublishInput{TopicArn: &r.topic, Message: &body, MessageAttributes: a.values()})
			if i >= len(stop) {
				want = append(want, body)
			}
		}
		w.passed(r, want)
	}}
}

// byBody is a rule of filter policies with scope MessageBody.
func byBody(name, says, source, policy string, pass, stop []string) rule {
	return rule{"filter-body/" + name, says, source, func(w *world) {
		r := w.route(map[string]string{"RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody", "FilterPolicy": policy})
		for _, body := range slices.Concat(stop, pass) {
			w.publish(r.topic, body)
		}
		w.passed(r, pass)
	}}
}

func (w *world) passed(r route, want []string) {
	w.equal("what passes", w.arrived(r.url, len(want)), slices.Sorted(slices.Values(want)))
}

func (a attributes) values() map[string]snstypes.MessageAttributeValue {
	values := map[string]snstypes.MessageAttributeValue{}
	for name, text := range a {
		kind, value, _ := strings.Cut(text, " ")
		values[name] = snstypes.MessageAttributeValue{DataType: &kind, StringValue: &value}
		if kind == "Binary" {
			values[name] = snstypes.MessageAttributeValue{DataType: &kind, BinaryValue: []byte(value)}
		}
	}
	return values
}
