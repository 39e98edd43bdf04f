package status_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

const deadARN, undeliveredARN = queueARN + "-dlq", queueARN + "-undelivered"

// piled is the view of a queue with both dead-letter queues, which hold so many messages, one of the first in flight.
func piled(dead, undelivered int64) status.ConsumerView {
	v := judged()
	main := v.Look.After.Resources[0]
	v.Build.Names.DeadLetterName, v.Build.Names.DeadLetterARN = "q-dlq", deadARN
	v.Build.Names.UndeliveredName, v.Build.Names.UndeliveredARN = "q-undelivered", undeliveredARN
	for key, messages := range map[string]topology.Messages{deadARN: {Visible: max(dead-1, 0), InFlight: min(dead, 1)}, undeliveredARN: {Visible: undelivered}} {
		r := main
		r.Key, r.Name = key, key[strings.LastIndex(key, ":")+1:]
		v.Build.State.Resources = append(v.Build.State.Resources, r)
		r.Seen.Messages = messages
		v.Look.After.Resources = append(v.Look.After.Resources, r)
	}
	v.Build.State.Sort()
	v.Look.After.Sort()
	return v
}

// change lets something be seen otherwise.
func change(v status.ConsumerView, key string, how func(*topology.Resource)) status.ConsumerView {
	for i := range v.Look.After.Resources {
		if r := &v.Look.After.Resources[i]; r.Key == key {
			how(r)
		}
	}
	return v
}

func gone(r *topology.Resource) { r.Seen = topology.Seen{Existence: topology.Absent} }

func deadLetters(v status.ConsumerView) metav1.Condition {
	return *meta.FindStatusCondition(status.Consumer(v).Conditions, "DeadLetters")
}

func TestDeadLettersTellHowMany(t *testing.T) {
	foreign := topology.Owner{Cluster: "c", Kind: "ConsumerQueue", Namespace: "else", Name: "where"}
	for name, c := range map[string]struct {
		view     status.ConsumerView
		want     string
		messages []string
	}{
		"none":        {piled(0, 0), "False NoDeadLetters", []string{"dead-letter queue q-dlq holds 0 messages", "undelivered queue q-undelivered holds 0 messages"}},
		"dead":        {piled(3, 0), "True DeadLettersPresent", []string{"q-dlq holds 3 messages", "q-undelivered holds 0 messages", "kubectl skein dlq q -n shop"}},
		"undelivered": {piled(0, 1), "True UndeliveredPresent", []string{"q-dlq holds 0 messages", "q-undelivered holds 1 message;", "source: Undelivered"}},
		"both":        {piled(2, 1), "True DeadLettersPresent", []string{"q-dlq holds 2 messages", "q-undelivered holds 1 message"}},
		"one of them gone, the other not empty": {
			change(piled(0, 1), deadARN, gone), "True UndeliveredPresent", []string{"q-dlq is not there", "q-undelivered holds 1 message"},
		},
		"gone": {change(piled(2, 0), deadARN, gone), "Unknown Progressing", []string{"q-dlq is not there"}},
		"somebody else's": {
			change(piled(2, 0), deadARN, func(r *topology.Resource) { r.Seen.Owner = &foreign }), "Unknown NotOwned", []string{"q-dlq is not known to be this object's"},
		},
		"left the spec": {
			func() status.ConsumerView {
				v := piled(2, 0)
				v.Build.Names.DeadLetterName, v.Build.Names.DeadLetterARN = "", ""
				v.Build.State.Resources = v.Build.State.Resources[:1]
				return v
			}(), "True DeadLettersPresent", []string{"queue q-dlq, which left the spec, holds 2 messages", "no dead-letter queue of its own"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, look := range []status.Look{c.view.Look, c.view.Look.Kept()} {
				c.view.Look = look
				got := deadLetters(c.view)
				if said := string(got.Status) + " " + got.Reason; said != c.want {
					t.Errorf("%s, want %s: %s", said, c.want, got.Message)
				}
				for _, part := range c.messages {
					if !strings.Contains(got.Message, part) {
						t.Errorf("%q is not in %q", part, got.Message)
					}
				}
			}
		})
	}
}

// The shared queue tells of what it holds for others; whoever shares it tells of its own undelivered messages, and where the others are.
func TestDeadLettersOfASharedQueue(t *testing.T) {
	source := piled(7, 0)
	source.Build.Names.DeadLetterName = ""
	source.Object.Spec.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}}
	source.Build.State.Resources = source.Build.State.Resources[:1]
	source.Look.After.Resources = source.Look.After.Resources[:1]
	source.Build.Names.UndeliveredARN = ""
	if got := deadLetters(source); got.Status != metav1.ConditionFalse || got.Message != "dead letters go to ConsumerQueue shop/shared, which tells of them" {
		t.Errorf("%+v", got)
	}
	shared := change(piled(0, 0), queueARN, func(r *topology.Resource) { r.Seen.Messages.Visible = 2 })
	shared.Build.Names.DeadLetterName, shared.Build.Names.DeadLetterARN = "", ""
	shared.Build.DeadLettersOf = []string{"a", "b"}
	if got := deadLetters(shared); got.Reason != v1alpha1.ReasonDeadLettersPresent || !strings.Contains(got.Message, "shared dead-letter queue q holds 2 messages of ConsumerQueues a, b") {
		t.Errorf("%+v", got)
	}
	shared.Object.Spec.Subscriptions = []v1alpha1.Subscription{{TopicARN: topicARN}}
	if got := deadLetters(shared); got.Status != metav1.ConditionFalse || !strings.Contains(got.Message, "cannot be told apart") {
		t.Errorf("%+v", got)
	}
}

