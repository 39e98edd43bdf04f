package localaws_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// bend installs rules.
func (w world) bend(t *testing.T, rules ...localaws.FaultRule) {
	t.Helper()
	w.SetHook(must[localaws.Hook](t)(localaws.Faults(rules...)))
}

func TestRulesMatchCalls(t *testing.T) {
	call := localaws.Call{
		Service: "sqs", Operation: "GetQueueUrl", Account: owner, Region: region,
		Resource: "arn:aws:sqs:us-east-1:111111111111:orders",
	}
	list := localaws.Call{Service: "sqs", Operation: "ListQueues", Account: owner, Region: region}
	for name, test := range map[string]struct {
		rule localaws.FaultRule
		call localaws.Call
		want bool
	}{
		"the operation":              {localaws.FaultRule{Operation: "sqs:GetQueueUrl"}, call, true},
		"in another case":            {localaws.FaultRule{Operation: "SQS:getqueueurl"}, call, true},
		"another operation":          {localaws.FaultRule{Operation: "sqs:GetQueueAttributes"}, call, false},
		"a pattern":                  {localaws.FaultRule{Operation: "sqs:Get*"}, call, true},
		"a pattern is for the whole": {localaws.FaultRule{Operation: "?qs:GetQueueU*"}, call, true},
		"a pattern that ends before": {localaws.FaultRule{Operation: "sqs:Get*s"}, call, false},
		"everything":                 {localaws.FaultRule{Operation: "*"}, call, true},
		"the resource":               {localaws.FaultRule{Operation: "*", Resource: call.Resource}, call, true},
		"a pattern of resources":     {localaws.FaultRule{Operation: "*", Resource: "*:ord?rs"}, call, true},
		"another resource":           {localaws.FaultRule{Operation: "*", Resource: "*:order"}, call, false},
		"no resource":                {localaws.FaultRule{Operation: "*", Resource: "*:orders"}, list, false},
		"no resource, any":           {localaws.FaultRule{Operation: "*", Resource: "*"}, list, true},
		"the account":                {localaws.FaultRule{Operation: "*", Account: owner}, call, true},
		"another account":            {localaws.FaultRule{Operation: "*", Account: stranger}, call, false},
		"the region":                 {localaws.FaultRule{Operation: "*", Region: region}, call, true},
		"another region":             {localaws.FaultRule{Operation: "*", Region: "eu-west-1"}, call, false},
	} {
		t.Run(name, func(t *testing.T) {
			test.rule.Code = "Broken"
			hook := must[localaws.Hook](t)(localaws.Faults(test.rule))
			if got := hook(test.call).Code == "Broken"; got != test.want {
				t.Errorf("matches: %t, want %t", got, test.want)
			}
		})
	}
}

func TestRulesCountTheirCalls(t *testing.T) {
	for name, test := range map[string]struct {
		calls *localaws.Occurrence
		want  string
	}{
		"all":             {nil, "xxxxxxxx"},
		"empty":           {&localaws.Occurrence{}, "xxxxxxxx"},
		"the first two":   {&localaws.Occurrence{To: 2}, "xx......"},
		"the third":       {&localaws.Occurrence{From: 3, To: 3}, "..x....."},
		"from the fourth": {&localaws.Occurrence{From: 4}, "...xxxxx"},
		"every third":     {&localaws.Occurrence{Every: 3}, "x..x..x."},
		"every second of": {&localaws.Occurrence{From: 2, To: 6, Every: 2}, ".x.x.x.."},
	} {
		t.Run(name, func(t *testing.T) {
			hook := must[localaws.Hook](t)(localaws.Faults(localaws.FaultRule{Operation: "sqs:*", Calls: test.calls, Code: "Broken"}))
			var got strings.Builder
			for range 8 {
				hook(localaws.Call{Service: "sns", Operation: "Publish"})
				got.WriteString(map[bool]string{true: "x", false: "."}[hook(localaws.Call{Service: "sqs", Operation: "X"}).Code != ""])
			}
			if got.String() != test.want {
				t.Errorf("bent calls are %s, want %s", got.String(), test.want)
			}
		})
	}
}

