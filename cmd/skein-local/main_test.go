package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/skein-dev/skein/internal/localaws"
)

// start runs the command on a free port and returns its base URL.
func start(t *testing.T, flags ...string) string {
	t.Helper()
	return startLogging(t, io.Discard, flags...)
}

func startLogging(t *testing.T, log io.Writer, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"--listen", "127.0.0.1:0"}, flags...), writer, log)
		_ = writer.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, base, found := strings.Cut(strings.TrimSpace(line), " serves ")
	if !found {
		t.Fatalf("first line %q names no address", line)
	}
	return base
}

func queues(base string) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(base), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("111111111111", "any", ""),
	})
}

// get returns status and body of a page.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestServesOverAPort(t *testing.T) {
	base := start(t)
	if status, body := get(t, base+"/healthz"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("healthz = %d %q, want ok", status, body)
	}
	client := queues(base)
	created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")})
	if err != nil {
		t.Fatal(err)
	}
	if want := base + "/111111111111/orders"; *created.QueueUrl != want {
		t.Errorf("queue URL %s, want %s", *created.QueueUrl, want)
	}
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: created.QueueUrl, MessageBody: aws.String("hello"),
	}); err != nil {
		t.Errorf("sending by the URL that was given: %v", err)
	}
	if status, body := get(t, base+"/_skein/topology"); status != http.StatusOK || !strings.Contains(body, `"visible": 1`) {
		t.Errorf("topology = %d %s, want the message that was sent", status, body)
	}
}

// file writes a faults file.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faults.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFaultsFile(t *testing.T) {
	client := queues(start(t, "--faults", file(t, `
faults:
- operation: sqs:CreateQueue
  resource: "*:orders"
  account: "111111111111"
  calls: {to: 1}
  code: ServiceUnavailable
  afterEffect: true
- operation: sqs:DeleteQueue
  dropConnection: true
`)))
	create := &sqs.CreateQueueInput{QueueName: aws.String("orders")}
	_, err := client.CreateQueue(t.Context(), create)
	var failed smithy.APIError
	if !errors.As(err, &failed) || failed.ErrorCode() != "ServiceUnavailable" {
		t.Errorf("first call: got %v, want ServiceUnavailable", err)
	}
	got, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("orders")})
	if err != nil {
		t.Fatalf("the queue was not made: %v", err)
	}
	if _, err := client.CreateQueue(t.Context(), create); err != nil {
		t.Errorf("second call: %v", err)
	}
	if _, err := client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: got.QueueUrl}); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want a connection that ends", err)
	}
}

func TestFlags(t *testing.T) {
	faults := func(text string) []string { return []string{"--faults", file(t, text)} }
	for name, test := range map[string]struct {
		args []string
		want string
		fail string
	}{
		"help":            {args: []string{"--help"}, want: "AWS_ENDPOINT_URL"},
		"default level":   {args: []string{"--help"}, want: "(default info)"},
		"version":         {args: []string{"--version"}, want: "skein-local "},
		"unknown":         {args: []string{"--port", "1"}, fail: "not defined"},
		"argument":        {args: []string{"orders"}, fail: `unexpected argument "orders"`},
		"bad address":     {args: []string{"--listen", "nowhere"}, fail: "listening on nowhere"},
		"bad level":       {args: []string{"--log-level", "loud"}, fail: `invalid value "loud" for flag -log-level: give debug, info, warn or error, see --help`},
		"no faults file":  {args: []string{"--faults", "nowhere.yaml"}, fail: "reading faults: open nowhere.yaml: no such file"},
		"no YAML":         {args: faults("{"), fail: "yaml: line 1"},
		"not faults":      {args: faults("rules: []"), fail: "faults.yaml: the file must be an object that has only the list faults"},
		"a list":          {args: faults("- operation: x"), fail: "the file must be an object that has only the list faults"},
		"empty":           {args: faults(""), fail: "the file must be an object that has only the list faults"},
		"a word":          {args: faults("faults: [slow]"), fail: "faults[0]: it is a string and must be an object"},
		"unknown field":   {args: faults("faults: [{operation: '*', stale: true}, {operation: '*', lagg: 5s}]"), fail: `faults[1]: unknown field "lagg", a rule has operation, resource, account, region, calls {from, to, every}, code`},
		"unknown in it":   {args: faults("faults: [{operation: '*', calls: {evry: 1}}]"), fail: `faults[0]: unknown field "evry", a rule has`},
		"another case":    {args: faults("Faults: []"), fail: "the file must be an object that has only the list faults"},
		"case in a rule":  {args: faults("faults: [{Operation: '*', stale: true}]"), fail: `faults[0]: unknown field "Operation", a rule has operation`},
		"case in it":      {args: faults("faults: [{operation: '*', calls: {Every: 1}}]"), fail: `faults[0]: unknown field "Every", a rule has`},
		"every nothing":   {args: faults("faults: [{operation: '*', stale: true, calls: {every: 0}}]"), fail: "faults[0].calls.every: calls count from 1, give at least 1 or leave it out"},
		"from nothing":    {args: faults("faults: [{operation: '*', stale: true, calls: {from: 0, to: 1}}]"), fail: "faults[0].calls.from: calls count from 1"},
		"to nothing":      {args: faults("faults: [{operation: '*', stale: true, calls: {to: 0}}]"), fail: "faults[0].calls.to: calls count from 1"},
		"twice":           {args: faults("faults: [{operation: '*', stale: true, stale: true}]"), fail: `key "stale" already set`},
		"account, number": {args: faults("faults: [{operation: '*', account: 111111111111, stale: true}]"), fail: "faults[0].account: it is a number and must be text, put it in quotes"},
		"text for number": {args: faults("faults: [{operation: '*', calls: {from: one}}]"), fail: "faults[0].calls.from: it is a string and must be of type int"},
		"bad duration":    {args: faults("faults: [{operation: '*', lag: 5}]"), fail: "faults[0]: 5 is no duration, write text such as 200ms or 5s"},
		"bad rule":        {args: faults("faults: [{operation: 'sqs:Make'}]"), fail: `faults.yaml: faults[0].operation: "sqs:Make" is no operation that is served here`},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := run(t.Context(), test.args, &out, io.Discard)
			if test.fail == "" && (err != nil || !strings.Contains(out.String(), test.want)) {
				t.Errorf("got %q, %v; want %q", out.String(), err, test.want)
			}
			if test.fail != "" && (err == nil || !strings.Contains(err.Error(), test.fail)) {
				t.Errorf("got error %v, want %q", err, test.fail)
			}
		})
	}
}

