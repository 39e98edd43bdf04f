package controller

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// calm takes a conflict for what it is: the object was changed meanwhile, and is reconciled again. It is no error to log or to count.
type calm struct{ reconcile.Reconciler }

// Reconcile is that of the Reconciler within.
func (c calm) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	result, err := c.Reconciler.Reconcile(ctx, req)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: time.Second / 10}, nil
	}
	return result, err
}
