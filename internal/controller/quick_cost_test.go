package controller

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// A quiet re-check of 300 consumers on 6 topics costs one read a queue and a subscription; what objects share is read once for all, alarms too.
func TestP08QuietRecheckOfManyConsumers(t *testing.T) {
	const topics, consumers, keys, alarms, resyncs = 6, 300, 2, 4 * 300, 2
	w := newQuickWorld(t)
	w.jitter = true
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	for i := range topics {
		mt.Spec.Topics = append(mt.Spec.Topics, v1alpha1.Topic{Name: fmt.Sprintf("t%d", i), Encryption: &v1alpha1.TopicEncryption{KMSKeyID: "alias/a"}})
	}
	w.create(mt)
	for i := range consumers {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: fmt.Sprintf("c%03d", i)}}
		cq.Spec.Subscriptions = []v1alpha1.Subscription{ordersTopic(fmt.Sprintf("t%d", i%topics))}
		cq.Spec.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/b"}}
		cq.Spec.Alarms = allAlarms()
		w.create(cq)
	}
	w.quiet()
	w.everyoneReady()
	w.resetWrites()
	w.pass(resyncs * quickResync)
	w.noWrites("at rest")
	counts := w.aws.CallCounts()
	looks := counts["sns:GetSubscriptionAttributes"]
	if counts["sqs:GetQueueAttributes"] != 3*looks || looks < consumers*resyncs || looks > consumers*resyncs*10/9+consumers {
		t.Errorf("in %d periods %d consumers read %d queues and %d subscriptions", resyncs, consumers, counts["sqs:GetQueueAttributes"], looks)
	}
	shared := 0
	for operation, n := range counts {
		switch operation {
		case "sqs:GetQueueAttributes", "sns:GetSubscriptionAttributes", "sts:GetCallerIdentity":
		default:
			shared += n
		}
	}
	// A shared read serves nine tenths of a period.
	if most := (resyncs + 1) * (2*topics + 2*keys + (3*consumers+topics+alarms+99)/100 + (alarms+99)/100); shared > most || shared > looks {
		t.Errorf("%d shared calls in %d periods of %d consumers, want at most %d: %v", shared, resyncs, consumers, most, counts)
	}
}
