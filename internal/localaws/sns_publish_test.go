package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
)

func TestPublishRefused(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	fifo := w.topic(t, "topic.fifo", map[string]string{"FifoTopic": "true"})
	m, long := aws.String("m"), strings.Repeat("x", 256<<10)
	numbered := map[string]snstypes.MessageAttributeValue{"n": {DataType: aws.String("Number"), StringValue: aws.String("1")}}
	structure := func(text string) sns.PublishInput {
		return sns.PublishInput{TopicArn: &topic, Message: &text, MessageStructure: aws.String("json")}
	}
	for name, test := range map[string]struct {
		input   sns.PublishInput
		code    string
		message string
	}{
		"to nobody":             {sns.PublishInput{Message: m}, "InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"},
		"to two":                {sns.PublishInput{Message: m, TopicArn: &topic, PhoneNumber: aws.String("+15550100")}, "InvalidParameter", ""},
		"to a topic as target":  {sns.PublishInput{Message: m, TargetArn: &topic}, "", ""},
		"to another region":     {sns.PublishInput{Message: m, TopicArn: aws.String("arn:aws:sns:eu-west-1:111111111111:topic")}, "InvalidParameter", "Invalid parameter: TopicArn"},
		"to a phone":            {sns.PublishInput{Message: m, PhoneNumber: aws.String("+15550100")}, "", ""},
		"to no phone":           {sns.PublishInput{Message: m, PhoneNumber: aws.String("555-x")}, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: 555-x is not valid to publish to"},
		"subject of 100":        {sns.PublishInput{Message: m, TopicArn: &topic, Subject: aws.String(strings.Repeat("ä", 100))}, "", ""},
		"subject of 101":        {sns.PublishInput{Message: m, TopicArn: &topic, Subject: aws.String(strings.Repeat("s", 101))}, "InvalidParameter", "Invalid parameter: Subject"},
		"subject of two lines":  {sns.PublishInput{Message: m, TopicArn: &topic, Subject: aws.String("a\nb")}, "InvalidParameter", "Invalid parameter: Subject"},
		"256 KiB":               {sns.PublishInput{Message: &long, TopicArn: &topic}, "", ""},
		"256 KiB, attribute":    {sns.PublishInput{Message: &long, TopicArn: &topic, MessageAttributes: numbered}, "InvalidParameter", "Invalid parameter: Message too long"},
		"no number":             {sns.PublishInput{Message: m, TopicArn: &topic, MessageAttributes: attributes("n Number", "x")}, "ParameterValueInvalid", "Could not cast message attribute 'n' value to number."},
		"type of one's own":     {sns.PublishInput{Message: m, TopicArn: &topic, MessageAttributes: attributes("n Number.float", "1.5e3")}, "", ""},
		"json, twice the key":   {structure(`{"default":"a","default":"b"}`), "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"},
		"json, a list":          {structure(`["default"]`), "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"},
		"json, unfinished":      {structure(`{"default":"a"`), "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"},
		"json, no default":      {structure(`{"sqs":"a"}`), "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"},
		"group, standard topic": {sns.PublishInput{Message: m, TopicArn: &topic, MessageGroupId: aws.String("g")}, "", ""},
		"bad group":             {sns.PublishInput{Message: m, TopicArn: &topic, MessageGroupId: aws.String("a b")}, "InvalidParameter", ""},
		"bad dedup id":          {sns.PublishInput{Message: m, TopicArn: &fifo, MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String(strings.Repeat("d", 129))}, "InvalidParameter", ""},
		"fifo":                  {sns.PublishInput{Message: m, TopicArn: &fifo, MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("d")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.sns(owner, region).Publish(t.Context(), &test.input)
			wantCode(t, "Publish", err, test.code)
			if test.message != "" && !strings.HasSuffix(fmt.Sprint(err), test.message) {
				t.Errorf("got %v, want %q", err, test.message)
			}
		})
	}
}

func TestPublishFromAnotherAccountNeedsTheTopicsPolicy(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	publish := func() error {
		_, err := w.sns(stranger, region).Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: aws.String("m")})
		return err
	}
	wantCode(t, "under the default policy", publish(), "AuthorizationError")
	must[*sns.AddPermissionOutput](t)(w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &topic, Label: aws.String("them"), AWSAccountId: []string{stranger}, ActionName: []string{"Publish"},
	}))
	wantCode(t, "granted", publish(), "")
}

// numberedEntries makes a batch of messages whose ids are their numbers.
func numberedEntries(messages ...string) []snstypes.PublishBatchRequestEntry {
	var all []snstypes.PublishBatchRequestEntry
	for i, message := range messages {
		all = append(all, snstypes.PublishBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), Message: &message})
	}
	return all
}

func TestPublishBatchRefused(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	twice := append(numberedEntries("a"), numberedEntries("b")...)
	badID := numberedEntries("a")
	badID[0].Id = aws.String("a b")
	for name, test := range map[string]struct {
		entries []snstypes.PublishBatchRequestEntry
		code    string
	}{
		"none":        {[]snstypes.PublishBatchRequestEntry{}, "EmptyBatchRequest"},
		"ten":         {numberedEntries(strings.Split("0123456789", "")...), ""},
		"eleven":      {numberedEntries(strings.Split("0123456789x", "")...), "TooManyEntriesInBatchRequest"},
		"twice an id": {twice, "BatchEntryIdsNotDistinct"},
		"a bad id":    {badID, "InvalidBatchEntryId"},
		"256 KiB":     {numberedEntries(strings.Repeat("x", 200<<10), strings.Repeat("x", 56<<10)), ""},
		"more":        {numberedEntries(strings.Repeat("x", 200<<10), strings.Repeat("x", 56<<10), "x"), "BatchRequestTooLong"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.sns(owner, region).PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: test.entries})
			wantCode(t, "PublishBatch", err, test.code)
		})
	}
	_, err := w.sns(owner, region).PublishBatch(t.Context(), &sns.PublishBatchInput{
		TopicArn: aws.String(topic + "x"), PublishBatchRequestEntries: numberedEntries("a"),
	})
	wantCode(t, "to a topic that does not exist", err, "NotFound")
}

func TestPublishBatchInPart(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	url, queue := w.queueFor(t, topic, "q", nil)
	w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true"})
	out := must[*sns.PublishBatchOutput](t)(w.sns(owner, region).PublishBatch(t.Context(),
		&sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: numberedEntries("a", "", "c")}))
	if len(out.Successful) != 2 || *out.Successful[1].Id != "2" || aws.ToString(out.Successful[1].MessageId) == "" {
		t.Errorf("successful %+v, want 0 and 2 with message ids", out.Successful)
	}
	if len(out.Failed) != 1 || *out.Failed[0].Id != "1" || *out.Failed[0].Code != "InvalidParameter" || !out.Failed[0].SenderFault {
		t.Errorf("failed %+v, want 1, by the sender's fault", out.Failed)
	}
	if diff := cmp.Diff([]string{"a", "c"}, w.bodies(t, url)); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}
