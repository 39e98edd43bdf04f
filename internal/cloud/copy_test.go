package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// everything is a message with attributes of all types, a trace header and a group.
func everything() types.SendMessageBatchRequestEntry {
	text := func(kind, value string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: &kind, StringValue: &value}
	}
	return types.SendMessageBatchRequestEntry{
		MessageBody: aws.String("{\"a\": 1,\n\t\"b\": \"ü–漢\U0001F600\"} "), MessageGroupId: aws.String("g"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"string": text("String", " x "), "array": text("String.Array", `["a",1]`), "number": text("Number", "1.50"), "integer": text("Number.int", "007"),
			"binary": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 0xff, 'a'}},
			"gif":    {DataType: aws.String("Binary.gif"), BinaryValue: []byte("GIF89a")},
			"a.b-c_": text("String", "dots"), "8": text("String", "eight"), "9": text("String", "nine"), "10": text("String", "ten"),
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")},
		},
	}
}

// lasting is what of a message must not change.
func lasting(m types.Message) map[string]any {
	out := map[string]any{"body": *m.Body}
	for _, name := range []string{"AWSTraceHeader", "MessageGroupId", "MessageDeduplicationId"} {
		out[name] = m.Attributes[name]
	}
	for name, a := range m.MessageAttributes {
		out["."+name] = []any{aws.ToString(a.DataType), aws.ToString(a.StringValue), string(a.BinaryValue)}
	}
	return out
}

