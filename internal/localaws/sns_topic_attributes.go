package localaws

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// topicAttribute is the rule of one attribute of a topic that can be set, see
// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html.
type topicAttribute struct {
	canonical func(value string) (string, bool)
	// clearable attributes become absent when set to "".
	clearable bool
	fifoOnly  bool
}

var topicAttributes = func() map[string]topicAttribute {
	rules := map[string]topicAttribute{
		"DisplayName":               {canonical: displayName},
		"Policy":                    {canonical: anyText},
		"DeliveryPolicy":            {canonical: deliveryPolicy, clearable: true},
		"KmsMasterKeyId":            {canonical: anyText, clearable: true},
		"SignatureVersion":          {canonical: oneOf("1", "2")},
		"TracingConfig":             {canonical: oneOf("PassThrough", "Active")},
		"ContentBasedDeduplication": {canonical: boolean, fifoOnly: true},
		"ArchivePolicy":             {canonical: archivePolicy, clearable: true, fifoOnly: true},
		"FifoThroughputScope":       {canonical: oneOf("Topic", "MessageGroup"), fifoOnly: true},
	}
	for _, protocol := range []string{"HTTP", "Firehose", "Lambda", "Application", "SQS"} {
		rules[protocol+"SuccessFeedbackRoleArn"] = topicAttribute{canonical: anyText, clearable: true}
		rules[protocol+"FailureFeedbackRoleArn"] = topicAttribute{canonical: anyText, clearable: true}
		rules[protocol+"SuccessFeedbackSampleRate"] = topicAttribute{canonical: between(0, 100), clearable: true}
	}
	return rules
}()

func displayName(value string) (string, bool) { return value, len([]rune(value)) <= 100 }

func archivePolicy(value string) (string, bool) {
	var document map[string]any
	err := json.Unmarshal([]byte(value), &document)
	if len(document) == 0 {
		value = ""
	}
	return value, err == nil
}

// apply sets an attribute of t, a copy that is not stored yet, or returns why SNS would not.
func (t *topic) apply(name, value string, creating bool) (reason string) {
	rule, known := topicAttributes[name]
	switch {
	case name == "FifoTopic" && creating:
		if _, ok := boolean(value); !ok {
			return "FifoTopic: Invalid value [" + value + "]. Must be true or false."
		}
		return ""
	case !known:
		return "AttributeName"
	case rule.fifoOnly && !t.fifo:
		return name + " can only be set for FIFO topics"
	case name == "Policy":
		if fault := topicPolicyFault(value, t.arn); fault != "" {
			return fault
		}
	case name == "DeliveryPolicy" && value != "":
		if fault := topicDeliveryMembers.fault(value); fault != "" {
			return name + ": " + fault
		}
	}
	canonical, ok := rule.canonical(value)
	switch {
	case rule.clearable && value == "", ok && canonical == "" && name != "DisplayName":
		delete(t.attributes, name)
	case !ok && strings.HasSuffix(name, "Policy"):
		return name + ": " + jsonFault(value)
	case !ok:
		return name
	default:
		t.attributes[name] = canonical
	}
	return ""
}

// defaultTopicPolicy is what a topic has until another is set: recorded case
// test_create_topic_test_arn/get-topic-attrs.
func defaultTopicPolicy(t *topic) string {
	return fmt.Sprintf(`{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",`+
		`"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes",`+
		`"SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic",`+
		`"SNS:Publish"],"Resource":%q,"Condition":{"StringEquals":{"AWS:SourceOwner":%q}}}]}`, t.arn, t.account)
}

type attributesOutput struct{ Attributes map[string]string }

func (s *Server) getTopicAttributes(rq *request, in *topicRef) (*attributesOutput, error) {
	t, err := s.topic(rq, *in)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.attributes)
	all["TopicArn"], all["Owner"] = t.arn, t.account
	all["EffectiveDeliveryPolicy"] = effectiveDeliveryPolicy(t.attributes["DeliveryPolicy"])
	confirmed, pending := 0, 0
	for _, sub := range s.subscriptions.after(t.arn+":", "", rq.stale) {
		if sub.pending() {
			pending++
		} else {
			confirmed++
		}
	}
	all["SubscriptionsConfirmed"], all["SubscriptionsPending"] = itoa(confirmed), itoa(pending)
	all["SubscriptionsDeleted"] = itoa(t.unsubscribed)
	return &attributesOutput{Attributes: s.without(all)}, nil
}

type setTopicAttributesInput struct {
	topicRef
	AttributeName, AttributeValue string
}

func (s *Server) setTopicAttributes(rq *request, in *setTopicAttributesInput) (*nothing, error) {
	t, err := s.topic(rq, in.topicRef)
	if err != nil {
		return nil, err
	}
	if in.AttributeName == "" {
		return nil, snsMissing("AttributeName")
	}
	if s.lacks[in.AttributeName] {
		return nil, snsInvalid("AttributeName")
	}
	next := t.clone()
	if reason := next.apply(in.AttributeName, in.AttributeValue, false); reason != "" {
		return nil, snsInvalid("%s", reason)
	}
	s.topics.put(next.arn, next)
	return &nothing{}, nil
}

type dataProtectionInput struct {
	ResourceArn          string
	DataProtectionPolicy string `json:",omitempty"`
}

func (in dataProtectionInput) resource(*request) string { return in.ResourceArn }

type dataProtectionOutput struct{ DataProtectionPolicy string }

func (s *Server) getDataProtectionPolicy(rq *request, in *dataProtectionInput) (*dataProtectionOutput, error) {
	t, err := s.topic(rq, topicRef{in.ResourceArn})
	if err != nil {
		return nil, err
	}
	return &dataProtectionOutput{DataProtectionPolicy: t.dataProtection}, nil
}

func (s *Server) putDataProtectionPolicy(rq *request, in *dataProtectionInput) (*nothing, error) {
	t, err := s.topic(rq, topicRef{in.ResourceArn})
	if err != nil {
		return nil, err
	}
	if in.DataProtectionPolicy != "" && !json.Valid([]byte(in.DataProtectionPolicy)) {
		return nil, snsInvalid("DataProtectionPolicy Reason: %s", jsonFault(in.DataProtectionPolicy))
	}
	next := t.clone()
	next.dataProtection = in.DataProtectionPolicy
	s.topics.put(next.arn, next)
	return &nothing{}, nil
}
