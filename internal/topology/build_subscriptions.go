package topology

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/filterpolicy"
	"github.com/skein-dev/skein/internal/policydoc"
)

// subscribe settles the subscriptions of the spec, then those of the inventory that the spec no longer explains.
func (b *consumer) subscribe() {
	seen := map[string]int{}
	unknown := ""
	var former []topic
	for i := range b.in.Queue.Spec.Subscriptions {
		s := &b.in.Queue.Spec.Subscriptions[i]
		t, p := locate(b.in, s)
		intent := SubscriptionIntent{TopicARN: t.arn}
		if t.arn == "" {
			unknown = p.message
		} else {
			intent.Key = SubscriptionKey(t.arn, b.out.Names.MainARN)
			if first, twice := seen[t.arn]; twice {
				p = &problem{
					effect: invalid, reason: v1alpha1.ReasonDuplicateSubscription,
					message: fmt.Sprintf("topic %s is subscribed to by subscriptions[%d] already, and SNS has one subscription a topic and queue; remove one of them", t.arn, first),
				}
				b.refuseSubscription(i, &intent, p)
				continue
			}
			seen[t.arn] = i
			p = b.judge(t, s)
		}
		if p != nil {
			b.refuseSubscription(i, &intent, p)
			if p.effect == denied {
				b.denied = append(b.denied, intent.Key)
			} else if row, ok := b.in.Inventory.Find(intent.Key); ok {
				b.hold(row, p.message)
			}
			continue
		}
		b.out.Subscriptions = append(b.out.Subscriptions, intent)
		b.addSubscription(i, t, s)
		former = append(former, t)
	}
	b.keepFormer(former)
	b.leave(unknown)
}

// judge says what speaks against a subscription whose topic is known.
func (b *consumer) judge(t topic, s *v1alpha1.Subscription) *problem {
	if p := consent(b.in, t.arn, t.topology); p != nil {
		return p
	}
	if t.partition != b.in.Account.Partition {
		return &problem{
			effect: invalid, reason: v1alpha1.ReasonInvalidSpec,
			message: fmt.Sprintf("topic %s is in partition %s and the queue in %s, and SNS does not deliver from one to another; use a topic of the queue's partition", t.arn, t.partition, b.in.Account.Partition),
		}
	}
	if key, ends := terminating(b.in, t.arn, t.topology); ends {
		if b.subscriptionARN(t.arn) == "" {
			return wait(v1alpha1.ReasonTopologyTerminating, "MessagingTopology %s is being deleted and takes no new subscription; remove this one", key)
		}
		b.note("MessagingTopology %s is being deleted and waits for the subscription to %s to go", key, t.arn)
	}
	if b.settings.FIFO != nil && !t.fifo {
		return &problem{
			effect: invalid, reason: v1alpha1.ReasonFIFOMismatch,
			message: fmt.Sprintf("topic %s is a standard topic, and SNS does not deliver from those to FIFO queues; use a FIFO topic, or a queue without fifo", t.arn),
		}
	}
	if p := filterProblem(s.SubscriptionSettings); p != nil {
		return p
	}
	return b.tooManyFilters(t, s)
}

// refuseSubscription reports a subscription that is not made.
func (b *consumer) refuseSubscription(i int, intent *SubscriptionIntent, p *problem) {
	intent.State, intent.Reason, intent.Message = v1alpha1.SubscriptionRefused, p.reason, p.message
	if p.effect == waits {
		intent.State = v1alpha1.SubscriptionWaiting
	}
	field := fmt.Sprintf("spec.subscriptions[%d]", i)
	r := Refusal{Reason: p.reason, Field: field, Resource: b.mainResource(), Stalled: p.effect == invalid}
	if intent.TopicARN != "" {
		r.Resource = resourceName(KindSubscription, intent.TopicARN)
	}
	r.Message = fmt.Sprintf("%s: %s: %s", b.mainResource(), field, p.message)
	b.refuse(r)
	b.out.Subscriptions = append(b.out.Subscriptions, *intent)
}

