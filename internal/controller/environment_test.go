package controller_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What surrounds an object: its account's settings, permissions, AWS's limits, many others.

func TestAccountSettingsReachItsObjects(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.Tags = v1alpha1.Tags{"team": "mine"} })
	account := w.accountObject()
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Spec.Tags = v1alpha1.Tags{"team": "all", "cost": "42"} })
	w.eventually("the tags", func() bool {
		tags := w.everything(cq.Status.QueueName)
		return tags["tag cost"] == "42" && tags["tag team"] == "mine" && w.everything(cq.Status.QueueName + "-dlq")["tag cost"] == "42"
	})
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Spec.Tags = nil })
	w.eventually("the tags to go", func() bool {
		tags := w.everything(cq.Status.QueueName)
		return tags["tag cost"] == "" && tags["tag team"] == "mine" && tags["tag skein.dev/name"] == "inventory"
	})
	w.ready(mt)
	w.ready(cq)
	// A shorter period counts from now on, not only after the longer one.
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Spec.ResyncPeriod = "24h" })
	w.pass(11 * time.Minute)
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Spec.ResyncPeriod = "1m" })
	w.pass(10 * time.Second)
	w.aws.ResetCalls()
	for range 10 { // a minute at a time, so that a busy operator keeps up with the clock
		w.pass(time.Minute)
	}
	if n := len(w.calls(named("GetSubscriptionAttributes"))); n < 9 || n > 13 {
		t.Errorf("looked %d times in ten minutes", n)
	}
}

// denied hooks operations to be refused.
func (w *world) denied(operations ...string) {
	w.hook(func(c localaws.Call) localaws.Fault {
		for _, o := range operations {
			if o == c.Operation {
				return localaws.Fault{Code: "AccessDenied", Message: "not permitted"}
			}
		}
		return localaws.Fault{}
	})
}

func TestP33OptionalReadsThatAreDenied(t *testing.T) {
	w := newWorld(t)
	w.denied("GetResources", "ListMessageMoveTasks", "ListDeadLetterSourceQueues")
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	w.pass(30 * time.Minute)
	w.ready(mt)
	w.ready(cq)
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	w.eventually("the drift to be corrected", func() bool { return w.attributes(cq.Status.QueueName)["VisibilityTimeout"] == "30" })
	w.delete(cq)
	w.gone(cq)
}

func TestMissingPermissionsWaitAndAreNamed(t *testing.T) {
	w := newWorld(t)
	w.denied("Subscribe")
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.topology("orders", asIs)
	w.mentions(w.waiting(cq, v1alpha1.ReasonAccessDenied), "sns:Subscribe")
	if w.attributes(cq.Status.QueueName) == nil || w.condition(cq, "Deliverable", metav1.ConditionTrue, "") {
		t.Errorf("the queue waits, or is said to be deliverable:\n%s", w.describe())
	}
	w.pass(time.Hour)
	w.waiting(cq, v1alpha1.ReasonAccessDenied)
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.ready(cq)
}

func TestValueThatAWSRefusesForTenMinutes(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "SetQueueAttributes" {
			return localaws.Fault{Code: "InvalidAttributeValue", Message: "Invalid value for the parameter Policy."}
		}
		return localaws.Fault{}
	})
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Access = &v1alpha1.Access{Receivers: []v1alpha1.AWSPrincipal{{AWSPrincipal: "arn:aws:iam::111122223333:role/of-nobody"}}}
	})
	w.mentions(w.waiting(cq, v1alpha1.ReasonAWSError), "Invalid value for the parameter Policy.")
	began := w.clock.Now()
	w.eventuallyBy(5*time.Second, "the refusal to count", func() bool { return w.condition(cq, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonRefusedByAWS) })
	if took := w.clock.Now().Sub(began); took < 9*time.Minute || took > 20*time.Minute {
		t.Errorf("stalled after %s", took)
	}
	w.pass(30 * time.Minute)
	w.stalled(cq, v1alpha1.ReasonRefusedByAWS)
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.eventuallyBy(5*time.Second, "recovery", func() bool { return w.condition(cq, "Ready", metav1.ConditionTrue, "") })
}

