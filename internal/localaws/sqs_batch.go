package localaws

import (
	"net/http"
	"regexp"
)

const (
	// maxBatch is how many entries a batch has at most, of SNS too.
	maxBatch = 10
	// maxBatchBytes bounds the messages of one batch together,
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html.
	maxBatchBytes = 1 << 20
	batchCode     = "AWS.SimpleQueueService."
)

// batchEntryID is the form of the ids of entries, of SNS too.
var batchEntryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// batchEntry is one entry of a batch request.
type batchEntry interface{ entryID() string }

// batchID is the part that all entries and results of batches have.
type batchID struct {
	ID string `json:"Id"`
}

func (b batchID) entryID() string { return b.ID }

// batchOutput answers a batch entry by entry.
type batchOutput[Result any] struct {
	Successful []Result       `json:",omitempty"`
	Failed     []batchFailure `json:",omitempty"`
}

type batchFailure struct {
	batchID
	SenderFault   bool
	Code, Message string
}

// checkBatch says why SQS would refuse a batch as a whole (recorded cases test_too_many_entries_in_batch_request and
// test_invalid_batch_id). The kind is the name of an entry, e.g. DeleteMessageBatchRequestEntry.
func checkBatch[Entry batchEntry](kind string, entries []Entry) error {
	if len(entries) == 0 {
		return sqsError(batchCode+"EmptyBatchRequest", "There should be at least one %s in the request.", kind)
	}
	if len(entries) > maxBatch {
		return sqsError(batchCode+"TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are %d. You have sent %d.", maxBatch, len(entries))
	}
	known := map[string]bool{}
	for _, entry := range entries {
		id := entry.entryID()
		switch {
		case !batchEntryID.MatchString(id):
			return sqsError(batchCode+"InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, "+
				"hyphens and underscores. It can be at most 80 letters long.")
		case known[id]:
			return sqsError(batchCode+"BatchEntryIdsNotDistinct", "Id %s repeated.", id)
		}
		known[id] = true
	}
	return nil
}

// entryParameter begins the names of an entry's parameters, as the query protocol has them.
func entryParameter(kind string, index int) string { return kind + "." + itoa(index+1) + "." }

// forEach does a batch entry by entry; a failure concerns its entry only.
func forEach[Entry batchEntry, Result any](entries []Entry, do func(Entry) (Result, error)) *batchOutput[Result] {
	out := &batchOutput[Result]{}
	for _, entry := range entries {
		result, err := do(entry)
		if err != nil {
			fail := asAPIError(err)
			out.Failed = append(out.Failed, batchFailure{
				batchID{entry.entryID()}, fail.status < http.StatusInternalServerError, fail.code, fail.message,
			})
			continue
		}
		out.Successful = append(out.Successful, result)
	}
	return out
}

type sendBatchInput struct {
	queueRef
	Entries []sendBatchEntry
}

type sendBatchEntry struct {
	batchID
	outgoing
}

type sendBatchResult struct {
	batchID
	sendMessageOutput
}

func (s *Server) sendMessageBatch(rq *request, in *sendBatchInput) (*batchOutput[sendBatchResult], error) {
	const kind = "SendMessageBatchRequestEntry"
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(kind, in.Entries); err != nil {
		return nil, err
	}
	faults, err := checkOutgoing(kind, q, in.Entries)
	if err != nil {
		return nil, err
	}
	if err := s.queueKeyFault(rq, q, q.key(), keyUseSend); err != nil {
		return nil, err
	}
	return forEach(in.Entries, func(entry sendBatchEntry) (sendBatchResult, error) {
		if fault := faults[entry.ID]; fault != nil {
			return sendBatchResult{}, fault
		}
		sent, err := s.send(rq, q, &entry.outgoing)
		if err != nil {
			return sendBatchResult{}, err
		}
		return sendBatchResult{entry.batchID, *sent}, nil
	}), nil
}

// checkOutgoing says why SQS would refuse messages of a batch: a standard queue only these, by the ids of their
// entries, a FIFO queue the whole batch for one of them (recorded case
// test_send_batch_missing_deduplication_id_for_fifo_queue).
func checkOutgoing(kind string, q *queue, entries []sendBatchEntry) (faults map[string]error, err error) {
	size := 0
	for _, entry := range entries {
		size += contentSize(entry.MessageBody, entry.MessageAttributes)
	}
	if size > maxBatchBytes {
		return nil, sqsError(batchCode+"BatchRequestTooLong",
			"Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxBatchBytes, size)
	}
	faults = map[string]error{}
	for i, entry := range entries {
		fault := entry.check(q, entryParameter(kind, i))
		if fault != nil && q.fifo {
			return nil, fault
		}
		faults[entry.ID] = fault
	}
	return faults, nil
}
