package localaws

import (
	"encoding/base64"
	"encoding/json"
	"slices"
)

// keptMoveTasks is how many tasks of a source are remembered: as many as can be listed.
const keptMoveTasks = 10

// moveTasks are the tasks of all queues.
type moveTasks struct {
	// active are those that are not finished, oldest first.
	active []*moveTask
	// bySource are the last ones of each source queue, oldest first.
	bySource map[string][]*moveTask
}

// admit says why a task may not start beside those that are active.
func (m *moveTasks) admit(task *moveTask) error {
	account, _ := parseARN(task.sourceARN)
	ofAccount := 0
	for _, other := range m.active {
		if other.sourceARN == task.sourceARN {
			return sqsError("InvalidParameterValue", "There is already a task running. "+
				"Only one active task is allowed for a source queue arn at a given time.")
		}
		if owner, _ := parseARN(other.sourceARN); owner.account == account.account {
			ofAccount++
		}
	}
	if ofAccount >= maxActiveMoveTasks {
		return sqsError("RequestThrottled", "At most %d message move tasks can be active in an account.", maxActiveMoveTasks)
	}
	return nil
}

func (m *moveTasks) add(task *moveTask) {
	if m.bySource == nil {
		m.bySource = map[string][]*moveTask{}
	}
	kept := append(m.bySource[task.sourceARN], task)
	m.bySource[task.sourceARN] = kept[max(0, len(kept)-keptMoveTasks):]
	m.active = append(m.active, task)
}

// end gives a task its last status.
func (m *moveTasks) end(task *moveTask, status, failure string) {
	task.status, task.failure = status, failure
	m.active = slices.DeleteFunc(m.active, func(other *moveTask) bool { return other == task })
}

// forget drops the tasks of a source that is deleted.
func (m *moveTasks) forget(sourceARN string) {
	delete(m.bySource, sourceARN)
	m.active = slices.DeleteFunc(m.active, func(task *moveTask) bool { return task.sourceARN == sourceARN })
}

type listMessageMoveTasksInput struct {
	SourceArn  string
	MaxResults *int
}

func (in listMessageMoveTasksInput) resource(*request) string { return in.SourceArn }

type listedMoveTask struct {
	TaskHandle     string `json:",omitempty"`
	Status         string
	SourceArn      string
	DestinationArn string `json:",omitempty"`
	// MaxNumberOfMessagesPerSecond is absent where SQS chooses the rate.
	MaxNumberOfMessagesPerSecond      int `json:",omitempty"`
	ApproximateNumberOfMessagesMoved  int
	ApproximateNumberOfMessagesToMove int
	FailureReason                     string `json:",omitempty"`
	// StartedTimestamp is in milliseconds.
	StartedTimestamp int64
}

type listMessageMoveTasksOutput struct {
	Results []listedMoveTask
}

// listMessageMoveTasks lists the last tasks of a source queue, newest first; only running ones show their handle, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html.
func (s *Server) listMessageMoveTasks(rq *request, in *listMessageMoveTasksInput) (*listMessageMoveTasksOutput, error) {
	source, err := s.moveSource(rq, in.SourceArn)
	if err != nil {
		return nil, err
	}
	count := 1
	if in.MaxResults != nil {
		count = *in.MaxResults
	}
	if count < 1 || count > keptMoveTasks {
		return nil, sqsError("InvalidParameterValue", "Value for parameter MaxResults is invalid. "+
			"Reason: You must enter a number that's between 1 and %d.", keptMoveTasks)
	}
	out := &listMessageMoveTasksOutput{Results: []listedMoveTask{}}
	for _, task := range slices.Backward(s.moves.bySource[source.arn]) {
		if len(out.Results) == count {
			break
		}
		out.Results = append(out.Results, task.listed())
	}
	return out, nil
}

func (t *moveTask) listed() listedMoveTask {
	shown := listedMoveTask{
		Status: t.status, SourceArn: t.sourceARN, DestinationArn: t.destinationARN, MaxNumberOfMessagesPerSecond: t.rate,
		ApproximateNumberOfMessagesMoved: t.moved, ApproximateNumberOfMessagesToMove: t.toMove,
		FailureReason: t.failure, StartedTimestamp: t.started.UnixMilli(),
	}
	if t.status == moveRunning {
		shown.TaskHandle = t.handle()
	}
	return shown
}

type cancelMessageMoveTaskInput struct{ TaskHandle string }

type cancelMessageMoveTaskOutput struct{ ApproximateNumberOfMessagesMoved int }

func (in cancelMessageMoveTaskInput) resource(*request) string {
	handle, _ := readMoveHandle(in.TaskHandle)
	return handle.SourceARN
}

func readMoveHandle(text string) (handle moveHandle, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &handle) != nil {
		return moveHandle{}, false
	}
	return handle, handle.TaskID != "" && handle.SourceARN != ""
}

// cancelMessageMoveTask stops a running task: it is cancelling until the clock goes on, then cancelled; what was moved
// stays moved. Recorded cases test_cancel_with_invalid_task_handle, test_cancel_with_invalid_task_id_in_task_handle.
func (s *Server) cancelMessageMoveTask(rq *request, in *cancelMessageMoveTaskInput) (*cancelMessageMoveTaskOutput, error) {
	if in.TaskHandle == "" {
		return nil, missingParameter("TaskHandle")
	}
	handle, ok := readMoveHandle(in.TaskHandle)
	if !ok {
		return nil, sqsError("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
	}
	source, err := s.moveSource(rq, handle.SourceARN)
	if err != nil {
		return nil, err
	}
	tasks := s.moves.bySource[source.arn]
	at := slices.IndexFunc(tasks, func(task *moveTask) bool { return task.id == handle.TaskID })
	if at < 0 {
		return nil, noResource("Task does not exist.")
	}
	task := tasks[at]
	if task.status != moveRunning {
		return nil, sqsError("InvalidParameterValue", "Only active tasks can be cancelled.")
	}
	task.status, task.cancelled = moveCancelling, rq.now
	return &cancelMessageMoveTaskOutput{ApproximateNumberOfMessagesMoved: task.moved}, nil
}
