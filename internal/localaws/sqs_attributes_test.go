package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

// setQueue sets one attribute of a queue of the owner.
func (w world) setQueue(t *testing.T, queue, name, value string) error {
	t.Helper()
	_, err := w.sqs(owner, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &queue, Attributes: map[string]string{name: value},
	})
	return err
}

// wantMessage fails the test unless err has the code and its text ends in the message.
func wantMessage(t *testing.T, what string, err error, want, message string) {
	t.Helper()
	wantCode(t, what, err, want)
	if err != nil && !strings.HasSuffix(err.Error(), ": "+message) {
		t.Errorf("%s: got %v, want the message %q", what, err, message)
	}
}

func TestQueueNumbersHaveBounds(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	for name, bounds := range map[string][2]int{
		"VisibilityTimeout": {0, 43200}, "MessageRetentionPeriod": {60, 1209600}, "DelaySeconds": {0, 900},
		"ReceiveMessageWaitTimeSeconds": {0, 20}, "MaximumMessageSize": {1024, 1048576},
		"KmsDataKeyReusePeriodSeconds": {60, 86400},
	} {
		t.Run(name, func(t *testing.T) {
			for _, allowed := range bounds {
				wantCode(t, fmt.Sprint(allowed), w.setQueue(t, "q", name, fmt.Sprint(allowed)), "")
			}
			for _, value := range []string{fmt.Sprint(bounds[0] - 1), fmt.Sprint(bounds[1] + 1), "", "1.5", "many"} {
				wantMessage(t, value, w.setQueue(t, "q", name, value), "InvalidAttributeValue",
					"Invalid value for the parameter "+name+".")
			}
		})
	}
}

func TestQueueAttributesThatCannotBeSet(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	for _, name := range []string{
		"QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible", "All", "visibilityTimeout",
	} {
		wantMessage(t, name, w.setQueue(t, "q", name, "1"), "InvalidAttributeName", "Unknown Attribute "+name+".")
		_, err := w.sqs(owner, region).CreateQueue(t.Context(),
			&sqs.CreateQueueInput{QueueName: aws.String("new"), Attributes: map[string]string{name: "1"}})
		wantCode(t, "creating with "+name, err, "InvalidAttributeName")
	}
}

// A change that AWS refuses in one attribute changes none of the others.
func TestQueueAttributesAreSetTogether(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	_, err := w.sqs(owner, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: aws.String("q"), Attributes: map[string]string{"DelaySeconds": "5", "VisibilityTimeout": "-1"},
	})
	wantCode(t, "one of two is wrong", err, "InvalidAttributeValue")
	if got := w.queueAttributes(t, "q", "DelaySeconds")["DelaySeconds"]; got != "0" {
		t.Errorf("DelaySeconds is %s, want it unchanged", got)
	}
}

func (w world) queueAttributes(t *testing.T, queue string, names ...types.QueueAttributeName) map[string]string {
	t.Helper()
	return must[*sqs.GetQueueAttributesOutput](t)(w.sqs(owner, region).GetQueueAttributes(t.Context(),
		&sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: names})).Attributes
}

func TestGetQueueAttributesAnswersWhatIsAsked(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	for name, test := range map[string]struct {
		names []types.QueueAttributeName
		want  map[string]string
	}{
		"no names":    {nil, nil},
		"unset names": {[]types.QueueAttributeName{"Policy", "RedrivePolicy", "KmsMasterKeyId", "FifoQueue"}, nil},
		"some":        {[]types.QueueAttributeName{"DelaySeconds", "Policy"}, map[string]string{"DelaySeconds": "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, w.queueAttributes(t, "q", test.names...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
	_, err := w.sqs(owner, region).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String("q"), AttributeNames: []types.QueueAttributeName{"DelaySeconds", "Nonsense"},
	})
	wantMessage(t, "an unknown name", err, "InvalidAttributeName", "Unknown Attribute Nonsense.")
}

func TestKMSReusePeriodNeedsAKey(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", map[string]string{"KmsDataKeyReusePeriodSeconds": "600"})
	if got := w.queueAttributes(t, "q", "KmsDataKeyReusePeriodSeconds"); len(got) != 0 {
		t.Errorf("got %v without a key, want nothing", got)
	}
	wantCode(t, "setting a key", w.setQueue(t, "q", "KmsMasterKeyId", "alias/k"), "")
	want := map[string]string{"KmsDataKeyReusePeriodSeconds": "300"}
	if diff := cmp.Diff(want, w.queueAttributes(t, "q", "KmsDataKeyReusePeriodSeconds")); diff != "" {
		t.Errorf("with a key (-want +got):\n%s", diff)
	}
}

func TestFIFOThroughputSettingsBelongTogether(t *testing.T) {
	w := newWorld()
	w.queue(t, "q.fifo", map[string]string{"FifoQueue": "true"})
	const reason = "Invalid value for the parameter FifoThroughputLimit. Reason: The perMessageGroupId value is allowed " +
		"only when the value for DeduplicationScope is messageGroup."
	set := func(attributes map[string]string) error {
		_, err := w.sqs(owner, region).SetQueueAttributes(t.Context(),
			&sqs.SetQueueAttributesInput{QueueUrl: aws.String("q.fifo"), Attributes: attributes})
		return err
	}
	high := map[string]string{"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
	low := map[string]string{"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
	wantMessage(t, "the limit alone", set(map[string]string{"FifoThroughputLimit": "perMessageGroupId"}), "InvalidAttributeValue", reason)
	wantCode(t, "both", set(high), "")
	wantMessage(t, "the scope alone back", set(map[string]string{"DeduplicationScope": "queue"}), "InvalidAttributeValue", reason)
	wantCode(t, "both back", set(low), "")
	wantCode(t, "the scope alone", set(map[string]string{"DeduplicationScope": "messageGroup"}), "")
}
