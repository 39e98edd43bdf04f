package localaws

import (
	"maps"

	"golang.org/x/time/rate"
)

// Throttle is a token bucket for each account, region and operation, as AWS throttles its APIs. Tokens come by the
// server's clock.
type Throttle struct {
	// Rate is how many calls a second are answered for good.
	Rate float64 `json:"rate"`
	// Burst is how many tokens a full bucket holds; it is full at first.
	Burst int `json:"burst"`
}

// maxBuckets bounds the buckets of a rule: then full ones, which are as good as new, are dropped.
const maxBuckets = 10_000

// bucketKey is what calls share a bucket by.
type bucketKey struct{ account, region, operation string }

// buckets are those of one rule, made at the first call of each.
type buckets struct {
	of  Throttle
	all map[bucketKey]*rate.Limiter
}

func newBuckets(t Throttle) buckets { return buckets{t, map[bucketKey]*rate.Limiter{}} }

// take takes a token for a call, at the time of its arrival, and reports whether there was one.
func (b buckets) take(call Call) bool {
	key := bucketKey{call.Account, call.Region, call.key()}
	bucket := b.all[key]
	if bucket == nil {
		if len(b.all) >= maxBuckets {
			maps.DeleteFunc(b.all, func(_ bucketKey, other *rate.Limiter) bool {
				return other.TokensAt(call.Time) >= float64(b.of.Burst)
			})
		}
		bucket = rate.NewLimiter(rate.Limit(b.of.Rate), b.of.Burst)
		b.all[key] = bucket
	}
	return bucket.AllowN(call.Time, 1)
}

// throttled sets the error with which a service throttles. SQS: seen as
// https://github.com/cloud-custodian/cloud-custodian/issues/2226, the status as
// https://github.com/erlcloud/erlcloud/pull/686. SNS: as https://github.com/amzn/smoke-aws/pull/149; its modelled
// Throttled is not what its control plane sends. Tagging API: as modelled,
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html. The others send the
// common errors, https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html.
func (f *Fault) throttled(service string) {
	code, message := "ThrottlingException", "Rate exceeded"
	switch service {
	case serviceSQS:
		code, message = "RequestThrottled", "Request is throttled."
	case serviceSNS, serviceSTS, serviceCloudWatch:
		code = "Throttling"
	case serviceTag:
		code = "ThrottledException"
	}
	f.Code = code
	if f.Message == "" {
		f.Message = message
	}
}
