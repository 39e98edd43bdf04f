package wire_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// attribute and the types below have the forms that the inputs and outputs of SQS and SNS have.
type attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

type ref struct {
	QueueURL string `json:"QueueUrl"`
}

type entry struct {
	ID                string               `json:"Id"`
	MessageAttributes map[string]attribute `json:",omitempty"`
	Delay             *int                 `json:"DelaySeconds,omitempty"`
}

type tag struct{ Key, Value string }

type input struct {
	ref
	Body              string
	Exact             bool
	Count             int
	Wide              int64
	Share             float64
	Timeout           *int
	Blob              []byte
	Names             []string `json:"AttributeNames"`
	Tags              []tag
	Attributes        map[string]string
	Entries           []entry
	MessageAttributes map[string]attribute
}

// flat names members as SQS does.
var flat = wire.FlatQuery(func(field string) wire.Item {
	if field == "Entries" {
		return wire.Item{Name: "SendEntry"}
	}
	return wire.Item{Name: strings.TrimSuffix(field, "s"), Key: "Name"}
})

// full is an input with everything set.
func full() input {
	ten := 10
	return input{
		ref: ref{QueueURL: "http://x/1/q"}, Body: "a b\nc", Exact: true, Count: -3, Wide: 1 << 40, Share: 0.5, Timeout: &ten,
		Blob: []byte{0, 1, 255}, Names: []string{"All", ""}, Tags: []tag{{"k", "v"}, {"l", ""}},
		Attributes:        map[string]string{"DelaySeconds": "5", "Policy": `{"a":1}`},
		MessageAttributes: map[string]attribute{"n": {DataType: "Binary", BinaryValue: []byte("x")}},
		Entries: []entry{
			{ID: "1", MessageAttributes: map[string]attribute{"kind": {DataType: "String", StringValue: "v"}}},
			{ID: "2", Delay: &ten},
		},
	}
}

const scalars = "QueueUrl=http%3A%2F%2Fx%2F1%2Fq&Body=a+b%0Ac&Exact=true&Count=-3&Wide=1099511627776&Share=0.5&Timeout=10&Blob=AAH%2F&Action=Do&Unknown.1=x"

func TestDecodeQuery(t *testing.T) {
	for name, test := range map[string]struct {
		dialect wire.Dialect
		form    string
	}{
		"SNS": {wire.Query, scalars + "&AttributeNames.member.1=All&AttributeNames.member.2=" +
			"&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&Tags.member.2.Value=" +
			"&Attributes.entry.1.key=DelaySeconds&Attributes.entry.1.value=5&Attributes.entry.2.key=Policy&Attributes.entry.2.value=%7B%22a%22%3A1%7D" +
			"&MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=eA%3D%3D" +
			"&Entries.member.1.Id=1&Entries.member.1.MessageAttributes.entry.1.Name=kind&Entries.member.1.MessageAttributes.entry.1.Value.DataType=String" +
			"&Entries.member.1.MessageAttributes.entry.1.Value.StringValue=v&Entries.member.2.Id=2&Entries.member.2.DelaySeconds=10"},
		"SQS": {flat, scalars + "&AttributeName.1=All&AttributeName.2=" +
			"&Tags.1.Key=k&Tags.1.Value=v&Tags.2.Key=l&Tags.2.Value=" +
			"&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Attribute.2.Name=Policy&Attribute.2.Value=%7B%22a%22%3A1%7D" +
			"&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=eA%3D%3D" +
			"&SendEntry.1.Id=1&SendEntry.1.MessageAttribute.1.Name=kind&SendEntry.1.MessageAttribute.1.Value.DataType=String" +
			"&SendEntry.1.MessageAttribute.1.Value.StringValue=v&SendEntry.2.Id=2&SendEntry.2.DelaySeconds=10"},
	} {
		t.Run(name, func(t *testing.T) {
			form, err := url.ParseQuery(test.form)
			if err != nil {
				t.Fatal(err)
			}
			var got input
			if err := test.dialect.Decode(form, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(full(), got, cmp.AllowUnexported(input{})); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
		})
	}
}
