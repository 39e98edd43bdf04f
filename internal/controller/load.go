package controller

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

// load gathers all that a ConsumerQueue's desired State depends on. A finding says why nothing can be done in AWS.
func (s *Shared) load(ctx context.Context, cq *v1alpha1.ConsumerQueue) (topology.ConsumerInputs, access, *status.Finding, error) {
	none := topology.ConsumerInputs{}
	found, err := s.allowed(ctx, cq.Spec.AccountRef, cq.Namespace)
	if found != nil || err != nil {
		return none, access{}, found, err
	}
	return s.loadDeleted(ctx, cq)
}

// loadDeleted is load without the question whether the namespace may still use the account.
func (s *Shared) loadDeleted(ctx context.Context, cq *v1alpha1.ConsumerQueue) (topology.ConsumerInputs, access, *status.Finding, error) {
	in := topology.ConsumerInputs{Queue: cq}
	use, found, err := s.account(ctx, cq.Spec.AccountRef, cq.Status.Account)
	if found != nil || err != nil {
		return in, use, found, err
	}
	in.Account = use.account
	main, _, _ := topology.QueueNames(cq)
	in.Inventory = topology.ReadInventory(cq.Status.Resources, cmp.Or(cq.Status.QueueARN, use.account.QueueARN(main)))
	if in.NamespaceLabels, _, err = s.namespaceLabels(ctx, cq.Namespace); err != nil {
		return in, use, nil, err
	}
	if in.Topologies, err = s.topologies(ctx, cq); err != nil {
		return in, use, nil, err
	}
	if in.TopicDeclarers, err = s.declarers(ctx, in); err != nil {
		return in, use, nil, err
	}
	if in.SharedQueue, err = s.sharedQueue(ctx, cq); err != nil {
		return in, use, nil, err
	}
	if in.SharedBy, err = s.sharedBy(ctx, cq); err != nil {
		return in, use, nil, err
	}
	in.MaxFilters = s.maxFilters()
	if in.FiltersBefore, err = s.filtersBefore(ctx, in); err != nil {
		return in, use, nil, err
	}
	in.Rivals, err = s.queueRivals(ctx, cq, use.account)
	return in, use, nil, err
}

// allowed says why a namespace may not use an account; nil if it may, or if the account cannot be found (that is said elsewhere).
func (s *Shared) allowed(ctx context.Context, ref *v1alpha1.AccountReference, namespace string) (*status.Finding, error) {
	object, found, err := s.findAccount(ctx, ref)
	if found != nil || err != nil {
		return found, err
	}
	labels, exists, err := s.namespaceLabels(ctx, namespace)
	if err != nil {
		return nil, err
	}
	if !exists {
		return &status.Finding{Reason: v1alpha1.ReasonNamespaceNotFound, Message: fmt.Sprintf("namespace %s cannot be read", namespace)}, nil
	}
	ok, err := topology.AllowsNamespace(object, labels)
	switch {
	case err != nil:
		return &status.Finding{Reason: v1alpha1.ReasonNamespaceNotAllowed, Message: fmt.Sprintf("AWSAccount %s: spec.allowedNamespaces: %v", object.Name, err)}, nil
	case !ok:
		return &status.Finding{Reason: v1alpha1.ReasonNamespaceNotAllowed, Message: fmt.Sprintf(
			"AWSAccount %s does not allow namespace %s in spec.allowedNamespaces; nothing is changed in AWS; ask its owner", object.Name, namespace)}, nil
	}
	return nil, nil
}

