package policydoc

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func topicARN(region, name string) string { return "arn:aws:sns:" + region + ":111122223333:" + name }

// P21: with several topics the policy named the wrong ARN (peers). Every topic of the queue is named, the resource is
// the queue the statement is for.
func TestP21RightARNPerQueue(t *testing.T) {
	grants := []TopicGrant{
		{TopicARN: topicARN("eu-west-1", "orders"), Principal: snsPrincipal},
		{TopicARN: topicARN("me-south-1", "gulf"), Principal: "sns.me-south-1.amazonaws.com"},
		{TopicARN: topicARN("eu-west-1", "billing"), Principal: snsPrincipal},
		{TopicARN: topicARN("eu-west-1", "orders"), Principal: snsPrincipal},
	}
	for _, resource := range []string{queue, queue + "-other"} {
		want := []Statement{
			{
				Sid: "SkeinTopics", Effect: "Allow", Principal: Principals{"Service": {"sns.amazonaws.com"}},
				Action: []string{"sqs:SendMessage"}, Resource: []string{resource},
				Condition: map[string]map[string][]string{"ArnEquals": {"aws:SourceArn": {
					topicARN("eu-west-1", "billing"), topicARN("eu-west-1", "orders"),
				}}},
			},
			{
				Sid: "SkeinTopicsMeSouth1", Effect: "Allow", Principal: Principals{"Service": {"sns.me-south-1.amazonaws.com"}},
				Action: []string{"sqs:SendMessage"}, Resource: []string{resource},
				Condition: map[string]map[string][]string{"ArnEquals": {"aws:SourceArn": {topicARN("me-south-1", "gulf")}}},
			},
		}
		if diff := cmp.Diff(want, Topics(resource, grants)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", resource, diff)
		}
		want[0].Sid, want[1].Sid = "SkeinUndelivered", "SkeinUndeliveredMeSouth1"
		if diff := cmp.Diff(want, Undelivered(resource, grants)); diff != "" {
			t.Errorf("undelivered %s (-want +got):\n%s", resource, diff)
		}
	}
	if got := Topics(queue, nil); got != nil {
		t.Errorf("without topics %v", got)
	}
}

func TestCallers(t *testing.T) {
	condition := func(operator, key, value string) map[string]map[string][]string {
		return map[string]map[string][]string{operator: {key: {value}}}
	}
	bucket := Caller{Service: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::bucket", SourceAccount: "111122223333"}
	both := condition("ArnEquals", "aws:SourceArn", "arn:aws:s3:::bucket")
	both["StringEquals"] = map[string][]string{"aws:SourceAccount": {"111122223333"}}
	tests := map[string]struct {
		caller Caller
		want   map[string]map[string][]string
	}{
		"both":     {bucket, both},
		"wildcard": {Caller{Service: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::b*"}, condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::b*")},
		"one char": {Caller{Service: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::b?"}, condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::b?")},
		"account":  {Caller{Service: "s3.amazonaws.com", SourceAccount: "1"}, condition("StringEquals", "aws:SourceAccount", "1")},
		"neither":  {Caller{Service: "s3.amazonaws.com"}, nil},
	}
	sids := map[string]string{}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Senders(queue, []Caller{tt.caller, tt.caller})
			want := []Statement{{
				Sid: SidSender + tt.caller.hash(), Effect: "Allow", Principal: Principals{"Service": {"s3.amazonaws.com"}},
				Action: []string{"sqs:SendMessage"}, Resource: []string{queue}, Condition: tt.want,
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if other, taken := sids[got[0].Sid]; taken {
				t.Errorf("%s and %s have one Sid", name, other)
			}
			sids[got[0].Sid] = name
		})
	}
	if got := Senders(queue, []Caller{bucket})[0].Sid; got != "SkeinSenderdffae75bfc2a" {
		t.Errorf("the Sid %s of a sender has changed: every policy in AWS would be rewritten", got)
	}
}

func TestAWSPrincipals(t *testing.T) {
	callers := []Caller{
		{AWSPrincipal: "arn:aws:iam::111122223333:role/b"},
		{Service: "s3.amazonaws.com"},
		{AWSPrincipal: "111122223333"},
		{AWSPrincipal: "111122223333"},
	}
	who := Principals{"AWS": {"111122223333", "arn:aws:iam::111122223333:role/b"}}
	topic := topicARN("eu-west-1", "orders")
	tests := map[string]struct{ got, want Statement }{
		"senders": {Senders(queue, callers)[1], Statement{
			Sid: "SkeinSenders", Effect: "Allow", Principal: who, Resource: []string{queue},
			Action: []string{"sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"},
		}},
		"receivers": {Receivers(queue, callers)[0], Statement{
			Sid: "SkeinReceivers", Effect: "Allow", Principal: who, Resource: []string{queue}, Action: []string{
				"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes",
			},
		}},
		"publishers": {Publishers(topic, callers)[1], Statement{
			Sid: "SkeinPublishers", Effect: "Allow", Principal: who, Resource: []string{topic}, Action: []string{"sns:Publish"},
		}},
		"publishing service": {Publishers(topic, callers)[0], Statement{
			Sid: SidPublisher + callers[1].hash(), Effect: "Allow", Principal: Principals{"Service": {"s3.amazonaws.com"}},
			Resource: []string{topic}, Action: []string{"sns:Publish"},
		}},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := append(Senders(queue, nil), Receivers(queue, callers[1:2])...); len(got) > 0 {
		t.Errorf("without principals %v", got)
	}
}

// The text is the one recorded in test_create_topic_test_arn/get-topic-attrs, with a topic's ARN filled in.
func TestDefaultTopicPolicyAsRecorded(t *testing.T) {
	recorded := `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow",
		"Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",
		"SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],
		"Resource":"arn:aws:sns:eu-west-1:111122223333:t","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}]}`
	var want, got any
	if err := json.Unmarshal([]byte(recorded), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(DefaultTopicPolicy("arn:aws:sns:eu-west-1:111122223333:t", "111122223333").JSON()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-recorded +got):\n%s", diff)
	}
}
