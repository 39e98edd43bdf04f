package localaws

type deleteMessageInput struct {
	queueRef
	ReceiptHandle string
}

func (s *Server) deleteMessage(rq *request, in *deleteMessageInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.deleteByHandle(rq, q, in.ReceiptHandle)
}

type deleteBatchInput struct {
	queueRef
	Entries []deleteBatchEntry
}

type deleteBatchEntry struct {
	batchID
	ReceiptHandle string
}

func (s *Server) deleteMessageBatch(rq *request, in *deleteBatchInput) (*batchOutput[batchID], error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	if err := checkBatch("DeleteMessageBatchRequestEntry", in.Entries); err != nil {
		return nil, err
	}
	return forEach(in.Entries, func(entry deleteBatchEntry) (batchID, error) {
		return entry.batchID, s.deleteByHandle(rq, q, entry.ReceiptHandle)
	}), nil
}

// deleteByHandle deletes the message that a receipt handle was given for; one that is gone already is no error. A
// standard queue takes the handle of any receive. A FIFO queue takes that of the receive which hides the message, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html.
func (s *Server) deleteByHandle(rq *request, q *queue, handle string) error {
	r, err := readReceipt(q, handle)
	if err != nil {
		return err
	}
	b := s.backlogs[q.arn]
	b.advance(rq.now)
	m := b.all[r.messageID]
	if m != nil && q.fifo && !r.holds(m) {
		return expiredHandle(handle)
	}
	b.meter.add(rq.now, countDeleted, 1)
	if m != nil {
		b.remove(m)
	}
	return nil
}
