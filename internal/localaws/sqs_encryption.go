package localaws

import "github.com/skein-dev/skein/internal/policydoc"

// sqsKMSErrors are the codes and modelled names under which SQS passes KMS's errors on,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors.
var sqsKMSErrors = map[string]struct{ code, shape string }{
	"AccessDeniedException":    {"KMS.AccessDeniedException", "KmsAccessDenied"},
	"DisabledException":        {"KMS.DisabledException", "KmsDisabled"},
	"KMSInvalidStateException": {"KMS.InvalidStateException", "KmsInvalidState"},
	"NotFoundException":        {"KMS.NotFoundException", "KmsNotFound"},
}

// key returns the ARN of the KMS key or alias that encrypts what is sent to the queue, empty for none.
func (q *queue) key() string {
	if ref := q.attributes["KmsMasterKeyId"]; ref != "" {
		return kmsARN(ref, q.region, q.account)
	}
	return ""
}

// queueKeyFault says why the caller may not do something with a key that a queue has or had, nil where it may or there
// is none.
func (s *Server) queueKeyFault(rq *request, q *queue, key string, actions []string) error {
	if key == "" {
		return nil
	}
	err := s.mayUseKey(key, q.region, policydoc.Request{
		Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn},
		Context:   map[string][]string{"kms:ViaService": {"sqs." + q.region + ".amazonaws.com"}},
	}, actions)
	if err == nil {
		return nil
	}
	passed := *err
	passed.code, passed.shape = sqsKMSErrors[err.code].code, sqsKMSErrors[err.code].shape
	return &passed
}
