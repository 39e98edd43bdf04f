package localaws

import (
	"regexp"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/filterpolicy"
)

// publishedMessage is what Publish and an entry of PublishBatch have in common. A nil pointer is a parameter that was
// not sent.
type publishedMessage struct {
	Message           *string
	Subject           *string                     `json:",omitempty"`
	MessageStructure  string                      `json:",omitempty"`
	MessageAttributes map[string]messageAttribute `json:",omitempty"`
	DeduplicationID   string                      `json:"MessageDeduplicationId,omitempty"`
	GroupID           string                      `json:"MessageGroupId,omitempty"`
}

type publishInput struct {
	TopicArn    *string `json:",omitempty"`
	TargetArn   *string `json:",omitempty"`
	PhoneNumber *string `json:",omitempty"`
	publishedMessage
}

func (in publishInput) resource(*request) string {
	_, arn := in.target()
	return arn
}

// target returns the ARN to publish to and the parameter that holds it; TargetArn may name a topic too.
func (in publishInput) target() (parameter, arn string) {
	switch {
	case in.TopicArn != nil:
		return "TopicArn", *in.TopicArn
	case in.TargetArn != nil:
		return "TargetArn", *in.TargetArn
	default:
		return "", ""
	}
}

type publishOutput struct {
	MessageID      string  `json:"MessageId"`
	SequenceNumber *string `json:",omitempty"`
}

// phoneNumber is a number in E.164 form.
var phoneNumber = regexp.MustCompile(`^\+?[1-9]\d{1,14}$`)

// publish checks a message and hands it to its topic, see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.
// A message to a phone number is checked, answered and delivered nowhere; there are no mobile endpoints.
func (s *Server) publish(rq *request, in *publishInput) (*publishOutput, error) {
	parameter, arn := in.target()
	switch {
	case parameter == "" && in.PhoneNumber == nil:
		return nil, snsInvalid("TopicArn or TargetArn Reason: no value for required parameter")
	case parameter != "" && in.PhoneNumber != nil, in.TopicArn != nil && in.TargetArn != nil:
		return nil, snsInvalid("Only one of TopicArn, TargetArn and PhoneNumber can be given")
	case in.PhoneNumber != nil && !phoneNumber.MatchString(*in.PhoneNumber):
		return nil, snsInvalid("PhoneNumber Reason: %s is not valid to publish to", *in.PhoneNumber)
	}
	if parameter != "" {
		if err := checkTarget(rq, parameter, arn); err != nil {
			return nil, err
		}
	}
	if err := in.check(""); err != nil {
		return nil, err
	}
	if in.PhoneNumber != nil {
		return &publishOutput{MessageID: s.ids.uuid()}, nil
	}
	t, err := s.topic(rq, topicRef{arn})
	if err != nil {
		return nil, err
	}
	if err := in.checkFor(t); err != nil {
		return nil, err
	}
	if err := s.topicKeyFault(rq, t); err != nil {
		return nil, err
	}
	return s.publishTo(rq, t, in.publishedMessage), nil
}

// checkTarget: recorded cases test_publish_wrong_arn_format and test_publish_non_existent_target. An empty ARN counts
// as one of one element here.
func checkTarget(rq *request, parameter, arn string) error {
	if arn == "" {
		return snsInvalid("%s Reason: An ARN must have at least 6 elements, not 1", parameter)
	}
	if err := checkARN(rq, parameter, arn); err != nil {
		return err
	}
	if parts, _ := parseARN(arn); strings.HasPrefix(parts.resource, "endpoint/") {
		return snsInvalid("%s Reason: No endpoint found for the target arn specified", parameter)
	}
	return nil
}

// notification is a published message on its way to the subscriptions of its topic.
type notification struct {
	id, subject, groupID, dedupID, sequence string
	// text is for protocols that are not in texts.
	text       string
	texts      map[string]string
	attributes map[string]messageAttribute
	at         time.Time
	// urlBase begins the links in the envelope.
	urlBase string
	// match is what filter policies look at.
	match filterpolicy.Message
}

// textFor returns the message as subscriptions of a protocol receive it.
func (n *notification) textFor(protocol string) string {
	if text, ok := n.texts[protocol]; ok {
		return text
	}
	return n.text
}

// publishTo hands a checked message to a topic, which delivers it at once. A duplicate in a FIFO topic is answered as the
// first was, and not delivered.
func (s *Server) publishTo(rq *request, t *topic, m publishedMessage) *publishOutput {
	n := newNotification(rq, t, m)
	if first := s.published.find(t, n); first != nil {
		return first
	}
	n.id = s.ids.uuid()
	out := &publishOutput{MessageID: n.id}
	if t.fifo {
		sequence := topicSequence(s.ids.next()) // not &n.sequence: the answer is remembered, and n would be with it
		n.sequence, out.SequenceNumber = sequence, &sequence
		s.published.remember(t, n, out)
	}
	s.fanOut(t, n)
	return out
}

func newNotification(rq *request, t *topic, m publishedMessage) *notification {
	n := &notification{
		text: *m.Message, attributes: m.MessageAttributes, groupID: m.GroupID, dedupID: m.DeduplicationID,
		at: rq.now, urlBase: rq.baseURL(serviceSNS, t.region),
	}
	if m.Subject != nil {
		n.subject = *m.Subject
	}
	if m.MessageStructure == structureJSON {
		n.texts, _ = readStructure(*m.Message)
		n.text = n.texts["default"]
	}
	if t.fifo && n.dedupID == "" {
		n.dedupID = hexSHA256([]byte(*m.Message))
	}
	n.match = filterpolicy.Message{Body: n.textFor(protocolSQS), Attributes: map[string]filterpolicy.Attribute{}}
	for name, attribute := range n.attributes {
		n.match.Attributes[name] = filterpolicy.Attribute{Type: attribute.DataType, Value: attribute.StringValue}
	}
	return n
}
