package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// DefaultResync is the time between two looks where the account does not say.
const DefaultResync = 10 * time.Minute

// access is an account that may be used, with its client.
type access struct {
	account topology.Account
	client  *cloud.Client
	resync  time.Duration
	// adoption: objects of the account may adopt.
	adoption bool
}

// pinned is what an object's status remembers of the account.
func (a access) pinned() v1alpha1.AccountStatus {
	return v1alpha1.AccountStatus{Name: a.account.Name, AccountID: a.account.ID, Region: a.account.Region}
}

// account resolves an object's account for AWS calls. A finding says why it cannot be used; nothing is called then.
func (s *Shared) account(ctx context.Context, ref *v1alpha1.AccountReference, pinned *v1alpha1.AccountStatus) (access, *status.Finding, error) {
	object, found, err := s.findAccount(ctx, ref)
	if err != nil || found != nil {
		return access{}, found, err
	}
	known := s.topologyAccount(object)
	if pinned != nil && known.ID != "" && (pinned.AccountID != known.ID || pinned.Region != known.Region) {
		return access{}, &status.Finding{Reason: v1alpha1.ReasonAccountChanged, Stalled: true, Message: fmt.Sprintf(
			"spec.accountRef: AWSAccount %s is account %s in %s now, and this object lives in account %s in %s; nothing is moved: set it back, or make a new object",
			object.Name, known.ID, known.Region, pinned.AccountID, pinned.Region)}, nil
	}
	ready := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady)
	if known.ID == "" || ready == nil || ready.Status != metav1.ConditionTrue {
		why := "it has not been checked yet"
		if ready != nil {
			why = ready.Message
		}
		return access{}, notReady(object, why), nil
	}
	c, found, err := s.client(ctx, object)
	if err != nil || found != nil {
		return access{}, found, err
	}
	return access{account: known, client: c, resync: resync(object), adoption: object.Spec.Adoption == v1alpha1.AdoptionAllowed}, nil, nil
}

// client of an account that was ready when it was last checked. If it is not any more, that may pass before the account is checked again,
// so that nothing would announce it.
func (s *Shared) client(ctx context.Context, object *v1alpha1.AWSAccount) (*cloud.Client, *status.Finding, error) {
	identity, found, err := s.identity(ctx, object)
	if err != nil {
		return nil, nil, err
	}
	if found != nil {
		found.Retry = true
		return nil, found, nil
	}
	c, err := s.Accounts.Client(ctx, identity)
	switch {
	case err != nil:
		found = notReady(object, status.Words(fault.As(err)))
	case c.Caller().AccountID != object.Status.AccountID:
		found = notReady(object, "its credentials belong to account "+c.Caller().AccountID)
	default:
		return c, nil, nil
	}
	found.Retry = true
	return nil, found, nil
}

func (s *Shared) findAccount(ctx context.Context, ref *v1alpha1.AccountReference) (*v1alpha1.AWSAccount, *status.Finding, error) {
	name := topology.AccountName(ref)
	object := &v1alpha1.AWSAccount{}
	switch err := s.Get(ctx, types.NamespacedName{Name: name}, object); {
	case apierrors.IsNotFound(err):
		return nil, &status.Finding{Reason: v1alpha1.ReasonAccountNotFound, Message: fmt.Sprintf("spec.accountRef: there is no AWSAccount %s; create it", name)}, nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading AWSAccount %s: %w", name, err)
	}
	return object, nil, nil
}

func notReady(object *v1alpha1.AWSAccount, why string) *status.Finding {
	return &status.Finding{Reason: v1alpha1.ReasonAccountNotReady, Message: fmt.Sprintf("AWSAccount %s is not ready: %s", object.Name, why)}
}

// topologyAccount is the account as the pure packages see it.
func (s *Shared) topologyAccount(object *v1alpha1.AWSAccount) topology.Account {
	tags := map[string]string{}
	for k, v := range object.Spec.Tags {
		tags[k] = string(v)
	}
	return topology.Account{
		Name: object.Name, Partition: object.Status.Partition, ID: object.Status.AccountID, Region: object.Spec.Region, Tags: tags, Cluster: s.Cluster,
	}
}

// identity gathers where and as whom an account's calls are made.
func (s *Shared) identity(ctx context.Context, object *v1alpha1.AWSAccount) (cloud.Identity, *status.Finding, error) {
	spec := object.Spec
	id := cloud.Identity{Region: spec.Region, Endpoint: spec.Endpoint}
	if e := spec.Endpoints; e != nil {
		id.SQSEndpoint, id.SNSEndpoint, id.STSEndpoint, id.TaggingEndpoint, id.KMSEndpoint, id.CloudWatchEndpoint = e.SQS, e.SNS, e.STS, e.Tagging, e.KMS, e.CloudWatch
	}
	if spec.Credentials == nil {
		return id, nil, nil
	}
	if role := spec.Credentials.AssumeRole; role != nil {
		id.RoleARN, id.ExternalID = string(role.RoleARN), role.ExternalID
	}
	if spec.Credentials.SecretRef == nil {
		return id, nil, nil
	}
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.Namespace, Name: spec.Credentials.SecretRef.Name}
	switch err := s.Get(ctx, key, secret); {
	case apierrors.IsNotFound(err):
		return id, &status.Finding{Reason: v1alpha1.ReasonSecretNotFound, Message: fmt.Sprintf(
			"spec.credentials.secretRef: there is no Secret %s in the operator's namespace %s; create it with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", key.Name, key.Namespace)}, nil
	case err != nil:
		return id, nil, fmt.Errorf("reading Secret %s: %w", key, err)
	}
	id.AccessKeyID = string(secret.Data["AWS_ACCESS_KEY_ID"])
	id.SecretAccessKey = string(secret.Data["AWS_SECRET_ACCESS_KEY"])
	id.SessionToken = string(secret.Data["AWS_SESSION_TOKEN"])
	if id.AccessKeyID == "" || id.SecretAccessKey == "" {
		return id, &status.Finding{Reason: v1alpha1.ReasonInvalidCredentials, Message: fmt.Sprintf(
			"spec.credentials.secretRef: Secret %s needs the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", key)}, nil
	}
	return id, nil, nil
}

func resync(object *v1alpha1.AWSAccount) time.Duration {
	if d, err := time.ParseDuration(string(object.Spec.ResyncPeriod)); err == nil && d > 0 {
		return d
	}
	return DefaultResync
}
