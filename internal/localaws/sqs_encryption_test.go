package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Who sends to an encrypted queue must be allowed to use its key, which SQS looks at only then. What was sent before the
// queue had a key is not encrypted.
func TestS6SendersNeedTheQueuesKey(t *testing.T) {
	w := newWorld()
	own := w.key(t, `{}`)
	disabled := w.key(t, `{}`)
	w.kmsOK(t, "DisableKey", quoted("KeyId", disabled))
	for name, test := range map[string]struct{ key, send string }{
		"own":      {key: own},
		"managed":  {key: "alias/aws/sqs"},
		"none":     {"alias/none", "KMS.NotFoundException"},
		"disabled": {disabled, "KMS.DisabledException"},
		"sns":      {"alias/aws/sns", "KMS.AccessDeniedException"},
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
			wantCode(t, "receiving what was sent before", err, "")
		})
	}
}

func TestS6MessagesKeepTheKeyThatTheyWereSentWith(t *testing.T) {
	w := newWorld()
	key := w.key(t, `{}`)
	dlq := w.box(t, "dlq", nil)
	b := w.box(t, "q", map[string]string{"KmsMasterKeyId": key, "RedrivePolicy": redriveTo(dlq.arn, 1)})
	receive := func(from box) error {
		_, err := from.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &from.url})
		return err
	}
	b.send(t, "encrypted")
	b.set(t, "KmsMasterKeyId", "")
	w.kmsOK(t, "DisableKey", quoted("KeyId", key))
	wantCode(t, "receiving while the key is disabled", receive(b), "KMS.DisabledException")
	b.wantCounts(t, "after the receive that failed", "1", "0", "0")
	w.kmsOK(t, "EnableKey", quoted("KeyId", key))
	b.wantBodies(t, "with the key", "encrypted")
	w.pass(30 * time.Second)
	b.wantBodies(t, "when it becomes a dead letter")
	w.kmsOK(t, "DisableKey", quoted("KeyId", key))
	wantCode(t, "receiving the dead letter", receive(dlq), "KMS.DisabledException")
	w.kmsOK(t, "EnableKey", quoted("KeyId", key))
	dlq.wantBodies(t, "dead letters", "encrypted")
}

// A sender that may only make data keys cannot read them again.
func TestS6SendersNeedDecryptToo(t *testing.T) {
	w := newWorld()
	for name, test := range map[string]struct{ actions, code string }{
		"both": {`["kms:GenerateDataKey","kms:Decrypt"]`, ""},
		"one":  {`["kms:GenerateDataKey"]`, "KMS.AccessDeniedException"},
	} {
		policy := `{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:root"},"Action":` + test.actions + `,"Resource":"*"},` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:root"},"Action":"kms:PutKeyPolicy","Resource":"*"}]}`
		b := w.box(t, name, map[string]string{"KmsMasterKeyId": w.key(t, quoted("Policy", policy))})
		_, err := b.trySend(t, "m", sqs.SendMessageInput{})
		wantCode(t, "sending with "+test.actions, err, test.code)
	}
}
