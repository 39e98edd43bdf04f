package localaws

import (
	"encoding/json"
	"maps"
)

// defaultDeliveryPolicy is how SNS delivers to HTTP endpoints unless a DeliveryPolicy says otherwise: recorded case
// test_create_topic_test_arn/get-topic-attrs.
const defaultDeliveryPolicy = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,` +
	`"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},` +
	`"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

// deliveryPolicyDocument is a DeliveryPolicy: settings by protocol, of which there is one, http.
type deliveryPolicyDocument map[string]map[string]any

// deliveryPolicy is the form in which SNS keeps a DeliveryPolicy: null members dropped, disableSubscriptionOverrides
// added (recorded cases test_topic_delivery_policy_crud).
func deliveryPolicy(text string) (string, bool) {
	var policy deliveryPolicyDocument
	if text == "" {
		return "", true
	}
	if json.Unmarshal([]byte(text), &policy) != nil || policy == nil {
		return "", false
	}
	for protocol, settings := range policy {
		if settings == nil {
			settings = map[string]any{}
			policy[protocol] = settings
		}
		maps.DeleteFunc(settings, func(_ string, value any) bool { return value == nil })
		if _, given := settings["disableSubscriptionOverrides"]; !given {
			settings["disableSubscriptionOverrides"] = false
		}
	}
	canonical, err := json.Marshal(policy)
	return string(canonical), err == nil
}

// effectiveDeliveryPolicy lays a kept DeliveryPolicy over the default, member by member.
func effectiveDeliveryPolicy(kept string) string {
	if kept == "" {
		return defaultDeliveryPolicy
	}
	var policy, effective deliveryPolicyDocument
	_ = json.Unmarshal([]byte(kept), &policy)
	_ = json.Unmarshal([]byte(defaultDeliveryPolicy), &effective)
	for name, value := range policy["http"] {
		inner, isObject := value.(map[string]any)
		base, hasBase := effective["http"][name].(map[string]any)
		if isObject && hasBase {
			maps.Copy(base, inner)
		} else {
			effective["http"][name] = value
		}
	}
	text, _ := json.Marshal(effective)
	return string(text)
}
