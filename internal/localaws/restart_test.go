package localaws_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// codes are those of the calls of an operation.
func (w world) codes(operation string) []string {
	var codes []string
	for _, call := range w.Calls() {
		if call.Operation == operation {
			codes = append(codes, call.Code)
		}
	}
	return codes
}

func TestRestartCutsOffALongPoll(t *testing.T) {
	for _, memory := range []localaws.Memory{localaws.KeepMemory, localaws.LoseMemory} {
		t.Run(string(memory), func(t *testing.T) {
			w, waits := newPollWorld()
			b := w.box(t, "q", nil)
			p := b.startPoll(t.Context(), waits, 20)
			w.Restart(memory)
			if got := <-p.done; !errors.Is(got.err, io.ErrUnexpectedEOF) {
				t.Errorf("the poll got %v, want a lost connection", got)
			}
			if diff := cmp.Diff([]string{"Cancelled"}, w.codes("ReceiveMessage")); diff != "" {
				t.Errorf("the log says of the poll (-want +got):\n%s", diff)
			}
			if memory == localaws.LoseMemory {
				_, err := b.trySend(t, "m", sqs.SendMessageInput{})
				wantCode(t, "sending after the restart", err, queueMissing)
				return
			}
			b.send(t, "m")
			b.wantBodies(t, "after the restart", "m")
		})
	}
}

func TestLoadCutsOffALongPoll(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	p := b.startPoll(t.Context(), waits, 20)
	w.load(t, w.save(t))
	if got := <-p.done; !errors.Is(got.err, io.ErrUnexpectedEOF) {
		t.Errorf("the poll got %v, want a lost connection", got)
	}
}

// TestRestartCutsOffWhatHasNotBegun: in injected latency, or while the hook looks at it, whatever this answers.
func TestRestartCutsOffWhatHasNotBegun(t *testing.T) {
	for name, fault := range map[string]localaws.Fault{
		"latency": {Latency: time.Hour}, "the hook": {}, "with an error": {Code: "Broken"},
	} {
		t.Run(name, func(t *testing.T) {
			w, arrived, resume := newWorld(), make(chan struct{}), make(chan struct{})
			w.SetHook(func(localaws.Call) localaws.Fault {
				close(arrived)
				<-resume
				return fault
			})
			done := make(chan error, 1)
			go func() {
				_, err := w.sqs(owner, region).CreateQueue(context.WithoutCancel(t.Context()), &sqs.CreateQueueInput{QueueName: aws.String("q")})
				done <- err
			}()
			<-arrived
			if fault.Latency > 0 {
				close(resume)
			}
			w.Restart(localaws.KeepMemory)
			if fault.Latency == 0 {
				close(resume)
			}
			if err := <-done; !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got %v, want a lost connection", err)
			}
			if diff := cmp.Diff([]string{"Cancelled"}, w.codes("CreateQueue")); diff != "" {
				t.Errorf("logged (-want +got):\n%s", diff)
			}
			if held := w.Holdings(); len(held.Accounts) > 0 {
				t.Errorf("it had an effect: %+v", held)
			}
		})
	}
}

// TestRestartGivesNewIDs: whoever kept an id from before does not meet another thing of that id.
func TestRestartGivesNewIDs(t *testing.T) {
	for _, memory := range []localaws.Memory{localaws.KeepMemory, localaws.LoseMemory} {
		w, given := newWorld(), map[string]bool{}
		for range 3 {
			sent := must[*sqs.SendMessageOutput](t)(w.box(t, "q", nil).trySend(t, "m", sqs.SendMessageInput{}))
			if given[*sent.MessageId] {
				t.Errorf("%s: message id %s comes again", memory, *sent.MessageId)
			}
			given[*sent.MessageId] = true
			w.Restart(memory)
		}
	}
}

