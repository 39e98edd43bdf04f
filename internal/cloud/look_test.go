package cloud

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/testaws"
)

// lookHold is longer than any of these tests.
const lookHold = 5 * time.Minute

// looking is a client and a queue to look at.
type looking struct {
	t *testing.T
	*Client
	queue QueueRef
}

// newLooking makes a queue; a name that ends in .fifo makes it FIFO.
func newLooking(t *testing.T, c *Client, name string, attributes map[string]string) looking {
	t.Helper()
	if strings.HasSuffix(name, ".fifo") {
		attributes = map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}
	}
	out, err := c.in("").sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:sqs:" + c.id.Region + ":" + c.Caller().AccountID + ":" + name
	return looking{t, c, QueueRef{URL: aws.ToString(out.QueueUrl), ARN: arn}}
}

func lookingLocally(t *testing.T, name string) (*world, looking) {
	t.Helper()
	w := newWorld(t, localaws.WithClock(clock.RealClock{}))
	return w, newLooking(t, w.Client, name, nil)
}

func (l looking) send(group string, bodies ...string) {
	l.t.Helper()
	for _, body := range bodies {
		in := &sqs.SendMessageInput{QueueUrl: &l.queue.URL, MessageBody: &body}
		if group != "" {
			in.MessageGroupId = &group
		}
		if _, err := l.in("").sqs.SendMessage(l.t.Context(), in); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l looking) facts() QueueFacts {
	l.t.Helper()
	f, err := l.QueueFacts(l.t.Context(), l.queue)
	if err != nil {
		l.t.Fatal(err)
	}
	return f
}

// holds checks that all messages are visible.
func (l looking) holds(messages int64) {
	l.t.Helper()
	if f := l.facts(); f.Visible != messages || f.InFlight != 0 || f.Delayed != 0 {
		l.t.Errorf("the queue has %d messages, %d in flight and %d delayed; want %d, all visible", f.Visible, f.InFlight, f.Delayed, messages)
	}
}

// look checks that nothing is seen twice and everything was given back, and gives the receive counts by body.
func (l looking) look(limit int) map[string]int {
	l.t.Helper()
	out, err := l.Look(l.t.Context(), l.queue, LookOptions{Max: limit, Hold: lookHold})
	if err != nil {
		l.t.Fatal(err)
	}
	if len(out.Hidden) > 0 || out.Repeated > 0 || out.OutOfTime {
		l.t.Errorf("hidden %v, repeated %d, out of time %t", out.Hidden, out.Repeated, out.OutOfTime)
	}
	return receives(l.t, out)
}

func receives(t *testing.T, out Looked) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, m := range out.Messages {
		if _, again := counts[m.Body]; again {
			t.Errorf("%s is shown twice", m.Body)
		}
		counts[m.Body] = m.Receives
	}
	return counts
}

func numbered(prefix string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, prefix+strconv.Itoa(100+i))
	}
	return out
}

func TestS13LookingLosesNothing(t *testing.T) {
	backends := map[string]func() *Client{
		"localaws": func() *Client { return over(t, testaws.Local(t)) },
		"moto":     func() *Client { return over(t, testaws.Shared(t).Moto.In("eu-north-1")) },
		"fauxqs":   func() *Client { return over(t, testaws.Shared(t).Fauxqs) },
	}
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			l := newLooking(t, open(), "looked-at-dlq", nil)
			bodies := numbered("m", 23)
			l.send("", bodies...)
			first := l.look(15)
			if len(first) != 15 {
				t.Errorf("saw %d messages, want 15", len(first))
			}
			l.holds(23)
			want := map[string]int{}
			for _, body := range bodies {
				want[body] = first[body] + 1
			}
			if diff := cmp.Diff(want, l.look(100)); diff != "" {
				t.Errorf("receive counts of the second look (-want +got):\n%s", diff)
			}
			l.holds(23)
		})
	}
}

