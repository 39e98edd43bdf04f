package localaws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// envelopeTime is how SNS writes a time.
const envelopeTime = "2006-01-02T15:04:05.000Z"

// placeholderSignature stands where AWS signs with the key of its certificate, which nobody else has. It has the
// length of a real signature and verifies with no key.
var placeholderSignature = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("unsigned"), 32))

// envelopeRoom is about what the members besides the message take, in bytes.
const envelopeRoom = 2 << 10

// envelope writes a JSON document as SNS lays it out: a member a line, in SNS's order.
type envelope struct{ bytes.Buffer }

func (e *envelope) begin(name string) {
	separator := ",\n"
	if e.Len() == 0 {
		separator = "{\n"
	}
	e.WriteString(separator + `  "` + name + `" : `)
}

func (e *envelope) member(name, value string) {
	e.begin(name)
	e.quote(value)
}

// sign writes the members that topics of a signature version end a message with.
func (e *envelope) sign(t *topic) {
	version := t.attributes["SignatureVersion"]
	if version == "" {
		version = "1"
	}
	e.member("SignatureVersion", version)
	e.member("Signature", placeholderSignature)
	e.member("SigningCertURL", serviceURL(serviceSNS, t.region)+"/SimpleNotificationService-0000000000000000.pem")
}

// attributes writes message attributes, binary values in base64.
func (e *envelope) attributes(attributes map[string]messageAttribute) {
	e.begin("MessageAttributes")
	separator := "{\n    "
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		value := a.StringValue
		if a.isBinary() {
			value = base64.StdEncoding.EncodeToString(a.BinaryValue)
		}
		e.WriteString(separator)
		e.quote(name)
		e.WriteString(` : {"Type":`)
		e.quote(a.DataType)
		e.WriteString(`,"Value":`)
		e.quote(value)
		e.WriteString("}")
		separator = ",\n    "
	}
	e.WriteString("\n  }")
}

func (e *envelope) end() string {
	e.WriteString("\n}")
	return e.String()
}

// quote writes a string without escaping what need not be.
func (e *envelope) quote(text string) {
	enc := json.NewEncoder(e)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text)
	e.Truncate(e.Len() - 1) // the line break
}

// envelope returns the body that a queue gets for a notification unless raw delivery is on, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. Messages of FIFO topics carry a
// sequence number and no signature.
func (n *notification) envelope(t *topic, sub *subscription) string {
	e := &envelope{}
	e.Grow(len(n.text) + envelopeRoom)
	e.member("Type", "Notification")
	e.member("MessageId", n.id)
	if t.fifo {
		e.member("SequenceNumber", n.sequence)
	}
	e.member("TopicArn", t.arn)
	if n.subject != "" {
		e.member("Subject", n.subject)
	}
	e.member("Message", n.textFor(sub.protocol))
	e.member("Timestamp", n.at.UTC().Format(envelopeTime))
	if !t.fifo {
		e.sign(t)
	}
	e.member("UnsubscribeURL", n.urlBase+"/?Action=Unsubscribe&SubscriptionArn="+sub.arn)
	if len(n.attributes) > 0 {
		e.attributes(n.attributes)
	}
	return e.end()
}

// confirmationEnvelope returns the body by which the endpoint of a subscription is asked to confirm it, see
// https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html.
func confirmationEnvelope(t *topic, sub *subscription, id, urlBase string, at time.Time) string {
	e := &envelope{}
	e.member("Type", "SubscriptionConfirmation")
	e.member("MessageId", id)
	e.member("Token", sub.token)
	e.member("TopicArn", t.arn)
	e.member("Message", "You have chosen to subscribe to the topic "+t.arn+
		".\nTo confirm the subscription, visit the SubscribeURL included in this message.")
	e.member("SubscribeURL", urlBase+"/?Action=ConfirmSubscription&TopicArn="+t.arn+"&Token="+sub.token)
	e.member("Timestamp", at.UTC().Format(envelopeTime))
	e.sign(t)
	return e.end()
}
