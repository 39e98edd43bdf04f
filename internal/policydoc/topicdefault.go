package policydoc

// SidDefaultTopic is the Sid of the statement that every topic has from its creation.
const SidDefaultTopic = "__default_statement_ID"

// DefaultTopicPolicy is the policy that AWS gives a topic that is created without one (recorded case
// test_create_topic_test_arn/get-topic-attrs). A topic always has a policy; "not managed" is this one, never absence.
func DefaultTopicPolicy(topicARN, account string) Document {
	return Document{
		Version:    "2008-10-17",
		ID:         "__default_policy_ID",
		Statements: []Statement{DefaultTopicStatement(topicARN, account)},
	}
}

// DefaultTopicStatement lets the topic's own account do everything with the topic. A topic that is created with a
// policy must still have it. It counts as foreign.
func DefaultTopicStatement(topicARN, account string) Statement {
	s := allow(SidDefaultTopic, Principals{"AWS": {everyone}}, topicARN,
		"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
		"SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish")
	s.addCondition("StringEquals", "AWS:SourceOwner", account)
	return s
}
