package localaws

import (
	"encoding/base64"
	"iter"
	"strings"
)

// maxListed is how many queues one list call returns at most.
const maxListed = 1000

// pageTokens are made of the last key of a page, so that pages neither skip nor repeat what others create or delete.
func pageToken(last string) string { return base64.StdEncoding.EncodeToString([]byte(last)) }

// pageStart returns the ARN after which a page begins; ok is false for a token that is none.
func pageStart(token string) (last string, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(token)
	return string(raw), err == nil && (token == "" || strings.HasPrefix(string(raw), "arn:"))
}

type listQueuesInput struct {
	QueueNamePrefix string
	MaxResults      int
	NextToken       string
}

type listQueuesOutput struct {
	QueueURLs []string `json:"QueueUrls,omitempty"`
	NextToken string   `json:",omitempty"`
}

// listQueues returns a token only where MaxResults is given, as AWS does; without it at most 1000 queues, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html.
func (s *Server) listQueues(rq *request, in *listQueuesInput) (*listQueuesOutput, error) {
	prefix := scopePrefix(serviceSQS, rq.region, rq.caller.account) + in.QueueNamePrefix
	last, size, err := queuePage(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	urls, next := pageOfQueues(rq, s.queues.after(prefix, last, rq.stale), size)
	if in.MaxResults == 0 {
		next = ""
	}
	return &listQueuesOutput{QueueURLs: urls, NextToken: next}, nil
}

// queuePage reads the paging parameters of SQS.
func queuePage(maxResults int, token string) (last string, size int, err error) {
	if maxResults < 0 || maxResults > maxListed {
		return "", 0, sqsError("InvalidParameterValue",
			"Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and %d.", maxListed)
	}
	last, ok := pageStart(token)
	if !ok {
		return "", 0, sqsError("InvalidParameterValue", "Invalid or expired next token.")
	}
	if maxResults == 0 {
		maxResults = maxListed
	}
	return last, maxResults, nil
}

// pageOfQueues takes the URLs of up to size queues, and a token where there are more.
func pageOfQueues(rq *request, queues iter.Seq2[string, *queue], size int) (urls []string, next string) {
	last := ""
	for arn, q := range queues {
		if len(urls) == size {
			return urls, pageToken(last)
		}
		urls, last = append(urls, rq.queueURL(q)), arn
	}
	return urls, ""
}

type listDeadLetterSourceQueuesInput struct {
	queueRef
	MaxResults int
	NextToken  string
}

type listDeadLetterSourceQueuesOutput struct {
	// QueueURLs is spelled with a small q on the wire.
	QueueURLs []string `json:"queueUrls"`
	NextToken string   `json:",omitempty"`
}

func (s *Server) listDeadLetterSourceQueues(
	rq *request, in *listDeadLetterSourceQueuesInput,
) (*listDeadLetterSourceQueuesOutput, error) {
	dlq, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	last, size, err := queuePage(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	sources := func(yield func(string, *queue) bool) {
		for arn, q := range s.queues.after(scopePrefix(serviceSQS, dlq.region, dlq.account), last, rq.stale) {
			if q.deadLetterTarget() == dlq.arn && !yield(arn, q) {
				return
			}
		}
	}
	urls, next := pageOfQueues(rq, sources, size)
	if in.MaxResults == 0 {
		next = ""
	}
	if urls == nil {
		urls = []string{}
	}
	return &listDeadLetterSourceQueuesOutput{QueueURLs: urls, NextToken: next}, nil
}
