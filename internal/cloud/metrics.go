package cloud

import (
	"context"
	"errors"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
)

// newRequests makes the metric of calls, or finds the one that is registered already.
func newRequests(r prometheus.Registerer) *prometheus.CounterVec {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "skein_aws_requests_total",
		Help: "Calls to AWS, each attempt of the SDK counted, by service, operation and error code (OK, or NoResponse where none came).",
	}, []string{"service", "operation", "code"})
	if r == nil {
		return requests
	}
	var already prometheus.AlreadyRegisteredError
	if err := r.Register(requests); errors.As(err, &already) {
		if known, ok := already.ExistingCollector.(*prometheus.CounterVec); ok {
			return known
		}
	}
	return requests
}

// count observes every attempt that was sent: it sits around the deserializers, inside of the SDK's retry and of the throttle.
func count(requests *prometheus.CounterVec) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("SkeinRequests", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			operation, code := operationOf(ctx), codeOf(err)
			service, name, _ := strings.Cut(operation, ":")
			requests.WithLabelValues(service, name, code).Inc()
			id, _ := awsmiddleware.GetRequestIDMetadata(metadata)
			logr.FromContextOrDiscard(ctx).V(1).Info("called AWS", "operation", operation, "code", code, "requestID", id)
			return out, metadata, err
		}), middleware.Before)
	}
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
