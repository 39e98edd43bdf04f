package e2e

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// hands are plain SDK clients of one account and region: someone who looks at what the operator did.
type hands struct {
	sqs *sqs.Client
	sns *sns.Client
	cw  *cloudwatch.Client
	names
}

func newHands(cfg aws.Config, account, namespace string) hands {
	return hands{sqs: sqs.NewFromConfig(cfg), sns: sns.NewFromConfig(cfg), cw: cloudwatch.NewFromConfig(cfg), names: names{account: account, region: cfg.Region, namespace: namespace}}
}

// names are what resources are called in an account and region.
type names struct {
	account, region string
	// namespace of the objects.
	namespace string
}

func (n names) queue(name string) string { return n.arn("sqs", name) }
func (n names) topic(name string) string { return n.arn("sns", name) }

func (n names) arn(service, name string) string {
	return strings.Join([]string{"arn", "aws", service, n.region, n.account, name}, ":")
}

// tags are those of an object's resources, and those of the samples' account.
func (n names) tags(kind, name string) string {
	return asJSON(map[string]string{
		"managed-by": "skein", "skein.dev/cluster": cluster, "skein.dev/kind": kind, "skein.dev/namespace": n.namespace, "skein.dev/name": name,
	})
}

// onlyFrom is a policy that lets a topic send to a queue, and refuses what does not come by TLS. Without a topic it only refuses.
func (n names) onlyFrom(sid, topic, queue string) string {
	type object = map[string]any
	statements := []object{{
		"Sid": "SkeinTLSOnly", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": n.queue(queue),
		"Condition": object{"Bool": object{"aws:SecureTransport": "false"}},
	}}
	if topic != "" {
		statements = append(statements, object{
			"Sid": sid, "Effect": "Allow", "Principal": object{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": n.queue(queue),
			"Condition": object{"ArnEquals": object{"aws:SourceArn": n.topic(topic)}},
		})
	}
	return asJSON(object{"Version": "2012-10-17", "Statement": statements})
}

// toDeadLetter is the RedrivePolicy of a queue, and admitting the RedriveAllowPolicy of its dead-letter queue.
func (n names) toDeadLetter(queue string, maxReceiveCount int) string {
	return asJSON(map[string]any{"deadLetterTargetArn": n.queue(queue), "maxReceiveCount": maxReceiveCount})
}

func (n names) admitting(source string) string {
	return asJSON(map[string]any{"redrivePermission": "byQueue", "sourceQueueArns": []string{n.queue(source)}})
}

// toUndelivered is the RedrivePolicy of a subscription.
func (n names) toUndelivered(queue string) string {
	return asJSON(map[string]any{"deadLetterTargetArn": n.queue(queue)})
}
