package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"k8s.io/utils/clock"
)

// lookBatch is how many messages SQS takes or gives in one call at most.
const lookBatch = 10

// look is one look under way.
type look struct {
	services *services
	clock    clock.PassiveClock
	queue    QueueRef
	hold     time.Duration

	// begun is when the first receive was sent.
	begun time.Time
	// seen by id, and in the order in which they came.
	seen  map[string]*held
	order []*held

	repeated  int
	outOfTime bool
}

// held is a message that was received and is to be given back.
type held struct {
	message Message
	handle  string
	// hiddenUntil is until when SQS hides it at least, visibleBy when it is visible again by itself at the latest.
	hiddenUntil, visibleBy time.Time
	// err says why it could not be given back.
	err error
}

// receiveAll receives until there is nothing new, enough, or no time left. One receive that waits a second and finds nothing is enough to say
// that there is nothing, as it asks all of SQS's servers
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html).
func (l *look) receiveAll(ctx context.Context, limit int) error {
	l.begun = l.clock.Now()
	for len(l.order) < limit {
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.clock.Since(l.begun) >= l.hold/2 {
			l.outOfTime = true
			return nil
		}
		news, err := l.receive(context.WithoutCancel(ctx), min(lookBatch, limit-len(l.order)))
		if err != nil || news == 0 {
			return err
		}
	}
	return nil
}

// receive makes one call and tells how many messages are new.
func (l *look) receive(ctx context.Context, n int) (news int, err error) {
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &l.queue.URL, MaxNumberOfMessages: int32(n), VisibilityTimeout: int32(l.hold / time.Second), WaitTimeSeconds: 1,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		MessageAttributeNames:       []string{"All"},
	}
	if strings.HasSuffix(l.queue.ARN, ".fifo") {
		// A retry of the SDK after a lost answer then gives the same messages, which would otherwise stay hidden and lock their groups.
		in.ReceiveRequestAttemptId = aws.String(rand.Text())
	}
	asked := l.clock.Now()
	out, err := call(ctx, "sqs:ReceiveMessage", l.queue.ARN, l.services.sqs.ReceiveMessage, in)
	if err != nil {
		return 0, err
	}
	for _, m := range out.Messages {
		h := &held{
			message: message(m), handle: aws.ToString(m.ReceiptHandle),
			hiddenUntil: asked.Add(l.hold), visibleBy: l.clock.Now().Add(l.hold),
		}
		if before, again := l.seen[h.message.ID]; again {
			*before = *h
			l.repeated++
			continue
		}
		l.seen[h.message.ID] = h
		l.order = append(l.order, h)
		news++
	}
	return news, nil
}

// errExpired stands for messages whose time was over before they were given back: they may have been received by others, who then hide them.
var errExpired = errors.New("the time for which they were hidden was over")

// giveBackAll makes every message visible.
func (l *look) giveBackAll(ctx context.Context) {
	for rest := l.order; len(rest) > 0; {
		n := min(lookBatch, len(rest))
		l.giveBack(ctx, rest[:n])
		rest = rest[n:]
	}
}

// giveBack makes some messages visible in one call, and those for which SQS failed in another.
func (l *look) giveBack(ctx context.Context, some []*held) {
	for range 2 {
		some = l.changeVisibility(ctx, some)
		if len(some) == 0 {
			return
		}
	}
}

// changeVisibility gives those back to whom it may help to be tried again.
func (l *look) changeVisibility(ctx context.Context, some []*held) (again []*held) {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &l.queue.URL}
	left := l.hold
	for i, h := range some {
		left = min(left, h.hiddenUntil.Sub(l.clock.Now()))
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &h.handle, VisibilityTimeout: 0,
		})
	}
	if left <= 0 {
		l.fail(some, errExpired)
		return nil
	}
	// An answer that comes later would be about messages that may be somebody else's by then.
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	out, err := call(ctx, "sqs:ChangeMessageVisibility", l.queue.ARN, l.services.sqs.ChangeMessageVisibilityBatch, in)
	if err != nil {
		l.fail(some, err)
		return nil
	}
	l.fail(some, nil)
	for _, failed := range out.Failed {
		i, err := strconv.Atoi(aws.ToString(failed.Id))
		if err != nil || i < 0 || i >= len(some) {
			continue
		}
		if strings.HasSuffix(aws.ToString(failed.Code), "MessageNotInflight") {
			// It is visible already: the answer to an earlier attempt of the SDK was lost.
			continue
		}
		some[i].err = classify("sqs:ChangeMessageVisibility", l.queue.ARN, &refusedEntry{failed})
		if !failed.SenderFault {
			again = append(again, some[i])
		}
	}
	return again
}

func (l *look) fail(some []*held, err error) {
	for _, h := range some {
		h.err = err
	}
}

// message reads one as SQS gives it.
func message(m types.Message) Message {
	system := func(name types.MessageSystemAttributeName) string { return m.Attributes[string(name)] }
	out := Message{
		ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body),
		Receives:        int(count64(system(types.MessageSystemAttributeNameApproximateReceiveCount))),
		FirstReceived:   milliseconds(system(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp)),
		Sent:            milliseconds(system(types.MessageSystemAttributeNameSentTimestamp)),
		GroupID:         system(types.MessageSystemAttributeNameMessageGroupId),
		DeduplicationID: system(types.MessageSystemAttributeNameMessageDeduplicationId),
		SequenceNumber:  system(types.MessageSystemAttributeNameSequenceNumber),
		SenderID:        system(types.MessageSystemAttributeNameSenderId),
		TraceHeader:     system(types.MessageSystemAttributeNameAWSTraceHeader),
		SourceARN:       system(types.MessageSystemAttributeNameDeadLetterQueueSourceArn),
	}
	for name, a := range m.MessageAttributes {
		if out.Attributes == nil {
			out.Attributes = map[string]MessageAttribute{}
		}
		out.Attributes[name] = MessageAttribute{Type: aws.ToString(a.DataType), Value: aws.ToString(a.StringValue), Binary: a.BinaryValue}
	}
	return out
}

// milliseconds reads a time as SQS gives it; zero for what is none.
func milliseconds(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// refusedEntry is one entry of a batch that SQS refused.
type refusedEntry struct{ types.BatchResultErrorEntry }

func (e *refusedEntry) Error() string { return e.ErrorCode() + ": " + e.ErrorMessage() }

// ErrorCode implements smithy.APIError.
func (e *refusedEntry) ErrorCode() string { return aws.ToString(e.Code) }

// ErrorMessage implements smithy.APIError.
func (e *refusedEntry) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault implements smithy.APIError.
func (e *refusedEntry) ErrorFault() smithy.ErrorFault {
	if e.SenderFault {
		return smithy.FaultClient
	}
	return smithy.FaultServer
}
