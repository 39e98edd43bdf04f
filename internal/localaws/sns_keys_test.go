package localaws_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/skein-dev/skein/internal/localaws"
)

// keyPolicy leaves a key to its account, and besides lets a principal use it.
func keyPolicy(principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":["kms:*"],"Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"Service":%q},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}]}`, owner, principal)
}

func TestP16AKeyThatDoesNotAdmitSNSDropsEveryMessage(t *testing.T) {
	w := newWorld()
	topic, key := w.topic(t, "topic", nil), w.key(t, `{}`)
	url, queue := w.queueFor(t, topic, "q", map[string]string{"KmsMasterKeyId": key})
	deadURL, dead := w.queueFor(t, topic, "dead", nil)
	sub := w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": undeliveredTo(dead)})
	w.publish(t, topic, "lost")
	w.wantDelivery(t, sub, map[string]int{"NumberOfNotificationsFailed": 1, "NumberOfNotificationsRedrivenToDlq": 1},
		localaws.Redriven, "sns.amazonaws.com is not authorized to perform: kms:GenerateDataKey")
	if got := w.drain(t, owner, region, deadURL); len(got) != 1 || *got[0].Body != "lost" {
		t.Errorf("dead letters %+v, want the one that was lost", got)
	}
	w.kmsOK(t, "PutKeyPolicy", quoted("KeyId", key, "PolicyName", "default", "Policy", keyPolicy("sns.amazonaws.com")))
	w.publish(t, topic, "found")
	if got := w.counts(t, url)[0]; got != "1" {
		t.Errorf("%s messages in the queue once the key admits SNS, want 1", got)
	}
}

func TestP17AKeyThatAWSManagesCannotAdmitSNS(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, queue := w.queueFor(t, topic, "q", map[string]string{"KmsMasterKeyId": "alias/aws/sqs"})
	sub := w.subscribed(t, topic, queue, nil)
	w.publish(t, topic, "lost")
	w.wantDelivery(t, sub, map[string]int{"NumberOfNotificationsFailed": 1}, localaws.Dropped, "the queue's key: ")
}

func TestPublishNeedsTheTopicsKey(t *testing.T) {
	for name, test := range map[string]struct {
		key  func(t *testing.T, w world) string
		code string
	}{
		"that AWS manages":      {func(*testing.T, world) string { return "alias/aws/sns" }, ""},
		"that AWS manages, SQS": {func(*testing.T, world) string { return "alias/aws/sqs" }, "KMSAccessDenied"},
		"of the account":        {func(t *testing.T, w world) string { return w.key(t, `{}`) }, ""},
		"that does not exist":   {func(*testing.T, world) string { return "alias/none" }, "KMSNotFound"},
		"disabled": {func(t *testing.T, w world) string {
			key := w.key(t, `{}`)
			w.kmsOK(t, "DisableKey", quoted("KeyId", key))
			return key
		}, "KMSDisabled"},
		"to be deleted": {func(t *testing.T, w world) string {
			key := w.key(t, `{}`)
			w.kmsOK(t, "ScheduleKeyDeletion", quoted("KeyId", key))
			return key
		}, "KMSInvalidState"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			topic := w.topic(t, "topic", map[string]string{"KmsMasterKeyId": test.key(t, w)})
			_, err := w.sns(owner, region).Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: aws.String("m")})
			wantCode(t, "Publish", err, test.code)
			_, err = w.sns(owner, region).PublishBatch(t.Context(), &sns.PublishBatchInput{
				TopicArn: &topic, PublishBatchRequestEntries: numberedEntries("m"),
			})
			wantCode(t, "PublishBatch", err, test.code)
		})
	}
}

func TestPublishFromAnotherAccountNeedsTheKeyToo(t *testing.T) {
	w := newWorld()
	key := w.key(t, `{}`)
	topic := w.topic(t, "topic", map[string]string{"KmsMasterKeyId": key[len("arn:aws:kms:"+region+":"+owner+":key/"):]})
	must[*sns.AddPermissionOutput](t)(w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &topic, Label: aws.String("them"), AWSAccountId: []string{stranger}, ActionName: []string{"Publish"},
	}))
	_, err := w.sns(stranger, region).Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: aws.String("m")})
	wantCode(t, "Publish", err, "KMSAccessDenied")
}
