package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// The indexes of the cache.
const (
	// indexAccount lists ConsumerQueues and MessagingTopologies by AWSAccount.
	indexAccount = "skein.account"
	// indexTopology lists ConsumerQueues by the topologies that they subscribe to, as namespace/name.
	indexTopology = "skein.topology"
	// indexTopicARN lists ConsumerQueues by the names of topics that they subscribe to by ARN.
	indexTopicARN = "skein.topicARN"
	// indexActionTopic lists ConsumerQueues by the topologies to whose topics they send alarms, as namespace/name, and by the names of topics
	// to which they do by ARN.
	indexActionTopic = "skein.actionTopic"
	// indexFilters lists ConsumerQueues by the topics that they subscribe to with a filter policy.
	indexFilters = "skein.filters"
	// indexQueueNames lists ConsumerQueues by the queue names that they claim or hold.
	indexQueueNames = "skein.queueNames"
	// indexTopicNames lists MessagingTopologies by the topic names that they claim or hold.
	indexTopicNames = "skein.topicNames"
	// indexSharedQueue lists ConsumerQueues by the ConsumerQueue that they use as dead-letter queue.
	indexSharedQueue = "skein.sharedQueue"
	// indexConnection lists ConfigMaps by the UID of the ConsumerQueue that controls them.
	indexConnection = "skein.connection"
	// indexController lists ConsumerQueues by the name of the MessagingTopology that controls them.
	indexController = "skein.controller"
	// indexRuns lists Redrives by the UID of the ConsumerQueue whose schedule made them.
	indexRuns = "skein.runs"
	// indexRedriveQueue and indexRedriveDestination list Redrives by the ConsumerQueue that they empty, and by the one that they fill.
	indexRedriveQueue       = "skein.redriveQueue"
	indexRedriveDestination = "skein.redriveDestination"
	// indexUnfinished lists the Redrives that are not over.
	indexUnfinished = "skein.unfinished"
)

func addIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	cq, mt, rd := &v1alpha1.ConsumerQueue{}, &v1alpha1.MessagingTopology{}, &v1alpha1.Redrive{}
	for _, index := range []struct {
		object client.Object
		name   string
		values func(client.Object) []string
	}{
		{cq, indexAccount, func(o client.Object) []string {
			return []string{topology.AccountName(o.(*v1alpha1.ConsumerQueue).Spec.AccountRef)}
		}},
		{mt, indexAccount, func(o client.Object) []string {
			return []string{topology.AccountName(o.(*v1alpha1.MessagingTopology).Spec.AccountRef)}
		}},
		{cq, indexTopology, func(o client.Object) []string { return topologiesOf(o.(*v1alpha1.ConsumerQueue)) }},
		{cq, indexTopicARN, func(o client.Object) []string { return topicARNNames(o.(*v1alpha1.ConsumerQueue)) }},
		{cq, indexActionTopic, func(o client.Object) []string { return actionsOf(o.(*v1alpha1.ConsumerQueue)) }},
		{cq, indexFilters, func(o client.Object) []string { return unique(topology.FilterKeys(o.(*v1alpha1.ConsumerQueue))) }},
		{cq, indexQueueNames, func(o client.Object) []string {
			return claimedQueues(o.(*v1alpha1.ConsumerQueue))
		}},
		{mt, indexTopicNames, func(o client.Object) []string {
			return claimedTopics(o.(*v1alpha1.MessagingTopology))
		}},
		{cq, indexSharedQueue, func(o client.Object) []string {
			if dl := o.(*v1alpha1.ConsumerQueue).Spec.DeadLetter; dl != nil && dl.ConsumerQueue != nil {
				return []string{dl.ConsumerQueue.Name}
			}
			return nil
		}},
		{&corev1.ConfigMap{}, indexConnection, func(o client.Object) []string {
			if ref := metav1.GetControllerOf(o); ref != nil && ref.Kind == topology.OwnerConsumerQueue {
				return []string{string(ref.UID)}
			}
			return nil
		}},
		{cq, indexController, func(o client.Object) []string {
			if ref := metav1.GetControllerOf(o); ref != nil && ref.Kind == "MessagingTopology" {
				return []string{ref.Name}
			}
			return nil
		}},
		{&v1alpha1.Redrive{}, indexRuns, func(o client.Object) []string {
			if ref := metav1.GetControllerOf(o); ref != nil && ref.Kind == topology.OwnerConsumerQueue {
				return []string{string(ref.UID)}
			}
			return nil
		}},
		{rd, indexRedriveQueue, func(o client.Object) []string { return []string{o.(*v1alpha1.Redrive).Spec.ConsumerQueue.Name} }},
		{rd, indexRedriveDestination, func(o client.Object) []string {
			if to := o.(*v1alpha1.Redrive).Spec.Destination; to != nil {
				return []string{to.ConsumerQueue.Name}
			}
			return nil
		}},
		{rd, indexUnfinished, func(o client.Object) []string {
			if o.(*v1alpha1.Redrive).Finished() {
				return nil
			}
			return []string{unfinished}
		}},
	} {
		if err := indexer.IndexField(ctx, index.object, index.name, index.values); err != nil {
			return fmt.Errorf("adding index %s: %w", index.name, err)
		}
	}
	return nil
}

func topologiesOf(cq *v1alpha1.ConsumerQueue) []string {
	var out []string
	for _, sub := range cq.Spec.Subscriptions {
		if sub.Topology != nil {
			out = append(out, topologyKey(sub.Topology, cq.Namespace).String())
		}
	}
	return unique(out)
}

func topicARNNames(cq *v1alpha1.ConsumerQueue) []string {
	var out []string
	for _, sub := range cq.Spec.Subscriptions {
		if sub.TopicARN != "" {
			out = append(out, nameOfARN(sub.TopicARN))
		}
	}
	return unique(out)
}

// nameOfARN is the last part of a topic's or queue's ARN.
func nameOfARN(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
