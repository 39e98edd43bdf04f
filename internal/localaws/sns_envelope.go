package localaws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// envelopeTime is how SNS writes a time.
const envelopeTime = "2006-01-02T15:04:05.000Z"

// placeholderSignature stands where AWS signs with the key of its certificate, which nobody else has. It has the
// length of a real signature and verifies with no key.
var placeholderSignature = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("unsigned"), 32))

// envelope writes a JSON document as SNS lays it out: a member a line, in SNS's order.
type envelope struct{ buf bytes.Buffer }

func (e *envelope) member(name, value string) { e.raw(name, jsonString(value)) }

func (e *envelope) raw(name, document string) {
	if e.buf.Len() > 0 {
		e.buf.WriteString(",\n")
	}
	e.buf.WriteString(`  "` + name + `" : ` + document)
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

func (e *envelope) String() string { return "{\n" + e.buf.String() + "\n}" }

// jsonString writes a JSON string without escaping what need not be.
func jsonString(text string) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text)
	return strings.TrimSuffix(buf.String(), "\n")
}

// envelope returns the body that a queue gets for a notification unless raw delivery is on, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. Messages of FIFO topics carry a
// sequence number and no signature.
func (n *notification) envelope(t *topic, sub *subscription) string {
	e := &envelope{}
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
		e.raw("MessageAttributes", attributesDocument(n.attributes))
	}
	return e.String()
}

// attributesDocument writes message attributes as the envelope holds them, binary values in base64.
func attributesDocument(attributes map[string]messageAttribute) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		value := a.StringValue
		if strings.HasPrefix(a.DataType, "Binary") {
			value = base64.StdEncoding.EncodeToString(a.BinaryValue)
		}
		lines = append(lines, "    "+jsonString(name)+` : {"Type":`+jsonString(a.DataType)+`,"Value":`+jsonString(value)+"}")
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n  }"
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
	return e.String()
}
