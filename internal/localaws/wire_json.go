package localaws

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// jsonServices maps the prefix of the X-Amz-Target header to the service.
var jsonServices = map[string]string{
	"AmazonSQS":                         serviceSQS,
	"TrentService":                      serviceKMS,
	"ResourceGroupsTaggingAPI_20170126": serviceTag,
	cloudWatchName:                      serviceCloudWatch,
}

// jsonTarget reads the X-Amz-Target header; ok is false for requests of other protocols.
func jsonTarget(r *http.Request) (service, operation string, ok bool) {
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		return "", "", false
	}
	prefix, operation, _ := strings.Cut(target, ".")
	service, known := jsonServices[prefix]
	if !known {
		service = "unknown"
	}
	return service, operation, true
}

// decodeJSON reads the body of a request of the JSON protocols.
func (rq *request) decodeJSON(body []byte) error {
	if !rq.find() {
		return newError("UnknownOperationException", http.StatusNotFound,
			"The requested operation is not recognized by the service.")
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	if err := wire.DecodeJSON(body, rq.input); err != nil {
		return rq.malformed(err.Error())
	}
	rq.params = json.RawMessage(body)
	return nil
}

// answerJSON writes the result for JSON 1.0 (SQS, CloudWatch) and 1.1 (KMS, tagging API).
func (rq *request) answerJSON(w http.ResponseWriter, out any, err error) {
	contentType := "application/x-amz-json-1.0"
	if rq.service == serviceTag || rq.service == serviceKMS {
		contentType = "application/x-amz-json-1.1"
	}
	w.Header().Set("Content-Type", contentType)
	if err == nil {
		body, encodeErr := wire.EncodeJSON(out)
		if encodeErr == nil {
			_, _ = w.Write(body)
			return
		}
		err = encodeErr
	}
	fail := asAPIError(err)
	kind := rq.errorType(w, fail)
	w.WriteHeader(fail.status)
	body, _ := wire.EncodeJSON(map[string]string{"__type": kind, "message": fail.message})
	_, _ = w.Write(body)
}

// errorType returns the type of an error in JSON and CBOR. SQS and CloudWatch were query services, so their errors carry
// the old code in a header, see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait.
func (rq *request) errorType(w http.ResponseWriter, fail *apiError) string {
	if _, queryToo := queryServices[rq.service]; !queryToo {
		return fail.shape
	}
	w.Header().Set("x-amzn-query-error", fail.code+";"+faultParty(fail))
	return "com.amazonaws." + rq.service + "#" + fail.shape
}

// faultParty says whose fault an error is, in AWS's words.
func faultParty(e *apiError) string {
	if e.status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