func TestRulesAddUp(t *testing.T) {
	second := localaws.Duration(time.Second)
	hook := must[localaws.Hook](t)(localaws.Faults(
		localaws.FaultRule{Operation: "*", Latency: second, Stale: true},
		localaws.FaultRule{Operation: "sqs:*", Latency: 2 * second, Lag: 3 * second},
		localaws.FaultRule{Operation: "sqs:Get*", Code: "First", Message: "one", Calls: &localaws.Occurrence{To: 1}},
		localaws.FaultRule{Operation: "*", Code: "Second", Status: 418, AfterEffect: true, Calls: &localaws.Occurrence{From: 2}},
		localaws.FaultRule{Operation: "*", Lag: second},
	))
	call := localaws.Call{Service: "sqs", Operation: "GetQueueUrl"}
	both := localaws.Fault{Latency: 3 * time.Second, Lag: 3 * time.Second, Stale: true}
	first, second2 := both, both
	first.Code, first.Message = "First", "one"
	second2.Code, second2.Message, second2.Status, second2.AfterEffect = "Second", "Second injected by a fault rule", 418, true
	if diff := cmp.Diff([]localaws.Fault{first, second2}, []localaws.Fault{hook(call), hook(call)}); diff != "" {
		t.Errorf("faults of the first and second call (-want +got):\n%s", diff)
	}
}

