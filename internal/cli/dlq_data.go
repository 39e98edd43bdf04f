package cli

import (
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// deadLettersData is what dlq -o json prints.
type deadLettersData struct {
	ConsumerQueue string                 `json:"consumerQueue"`
	Namespace     string                 `json:"namespace"`
	Source        v1alpha1.RedriveSource `json:"source"`
	QueueARN      string                 `json:"queueARN"`
	QueueURL      string                 `json:"queueURL"`
	// SharedBy is the ConsumerQueue whose queue it is, where others share it.
	SharedBy string `json:"sharedBy,omitempty"`
	// ApproximateMore is about how many messages there are besides.
	ApproximateMore int64         `json:"approximateMore"`
	Messages        []messageData `json:"messages"`
}

// messageData is a message; times are in RFC 3339, with milliseconds.
type messageData struct {
	MessageID string `json:"messageID"`
	// ReceiveCount is about how often it was received, this look included.
	ReceiveCount           int    `json:"receiveCount"`
	FirstReceived          string `json:"firstReceived,omitempty"`
	Sent                   string `json:"sent,omitempty"`
	SenderID               string `json:"senderID,omitempty"`
	SourceARN              string `json:"sourceARN,omitempty"`
	MessageGroupID         string `json:"messageGroupID,omitempty"`
	MessageDeduplicationID string `json:"messageDeduplicationID,omitempty"`
	SequenceNumber         string `json:"sequenceNumber,omitempty"`
	TraceHeader            string `json:"traceHeader,omitempty"`

	Attributes map[string]attributeData `json:"attributes,omitempty"`
	Body       string                   `json:"body"`
	// VisibleAgainAt is for a message that could not be given back.
	VisibleAgainAt string `json:"visibleAgainAt,omitempty"`
}

// attributeData is a message attribute; binary is in base64.
type attributeData struct {
	Type   string `json:"type"`
	Value  string `json:"value,omitempty"`
	Binary []byte `json:"binary,omitempty"`
}

func (v view) data() *deadLettersData {
	d := &deadLettersData{
		ConsumerQueue: v.object.Name, Namespace: v.object.Namespace, Source: v.queue.source,
		QueueARN: v.queue.ref.ARN, QueueURL: v.queue.ref.URL, ApproximateMore: v.more(), Messages: []messageData{},
	}
	if v.queue.shared {
		d.SharedBy = v.queue.holder.Name
	}
	hidden := map[string]string{}
	for _, h := range v.looked.Hidden {
		hidden[h.ID] = stamp(h.Until)
	}
	for _, m := range v.looked.Messages {
		row := messageData{
			MessageID: m.ID, ReceiveCount: m.Receives, FirstReceived: stamp(m.FirstReceived), Sent: stamp(m.Sent), SenderID: m.SenderID,
			SourceARN: m.SourceARN, MessageGroupID: m.GroupID, MessageDeduplicationID: m.DeduplicationID, SequenceNumber: m.SequenceNumber,
			TraceHeader: m.TraceHeader, Body: m.Body, VisibleAgainAt: hidden[m.ID], Attributes: map[string]attributeData{},
		}
		for name, a := range m.Attributes {
			row.Attributes[name] = attributeData{Type: a.Type, Value: a.Value, Binary: a.Binary}
		}
		d.Messages = append(d.Messages, row)
	}
	return d
}

// stamp is a time as data; empty for none.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
