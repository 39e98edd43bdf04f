package localaws

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// deliveryMembers are the objects of a DeliveryPolicy by path ("" for the document itself), each with its members, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html.
type deliveryMembers map[string][]string

var (
	retryMembers = []string{
		"backoffFunction", "maxDelayTarget", "minDelayTarget", "numMaxDelayRetries", "numMinDelayRetries",
		"numNoDelayRetries", "numRetries",
	}
	throttleMembers = []string{"maxReceivesPerSecond"}
	requestMembers  = []string{"headerContentType"}

	topicDeliveryMembers = deliveryMembers{
		"": {"http"},
		"http": {
			"defaultHealthyRetryPolicy", "defaultRequestPolicy", "defaultSicklyRetryPolicy", "defaultThrottlePolicy",
			"disableSubscriptionOverrides",
		},
		"http.defaultHealthyRetryPolicy": retryMembers, "http.defaultSicklyRetryPolicy": retryMembers,
		"http.defaultThrottlePolicy": throttleMembers, "http.defaultRequestPolicy": requestMembers,
	}
	subscriptionDeliveryMembers = deliveryMembers{
		"":                   {"guaranteed", "healthyRetryPolicy", "requestPolicy", "sicklyRetryPolicy", "throttlePolicy"},
		"healthyRetryPolicy": retryMembers, "sicklyRetryPolicy": retryMembers,
		"throttlePolicy": throttleMembers, "requestPolicy": requestMembers,
	}
)

// deliveryNumbers bounds the numbers of a DeliveryPolicy.
var deliveryNumbers = map[string]struct{ low, high float64 }{
	"minDelayTarget": {1, 3600}, "maxDelayTarget": {1, 3600}, "numRetries": {0, 100}, "numNoDelayRetries": {0, 100},
	"numMinDelayRetries": {0, 100}, "numMaxDelayRetries": {0, 100}, "maxReceivesPerSecond": {1, 1e9},
}

// fault says why SNS would refuse a DeliveryPolicy, empty for not at all.
func (known deliveryMembers) fault(text string) string {
	var document map[string]any
	if json.Unmarshal([]byte(text), &document) != nil {
		return jsonFault(text)
	}
	return known.objectFault("", document)
}

// objectFault checks one object of the document; a null member is as good as none.
func (known deliveryMembers) objectFault(path string, object map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		inner := path + "." + name
		if path == "" {
			inner = name
		}
		value := object[name]
		_, isObject := known[inner]
		switch {
		case !slices.Contains(known[path], name):
			return "Unexpected JSON member: " + name
		case value == nil:
		case isObject:
			nested, ok := value.(map[string]any)
			if !ok {
				return inner + " must be a JSON object"
			}
			if fault := known.objectFault(inner, nested); fault != "" {
				return fault
			}
		default:
			if fault := deliveryNumberFault(inner, name, value); fault != "" {
				return fault
			}
		}
	}
	if slices.Equal(known[path], retryMembers) {
		return retryFault(path, object)
	}
	return ""
}

func deliveryNumberFault(path, name string, value any) string {
	bounds, isNumber := deliveryNumbers[name]
	if !isNumber {
		return ""
	}
	n, ok := value.(float64)
	switch {
	case !ok:
		return path + " must be a number"
	case n < bounds.low:
		return fmt.Sprintf("%s must be greater than or equal to %g", path, bounds.low)
	case n > bounds.high:
		return fmt.Sprintf("%s must be less than or equal to %g", path, bounds.high)
	}
	return ""
}

// retryFault checks what belongs together in a retry policy.
func retryFault(path string, policy map[string]any) string {
	for _, name := range []string{"minDelayTarget", "maxDelayTarget", "numRetries"} {
		if policy[name] == nil {
			return path + "." + name + " must be specified"
		}
	}
	number := func(name string) float64 {
		n, _ := policy[name].(float64)
		return n
	}
	switch {
	case number("maxDelayTarget") < number("minDelayTarget"):
		return path + ".maxDelayTarget must be greater than or equal to minDelayTarget"
	case number("numRetries") < number("numNoDelayRetries")+number("numMinDelayRetries")+number("numMaxDelayRetries"):
		return path + ".numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries"
	}
	return ""
}
