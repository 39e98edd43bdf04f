package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// What a look at one settled consumer costs: a read of each of its three queues and of its subscription.
const ownReads = 3 + 1

// shared is what a resync of an account may cost beside the objects' own reads: two calls a topic and one for a hundred resources.
func shared(topics, resources int) int { return 2*topics + (resources+99)/100 }

// consumed is a world with one topology of one topic and one consumer of it, settled.
func consumed(t *testing.T) (*world, *v1alpha1.ConsumerQueue) {
	t.Helper()
	w := newWorld(t)
	mt := w.topology("orders", asIs)
	cq := w.queue("inventory", to("orders", "events"))
	w.ready(mt, cq)
	w.recheck(3)
	return w, cq
}

// recheck lets the re-checks of all objects come due, and waits until so many queues have been looked at and AWS is left alone.
func (w *world) recheck(queues int) {
	w.t.Helper()
	w.aws.ResetCalls()
	w.jump(resync)
	w.settled("the re-check", func() bool { return w.calls()["sqs:GetQueueAttributes"] >= queues })
}

// versions are the resource versions of everything that the operator writes in Kubernetes, but events.
func (w *world) versions() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	all := w.objects()
	account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: w.account}}
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(account), account); err != nil {
		w.t.Fatal(err)
	}
	var connections corev1.ConfigMapList
	if err := w.List(w.ctx, &connections, client.InNamespace(w.namespace)); err != nil {
		w.t.Fatal(err)
	}
	for i := range connections.Items {
		all = append(all, &connections.Items[i])
	}
	for _, o := range append(all, account) {
		out[fmt.Sprintf("%T %s", o, o.GetName())] = o.GetResourceVersion()
	}
	return out
}

// untouched fails where the operator has written to AWS since the last reset, or to Kubernetes since the versions were read.
func (w *world) untouched(before map[string]string) {
	w.t.Helper()
	if writes := w.mutating(); len(writes) > 0 {
		w.t.Errorf("calls that write to AWS: %q", writes[:min(len(writes), 10)])
	}
	if diff := cmp.Diff(before, w.versions()); diff != "" {
		w.t.Errorf("written to Kubernetes (-before +after):\n%s", diff)
	}
}

func TestBudgetNewConsumer(t *testing.T) {
	w := newWorld(t)
	w.ready(w.topology("orders", asIs))
	w.aws.ResetCalls()
	cq := w.queue("inventory", to("orders", "events"))
	w.ready(cq)
	if cq.Status.DeadLetter == nil || cq.Status.Undelivered == nil || len(cq.Status.Subscriptions) != 1 {
		t.Fatalf("the consumer lacks something: %+v", cq.Status)
	}
	writes, all := w.mutating(), total(w.calls())
	if len(writes) != 4 {
		t.Errorf("mutating calls %q, want one for each of three queues and a subscription", writes)
	}
	if reads := all - len(writes); reads > 6 {
		t.Errorf("%d reads, want at most 6: %v", reads, w.calls())
	}
}

func TestBudgetSettledRecheck(t *testing.T) {
	w, _ := consumed(t)
	before := w.versions()
	for range 3 {
		w.recheck(3)
		if n, most := total(w.calls()), ownReads+shared(1, 4); n > most {
			t.Errorf("%d calls, want at most %d: %v", n, most, w.calls())
		}
		if own := w.calls()["sqs:GetQueueAttributes"] + w.calls()["sns:GetSubscriptionAttributes"]; own != ownReads {
			t.Errorf("%d reads of the consumer's own resources, want %d: %v", own, ownReads, w.calls())
		}
		w.untouched(before)
	}
}

func TestBudgetOneChangedAttribute(t *testing.T) {
	w, cq := consumed(t)
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "45s" })
	w.ready(cq)
	if writes := w.mutating(); len(writes) != 1 || !strings.HasPrefix(writes[0], "sqs:SetQueueAttributes") {
		t.Errorf("mutating calls %q, want one SetQueueAttributes", writes)
	}
	if n, most := total(w.calls()), ownReads+shared(1, 4)+1; n > most {
		t.Errorf("%d calls, want at most %d: %v", n, most, w.calls())
	}
}
