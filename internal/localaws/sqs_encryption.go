package localaws

// What the caller must be allowed to do with the key of an encrypted queue, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
const (
	keyUseSend    = "kms:GenerateDataKey"
	keyUseReceive = "kms:Decrypt"
)

// queueKeyFault says why the caller may not use the key of a queue.
func (s *Server) queueKeyFault(_ *request, _ *queue, _ string) error { return nil }
