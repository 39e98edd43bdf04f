package controller

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// A quiet re-check of 300 consumers on 6 topics costs one read a queue and a subscription; what objects share is read once for all.
func TestP08QuietRecheckOfManyConsumers(t *testing.T) {
	const topics, consumers, keys, resyncs = 6, 300, 2, 2
	w := newQuickWorld(t)
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	for i := range topics {
		mt.Spec.Topics = append(mt.Spec.Topics, v1alpha1.Topic{Name: fmt.Sprintf("t%d", i), Encryption: &v1alpha1.TopicEncryption{KMSKeyID: "alias/a"}})
	}
	w.create(mt)
	for i := range consumers {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: fmt.Sprintf("c%03d", i)}}
		cq.Spec.Subscriptions = []v1alpha1.Subscription{ordersTopic(fmt.Sprintf("t%d", i%topics))}
		cq.Spec.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/b"}}
		w.create(cq)
	}
	w.quiet()
	w.everyoneReady()
	w.resetWrites()
	w.pass(resyncs * quickResync)
	w.noWrites("at rest")
	counts := w.aws.CallCounts()
	queues, subscriptions := counts["sqs:GetQueueAttributes"], counts["sns:GetSubscriptionAttributes"]
	if queues != 3*consumers*resyncs || subscriptions != consumers*resyncs {
		t.Errorf("%d looks at %d queues, %d at %d subscriptions, in %d periods", queues, 3*consumers, subscriptions, consumers, resyncs)
	}
	shared := 0
	for operation, n := range counts {
		switch operation {
		case "sqs:GetQueueAttributes", "sns:GetSubscriptionAttributes", "sts:GetCallerIdentity":
		default:
			shared += n
		}
	}
	if most := resyncs * (2*topics + 2*keys + (3*consumers+topics+99)/100); shared > most {
		t.Errorf("%d shared calls in %d periods, want at most %d: %v", shared, resyncs, most, counts)
	}
}
