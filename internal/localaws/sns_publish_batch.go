package localaws

import "net/http"

type publishEntry struct {
	ID string `json:"Id"`
	publishedMessage
}

type publishBatchInput struct {
	topicRef
	Entries []publishEntry `json:"PublishBatchRequestEntries"`
}

type publishBatchOutput struct {
	Failed     []failedEntry
	Successful []publishedEntry
}

type publishedEntry struct {
	ID             string  `json:"Id"`
	MessageID      string  `json:"MessageId"`
	SequenceNumber *string `json:",omitempty"`
}

type failedEntry struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

// publishBatch publishes up to ten messages, see https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html. As
// recorded (test_publish_batch_exceptions, test_empty_or_wrong_message_attributes), a fault of one entry refuses the
// whole batch; that an entry without a message or with a bad subject fails alone is not recorded.
func (s *Server) publishBatch(rq *request, in *publishBatchInput) (*publishBatchOutput, error) {
	if err := checkARN(rq, "TopicArn", in.TopicArn); err != nil {
		return nil, err
	}
	if err := checkPublishBatch(in.Entries); err != nil {
		return nil, err
	}
	t, err := s.topic(rq, in.topicRef)
	if err != nil {
		return nil, err
	}
	for _, entry := range in.Entries {
		if entry.checkText() != nil {
			continue
		}
		if err := entry.checkFor(t); err != nil {
			return nil, err
		}
	}
	if err := s.topicKeyFault(rq, t); err != nil {
		return nil, err
	}
	out := &publishBatchOutput{}
	for _, entry := range in.Entries {
		if err := entry.checkText(); err != nil {
			fail := asAPIError(err)
			out.Failed = append(out.Failed, failedEntry{entry.ID, fail.code, fail.message, true})
			continue
		}
		sent := s.publishTo(rq, t, entry.publishedMessage)
		out.Successful = append(out.Successful, publishedEntry{entry.ID, sent.MessageID, sent.SequenceNumber})
	}
	return out, nil
}

// checkPublishBatch says why SNS would refuse a batch whatever the topic.
func checkPublishBatch(entries []publishEntry) error {
	refuse := func(code, text string) error { return newError(code, http.StatusBadRequest, "%s", text) }
	switch {
	case len(entries) == 0:
		return refuse("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case len(entries) > maxBatch:
		return refuse("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
	}
	ids, size := map[string]bool{}, 0
	for _, entry := range entries {
		if !batchEntryID.MatchString(entry.ID) {
			return refuse("InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification.")
		}
		if ids[entry.ID] {
			return refuse("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
		}
		ids[entry.ID] = true
		size += entry.size()
	}
	if size > maxPublishBytes {
		return refuse("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
	}
	for i, entry := range entries {
		if entry.checkText() != nil {
			continue
		}
		if err := entry.check("publishBatchRequestEntries." + itoa(i+1) + ".member."); err != nil {
			return err
		}
	}
	return nil
}
