package cloud

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
)

// What the documentation says of copies: a fault gives at most one batch of ten twice, and a FIFO queue takes none of it within five minutes.

// disturbance is one fault of a copying, and how many messages it may give twice.
type disturbance struct {
	operation string
	from, to  int
	rule      localaws.FaultRule
	// restart: the slice that fails is the operator's last.
	restart bool
	twice   int
}

var disturbances = map[string]disturbance{
	"the answer to a send is lost":              {"sqs:SendMessageBatch", 2, 2, localaws.FaultRule{AfterEffect: true, DropConnection: true}, false, 10},
	"the answers to a send are lost":            {"sqs:SendMessageBatch", 2, 4, localaws.FaultRule{AfterEffect: true, DropConnection: true}, false, 30},
	"a send fails after its effect":             {"sqs:SendMessageBatch", 2, 2, localaws.FaultRule{AfterEffect: true}, false, 10},
	"a send does not get through":               {"sqs:SendMessageBatch", 2, 4, localaws.FaultRule{DropConnection: true}, false, 0},
	"sends are throttled":                       {"sqs:SendMessageBatch", 2, 8, localaws.FaultRule{Code: "ThrottlingException"}, false, 0},
	"sends are denied":                          {"sqs:SendMessageBatch", 2, 5, localaws.FaultRule{Code: "AccessDenied"}, false, 0},
	"the answer to a delete is lost":            {"sqs:DeleteMessageBatch", 2, 2, localaws.FaultRule{AfterEffect: true, DropConnection: true}, false, 0},
	"the answers to a delete are lost":          {"sqs:DeleteMessageBatch", 2, 4, localaws.FaultRule{AfterEffect: true, DropConnection: true}, false, 0},
	"a delete does not get through":             {"sqs:DeleteMessageBatch", 2, 4, localaws.FaultRule{DropConnection: true}, false, 0},
	"the answer to a receive is lost":           {"sqs:ReceiveMessage", 2, 2, localaws.FaultRule{AfterEffect: true, DropConnection: true}, false, 0},
	"the answers to a receive are lost":         {"sqs:ReceiveMessage", 2, 4, localaws.FaultRule{AfterEffect: true, DropConnection: true}, false, 0},
	"killed before a send":                      {"sqs:SendMessageBatch", 2, 4, localaws.FaultRule{DropConnection: true}, true, 0},
	"killed during a send":                      {"sqs:SendMessageBatch", 2, 2, localaws.FaultRule{AfterEffect: true, Code: "AccessDenied"}, true, 10},
	"killed between send and delete":            {"sqs:DeleteMessageBatch", 2, 2, localaws.FaultRule{Code: "AccessDenied"}, true, 10},
	"killed after a delete":                     {"sqs:DeleteMessageBatch", 2, 2, localaws.FaultRule{AfterEffect: true, Code: "AccessDenied"}, true, 0},
	"killed while it shows what was not sent":   {"sqs:*MessageBatch", 3, 99, localaws.FaultRule{Code: "AccessDenied"}, true, 0},
	"AWS restarts after a send":                 {"sqs:SendMessageBatch", 2, 2, localaws.FaultRule{AfterEffect: true, Restart: localaws.KeepMemory}, false, 10},
	"the first look at the queue is turned off": {"sqs:GetQueueUrl", 1, 1, localaws.FaultRule{Code: "AccessDenied"}, false, 0},
}

func TestNoFaultLosesAMessageOfACopying(t *testing.T) {
	for name, d := range disturbances {
		for _, suffix := range []string{"", ".fifo"} {
			t.Run(name+suffix, func(t *testing.T) {
				p := newCopying(t, suffix, nil)
				want := p.numbers(95, 12)
				p.aws.SetHook(bent(t, d.operation, d.from, d.to, d.rule))
				if d.restart {
					_, err := p.slice(60)
					if err == nil {
						t.Fatal("the slice came through")
					}
					p.aws.SetHook(nil)
					p.restart()
				}
				p.whole(60)
				p.aws.SetHook(nil)
				got := p.drain(p.to)
				twice := d.twice
				if suffix == ".fifo" {
					twice = 0
				}
				if more := p.repeated(want, got); more > twice {
					t.Errorf("%d came twice, want %d at most", more, twice)
				}
				if suffix == ".fifo" {
					p.ordered(got)
				}
			})
		}
	}
}

