package redrive

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Input is all that is known of one run.
type Input struct {
	Spec v1alpha1.RedriveSpec
	// Status as it was last written, of an object of this generation.
	Status     v1alpha1.RedriveStatus
	Generation int64
	// Deleted: somebody wants the run gone. CancelAdopted is the annotation skein.dev/allow-cancel-adopted.
	Deleted, CancelAdopted bool
	// Account and Queues are what Resolve found; of a run that has started its status counts.
	Account v1alpha1.AccountStatus
	Queues  Queues
	// Window is for how long after the move what comes back is watched for.
	Window time.Duration
	// Obstacle is why nothing can be done, or seen, now; nil if there is none.
	Obstacle *Obstacle
	// First names another Redrive of the same queue whose turn comes before; empty if there is none.
	First string
	// Tasks of the source, newest first, and the messages in it (visible, in flight, delayed); as far as Reads asked for them.
	Tasks []Task
	Depth int64
	// Gone: there is no such queue.
	Gone bool
	// Deliverable is that condition of the ConsumerQueue, for a run that copies; nil where it has none.
	Deliverable *metav1.Condition
	// Memory is what the process remembers of the run.
	Memory Memory
	Now    time.Time
}

// Obstacle is something that keeps a run from going on.
type Obstacle struct {
	// Reason is a condition reason of the API; Message names what was found and the remedy.
	Reason, Message string
	// Final: no run with this spec can work, so that it fails. Only before it starts.
	Final bool
	// Passing: it may be over in a moment, and is told of a run under way only once it lasts.
	Passing bool
	// Beyond: what the run needs to end in order does not exist any more, so that its deletion is not held up.
	Beyond bool
}

// Task is a message move task as AWS lists it.
type Task struct {
	// Handle cancels the task; it is there only while the task runs.
	Handle string
	// Status is one of the Task constants.
	Status string
	// Started tells the tasks of a queue apart.
	Started time.Time
	// Moved and ToMove are approximate.
	Moved, ToMove int64
	// Rate and Destination as they were asked for; zero and empty where they were not.
	Rate        int32
	Destination string
	// Failure is AWS's reason, of a task that failed.
	Failure string
}

// The statuses of a task (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasksResultEntry.html).
const (
	TaskRunning    = "RUNNING"
	TaskCompleted  = "COMPLETED"
	TaskCancelling = "CANCELLING"
	TaskCancelled  = "CANCELLED"
	TaskFailed     = "FAILED"
)

// active says that a task holds its source: no other may start.
func (t Task) active() bool { return t.Status == TaskRunning || t.Status == TaskCancelling }

// Action is what is to be done for a run, once its status is written.
type Action string

// The actions.
const (
	// Wait does nothing but to come back.
	Wait Action = "Wait"
	// Start asks AWS for the task; Memory.Answer takes what came of it.
	Start Action = "Start"
	// Copy copies a slice of Decision.Limit messages at most until Decision.Until; Memory.Copied takes what came of it.
	Copy Action = "Copy"
	// Cancel asks AWS to stop the task of Decision.Handle.
	Cancel Action = "Cancel"
	// Release takes the finalizer off an object that is being deleted.
	Release Action = "Release"
	// Remove deletes the object.
	Remove Action = "Remove"
)

// Decision is what comes next.
type Decision struct {
	Action Action
	// Status is to be written before the action; it equals the Input's where nothing has changed.
	Status v1alpha1.RedriveStatus
	// Handle of the task to cancel.
	Handle string
	// Limit and Until bound a slice that is to be copied.
	Limit int64
	Until time.Time
	// Holds says that the finalizer must be on the object, because a task may run.
	Holds bool
	// After is when to come back; 0: when something else wakes the object.
	After time.Duration
	// Note tells of what a deletion leaves behind; empty: nothing.
	Note string
	// Memory is to be kept for the next Input.
	Memory Memory
}
