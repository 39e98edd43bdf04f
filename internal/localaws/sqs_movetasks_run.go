package localaws

import (
	"strconv"
	"time"
)

// Reasons of failure,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html.
const (
	failureNoQueue  = codeNoQueue
	failureNoSource = "CouldNotDetermineMessageSource"
	// failureTooLong is not recorded: what AWS says of a task after 36 hours is not known.
	failureTooLong = "TaskExpired"
)

// advanceMoves carries the move tasks on to the given time, each message at the moment when it was due. It is called at
// the start of every request (by advanceTo) and costs nothing while no task is active.
func (s *Server) advanceMoves(now time.Time) {
	for {
		task, due := s.nextDue()
		if task == nil || due.After(now) {
			return
		}
		s.step(task, due)
	}
}

// nextMove returns when a move task next has something to do, false for no task at all. Whoever waits for messages
// without requests coming in must call advanceMoves then.
func (s *Server) nextMove() (time.Time, bool) {
	task, due := s.nextDue()
	return due, task != nil
}

// nextDue returns the active task that has something to do first, of several the oldest.
func (s *Server) nextDue() (next *moveTask, due time.Time) {
	for _, task := range s.moves.active {
		if at := s.dueTime(task); next == nil || at.Before(due) {
			next, due = task, at
		}
	}
	return next, due
}

// dueTime returns when a task has something to do: at once if its destination is gone, when the clock goes on if it was
// cancelled, else when the next message is due. A given rate is kept evenly from the start. Without one there are
// maxMoveRate messages at the start and again every second: a short backlog is moved at once.
func (s *Server) dueTime(task *moveTask) time.Time {
	switch {
	case task.destinationARN != "" && s.queues.get(task.destinationARN, false) == nil:
		return task.started
	case task.status == moveCancelling:
		return task.cancelled.Add(1)
	case task.rate == 0:
		return task.started.Add(time.Duration(task.moved/maxMoveRate) * time.Second)
	default:
		return task.started.Add(time.Duration(task.moved+1) * time.Second / time.Duration(task.rate))
	}
}

// step does what a task has to do at a time: to move one message, or to end. A task has completed as soon as nothing
// is visible in its source; messages in flight there stay, messages that arrive while it runs are moved too. One whose
// source cannot be told, because it was sent to the dead-letter queue directly, makes a task without destination fail.
func (s *Server) step(task *moveTask, at time.Time) {
	source, destination := s.queues.get(task.sourceARN, false), s.queues.get(task.destinationARN, false)
	switch {
	case task.status == moveCancelling:
		s.moves.end(task, moveCancelled, "")
		return
	case destination == nil && task.destinationARN != "":
		s.moves.end(task, moveFailed, failureNoQueue)
		return
	case at.Sub(task.started) > maxMoveDuration:
		s.moves.end(task, moveFailed, failureTooLong)
		return
	}
	b := s.backlogs[source.arn]
	b.advance(at)
	m := b.ready.first()
	if m == nil {
		s.moves.end(task, moveCompleted, "")
		return
	}
	if failure := s.move(task, source, m, at); failure != "" {
		s.moves.end(task, moveFailed, failure)
		return
	}
	b.remove(m)
	task.moved++
	if b.ready.first() == nil {
		s.moves.end(task, moveCompleted, "")
	}
}

// move sends a message on, which stays in its queue; it returns why that cannot be.
func (s *Server) move(task *moveTask, source *queue, m *message, at time.Time) (failure string) {
	target := task.destinationARN
	if target == "" {
		target = m.sourceARN
	}
	if target == "" {
		return failureNoSource
	}
	destination := s.queues.get(target, false)
	if destination == nil {
		return failureNoQueue
	}
	if err := s.mayMove(task, source, destination, at); err != nil {
		return errorCode(err)
	}
	if _, err := s.enqueue(destination, s.movedMessage(m, destination, at)); err != nil {
		return errorCode(err)
	}
	return ""
}

// mayMove returns an error unless the starter of a task may take messages out of the source and send them to the
// destination (nil while it is not known), keys of encrypted queues included, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html.
func (s *Server) mayMove(task *moveTask, source, destination *queue, at time.Time) error {
	for _, use := range []struct {
		operation string
		q         *queue
		key       []string
	}{
		{"ReceiveMessage", source, keyUseReceive},
		{"DeleteMessage", source, keyUseReceive},
		{"SendMessage", destination, keyUseSend},
	} {
		if use.q == nil {
			continue
		}
		rq := &request{
			service: serviceSQS, operation: use.operation, region: task.region, caller: task.starter, tls: task.tls, now: at,
		}
		if err := s.mayUseQueue(rq, use.q, grantable); err != nil {
			return err
		}
		if err := s.queueKeyFault(rq, use.q, use.q.key(), use.key); err != nil {
			return err
		}
	}
	return nil
}

// movedMessage is a new message with the content of m: SQS gives it a new id and time, so its retention starts again
// and it has not been received. Its deduplication id is the id that it had, as SQS does where a message becomes a dead
// letter, so that no message is lost as a duplicate, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html.
func (s *Server) movedMessage(m *message, destination *queue, at time.Time) *message {
	delay, _ := strconv.Atoi(destination.attributes["DelaySeconds"])
	moved := &message{
		id: s.ids.uuid(), body: m.body, attributes: m.attributes, groupID: m.groupID, sender: m.sender,
		traceHeader: m.traceHeader, sent: at, visibleAt: at.Add(time.Duration(delay) * time.Second),
	}
	if destination.fifo {
		moved.dedupID = m.id
	}
	return moved
}
