package conformance

import (
	"encoding/base64"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const docMoveTask = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"

var moveTaskRules = []rule{
	{
		name:   "move-tasks/none",
		says:   "ListMessageMoveTasks of a dead-letter queue without tasks gives an empty list",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html",
		check: func(w *world) {
			dlq, _, _, _ := w.redriving(nil, 1)
			w.equal("number of tasks", len(w.moveTasks(dlq)), 0)
		},
	},
	{
		name:   "move-tasks/back-to-the-sources",
		says:   "without a destination each message goes back to the queue that it came from",
		source: "recorded cases test_move_task_workflow_with_multiple_sources_as_default_destination",
		check: func(w *world) {
			dlq, _, _, one := w.redriving(nil, 1)
			two := w.queueNamed(w.name(""), map[string]string{"VisibilityTimeout": "0", "RedrivePolicy": redriveTo(w.arn("sqs", dlq), 1)})
			w.bury(one, "a", "b")
			w.bury(two, "c")
			w.move(&sqs.StartMessageMoveTaskInput{SourceArn: aws.String(w.arn("sqs", dlq))})
			w.counts(one, "2", "0", "0")
			w.counts(two, "1", "0", "0")
			w.equal("messages", w.bodies(two), []string{"c"})
		},
	},
	{
		name:   "move-tasks/to-a-destination",
		says:   "a message that was moved has a new id, and is in the destination only",
		source: "recorded cases test_basic_move_task_workflow; https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html",
		check: func(w *world) {
			dlq, dlqURL, _, url := w.redriving(nil, 1)
			w.bury(url, "a")
			destination, destinationURL := w.queue(nil)
			before := w.receive(dlqURL, 1)
			w.equal("dead letters", len(before), 1)
			for _, m := range before {
				w.ok(w.tryHide(dlqURL, m.ReceiptHandle, 0), "showing")
			}
			w.move(&sqs.StartMessageMoveTaskInput{SourceArn: aws.String(w.arn("sqs", dlq)), DestinationArn: aws.String(w.arn("sqs", destination))})
			w.counts(destinationURL, "1", "0", "0")
			for i, m := range w.take(destinationURL, 1) {
				w.equal("body", aws.ToString(m.Body), "a")
				if aws.ToString(m.MessageId) == aws.ToString(before[i].MessageId) {
					w.Errorf("the message kept its id")
				}
			}
			w.counts(dlqURL, "0", "0", "0")
			w.counts(url, "0", "0", "0")
		},
	},
	{
		name:   "move-tasks/are-listed",
		says:   "a task that has ended is listed as COMPLETED with its counts, without handle and destination if none was given",
		source: "recorded case test_move_task_workflow_with_default_destination/list-message-move-task-response",
		check: func(w *world) {
			dlq, _, _, url := w.redriving(nil, 1)
			w.bury(url, "a", "b")
			w.move(&sqs.StartMessageMoveTaskInput{SourceArn: aws.String(w.arn("sqs", dlq))})
			w.eventually(func() any { return statuses(w.moveTasks(dlq)) }, []string{"COMPLETED"})
			for _, task := range w.moveTasks(dlq) {
				w.equal("moved", task.ApproximateNumberOfMessagesMoved, int64(2))
				w.equal("to move", aws.ToInt64(task.ApproximateNumberOfMessagesToMove), int64(2))
				w.equal("source", aws.ToString(task.SourceArn), w.arn("sqs", dlq))
				w.equal("handle, destination and rate", []bool{task.TaskHandle == nil, task.DestinationArn == nil, task.MaxNumberOfMessagesPerSecond == nil},
					[]bool{true, true, true})
			}
		},
	},
	{
		name:   "move-tasks/one-at-a-time",
		says:   "a second task on a dead-letter queue is refused while one runs",
		source: "recorded case test_start_multiple_move_tasks/error",
		check: func(w *world) {
			_, in := w.slowly()
			w.move(in)
			_, err := w.sqs.StartMessageMoveTask(w.ctx, in)
			w.refusedSaying(err, "InvalidParameterValue", "There is already a task running.")
		},
	},
	{
		name:   "move-tasks/cancel",
		says:   "a running task has a handle, by which it is cancelled; it is listed as CANCELLED then, and its messages stay",
		source: "recorded cases test_move_task_cancel",
		check: func(w *world) {
			dlq, in := w.slowly()
			handle := w.move(in)
			for _, task := range w.moveTasks(dlq) {
				w.equal("status and handle", []string{aws.ToString(task.Status), aws.ToString(task.TaskHandle)}, []string{"RUNNING", handle})
			}
			_, err := w.sqs.CancelMessageMoveTask(w.ctx, &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
			w.ok(err, "cancelling")
			w.eventually(func() any { return statuses(w.moveTasks(dlq)) }, []string{"CANCELLED"})
			for _, task := range w.moveTasks(dlq) {
				w.equal("handle", aws.ToString(task.TaskHandle), "")
			}
		},
	},
	{
		name:   "move-tasks/source-is-a-dead-letter-queue",
		says:   "the source of a task is a queue to which another one redrives",
		source: "recorded cases test_source_needs_redrive_policy; " + docMoveTask,
		check: func(w *world) {
			name, _ := w.queue(nil)
			_, err := w.sqs.StartMessageMoveTask(w.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(w.arn("sqs", name))})
			w.refusedSaying(err, "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
		},
	},
	{
		name:   "move-tasks/destination-exists",
		says:   "the destination of a task exists",
		source: "recorded case test_destination_needs_to_exist/error",
		check: func(w *world) {
			dlq, _, _, _ := w.redriving(nil, 1)
			_, err := w.sqs.StartMessageMoveTask(w.ctx, &sqs.StartMessageMoveTaskInput{
				SourceArn: aws.String(w.arn("sqs", dlq)), DestinationArn: aws.String(w.arn("sqs", w.name(""))),
			})
			w.refused(err, "ResourceNotFoundException")
		},
	},
	{
		name:   "move-tasks/bad-handles",
		says:   "a handle that is none is InvalidParameterValue, one of no task ResourceNotFoundException",
		source: "recorded cases test_cancel_with_invalid_task_handle, test_cancel_with_invalid_task_id_in_task_handle",
		check: func(w *world) {
			dlq, _, _, _ := w.redriving(nil, 1)
			unknown := base64.StdEncoding.EncodeToString([]byte(`{"taskId":"10f57157-fc38-4da9-a113-4de7e12d055a","sourceArn":"` + w.arn("sqs", dlq) + `"}`))
			for handle, code := range inOrder(map[string]string{"foobared": "InvalidParameterValue", unknown: "ResourceNotFoundException"}) {
				_, err := w.sqs.CancelMessageMoveTask(w.ctx, &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
				w.refused(err, code)
			}
		},
	},
}

// slowly describes a task that takes a while: a message a second of ten.
func (w *world) slowly() (dlq string, in *sqs.StartMessageMoveTaskInput) {
	dlq, dlqURL, _, _ := w.redriving(nil, 1)
	_, err := w.trySendBatch(dlqURL, batch("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"))
	w.ok(err, "sending batch")
	destination, _ := w.queue(nil)
	return dlq, &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String(w.arn("sqs", dlq)), DestinationArn: aws.String(w.arn("sqs", destination)), MaxNumberOfMessagesPerSecond: aws.Int32(1),
	}
}

// move starts a task and returns its handle.
func (w *world) move(in *sqs.StartMessageMoveTaskInput) (handle string) {
	out, err := w.sqs.StartMessageMoveTask(w.ctx, in)
	w.ok(err, "starting move task")
	return aws.ToString(out.TaskHandle)
}

// moveTasks lists the tasks of a dead-letter queue.
func (w *world) moveTasks(dlq string) []sqstypes.ListMessageMoveTasksResultEntry {
	out, err := w.sqs.ListMessageMoveTasks(w.ctx, &sqs.ListMessageMoveTasksInput{SourceArn: aws.String(w.arn("sqs", dlq)), MaxResults: aws.Int32(10)})
	w.ok(err, "listing move tasks")
	return out.Results
}

func statuses(tasks []sqstypes.ListMessageMoveTasksResultEntry) []string {
	var all []string
	for _, task := range tasks {
		all = append(all, aws.ToString(task.Status))
	}
	return all
}
