package localaws_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"k8s.io/utils/clock"

	"github.com/skein-dev/skein/internal/localaws"
)

// TestServicesAreToldApart: by target, by the scope of the signature in header or query string, by the name of the
// host. Each refuses or answers in its own namespace.
func TestServicesAreToldApart(t *testing.T) {
	const sqsSpace, snsSpace = "http://queue.amazonaws.com/doc/2012-11-05/", "http://sns.amazonaws.com/doc/2010-03-31/"
	signed := func(service string) map[string]string {
		return map[string]string{"Authorization": fmt.Sprintf(authorization, service)}
	}
	presigned := func(service string) string {
		return "&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Credential=" +
			url.QueryEscape("111111111111/20260102/us-east-1/"+service+"/aws4_request")
	}
	target := func(name string) map[string]string {
		return map[string]string{"X-Amz-Target": name, "Authorization": fmt.Sprintf(authorization, "any")}
	}
	for name, test := range map[string]struct {
		method, url string
		header      map[string]string
		body        string
		status      int
		want        string
	}{
		"scope sqs":           {"POST", "/", signed("sqs"), "Action=ListQueues", 200, sqsSpace},
		"scope sns":           {"POST", "/", signed("sns"), "Action=ListTopics", 200, snsSpace},
		"scope before host":   {"POST", "http://sqs.us-east-1.amazonaws.com/", signed("sns"), "Action=ListTopics", 200, snsSpace},
		"GET":                 {"GET", "/?Action=ListTopics", signed("sns"), "", 200, snsSpace},
		"presigned sqs":       {"GET", "/?Action=ListQueues" + presigned("sqs"), nil, "", 200, sqsSpace},
		"presigned, half":     {"GET", "/?Action=ListQueues&X-Amz-Credential=a/b", nil, "", 403, "<Code>IncompleteSignature</Code>"},
		"host sqs":            {"POST", "http://sqs.us-east-1.amazonaws.com/", nil, "Action=ListQueues", 403, sqsSpace},
		"host queue":          {"POST", "http://queue.amazonaws.com/", nil, "Action=ListQueues", 403, sqsSpace},
		"host of a region":    {"POST", "http://us-west-2.queue.amazonaws.com/", nil, "Action=ListQueues", 403, sqsSpace},
		"host sns":            {"POST", "http://sns.us-east-1.amazonaws.com/", nil, "Action=ListTopics", 403, snsSpace},
		"host of nobody":      {"POST", "http://127.0.0.1:4566/", nil, "Action=ListTopics", 403, "<ErrorResponse><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>"},
		"scope of nobody":     {"POST", "/", signed("ec2"), "Action=DescribeVpcs", 404, "ec2 is not served here; sqs, sns, sts and cloudwatch are"},
		"GET of nobody":       {"GET", "/bucket/key", signed("s3"), "", 404, "s3 is not served here; sqs, sns, sts and cloudwatch are"},
		"target of nobody":    {"POST", "/", target("DynamoDB_20120810.ListTables"), "{}", 404, "DynamoDB_20120810 is not served here; sqs, sns, sts and cloudwatch are"},
		"target of KMS":       {"POST", "/", target("TrentService.Sing"), "{}", 404, `{"__type":"UnknownOperationException"`},
		"target of SQS":       {"POST", "/", target("AmazonSQS.ListQueues"), "{}", 200, "{}"},
		"target by GET":       {"GET", "/?x=y", target("AmazonSQS.ListQueues"), "", 404, "UnknownOperationException"},
		"form with target":    {"POST", "/", with(target("AmazonSQS.ListQueues"), "Content-Type", "application/x-www-form-urlencoded"), "{}", 404, "UnknownOperationException"},
		"JSON without target": {"POST", "/", with(signed("sqs"), "Content-Type", "application/x-amz-json-1.0"), "{}", 404, "<Code>UnknownOperationException</Code>"},
		"GET /":               {"GET", "/", nil, "", 404, "<Code>UnknownOperationException</Code>"},
		"HEAD /":              {"HEAD", "/", nil, "", 404, "<Code>UnknownOperationException</Code>"},
		"PUT":                 {"PUT", "/?Action=ListQueues", signed("sqs"), "", 404, "<Code>UnknownOperationException</Code>"},
		"SNS, no operation":   {"POST", "/", signed("sns"), "Action=Shout&Version=2010-03-31", 400, "<Message>Could not find operation Shout for version 2010-03-31</Message>"},
		"SNS, no version":     {"POST", "/", signed("sns"), "Action=Shout", 400, "<Message>Could not find operation Shout for version NO_VERSION_SPECIFIED</Message>"},
		"SNS, wrong version":  {"POST", "/", signed("sns"), "Action=ListTopics&Version=2012-11-05", 400, "<Message>Could not find operation ListTopics for version 2012-11-05</Message>"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(test.method, test.url, strings.NewReader(test.body))
			for name, value := range test.header {
				request.Header.Set(name, value)
			}
			answer := httptest.NewRecorder()
			localaws.New().ServeHTTP(answer, request)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("got %d %s, want %d %s", answer.Code, answer.Body, test.status, test.want)
			}
			if answer.Header().Get("X-Amzn-Requestid") == "" {
				t.Error("the answer has no request id")
			}
		})
	}
}

