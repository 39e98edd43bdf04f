package localaws

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// apiError is an error as AWS answers it.
type apiError struct {
	// shape is the modelled name, which the JSON protocols put into __type.
	shape string
	// code is what the query protocol answers, and what SDKs show for SQS (header x-amzn-query-error).
	code    string
	status  int
	message string
	// reason is why a policy refused, which AWS does not tell; the log does.
	reason string
}

// Error implements error.
func (e *apiError) Error() string { return e.code + ": " + e.message }

func newError(code string, status int, format string, args ...any) *apiError {
	return &apiError{shape: code, code: code, status: status, message: fmt.Sprintf(format, args...)}
}

// errorCode returns the code of an error that a handler returned, empty for none.
func errorCode(err error) string {
	if err == nil {
		return ""
	}
	return asAPIError(err).code
}

// asAPIError returns the error to answer.
func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return newError("InternalError", http.StatusInternalServerError, "%v", err)
}

// sqsShapes maps the codes of SQS to the modelled names where the two differ.
var sqsShapes = map[string]string{
	codeNoQueue:             "QueueDoesNotExist",
	"QueueAlreadyExists":    "QueueNameExists",
	codeQueueDeleted:        "QueueDeletedRecently",
	codePurgeInProgress:     "PurgeQueueInProgress",
	"InvalidParameterValue": "InvalidParameterValueException",
	"MissingParameter":      "MissingRequiredParameterException",
	"AccessDenied":          "AccessDeniedException",
	"InvalidClientTokenId":  "UnrecognizedClientException",
}

// cloudWatchShapes does the same for CloudWatch.
var cloudWatchShapes = map[string]string{
	"ValidationError":             "ValidationException",
	"LimitExceeded":               "LimitExceededFault",
	"InvalidFormat":               "InvalidFormatFault",
	"InvalidParameterValue":       "InvalidParameterValueException",
	"InvalidParameterCombination": "InvalidParameterCombinationException",
	"MissingParameter":            "MissingRequiredParameterException",
	"InternalServiceError":        "InternalServiceFault",
}

// serviceError makes an error with the modelled name that a service has for the code.
func serviceError(service, code string, status int, format string, args ...any) *apiError {
	err := newError(code, status, format, args...)
	switch service {
	case serviceSQS:
		err.shape = cmp.Or(sqsShapes[code], code)
	case serviceCloudWatch:
		err.shape = cmp.Or(cloudWatchShapes[code], code)
	}
	return err
}

// Codes of SQS that carry a prefix.
const (
	codeNoQueue         = "AWS.SimpleQueueService.NonExistentQueue"
	codeQueueDeleted    = "AWS.SimpleQueueService.QueueDeletedRecently"
	codePurgeInProgress = "AWS.SimpleQueueService.PurgeQueueInProgress"
)

// sqsError makes an error of SQS with status 400.
func sqsError(code, format string, args ...any) *apiError {
	err := newError(code, http.StatusBadRequest, format, args...)
	err.shape = strings.TrimPrefix(code, "AWS.SimpleQueueService.")
	if shape, ok := sqsShapes[code]; ok {
		err.shape = shape
	}
	return err
}

// noQueue: recorded case test_non_existent_queue/queue-does-not-exist.
func noQueue() *apiError { return sqsError(codeNoQueue, "The specified queue does not exist.") }

func unknownAttribute(name string) *apiError {
	return sqsError("InvalidAttributeName", "Unknown Attribute %s.", name)
}

// invalidAttribute refuses a value of a queue attribute; the reason may be empty.
func invalidAttribute(name, reason string) *apiError {
	if reason == "" {
		return sqsError("InvalidAttributeValue", "Invalid value for the parameter %s.", name)
	}
	return sqsError("InvalidAttributeValue", "Invalid value for the parameter %s. Reason: %s", name, reason)
}

// invalidValue refuses a parameter of SQS.
func invalidValue(value, parameter, reason string) *apiError {
	return sqsError("InvalidParameterValue", "Value %s for parameter %s is invalid. Reason: %s", value, parameter, reason)
}

func missingParameter(name string) *apiError {
	return sqsError("MissingParameter", "The request must contain the parameter %s.", name)
}

// snsInvalid makes SNS's InvalidParameter with its usual prefix.
func snsInvalid(format string, args ...any) *apiError {
	return newError("InvalidParameter", http.StatusBadRequest, "Invalid parameter: "+format, args...)
}

func snsMissing(parameter string) *apiError {
	return snsInvalid("%s Reason: no value for required parameter", parameter)
}

// noTopic: recorded case test_create_topic_test_arn/topic-not-exists.
func noTopic() *apiError { return newError("NotFound", http.StatusNotFound, "Topic does not exist") }

// noSubscription: recorded case test_get_subscription_attributes_error_not_exists/get-sub-attrs-nonexistent.
func noSubscription() *apiError {
	return newError("NotFound", http.StatusNotFound, "Subscription does not exist")
}

// notAuthorized is SNS's refusal of a caller from another account.
func notAuthorized(rq *request, resource string) *apiError {
	return newError("AuthorizationError", http.StatusForbidden,
		"User: %s is not authorized to perform: SNS:%s on resource: %s because no resource-based policy allows the SNS:%s action",
		rq.caller.arn, rq.operation, resource, rq.operation)
}
