package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// Adoptions that do not go as planned.

// adopt makes a ConsumerQueue that is to take over the queue "theirs".
func (w *quickWorld) adopt(change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	cq.Spec.QueueName, cq.Spec.AdoptionPolicy = "theirs", v1alpha1.AdoptionAdopt
	if change != nil {
		change(&cq.Spec)
	}
	w.create(cq)
	return cq
}

// theirs makes queues by hand.
func (w *quickWorld) theirs(names ...string) {
	w.t.Helper()
	for _, name := range names {
		if err := w.hands().createQueue(name, map[string]string{"VisibilityTimeout": "77"}, nil); err != nil {
			w.t.Fatalf("making %s: %v", name, err)
		}
	}
}

// called counts the operator's calls of an operation.
func (w *quickWorld) called(operation string) int {
	n := 0
	for _, c := range w.aws.Calls() {
		if c.Operation == operation && c.AccessKey != quickHands {
			n++
		}
	}
	return n
}

// told counts events that contain a text.
func (w *quickWorld) told(text string) int {
	n := 0
	for _, e := range w.events {
		if strings.Contains(e, text) {
			n++
		}
	}
	return n
}

// reread reads an object.
func (w *quickWorld) reread(o client.Object) {
	w.t.Helper()
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(o), o); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// A suspended object that would adopt is looked at as seldom as any other.
func TestSuspendedAdoptionCostsNoMoreThanAnyLook(t *testing.T) {
	w := newQuickWorld(t)
	w.theirs("theirs")
	w.adopt(func(s *v1alpha1.ConsumerQueueSpec) { s.Suspend = true })
	w.pass(time.Minute)
	w.resetWrites()
	w.pass(time.Hour)
	w.noWrites("suspended")
	if n := w.called("GetQueueAttributes"); n > 3*8 {
		t.Errorf("%d reads of attributes in an hour", n)
	}
}

// A takeover that fails is tried again as it was announced: it is not announced anew each time.
func TestTakeoverThatFailsIsNotAnnouncedAgain(t *testing.T) {
	w := newQuickWorld(t)
	w.theirs("theirs", "theirs-dlq")
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "TagQueue" && strings.HasSuffix(c.Resource, ":theirs") {
			return localaws.Fault{Code: "AccessDenied", Status: 403}
		}
		return localaws.Fault{}
	}
	w.adopt(nil)
	w.pass(time.Hour)
	if n := w.told(v1alpha1.ReasonAdopting); n > 1 {
		t.Errorf("announced %d times", n)
	}
	if n := w.called("TagQueue"); n > 30 {
		t.Errorf("tried %d times", n)
	}
	w.fault = nil
	w.quiet()
	w.everyoneReady()
}

// What a suspended adoption shows does not depend on whether AWS was looked at.
func TestSuspendedAdoptionShowsTheSameBetweenLooks(t *testing.T) {
	w := newQuickWorld(t)
	w.theirs("theirs")
	cq := w.adopt(func(s *v1alpha1.ConsumerQueueSpec) { s.Suspend = true })
	w.pass(time.Minute)
	w.reread(cq)
	before := cq.DeepCopy()
	w.create(&v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "other"}})
	w.pass(time.Minute)
	w.reread(cq)
	if diff := cmp.Diff(before.Status, cq.Status); diff != "" {
		t.Errorf("without a look:\n%s", diff)
	}
}

// Where AWS has no tags an adoption ends all the same, also one that changes nothing.
func TestAdoptionWithoutTags(t *testing.T) {
	w := newQuickWorld(t, localaws.WithoutTags())
	w.theirs("theirs")
	w.adopt(func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	w.quiet()
	w.everyoneReady()
}

// A queue that another object has made and that has lost its tags is still that object's, for an older one as well.
func TestQueueOfAnotherObjectIsNotAdoptedForWantOfTags(t *testing.T) {
	w := newQuickWorld(t)
	older := w.adopt(func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.DeadLetter = "elder", &v1alpha1.DeadLetter{Disabled: true}
	})
	w.pass(time.Minute)
	owner := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "owner"}}
	owner.Spec.QueueName, owner.Spec.DeadLetter = "live", &v1alpha1.DeadLetter{Disabled: true}
	w.create(owner)
	w.quiet()
	w.everyoneReady()
	for key := range (topology.Owner{}).Tags() {
		if err := w.hands().tag("queue", "live", key, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.reread(older)
	older.Spec.DeadLetter = &v1alpha1.DeadLetter{QueueName: "live"}
	if err := w.Update(w.ctx, older); err != nil {
		t.Fatal(err)
	}
	w.resetWrites()
	w.pass(time.Hour)
	if n := w.writes(); n > 0 {
		t.Errorf("%d writes to AWS:\n%s", n, w.describe())
	}
	if got := w.describe(); !strings.Contains(got, "Ready False OwnedByAnother: queue live is held by ConsumerQueue shop/owner") {
		t.Errorf("told:\n%s", got)
	}
}

// All that is set back is counted, however much it is at once.
func TestDriftIsCountedInFull(t *testing.T) {
	w := newQuickWorld(t)
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	for i := range 14 {
		mt.Spec.Topics = append(mt.Spec.Topics, v1alpha1.Topic{Name: fmt.Sprint("t", i), DisplayName: "as said"})
	}
	w.create(mt)
	w.quiet()
	for i := range 14 {
		if err := w.hands().set(fmt.Sprint("topic/shop-orders-t", i), "DisplayName", "otherwise"); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(time.Hour)
	var metric dto.Metric
	if err := w.shared.driftTotal.WithLabelValues("topic", "DisplayName", "Corrected").Write(&metric); err != nil || metric.GetCounter().GetValue() != 14 {
		t.Errorf("counted %v (%v)", metric.GetCounter().GetValue(), err)
	}
}

// A dead-letter queue that an adopted queue does not use is not in the way, whoever's it is.
func TestAdoptionBesideAQueueThatIsNotNeeded(t *testing.T) {
	w := newQuickWorld(t)
	w.theirs("theirs")
	if err := w.hands().createQueue("theirs-dlq", nil, topology.Owner{Cluster: "another", Kind: "ConsumerQueue", Namespace: "a", Name: "b"}.Tags()); err != nil {
		t.Fatal(err)
	}
	w.adopt(nil)
	w.quiet()
	w.everyoneReady()
}
