package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// amazon is a local AWS at an endpoint.
type amazon struct {
	*localaws.Server
	endpoint string
}

func newAmazon(t *testing.T, options ...localaws.Option) *amazon {
	t.Helper()
	server := localaws.New(options...)
	at := httptest.NewServer(server)
	t.Cleanup(at.Close)
	return &amazon{server, at.URL}
}

// later is the real clock, off by some time.
type later struct {
	clock.RealClock
	by atomic.Int64
}

// hoursAgo is a clock by which AWS does everything nine and a half hours ago, so that minutes are not shown and do not tell how fast a test is.
func hoursAgo() *later {
	c := &later{}
	c.step(-9*time.Hour - 30*time.Minute)
	return c
}

func (c *later) step(d time.Duration) { c.by.Add(int64(d)) }

// Now implements clock.PassiveClock.
func (c *later) Now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

// Since implements clock.PassiveClock.
func (c *later) Since(at time.Time) time.Duration { return c.Now().Sub(at) }

// arn of a queue of the account.
func arn(queue string) string { return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", region, account, queue) }

func (a *amazon) url(queue string) string { return a.endpoint + "/" + account + "/" + queue }

// sqs makes a call as the account's own hands, and gives the answer.
func (a *amazon) sqs(t *testing.T, operation string, in map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.endpoint, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+account+"/20260101/"+region+"/sqs/aws4_request, SignedHeaders=host, Signature=00")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %v, %v", operation, response.Status, out, err)
	}
	return out
}

// queue makes a queue. FIFO queues have names that end so.
func (a *amazon) queue(t *testing.T, name string, attributes map[string]string) {
	t.Helper()
	if strings.HasSuffix(name, ".fifo") {
		attributes = map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}
	}
	a.sqs(t, "CreateQueue", map[string]any{"QueueName": name, "Attributes": attributes})
}

func (a *amazon) send(t *testing.T, queue, body, group string, attributes map[string]string) {
	t.Helper()
	in := map[string]any{"QueueUrl": a.url(queue), "MessageBody": body}
	if group != "" {
		in["MessageGroupId"] = group
	}
	with := map[string]any{}
	for name, value := range attributes {
		with[name] = map[string]any{"DataType": "String", "StringValue": value}
	}
	in["MessageAttributes"] = with
	a.sqs(t, "SendMessage", in)
}

// fail receives what a queue has until it is in the dead-letter queue.
func (a *amazon) fail(t *testing.T, queue string) {
	t.Helper()
	for {
		out := a.sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": a.url(queue), "MaxNumberOfMessages": 10, "VisibilityTimeout": 0})
		if messages, _ := out["Messages"].([]any); len(messages) == 0 {
			return
		}
	}
}

// holds checks that a queue has so many messages, all visible.
func (a *amazon) holds(t *testing.T, queue string, want int) {
	t.Helper()
	out := a.sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": a.url(queue), "AttributeNames": []string{"All"}})
	attributes, _ := out["Attributes"].(map[string]any)
	got, _ := attributes["ApproximateNumberOfMessages"].(string)
	if hidden := attributes["ApproximateNumberOfMessagesNotVisible"]; got != strconv.Itoa(want) || hidden != "0" {
		t.Errorf("%s has %s visible messages and %v hidden, want %d and none", queue, got, hidden, want)
	}
}

// as gives a user credentials of an account: a local AWS takes the account from the key.
func (u user) as(account string, environment ...string) user {
	u.environment = append([]string{"AWS_ACCESS_KEY_ID=" + account, "AWS_SECRET_ACCESS_KEY=s3cret", "AWS_EC2_METADATA_DISABLED=true"}, environment...)
	return u
}

// clears takes what is in a namespace away at the end of the test, so that others who look at all namespaces do not see it.
func clears(t *testing.T, namespace string) {
	t.Helper()
	t.Cleanup(func() {
		for _, object := range []client.Object{&v1alpha1.Redrive{}, &v1alpha1.ConsumerQueue{}} {
			if err := env.Client.DeleteAllOf(context.Background(), object, client.InNamespace(namespace)); err != nil {
				t.Error(err)
			}
		}
	})
}
