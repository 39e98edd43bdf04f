package localaws

import (
	"context"
	"log/slog"
	"maps"
	"time"
)

// The counters of topics and subscriptions, under the names of their CloudWatch metrics, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html.
const (
	metricPublished                 = "NumberOfMessagesPublished"
	metricDelivered                 = "NumberOfNotificationsDelivered"
	metricFailed                    = "NumberOfNotificationsFailed"
	metricFiltered                  = "NumberOfNotificationsFilteredOut"
	metricFilteredAttributes        = "NumberOfNotificationsFilteredOut-MessageAttributes"
	metricFilteredNoAttributes      = "NumberOfNotificationsFilteredOut-NoMessageAttributes"
	metricFilteredInvalidAttributes = "NumberOfNotificationsFilteredOut-InvalidAttributes"
	metricFilteredBody              = "NumberOfNotificationsFilteredOut-MessageBody"
	metricFilteredInvalidBody       = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
	metricRedriven                  = "NumberOfNotificationsRedrivenToDlq"
	metricRedriveFailed             = "NumberOfNotificationsFailedToRedriveToDlq"
)

// Result is what became of one notification of one subscription.
type Result string

// The results. Only queues are delivered to: notifications for subscriptions of another protocol (lambda, http, email,
// sms and so on) are NotAttempted and counted nowhere.
const (
	Delivered    Result = "Delivered"
	FilteredOut  Result = "FilteredOut"
	Redriven     Result = "RedrivenToDlq"
	Dropped      Result = "Dropped"
	NotAttempted Result = "NotAttempted"
)

// Outcome is the last thing that happened to a notification of a subscription.
type Outcome struct {
	// Time of the Publish, by the server's clock; zero if nothing was published yet.
	Time time.Time `json:"time,omitzero"`
	// MessageID is what Publish answered, and what the envelope says; empty if nothing was published yet.
	MessageID string `json:"messageId,omitempty"`
	// Result is empty if nothing was published yet.
	Result Result `json:"result,omitempty"`
	// Reason says why it was not delivered to the subscription's queue, e.g. "filtered: key eventType", "the queue
	// does not exist", "denied: no statement allows ..."; empty where it was.
	Reason string `json:"reason,omitempty"`
}

// outcome says what became of a notification.
func (n *notification) outcome(result Result, reason string) Outcome {
	return Outcome{Time: n.at, MessageID: n.id, Result: result, Reason: reason}
}

// tally is what is counted of one topic or subscription.
type tally struct {
	counters map[string]int
	last     Outcome
	// byMinute is what CloudWatch knows of a topic.
	byMinute counter
}

// topicMetrics are the counters that alarms can look at.
var topicMetrics = map[string]int{
	metricPublished: countPublished, metricDelivered: countDelivered, metricFailed: countFailed,
	metricFiltered: countFiltered, metricRedriven: countRedriven, metricRedriveFailed: countRedriveFailed,
}

func (c *tally) count(metrics ...string) {
	for _, name := range metrics {
		c.counters[name]++
	}
}

// countAt counts for a topic.
func (c *tally) countAt(at time.Time, metrics ...string) {
	c.count(metrics...)
	for _, name := range metrics {
		if which, known := topicMetrics[name]; known {
			c.byMinute.add(at, which, 1)
		}
	}
}

// tallies are kept by the ARN of the topic or subscription, and dropped with it.
type tallies map[string]*tally

func (all tallies) of(arn string) *tally {
	if all[arn] == nil {
		all[arn] = &tally{counters: map[string]int{}}
	}
	return all[arn]
}

// snapshot returns what was counted of a topic or subscription; no counters where nothing was.
func (all tallies) snapshot(arn string) (counters map[string]int, last Outcome) {
	if tally := all[arn]; tally != nil {
		return maps.Clone(tally.counters), tally.last
	}
	return nil, Outcome{}
}

// report counts what became of a notification, and logs what was not delivered.
func (s *Server) report(t *topic, sub *subscription, what Outcome, metrics ...string) {
	s.deliveries.of(t.arn).countAt(what.Time, metrics...)
	own := s.deliveries.of(sub.arn)
	own.count(metrics...)
	own.last = what
	if what.Result == Delivered {
		return
	}
	level, text := slog.LevelWarn, "notification not delivered"
	if what.Result == FilteredOut || what.Result == NotAttempted {
		level = slog.LevelDebug
	}
	s.logger.LogAttrs(context.Background(), level, text, slog.String("topic", t.arn), slog.String("subscription", sub.arn),
		slog.String("endpoint", sub.endpoint), slog.String("messageId", what.MessageID),
		slog.String("result", string(what.Result)), slog.String("reason", what.Reason))
}
