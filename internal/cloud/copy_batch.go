package cloud

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/skein-dev/skein/internal/fault"
)

const (
	// copyBatch is how many messages SQS takes or gives in one call at most.
	copyBatch = 10
	// copyBytes is how much one batch has at most: the limit of all partitions, also of those that have not got the higher one of 1 MiB
	// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html). A larger message goes alone.
	copyBytes = 256 << 10
	// copyHidden is for how long SQS hides what was received. After copyTime a batch is given up, so that none outlives it.
	copyHidden = 2 * time.Minute
	copyTime   = 90 * time.Second
)

// batch receives up to n messages, sends them and deletes those that were sent. One that was begun is ended, also when the operator is told
// to stop: so there are fewer copies of what was sent and not deleted.
func (s *copySlice) batch(ctx context.Context, n int) (sent int, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), copyTime)
	defer cancel()
	received, err := s.receive(ctx, n)
	if err != nil {
		return 0, err
	}
	s.found(len(received))
	todo := s.run.sort(received, s.fifo)
	if len(todo.show) > 0 {
		err = s.run.deleteFault
	}
	rest, done := todo.send, todo.delete
	for err == nil && len(rest) > 0 {
		var some []types.Message
		some, rest = nextBatch(rest, s.fifo)
		var o sendOutcome
		o, err = s.send(ctx, some)
		sent += len(o.sent)
		done = append(done, o.sent...)
		if s.fifo {
			rest = withoutGroups(rest, o.stay)
		}
		rest = append(o.back, rest...)
	}
	deleteErr := s.delete(ctx, done)
	s.show(ctx, append(rest, todo.show...))
	if err == nil {
		err = deleteErr
	}
	return sent, err
}

// receive waits a second for messages.
func (s *copySlice) receive(ctx context.Context, n int) ([]types.Message, error) {
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &s.run.fromURL, MaxNumberOfMessages: int32(n), VisibilityTimeout: int32(copyHidden / time.Second), WaitTimeSeconds: 1,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	}
	if s.fifo {
		// A retry of the SDK after a lost answer then gives the same messages, which would otherwise lock their groups until they are visible again.
		in.ReceiveRequestAttemptId = aws.String(rand.Text())
	}
	out, err := call(ctx, "sqs:ReceiveMessage", s.run.From, s.services.sqs.ReceiveMessage, in)
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// sendOutcome is what became of messages that were sent: sent are in the main queue; stay are not and are left hidden for now; back are not, or
// nobody knows, and are to be tried again.
type sendOutcome struct{ sent, stay, back []types.Message }

// send sends messages in one call, and one by one where the main queue takes them in no one call: a FIFO queue refuses all for one.
func (s *copySlice) send(ctx context.Context, some []types.Message) (o sendOutcome, err error) {
	in := &sqs.SendMessageBatchInput{QueueUrl: &s.run.toURL}
	for i, m := range some {
		in.Entries = append(in.Entries, entry(i, m, s.fifo))
	}
	out, err := call(ctx, "sqs:SendMessage", s.run.To, s.services.sqs.SendMessageBatch, in)
	switch f := fault.As(err); {
	case f != nil && f.Class == fault.Terminal && len(some) > 1:
		return s.sendEach(ctx, some)
	case f != nil && f.Class == fault.Terminal:
		s.run.refuse(some[0], f)
		return sendOutcome{stay: some}, nil
	case f != nil:
		return sendOutcome{back: some}, err
	}
	return s.judge(out, some)
}

// judge tells by the answer what became of each message.
func (s *copySlice) judge(out *sqs.SendMessageBatchOutput, some []types.Message) (o sendOutcome, err error) {
	ids := make([]string, len(some))
	for _, ok := range out.Successful {
		if i, valid := entryIndex(ok.Id, some); valid {
			ids[i] = aws.ToString(ok.MessageId)
		}
	}
	faults := make([]*fault.Error, len(some))
	for _, bad := range out.Failed {
		if i, valid := entryIndex(bad.Id, some); valid {
			faults[i] = fault.As(classify("sqs:SendMessage", s.run.To, entryError(bad)))
		}
	}
	for i, m := range some {
		switch f := faults[i]; {
		case ids[i] != "" && s.fifo && !s.run.arrive(ids[i], m, s.clock.Now()):
			o.stay = append(o.stay, m)
		case ids[i] != "":
			o.sent = append(o.sent, m)
		case f != nil && f.Class == fault.Terminal:
			s.run.refuse(m, f)
			o.stay = append(o.stay, m)
		case f != nil:
			o.back, err = append(o.back, m), f
		default:
			o.back = append(o.back, m)
			err = classify("sqs:SendMessage", s.run.To, &unreadable{what: "answer"})
		}
	}
	return o, err
}

