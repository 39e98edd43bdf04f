package localaws

import (
	"net/http"

	"github.com/skein-dev/skein/internal/policydoc"
)

// snsKMSErrors are the codes under which Publish passes KMS's errors on,
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors.
var snsKMSErrors = map[string]string{
	"AccessDeniedException":    "KMSAccessDenied",
	"DisabledException":        "KMSDisabled",
	"KMSInvalidStateException": "KMSInvalidState",
	"NotFoundException":        "KMSNotFound",
}

// topicKeyFault says why the caller cannot publish to a topic for its KMS key, nil if it can.
func (s *Server) topicKeyFault(rq *request, t *topic) error {
	ref := t.attributes["KmsMasterKeyId"]
	if ref == "" {
		return nil
	}
	err := s.mayUseKey(kmsARN(ref, t.region, t.account), t.region, policydoc.Request{
		Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn},
		Context:   map[string][]string{"kms:ViaService": {"sns." + t.region + ".amazonaws.com"}},
	}, keyUseSend)
	if err == nil {
		return nil
	}
	return newError(snsKMSErrors[err.code], http.StatusBadRequest, "%s", err.message)
}

// deliveryKeyFault says why SNS cannot deliver to a queue for its KMS key, nil if it can. SNS uses the key under its own
// name, see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
func (s *Server) deliveryKeyFault(t *topic, q *queue) *apiError {
	key := q.key()
	if key == "" {
		return nil
	}
	service, _ := policydoc.ServicePrincipal(t.region, q.region)
	return s.mayUseKey(key, q.region, policydoc.Request{
		Principal: policydoc.Principal{Service: service},
		Context:   serviceKeys(service, t.arn, t.account),
	}, keyUseSend)
}
