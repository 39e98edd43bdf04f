package controller

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// What was set while the spec changed, so that the status could not be written, is taken back all the same.
func TestSpecThatChangesWhileItIsApplied(t *testing.T) {
	for name, c := range map[string]struct {
		call   string
		exists bool
		fault  localaws.Fault
	}{
		"creating":                      {call: "CreateQueue"},
		"creating, and the answer lost": {call: "CreateQueue", fault: localaws.Fault{Code: "Lost", Status: 400, AfterEffect: true}},
		"updating":                      {call: "TagQueue", exists: true},
		"updating, and the answer lost": {call: "TagQueue", exists: true, fault: localaws.Fault{Code: "Lost", Status: 400, AfterEffect: true}},
		"setting, and the answer lost":  {call: "SetQueueAttributes", exists: true, fault: localaws.Fault{Code: "Lost", Status: 400, AfterEffect: true}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newQuickWorld(t)
			cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
			cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true}
			if c.exists {
				w.create(cq)
				w.quiet()
			}
			w.fault = func(call localaws.Call) localaws.Fault {
				if call.Operation != c.call {
					return localaws.Fault{}
				}
				w.fault = nil
				w.put(cq, func() { cq.Spec.Tags, cq.Spec.MaximumMessageSize = nil, nil })
				return c.fault
			}
			w.put(cq, func() {
				cq.Spec.Tags, cq.Spec.MaximumMessageSize = v1alpha1.Tags{"team": "a"}, ptr.To(resource.MustParse("64Ki"))
			})
			w.quiet()
			w.everyoneReady()
			if w.fault != nil {
				t.Fatalf("%s was not called", c.call)
			}
			got := w.hands().fields("queue/shop-inventory")
			if got["Tags[team]"] != "" || got["MaximumMessageSize"] == "65536" {
				t.Errorf("the queue is %v", got)
			}
		})
	}
}