// TestRestartWithoutMemory: everything is gone but what options set, and the call log.
func TestRestartWithoutMemory(t *testing.T) {
	const alice = "arn:aws:iam::333333333333:user/alice"
	w := newWorld(localaws.WithAccessKey("AKIAALICE", "333333333333", alice), localaws.WithStrictKeys(),
		localaws.WithRole("arn:aws:iam::333333333333:role/r", "secret"))
	assume := func(externalID string) (*sts.AssumeRoleOutput, error) {
		return w.sts("AKIAALICE", "any").AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::333333333333:role/r"), RoleSessionName: aws.String("session"), ExternalId: &externalID,
		})
	}
	first := must[*sts.AssumeRoleOutput](t)(assume("secret")).Credentials
	must[any](t)(w.sqs("AKIAALICE", region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}))
	must[any](t)(w.sqs("AKIAALICE", region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String("q")}))
	w.Restart(localaws.LoseMemory)

	_, err := w.sts(*first.AccessKeyId, *first.SecretAccessKey).GetCallerIdentity(t.Context(), nil)
	wantCode(t, "a key that was issued before", err, "InvalidClientTokenId")
	_, err = assume("wrong")
	wantCode(t, "the role", err, "AccessDenied")
	_, err = assume("secret")
	wantCode(t, "the role, with its external id", err, "")
	_, err = w.sqs("AKIAALICE", region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	wantCode(t, "a name that was held back", err, "")
	if n := len(w.Calls()); n != 7 {
		t.Errorf("the log has %d calls, want all 7", n)
	}
}

// TestRestartByAFault restarts at the second CreateQueue.
func TestRestartByAFault(t *testing.T) {
	for name, test := range map[string]struct {
		memory localaws.Memory
		after  bool
		queues string
	}{
		"keep":                   {localaws.KeepMemory, false, "a c"},
		"keep, after the effect": {localaws.KeepMemory, true, "a b c"},
		"lose":                   {localaws.LoseMemory, false, "c"},
		"lose, after the effect": {localaws.LoseMemory, true, "c"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.bend(t, localaws.FaultRule{
				Operation: "sqs:CreateQueue", Calls: &localaws.Occurrence{From: 2, To: 2}, Restart: test.memory, AfterEffect: test.after,
			})
			for _, name := range []string{"a", "b", "c"} {
				_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
				if lost := errors.Is(err, io.ErrUnexpectedEOF); lost != (name == "b") || !lost && err != nil {
					t.Errorf("creating %s: %v", name, err)
				}
			}
			if got := w.shownQueues(t); got != test.queues {
				t.Errorf("queues are %s, want %s", got, test.queues)
			}
			if diff := cmp.Diff([]string{"", "ConnectionDropped", ""}, w.codes("CreateQueue")); diff != "" {
				t.Errorf("logged (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRestartByAFaultCutsOffOthers: the poll of another caller ends with it.
func TestRestartByAFaultCutsOffOthers(t *testing.T) {
	w, waits := newPollWorld()
	b, other := w.box(t, "q", nil), w.box(t, "other", nil)
	w.bend(t, localaws.FaultRule{Operation: "sqs:SendMessage", Restart: localaws.KeepMemory, AfterEffect: true})
	p := b.startPoll(t.Context(), waits, 20)
	if _, err := other.trySend(t, "m", sqs.SendMessageInput{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("sending: got %v, want a lost connection", err)
	}
	if got := <-p.done; !errors.Is(got.err, io.ErrUnexpectedEOF) {
		t.Errorf("the poll got %v, want a lost connection", got)
	}
	other.wantBodies(t, "what was sent before the restart", "m")
}

// TestRestartOverAPort: clients see the end of their connection, and the same handler serves on.
func TestRestartOverAPort(t *testing.T) {
	w, waits := newPollWorld()
	port := httptest.NewServer(http.Handler(w.Server))
	defer port.Close()
	b := box{w, sqs.New(sqs.Options{
		Region: region, BaseEndpoint: &port.URL, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(owner, "any", ""),
	}), "q", ""}
	must[any](t)(b.client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}))
	p := b.startPoll(t.Context(), waits, 20)
	w.Restart(localaws.KeepMemory)
	if got := <-p.done; !errors.Is(got.err, io.EOF) {
		t.Errorf("the poll got %v, want the end of the connection", got)
	}
	b.send(t, "m")
	b.wantBodies(t, "after the restart", "m")
}

// TestRandomCallsAcrossRestartsAgreeWithTheModel: a queue that is restarted again and again does the same as one that
// is not.
func TestRandomCallsAcrossRestartsAgreeWithTheModel(t *testing.T) {
	for _, fifoQueue := range []bool{false, true} {
		for name, survive := range survivals {
			t.Run(fmt.Sprintf("fifo %v, %s", fifoQueue, name), func(t *testing.T) {
				run := newModelRun(t, fifoQueue, 11)
				for run.step = range 300 {
					run.call(t)
					survive(t, run.world)
					if got, want := run.box.counts(t, run.url), run.model.counts(); got != want {
						t.Fatalf("step %d: visible, delayed, in flight are %v, want %v", run.step, got, want)
					}
				}
			})
		}
	}
}
