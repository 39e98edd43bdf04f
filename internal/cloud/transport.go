package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

// unreadable is an answer of AWS that makes no sense.
type unreadable struct {
	what string
	err  error
}

func (e *unreadable) Error() string {
	return fmt.Sprintf("reading the %s in the answer: %v", e.what, e.err)
}
func (e *unreadable) Unwrap() error { return e.err }

// transport classifies by what happened on the way, where no code of AWS tells more.
func transport(err error) (fault.Class, string) {
	var (
		budget   *budgetError
		response *awshttp.ResponseError
		send     *smithyhttp.RequestSendError
		network  net.Error
	)
	switch {
	case errors.As(err, &budget):
		return fault.Throttled, v1alpha1.ReasonThrottled
	case errors.Is(err, context.Canceled):
		return fault.Retry, v1alpha1.ReasonProgressing
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusTooManyRequests:
		return fault.Throttled, v1alpha1.ReasonThrottled
	case errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusInternalServerError,
		errors.Is(err, context.DeadlineExceeded), errors.As(err, &send), errors.As(err, &network):
		return fault.Retry, v1alpha1.ReasonUnreachable
	default:
		return fault.Retry, v1alpha1.ReasonAWSError
	}
}

// credentialsFault classifies that no credentials could be had: STS may be throttled or out of reach; all else is for people to correct.
// That the instance metadata service is out of reach only says that this is no EC2 instance.
func credentialsFault(err *credentialsError, f *fault.Error) (fault.Class, string) {
	var operation *smithy.OperationError
	if errors.As(err.err, &operation) {
		switch {
		case operation.Service() == "ec2imds":
			return fault.Denied, v1alpha1.ReasonInvalidCredentials
		case operation.Service() == "STS":
			f.Operation = "sts:" + operation.Operation()
		}
	}
	if f.Class == fault.Throttled || f.Reason == v1alpha1.ReasonUnreachable || errors.Is(err, context.Canceled) {
		return f.Class, f.Reason
	}
	return fault.Denied, v1alpha1.ReasonInvalidCredentials
}

func requestID(err error) string {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.ServiceRequestID()
	}
	return ""
}
