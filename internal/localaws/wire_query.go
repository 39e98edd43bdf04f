package localaws

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// queryService is what differs between the services that speak the query protocol.
type queryService struct{ version, namespace string }

var queryServices = map[string]queryService{
	serviceSQS: {"2012-11-05", "http://queue.amazonaws.com/doc/2012-11-05/"},
	serviceSNS: {"2010-03-31", "http://sns.amazonaws.com/doc/2010-03-31/"},
	serviceSTS: {"2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"},

	serviceCloudWatch: {"2010-08-01", "http://monitoring.amazonaws.com/doc/2010-08-01/"},
}

// signingNames are the names of services in signatures and hosts, where they are not those of IAM actions.
var signingNames = map[string]string{"monitoring": serviceCloudWatch, "queue": serviceSQS}

// dialect is how the service of the request writes lists and maps.
func (rq *request) dialect() wire.Dialect {
	if rq.service == serviceSQS {
		return sqsQuery(rq.operation)
	}
	return wire.Query
}

// decodeQuery reads the form of a request of the query protocol, whose values stand in the body or the query string.
func (rq *request) decodeQuery(path string, query url.Values, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return malformedQuery()
	}
	for name, values := range query {
		form[name] = append(form[name], values...)
	}
	if rq.operation = strings.Clone(form.Get("Action")); rq.operation == "" {
		return newError("MissingAction", http.StatusBadRequest, "The request must contain the parameter Action.")
	}
	if err := rq.findQuery(form.Get("Version")); err != nil {
		return err
	}
	if rq.service == serviceSQS && strings.Trim(path, "/") != "" && !form.Has("QueueUrl") {
		form.Set("QueueUrl", path)
	}
	if err := rq.dialect().Decode(form, rq.input); err != nil {
		return rq.malformed(err.Error())
	}
	rq.params, err = wire.EncodeJSON(rq.input)
	return err
}

func malformedQuery() *apiError {
	return newError("MalformedQueryString", http.StatusBadRequest, "The query string contains a syntax error")
}

// findQuery looks the operation up, for a request that may name the version of the API.
func (rq *request) findQuery(version string) error {
	service := queryServices[rq.service]
	invalid := func(format string, args ...any) error {
		return newError("InvalidAction", http.StatusBadRequest, format, args...)
	}
	switch {
	case rq.service == serviceSQS && version != "" && version != service.version:
		return newError("NoSuchVersion", http.StatusBadRequest, "The requested version ( %s ) is not valid.", version)
	case rq.service == serviceSQS && !rq.find():
		return invalid("The action %s is not valid for this endpoint.", rq.operation)
	case version != "" && version != service.version, !rq.find():
		if version == "" {
			version = "NO_VERSION_SPECIFIED"
		}
		return invalid("Could not find operation %s for version %s", rq.operation, version)
	default:
		return nil
	}
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
	fault := wire.Fault{Type: faultParty(fail), Code: fail.code, Message: fail.message}
	if fault.Code == codeNoQueue {
		fault.Message = "The specified queue does not exist for this wsdl version."
	}
	body := rq.dialect().ErrorResponse(namespace, rq.id, fault)
	w.WriteHeader(fail.status)
	_, _ = w.Write(body)
}
