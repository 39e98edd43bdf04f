package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// topicReady says whether the topic of a subscription may be there; otherwise it waits for it.
func (d *differ) topicReady(want topology.Resource) bool {
	if want.Kind != topology.KindSubscription || d.Have.References[want.TopicARN].Existence != topology.Absent {
		return true
	}
	d.wait(want, time.Time{}, v1alpha1.ReasonTopicNotFound, "topic %s does not exist in AWS yet; the subscription of %s is made when it does", want.TopicARN, want.Endpoint)
	return false
}

// queuesReady says whether the queues that a new resource names are there, or come before it in this plan; otherwise it waits for them.
func (d *differ) queuesReady(want topology.Resource) bool {
	needs := []string{topology.RedriveTarget(want.Managed["RedrivePolicy"])}
	if want.Kind == topology.KindSubscription {
		needs = append(needs, want.Endpoint)
	}
	for _, key := range needs {
		if !d.queueReady(want, key) {
			return false
		}
	}
	return true
}

// queueReady is queuesReady for one of them. What is not in Want is not ours to judge.
func (d *differ) queueReady(want topology.Resource, key string) bool {
	queue, ok := d.Want.Find(key)
	if !ok {
		return true
	}
	have, _ := d.Have.Find(key)
	if d.leftAbsent(key) {
		d.add(Step{
			Action: Report, Phase: phaseOf(want), Resource: want, Reason: v1alpha1.ReasonDriftReported,
			Message: fmt.Sprintf("%s %s is not brought up to date: queue %s is gone from AWS and is left so", want.Kind, want.Name, queue.Name),
		})
		return false
	}
	if have.Seen.Existence != topology.Present && !d.creates(key) {
		d.wait(want, time.Time{}, v1alpha1.ReasonProgressing, "%s %s waits for queue %s, which does not exist yet", want.Kind, want.Name, queue.Name)
		return false
	}
	return true
}

// leftAbsent says that a resource is gone and is not made again.
func (d *differ) leftAbsent(key string) bool {
	return slices.ContainsFunc(d.differences, func(x Difference) bool {
		return x.Resource.Key == key && x.Field == Existence && x.Verdict == VerdictReported
	})
}

func (d *differ) creates(key string) bool {
	for _, s := range d.steps {
		if s.Action == Create && s.Resource.Key == key {
			return true
		}
	}
	return false
}

// policyReady says whether the policy of a new subscription's queue can admit its topic: what is delivered before is lost.
func (d *differ) policyReady(want topology.Resource) bool {
	if want.Kind != topology.KindSubscription || !d.closed[want.Endpoint] {
		return true
	}
	d.wait(want, time.Time{}, v1alpha1.ReasonQueuePolicyMissing, "the policy of queue %s cannot be written, so topic %s is not subscribed yet", want.Endpoint, want.TopicARN)
	return false
}

// sharedQueueReady waits until a shared dead-letter queue admits the queue: AWS refuses the redrive policy before.
func (d *differ) sharedQueueReady(want topology.Resource) bool {
	target := topology.RedriveTarget(want.Managed["RedrivePolicy"])
	if _, shared := d.Want.References[target]; !shared || want.Kind != topology.KindQueue {
		return true
	}
	ref := d.Have.References[target]
	allow, err := topology.ParseRedriveAllow(ref.Attributes["RedriveAllowPolicy"])
	if ref.Existence == topology.Present && err == nil && allow.Admits(want.Key) {
		return true
	}
	d.wait(want, time.Time{}, v1alpha1.ReasonSharedQueueNotReady, "dead-letter queue %s does not list %s in its redriveAllowPolicy yet", target, want.Key)
	return false
}
