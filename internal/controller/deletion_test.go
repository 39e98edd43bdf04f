package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

func TestP52DeleteIfEmptyWaitsForMessages(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.send(cq.Status.QueueURL, "kept")
	w.delete(cq)
	w.waitFor(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonMessagesHeld)
	if got := w.subscriptions(mt.Status.Topics[0].ARN); len(got) != 0 {
		t.Errorf("still subscribed: %v", got)
	}
	if w.attributes(cq.Status.QueueName)["ApproximateNumberOfMessages"] != "1" {
		t.Error("the message is gone")
	}
	in, err := w.sqs().ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &cq.Status.QueueURL})
	if err != nil || len(in.Messages) != 1 {
		t.Fatalf("received %v, %v", in, err)
	}
	if _, err := w.sqs().DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &cq.Status.QueueURL, ReceiptHandle: in.Messages[0].ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	w.waitFor(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonEmptySettle)
	began := w.clock.Now()
	w.gone(cq)
	if took := w.clock.Now().Sub(began); took < 90*time.Second {
		t.Errorf("deleted after %s of being empty", took)
	}
	for _, name := range []string{cq.Status.QueueName, cq.Status.QueueName + "-dlq", cq.Status.QueueName + "-undelivered"} {
		if w.attributes(name) != nil {
			t.Errorf("queue %s is still there", name)
		}
	}
}

func TestP27InFlightMessagesHoldADeletion(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.VisibilityTimeout = "12h" })
	w.send(cq.Status.QueueURL, "in flight")
	if _, err := w.sqs().ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &cq.Status.QueueURL}); err != nil {
		t.Fatal(err)
	}
	w.delete(cq)
	w.waitFor(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonMessagesHeld)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Annotations = map[string]string{v1alpha1.AnnotationAllowDeleteWithMessages: "true"}
	})
	w.gone(cq)
}

func TestDeletionPolicyDelete(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	w.send(cq.Status.QueueURL, "lost on purpose")
	w.delete(cq)
	w.gone(cq)
	if w.attributes(cq.Status.QueueName) != nil {
		t.Error("the queue is still there")
	}
}

func TestRetainMakesNoAWSCall(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionRetain })
	w.aws.ResetCalls()
	w.delete(cq)
	w.gone(cq)
	w.noCalls(anyCall)
	if w.attributes(cq.Status.QueueName) == nil || len(w.subscriptions(mt.Status.Topics[0].ARN)) != 1 {
		t.Error("the queue or its subscription is gone")
	}
}

func TestP26ForeignSubscribersHoldATopic(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(*v1alpha1.MessagingTopologySpec) {})
	w.ready(mt)
	topic := mt.Status.Topics[0].ARN
	foreign := "arn:aws:sqs:us-east-1:111122223333:somebody-elses"
	if _, err := w.sns().Subscribe(w.ctx, &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &foreign}); err != nil {
		t.Fatal(err)
	}
	w.delete(mt)
	w.waitFor(mt, "Ready", metav1.ConditionFalse, v1alpha1.ReasonSubscribersPresent)
	if message := mt.Status.Conditions[0].Message; !strings.Contains(message, "somebody-elses") {
		t.Errorf("the message does not name the subscriber: %s", message)
	}
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Annotations = map[string]string{v1alpha1.AnnotationAllowDeleteWithSubscribers: "true"}
	})
	w.gone(mt)
}

func TestP51NothingIsLeaked(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.delete(cq)
	w.delete(mt)
	w.gone(cq)
	w.gone(mt)
	queues, err := w.sqs().ListQueues(w.ctx, &sqs.ListQueuesInput{})
	if err != nil || len(queues.QueueUrls) != 0 {
		t.Errorf("left queues %v, %v", queues.QueueUrls, err)
	}
	topics, err := w.sns().ListTopics(w.ctx, &sns.ListTopicsInput{})
	if err != nil || len(topics.Topics) != 0 {
		t.Errorf("left topics %v, %v", topics.Topics, err)
	}
}

