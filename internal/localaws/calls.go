package localaws

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// maxLoggedCalls bounds the call log; the oldest half is dropped when it is full. The counts stay exact.
	maxLoggedCalls = 40_000
	// maxLoggedBytes bounds what callers can make long of the calls that the log holds, likewise.
	maxLoggedBytes = 64 << 20
	// codeCancelled is the Code of a call whose caller went away before it had an effect.
	codeCancelled = "Cancelled"
	// codeDropped is the Code of a call whose connection a fault closed.
	codeDropped = "ConnectionDropped"
)

// Call is one request that reached the server, in the order of arrival.
type Call struct {
	// Seq counts the calls of this server from 1; ResetCalls does not restart it.
	Seq int
	// Time of arrival by the server's clock.
	Time time.Time
	// Service is sqs, sns, cloudwatch, kms, sts or tag (the tagging API), as in IAM action names.
	Service string
	// Operation is the API action, e.g. CreateQueue.
	Operation string
	// Account, Region and AccessKey are the caller's.
	Account, Region, AccessKey string
	// Resource is the ARN of the resource that the call names: of a queue (also in CreateQueue and GetQueueUrl), a
	// topic (also in CreateTopic and Subscribe), a subscription, an alarm (where only one is named), a key, an alias or a
	// role; empty for lists over all.
	Resource string
	// Code is the error code that was answered, empty on success (and while the hook looks at the call).
	Code string
	// Mutating says whether the operation may change something.
	Mutating bool
	// Params are the decoded parameters as a JSON object, with the names of the API reference.
	Params json.RawMessage
}

// key returns the name that CallCounts counts the call under.
func (c Call) key() string { return c.Service + ":" + c.Operation }

// size returns how long what a caller sent is, in bytes.
func (c Call) size() int {
	return len(c.Operation) + len(c.Region) + len(c.AccessKey) + len(c.Resource) + len(c.Params)
}

// callLog keeps the last calls and counts them all.
type callLog struct {
	mu     sync.Mutex
	seq    int
	calls  []*Call
	bytes  int
	counts map[string]int
}

// begin logs a call. Only the request itself may change the entry, by end.
func (l *callLog) begin(call Call) (entry *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	call.Seq = l.seq
	entry = &call
	if len(l.calls) == maxLoggedCalls || l.bytes > maxLoggedBytes {
		l.dropOldest()
	}
	l.calls = append(l.calls, entry)
	l.bytes += call.size()
	if _, known := operations[call.key()]; known {
		l.counts[call.key()]++
	} else {
		l.counts["unknown"]++
	}
	return entry
}

// dropOldest forgets the older half of the calls.
func (l *callLog) dropOldest() {
	half := len(l.calls) / 2
	for _, entry := range l.calls[:half] {
		l.bytes -= entry.size()
	}
	l.calls = slices.Clone(l.calls[half:])
}

// end fills in the code that a call was answered.
func (l *callLog) end(entry *Call, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Code = code
}

// logEnd notes what was answered, and tells the logger. The error may be nil, also where the code is none of success.
func (s *Server) logEnd(entry *Call, code string, fault Fault, err error) {
	s.log.end(entry, code)
	s.logCall(*entry, fault, err)
}

// logCall tells the logger of a call at Debug: who called what, what was answered and why, and how a fault bent it.
func (s *Server) logCall(call Call, fault Fault, err error) {
	ctx := context.Background()
	if !s.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("service", call.Service), slog.String("operation", call.Operation), slog.String("resource", call.Resource),
		slog.String("account", call.Account), slog.String("region", call.Region), slog.String("accessKey", call.AccessKey),
		slog.String("code", cmp.Or(call.Code, "OK")),
	}
	if err != nil {
		failed := asAPIError(err)
		attrs = append(attrs, slog.String("message", failed.message))
		if failed.reason != "" {
			attrs = append(attrs, slog.String("reason", failed.reason))
		}
	}
	if bent := fault.String(); bent != "" {
		attrs = append(attrs, slog.String("fault", bent))
	}
	s.logger.LogAttrs(ctx, slog.LevelDebug, "call", attrs...)
}

// Calls returns the calls since the last ResetCalls, oldest first; of very many only the last.
func (s *Server) Calls() []Call {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	calls := make([]Call, len(s.log.calls))
	for i, entry := range s.log.calls {
		calls[i] = *entry
	}
	return calls
}

// CallCounts returns how often each operation was called since the last ResetCalls, by names like "sqs:CreateQueue";
// failed calls count too, operations that the server does not know count as "unknown".
func (s *Server) CallCounts() map[string]int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return maps.Clone(s.log.counts)
}

// ResetCalls empties the call log and the counts.
func (s *Server) ResetCalls() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.calls, s.log.bytes = nil, 0
	clear(s.log.counts)
}
