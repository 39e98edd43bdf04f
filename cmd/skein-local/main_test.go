package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// start runs the command on a free port and returns its base URL.
func start(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"--listen", "127.0.0.1:0"}, writer) }()
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

func TestServesOverAPort(t *testing.T) {
	base := start(t)
	response, err := http.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, _ := io.ReadAll(response.Body); string(body) != "ok\n" {
		t.Errorf("healthz = %q, want ok", body)
	}
	client := sqs.New(sqs.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(base),
		Credentials: credentials.NewStaticCredentialsProvider("111111111111", "any", ""),
	})
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
}

func TestFlags(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
		fail string
	}{
		"help":        {args: []string{"--help"}, want: "AWS_ENDPOINT_URL"},
		"version":     {args: []string{"--version"}, want: "skein-local "},
		"unknown":     {args: []string{"--port", "1"}, fail: "not defined"},
		"argument":    {args: []string{"orders"}, fail: `unexpected argument "orders"`},
		"bad address": {args: []string{"--listen", "nowhere"}, fail: "listening on nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := run(t.Context(), test.args, &out)
			if test.fail == "" && (err != nil || !strings.Contains(out.String(), test.want)) {
				t.Errorf("got %q, %v; want %q", out.String(), err, test.want)
			}
			if test.fail != "" && (err == nil || !strings.Contains(err.Error(), test.fail)) {
				t.Errorf("got error %v, want %q", err, test.fail)
			}
		})
	}
}
