package localaws

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-dev/skein/internal/filterpolicy"
)

// setting returns an attribute as it counts when subscriptions are compared: a scope that was never set is the
// default one.
func (s *subscription) setting(name string) string {
	value := s.attributes[name]
	if name == "FilterPolicyScope" && value == "" {
		return string(filterpolicy.ScopeMessageAttributes)
	}
	return value
}

// applyAll sets the attributes of a new subscription: the scope before the policy that it is for.
func (s *subscription) applyAll(given map[string]string) error {
	names := slices.Sorted(maps.Keys(given))
	slices.SortStableFunc(names, func(a, b string) int { return applyOrder(a) - applyOrder(b) })
	for _, name := range names {
		if reason := s.apply(name, given[name]); reason != "" {
			return snsInvalid("Attributes Reason: %s", reason)
		}
	}
	return nil
}

func applyOrder(name string) int {
	if name == "FilterPolicy" {
		return 1
	}
	return 0
}

// apply sets an attribute of s, a copy that is not stored yet, or returns why SNS would not, see
// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html; recorded cases
// test_validate_set_sub_attributes, test_create_subscriptions_with_attributes.
func (s *subscription) apply(name, value string) (reason string) {
	switch name {
	case "RawMessageDelivery":
		lower, ok := boolean(value)
		if !ok {
			return "RawMessageDelivery: Invalid value [" + value + "]. Must be true or false."
		}
		value = lower
	case "FilterPolicyScope":
		if value != string(filterpolicy.ScopeMessageBody) && value != string(filterpolicy.ScopeMessageAttributes) {
			return "FilterPolicyScope: Invalid value [" + value + "]. Please use either MessageBody or MessageAttributes"
		}
		reason = s.applyFilter(s.attributes["FilterPolicy"], value)
	case "FilterPolicy":
		reason = s.applyFilter(value, s.setting("FilterPolicyScope"))
	case "RedrivePolicy":
		reason = s.redriveFault(value)
	case "DeliveryPolicy":
		if fault := subscriptionDeliveryMembers.fault(value); value != "" && fault != "" {
			reason = name + ": " + fault
		}
	case "ReplayPolicy":
		if value != "" && !json.Valid([]byte(value)) {
			reason = name + ": " + jsonFault(value)
		}
	case "SubscriptionRoleArn":
		if _, ok := parseARN(value); !ok {
			reason = "SubscriptionRoleArn"
		}
	default:
		reason = "AttributeName"
	}
	switch {
	case reason != "":
		return reason
	case value == "":
		delete(s.attributes, name)
	default:
		s.attributes[name] = value
	}
	return ""
}

// applyFilter sets the filter policy that deliveries are matched against, or says why SNS would refuse it under a
// scope.
func (s *subscription) applyFilter(policy, scope string) string {
	parsed, err := filterpolicy.Parse([]byte(policy), filterpolicy.Scope(scope))
	switch {
	case err == nil && policy == "":
		s.filter = nil
		return ""
	case err == nil:
		s.filter = parsed
		return ""
	}
	if reason := err.Error(); strings.HasPrefix(reason, "Filter policy scope") {
		return reason
	}
	return "FilterPolicy: " + err.Error()
}

// redriveFault says why SNS would refuse the RedrivePolicy of a subscription: recorded cases
// test_validate_set_sub_attributes/fake-arn-redrive-policy and test_validations_for_fifo. That the queue exists is not
// checked. A queue's RedrivePolicy has a count besides; here it is unknown.
func (s *subscription) redriveFault(text string) string {
	if text == "" {
		return ""
	}
	var policy struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(text), &policy) != nil {
		return "RedrivePolicy: " + jsonFault(text)
	}
	var keys map[string]any
	_ = json.Unmarshal([]byte(text), &keys)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if key != "deadLetterTargetArn" {
			return "RedrivePolicy: invalid JSON. Attribute " + key + " is unknown."
		}
	}
	target, ok := parseQueueARN(policy.DeadLetterTargetArn)
	switch {
	case !ok:
		return "RedrivePolicy: deadLetterTargetArn is an invalid arn"
	case target.region != s.region || target.account != s.owner:
		return "RedrivePolicy: deadLetterTargetArn must be a queue of the subscription's account and region"
	case s.fifo && !strings.HasSuffix(target.resource, fifoSuffix):
		return "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO subscription"
	}
	return ""
}

// subscription finds the subscription that an operation names, for a caller who may manage it.
func (s *Server) subscription(rq *request, ref subscriptionRef) (*subscription, error) {
	if err := checkARN(rq, "SubscriptionArn", ref.SubscriptionArn); err != nil {
		return nil, err
	}
	sub := s.subscriptions.get(ref.SubscriptionArn, rq.stale)
	switch {
	case sub == nil:
		return nil, noSubscription()
	case !s.mayManage(rq, sub):
		return nil, notAuthorized(rq, sub.arn)
	}
	return sub, nil
}

// getSubscriptionAttributes shows the scope of a filter policy only where there is a policy: recorded cases
// test_set_subscription_filter_policy_scope.
func (s *Server) getSubscriptionAttributes(rq *request, in *subscriptionRef) (*attributesOutput, error) {
	sub, err := s.subscription(rq, *in)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(sub.attributes)
	delete(all, "FilterPolicyScope")
	if all["FilterPolicy"] != "" {
		all["FilterPolicyScope"] = sub.setting("FilterPolicyScope")
	}
	all["SubscriptionArn"], all["TopicArn"], all["Owner"] = sub.arn, sub.topicARN, sub.owner
	all["Protocol"], all["Endpoint"], all["SubscriptionPrincipal"] = sub.protocol, sub.endpoint, sub.principal
	all["PendingConfirmation"] = strconv.FormatBool(sub.pending())
	all["ConfirmationWasAuthenticated"] = strconv.FormatBool(!sub.pending() && sub.authenticated)
	return &attributesOutput{Attributes: s.without(all)}, nil
}

type setSubscriptionAttributesInput struct {
	subscriptionRef
	AttributeName, AttributeValue string
}

func (s *Server) setSubscriptionAttributes(rq *request, in *setSubscriptionAttributesInput) (*nothing, error) {
	sub, err := s.subscription(rq, in.subscriptionRef)
	if err != nil {
		return nil, err
	}
	if in.AttributeName == "" {
		return nil, snsMissing("AttributeName")
	}
	if s.lacks[in.AttributeName] {
		return nil, snsInvalid("AttributeName")
	}
	next := sub.clone()
	if reason := next.apply(in.AttributeName, in.AttributeValue); reason != "" {
		return nil, snsInvalid("%s", reason)
	}
	if err := s.checkFilterQuota(sub, next); err != nil {
		return nil, err
	}
	s.storeSubscription(next)
	return &nothing{}, nil
}
