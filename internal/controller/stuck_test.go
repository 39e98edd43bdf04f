package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Deletions that something holds up which is not AWS's content: what they say, how they end by themselves, and the way out.

// retainHint is what an object says that cannot be deleted.
const retainHint = "to leave everything in AWS as it is, set deletionPolicy: Retain"

// breakage is what makes a deletion hang, and what mends it.
type breakage struct {
	reason string
	// says is what the message names, besides the way out.
	says        string
	hurt, mends func(w *world)
}

var breakages = map[string]breakage{
	"the AWSAccount is gone": {
		v1alpha1.ReasonAccountNotFound, "create it",
		func(w *world) { w.loseAccount() },
		func(w *world) { w.create(w.newAccount(w.account)) },
	},
	"the Secret is gone": {
		v1alpha1.ReasonAccountNotReady, "there is no Secret",
		func(w *world) {
			w.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: w.account}})
		},
		func(w *world) { w.secret(w.account, w.accountID) },
	},
	"the keys are revoked": {
		v1alpha1.ReasonAccountNotReady, "InvalidClientTokenId",
		func(w *world) {
			w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{Code: "InvalidClientTokenId"} })
			w.check()
		},
		func(w *world) { w.hook(harmless); w.check() },
	},
	"nothing is permitted": {
		v1alpha1.ReasonAccessDenied, "AccessDenied",
		func(w *world) {
			w.hook(func(c localaws.Call) localaws.Fault { return localaws.Fault{Code: codeIf(anyCall(c), "AccessDenied")} })
		},
		func(w *world) { w.hook(harmless) },
	},
	"the endpoint is gone": {
		"", "no route to host", // told by the object itself, or by its account

		func(w *world) { w.unplugged.Store(true) },
		func(w *world) { w.unplugged.Store(false) },
	},
	"the keys are another account's": {
		v1alpha1.ReasonAccountNotReady, otherAccount,
		func(w *world) { w.keys(w.account, otherAccount, "secret") },
		func(w *world) { w.keys(w.account, w.accountID, "secret") },
	},
}

func harmless(localaws.Call) localaws.Fault { return localaws.Fault{} }

// loseAccount takes the AWSAccount away while it is in use, by force.
func (w *world) loseAccount() {
	account := w.accountObject()
	w.delete(account)
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Finalizers = nil })
	w.gone(account)
}

// check has the account checked now.
func (w *world) check() {
	edit(w, w.accountObject(), func(a *v1alpha1.AWSAccount) {
		a.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: w.clock.Now().String()}
	})
}

// foreign makes a queue and a topic of somebody else's, and a function that checks that they are left alone.
func (w *world) foreign() func() {
	w.createQueue("somebody-elses", nil, nil)
	w.createTopic("somebody-elses")
	return func() {
		w.t.Helper()
		if w.attributes("somebody-elses") == nil || !slices.Contains(w.topicNames(), "somebody-elses") {
			w.t.Error("what is somebody else's was deleted")
		}
	}
}

// says waits until an object is held up for a reason, any if it is empty, by a message with all of what.
func (w *world) says(o client.Object, reason string, what ...string) {
	w.t.Helper()
	w.eventually(o.GetName()+" to say "+strings.Join(what, ", "), func() bool {
		return w.condition(o, "Ready", metav1.ConditionFalse, reason) && containsAll(conditionOf(o, "Ready").Message, what...)
	})
}

// everythingOf are the queues of a consumer with dead-letter and undelivered queue.
func everythingOf(cq *v1alpha1.ConsumerQueue) []string {
	main := cq.Status.QueueName
	return []string{main, main + "-dlq", main + "-undelivered"}
}

func TestP50DeletionsThatHangEndWithRetain(t *testing.T) {
	for name, b := range breakages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			mt, cq := orders(w, unchanged)
			untouched := w.foreign()
			b.hurt(w)
			w.delete(cq)
			w.delete(mt)
			w.says(cq, b.reason, b.says, retainHint)
			w.says(mt, b.reason, b.says, retainHint)
			w.aws.ResetCalls()
			edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
			edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
			w.gone(cq)
			w.gone(mt)
			w.noCalls(mutating)
			for _, queue := range everythingOf(cq) {
				if w.attributes(queue) == nil {
					t.Errorf("queue %s was deleted", queue)
				}
			}
			if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 1 {
				t.Errorf("the topic has the subscriptions %v", got)
			}
			untouched()
		})
	}
}

