package cloud

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

// reasonLookAgain goes with Conflict: what AWS holds is not what was thought, and the next look tells.
const reasonLookAgain = v1alpha1.ReasonAWSError

// rule is one row of the table of errors.
type rule struct {
	// operation such as sqs:CreateQueue; empty: any.
	operation string
	// code without prefix and without the suffix Exception; one that ends in * is a beginning.
	code string
	// message is a part of AWS's words, only where AWS gives one code for several faults; each has a recorded case.
	message string

	class  fault.Class
	reason string
	after  time.Duration
}

// rules are looked through in order; the first that fits decides. Codes: recorded cases, and
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html.
var rules = []rule{
	// Recorded case test_create_queue_recently_deleted: 60 seconds from the deletion.
	{code: "QueueDeletedRecently", class: fault.Wait, reason: v1alpha1.ReasonQueueDeletedRecently, after: time.Minute},
	{code: "QueueAlreadyExists", class: fault.Conflict, reason: reasonLookAgain},
	// Recorded case test_subscribe_idempotency/subscribe-diff-attributes.
	{operation: "sns:Subscribe", code: "InvalidParameter", message: "already exists with different attributes", class: fault.Conflict, reason: reasonLookAgain},
	// Recorded cases test_create_topic_different_attrs and test_create_duplicate_topic_with_more_tags.
	{operation: "sns:CreateTopic", code: "InvalidParameter", message: "Topic already exists with different", class: fault.Conflict, reason: reasonLookAgain},
	// Recorded cases in filter-policy-validation.json; Subscribe says "Attributes Reason: " before it.
	{operation: "sns:Subscribe", code: "InvalidParameter", message: " FilterPolicy: ", class: fault.Terminal, reason: v1alpha1.ReasonInvalidFilterPolicy},
	{operation: "sns:SetSubscriptionAttributes", code: "InvalidParameter", message: " FilterPolicy: ", class: fault.Terminal, reason: v1alpha1.ReasonInvalidFilterPolicy},
	// Recorded case test_start_multiple_move_tasks.
	{operation: "sqs:StartMessageMoveTask", code: "InvalidParameterValue", message: "already a task running", class: fault.Wait, reason: v1alpha1.ReasonAnotherRedrive, after: 15 * time.Second},
	// Recorded case test_source_needs_redrive_policy: no queue has the source for its dead letters (yet).
	{operation: "sqs:StartMessageMoveTask", code: "InvalidParameterValue", message: "must be configured as a Dead Letter Queue", class: fault.Wait, reason: v1alpha1.ReasonConsumerQueueNotReady, after: time.Minute},
	// Recorded case test_cancel_with_invalid_task_handle; the handle of a task that has ended meanwhile is none any more.
	{operation: "sqs:CancelMessageMoveTask", code: "InvalidParameterValue", message: "", class: fault.Conflict, reason: reasonLookAgain},
	// The quota of filter policies: nobody announces when there is room again
	// (https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html).
	{code: "FilterPolicyLimitExceeded", class: fault.Wait, reason: v1alpha1.ReasonFilterPolicyLimit, after: 10 * time.Minute},
	// The quota of alarms: nobody announces when there is room again
	// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html#API_PutMetricAlarm_Errors).
	{operation: putMetricAlarm, code: "LimitExceeded*", class: fault.Wait, reason: v1alpha1.ReasonAlarmLimit, after: 10 * time.Minute},
	// Recorded case test_subscribe_unknown_topic.
	{operation: "sns:Subscribe", code: "NotFound", class: fault.Retry, reason: v1alpha1.ReasonTopicNotFound},
	// The dead-letter queue of the new queue is not there.
	{operation: "sqs:CreateQueue", code: "NonExistentQueue", class: fault.Retry, reason: v1alpha1.ReasonAWSError},
	// A message that the queue refuses at every try: recorded cases test_send_message_with_invalid_payload_characters and
	// test_send_batch_missing_deduplication_id_for_fifo_queue; of its size it says "Message must be shorter than 262144 bytes";
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html#API_SendMessageBatch_Errors.
	{operation: "sqs:SendMessage", code: "InvalidParameterValue", class: fault.Terminal, reason: v1alpha1.ReasonMessagesRefused},
	{operation: "sqs:SendMessage", code: "InvalidMessageContents", class: fault.Terminal, reason: v1alpha1.ReasonMessagesRefused},
	{operation: "sqs:SendMessage", code: "MissingParameter", class: fault.Terminal, reason: v1alpha1.ReasonMessagesRefused},
	{operation: "sqs:SendMessage", code: "BatchRequestTooLong", class: fault.Terminal, reason: v1alpha1.ReasonMessagesRefused},
	{code: "NonExistentQueue", class: fault.Conflict, reason: reasonLookAgain},
	{code: "NotFound", class: fault.Conflict, reason: reasonLookAgain},
	{code: "ResourceNotFound", class: fault.Conflict, reason: reasonLookAgain},
	// What stands in KmsMasterKeyId is no ARN of a key: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html#API_DescribeKey_Errors.
	{code: "InvalidArn", class: fault.Conflict, reason: reasonLookAgain},

	{code: "InvalidClientTokenId", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "UnrecognizedClient", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "InvalidAccessKeyId", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "Signature*", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "InvalidSignature", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "IncompleteSignature", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "ExpiredToken", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "RequestExpired", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "MissingAuthenticationToken", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "InvalidSecurity", class: fault.Denied, reason: v1alpha1.ReasonInvalidCredentials},
	{code: "AccessDenied", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},
	{code: "AuthorizationError", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},
	{code: "NotAuthorized", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},
	{code: "UnauthorizedOperation", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},
	{code: "OptInRequired", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},
	{code: "KMSAccessDenied", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},
	{code: "KmsAccessDenied", class: fault.Denied, reason: v1alpha1.ReasonAccessDenied},

	// Seen in the wild: Throttled, Throttling, ThrottlingException, ThrottledException.
	{code: "Throttl*", class: fault.Throttled, reason: v1alpha1.ReasonThrottled},
	{code: "RequestThrottled", class: fault.Throttled, reason: v1alpha1.ReasonThrottled},
	{code: "RequestLimitExceeded", class: fault.Throttled, reason: v1alpha1.ReasonThrottled},
	{code: "TooManyRequests", class: fault.Throttled, reason: v1alpha1.ReasonThrottled},
	{code: "SlowDown", class: fault.Throttled, reason: v1alpha1.ReasonThrottled},
	{code: "KmsThrottled", class: fault.Throttled, reason: v1alpha1.ReasonThrottled},

	{code: "Internal*", class: fault.Retry, reason: v1alpha1.ReasonUnreachable},
	{code: "ServiceUnavailable", class: fault.Retry, reason: v1alpha1.ReasonUnreachable},
	{code: "KMSInternal", class: fault.Retry, reason: v1alpha1.ReasonUnreachable},
	{code: "DependencyTimeout", class: fault.Retry, reason: v1alpha1.ReasonUnreachable},
}

