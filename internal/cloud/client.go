package cloud

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-logr/logr"

	"github.com/skein-dev/skein/internal/topology"
)

// Client speaks to AWS as one identity. It is safe for concurrent use.
type Client struct {
	accounts *Accounts
	id       Identity
	cfg      aws.Config
	sts      *sts.Client
	caller   CallerIdentity
	// strayed: the credentials were last seen to belong to another account than the client was made for.
	strayed atomic.Bool

	// topics, and queues of others, by ARN.
	topics *shared[string, topology.Reference]
	queues *shared[string, topology.Reference]
	// keys by ARN, as KeyARN gives it.
	keys *shared[string, topology.Key]
	tags *tagCache

	mu      sync.Mutex
	regions map[string]*services
}

// services are the SDK's clients for one region.
type services struct {
	region  string
	account string
	// elsewhere, elsewhereKMS, elsewhereCloudWatch: SQS, KMS or CloudWatch is reached at an endpoint that is not AWS's own, perhaps an emulator.
	elsewhere, elsewhereKMS, elsewhereCloudWatch bool
	// noMoveTasks: that endpoint has no such operation.
	noMoveTasks atomic.Bool
	// lacking is what AWS does not have in the region.
	lacking lacking
	// alarms of the region.
	alarms     *alarmReads
	sqs        *sqs.Client
	sns        *sns.Client
	kms        *kms.Client
	cloudwatch *cloudwatch.Client
	tagging    *resourcegroupstaggingapi.Client
}

// open makes a client and asks who it is; without an answer there is no client.
func (a *Accounts) open(ctx context.Context, id Identity) (*Client, error) {
	cfg, err := a.config(ctx, id)
	if err != nil {
		return nil, classify("sts:GetCallerIdentity", id.String(), err)
	}
	c := &Client{
		accounts: a, id: id, cfg: cfg, sts: a.newSTS(cfg, id),
		topics:  newShared[string](a.options.Clock, keepReference),
		queues:  newShared[string](a.options.Clock, keepReference),
		keys:    newShared[string](a.options.Clock, keepKey),
		tags:    newTagCache(a.options.Clock),
		regions: map[string]*services{},
	}
	if c.caller, err = c.Verify(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Verify asks STS anew who the client is. The error is a *fault.Error. Credentials that have come to belong to another account are told
// as they are; the client then refuses to work until they are back.
func (c *Client) Verify(ctx context.Context) (CallerIdentity, error) {
	out, err := call(ctx, "sts:GetCallerIdentity", c.id.String(), c.sts.GetCallerIdentity, &sts.GetCallerIdentityInput{})
	if err != nil {
		return CallerIdentity{}, err
	}
	caller := CallerIdentity{AccountID: aws.ToString(out.Account), ARN: aws.ToString(out.Arn)}
	a, err := arn.Parse(caller.ARN)
	if err != nil || caller.AccountID == "" {
		return CallerIdentity{}, classify("sts:GetCallerIdentity", c.id.String(), &unreadable{what: "identity", err: err})
	}
	caller.Partition = a.Partition
	c.strayed.Store(c.caller.AccountID != "" && c.caller.AccountID != caller.AccountID)
	return caller, nil
}

// Caller is who the client was when it was made.
func (c *Client) Caller() CallerIdentity { return c.caller }

// in gives the clients of a region: a topic may be in another one than the queues. Empty is the identity's own.
func (c *Client) in(region string) *services {
	if region == "" {
		region = c.id.Region
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.regions[region]
	if !ok {
		s = c.newServices(region)
		c.regions[region] = s
	}
	return s
}

func (c *Client) newServices(region string) *services {
	cfg := c.cfg.Copy()
	cfg.Region = region
	cfg.APIOptions = append(cfg.APIOptions, c.accounts.throttle.option(c.caller.AccountID, region))
	s := &services{
		region: region, account: c.caller.AccountID,
		elsewhere: c.id.endpoint(c.id.SQSEndpoint) != "", elsewhereKMS: c.id.endpoint(c.id.KMSEndpoint) != "",
		elsewhereCloudWatch: c.id.endpoint(c.id.CloudWatchEndpoint) != "",
		sqs: sqs.NewFromConfig(cfg, func(o *sqs.Options) {
			o.BaseEndpoint = orNil(c.id.endpoint(c.id.SQSEndpoint), o.BaseEndpoint)
		}),
		sns: sns.NewFromConfig(cfg, func(o *sns.Options) {
			o.BaseEndpoint = orNil(c.id.endpoint(c.id.SNSEndpoint), o.BaseEndpoint)
		}),
		kms: kms.NewFromConfig(cfg, func(o *kms.Options) {
			o.BaseEndpoint = orNil(c.id.endpoint(c.id.KMSEndpoint), o.BaseEndpoint)
		}),
		cloudwatch: cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
			o.BaseEndpoint = orNil(c.id.endpoint(c.id.CloudWatchEndpoint), o.BaseEndpoint)
		}),
		tagging: resourcegroupstaggingapi.NewFromConfig(cfg, func(o *resourcegroupstaggingapi.Options) {
			o.BaseEndpoint = orNil(c.id.endpoint(c.id.TaggingEndpoint), o.BaseEndpoint)
		}),
	}
	s.alarms = newAlarmReads(c.accounts.options.Clock, s.describeAlarms)
	return s
}

// call makes one call of the SDK; its error is a *fault.Error that names operation and resource.
func call[In, Out, Opt any](
	ctx context.Context, operation, resource string, f func(context.Context, In, ...func(*Opt)) (Out, error), in In,
) (Out, error) {
	ctx = logr.NewContext(ctx, logr.FromContextOrDiscard(ctx).WithValues("awsResource", resource))
	out, err := f(ctx, in)
	if err != nil {
		var none Out
		return none, classify(operation, resource, err)
	}
	return out, nil
}
