package cloud

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/fault"
)

const (
	// maxUndeleted is from how many messages on that were sent and cannot be deleted a run sends no more: a restart would send them again.
	maxUndeleted = 100
	// deduplicationInterval is for how long a FIFO queue takes a deduplication id for a repetition, and a bit
	// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html).
	deduplicationInterval = 5*time.Minute + 30*time.Second
)

// arrival is whose copy a message of the main queue is.
type arrival struct {
	of string
	at time.Time
}

// sorted is what is to be done with messages that were received; those that are nowhere in it stay hidden.
type sorted struct{ send, delete, show []types.Message }

// sort tells what to do with messages. What is refused was seen before, and so is what stands behind it in its group of a FIFO queue.
func (r *CopyRun) sort(received []types.Message, fifo bool) (s sorted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var stay []types.Message
	for _, m := range received {
		switch id := aws.ToString(m.MessageId); {
		case r.undeleted[id]:
			s.delete = append(s.delete, m)
		case r.refused[id]:
			stay = append(stay, m)
		case len(r.undeleted) >= maxUndeleted:
			s.show = append(s.show, m)
		default:
			s.send = append(s.send, m)
		}
	}
	if fifo {
		s.send = withoutGroups(s.send, stay)
	}
	return s
}

// refuse notes that the main queue takes a message for no try.
func (r *CopyRun) refuse(m types.Message, f *fault.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := aws.ToString(m.MessageId)
	if len(r.refused) == 0 {
		r.refused = map[string]bool{}
		r.refusal = Refusal{MessageID: id, Code: f.Code, Message: f.Message}
	}
	r.refused[id] = true
}

// full says that the run remembers as many refused messages as it can.
func (r *CopyRun) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.refused) >= MaxRefused
}

// deleted notes which of the messages that were to be deleted have not been, and why.
func (r *CopyRun) deleted(tried, kept []types.Message, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range tried {
		delete(r.undeleted, aws.ToString(m.MessageId))
	}
	for _, m := range kept {
		if r.undeleted == nil {
			r.undeleted = map[string]bool{}
		}
		r.undeleted[aws.ToString(m.MessageId)] = true
	}
	r.deleteFault = err
}

// arrive notes that SQS has answered a message with the id of one in the main queue. That may be the copy of another message with the same
// deduplication id, sent less than five minutes ago: the FIFO queue then has not taken this one, and arrive is false. It comes again.
func (r *CopyRun) arrive(id string, m types.Message, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	source := aws.ToString(m.MessageId)
	if before, known := r.arrived[id]; known && before.of != source {
		return false
	}
	if r.arrived == nil {
		r.arrived = map[string]arrival{}
	}
	r.arrived[id] = arrival{of: source, at: now}
	return true
}

// forget drops what has arrived so long ago that it is no repetition any more.
func (r *CopyRun) forget(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, a := range r.arrived {
		if now.Sub(a.at) > deduplicationInterval {
			delete(r.arrived, id)
		}
	}
}
