package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Who sends to an encrypted queue and receives from it must be allowed to use its key, which SQS looks at only then.
func TestS6SendersAndReceiversNeedTheQueuesKey(t *testing.T) {
	w := newWorld()
	own := w.key(t, `{}`)
	disabled := w.key(t, `{}`)
	w.kmsOK(t, "DisableKey", quoted("KeyId", disabled))
	for name, test := range map[string]struct{ key, send, receive string }{
		"own":      {key: own},
		"managed":  {key: "alias/aws/sqs"},
		"none":     {"alias/none", "KMS.NotFoundException", "KMS.NotFoundException"},
		"disabled": {disabled, "KMS.DisabledException", "KMS.DisabledException"},
		"sns":      {"alias/aws/sns", "KMS.AccessDeniedException", "KMS.AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := w.queue(t, name, nil)
			client := w.sqs(owner, region)
			send := func() error {
				_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("m")})
				return err
			}
			wantCode(t, "sending before", send(), "")
			_, err := client.SetQueueAttributes(t.Context(),
				&sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"KmsMasterKeyId": test.key}})
			wantCode(t, "setting the key", err, "")
			wantCode(t, "sending", send(), test.send)
			_, err = client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url})
			wantCode(t, "receiving", err, test.receive)
		})
	}
}