// TestS13AMessageAsItIs: everything that SQS tells of a dead letter.
func TestS13AMessageAsItIs(t *testing.T) {
	w, l := lookingLocally(t, "dlq")
	dead := l.queue
	source := newLooking(t, w.Client, "orders", map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + dead.ARN + `","maxReceiveCount":"1"}`})
	_, err := l.in("").sqs.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: &source.queue.URL, MessageBody: aws.String(`{"id":7}`), MessageGroupId: aws.String("tenant"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"eventType": {DataType: aws.String("String"), StringValue: aws.String("OrderPlaced")},
			"digest":    {DataType: aws.String("Binary.sha1"), BinaryValue: []byte{1, 2}},
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The look at the queue is its only receive, after which the next one makes it a dead letter.
	before := time.Now().Add(-time.Minute)
	source.look(10)
	if seen := source.look(10); len(seen) != 0 {
		t.Fatalf("still in the queue: %v", seen)
	}
	out, err := w.Look(t.Context(), dead, LookOptions{Max: 1, Hold: lookHold})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	m := out.Messages[0]
	if m.ID == "" || m.SenderID == "" || m.Sent.Before(before) || m.FirstReceived.Before(m.Sent) {
		t.Errorf("%+v", m)
	}
	m.ID, m.SenderID, m.Sent, m.FirstReceived = "", "", time.Time{}, time.Time{}
	want := Message{
		Body: `{"id":7}`, Receives: 2, SourceARN: source.queue.ARN, GroupID: "tenant", TraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793",
		Attributes: map[string]MessageAttribute{"eventType": {Type: "String", Value: "OrderPlaced"}, "digest": {Type: "Binary.sha1", Binary: []byte{1, 2}}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := source.facts(); f.RedriveTo != dead.ARN || f.MaxReceives != 1 || f.Retention != 96*time.Hour {
		t.Errorf("facts of the source: %+v", f)
	}
}

func TestLookingAtAFIFOQueue(t *testing.T) {
	_, l := lookingLocally(t, "dlq.fifo")
	l.send("a", numbered("a", 12)...)
	l.send("b", numbered("b", 3)...)
	seen := l.look(100)
	if len(seen) != 13 {
		t.Errorf("saw %v, want ten of group a and all three of b", seen)
	}
	l.holds(15)
	again, err := l.Look(t.Context(), l.queue, LookOptions{Max: 2, Hold: lookHold})
	if err != nil || len(again.Messages) != 2 {
		t.Fatalf("%+v, %v", again, err)
	}
	for i, body := range []string{"a100", "a101"} {
		if m := again.Messages[i]; m.Body != body || m.GroupID != "a" || m.Receives != 2 || m.SequenceNumber == "" || m.DeduplicationID == "" {
			t.Errorf("message %d of the second look: %+v", i, m)
		}
	}
	if !l.facts().FIFO {
		t.Error("the facts do not say that it is a FIFO queue")
	}
}

// bendAt bends the n-th call of an operation of SQS.
func bendAt(n int, operation string, bend func() localaws.Fault) localaws.Hook {
	calls := 0
	return func(c localaws.Call) localaws.Fault {
		if c.Operation != operation {
			return localaws.Fault{}
		}
		if calls++; calls != n {
			return localaws.Fault{}
		}
		return bend()
	}
}

// TestLookingThatEndsEarlyGivesBack: whatever ends a look, nothing stays hidden.
func TestLookingThatEndsEarlyGivesBack(t *testing.T) {
	t.Run("Ctrl-C during a receive", func(t *testing.T) {
		w, l := lookingLocally(t, "dlq")
		l.send("", numbered("m", 35)...)
		ctx, interrupt := context.WithCancel(t.Context())
		w.aws.SetHook(bendAt(2, "ReceiveMessage", func() localaws.Fault { interrupt(); return localaws.Fault{} }))
		out, err := l.Look(ctx, l.queue, LookOptions{Max: 100, Hold: lookHold})
		if !errors.Is(err, context.Canceled) || len(receives(t, out)) != 20 || len(out.Hidden) != 0 {
			t.Errorf("%d messages, hidden %v, %v; want 20 and an interrupt", len(out.Messages), out.Hidden, err)
		}
		l.holds(35)
	})
	t.Run("a call that is refused", func(t *testing.T) {
		w, l := lookingLocally(t, "dlq")
		l.send("", numbered("m", 15)...)
		w.aws.SetHook(bendAt(2, "ReceiveMessage", func() localaws.Fault { return localaws.Fault{Code: "AccessDenied"} }))
		out, err := l.Look(t.Context(), l.queue, LookOptions{Max: 100, Hold: lookHold})
		asFault(t, err, fault.Denied, v1alpha1.ReasonAccessDenied)
		if f := fault.As(err); len(out.Messages) != 10 || f.Operation != "sqs:ReceiveMessage" || f.Resource != l.queue.ARN {
			t.Errorf("%d messages, %v", len(out.Messages), f)
		}
		l.holds(15)
	})
	t.Run("too little time", func(t *testing.T) {
		w, l := lookingLocally(t, "dlq")
		l.send("", numbered("m", 25)...)
		w.aws.SetHook(bendAt(2, "ReceiveMessage", func() localaws.Fault { w.clock.Step(lookHold / 2); return localaws.Fault{} }))
		out, err := l.Look(t.Context(), l.queue, LookOptions{Max: 100, Hold: lookHold})
		if err != nil || !out.OutOfTime || len(out.Messages) != 20 || len(out.Hidden) != 0 {
			t.Errorf("%d messages, hidden %v, out of time %t, %v", len(out.Messages), out.Hidden, out.OutOfTime, err)
		}
		l.holds(25)
	})
	t.Run("a lost answer of a FIFO queue", func(t *testing.T) {
		w, l := lookingLocally(t, "dlq.fifo")
		l.send("a", numbered("a", 12)...)
		w.aws.SetHook(bendAt(1, "ReceiveMessage", func() localaws.Fault { return localaws.Fault{AfterEffect: true} }))
		if seen := l.look(10); len(seen) != 10 {
			t.Errorf("saw %v", seen)
		}
		l.holds(12)
	})
}

// TestWhatCannotBeGivenBackIsSaid: it is visible again by itself.
func TestWhatCannotBeGivenBackIsSaid(t *testing.T) {
	t.Run("not permitted", func(t *testing.T) {
		w := newWorld(t)
		l := newLooking(t, w.Client, "dlq", nil)
		l.send("", "m")
		w.aws.SetHook(failing("AccessDenied", "sqs:ChangeMessageVisibilityBatch"))
		out, err := l.Look(t.Context(), l.queue, LookOptions{Max: 1, Hold: lookHold})
		if err != nil || len(out.Hidden) != 1 || !out.Hidden[0].Until.Equal(w.clock.Now().Add(lookHold)) || out.Hidden[0].ID != out.Messages[0].ID {
			t.Fatalf("%+v, %v", out, err)
		}
		asFault(t, out.Hidden[0].Err, fault.Denied, v1alpha1.ReasonAccessDenied)
		w.aws.SetHook(nil)
		w.clock.Step(lookHold)
		l.holds(1)
	})
	t.Run("after its time", func(t *testing.T) {
		w := newWorld(t)
		l := newLooking(t, w.Client, "dlq", nil)
		l.send("", "m")
		w.aws.SetHook(bendAt(1, "ReceiveMessage", func() localaws.Fault { w.clock.Step(lookHold); return localaws.Fault{} }))
		out, err := l.Look(t.Context(), l.queue, LookOptions{Max: 1, Hold: lookHold})
		if err != nil || len(out.Hidden) != 1 || !errors.Is(out.Hidden[0].Err, errExpired) {
			t.Fatalf("%+v, %v", out, err)
		}
	})
	t.Run("visible already, as the answer to the first attempt was lost", func(t *testing.T) {
		_, l := lookingLocally(t, "dlq")
		l.send("", "m1", "m2")
		l.Client = through(t, l, &once{Doer: l.accounts.options.HTTPClient, operation: "ChangeMessageVisibilityBatch", answer: func([]byte) []byte {
			return []byte(`{"Successful":[],"Failed":[{"Id":"0","SenderFault":true,"Code":"AWS.SimpleQueueService.MessageNotInflight"},` +
				`{"Id":"1","SenderFault":true,"Code":"MessageNotInflight"}]}`)
		}})
		if seen := l.look(2); len(seen) != 2 {
			t.Errorf("saw %v", seen)
		}
	})
	t.Run("SQS fails for one", func(t *testing.T) {
		_, l := lookingLocally(t, "dlq")
		l.send("", "m1", "m2")
		broken := &once{Doer: l.accounts.options.HTTPClient, operation: "ChangeMessageVisibilityBatch", answer: func([]byte) []byte {
			return []byte(`{"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","SenderFault":false,"Code":"InternalError","Message":"later"}]}`)
		}}
		l.Client = through(t, l, broken)
		if seen := l.look(2); len(seen) != 2 || broken.calls != 2 {
			t.Errorf("saw %v, gave back in %d calls, want a second one for what failed", seen, broken.calls)
		}
		l.holds(2)
	})
}

// TestAMessageThatSQSGivesTwiceIsShownOnce: standard queues deliver at least once.
func TestAMessageThatSQSGivesTwiceIsShownOnce(t *testing.T) {
	_, l := lookingLocally(t, "dlq")
	l.send("", numbered("m", 12)...)
	var first []byte
	remembered := &once{Doer: l.accounts.options.HTTPClient, operation: "ReceiveMessage", at: 2, seen: func(body []byte) {
		if first == nil {
			first = body
		}
	}, answer: func([]byte) []byte { return first }}
	l.Client = through(t, l, remembered)
	out, err := l.Look(t.Context(), l.queue, LookOptions{Max: 100, Hold: lookHold})
	if err != nil || out.Repeated != 10 || len(receives(t, out)) != 10 || len(out.Hidden) != 0 {
		t.Errorf("%d messages, repeated %d, hidden %v, %v", len(out.Messages), out.Repeated, out.Hidden, err)
	}
}

func TestLookingAtAQueueThatDoesNotExist(t *testing.T) {
	w := newWorld(t)
	_, err := w.QueueFacts(t.Context(), QueueRef{ARN: "arn:aws:sqs:eu-west-1:111122223333:none"})
	if !isAbsent(err) {
		t.Errorf("got %v", err)
	}
}

// once answers otherwise than AWS, for the at-th call of an operation.
type once struct {
	Doer      aws.HTTPClient
	operation string
	// at is 0 for the first.
	at, calls int
	seen      func(body []byte)
	answer    func(body []byte) []byte
}

func (o *once) Do(r *http.Request) (*http.Response, error) {
	response, err := o.Doer.Do(r)
	if err != nil || !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+o.operation) {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	if o.seen != nil {
		o.seen(body)
	}
	if o.calls++; o.calls == max(o.at, 1) {
		body = o.answer(body)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return response, nil
}

// through is a client like l's whose calls go another way.
func through(t *testing.T, l looking, way aws.HTTPClient) *Client {
	t.Helper()
	o := l.accounts.options
	o.HTTPClient = way
	c, err := NewAccounts(o).Client(t.Context(), l.id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