func TestACopyIsWhatWasThere(t *testing.T) {
	for _, suffix := range []string{"", ".fifo"} {
		t.Run("queue"+suffix, func(t *testing.T) {
			p := newCopying(t, suffix, nil)
			m := everything()
			want := map[string]any{
				"body": *m.MessageBody, "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "MessageGroupId": "g", "MessageDeduplicationId": "",
			}
			if suffix == ".fifo" {
				m.MessageDeduplicationId = aws.String("d-1")
				want["MessageDeduplicationId"] = "d-1"
			}
			for name, a := range m.MessageAttributes {
				want["."+name] = []any{*a.DataType, aws.ToString(a.StringValue), string(a.BinaryValue)}
			}
			p.put(m)
			p.whole(10)
			got := p.drain(p.to)
			if len(got) != 1 {
				t.Fatalf("%d messages, want one", len(got))
			}
			if diff := cmp.Diff(want, lasting(got[0])); diff != "" {
				t.Errorf("the copy (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLargeMessagesAreCopied(t *testing.T) {
	p := newCopying(t, "", nil)
	var want []string
	for i, kib := range []int{300, 100, 100, 100, 1, 1000} {
		body, value := fmt.Sprint(i), strings.Repeat("v", kib<<10-100)
		p.put(types.SendMessageBatchRequestEntry{MessageBody: &body, MessageAttributes: map[string]types.MessageAttributeValue{
			"large": {DataType: aws.String("String"), StringValue: &value},
		}})
		want = append(want, body)
	}
	p.whole(10)
	if more := p.repeated(want, p.drain(p.to)); more > 0 {
		t.Errorf("%d came twice", more)
	}
	for _, c := range p.aws.Calls() {
		if c.Operation == "SendMessageBatch" && len(c.Params) > copyBytes+4096 && strings.Count(string(c.Params), "MessageBody") > 1 {
			t.Errorf("a batch of several messages has %d bytes", len(c.Params))
		}
	}
}

func TestASliceKeepsToItsLimitAndEnd(t *testing.T) {
	for _, suffix := range []string{"", ".fifo"} {
		p := newCopying(t, suffix, nil)
		p.numbers(60, 60)
		if copied, err := p.slice(37); err != nil || copied.Messages != 37 || copied.Empty {
			t.Errorf("%s: copied %+v, %v, want 37 messages", suffix, copied, err)
		}
		// Each call of the next slice takes a second, so that it has time for a few batches only.
		p.aws.SetHook(func(localaws.Call) localaws.Fault { p.clock.Step(time.Second); return localaws.Fault{} })
		copied, err := p.slice(100)
		p.aws.SetHook(nil)
		if err != nil || copied.Messages == 0 || copied.Messages > 20 || copied.Empty {
			t.Errorf("%s: copied %+v, %v, want what 5 s are enough for", suffix, copied, err)
		}
		if want := 60 - 37 - copied.Messages; p.holds() != (topology.Messages{Visible: int64(want)}) {
			t.Errorf("%s: the queue holds %+v, want %d visible", suffix, p.holds(), want)
		}
	}
}

func TestTheEndIsWhatTwoLongPollsAndTheCountsShow(t *testing.T) {
	p := newCopying(t, "", nil)
	p.numbers(3, 1)
	// Somebody else looks at one of them.
	if _, err := p.in("").sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &p.from, VisibilityTimeout: 60}); err != nil {
		t.Fatal(err)
	}
	p.aws.ResetCalls()
	copied, err := p.slice(100)
	if diff := cmp.Diff(Copied{Messages: 2, Empty: true, Left: topology.Messages{InFlight: 1}}, copied); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	p.calls(map[string]int{
		"sqs:GetQueueUrl": 2, "sqs:ReceiveMessage": 3, "sqs:SendMessageBatch": 1, "sqs:DeleteMessageBatch": 1, "sqs:GetQueueAttributes": 1,
	})
	p.clock.Step(time.Minute)
	copied, err = p.slice(100)
	if diff := cmp.Diff(Copied{Messages: 1, Empty: true}, copied); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWhatTheQueueRefusesStaysAndHoldsUpNobody(t *testing.T) {
	p := newCopying(t, "", map[string]string{"MaximumMessageSize": "1024"})
	var want []string
	for i := range 40 {
		body := fmt.Sprint(i)
		if i%10 == 3 {
			p.put(types.SendMessageBatchRequestEntry{MessageBody: aws.String(body + strings.Repeat("x", 1024))})
			continue
		}
		p.put(types.SendMessageBatchRequestEntry{MessageBody: &body})
		want = append(want, body)
	}
	copied, err := p.slice(100)
	if err != nil || copied.Messages != 36 || copied.Refused != 4 || !copied.Empty || copied.Left.Total() != 4 {
		t.Fatalf("copied %+v, %v, want 36 and 4 refused", copied, err)
	}
	if r := copied.Refusal; r.MessageID == "" || r.Code == "" || !strings.Contains(r.Message, "shorter than 1024 bytes") {
		t.Errorf("refusal %+v, want AWS's words", r)
	}
	// When they are visible again they are known, and counted once.
	p.clock.Step(copyHidden)
	p.aws.ResetCalls()
	if copied, err = p.slice(100); err != nil || copied.Messages != 0 || copied.Refused != 4 || p.aws.CallCounts()["sqs:SendMessageBatch"] != 0 {
		t.Errorf("copied %+v, %v by %v, want 4 refused and no try", copied, err, p.aws.CallCounts())
	}
	p.clock.Step(copyHidden)
	if left := p.drain(p.from); len(left) != 4 {
		t.Errorf("%d stayed, want 4", len(left))
	}
	p.repeated(want, p.drain(p.to))
}

func TestARefusedMessageKeepsItsGroupInOrder(t *testing.T) {
	p := newCopying(t, ".fifo", map[string]string{"MaximumMessageSize": "1024"})
	for i := range 30 {
		body := fmt.Sprint(i)
		m := types.SendMessageBatchRequestEntry{MessageBody: &body, MessageGroupId: aws.String(fmt.Sprint("g", i%3)), MessageDeduplicationId: &body}
		if i == 4 {
			m.MessageAttributes = map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String(strings.Repeat("x", 1024))}}
		}
		p.put(m)
	}
	copied, err := p.slice(100)
	if err != nil || copied.Messages != 21 || copied.Refused != 1 || !copied.Empty || copied.Left.Total() != 9 {
		t.Fatalf("copied %+v, %v, want 21, and 4 with what stands behind it left", copied, err)
	}
	got := p.drain(p.to)
	p.ordered(got)
	for _, body := range bodiesOf(got) {
		var n int
		if _, err := fmt.Sscan(body, &n); err != nil || n%3 == 1 && n > 1 {
			t.Errorf("%s overtook 4", body)
		}
	}
	p.clock.Step(copyHidden)
	if copied, err = p.slice(100); err != nil || copied.Messages != 0 || copied.Refused != 1 || copied.Left.Total() != 9 {
		t.Errorf("copied %+v, %v when they had come again, want all of it left", copied, err)
	}
	p.clock.Step(copyHidden)
	left := p.drain(p.from)
	p.ordered(left)
	if len(left) != 9 {
		t.Errorf("left %v, want 9", bodiesOf(left))
	}
}

func TestMessagesWithOneDeduplicationIDAllArrive(t *testing.T) {
	p := newCopying(t, ".fifo", map[string]string{"ContentBasedDeduplication": "true"})
	// The same message at 12:00, 12:06 and 12:12, each followed by another of the group.
	for i := range 3 {
		p.put(
			types.SendMessageBatchRequestEntry{MessageBody: aws.String("tick"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("tick")},
			types.SendMessageBatchRequestEntry{MessageBody: aws.String(fmt.Sprint("then ", i)), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String(fmt.Sprint(i))},
		)
		p.clock.Step(6 * time.Minute)
	}
	began := p.clock.Now()
	p.whole(100)
	want := []string{"tick", "then 0", "tick", "then 1", "tick", "then 2"}
	if diff := cmp.Diff(want, bodiesOf(p.drain(p.to))); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
	if took := p.clock.Since(began); took < 10*time.Minute || took > 16*time.Minute {
		t.Errorf("it took %s, want twice five minutes and what they are hidden for", took)
	}
	if p.sent != len(want) {
		t.Errorf("said to have copied %d, want %d", p.sent, len(want))
	}
}

func TestWhatIsNotSentIsVisibleAtOnce(t *testing.T) {
	for _, suffix := range []string{"", ".fifo"} {
		p := newCopying(t, suffix, nil)
		want := p.numbers(25, 2)
		p.aws.SetHook(failing("AccessDenied", "sqs:SendMessageBatch"))
		_, err := p.slice(100)
		p.aws.SetHook(nil)
		asFault(t, err, fault.Denied, v1alpha1.ReasonAccessDenied)
		if got := p.holds(); got != (topology.Messages{Visible: 25}) {
			t.Errorf("%s: the queue holds %+v, want 25 visible", suffix, got)
		}
		p.whole(100)
		got := p.drain(p.to)
		p.ordered(got)
		if more := p.repeated(want, got); more != 0 {
			t.Errorf("%s: %d came twice", suffix, more)
		}
	}
}

func TestWhatCannotBeDeletedIsNotSentAgain(t *testing.T) {
	p := newCopying(t, "", nil)
	want := p.numbers(300, 1)
	p.aws.SetHook(failing("AccessDenied", "sqs:DeleteMessageBatch"))
	for range 60 {
		_, err := p.slice(100)
		asFault(t, err, fault.Denied, v1alpha1.ReasonAccessDenied)
	}
	p.aws.SetHook(nil)
	if p.sent != maxUndeleted {
		t.Errorf("sent %d without being able to delete, want %d", p.sent, maxUndeleted)
	}
	p.whole(100)
	if more := p.repeated(want, p.drain(p.to)); more != 0 || p.sent != 300 {
		t.Errorf("%d came twice, and %d are said to have been copied; want none and 300", more, p.sent)
	}
}

func TestABatchThatWasBegunIsEnded(t *testing.T) {
	p := newCopying(t, "", nil)
	p.numbers(100, 1)
	ctx, stop := context.WithCancel(t.Context())
	p.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SendMessageBatch" {
			stop()
		}
		return localaws.Fault{}
	})
	copied, err := p.CopySlice(ctx, p.run, 100, p.clock.Now().Add(time.Minute))
	p.aws.SetHook(nil)
	if err != nil || copied.Messages != 10 {
		t.Fatalf("copied %+v, %v, want one batch", copied, err)
	}
	if got := p.holds(); got != (topology.Messages{Visible: 90}) {
		t.Errorf("the queue holds %+v, want 90 visible", got)
	}
}