func (s *Shared) namespaceLabels(ctx context.Context, name string) (map[string]string, bool, error) {
	ns := &corev1.Namespace{}
	switch err := s.Get(ctx, types.NamespacedName{Name: name}, ns); {
	case apierrors.IsNotFound(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("reading namespace %s: %w", name, err)
	}
	labels := ns.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	return labels, true, nil
}

// identityOf is the account that an accountRef means, as far as it is known; nil where it is not.
func (s *Shared) identityOf(ctx context.Context, ref *v1alpha1.AccountReference) (*topology.Account, error) {
	object, found, err := s.findAccount(ctx, ref)
	if err != nil || found != nil || object.Status.AccountID == "" {
		return nil, err
	}
	account := s.topologyAccount(object)
	return &account, nil
}

// topologies reads the MessagingTopologies that the subscriptions and the alarms name.
func (s *Shared) topologies(ctx context.Context, cq *v1alpha1.ConsumerQueue) (map[types.NamespacedName]*topology.TopologyInput, error) {
	out := map[types.NamespacedName]*topology.TopologyInput{}
	for _, ref := range topologyRefs(cq) {
		if err := s.readTopology(ctx, topologyKey(ref, cq.Namespace), out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// topologyRefs are the references of subscriptions and of the alarms' action topics.
func topologyRefs(cq *v1alpha1.ConsumerQueue) []*v1alpha1.TopologyReference {
	var out []*v1alpha1.TopologyReference
	for _, sub := range cq.Spec.Subscriptions {
		if sub.Topology != nil {
			out = append(out, sub.Topology)
		}
	}
	for _, action := range actionTopics(cq) {
		out = append(out, &action.Topology)
	}
	return out
}

func topologyKey(ref *v1alpha1.TopologyReference, namespace string) types.NamespacedName {
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	return types.NamespacedName{Namespace: namespace, Name: ref.Name}
}

func (s *Shared) readTopology(ctx context.Context, key types.NamespacedName, into map[types.NamespacedName]*topology.TopologyInput) error {
	if into[key] != nil {
		return nil
	}
	mt := &v1alpha1.MessagingTopology{}
	switch err := s.Get(ctx, key, mt); {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("reading MessagingTopology %s: %w", key, err)
	}
	account, err := s.identityOf(ctx, mt.Spec.AccountRef)
	if err != nil {
		return err
	}
	into[key] = &topology.TopologyInput{Object: mt, Account: account}
	return nil
}

// declarers finds all MessagingTopologies that declare the topics which are subscribed to, or that alarms are sent to: the consent of each is needed, however the topic is named.
func (s *Shared) declarers(ctx context.Context, in topology.ConsumerInputs) (map[string][]types.NamespacedName, error) {
	out := map[string][]types.NamespacedName{}
	for _, topic := range topology.TopicsOfInterest(in) {
		var list v1alpha1.MessagingTopologyList
		if err := s.List(ctx, &list, client.MatchingFields{indexTopicNames: nameOfARN(topic)}); err != nil {
			return nil, fmt.Errorf("finding who declares topic %s: %w", topic, err)
		}
		for i := range list.Items {
			key := client.ObjectKeyFromObject(&list.Items[i])
			if err := s.readTopology(ctx, key, in.Topologies); err != nil {
				return nil, err
			}
			declares, err := s.declares(ctx, in.Topologies[key], topic)
			if err != nil {
				return nil, err
			}
			if declares {
				out[topic] = append(out[topic], key)
			}
		}
	}
	return out, nil
}

// declares says whether a topology that claims the name of a topic means, or may mean, this one: of an account without an identity, its spec
// tells all that is known.
func (s *Shared) declares(ctx context.Context, t *topology.TopologyInput, topic string) (bool, error) {
	switch {
	case t == nil:
		return false, nil
	case t.Account != nil:
		return t.Account.TopicARN(nameOfARN(topic)) == topic, nil
	}
	account, found, err := s.findAccount(ctx, t.Object.Spec.AccountRef)
	if err != nil || found != nil {
		return false, err
	}
	a, err := arn.Parse(topic)
	return err == nil && account.Spec.Region == a.Region && (account.Spec.AccountID == "" || account.Spec.AccountID == a.AccountID), nil
}

// sharedQueue reads the ConsumerQueue that serves as dead-letter queue.
func (s *Shared) sharedQueue(ctx context.Context, cq *v1alpha1.ConsumerQueue) (*topology.SharedQueueInput, error) {
	if cq.Spec.DeadLetter == nil || cq.Spec.DeadLetter.ConsumerQueue == nil {
		return nil, nil
	}
	shared := &v1alpha1.ConsumerQueue{}
	key := types.NamespacedName{Namespace: cq.Namespace, Name: cq.Spec.DeadLetter.ConsumerQueue.Name}
	switch err := s.Get(ctx, key, shared); {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading ConsumerQueue %s: %w", key, err)
	}
	return &topology.SharedQueueInput{Queue: shared}, nil
}

// sharedBy lists the ConsumerQueues that use this one as dead-letter queue.
func (s *Shared) sharedBy(ctx context.Context, cq *v1alpha1.ConsumerQueue) ([]*v1alpha1.ConsumerQueue, error) {
	var list v1alpha1.ConsumerQueueList
	if err := s.List(ctx, &list, client.InNamespace(cq.Namespace), client.MatchingFields{indexSharedQueue: cq.Name}); err != nil {
		return nil, fmt.Errorf("listing the sources of ConsumerQueue %s/%s: %w", cq.Namespace, cq.Name, err)
	}
	var out []*v1alpha1.ConsumerQueue
	for i := range list.Items {
		if by := &list.Items[i]; by.UID != cq.UID && (by.DeletionTimestamp.IsZero() || hasFinalizer(by)) {
			out = append(out, by)
		}
	}
	return out, nil
}
