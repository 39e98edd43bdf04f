package localaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

var fifoTopic, fifoQueue = map[string]string{"FifoTopic": "true"}, map[string]string{"FifoQueue": "true"}

// publishFIFO publishes to a FIFO topic; an empty dedup is none.
func (w world) publishFIFO(t *testing.T, topic, message, group, dedup string) *sns.PublishOutput {
	t.Helper()
	input := &sns.PublishInput{TopicArn: &topic, Message: &message, MessageGroupId: &group}
	if dedup != "" {
		input.MessageDeduplicationId = &dedup
	}
	return must[*sns.PublishOutput](t)(w.sns(owner, region).Publish(t.Context(), input))
}

func TestS2FIFOTopicKeepsOrderAndCollapsesDuplicates(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "payments.fifo", fifoTopic)
	url, queue := w.queueFor(t, topic, "payments.fifo", fifoQueue)
	w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true"})
	first := w.publishFIFO(t, topic, "1", "g", "a")
	second := w.publishFIFO(t, topic, "2", "g", "b")
	again := w.publishFIFO(t, topic, "another body", "g", "a")
	if *again.MessageId != *first.MessageId || *again.SequenceNumber != *first.SequenceNumber {
		t.Errorf("the duplicate was answered %s, %s; want %s, %s as the first",
			*again.MessageId, *again.SequenceNumber, *first.MessageId, *first.SequenceNumber)
	}
	if len(*first.SequenceNumber) != 20 || *second.SequenceNumber <= *first.SequenceNumber {
		t.Errorf("sequence numbers %s and %s, want growing ones of 20 digits", *first.SequenceNumber, *second.SequenceNumber)
	}
	w.pass(5*time.Minute - time.Second)
	w.publishFIFO(t, topic, "within five minutes", "g", "a")
	w.pass(time.Second)
	w.publishFIFO(t, topic, "3", "g", "a")
	got := w.drain(t, owner, region, url)
	var bodies, ids []string
	for _, m := range got {
		bodies, ids = append(bodies, *m.Body), append(ids, m.Attributes["MessageGroupId"]+" "+m.Attributes["MessageDeduplicationId"])
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, bodies); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"g a", "g b", "g a"}, ids); diff != "" {
		t.Errorf("groups and deduplication ids (-want +got):\n%s", diff)
	}
}

func TestContentBasedDeduplicationHashesTheMessage(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "t.fifo", map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "true"})
	url, queue := w.queueFor(t, topic, "q.fifo", fifoQueue)
	w.subscribed(t, topic, queue, nil)
	w.publishFIFO(t, topic, "m", "g", "")
	w.publishFIFO(t, topic, "m", "h", "")
	w.publishFIFO(t, topic, "m", "g", "explicit")
	got := w.drain(t, owner, region, url)
	const hash = "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"
	if len(got) != 2 || got[0].Attributes["MessageDeduplicationId"] != hash {
		t.Fatalf("received %+v, want two, the first with the hash %s", got, hash)
	}
	if body := *got[0].Body; !strings.Contains(body, `"SequenceNumber" : "1`) || strings.Contains(body, "Signature") || strings.Contains(body, "Subject") {
		t.Errorf("envelope %s, want a sequence number, no signature and no subject", body)
	}
}

func TestThroughputScopeMessageGroupDeduplicatesWithinGroups(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "t.fifo", map[string]string{"FifoTopic": "true", "FifoThroughputScope": "MessageGroup"})
	url, queue := w.queueFor(t, topic, "q", nil)
	w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true"})
	w.publishFIFO(t, topic, "1", "g", "a")
	w.publishFIFO(t, topic, "2", "h", "a")
	w.publishFIFO(t, topic, "3", "h", "a")
	if diff := cmp.Diff([]string{"1", "2"}, w.bodies(t, url)); diff != "" {
		t.Errorf("a standard queue of a FIFO topic received (-want +got):\n%s", diff)
	}
}

func TestATopicOfTheSameNameKnowsNoDuplicates(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "t.fifo", fifoTopic)
	first := w.publishFIFO(t, topic, "m", "g", "a")
	must[*sns.DeleteTopicOutput](t)(w.sns(owner, region).DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &topic}))
	w.topic(t, "t.fifo", fifoTopic)
	if second := w.publishFIFO(t, topic, "m", "g", "a"); *second.MessageId == *first.MessageId {
		t.Errorf("answered %s as in the deleted topic", *second.MessageId)
	}
}

func TestStandardTopicPassesTheGroupOn(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url, queue := w.queueFor(t, topic, "q", nil)
	w.subscribed(t, topic, queue, nil)
	must[*sns.PublishOutput](t)(w.sns(owner, region).Publish(t.Context(),
		&sns.PublishInput{TopicArn: &topic, Message: aws.String("m"), MessageGroupId: aws.String("tenant")}))
	got := w.drain(t, owner, region, url)
	if len(got) != 1 || got[0].Attributes["MessageGroupId"] != "tenant" {
		t.Errorf("received %+v, want one of the group tenant", got)
	}
}

func TestFIFODeadLettersKeepTheirGroup(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "t.fifo", fifoTopic)
	url, queue := w.queueFor(t, topic, "q.fifo", fifoQueue)
	deadURL, dead := w.queueFor(t, topic, "dead.fifo", fifoQueue)
	w.subscribed(t, topic, queue, map[string]string{"RedrivePolicy": undeliveredTo(dead)})
	must[*sqs.DeleteQueueOutput](t)(w.sqs(owner, region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url}))
	w.publishFIFO(t, topic, "m", "g", "a")
	got := w.drain(t, owner, region, deadURL)
	if len(got) != 1 || got[0].Attributes["MessageGroupId"] != "g" || got[0].Attributes["MessageDeduplicationId"] != "a" {
		t.Errorf("dead letters %+v, want one with group and deduplication id", got)
	}
}
