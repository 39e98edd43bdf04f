// Package cloud is where Skein speaks to AWS. It observes what AWS holds as a topology.State and carries out a plan.Plan;
// it decides nothing. Clients are kept by identity, what objects share is read once for all of them, and every call
// passes the rate budgets, the metric and the table of errors.
package cloud

import (
	"cmp"
	"strings"
)

// Identity is all that decides where calls go and as whom. Clients are keyed by it.
type Identity struct {
	// Region is the AWS region, such as eu-west-1.
	Region string
	// Endpoint is where all services are reached; that of a service wins over it. Empty: AWS's own endpoints.
	Endpoint, SQSEndpoint, SNSEndpoint, STSEndpoint, TaggingEndpoint, KMSEndpoint, CloudWatchEndpoint string
	// RoleARN is assumed, with ExternalID if its trust policy asks for one. Empty: the keys, or the chain, as they are.
	RoleARN, ExternalID string
	// AccessKeyID, SecretAccessKey and SessionToken are long-lived or temporary keys. Empty: the SDK's default chain.
	AccessKeyID, SecretAccessKey, SessionToken string
	// Profile of the AWS configuration files that the chain takes. Empty: as AWS_PROFILE says.
	Profile string
}

// String tells identities apart for people, without any secret.
func (id Identity) String() string {
	parts := []string{"region " + id.Region}
	if e := id.endpoint(id.SQSEndpoint); e != "" {
		parts = append(parts, "endpoint "+e)
	}
	if id.RoleARN != "" {
		parts = append(parts, "role "+id.RoleARN)
	}
	switch {
	case id.AccessKeyID != "":
		parts = append(parts, "static keys")
	case id.Profile != "":
		parts = append(parts, "profile "+id.Profile)
	default:
		parts = append(parts, "default credentials")
	}
	return strings.Join(parts, ", ")
}

// GoString keeps secrets out of %#v too.
func (id Identity) GoString() string { return "cloud.Identity{" + id.String() + "}" }

// endpoint is where a service is reached; empty for AWS's own.
func (id Identity) endpoint(service string) string { return cmp.Or(service, id.Endpoint) }

// CallerIdentity is what STS says of an identity.
type CallerIdentity struct {
	// AccountID has 12 digits.
	AccountID string
	// ARN of the user or of the role's session.
	ARN string
	// Partition is aws, aws-cn or aws-us-gov.
	Partition string
}
