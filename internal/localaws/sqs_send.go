package localaws

import (
	"net/http"
	"strconv"
	"time"
)

// maxBacklogBytes bounds what all queues together hold: messages, what they take besides their content, and
// remembered deduplication ids.
const maxBacklogBytes = 512 << 20

type sendMessageInput struct {
	queueRef
	outgoing
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
	if err := in.check(q, ""); err != nil {
		return nil, err
	}
	if err := s.queueKeyFault(rq, q, q.key(), keyUseSend); err != nil {
		return nil, err
	}
	return s.send(rq, q, &in.outgoing)
}

// send puts one message of a caller, which was checked, into the queue. The digests are of what the caller sent, also
// where an earlier message stands for it.
func (s *Server) send(rq *request, q *queue, out *outgoing) (*sendMessageOutput, error) {
	m := &message{
		id: s.ids.uuid(), body: out.MessageBody, attributes: out.MessageAttributes,
		traceHeader: out.MessageSystemAttributes["AWSTraceHeader"].StringValue,
		groupID:     out.GroupID, dedupID: out.DeduplicationID, sender: rq.caller.userID, sent: rq.now,
	}
	if out.DelaySeconds != nil && !q.fifo {
		m.visibleAt = rq.now.Add(time.Duration(*out.DelaySeconds) * time.Second)
	}
	m, err := s.enqueue(q, m)
	if err != nil {
		return nil, err
	}
	return &sendMessageOutput{
		MessageID: m.id, SequenceNumber: m.sequenceNumber(), MD5OfMessageBody: md5Hex(out.MessageBody),
		MD5OfMessageAttributes:       md5OfAttributes(out.MessageAttributes),
		MD5OfMessageSystemAttributes: md5OfAttributes(out.MessageSystemAttributes),
	}, nil
}

// enqueue puts a message into a queue, whoever sends it: SendMessage, a topic's delivery or a move task. What may be
// sent was checked before. It returns the message as it is stored; for a duplicate in a FIFO queue that is a message
// with the id and the sequence number of the first.
func (s *Server) enqueue(q *queue, m *message) (*message, error) {
	b := s.backlogs[q.arn]
	b.advance(m.sent)
	if q.fifo {
		if m.dedupID == "" {
			m.dedupID = hexSHA256([]byte(m.body))
		}
		if id, sequence, duplicate := b.seen.first(m); duplicate {
			first := *m
			first.id, first.sequence = id, sequence
			return &first, nil
		}
	}
	if !s.hasRoom(m) {
		return nil, newError("ServiceUnavailable", http.StatusServiceUnavailable,
			"The queues hold as many bytes of messages as they may, %d together.", maxBacklogBytes)
	}
	if m.visibleAt.IsZero() {
		m.visibleAt = m.sent.Add(q.seconds("DelaySeconds"))
	}
	m.key = q.key()
	s.store(q, m, m.sent)
	b.meter.add(m.sent, countSent, 1)
	return m, nil
}

// store puts a message into a queue's backlog; in a FIFO queue it gets its sequence number and its deduplication id
// counts from now.
func (s *Server) store(q *queue, m *message, now time.Time) {
	b := s.backlogs[q.arn]
	b.meter.touch(now)
	m.arrived = now
	if q.fifo {
		m.sequence = s.ids.next()
		b.remember(m)
	}
	b.add(m)
}

// hasRoom reports whether a message fits in, if need be after all queues have dropped what is out of their retention.
func (s *Server) hasRoom(m *message) bool {
	if s.backlogBytes+m.weight() > maxBacklogBytes {
		for _, b := range s.backlogs {
			b.advance(m.sent)
		}
	}
	return s.backlogBytes+m.weight() <= maxBacklogBytes
}

// seconds returns the value of an attribute that is a number of seconds.
func (q *queue) seconds(attribute string) time.Duration {
	n, _ := strconv.Atoi(q.attributes[attribute])
	return time.Duration(n) * time.Second
}
