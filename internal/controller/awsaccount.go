package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/status"
)

// AWSAccountReconciler checks identities and pins accounts.
type AWSAccountReconciler struct{ *Shared }

// +kubebuilder:rbac:groups=messaging.skein.dev,resources=awsaccounts,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=awsaccounts/status,verbs=patch
// +kubebuilder:rbac:groups=messaging.skein.dev,resources=awsaccounts/finalizers,verbs=update

func (r *AWSAccountReconciler) setUp(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).Named("awsaccount").For(&v1alpha1.AWSAccount{}, builder.WithPredicates(specChanged()))
	return r.complete(b, r.watches(), r)
}

// watches are the objects whose changes concern AWSAccounts.
func (r *AWSAccountReconciler) watches() []watch {
	return []watch{
		{&corev1.Secret{}, r.accountsOfSecret, predicate.ResourceVersionChangedPredicate{}},
		{&v1alpha1.ConsumerQueue{}, r.accountOfUser, deleted()},
		{&v1alpha1.MessagingTopology{}, r.accountOfUser, deleted()},
	}
}

// Reconcile checks one AWSAccount's identity.
func (r *AWSAccountReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	account := &v1alpha1.AWSAccount{}
	known, err := r.read(ctx, req, account)
	if known == nil {
		return ctrl.Result{}, err
	}
	account = latest(known, account).DeepCopy()
	if !account.DeletionTimestamp.IsZero() {
		users, err := r.users(ctx, account.Name)
		if err != nil {
			return ctrl.Result{}, err
		}
		if len(users) == 0 {
			// Another account of the same identity makes its client anew.
			r.Accounts.Forget(known.identity)
			return ctrl.Result{}, r.releaseFinalizer(ctx, known, account)
		}
	} else if err := r.ensureFinalizer(ctx, known, account); err != nil {
		return ctrl.Result{}, err
	}
	return r.check(ctx, known, account)
}

// check asks AWS who we are, and writes the answer.
func (r *AWSAccountReconciler) check(ctx context.Context, known *remembered, account *v1alpha1.AWSAccount) (ctrl.Result, error) {
	base := account.DeepCopy()
	caller, found, retry, err := r.verify(ctx, known, account)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found == nil && account.DeletionTimestamp.IsZero() && account.Status.AccountID == "" {
		account.Status.AccountID, account.Status.Partition = caller.AccountID, caller.Partition
	}
	account.Status.Region = account.Spec.Region
	account.Status.ObservedGeneration = account.Generation
	message := fmt.Sprintf("calls are made as %s in %s", caller.ARN, account.Spec.Region)
	status.Account(&account.Status.Conditions, found, message, account.Generation, r.Clock.Now())
	if !account.DeletionTimestamp.IsZero() {
		used, err := r.stillUsed(ctx, account)
		if err != nil {
			return ctrl.Result{}, err
		}
		status.Held(&account.Status.Conditions, used, account.Generation, r.Clock.Now())
	}
	if err := r.patchStatus(ctx, known, base, account); err != nil {
		return ctrl.Result{}, err
	}
	r.emit(account, status.Events(status.Look{}, base.Status.Conditions, account.Status.Conditions))
	if retry != nil {
		return ctrl.Result{}, retry
	}
	return ctrl.Result{RequeueAfter: jitter(resync(account))}, nil
}

// verify gives the caller's identity, or a finding why it cannot be used; retry is the fault to back off from.
func (r *AWSAccountReconciler) verify(ctx context.Context, known *remembered, account *v1alpha1.AWSAccount) (caller cloud.CallerIdentity, found *status.Finding, retry, err error) {
	identity, found, err := r.identity(ctx, account)
	if err != nil || found != nil {
		return caller, found, nil, err
	}
	if known.identity != identity {
		r.Accounts.Forget(known.identity)
		known.identity = identity
	}
	c, failure := r.Accounts.Client(ctx, identity)
	if failure == nil {
		caller, failure = c.Verify(ctx)
	}
	if failure != nil {
		f := fault.As(failure)
		return caller, &status.Finding{Reason: f.Reason, Message: "checking the identity of AWSAccount " + account.Name + ": " + status.Words(f)}, f, nil
	}
	for _, want := range []struct{ id, field string }{{account.Spec.AccountID, "spec.accountID"}, {account.Status.AccountID, "status.accountID"}} {
		if want.id != "" && want.id != caller.AccountID {
			return caller, &status.Finding{Reason: v1alpha1.ReasonAccountChanged, Stalled: true, Message: fmt.Sprintf(
				"the credentials belong to account %s (%s), and %s is %s; nothing is called: correct the credentials, or make another AWSAccount",
				caller.AccountID, caller.ARN, want.field, want.id)}, nil, nil
		}
	}
	return caller, nil, nil, nil
}

// stillUsed says who keeps an account that is being deleted. They may go on using it: their own deletion needs it.
func (r *AWSAccountReconciler) stillUsed(ctx context.Context, account *v1alpha1.AWSAccount) (status.Finding, error) {
	users, err := r.users(ctx, account.Name)
	if err != nil {
		return status.Finding{}, err
	}
	const most = 10
	shown := users[:min(len(users), most)]
	message := fmt.Sprintf("AWSAccount %s is being deleted and still used by %d objects: %s; delete them (with deletionPolicy: Retain they leave everything in AWS as it is)",
		account.Name, len(users), strings.Join(shown, ", "))
	return status.Finding{Reason: v1alpha1.ReasonInUse, Message: message}, nil
}

// users names the objects that refer to an account, terminating ones too.
func (r *AWSAccountReconciler) users(ctx context.Context, name string) ([]string, error) {
	var queues v1alpha1.ConsumerQueueList
	var topologies v1alpha1.MessagingTopologyList
	var out []string
	if err := r.List(ctx, &queues, client.MatchingFields{indexAccount: name}); err != nil {
		return nil, fmt.Errorf("listing the users of AWSAccount %s: %w", name, err)
	}
	if err := r.List(ctx, &topologies, client.MatchingFields{indexAccount: name}); err != nil {
		return nil, fmt.Errorf("listing the users of AWSAccount %s: %w", name, err)
	}
	for i := range queues.Items {
		out = append(out, "ConsumerQueue "+client.ObjectKeyFromObject(&queues.Items[i]).String())
	}
	for i := range topologies.Items {
		out = append(out, "MessagingTopology "+client.ObjectKeyFromObject(&topologies.Items[i]).String())
	}
	slices.Sort(out)
	return out, nil
}

// accountsOfSecret wakes the accounts whose credentials a Secret holds.
func (r *AWSAccountReconciler) accountsOfSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	var list v1alpha1.AWSAccountList
	if secret.GetNamespace() != r.Namespace || r.List(ctx, &list) != nil {
		return nil
	}
	var out []reconcile.Request
	for _, a := range list.Items {
		if c := a.Spec.Credentials; c != nil && c.SecretRef != nil && c.SecretRef.Name == secret.GetName() {
			out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Name: a.Name}})
		}
	}
	return out
}
