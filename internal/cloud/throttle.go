package cloud

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
)

// throttle holds the token buckets of all clients. Those of one account and region share theirs, whatever their identity.
type throttle struct {
	rates Rates
	// waited counts the seconds that calls wait.
	waited *prometheus.CounterVec

	mu      sync.Mutex
	buckets map[bucketKey]*rate.Limiter
}

type bucketKey struct{ account, region, operation string }

func newThrottle(r Rates, waited *prometheus.CounterVec) *throttle {
	return &throttle{rates: r, waited: waited, buckets: map[bucketKey]*rate.Limiter{}}
}

// budgetError is a call that could not be made in time within the budget.
type budgetError struct{ err error }

func (e *budgetError) Error() string { return "waiting for the rate budget: " + e.err.Error() }
func (e *budgetError) Unwrap() error { return e.err }

// wait takes one token, or says why it could not.
func (t *throttle) wait(ctx context.Context, key bucketKey) error {
	b := t.bucket(key)
	if b == nil {
		return nil
	}
	began := time.Now()
	err := b.Wait(ctx)
	service, operation, _ := strings.Cut(key.operation, ":")
	t.waited.WithLabelValues(service, operation).Add(time.Since(began).Seconds())
	if err != nil {
		return &budgetError{err}
	}
	return nil
}

// bucket lets a second's worth of calls through at once.
func (t *throttle) bucket(key bucketKey) *rate.Limiter {
	perSecond, ok := t.rates.perSecond(key.operation)
	if !ok {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.buckets[key]
	if !ok {
		b = rate.NewLimiter(rate.Limit(perSecond), max(1, int(math.Ceil(perSecond))))
		t.buckets[key] = b
	}
	return b
}

// option puts the throttle behind the SDK's retry, so that retries are throttled too.
func (t *throttle) option(account, region string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		mw := middleware.FinalizeMiddlewareFunc("SkeinThrottle", func(
			ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
		) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if err := t.wait(ctx, bucketKey{account, region, operationOf(ctx)}); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		})
		if err := stack.Finalize.Insert(mw, "Retry", middleware.After); err != nil {
			return fmt.Errorf("adding the rate budget to %s: %w", stack.ID(), err)
		}
		return nil
	}
}
