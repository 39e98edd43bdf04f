package redrive

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// MissedAfter is how late a run may still be made, and how long it may wait for its start. A time of the schedule that was longer ago is left to the next one: who
// wants messages moved at night does not want it at noon.
const MissedAfter = time.Hour

// ScheduleInput is what deadLetter.redrive of a ConsumerQueue is decided from.
type ScheduleInput struct {
	// Queue with its spec, status and annotations.
	Queue *v1alpha1.ConsumerQueue
	// Serves says that another ConsumerQueue uses the queue for its dead letters.
	Serves bool
	// Runs are all Redrives that the queue controls.
	Runs []v1alpha1.Redrive
	Now  time.Time
}

// ScheduleDecision is what to do about a schedule now.
type ScheduleDecision struct {
	// Create is a Redrive to make, nil for none; once it is there Status may be written.
	Create *v1alpha1.Redrive
	// Delete are Redrives that are to go once Status is written.
	Delete []v1alpha1.Redrive
	// Status is the new status.redrive; nil without a schedule.
	Status *v1alpha1.RedriveScheduleStatus
	// Halted has status, reason and message of the condition RedriveHalted; nil without a schedule.
	Halted *metav1.Condition
	// Invalid says which field of the schedule cannot be used, and why; empty for none.
	Invalid string
	// Next is when to decide again; zero: when something changes.
	Next time.Time
	// due is the time of the schedule that Create is for, and before that of the run before it.
	due    time.Time
	before *metav1.Time
}

// DecideSchedule says what to do about a ConsumerQueue's schedule. What it says is the same until the status that it gives has been written: an operator that dies
// in between says it again, and makes nothing twice.
func DecideSchedule(in ScheduleInput) ScheduleDecision {
	if in.Queue.Spec.DeadLetter == nil || in.Queue.Spec.DeadLetter.Redrive == nil {
		return ScheduleDecision{Delete: surplus(in.Runs, defaultHistory, "")}
	}
	s := &scheduler{ScheduleInput: in, spec: in.Queue.Spec.DeadLetter.Redrive}
	if before := in.Queue.Status.Redrive; before != nil {
		before.DeepCopyInto(&s.status)
	}
	if last := s.status.LastScheduleTime; last != nil && last.After(in.Now.Add(MissedAfter)) {
		s.status.LastScheduleTime = nil // of a clock that was wrong: there would be no runs until then
	}
	times, err := Parse(*s.spec)
	if err != nil {
		s.out.Invalid = err.Error()
	}
	s.resume()
	s.look()
	if s.out.Halted = s.idle(); s.out.Halted == nil {
		s.runDue(times)
		s.out.Next = times.Next(in.Now)
	}
	s.status.NextScheduleTime = nil
	if !s.out.Next.IsZero() {
		s.status.NextScheduleTime = &metav1.Time{Time: s.out.Next}
	}
	s.giveUp()
	if s.out.Halted == nil {
		s.out.Halted = goingOn(&s.status)
	}
	s.out.Delete = append(s.out.Delete, surplus(in.Runs, historyLimit(s.spec), s.status.HaltedBy)...)
	s.out.Status = &s.status
	return s.out
}

// Refused says that the Redrive cannot be made because of an object that has its name: the run is left out.
func (d *ScheduleDecision) Refused() {
	d.Status.Active, d.Status.LastScheduleTime = "", d.before
	d.Status.LastSkipped = &v1alpha1.SkippedRedrive{
		Time: metav1.NewTime(d.due), Message: fmt.Sprintf("Redrive %s exists and is not controlled by this ConsumerQueue, so it is left alone; delete it, if it is not needed", d.Create.Name),
	}
	d.Halted = goingOn(d.Status)
}

// scheduler is the work on one schedule.
type scheduler struct {
	ScheduleInput
	spec   *v1alpha1.RedriveSchedule
	status v1alpha1.RedriveScheduleStatus
	out    ScheduleDecision
}

