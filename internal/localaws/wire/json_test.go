package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

func TestDecodeJSON(t *testing.T) {
	const document = ` {"QueueUrl":"http:\/\/x/1/q", "Body":"a b\nc","Exact" : true,"Count":-3,"Wide":1099511627776,"Ratio":-0.25,"At":1767323045.678,
		"Timeout":10,"Blob":"AAH/","AttributeNames":["All",""],"Tags":[{"Key":"k","Value":"v"},{"Value":"","Key":"l"}],
		"Attributes":{"DelaySeconds":"5","Policy":"{\"a\":1}"},
		"MessageAttributes":{"n":{"DataType":"Binary","BinaryValue":"eA==","StringValue":null}},
		"Entries":[{"Id":"1","MessageAttributes":{"kind":{"DataType":"String","StringValue":"v"}}},{"Id":"2","DelaySeconds":10}],
		"Unknown":[{"a":[1,"}]",{}]},-1e9,"\\\"",null],"body":"in another case","Other":false}`
	var got input
	if err := wire.DecodeJSON([]byte(document), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), got, cmp.AllowUnexported(input{})); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeJSONNothing(t *testing.T) {
	for _, body := range []string{"", " \n", "null", "{}", `{"Count":null,"Tags":null,"Timeout":null,"Attributes":null}`} {
		var got input
		if err := wire.DecodeJSON([]byte(body), &got); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		if diff := cmp.Diff(input{}, got, cmp.AllowUnexported(input{})); diff != "" {
			t.Errorf("%q decoded (-want +got):\n%s", body, diff)
		}
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	const invalid = "The body is not valid JSON in UTF-8"
	for body, want := range map[string]string{
		`{`:                                  invalid,
		`{"Body":"x"} x`:                     invalid,
		"{\"Body\":\"\x00\"}":                invalid,
		"{\"Body\":\"\xff\"}":                invalid,
		`{"A":` + strings.Repeat("[", 20000): invalid,
		`{"A":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`: invalid,
		`[]`:                       "Unexpected value type in payload",
		`"x"`:                      "Unexpected value type in payload",
		`{"Body":1}`:               "NUMBER_VALUE can not be converted to a String",
		`{"Body":true}`:            "TRUE_VALUE can not be converted to a String",
		`{"Body":[]}`:              "Start of list found where not expected",
		`{"Body":{}}`:              "Start of structure or map found where not expected.",
		`{"Blob":"?"}`:             "STRING_VALUE can not be converted to a Blob",
		`{"Count":"1"}`:            "STRING_VALUE can not be converted to an Integer",
		`{"Count":1.5}`:            "NUMBER_VALUE can not be converted to an Integer",
		`{"Count":2147483648}`:     "NUMBER_VALUE can not be converted to an Integer",
		`{"Timeout":false}`:        "FALSE_VALUE can not be converted to an Integer",
		`{"Wide":1e99}`:            "NUMBER_VALUE can not be converted to a Long",
		`{"Exact":"true"}`:         "STRING_VALUE can not be converted to a Boolean",
		`{"AttributeNames":"All"}`: "Unexpected field type",
		`{"AttributeNames":[1]}`:   "NUMBER_VALUE can not be converted to a String",
		`{"AttributeNames":{}}`:    "Start of structure or map found where not expected.",
		`{"Attributes":[]}`:        "Start of list found where not expected",
		`{"Attributes":{"a":1}}`:   "NUMBER_VALUE can not be converted to a String",
		`{"Tags":[{"Key":{}}]}`:    "Start of structure or map found where not expected.",
		`{"Entries":[{"Id":1}]}`:   "NUMBER_VALUE can not be converted to a String",
		`{"Entries":[` + strings.Repeat("{},", 10_000) + `{}]}`: "A list has more than 10000 items",
	} {
		if err := wire.DecodeJSON([]byte(body), &input{}); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", body, err, want)
		}
	}
}

func TestEncodeJSON(t *testing.T) {
	got, err := wire.EncodeJSON(tag{Key: "<&>"})
	if want := `{"Key":"<&>","Value":""}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := wire.EncodeJSON(func() {}); err == nil {
		t.Error("a function was encoded")
	}
}
