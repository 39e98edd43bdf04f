package delivery

import (
	"cmp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// undelivered asks whether what SNS cannot deliver finds its queue: the target of the subscription's redrive policy, where that is a queue of the
// same object. Another one is not looked at.
func (p proof) undelivered() *Verdict {
	target := topology.RedriveTarget(p.sub.Managed["RedrivePolicy"])
	queue, ours := p.seen.Find(target)
	if !ours {
		return nil
	}
	name := "undelivered queue " + queue.Name
	switch queue.Seen.Existence {
	case topology.Unread:
		return nil
	case topology.Absent:
		if queue.Seen.History.Different[""].IsZero() {
			return settling(name)
		}
		return fails(v1alpha1.ReasonUndeliveredPolicyMissing, "%s does not exist, so what SNS cannot deliver is lost", name)
	}
	policy := p.admits(queue, name, v1alpha1.ReasonUndeliveredPolicyMissing, policydoc.Undelivered)
	if policy != nil && policy.Status == metav1.ConditionFalse {
		return policy
	}
	key := p.opens(hold(name, queue.Key, queue.Managed["KmsMasterKeyId"]), v1alpha1.ReasonUndeliveredKeyDenied,
		v1alpha1.ReasonUndeliveredKeyDenied, "so what SNS cannot deliver is lost")
	if key != nil && key.Status == metav1.ConditionFalse {
		return key
	}
	return cmp.Or(policy, key)
}

// settling is for an absence that a second reading must confirm, for AWS shows what is there as absent at times.
func settling(name string) *Verdict {
	return unknown(v1alpha1.ReasonSettling, "%s was not found; a second reading decides", name)
}

// deadLetters asks whether the dead-letter queue of the queue is there and takes what comes from it: a queue of the same object, or one that
// others use too. Another one is not looked at.
func (p proof) deadLetters() *Verdict {
	target := topology.RedriveTarget(p.queue.Managed["RedrivePolicy"])
	if target == "" {
		return nil
	}
	if isFIFO(target) != isFIFO(p.queue.Key) {
		return fails(v1alpha1.ReasonDeadLetterRefused,
			"queue %s has the dead-letter queue %s, which is of another type, so dead letters are not moved there; name a FIFO queue for a FIFO queue, and a standard one for a standard one",
			p.queue.Name, target)
	}
	existence, allow, settled := p.deadLetterQueue(target)
	switch {
	case existence == topology.Absent && !settled:
		return settling("dead-letter queue " + target)
	case existence == topology.Absent:
		return fails(v1alpha1.ReasonDeadLetterRefused, "the dead-letter queue %s of queue %s does not exist, so dead letters are not taken out of it", target, p.queue.Name)
	case existence != topology.Present:
		return nil
	}
	allowed, err := topology.ParseRedriveAllow(allow)
	if err != nil {
		return unknown(v1alpha1.ReasonPolicyUnknown, "the RedriveAllowPolicy of the dead-letter queue %s is none that can be read", target)
	}
	if !allowed.Admits(p.queue.Key) {
		return fails(v1alpha1.ReasonDeadLetterRefused,
			"the dead-letter queue %s does not take dead letters from queue %s: its RedriveAllowPolicy is %s; add %s to its sourceQueueArns", target, p.queue.Name, allow, p.queue.Key)
	}
	return nil
}

// deadLetterQueue is what was read of the dead-letter queue, with its RedriveAllowPolicy; settled says that an absence is no first reading.
func (p proof) deadLetterQueue(target string) (existence topology.Existence, allow string, settled bool) {
	if own, ok := p.seen.Find(target); ok {
		return own.Seen.Existence, own.Managed["RedriveAllowPolicy"], !own.Seen.History.Different[""].IsZero()
	}
	shared := p.seen.References[target]
	return shared.Existence, shared.Attributes["RedriveAllowPolicy"], true
}
