package controller_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Keys of queues and topics: what Deliverable says of them, and whether messages then arrive.

func (w *world) kms() *kms.Client { return kms.NewFromConfig(w.config(handKey, "us-east-1")) }

// key makes a KMS key that its account administers, with further statements in its policy, and gives its id.
func (w *world) key(statements ...string) string {
	w.t.Helper()
	out, err := w.kms().CreateKey(w.ctx, &kms.CreateKeyInput{Policy: aws.String(w.keyPolicy(statements...))})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.KeyMetadata.KeyId
}

func (w *world) keyPolicy(statements ...string) string {
	own := `{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.accountID + `:root"},"Action":"kms:*","Resource":"*"}`
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(append([]string{own}, statements...), ",") + `]}`
}

func (w *world) putKeyPolicy(key string, statements ...string) {
	w.t.Helper()
	if _, err := w.kms().PutKeyPolicy(w.ctx, &kms.PutKeyPolicyInput{KeyId: &key, Policy: aws.String(w.keyPolicy(statements...))}); err != nil {
		w.t.Fatal(err)
	}
}

// alias gives a key a name.
func (w *world) alias(name, key string) {
	w.t.Helper()
	if _, err := w.kms().CreateAlias(w.ctx, &kms.CreateAliasInput{AliasName: &name, TargetKeyId: &key}); err != nil {
		w.t.Fatal(err)
	}
}

// admitsSNS is a statement of a key's policy.
const admitsSNS = `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`

// withKey encrypts a queue with a key.
func withKey(key string) *v1alpha1.QueueEncryption {
	return &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: key}}
}

// consumer makes a topology with one topic and a consumer of it, which need not be ready.
func (w *world) consumer(topic func(*v1alpha1.MessagingTopologySpec), change func(*v1alpha1.ConsumerQueueSpec)) (*v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	mt := w.topology("orders", topic)
	w.ready(mt)
	return mt, w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
		change(s)
	})
}

// arrives publishes a message and says whether it is in the consumer's queue.
func (w *world) arrives(mt *v1alpha1.MessagingTopology, cq *v1alpha1.ConsumerQueue) bool {
	w.t.Helper()
	before := w.attributes(cq.Status.QueueName)["ApproximateNumberOfMessages"]
	if _, err := w.sns().Publish(w.ctx, &sns.PublishInput{TopicArn: &mt.Status.Topics[0].ARN, Message: aws.String("m")}); err != nil {
		w.t.Fatal(err)
	}
	return w.attributes(cq.Status.QueueName)["ApproximateNumberOfMessages"] != before
}

// deliverable waits for the condition and gives its message. Ready must follow: False for False, True for Unknown and True.
func (w *world) deliverable(cq *v1alpha1.ConsumerQueue, status metav1.ConditionStatus, reason string) string {
	w.t.Helper()
	w.waitFor(cq, "Deliverable", status, reason)
	ready := metav1.ConditionTrue
	if status == metav1.ConditionFalse {
		ready = metav1.ConditionFalse
	}
	w.waitFor(cq, "Ready", ready, "")
	if status == metav1.ConditionFalse {
		for _, other := range []string{"Reconciling", "Stalled"} {
			if meta.FindStatusCondition(cq.Status.Conditions, other) != nil {
				w.t.Errorf("it is %s:\n%s", other, w.describe())
			}
		}
	}
	return meta.FindStatusCondition(cq.Status.Conditions, "Deliverable").Message
}

// statement takes the JSON of the statement out of a message.
func statement(t *testing.T, message string) string {
	t.Helper()
	at := strings.Index(message, "{")
	if at < 0 {
		t.Fatalf("no statement in %q", message)
	}
	var raw json.RawMessage
	if err := json.NewDecoder(strings.NewReader(message[at:])).Decode(&raw); err != nil {
		t.Fatalf("the statement in %q: %v", message, err)
	}
	return string(raw)
}

func TestP16AKeyThatDoesNotAdmitSNSIsSaidWithTheStatement(t *testing.T) {
	w := newWorld(t)
	key := w.key()
	mt, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey(key) })
	message := w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonQueueKeyDenied)
	w.mentions(message, key, cq.Status.QueueName, "add the statement")
	if w.arrives(mt, cq) {
		t.Error("a message arrived with a key that does not admit SNS")
	}
	w.putKeyPolicy(key, statement(t, message))
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	if !w.arrives(mt, cq) {
		t.Error("no message arrives with the statement that was named")
	}
}

func TestS6AKeyThatAdmitsSNSDelivers(t *testing.T) {
	w := newWorld(t)
	w.alias("alias/orders", w.key(admitsSNS))
	mt, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey("alias/orders") })
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	if !w.arrives(mt, cq) {
		t.Error("no message arrives")
	}
}

func TestP17AKeyThatAWSManagesIsCalledOut(t *testing.T) {
	w := newWorld(t)
	mt, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey("alias/aws/sqs") })
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonQueueKeyNotGrantable), "alias/aws/sqs", "SQSManaged")
	if w.arrives(mt, cq) {
		t.Error("a message arrived with a key that AWS manages")
	}
	w.noCalls(func(c localaws.Call) bool { return c.Service == "kms" })
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) { o.Spec.Encryption = nil })
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
}

func TestP17ATopicWithAKeyThatAWSManagesAndAPublishingService(t *testing.T) {
	w := newWorld(t)
	mt, cq := w.consumer(func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics[0].Encryption = &v1alpha1.TopicEncryption{KMSKeyID: "alias/aws/sns"}
		s.Topics[0].Publishers = []v1alpha1.SourcePrincipal{{Service: "s3.amazonaws.com", SourceAccount: w.accountID}}
	}, unchanged)
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonTopicKeyNotGrantable), "alias/aws/sns", "s3.amazonaws.com")
	edit(w, mt, func(o *v1alpha1.MessagingTopology) { o.Spec.Topics[0].Publishers = nil })
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	if !w.arrives(mt, cq) {
		t.Error("no message of the own account arrives")
	}
}

