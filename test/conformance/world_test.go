package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"

	"github.com/skein-dev/skein/internal/testaws"
)

// world is what a check has: a backend, clients, and names of its own.
type world struct {
	*recorder
	testaws.Backend

	ctx     context.Context
	sqs     *sqs.Client
	sns     *sns.Client
	sts     *sts.Client
	tagging *resourcegroupstaggingapi.Client
	watch   *cloudwatch.Client
}

func newWorld(ctx context.Context, b testaws.Backend) *world {
	return &world{recorder: new(recorder), Backend: b, ctx: ctx, sqs: b.SQS(), sns: b.SNS(), sts: b.STS(), tagging: b.Tagging(), watch: b.CloudWatch()}
}

// seenFrom is the same check in another region or account.
func (w *world) seenFrom(b testaws.Backend) *world {
	there := newWorld(w.ctx, b)
	there.recorder = w.recorder
	return there
}

// name returns a name that no other check uses; suffix is "" or ".fifo".
func (w *world) name(suffix string) string {
	return "contract-" + strings.ToLower(rand.Text()[:12]) + suffix
}

// arn returns the ARN of a name in the backend's account and region.
func (w *world) arn(service, name string) string {
	return strings.Join([]string{"arn", "aws", service, w.Region, w.AccountID, name}, ":")
}

// ok ends the check when a call that AWS takes was refused.
func (w *world) ok(err error, doing string) {
	if err != nil {
		w.Fatalf("%s: %v", doing, err)
	}
}

// refused ends the check unless the call failed with one of the codes, separated
// by "|". The code is the one that the SDK gives.
func (w *world) refused(err error, codes string) {
	var api smithy.APIError
	switch {
	case err == nil:
		w.Fatalf("succeeded, want error %s", codes)
	case !errors.As(err, &api) || !slices.Contains(strings.Split(codes, "|"), api.ErrorCode()):
		w.Fatalf("got error %q, want %s", err, codes)
	}
}

// refusedSaying is refused, for the codes whose text alone tells faults apart.
func (w *world) refusedSaying(err error, code, text string) {
	w.refused(err, code)
	if !strings.Contains(err.Error(), text) {
		w.Fatalf("got error %q, want it to say %q", err, text)
	}
}

// equal reports a difference between two values.
func (w *world) equal(what string, got, want any) {
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// absent reports attributes that should not be there.
func (w *world) absent(have map[string]string, names ...string) {
	for _, name := range names {
		if value, ok := have[name]; ok {
			w.Errorf("%s is %q, want it absent", name, value)
		}
	}
}

// eventually waits until get gives what is wanted; get ends the check at an error.
func (w *world) eventually(get func() any, want any) {
	gomega.NewWithT(w).Eventually(get).WithTimeout(5 * time.Second).WithPolling(50 * time.Millisecond).Should(gomega.BeComparableTo(want))
}

// queue creates a queue with a name of its own and returns its name and URL.
func (w *world) queue(attributes map[string]string) (name, url string) {
	suffix := ""
	if attributes["FifoQueue"] == "true" {
		suffix = ".fifo"
	}
	name = w.name(suffix)
	return name, w.queueNamed(name, attributes)
}

func (w *world) queueNamed(name string, attributes map[string]string) (url string) {
	out, err := w.createQueue(name, attributes, nil)
	w.ok(err, "creating queue")
	return aws.ToString(out.QueueUrl)
}

func (w *world) createQueue(name string, attributes, tags map[string]string) (*sqs.CreateQueueOutput, error) {
	return w.sqs.CreateQueue(w.ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: tags})
}

// queueAttributes returns the named attributes, or all.
func (w *world) queueAttributes(url string, names ...string) map[string]string {
	if names == nil {
		names = []string{"All"}
	}
	in := &sqs.GetQueueAttributesInput{QueueUrl: &url}
	for _, name := range names {
		in.AttributeNames = append(in.AttributeNames, sqstypes.QueueAttributeName(name))
	}
	out, err := w.sqs.GetQueueAttributes(w.ctx, in)
	w.ok(err, "getting queue attributes")
	return out.Attributes
}

// trySet sets one attribute of a queue.
func (w *world) trySet(url, name, value string) error {
	_, err := w.sqs.SetQueueAttributes(w.ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{name: value}})
	return err
}

// set is trySet where AWS takes the value.
func (w *world) set(url, name, value string) {
	w.ok(w.trySet(url, name, value), "setting "+name+" to "+value)
}

// topic creates a topic with a name of its own and returns its ARN.
func (w *world) topic(attributes map[string]string) (arn string) {
	suffix := ""
	if attributes["FifoTopic"] == "true" {
		suffix = ".fifo"
	}
	out, err := w.createTopic(w.name(suffix), attributes, nil)
	w.ok(err, "creating topic")
	return aws.ToString(out.TopicArn)
}

// topicAttributes returns all attributes of a topic.
func (w *world) topicAttributes(arn string) map[string]string {
	out, err := w.sns.GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	w.ok(err, "getting topic attributes")
	return out.Attributes
}

// trySubscribe subscribes a queue, asking for the subscription's ARN.
func (w *world) trySubscribe(topic, queueARN string, attributes map[string]string) (arn string, err error) {
	out, err := w.sns.Subscribe(w.ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &queueARN, Attributes: attributes, ReturnSubscriptionArn: true,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SubscriptionArn), nil
}

// subscription subscribes a new queue to a new topic and returns all three ARNs.
func (w *world) subscription(attributes map[string]string) (arn, topic, queue string) {
	topic = w.topic(nil)
	name, _ := w.queue(nil)
	queue = w.arn("sqs", name)
	arn, err := w.trySubscribe(topic, queue, attributes)
	w.ok(err, "subscribing")
	return arn, topic, queue
}

// subscriptionAttributes returns all attributes of a subscription.
func (w *world) subscriptionAttributes(arn string) map[string]string {
	out, err := w.sns.GetSubscriptionAttributes(w.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	w.ok(err, "getting subscription attributes")
	return out.Attributes
}

// trySetSubscription sets one attribute of a subscription.
func (w *world) trySetSubscription(arn, name, value string) error {
	_, err := w.sns.SetSubscriptionAttributes(w.ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: &arn, AttributeName: &name, AttributeValue: &value,
	})
	return err
}

// setSubscription is trySetSubscription where AWS takes the value.
func (w *world) setSubscription(arn, name, value string) {
	w.ok(w.trySetSubscription(arn, name, value), "setting "+name+" to "+value)
}

// inOrder ranges over a map by its keys in order, so that a check always fails at the same place.
func inOrder(m map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