func TestBadRulesSayWhatToDo(t *testing.T) {
	ok := localaws.FaultRule{Operation: "sqs:*", Code: "Broken"}
	for name, test := range map[string]struct {
		rule localaws.FaultRule
		want string
	}{
		"no operation":      {localaws.FaultRule{Code: "X"}, `faults[1].operation: it is missing, give SERVICE:Operation`},
		"unknown operation": {localaws.FaultRule{Operation: "sqs:MakeQueue", Code: "X"}, `faults[1].operation: "sqs:MakeQueue" is no operation that is served here`},
		"bare name":         {localaws.FaultRule{Operation: "*", Resource: "orders", Code: "X"}, `faults[1].resource: "orders" matches no ARN, give a pattern for the whole ARN such as *:orders`},
		"resource of none":  {localaws.FaultRule{Operation: "sqs:ListQueues", Resource: "*:orders", Code: "X"}, `faults[1].resource: sqs:ListQueues names no resource, leave it out`},
		"short account":     {localaws.FaultRule{Operation: "*", Account: "42", Code: "X"}, `faults[1].account: "42" is no account`},
		"backwards":         {localaws.FaultRule{Operation: "*", Code: "X", Calls: &localaws.Occurrence{From: 3, To: 2}}, `faults[1].calls.to: it is less than from, give at least 3`},
		"negative":          {localaws.FaultRule{Operation: "*", Code: "X", Calls: &localaws.Occurrence{Every: -1}}, `faults[1].calls: from, to and every count from 1`},
		"nothing":           {localaws.FaultRule{Operation: "*"}, `faults[1].operation: the rule does nothing, give it one of code`},
		"status":            {localaws.FaultRule{Operation: "*", Code: "X", Status: 200}, `faults[1].status: 200 is no status of an error`},
		"message alone":     {localaws.FaultRule{Operation: "*", Message: "slow", Latency: 1}, `faults[1].code: message and status belong to an error`},
		"dropped answer":    {localaws.FaultRule{Operation: "*", Code: "X", DropConnection: true}, `faults[1].dropConnection: nothing is answered on a closed connection`},
		"restarted answer":  {localaws.FaultRule{Operation: "*", Code: "X", Restart: localaws.LoseMemory}, `faults[1].dropConnection: nothing is answered on a closed connection`},
		"unknown memory":    {localaws.FaultRule{Operation: "*", Restart: "forget"}, `faults[1].restart: "forget" is unknown, give keep or lose`},
		"no rate":           {localaws.FaultRule{Operation: "*", Throttle: &localaws.Throttle{Burst: 1}}, `faults[1].throttle.rate: 0 is too low`},
		"no burst":          {localaws.FaultRule{Operation: "*", Throttle: &localaws.Throttle{Rate: 1}}, `faults[1].throttle.burst: 0 is too low`},
		"throttle, after":   {localaws.FaultRule{Operation: "*", AfterEffect: true, Throttle: &localaws.Throttle{Rate: 1, Burst: 1}}, `faults[1].afterEffect: a throttled call has no effect`},
		"throttle, counted": {localaws.FaultRule{Operation: "*", Calls: &localaws.Occurrence{To: 1}, Throttle: &localaws.Throttle{Rate: 1, Burst: 1}}, `faults[1].calls: a token bucket chooses`},
		"long latency":      {localaws.FaultRule{Operation: "*", Latency: localaws.Duration(time.Hour)}, `faults[1].latency: 1h0m0s is out of range, give at most 1m0s`},
		"long lag":          {localaws.FaultRule{Operation: "*", Lag: localaws.Duration(time.Hour)}, `faults[1].lag: 1h0m0s is out of range, give at most 10m0s`},
		"lag and stale":     {localaws.FaultRule{Operation: "*", Lag: 1, Stale: true}, `faults[1].stale: lag says already`},
		"lag and error":     {localaws.FaultRule{Operation: "*", Lag: 1, Code: "X"}, `faults[1].lag: a call that is answered an error reads nothing`},
		"lagging write":     {localaws.FaultRule{Operation: "sqs:CreateQueue", Lag: 1}, `faults[1].operation: only reads can lag, and sqs:CreateQueue writes`},
	} {
		t.Run(name, func(t *testing.T) {
			hook, err := localaws.Faults(ok, test.rule)
			if err == nil || hook != nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s…", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("one fault is told more than once: %v", err)
			}
		})
	}
	_, err := localaws.Faults(localaws.FaultRule{}, ok, localaws.FaultRule{Operation: "x", Code: "X", Status: 1})
	if got := strings.Count(fmt.Sprint(err), "faults["); got != 4 {
		t.Errorf("told %d faults of four: %v", got, err)
	}
}

func TestDurationsAreText(t *testing.T) {
	for text, want := range map[string]string{
		`"1m30s"`: "1m30s", `"200ms"`: "200ms", `5`: "error", `"5"`: "error", `"soon"`: "error", `null`: "error",
	} {
		var d localaws.Duration
		got := "error"
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			got = time.Duration(d).String()
		} else if !strings.Contains(err.Error(), "write text such as 200ms") {
			t.Errorf("%s: the error has no remedy: %v", text, err)
		}
		if got != want {
			t.Errorf("%s is read as %s, want %s", text, got, want)
		}
	}
	if text, err := json.Marshal(localaws.Duration(90 * time.Second)); string(text) != `"1m30s"` {
		t.Errorf("written as %s, %v", text, err)
	}
}

func TestThrottlingByTokenBuckets(t *testing.T) {
	w := newWorld()
	w.bend(t, localaws.FaultRule{Operation: "*", Throttle: &localaws.Throttle{Rate: 2, Burst: 3}})
	list := func(account, region string) string {
		_, err := w.sqs(account, region).ListQueues(t.Context(), &sqs.ListQueuesInput{})
		return code(err)
	}
	take := func(want string) {
		t.Helper()
		var got strings.Builder
		for range len(want) {
			got.WriteString(map[bool]string{true: "+", false: "-"}[list(owner, region) == ""])
		}
		if got.String() != want {
			t.Errorf("calls went %s, want %s", got.String(), want)
		}
	}
	take("+++--")
	w.pass(499 * time.Millisecond)
	take("-")
	w.pass(time.Millisecond)
	take("+-")
	w.pass(time.Hour)
	take("+++-")
	for name, got := range map[string]string{"account": list(stranger, region), "region": list(owner, "eu-west-1")} {
		if got != "" {
			t.Errorf("another %s shares the bucket: %s", name, got)
		}
	}
	if _, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}); err != nil {
		t.Errorf("another operation shares the bucket: %v", err)
	}
}

