package localaws

import (
	"net/http"
	"slices"
	"time"
)

// maxInFlight is how many messages of a queue can be in flight,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html and, for FIFO queues,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html.
const maxInFlight = 120_000

type receiveMessageInput struct {
	queueRef
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	AttemptID                   string `json:"ReceiveRequestAttemptId"`
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

// receiveMessage hands out what can be received and hides it for the visibility timeout. Where there is nothing, and
// the caller or the queue says to wait, it asks to be called again when something may have come.
func (s *Server) receiveMessage(rq *request, in *receiveMessageInput) (*receiveMessageOutput, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	order, err := in.order(q)
	if err != nil {
		return nil, err
	}
	b := s.backlogs[q.arn]
	b.advance(rq.now)
	taken, err := b.repeat(in.AttemptID, rq.now, order.timeout)
	if err != nil || len(taken) > 0 {
		b.meter.add(rq.now, countReceived, len(taken))
		return in.describeAll(q, taken), err
	}
	if first := b.ready.first(); first != nil {
		if err := s.queueKeyFault(rq, q, first.key, keyUseReceive); err != nil {
			return nil, err
		}
	}
	room := b.roomInFlight()
	giveUp := rq.arrived.Add(order.wait)
	waits := rq.now.Before(giveUp)
	if room == 0 && !q.fifo && !waits {
		return nil, overLimit()
	}
	taken = s.takeMessages(rq.now, q, min(order.count, room), order.timeout)
	b.noteAttempt(in.AttemptID, taken, rq.now, order.timeout)
	switch {
	case len(taken) > 0:
		b.meter.add(rq.now, countReceived, len(taken))
	case waits:
		rq.pause = &pause{until: s.nextArrival(b, giveUp), changed: b.changes()}
	default:
		b.meter.add(rq.now, countEmpty, 1)
	}
	return in.describeAll(q, taken), nil
}

// nextArrival returns when a message may come into a backlog, or come free in it, without any call; at the latest the
// time given.
func (s *Server) nextArrival(b *backlog, latest time.Time) time.Time {
	if at, any := s.nextChange(); any && at.Before(latest) {
		latest = at
	}
	return b.next(latest)
}

// receiveOrder is what a receive asks for, with the queue's own settings filled in.
type receiveOrder struct {
	count         int
	timeout, wait time.Duration
}

// order checks the parameters (recorded case test_send_receive_max_number_of_messages).
func (in *receiveMessageInput) order(q *queue) (receiveOrder, error) {
	o := receiveOrder{count: 1, wait: q.seconds("ReceiveMessageWaitTimeSeconds")}
	if in.MaxNumberOfMessages != nil {
		o.count = *in.MaxNumberOfMessages
	}
	if o.count < 1 || o.count > 10 {
		return o, invalidValue(itoa(o.count), "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
	}
	var err error
	if o.timeout, err = visibilityTimeout(q, in.VisibilityTimeout); err != nil {
		return o, err
	}
	if wait := in.WaitTimeSeconds; wait != nil {
		if *wait < 0 || *wait > 20 {
			return o, invalidValue(itoa(*wait), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
		}
		o.wait = time.Duration(*wait) * time.Second
	}
	if in.AttemptID != "" && !q.fifo {
		return o, notForQueueType(in.AttemptID, "ReceiveRequestAttemptId")
	}
	if err := checkToken(in.AttemptID, "ReceiveRequestAttemptId"); err != nil {
		return o, err
	}
	return o, in.checkNames()
}

// checkNames refuses names of system attributes that there are none of. AttributeNames may also name attributes of
// queues, which a message does not have.
func (in *receiveMessageInput) checkNames() error {
	for _, name := range slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames) {
		_, ofMessage := messageSystemAttributes[name]
		_, ofQueue := queueAttributes[name]
		if !ofMessage && !ofQueue && name != "All" {
			return unknownAttribute(name)
		}
	}
	return nil
}

// takeMessages takes up to n messages of q and brings those to its dead-letter queue that were received too often: as
// on AWS, when they would be received once more.
func (s *Server) takeMessages(now time.Time, q *queue, n int, timeout time.Duration) []*message {
	dlq, limit := s.deadLetterRule(q)
	spent := func(m *message) bool { return dlq != nil && m.receivedHere >= limit }
	taken, dead := s.backlogs[q.arn].take(now, n, timeout, spent)
	for _, m := range dead {
		s.bury(m, q, dlq, now)
	}
	return taken
}

func (in *receiveMessageInput) describeAll(q *queue, taken []*message) *receiveMessageOutput {
	out := &receiveMessageOutput{}
	for _, m := range taken {
		out.Messages = append(out.Messages, in.describe(q, m))
	}
	return out
}

// describe returns a message as the receiver sees it, with the attributes that it asked for.
func (in *receiveMessageInput) describe(q *queue, m *message) receivedMessage {
	chosen := chooseAttributes(m.attributes, in.MessageAttributeNames)
	return receivedMessage{
		MessageID: m.id, ReceiptHandle: receipt{q.arn, m.id, m.receives}.handle(),
		Body: m.body, MD5OfBody: md5Hex(m.body),
		MessageAttributes: chosen, MD5OfMessageAttributes: md5OfAttributes(chosen),
		Attributes: m.systemAttributes(slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)),
	}
}

// roomInFlight returns how many more messages may be in flight.
func (b *backlog) roomInFlight() int { return max(0, maxInFlight-b.counts[stateInFlight]) }

// overLimit is answered by standard queues to receivers that do not wait; the others get no messages.
func overLimit() error {
	err := sqsError("OverLimit", "The maximum number of messages in flight is reached.")
	err.status = http.StatusForbidden
	return err
}
