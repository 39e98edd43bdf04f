package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// queueRivals finds the other ConsumerQueues that claim a queue name of this one, or hold it in their inventory, in the same account and region.
func (s *Shared) queueRivals(ctx context.Context, cq *v1alpha1.ConsumerQueue, account topology.Account) (map[string][]topology.Rival, error) {
	out := map[string][]topology.Rival{}
	for _, name := range queueNames(cq) {
		var list v1alpha1.ConsumerQueueList
		if err := s.List(ctx, &list, client.MatchingFields{indexQueueNames: name}); err != nil {
			return nil, fmt.Errorf("listing the claims to queue %s: %w", name, err)
		}
		for i := range list.Items {
			other := &list.Items[i]
			same, err := s.sameAccount(ctx, other.Spec.AccountRef, account)
			if err != nil {
				return nil, err
			}
			if other.UID != cq.UID && same {
				out[name] = append(out[name], s.rival(topology.OwnerConsumerQueue, other, cq, topology.KindQueue, name))
			}
		}
	}
	return out, nil
}

// topicRivals is queueRivals for the topics of MessagingTopologies.
func (s *Shared) topicRivals(ctx context.Context, mt *v1alpha1.MessagingTopology, account topology.Account) (map[string][]topology.Rival, error) {
	out := map[string][]topology.Rival{}
	for _, name := range topology.TopicNames(mt) {
		var list v1alpha1.MessagingTopologyList
		if err := s.List(ctx, &list, client.MatchingFields{indexTopicNames: name}); err != nil {
			return nil, fmt.Errorf("listing the claims to topic %s: %w", name, err)
		}
		for i := range list.Items {
			other := &list.Items[i]
			same, err := s.sameAccount(ctx, other.Spec.AccountRef, account)
			if err != nil {
				return nil, err
			}
			if other.UID != mt.UID && same {
				out[name] = append(out[name], s.rival(topology.OwnerMessagingTopology, other, mt, topology.KindTopic, name))
			}
		}
	}
	return out, nil
}

// rival is another object with a claim to a name.
func (s *Shared) rival(kind string, other, self client.Object, of topology.Kind, name string) topology.Rival {
	holds := slices.ContainsFunc(topology.ReadInventory(rowsOf(other), ""), func(r topology.Row) bool { return r.Kind == of && r.Name == name && r.Taken() })
	return topology.Rival{Owner: owner(s.Cluster, kind, other), Older: topology.Older(other, self), Holds: holds}
}

func (s *Shared) sameAccount(ctx context.Context, ref *v1alpha1.AccountReference, account topology.Account) (bool, error) {
	if topology.AccountName(ref) == account.Name {
		return true, nil
	}
	other, err := s.identityOf(ctx, ref)
	if err != nil || other == nil {
		return false, err
	}
	return other.ID == account.ID && other.Region == account.Region, nil
}

// queueNames are the AWS names that a ConsumerQueue claims by its spec.
func queueNames(cq *v1alpha1.ConsumerQueue) []string {
	var out []string
	main, deadLetter, undelivered := topology.QueueNames(cq)
	for _, name := range []string{main, deadLetter, undelivered} {
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// claimedQueues are the AWS names of queues that a ConsumerQueue claims, or holds in its inventory.
func claimedQueues(cq *v1alpha1.ConsumerQueue) []string {
	return unique(append(queueNames(cq), heldNames(topology.KindQueue, cq.Status.Resources)...))
}

// claimedTopics are the AWS names of topics that a MessagingTopology claims, or holds in its inventory.
func claimedTopics(mt *v1alpha1.MessagingTopology) []string {
	return unique(append(topology.TopicNames(mt), heldNames(topology.KindTopic, mt.Status.Resources)...))
}

// heldNames are the AWS names in an inventory.
func heldNames(kind topology.Kind, rows []v1alpha1.ResourceStatus) []string {
	var out []string
	for _, row := range rows {
		if name, ok := strings.CutPrefix(row.Resource, string(kind)+"/"); ok {
			out = append(out, name)
		}
	}
	return out
}