// TestPlainHTTP: requests count as TLS unless the flag says otherwise.
func TestPlainHTTP(t *testing.T) {
	for flag, want := range map[string]string{"--plain-http=false": "", "--plain-http": "AccessDenied"} {
		client := queues(start(t, flag))
		created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{
			QueueName: aws.String("orders"), Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{"Sid":"tls",
				"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: created.QueueUrl, MessageBody: aws.String("hello")})
		var failed smithy.APIError
		if got := errors.As(err, &failed); got != (want != "") || got && failed.ErrorCode() != want {
			t.Errorf("%s: got %v, want %q", flag, err, want)
		}
	}
}

// TestLogLevel: a message that is lost is logged, one that is filtered out only at debug.
func TestLogLevel(t *testing.T) {
	for level, want := range map[string][]string{"error": nil, "info": {"denied"}, "debug": {"denied", "filtered"}} {
		var log bytes.Buffer
		base := startLogging(t, &log, "--log-level", level)
		client := sns.New(sns.Options{
			Region: "eu-central-1", BaseEndpoint: aws.String(base), Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider("111111111111", "any", ""),
		})
		created, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("events")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := queues(base).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Subscribe(t.Context(), &sns.SubscribeInput{
			TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:eu-central-1:111111111111:orders"),
			Attributes: map[string]string{"FilterPolicyScope": "MessageBody", "FilterPolicy": `{"n":[1]}`},
		}); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`{"n":1}`, `{"n":2}`} {
			if _, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: created.TopicArn, Message: &body}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, word := range []string{"denied", "filtered"} {
			if strings.Contains(log.String(), word) {
				got = append(got, word)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at %s the log tells of (-want +got):\n%s\n%s", level, diff, log.String())
		}
	}
}

// waitClock tells when a call begins to wait for messages.
type waitClock struct {
	clock.RealClock
	waits func()
}

func (c waitClock) NewTimer(d time.Duration) clock.Timer {
	c.waits()
	return c.RealClock.NewTimer(d)
}

// TestStopEndsWaits: calls that wait do not hold up the stop. One that waits for its latency has no effect and gets no
// answer, one that waits for messages is answered that there are none.
func TestStopEndsWaits(t *testing.T) {
	for name, test := range map[string]struct {
		latency  time.Duration
		answered bool
	}{"latency": {time.Hour, false}, "long poll": {0, true}} {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan struct{})
			arrive := sync.OnceFunc(func() { close(arrived) })
			server := localaws.New(localaws.WithClock(waitClock{waits: arrive}))
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			stopped, answered := make(chan error, 1), make(chan error, 1)
			go func() { stopped <- serve(ctx, listener, handler(server)) }()
			client := queues("http://" + listener.Addr().String())
			if _, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")}); err != nil {
				t.Fatal(err)
			}
			server.SetHook(func(localaws.Call) localaws.Fault {
				if test.latency > 0 {
					arrive()
				}
				return localaws.Fault{Latency: test.latency}
			})
			go func() {
				_, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String("orders"), WaitTimeSeconds: 20})
				answered <- err
			}()
			<-arrived
			stop()
			if err := <-stopped; err != nil {
				t.Fatalf("stopping: %v", err)
			}
			if err := <-answered; (err == nil) != test.answered {
				t.Errorf("got %v, want an answer: %t", err, test.answered)
			}
			if last := server.Calls()[1]; last.Code != "Cancelled" {
				t.Errorf("logged %+v, want a call that was cancelled", last)
			}
		})
	}
}
