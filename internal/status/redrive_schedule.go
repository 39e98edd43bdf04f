package status

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Schedule writes how the schedule of deadLetter.redrive stands: status.redrive and the condition RedriveHalted; nil of both without a schedule.
func Schedule(s *v1alpha1.ConsumerQueueStatus, schedule *v1alpha1.RedriveScheduleStatus, halted *metav1.Condition, generation int64, now time.Time) {
	s.Redrive = schedule
	if halted == nil {
		meta.RemoveStatusCondition(&s.Conditions, v1alpha1.ConditionRedriveHalted)
		return
	}
	setter{&s.Conditions, generation, now}.condition(v1alpha1.ConditionRedriveHalted, halted.Status, halted.Reason, halted.Message)
}

// The reasons of a schedule's events.
const (
	eventRedriveScheduled = "RedriveScheduled"
	eventRedriveSkipped   = "RedriveSkipped"
	eventRedriveHalted    = "RedriveHalted"
	eventRedriveResumed   = "RedriveResumed"
)

// ScheduleEvents tell of what happened to the schedule of deadLetter.redrive between two statuses of a ConsumerQueue. name gives a run's, by its time.
func ScheduleEvents(name func(time.Time) string, before, after *v1alpha1.ConsumerQueueStatus) []Event {
	old, now := before.Redrive, after.Redrive
	if now == nil {
		return nil
	}
	if old == nil {
		old = &v1alpha1.RedriveScheduleStatus{}
	}
	var out []Event
	say := func(kind, reason, action, message string) {
		out = append(out, Event{kind, reason, cut(action, maxAction), cut(message, maxNote)})
	}
	if made := now.LastScheduleTime; made != nil && !made.Equal(old.LastScheduleTime) {
		run := name(made.Time)
		say(corev1.EventTypeNormal, eventRedriveScheduled, "Create "+run, fmt.Sprintf("made Redrive %s for %s", run, utc(*made)))
	}
	if s := now.LastSkipped; s != nil && (old.LastSkipped == nil || !s.Time.Equal(&old.LastSkipped.Time) || s.Message != old.LastSkipped.Message) {
		say(corev1.EventTypeWarning, eventRedriveSkipped, "Skip "+utc(s.Time), fmt.Sprintf("the run of %s is left out: %s", utc(s.Time), s.Message))
	}
	switch {
	case now.HaltedBy != "" && now.HaltedBy != old.HaltedBy:
		if c := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionRedriveHalted); c != nil {
			say(corev1.EventTypeWarning, eventRedriveHalted, "Halt by "+now.HaltedBy, c.Message)
		}
	case now.HaltedBy == "" && old.HaltedBy != "":
		say(corev1.EventTypeNormal, eventRedriveResumed, "Resume after "+old.HaltedBy, fmt.Sprintf("the schedule that Redrive %s halted goes on", old.HaltedBy))
	}
	return out
}

func utc(t metav1.Time) string { return t.UTC().Format(time.RFC3339) }
