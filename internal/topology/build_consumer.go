package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// BuildConsumer says what AWS should hold for a ConsumerQueue.
func BuildConsumer(in ConsumerInputs) ConsumerOutput {
	b := &consumer{
		in: in, settings: &in.Queue.Spec.QueueSettings,
		owner: Owner{Cluster: in.Account.Cluster, Kind: OwnerConsumerQueue, Namespace: in.Queue.Namespace, Name: in.Queue.Name},
	}
	b.group = b.owner.String()
	b.state.References = map[string]Reference{}
	b.nameQueues()
	b.findDeadLetter()
	b.subscribe()
	b.buildQueues()
	b.buildAlarms()
	b.holdGroup()
	b.accept()
	b.state.Sort()
	b.out.State = b.state
	return b.out
}

// consumer is the work on one ConsumerQueue.
type consumer struct {
	in       ConsumerInputs
	settings *v1alpha1.QueueSettings
	owner    Owner
	group    string
	// held is why the whole group is left as it is; empty if it is not.
	held, heldReason string
	// denied are the keys of subscriptions that go because an owner does not consent.
	denied []string
	state  State
	tags   map[string]string
	out    ConsumerOutput
	// deadLetter is the ARN for the redrive policy, own or shared; empty for none.
	deadLetter string
	// grants are the topics that may send to the queues, leaving those that still may until their subscriptions are gone.
	grants, leaving []topic
	// actions are what alarms do.
	actions actions
	// accepted says that at least one subscription is wanted that may use the undelivered queue.
	accepted bool
}

func (b *consumer) refuse(r Refusal) { b.out.Refusals = append(b.out.Refusals, r) }

func (b *consumer) note(format string, args ...any) {
	b.out.Notes = append(b.out.Notes, fmt.Sprintf(format, args...))
}

// refuseGroup refuses something without which nothing of the group can be right.
func (b *consumer) refuseGroup(reason, field string, stalled bool, format string, args ...any) {
	resource := resourceName(KindQueue, b.out.Names.MainName)
	message := fmt.Sprintf("%s: %s: ", resource, field) + fmt.Sprintf(format, args...)
	b.refuse(Refusal{Reason: reason, Field: field, Resource: resource, Message: message, Group: b.group, Stalled: stalled})
	if b.held == "" {
		b.held, b.heldReason = message, reason
	}
}

// nameQueues settles the names. A name in use stays in use where the spec names another.
func (b *consumer) nameQueues() {
	n := &b.out.Names
	n.MainName, _, _ = QueueNames(b.in.Queue)
	b.keepName(&n.MainName, "spec.queueName", b.in.Queue.Status.QueueName, defaultQueueName(b.in.Queue))
	if ownsDeadLetter(b.settings) {
		n.DeadLetterName = deadLetterName(b.settings, n.MainName)
		b.keepName(&n.DeadLetterName, "spec.deadLetter.queueName", locationName(b.in.Queue.Status.DeadLetter), suffixed(n.MainName, "-dlq"))
	}
	if hasUndelivered(b.settings) {
		n.UndeliveredName = undeliveredName(b.settings, n.MainName)
		b.keepName(&n.UndeliveredName, "spec.undelivered.queueName", locationName(b.in.Queue.Status.Undelivered), suffixed(n.MainName, "-undelivered"))
	}
	n.MainARN = b.in.Account.QueueARN(n.MainName)
	b.checkNames()
}

// keepName goes back to the name in use, known from status or from a row with the default name, and refuses another.
func (b *consumer) keepName(name *string, field, inStatus, byDefault string) {
	for _, used := range []string{inStatus, byDefault} {
		row, ok := b.in.Inventory.Find(b.in.Account.QueueARN(used))
		if used == "" || !ok || gone(row) || used == *name || b.claims(used) {
			continue
		}
		wanted := *name
		*name = used
		b.refuseGroup(v1alpha1.ReasonNameImmutable, field, true, "the name in use is %q and the spec says %q; AWS cannot rename a queue: set the field to the name in use, or make a second ConsumerQueue with the new name, drain this one, then delete it", used, wanted)
		return
	}
}

// claims says whether one of the queues has the name by the spec.
func (b *consumer) claims(name string) bool {
	main, deadLetter, undelivered := QueueNames(b.in.Queue)
	return name == main || name == deadLetter || name == undelivered
}

// locationName is the queue's name from status; empty where there is none.
func locationName(l *v1alpha1.QueueLocation) string {
	if l == nil {
		return ""
	}
	return l.QueueARN[strings.LastIndex(l.QueueARN, ":")+1:]
}

