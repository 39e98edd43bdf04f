package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

var publishRefusedRules = []rule{
	{
		name:   "publish/missing-topic",
		says:   "Publish to a missing topic says NotFound",
		source: "recorded case test_unknown_topic_publish/error",
		check: func(w *world) {
			w.publishRefused(&sns.PublishInput{TopicArn: aws.String(w.arn("sns", w.name("")))}, "NotFound")
		},
	},
	{
		name:   "publish/malformed-arn",
		says:   "Publish to an ARN of too few parts is InvalidParameter",
		source: "recorded cases test_publish_wrong_arn_format",
		check: func(w *world) {
			w.publishRefused(&sns.PublishInput{TopicArn: aws.String("randomstring:1")}, "InvalidParameter")
		},
	},
	{
		name:   "publish/wrong-region",
		says:   "Publish to a topic of another region than the endpoint's is InvalidParameter",
		source: "recorded cases test_cross_region_access",
		check: func(w *world) {
			topic := w.topic(nil)
			w.seenFrom(w.In("eu-west-1")).publishRefused(&sns.PublishInput{TopicArn: &topic}, "InvalidParameter")
		},
	},
	{
		name:   "publish/empty",
		says:   "a message and a subject are not empty",
		source: "recorded cases test_empty_sns_message/empty-msg-error, test_publish_with_empty_subject/response-with-empty-subject",
		check: func(w *world) {
			topic := w.topic(nil)
			w.publishRefused(&sns.PublishInput{TopicArn: &topic, Message: aws.String("")}, "InvalidParameter")
			w.publishRefused(&sns.PublishInput{TopicArn: &topic, Subject: aws.String("")}, "InvalidParameter")
		},
	},
	{
		name:   "publish/size",
		says:   "a message has at most 256 KiB",
		source: "recorded case test_publish_too_long_message/error",
		check: func(w *world) {
			topic := w.topic(nil)
			w.publishRefused(&sns.PublishInput{TopicArn: &topic, Message: aws.String(strings.Repeat("x", 1<<18+1))}, "InvalidParameter")
		},
	},
	{
		name:   "publish/bad-attributes",
		says:   "message attributes of bad names, empty values or unknown types are ParameterValueInvalid",
		source: "recorded cases test_empty_or_wrong_message_attributes, test_message_attributes_prefixes",
		check: func(w *world) {
			topic := w.topic(nil)
			text := snstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("a")}
			for _, attributes := range []map[string]snstypes.MessageAttributeValue{
				{"a^*?": text},
				{"a..bc": text},
				{pad("long", 257): text},
				{"a": {DataType: aws.String("String")}},
				{"a": {DataType: aws.String("Number"), BinaryValue: []byte("1")}},
				{"a": {DataType: aws.String("Stringprefixed"), StringValue: aws.String("a")}},
			} {
				w.publishRefused(&sns.PublishInput{TopicArn: &topic, MessageAttributes: attributes}, "ParameterValueInvalid")
			}
		},
	},
	{
		name:   "publish/needs-leave",
		says:   "a topic policy that denies publishing denies it to the owner too: AuthorizationError",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-evaluation-logic.html",
		check: func(w *world) {
			topic := w.topic(nil)
			w.setTopic(topic, "Policy", policyOf(deny("sns:Publish", topic, nil)))
			w.publishRefused(&sns.PublishInput{TopicArn: &topic}, "AuthorizationError")
		},
	},
}

// publishRefused publishes what AWS refuses; the message is "a" if none is given.
func (w *world) publishRefused(in *sns.PublishInput, codes string) {
	if in.Message == nil {
		in.Message = aws.String("a")
	}
	_, err := w.sns.Publish(w.ctx, in)
	w.refused(err, codes)
}