// resume lets a halted schedule go on, where the spec or the annotation says so. It has no next time, so that it goes on from now; and the Redrive that
// halted it does so no more, as it is not the active one.
func (s *scheduler) resume() {
	mark := markOf(s.Queue.Annotations[v1alpha1.AnnotationResumeRedrive])
	if s.status.HaltedBy != "" && (s.Queue.Generation != s.status.HaltedGeneration || mark != "" && mark != s.status.ResumeRedrive) {
		s.status.HaltedBy, s.status.HaltedGeneration = "", 0
	}
	s.status.ResumeRedrive = mark
}

// look takes note of the runs: one that the status does not know yet, one that makes the schedule halt, and the one that is active.
func (s *scheduler) look() {
	active := s.status.Active
	s.status.Active = ""
	for i := range s.Runs {
		run := &s.Runs[i]
		due, next := dueTime(run), s.status.NextScheduleTime
		unknown := next != nil && !due.Before(next.Time) && !due.After(s.Now)
		if unknown && !s.made(due) {
			s.status.LastScheduleTime = &metav1.Time{Time: due}
		}
		if (unknown || run.Name == active) && returned(run) && s.status.HaltedBy == "" {
			s.status.HaltedBy, s.status.HaltedGeneration = run.Name, s.Queue.Generation
		}
	}
	if run := oldestActive(s.Runs); run != nil {
		s.status.Active = run.Name
	}
}

// idle is why there are no new runs; nil where there are.
func (s *scheduler) idle() *metav1.Condition {
	no := func(reason, message string) *metav1.Condition {
		return &metav1.Condition{Status: metav1.ConditionFalse, Reason: reason, Message: message}
	}
	switch {
	case s.status.HaltedBy != "":
		return &metav1.Condition{Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonMessagesReturned, Message: s.haltMessage()}
	case s.Queue.Spec.Suspend:
		return no(v1alpha1.ReasonScheduleSuspended, "spec.suspend is true: no new runs; set it to false to let the schedule go on")
	case s.spec.Suspend:
		return no(v1alpha1.ReasonScheduleSuspended, "deadLetter.redrive.suspend is true: no new runs; set it to false to let the schedule go on")
	case s.out.Invalid != "":
		return no(v1alpha1.ReasonInvalidSpec, "no new runs: "+s.out.Invalid)
	case s.Queue.Spec.DeadLetter.Disabled && !s.Serves:
		return no(v1alpha1.ReasonNoSource, "no new runs: deadLetter.disabled is true, and no ConsumerQueue uses this queue for its dead letters (deadLetter.consumerQueue), so there is nothing to move; "+
			"remove deadLetter.redrive, or let a queue use this one")
	}
	return nil
}

// haltMessage has the counts, and how to resume. It stays as it is when the Redrive is gone.
func (s *scheduler) haltMessage() string {
	for _, run := range s.Runs {
		if run.Name == s.status.HaltedBy {
			return fmt.Sprintf("no new runs: %s. Mend the consumer; then change the spec, or resume by kubectl annotate consumerqueue -n %s %s %s=\"$(date)\" --overwrite",
				cameBack(&run), s.Queue.Namespace, s.Queue.Name, v1alpha1.AnnotationResumeRedrive)
		}
	}
	if told := meta.FindStatusCondition(s.Queue.Status.Conditions, v1alpha1.ConditionRedriveHalted); told != nil && told.Status == metav1.ConditionTrue {
		return told.Message
	}
	return fmt.Sprintf("no new runs: the messages that Redrive %s moved came back as dead letters. Mend the consumer; then change the spec, or give the annotation %s a new value", s.status.HaltedBy, v1alpha1.AnnotationResumeRedrive)
}

