package controller_test

import (
	"context"
	"fmt"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Inline consumers that Kubernetes refuses.

// house is the word of the policy that forbid makes.
const house = "not in this house"

// forbid lets nobody create, or delete, the ConsumerQueue of a name in the world's namespace, until allow is called. The apiserver gives the reason.
func forbid(w *world, operation admissionv1.OperationType, name string, reason metav1.StatusReason) (allow func()) {
	w.t.Helper()
	policyName, fail := w.namespace+"-"+name, admissionv1.Fail
	policy := &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: policyName}}
	policy.Spec = admissionv1.ValidatingAdmissionPolicySpec{
		FailurePolicy: &fail,
		MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
			Operations: []admissionv1.OperationType{operation},
			Rule:       admissionv1.Rule{APIGroups: []string{v1alpha1.GroupVersion.Group}, APIVersions: []string{"*"}, Resources: []string{"consumerqueues"}},
		}}}},
		Validations: []admissionv1.Validation{{Expression: fmt.Sprintf("request.name != %q", name), Message: house, Reason: &reason}},
	}
	w.create(policy)
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: policyName}}
	binding.Spec = admissionv1.ValidatingAdmissionPolicyBindingSpec{
		PolicyName: policyName, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: w.namespace}}},
	}
	w.create(binding)
	allow = func() {
		for _, o := range []client.Object{binding, policy} {
			if err := w.Delete(context.Background(), o); client.IgnoreNotFound(err) != nil {
				w.t.Errorf("deleting %T %s: %v", o, policyName, err)
			}
		}
	}
	w.t.Cleanup(allow)
	w.soon("the policy to be in force", func() bool {
		probe := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
		if operation == admissionv1.Delete {
			return apierrors.ReasonForError(w.Delete(w.ctx, probe, client.DryRunAll)) == reason
		}
		return apierrors.ReasonForError(w.Create(w.ctx, probe, client.DryRunAll)) == reason
	})
	return allow
}

func consumerOf(topic, name string) v1alpha1.InlineConsumer {
	return v1alpha1.InlineConsumer{Name: name, Subscriptions: []v1alpha1.InlineSubscription{{Topic: topic}}}
}

func TestRefusedInlineConsumerDoesNotHoldUpTheOthers(t *testing.T) {
	w := newWorld(t)
	mt, fraud := inline(w, asIs)
	allow := forbid(w, admissionv1.Create, "orders-audit", metav1.StatusReasonForbidden)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Consumers = []v1alpha1.InlineConsumer{consumerOf("events", "audit"), consumerOf("events", "mail")}
	})
	w.mentions(w.waiting(mt, v1alpha1.ReasonConsumersNotReady), "orders-audit", house)
	if mt.Status.ObservedGeneration != mt.Generation {
		t.Errorf("the status speaks of generation %d, not of %d", mt.Status.ObservedGeneration, mt.Generation)
	}
	w.ready(&v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders-mail"}})
	w.gone(fraud)
	allow()
	w.ready(&v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders-audit"}})
	w.ready(mt)
}

func TestInlineConsumerThatMayNotBeDeleted(t *testing.T) {
	w := newWorld(t)
	mt, fraud := inline(w, asIs)
	allow := forbid(w, admissionv1.Delete, "orders-fraud", metav1.StatusReasonForbidden)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Consumers = []v1alpha1.InlineConsumer{consumerOf("events", "mail")}
	})
	w.mentions(w.waiting(mt, v1alpha1.ReasonConsumersNotReady), "orders-fraud", house)
	mail := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders-mail"}}
	w.ready(mail)
	w.delete(mt)
	w.soon("the topology to say what it waits for", func() bool {
		return w.Get(w.ctx, keyOf(mt), mt) == nil && containsAll(conditionOf(mt, "Ready").Message, "waiting for", "orders-fraud", house)
	})
	w.gone(mail)
	allow()
	w.gone(fraud)
	w.gone(mt)
}

func TestInvalidInlineConsumerIsStalled(t *testing.T) {
	w := newWorld(t)
	mt, fraud := inline(w, asIs)
	forbid(w, admissionv1.Create, "orders-audit", metav1.StatusReasonInvalid)
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) {
		mt.Spec.Consumers = []v1alpha1.InlineConsumer{consumerOf("events", "audit"), consumerOf("events", "mail")}
	})
	w.mentions(w.stalled(mt, v1alpha1.ReasonInvalidSpec), "spec.consumers", "orders-audit", house)
	w.ready(&v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "orders-mail"}})
	w.gone(fraud)
}