func TestS6TheTopicsKeyAdmitsWhoMayPublish(t *testing.T) {
	w := newWorld(t)
	key := w.key()
	mt, cq := w.consumer(func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics[0].Encryption = &v1alpha1.TopicEncryption{KMSKeyID: key}
		s.Topics[0].Publishers = []v1alpha1.SourcePrincipal{{AWSPrincipal: otherAccount}}
	}, unchanged)
	stranger := sns.NewFromConfig(w.config(otherAccount, "us-east-1"))
	publish := func() error {
		_, err := stranger.Publish(w.ctx, &sns.PublishInput{TopicArn: &mt.Status.Topics[0].ARN, Message: aws.String("m")})
		return err
	}
	message := w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonTopicKeyDenied)
	w.mentions(message, otherAccount, key)
	if err := publish(); err == nil {
		t.Error("the other account could publish")
	}
	w.putKeyPolicy(key, statement(t, message))
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	if err := publish(); err != nil {
		t.Errorf("publishing with the statement that was named: %v", err)
	}
}

func TestS6AKeyThatCannotBeUsed(t *testing.T) {
	w := newWorld(t)
	key := w.key(admitsSNS)
	mt, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey(key) })
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	if _, err := w.kms().DisableKey(w.ctx, &kms.DisableKeyInput{KeyId: &key}); err != nil {
		t.Fatal(err)
	}
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonKeyUnusable), key, "Disabled")
	if w.arrives(mt, cq) {
		t.Error("a message arrived with a disabled key")
	}
	if _, err := w.kms().ScheduleKeyDeletion(w.ctx, &kms.ScheduleKeyDeletionInput{KeyId: &key}); err != nil {
		t.Fatal(err)
	}
	w.eventually("the deletion to be said", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil &&
			strings.Contains(meta.FindStatusCondition(cq.Status.Conditions, "Deliverable").Message, "PendingDeletion")
	})
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) { o.Spec.Encryption = withKey("alias/none") })
	w.eventually("the missing key to be said", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil &&
			strings.Contains(meta.FindStatusCondition(cq.Status.Conditions, "Deliverable").Message, "alias/none")
	})
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonKeyUnusable), "does not exist")
}

func TestS6WhatCannotBeReadIsUnknown(t *testing.T) {
	for _, operation := range []string{"DescribeKey", "GetKeyPolicy"} {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			w.denied(operation)
			_, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey(w.key()) })
			w.mentions(w.deliverable(cq, metav1.ConditionUnknown, v1alpha1.ReasonKeyUnknown), "kms:"+operation)
			w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
			w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonQueueKeyDenied)
		})
	}
}

func TestS6TheKeyOfAnotherAccount(t *testing.T) {
	w := newWorld(t)
	key := "arn:aws:kms:us-east-1:" + otherAccount + ":key/12345678-1234-1234-1234-123456789012"
	_, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey(key) })
	message := w.deliverable(cq, metav1.ConditionUnknown, v1alpha1.ReasonKeyUnknown)
	w.mentions(message, otherAccount, "sns.amazonaws.com")
	if statement(t, message) == "" {
		t.Error("no statement")
	}
	w.noCalls(func(c localaws.Call) bool { return c.Service == "kms" })
}

func TestS6TheUndeliveredQueueWithTheSameKeyIsACommonCause(t *testing.T) {
	w := newWorld(t)
	key := w.key()
	w.alias("alias/same", key)
	_, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Encryption, s.Undelivered = withKey(key), &v1alpha1.Undelivered{Encryption: withKey("alias/same")}
	})
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonQueueKeyDenied), "the same key", "inventory-undelivered")
	edit(w, cq, func(o *v1alpha1.ConsumerQueue) { o.Spec.Encryption = nil })
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonUndeliveredKeyDenied), key, "inventory-undelivered")
}

func TestKeysAreReadOnceAResync(t *testing.T) {
	w := newWorld(t)
	key := w.key(admitsSNS)
	_, cq := w.consumer(asIs, func(s *v1alpha1.ConsumerQueueSpec) { s.Encryption = withKey(key) })
	other := w.queue("other", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions, s.Encryption = []v1alpha1.Subscription{subscribed("orders", "events")}, withKey(key)
	})
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	w.deliverable(other, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
	w.settled()
	w.aws.ResetCalls()
	w.pass(31 * time.Minute)
	looks := len(w.calls(named("GetSubscriptionAttributes"))) / 2
	reads := w.calls(func(c localaws.Call) bool { return c.Service == "kms" })
	if looks < 2 || len(reads) > 2*(looks+1) {
		t.Errorf("%d reads of one key in %d looks at two queues", len(reads), looks)
	}
}

func TestAForeignDenyIsNamed(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	before := w.attributes(cq.Status.QueueName)["Policy"]
	deny := `{"Sid":"NoServices","Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}}`
	w.set(cq.Status.QueueURL, "Policy", strings.Replace(before, `"Statement":[`, `"Statement":[`+deny+`,`, 1))
	w.mentions(w.deliverable(cq, metav1.ConditionFalse, v1alpha1.ReasonQueuePolicyMissing), "NoServices", cq.Status.QueueName)
	if w.arrives(mt, cq) {
		t.Error("a message arrived past the Deny")
	}
	w.set(cq.Status.QueueURL, "Policy", before)
	w.deliverable(cq, metav1.ConditionTrue, v1alpha1.ReasonDeliverable)
}
