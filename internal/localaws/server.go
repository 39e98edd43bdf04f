// Package localaws is a local AWS: SQS, SNS, CloudWatch alarms, KMS keys, STS and the tagging API in memory behind AWS's own wire
// protocols. Real SDK clients speak to it, either through RoundTripper (no sockets) or, as it is an http.Handler, over
// a port. It keeps AWS's rules (validation, idempotency, waits, visibility of attributes), and hack/awscases replays
// against it what real AWS was recorded to answer.
//
// A request is read (request.go, wire_*.go and, for the bodies, package wire), its caller found (identity.go, sigv4.go),
// logged (calls.go), bent by a fault (hook.go), carried out by the function that operations.go has for it, and answered
// (wire_*.go). The functions lie in a file an operation family:
//
//	sqs_queues, attributes, redrive, permissions, tags, lists   queues and their settings
//	sqs_send, receive, delete, visibility, purge, batch         messages, which sqs_backlog* keep; sqs_deadletter
//	sqs_movetasks*                                              message move tasks
//	sns_topics, topic_attributes, permissions, tags             topics and their settings
//	sns_subscriptions, subscription_*, endpoints, confirmation  subscriptions and their settings
//	sns_publish*, fifo, filters, delivery, envelope, counters   what happens on Publish; sns_delivery.go tells it
//	cloudwatch_*                                                alarms and metrics; meter and sqs_meter measure
//	kms_*, sts, tagging                                         the other services
//
// Who may do it is in access.go (policies of queues and topics, SNS included), kms_access.go, policies.go and
// policy_grants.go. State is kept per resource with its recent versions (table.go, history.go), so that a fault can make
// a read lag (lag.go). All that AWS would still know tomorrow is in contents.go: snapshot*.go save and load it,
// holdings*.go show it. Faults that a file can describe are rules (faults.go, throttle.go).
package localaws

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"k8s.io/utils/clock"
)

// Server is one local AWS with all its accounts and regions. Use New; it is safe for concurrent use.
type Server struct {
	clock  clock.Clock
	logger *slog.Logger
	strict bool
	roles  map[string]role
	log    callLog
	hook   hookBox
	// plainHTTP lets requests without TLS count as such.
	plainHTTP bool

	// compareQueueTags: see WithQueueTagComparison.
	compareQueueTags bool

	// lacks are the attributes and noTags the tags that this AWS does not have, see WithoutAttributes.
	lacks  map[string]bool
	noTags bool

	// seed: see WithSeed.
	seed uint64

	// mu guards what follows, and handlers run with it held.
	mu sync.Mutex
	// keys are the access keys that options registered.
	keys map[string]accessKey
	// life is closed by a restart: requests that came before it lose their connection.
	life chan struct{}
	// policies are documents that were read before.
	policies policyCache
	*contents
}

// New makes an empty local AWS.
func New(opts ...Option) *Server {
	s := &Server{
		clock:  clock.RealClock{},
		roles:  map[string]role{},
		lacks:  map[string]bool{},
		log:    callLog{counts: map[string]int{}},
		keys:   map[string]accessKey{},
		life:   make(chan struct{}),
		logger: slog.New(slog.DiscardHandler),
	}
	for _, opt := range opts {
		opt(s)
	}
	s.contents = newContents(s.clock)
	s.ids = newIDSource(s.seed)
	return s
}

// ServeHTTP answers one AWS request. A request whose context ends during injected latency has no effect and gets no
// answer, nor does one that is under way when the server is restarted: as where a fault drops the connection, ServeHTTP
// panics with http.ErrAbortHandler, which HTTP servers know.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rq := s.newRequest(r)
	w.Header().Set("x-amzn-RequestId", rq.id)
	defer s.answerPanic(rq, w, r)
	s.read(rq, w, r)
	if rq.service == "" {
		s.logCall(Call{Operation: r.Method + " " + r.URL.Path, Code: errorCode(rq.err)}, Fault{}, rq.err)
		rq.answer(w, nil, rq.err)
		return
	}
	entry := s.log.begin(rq.call(s.clock.Now()))
	rq.entry = entry
	fault := s.hook.fault(*entry)
	out, err := s.run(r.Context(), rq, fault)
	if errors.Is(err, errCutOff) {
		s.logEnd(entry, codeCancelled, fault, nil)
		panic(http.ErrAbortHandler)
	}
	code := fault.outcome(err)
	if rq.pause != nil {
		code = codeCancelled
	}
	s.logEnd(entry, code, fault, err)
	if fault.Restart != "" {
		s.Restart(fault.Restart)
	}
	fault.drop()
	rq.answer(w, out, err)
}

// run carries out one request, bent by the fault, and again after each pause that its handler asks for.
func (s *Server) run(ctx context.Context, rq *request, fault Fault) (any, error) {
	if !wait(ctx, rq.life, fault.Latency) {
		return nil, errCutOff
	}
	if fault.refuses() {
		return nil, fault.asError(rq.service)
	}
	if rq.err != nil {
		return nil, rq.err
	}
	rq.arrived = s.clock.Now()
	out, err := s.carryOut(rq, fault)
	if rq.pause != nil {
		defer pass(rq.pause.changed)
	}
	for rq.pause != nil && s.rest(ctx, rq) {
		out, err = s.carryOut(rq, fault)
	}
	if err == nil && fault.AfterEffect {
		return nil, fault.asError(rq.service)
	}
	return out, err
}

// carryOut calls the handler of a request under the lock.
func (s *Server) carryOut(rq *request, fault Fault) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rq.now, rq.pause = s.clock.Now(), nil
	if rq.life != s.life {
		return nil, errCutOff
	}
	s.advanceTo(rq.now)
	rq.stale = s.lags(rq, fault)
	if err := s.lacksOperation(rq); err != nil {
		return nil, err
	}
	return rq.op.run(s, rq, rq.input)
}