// cameBack tells of a run whose messages came back, with the counts.
func cameBack(run *v1alpha1.Redrive) string {
	moved, atStart := run.Status.MessagesMoved, run.Status.MessagesToMove
	if atStart > 0 && movedAgain(moved, atStart) {
		return fmt.Sprintf("of %d messages that Redrive %s moved, %d came back as dead letters and moved again, as only %d were there at its start", moved, run.Name, run.Status.MessagesReturned, atStart)
	}
	return fmt.Sprintf("of %d messages that Redrive %s moved, %d came back as dead letters, which is above deadLetter.redrive.haltOnReturnRatio %q",
		moved, run.Name, run.Status.MessagesReturned, run.Spec.HaltOnReturnRatio)
}

// runDue makes a Redrive if one is due and none is active.
func (s *scheduler) runDue(times Times) {
	if s.status.NextScheduleTime == nil {
		return // the schedule is new, or goes on from now
	}
	promised := s.status.NextScheduleTime.Time
	if promised.After(s.Now) || !times.Next(promised.Add(-time.Second)).Equal(promised) {
		return // not yet; or promised by another schedule, before this one was set
	}
	due := s.lastDue(times, promised)
	switch {
	case due.IsZero() && s.made(promised):
	case due.IsZero():
		s.skip(promised, "it was missed by an hour or more: the operator did not run, could not use the AWSAccount, or Kubernetes refused the Redrive")
	case s.made(due):
	case s.status.Active != "":
		s.skip(due, fmt.Sprintf("Redrive %s was still at work", s.status.Active))
	default:
		s.out.Create, s.out.due, s.out.before = newRun(s.Queue, s.spec, due), due, s.status.LastScheduleTime
		s.status.Active, s.status.LastScheduleTime = s.out.Create.Name, &metav1.Time{Time: due}
	}
}

// lastDue is the last time from the promised one until now, if it is not too long ago: of all that were missed one run is made up for.
func (s *scheduler) lastDue(times Times, promised time.Time) time.Time {
	from := promised.Add(-time.Second)
	if earliest := s.Now.Add(-MissedAfter); from.Before(earliest) {
		from = earliest
	}
	var due time.Time
	for at := times.Next(from); !at.IsZero() && !at.After(s.Now); at = times.Next(at) {
		due = at
	}
	return due
}

// made says whether the run of a time, or a later one, is there or was.
func (s *scheduler) made(due time.Time) bool {
	return s.status.LastScheduleTime != nil && !s.status.LastScheduleTime.Time.Before(due)
}

func (s *scheduler) skip(due time.Time, why string) {
	s.status.LastSkipped = &v1alpha1.SkippedRedrive{Time: metav1.NewTime(due), Message: why}
}

// giveUp deletes an active run that did not come to start in time: another Redrive was at work, say, or the queue was not there.
func (s *scheduler) giveUp() {
	run := oldestActive(s.Runs)
	if run == nil || dueTime(run).IsZero() || run.Status.State != "" && run.Status.State != v1alpha1.RedrivePending {
		return
	}
	last := dueTime(run).Add(MissedAfter)
	if s.Now.Before(last) {
		if s.out.Next.IsZero() || last.Before(s.out.Next) {
			s.out.Next = last
		}
		return
	}
	s.skip(dueTime(run), fmt.Sprintf("Redrive %s could not start for an hour and was deleted", run.Name))
	if run.DeletionTimestamp.IsZero() {
		s.out.Delete = append(s.out.Delete, *run)
	}
}

// goingOn is the condition of a schedule that makes its runs. It tells of the last time if there was no run for it.
func goingOn(s *v1alpha1.RedriveScheduleStatus) *metav1.Condition {
	message := "deadLetter.redrive.schedule goes on; status.redrive says when next"
	if skipped := s.LastSkipped; skipped != nil && (s.LastScheduleTime == nil || !s.LastScheduleTime.After(skipped.Time.Time)) {
		message += fmt.Sprintf(". The run of %s was left out: %s", skipped.Time.UTC().Format(time.RFC3339), skipped.Message)
	}
	return &metav1.Condition{Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonScheduled, Message: message}
}
