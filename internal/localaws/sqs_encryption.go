package localaws

import "github.com/skein-dev/skein/internal/policydoc"

// What the caller must be allowed to do with the key of an encrypted queue, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
const (
	keyUseSend    = "kms:GenerateDataKey"
	keyUseReceive = "kms:Decrypt"
)

// queueKeyFault says why the caller may not use the key of a queue, nil where it may or there is none.
func (s *Server) queueKeyFault(rq *request, q *queue, action string) error {
	ref := q.attributes["KmsMasterKeyId"]
	if ref == "" {
		return nil
	}
	err := s.mayUseKey(kmsARN(ref, q.region, q.account), q.region, policydoc.Request{
		Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn}, Action: action,
		Context: map[string][]string{"kms:ViaService": {"sqs." + q.region + ".amazonaws.com"}},
	})
	if err != nil {
		return err
	}
	return nil
}
