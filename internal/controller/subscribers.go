package controller

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// subscribers finds the ConsumerQueues of other accounts that name a topology, or a topic of it by ARN.
func (s *Shared) subscribers(ctx context.Context, mt *v1alpha1.MessagingTopology, own topology.Account) ([]topology.SubscriberInput, error) {
	indexes := []client.MatchingFields{{indexTopology: client.ObjectKeyFromObject(mt).String()}}
	for _, name := range topology.TopicNames(mt) {
		indexes = append(indexes, client.MatchingFields{indexTopicARN: name})
	}
	seen := map[types.UID]bool{}
	accounts := map[string]*topology.Account{}
	labels := map[string]map[string]string{}
	var out []topology.SubscriberInput
	for _, index := range indexes {
		var list v1alpha1.ConsumerQueueList
		if err := s.List(ctx, &list, index, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing who subscribes to MessagingTopology %s/%s: %w", mt.Namespace, mt.Name, err)
		}
		for i := range list.Items {
			cq := &list.Items[i]
			name := topology.AccountName(cq.Spec.AccountRef)
			if seen[cq.UID] || name == own.Name {
				continue
			}
			seen[cq.UID] = true
			use := cq.Namespace + "/" + name
			if err := s.identify(ctx, cq, use, accounts, labels); err != nil {
				return nil, err
			}
			out = append(out, topology.SubscriberInput{Queue: cq, Account: accounts[use], NamespaceLabels: labels[cq.Namespace]})
		}
	}
	return out, nil
}

// identify reads the account, if it allows the namespace, and the namespace of a consumer, unless they have been read.
func (s *Shared) identify(ctx context.Context, cq *v1alpha1.ConsumerQueue, use string, accounts map[string]*topology.Account, labels map[string]map[string]string) error {
	if _, known := accounts[use]; !known {
		refused, err := s.allowed(ctx, cq.Spec.AccountRef, cq.Namespace)
		if err != nil {
			return err
		}
		accounts[use] = nil
		if refused == nil {
			if accounts[use], err = s.identityOf(ctx, cq.Spec.AccountRef); err != nil {
				return err
			}
		}
	}
	var err error
	if _, known := labels[cq.Namespace]; !known {
		labels[cq.Namespace], _, err = s.namespaceLabels(ctx, cq.Namespace)
	}
	return err
}
