package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
)

func (w world) topicAttributes(t *testing.T, arn string) map[string]string {
	t.Helper()
	return must[*sns.GetTopicAttributesOutput](t)(w.sns(owner, region).GetTopicAttributes(t.Context(),
		&sns.GetTopicAttributesInput{TopicArn: &arn})).Attributes
}

func (w world) setTopic(t *testing.T, arn, name, value string) error {
	t.Helper()
	_, err := w.sns(owner, region).SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: &arn, AttributeName: &name, AttributeValue: &value,
	})
	return err
}

func TestTopicNames(t *testing.T) {
	w := newWorld()
	for _, test := range []struct {
		name  string
		fifo  bool
		valid bool
	}{
		{strings.Repeat("t", 256), false, true},
		{strings.Repeat("t", 257), false, false},
		{strings.Repeat("t", 251) + ".fifo", true, true},
		{strings.Repeat("t", 252) + ".fifo", true, false},
		{".fifo", true, false},
		{"T-1_z", false, true},
		{"t.1", false, false},
	} {
		t.Run(fmt.Sprintf("%.10s of %d, fifo %t", test.name, len(test.name), test.fifo), func(t *testing.T) {
			in := &sns.CreateTopicInput{Name: &test.name}
			if test.fifo {
				in.Attributes = map[string]string{"FifoTopic": "true"}
			}
			_, err := w.sns(owner, region).CreateTopic(t.Context(), in)
			if test.valid {
				wantCode(t, "CreateTopic", err, "")
				return
			}
			wantMessage(t, "CreateTopic", err, "InvalidParameter", "Invalid parameter: Topic Name")
		})
	}
}

func TestTopicTagRules(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	for name, test := range map[string]struct{ key, value, fault string }{
		"longest":        {strings.Repeat("k", 128), strings.Repeat("v", 256), ""},
		"key too long":   {strings.Repeat("k", 129), "v", "Tag keys must be between 1 and 128 characters in length."},
		"value too long": {"k", strings.Repeat("v", 257), "Tag values must be between 0 and 256 characters in length."},
		"AWS's own":      {"AWS:k", "v", "aws: prefixed tag key names are not allowed for external use."},
	} {
		t.Run(name, func(t *testing.T) {
			tags := []types.Tag{{Key: &test.key, Value: &test.value}}
			_, err := w.sns(owner, region).TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &arn, Tags: tags})
			_, created := w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("new"), Tags: tags})
			if test.fault == "" {
				wantCode(t, "TagResource", err, "")
				wantCode(t, "CreateTopic", created, "")
				return
			}
			wantMessage(t, "TagResource", err, "InvalidParameter", "Invalid parameter: Tags Reason: "+test.fault)
			wantMessage(t, "CreateTopic", created, "InvalidParameter", "Invalid parameter: Tags Reason: "+test.fault)
		})
	}
}