func with(header map[string]string, name, value string) map[string]string {
	header[name] = value
	return header
}

// trapClock panics when it is asked for the time while it is armed.
type trapClock struct {
	clock.RealClock
	armed bool
}

func (c *trapClock) Now() time.Time {
	if c.armed {
		c.armed = false
		panic("the clock is broken")
	}
	return c.RealClock.Now()
}

// TestPanicIsAnInternalFailure: also of a handler, which holds the server's lock; the stack is in the log of the HTTP
// server, the code in the call log, and the next call is answered.
func TestPanicIsAnInternalFailure(t *testing.T) {
	clock := &trapClock{}
	aws := localaws.New(localaws.WithClock(clock))
	var logged bytes.Buffer
	server := httptest.NewUnstartedServer(aws)
	server.Config.ErrorLog = log.New(&logged, "", 0)
	server.Start()
	defer server.Close()
	send := func(target, service, body string) (int, string) {
		request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), "POST", server.URL, strings.NewReader(body)))
		request.Header.Set("Authorization", fmt.Sprintf(authorization, service))
		if target != "" {
			request.Header.Set("X-Amz-Target", target)
		}
		answer, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode, string(must[[]byte](t)(io.ReadAll(answer.Body)))
	}
	for _, test := range []struct{ target, service, body, call, want string }{
		{"AmazonSQS.ListQueues", "sqs", "{}", "sqs:ListQueues", `{"__type":"com.amazonaws.sqs#InternalFailure"`},
		{"", "sqs", "Action=ListQueues", "sqs:ListQueues", "<Type>Receiver</Type><Code>InternalFailure</Code>"},
		{"", "sns", "Action=ListTopics", "sns:ListTopics", "<Type>Receiver</Type><Code>InternalError</Code>"},
	} {
		logged.Reset()
		aws.SetHook(func(localaws.Call) localaws.Fault { clock.armed = true; return localaws.Fault{} })
		status, body := send(test.target, test.service, test.body)
		if status != 500 || !strings.Contains(body, test.want) {
			t.Errorf("%s: got %d %s, want 500 %s", test.call, status, body, test.want)
		}
		if text := logged.String(); !strings.Contains(text, test.call) || !strings.Contains(text, "trapClock") {
			t.Errorf("%s: the log has no stack of it: %s", test.call, text)
		}
		aws.SetHook(nil)
		if status, body = send(test.target, test.service, test.body); status != 200 {
			t.Errorf("%s, the next call: got %d %s", test.call, status, body)
		}
		calls := aws.Calls()
		if got := calls[len(calls)-2].Code; !strings.HasPrefix(got, "Internal") {
			t.Errorf("%s: logged with code %q", test.call, got)
		}
	}
}

// TestAbortedHandlersPass: a hook may drop the connection as any HTTP handler may.
func TestAbortedHandlersPass(t *testing.T) {
	w := newWorld()
	w.SetHook(func(localaws.Call) localaws.Fault { panic(http.ErrAbortHandler) })
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Action=ListQueues"))
	request.Header.Set("Authorization", fmt.Sprintf(authorization, "sqs"))
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("got %v, want the panic to pass", err)
		}
	}()
	w.ServeHTTP(httptest.NewRecorder(), request)
}

// TestUnreadableBody: a body that ends too early is refused in the protocol's words.
func TestUnreadableBody(t *testing.T) {
	for target, want := range map[string]string{"": "<Code>MalformedInput</Code>", "AmazonSQS.ListQueues": "SerializationException"} {
		request := httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(io.ErrUnexpectedEOF))
		request.Header.Set("Authorization", fmt.Sprintf(authorization, "sqs"))
		request.Header.Set("X-Amz-Target", target)
		answer := httptest.NewRecorder()
		localaws.New().ServeHTTP(answer, request)
		if answer.Code != 400 || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("got %d %s, want 400 %s", answer.Code, answer.Body, want)
		}
	}
}

// TestPresignedURL: a signature in the query string is checked like one in a header.
func TestPresignedURL(t *testing.T) {
	w := newWorld(localaws.WithCredentials(owner, "secret"))
	sign := func(secret string) *http.Request {
		request := httptest.NewRequest(http.MethodGet, "https://sqs.us-east-1.amazonaws.com/?Action=ListQueues&Version=2012-11-05", nil)
		uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: owner, SecretAccessKey: secret},
			request, fmt.Sprintf("%x", sha256.Sum256(nil)), "sqs", region, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return httptest.NewRequest(http.MethodGet, uri, nil)
	}
	for secret, want := range map[string]int{"secret": 200, "other": 403} {
		answer := httptest.NewRecorder()
		w.ServeHTTP(answer, sign(secret))
		if answer.Code != want {
			t.Errorf("signed with %s: got %d %s, want %d", secret, answer.Code, answer.Body, want)
		}
	}
}
