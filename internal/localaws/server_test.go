package localaws_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestCallLog(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	arn := w.topic(t, "topic", nil)
	_, err := w.sqs(owner, "eu-west-1").GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("none")})
	wantCode(t, "GetQueueUrl", err, "AWS.SimpleQueueService.NonExistentQueue")
	want := []localaws.Call{
		{Seq: 1, Service: "sqs", Operation: "CreateQueue", Region: region, Resource: "arn:aws:sqs:us-east-1:111111111111:q", Mutating: true},
		{Seq: 2, Service: "sns", Operation: "CreateTopic", Region: region, Resource: arn, Mutating: true},
		{Seq: 3, Service: "sqs", Operation: "GetQueueUrl", Region: "eu-west-1", Resource: "arn:aws:sqs:eu-west-1:111111111111:none", Code: "AWS.SimpleQueueService.NonExistentQueue"},
	}
	for i := range want {
		want[i].Time, want[i].Account, want[i].AccessKey = w.clock.Now(), owner, owner
	}
	calls := w.Calls()
	if diff := cmp.Diff(want, calls, cmpopts.IgnoreFields(localaws.Call{}, "Params")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	var params []string
	for _, call := range calls {
		params = append(params, string(call.Params))
	}
	if diff := cmp.Diff([]string{`{"QueueName":"q"}`, `{"Name":"topic"}`, `{"QueueName":"none"}`}, params); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	counts := map[string]int{"sqs:CreateQueue": 1, "sns:CreateTopic": 1, "sqs:GetQueueUrl": 1}
	if diff := cmp.Diff(counts, w.CallCounts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	w.ResetCalls()
	if len(w.Calls()) != 0 || len(w.CallCounts()) != 0 {
		t.Errorf("after reset: %v, %v", w.Calls(), w.CallCounts())
	}
}

func TestFaultInPlaceOfTheEffect(t *testing.T) {
	w := newWorld()
	create := func() error {
		_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
		return err
	}
	exists := func() string {
		_, err := w.sqs(owner, region).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
		return code(err)
	}
	fault := localaws.Fault{Code: "RequestThrottled", Message: "slow down"}
	w.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "CreateQueue" && c.Resource == "arn:aws:sqs:us-east-1:111111111111:q" {
			return fault
		}
		return localaws.Fault{}
	})
	err := create()
	var throttled *types.RequestThrottled
	if !errors.As(err, &throttled) || throttled.ErrorMessage() != "slow down" {
		t.Errorf("got %v, want RequestThrottled: slow down", err)
	}
	if got := exists(); got == "" {
		t.Error("the queue exists though the call failed")
	}
	fault = localaws.Fault{AfterEffect: true}
	wantCode(t, "lost response", create(), "InternalError")
	if got := exists(); got != "" {
		t.Errorf("the queue does not exist (%s) though only the response was lost", got)
	}
	w.SetHook(nil)
	wantCode(t, "without hook", create(), "")
}

func TestFaultsLookLikeTheService(t *testing.T) {
	w := newWorld()
	w.SetHook(func(localaws.Call) localaws.Fault {
		return localaws.Fault{Code: "AWS.SimpleQueueService.NonExistentQueue"}
	})
	_, err := w.sqs(owner, region).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	var missing *types.QueueDoesNotExist
	if !errors.As(err, &missing) {
		t.Errorf("got %v, want QueueDoesNotExist", err)
	}
	for code, status := range map[string]int{"Throttled": 429, "InternalError": 500, "AuthorizationError": 403, "NotFound": 404, "InvalidParameter": 400} {
		w.SetHook(func(localaws.Call) localaws.Fault { return localaws.Fault{Code: code} })
		_, err := w.sns(owner, region).ListTopics(t.Context(), &sns.ListTopicsInput{})
		wantCode(t, "ListTopics", err, code)
		var response interface{ HTTPStatusCode() int }
		if !errors.As(err, &response) || response.HTTPStatusCode() != status {
			t.Errorf("%s: got %v, want status %d", code, err, status)
		}
	}
}

func TestLatencyEndsWithTheContext(t *testing.T) {
	w := newWorld()
	w.SetHook(func(localaws.Call) localaws.Fault { return localaws.Fault{Latency: time.Hour} })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := w.sqs(owner, region).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if calls := w.Calls(); len(calls) != 1 || calls[0].Code != "Cancelled" {
		t.Errorf("logged %+v, want one call that was cancelled", calls)
	}
	w.SetHook(nil)
	_, err = w.sqs(owner, region).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	wantCode(t, "the queue", err, "AWS.SimpleQueueService.NonExistentQueue")
}

