package localaws

import (
	"net/http"

	"github.com/skein-dev/skein/internal/policydoc"
)

// dataKeyActions are what a sender needs a key for: to make data keys and to read those that are in use, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
var dataKeyActions = []string{"kms:GenerateDataKey", "kms:Decrypt"}

// snsKMSCodes maps KMS's errors to those of Publish; any other is KMSInvalidState.
var snsKMSCodes = map[string]string{
	"KMS.AccessDeniedException": "KMSAccessDenied",
	"KMS.DisabledException":     "KMSDisabled",
	"KMS.NotFoundException":     "KMSNotFound",
}

// topicKeyFault says why the caller cannot publish to a topic for its KMS key, nil if it can.
func (s *Server) topicKeyFault(rq *request, t *topic) error {
	ref := t.attributes["KmsMasterKeyId"]
	if ref == "" {
		return nil
	}
	for _, action := range dataKeyActions {
		err := s.mayUseKey(kmsARN(ref, t.region, t.account), t.region, policydoc.Request{
			Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn}, Action: action,
			Context: map[string][]string{"kms:ViaService": {"sns." + t.region + ".amazonaws.com"}},
		})
		if err == nil {
			continue
		}
		code, known := snsKMSCodes[err.code]
		if !known {
			code = "KMSInvalidState"
		}
		return newError(code, http.StatusBadRequest, "%s", err.message)
	}
	return nil
}

// deliveryKeyFault says why SNS cannot deliver to a queue for its KMS key, nil if it can. SNS uses the key under its own
// name, see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
func (s *Server) deliveryKeyFault(t *topic, q *queue) *apiError {
	ref := q.attributes["KmsMasterKeyId"]
	if ref == "" {
		return nil
	}
	service, _ := policydoc.ServicePrincipal(t.region, q.region)
	for _, action := range dataKeyActions {
		err := s.mayUseKey(kmsARN(ref, q.region, q.account), q.region, policydoc.Request{
			Principal: policydoc.Principal{Service: service}, Action: action,
			Context: map[string][]string{"aws:SourceArn": {t.arn}, "aws:SourceAccount": {t.account}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
