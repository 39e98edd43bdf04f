package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// pollEvery is how often a command that waits looks at the object.
const pollEvery = 500 * time.Millisecond

type reconcileOptions struct {
	wait    bool
	timeout time.Duration
}

func newReconcile(s *session) *cobra.Command {
	var o reconcileOptions
	c := &cobra.Command{
		Use:   "reconcile NAME",
		Short: "Have the operator check an object against AWS now",
		Long: `Have the operator check an object against AWS now, all of it, instead of at its next look. NAME is a ConsumerQueue
(cq/NAME) or a MessagingTopology (mt/NAME); a name alone does where only one of them has it.

It sets the annotation skein.dev/reconcile-at. With --wait it then waits until the operator has acted on it, says
whether the object is Ready, and fails where it is not.`,
		Example: `  # After somebody mended a key's policy by hand
  kubectl skein reconcile orders --wait

  kubectl skein reconcile mt/orders -n commerce`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames(kinds...),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("timeout") && !o.wait {
				return wrongLine(c, "--timeout needs --wait")
			}
			return s.reconcile(c.Context(), args[0], o)
		},
	}
	c.Flags().BoolVar(&o.wait, "wait", false, "wait until the operator has checked, and say whether the object is Ready")
	c.Flags().DurationVar(&o.timeout, "timeout", time.Minute, "how long to wait")
	return c
}

func (s *session) reconcile(ctx context.Context, name string, o reconcileOptions) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	object, k, err := c.find(ctx, name, kinds...)
	if err != nil {
		return err
	}
	before := object.DeepCopyObject().(client.Object) //nolint:errcheck // a copy is of the same type
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[v1alpha1.AnnotationReconcileAt] = s.now().UTC().Format(time.RFC3339Nano)
	object.SetAnnotations(annotations)
	if err := c.Patch(ctx, object, client.MergeFrom(before), client.FieldOwner("kubectl-skein")); err != nil {
		return fmt.Errorf("annotating %s: %w", title(k, object), err)
	}
	if !o.wait {
		_, err := fmt.Fprintf(s.Out, "%s will be checked now. --wait waits for it; kubectl skein status %s/%s shows what came of it.\n", title(k, object), k.short, object.GetName())
		return err
	}
	if err := s.waitChecked(ctx, c, k, object, o.timeout); err != nil {
		return err
	}
	return s.tellReady(k, object)
}

// waitChecked reads the object until its status has the annotation's value, whoever set it last.
func (s *session) waitChecked(ctx context.Context, c *cluster, k kind, object client.Object, timeout time.Duration) error {
	err := wait.PollUntilContextTimeout(ctx, pollEvery, timeout, true, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return false, err
		}
		return statusOf(object).reconcileAt == object.GetAnnotations()[v1alpha1.AnnotationReconcileAt], nil
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return &problem{
			what:   fmt.Sprintf("%s was not checked within %s", title(k, object), timeout),
			remedy: fmt.Sprintf("See that the operator runs (kubectl get pods -n skein-system) and what it says of the object: kubectl skein status %s/%s.", k.short, object.GetName()),
			code:   exitTimedOut,
		}
	case lacks(err, object.GetName()):
		return &problem{what: title(k, object) + " was deleted meanwhile"}
	}
	return fmt.Errorf("waiting for %s: %w", title(k, object), err)
}

// tellReady prints the condition Ready, and is an error where it is not True.
func (s *session) tellReady(k kind, object client.Object) error {
	ready := readyOf(statusOf(object).conditions)
	if ready.Status != metav1.ConditionTrue {
		return &problem{
			what:   fmt.Sprintf("%s was checked and is not Ready: %s: %s", title(k, object), ready.Reason, ready.Message),
			remedy: fmt.Sprintf("kubectl skein status %s/%s shows what is wrong with it.", k.short, object.GetName()),
		}
	}
	_, err := fmt.Fprintf(s.Out, "%s was checked and is Ready.\n", title(k, object))
	return err
}

// objectStatus is what the statuses of both kinds have alike.
type objectStatus struct {
	observedGeneration int64
	reconcileAt        string
	account            *v1alpha1.AccountStatus
	conditions         []metav1.Condition
	drift              []v1alpha1.DriftStatus
	plan               []v1alpha1.PlannedStep
}

func statusOf(object client.Object) objectStatus {
	switch o := object.(type) {
	case *v1alpha1.ConsumerQueue:
		return objectStatus{o.Status.ObservedGeneration, o.Status.ReconcileAt, o.Status.Account, o.Status.Conditions, o.Status.Drift, o.Status.Plan}
	case *v1alpha1.MessagingTopology:
		return objectStatus{o.Status.ObservedGeneration, o.Status.ReconcileAt, o.Status.Account, o.Status.Conditions, o.Status.Drift, o.Status.Plan}
	}
	return objectStatus{}
}

// readyOf gives the condition Ready; before the operator's first look one that says so.
func readyOf(conditions []metav1.Condition) metav1.Condition {
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		return *ready
	}
	return metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonPending, Message: "The operator has not looked at it yet."}
}
