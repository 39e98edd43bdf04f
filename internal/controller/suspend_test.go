package controller_test

import (
	"strings"
	"testing"
	"time"

	kstatus "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Objects that are suspended: looked at, and not touched.

// paused waits until an object says what it would do, and gives the message.
func (w *world) paused(o client.Object) string {
	w.t.Helper()
	w.waitFor(o, "Ready", metav1.ConditionFalse, v1alpha1.ReasonSuspended)
	if conditionOf(o, "Stalled") != nil || conditionOf(o, "Reconciling") != nil {
		w.t.Errorf("%s is suspended, and stalled or reconciling:\n%s", o.GetName(), w.describe())
	}
	return conditionOf(o, "Ready").Message
}

// planned gives a plan as "Action resource field field…".
func planned(steps []v1alpha1.PlannedStep) []string {
	var out []string
	for _, s := range steps {
		line := s.Action + " " + s.Resource
		if s.Action == "Update" || s.Action == "Report" {
			for _, c := range s.Changes {
				line += " " + c.Field + " " + c.From + "->" + c.To
			}
		}
		out = append(out, line)
	}
	return out
}

func TestP57SuspendShowsThePlanBeforeAnythingIsMade(t *testing.T) {
	w := newWorld(t)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) { s.Suspend = true })
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
		s.Suspend = true
	})
	w.mentions(w.paused(mt), "Create topic/", "status.plan", "spec.suspend")
	w.mentions(w.paused(cq), "Create queue/")
	w.computes(kstatus.InProgressStatus, mt, cq)
	topic := "topic/" + w.namespace + "-orders-events"
	if diff := cmp.Diff([]string{"Create " + topic}, planned(mt.Status.Plan)); diff != "" {
		t.Error(diff)
	}
	name := "queue/" + w.namespace + "-inventory"
	if diff := cmp.Diff([]string{"Create " + name + "-dlq", "Create " + name + "-undelivered", "Create " + name}, planned(cq.Status.Plan)); diff != "" {
		t.Error(diff)
	}
	w.pass(time.Hour)
	w.noCalls(mutating)
	if len(cq.Status.Resources)+len(mt.Status.Resources) > 0 {
		t.Errorf("nothing was made, and the inventories are %v and %v", cq.Status.Resources, mt.Status.Resources)
	}
	// Without a look at AWS it is the same, and resuming acts at once.
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Suspend = false })
	w.readyAtOnce(mt)
	w.paused(cq)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = false })
	w.readyAtOnce(cq)
	if len(mt.Status.Plan)+len(cq.Status.Plan) > 0 {
		t.Errorf("the plans stay: %v, %v", mt.Status.Plan, cq.Status.Plan)
	}
}

func TestP57SuspendShowsChangesOfSpecAndOfAWS(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.settled()
	for _, o := range []client.Object{mt, cq} {
		w.eventually("the object", func() bool { return w.Get(w.ctx, keyOf(o), o) == nil })
	}
	inventory := cq.Status.Resources
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Suspend = true })
	w.ready(mt)
	w.ready(cq)
	w.mentions(conditionOf(cq, "Ready").Message, "suspended")
	w.mentions(conditionOf(mt, "Ready").Message, "suspended")
	w.computes(kstatus.CurrentStatus, mt, cq)
	w.aws.ResetCalls()

	// What someone changes is found on the second reading, and stays found.
	w.set(cq.Status.QueueURL, "VisibilityTimeout", "77")
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0].DisplayName = "Orders" })
	w.mentions(w.paused(mt), "DisplayName")
	w.mentions(w.paused(cq), "Update queue/"+cq.Status.QueueName, "VisibilityTimeout")
	name := "queue/" + cq.Status.QueueName
	for range 3 {
		if diff := cmp.Diff([]string{"Update " + name + " VisibilityTimeout 77->30"}, planned(cq.Status.Plan)); diff != "" {
			t.Error(diff)
		}
		w.pass(10 * time.Minute)
		w.paused(cq)
	}
	// What leaves the spec would be let go.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Subscriptions, cq.Spec.DeletionPolicy = nil, v1alpha1.DeletionRetain
		cq.Spec.Undelivered = &v1alpha1.Undelivered{Disabled: true}
	})
	w.eventually("the plan", func() bool {
		return w.condition(cq, "Ready", metav1.ConditionFalse, "") && strings.Contains(strings.Join(planned(cq.Status.Plan), "\n"), "Release "+name+"-undelivered")
	})
	if got := strings.Join(planned(cq.Status.Plan), "\n"); !containsAll(got, "Delete subscription/arn:aws:sns:", "Update "+name) {
		t.Errorf("the plan is\n%s", got)
	}
	w.noCalls(mutating)
	if diff := cmp.Diff(inventory, cq.Status.Resources); diff != "" {
		t.Errorf("the inventory has changed:\n%s", diff)
	}
	for _, e := range w.events(cq) {
		if strings.Contains(e, " Released") || strings.Contains(e, " Updated") || strings.Contains(e, " Deleted") || strings.Contains(e, " DriftCorrected") {
			t.Errorf("nothing was done, and an event says %s", e)
		}
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = false })
	w.readyAtOnce(cq)
	if w.attributes(cq.Status.QueueName)["VisibilityTimeout"] != "30" || len(w.subscriptions(mt.Status.Topics[0].ARN)) != 0 {
		t.Errorf("resumed, the queue is %v", w.attributes(cq.Status.QueueName))
	}
	w.noCalls(named("DeleteQueue"))
}

