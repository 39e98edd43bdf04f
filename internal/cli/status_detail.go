package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// detail puts one object on the page.
func (p *page) detail(v *detail) {
	switch o := v.Object.(type) {
	case *v1alpha1.ConsumerQueue:
		p.head(queueKind, o)
		p.queue(o, v.StatusWritten)
		p.subscriptions(o)
		p.standing(o, o.Spec.Suspend)
		p.schedule(o)
		p.redrives(v.Redrives, false)
	case *v1alpha1.MessagingTopology:
		p.head(topologyKind, o)
		p.topics(o)
		p.standing(o, o.Spec.Suspend)
		if len(v.Consumers) > 0 {
			p.section("Consumers in this namespace")
			p.queueTable(v.Consumers, false)
		}
	}
	p.events(v.Events, false, false)
	p.remarks(v.countsAge, v.NotRead)
}

// head says which object it is, and how it stands in one line.
func (p *page) head(k kind, o client.Object) {
	status := statusOf(o)
	r := readyOf(status.conditions)
	p.section("%s", title(k, o))
	line := p.s.screen.paint(ready(r.Status).style, string(r.Status))
	if r.Status != metav1.ConditionTrue {
		line += ", " + oneLine(r.Reason)
	}
	if !r.LastTransitionTime.IsZero() {
		line += ", for " + p.s.age(r.LastTransitionTime.Time)
	}
	fmt.Fprintf(&p.b, "%-14s %s\n", "Ready", line)
	if outdated(o, status) {
		p.field("", fmt.Sprintf("The operator has not looked at the last change yet: this speaks of generation %d, the spec is at %d.", status.observedGeneration, o.GetGeneration()))
	}
	if deleted := o.GetDeletionTimestamp(); deleted != nil {
		p.field("Deleting", fmt.Sprintf("since %s; Ready says what it waits for", p.s.age(deleted.Time)))
	}
	if a := status.account; a != nil {
		p.field("Account", fmt.Sprintf("%s: %s in %s", a.Name, a.AccountID, a.Region))
	}
}

func (p *page) queue(cq *v1alpha1.ConsumerQueue, written *metav1.Time) {
	st := cq.Status
	if p.field("Queue", st.QueueName); st.QueueURL != "" {
		p.field("", st.QueueURL)
	}
	switch d := cq.Spec.DeadLetter; {
	case sharedQueue(cq) != "":
		p.field("Dead letters", fmt.Sprintf("go to the queue of cq/%s", sharedQueue(cq)))
	case d != nil && d.Disabled:
		p.field("Dead letters", "are not kept (deadLetter.disabled)")
	case st.DeadLetter != nil:
		p.field("Dead letters", st.DeadLetter.QueueURL)
	}
	switch u := cq.Spec.Undelivered; {
	case u != nil && u.Disabled:
		p.field("Undelivered", "is lost (undelivered.disabled)")
	case st.Undelivered != nil:
		p.field("Undelivered", st.Undelivered.QueueURL)
	}
	if m := st.Messages; m != nil {
		p.field("Messages", fmt.Sprintf("%d visible, %d in flight, %d delayed, %d dead letters, %d undelivered", m.Visible, m.InFlight, m.Delayed, m.DeadLettered, m.Undelivered))
		if written != nil {
			p.field("", fmt.Sprintf("The status last changed %s ago.", p.s.age(written.Time)))
		}
	}
	var alarms []string
	for _, r := range st.Resources {
		if name, ok := strings.CutPrefix(r.Resource, "alarm/"); ok && r.State == v1alpha1.ResourcePresent {
			alarms = append(alarms, name)
		}
	}
	p.field("Alarms", strings.Join(alarms, ", "))
}

func (p *page) subscriptions(cq *v1alpha1.ConsumerQueue) {
	t := newTable("SUBSCRIBED TO", "STATE", "REASON", "FILTER")
	for i, sub := range cq.Spec.Subscriptions {
		state := v1alpha1.SubscriptionStatus{State: "-"}
		// The status has one for each of the spec, in its order, once the operator has looked at this generation.
		if cq.Status.ObservedGeneration == cq.Generation && i < len(cq.Status.Subscriptions) {
			state = cq.Status.Subscriptions[i]
		}
		topic := sub.TopicARN
		if sub.Topology != nil {
			topic = sub.Topology.Name + "/" + sub.Topic
			if sub.Topology.Namespace != "" && sub.Topology.Namespace != cq.Namespace {
				topic = sub.Topology.Namespace + "/" + topic
			}
		}
		style := yellow
		if state.State == v1alpha1.SubscriptionConfirmed {
			style = green
		}
		t.add(topic, cell{text: string(state.State), style: style}, orDash(state.Reason), p.filter(sub.SubscriptionSettings, state))
	}
	if len(t.rows) > 0 {
		p.section("")
		p.wholeTable(t, "")
	}
}

