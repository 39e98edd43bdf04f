package localaws_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/skein-dev/skein/internal/localaws"
)

const (
	owner    = "111111111111"
	stranger = "222222222222"
	region   = "us-east-1"
)

// world is a local AWS with a clock that stands still.
type world struct {
	*localaws.Server
	clock *clocktesting.FakeClock
}

func newWorld(opts ...localaws.Option) world {
	clock := clocktesting.NewFakeClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return world{localaws.New(append([]localaws.Option{localaws.WithClock(clock)}, opts...)...), clock}
}

func (w world) pass(d time.Duration) { w.clock.Step(d) }

func (w world) config(keyID, secret, region string) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: w.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func (w world) sqs(account, region string) *sqs.Client {
	return sqs.NewFromConfig(w.config(account, "any", region))
}

func (w world) sns(account, region string) *sns.Client {
	return sns.NewFromConfig(w.config(account, "any", region))
}

func (w world) sts(keyID, secret string) *sts.Client {
	return sts.NewFromConfig(w.config(keyID, secret, region))
}

func (w world) tagging(account, region string) *resourcegroupstaggingapi.Client {
	return resourcegroupstaggingapi.NewFromConfig(w.config(account, "any", region))
}

// queue makes a queue of the owner and returns its URL and ARN.
func (w world) queue(t *testing.T, name string, attributes map[string]string) (url, arn string) {
	t.Helper()
	out, err := w.sqs(owner, region).CreateQueue(t.Context(),
		&sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatalf("creating queue %s: %v", name, err)
	}
	return *out.QueueUrl, "arn:aws:sqs:" + region + ":" + owner + ":" + name
}

// topic makes a topic of the owner and returns its ARN.
func (w world) topic(t *testing.T, name string, attributes map[string]string) string {
	t.Helper()
	out, err := w.sns(owner, region).CreateTopic(t.Context(),
		&sns.CreateTopicInput{Name: &name, Attributes: attributes})
	if err != nil {
		t.Fatalf("creating topic %s: %v", name, err)
	}
	return *out.TopicArn
}

// code returns the code of an AWS error, empty for none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return "not an API error: " + err.Error()
	}
	return ""
}

// wantCode fails the test unless err has the code.
func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("%s: got code %q (%v), want %q", what, got, err, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
