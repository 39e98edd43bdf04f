package localaws_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

func TestListQueuesWithoutMaxResultsEndsAt1000(t *testing.T) {
	w := newWorld()
	for i := range 1001 {
		w.queue(t, fmt.Sprintf("q-%04d", i), nil)
	}
	list := func(in sqs.ListQueuesInput) *sqs.ListQueuesOutput {
		return must[*sqs.ListQueuesOutput](t)(w.sqs(owner, region).ListQueues(t.Context(), &in))
	}
	if got := list(sqs.ListQueuesInput{}); len(got.QueueUrls) != 1000 || got.NextToken != nil {
		t.Errorf("got %d queues and the token %v, want 1000 and none", len(got.QueueUrls), got.NextToken)
	}
	first := list(sqs.ListQueuesInput{MaxResults: aws.Int32(1000)})
	if _, err := base64.StdEncoding.DecodeString(aws.ToString(first.NextToken)); err != nil || first.NextToken == nil {
		t.Errorf("with MaxResults the token is %v (%v), want base64", first.NextToken, err)
	}
	rest := list(sqs.ListQueuesInput{MaxResults: aws.Int32(1000), NextToken: first.NextToken})
	if len(rest.QueueUrls) != 1 || rest.NextToken != nil {
		t.Errorf("the second page has %d queues and the token %v, want one and none", len(rest.QueueUrls), rest.NextToken)
	}
}

func TestQueueListsRefused(t *testing.T) {
	w := newWorld()
	w.queue(t, "dlq", nil)
	for _, n := range []int32{-1, 1001} {
		const message = "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000."
		_, err := w.sqs(owner, region).ListQueues(t.Context(), &sqs.ListQueuesInput{MaxResults: &n})
		wantMessage(t, fmt.Sprint("ListQueues of ", n), err, "InvalidParameterValue", message)
		_, err = w.sqs(owner, region).ListDeadLetterSourceQueues(t.Context(),
			&sqs.ListDeadLetterSourceQueuesInput{QueueUrl: aws.String("dlq"), MaxResults: &n})
		wantMessage(t, fmt.Sprint("ListDeadLetterSourceQueues of ", n), err, "InvalidParameterValue", message)
	}
	for _, token := range []string{"invalidtoken", "aaaa", "?"} {
		_, err := w.sqs(owner, region).ListQueues(t.Context(), &sqs.ListQueuesInput{NextToken: &token, MaxResults: aws.Int32(1)})
		wantMessage(t, "ListQueues from "+token, err, "InvalidParameterValue", "Invalid or expired next token.")
		_, err = w.sqs(owner, region).ListDeadLetterSourceQueues(t.Context(),
			&sqs.ListDeadLetterSourceQueuesInput{QueueUrl: aws.String("dlq"), NextToken: &token})
		wantMessage(t, "ListDeadLetterSourceQueues from "+token, err, "InvalidParameterValue", "Invalid or expired next token.")
	}
}

func TestListDeadLetterSourceQueuesPages(t *testing.T) {
	w := newWorld()
	_, dlq := w.queue(t, "dlq", nil)
	w.queue(t, "other", nil)
	for i := range 5 {
		w.queue(t, fmt.Sprint("source-", i), map[string]string{
			"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, dlq),
		})
	}
	pages := sqs.NewListDeadLetterSourceQueuesPaginator(w.sqs(owner, region),
		&sqs.ListDeadLetterSourceQueuesInput{QueueUrl: aws.String("dlq"), MaxResults: aws.Int32(2)})
	var sizes []int
	for pages.HasMorePages() {
		sizes = append(sizes, len(must[*sqs.ListDeadLetterSourceQueuesOutput](t)(pages.NextPage(t.Context())).QueueUrls))
	}
	if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
		t.Errorf("page sizes (-want +got):\n%s", diff)
	}
}
