package localaws

import (
	"net/http"
	"strings"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// cloudWatchName is the name of CloudWatch in the JSON and CBOR protocols.
const cloudWatchName = "GraniteServiceVersion20100801"

// cborTarget reads the path of a request of Smithy's RPC v2 protocol, which is /service/SERVICE/operation/OPERATION, see
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html. ok is false for requests of other protocols.
func cborTarget(r *http.Request) (service, operation string, ok bool) {
	if r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		return "", "", false
	}
	path, _ := strings.CutPrefix(r.URL.Path, "/service/")
	service, operation, _ = strings.Cut(path, "/operation/")
	if service == cloudWatchName {
		service = serviceCloudWatch
	}
	return service, operation, true
}

// decodeCBOR reads the body of a request of the CBOR protocol.
func (rq *request) decodeCBOR(body []byte) error {
	if !rq.find() {
		return newError("UnknownOperationException", http.StatusNotFound,
			"The requested operation is not recognized by the service.")
	}
	if err := wire.DecodeCBOR(body, rq.input); err != nil {
		return rq.malformed(err.Error())
	}
	var err error
	rq.params, err = wire.EncodeJSON(rq.input)
	return err
}

// cborError is an error in the CBOR protocol.
type cborError struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// answerCBOR writes the result of a request of the CBOR protocol.
func (rq *request) answerCBOR(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	if err == nil {
		_, _ = w.Write(wire.EncodeCBOR(out))
		return
	}
	fail := asAPIError(err)
	answer := cborError{rq.errorType(w, fail), fail.message}
	w.WriteHeader(fail.status)
	_, _ = w.Write(wire.EncodeCBOR(&answer))
}