// classify turns an error of a call into a *fault.Error; one that is there already stays as it is.
func classify(operation, resource string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	f := &fault.Error{Operation: operation, Resource: resource, Err: err}
	f.Class, f.Reason = transport(err)
	var api smithy.APIError
	if !errors.As(err, &api) {
		f.Message = unanswered(err)
	} else {
		f.Code, f.Message = api.ErrorCode(), spoken(api.ErrorMessage())
		f.RequestID = requestID(err)
		if r, ok := match(operation, f.Code, f.Message); ok {
			f.Class, f.Reason, f.After = r.class, r.reason, r.after
		}
	}
	var creds *credentialsError
	if errors.As(err, &creds) {
		f.Class, f.Reason = credentialsFault(creds, f)
	}
	return f
}

// spoken is the first paragraph of AWS's words. What may follow a blank line is the request as AWS saw it: with a signature that does not match
// that has the session token in it, which must not get into a status or a log
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html).
func spoken(message string) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(message, "\r\n", "\n"), "\n\n")
	return first
}

// match finds the first rule for an error. What no rule knows is left to whoever asks: Retry, with AWS's own words.
func match(operation, code, message string) (rule, bool) {
	code = plain(code)
	for _, r := range rules {
		begin, isPrefix := strings.CutSuffix(r.code, "*")
		fits := code == r.code || isPrefix && strings.HasPrefix(code, begin)
		if fits && (r.operation == "" || r.operation == operation) && strings.Contains(message, r.message) {
			return r, true
		}
	}
	return rule{}, false
}