func TestTooManyRefusedEndTheCopying(t *testing.T) {
	p := newCopying(t, "", map[string]string{"MaximumMessageSize": "1024"})
	for range MaxRefused + 50 {
		p.put(types.SendMessageBatchRequestEntry{MessageBody: aws.String(strings.Repeat("x", 1025))})
	}
	for range 2 {
		copied, err := p.CopySlice(t.Context(), p.run, 10000, p.clock.Now().Add(time.Minute))
		if err != nil || copied.Refused < MaxRefused || copied.Refused > MaxRefused+40 || copied.Messages != 0 {
			t.Fatalf("copied %+v, %v", copied, err)
		}
	}
}

func TestCopyingBetweenQueuesThatAreNotThere(t *testing.T) {
	p := newCopying(t, "", nil)
	p.numbers(3, 1)
	if _, err := p.in("").sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &p.to}); err != nil {
		t.Fatal(err)
	}
	_, err := p.slice(10)
	asFault(t, err, fault.Conflict, v1alpha1.ReasonAWSError)
	if !strings.Contains(err.Error(), "billing") {
		t.Errorf("%q does not name the queue", err)
	}
	p.run.To = strings.Replace(billing, account, "444455556666", 1)
	_, err = p.slice(10)
	asFault(t, err, fault.Terminal, v1alpha1.ReasonAccountChanged)
	if got := p.holds(); got != (topology.Messages{Visible: 3}) {
		t.Errorf("the queue holds %+v, want 3 visible", got)
	}
}

func TestBatchesHaveTheBudgetOfTheirOperation(t *testing.T) {
	for _, name := range []string{"sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"} {
		one, _ := DefaultRates().perSecond(name)
		if batch, _ := DefaultRates().perSecond(name + "Batch"); batch != one || !slices.Contains(Operations(), name) {
			t.Errorf("%s: %v a second, its batch %v", name, one, batch)
		}
	}
}
