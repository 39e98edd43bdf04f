package cloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// polled is a fake clock on which a long poll that finds nothing takes its time at once.
type polled struct{ *clocktesting.FakeClock }

func (c polled) NewTimer(d time.Duration) clock.Timer {
	timer := c.FakeClock.NewTimer(d)
	c.Step(d)
	return timer
}

// copying is a world with a queue that is emptied into another.
type copying struct {
	*world
	run      *CopyRun
	from, to string
	suffix   string
	// sent counts what slices said that they have copied.
	sent int
}

func newCopying(t *testing.T, suffix string, attributes map[string]string) *copying {
	t.Helper()
	c := clocktesting.NewFakeClock(time.Now().Truncate(time.Second))
	w := &world{t: t, aws: localaws.New(localaws.WithClock(polled{c})), clock: c}
	w.accounts = w.newAccounts(Options{Rates: Unlimited()})
	w.Client = w.open(identity)
	p := &copying{world: w, suffix: suffix}
	p.from, p.to = p.queue("undelivered", nil), p.queue("billing", attributes)
	p.restart()
	w.aws.ResetCalls()
	return p
}

func (p *copying) queue(name string, attributes map[string]string) (url string) {
	p.t.Helper()
	in := &sqs.CreateQueueInput{QueueName: aws.String(name + p.suffix), Attributes: map[string]string{}}
	if p.suffix == ".fifo" {
		in.Attributes["FifoQueue"] = "true"
	}
	for k, v := range attributes {
		in.Attributes[k] = v
	}
	out, err := p.in("").sqs.CreateQueue(p.t.Context(), in)
	if err != nil {
		p.t.Fatalf("making %s: %v", name, err)
	}
	return *out.QueueUrl
}

// restart is another operator, which remembers nothing.
func (p *copying) restart() {
	p.run = &CopyRun{From: strings.Replace(billing, "billing", "undelivered"+p.suffix, 1), To: billing + p.suffix}
}

// put puts messages into the queue that is emptied.
func (p *copying) put(messages ...types.SendMessageBatchRequestEntry) {
	p.t.Helper()
	for _, m := range messages {
		_, err := p.in("").sqs.SendMessage(p.t.Context(), &sqs.SendMessageInput{
			QueueUrl: &p.from, MessageBody: m.MessageBody, MessageAttributes: m.MessageAttributes, MessageSystemAttributes: m.MessageSystemAttributes,
			MessageGroupId: m.MessageGroupId, MessageDeduplicationId: m.MessageDeduplicationId,
		})
		if err != nil {
			p.t.Fatalf("sending %.40q: %v", *m.MessageBody, err)
		}
	}
}

// numbers puts messages "0", "1" and so on; in FIFO queues by turns into groups, with the body as deduplication id.
func (p *copying) numbers(n, groups int) (bodies []string) {
	p.t.Helper()
	for i := range n {
		m := types.SendMessageBatchRequestEntry{MessageBody: aws.String(fmt.Sprint(i))}
		if p.suffix == ".fifo" {
			m.MessageGroupId, m.MessageDeduplicationId = aws.String(fmt.Sprint("g", i%groups)), m.MessageBody
		}
		p.put(m)
		bodies = append(bodies, *m.MessageBody)
	}
	return bodies
}

// slice copies up to limit messages.
func (p *copying) slice(limit int) (Copied, error) {
	copied, err := p.CopySlice(p.t.Context(), p.run, limit, p.clock.Now().Add(5*time.Second))
	p.sent += copied.Messages
	return copied, err
}

// whole copies slice by slice until nothing is left, whatever fails on the way, and gives the last slice.
func (p *copying) whole(limit int) (last Copied) {
	p.t.Helper()
	for range 1000 {
		copied, err := p.slice(limit)
		if err == nil && copied.Empty && copied.Left.Total() == 0 {
			return copied
		}
		if copied.Empty || err != nil {
			p.clock.Step(10 * time.Second)
		}
	}
	p.t.Fatal("the copying does not end")
	return last
}

// drain takes all messages from a queue, in their order, with all attributes.
func (p *copying) drain(url string) (all []types.Message) {
	p.t.Helper()
	for {
		out, err := p.in("").sqs.ReceiveMessage(p.t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, VisibilityTimeout: 600, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			p.t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			if _, err := p.in("").sqs.DeleteMessage(p.t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				p.t.Fatal(err)
			}
		}
		all = append(all, out.Messages...)
	}
}

func bodiesOf(messages []types.Message) (all []string) {
	for _, m := range messages {
		all = append(all, *m.Body)
	}
	return all
}

// repeated checks that each of the wanted arrived, and counts those that arrived once more.
func (p *copying) repeated(want []string, got []types.Message) (more int) {
	p.t.Helper()
	counts := map[string]int{}
	for _, body := range bodiesOf(got) {
		counts[body]++
	}
	for _, body := range want {
		if counts[body] == 0 {
			p.t.Errorf("%q is lost", body)
		}
		more += max(0, counts[body]-1)
		delete(counts, body)
	}
	for body := range counts {
		p.t.Errorf("%q came from nowhere", body)
	}
	return more
}

// ordered checks that of each group the messages came first in the order of their numbers.
func (p *copying) ordered(got []types.Message) {
	p.t.Helper()
	groups, seen := map[string][]int{}, map[string]bool{}
	for _, m := range got {
		var n int
		if _, err := fmt.Sscan(*m.Body, &n); err != nil {
			p.t.Fatal(err)
		}
		if g := groupOf(m); !seen[*m.Body] {
			groups[g], seen[*m.Body] = append(groups[g], n), true
		}
	}
	for g, numbers := range groups {
		if !slices.IsSorted(numbers) {
			p.t.Errorf("group %s came as %v", g, numbers)
		}
	}
}

// holds is about how many messages the queue that is emptied holds.
func (p *copying) holds() topology.Messages {
	p.t.Helper()
	return messagesOf(p.attributes(p.run.From))
}

// bent bends the calls of one operation from the first to the last given, counted from 1.
func bent(t *testing.T, operation string, from, to int, f localaws.FaultRule) localaws.Hook {
	t.Helper()
	f.Operation, f.Calls = operation, &localaws.Occurrence{From: from, To: to}
	hook, err := localaws.Faults(f)
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

func failedEntry(code string) types.BatchResultErrorEntry {
	return types.BatchResultErrorEntry{Id: aws.String("0"), Code: &code, Message: aws.String("words"), SenderFault: true}
}
