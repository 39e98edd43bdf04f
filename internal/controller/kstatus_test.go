package controller_test

import (
	"testing"

	kstatus "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// computed is what kstatus makes of an object as it is in the cluster.
func (w *world) computed(o client.Object) kstatus.Status {
	w.t.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(typeName(o)))
	if err := w.Get(w.ctx, keyOf(o), u); err != nil {
		w.t.Fatal(err)
	}
	result, err := kstatus.Compute(u)
	if err != nil {
		w.t.Fatal(err)
	}
	return result.Status
}

func (w *world) computes(want kstatus.Status, objects ...client.Object) {
	w.t.Helper()
	for _, o := range objects {
		if got := w.computed(o); got != want {
			w.t.Errorf("%s %s is %s, want %s\n%s", typeName(o), o.GetName(), got, want, w.describe())
		}
	}
}

func TestKstatusOfRealObjects(t *testing.T) {
	w := bareWorld(t)
	account := w.createAccount(func(*v1alpha1.AWSAccount) {})
	mt, cq := w.pair()
	w.computes(kstatus.InProgressStatus, account, mt, cq)
	w.start()
	w.ready(account)
	w.ready(mt)
	w.ready(cq)
	w.computes(kstatus.CurrentStatus, account, mt, cq)
	// A change that AWS has not taken yet.
	w.hook(func(c localaws.Call) localaws.Fault { return localaws.Fault{Code: codeIf(c.Mutating, "AccessDenied")} })
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0].DisplayName = "x" })
	w.waiting(cq, v1alpha1.ReasonAccessDenied)
	w.waiting(mt, v1alpha1.ReasonAccessDenied)
	w.computes(kstatus.InProgressStatus, mt, cq)
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.ready(cq)
	w.ready(mt)
	w.computes(kstatus.CurrentStatus, mt, cq)
	// A reference that does not resolve is waited for; a value that cannot be is a failure.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0].Topic = "late" })
	w.waiting(cq, v1alpha1.ReasonTopicNotFound)
	w.computes(kstatus.InProgressStatus, cq)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions[0] = filtered("events", "kind", `[]`) })
	w.stalled(cq, v1alpha1.ReasonInvalidFilterPolicy)
	w.computes(kstatus.FailedStatus, cq)
	w.keys(w.account, otherAccount, "secret")
	w.stalled(account, v1alpha1.ReasonAccountChanged)
	w.computes(kstatus.FailedStatus, account)
	w.delete(cq)
	w.delete(mt)
	w.delete(account)
	w.waiting(cq, v1alpha1.ReasonAccountNotReady)
	w.computes(kstatus.TerminatingStatus, account, mt, cq)
	w.keys(w.account, w.accountID, "secret")
	w.gone(cq)
	w.gone(mt)
	w.gone(account)
}