func TestP50RetainIsTheWayOutWhenAWSIsGone(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.unplugged.Store(true)
	w.delete(cq)
	w.delete(mt)
	w.waiting(cq, v1alpha1.ReasonUnreachable)
	w.pass(time.Hour)
	w.keys(w.account, w.accountID, "")
	w.waiting(cq, v1alpha1.ReasonAccountNotReady)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
	w.gone(cq)
	w.gone(mt)
}

func TestDeletionBeforeAnythingWasMade(t *testing.T) {
	w := newWorld(t)
	w.hook(func(c localaws.Call) localaws.Fault {
		return localaws.Fault{Code: codeIf(c.Operation == "CreateQueue", "AccessDenied")}
	})
	cq := w.queue("inventory", unchanged)
	w.waiting(cq, v1alpha1.ReasonAccessDenied)
	w.delete(cq)
	w.gone(cq)
	missing := w.queue("missing", func(s *v1alpha1.ConsumerQueueSpec) { s.AccountRef.Name = w.account + "-none" })
	w.waiting(missing, v1alpha1.ReasonAccountNotFound)
	w.delete(missing)
	w.gone(missing)
	if names := w.queueNames(); len(names) != 0 {
		t.Errorf("left %v", names)
	}
}

func TestDeletionOfQueuesThatAreGone(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.pass(16 * time.Minute)
	for _, url := range []string{cq.Status.QueueURL, cq.Status.DeadLetter.QueueURL, cq.Status.Undelivered.QueueURL} {
		w.deleteQueue(url)
	}
	w.delete(cq)
	w.gone(cq)
}

func TestP51FinalizerAndInventoryComeBeforeTheFirstWrite(t *testing.T) {
	w := newWorld(t)
	w.hook(func(c localaws.Call) localaws.Fault {
		if !c.Mutating {
			return localaws.Fault{}
		}
		var mt v1alpha1.MessagingTopology
		var cq v1alpha1.ConsumerQueue
		_ = w.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "orders"}, &mt)
		_ = w.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "inventory"}, &cq)
		o, account, rows := client.Object(&cq), cq.Status.Account, cq.Status.Resources
		if c.Operation == "CreateTopic" {
			o, account, rows = &mt, mt.Status.Account, mt.Status.Resources
		}
		name := nameOf(c.Resource)
		if !slices.Contains(o.GetFinalizers(), v1alpha1.Finalizer) || account == nil || account.AccountID != w.accountID || state(rows, name) == "" {
			t.Errorf("%s of %s before it is on record: %v, %v, %v", c.Operation, name, o.GetFinalizers(), account, rows)
		}
		return localaws.Fault{}
	})
	orders(w, unchanged)
}

func TestNewReadingsCountAfterMessagesCameAgain(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.delete(cq)
	w.waiting(cq, v1alpha1.ReasonEmptySettle)
	w.pass(time.Minute)
	w.send(cq.Status.QueueURL, "late")
	w.waiting(cq, v1alpha1.ReasonMessagesHeld)
	w.drain(cq.Status.QueueURL)
	began := w.clock.Now()
	w.gone(cq)
	if took := w.clock.Now().Sub(began); took < 2*time.Minute {
		t.Errorf("deleted after %s of being empty", took)
	}
}

// Names that another object gives free are taken up at once, also those of queues that had left its spec.
func TestNameGivenFreeWakesTheOtherClaim(t *testing.T) {
	w := newWorld(t)
	_, first := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = &v1alpha1.DeadLetter{QueueName: "one"} })
	dlq := first.Status.DeadLetter.QueueURL
	w.send(dlq, "dead")
	w.changed(first, func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	second := w.claiming("second", "1m")
	w.stalled(second, v1alpha1.ReasonOwnedByAnother)
	w.drain(dlq)
	w.eventually("the dead-letter queue to go", func() bool { return w.attributes("one") == nil })
	gone := w.clock.Now()
	w.ready(second)
	if took := w.clock.Now().Sub(gone); took > 3*time.Minute {
		t.Errorf("taken up after %s", took)
	}
}
