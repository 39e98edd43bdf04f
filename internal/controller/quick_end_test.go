package controller

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// How a history ends, and what it must have come to.

// settleReferences drops from the specs what refers to something that is not there, or is on its way out: it holds up what it refers to for as long
// as it stands, and so do the subscriptions that leaveTopics takes away.
func (h *quickHistory) settleReferences() {
	h.t.Helper()
	topics, queues := map[string]bool{}, map[string]bool{}
	for _, o := range h.objects() {
		if o.GetDeletionTimestamp() != nil {
			continue
		}
		queues[o.GetName()] = true
		if mt, ok := o.(*v1alpha1.MessagingTopology); ok {
			for _, topic := range mt.Spec.Topics {
				topics[mt.Name+"/"+topic.Name] = true
			}
		}
	}
	settle := func(s *v1alpha1.QueueSettings) {
		if s.DeadLetter != nil && s.DeadLetter.ConsumerQueue != nil && !queues[s.DeadLetter.ConsumerQueue.Name] {
			s.DeadLetter = nil
		}
		if s.Alarms != nil {
			s.Alarms.ActionTopics = slices.DeleteFunc(s.Alarms.ActionTopics, func(a v1alpha1.ActionTopic) bool { return !topics[a.Topology.Name+"/"+a.Topic] })
		}
	}
	for _, o := range h.objects() {
		h.edit(o, func(bool) {
			switch o := o.(type) {
			case *v1alpha1.ConsumerQueue:
				if metav1.GetControllerOf(o) != nil {
					return
				}
				settle(&o.Spec.QueueSettings)
				o.Spec.Subscriptions = slices.DeleteFunc(o.Spec.Subscriptions, func(s v1alpha1.Subscription) bool { return !topics[s.Topology.Name+"/"+s.Topic] })
			case *v1alpha1.MessagingTopology:
				for i := range o.Spec.Consumers {
					settle(&o.Spec.Consumers[i].QueueSettings)
				}
			}
		})
	}
}

// leaveTopics lets others, and consumers that were released with their subscriptions, leave topics that are not in a spec any more.
func (h *quickHistory) leaveTopics() {
	h.t.Helper()
	wanted := map[string]bool{}
	for _, o := range h.objects() {
		if mt, ok := o.(*v1alpha1.MessagingTopology); ok && mt.DeletionTimestamp == nil {
			for _, name := range topology.TopicNames(mt) {
				wanted[name] = true
			}
		}
	}
	for _, resource := range slices.Concat(slices.Sorted(maps.Keys(h.foreign)), slices.Sorted(maps.Keys(h.released))) {
		name, ok := strings.CutPrefix(resource, "subscription/")
		if topic, _, _ := strings.Cut(name, "/"); ok && !wanted[topic] {
			_ = h.hands().remove(resource)
			delete(h.foreign, resource)
		}
	}
}

// foreignKept checks that what others put there is as they put it, unless somebody has deleted the resource since.
func (h *quickHistory) foreignKept() {
	h.t.Helper()
	all := h.hands().everything()
	for resource, fields := range h.foreign {
		for field, value := range fields {
			if h.deletedSince(resource, h.planted[resource+" "+field]) {
				continue
			}
			if got := all[resource][field]; got != value {
				h.t.Errorf("%s of %s was %s and is %q", field, resource, value, got)
			}
		}
	}
}

// deletedSince says whether somebody deleted a resource after a number of calls; with a topic go its subscriptions.
func (h *quickHistory) deletedSince(resource string, calls int) bool {
	kind, name, _ := strings.Cut(resource, "/")
	topic, _, _ := strings.Cut(name, "/")
	for _, c := range h.aws.Calls()[calls:] {
		deletes := kind == "alarm" && c.Operation == "DeleteAlarms" && c.Resource == quickARN("cloudwatch", "alarm:"+name) ||
			kind == "queue" && c.Operation == "DeleteQueue" && c.Resource == quickARN("sqs", name) ||
			kind != "queue" && kind != "alarm" && c.Operation == "DeleteTopic" && c.Resource == quickARN("sns", topic)
		if deletes && (c.Code == "" || c.Code == "Lost") {
			return true
		}
	}
	return false
}

// last is what an empty account is to hold: the same specs, applied at once.
func (h *quickHistory) last(t quickTB) *quickWorld {
	fresh := newQuickWorld(t)
	account := &v1alpha1.AWSAccount{}
	if err := h.Get(h.ctx, client.ObjectKey{Name: v1alpha1.DefaultAccountName}, account); err != nil {
		t.Fatalf("reading the account: %v", err)
	}
	to := &v1alpha1.AWSAccount{}
	_ = fresh.Get(fresh.ctx, client.ObjectKeyFromObject(account), to)
	to.Spec = account.Spec
	if err := fresh.Update(fresh.ctx, to); err != nil {
		t.Fatalf("writing the account: %v", err)
	}
	for _, o := range h.objects() {
		if metav1.GetControllerOf(o) != nil || o.GetDeletionTimestamp() != nil {
			continue
		}
		switch o := o.(type) {
		case *v1alpha1.MessagingTopology:
			fresh.create(&v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name}, Spec: o.Spec})
		case *v1alpha1.ConsumerQueue:
			fresh.create(&v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name}, Spec: o.Spec})
		}
	}
	fresh.quiet()
	return fresh
}

// everyoneReady checks that all objects are ready, and that none is on its way out.
func (w *quickWorld) everyoneReady() {
	w.t.Helper()
	for _, o := range w.objects() {
		if o.GetDeletionTimestamp() != nil || !isReady(o) {
			w.t.Errorf("%s is not ready, or still there:\n%s", memoryKey(o), w.describe())
			return
		}
	}
}

func isReady(o client.Object) bool {
	switch o := o.(type) {
	case *v1alpha1.MessagingTopology:
		return conditionTrue(o.Status.Conditions)
	case *v1alpha1.ConsumerQueue:
		return conditionTrue(o.Status.Conditions)
	default:
		return false
	}
}

func conditionTrue(conditions []metav1.Condition) bool {
	return slices.ContainsFunc(conditions, func(c metav1.Condition) bool {
		return c.Type == v1alpha1.ConditionReady && c.Status == metav1.ConditionTrue
	})
}
