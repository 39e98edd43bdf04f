package localaws

import (
	"encoding/json"
	"io"
	"net/http"
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
)

// maxBody bounds a request body: a message of SQS's 1 MiB with room for JSON's escapes.
const maxBody = 2 << 20

// request is one call on its way through the server.
type request struct {
	id string
	// answer writes the result in the protocol of the request.
	answer func(w http.ResponseWriter, out any, err error)
	// service is empty where the request is too broken to tell.
	service, operation string
	region             string
	caller             identity
	// queueBase begins the queue URLs that the caller is given, up to the account.
	queueBase string
	op        operation
	input     any
	params    json.RawMessage
	// err is why the request cannot be carried out: unreadable, unknown or not authenticated.
	err error

	// now and stale are set when the request is carried out.
	now   time.Time
	stale bool
}

// action returns the IAM name of the operation, e.g. sqs:SendMessage.
func (rq *request) action() string { return rq.service + ":" + rq.operation }

// call returns the request as the log shows it.
func (rq *request) call(now time.Time) Call {
	c := Call{
		Time: now, Service: rq.service, Operation: rq.operation, Account: rq.caller.account, Region: rq.region,
		AccessKey: rq.caller.accessKey, Mutating: rq.op.mutating, Params: rq.params,
	}
	if named, ok := rq.input.(interface{ resource(*request) string }); ok {
		c.Resource = named.resource(rq)
	}
	return c
}

// read decodes a request as far as it can; what stops it is in err.
func (s *Server) read(w http.ResponseWriter, r *http.Request) *request {
	rq := &request{queueBase: queueBase(r), id: s.newRequestID()}
	jsonService, jsonOperation, isJSON := jsonTarget(r)
	if isJSON {
		rq.answer = rq.answerJSON
		rq.service, rq.operation = jsonService, jsonOperation
	} else {
		rq.answer = rq.answerXML
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		rq.err = newError("RequestEntityTooLarge", http.StatusRequestEntityTooLarge,
			"The request body could not be read or is larger than %d bytes", maxBody)
		return rq
	}
	cred, fail := readCredential(r.Header)
	if fail != nil {
		rq.err = fail
		return rq
	}
	rq.region = cred.region
	if isJSON {
		rq.decodeJSON(body)
	} else {
		rq.service = cred.service
		rq.decodeQuery(r, body)
	}
	if rq.caller, fail = s.authenticate(r, body, cred); fail != nil {
		rq.err = fail
	}
	return rq
}

func (s *Server) newRequestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids.uuid()
}

// queueBase returns how queue URLs begin for the caller: by the address that it reached, or as AWS writes them if
// that is an address of AWS or none.
func queueBase(r *http.Request) string {
	host := r.Host
	if host == "" || strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") {
		return ""
	}
	if r.TLS != nil {
		return "https://" + host
	}
	return "http://" + host
}

// find looks the operation up and prepares its input; it reports whether there is one.
func (rq *request) find() bool {
	op, known := operations[rq.action()]
	if known {
		rq.op, rq.input = op, op.newInput()
	}
	return known
}