func TestP50DeletionsThatHangEndByThemselvesOnceMended(t *testing.T) {
	for name, b := range breakages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			mt, cq := orders(w, unchanged)
			untouched := w.foreign()
			b.hurt(w)
			w.delete(cq)
			w.delete(mt)
			w.says(cq, b.reason, b.says)
			w.says(mt, b.reason, b.says)
			b.mends(w)
			w.gone(cq)
			w.gone(mt)
			if queues, topics := w.queueNames(), w.topicNames(); len(queues) != 1 || len(topics) != 1 {
				t.Errorf("left queues %v and topics %v", queues, topics)
			}
			untouched()
		})
	}
}

func TestP50AccountThatComesBackAsAnotherDeletesNothing(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.loseAccount()
	w.delete(cq)
	w.delete(mt)
	w.keys(w.account, otherAccount, "secret")
	w.create(w.newAccount(w.account))
	w.mentions(w.stalled(cq, v1alpha1.ReasonAccountChanged), otherAccount, w.accountID, retainHint)
	w.mentions(w.stalled(mt, v1alpha1.ReasonAccountChanged), otherAccount, w.accountID, retainHint)
	w.pass(time.Hour)
	w.noCalls(of(otherAccount))
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(cq)
	w.gone(mt)
	if w.attributes(cq.Status.QueueName) == nil {
		t.Error("the queue was deleted")
	}
}

// The operator's own namespace goes with its Secrets, and the operator with it; one that is installed again says what is missing.
func TestP50OperatorAndItsNamespaceAreGone(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.stop()
	w.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: w.account}})
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.operator}}
	w.delete(namespace)
	w.gone(namespace)
	w.delete(cq)
	w.delete(mt)
	w.start()
	w.says(cq, v1alpha1.ReasonAccountNotReady, "there is no Secret", retainHint)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(cq)
	w.says(mt, v1alpha1.ReasonAccountNotReady, "there is no Secret", retainHint)
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.operator}})
	w.secret(w.account, w.accountID)
	// The retained queue still subscribes.
	w.says(mt, v1alpha1.ReasonSubscribersPresent, cq.Status.QueueARN, v1alpha1.AnnotationAllowDeleteWithSubscribers, retainHint)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Annotations = map[string]string{v1alpha1.AnnotationAllowDeleteWithSubscribers: "true"}
	})
	w.gone(mt)
	if w.attributes(cq.Status.QueueName) == nil || len(w.topicNames()) != 0 {
		t.Errorf("left queues %v and topics %v", w.queueNames(), w.topicNames())
	}
}

func TestP50AccountGoesWithItsUsersThoughItsCredentialsAreGone(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	account := w.accountObject()
	w.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: w.account}})
	w.delete(account)
	w.delete(cq)
	w.delete(mt)
	w.waitFor(account, "Reconciling", metav1.ConditionTrue, v1alpha1.ReasonInUse)
	w.mentions(conditionOf(account, "Reconciling").Message, "ConsumerQueue "+keyOf(cq).String(), "MessagingTopology "+keyOf(mt).String(), "deletionPolicy: Retain")
	w.says(cq, v1alpha1.ReasonAccountNotReady, "there is no Secret", retainHint)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(cq)
	w.gone(mt)
	w.gone(account)
	if len(w.queueNames()) != 3 || len(w.topicNames()) != 1 {
		t.Errorf("left queues %v and topics %v", w.queueNames(), w.topicNames())
	}
}

func TestP50NothingWasMadeSoNothingIsNeeded(t *testing.T) {
	w := bareWorld(t)
	w.create(w.newAccount(w.account)) // without its Secret
	w.start()
	mt, child := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Consumers = []v1alpha1.InlineConsumer{{Name: "fraud"}}
	}), w.queue("inventory", unchanged)
	w.waiting(mt, v1alpha1.ReasonAccountNotReady)
	w.waiting(child, v1alpha1.ReasonAccountNotReady)
	account := w.accountObject()
	w.delete(account)
	w.delete(mt)
	w.delete(child)
	w.gone(mt)
	w.gone(child)
	w.gone(account)
	if calls := w.aws.Calls(); len(calls) != 0 {
		t.Errorf("called %s", calls[0].Operation)
	}
}

// Between the deletion and its end somebody else has taken the queue: it is theirs, with its subscription.
func TestP50QueueTaggedAsAnothersMeanwhileIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	w.pass(2 * time.Minute)
	w.unplugged.Store(true)
	w.delete(cq)
	w.says(cq, "", "no route to host", retainHint)
	w.tag(cq.Status.QueueURL, "skein.dev/cluster", "another-cluster")
	w.unplugged.Store(false)
	w.gone(cq)
	if left := w.queueNames(); !slices.Equal(left, []string{cq.Status.QueueName}) {
		t.Errorf("left queues %v", left)
	}
	if len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Error("the subscription of the queue was taken away")
	}
}

