package localaws

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Names of the services, as in IAM action names.
const (
	serviceSQS = "sqs"
	serviceSNS = "sns"
	serviceSTS = "sts"
	serviceTag = "tag"
	serviceKMS = "kms"

	serviceCloudWatch = "cloudwatch"
)

// protocol is how a request and its answer are written.
type protocol int

// The protocols. SQS and CloudWatch speak several.
const (
	inQuery protocol = iota
	inJSON
	inCBOR
)

// request is one call on its way through the server.
type request struct {
	id       string
	protocol protocol
	// service is empty where the request is too broken to tell.
	service, operation string
	region             string
	caller             identity
	// reached is the URL, without a path, that the caller sent the request to; empty for an address of AWS or none.
	reached string
	// tls says whether the request counts as sent over TLS, which is what aws:SecureTransport asks.
	tls    bool
	op     operation
	input  any
	params json.RawMessage
	// err is why the request cannot be carried out: unreadable, unknown or not authenticated.
	err error
	// entry is where the call log notes the outcome, nil for what is not logged.
	entry *Call

	// arrived, now and stale are set when the request is carried out: now anew each time after a pause.
	arrived, now time.Time
	stale        bool
	// life is that of the server when the request came, see Server.
	life <-chan struct{}
	// pause is set by a handler that wants to be called again.
	pause *pause
}

// action returns the IAM name of the operation, e.g. sqs:SendMessage.
func (rq *request) action() string { return rq.service + ":" + rq.operation }

// call returns the request as the log shows it.
func (rq *request) call(now time.Time) Call {
	c := Call{
		Time: now, Service: rq.service, Operation: rq.operation, Account: rq.caller.account, Region: rq.region,
		AccessKey: rq.caller.accessKey, Mutating: rq.op.mutating, Params: rq.params,
	}
	if named, ok := rq.input.(namesResource); ok {
		c.Resource = named.resource(rq)
	}
	return c
}

// namesResource is an input that says which resource it is about, see Call.Resource.
type namesResource interface{ resource(rq *request) string }

// newRequest sees as much of a request as is needed to answer it in its protocol.
func (s *Server) newRequest(r *http.Request) *request {
	rq := &request{
		reached: reachedURL(r), tls: !s.plainHTTP || r.TLS != nil || r.URL.Scheme == "https",
	}
	s.mu.Lock()
	rq.id, rq.life = s.ids.uuid(), s.life
	s.mu.Unlock()
	rq.target(r)
	return rq
}

// target reads what names the service and operation of a request outside of its body; the query protocol names the
// operation in the body, and the service only in the signature or the host.
func (rq *request) target(r *http.Request) {
	if service, operation, ok := jsonTarget(r); ok {
		rq.service, rq.operation, rq.protocol = service, operation, inJSON
	} else if service, operation, ok := cborTarget(r); ok {
		rq.service, rq.operation, rq.protocol = service, operation, inCBOR
	}
}

// read decodes a request as far as it can; what stops it is in err.
func (s *Server) read(rq *request, w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		rq.err = malformedQuery()
		return
	}
	cred, err := readCredential(r.Header, query)
	if link, ok := subscriptionLink(r, query); ok {
		cred, err = link, nil
	}
	if rq.protocol == inQuery {
		rq.service = queryServiceOf(cred, r.Host)
	}
	if refused := rq.checkEnvelope(r); refused != nil {
		rq.err = refused
		return
	}
	body, unread := rq.readBody(w, r)
	switch {
	case unread != nil:
		rq.err = unread
		return
	case err != nil:
		rq.err = err
		return
	}
	rq.region = cred.region
	switch rq.protocol {
	case inJSON:
		rq.err = rq.decodeJSON(body)
	case inCBOR:
		rq.err = rq.decodeCBOR(body)
	default:
		rq.err = rq.decodeQuery(r.URL.Path, query, body)
	}
	if rq.caller, err = s.authenticate(r, body, cred); err != nil {
		rq.err = err
	}
}

// reachedURL returns the URL that a request was sent to, without the path; empty for an address of AWS or none.
func reachedURL(r *http.Request) string {
	host := r.Host
	if host == "" || strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") {
		return ""
	}
	if r.TLS != nil {
		return "https://" + host
	}
	return "http://" + host
}

// baseURL begins the URLs that the caller is given: by the address that it reached, else as AWS writes them.
func (rq *request) baseURL(service, region string) string {
	if rq.reached != "" {
		return rq.reached
	}
	return serviceURL(service, region)
}

// find looks the operation up and prepares its input; it reports whether there is one.
func (rq *request) find() bool {
	op, known := operations[rq.action()]
	if known {
		rq.op, rq.input = op, op.newInput()
	}
	return known
}

// answer writes the result in the protocol of the request.
func (rq *request) answer(w http.ResponseWriter, out any, err error) {
	switch rq.protocol {
	case inJSON:
		rq.answerJSON(w, out, err)
	case inCBOR:
		rq.answerCBOR(w, out, err)
	default:
		rq.answerXML(w, out, err)
	}
}
