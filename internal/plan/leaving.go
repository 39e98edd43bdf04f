package plan

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// How often what holds a deletion up, or cannot be read, is looked at.
const holdPoll = 30 * time.Second

// alarmPoll is how often it is looked whether alarms can be read by now: nothing else waits for it.
const alarmPoll = 5 * time.Minute

// leaving plans the resources of the inventory that are no longer wanted: subscriptions and alarms go at once, queues when they are empty, topics when nobody
// subscribes any more. While the object lives each queue stands for itself; when it is being deleted its queues go together, and their alarms with them.
func (d *differ) leaving() {
	var queues, alarms []topology.Resource
	for _, row := range d.Applied {
		if _, ok := d.Want.Find(row.Key); ok {
			continue
		}
		r := d.observedRow(row)
		switch {
		case row.State == v1alpha1.ResourceAdopting && !d.takenOver(r):
			d.release(r, v1alpha1.ReasonAdopting, "%s %s was to be adopted and is not any more; it is as it was", r.Kind, r.Name)
		case d.retained():
			d.release(r, v1alpha1.ReasonDeleting, "%s %s stays in AWS (deletionPolicy Retain)", r.Kind, r.Name)
		case row.Kind == topology.KindSubscription:
			d.unsubscribe(r)
		case !d.deleting() && d.Guards.DeletionPolicy == v1alpha1.DeletionRetain:
			d.release(r, v1alpha1.ReasonDeleting, "%s %s left the spec and stays in AWS (deletionPolicy Retain)", r.Kind, r.Name)
		case row.Kind == topology.KindTopic:
			d.deleteTopic(r)
		case row.Kind == topology.KindAlarm && d.deleting():
			alarms = append(alarms, r)
		case row.Kind == topology.KindAlarm:
			d.deleteAlarm(r)
		default:
			queues = append(queues, r)
		}
	}
	if d.deleting() {
		d.deleteTogether(queues, alarms)
		return
	}
	for _, q := range queues {
		d.deleteDetached(q)
	}
}

// takenOver says whether a resource carries this object's tags: it was taken over, though the row does not tell it yet. A subscription has no tags.
func (d *differ) takenOver(r topology.Resource) bool {
	return r.Seen.Owner != nil && *r.Seen.Owner == d.Self
}

// observedRow is the row's resource with what was seen of it. Queues and subscriptions are of the group of the queues that stay.
func (d *differ) observedRow(row topology.Row) topology.Resource {
	r := row.Resource()
	if have, ok := d.Have.Find(row.Key); ok {
		r.Seen, r.Managed, r.Policy = have.Seen, have.Managed, have.Policy
		r = identity(r, have)
	}
	r.Role = cmp.Or(d.Roles[row.Key], servesAs(row.Key, d.Have))
	for _, want := range d.Want.Resources {
		if want.Kind == topology.KindQueue && r.Kind != topology.KindTopic {
			r.Group = want.Group
		}
	}
	return r
}

// servesAs tells the role of a queue that the spec does not know any more from what AWS shows to send to it; empty if nothing does.
func servesAs(queue string, have topology.State) topology.Role {
	for _, r := range have.Resources {
		switch {
		case topology.RedriveTarget(r.Managed["RedrivePolicy"]) != queue:
		case r.Kind == topology.KindQueue:
			return topology.RoleDeadLetter
		case r.Kind == topology.KindSubscription:
			return topology.RoleUndelivered
		}
	}
	return ""
}

// claim says whose a leaving resource is.
type claim int

const (
	ours claim = iota
	// others hold it, or nothing is left of it: it has been released.
	others
	// unknown yet: it waits.
	unknown
)

// claim says whether a leaving queue or topic may be deleted as far as ownership goes.
func (d *differ) claim(r topology.Resource) claim {
	row, _ := d.Applied.Find(r.Key)
	if r.Seen.Existence == topology.Absent {
		return d.claimAbsent(r, row)
	}
	if s, doubt := d.doubt(r, row, true); doubt {
		d.waitAs(s, r, "%s, so %s %s is not deleted", s.Message, r.Kind, r.Name)
		return unknown
	}
	if *r.Seen.Owner != d.Self {
		d.release(r, v1alpha1.ReasonNotOwned, "%s %s is not tagged as this object's, so it is left alone", r.Kind, r.Name)
		return others
	}
	return ours
}