// Since when there are dead letters outlasts other numbers, looks that failed, readings that are not settled and objects that cannot be looked at.
func TestDeadLettersSinceWhen(t *testing.T) {
	v := piled(3, 0)
	settling := change(piled(0, 0), deadARN, gone)
	settling.Look.Plan.Steps = []plan.Step{{Resource: topology.Resource{Key: deadARN}, Action: plan.Wait, Reason: v1alpha1.ReasonSettling}}
	untagged := change(piled(0, 0), deadARN, func(r *topology.Resource) { r.Seen.Owner = nil })
	failed := piled(0, 0)
	failed.Look = status.Look{Fault: &fault.Error{Class: fault.Retry, Reason: v1alpha1.ReasonUnreachable}}
	v.Object.Status = status.Consumer(v)
	told := deadLetters(v)
	for i, next := range []status.ConsumerView{failed, settling, untagged, piled(4, 0), piled(0, 1), piled(5, 2)} {
		next.Object, next.Now = v.Object, noon.Add(time.Duration(i+1)*time.Minute)
		got := deadLetters(next)
		if got.Status != metav1.ConditionTrue || !got.LastTransitionTime.Time.Equal(noon) {
			t.Errorf("view %d: %+v", i, got)
		}
		if diff := cmp.Diff(told, got); i < 3 && diff != "" {
			t.Errorf("view %d changes what was told:\n%s", i, diff)
		}
	}
	status.ConsumerUnresolved(&v.Object.Status.Conditions, status.Finding{Reason: v1alpha1.ReasonAccountNotReady, Message: "m"}, 3, noon.Add(time.Hour))
	if diff := cmp.Diff(told, *meta.FindStatusCondition(v.Object.Status.Conditions, "DeadLetters")); diff != "" {
		t.Errorf("an object that cannot be looked at:\n%s", diff)
	}
	var fresh []metav1.Condition
	status.ConsumerUnresolved(&fresh, status.Finding{Reason: v1alpha1.ReasonAccountNotReady, Message: "m"}, 3, noon)
	if c := meta.FindStatusCondition(fresh, "DeadLetters"); c == nil || c.Status != metav1.ConditionUnknown || c.Reason != v1alpha1.ReasonPending {
		t.Errorf("before the first look: %+v", c)
	}
}

func TestDeadLettersDoNotTouchReady(t *testing.T) {
	well, ill := status.Consumer(piled(0, 0)), status.Consumer(piled(3, 1))
	if diff := cmp.Diff(slicesWithout(states(well.Conditions), "DeadLetters"), slicesWithout(states(ill.Conditions), "DeadLetters")); diff != "" {
		t.Errorf("conditions (-without +with dead letters):\n%s", diff)
	}
}

func TestDeadLetterEvents(t *testing.T) {
	none, some, more, undelivered := piled(0, 0), piled(2, 0), piled(9, 0), piled(0, 1)
	unread := change(piled(0, 0), deadARN, gone)
	for name, c := range map[string]struct {
		before, after status.ConsumerView
		want          []string
	}{
		"appear":             {none, some, []string{"Warning DeadLettersPresent"}},
		"found":              {unread, some, []string{"Warning DeadLettersPresent"}},
		"grow":               {some, more, nil},
		"gone":               {some, none, []string{"Normal NoDeadLetters"}},
		"others":             {some, undelivered, []string{"Warning UndeliveredPresent"}},
		"first look":         {unread, none, nil},
		"cannot be read now": {some, unread, nil},
	} {
		var got []string
		for _, e := range status.Events(status.Look{}, status.Consumer(c.before).Conditions, status.Consumer(c.after).Conditions) {
			if e.Action == "DeadLetters" {
				got = append(got, e.Type+" "+e.Reason)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What SNS could not deliver while a queue is gone is counted all the same, or metrics and commands would say that there is nothing.
func TestCountsWhileTheQueueIsGone(t *testing.T) {
	v := change(piled(1, 7), queueARN, gone)
	if got := status.Counts(nil, v); got != nil {
		t.Errorf("of a queue that nobody has seen yet: %+v", got)
	}
	old := &v1alpha1.MessageCounts{Visible: 3, InFlight: 2, Delayed: 1, DeadLettered: 1}
	want := &v1alpha1.MessageCounts{Visible: 3, InFlight: 2, Delayed: 1, DeadLettered: 1, Undelivered: 7}
	if diff := cmp.Diff(want, status.Counts(old, v)); diff != "" {
		t.Error(diff)
	}
	if old.Undelivered != 0 {
		t.Error("the old numbers were written to")
	}
}
