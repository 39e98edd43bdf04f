package controller

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Objects that are suspended for a while, or whose drift is only reported.

// manage suspends an object, lets its drift be reported, or neither.
func (h *quickHistory) manage() {
	objects := h.objects()
	if len(objects) == 0 {
		return
	}
	h.manageAs(objects[index(h.rt, "object", len(objects))], v1alpha1.Management{
		Suspend: pick(h.rt, "suspend", false, true), DriftPolicy: pick(h.rt, "driftPolicy", "", v1alpha1.DriftReport),
	})
	h.perhapsWork()
}

// manageAs sets how an object is managed, also one that is being deleted; an inline consumer is managed as its topology.
func (h *quickHistory) manageAs(o client.Object, m v1alpha1.Management) {
	h.t.Helper()
	if metav1.GetControllerOf(o) != nil {
		return
	}
	failAt := h.failAt
	h.failAt = 0
	defer func() { h.failAt = failAt }()
	base := o.DeepCopyObject().(client.Object)
	*managementOf(o) = m
	if err := h.Patch(h.ctx, o, client.MergeFrom(base)); err != nil {
		h.t.Fatalf("writing %s: %v", memoryKey(o), err)
	}
	h.t.Logf("  %s: %+v", memoryKey(o), m)
}

func managementOf(o client.Object) *v1alpha1.Management {
	if mt, ok := o.(*v1alpha1.MessagingTopology); ok {
		return &mt.Spec.Management
	}
	return &o.(*v1alpha1.ConsumerQueue).Spec.Management
}

// untouched holds that nothing is written to AWS for the object that is being reconciled if it is suspended.
func (w *quickWorld) untouched(call string) {
	for _, o := range w.objects() {
		if keyOfQuick(o) == w.current && managementOf(o).Suspend {
			w.t.Errorf("%s is suspended, and calls %s", w.current, call)
		}
	}
}

// An inline consumer that is deleted while its topology is suspended goes once the topology is resumed, however that came about.
func TestDeletedChildOfASuspendedTopologyIsResumedWithIt(t *testing.T) {
	deleteChild := func(w *quickWorld, _ *v1alpha1.MessagingTopology, child *v1alpha1.ConsumerQueue) {
		_ = w.Delete(w.ctx, child)
	}
	leaveSpec := func(w *quickWorld, mt *v1alpha1.MessagingTopology, _ *v1alpha1.ConsumerQueue) {
		w.put(mt, func() { mt.Spec.Consumers = nil })
	}
	deleteTopology := func(w *quickWorld, mt *v1alpha1.MessagingTopology, _ *v1alpha1.ConsumerQueue) {
		_ = w.Delete(w.ctx, mt)
	}
	type step = func(*quickWorld, *v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue)
	for name, steps := range map[string][]step{
		"deleted by hand":                          {deleteChild},
		"deleted by hand, and out of the spec":     {deleteChild, leaveSpec},
		"deleted by hand, and its topology":        {deleteChild, deleteTopology},
		"out of the spec, and its topology":        {leaveSpec, deleteTopology},
		"out of the spec, by hand, and a topology": {leaveSpec, deleteChild, deleteTopology},
	} {
		t.Run(name, func(t *testing.T) {
			w := newQuickWorld(t)
			mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
			mt.Spec.Topics = []v1alpha1.Topic{newTopic("a")}
			mt.Spec.Consumers = []v1alpha1.InlineConsumer{{Name: "one"}}
			w.create(mt)
			w.quiet()
			w.everyoneReady()
			suspend := func(s bool) {
				base := mt.DeepCopy()
				mt.Spec.Suspend = s
				if err := w.Patch(w.ctx, mt, client.MergeFrom(base)); err != nil {
					t.Fatal(err)
				}
				w.pass(time.Hour)
			}
			suspend(true)
			w.resetWrites()
			for _, do := range steps {
				child := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders-one"}}
				do(w, mt, child)
				w.pass(time.Hour)
				w.reread(mt)
			}
			if n := w.writes(); n > 0 {
				t.Errorf("%d writes to AWS while suspended:\n%s", n, w.describe())
			}
			suspend(false)
			w.quiet()
			w.everyoneReady()
		})
	}
}