func TestThrottlingLooksLikeTheService(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	w.bend(t, localaws.FaultRule{Operation: "*", Throttle: &localaws.Throttle{Rate: 1, Burst: 1}})
	for name, test := range map[string]struct {
		call   func() error
		code   string
		status int
		text   string
	}{
		"sqs": {func() error {
			_, err := w.sqs(owner, region).ListQueues(t.Context(), &sqs.ListQueuesInput{})
			return err
		}, "RequestThrottled", 403, "Request is throttled."},
		"sns": {func() error {
			_, err := w.sns(owner, region).ListTopics(t.Context(), &sns.ListTopicsInput{})
			return err
		}, "Throttling", 400, "Rate exceeded"},
		"sts": {func() error {
			_, err := w.sts(owner, "any").GetCallerIdentity(t.Context(), nil)
			return err
		}, "Throttling", 400, "Rate exceeded"},
		"tag": {func() error {
			_, err := w.tagging(owner, region).GetResources(t.Context(), nil)
			return err
		}, "ThrottledException", 400, "Rate exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, "first call", test.call(), "")
			err := test.call()
			wantCode(t, "second call", err, test.code)
			var response interface{ HTTPStatusCode() int }
			if !errors.As(err, &response) || response.HTTPStatusCode() != test.status || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want status %d and %q", err, test.status, test.text)
			}
		})
	}
}

// TestLostAnswers: with afterEffect the queue is made though the caller is told otherwise, without it is not.
func TestLostAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		rule   localaws.FaultRule
		code   string
		exists bool
	}{
		"an error":                  {localaws.FaultRule{Code: "ServiceUnavailable"}, "ServiceUnavailable", false},
		"an error after the effect": {localaws.FaultRule{Code: "ServiceUnavailable", AfterEffect: true}, "ServiceUnavailable", true},
		"no code":                   {localaws.FaultRule{AfterEffect: true}, "InternalError", true},
		"a drop":                    {localaws.FaultRule{DropConnection: true}, "ConnectionDropped", false},
		"a drop after the effect":   {localaws.FaultRule{DropConnection: true, AfterEffect: true}, "ConnectionDropped", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			test.rule.Operation = "sqs:CreateQueue"
			w.bend(t, test.rule)
			_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
			if test.rule.DropConnection != errors.Is(err, io.ErrUnexpectedEOF) || err == nil {
				t.Errorf("got %v, dropped: %t", err, test.rule.DropConnection)
			}
			if got := w.Calls()[0].Code; got != test.code {
				t.Errorf("logged %s, want %s", got, test.code)
			}
			_, err = w.sqs(owner, region).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
			if exists := err == nil; exists != test.exists {
				t.Errorf("the queue exists: %t (%v), want %t", exists, err, test.exists)
			}
		})
	}
}

// TestDropsTheConnectionOverAPort: what the client sees of it is an end of file, and the next call works.
func TestDropsTheConnectionOverAPort(t *testing.T) {
	w := newWorld()
	w.bend(t, localaws.FaultRule{Operation: "sqs:CreateQueue", DropConnection: true, AfterEffect: true, Calls: &localaws.Occurrence{To: 1}})
	port := httptest.NewServer(w.Server)
	defer port.Close()
	client := sqs.New(sqs.Options{
		Region: region, BaseEndpoint: &port.URL, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(owner, "any", ""),
	})
	_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end of the connection", err)
	}
	_, err = client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	wantCode(t, "the second call", err, "")
}
