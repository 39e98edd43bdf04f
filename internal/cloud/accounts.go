package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"

	"github.com/skein-dev/skein/internal/fault"
)

// Options configure Accounts.
type Options struct {
	// HTTPClient makes the calls; nil is the SDK's own with short timeouts, which honours AWS_CA_BUNDLE.
	HTTPClient aws.HTTPClient
	// Rates are the budgets of calls; the zero value is DefaultRates.
	Rates Rates
	// Clock says how old shared reads are; nil is the real one. Rates and the SDK's retries always take real time.
	Clock clock.PassiveClock
	// Registerer gets the metrics skein_aws_…; nil: they are not shown.
	Registerer prometheus.Registerer
	// TokenCode asks a person for the code of the MFA device that a profile of theirs needs (mfa_serial); nil: such a profile fails.
	TokenCode func() (string, error)
	// Cluster is the id of this cluster, the value of the ownership tag skein.dev/cluster.
	Cluster string
}

// Accounts keeps a verified client for each identity.
type Accounts struct {
	options  Options
	throttle *throttle
	metrics  metrics
	clients  *shared[Identity, opened]
	// retryDelay before each retry; nil is the SDK's.
	retryDelay func() time.Duration
}

// opened is a verified client, or why there is none.
type opened struct {
	client *Client
	fault  *fault.Error
}

// keepFailure is how long a client that could not be verified is not tried again, for all objects that ask for it.
const keepFailure = 2 * time.Second

// NewAccounts makes an empty Accounts.
func NewAccounts(o Options) *Accounts {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	m := newMetrics(o.Registerer)
	return &Accounts{
		options:  o,
		throttle: newThrottle(o.Rates, m.waited),
		metrics:  m,
		clients: newShared[Identity](o.Clock, func(v opened) time.Duration {
			if v.fault != nil {
				return keepFailure
			}
			return 0
		}),
	}
}

// Client gives the client of an identity, verified once by STS's GetCallerIdentity. The error is a *fault.Error; there is never a client
// beside it.
func (a *Accounts) Client(ctx context.Context, id Identity) (*Client, error) {
	v, _, err := a.clients.get(ctx, id, time.Time{}, func(ctx context.Context) (opened, error) {
		client, err := a.open(ctx, id)
		if err != nil && ctx.Err() != nil {
			return opened{}, err
		}
		if err != nil {
			return opened{fault: fault.As(err)}, nil
		}
		return opened{client: client}, nil
	})
	if err != nil {
		return nil, classify("sts:GetCallerIdentity", id.String(), err)
	}
	if v.fault != nil {
		return nil, v.fault
	}
	return v.client, nil
}

// Forget drops the client of an identity and all that it has cached, for example because a Secret changed.
func (a *Accounts) Forget(id Identity) { a.clients.forget(id) }
