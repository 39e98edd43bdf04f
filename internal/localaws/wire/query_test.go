package wire_test

import (
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

const scalars = "QueueUrl=http%3A%2F%2Fx%2F1%2Fq&Body=a+b%0Ac&Exact=true&Count=-3&Wide=1099511627776&Timeout=10&Blob=AAH%2F&Ratio=-0.25&At=2026-01-02T03%3A04%3A05.678Z&Action=Do&Unknown.1=x"

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

// TestDecodeQueryWithoutNumbers: AWS's own examples leave the number of a single member out.
func TestDecodeQueryWithoutNumbers(t *testing.T) {
	var got input
	form := url.Values{"AttributeName": {"All"}, "Attribute.Name": {"DelaySeconds"}, "Attribute.Value": {"5"}}
	if err := flat.Decode(form, &got); err != nil {
		t.Fatal(err)
	}
	want := input{Names: []string{"All"}, Attributes: map[string]string{"DelaySeconds": "5"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(input{})); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

// TestDecodeQueryLeavesOut: what is empty or absent stays as it was, an empty text is a text.
func TestDecodeQueryLeavesOut(t *testing.T) {
	var got input
	form := url.Values{"Count": {""}, "Exact": {""}, "AttributeNames": {""}, "Tags.member.1.Key": {""}, "Other.member.9": {"x"}}
	if err := wire.Query.Decode(form, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(input{Tags: []tag{{}}}, got, cmp.AllowUnexported(input{})); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeQueryRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"Exact=maybe":                             `"maybe" is not a valid Boolean for Exact`,
		"Count=many":                              `"many" is not a valid Integer for Count`,
		"Count=1.5":                               `"1.5" is not a valid Integer for Count`,
		"Count=2147483648":                        `"2147483648" is not a valid Integer for Count`,
		"Timeout=x":                               `"x" is not a valid Integer for Timeout`,
		"Wide=9223372036854775808":                `"9223372036854775808" is not a valid Long for Wide`,
		"Blob=%3F":                                `"?" is not a valid Blob for Blob`,
		"Body=%FF":                                `the value of Body is not valid UTF-8`,
		"AttributeNames.member.999999999=x":       `AttributeNames.member.999999999 is not a member of a list that is numbered from 1 without gaps`,
		"AttributeNames.member.01=x":              `AttributeNames.member.01 is not a member`,
		"AttributeNames.member.0=x":               `AttributeNames.member.0 is not a member`,
		"AttributeNames.member.-1=x":              `AttributeNames.member.-1 is not a member`,
		"AttributeNames.member.x=x":               `AttributeNames.member.x is not a member`,
		"Attributes.entry.2.key=x":                `Attributes.entry.2.key is not a member`,
		"Entries.member.1.DelaySeconds=soon":      `"soon" is not a valid Integer for Entries.member.1.DelaySeconds`,
		"Attributes.entry.1.key=%FF":              `the value of Attributes.entry.1.key is not valid UTF-8`,
		"Tags.member.1.Key=a&Tags.member.3.Key=b": `Tags.member.3.Key is not a member`,
	} {
		form, err := url.ParseQuery(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Query.Decode(form, &input{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// TestQueryInputsAreSmall: what is kept of an input does not keep the form that it came in.
func TestQueryInputsAreSmall(t *testing.T) {
	const junk, n = 1 << 20, 16
	heap := func() (stats runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats
	}
	before, kept := heap(), make([]input, n)
	for i := range kept {
		form, err := url.ParseQuery("Body=short&Junk=" + strings.Repeat("x", junk))
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Query.Decode(form, &kept[i]); err != nil {
			t.Fatal(err)
		}
	}
	if after := heap(); int(after.HeapAlloc)-int(before.HeapAlloc) > n*junk/2 {
		t.Errorf("%d inputs hold %d bytes", n, after.HeapAlloc-before.HeapAlloc)
	}
	runtime.KeepAlive(kept)
}
