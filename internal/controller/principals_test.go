package controller_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What IAM does with a role that is deleted: policies show its id, and no policy that names it is taken any more.
const (
	workerRole = "arn:aws:iam::111122223333:role/worker"
	workerID   = "AROAEXAMPLEEXAMPLE123"
	shopRole   = "arn:aws:iam::111122223333:role/shop"
)

// dismiss makes AWS refuse policies that name a principal.
func (w *world) dismiss(principals ...string) {
	w.hook(func(c localaws.Call) localaws.Fault {
		for _, p := range principals {
			if c.Mutating && strings.Contains(string(c.Params), p) {
				code := "InvalidAttributeValue"
				if c.Service == "sns" {
					code = "InvalidParameter"
				}
				return localaws.Fault{Code: code, Message: "Invalid value for the parameter Policy."}
			}
		}
		return localaws.Fault{}
	})
}

func workers(s *v1alpha1.ConsumerQueueSpec) {
	s.Access = &v1alpha1.Access{Receivers: []v1alpha1.AWSPrincipal{{AWSPrincipal: workerRole}, {AWSPrincipal: shopRole}}}
}

func TestP58DeletedRoleIsToldAndStopsNothingElse(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, workers)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Topics = append(mt.Spec.Topics, v1alpha1.Topic{Name: "more"})
	})
	w.ready(mt)
	w.settled()
	policy := w.attributes(cq.Status.QueueName)["Policy"]
	w.set(cq.Status.QueueURL, "Policy", strings.Replace(policy, workerRole, workerID, 1))
	w.dismiss(workerRole, workerID)
	w.drifted(cq, "Policy[SkeinReceivers]", workerID, "Detected")
	message := w.stalled(cq, v1alpha1.ReasonRefusedByAWS)
	w.mentions(message, "Policy[SkeinReceivers]", "queue/"+cq.Status.QueueName, "does not exist", "Invalid value for the parameter Policy")
	w.pass(11 * time.Minute)
	if err := w.Get(w.ctx, keyOf(cq), cq); err != nil {
		t.Fatal(err)
	}
	version := cq.ResourceVersion
	w.aws.ResetCalls()
	w.pass(30 * time.Minute)
	if n := len(w.calls(mutating)); n > 4 {
		t.Errorf("%d writes are tried in half an hour", n)
	}
	if err := w.Get(w.ctx, keyOf(cq), cq); err != nil || cq.ResourceVersion != version {
		t.Errorf("the status changes at every look: %v", err)
	}

	// Another topic is admitted and subscribed all the same.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Subscriptions = append(cq.Spec.Subscriptions, subscribed("orders", "more"))
	})
	w.eventually("the second subscription", func() bool { return len(w.subscriptions(mt.Status.Topics[1].ARN)) == 1 })
	now := w.attributes(cq.Status.QueueName)["Policy"]
	if !containsAll(now, mt.Status.Topics[0].ARN, mt.Status.Topics[1].ARN, shopRole, "SkeinTLSOnly") {
		t.Errorf("the policy is %s", now)
	}
	w.waitFor(cq, "Deliverable", metav1.ConditionTrue, "")

	// The role is made again.
	w.aws.SetHook(nil)
	w.drifted(cq, "Policy[SkeinReceivers]", "Corrected")
	w.ready(cq)
	if now := w.attributes(cq.Status.QueueName)["Policy"]; !containsAll(now, workerRole, shopRole) || strings.Contains(now, workerID) {
		t.Errorf("the policy is %s", now)
	}
}

func TestP58UnknownRoleStopsNoCreation(t *testing.T) {
	w := newWorld(t)
	w.dismiss(workerRole)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics[0].Publishers = []v1alpha1.SourcePrincipal{{AWSPrincipal: workerRole}}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		workers(s)
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.mentions(w.waiting(cq, v1alpha1.ReasonAWSError), "Policy[SkeinReceivers]")
	w.mentions(w.waiting(mt, v1alpha1.ReasonAWSError), "Policy[SkeinPublishers]")
	topic := mt.Status.Topics[0].ARN
	w.eventually("the subscription", func() bool { return len(w.subscriptions(topic)) == 1 })
	w.waitFor(cq, "Deliverable", metav1.ConditionTrue, "")
	if now := w.attributes(cq.Status.QueueName)["Policy"]; !containsAll(now, topic, "SkeinTLSOnly") || strings.Contains(now, workerRole) {
		t.Errorf("the policy is %s", now)
	}
	w.stalled(cq, v1alpha1.ReasonRefusedByAWS)
	w.aws.SetHook(nil)
	w.ready(cq)
	w.ready(mt)
	if !containsAll(w.attributes(cq.Status.QueueName)["Policy"], workerRole, shopRole) || !strings.Contains(w.topicAttributes(topic)["Policy"], workerRole) {
		t.Errorf("the roles are not admitted once they exist")
	}
}
