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
func Schedule(s *v1alpha1.ConsumerQueueStatus, redrive *v1alpha1.RedriveScheduleStatus, halted *metav1.Condition, generation int64, now time.Time) {
	s.Redrive = redrive
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

// ScheduleEvents tell of what happened to the schedule of deadLetter.redrive between two statuses.
func ScheduleEvents(before, after *v1alpha1.ConsumerQueueStatus) []Event {
	old, now := before.Redrive, after.Redrive
	if now == nil {
		return nil
	}
	if old == nil {
		old = &v1alpha1.RedriveScheduleStatus{}
	}
	var out []Event
	say := func(kind, reason, message string) {
		out = append(out, Event{kind, reason, "Redrive", cut(message, maxNote)})
	}
	if now.LastScheduleTime != nil && !now.LastScheduleTime.Equal(old.LastScheduleTime) {
		say(corev1.EventTypeNormal, eventRedriveScheduled, fmt.Sprintf("made a Redrive for %s", said(*now.LastScheduleTime)))
	}
	if s := now.LastSkipped; s != nil && (old.LastSkipped == nil || *s != *old.LastSkipped) {
		say(corev1.EventTypeWarning, eventRedriveSkipped, fmt.Sprintf("the redrive of %s is left out: %s", said(s.Time), s.Message))
	}
	switch {
	case now.HaltedBy != "" && now.HaltedBy != old.HaltedBy:
		if c := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionRedriveHalted); c != nil {
			say(corev1.EventTypeWarning, eventRedriveHalted, c.Message)
		}
	case now.HaltedBy == "" && old.HaltedBy != "":
		say(corev1.EventTypeNormal, eventRedriveResumed, fmt.Sprintf("the schedule that Redrive %s halted goes on", old.HaltedBy))
	}
	return out
}

func said(t metav1.Time) string { return t.UTC().Format(time.RFC3339) }