// tag puts a tag on a queue by hand.
func (w *world) tag(url, key, value string) {
	w.t.Helper()
	if _, err := w.sqs().TagQueue(w.ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{key: value}}); err != nil {
		w.t.Fatal(err)
	}
}

// What has gone leaves the inventory, and what comes later in the order waits.
func TestP50RefusedStepKeepsTheOrder(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	queues := everythingOf(cq)
	refused := func(names ...string) {
		w.hook(func(c localaws.Call) localaws.Fault {
			return localaws.Fault{Code: codeIf(c.Operation == "DeleteQueue" && slices.Contains(names, nameOf(c.Resource)), "AccessDenied")}
		})
	}
	rows := func() []string {
		var out []string
		for _, r := range cq.Status.Resources {
			out = append(out, strings.TrimPrefix(r.Resource, "queue/"))
		}
		return out
	}
	refused(queues...)
	w.delete(cq)
	w.says(cq, v1alpha1.ReasonAccessDenied, "sqs:DeleteQueue", queues[0], retainHint)
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 0 || !slices.Equal(rows(), queues) || len(w.queueNames()) != 3 {
		t.Errorf("subscriptions %v, rows %v, queues %v", got, rows(), w.queueNames())
	}
	refused(queues[1])
	w.says(cq, v1alpha1.ReasonAccessDenied, "sqs:DeleteQueue", queues[1], retainHint)
	if !slices.Equal(rows(), queues[1:2]) || !slices.Equal(w.queueNames(), queues[1:2]) {
		t.Errorf("rows %v, queues %v", rows(), w.queueNames())
	}
	refused()
	w.gone(cq)
	if left := w.queueNames(); len(left) != 0 {
		t.Errorf("left queues %v", left)
	}
}

// The queues are empty, and remain fed as long as the subscription stays: that is what must be said.
func TestP50UnsubscribeThatIsRefusedIsSaid(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.denied("Unsubscribe")
	w.delete(cq)
	w.says(cq, v1alpha1.ReasonAccessDenied, "sns:Unsubscribe", retainHint)
	w.pass(10 * time.Minute)
	w.says(cq, v1alpha1.ReasonAccessDenied, "sns:Unsubscribe", retainHint)
	if len(w.queueNames()) != 3 {
		t.Errorf("queues that are still fed were deleted; left %v", w.queueNames())
	}
	w.hook(harmless)
	w.gone(cq)
}

func TestP50TopologyThatWasTakenAwayByForce(t *testing.T) {
	w := newWorld(t)
	w.label(w.other, "consumes", "orders")
	declare := func() *v1alpha1.MessagingTopology {
		return w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
			s.AllowedConsumers = &v1alpha1.AllowedConsumers{Namespaces: v1alpha1.ConsumerNamespaces{From: "All"}}
		})
	}
	mt := declare()
	cq := w.queueIn(w.other, "inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		sub := subscribed("orders", "events")
		sub.Topology.Namespace = w.namespace
		s.Subscriptions = []v1alpha1.Subscription{sub}
	})
	w.ready(mt)
	w.ready(cq)
	topic := mt.Status.Topics[0].ARN
	w.delete(mt)
	w.says(mt, v1alpha1.ReasonSubscribersPresent, cq.Status.QueueARN, retainHint)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Finalizers = nil })
	w.gone(mt)
	w.waiting(cq, v1alpha1.ReasonTopologyNotFound)
	w.publish(topic, "still delivered")
	w.pass(30 * time.Minute)
	if got := w.attributes(cq.Status.QueueName)["ApproximateNumberOfMessages"]; got != "1" {
		t.Errorf("the queue has %s messages", got)
	}
	w.drain(cq.Status.QueueURL)
	w.delete(cq)
	w.gone(cq)
	if len(w.queueNames()) != 0 || len(w.topicNames()) != 1 || len(w.subscriptions(topic)) != 0 {
		t.Errorf("left queues %v, topics %v, subscriptions %v", w.queueNames(), w.topicNames(), w.subscriptions(topic))
	}
	// The same object again is the way to what was left behind.
	again := declare()
	w.ready(again)
	w.delete(again)
	w.gone(again)
	if left := w.topicNames(); len(left) != 0 {
		t.Errorf("left topics %v", left)
	}
}

func (w *world) publish(topicARN, body string) {
	w.t.Helper()
	if _, err := w.sns().Publish(w.ctx, &sns.PublishInput{TopicArn: &topicARN, Message: &body}); err != nil {
		w.t.Fatal(err)
	}
}
