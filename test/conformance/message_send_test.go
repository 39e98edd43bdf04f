package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const docSend = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"

// sampleAttributes are one message attribute of each kind.
var sampleAttributes = map[string]sqstypes.MessageAttributeValue{
	"shop.name":  {DataType: aws.String("String"), StringValue: aws.String("Zürich")},
	"shop.count": {DataType: aws.String("Number.int"), StringValue: aws.String("42")},
	"seal":       {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 254, 255}},
}

var messageSendRules = []rule{
	{
		name:   "send/digests",
		says:   "SendMessage and ReceiveMessage give the MD5 of the body and that of the attributes",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html",
		check: func(w *world) {
			_, url := w.queue(nil)
			sent, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("grüezi"), MessageAttributes: sampleAttributes})
			w.ok(err, "sending")
			got := w.take(url, 1)
			w.equal("number of messages", len(got), 1)
			for _, m := range got {
				w.equal("id", aws.ToString(m.MessageId), aws.ToString(sent.MessageId))
				w.equal("MD5 of the body", [2]string{aws.ToString(sent.MD5OfMessageBody), aws.ToString(m.MD5OfBody)}, both(md5Of("grüezi")))
				w.equal("MD5 of the attributes",
					[2]string{aws.ToString(sent.MD5OfMessageAttributes), aws.ToString(m.MD5OfMessageAttributes)}, both(md5OfAttributes(sampleAttributes)))
			}
		},
	},
	{
		name:   "send/attributes-come-when-named",
		says:   `ReceiveMessage gives the message attributes that are named, by name, by "prefix.*" or All, and else none`,
		source: "recorded cases test_receive_message_message_attribute_names_filters; " + docReceive,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"VisibilityTimeout": "0"})
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageAttributes: sampleAttributes})
			w.ok(err, "sending")
			for name, want := range inOrder(map[string]string{
				"seal": "seal", "shop.*": "shop.count shop.name", "All": "seal shop.count shop.name", "another": "", "": "",
			}) {
				var names []string
				if name != "" {
					names = []string{name}
				}
				out, err := w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MessageAttributeNames: names})
				w.ok(err, "receiving")
				w.equal("number of messages", len(out.Messages), 1)
				for _, m := range out.Messages {
					w.equal("attributes for "+asJSON(names), strings.Join(sortedKeys(m.MessageAttributes), " "), want)
				}
			}
		},
	},
	{
		name:   "send/values-arrive-as-sent",
		says:   "body and message attributes of each type arrive as they were sent",
		source: docSend,
		check: func(w *world) {
			_, url := w.queue(nil)
			body := "<&>\"\r\n\t\u00e9 \U0001F600"
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, MessageAttributes: sampleAttributes})
			w.ok(err, "sending")
			for _, m := range w.take(url, 1) {
				w.equal("body", aws.ToString(m.Body), body)
				w.equal("attributes", plain(m.MessageAttributes), plain(sampleAttributes))
			}
		},
	},
	{
		name:   "send/system-attributes-come-when-named",
		says:   "system attributes come when they are named: how often and when received, when and by whom sent",
		source: docReceive,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"VisibilityTimeout": "0"})
			w.send(url, "a")
			for _, m := range w.receive(url, 1) {
				w.equal("system attributes unasked", len(m.Attributes), 0)
			}
			for _, m := range w.take(url, 1) {
				w.equal("system attributes", sortedKeys(m.Attributes),
					[]string{"ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp"})
				w.equal("ApproximateReceiveCount", m.Attributes["ApproximateReceiveCount"], "2")
			}
		},
	},
	{
		name:   "send/characters",
		says:   "a body with characters that XML 1.0 does not have is refused: InvalidMessageContents",
		source: "recorded case test_send_message_with_invalid_payload_characters/send_message-error-1",
		check: func(w *world) {
			_, url := w.queue(nil)
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("Invalid-\u0000-\b-\u0013-\uffff")})
			w.refused(err, "InvalidMessageContents")
		},
	},
	{
		name:   "send/bad-attributes",
		says:   "message attributes of bad names, empty values, unknown types, or more than ten, are refused",
		source: "recorded cases test_send_message_with_invalid_string_attributes, test_send_message_with_empty_string_attribute; " + docSend,
		check: func(w *world) {
			_, url := w.queue(nil)
			for name, value := range inOrder(map[string]string{
				".first": "a", "last.": "a", "two..dots": "a", "aWs.-reserved": "a", "AMAZON.-reserved": "a", pad("long", 257): "a", "empty": "",
			}) {
				w.refusedAttributes(url, map[string]sqstypes.MessageAttributeValue{name: {DataType: aws.String("String"), StringValue: &value}})
			}
			w.refusedAttributes(url, map[string]sqstypes.MessageAttributeValue{"kind": {DataType: aws.String("Text"), StringValue: aws.String("a")}})
			eleven := map[string]sqstypes.MessageAttributeValue{}
			for name := range strings.SplitSeq("abcdefghijk", "") {
				eleven[name] = sampleAttributes["shop.name"]
			}
			w.refusedAttributes(url, eleven)
		},
	},
	{
		name:   "send/size",
		says:   "body and attributes together are at most MaximumMessageSize",
		source: docSend,
		check: func(w *world) {
			_, url := w.queue(map[string]string{"MaximumMessageSize": "1024"})
			w.send(url, strings.Repeat("x", 1024))
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(strings.Repeat("x", 1025))})
			w.refused(err, "InvalidParameterValue")
			_, err = w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(strings.Repeat("x", 1020)), MessageAttributes: sampleAttributes})
			w.refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "send/missing-queue",
		says:   "SendMessage and ReceiveMessage on a deleted queue are refused as non-existent",
		source: docSend,
		check: func(w *world) {
			url := w.deleted()
			_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: url})
			w.noSuchQueue(err)
			_, err = w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: url})
			w.noSuchQueue(err)
		},
	},
}

// refusedAttributes sends a message with attributes that AWS refuses.
func (w *world) refusedAttributes(url string, attributes map[string]sqstypes.MessageAttributeValue) {
	_, err := w.trySend(&sqs.SendMessageInput{QueueUrl: &url, MessageAttributes: attributes})
	w.refused(err, "InvalidParameterValue")
}

func both(value string) [2]string { return [2]string{value, value} }
