package localaws

import (
	"bytes"
	"cmp"
	"errors"
	"log"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
)

// maxBody bounds a request body: SQS's and SNS's 1 MiB of messages, with room for the escapes of JSON and of forms.
const maxBody = 8 << 20

// Content types of the protocols.
var (
	formTypes = []string{"application/x-www-form-urlencoded"}
	jsonTypes = []string{"application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json"}
	cborTypes = []string{"application/cbor"}
)

// queryServiceOf tells the services of the query protocol apart as AWS does: by what the signature is for, else by
// the name of the host, like sqs.us-east-1.amazonaws.com, queue.amazonaws.com or monitoring.us-east-1.amazonaws.com.
func queryServiceOf(c credential, host string) string {
	if c.service != "" {
		return cmp.Or(signingNames[c.service], c.service)
	}
	for label := range strings.SplitSeq(host, ".") {
		label = cmp.Or(signingNames[label], label)
		if _, known := queryServices[label]; known {
			return label
		}
	}
	return ""
}

// checkEnvelope refuses what names no operation: a service that is not served, a method other than POST (or GET of the query protocol, with
// parameters) and the content type of another protocol.
func (rq *request) checkEnvelope(r *http.Request) error {
	if name := rq.unserved(r); name != "" {
		return unknownOperation(name + " is not served here; sqs, sns, sts and cloudwatch are by the query protocol, sqs, cloudwatch, kms and tag " +
			"(tagging API) by JSON, and cloudwatch by CBOR")
	}
	getsQuery := r.Method == http.MethodGet && rq.protocol == inQuery && r.URL.RawQuery != ""
	if r.Method != http.MethodPost && !getsQuery {
		return unknownOperation("this " + r.Method + " request names none")
	}
	allowed := formTypes
	switch rq.protocol {
	case inJSON:
		allowed = jsonTypes
	case inCBOR:
		allowed = cborTypes
	}
	given := r.Header.Get("Content-Type")
	kind, _, _ := mime.ParseMediaType(given)
	if given != "" && r.Method == http.MethodPost && !slices.Contains(allowed, kind) {
		return unknownOperation("content type " + given + " is not " + allowed[0])
	}
	return nil
}

// unserved returns the name of the service that the request is for, if that is none of those of its protocol.
func (rq *request) unserved(r *http.Request) string {
	switch rq.protocol {
	case inJSON:
		name, _, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if _, served := jsonServices[name]; !served {
			return name
		}
		return ""
	case inCBOR:
		if rq.service != serviceCloudWatch {
			return rq.service
		}
		return ""
	}
	if _, served := queryServices[rq.service]; !served {
		return rq.service
	}
	return ""
}

func unknownOperation(reason string) *apiError {
	return newError("UnknownOperationException", http.StatusNotFound,
		"The requested operation is not recognized by the service: %s.", reason)
}

// readBody reads the whole body, up to maxBody.
func (rq *request) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(min(r.ContentLength, maxBody)) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, newError("RequestEntityTooLarge", http.StatusRequestEntityTooLarge,
			"The request body is larger than %d bytes", maxBody)
	case err != nil:
		return nil, rq.malformed("The request body could not be read: " + err.Error())
	default:
		return body.Bytes(), nil
	}
}

// malformed refuses an input that cannot be read, in the words of the protocol.
func (rq *request) malformed(reason string) *apiError {
	code := "MalformedInput"
	if rq.protocol != inQuery {
		code = "SerializationException"
	}
	return newError(code, http.StatusBadRequest, "%s", reason)
}

// answerPanic is deferred: it answers a panic as AWS answers its own faults, and tells the HTTP server's log of it.
// http.ErrAbortHandler passes, it is meant for the HTTP server.
func (s *Server) answerPanic(rq *request, w http.ResponseWriter, r *http.Request) {
	reason := recover()
	if reason == nil {
		return
	}
	if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(reason)
	}
	logger := log.Default()
	if server, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && server.ErrorLog != nil {
		logger = server.ErrorLog
	}
	logger.Printf("carrying out %s of request %s: panic: %v\n%s", rq.action(), rq.id, reason, debug.Stack())
	code := "InternalFailure"
	if rq.service == serviceSNS {
		code = "InternalError"
	}
	if rq.entry != nil {
		s.logEnd(rq.entry, code, Fault{}, nil)
	}
	rq.answer(w, nil, newError(code, http.StatusInternalServerError,
		"The request processing has failed because of an unknown error, exception or failure: %v", reason))
}
