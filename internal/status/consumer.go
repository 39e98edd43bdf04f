package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// ConsumerView is what a ConsumerQueue's status is made of.
type ConsumerView struct {
	Object    *v1alpha1.ConsumerQueue
	Account   v1alpha1.AccountStatus
	Build     topology.ConsumerOutput
	Look      Look
	Inventory topology.Inventory
	// Extra are findings about Kubernetes objects, such as a ConfigMap that is not ours.
	Extra []Finding
	Now   time.Time
}

// Consumer gives the new status of a ConsumerQueue.
func Consumer(v ConsumerView) v1alpha1.ConsumerQueueStatus {
	s := *v.Object.Status.DeepCopy()
	s.ObservedGeneration = v.Object.Generation
	s.Account = &v.Account
	s.Resources = v.Inventory.Status()
	s.Plan = plannedNow(s.Plan, v.Look)
	locate(&s, v)
	s.Messages = Counts(s.Messages, v)
	s.Subscriptions = subscriptions(v)
	s.ActionTopics = actionTopics(v.Build.ActionTopics)
	set := setter{&s.Conditions, v.Object.Generation, v.Now}
	findings := Findings(v.Build.Refusals, v.Build.State, v.Look, standing(s.Conditions, v.Object.Generation), v.Now)
	findings = append(findings, v.Extra...)
	refused := slices.IndexFunc(findings, func(f Finding) bool { return f.Reason == v1alpha1.ReasonSubscribeNotPermitted })
	switch {
	case v.Build.AcceptedReason == v1alpha1.ReasonAccepted && refused >= 0:
		set.condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, findings[refused].Reason, findings[refused].Message)
	case v.Build.AcceptedReason == v1alpha1.ReasonAccepted:
		set.condition(v1alpha1.ConditionAccepted, metav1.ConditionTrue, v1alpha1.ReasonAccepted, v.Build.AcceptedMessage)
	default:
		message := v.Build.AcceptedMessage + staying(v)
		set.condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, v.Build.AcceptedReason, message)
		// The refusals have it already, unless what is not accepted is held for another reason.
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Reason == v.Build.AcceptedReason }) {
			findings = append(findings, Finding{Reason: v.Build.AcceptedReason, Message: message})
		}
	}
	dv := driftView{before: s.Drift, look: v.Look, want: v.Build.State, suspended: v.Object.Spec.Suspend, rules: plan.DriftRulesOf(v.Object.Spec.Management), now: v.Now}
	drift := drift(dv)
	s.Drift = drift.list()
	drifted(set, drift, v.Look.Fault != nil)
	findings = append(findings, drift.findings(dv, findings, s.Conditions, v.Object.Generation)...)
	degraded(set, v.Build.State, v.Look)
	DeadLetters(&s.Conditions, v)
	undeliverable := deliverable(set, v, s.Subscriptions)
	if undeliverable != nil && undeliverable.Reason == v1alpha1.ReasonPendingConfirmation {
		findings = append(findings, *undeliverable)
	}
	notes := drift.notes(dv, v.Inventory)
	findings, undeliverable = suspend(v.Look, findings, undeliverable)
	verdict(&s.Conditions, findings, undeliverable, readyMessage(v, s.Subscriptions, notes), v.Object.Generation, v.Now)
	return s
}

func readyMessage(v ConsumerView, subs []v1alpha1.SubscriptionStatus, drift []string) string {
	message := fmt.Sprintf("queue %s is as declared, with %s", v.Build.Names.MainName, counted(len(subs), "subscription", "subscriptions"))
	notes := slices.Concat(v.Build.Notes, drift, Leaving(v.Look, v.Build.State), suspendedNote(v.Look))
	return strings.Join(append([]string{message}, notes...), "; ")
}

// staying tells which subscriptions left the spec and stay in AWS as long as a reference cannot be resolved: one of them may be what it means.
func staying(v ConsumerView) string {
	var topics []string
	for _, r := range v.Build.State.Resources {
		meant := slices.ContainsFunc(v.Build.Subscriptions, func(i topology.SubscriptionIntent) bool { return i.Key == r.Key })
		if r.Kind == topology.KindSubscription && r.Held != "" && !meant {
			topics = append(topics, r.TopicARN)
		}
	}
	if len(topics) == 0 {
		return ""
	}
	return "; until then the subscriptions to " + strings.Join(topics, ", ") + " stay as they are"
}

// own gives a queue that was seen and is this object's; one that somebody else holds is not ours to tell of.
func (v ConsumerView) own(key string) (topology.Resource, bool) {
	r, _ := v.Look.After.Find(key)
	want, _ := v.Build.State.Find(key)
	return r, r.Seen.Existence == topology.Present && r.Seen.Owner != nil && *r.Seen.Owner == want.Owner
}

// foreign says that a queue was seen and belongs to somebody else, or to nobody.
func (v ConsumerView) foreign(key string) bool {
	r, own := v.own(key)
	return !own && r.Seen.Existence == topology.Present && r.Seen.Owner != nil
}

