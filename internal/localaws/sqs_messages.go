package localaws

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// purgeHold is the time between two purges of a queue,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html.
const purgeHold = 60 * time.Second

// messageAttribute is one attribute of a message, on the wire and in the backlog.
type messageAttribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

type sendMessageInput struct {
	queueRef
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]messageAttribute
	MessageSystemAttributes map[string]messageAttribute
	DeduplicationID         string `json:"MessageDeduplicationId"`
	GroupID                 string `json:"MessageGroupId"`
}

type sendMessageOutput struct {
	MessageID                    string `json:"MessageId"`
	MD5OfMessageBody             string
	MD5OfMessageAttributes       string `json:",omitempty"`
	MD5OfMessageSystemAttributes string `json:",omitempty"`
	SequenceNumber               string `json:",omitempty"`
}

func (s *Server) sendMessage(rq *request, in *sendMessageInput) (*sendMessageOutput, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	if err := checkMessage(q, in); err != nil {
		return nil, err
	}
	delay, _ := strconv.Atoi(q.attributes["DelaySeconds"])
	if in.DelaySeconds != nil {
		delay = *in.DelaySeconds
	}
	m := &message{
		id: s.ids.uuid(), body: in.MessageBody, attributes: in.MessageAttributes,
		traceHeader: in.MessageSystemAttributes["AWSTraceHeader"].StringValue,
		groupID:     in.GroupID, dedupID: in.DeduplicationID, sender: rq.caller.userID,
		sent: rq.now, visibleAt: rq.now.Add(time.Duration(delay) * time.Second),
	}
	m, err = s.enqueue(q, m)
	if err != nil {
		return nil, err
	}
	return &sendMessageOutput{
		MessageID: m.id, MD5OfMessageBody: md5Hex(m.body), MD5OfMessageAttributes: md5OfAttributes(m.attributes),
		MD5OfMessageSystemAttributes: md5OfAttributes(in.MessageSystemAttributes), SequenceNumber: m.sequenceNumber(),
	}, nil
}

// enqueue puts a message into a queue, whoever sends it: SendMessage, a topic's delivery or a move task. What may be
// sent was checked before. It returns the message as it is stored.
func (s *Server) enqueue(q *queue, m *message) (*message, error) {
	if q.fifo {
		m.sequence = s.ids.next()
		if m.dedupID == "" {
			m.dedupID = hexSHA256([]byte(m.body))
		}
	}
	if s.backlogBytes+m.size() > maxBacklogBytes {
		return nil, newError("ServiceUnavailable", http.StatusServiceUnavailable,
			"the local AWS holds as many bytes of messages as it may")
	}
	s.backlogs[q.arn].add(m)
	s.backlogBytes += m.size()
	return m, nil
}

