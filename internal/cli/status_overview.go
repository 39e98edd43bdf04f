package cli

import (
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// overview puts everything of a namespace, or of all, on the page.
func (p *page) overview(v *overview) {
	if len(v.Topologies)+len(v.Queues)+len(v.Redrives) == 0 {
		p.nothing(v)
		return
	}
	all := v.Namespace == ""
	p.topologies(v.Topologies, all)
	p.queues(v.Queues, all)
	p.redrives(v.Redrives, all)
	p.amiss(v, all)
	p.events(v.Events, all, true)
	p.remarks(v.countsAge, v.NotRead)
}

func (p *page) nothing(v *overview) {
	if v.Namespace == "" {
		p.text("", "There are no MessagingTopologies, ConsumerQueues and Redrives in any namespace.")
	} else {
		p.text("", fmt.Sprintf("There are no MessagingTopologies, ConsumerQueues and Redrives in namespace %s. -A looks in all namespaces.", v.Namespace))
	}
	p.remarks(countsAge{}, v.NotRead)
}

// namespaced is a table whose first column is the namespace, where all are shown.
func namespaced(all bool, header ...string) (t *table, add func(namespace string, values ...any)) {
	if !all {
		t = newTable(header...)
		return t, func(_ string, values ...any) { t.add(values...) }
	}
	t = newTable(append([]string{"NAMESPACE"}, header...)...)
	return t, func(namespace string, values ...any) { t.add(append([]any{namespace}, values...)...) }
}

func (p *page) topologies(topologies []topologyState, all bool) {
	if len(topologies) == 0 {
		return
	}
	t, add := namespaced(all, "TOPOLOGY", "READY", "CONSUMERS", "DRIFT", "TOPIC", "SUBSCRIPTIONS", "REASON")
	for _, mt := range topologies {
		consumers := "-"
		if mt.Consumers != nil {
			consumers = fmt.Sprintf("%d/%d", mt.Consumers.Ready, mt.Consumers.Total)
		}
		head := []any{mt.Name, ready(mt.Ready), consumers, counted(int64(mt.Drift), yellow)}
		if len(mt.Topics) == 0 {
			add(mt.Namespace, append(head, "", "", note(mt.objectState))...)
		}
		for i, topic := range mt.Topics {
			reason := ""
			if i == 0 {
				reason = note(mt.objectState)
			}
			if reason == "" && topic.State != "Present" {
				reason = topic.State
			}
			add(mt.Namespace, append(head, topic.Name, topic.Subscriptions, reason)...)
			head = []any{"", "", "", ""}
		}
	}
	p.section("")
	p.table(t, "")
}

func (p *page) queues(queues []queueState, all bool) {
	if len(queues) > 0 {
		p.section("")
		p.queueTable(queues, all)
	}
}

func (p *page) queueTable(queues []queueState, all bool) {
	t, add := namespaced(all, "QUEUE", "READY", "SUBSCRIBED", "VISIBLE", "IN-FLIGHT", "DEAD-LETTERS", "UNDELIVERED", "DRIFT", "REASON")
	for _, q := range queues {
		visible, inFlight, dead, undelivered := cell{text: "-"}, cell{text: "-"}, cell{text: "-"}, cell{text: "-"}
		if m := q.Messages; m != nil {
			visible, inFlight = counted(m.Visible, plain), counted(m.InFlight, plain)
			if q.HasDeadLetter {
				dead = counted(m.DeadLettered, yellow)
			}
			if q.HasUndelivered {
				undelivered = counted(m.Undelivered, red)
			}
		}
		if q.SharesDeadLetter {
			dead = cell{text: "shared"}
		}
		add(q.Namespace, q.Name, ready(q.Ready), fmt.Sprintf("%d/%d", q.Confirmed, q.Subscriptions), visible, inFlight, dead, undelivered,
			counted(int64(q.Drift), yellow), note(q.objectState))
	}
	p.table(t, "")
}

func (p *page) redrives(redrives []redriveState, all bool) {
	if len(redrives) == 0 {
		return
	}
	t, add := namespaced(all, "REDRIVE", "QUEUE", "SOURCE", "STATE", "MOVED", "PERCENT", "AGE", "REASON")
	for _, r := range redrives {
		reason := r.Reason
		if reason == string(r.State) {
			reason = ""
		}
		moved, percent := fmt.Sprintf("%d/%d", r.Moved, r.ToMove), fmt.Sprintf("%d%%", r.Percent)
		if r.State == v1alpha1.RedrivePending {
			moved, percent = "-", "-"
		}
		add(r.Namespace, r.Name, r.Queue, r.Source, r.State, moved, percent, p.s.age(r.Created.Time), reason)
	}
	p.section("")
	p.table(t, "")
}

// amiss says of each object that is not Ready why.
func (p *page) amiss(v *overview, all bool) {
	titled := false
	say := func(k kind, o objectState) {
		if o.Ready == metav1.ConditionTrue {
			return
		}
		if !titled {
			p.section("Not ready")
			titled = true
		}
		name := k.short + "/" + o.Name
		if all {
			name = o.Namespace + " " + name
		}
		p.text("  ", fmt.Sprintf("%s: %s: %s", name, o.Reason, o.Message))
	}
	for _, mt := range v.Topologies {
		say(topologyKind, mt.objectState)
	}
	for _, q := range v.Queues {
		say(queueKind, q.objectState)
	}
}

// events puts events, on one line each where they are one part among many.
func (p *page) events(events []eventState, all, cut bool) {
	if len(events) == 0 {
		return
	}
	t, add := namespaced(all, "AGE", "TYPE", "OBJECT", "REASON", "MESSAGE")
	for _, e := range events {
		kindOf := cell{text: e.Type}
		if e.Type != "Normal" {
			kindOf.style = yellow
		}
		message := e.Message
		if e.Count > 1 {
			message = fmt.Sprintf("%s (%d times)", message, e.Count)
		}
		add(e.Namespace, p.s.age(e.At.Time), kindOf, e.Object, e.Reason, message)
	}
	p.section("Last events")
	if cut {
		p.table(t, "  ")
	} else {
		p.wholeTable(t, "  ")
	}
}

// remarks ends a page: how old the counts are, and what could not be read.
func (p *page) remarks(age countsAge, notRead []string) {
	if age.CountsAge == "" && len(notRead) == 0 {
		return
	}
	p.section("")
	if age.CountsAge != "" {
		otherwise := ""
		if age.CountsAgeAssumed {
			otherwise = " unless the AWSAccount says otherwise"
		}
		p.text("", fmt.Sprintf("Counts are AWS's approximate ones of the operator's last look, at most %s ago%s.", age.CountsAge, otherwise))
	}
	for _, line := range notRead {
		p.text("", "Left out: "+line+".")
	}
}

// ready is the cell of the condition Ready.
func ready(status metav1.ConditionStatus) cell {
	return cell{text: string(status), style: map[metav1.ConditionStatus]style{metav1.ConditionTrue: green, metav1.ConditionFalse: red, metav1.ConditionUnknown: yellow}[status]}
}

// counted is a number that stands out where it is not 0.
func counted(n int64, st style) cell {
	if n == 0 {
		st = plain
	}
	return cell{text: strconv.FormatInt(n, 10), style: st}
}

// note is the one word that an object's line ends with: that the operator lags behind, why it is not Ready, or else the worst of what does not touch
// Ready.
func note(o objectState) string {
	if o.Outdated {
		return "outdated"
	}
	if o.Ready != metav1.ConditionTrue {
		return o.Reason
	}
	for _, kind := range []string{v1alpha1.ConditionRedriveHalted, v1alpha1.ConditionDegraded, v1alpha1.ConditionDrifted, v1alpha1.ConditionDeadLetters} {
		for _, c := range o.Also {
			if c.Type == kind && c.Status == metav1.ConditionTrue {
				return c.Reason
			}
		}
	}
	return ""
}
