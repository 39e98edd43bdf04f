package localaws

import "github.com/skein-dev/skein/internal/policydoc"

// What the caller must be allowed to do with the key of an encrypted queue: senders also read the data keys that they
// had made, see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
var (
	keyUseSend    = dataKeyActions
	keyUseReceive = []string{"kms:Decrypt"}
)

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
	for _, action := range actions {
		err := s.mayUseKey(key, q.region, policydoc.Request{
			Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn}, Action: action,
			Context: map[string][]string{"kms:ViaService": {"sqs." + q.region + ".amazonaws.com"}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
