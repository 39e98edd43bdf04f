package localaws

import "time"

// poisonReceives is how often a message is received until CloudWatch no longer looks at its age: SQS then puts it to the
// back of a standard queue, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html.
const poisonReceives = 3

func (b *backlog) poison(m *message) bool { return !b.fifo && m.receivedHere >= poisonReceives }

// measure notes what the queue holds for the minutes that are over by now.
func (b *backlog) measure(now time.Time) {
	held := levels{Visible: b.counts[stateVisible], InFlight: b.counts[stateInFlight], Delayed: b.counts[stateDelayed]}
	if m := b.fresh.first(); m != nil {
		held.Oldest = m.arrived
	}
	b.meter.note(now, held)
}
