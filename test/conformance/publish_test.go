package conformance

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	docPublish  = "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"
	docRaw      = "https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html"
	docEnvelope = "https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html"
)

var raw = map[string]string{"RawMessageDelivery": "true"}

// publishedAttributes are sampleAttributes as they are published.
var publishedAttributes = func() map[string]snstypes.MessageAttributeValue {
	published := map[string]snstypes.MessageAttributeValue{}
	for name, a := range sampleAttributes {
		published[name] = snstypes.MessageAttributeValue{DataType: a.DataType, StringValue: a.StringValue, BinaryValue: a.BinaryValue}
	}
	return published
}()

var publishRules = []rule{
	{
		name:   "publish/to-each-subscription",
		says:   "each subscription of a topic gets a message once; one that was removed gets none",
		source: docPublish,
		check: func(w *world) {
			one := w.route(raw)
			two, former := w.branch(one.topic, raw), w.branch(one.topic, raw)
			w.unsubscribe(former.subscription)
			w.publish(one.topic, "news")
			w.equal("messages of one", w.arrived(one.url, 1), []string{"news"})
			w.equal("messages of two", w.arrived(two.url, 1), []string{"news"})
			w.equal("messages of the former", w.arrived(former.url, 0), nothing)
		},
	},
	{
		name:   "publish/envelope",
		says:   "without raw delivery the body is a JSON document with the message, its id and its topic; no message attributes are beside it",
		source: docEnvelope,
		check: func(w *world) {
			r := w.route(nil)
			id := w.publishAll(&sns.PublishInput{
				TopicArn: &r.topic, Message: aws.String(`say "hé" <&>`), Subject: aws.String("greeting"), MessageAttributes: publishedAttributes,
			})
			document := w.enveloped(r.url)
			for name, value := range inOrder(map[string]string{
				"Type": "Notification", "MessageId": id, "TopicArn": r.topic, "Subject": "greeting", "Message": `say "hé" <&>`, "SignatureVersion": "1",
			}) {
				w.equal(name, document[name], any(value))
			}
			w.equal("members", sortedKeys(document), []string{
				"Message", "MessageAttributes", "MessageId", "Signature", "SignatureVersion", "SigningCertURL", "Subject", "Timestamp", "TopicArn", "Type",
				"UnsubscribeURL",
			})
			_, err := time.Parse("2006-01-02T15:04:05.000Z", str(document["Timestamp"]))
			w.ok(err, "reading Timestamp")
		},
	},
	{
		name:   "publish/envelope-leaves-out",
		says:   "the envelope has neither Subject nor MessageAttributes where the message has none",
		source: docEnvelope,
		check: func(w *world) {
			r := w.route(nil)
			w.publish(r.topic, "news")
			w.equal("members", sortedKeys(w.enveloped(r.url)), []string{
				"Message", "MessageId", "Signature", "SignatureVersion", "SigningCertURL", "Timestamp", "TopicArn", "Type", "UnsubscribeURL",
			})
		},
	},
	{
		name:   "publish/envelope-attributes",
		says:   "the envelope holds message attributes as Type and Value, bytes in base64",
		source: docEnvelope,
		check: func(w *world) {
			r := w.route(nil)
			w.publishAll(&sns.PublishInput{TopicArn: &r.topic, Message: aws.String("news"), MessageAttributes: publishedAttributes})
			w.equal("MessageAttributes", w.enveloped(r.url)["MessageAttributes"], any(map[string]any{
				"shop.name":  map[string]any{"Type": "String", "Value": "Zürich"},
				"shop.count": map[string]any{"Type": "Number.int", "Value": "42"},
				"seal":       map[string]any{"Type": "Binary", "Value": "AAH+/w=="},
			}))
		},
	},
	{
		name:   "publish/raw",
		says:   "with raw delivery the body is the message, and its attributes become message attributes",
		source: docRaw,
		check: func(w *world) {
			r := w.route(raw)
			w.publishAll(&sns.PublishInput{
				TopicArn: &r.topic, Message: aws.String("news"), Subject: aws.String("greeting"), MessageAttributes: publishedAttributes,
			})
			got := w.take(r.url, 1)
			w.equal("messages", texts(got), []string{"news"})
			for _, m := range got {
				w.equal("message attributes", plain(m.MessageAttributes), plain(sampleAttributes))
			}
		},
	},
	{
		name:   "publish/raw-takes-ten-attributes",
		says:   "a message with more than ten attributes is not delivered raw, but in an envelope",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html",
		check: func(w *world) {
			r := w.route(raw)
			enveloped := w.branch(r.topic, nil)
			attributes := map[string]snstypes.MessageAttributeValue{}
			for i := range 11 {
				attributes["a"+strconv.Itoa(i)] = publishedAttributes["shop.name"]
			}
			w.publishAll(&sns.PublishInput{TopicArn: &r.topic, Message: aws.String("news"), MessageAttributes: attributes})
			w.equal("number in envelopes", len(w.arrived(enveloped.url, 1)), 1)
			w.equal("raw messages", w.arrived(r.url, 0), nothing)
		},
	},
	{
		name:   "publish/structure",
		says:   "with MessageStructure=json the queue gets what is under sqs, else what is under default",
		source: docPublish,
		check: func(w *world) {
			r := w.route(raw)
			for _, message := range []string{`{"default":"for all"}`, `{"default":"for all","sqs":"for queues","http":"for servers"}`} {
				w.publishAll(&sns.PublishInput{TopicArn: &r.topic, Message: &message, MessageStructure: aws.String("json")})
			}
			w.equal("messages", w.arrived(r.url, 2), []string{"for all", "for queues"})
		},
	},
	{
		name:   "publish/structure-needs-a-default",
		says:   "with MessageStructure=json the message is a JSON object with a text under default",
		source: "recorded cases test_message_structure_json_exc",
		check: func(w *world) {
			topic := w.topic(nil)
			for _, message := range []string{`{"default": "a"} }`, `{"default": {"object": "test"}}`, `{"sqs": "a"}`} {
				_, err := w.sns.Publish(w.ctx, &sns.PublishInput{TopicArn: &topic, Message: &message, MessageStructure: aws.String("json")})
				w.refused(err, "InvalidParameter")
			}
		},
	},
	{
		name:   "publish/other-region",
		says:   "a queue of another region that admits the topic gets its messages",
		source: "recorded cases test_cross_region_delivery_sqs",
		check: func(w *world) {
			there := w.seenFrom(w.In("eu-west-1"))
			topic := w.topic(nil)
			name, url := there.queue(nil)
			there.set(url, "Policy", policyOf(admit(topic, there.arn("sqs", name))))
			_, err := w.trySubscribe(topic, there.arn("sqs", name), raw)
			w.ok(err, "subscribing")
			w.publish(topic, "news")
			w.equal("messages", there.arrived(url, 1), []string{"news"})
		},
	},
}