// locate writes names, ARNs and URLs of this object's queues; what could not be read now stays.
func locate(s *v1alpha1.ConsumerQueueStatus, v ConsumerView) {
	s.QueueName, s.QueueARN = v.Build.Names.MainName, v.Build.Names.MainARN
	if r, ok := v.Look.After.Find(v.Build.Names.MainARN); ok {
		s.QueueURL = r.URL
	}
	if v.foreign(v.Build.Names.MainARN) {
		s.QueueURL = ""
	}
	s.DeadLetter = location(s.DeadLetter, v.Build.Names.DeadLetterARN, v)
	if _, wanted := v.Build.State.Find(v.Build.Names.UndeliveredARN); !wanted {
		s.Undelivered = nil
		return
	}
	s.Undelivered = location(s.Undelivered, v.Build.Names.UndeliveredARN, v)
}

func location(old *v1alpha1.QueueLocation, arn string, v ConsumerView) *v1alpha1.QueueLocation {
	if arn == "" || v.foreign(arn) {
		return nil
	}
	out := &v1alpha1.QueueLocation{QueueARN: arn}
	if r, ok := v.Look.After.Find(arn); ok {
		out.QueueURL = r.URL
	} else if ref, ok := v.Look.Have.References[arn]; ok && ref.URL != "" {
		out.QueueURL = ref.URL
	} else if old != nil && old.QueueARN == arn {
		out.QueueURL = old.QueueURL
	}
	return out
}

// Counts takes the messages of this object's queues as they were read; without a read the old numbers stay, of somebody else's queue there are none.
func Counts(old *v1alpha1.MessageCounts, v ConsumerView) *v1alpha1.MessageCounts {
	if v.foreign(v.Build.Names.MainARN) {
		return nil
	}
	var out v1alpha1.MessageCounts
	switch main, ok := v.own(v.Build.Names.MainARN); {
	case ok:
		out = v1alpha1.MessageCounts{Visible: main.Seen.Messages.Visible, InFlight: main.Seen.Messages.InFlight, Delayed: main.Seen.Messages.Delayed}
	case old == nil:
		return nil
	default: // a queue that is gone, say: what its dead-letter queues hold is news all the same
		out = *old
	}
	if old == nil {
		old = &v1alpha1.MessageCounts{}
	}
	out.DeadLettered = v.counted(v.Build.Names.DeadLetterARN, old.DeadLettered)
	out.Undelivered = v.counted(v.Build.Names.UndeliveredARN, old.Undelivered)
	return &out
}

// counted are all messages of one of the dead-letter queues: those of a queue of ours that is gone, or cannot be read, are as they were.
func (v ConsumerView) counted(key string, old int64) int64 {
	r, own := v.own(key)
	_, wanted := v.Build.State.Find(key)
	switch {
	case own:
		return r.Seen.Messages.Total()
	case wanted && !v.foreign(key):
		return old
	default:
		return 0
	}
}

// subscriptions gives one status an intent, in the order of the spec.
func subscriptions(v ConsumerView) []v1alpha1.SubscriptionStatus {
	var out []v1alpha1.SubscriptionStatus
	for _, intent := range v.Build.Subscriptions {
		s := v1alpha1.SubscriptionStatus{TopicARN: intent.TopicARN, State: intent.State, Reason: intent.Reason}
		if old, ok := known(v, intent); ok {
			s = old
		} else if r, ok := v.Look.After.Find(intent.Key); ok {
			s.SubscriptionARN = r.ARN
			if intent.State == "" {
				s.State, s.Reason = subscriptionState(v.Look, r)
			}
		} else if intent.State == "" {
			s.State, s.Reason = v1alpha1.SubscriptionWaiting, v1alpha1.ReasonProgressing
		}
		s.FilterPolicySettlesAt = settlesAt(v, intent)
		out = append(out, s)
	}
	return out
}

// actionTopics gives one status an intent, in the order of the spec.
func actionTopics(intents []topology.ActionIntent) []v1alpha1.ActionTopicStatus {
	var out []v1alpha1.ActionTopicStatus
	for _, a := range intents {
		out = append(out, v1alpha1.ActionTopicStatus{Topology: a.Topology, Topic: a.Topic, TopicARN: a.TopicARN, State: a.State, Reason: a.Reason})
	}
	return out
}

// known is what an earlier look told of a subscription, where this one could not be made.
func known(v ConsumerView, intent topology.SubscriptionIntent) (v1alpha1.SubscriptionStatus, bool) {
	for _, old := range v.Object.Status.Subscriptions {
		if v.Look.Fault != nil && intent.State == "" && intent.TopicARN != "" && old.TopicARN == intent.TopicARN {
			return old, true
		}
	}
	return v1alpha1.SubscriptionStatus{}, false
}

func subscriptionState(look Look, r topology.Resource) (v1alpha1.SubscriptionState, string) {
	switch {
	case r.Seen.Existence == topology.Present && r.Seen.Pending:
		return v1alpha1.SubscriptionPendingConfirmation, v1alpha1.ReasonPendingConfirmation
	case r.Seen.Existence == topology.Present:
		return v1alpha1.SubscriptionConfirmed, ""
	}
	for _, s := range look.Plan.Steps {
		if s.Resource.Key == r.Key && (s.Action == plan.Wait || s.Action == plan.Blocked || s.Action == plan.Report) {
			return v1alpha1.SubscriptionWaiting, s.Reason
		}
	}
	for _, o := range look.Result.Outcomes {
		if o.Fault != nil && o.Fault.Resource == r.Key {
			return v1alpha1.SubscriptionWaiting, cmp.Or(o.Fault.Reason, v1alpha1.ReasonAWSError)
		}
	}
	return v1alpha1.SubscriptionWaiting, v1alpha1.ReasonProgressing
}