// plain takes from a code what differs between protocols and emulators, and gives one of two names for the same fault.
func plain(code string) string {
	code = strings.TrimPrefix(code, "AWS.SimpleQueueService.")
	code = strings.TrimPrefix(code, "KMS.")
	code = strings.TrimSuffix(code, "Exception")
	switch code {
	case "QueueDoesNotExist":
		return "NonExistentQueue"
	case "QueueNameExists":
		return "QueueAlreadyExists"
	default:
		return code
	}
}

// isAbsent says that the resource of a call does not exist.
func isAbsent(err error) bool {
	f := fault.As(err)
	if f == nil {
		return false
	}
	switch plain(f.Code) {
	case "NonExistentQueue", "NotFound", "ResourceNotFound", "InvalidArn":
		return true
	default:
		return false
	}
}

// isDenied says that the call is not permitted, while the credentials are good.
func isDenied(err error) bool {
	f := fault.As(err)
	return f != nil && f.Class == fault.Denied && f.Reason == v1alpha1.ReasonAccessDenied
}

// isFilterLimit says that there is no room for another filter policy.
func isFilterLimit(f *fault.Error) bool {
	return f != nil && plain(f.Code) == "FilterPolicyLimitExceeded"
}

// isOwnPolicy says of a denied call that the caller's own policies do not permit it, not those of the resource
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
func isOwnPolicy(f *fault.Error) bool { return strings.Contains(f.Message, "identity-based policy") }

// isUnknownOperation says by its code that a service does not have an operation, or a part of it: AWS GovCloud answered InvalidAction to
// ListQueueTags (https://github.com/hashicorp/terraform-provider-aws/pull/3376), SQS documents UnsupportedOperation for tags.
func isUnknownOperation(f *fault.Error) bool {
	switch plain(f.Code) {
	case "UnknownOperation", "UnsupportedOperation", "InvalidAction", "NotImplemented":
		return true
	default:
		return false
	}
}

// unknownAttributeWords are what SQS and SNS say of an attribute that they do not have, in SQS with the code InvalidAttributeName
// (recorded case test_set_unsupported_attribute_standard), in SNS with InvalidParameter when something is created
// (https://github.com/hashicorp/terraform-provider-aws/pull/22282).
var unknownAttributeWords = regexp.MustCompile(`(?i)\bunknown attribute:? (\w+)`)

// unknownAttribute names the attribute of a call that AWS says it does not have; empty for any other fault. When SNS is asked to set one
// attribute it does not repeat the name (recorded case test_topic_get_attributes_with_fifo_false).
func unknownAttribute(f *fault.Error, sent map[string]string) string {
	code := plain(f.Code)
	if code != "InvalidAttributeName" && code != "InvalidParameter" {
		return ""
	}
	if words := unknownAttributeWords.FindStringSubmatch(f.Message); words != nil {
		return words[1]
	}
	if code == "InvalidParameter" && f.Message == "Invalid parameter: AttributeName" && len(sent) == 1 {
		for name := range sent {
			return name
		}
	}
	return ""
}

// isUnsupported says that the service does not have the operation. Some emulators say so with a failure that has no error code, which
// is also how a broken proxy looks: only to be asked where an emulator may be.
func isUnsupported(err error) bool {
	f := fault.As(err)
	if f == nil {
		return false
	}
	if isUnknownOperation(f) {
		return true
	}
	if f.Code == "UnknownError" {
		// The SDK's word for an error without a code; with a status of the server's side it is one of the way there.
		return f.Reason == v1alpha1.ReasonAWSError
	}
	var body *smithy.DeserializationError
	return f.Code == "" && errors.As(f.Err, &body)
}
