package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// TopologyView is what a MessagingTopology's status is made of.
type TopologyView struct {
	Object    *v1alpha1.MessagingTopology
	Account   v1alpha1.AccountStatus
	Build     topology.TopologyOutput
	Look      Look
	Inventory topology.Inventory
	Consumers v1alpha1.ConsumerCounts
	// Extra are findings about Kubernetes objects, such as children that cannot be made.
	Extra []Finding
	Now   time.Time
}

// Topology gives the new status of a MessagingTopology.
func Topology(v TopologyView) v1alpha1.MessagingTopologyStatus {
	s := *v.Object.Status.DeepCopy()
	s.ObservedGeneration = v.Object.Generation
	s.Account = &v.Account
	s.Consumers = &v.Consumers
	s.Resources = v.Inventory.Status()
	s.Plan = plannedNow(s.Plan, v.Look)
	s.Topics = nil
	present := 0
	for _, intent := range v.Build.Topics {
		after, _ := v.Look.After.Find(intent.ARN)
		t := v1alpha1.TopicStatus{Name: intent.Name, TopicName: intent.TopicName, ARN: intent.ARN, State: topicState(v, intent, after)}
		t.Subscriptions = after.Seen.Subscribers
		if v.Look.Fault != nil {
			t = unread(v, t)
		}
		if t.State == TopicPresent {
			present++
		}
		s.Topics = append(s.Topics, t)
	}
	degraded(setter{&s.Conditions, v.Object.Generation, v.Now}, v.Build.State, v.Look)
	findings := append(Findings(v.Build.Refusals, v.Build.State, v.Look, standing(s.Conditions, v.Object.Generation), v.Now), v.Extra...)
	dv := driftView{before: s.Drift, look: v.Look, want: v.Build.State, suspended: v.Object.Spec.Suspend, rules: plan.DriftRulesOf(v.Object.Spec.Management), now: v.Now}
	drift := drift(dv)
	s.Drift = drift.list()
	findings = append(findings, drift.findings(dv, findings, s.Conditions, v.Object.Generation)...)
	message := fmt.Sprintf("%s as declared; %d of %s ready",
		counted(present, "topic is", "topics are"), v.Consumers.Ready, counted(int(v.Consumers.Total), "consumer is", "consumers are"))
	notes := drift.notes(dv, v.Inventory)
	message = strings.Join(slices.Concat([]string{message}, notes, Leaving(v.Look, v.Build.State), suspendedNote(v.Look)), "; ")
	findings, different := suspend(v.Look, findings, nil)
	verdict(&s.Conditions, findings, different, message, v.Object.Generation, v.Now)
	drifted(setter{&s.Conditions, v.Object.Generation, v.Now}, drift, v.Look.Fault != nil)
	return s
}

// unread is what an earlier look told of a topic, where this one could not be made.
func unread(v TopologyView, t v1alpha1.TopicStatus) v1alpha1.TopicStatus {
	for _, old := range v.Object.Status.Topics {
		if old.Name == t.Name && old.ARN == t.ARN {
			t.State, t.Subscriptions = old.State, old.Subscriptions
		}
	}
	return t
}

// The states of a topic.
const (
	TopicCreating = "Creating"
	TopicPresent  = "Present"
	TopicBlocked  = "Blocked"
	TopicWaiting  = "Waiting"
)

func topicState(v TopologyView, intent topology.TopicIntent, after topology.Resource) string {
	for _, s := range v.Look.Plan.Steps {
		switch {
		case s.Resource.Key != intent.ARN:
		case s.Action == plan.Blocked:
			return TopicBlocked
		case s.Action == plan.Adopt:
			return TopicWaiting
		}
	}
	switch {
	case after.Seen.Existence == topology.Present:
		return TopicPresent
	case v.Look.Fault != nil || v.Look.Suspended:
		return TopicWaiting
	default:
		return TopicCreating
	}
}
