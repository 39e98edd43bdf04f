package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// ActionIntent is what becomes of one entry of alarms.actionTopics.
type ActionIntent struct {
	// Topology, as namespace/name, and Topic as the spec names them.
	Topology, Topic string
	// TopicARN while alarms have the topic as an action: one that cannot be judged now stays.
	TopicARN string
	State    v1alpha1.ActionTopicState
	// Reason why it is not accepted.
	Reason string
}

// actions are what the alarms of a consumer do.
type actions struct {
	// arns are accepted, or stay because they cannot be judged now; sorted, each once.
	arns []string
	// waiting: not all of them are known.
	waiting bool
}

// in gives what an alarm of a region does: CloudWatch tells topics of the alarm's own region only
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).
func (a actions) in(region string) []string {
	var out []string
	for _, action := range a.arns {
		if parsed, err := arn.Parse(action); err != nil || parsed.Service != "sns" || parsed.Region == region {
			out = append(out, action)
		}
	}
	return out
}

// settleActions says what the alarms of the spec do. An alarm that does not exist yet waits as long as not all is known: it may be there without
// a row, and has its actions then. One that has a row goes on with what is known.
func (b *consumer) settleActions() {
	a, spec, regions := &b.actions, b.settings.Alarms, b.alarmRegions()
	for i, action := range spec.Actions {
		if p := b.judgeAction(string(action), regions); p != nil {
			b.refuseAction(fmt.Sprintf("spec.alarms.actions[%d]", i), p)
			continue
		}
		a.arns = append(a.arns, string(action))
	}
	for i := range spec.ActionTopics {
		intent, p := b.actionTopic(&spec.ActionTopics[i], regions)
		switch {
		case intent.TopicARN != "":
			a.arns = append(a.arns, intent.TopicARN)
		case intent.State == v1alpha1.ActionTopicWaiting:
			a.waiting = true
			p.message += "; alarms that are not there yet are made once it is known"
		}
		if p != nil {
			b.refuseAction(fmt.Sprintf("spec.alarms.actionTopics[%d]", i), p)
		}
		b.out.ActionTopics = append(b.out.ActionTopics, intent)
	}
	slices.Sort(a.arns)
	a.arns = slices.Compact(a.arns)
}