func TestDeliveryPolicyRules(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	endpoint := "https://example.com/hook"
	subscription := *must[*sns.SubscribeOutput](t)(w.sns(owner, region).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("https"), Endpoint: &endpoint, ReturnSubscriptionArn: true,
	})).SubscriptionArn
	retry := func(members string) string { return `{"http":{"defaultHealthyRetryPolicy":{` + members + `}}}` }
	const path = "http.defaultHealthyRetryPolicy."
	for name, test := range map[string]struct {
		ofSubscription bool
		policy, fault  string
	}{
		"least":              {false, retry(`"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0`), ""},
		"most":               {false, retry(`"minDelayTarget":3600,"maxDelayTarget":3600,"numRetries":100`), ""},
		"too many retries":   {false, retry(`"minDelayTarget":1,"maxDelayTarget":1,"numRetries":101`), path + "numRetries must be less than or equal to 100"},
		"no delay":           {false, retry(`"minDelayTarget":0,"maxDelayTarget":1,"numRetries":1`), path + "minDelayTarget must be greater than or equal to 1"},
		"delay of over 1 h":  {false, retry(`"minDelayTarget":1,"maxDelayTarget":3601,"numRetries":1`), path + "maxDelayTarget must be less than or equal to 3600"},
		"delays crossed":     {false, retry(`"minDelayTarget":2,"maxDelayTarget":1,"numRetries":1`), path + "maxDelayTarget must be greater than or equal to minDelayTarget"},
		"phases over total":  {false, retry(`"minDelayTarget":1,"maxDelayTarget":1,"numRetries":1,"numNoDelayRetries":2`), path + "numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries"},
		"no retries given":   {false, retry(`"minDelayTarget":1,"maxDelayTarget":1`), path + "numRetries must be specified"},
		"text for a number":  {false, retry(`"minDelayTarget":"1","maxDelayTarget":1,"numRetries":1`), path + "minDelayTarget must be a number"},
		"no object":          {false, `{"http":5}`, "http must be a JSON object"},
		"unknown member":     {false, `{"https":{}}`, "Unexpected JSON member: https"},
		"of a subscription":  {false, `{"throttlePolicy":{}}`, "Unexpected JSON member: throttlePolicy"},
		"subscription":       {true, `{"throttlePolicy":{"maxReceivesPerSecond":1}}`, ""},
		"subscription, null": {true, `{"healthyRetryPolicy":null}`, ""},
		"subscription, none": {true, `{"healthyRetryPolicy":{"minDelayTarget":0,"maxDelayTarget":0,"numRetries":0}}`, "healthyRetryPolicy.maxDelayTarget must be greater than or equal to 1"},
		"of a topic":         {true, `{"http":{}}`, "Unexpected JSON member: http"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.setTopic(t, topic, "DeliveryPolicy", test.policy)
			if test.ofSubscription {
				_, err = w.sns(owner, region).SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{
					SubscriptionArn: &subscription, AttributeName: aws.String("DeliveryPolicy"), AttributeValue: &test.policy,
				})
			}
			if test.fault == "" {
				wantCode(t, "setting", err, "")
				return
			}
			wantMessage(t, "setting", err, "InvalidParameter", "Invalid parameter: DeliveryPolicy: "+test.fault)
		})
	}
}

// A topic has a policy at all times: the one that was set, or the default.
func TestTopicPolicyCannotBeTakenAway(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	initial := w.topicAttributes(t, arn)["Policy"]
	wantMessage(t, "an empty policy", w.setTopic(t, arn, "Policy", ""), "InvalidParameter", "Invalid parameter: Policy Error: null")
	if got := w.topicAttributes(t, arn)["Policy"]; got != initial || !strings.Contains(got, "__default_policy_ID") {
		t.Errorf("the policy is %s, want the default", got)
	}
}

func TestTopicPermissionsRefused(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	add := func(label string, accounts, actions []string) error {
		_, err := w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
			TopicArn: &arn, Label: &label, AWSAccountId: accounts, ActionName: actions,
		})
		return err
	}
	them, publish := []string{stranger}, []string{"Publish"}
	wantCode(t, "a permission", add("them", them, publish), "")
	wantMessage(t, "its label again", add("them", them, publish), "InvalidParameter", "Invalid parameter: Statement already exists")
	wantMessage(t, "no label", add("", them, publish), "InvalidParameter", "Invalid parameter: Label Reason: no value for required parameter")
	wantMessage(t, "no accounts", add("l", []string{}, publish), "InvalidParameter", "Invalid parameter: AWSAccountId Reason: no value for required parameter")
	wantMessage(t, "no actions", add("l", them, []string{}), "InvalidParameter", "Invalid parameter: ActionName Reason: no value for required parameter")
	remove := func(label string) error {
		_, err := w.sns(owner, region).RemovePermission(t.Context(), &sns.RemovePermissionInput{TopicArn: &arn, Label: &label})
		return err
	}
	wantCode(t, "removing an unknown label", remove("nobody"), "")
	wantCode(t, "removing the permission", remove("them"), "")
	if got := w.topicAttributes(t, arn)["Policy"]; strings.Contains(got, stranger) {
		t.Errorf("the policy is %s, want the permission gone", got)
	}
}

func TestSNSTokensRefused(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	for _, token := range []string{"?", "aaaa"} {
		client := w.sns(owner, region)
		_, topics := client.ListTopics(t.Context(), &sns.ListTopicsInput{NextToken: &token})
		_, all := client.ListSubscriptions(t.Context(), &sns.ListSubscriptionsInput{NextToken: &token})
		_, byTopic := client.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &arn, NextToken: &token})
		for what, err := range map[string]error{"ListTopics": topics, "ListSubscriptions": all, "ListSubscriptionsByTopic": byTopic} {
			wantMessage(t, what+" from "+token, err, "InvalidParameter", "Invalid parameter: NextToken")
		}
	}
}

