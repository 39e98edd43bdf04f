package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

// api is an error as a service answers it.
func api(status int, code, message string) error {
	return &smithy.OperationError{ServiceID: "X", OperationName: "Y", Err: &awshttp.ResponseError{
		RequestID: "req-1",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message},
		},
	}}
}

func TestErrorTable(t *testing.T) {
	override := "AWS.SimpleQueueService.NonExistentQueue"
	cases := map[string]struct {
		operation string
		err       error
		class     fault.Class
		reason    string
		after     time.Duration
	}{
		"P40 QueueDeletedRecently":             {"sqs:CreateQueue", api(400, "AWS.SimpleQueueService.QueueDeletedRecently", "wait"), fault.Wait, v1alpha1.ReasonQueueDeletedRecently, time.Minute},
		"P40 without prefix":                   {"sqs:CreateQueue", api(400, "QueueDeletedRecently", "wait"), fault.Wait, v1alpha1.ReasonQueueDeletedRecently, time.Minute},
		"queue with other attributes":          {"sqs:CreateQueue", api(400, "QueueAlreadyExists", "different"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"its modelled name":                    {"sqs:CreateQueue", api(400, "QueueNameExists", "different"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"missing queue":                        {"sqs:SetQueueAttributes", api(400, override, ""), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"missing queue by type":                {"sqs:SetQueueAttributes", &types.QueueDoesNotExist{ErrorCodeOverride: &override}, fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"missing queue without query code":     {"sqs:SetQueueAttributes", &types.QueueDoesNotExist{}, fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"missing dead-letter queue":            {"sqs:CreateQueue", api(400, override, ""), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"P29 subscription differs":             {"sns:Subscribe", api(400, "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"topic differs":                        {"sns:CreateTopic", api(400, "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"topic's tags differ":                  {"sns:CreateTopic", api(400, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"filter policy refused by Subscribe":   {"sns:Subscribe", api(400, "InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy is too complex"), fault.Terminal, v1alpha1.ReasonInvalidFilterPolicy, 0},
		"filter policy refused by Set":         {"sns:SetSubscriptionAttributes", api(400, "InvalidParameter", "Invalid parameter: FilterPolicy: Empty arrays are not allowed"), fault.Terminal, v1alpha1.ReasonInvalidFilterPolicy, 0},
		"redrive policy is another fault":      {"sns:SetSubscriptionAttributes", api(400, "InvalidParameter", "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"Subscribe on a missing topic":         {"sns:Subscribe", api(404, "NotFound", "Topic does not exist"), fault.Retry, v1alpha1.ReasonTopicNotFound, 0},
		"a move task runs already":             {"sqs:StartMessageMoveTask", api(400, "InvalidParameterValue", "There is already a task running. Only one active task is allowed for a source queue arn at a given time."), fault.Wait, v1alpha1.ReasonAnotherRedrive, 15 * time.Second},
		"nobody's dead-letter queue":           {"sqs:StartMessageMoveTask", api(400, "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."), fault.Wait, v1alpha1.ReasonConsumerQueueNotReady, time.Minute},
		"the move's destination is missing":    {"sqs:StartMessageMoveTask", api(404, "ResourceNotFoundException", "The resource that you specified for the DestinationArn parameter doesn't exist."), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"task handle is none":                  {"sqs:CancelMessageMoveTask", api(400, "InvalidParameterValue", "Value for parameter TaskHandle is invalid."), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"missing subscription":                 {"sns:SetSubscriptionAttributes", api(404, "NotFound", "Subscription does not exist"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"as many alarms as may be":             {"cloudwatch:PutMetricAlarm", api(400, "LimitExceeded", "no"), fault.Wait, v1alpha1.ReasonAlarmLimit, 10 * time.Minute},
		"the quota by its modelled name":       {"cloudwatch:PutMetricAlarm", api(400, "LimitExceededFault", "no"), fault.Wait, v1alpha1.ReasonAlarmLimit, 10 * time.Minute},
		"a limit of something else":            {"sqs:CreateQueue", api(400, "LimitExceeded", "no"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"alarm missing at tagging":             {"cloudwatch:TagResource", api(404, "ResourceNotFoundException", ""), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"an alarm that AWS does not take":      {"cloudwatch:PutMetricAlarm", api(400, "ValidationError", "no"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"CloudWatch itself fails":              {"cloudwatch:PutMetricAlarm", api(500, "InternalServiceFault", ""), fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"topic missing at tagging":             {"sns:TagResource", api(404, "ResourceNotFound", ""), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"not permitted, SQS":                   {"sqs:GetQueueUrl", api(403, "AccessDenied", "no"), fault.Denied, v1alpha1.ReasonAccessDenied, 0},
		"not permitted, tagging API":           {"tag:GetResources", api(400, "AccessDeniedException", "no"), fault.Denied, v1alpha1.ReasonAccessDenied, 0},
		"not permitted, SNS":                   {"sns:Subscribe", api(403, "AuthorizationError", "no"), fault.Denied, v1alpha1.ReasonAccessDenied, 0},
		"key not permitted":                    {"sqs:CreateQueue", api(400, "KMS.AccessDeniedException", "no"), fault.Denied, v1alpha1.ReasonAccessDenied, 0},
		"what is no ARN of a key":              {"kms:DescribeKey", api(400, "InvalidArnException", "no"), fault.Conflict, v1alpha1.ReasonAWSError, 0},
		"KMS itself fails":                     {"kms:DescribeKey", api(400, "KMSInternalException", ""), fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"KMS waits for something":              {"kms:DescribeKey", api(400, "DependencyTimeoutException", ""), fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"P55 unknown key":                      {"sqs:GetQueueUrl", api(403, "InvalidClientTokenId", "no"), fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"P55 unknown key, JSON":                {"sqs:GetQueueUrl", api(400, "UnrecognizedClientException", "no"), fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"P55 wrong secret":                     {"sqs:GetQueueUrl", api(403, "SignatureDoesNotMatch", "no"), fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"P55 expired":                          {"sqs:GetQueueUrl", api(403, "ExpiredTokenException", "no"), fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"P55 no credentials":                   {"sqs:GetQueueUrl", &credentialsError{errors.New("none")}, fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"STS does not let assume":              {"sqs:GetQueueUrl", &credentialsError{api(403, "AccessDenied", "no")}, fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"STS throttles":                        {"sqs:GetQueueUrl", &credentialsError{api(400, "Throttling", "slow")}, fault.Throttled, v1alpha1.ReasonThrottled, 0},
		"STS is out of reach":                  {"sqs:GetQueueUrl", &credentialsError{&smithy.OperationError{ServiceID: "STS", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}}, fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"no EC2 instance":                      {"sqs:GetQueueUrl", &credentialsError{&smithy.OperationError{ServiceID: "ec2imds", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}}, fault.Denied, v1alpha1.ReasonInvalidCredentials, 0},
		"throttled, SNS":                       {"sns:Subscribe", api(429, "Throttled", ""), fault.Throttled, v1alpha1.ReasonThrottled, 0},
		"throttled in the wild":                {"sns:Subscribe", api(400, "ThrottlingException", "Rate exceeded"), fault.Throttled, v1alpha1.ReasonThrottled, 0},
		"throttled, SQS":                       {"sqs:GetQueueUrl", api(403, "RequestThrottled", ""), fault.Throttled, v1alpha1.ReasonThrottled, 0},
		"throttled without a known code":       {"sqs:GetQueueUrl", api(429, "Busy", ""), fault.Throttled, v1alpha1.ReasonThrottled, 0},
		"our own budget":                       {"sqs:GetQueueUrl", &budgetError{context.DeadlineExceeded}, fault.Throttled, v1alpha1.ReasonThrottled, 0},
		"internal error":                       {"sns:Subscribe", api(500, "InternalError", ""), fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"a proxy's error":                      {"sns:Subscribe", api(503, "UnknownError", ""), fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"no connection":                        {"sns:Subscribe", &smithyhttp.RequestSendError{Err: errors.New("refused")}, fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"timeout":                              {"sns:Subscribe", fmt.Errorf("doing: %w", context.DeadlineExceeded), fault.Retry, v1alpha1.ReasonUnreachable, 0},
		"called off":                           {"sns:Subscribe", fmt.Errorf("doing: %w", context.Canceled), fault.Retry, v1alpha1.ReasonProgressing, 0},
		"a value that AWS does not take":       {"sqs:CreateQueue", api(400, "InvalidAttributeValue", "no"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"a parameter that AWS does not take":   {"sqs:CreateQueue", api(400, "InvalidParameterValue", "no"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"a code that nobody has seen":          {"sqs:CreateQueue", api(400, "Surprise", "no"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"P29's words from another operation":   {"sns:SetSubscriptionAttributes", api(400, "InvalidParameter", "already exists with different attributes"), fault.Retry, v1alpha1.ReasonAWSError, 0},
		"an error classified before stays one": {"sns:Subscribe", fmt.Errorf("doing: %w", &fault.Error{Class: fault.Wait, Reason: v1alpha1.ReasonSettling}), fault.Wait, v1alpha1.ReasonSettling, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := classify(c.operation, "thing", c.err)
			asFault(t, err, c.class, c.reason)
			if f := fault.As(err); f.After != c.after {
				t.Errorf("after %s, want %s", f.After, c.after)
			}
		})
	}
}

// After a blank line AWS may repeat the request, session token and all.
func TestFaultsTellWhatAWSSaid(t *testing.T) {
	for _, message := range []string{"no way", "no way\n\nThe Canonical String for this request should have been\n'POST", "no way\r\n\r\nx-amz-security-token:t"} {
		f := fault.As(classify("sqs:CreateQueue", "billing", api(400, "Surprise", message)))
		const want = "calling sqs:CreateQueue for billing: Surprise: no way (request req-1)"
		if got := f.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