func TestSuspendedAndStalled(t *testing.T) {
	w := newWorld(t)
	w.createQueue("theirs", nil, nil)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName, s.Suspend = "theirs", true })
	w.stalled(cq, v1alpha1.ReasonNotOwned)
	if diff := cmp.Diff([]string{"Blocked queue/theirs"}, planned(cq.Status.Plan)); diff != "" || cq.Status.Plan[0].Reason != v1alpha1.ReasonNotOwned {
		t.Errorf("%s\n%+v", diff, cq.Status.Plan)
	}
	w.noCalls(mutating)
}

// The dead-letter queue that a spec takes away is to be deleted once it is empty: the plan says so, before and after it could go.
func TestSuspendedPlanShowsTheDeletionThatWaits(t *testing.T) {
	w := newWorld(t)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "x" })
	w.ready(cq)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Suspend = true
		cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true}
	})
	if message := w.paused(cq); !strings.Contains(message, "Delete queue/x-dlq") {
		t.Error(message)
	}
	last := cq.Status.Plan[len(cq.Status.Plan)-1]
	if last.Action != "Delete" || last.Resource != "queue/x-dlq" || last.Reason == "" || !strings.Contains(last.Message, "empty") {
		t.Errorf("the plan is %+v", cq.Status.Plan)
	}
	w.noCalls(named("DeleteQueue"))
}

func TestDeletionOfASuspendedObjectWaits(t *testing.T) {
	for name, letGo := range map[string]struct {
		change func(*v1alpha1.Management, *v1alpha1.DeletionPolicy)
		left   bool
	}{
		"resumed":  {func(m *v1alpha1.Management, _ *v1alpha1.DeletionPolicy) { m.Suspend = false }, false},
		"retained": {func(_ *v1alpha1.Management, p *v1alpha1.DeletionPolicy) { *p = v1alpha1.DeletionRetain }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			mt, child := inline(w, func(s *v1alpha1.MessagingTopologySpec) { s.Topics[0].TopicName = "kept" })
			cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
			w.ready(cq)
			edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Suspend = true })
			edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true })
			w.eventually("the child to be suspended", func() bool { return w.Get(w.ctx, keyOf(child), child) == nil && child.Spec.Suspend })
			w.quiet()
			w.aws.ResetCalls()
			w.delete(mt)
			w.delete(cq)
			w.mentions(w.waiting(cq, v1alpha1.ReasonSuspended), "spec.suspend", "Retain")
			w.mentions(w.waiting(mt, v1alpha1.ReasonSuspended), "spec.suspend", "Retain")
			w.pass(time.Hour)
			w.noCalls(mutating)
			if w.Get(w.ctx, keyOf(child), child) != nil || !child.DeletionTimestamp.IsZero() {
				t.Errorf("the inline consumer is being deleted:\n%s", w.describe())
			}
			edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { letGo.change(&cq.Spec.Management, &cq.Spec.DeletionPolicy) })
			edit(w, mt, func(mt *v1alpha1.MessagingTopology) { letGo.change(&mt.Spec.Management, &mt.Spec.DeletionPolicy) })
			w.gone(cq)
			w.gone(child)
			w.gone(mt)
			if left := len(w.queueNames()) > 0 && len(w.topicNames()) > 0; left != letGo.left {
				t.Errorf("the queues are %v, the topics %v", w.queueNames(), w.topicNames())
			}
			if letGo.left {
				w.noCalls(mutating)
			}
		})
	}
}

func TestInlineConsumerThatLeavesASuspendedTopology(t *testing.T) {
	w := newWorld(t)
	mt, child := inline(w, asIs)
	w.aws.ResetCalls()
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Suspend, mt.Spec.Consumers = true, nil })
	w.mentions(w.paused(mt), child.Name)
	w.pass(time.Hour)
	w.noCalls(mutating)
	if w.Get(w.ctx, keyOf(child), child) != nil || !child.Spec.Suspend || !child.DeletionTimestamp.IsZero() {
		t.Errorf("the consumer is not left alone:\n%s", w.describe())
	}
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Suspend = false })
	w.gone(child)
	w.ready(mt)
	if names := w.queueNames(); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
	w.noCalls(func(c localaws.Call) bool { return c.Operation == "DeleteTopic" })
}
