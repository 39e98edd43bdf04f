package wire_test

import (
	"strings"
	"time"

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
	Timeout           *int
	Blob              []byte
	Names             []string `json:"AttributeNames"`
	Tags              []tag
	Attributes        map[string]string
	Entries           []entry
	MessageAttributes map[string]attribute
	Ratio             float64
	At                *wire.Timestamp `json:",omitempty"`
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
	ten, at := 10, wire.Timestamp{Time: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}
	return input{
		ref: ref{QueueURL: "http://x/1/q"}, Body: "a b\nc", Exact: true, Count: -3, Wide: 1 << 40, Timeout: &ten,
		Blob: []byte{0, 1, 255}, Names: []string{"All", ""}, Tags: []tag{{"k", "v"}, {"l", ""}},
		Attributes:        map[string]string{"DelaySeconds": "5", "Policy": `{"a":1}`},
		MessageAttributes: map[string]attribute{"n": {DataType: "Binary", BinaryValue: []byte("x")}}, Ratio: -0.25, At: &at,
		Entries: []entry{
			{ID: "1", MessageAttributes: map[string]attribute{"kind": {DataType: "String", StringValue: "v"}}},
			{ID: "2", Delay: &ten},
		},
	}
}
