package main

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// jsonCall is a call by one of AWS's JSON protocols, queryCall by one of the query protocols.
func jsonCall(service, target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://aws.local/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	return signed(r, service)
}

func queryCall(service, form string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://aws.local/", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return signed(r, service)
}

func signed(r *http.Request, service string) *http.Request {
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+accountID+"/20260101/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	return r
}

func TestCountsLikeTheAWSBehindIt(t *testing.T) {
	aws := localaws.New()
	c := newCounter(aws, 0)
	queue := "http://aws.local/" + accountID + "/orders"
	for _, r := range []*http.Request{
		jsonCall("sqs", "AmazonSQS.CreateQueue", `{"QueueName":"orders"}`),
		jsonCall("sqs", "AmazonSQS.GetQueueAttributes", `{"QueueUrl":"`+queue+`","AttributeNames":["All"]}`),
		jsonCall("sqs", "AmazonSQS.GetQueueUrl", `{"QueueName":"nowhere"}`),
		jsonCall("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", `{}`),
		queryCall("sns", "Action=CreateTopic&Version=2010-03-31&Name=events"),
		queryCall("sns", "Action=CreateTopic&Version=2010-03-31&Name=events"),
		queryCall("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
	} {
		c.ServeHTTP(httptest.NewRecorder(), r)
	}
	got := c.snapshot()
	if diff := cmp.Diff(counts(aws.CallCounts()), got); diff != "" {
		t.Errorf("counts (-AWS's own +ours):\n%s", diff)
	}
	if diff := cmp.Diff(counts{"sqs:CreateQueue": 1, "sns:CreateTopic": 2}, got.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if once, again := c.looked([]string{"orders", "nowhere"}); once != 1 || again != 0 {
		t.Errorf("looked at %d queues, %d of them again; want orders once", once, again)
	}
	before := maps.Clone(got)
	c.ServeHTTP(httptest.NewRecorder(), queryCall("sns", "Action=ListTopics&Version=2010-03-31"))
	if diff := cmp.Diff(counts{"sns:ListTopics": 1}, c.snapshot().since(before)); diff != "" {
		t.Errorf("since (-want +got):\n%s", diff)
	}
}

func TestOperation(t *testing.T) {
	for name, test := range map[string]struct {
		target, body, want string
	}{
		"json":            {target: "AmazonSQS.TagQueue", want: "sqs:TagQueue"},
		"tagging":         {target: "ResourceGroupsTaggingAPI_20170126.GetResources", want: "tag:GetResources"},
		"query":           {body: "Action=Subscribe&Version=2010-03-31", want: "sns:Subscribe"},
		"query of SQS":    {body: "Action=ListQueues&Version=2012-11-05", want: "sqs:ListQueues"},
		"unknown service": {target: "DynamoDB_20120810.ListTables", want: "unknown"},
		"no action":       {body: "Version=2010-03-31", want: "unknown"},
		"no form":         {body: "%zz", want: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if test.target != "" {
				header.Set("X-Amz-Target", test.target)
			}
			if got := operation(header, []byte(test.body)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestACallThatIsCalledOffDoesNothing(t *testing.T) {
	aws := localaws.New()
	c := newCounter(aws, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.ServeHTTP(httptest.NewRecorder(), queryCall("sns", "Action=CreateTopic&Version=2010-03-31&Name=events").WithContext(ctx))
	if n := counts(aws.CallCounts()).total(); n != 0 || c.snapshot().total() != 1 {
		t.Errorf("%d calls came through and %d were counted, want none of one", n, c.snapshot().total())
	}
}

func TestForwardsToAnEmulator(t *testing.T) {
	aws := localaws.New()
	emulator := httptest.NewServer(aws)
	defer emulator.Close()
	handler, err := forward(emulator.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, jsonCall("sqs", "AmazonSQS.CreateQueue", `{"QueueName":"orders"}`))
	// URLs that the emulator makes of the host lead here again.
	if want := "http://aws.local/" + accountID + "/orders"; !strings.Contains(answer.Body.String(), want) {
		t.Errorf("answer %s, want a queue at %s", answer.Body, want)
	}
	if _, err := forward("127.0.0.1:4566"); err == nil {
		t.Error("took an endpoint that is no URL")
	}
}
