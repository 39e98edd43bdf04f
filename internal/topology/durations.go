package topology

import (
	"fmt"
	"strconv"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// secondsRange is what AWS takes for a time, in whole seconds, and what Skein sets where the spec is silent.
type secondsRange struct{ min, max, def int64 }

const (
	hour = 3600
	day  = 24 * hour
)

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
var (
	visibilityRange     = secondsRange{0, 12 * hour, 30}
	retentionRange      = secondsRange{60, 14 * day, 4 * day}
	lastRetentionRange  = secondsRange{60, 14 * day, 14 * day}
	delayRange          = secondsRange{0, 900, 0}
	receiveWaitRange    = secondsRange{0, 20, 20}
	dataKeyRange        = secondsRange{60, day, 300}
	processingTimeRange = secondsRange{1, 2 * hour, 0}
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	alarmPeriodRange = secondsRange{60, day, 60}
)

// visibilityPerProcessing is how many times the processing time the visibility timeout defaults to
// (AWS's advice for Lambda, https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
const visibilityPerProcessing = 6

// Seconds reads a Duration, in whole seconds.
func Seconds(d v1alpha1.Duration) (int64, error) {
	t, err := time.ParseDuration(string(d))
	if err != nil {
		return 0, fmt.Errorf("%q is no duration such as 30s or 1h30m", d)
	}
	if t%time.Second != 0 {
		return 0, fmt.Errorf("%s is no whole number of seconds", d)
	}
	return int64(t / time.Second), nil
}

// seconds folds the default in and checks the range.
func (r secondsRange) seconds(d v1alpha1.Duration) (int64, error) {
	if d == "" {
		return r.def, nil
	}
	n, err := Seconds(d)
	if err != nil {
		return 0, err
	}
	if n < r.min || n > r.max {
		return 0, fmt.Errorf("%s is outside %ds to %ds", d, r.min, r.max)
	}
	return n, nil
}

// orDefault folds the default in also where the value cannot be read, which is refused elsewhere.
func (r secondsRange) orDefault(d v1alpha1.Duration) int64 {
	n, err := r.seconds(d)
	if err != nil {
		return r.def
	}
	return n
}

// visibility is the visibility timeout with processingTime folded in.
func visibility(s *v1alpha1.QueueSettings) (int64, error) {
	if s.VisibilityTimeout != "" || s.ProcessingTime == "" {
		return visibilityRange.seconds(s.VisibilityTimeout)
	}
	n, err := processingTimeRange.seconds(s.ProcessingTime)
	return visibilityPerProcessing * n, err
}

// deadLettersOutlive says whether a standard dead-letter queue keeps messages longer than their source does, or both the longest: a dead letter
// keeps its first enqueue time. On FIFO queues the clock restarts.
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html)
func deadLettersOutlive(deadLetter, source int64, fifo bool) bool {
	return fifo || deadLetter > source || deadLetter == lastRetentionRange.max
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// TimeToDie is how long a message that nobody deletes takes to become a dead letter when it is received again as soon as it can be.
func TimeToDie(s *v1alpha1.QueueSettings) time.Duration {
	n, err := visibility(s)
	if err != nil {
		n = visibilityRange.def
	}
	return time.Duration(n) * time.Second * time.Duration(maxReceiveCount(s))
}
