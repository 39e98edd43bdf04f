package conformance

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

const docSetTopic = "https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html"

var topicRules = []rule{
	{
		name:   "topic/defaults",
		says:   "a topic created without attributes has an empty display name, its owner and zero counts",
		source: "recorded case test_create_topic_arn/get-topic-attrs",
		check: func(w *world) {
			arn := w.topic(nil)
			have := w.topicAttributes(arn)
			for name, value := range inOrder(map[string]string{
				"TopicArn": arn, "Owner": w.AccountID, "DisplayName": "",
				"SubscriptionsConfirmed": "0", "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
			}) {
				got, ok := have[name]
				if !ok {
					w.Errorf("%s is missing", name)
				}
				w.equal(name, got, value)
			}
		},
	},
	{
		name:   "topic/unset-attributes-are-absent",
		says:   "attributes that are not set, or not of this type of topic, are not returned",
		source: "recorded case test_create_topic_arn/get-topic-attrs",
		check: func(w *world) {
			w.absent(w.topicAttributes(w.topic(nil)), "KmsMasterKeyId", "SignatureVersion", "DeliveryPolicy", "TracingConfig",
				"FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy")
		},
	},
	{
		name:   "topic/default-policy",
		says:   "a topic always has a policy: AWS writes one statement that admits its owner",
		source: "recorded case test_create_topic_arn/get-topic-attrs",
		check: func(w *world) {
			arn := w.topic(nil)
			w.equalJSON("Policy", w.topicAttributes(arn)["Policy"], w.defaultTopicPolicy(arn))
		},
	},
	{
		name:   "topic/policy-is-set",
		says:   "Policy is replaced as a whole and read back as the same JSON",
		source: docSetTopic,
		check: func(w *world) {
			arn := w.topic(nil)
			policy := topicStatement(arn)
			w.setTopic(arn, "Policy", policy)
			w.equalJSON("Policy", w.topicAttributes(arn)["Policy"], policy)
		},
	},
	{
		name:   "topic/display-name",
		says:   `DisplayName is set and cleared with ""`,
		source: "recorded case test_create_topic_should_be_idempotent/topic-attrs-idempotent-1",
		check: func(w *world) {
			arn := w.topic(nil)
			for _, value := range []string{"Orders", ""} {
				w.setTopic(arn, "DisplayName", value)
				w.equal("DisplayName", w.topicAttributes(arn)["DisplayName"], value)
			}
		},
	},
	{
		name:   "topic/kms-set-and-cleared",
		says:   `KmsMasterKeyId comes back as given, and "" takes it away`,
		source: docSetTopic,
		check: func(w *world) {
			arn := w.topic(map[string]string{"KmsMasterKeyId": "alias/aws/sns"})
			w.equal("KmsMasterKeyId", w.topicAttributes(arn)["KmsMasterKeyId"], "alias/aws/sns")
			w.setTopic(arn, "KmsMasterKeyId", "")
			if have := w.topicAttributes(arn)["KmsMasterKeyId"]; have != "" {
				w.Errorf("KmsMasterKeyId is %q after it was cleared", have)
			}
		},
	},
	{
		name:   "topic/signature-version",
		says:   "SignatureVersion and TracingConfig are set and read back",
		source: "recorded case test_create_topic_with_attributes/create_topic-ok-1; " + docSetTopic,
		check: func(w *world) {
			arn := w.topic(map[string]string{"SignatureVersion": "2"})
			w.setTopic(arn, "TracingConfig", "Active")
			have := w.topicAttributes(arn)
			w.equal("SignatureVersion", have["SignatureVersion"], "2")
			w.equal("TracingConfig", have["TracingConfig"], "Active")
		},
	},
	{
		name:   "topic/delivery-policy",
		says:   `DeliveryPolicy is read back with disableSubscriptionOverrides added, and "" takes it away`,
		source: "recorded case test_topic_delivery_policy_crud/get-topic-attrs-after-update",
		check: func(w *world) {
			arn := w.topic(nil)
			w.setTopic(arn, "DeliveryPolicy", `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}`)
			w.equalJSON("DeliveryPolicy", w.topicAttributes(arn)["DeliveryPolicy"],
				`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}`)
			w.setTopic(arn, "DeliveryPolicy", "")
			w.absent(w.topicAttributes(arn), "DeliveryPolicy")
		},
	},
	{
		name:   "topic/unknown-attribute",
		says:   "an attribute that SNS does not know, or that is fixed at creation, is refused",
		source: "recorded case test_topic_get_attributes_with_fifo_false",
		check: func(w *world) {
			arn := w.topic(nil)
			for _, name := range []string{"Colour", "FifoTopic"} {
				w.refused(w.trySetTopic(arn, name, "true"), "InvalidParameter")
			}
		},
	},
	{
		name:   "topic/fifo-attributes",
		says:   "a FIFO topic returns FifoTopic and ContentBasedDeduplication, which can change",
		source: "recorded case test_publish_fifo_messages_to_dlq[True]/topic-attrs",
		check: func(w *world) {
			arn := w.topic(map[string]string{"FifoTopic": "true"})
			have := w.topicAttributes(arn)
			w.equal("FifoTopic", have["FifoTopic"], "true")
			w.equal("ContentBasedDeduplication", have["ContentBasedDeduplication"], "false")
			w.setTopic(arn, "ContentBasedDeduplication", "true")
			w.equal("ContentBasedDeduplication", w.topicAttributes(arn)["ContentBasedDeduplication"], "true")
		},
	},
	{
		name:   "topic/fifo-throughput-scope",
		says:   "FifoThroughputScope is set on a FIFO topic",
		source: docSetTopic,
		check: func(w *world) {
			arn := w.topic(map[string]string{"FifoTopic": "true", "FifoThroughputScope": "MessageGroup"})
			w.equal("FifoThroughputScope", w.topicAttributes(arn)["FifoThroughputScope"], "MessageGroup")
		},
	},
}

func (w *world) trySetTopic(arn, name, value string) error {
	_, err := w.sns.SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &arn, AttributeName: &name, AttributeValue: &value})
	return err
}

func (w *world) setTopic(arn, name, value string) {
	w.ok(w.trySetTopic(arn, name, value), "setting "+name+" to "+value)
}

// defaultTopicPolicy is the policy that AWS gives a topic.
func (w *world) defaultTopicPolicy(arn string) string {
	var document map[string]any
	w.ok(json.Unmarshal([]byte(`{
		"Version": "2008-10-17", "Id": "__default_policy_ID",
		"Statement": [{
			"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"},
			"Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
				"SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"]
		}]}`), &document), "reading the default policy")
	statement := document["Statement"].([]any)[0].(map[string]any)
	statement["Resource"] = arn
	statement["Condition"] = map[string]any{"StringEquals": map[string]any{"AWS:SourceOwner": w.AccountID}}
	return asJSON(document)
}

// topicStatement is a topic policy that lets another account subscribe.
func topicStatement(arn string) string {
	return asJSON(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Sid": "SkeinSubscribers", "Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::222222222222:root"},
			"Action": "SNS:Subscribe", "Resource": arn,
		}},
	})
}
