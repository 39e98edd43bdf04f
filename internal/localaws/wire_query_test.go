package localaws_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

const authorization = "AWS4-HMAC-SHA256 Credential=111111111111/20260102/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=0"

// oldCall sends a form to SQS as SDKs did before it spoke JSON.
func (w world) oldCall(t *testing.T, path, form string) (status int, body string) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "http://sqs.us-east-1.amazonaws.com"+path, strings.NewReader(form))
	request.Header.Set("Authorization", fmt.Sprintf(authorization, "sqs"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, request)
	if got := answer.Header().Get("Content-Type"); got != "text/xml" {
		t.Errorf("%s: content type %q, want text/xml", form, got)
	}
	return answer.Code, answer.Body.String()
}

// TestSQSByTheQueryProtocol: old SDKs, which speak forms and XML to SQS, see the same queues.
func TestSQSByTheQueryProtocol(t *testing.T) {
	w := newWorld()
	const path = "/111111111111/old"
	const version = "&Version=2012-11-05"
	for _, step := range []struct{ name, path, form, want string }{
		{
			"create", "/", "Action=CreateQueue&QueueName=old&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0" +
				"&Attribute.2.Name=VisibilityTimeout&Attribute.2.Value=7&Tag.1.Key=k&Tag.1.Value=v" + version,
			"<CreateQueueResult><QueueUrl>https://sqs.us-east-1.amazonaws.com/111111111111/old</QueueUrl></CreateQueueResult>",
		},
		{
			"the queue by its URL", "/", "Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout&AttributeName.2=DelaySeconds" +
				"&QueueUrl=https%3A%2F%2Fsqs.us-east-1.amazonaws.com%2F111111111111%2Fold",
			"<GetQueueAttributesResult><Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>" +
				"<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute></GetQueueAttributesResult>",
		},
		{
			"the queue by the path", path, "Action=GetQueueAttributes&AttributeName=VisibilityTimeout",
			"<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute>",
		},
		{
			"the URL goes before the path", "/111111111111/none", "Action=GetQueueAttributes&AttributeName=VisibilityTimeout&QueueUrl=old",
			"<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute>",
		},
		{
			"set", path + "/", "Action=SetQueueAttributes&Attribute.Name=VisibilityTimeout&Attribute.Value=0",
			"<SetQueueAttributesResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ResponseMetadata>",
		},
		{"tag", path, "Action=TagQueue&Tags.1.Key=l&Tags.1.Value=", "<TagQueueResponse"},
		{"tags", path, "Action=ListQueueTags", "<Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key><Value></Value></Tag>"},
		{"untag", path, "Action=UntagQueue&TagKey.1=k&TagKey.2=l", "<UntagQueueResponse"},
		{"no tags", path, "Action=ListQueueTags", "<ListQueueTagsResult></ListQueueTagsResult>"},
		{"grant", path, "Action=AddPermission&Label=l&AWSAccountId.1=222222222222&ActionName.1=SendMessage", "<AddPermissionResponse"},
		{"list", "/", "Action=ListQueues", "<QueueUrl>https://sqs.us-east-1.amazonaws.com/111111111111/old</QueueUrl>"},
		{"send", path, "Action=SendMessage&MessageBody=a+%3C%0D%0A&MessageAttribute.1.Name=s&MessageAttribute.1.Value.DataType=String" +
			"&MessageAttribute.1.Value.StringValue=v&MessageAttribute.2.Name=b&MessageAttribute.2.Value.DataType=Binary" +
			"&MessageAttribute.2.Value.BinaryValue=AP8%3D", "<MD5OfMessageBody>5857700b505776103b82f43c5997e10b</MD5OfMessageBody>"},
		{
			"receive", path, "Action=ReceiveMessage&MessageAttributeName.1=All&AttributeName.1=SenderId",
			"<Body>a &lt;&#xD;&#xA;</Body>",
		},
		{
			"receive its attributes", path, "Action=ReceiveMessage&MessageAttributeName.1=b&AttributeName.1=SenderId",
			"<Attribute><Name>SenderId</Name><Value>AIDA111111111111</Value></Attribute>" +
				"<MessageAttribute><Name>b</Name><Value><DataType>Binary</DataType><BinaryValue>AP8=</BinaryValue></Value></MessageAttribute></Message>",
		},
		{"purge", path, "Action=PurgeQueue", "<PurgeQueueResponse"},
		{"receive nothing", path, "Action=ReceiveMessage", "<ReceiveMessageResult></ReceiveMessageResult>"},
	} {
		status, body := w.oldCall(t, step.path, step.form)
		if status != http.StatusOK || !strings.Contains(body, step.want) {
			t.Errorf("%s: got %d %s, want %s", step.name, status, body, step.want)
		}
		if err := xml.Unmarshal([]byte(body), new(struct{})); err != nil {
			t.Errorf("%s: %v in %s", step.name, err, body)
		}
	}
	got := must[*sqs.ListQueuesOutput](t)(w.sqs(owner, region).ListQueues(t.Context(), &sqs.ListQueuesInput{}))
	if diff := cmp.Diff([]string{"https://sqs.us-east-1.amazonaws.com/111111111111/old"}, got.QueueUrls); diff != "" {
		t.Errorf("queues by JSON (-want +got):\n%s", diff)
	}
}

func TestSQSQueryErrors(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	for _, test := range []struct {
		path, form string
		status     int
		want       string
	}{
		{"/111111111111/none", "Action=DeleteQueue", 400, "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>" +
			"<Message>The specified queue does not exist for this wsdl version.</Message><Detail/></Error><RequestId>"},
		{"/", "Action=DeleteQueue", 400, "<Code>MissingParameter</Code>"},
		{"/elsewhere/q", "Action=DeleteQueue", 400, "<Code>InvalidAddress</Code>"},
		{"/", "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1", 400, "<Code>QueueAlreadyExists</Code>"},
		{"/", "Action=CreateQueue&QueueName=q&Attribute.999999999.Name=DelaySeconds", 400, "<Code>MalformedInput</Code>"},
		{"/111111111111/q", "Action=SendMessage&MessageBody=x&DelaySeconds=99999999999", 400, "<Code>MalformedInput</Code>"},
		{"/111111111111/q", "Action=SendMessage&MessageBody=%FF", 400, "<Code>MalformedInput</Code>"},
		{"/", "Action=Shout", 400, "<Code>InvalidAction</Code><Message>The action Shout is not valid for this endpoint.</Message>"},
		{"/", "Action=ListQueues&Version=2000-01-01", 400, "<Code>NoSuchVersion</Code>"},
		{"/?%zz", "Action=ListQueues", 400, "<Code>MalformedQueryString</Code>"},
	} {
		status, body := w.oldCall(t, test.path, test.form)
		if status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s: got %d %s, want %d %s", test.form, status, body, test.status, test.want)
		}
	}
}