// claimAbsent settles what is not there: a delete is the proof of it, for which a queue needs a URL; without one two readings must do.
func (d *differ) claimAbsent(r topology.Resource, row topology.Row) claim {
	if r.URL != "" || r.Kind != topology.KindQueue {
		return ours
	}
	if s, waits := d.unsettled(r, row, FieldChange{Field: Existence}); waits {
		d.waitAs(s, r, "AWS does not show queue %s; a second reading decides", r.Name)
		return unknown
	}
	d.release(r, v1alpha1.ReasonDeleting, "queue %s does not exist in AWS any more", r.Name)
	return others
}

// unsubscribe takes a subscription away, if its queue is ours or gone: the same subscription is another's with the queue.
func (d *differ) unsubscribe(r topology.Resource) {
	if queue, ok := d.Have.Find(r.Endpoint); ok && queue.Seen.Existence != topology.Absent {
		row, known := d.Applied.Find(r.Endpoint)
		if s, doubt := d.doubt(queue, row, known); doubt {
			d.waitAs(s, r, "%s of queue %s, so its subscription to topic %s is not removed", s.Message, r.Endpoint, r.TopicARN)
			return
		}
		if *queue.Seen.Owner != d.Self {
			d.release(r, v1alpha1.ReasonNotOwned, "queue %s is not this object's any more, so its subscription to topic %s is left alone", r.Endpoint, r.TopicARN)
			return
		}
	}
	d.delete(PhaseUnsubscribe, r)
}

func (d *differ) delete(phase Phase, r topology.Resource) { d.add(newStep(Delete, phase, r)) }

// deleteTopic deletes a topic that nobody subscribes to.
func (d *differ) deleteTopic(r topology.Resource) {
	if d.claim(r) != ours {
		return
	}
	n := max(r.Seen.Subscribers+r.Seen.PendingSubscribers, int64(len(r.Seen.Foreign)))
	if n > 0 && r.Seen.Existence == topology.Present && !d.Guards.AllowSubscribers {
		d.wait(r, d.Now.Add(holdPoll), v1alpha1.ReasonSubscribersPresent, "topic %s has %d subscriptions (%s); let them go first, or annotate %s=true",
			r.Name, n, list(r.Seen.Foreign), v1alpha1.AnnotationAllowDeleteWithSubscribers)
		return
	}
	d.delete(PhaseDeleteTopics, r)
}

// unread says why an alarm could not be read, in words that stay the same while the cause does.
func unread(seen topology.Seen) (reason, why string) {
	f := seen.Fault
	switch {
	case f == nil:
		return v1alpha1.ReasonAccessDenied, "permit " + seen.Denied["Tags"]
	case f.Class == fault.Denied || f.Message == "":
		return f.Reason, f.Operation + ": " + cmp.Or(f.Code, "no answer")
	case f.Code == "":
		return cmp.Or(f.Reason, v1alpha1.ReasonAWSError), f.Operation + ": " + f.Message
	default:
		return cmp.Or(f.Reason, v1alpha1.ReasonAWSError), f.Operation + ": " + f.Code + ": " + f.Message
	}
}

// deleteAlarm deletes an alarm at once: no message is lost with it.
func (d *differ) deleteAlarm(r topology.Resource) {
	switch {
	case r.Seen.LacksKind():
		d.release(r, v1alpha1.ReasonDeleting, "alarm %s cannot be deleted: the endpoint has no CloudWatch", r.Name)
	case d.claim(r) == ours:
		d.delete(PhaseDeleteAlarms, r)
	}
}

// list names the first of some.
func list(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return "not listed"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	default:
		return strings.Join(names, ", ")
	}
}
