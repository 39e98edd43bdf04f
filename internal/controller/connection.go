package controller

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/status"
)

// The label by which the operator's cache finds its own ConfigMaps; others are not watched.
const (
	LabelManagedBy = "app.kubernetes.io/managed-by"
	ManagedBy      = "skein"
)

// takenPoll is how often it is tried again to make a ConfigMap whose name is taken. That asks Kubernetes only: a ConfigMap of somebody else is
// not in the cache, so that nothing announces when it goes.
const takenPoll = 30 * time.Second

// connectionName is the ConfigMap that tells workloads where the queue is.
func connectionName(cq *v1alpha1.ConsumerQueue) string {
	if c := cq.Spec.Connection; c != nil && c.ConfigMap != "" {
		return c.ConfigMap
	}
	return cq.Name + "-queue"
}

// connectionData are the ConfigMap's entries; what does not exist has no key.
func connectionData(s v1alpha1.ConsumerQueueStatus) map[string]string {
	data := map[string]string{"QUEUE_URL": s.QueueURL, "QUEUE_ARN": s.QueueARN, "QUEUE_NAME": s.QueueName}
	if s.Account != nil {
		data["AWS_REGION"] = s.Account.Region
	}
	if s.DeadLetter != nil && s.DeadLetter.QueueURL != "" {
		data["DLQ_URL"], data["DLQ_ARN"] = s.DeadLetter.QueueURL, s.DeadLetter.QueueARN
	}
	if s.Undelivered != nil && s.Undelivered.QueueURL != "" {
		data["UNDELIVERED_URL"], data["UNDELIVERED_ARN"] = s.Undelivered.QueueURL, s.Undelivered.QueueARN
	}
	maps.DeleteFunc(data, func(_, v string) bool { return v == "" })
	return data
}

// connect keeps the connection ConfigMap while there is a queue of this object's, and takes away one of a former name. A finding says that the name
// is taken.
func (r *ConsumerQueueReconciler) connect(ctx context.Context, cq *v1alpha1.ConsumerQueue, s v1alpha1.ConsumerQueueStatus) (*status.Finding, error) {
	keep := connectionName(cq)
	if s.QueueURL == "" {
		keep = ""
	}
	if err := r.removeFormer(ctx, cq, keep); err != nil || keep == "" {
		return nil, err
	}
	key := client.ObjectKey{Namespace: cq.Namespace, Name: connectionName(cq)}
	have := &corev1.ConfigMap{}
	err := r.Get(ctx, key, have)
	if apierrors.IsNotFound(err) {
		if err = r.createConnection(ctx, cq, key, s); !apierrors.IsAlreadyExists(err) {
			return nil, err
		}
		err = r.reader.Get(ctx, key, have)
	}
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", key, err)
	}
	if !metav1.IsControlledBy(have, cq) {
		return &status.Finding{Reason: v1alpha1.ReasonConfigMapNotOwned, Stalled: true, Retry: true, Message: fmt.Sprintf(
			"spec.connection.configMap: ConfigMap %s exists and is not this object's, so it is not written; choose another name", key)}, nil
	}
	base := have.DeepCopy()
	have.Data = connectionData(s)
	metav1.SetMetaDataLabel(&have.ObjectMeta, LabelManagedBy, ManagedBy)
	if maps.Equal(base.Data, have.Data) && base.Labels[LabelManagedBy] == ManagedBy {
		return nil, nil
	}
	if err := r.Patch(ctx, have, client.MergeFrom(base)); err != nil {
		return nil, fmt.Errorf("patching ConfigMap %s: %w", key, err)
	}
	return nil, nil
}

func (r *ConsumerQueueReconciler) createConnection(ctx context.Context, cq *v1alpha1.ConsumerQueue, key client.ObjectKey, s v1alpha1.ConsumerQueueStatus) error {
	cm := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, Labels: map[string]string{LabelManagedBy: ManagedBy}},
		Data:       connectionData(s),
	}
	if err := controllerutil.SetControllerReference(cq, cm, r.Scheme()); err != nil {
		return fmt.Errorf("setting the owner of ConfigMap %s: %w", key, err)
	}
	if err := r.Create(ctx, cm); err != nil {
		return fmt.Errorf("creating ConfigMap %s: %w", key, err)
	}
	return nil
}

// removeFormer deletes this object's ConfigMaps of other names than the one to keep.
func (r *ConsumerQueueReconciler) removeFormer(ctx context.Context, cq *v1alpha1.ConsumerQueue, keep string) error {
	var list corev1.ConfigMapList
	if err := r.List(ctx, &list, client.InNamespace(cq.Namespace), client.MatchingFields{indexConnection: string(cq.UID)}); err != nil {
		return fmt.Errorf("listing connection ConfigMaps of %s/%s: %w", cq.Namespace, cq.Name, err)
	}
	for i := range list.Items {
		cm := &list.Items[i]
		if cm.Name == keep || !metav1.IsControlledBy(cm, cq) {
			continue
		}
		if err := r.Delete(ctx, cm, client.Preconditions{UID: &cm.UID}); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting ConfigMap %s/%s: %w", cm.Namespace, cm.Name, err)
		}
	}
	return nil
}
