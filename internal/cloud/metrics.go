package cloud

import (
	"context"
	"errors"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the calls to AWS.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	waited   *prometheus.CounterVec
}

// newMetrics makes the metrics, or finds those that are registered already.
func newMetrics(r prometheus.Registerer) metrics {
	return metrics{
		requests: registered(r, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "skein_aws_requests_total",
			Help: "Calls to AWS, each attempt of the SDK counted, by service, operation and error code (OK, or NoResponse where none came).",
		}, []string{"service", "operation", "code"})),
		duration: registered(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "skein_aws_request_duration_seconds",
			Help: "How long AWS took to answer, by service and operation: each attempt of the SDK, without retries and waits for the rate budget.",
			// Up to the time within which an attempt must come through.
			Buckets: []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, attemptTimeout.Seconds()},
		}, []string{"service", "operation"})),
		waited: registered(r, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "skein_aws_budget_wait_seconds_total",
			Help: "Seconds that calls waited for Skein's own rate budgets, by service and operation.",
		}, []string{"service", "operation"})),
	}
}

// registered gives a collector, or the one that is registered in its place; without a Registerer it is not shown.
func registered[C prometheus.Collector](r prometheus.Registerer, c C) C {
	if r == nil {
		return c
	}
	var already prometheus.AlreadyRegisteredError
	if err := r.Register(c); errors.As(err, &already) {
		if known, ok := already.ExistingCollector.(C); ok {
			return known
		}
	}
	return c
}

// observe counts and times every attempt that was sent: it sits around the deserializers, inside of the SDK's retry and of the throttle.
func (m metrics) observe(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("SkeinRequests", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		began := time.Now()
		out, metadata, err := next.HandleDeserialize(ctx, in)
		operation, code := operationOf(ctx), codeOf(err)
		service, name, _ := strings.Cut(operation, ":")
		m.requests.WithLabelValues(service, name, code).Inc()
		m.duration.WithLabelValues(service, name).Observe(time.Since(began).Seconds())
		id, _ := awsmiddleware.GetRequestIDMetadata(metadata)
		logr.FromContextOrDiscard(ctx).V(1).Info("called AWS", "operation", operation, "code", code, "requestID", id)
		return out, metadata, err
	}), middleware.Before)
}

// codeOf is the error code as AWS gave it.
func codeOf(err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return "OK"
	case errors.As(err, &api):
		return api.ErrorCode()
	default:
		return "NoResponse"
	}
}

// operationOf names the operation as IAM does, such as sqs:CreateQueue.
func operationOf(ctx context.Context) string {
	service := awsmiddleware.GetServiceID(ctx)
	if service == "Resource Groups Tagging API" {
		service = "tag"
	}
	return strings.ToLower(service) + ":" + awsmiddleware.GetOperationName(ctx)
}
