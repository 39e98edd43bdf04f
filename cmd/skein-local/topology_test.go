package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/skein-dev/skein/internal/localaws"
)

// page returns the page about skein-local.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/skein-local.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// example returns the first code block of a language in the page about skein-local.
func example(t *testing.T, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(page(t), "```"+language+"\n")
	block, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatalf("the page has no %s", language)
	}
	return block
}

// ids are those of subscriptions.
var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// TestTopologyPage compares the page with the example in the documents, to the byte but for ids.
func TestTopologyPage(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	local := localaws.New(localaws.WithClock(clock))
	config := aws.Config{
		Region: "us-east-1", HTTPClient: local.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider("111111111111", "any", ""),
	}
	queues, topics := sqs.NewFromConfig(config), sns.NewFromConfig(config)
	var failed error
	note := func(err error) {
		if failed == nil {
			failed = err
		}
	}
	for _, in := range []*sqs.CreateQueueInput{
		{QueueName: aws.String("orders-dlq")},
		{QueueName: aws.String("orders"), Tags: map[string]string{"team": "commerce"}, Attributes: map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:orders-dlq","maxReceiveCount":5}`,
		}},
	} {
		_, err := queues.CreateQueue(t.Context(), in)
		note(err)
	}
	_, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("events")})
	note(err)
	_, err = topics.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:111111111111:events"), Protocol: aws.String("sqs"),
		Endpoint:   aws.String("arn:aws:sqs:us-east-1:111111111111:orders"),
		Attributes: map[string]string{"FilterPolicy": `{"event_type":["order.created"]}`},
	})
	note(err)
	_, err = queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("orders"), MessageBody: aws.String("hello")})
	note(err)
	_, err = topics.Publish(t.Context(), &sns.PublishInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:111111111111:events"), Message: aws.String("lost"),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{"event_type": {DataType: aws.String("String"), StringValue: aws.String("order.created")}},
	})
	note(err)
	clock.Step(90 * time.Second)
	_, err = queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("orders"), MessageBody: aws.String("again"), DelaySeconds: 10})
	note(err)
	if failed != nil {
		t.Fatal(failed)
	}
	answer := httptest.NewRecorder()
	handler(local).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/_skein/topology", http.NoBody))
	if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answered %d with %s", answer.Code, answer.Header())
	}
	if diff := cmp.Diff(ids.ReplaceAllString(example(t, "json"), "ID"), ids.ReplaceAllString(answer.Body.String(), "ID")); diff != "" {
		t.Errorf("page (-docs/skein-local.md +served):\n%s", diff)
	}
}

// TestDocumentedFaultsAreRead: those of the page and those of --help.
func TestDocumentedFaultsAreRead(t *testing.T) {
	_, help, _ := strings.Cut(usage, "\n  faults:")
	help, _, _ = strings.Cut("faults:"+help, "\nFlags:")
	for where, text := range map[string]string{"page": example(t, "yaml"), "help": help} {
		rules, err := parseFaults([]byte(text))
		if err == nil {
			_, err = localaws.Faults(rules...)
		}
		if err != nil || len(rules) < 3 {
			t.Errorf("%s: %d rules, %v", where, len(rules), err)
		}
	}
}

// TestPagesAnswerProbes: by HEAD, which has no body on a port, and with a slash at the end.
func TestPagesAnswerProbes(t *testing.T) {
	port := httptest.NewServer(handler(localaws.New()))
	defer port.Close()
	for _, page := range []string{"/healthz", "/_skein/topology"} {
		status, body := get(t, port.URL+page)
		if again, slashed := get(t, port.URL+page+"/"); again != http.StatusOK || slashed != body || status != http.StatusOK {
			t.Errorf("GET %s/: %d %s; without the slash %d %s", page, again, slashed, status, body)
		}
		for _, url := range []string{page, page + "/"} {
			response, err := http.Head(port.URL + url)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK || response.ContentLength != int64(len(body)) {
				t.Errorf("HEAD %s: %d with %d bytes, want 200 with %d", url, response.StatusCode, response.ContentLength, len(body))
			}
		}
	}
}

func TestOnlyGetShowsPages(t *testing.T) {
	for _, request := range []string{"POST /_skein/topology", "GET /_skein/", "GET /", "POST /healthz", "HEAD /health"} {
		method, path, _ := strings.Cut(request, " ")
		answer := httptest.NewRecorder()
		handler(localaws.New()).ServeHTTP(answer, httptest.NewRequest(method, path, http.NoBody))
		if answer.Code < http.StatusBadRequest || !strings.HasPrefix(answer.Body.String(), "<ErrorResponse") {
			t.Errorf("%s: %d %s, want an error of AWS", request, answer.Code, answer.Body)
		}
	}
}