// checkNames refuses names that AWS would refuse and names that meet.
func (b *consumer) checkNames() {
	n := b.out.Names
	seen := map[string]string{}
	for _, q := range []struct{ name, field string }{
		{n.MainName, "spec.queueName"},
		{n.DeadLetterName, "spec.deadLetter.queueName"},
		{n.UndeliveredName, "spec.undelivered.queueName"},
	} {
		if q.name == "" {
			continue
		}
		if reason, message := nameProblem(q.name, b.settings.FIFO != nil, MaxQueueName); reason != "" {
			b.refuseGroup(reason, q.field, true, "%q: %s; set this field to a name that AWS takes", q.name, message)
		}
		if other := seen[q.name]; other != "" {
			b.refuseGroup(v1alpha1.ReasonInvalidSpec, q.field, true, "%q is the name by %s too; give each queue a name of its own", q.name, other)
		}
		seen[q.name] = q.field
	}
}

// findDeadLetter settles where dead letters go.
func (b *consumer) findDeadLetter() {
	n := &b.out.Names
	if ownsDeadLetter(b.settings) {
		n.DeadLetterARN = b.in.Account.QueueARN(n.DeadLetterName)
		b.deadLetter = n.DeadLetterARN
		if target, kept := b.keptTarget(); kept {
			n.DeadLetterName, n.DeadLetterARN = "", target
			return
		}
		b.checkRetention()
		return
	}
	ref := b.settings.DeadLetter.ConsumerQueue
	if ref == nil {
		return
	}
	const field = "spec.deadLetter.consumerQueue"
	if b.in.SharedQueue == nil || b.in.SharedQueue.Queue == nil {
		b.refuseGroup(v1alpha1.ReasonSharedQueueNotFound, field, false, "ConsumerQueue %s/%s cannot be found; create it, or correct the name", b.in.Queue.Namespace, ref.Name)
		return
	}
	shared := b.in.SharedQueue.Queue
	if problem := sharedProblem(b.in.Queue, shared); problem != "" {
		b.refuseGroup(v1alpha1.ReasonSharedQueueInvalid, field, true, "ConsumerQueue %s/%s cannot take dead letters: %s", shared.Namespace, shared.Name, problem)
		return
	}
	name, _, _ := QueueNames(shared)
	n.DeadLetterARN = b.in.Account.QueueARN(name)
	b.deadLetter = n.DeadLetterARN
	b.state.References[b.deadLetter] = Reference{}
}

// checkRetention holds the rule of retentions of standard queues.
func (b *consumer) checkRetention() {
	source := retentionRange.orDefault(b.settings.MessageRetention)
	deadLetters := lastRetentionRange.def
	if d := b.settings.DeadLetter; d != nil {
		deadLetters = lastRetentionRange.orDefault(d.MessageRetention)
	}
	switch {
	case !deadLettersOutlive(deadLetters, source, b.settings.FIFO != nil):
		b.refuseGroup(v1alpha1.ReasonInvalidSpec, "spec.deadLetter.messageRetention", true,
			"dead letters are kept %d s and messages %d s; a dead letter keeps its first enqueue time, so set it above messageRetention, or to 336h", deadLetters, source)
	case b.settings.FIFO == nil && deadLetters == source:
		b.note("messages and dead letters are both kept for the longest time (336h): a dead letter keeps its first enqueue time, so one that comes late stays briefly; a shorter messageRetention leaves more time")
	}
}

// holdGroup leaves everything that exists as it is if the group is refused, but for subscriptions that a topic's owner does not consent to.
// What does not exist is not even looked for: AWS would refuse some of the names.
func (b *consumer) holdGroup() {
	if b.held == "" {
		return
	}
	existing := b.state.Resources[:0]
	for _, r := range b.state.Resources {
		if _, ok := b.in.Inventory.Find(r.Key); ok {
			r.Held, r.Interim = b.held, nil
			existing = append(existing, r)
		}
	}
	b.state.Resources = existing
	for _, row := range b.in.Inventory {
		if !b.built(row.Key) && !slices.Contains(b.denied, row.Key) {
			b.state.Resources = append(b.state.Resources, heldRow(row, b.owner, b.group, b.held))
		}
	}
	for i := range b.out.Subscriptions {
		s := &b.out.Subscriptions[i]
		if _, exists := b.in.Inventory.Find(s.Key); s.State == "" && !exists {
			s.State, s.Reason, s.Message = v1alpha1.SubscriptionWaiting, b.heldReason, b.held
		}
	}
}

// accept sums up what concerns references and consent.
func (b *consumer) accept() {
	b.out.AcceptedReason, b.out.AcceptedMessage = v1alpha1.ReasonAccepted, "every reference resolves and every owner consents"
	var messages []string
	for _, r := range b.out.Refusals {
		if !r.aboutReferences() {
			continue
		}
		if len(messages) == 0 {
			b.out.AcceptedReason = r.Reason
		}
		messages = append(messages, r.Message)
	}
	if len(messages) > 0 {
		b.out.AcceptedMessage = strings.Join(messages, "; ")
	}
}
