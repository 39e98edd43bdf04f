// Package testaws gives tests an AWS to speak to over the wire: moto and fauxqs,
// which are other people's emulators and run as child processes, and localaws.
// All three are reached by plain SDK clients at an endpoint.
package testaws

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// Region is the region in which every Backend starts.
const Region = "us-east-1"

// Backend is one AWS, or one emulator of it, seen from one account and region.
// State is shared by all tests that use the same Backend: names must be unique,
// or the test must work in a region of its own.
type Backend struct {
	// Name is "moto", "fauxqs" or "localaws".
	Name string
	// Endpoint is the URL at which every service answers.
	Endpoint string
	// AccountID is the account of Credentials, as GetCallerIdentity gives it.
	AccountID string
	// Region is the region of the clients.
	Region string
	// Credentials sign the calls; no emulator checks the signature.
	Credentials aws.CredentialsProvider
	// HTTPClient carries the calls.
	HTTPClient aws.HTTPClient
}

// In returns the same backend and account in another region.
func (b Backend) In(region string) Backend {
	b.Region = region
	return b
}

// As returns the same backend seen by other credentials, which belong to the account.
func (b Backend) As(account, keyID, secret, session string) Backend {
	b.AccountID = account
	b.Credentials = credentials.NewStaticCredentialsProvider(keyID, secret, session)
	return b
}

// Config is an SDK configuration for the backend. It reads nothing from the
// environment and tries every call once, so that a test sees each answer.
func (b Backend) Config() aws.Config {
	return aws.Config{
		Region:       b.Region,
		Credentials:  b.Credentials,
		HTTPClient:   b.HTTPClient,
		BaseEndpoint: aws.String(b.Endpoint),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// SQS returns a plain SDK client.
func (b Backend) SQS() *sqs.Client { return sqs.NewFromConfig(b.Config()) }

// SNS returns a plain SDK client.
func (b Backend) SNS() *sns.Client { return sns.NewFromConfig(b.Config()) }

// STS returns a plain SDK client.
func (b Backend) STS() *sts.Client { return sts.NewFromConfig(b.Config()) }

// Tagging returns a plain SDK client of the resource groups tagging API.
func (b Backend) Tagging() *resourcegroupstaggingapi.Client {
	return resourcegroupstaggingapi.NewFromConfig(b.Config())
}

// CloudWatch returns a plain SDK client. It speaks JSON to moto, as boto3 does: moto does not know the SDK's CBOR.
func (b Backend) CloudWatch() *cloudwatch.Client {
	return cloudwatch.NewFromConfig(b.Config(), func(o *cloudwatch.Options) {
		if b.Name == "moto" {
			o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801)
		}
	})
}

// anyone are credentials that every emulator takes.
func anyone() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")
}