// checkMessage says why SQS would refuse a message; the texts are those of the recorded message cases.
func checkMessage(q *queue, in *sendMessageInput) error {
	limit, _ := strconv.Atoi(q.attributes["MaximumMessageSize"])
	size := (&message{body: in.MessageBody, attributes: in.MessageAttributes}).size()
	dedup := in.DeduplicationID != "" || q.attributes["ContentBasedDeduplication"] == "true"
	switch {
	case in.MessageBody == "":
		return missingParameter("MessageBody")
	case size > limit:
		return sqsError("InvalidParameterValue",
			"One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
	case in.DelaySeconds != nil && (*in.DelaySeconds < 0 || *in.DelaySeconds > 900):
		return invalidValue(itoa(*in.DelaySeconds), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
	case q.fifo && in.DelaySeconds != nil && *in.DelaySeconds > 0:
		return invalidValue(itoa(*in.DelaySeconds), "DelaySeconds",
			"The request include parameter that is not valid for this queue type.")
	case q.fifo && in.GroupID == "":
		return missingParameter("MessageGroupId")
	case q.fifo && !dedup:
		return sqsError("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled "+
			"or MessageDeduplicationId provided explicitly")
	case !q.fifo && in.DeduplicationID != "":
		return invalidValue(in.DeduplicationID, "MessageDeduplicationId",
			"The request includes a parameter that is not valid for this queue type.")
	case len(in.MessageAttributes) > 10:
		return sqsError("InvalidParameterValue", "Number of message attributes [%d] exceeds the allowed maximum [10].",
			len(in.MessageAttributes))
	}
	for name, attribute := range in.MessageAttributes {
		if attribute.StringValue == "" && len(attribute.BinaryValue) == 0 {
			return sqsError("InvalidParameterValue",
				"Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, attribute.DataType)
		}
	}
	return nil
}

type receiveMessageInput struct {
	queueRef
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
}

type receivedMessage struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	MD5OfMessageAttributes string                      `json:",omitempty"`
	Attributes             map[string]string           `json:",omitempty"`
	MessageAttributes      map[string]messageAttribute `json:",omitempty"`
}

type receiveMessageOutput struct {
	Messages []receivedMessage `json:",omitempty"`
}

// receiveMessage hands out what is visible and hides it for the visibility timeout. It does not wait for messages.
func (s *Server) receiveMessage(rq *request, in *receiveMessageInput) (*receiveMessageOutput, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	count := 1
	if in.MaxNumberOfMessages != nil {
		count = *in.MaxNumberOfMessages
	}
	if count < 1 || count > 10 {
		return nil, invalidValue(itoa(count), "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
	}
	timeout, _ := strconv.Atoi(q.attributes["VisibilityTimeout"])
	if in.VisibilityTimeout != nil {
		timeout = *in.VisibilityTimeout
	}
	if timeout < 0 || timeout > 43200 {
		return nil, invalidValue(itoa(timeout), "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")
	}
	out := &receiveMessageOutput{}
	for _, m := range s.backlogs[q.arn].take(rq.now, count, time.Duration(timeout)*time.Second) {
		chosen := chooseAttributes(m.attributes, in.MessageAttributeNames)
		out.Messages = append(out.Messages, receivedMessage{
			MessageID: m.id, ReceiptHandle: m.handle(), Body: m.body, MD5OfBody: md5Hex(m.body),
			MD5OfMessageAttributes: md5OfAttributes(chosen), MessageAttributes: chosen,
			Attributes: m.systemAttributes(append(in.AttributeNames, in.MessageSystemAttributeNames...)),
		})
	}
	return out, nil
}

// chooseAttributes returns the message attributes that a receiver asks for: by name, by NAME.*, or All.
func chooseAttributes(have map[string]messageAttribute, names []string) map[string]messageAttribute {
	chosen := map[string]messageAttribute{}
	for name, attribute := range have {
		if slices.ContainsFunc(names, func(asked string) bool {
			prefix, wild := strings.CutSuffix(asked, ".*")
			return asked == name || asked == "All" || wild && strings.HasPrefix(name, prefix)
		}) {
			chosen[name] = attribute
		}
	}
	return chosen
}

type deleteMessageInput struct {
	queueRef
	ReceiptHandle string
}

func (s *Server) deleteMessage(rq *request, in *deleteMessageInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	id, ok := readHandle(in.ReceiptHandle)
	if !ok {
		return nil, sqsError("ReceiptHandleIsInvalid", "The input receipt handle %q is not a valid receipt handle.", in.ReceiptHandle)
	}
	s.backlogBytes -= s.backlogs[q.arn].drop(id)
	return &nothing{}, nil
}

// purgeQueue: recorded case test_successive_purge_calls_fail/purge_queue_error.
func (s *Server) purgeQueue(rq *request, in *queueRef) (*nothing, error) {
	q, err := s.queue(rq, *in, grantable)
	if err != nil {
		return nil, err
	}
	held := s.backlogs[q.arn]
	if !held.purged.IsZero() && rq.now.Sub(held.purged) < purgeHold {
		err := sqsError(codePurgeInProgress, "Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.name)
		err.status = http.StatusForbidden
		return nil, err
	}
	s.backlogBytes -= held.bytes
	s.backlogs[q.arn] = newBacklog()
	s.backlogs[q.arn].purged = rq.now
	return &nothing{}, nil
}
