package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

// TestBadFlagsAreToldOnce: by the error alone, which says where to read on.
func TestBadFlagsAreToldOnce(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown": {"--port", "1"}, "level": {"--log-level", "loud"}, "level, number": {"--log-level", "INFO+1"}, "seed": {"--seed", "x"},
	} {
		var out, log strings.Builder
		err := run(t.Context(), args, &out, &log)
		if err == nil || !strings.HasSuffix(err.Error(), ", see --help") || out.Len()+log.Len() != 0 {
			t.Errorf("%s: got %v, and printed %q, %q", name, err, out.String(), log.String())
		}
	}
}

// exports are the names of the variables that a text exports, and their values.
func exports(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		assignments, isExport := strings.CutPrefix(strings.TrimSpace(line), "export ")
		if !isExport {
			continue
		}
		for assignment := range strings.FieldsSeq(assignments) {
			name, value, _ := strings.Cut(assignment, "=")
			all[name] = value
		}
	}
	return all
}

// TestHelpExportsWhatClientsRead: boto3 takes the region from AWS_DEFAULT_REGION only, the Go SDK from AWS_REGION only.
func TestHelpExportsWhatClientsRead(t *testing.T) {
	want := map[string]string{
		"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "111111111111", "AWS_SECRET_ACCESS_KEY": "any",
	}
	for where, text := range map[string]string{"--help": usage, "page": page(t)} {
		if diff := cmp.Diff(want, exports(text)); diff != "" {
			t.Errorf("%s exports (-want +got):\n%s", where, diff)
		}
	}
}

// TestPortInUse: the error names the flag.
func TestPortInUse(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	err = run(t.Context(), []string{"--listen", taken.Addr().String()}, io.Discard, io.Discard)
	if want := "give another address by --listen, such as 127.0.0.1:0"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestOpenAddressIsWarnedOf: not of a loopback address.
func TestOpenAddressIsWarnedOf(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for address, warned := range map[string]bool{":0": true, "0.0.0.0:0": true, "127.0.0.1:0": false} {
		var log strings.Builder
		if err := run(stopped, []string{"--listen", address}, io.Discard, &log); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if got := strings.Contains(log.String(), "everyone on the network can reach"); got != warned {
			t.Errorf("%s: warned %t, want %t: %s", address, got, warned, log.String())
		}
	}
}

// messageID is what a new run answers to the same first message.
func messageID(t *testing.T, flags ...string) string {
	t.Helper()
	client := queues(start(t, flags...))
	if _, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")}); err != nil {
		t.Fatal(err)
	}
	sent, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("orders"), MessageBody: aws.String("m")})
	if err != nil {
		t.Fatal(err)
	}
	return *sent.MessageId
}

// TestRunsGiveOtherIDs: unless a seed says otherwise.
func TestRunsGiveOtherIDs(t *testing.T) {
	if first, second := messageID(t), messageID(t); first == second {
		t.Errorf("two runs give the id %s", first)
	}
	if first, second := messageID(t, "--seed", "7"), messageID(t, "--seed", "7"); first != second {
		t.Errorf("two runs with one seed give %s and %s", first, second)
	}
}

// TestDebugTellsOfCalls, which info does not.
func TestDebugTellsOfCalls(t *testing.T) {
	for level, want := range map[string]int{"info": 0, "debug": 1} {
		var log bytes.Buffer
		client := queues(startLogging(t, &log, "--log-level", level))
		if _, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")}); err != nil {
			t.Fatal(err)
		}
		line := "service=sqs operation=CreateQueue resource=arn:aws:sqs:eu-central-1:111111111111:orders account=111111111111 " +
			"region=eu-central-1 accessKey=111111111111 code=OK"
		if got := strings.Count(log.String(), line); got != want {
			t.Errorf("at %s there are %d lines of the call, want %d: %s", level, got, want, log.String())
		}
	}
}
