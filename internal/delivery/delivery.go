// Package delivery proves from what was observed in AWS whether a message that is published to a topic can reach a queue: a pure function
// over policies, keys and settings as AWS holds them, never as they are wanted. It sends nothing.
package delivery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// Verdict is what was proven of one subscription.
type Verdict struct {
	// Status is True where nothing stands in the way, False where something is proven to, Unknown where it cannot be told.
	Status metav1.ConditionStatus
	// Reason is a condition reason of the API; Message says what stands in the way, and the one statement to add. Both are empty for True.
	Reason, Message string
}

func fails(reason, format string, args ...any) *Verdict {
	return &Verdict{Status: metav1.ConditionFalse, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func unknown(reason, format string, args ...any) *Verdict {
	return &Verdict{Status: metav1.ConditionUnknown, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Worst gives the first False among verdicts, else the first Unknown, else True; and how many more are not True.
func Worst(verdicts []Verdict) (Verdict, int) {
	worst, others := Verdict{Status: metav1.ConditionTrue}, -1
	for _, v := range verdicts {
		if v.Status == metav1.ConditionTrue {
			continue
		}
		others++
		if worst.Status == metav1.ConditionTrue || worst.Status == metav1.ConditionUnknown && v.Status == metav1.ConditionFalse {
			worst = v
		}
	}
	return worst, max(others, 0)
}

// proof is one subscription with what it leads from and to.
type proof struct {
	seen topology.State
	// sub and queue are resources of seen.
	sub, queue topology.Resource
	// topicARN and queueARN are those of sub, taken apart.
	topicARN, queueARN arn.ARN
	// principal that SNS sends with; empty for pairs of regions between which it does not deliver, as far as is known.
	principal string
}

// Prove judges a subscription, by its key, in an observed State with its Keys. The first proof that nothing is delivered decides; without one, the
// first thing that cannot be told.
func Prove(seen topology.State, key string) Verdict {
	p, trouble := begin(seen, key)
	if trouble != nil {
		return *trouble
	}
	var found []Verdict
	for _, check := range []func() *Verdict{
		p.types, p.regions, p.queuePolicy, p.queueKey, p.topicKey, p.undelivered, p.deadLetters,
	} {
		if v := check(); v != nil {
			found = append(found, *v)
		}
	}
	worst, _ := Worst(found)
	return worst
}

// begin finds what a subscription is about.
func begin(seen topology.State, key string) (proof, *Verdict) {
	p := proof{seen: seen}
	var known bool
	if p.sub, known = seen.Find(key); !known {
		return p, unknown(v1alpha1.ReasonProgressing, "the subscription %s was not looked at", key)
	}
	if p.sub.Seen.Pending {
		return p, fails(v1alpha1.ReasonPendingConfirmation,
			"subscription %s awaits confirmation: until the queue's owner confirms it, nothing is delivered", p.sub.ARN)
	}
	if p.queue, known = seen.Find(p.sub.Endpoint); !known || p.queue.Seen.Existence != topology.Present {
		return p, unknown(v1alpha1.ReasonProgressing, "queue %s is not there", p.sub.Endpoint)
	}
	var err, wrong error
	p.topicARN, err = arn.Parse(p.sub.TopicARN)
	p.queueARN, wrong = arn.Parse(p.sub.Endpoint)
	if err != nil || wrong != nil {
		return p, unknown(v1alpha1.ReasonProgressing, "the subscription %s is not one of a topic and a queue", key)
	}
	p.principal, _ = policydoc.ServicePrincipal(p.topicARN.Region, p.queueARN.Region)
	return p, nil
}

// types: FIFO topics feed both types of queues, standard topics standard queues only,
// https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-delivery.html.
func (p proof) types() *Verdict {
	if isFIFO(p.sub.TopicARN) || !isFIFO(p.sub.Endpoint) {
		return nil
	}
	return fails(v1alpha1.ReasonFIFOMismatch,
		"topic %s is a standard topic, and SNS does not deliver from those to FIFO queues such as %s; use a FIFO topic, or a queue without fifo",
		p.sub.TopicARN, p.queue.Name)
}

func isFIFO(queueOrTopic string) bool { return strings.HasSuffix(queueOrTopic, ".fifo") }

func (p proof) regions() *Verdict {
	topic, queue := p.topicARN.Region, p.queueARN.Region
	switch {
	case p.principal != "":
		return nil
	case policydoc.Partition(topic) != policydoc.Partition(queue):
		return unknown(v1alpha1.ReasonUnsupportedRegionPair,
			"topic %s and the queue (%s) are in two partitions, between which AWS does not document delivery", p.sub.TopicARN, queue)
	default:
		return unknown(v1alpha1.ReasonUnsupportedRegionPair,
			"topic %s and the queue (%s) are in two different opt-in regions, between which AWS does not document delivery", p.sub.TopicARN, queue)
	}
}

func (p proof) queuePolicy() *Verdict {
	return p.admits(p.queue, "queue "+p.queue.Name, v1alpha1.ReasonQueuePolicyMissing, policydoc.Topics)
}

// admits asks a queue's policy whether SNS may send for the topic.
func (p proof) admits(queue topology.Resource, name, reason string, statements func(string, []policydoc.TopicGrant) []policydoc.Statement) *Verdict {
	if p.principal == "" {
		return nil
	}
	if permission := queue.Seen.Denied["Policy"]; permission != "" {
		return unknown(v1alpha1.ReasonPolicyUnknown, "the policy of %s cannot be read; permit %s", name, permission)
	}
	r := p.bySNS("sqs:SendMessage")
	r.Resource = queue.Key
	may, why := judge(queue.Policy, r)
	switch {
	case may == yes:
		return nil
	case may == perhaps:
		return unknown(v1alpha1.ReasonPolicyUnknown, "whether the policy of %s lets SNS deliver from topic %s cannot be told: %s", name, p.sub.TopicARN, why.Reason)
	case why.Denied:
		return fails(reason, "the policy of %s stops SNS from delivering: %s; exempt the service %s from it", name, why.Reason, p.principal)
	}
	grant := statements(queue.Key, p.grants(queue.Key))
	i := slices.IndexFunc(grant, func(s policydoc.Statement) bool { return slices.Contains(s.Principal["Service"], p.principal) })
	return fails(reason, "the policy of %s does not let SNS deliver: %s; it lacks the statement %s", name, why.Reason, grant[max(i, 0)].JSON())
}

// grants are the topics that deliver to the queue, or to its undelivered queue, so that one statement serves them all.
func (p proof) grants(queue string) []policydoc.TopicGrant {
	var out []policydoc.TopicGrant
	for _, r := range p.seen.Resources {
		feeds := r.Seen.Existence != topology.Absent && (r.Endpoint == queue || topology.RedriveTarget(r.Managed["RedrivePolicy"]) == queue)
		topic, err := arn.Parse(r.TopicARN)
		if r.Kind != topology.KindSubscription || !feeds && r.Key != p.sub.Key || err != nil {
			continue
		}
		if principal, ok := policydoc.ServicePrincipal(topic.Region, p.queueARN.Region); ok {
			out = append(out, policydoc.TopicGrant{TopicARN: r.TopicARN, Principal: principal})
		}
	}
	return out
}

// bySNS is what SNS asks for to deliver from the topic.
func (p proof) bySNS(action string) policydoc.Request {
	return policydoc.Request{
		Principal: policydoc.Principal{Service: p.principal}, Action: action,
		Context: circumstances(p.principal, p.sub.TopicARN, p.topicARN.AccountID),
	}
}
