package localaws

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Limits of message move tasks,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html.
const (
	maxMoveRate        = 500
	maxActiveMoveTasks = 100
	maxMoveDuration    = 36 * time.Hour
)

// Statuses of a move task.
const (
	moveRunning    = "RUNNING"
	moveCompleted  = "COMPLETED"
	moveCancelling = "CANCELLING"
	moveCancelled  = "CANCELLED"
	moveFailed     = "FAILED"
)

// moveTask moves the messages of a dead-letter queue elsewhere.
type moveTask struct {
	id, sourceARN string
	// destinationARN is empty where each message goes back to the queue that it came from.
	destinationARN string
	// rate is in messages a second; zero leaves it to SQS.
	rate          int
	toMove, moved int
	status        string
	failure       string
	started       time.Time
	// cancelled is when CancelMessageMoveTask came.
	cancelled time.Time
	// starter made the task: in its name messages are received and sent.
	starter identity
	region  string
	tls     bool
}

// moveHandle is what a task handle holds, in JSON and base64: recorded case
// test_cancel_with_invalid_task_id_in_task_handle.
type moveHandle struct {
	TaskID    string `json:"taskId"`
	SourceARN string `json:"sourceArn"`
}

func (t *moveTask) handle() string {
	text, _ := json.Marshal(moveHandle{TaskID: t.id, SourceARN: t.sourceARN})
	return base64.StdEncoding.EncodeToString(text)
}

type startMessageMoveTaskInput struct {
	SourceArn                    string
	DestinationArn               *string
	MaxNumberOfMessagesPerSecond *int
}

func (in startMessageMoveTaskInput) resource(*request) string { return in.SourceArn }

type startMessageMoveTaskOutput struct{ TaskHandle string }

// startMessageMoveTask begins to move what can be received from a dead-letter queue, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html; recorded cases
// test_source_needs_redrive_policy, test_destination_needs_to_exist, test_start_multiple_move_tasks. The moving itself
// is done by advanceMoves.
func (s *Server) startMessageMoveTask(rq *request, in *startMessageMoveTaskInput) (*startMessageMoveTaskOutput, error) {
	source, err := s.moveSource(rq, in.SourceArn)
	if err != nil {
		return nil, err
	}
	if !s.hasSourceQueues(source) {
		return nil, sqsError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
	}
	task := &moveTask{
		id: s.ids.uuid(), sourceARN: source.arn, status: moveRunning, started: rq.now,
		starter: rq.caller, region: rq.region, tls: rq.tls,
	}
	var destination *queue
	if in.DestinationArn != nil {
		if destination, err = s.moveDestination(rq, source, *in.DestinationArn); err != nil {
			return nil, err
		}
		task.destinationARN = destination.arn
	}
	if rate := in.MaxNumberOfMessagesPerSecond; rate != nil {
		if *rate < 1 || *rate > maxMoveRate {
			return nil, sqsError("InvalidParameterValue", "Value for parameter MaxNumberOfMessagesPerSecond is invalid. "+
				"Reason: You must enter a number that's between 1 and %d.", maxMoveRate)
		}
		task.rate = *rate
	}
	if err := s.moves.admit(task); err != nil {
		return nil, err
	}
	if err := s.mayMove(task, source, destination, rq.now); err != nil {
		return nil, err
	}
	task.toMove, _, _ = s.backlogs[source.arn].count(rq.now)
	s.moves.add(task)
	for _, b := range s.backlogs {
		b.wake() // receivers that wait must look when the first message is due
	}
	return &startMessageMoveTaskOutput{TaskHandle: task.handle()}, nil
}

// moveSource finds the queue whose tasks an operation is about, for a caller who may call it.
func (s *Server) moveSource(rq *request, arn string) (*queue, error) {
	q, err := s.queueByARN(rq, "SourceArn", arn)
	if err != nil {
		return nil, err
	}
	return q, s.mayUseQueue(rq, q, ownerOnly)
}

// queueByARN finds a queue of the caller's account and region that a parameter names by ARN; any other counts as
// missing.
func (s *Server) queueByARN(rq *request, parameter, arn string) (*queue, error) {
	if parameter == "SourceArn" && arn == "" {
		return nil, missingParameter(parameter)
	}
	if _, ok := parseQueueARN(arn); !ok {
		return nil, sqsError("InvalidParameterValue", "You must use this format to specify the %s: "+
			"arn:<partition>:<service>:<region>:<account-id>:<resource-id>", parameter)
	}
	q := s.queues.get(arn, rq.stale)
	if q == nil || !strings.HasPrefix(arn, scopePrefix(serviceSQS, rq.region, rq.caller.account)) {
		return nil, noResource("The resource that you specified for the %s parameter doesn't exist.", parameter)
	}
	return q, nil
}

// noResource is how the operations on move tasks say that something does not exist.
func noResource(format string, args ...any) *apiError {
	err := sqsError("ResourceNotFoundException", format, args...)
	err.status = http.StatusNotFound
	return err
}

// hasSourceQueues reports whether some queue has q as its dead-letter queue. Subscriptions do not count.
func (s *Server) hasSourceQueues(q *queue) bool {
	for _, source := range s.queues.after(scopePrefix(serviceSQS, q.region, q.account), "", false) {
		if source.deadLetterTarget() == q.arn {
			return true
		}
	}
	return false
}

// moveDestination finds the queue to which the messages of a source shall go.
func (s *Server) moveDestination(rq *request, source *queue, arn string) (*queue, error) {
	if arn == source.arn {
		return nil, sqsError("InvalidParameterValue", "Source queue arn and destination queue arn cannot be the same.")
	}
	destination, err := s.queueByARN(rq, "DestinationArn", arn)
	if err == nil && destination.fifo != source.fifo {
		err = sqsError("InvalidParameterValue", "The source queue and destination queue must be of the same queue type.")
	}
	return destination, err
}
