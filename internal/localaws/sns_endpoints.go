package localaws

import (
	"regexp"
	"strings"
)

// Forms of endpoints that SNS checks when it is asked to subscribe them.
var (
	smsNumber = regexp.MustCompile(`^\+?\d+([-./]?\d+)*$`)
	emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

// checkEndpoint checks protocol and endpoint, see https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html;
// recorded cases test_subscribe_sqs_queue_url, test_subscribe_invalid_sms, test_validations_for_fifo. The queue need
// not exist.
func checkEndpoint(in *subscribeInput) error {
	if in.Protocol == "" {
		return snsMissing("Protocol")
	}
	wrong := snsInvalid("Endpoint must match the specified protocol")
	switch in.Protocol {
	case "sqs":
		return checkQueueEndpoint(in)
	case "http", "https":
		if !strings.HasPrefix(in.Endpoint, in.Protocol+"://") {
			return wrong
		}
	case "email", "email-json":
		if !emailForm.MatchString(in.Endpoint) {
			return snsInvalid("Email address")
		}
	case "sms":
		if !smsNumber.MatchString(in.Endpoint) {
			return newError("InvalidParameter", 400, "Invalid SMS endpoint: %s", in.Endpoint)
		}
	case "lambda", "firehose", "application":
		if _, ok := parseARN(in.Endpoint); !ok {
			return wrong
		}
		if in.Protocol == "firehose" && in.Attributes["SubscriptionRoleArn"] == "" {
			return snsInvalid("Attributes Reason: SubscriptionRoleArn: no value for required attribute of protocol firehose")
		}
	default:
		return snsInvalid("Amazon SNS does not support this protocol string: %s", in.Protocol)
	}
	if strings.HasSuffix(in.TopicArn, fifoSuffix) {
		return snsInvalid("Invalid protocol type: %s", in.Protocol)
	}
	return nil
}

func checkQueueEndpoint(in *subscribeInput) error {
	if _, ok := parseQueueARN(in.Endpoint); !ok {
		return snsInvalid("SQS endpoint ARN")
	}
	if strings.HasSuffix(in.Endpoint, fifoSuffix) && !strings.HasSuffix(in.TopicArn, fifoSuffix) {
		return snsInvalid("Invalid parameter: Endpoint Reason: " +
			"FIFO SQS Queues can not be subscribed to standard SNS topics")
	}
	return nil
}

// needsConfirmation: queues, functions and the like of the caller's own account are confirmed at once, and so are
// phone numbers; all else must agree.
func (s *subscription) needsConfirmation(caller identity) bool {
	switch s.protocol {
	case "sms":
		return false
	case "http", "https", "email", "email-json":
		return true
	default:
		endpoint, _ := parseARN(s.endpoint)
		return endpoint.account != caller.account
	}
}
