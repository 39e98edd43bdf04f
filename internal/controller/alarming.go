package controller

import (
	"context"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// alarming finds the ConsumerQueues, of any account, that send alarms to topics of a topology by reference.
func (s *Shared) alarming(ctx context.Context, mt *v1alpha1.MessagingTopology) ([]topology.SubscriberInput, error) {
	var list v1alpha1.ConsumerQueueList
	if err := s.List(ctx, &list, client.MatchingFields{indexActionTopic: client.ObjectKeyFromObject(mt).String()}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing who sends alarms to MessagingTopology %s/%s: %w", mt.Namespace, mt.Name, err)
	}
	accounts := map[string]*topology.Account{}
	labels := map[string]map[string]string{}
	var out []topology.SubscriberInput
	for i := range list.Items {
		cq := &list.Items[i]
		use := cq.Namespace + "/" + topology.AccountName(cq.Spec.AccountRef)
		if err := s.identify(ctx, cq, use, accounts, labels); err != nil {
			return nil, err
		}
		out = append(out, topology.SubscriberInput{Queue: cq, Account: accounts[use], NamespaceLabels: labels[cq.Namespace]})
	}
	return out, nil
}

func actionTopics(cq *v1alpha1.ConsumerQueue) []v1alpha1.ActionTopic {
	if cq.Spec.Alarms == nil {
		return nil
	}
	return cq.Spec.Alarms.ActionTopics
}

// actionsOf are the values of indexActionTopic.
func actionsOf(cq *v1alpha1.ConsumerQueue) []string {
	var out []string
	for _, action := range actionTopics(cq) {
		out = append(out, topologyKey(&action.Topology, cq.Namespace).String())
	}
	if cq.Spec.Alarms != nil {
		for _, action := range cq.Spec.Alarms.Actions {
			if strings.HasPrefix(string(action), "arn:") {
				out = append(out, nameOfARN(string(action)))
			}
		}
	}
	return unique(out)
}