func TestARestartBetweenSlicesCopiesNothingTwice(t *testing.T) {
	for _, suffix := range []string{"", ".fifo"} {
		p := newCopying(t, suffix, nil)
		want := p.numbers(95, 12)
		for range 20 {
			if _, err := p.slice(10); err != nil {
				t.Fatal(err)
			}
			p.restart()
		}
		p.whole(10)
		if more := p.repeated(want, p.drain(p.to)); more != 0 || p.sent != len(want) {
			t.Errorf("%s: %d came twice, and %d are said to have been copied, want %d", suffix, more, p.sent, len(want))
		}
	}
}

// storm breaks calls at random. Those that have an effect nobody hears of are counted.
type storm struct {
	mu      sync.Mutex
	random  *rand.Rand
	unheard int
}

func (s *storm) bend(c localaws.Call) localaws.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.Contains(c.Operation, "Message") || s.random.IntN(4) > 0 {
		return localaws.Fault{}
	}
	f := localaws.Fault{AfterEffect: s.random.IntN(2) == 0, DropConnection: s.random.IntN(2) == 0}
	if !f.DropConnection {
		f.Code = []string{"ThrottlingException", "InternalError", "AccessDenied", "ServiceUnavailable"}[s.random.IntN(4)]
	}
	if c.Operation == "SendMessageBatch" && f.AfterEffect {
		s.unheard++
	}
	return f
}

func TestNoStormLosesAMessageOfACopying(t *testing.T) {
	for seed := range uint64(40) {
		suffix := []string{"", ".fifo"}[seed%2]
		t.Run(fmt.Sprint(seed, suffix), func(t *testing.T) {
			p := newCopying(t, suffix, nil)
			want := p.numbers(120, 7)
			s := &storm{random: rand.New(rand.NewPCG(seed, 0))}
			p.aws.SetHook(s.bend)
			for range 60 {
				_, err := p.slice(400)
				if err != nil && s.random.IntN(4) == 0 {
					// It may be that the batch was sent: another operator does not know.
					p.restart()
					s.unheard += copyWorkers
				}
				p.clock.Step(time.Duration(s.random.IntN(60)) * time.Second)
			}
			p.aws.SetHook(nil)
			p.clock.Step(copyHidden)
			p.whole(400)
			got := p.drain(p.to)
			if more := p.repeated(want, got); more > copyBatch*s.unheard {
				t.Errorf("%d came twice after %d answers that were lost", more, s.unheard)
			}
			if suffix == ".fifo" {
				p.ordered(got)
			}
		})
	}
}

func TestReceivesOfAFIFOQueueThatAreLostLockNoGroup(t *testing.T) {
	p := newCopying(t, ".fifo", nil)
	p.numbers(10, 1)
	p.aws.SetHook(bent(t, "sqs:ReceiveMessage", 1, 1, localaws.FaultRule{AfterEffect: true, DropConnection: true}))
	copied, err := p.slice(10)
	if err != nil || copied.Messages != 10 {
		t.Errorf("copied %+v, %v, want all at once", copied, err)
	}
}

func TestFaultsOfEntriesAreClassifiedAsThoseOfCalls(t *testing.T) {
	for code, want := range map[string]fault.Class{
		"InternalError": fault.Retry, "RequestThrottled": fault.Throttled, "AccessDeniedException": fault.Denied, "KMS.ThrottlingException": fault.Throttled,
		"InvalidParameterValue": fault.Terminal, "InvalidMessageContents": fault.Terminal, "MissingParameter": fault.Terminal,
		"AWS.SimpleQueueService.BatchRequestTooLong": fault.Terminal, "SomethingElse": fault.Retry,
	} {
		f := fault.As(classify("sqs:SendMessage", billing, entryError(failedEntry(code))))
		if f.Class != want || f.Code != code {
			t.Errorf("%s: %s %s, want %s", code, f.Class, f.Code, want)
		}
	}
}
