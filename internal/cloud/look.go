package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/topology"
)

// QueueRef is a queue whose messages are looked at.
type QueueRef struct{ URL, ARN string }

// QueueFacts are what there is to know before messages of a queue are looked at.
type QueueFacts struct {
	FIFO bool
	// Visible, InFlight and Delayed are approximate numbers of messages.
	Visible, InFlight, Delayed int64
	// Retention is how long the queue keeps messages.
	Retention time.Duration
	// KMSKey encrypts the queue; empty: no key of KMS.
	KMSKey string
	// RedriveTo is where the queue moves messages that have been received MaxReceives times; empty: it moves none.
	RedriveTo   string
	MaxReceives int
}

// LookOptions say how to look.
type LookOptions struct {
	// Max is how many messages are looked at.
	Max int
	// Hold is for how long SQS hides a message that is not given back; whole seconds. Half of it is spent on receiving at most.
	Hold time.Duration
}

// Looked is what a look has seen.
type Looked struct {
	// Messages in the order in which they were sent, none twice.
	Messages []Message
	// Repeated messages were handed out more than once, as standard queues may do, and count as received so often.
	Repeated int
	// Hidden messages could not be given back.
	Hidden []HiddenMessage
	// OutOfTime: it ended before Max, so that every message could be given back in time.
	OutOfTime bool
}

// Message is one message of a queue.
type Message struct {
	ID, Body string
	// Receives is about how often the message has been received, this look included.
	Receives int
	// FirstReceived is about when it was received first, Sent when it was sent; zero where AWS does not say.
	FirstReceived, Sent time.Time
	// GroupID, DeduplicationID and SequenceNumber are those of FIFO queues; a standard queue's message may have a group.
	GroupID, DeduplicationID, SequenceNumber string
	// SenderID is who sent it, TraceHeader that of X-Ray.
	SenderID, TraceHeader string
	// SourceARN is the queue that it was dead-lettered from; empty: none.
	SourceARN string
	// Attributes are the sender's own.
	Attributes map[string]MessageAttribute
}

// MessageAttribute is one that the sender gave. The Type begins with String, Number or Binary.
type MessageAttribute struct {
	Type, Value string
	Binary      []byte
}

// HiddenMessage is one that could not be given back: it is visible again by itself at Until, at the latest.
type HiddenMessage struct {
	ID    string
	Until time.Time
	Err   error
}

// QueueFacts reads the queue's attributes: one call of sqs:GetQueueAttributes, and one of sqs:GetQueueUrl without a URL. The error is a
// *fault.Error; a queue that does not exist is one too.
func (c *Client) QueueFacts(ctx context.Context, q QueueRef) (QueueFacts, error) {
	a, err := arn.Parse(q.ARN)
	if err != nil {
		return QueueFacts{}, classify("sqs:GetQueueAttributes", q.ARN, err)
	}
	r := topology.Resource{Kind: topology.KindQueue, Key: q.ARN, URL: q.URL, Name: a.Resource, Region: a.Region}
	attributes, err := c.in(a.Region).queue(ctx, &r, types.QueueAttributeNameAll)
	if err == nil && attributes == nil {
		err = classify("sqs:GetQueueAttributes", a.Resource, &types.QueueDoesNotExist{})
	}
	if err != nil {
		return QueueFacts{}, err
	}
	f := QueueFacts{
		FIFO:      attributes["FifoQueue"] == "true",
		Visible:   count64(attributes["ApproximateNumberOfMessages"]),
		InFlight:  count64(attributes["ApproximateNumberOfMessagesNotVisible"]),
		Delayed:   count64(attributes["ApproximateNumberOfMessagesDelayed"]),
		Retention: time.Duration(count64(attributes["MessageRetentionPeriod"])) * time.Second,
		KMSKey:    attributes["KmsMasterKeyId"],
	}
	f.RedriveTo, f.MaxReceives = redrivePolicy(attributes["RedrivePolicy"])
	return f, nil
}

// redrivePolicy reads the attribute of that name; maxReceiveCount is a number or a string with one.
func redrivePolicy(document string) (target string, receives int) {
	var p struct {
		Target   string      `json:"deadLetterTargetArn"`
		Receives json.Number `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(document), &p) != nil {
		return "", 0
	}
	n, _ := strconv.Atoi(p.Receives.String())
	return p.Target, n
}

// Look receives messages and gives every one back. It deletes nothing: what cannot be given back is visible again by itself when Hold is over.
// It ends early, and gives back all the same, when ctx is done or a call fails; the error then stands beside what was seen until then.
//
// A receive under way is not broken off, for its messages would stay hidden; it takes a second where there is nothing to receive.
func (c *Client) Look(ctx context.Context, q QueueRef, o LookOptions) (Looked, error) {
	l := &look{services: c.in(regionOf(q.ARN)), clock: c.accounts.options.Clock, queue: q, hold: o.Hold, seen: map[string]*held{}}
	err := l.receiveAll(ctx, o.Max)
	l.giveBackAll(context.WithoutCancel(ctx))
	out := Looked{Repeated: l.repeated, OutOfTime: l.outOfTime}
	for _, h := range l.order {
		out.Messages = append(out.Messages, h.message)
		if h.err != nil {
			out.Hidden = append(out.Hidden, HiddenMessage{ID: h.message.ID, Until: h.visibleBy, Err: h.err})
		}
	}
	slices.SortStableFunc(out.Messages, inOrder)
	return out, err
}

// inOrder compares by when messages were sent, as far as SQS tells; sequence numbers have one length.
func inOrder(a, b Message) int {
	return cmp.Or(cmp.Compare(a.SequenceNumber, b.SequenceNumber), a.Sent.Compare(b.Sent))
}

// regionOf is a queue's own region; empty for what is no ARN.
func regionOf(queueARN string) string {
	a, err := arn.Parse(queueARN)
	if err != nil {
		return ""
	}
	return a.Region
}