func TestFIFOTopicTakesAHundredSubscriptions(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic.fifo", map[string]string{"FifoTopic": "true"})
	queue := func(i int) string { return fmt.Sprintf("arn:aws:sqs:us-east-1:111111111111:q-%d.fifo", i) }
	for i := range 100 {
		must[string](t)(w.subscribe(t, owner, topic, queue(i), nil))
	}
	_, err := w.subscribe(t, owner, topic, queue(100), nil)
	wantCode(t, "one more", err, "SubscriptionLimitExceeded")
	_, err = w.subscribe(t, owner, topic, queue(0), nil)
	wantCode(t, "one that is there", err, "")
}

// The RedrivePolicy of a queue has a count, that of a subscription has none.
func TestSubscriptionRedrivePolicyHasOneKey(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, err := w.subscribe(t, owner, topic, "arn:aws:sqs:us-east-1:111111111111:q", map[string]string{
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dlq","maxReceiveCount":5}`,
	})
	wantMessage(t, "Subscribe", err, "InvalidParameter",
		"Invalid parameter: Attributes Reason: RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown.")
}

func TestCreateTopicComparesWhatIsSent(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", map[string]string{"DisplayName": "x", "DeliveryPolicy": `{"http":{"disableSubscriptionOverrides":true}}`})
	for name, test := range map[string]struct {
		attributes map[string]string
		differs    bool
	}{
		"nothing":           {nil, false},
		"one of them":       {map[string]string{"DisplayName": "x"}, false},
		"a document spaced": {map[string]string{"DeliveryPolicy": `{ "http": { "disableSubscriptionOverrides": true } }`}, false},
		"no FIFO":           {map[string]string{"FifoTopic": "false"}, false},
		"the default":       {map[string]string{"Policy": w.topicAttributes(t, arn)["Policy"]}, false},
		"another value":     {map[string]string{"DisplayName": "y"}, true},
		"a new one":         {map[string]string{"SignatureVersion": "2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("topic"), Attributes: test.attributes})
			if test.differs {
				wantMessage(t, "CreateTopic", err, "InvalidParameter",
					"Invalid parameter: Attributes Reason: Topic already exists with different attributes")
				return
			}
			wantCode(t, "CreateTopic", err, "")
			if diff := cmp.Diff(arn, aws.ToString(out.TopicArn)); diff != "" {
				t.Errorf("ARN (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTopicWithAnArchiveCannotBeDeleted(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic.fifo", map[string]string{"FifoTopic": "true", "ArchivePolicy": `{"MessageRetentionPeriod":"30"}`})
	remove := func() error {
		_, err := w.sns(owner, region).DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &arn})
		return err
	}
	wantCode(t, "with an archive", remove(), "InvalidState")
	wantCode(t, "taking it away", w.setTopic(t, arn, "ArchivePolicy", "{}"), "")
	wantCode(t, "without", remove(), "")
}

// Called in another region, SNS finds fault with the ARN; it does not say that the topic is missing.
func TestTopicARNOfAnotherRegion(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	client := w.sns(owner, "eu-west-1")
	_, get := client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &arn})
	_, set := client.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: &arn, AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("x")})
	_, list := client.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})
	_, remove := client.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &arn})
	_, subscribe := client.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &arn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:eu-west-1:111111111111:q"),
	})
	for what, err := range map[string]error{
		"GetTopicAttributes": get, "SetTopicAttributes": set, "ListSubscriptionsByTopic": list, "DeleteTopic": remove, "Subscribe": subscribe,
	} {
		wantMessage(t, what, err, "InvalidParameter", "Invalid parameter: TopicArn")
	}
	w.topicAttributes(t, arn)
}

func TestFirehoseNeedsARole(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	for role, want := range map[string]string{"": "InvalidParameter", "arn:aws:iam::" + owner + ":role/r": ""} {
		in := &sns.SubscribeInput{
			TopicArn: &topic, Protocol: aws.String("firehose"),
			Endpoint: aws.String("arn:aws:firehose:" + region + ":" + owner + ":deliverystream/s"),
		}
		if role != "" {
			in.Attributes = map[string]string{"SubscriptionRoleArn": role}
		}
		_, err := w.sns(owner, region).Subscribe(t.Context(), in)
		wantCode(t, "Subscribe with role "+role, err, want)
	}
}
