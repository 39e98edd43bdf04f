package localaws

import "time"

const (
	protocolSQS = "sqs"
	// snsSenderID is the SenderId of what SNS sends to queues.
	snsSenderID = "AIDAIT2UOQQY3AUEKVGXU"
)

// What happens on Publish: Server.publish (or publishBatch) checks the message, finds the topic, which the caller must
// be allowed to publish to, and its key; publishTo knows duplicates in FIFO topics; fanOut then delivers to each
// subscription by the stations of deliver, all before the call is answered.

// fanOut delivers a notification to the subscriptions of its topic.
func (s *Server) fanOut(t *topic, n *notification) {
	s.deliveries.of(t.arn).countAt(n.at, metricPublished)
	for _, sub := range s.subscriptions.after(t.arn+":", "", false) {
		s.deliver(t, sub, n)
	}
}

// deliver takes a notification through the stations to one subscription: confirmed, of a protocol that is served,
// passed by the filter policy, put into the queue; else into the subscription's dead-letter queue; else dropped. There
// are no retries: none of the faults that this AWS knows is one of the server's side, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html.
func (s *Server) deliver(t *topic, sub *subscription, n *notification) {
	if sub.pending() {
		return
	}
	if sub.protocol != protocolSQS {
		s.report(t, sub, n.outcome(NotAttempted, "protocol "+sub.protocol+" is not delivered here"))
		return
	}
	if reason, metrics := sub.filtersOut(n); reason != "" {
		s.report(t, sub, n.outcome(FilteredOut, "filtered: "+reason), metrics...)
		return
	}
	body, attributes := n.contentFor(t, sub)
	reason := s.place(t, n, sub.endpoint, body, attributes)
	if reason == "" {
		s.report(t, sub, n.outcome(Delivered, ""), metricDelivered)
		return
	}
	deadLetters := sub.deadLetterTarget()
	if deadLetters == "" {
		s.report(t, sub, n.outcome(Dropped, reason), metricFailed)
		return
	}
	dead := s.place(t, n, deadLetters, body, attributes)
	if dead == "" {
		s.report(t, sub, n.outcome(Redriven, reason), metricFailed, metricRedriven)
		return
	}
	s.report(t, sub, n.outcome(Dropped, reason+"; dead-letter queue "+deadLetters+": "+dead),
		metricFailed, metricRedriveFailed)
}

// contentFor returns what a queue receives of a notification: with raw delivery the message as published, its
// attributes beside it; else the envelope, which holds them.
func (n *notification) contentFor(t *topic, sub *subscription) (body string, attributes map[string]messageAttribute) {
	if sub.attributes["RawMessageDelivery"] == "true" {
		return n.textFor(sub.protocol), n.attributes
	}
	return n.envelope(t, sub), nil
}

// place puts a message into a queue for a topic, if the queue exists, is of a type that the topic may feed, admits the
// topic by its policy, and can take the message; else it returns why not, for people to read.
func (s *Server) place(t *topic, n *notification, queueARN, body string, attributes map[string]messageAttribute) (reason string) {
	q := s.queues.get(queueARN, false)
	if q == nil {
		return "the queue does not exist"
	}
	if q.fifo && !t.fifo {
		return "a FIFO queue takes nothing from a standard topic"
	}
	if decision := s.mayDeliver(q, t.arn, t.account, t.region); !decision.Allowed {
		return "denied: " + decision.Reason
	}
	if err := s.deliveryKeyFault(t, q); err != nil {
		return "the queue's key: " + err.message
	}
	out := &outgoing{MessageBody: body, MessageAttributes: attributes, GroupID: n.groupID}
	if q.fifo {
		out.DeduplicationID = n.dedupID
	}
	if err := s.hand(q, out, n.at); err != nil {
		return asAPIError(err).message
	}
	return ""
}

// hand puts a message of a topic into a queue, which takes what it would take by SendMessage: text that is not empty,
// of legal characters and not too large, and no more than ten attributes with names that are not reserved, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html.
func (s *Server) hand(q *queue, out *outgoing, at time.Time) error {
	if err := out.check(q, ""); err != nil {
		return err
	}
	_, err := s.enqueue(q, &message{
		id: s.ids.uuid(), body: out.MessageBody, attributes: out.MessageAttributes,
		groupID: out.GroupID, dedupID: out.DeduplicationID, sender: snsSenderID, sent: at,
	})
	return err
}

// deadLetterTarget returns the ARN of the subscription's dead-letter queue, empty for none.
func (s *subscription) deadLetterTarget() string { return redriveTarget(s.attributes["RedrivePolicy"]) }
