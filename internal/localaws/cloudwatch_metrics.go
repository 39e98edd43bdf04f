package localaws

import (
	"math"
	"strings"
	"time"
)

// Namespaces and dimensions of the metrics that there are.
const (
	namespaceSQS   = "AWS/SQS"
	namespaceSNS   = "AWS/SNS"
	dimensionQueue = "QueueName"
	dimensionTopic = "TopicName"
	unitCount      = "Count"
	unitSeconds    = "Seconds"
)

// metricID is what a metric is known by.
type metricID struct {
	namespace, name string
	dimensions      []dimension
}

// gauge reads what a queue holds at the end of a minute.
type gauge func(held levels) float64

// queueGauges are the metrics of a queue that are not counted, the age apart.
var queueGauges = map[string]gauge{
	"ApproximateNumberOfMessagesVisible":    func(held levels) float64 { return float64(held.Visible) },
	"ApproximateNumberOfMessagesNotVisible": func(held levels) float64 { return float64(held.InFlight) },
	"ApproximateNumberOfMessagesDelayed":    func(held levels) float64 { return float64(held.Delayed) },
}

// metricAge is in seconds, all others are counts.
const metricAge = "ApproximateAgeOfOldestMessage"

// queueCounters are the metrics of a queue that are counted.
var queueCounters = map[string]int{
	"NumberOfMessagesSent": countSent, "NumberOfMessagesReceived": countReceived, "NumberOfMessagesDeleted": countDeleted,
	"NumberOfEmptyReceives": countEmpty,
}

// unitOf returns the unit of a metric.
func unitOf(name string) string {
	if name == metricAge {
		return unitSeconds
	}
	return unitCount
}

// series is one metric, which has at most one value a minute.
type series struct {
	// value returns that of a minute which is over, false for none.
	value func(minute int64) (float64, bool)
	// from and end bound the minutes that may have one.
	from, end int64
	// since is the first minute from which on the value is always the same, and until the time at which it may be
	// another if no call comes.
	since int64
	until time.Time
}

// never is later than all that is evaluated.
var never = time.Unix(math.MaxInt32*4, 0)

// silent is a metric without values.
var silent = series{value: func(int64) (float64, bool) { return 0, false }, until: never}

// series returns a metric of an account and region as it is known at a time; one that nothing publishes has no values.
func (s *Server) series(account, region string, id metricID, unit string, now time.Time) series {
	if len(id.dimensions) != 1 || unit != "" && unit != unitOf(id.name) {
		return silent
	}
	dim := id.dimensions[0]
	switch {
	case id.namespace == namespaceSQS && dim.Name == dimensionQueue:
		if b := s.backlogs[scopePrefix(serviceSQS, region, account)+dim.Value]; b != nil {
			return b.series(id.name, now)
		}
	case id.namespace == namespaceSNS && dim.Name == dimensionTopic:
		which, known := topicMetrics[id.name]
		if tally := s.deliveries[scopePrefix(serviceSNS, region, account)+dim.Value]; tally != nil && known {
			return tally.byMinute.sparse(which, now)
		}
	}
	return silent
}

// series returns a metric of a queue. While it has metrics it has them every minute.
func (b *backlog) series(name string, now time.Time) series {
	b.advance(now)
	m, until := &b.meter, never
	if at, any := b.due(); any {
		until = at.Truncate(time.Minute).Add(time.Minute)
	}
	if changes := m.changes(len(b.all) > 0); changes.Before(until) {
		until = changes
	}
	line := series{until: until, end: m.next}
	if n := len(m.levels); n > 0 {
		line.from, line.since = m.levels[0].Minute, m.levels[n-1].Minute
	}
	which, counted := queueCounters[name]
	read, gauged := queueGauges[name]
	switch {
	case counted:
		line.since = max(line.since, m.end())
		line.value = func(minute int64) (float64, bool) {
			return float64(m.at(minute).N[which]), m.level(minute).Known
		}
	case gauged:
		line.value = func(minute int64) (float64, bool) {
			held := m.level(minute)
			return read(held), held.Known
		}
	case name == metricAge:
		if b.fresh.first() != nil {
			line.since = math.MaxInt64
		}
		line.value = func(minute int64) (float64, bool) {
			held := m.level(minute)
			return held.age(), held.Known
		}
	default:
		return silent
	}
	return line
}

// age is that of the oldest message at the end of a minute, in seconds.
func (l levels) age() float64 {
	if l.Oldest.IsZero() {
		return 0
	}
	return math.Floor(minuteTime(l.Minute + 1).Sub(l.Oldest).Seconds())
}

// sparse returns a metric of a topic, which has values for minutes in which something was counted.
func (c *counter) sparse(which int, now time.Time) series {
	line := series{end: min(c.end(), minuteOf(now)), since: c.end(), until: never}
	if len(c.minutes) > 0 {
		line.from = c.minutes[0].Minute
	}
	line.value = func(minute int64) (float64, bool) {
		found := c.at(minute)
		return float64(found.N[which]), found.N[which] > 0
	}
	return line
}

// resourceName is the last part of the ARN of a queue or topic.
func resourceName(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
