package localaws_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

func (w world) save(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	if err := w.Save(&file); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func (w world) load(t *testing.T, file string) {
	t.Helper()
	if err := w.Load(strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
}

// richWorld has something of everything: topics, subscriptions (confirmed, pending, with filter policy and dead-letter
// queue), deliveries of each result, messages in each state, move tasks, keys, issued access keys, deleted things.
func richWorld(t *testing.T) world {
	t.Helper()
	w := newWorld()
	topic := w.topic(t, "events", map[string]string{"DisplayName": "Events <&>"})
	_, orders := w.queueFor(t, topic, "orders", nil)
	_, undelivered := w.queueFor(t, topic, "undelivered", nil)
	_, closed := w.queue(t, "closed", nil)
	w.subscribed(t, topic, orders, map[string]string{"FilterPolicy": `{"type":["created"]}`})
	w.subscribed(t, topic, closed, map[string]string{"RedrivePolicy": undeliveredTo(undelivered)})
	gone := w.subscribed(t, topic, "arn:aws:sqs:"+region+":"+owner+":gone", nil)
	w.subscribed(t, topic, "arn:aws:sqs:"+region+":"+stranger+":theirs", nil)
	w.publish(t, topic, "m", "type", "created")
	w.publish(t, topic, "m", "type", "deleted")
	must[any](t)(w.sns(owner, region).Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &gone}))

	payments := w.topic(t, "payments.fifo", fifoTopic)
	_, inFIFO := w.queueFor(t, payments, "payments.fifo", fifoQueue)
	w.subscribed(t, payments, inFIFO, nil)
	w.publishFIFO(t, payments, "1", "g", "a")

	b := w.box(t, "work", map[string]string{"RedrivePolicy": redriveTo(undelivered, 3), "VisibilityTimeout": "30"})
	b.send(t, "in flight", "deleted")
	b.delete(t, b.receive(t)[1])
	b.send(t, "visible")
	must[any](t)(b.trySend(t, "delayed", sqs.SendMessageInput{
		DelaySeconds: 60, MessageAttributes: map[string]types.MessageAttributeValue{"a": text("b")},
	}))
	must[any](t)(b.client.TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: &b.url, Tags: map[string]string{"team": "x"}}))
	dlq, target := w.deadLetters(t, 4)
	w.mustStart(t, dlq, target, 1)
	w.pass(time.Second)

	key := w.key(t, `{"Tags":[{"TagKey":"a","TagValue":"b"}]}`)
	w.kmsOK(t, "CreateAlias", quoted("AliasName", "alias/orders", "TargetKeyId", key))
	w.kmsOK(t, "DescribeKey", quoted("KeyId", "alias/aws/sqs"))
	must[any](t)(w.sts(owner, "any").AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + stranger + ":role/r"), RoleSessionName: aws.String("session"),
	}))
	w.deleteQueue(t, "closed")
	return w
}

// TestSavedStateIsWhole: what is loaded shows the same, and saves the same to the byte.
func TestSavedStateIsWhole(t *testing.T) {
	w, other := richWorld(t), newWorld()
	other.queue(t, "not-saved", nil)
	other.clock.SetTime(w.clock.Now())
	file := w.save(t)
	other.load(t, file)
	if diff := cmp.Diff(w.Holdings(), other.Holdings()); diff != "" {
		t.Errorf("holdings (-saved +loaded):\n%s", diff)
	}
	if again := other.save(t); again != file {
		t.Errorf("saved again it is\n%s\nand was\n%s", again, file)
	}
	if len(w.heldTopics()) < 2 || !strings.Contains(file, `"NumberOfNotificationsRedrivenToDlq":2`) {
		t.Errorf("the world is too poor to show anything: %+v", w.heldTopics())
	}
}

// TestIDsGoOn: a loaded server gives the ids that the saved one would have given next.
func TestIDsGoOn(t *testing.T) {
	w, other := richWorld(t), newWorld()
	file := w.save(t)
	other.load(t, file)
	for range 3 {
		var sent [2]string
		for i, at := range []world{w, other} {
			sent[i] = *must[*sqs.SendMessageOutput](t)(at.sqs(owner, region).SendMessage(t.Context(),
				&sqs.SendMessageInput{QueueUrl: aws.String("work"), MessageBody: aws.String("m")})).MessageId
		}
		if sent[0] != sent[1] || strings.Contains(file, sent[0]) {
			t.Errorf("ids are %v", sent)
		}
	}
}

// TestBrokenStateIsRefused: the error says what is wrong, and the server stays as it was.
func TestBrokenStateIsRefused(t *testing.T) {
	rich := richWorld(t)
	file := rich.save(t)
	replaced := func(old, with string) string {
		t.Helper()
		if !strings.Contains(file, old) {
			t.Fatalf("the file has no %s", old)
		}
		return strings.Replace(file, old, with, 1)
	}
	w := newWorld()
	w.queue(t, "mine", nil)
	before := w.save(t)
	for name, test := range map[string]struct{ file, want string }{
		"empty":           {"", "it is no whole JSON document: unexpected end of JSON input"},
		"truncated":       {file[:len(file)/2], "it is no whole JSON document: unexpected end of JSON input"},
		"longer":          {file + "{}", "it is no whole JSON document: invalid character '{' after top-level value"},
		"no JSON":         {"faults: []", "it is no whole JSON document"},
		"another type":    {`{"version":"one"}`, "it is no whole JSON document"},
		"other JSON":      {`{"accounts":[]}`, `its format is "", not "skein-local state"`},
		"another version": {replaced(`"version":1`, `"version":2`), "it is of version 2, and only version 1 can be read here"},
		"no state":        {`{"format":"skein-local state","version":1}`, "its checksum is wrong"},
		"changed":         {replaced(`"visible"`, `"invisible"`), "its checksum is wrong: it was damaged or changed after it was saved"},
		"a digit":         {replaced(`"Receives":1`, `"Receives":9`), "its checksum is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.Load(strings.NewReader(test.file))
			if err == nil || !strings.HasPrefix(err.Error(), "loading state: "+test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if after := w.save(t); after != before {
				t.Errorf("the server holds\n%s\nand held\n%s", after, before)
			}
		})
	}
}

func TestStateThatCannotBeReadOrWritten(t *testing.T) {
	w := newWorld()
	broken := errors.New("broken disk")
	if err := w.Load(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("loading: got %v", err)
	}
	if err := w.Save(fails{broken}); !errors.Is(err, broken) {
		t.Errorf("saving: got %v", err)
	}
}

type fails struct{ err error }

func (f fails) Write([]byte) (int, error) { return 0, fmt.Errorf("writing: %w", f.err) }