// nothing is what arrives where nothing does.
var nothing []string

// route is a topic and a queue that is subscribed to it and admits it.
type route struct{ topic, queue, url, subscription string }

func (w *world) route(subscription map[string]string) route {
	return w.branch(w.topic(nil), subscription)
}

// branch subscribes a new queue that admits the topic.
func (w *world) branch(topic string, subscription map[string]string) route {
	name, url := w.queue(nil)
	return w.connect(topic, w.arn("sqs", name), url, subscription)
}

// connect lets a queue admit a topic and subscribes it.
func (w *world) connect(topic, queue, url string, subscription map[string]string) route {
	w.set(url, "Policy", policyOf(admit(topic, queue)))
	arn, err := w.trySubscribe(topic, queue, subscription)
	w.ok(err, "subscribing")
	return route{topic, queue, url, arn}
}

func (w *world) publish(topic, message string) {
	w.publishAll(&sns.PublishInput{TopicArn: &topic, Message: &message})
}

// publishAll publishes a message with all that it has and returns its id.
func (w *world) publishAll(in *sns.PublishInput) (id string) {
	out, err := w.sns.Publish(w.ctx, in)
	w.ok(err, "publishing")
	return aws.ToString(out.MessageId)
}

// enveloped takes one message and returns the document that is its body.
func (w *world) enveloped(url string) map[string]any {
	document := map[string]any{}
	got := w.take(url, 1)
	w.equal("number of messages", len(got), 1)
	for _, m := range got {
		w.equal("message attributes beside the envelope", m.MessageAttributes, map[string]sqstypes.MessageAttributeValue(nil))
		w.ok(json.NewDecoder(strings.NewReader(aws.ToString(m.Body))).Decode(&document), "reading envelope")
	}
	return document
}

func str(value any) string {
	text, _ := value.(string)
	return text
}
