package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// actUpon is an operator that waits for the annotation on a queue, writes it into the status with those conditions, and ends.
func actUpon(t *testing.T, cq *v1alpha1.ConsumerQueue, conditions ...metav1.Condition) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		done <- wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
			if err := env.Client.Get(ctx, client.ObjectKeyFromObject(cq), cq); err != nil {
				return false, err
			}
			if cq.Status.ReconcileAt = cq.Annotations[v1alpha1.AnnotationReconcileAt]; cq.Status.ReconcileAt == "" {
				return false, nil
			}
			cq.Status.Conditions = conditions
			return true, env.Client.Status().Update(ctx, cq)
		})
	}()
	return done
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "reconcile")
	jane := person(t, "reconcile-jane", namespace, developer...)

	// Without --wait it asks and ends.
	asked := queue(namespace, "asked", nil)
	create(t, asked)
	if got, want := jane.ok(t, "reconcile", "asked"), "ConsumerQueue reconcile/asked will be checked now. --wait waits for it; kubectl skein status cq/asked shows what came of it.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(asked), asked); err != nil {
		t.Fatal(err)
	}
	if at, err := time.Parse(time.RFC3339Nano, asked.Annotations[v1alpha1.AnnotationReconcileAt]); err != nil || time.Since(at) > time.Minute {
		t.Errorf("asked at %v, %v", at, err)
	}

	// With --wait it ends once the operator has looked, and says what came of it.
	good := queue(namespace, "good", nil)
	create(t, good)
	acted := actUpon(t, good, ready())
	if got, want := jane.ok(t, "reconcile", "cq/good", "--wait"), "ConsumerQueue reconcile/good was checked and is Ready.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := <-acted; err != nil {
		t.Fatal(err)
	}
	bad := queue(namespace, "bad", nil)
	create(t, bad)
	acted = actUpon(t, bad, condition("Ready", metav1.ConditionFalse, "AccessDenied", "The role lacks sqs:GetQueueAttributes."))
	if got := jane.fails(t, 1, "reconcile", "bad", "--wait"); !strings.Contains(got, "is not Ready: AccessDenied: The role lacks sqs:GetQueueAttributes.") {
		t.Errorf("of an object that is not Ready:\n%s", got)
	}
	if err := <-acted; err != nil {
		t.Fatal(err)
	}

	// Without an operator it gives up.
	create(t, queue(namespace, "alone", nil))
	if got := jane.fails(t, 3, "reconcile", "alone", "--wait", "--timeout", "1s"); !strings.Contains(got, "was not checked within 1s\nRemedy: See that the operator runs") {
		t.Errorf("without an operator:\n%s", got)
	}
}