// addSubscription adds an accepted subscription.
func (b *consumer) addSubscription(i int, t topic, s *v1alpha1.Subscription) {
	managed := map[string]string{"RawMessageDelivery": "true", "FilterPolicy": "", "RedrivePolicy": ""}
	if s.RawMessageDelivery != nil && !*s.RawMessageDelivery {
		managed["RawMessageDelivery"] = "false"
	}
	if policy, scope, err := filter(s.SubscriptionSettings); err == nil && policy.Keys() > 0 {
		managed["FilterPolicy"], managed["FilterPolicyScope"] = filterPolicy(filterJSON(s.FilterPolicy)), string(scope)
		if n := policy.Leaves(); scope == filterpolicy.ScopeMessageBody && n > filterpolicy.MaxKeys {
			b.note("spec.subscriptions[%d].filterPolicy has %d keys with values; SNS counts the top-level ones (at most %d), but an older text of AWS counted all of them", i, n, filterpolicy.MaxKeys)
		}
	}
	if hasUndelivered(b.settings) {
		if t.region == b.in.Account.Region {
			managed["RedrivePolicy"] = SubscriptionRedrivePolicy(b.in.Account.QueueARN(b.out.Names.UndeliveredName))
		} else {
			b.note("topic %s is in %s and the queue in %s: SNS takes an undelivered queue in the topic's region only, so what it cannot deliver from there is lost", t.arn, t.region, b.in.Account.Region)
		}
	}
	if _, ok := policydoc.ServicePrincipal(t.region, b.in.Account.Region); !ok {
		b.note("topic %s is in %s and the queue in %s: AWS does not say that SNS delivers between these regions", t.arn, t.region, b.in.Account.Region)
	}
	b.grants = append(b.grants, t)
	b.state.References[t.arn] = Reference{}
	r := Resource{
		Kind: KindSubscription, Key: SubscriptionKey(t.arn, b.out.Names.MainARN), ARN: b.subscriptionARN(t.arn), Name: t.name, Region: t.region,
		TopicARN: t.arn, Endpoint: b.out.Names.MainARN, Group: b.group, Owner: b.owner, Managed: managed,
		Declared: t.topology != nil || len(b.in.TopicDeclarers[t.arn]) > 0,
		Defaults: defaults(managed, b.silentSubscription(s)...),
	}
	row, _ := b.in.Inventory.Find(r.Key)
	r = r.Keeping(row.Kept)
	b.accepted = b.accepted || r.Managed[redriveField] == managed[redriveField]
	b.state.Resources = append(b.state.Resources, r)
}

func (b *consumer) subscriptionARN(topicARN string) string {
	row, _ := b.in.Inventory.Find(SubscriptionKey(topicARN, b.out.Names.MainARN))
	return row.ARN
}

// hold leaves a subscription of the inventory as it is; its topic still may send.
func (b *consumer) hold(row Row, why string) {
	b.state.Resources = append(b.state.Resources, heldRow(row, b.owner, b.group, why))
	b.grants = append(b.grants, rowTopic(row))
}

// keepFormer holds the subscription to a topic under its default name until the one under its new name is made: the new name may be refused.
func (b *consumer) keepFormer(topics []topic) {
	for _, t := range topics {
		row, ok := b.in.Inventory.Find(SubscriptionKey(t.former, b.out.Names.MainARN))
		renamed, _ := b.in.Inventory.Find(SubscriptionKey(t.arn, b.out.Names.MainARN))
		if ok && renamed.State != v1alpha1.ResourcePresent && !b.built(row.Key) {
			b.hold(row, "the topic has another name now; this subscription stays until the one to "+t.arn+" is made")
		}
	}
}

// leave holds what may belong to a subscription that cannot be resolved, unless an owner does not consent to it. Of the rest the topics may
// send until it is gone.
func (b *consumer) leave(unknown string) {
	for _, row := range b.in.Inventory {
		if row.Kind != KindSubscription || b.built(row.Key) {
			continue
		}
		if p := consent(b.in, row.TopicARN, nil); p != nil && p.effect == denied {
			b.denied = append(b.denied, row.Key)
		}
		if unknown != "" && !slices.Contains(b.denied, row.Key) {
			b.hold(row, "it may belong to a subscription that cannot be resolved: "+unknown)
			continue
		}
		b.leaving = append(b.leaving, rowTopic(row))
	}
}

// built says whether the State has the key already.
func (b *consumer) built(key string) bool {
	_, ok := b.find(key)
	return ok
}

func rowTopic(row Row) topic { return topic{arn: row.TopicARN, name: row.Name, region: row.Region} }

// filter reads the filter policy of a subscription.
func filter(s v1alpha1.SubscriptionSettings) (*filterpolicy.Policy, filterpolicy.Scope, error) {
	scope := filterpolicy.ScopeMessageAttributes
	if s.FilterPolicyScope != "" {
		scope = filterpolicy.Scope(s.FilterPolicyScope)
	}
	if len(s.FilterPolicy) == 0 {
		return &filterpolicy.Policy{}, scope, nil
	}
	p, err := filterpolicy.Parse([]byte(filterJSON(s.FilterPolicy)), scope)
	return p, scope, err
}

// filterJSON writes a filter policy with its keys sorted.
func filterJSON(f v1alpha1.FilterPolicy) string {
	text, err := json.Marshal(f)
	if err != nil {
		return "not JSON: " + err.Error()
	}
	return string(text)
}

// filterProblem says why SNS would refuse the filter policy.
func filterProblem(s v1alpha1.SubscriptionSettings) *problem {
	if s.FilterPolicyScope != "" && len(s.FilterPolicy) == 0 {
		return &problem{
			effect: invalid, reason: v1alpha1.ReasonInvalidSpec,
			message: "filterPolicyScope stands without filterPolicy and would do nothing; add the policy, or remove the scope",
		}
	}
	_, _, err := filter(s)
	if err == nil {
		return nil
	}
	message := err.Error()
	var refused *filterpolicy.Error
	if errors.As(err, &refused) {
		message = refused.Detail()
	}
	return &problem{effect: invalid, reason: v1alpha1.ReasonInvalidFilterPolicy, message: message + "; correct filterPolicy"}
}
