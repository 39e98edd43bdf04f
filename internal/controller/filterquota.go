package controller

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// filtersBefore counts, for each topic to which a ConsumerQueue is to subscribe with a filter policy, the other ConsumerQueues with one that go first. Where there
// are not enough of them to matter nobody asks further.
func (s *Shared) filtersBefore(ctx context.Context, in topology.ConsumerInputs) (map[string]int, error) {
	out := map[string]int{}
	for arn, keys := range topology.FilteredTopics(in) {
		var all []v1alpha1.ConsumerQueue
		for _, key := range keys {
			var list v1alpha1.ConsumerQueueList
			if err := s.List(ctx, &list, client.MatchingFields{indexFilters: key}, client.UnsafeDisableDeepCopy); err != nil {
				return nil, fmt.Errorf("counting the filter policies of topic %s: %w", arn, err)
			}
			all = append(all, list.Items...)
		}
		if len(all) <= s.maxFilters() {
			continue
		}
		n, err := s.older(ctx, in, arn, all)
		if err != nil {
			return nil, err
		}
		out[arn] = n
	}
	return out, nil
}

// older counts the ConsumerQueues that have their filter policy at the topic already, and the older ones that have consent, each once.
func (s *Shared) older(ctx context.Context, in topology.ConsumerInputs, arn string, all []v1alpha1.ConsumerQueue) (int, error) {
	labels, counted := map[string]map[string]string{}, map[types.UID]bool{in.Queue.UID: true}
	n := 0
	for i := range all {
		cq := &all[i]
		made := topology.HasFilter(topology.ReadInventory(cq.Status.Resources, cq.Status.QueueARN), arn)
		if counted[cq.UID] || !made && !topology.Older(cq, in.Queue) {
			continue
		}
		counted[cq.UID] = true
		if made {
			n++
			continue
		}
		if _, known := labels[cq.Namespace]; !known {
			var err error
			if labels[cq.Namespace], _, err = s.namespaceLabels(ctx, cq.Namespace); err != nil {
				return 0, err
			}
		}
		if topology.Consents(in, arn, cq.Namespace, labels[cq.Namespace]) {
			n++
		}
	}
	return n, nil
}

func (s *Shared) maxFilters() int {
	if s.FilterPolicies > 0 {
		return s.FilterPolicies
	}
	return topology.MaxFilterPolicies
}
