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
	// Result is empty if nothing was published yet.
	Result Result `json:"result,omitempty"`
	// Reason says why it was not delivered to the subscription's queue, e.g. "filtered: key eventType", "the queue
	// does not exist", "denied: no statement allows ..."; empty where it was.
	Reason string `json:"reason,omitempty"`
}

// Delivery counts what became of the messages of a topic or of one of its subscriptions.
type Delivery struct {
	TopicARN string `json:"topicArn"`
	// SubscriptionARN, Protocol and Endpoint are empty in the topic's own row, which sums up all its subscriptions',
	// those included that were deleted since.
	SubscriptionARN string `json:"subscriptionArn,omitempty"`
	Protocol        string `json:"protocol,omitempty"`
	Endpoint        string `json:"endpoint,omitempty"`
	// Counters by the names that CloudWatch has for metrics of AWS/SNS; what is zero is absent. Of the counters of
	// notifications that were filtered out, NumberOfNotificationsFilteredOut is the sum, and those with -MessageBody
	// and -MessageAttributes hold those with a narrower cause.
	Counters map[string]int `json:"counters"`
	// Last is the last outcome; of a topic, that of any of its subscriptions.
	Last Outcome `json:"last,omitzero"`
}

// Deliveries returns the counters of every topic and of every subscription, each topic before its subscriptions, by
// ARN. They run from the creation of the topic or subscription.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Delivery
	row := func(d Delivery, arn string) {
		if tally := s.deliveries[arn]; tally != nil {
			d.Counters, d.Last = maps.Clone(tally.counters), tally.last
		}
		all = append(all, d)
	}
	for arn := range s.topics.after("", "", false) {
		row(Delivery{TopicARN: arn}, arn)
		for subARN, sub := range s.subscriptions.after(arn+":", "", false) {
			row(Delivery{TopicARN: arn, SubscriptionARN: subARN, Protocol: sub.protocol, Endpoint: sub.endpoint}, subARN)
		}
	}
	return all
}

// tally is what is counted of one topic or subscription.
type tally struct {
	counters map[string]int
	last     Outcome
}

func (c *tally) count(metrics ...string) {
	for _, name := range metrics {
		c.counters[name]++
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

// report counts what became of a notification, and logs what was not delivered.
func (s *Server) report(t *topic, sub *subscription, what Outcome, metrics ...string) {
	for _, arn := range []string{t.arn, sub.arn} {
		tally := s.deliveries.of(arn)
		tally.count(metrics...)
		tally.last = what
	}
	if what.Result == Delivered {
		return
	}
	level, text := slog.LevelWarn, "notification not delivered"
	if what.Result == FilteredOut || what.Result == NotAttempted {
		level = slog.LevelDebug
	}
	s.logger.LogAttrs(context.Background(), level, text, slog.String("topic", t.arn), slog.String("subscription", sub.arn),
		slog.String("endpoint", sub.endpoint), slog.String("result", string(what.Result)), slog.String("reason", what.Reason))
}