// sendEach sends messages one by one.
func (s *copySlice) sendEach(ctx context.Context, some []types.Message) (all sendOutcome, err error) {
	for i := range some {
		o, err := s.send(ctx, some[i:i+1])
		all.sent, all.stay, all.back = append(all.sent, o.sent...), append(all.stay, o.stay...), append(all.back, o.back...)
		if err != nil {
			all.back = append(all.back, some[i+1:]...)
			return all, err
		}
	}
	return all, nil
}

// delete deletes what was sent. What cannot be deleted is not sent again by this run.
func (s *copySlice) delete(ctx context.Context, sent []types.Message) error {
	if len(sent) == 0 {
		return nil
	}
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &s.run.fromURL}
	for i, m := range sent {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	out, err := call(ctx, "sqs:DeleteMessage", s.run.From, s.services.sqs.DeleteMessageBatch, in)
	if err != nil {
		s.run.deleted(sent, sent, err)
		return err
	}
	var kept []types.Message
	for _, bad := range out.Failed {
		err = classify("sqs:DeleteMessage", s.run.From, entryError(bad))
		if i, valid := entryIndex(bad.Id, sent); valid {
			kept = append(kept, sent[i])
		}
	}
	s.run.deleted(sent, kept, err)
	return err
}

// show makes messages visible again that were not sent. Where that fails they are so by themselves after copyHidden.
func (s *copySlice) show(ctx context.Context, unsent []types.Message) {
	if len(unsent) == 0 {
		return
	}
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &s.run.fromURL}
	for i, m := range unsent {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	_, _ = call(ctx, "sqs:ChangeMessageVisibility", s.run.From, s.services.sqs.ChangeMessageVisibilityBatch, in)
}

// entry is the message as it was received. The trace header is the only system attribute that can be sent; it counts for no limit
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
func entry(i int, m types.Message, fifo bool) types.SendMessageBatchRequestEntry {
	e := types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: m.Body, MessageAttributes: m.MessageAttributes}
	if group := groupOf(m); group != "" {
		e.MessageGroupId = &group
	}
	if id := m.Attributes[string(types.MessageSystemAttributeNameMessageDeduplicationId)]; id != "" && fifo {
		e.MessageDeduplicationId = &id
	}
	if header := m.Attributes[string(types.MessageSystemAttributeNameAWSTraceHeader)]; header != "" {
		e.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
			string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: aws.String("String"), StringValue: &header},
		}
	}
	return e
}

// nextBatch takes the first messages that go into one call. Of a FIFO queue it is one of each group, as entries of a batch may fail one by one.
func nextBatch(messages []types.Message, fifo bool) (batch, rest []types.Message) {
	size, groups := 0, map[string]bool{}
	for _, m := range messages {
		group, bytes := groupOf(m), messageSize(m)
		if fifo && groups[group] || len(batch) > 0 && size+bytes > copyBytes {
			rest = append(rest, m)
		} else {
			batch = append(batch, m)
			size += bytes
		}
		groups[group] = true
	}
	return batch, rest
}

// messageSize is what SQS counts of a message: its body, and of each attribute name, type and value.
func messageSize(m types.Message) int {
	n := len(aws.ToString(m.Body))
	for name, a := range m.MessageAttributes {
		n += len(name) + len(aws.ToString(a.DataType)) + len(aws.ToString(a.StringValue)) + len(a.BinaryValue)
	}
	return n
}

func groupOf(m types.Message) string {
	return m.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]
}

// withoutGroups leaves out messages of groups in which an earlier one stays.
func withoutGroups(messages, stay []types.Message) []types.Message {
	stopped := map[string]bool{}
	for _, m := range stay {
		stopped[groupOf(m)] = true
	}
	var out []types.Message
	for _, m := range messages {
		if !stopped[groupOf(m)] {
			out = append(out, m)
		}
	}
	return out
}

// entryIndex is which message an entry of an answer is about.
func entryIndex(id *string, of []types.Message) (int, bool) {
	i, err := strconv.Atoi(aws.ToString(id))
	return i, err == nil && i >= 0 && i < len(of)
}

// entryError is what SQS says of one entry of a batch.
func entryError(e types.BatchResultErrorEntry) error {
	which := smithy.FaultServer
	if e.SenderFault {
		which = smithy.FaultClient
	}
	return &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message), Fault: which}
}