// alarmRegions are where the spec's alarms are: those of queues in the account's region, those of deliveries where the topics are.
func (b *consumer) alarmRegions() []string {
	regions := []string{b.in.Account.Region}
	for _, t := range b.grants {
		if a, err := arn.Parse(t.arn); err == nil && b.settings.Alarms.DeliveriesLost != nil && a.AccountID == b.in.Account.ID {
			regions = append(regions, a.Region)
		}
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// actionTopic settles one entry of alarms.actionTopics. What alarms had by it stays, unless an owner was asked and does not consent.
func (b *consumer) actionTopic(s *v1alpha1.ActionTopic, regions []string) (ActionIntent, *problem) {
	intent := ActionIntent{Topology: topologyKey(b.in.Queue, &s.Topology).String(), Topic: s.Topic, State: v1alpha1.ActionTopicAccepted}
	before := b.actionBefore(intent)
	t, p := declared(b.in, &s.Topology, s.Topic, "the action topic")
	if p == nil {
		p = b.judgeActionTopic(t, regions, before)
	}
	if p == nil {
		intent.TopicARN = t.arn
		return intent, b.actionKeyProblem(s, t)
	}
	intent.State, intent.Reason, intent.TopicARN = v1alpha1.ActionTopicRefused, p.reason, before
	switch p.effect {
	case denied:
		intent.TopicARN = ""
	case waits:
		intent.State = v1alpha1.ActionTopicWaiting
	}
	return intent, p
}

// actionBefore is the ARN that alarms have as an action by the same entry, from the object's own status; empty for none.
func (b *consumer) actionBefore(intent ActionIntent) string {
	for _, old := range b.in.Queue.Status.ActionTopics {
		if old.Topology == intent.Topology && old.Topic == intent.Topic {
			return old.TopicARN
		}
	}
	return ""
}

// judgeActionTopic says what speaks against a topic as an action.
func (b *consumer) judgeActionTopic(t topic, regions []string, before string) *problem {
	if p := consent(b.in, t.arn, t.topology); p != nil {
		return p
	}
	if p := b.impossible(t, regions); p != nil {
		return p
	}
	if key, ends := terminating(b.in, t.arn, t.topology); ends {
		if before != t.arn {
			return wait(v1alpha1.ReasonTopologyTerminating, "MessagingTopology %s is being deleted and takes no new alarms; remove this action topic", key)
		}
		b.note("MessagingTopology %s is being deleted, and alarms will tell nobody through %s then", key, t.arn)
	}
	return nil
}

// judgeAction says what speaks against an action by ARN: of a topic also that a MessagingTopology that declares it does not consent.
func (b *consumer) judgeAction(action string, regions []string) *problem {
	a, err := arn.Parse(action)
	switch {
	case err != nil:
		return &problem{effect: invalid, reason: v1alpha1.ReasonInvalidSpec, message: fmt.Sprintf("%q is no ARN; correct it", action)}
	case a.Partition != b.in.Account.Partition:
		return &problem{effect: invalid, reason: v1alpha1.ReasonInvalidSpec, message: fmt.Sprintf(
			"%s is in partition %s and the alarms are in %s; use one of theirs", action, a.Partition, b.in.Account.Partition)}
	case a.Service != "sns":
		return nil // whether it works CloudWatch tells
	}
	if p := consent(b.in, action, nil); p != nil && p.effect == denied {
		return p
	}
	t, _ := parseTopic(action)
	return b.impossible(t, regions)
}

// impossible says why CloudWatch cannot tell a topic.
func (b *consumer) impossible(t topic, regions []string) *problem {
	switch {
	case !slices.Contains(regions, t.region):
		return &problem{effect: invalid, reason: v1alpha1.ReasonInvalidSpec, message: fmt.Sprintf(
			"topic %s is in %s and the alarms are in %s, and CloudWatch tells topics of an alarm's own region only; use a topic there", t.arn, t.region, strings.Join(regions, ", "))}
	case t.fifo:
		return &problem{effect: invalid, reason: v1alpha1.ReasonFIFOMismatch, message: fmt.Sprintf(
			"topic %s is a FIFO topic, and CloudWatch gives messages no group; use a standard topic", t.arn)}
	}
	return nil
}

// actionKeyProblem tells of a key that no service can be admitted to. The action is set all the same: the key may change.
func (b *consumer) actionKeyProblem(s *v1alpha1.ActionTopic, t topic) *problem {
	mt := b.in.Topologies[*t.topology].Object
	i := slices.IndexFunc(mt.Spec.Topics, func(t v1alpha1.Topic) bool { return t.Name == s.Topic })
	e := mt.Spec.Topics[i].Encryption
	if e == nil {
		return nil
	}
	if NamesAWSManagedKey(KeyARN(e.KMSKeyID, t.arn)) {
		return wait(v1alpha1.ReasonTopicKeyNotGrantable,
			"topic %s uses %s, a key that AWS manages and that no service can be admitted to, so CloudWatch cannot publish alarms; its MessagingTopology %s needs a key of its own, or none", t.arn, e.KMSKeyID, t.topology)
	}
	b.note("topic %s is encrypted, and alarms reach it only if the policy of the key %s lets cloudwatch.amazonaws.com use kms:GenerateDataKey* and kms:Decrypt", t.arn, e.KMSKeyID)
	return nil
}

// refuseAction reports an action that alarms do not have, or that cannot work.
func (b *consumer) refuseAction(field string, p *problem) {
	b.refuse(Refusal{
		Reason: p.reason, Field: field, Resource: b.mainResource(), Stalled: p.effect == invalid,
		Message: fmt.Sprintf("%s: %s: %s", b.mainResource(), field, p.message),
	})
}

// actionARNs are the ARNs of all topics that the actions of a spec name or resolve to.
func actionARNs(in ConsumerInputs) []string {
	var arns []string
	spec := in.Queue.Spec.Alarms
	if spec == nil {
		return nil
	}
	for _, action := range spec.Actions {
		if t, p := parseTopic(string(action)); p == nil {
			arns = append(arns, t.arn)
		}
	}
	for i := range spec.ActionTopics {
		if t, p := declared(in, &spec.ActionTopics[i].Topology, spec.ActionTopics[i].Topic, ""); p == nil {
			arns = append(arns, t.arn)
		}
	}
	return arns
}