func TestStaleReads(t *testing.T) {
	w := newWorld()
	client := w.sqs(owner, region)
	stale := func(on bool) {
		w.SetHook(func(localaws.Call) localaws.Fault { return localaws.Fault{Stale: on} })
	}
	visibility := func() string {
		got, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String("q"), AttributeNames: []types.QueueAttributeName{"VisibilityTimeout"},
		})
		if err != nil {
			return code(err)
		}
		return got.Attributes["VisibilityTimeout"]
	}
	names := func() (names []string) {
		got := must[*sqs.ListQueuesOutput](t)(client.ListQueues(t.Context(), &sqs.ListQueuesInput{}))
		for _, url := range got.QueueUrls {
			names = append(names, url[strings.LastIndex(url, "/")+1:])
		}
		return names
	}
	w.queue(t, "old", nil)
	w.queue(t, "q", nil)
	for _, step := range []struct {
		name         string
		write        func() error
		fresh, stale string
		list         []string
	}{
		{"created", func() error { return nil }, "30", "AWS.SimpleQueueService.NonExistentQueue", []string{"old"}},
		{"changed", func() error {
			_, err := client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
				QueueUrl: aws.String("q"), Attributes: map[string]string{"VisibilityTimeout": "60"},
			})
			return err
		}, "60", "30", []string{"old", "q"}},
		{"deleted", func() error {
			_, err := client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String("q")})
			return err
		}, "AWS.SimpleQueueService.NonExistentQueue", "60", []string{"old", "q"}},
	} {
		stale(true)
		wantCode(t, step.name, step.write(), "")
		if got := visibility(); got != step.stale {
			t.Errorf("%s: stale read is %s, want %s", step.name, got, step.stale)
		}
		if diff := cmp.Diff(step.list, names()); diff != "" {
			t.Errorf("%s: stale list (-want +got):\n%s", step.name, diff)
		}
		stale(false)
		if got := visibility(); got != step.fresh {
			t.Errorf("%s: fresh read is %s, want %s", step.name, got, step.fresh)
		}
	}
}

// TestBadRequests sends what no SDK would send. Each is answered in the protocol's error shape.
func TestBadRequests(t *testing.T) {
	const auth = "AWS4-HMAC-SHA256 Credential=111111111111/20260102/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=0"
	sqsHeader := func(op string) map[string]string {
		return map[string]string{"X-Amz-Target": "AmazonSQS." + op, "Authorization": fmt.Sprintf(auth, "sqs")}
	}
	form := map[string]string{"Authorization": fmt.Sprintf(auth, "sns")}
	for name, test := range map[string]struct {
		header map[string]string
		body   string
		status int
		want   string
	}{
		"nothing":            {nil, "", 403, "<Code>MissingAuthenticationToken</Code>"},
		"half a signature":   {map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=x/y"}, "", 403, "<Code>IncompleteSignature</Code>"},
		"basic auth":         {map[string]string{"Authorization": "Basic eA=="}, "", 403, "<Code>IncompleteSignature</Code>"},
		"JSON, broken":       {sqsHeader("CreateQueue"), `{"QueueName":`, 400, `"__type":"com.amazonaws.sqs#SerializationException"`},
		"JSON, wrong type":   {sqsHeader("CreateQueue"), `{"QueueName":1}`, 400, "SerializationException"},
		"JSON, a list":       {sqsHeader("CreateQueue"), `[]`, 400, "SerializationException"},
		"JSON, null":         {sqsHeader("CreateQueue"), `null`, 400, "InvalidParameterValueException"},
		"JSON, empty":        {sqsHeader("DeleteQueue"), ``, 400, "MissingRequiredParameterException"},
		"JSON, no operation": {sqsHeader("DropQueue"), `{}`, 404, "UnknownOperationException"},
		"JSON, no service":   {map[string]string{"X-Amz-Target": "Nobody.Does", "Authorization": fmt.Sprintf(auth, "x")}, `{}`, 404, "UnknownOperationException"},
		"JSON, no auth":      {map[string]string{"X-Amz-Target": "AmazonSQS.ListQueues"}, `{}`, 403, "MissingAuthenticationToken"},
		"too large":          {sqsHeader("SendMessage"), strings.Repeat(" ", 8<<20+1), 413, "RequestEntityTooLarge"},
		"form, broken":       {form, "Action=%zz", 400, "<Code>MalformedQueryString</Code>"},
		"form, empty":        {form, "", 400, "<Code>MissingAction</Code>"},
		"form, no operation": {form, "Action=Shout", 400, "<Code>InvalidAction</Code>"},
		"form, bad boolean":  {form, "Action=Subscribe&ReturnSubscriptionArn=maybe", 400, "<Code>MalformedInput</Code>"},
		"form, bad ARN":      {form, "Action=GetTopicAttributes&TopicArn=%3Cx%3E%00", 400, "<Code>InvalidParameter</Code>"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
			for name, value := range test.header {
				request.Header.Set(name, value)
			}
			answer := httptest.NewRecorder()
			localaws.New().ServeHTTP(answer, request)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("got %d %s, want %d %s", answer.Code, answer.Body, test.status, test.want)
			}
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	w := newWorld()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			client, name := w.sqs(owner, region), fmt.Sprintf("q-%d", worker)
			for range 5 {
				if _, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
					t.Errorf("creating %s: %v", name, err)
				}
				if _, err := client.ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil {
					t.Errorf("listing: %v", err)
				}
				_ = w.Calls()
			}
		})
	}
	wg.Wait()
	if got := w.CallCounts()["sqs:CreateQueue"]; got != 40 {
		t.Errorf("counted %d CreateQueue, want 40", got)
	}
}
