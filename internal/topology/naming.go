package topology

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Name limits in characters, with the suffix .fifo
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html,
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html).
const (
	MaxQueueName = 80
	MaxTopicName = 256
	// maxObjectName is the limit of Kubernetes for the name of an object.
	maxObjectName = 253
)

const fifoSuffix = ".fifo"

// The kinds that own AWS resources, as they stand in the ownership tags.
const (
	OwnerConsumerQueue     = "ConsumerQueue"
	OwnerMessagingTopology = "MessagingTopology"
)

var awsName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// AccountName is the AWSAccount that a reference means.
func AccountName(ref *v1alpha1.AccountReference) string {
	if ref == nil {
		return v1alpha1.DefaultAccountName
	}
	return ref.Name
}

// QueueARN is the ARN of a queue of the account.
func (a Account) QueueARN(name string) string { return a.arn("sqs", name) }

// TopicARN is the ARN of a topic of the account.
func (a Account) TopicARN(name string) string { return a.arn("sns", name) }

// AlarmARN is the ARN of a CloudWatch alarm of the account. It is in the region of what it watches, which may be another than the account's.
func (a Account) AlarmARN(region, name string) string {
	a.Region = region
	return a.arn("cloudwatch", "alarm:"+name)
}

func (a Account) arn(service, resource string) string {
	return arn.ARN{Partition: a.Partition, Service: service, Region: a.Region, AccountID: a.ID, Resource: resource}.String()
}

// QueueNames gives the AWS names that a ConsumerQueue claims by its spec; empty where it has no such queue.
func QueueNames(cq *v1alpha1.ConsumerQueue) (main, deadLetter, undelivered string) {
	s := &cq.Spec.QueueSettings
	main = s.QueueName
	if main == "" {
		main = defaultQueueName(cq)
	}
	if ownsDeadLetter(s) {
		deadLetter = deadLetterName(s, main)
	}
	if hasUndelivered(s) {
		undelivered = undeliveredName(s, main)
	}
	return main, deadLetter, undelivered
}

func defaultQueueName(cq *v1alpha1.ConsumerQueue) string {
	return withType(cq.Namespace+"-"+cq.Name, cq.Spec.FIFO != nil)
}

func deadLetterName(s *v1alpha1.QueueSettings, main string) string {
	if s.DeadLetter != nil && s.DeadLetter.QueueName != "" {
		return s.DeadLetter.QueueName
	}
	return suffixed(main, "-dlq")
}

func undeliveredName(s *v1alpha1.QueueSettings, main string) string {
	if s.Undelivered != nil && s.Undelivered.QueueName != "" {
		return s.Undelivered.QueueName
	}
	return suffixed(main, "-undelivered")
}

// ownsDeadLetter says that the consumer has a dead-letter queue of its own.
func ownsDeadLetter(s *v1alpha1.QueueSettings) bool {
	return s.DeadLetter == nil || !s.DeadLetter.Disabled && s.DeadLetter.ConsumerQueue == nil
}

func hasUndelivered(s *v1alpha1.QueueSettings) bool {
	return s.Undelivered == nil || !s.Undelivered.Disabled
}

// TopicNames gives the AWS names that a MessagingTopology claims, in the order of its topics.
func TopicNames(mt *v1alpha1.MessagingTopology) []string {
	names := make([]string, 0, len(mt.Spec.Topics))
	for i := range mt.Spec.Topics {
		names = append(names, topicName(mt, &mt.Spec.Topics[i]))
	}
	return names
}

func topicName(mt *v1alpha1.MessagingTopology, t *v1alpha1.Topic) string {
	if t.TopicName != "" {
		return t.TopicName
	}
	return defaultTopicName(mt, t)
}

func defaultTopicName(mt *v1alpha1.MessagingTopology, t *v1alpha1.Topic) string {
	return withType(mt.Namespace+"-"+mt.Name+"-"+t.Name, t.FIFO != nil)
}

// ChildName is the name of the ConsumerQueue of an inline consumer.
func ChildName(mt *v1alpha1.MessagingTopology, consumer string) string {
	return mt.Name + "-" + consumer
}

func withType(name string, fifo bool) string {
	if fifo {
		return name + fifoSuffix
	}
	return name
}

// suffixed puts a suffix before .fifo.
func suffixed(name, suffix string) string {
	stem, fifo := strings.CutSuffix(name, fifoSuffix)
	return withType(stem+suffix, fifo)
}

// nameProblem says why AWS would refuse a name; the reason is empty where it would not.
func nameProblem(name string, fifo bool, limit int) (reason, message string) {
	stem, isFIFO := strings.CutSuffix(name, fifoSuffix)
	switch {
	case len(name) > limit:
		return v1alpha1.ReasonNameTooLong, fmt.Sprintf("the name has %d characters, AWS takes at most %d", len(name), limit)
	case !awsName.MatchString(stem):
		return v1alpha1.ReasonInvalidSpec, "the name has other characters than letters, digits, - and _"
	case isFIFO != fifo:
		return v1alpha1.ReasonInvalidSpec, "the name ends in .fifo if, and only if, fifo is set"
	}
	return "", ""
}

// Older says whether an object has the older claim: the earlier creation, then the smaller UID.
func Older(a, b metav1.Object) bool {
	at, bt := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if !at.Equal(&bt) {
		return at.Before(&bt)
	}
	return a.GetUID() < b.GetUID()
}
