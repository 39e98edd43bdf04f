package localaws_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// logged returns the lines of a log in JSON about calls, without their time.
func logged(t *testing.T, log *bytes.Buffer) []map[string]string {
	t.Helper()
	var all []map[string]string
	for line := range strings.Lines(log.String()) {
		var entry map[string]string
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] != "call" || entry["level"] != "DEBUG" {
			t.Errorf("line %s, want one of a call at debug", line)
		}
		for _, key := range []string{"time", "level", "msg"} {
			delete(entry, key)
		}
		all = append(all, entry)
	}
	return all
}

func debugWorld() (world, *bytes.Buffer) {
	var log bytes.Buffer
	return newWorld(localaws.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))), &log
}

// TestDebugLogHasEveryCall: one line each, of those too that fail, that a fault bends or that are no call of AWS.
func TestDebugLogHasEveryCall(t *testing.T) {
	w, log := debugWorld()
	client := w.sqs(owner, region)
	w.queue(t, "q", nil)
	get := func() { _, _ = client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("none")}) }
	get()
	w.SetHook(func(localaws.Call) localaws.Fault {
		return localaws.Fault{Latency: time.Microsecond, Code: "Broken", Message: "it is", Lag: time.Second}
	})
	get()
	w.SetHook(func(localaws.Call) localaws.Fault {
		return localaws.Fault{DropConnection: true, AfterEffect: true, Restart: localaws.KeepMemory, Stale: true}
	})
	get()
	w.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/page", http.NoBody))
	line := func(operation, name string, more ...string) map[string]string {
		all := map[string]string{
			"service": "sqs", "operation": operation, "resource": "arn:aws:sqs:us-east-1:111111111111:" + name, "account": owner,
			"region": region, "accessKey": owner,
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	want := []map[string]string{
		line("CreateQueue", "q", "code", "OK"),
		line("GetQueueUrl", "none", "code", "AWS.SimpleQueueService.NonExistentQueue", "message", "The specified queue does not exist."),
		line("GetQueueUrl", "none", "code", "Broken", "message", "it is", "fault", "latency 1µs, code Broken, lag 1s"),
		line("GetQueueUrl", "none", "code", "ConnectionDropped", "message", "The specified queue does not exist.",
			"fault", "dropConnection, restart keep, afterEffect, stale"),
		{
			"service": "", "operation": "GET /page", "resource": "", "account": "", "region": "", "accessKey": "",
			"code":    "UnknownOperationException",
			"message": "The requested operation is not recognized by the service: this GET request names none.",
		},
	}
	if diff := cmp.Diff(want, logged(t, log)); diff != "" {
		t.Errorf("calls (-want +logged):\n%s", diff)
	}
}

// TestDebugLogSaysWhyAPolicyRefused: more than AWS tells the caller.
func TestDebugLogSaysWhyAPolicyRefused(t *testing.T) {
	w, log := debugWorld()
	url, arn := w.queue(t, "q", map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{"Sid":"readers","Effect":"Allow",` +
		`"Principal":"*","Action":["sqs:ReceiveMessage","sqs:DeleteQueue"],"Resource":"*"}]}`})
	topic := w.topic(t, "topic", nil)
	log.Reset()
	theirs := w.sqs(stranger, region)
	_, err := theirs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("m")})
	wantCode(t, "sending", err, "AccessDenied")
	_, err = theirs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
	wantCode(t, "deleting", err, "AccessDenied")
	_, err = w.sns(stranger, region).Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: aws.String("m")})
	wantCode(t, "publishing", err, "AuthorizationError")
	var reasons []string
	for _, call := range logged(t, log) {
		reasons = append(reasons, call["reason"])
	}
	who := "arn:aws:iam::" + stranger + ":user/local"
	want := []string{
		"no statement allows sqs:SendMessage on " + arn + " for " + who + "; statement readers: its action is another",
		"no policy can let another account do this",
		"no statement allows sns:Publish on " + topic + " for " + who +
			"; statement __default_statement_ID: StringEquals AWS:SourceOwner does not match",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("reasons (-want +logged):\n%s", diff)
	}
}
