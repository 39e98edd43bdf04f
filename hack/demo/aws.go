package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/hack/demo/internal/show"
)

// The local AWS takes a key id of 12 digits for the account's number, and any secret.
const (
	awsAccount = "123456789012"
	awsRegion  = "us-east-1"
	awsSecret  = "local"
)

// aws reads the local AWS: by the SDK to verify, and by the aws command line, where there is one, to show.
type aws struct {
	endpoint string
	sqs      *sqs.Client
	sns      *sns.Client
	// cli is the aws program, or empty.
	cli string
}

func newAWS(ctx context.Context, endpoint string) *aws {
	keys := credentials.NewStaticCredentialsProvider(awsAccount, awsSecret, "")
	return &aws{
		endpoint: endpoint,
		sqs:      sqs.New(sqs.Options{Region: awsRegion, BaseEndpoint: &endpoint, Credentials: keys}),
		sns:      sns.New(sns.Options{Region: awsRegion, BaseEndpoint: &endpoint, Credentials: keys}),
		cli:      findCLI(ctx),
	}
}

// findCLI returns the aws program where one is installed that works.
func findCLI(ctx context.Context) string {
	program, err := exec.LookPath("aws")
	if err != nil {
		return ""
	}
	if output, err := exec.CommandContext(ctx, program, "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(output), "aws-cli/") {
		return ""
	}
	return program
}

// exports are the variables with which any SDK and the aws command line use the local AWS. Version 1 of the latter wants the region by its old name.
func (a *aws) exports() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + a.endpoint,
		"AWS_ACCESS_KEY_ID=" + awsAccount, "AWS_SECRET_ACCESS_KEY=" + awsSecret,
		"AWS_REGION=" + awsRegion, "AWS_DEFAULT_REGION=" + awsRegion,
	}
}

// showAWS does something in AWS and shows it: by the aws command line with these arguments, or else by the SDK.
func (d *demo) showAWS(ctx context.Context, args []string, bySDK func() (any, error)) error {
	words := append([]string{"aws", "--endpoint-url", "$AWS_ENDPOINT_URL"}, args...)
	d.out.Command(words...)
	if d.aws.cli == "" {
		result, err := bySDK()
		if err != nil {
			return err
		}
		return d.showJSON(result)
	}
	command := exec.CommandContext(ctx, d.aws.cli, append([]string{"--endpoint-url", d.aws.endpoint, "--output", "json"}, args...)...)
	command.Env = environment(append(d.aws.exports(), "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")...)
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("running %s: %w\n%s", show.Quote(words), err, output)
	}
	if len(output) > 0 {
		d.out.Output(string(output))
	}
	return nil
}

func (d *demo) showJSON(result any) error {
	if result == nil {
		return nil
	}
	text, err := json.MarshalIndent(result, "", "    ")
	if err != nil {
		return fmt.Errorf("showing what AWS answered: %w", err)
	}
	d.out.Output(string(text))
	return nil
}

// queue reads all attributes of a queue; none where it does not exist.
func (a *aws) queue(ctx context.Context, url string) (map[string]string, error) {
	out, err := a.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if missing := (*sqstypes.QueueDoesNotExist)(nil); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading queue %s: %w", url, err)
	}
	return out.Attributes, nil
}

// queueURLs lists all queues.
func (a *aws) queueURLs(ctx context.Context) ([]string, error) {
	out, err := a.sqs.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		return nil, fmt.Errorf("listing queues: %w", err)
	}
	return out.QueueUrls, nil
}

// endpoints lists the queues that a topic delivers to, by ARN.
func (a *aws) endpoints(ctx context.Context, topicARN string) ([]string, error) {
	out, err := a.sns.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topicARN})
	if err != nil {
		return nil, fmt.Errorf("listing the subscriptions of %s: %w", topicARN, err)
	}
	var arns []string
	for _, s := range out.Subscriptions {
		arns = append(arns, awssdk.ToString(s.Endpoint))
	}
	return arns, nil
}
