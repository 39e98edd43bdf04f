package wire_test

import (
	"testing"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

type failure struct {
	ID          string `json:"Id"`
	SenderFault bool
	Code        string
	Message     string `json:",omitempty"`
}

type output struct {
	Entries    []entry
	Failed     []failure
	Attributes map[string]string
	Tags       []tag `json:",omitempty"`
	NextToken  string
	Retries    int `json:",omitempty"`
	Blob       []byte
	Count      *int
}

func TestResponse(t *testing.T) {
	seven := 7
	filled := &output{
		Entries: []entry{
			{ID: "1", MessageAttributes: map[string]attribute{"b": {DataType: "Binary", BinaryValue: []byte("x")}, "a": {}}},
			{ID: "2", Delay: &seven},
		},
		Failed:     []failure{{ID: "3", Code: "C<&>"}},
		Attributes: map[string]string{"Policy": `{"a":"b"}`, "Empty": ""},
		Blob:       []byte{255}, Count: &seven, NextToken: "t\r\x00",
	}
	const metadata = "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>"
	for name, test := range map[string]struct {
		dialect wire.Dialect
		out     any
		want    string
	}{
		"SNS": {wire.Query, filled, `<DoResponse xmlns="ns"><DoResult><Entries><member><Id>1</Id><MessageAttributes>` +
			"<entry><key>a</key><value><DataType></DataType></value></entry>" +
			"<entry><key>b</key><value><DataType>Binary</DataType><BinaryValue>eA==</BinaryValue></value></entry>" +
			"</MessageAttributes></member><member><Id>2</Id><DelaySeconds>7</DelaySeconds></member></Entries>" +
			"<Failed><member><Id>3</Id><SenderFault>false</SenderFault><Code>C&lt;&amp;&gt;</Code></member></Failed>" +
			"<Attributes><entry><key>Empty</key><value></value></entry><entry><key>Policy</key><value>{&#34;a&#34;:&#34;b&#34;}</value></entry></Attributes>" +
			"<NextToken>t&#xD;\uFFFD</NextToken><Blob>/w==</Blob><Count>7</Count></DoResult>" + metadata},
		"SQS": {flat, filled, `<?xml version="1.0"?><DoResponse xmlns="ns"><DoResult><SendEntry><Id>1</Id>` +
			"<MessageAttribute><Name>a</Name><Value><DataType></DataType></Value></MessageAttribute>" +
			"<MessageAttribute><Name>b</Name><Value><DataType>Binary</DataType><BinaryValue>eA==</BinaryValue></Value></MessageAttribute>" +
			"</SendEntry><SendEntry><Id>2</Id><DelaySeconds>7</DelaySeconds></SendEntry>" +
			"<Failed><Id>3</Id><SenderFault>false</SenderFault><Code>C&lt;&amp;&gt;</Code></Failed>" +
			"<Attribute><Name>Empty</Name><Value></Value></Attribute><Attribute><Name>Policy</Name><Value>{&#34;a&#34;:&#34;b&#34;}</Value></Attribute>" +
			"<NextToken>t&#xD;\uFFFD</NextToken><Blob>/w==</Blob><Count>7</Count></DoResult>" + metadata},
		"SNS, empty":   {wire.Query, &output{}, `<DoResponse xmlns="ns"><DoResult><Entries></Entries><Failed></Failed><Attributes></Attributes><Blob></Blob></DoResult>` + metadata},
		"SQS, empty":   {flat, &output{}, `<?xml version="1.0"?><DoResponse xmlns="ns"><DoResult><Blob></Blob></DoResult>` + metadata},
		"SNS, nothing": {wire.Query, &struct{}{}, `<DoResponse xmlns="ns"><DoResult></DoResult>` + metadata},
		"SQS, nothing": {flat, &struct{}{}, `<?xml version="1.0"?><DoResponse xmlns="ns">` + metadata},
	} {
		if got := string(test.dialect.Response("Do", "ns", "id", test.out)); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestErrorResponse(t *testing.T) {
	fault := wire.Fault{Type: "Sender", Code: "C", Message: "a < b"}
	const want = "<Error><Type>Sender</Type><Code>C</Code><Message>a &lt; b</Message></Error><RequestId>id</RequestId></ErrorResponse>"
	if got := string(wire.Query.ErrorResponse("ns", "id", fault)); got != `<ErrorResponse xmlns="ns">`+want {
		t.Errorf("got %s", got)
	}
	if got := string(wire.Query.ErrorResponse("", "id", fault)); got != `<ErrorResponse>`+want {
		t.Errorf("without namespace: got %s", got)
	}
}

// TestUnknownKinds: a struct that no protocol can carry is found by its first use.
func TestUnknownKinds(t *testing.T) {
	for name, into := range map[string]any{
		"channel": &struct{ C chan int }{}, "any": &struct{ V []any }{}, "key": &struct{ M map[int]string }{},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: did not panic", name)
				}
			}()
			_ = wire.DecodeJSON([]byte("{}"), into)
		}()
	}
}
