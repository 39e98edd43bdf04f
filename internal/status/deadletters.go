package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// DeadLetters sets the condition DeadLetters from the queues of this object as they were read. Its transition time is since when there are
// dead letters: the numbers may change, and a look may fail, without touching it.
func DeadLetters(conditions *[]metav1.Condition, v ConsumerView) {
	set := setter{conditions, v.Object.Generation, v.Now}
	old := meta.FindStatusCondition(*conditions, v1alpha1.ConditionDeadLetters)
	piles := v.piles()
	i := slices.IndexFunc(piles, func(p pile) bool { return p.messages > 0 })
	unread := slices.IndexFunc(piles, func(p pile) bool { return p.unread != "" })
	switch {
	case v.Look.Fault != nil:
		uncounted(set)
	case i >= 0:
		set.condition(v1alpha1.ConditionDeadLetters, metav1.ConditionTrue, piles[i].reason, v.piled(piles)+"; "+v.remedy(piles[i]))
	case unread < 0:
		set.condition(v1alpha1.ConditionDeadLetters, metav1.ConditionFalse, v1alpha1.ReasonNoDeadLetters, v.piled(piles))
	case old == nil || !slices.ContainsFunc(piles, func(p pile) bool { return p.settling }):
		set.condition(v1alpha1.ConditionDeadLetters, metav1.ConditionUnknown, piles[unread].unread, v.piled(piles))
	}
}

// uncounted says DeadLetters of an object whose queues could not be read; what was said before stays, with the generation of which it was told.
func uncounted(set setter) {
	if meta.FindStatusCondition(*set.conditions, v1alpha1.ConditionDeadLetters) == nil {
		set.condition(v1alpha1.ConditionDeadLetters, metav1.ConditionUnknown, v1alpha1.ReasonPending, "not looked at yet")
	}
}

// pile is a queue of this object for what could not be handled, or not be delivered.
type pile struct {
	// what the queue is, with its name; whose dead letters it holds, where they are not this object's own.
	what, whose string
	// reason of the condition where there are messages.
	reason   string
	messages int64
	// unread is the reason why it cannot be told how many there are; empty where it can.
	unread string
	// settling: what was read of the queue may not be so, and a second reading decides.
	settling bool
}

// piles of this object: the own dead-letter queue, or itself where it serves others as one; the undelivered queue; and those that left the
// spec and are not empty yet. Of a dead-letter queue of somebody else its own object tells.
func (v ConsumerView) piles() []pile {
	var out []pile
	names := v.Build.Names
	if names.DeadLetterName != "" {
		out = append(out, v.pile("dead-letter queue", names.DeadLetterName, names.DeadLetterARN, v1alpha1.ReasonDeadLettersPresent))
	}
	if by := v.Build.DeadLettersOf; len(by) > 0 && len(v.Object.Spec.Subscriptions) == 0 {
		p := v.pile("shared dead-letter queue", names.MainName, names.MainARN, v1alpha1.ReasonDeadLettersPresent)
		p.whose = " of ConsumerQueues " + few(by)
		out = append(out, p)
	}
	if names.UndeliveredARN != "" {
		out = append(out, v.pile("undelivered queue", names.UndeliveredName, names.UndeliveredARN, v1alpha1.ReasonUndeliveredPresent))
	}
	main, _ := v.Build.State.Find(names.MainARN)
	for _, r := range v.Look.After.Resources {
		_, wanted := v.Build.State.Find(r.Key)
		own := r.Seen.Owner != nil && !r.Seen.Owner.IsZero() && *r.Seen.Owner == main.Owner
		if n := r.Seen.Messages.Total(); r.Kind == topology.KindQueue && own && !wanted && n > 0 {
			out = append(out, pile{what: "queue " + r.Name + ", which left the spec,", reason: v1alpha1.ReasonDeadLettersPresent, messages: n})
		}
	}
	return out
}

func (v ConsumerView) pile(what, name, key, reason string) pile {
	p := pile{what: what + " " + name, reason: reason}
	r, own := v.own(key)
	switch {
	case own:
		p.messages = r.Seen.Messages.Total()
	case v.foreign(key):
		p.unread = v1alpha1.ReasonNotOwned
	default:
		p.unread = v1alpha1.ReasonProgressing
		p.settling = r.Seen.Existence == topology.Present || slices.ContainsFunc(v.Look.Plan.Steps, func(s plan.Step) bool {
			return s.Resource.Key == key && s.Action == plan.Wait && s.Reason == v1alpha1.ReasonSettling
		})
	}
	return p
}

// piled tells what each queue holds, and where else dead letters go.
func (v ConsumerView) piled(piles []pile) string {
	var out []string
	for _, p := range piles {
		switch {
		case p.unread == v1alpha1.ReasonNotOwned:
			out = append(out, p.what+" is not known to be this object's")
		case p.unread != "":
			out = append(out, p.what+" is not there")
		default:
			out = append(out, fmt.Sprintf("%s holds %s%s", p.what, counted(int(p.messages), "message", "messages"), p.whose))
		}
	}
	names, spec := v.Build.Names, v.Object.Spec.DeadLetter
	switch by := v.Build.DeadLettersOf; {
	case len(by) > 0 && len(v.Object.Spec.Subscriptions) > 0:
		out = append(out, fmt.Sprintf("queue %s takes the dead letters of ConsumerQueues %s beside messages of its own, so they cannot be told apart", names.MainName, few(by)))
	case len(by) > 0:
	case spec != nil && spec.ConsumerQueue != nil:
		out = append(out, fmt.Sprintf("dead letters go to ConsumerQueue %s/%s, which tells of them", v.Object.Namespace, spec.ConsumerQueue.Name))
	case names.DeadLetterName == "" && names.DeadLetterARN != "":
		out = append(out, fmt.Sprintf("dead letters go to %s, which is not this object's", names.DeadLetterARN))
	case names.DeadLetterName == "":
		out = append(out, "there is no dead-letter queue of its own, so what cannot be handled comes again until it expires")
	}
	return strings.Join(out, "; ")
}

// remedy says what to do about a pile.
func (v ConsumerView) remedy(p pile) string {
	o := v.Object
	if p.reason == v1alpha1.ReasonUndeliveredPresent {
		return fmt.Sprintf("SNS could not deliver them: read Deliverable, then make a Redrive of %s with source: Undelivered", o.Name)
	}
	return fmt.Sprintf("look at them with kubectl skein dlq %s -n %s, mend the consumer, then make a Redrive of %s", o.Name, o.Namespace, o.Name)
}

// few names the first of a list.
func few(names []string) string {
	const most = 10
	out := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// deadLetterEvent is a Warning where dead letters appear and a Normal event where they are gone.
func deadLetterEvent(before, after []metav1.Condition) (Event, bool) {
	const kind = v1alpha1.ConditionDeadLetters
	was, is := meta.FindStatusCondition(before, kind), meta.FindStatusCondition(after, kind)
	was, is = cmp.Or(was, &metav1.Condition{}), cmp.Or(is, &metav1.Condition{})
	switch {
	case is.Status == metav1.ConditionTrue && (was.Status != is.Status || was.Reason != is.Reason):
		return Event{corev1.EventTypeWarning, is.Reason, kind, is.Message}, true
	case is.Status == metav1.ConditionFalse && was.Status == metav1.ConditionTrue:
		return Event{corev1.EventTypeNormal, is.Reason, kind, is.Message}, true
	default:
		return Event{}, false
	}
}