// filter says which messages pass.
func (p *page) filter(s v1alpha1.SubscriptionSettings, state v1alpha1.SubscriptionStatus) string {
	text := "none: every message"
	if len(s.FilterPolicy) > 0 {
		// What came out of JSON goes back into it.
		content, _ := json.Marshal(s.FilterPolicy)
		text = string(content)
		if s.FilterPolicyScope == "MessageBody" {
			text = "body: " + text
		}
	}
	if at := state.FilterPolicySettlesAt; at != nil && at.After(p.s.now()) {
		text += fmt.Sprintf(" (a change may still be spreading for %s)", shortDuration(at.Sub(p.s.now()).Round(time.Minute)))
	}
	return text
}

func (p *page) topics(mt *v1alpha1.MessagingTopology) {
	if c := mt.Status.Consumers; c != nil {
		p.field("Consumers", fmt.Sprintf("%d of %d ready, in all namespaces", c.Ready, c.Total))
	}
	t := newTable("TOPIC", "STATE", "SUBSCRIPTIONS", "ARN")
	for _, topic := range mt.Status.Topics {
		style := yellow
		if topic.State == "Present" {
			style = green
		}
		t.add(topic.Name, cell{text: topic.State, style: style}, topic.Subscriptions, orDash(topic.ARN))
	}
	if len(t.rows) > 0 {
		p.section("")
		p.wholeTable(t, "")
	}
}

// standing says what is not as it should be: conditions, drift, and what is planned and not done.
func (p *page) standing(o client.Object, suspended bool) {
	status := statusOf(o)
	r := readyOf(status.conditions)
	conditions := amiss(status.conditions, r)
	if r.Status != metav1.ConditionTrue {
		conditions = append([]metav1.Condition{r}, conditions...)
	}
	if len(conditions) > 0 {
		p.section("Conditions that are not as they should be")
	}
	for _, c := range conditions {
		p.text("  ", fmt.Sprintf("%s %s, %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	if len(status.drift) > 0 {
		p.section("Drift: what somebody else changed in AWS")
	}
	for _, d := range status.drift {
		p.text("  ", fmt.Sprintf("%s, %s ago: %s %s: wanted %s, found %s", d.State, p.s.age(d.DetectedAt.Time), d.Resource, d.Field, orNothing(d.Desired), orNothing(d.Observed)))
	}
	switch {
	case len(status.plan) > 0 && suspended:
		p.section("Plan: what would be done in AWS without suspend")
	case len(status.plan) > 0:
		p.section("Plan: what will be done in AWS, and what is left")
	}
	for _, step := range status.plan {
		p.step(step)
	}
}

func (p *page) step(step v1alpha1.PlannedStep) {
	line := step.Action + " " + step.Resource
	if step.Reason != "" {
		line += ", " + step.Reason
	}
	if step.Message != "" {
		line += ": " + step.Message
	}
	p.text("  ", line)
	for _, change := range step.Changes {
		p.text("    ", fmt.Sprintf("%s: from %s to %s", change.Field, orNothing(change.From), orNothing(change.To)))
	}
}

// schedule says how the schedule of redrives stands.
func (p *page) schedule(cq *v1alpha1.ConsumerQueue) {
	if cq.Spec.DeadLetter == nil || cq.Spec.DeadLetter.Redrive == nil {
		return
	}
	spec, st := cq.Spec.DeadLetter.Redrive, cq.Status.Redrive
	if st == nil {
		st = &v1alpha1.RedriveScheduleStatus{}
	}
	zone := spec.TimeZone
	if zone == "" {
		zone = "UTC"
	}
	p.section("Redrive on a schedule")
	p.field("  Schedule", fmt.Sprintf("%s (%s)", spec.Schedule, zone))
	switch {
	case st.HaltedBy != "":
		p.field("  Next", fmt.Sprintf("none: halted by rd/%s, whose messages came back; any new value of the annotation %s resumes it", st.HaltedBy, v1alpha1.AnnotationResumeRedrive))
	case spec.Suspend || cq.Spec.Suspend:
		p.field("  Next", "none: suspended")
	case st.NextScheduleTime != nil:
		p.field("  Next", fmt.Sprintf("%s, in %s", st.NextScheduleTime.UTC().Format(time.RFC3339), duration.HumanDuration(max(st.NextScheduleTime.Sub(p.s.now()), 0))))
	}
	if st.LastScheduleTime != nil {
		p.field("  Last", fmt.Sprintf("%s, %s ago", st.LastScheduleTime.UTC().Format(time.RFC3339), p.s.age(st.LastScheduleTime.Time)))
	}
	if st.Active != "" {
		p.field("  Active", "rd/"+st.Active)
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
