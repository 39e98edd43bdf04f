package cloud

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/skein-dev/skein/internal/steady"
)

// Times within which one attempt must come through, so that an endpoint that does not answer is known in seconds.
const (
	dialTimeout    = 3 * time.Second
	attemptTimeout = 10 * time.Second
	// connections kept to one endpoint: objects are reconciled side by side.
	idleConnections = 64
	// attempts of one call, the first included.
	attempts = 3
	// sessionName is how the operator's calls under an assumed role show in CloudTrail.
	sessionName = "skein"
)

// credentialsError says that no usable credentials could be had, so that no call was made.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return "getting credentials: " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// provider marks the errors of a credentials provider.
type provider struct{ aws.CredentialsProvider }

func (p provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := p.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	return creds, nil
}

// config is the SDK's configuration for an identity.
func (a *Accounts) config(ctx context.Context, id Identity) (aws.Config, error) {
	with := []func(*config.LoadOptions) error{
		config.WithRegion(id.Region),
		config.WithRetryer(a.retryer),
		// Only a client that the SDK knows can take AWS_CA_BUNDLE; another one is put in afterwards.
		config.WithHTTPClient(newHTTPClient()),
	}
	if id.AccessKeyID != "" {
		with = append(with, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken)))
	}
	if id.Profile != "" {
		with = append(with, config.WithSharedConfigProfile(id.Profile))
	}
	if a.options.TokenCode != nil {
		with = append(with, config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = a.options.TokenCode }))
	}
	cfg, err := config.LoadDefaultConfig(ctx, with...)
	if err != nil {
		return aws.Config{}, &credentialsError{fmt.Errorf("loading the AWS configuration for %s: %w", id, err)}
	}
	if a.options.HTTPClient != nil {
		cfg.HTTPClient = a.options.HTTPClient
	}
	cfg.HTTPClient = steady.Client{Doer: cfg.HTTPClient}
	cfg.APIOptions = append(cfg.APIOptions, a.metrics.observe)
	if id.RoleARN != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(a.newSTS(cfg, id), id.RoleARN,
			func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = sessionName
				if id.ExternalID != "" {
					o.ExternalID = aws.String(id.ExternalID)
				}
			}))
	}
	cfg.Credentials = provider{cfg.Credentials}
	return cfg, nil
}

// newSTS makes the client that tells which account an identity belongs to; until then its budget is nobody's in particular.
func (a *Accounts) newSTS(cfg aws.Config, id Identity) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.BaseEndpoint = orNil(id.endpoint(id.STSEndpoint), o.BaseEndpoint)
		o.APIOptions = append(o.APIOptions, a.throttle.option("", id.Region))
	})
}

func (a *Accounts) retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		if a.retryDelay != nil {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return a.retryDelay(), nil })
		}
	})
}

func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTimeout(attemptTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = idleConnections })
}

// orNil is the endpoint as the SDK wants it; empty leaves what the environment says (AWS_ENDPOINT_URL).
func orNil(endpoint string, otherwise *string) *string {
	if endpoint == "" {
		return otherwise
	}
	return &endpoint
}
