package localaws

import (
	"net/http"
	"net/url"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// queryService is what differs between the services that speak the query protocol.
type queryService struct{ version, namespace string }

var queryServices = map[string]queryService{
	serviceSQS: {"2012-11-05", "http://queue.amazonaws.com/doc/2012-11-05/"},
	serviceSNS: {"2010-03-31", "http://sns.amazonaws.com/doc/2010-03-31/"},
	serviceSTS: {"2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"},
}

// dialect is how the service of the request writes lists and maps.
func (rq *request) dialect() wire.Dialect {
	if rq.service == serviceSQS {
		return sqsQuery(rq.operation)
	}
	return wire.Query
}

// decodeQuery reads the form of a request of the query protocol.
func (rq *request) decodeQuery(r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		rq.err = newError("MalformedQueryString", http.StatusBadRequest, "The query string contains a syntax error")
		return
	}
	for name, values := range r.URL.Query() {
		form[name] = append(form[name], values...)
	}
	rq.operation = form.Get("Action")
	if rq.operation == "" {
		rq.err = newError("MissingAction", http.StatusBadRequest, "The request must contain the parameter Action.")
		return
	}
	if _, speaksQuery := queryServices[rq.service]; !speaksQuery || !rq.find() {
		rq.err = newError("InvalidAction", http.StatusBadRequest,
			"The action %s is not valid for this endpoint.", rq.operation)
		return
	}
	if err := rq.dialect().Decode(form, rq.input); err != nil {
		rq.err = newError("MalformedInput", http.StatusBadRequest, "%v", err)
		return
	}
	rq.params, _ = wire.EncodeJSON(rq.input)
}

// answerXML writes the result of a request of the query protocol.
func (rq *request) answerXML(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", "text/xml")
	namespace := queryServices[rq.service].namespace
	if err == nil {
		_, _ = w.Write(rq.dialect().Response(rq.operation, namespace, rq.id, out))
		return
	}
	fail := asAPIError(err)
	w.WriteHeader(fail.status)
	_, _ = w.Write(rq.dialect().ErrorResponse(namespace, rq.id,
		wire.Fault{Type: faultParty(fail), Code: fail.code, Message: fail.message}))
}
