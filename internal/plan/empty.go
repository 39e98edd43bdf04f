package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// deleteTogether deletes the queues of an object once all of them may go; those that are not ours are released.
func (d *differ) deleteTogether(queues, alarms []topology.Resource) {
	var mine []topology.Resource
	waits, from := false, len(d.steps)
	for _, r := range queues {
		switch d.claim(r) {
		case ours:
			mine = append(mine, r)
		case unknown:
			waits = true
		}
	}
	if waits || !d.Regardless() && !d.mayGo(mine) {
		first := from + slices.IndexFunc(d.steps[from:], func(s Step) bool { return s.Action == Wait })
		key := d.steps[first].Resource.Key
		d.steps[first].With = slices.Concat(slices.DeleteFunc(mine, func(r topology.Resource) bool { return r.Key == key }), alarms)
		return
	}
	for _, r := range alarms {
		d.deleteAlarm(r)
	}
	for _, r := range mine {
		d.delete(deletePhase(r.Role), r)
	}
}

// deleteDetached deletes a queue that left the spec, whatever the policy once nothing feeds it and it is empty: an edit destroys no messages.
func (d *differ) deleteDetached(r topology.Resource) {
	if d.claim(r) != ours {
		return
	}
	if source := feeder(r.Key, d.Want, d.Have); source != "" {
		d.wait(r, d.Now.Add(holdPoll), v1alpha1.ReasonProgressing, "queue %s left the spec and %s still sends to it; it is deleted once that has ended and it is empty", r.Name, source)
		return
	}
	if d.mayGo([]topology.Resource{r}) {
		d.delete(deletePhase(r.Role), r)
	}
}

// Fed says whether something of an object still sends to a queue: a subscription, or a queue of Want that has it as dead-letter queue. What
// was not read counts as sending.
func Fed(queue string, want, have topology.State) bool { return feeder(queue, want, have) != "" }

// feeder names what sends to a queue; empty if nothing does. A queue that is leaving itself sends to its dead-letter queue to the end.
func feeder(queue string, want, have topology.State) string {
	for _, r := range have.Resources {
		if r.Seen.Existence == topology.Absent {
			continue
		}
		target := topology.RedriveTarget(r.Managed["RedrivePolicy"])
		_, stays := want.Find(r.Key)
		switch {
		case r.Kind == topology.KindSubscription && (r.Endpoint == queue || target == queue):
			return "the subscription of topic " + r.TopicARN
		case r.Kind == topology.KindQueue && stays && target == queue:
			return "queue " + r.Name
		}
	}
	return ""
}

func deletePhase(r topology.Role) Phase {
	switch r {
	case topology.RoleDeadLetter:
		return PhaseDeleteDeadLetter
	case topology.RoleUndelivered:
		return PhaseDeleteUndelivered
	default:
		return PhaseDeleteQueues
	}
}

// mayGo says whether all queues have been seen empty often and long enough, or may go with their messages; otherwise it waits, and says for what.
func (d *differ) mayGo(queues []topology.Resource) bool {
	if d.Guards.AllowMessages {
		return true
	}
	var holding, settling []string
	var next time.Time
	for _, r := range queues {
		if r.Seen.Existence == topology.Absent {
			continue
		}
		h := r.Seen.History
		if reason := holds(r); reason != "" {
			holding = append(holding, reason)
		} else if h.EmptyReadings < EmptyReadings || d.Now.Sub(h.EmptySince) < d.Guards.EmptySettle || Fed(r.Key, d.Want, d.Have) {
			settling = append(settling, r.Name)
			if due := d.nextReading(h); next.IsZero() || due.Before(next) {
				next = due
			}
		}
	}
	switch {
	case len(holding) > 0:
		d.wait(queues[0], d.Now.Add(holdPoll), v1alpha1.ReasonMessagesHeld, "%s; consume them, or annotate %s=true",
			strings.Join(holding, "; "), v1alpha1.AnnotationAllowDeleteWithMessages)
	case len(settling) > 0:
		d.wait(queues[0], next, v1alpha1.ReasonEmptySettle, "empty: queue %s; deleted when seen empty %d times over %s", strings.Join(settling, ", "), EmptyReadings, d.Guards.EmptySettle)
	default:
		return true
	}
	return false
}

// holds says what keeps a queue from being deleted; empty if nothing does.
func holds(r topology.Resource) string {
	m := r.Seen.Messages
	switch {
	case m.Total() > 0:
		reason := fmt.Sprintf("queue %s holds %d visible, %d in-flight and %d delayed messages", r.Name, m.Visible, m.InFlight, m.Delayed)
		if who := senders(r.Policy); len(who) > 0 {
			reason += " and its policy lets send: " + list(who)
		}
		return reason
	case r.Seen.MoveTask:
		return fmt.Sprintf("a message move task runs from queue %s", r.Name)
	case r.Seen.Denied["MoveTask"] != "":
		return fmt.Sprintf("whether a message move task runs from queue %s cannot be read (permit %s)", r.Name, r.Seen.Denied["MoveTask"])
	default:
		return ""
	}
}

// senders names who may send to a queue directly, beside the topics.
func senders(policy policydoc.Document) []string {
	who := map[string]bool{}
	for _, s := range policy.Statements {
		sends := slices.ContainsFunc(s.Action, func(a string) bool {
			return slices.Contains([]string{"*", "sqs:*", "sqs:sendmessage"}, strings.ToLower(a))
		})
		if s.Effect != "Allow" || !sends || strings.HasPrefix(s.Sid, policydoc.SidTopics) || strings.HasPrefix(s.Sid, policydoc.SidUndelivered) {
			continue
		}
		for _, members := range s.Principal {
			for _, member := range members {
				who[member] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(who))
}

// nextReading is when the next reading of an empty queue is due: at once where none counts yet, then spread over the settle time.
func (d *differ) nextReading(h topology.History) time.Time {
	end := h.EmptySince.Add(d.Guards.EmptySettle)
	switch {
	case h.EmptyReadings == 0:
		return d.Now.Add(SecondReadAfter)
	case h.EmptyReadings >= EmptyReadings-1 && end.After(d.Now):
		return end
	default:
		return d.Now.Add(max(d.Guards.EmptySettle/(EmptyReadings-1), time.Second))
	}
}