func TestNameSetLater(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.quiet()
	w.aws.ResetCalls()
	queue, topic := cq.Status.QueueName, mt.Status.Topics[0].TopicName
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.QueueName = queue })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0].TopicName = topic })
	w.ready(cq)
	w.ready(mt)
	w.noCalls(mutating)
	other := cq.DeepCopy()
	other.Spec.QueueName = "renamed"
	if err := w.Patch(w.ctx, other, client.MergeFrom(cq)); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "AWS cannot rename a queue") {
		t.Errorf("renaming the queue: %v", err)
	}
}

func TestP08ManyConsumers(t *testing.T) {
	w := newWorld(t)
	const topics, each = 2, 30
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics = nil
		for i := range topics {
			s.Topics = append(s.Topics, v1alpha1.Topic{Name: fmt.Sprintf("t%d", i)})
		}
	})
	w.ready(mt)
	w.aws.ResetCalls()
	for i := range topics * each {
		w.queue(fmt.Sprintf("c%02d", i), func(s *v1alpha1.ConsumerQueueSpec) {
			s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", fmt.Sprintf("t%d", i%topics))}
			s.DeletionPolicy = v1alpha1.DeletionDelete
		})
	}
	settled := func() {
		t.Helper()
		w.eventually("all to be ready", func() bool {
			return w.Get(w.ctx, keyOf(mt), mt) == nil && *mt.Status.Consumers == v1alpha1.ConsumerCounts{Total: topics * each, Ready: topics * each}
		})
		w.quiet()
	}
	settled()
	if reads, writes := w.spent(); writes != 4*topics*each || float64(reads+writes) > 10.5*topics*each {
		t.Errorf("%d consumers took %d reads and %d writes: %v", topics*each, reads, writes, w.aws.CallCounts())
	}
	w.stop()
	w.aws.ResetCalls()
	w.start()
	w.eventually("looks at all of them", func() bool { return len(w.calls(named("GetSubscriptionAttributes"))) >= topics*each })
	settled()
	if reads, writes := w.spent(); writes != 0 || reads > 5*topics*each {
		t.Errorf("a restart took %d reads and %d writes: %v", reads, writes, w.aws.CallCounts())
	}
	w.aws.ResetCalls()
	if err := w.DeleteAllOf(w.ctx, &v1alpha1.ConsumerQueue{}, client.InNamespace(w.namespace)); err != nil {
		t.Fatal(err)
	}
	w.eventually("all to be gone", func() bool { return len(w.queueNames()) == 0 })
	w.eventually("none to be counted", func() bool { return w.Get(w.ctx, keyOf(mt), mt) == nil && mt.Status.Consumers.Total == 0 })
	if reads, writes := w.spent(); writes != 4*topics*each || reads > 5*topics*each {
		t.Errorf("deletion took %d reads and %d writes: %v", reads, writes, w.aws.CallCounts())
	}
	for _, c := range w.calls(anyCall) {
		if strings.HasPrefix(c.Code, "Thr") {
			t.Errorf("throttled: %v", c)
		}
	}
}

func TestAccountThatIsCheckedAgainDisturbsNobody(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.event(cq, "Normal Ready")
	since, events := conditionOf(cq, "Ready").LastTransitionTime, len(w.events(cq))
	for _, period := range []v1alpha1.Duration{"11m", "12m", "13m"} {
		w.pass(time.Minute)
		edit(w, w.accountObject(), func(a *v1alpha1.AWSAccount) { a.Spec.ResyncPeriod = period })
		w.ready(w.accountObject())
		w.ready(cq)
	}
	if now := conditionOf(cq, "Ready").LastTransitionTime; !now.Equal(&since) || len(w.events(cq)) != events {
		t.Errorf("the object went through %v", w.events(cq))
	}
}
