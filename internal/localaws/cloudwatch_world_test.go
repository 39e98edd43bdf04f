package localaws_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
)

func (w world) cloudwatch(account, region string) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(w.config(account, "any", region))
}

// queueAlarm is an alarm on a metric of a queue: more than a threshold, for a minute.
func queueAlarm(name, queue, metric string, threshold float64) *cloudwatch.PutMetricAlarmInput {
	return &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("AWS/SQS"), MetricName: &metric, Statistic: types.StatisticMaximum,
		Dimensions: []types.Dimension{{Name: aws.String("QueueName"), Value: &queue}},
		Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: &threshold,
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	}
}

// notEmpty is the alarm on a dead-letter queue that Skein makes.
func notEmpty(name, queue string) *cloudwatch.PutMetricAlarmInput {
	alarm := queueAlarm(name, queue, "ApproximateNumberOfMessagesVisible", 0)
	alarm.TreatMissingData = aws.String("notBreaching")
	return alarm
}

// topicAlarm is an alarm on a metric of a topic: any, for a minute.
func topicAlarm(name, topic, metric string) *cloudwatch.PutMetricAlarmInput {
	alarm := queueAlarm(name, topic, metric, 0)
	alarm.Namespace, alarm.Statistic = aws.String("AWS/SNS"), types.StatisticSum
	alarm.Dimensions[0].Name = aws.String("TopicName")
	return alarm
}

func (w world) tryPutAlarm(t *testing.T, in *cloudwatch.PutMetricAlarmInput) error {
	t.Helper()
	_, err := w.cloudwatch(owner, region).PutMetricAlarm(t.Context(), in)
	return err
}

func (w world) putAlarm(t *testing.T, all ...*cloudwatch.PutMetricAlarmInput) {
	t.Helper()
	for _, in := range all {
		if err := w.tryPutAlarm(t, in); err != nil {
			t.Fatalf("putting alarm %s: %v", *in.AlarmName, err)
		}
	}
}

func (w world) describeAlarms(t *testing.T, in *cloudwatch.DescribeAlarmsInput) *cloudwatch.DescribeAlarmsOutput {
	t.Helper()
	return must[*cloudwatch.DescribeAlarmsOutput](t)(w.cloudwatch(owner, region).DescribeAlarms(t.Context(), in))
}

// alarm returns an alarm of the owner.
func (w world) alarm(t *testing.T, name string) types.MetricAlarm {
	t.Helper()
	all := w.describeAlarms(t, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}}).MetricAlarms
	if len(all) != 1 {
		t.Fatalf("there are %d alarms %s, want one", len(all), name)
	}
	return all[0]
}

// wantState checks an alarm's state.
func (w world) wantState(t *testing.T, when, name, want string) types.MetricAlarm {
	t.Helper()
	alarm := w.alarm(t, name)
	if got := string(alarm.StateValue); got != want {
		t.Errorf("%s: %s is %s (%s), want %s", when, name, got, *alarm.StateReason, want)
	}
	return alarm
}

// wantReason checks an alarm's state, and why.
func (w world) wantReason(t *testing.T, when, name, state, reason string) {
	t.Helper()
	if got := *w.wantState(t, when, name, state).StateReason; got != reason {
		t.Errorf("%s: the reason is\n%s, want\n%s", when, got, reason)
	}
}

// names returns what alarms are called.
func names(alarms []types.MetricAlarm) []string {
	var all []string
	for _, alarm := range alarms {
		all = append(all, *alarm.AlarmName)
	}
	return all
}

// values returns the values of a metric of the last minutes that are over, oldest first: one a minute, with "-" for
// minutes without.
func (w world) values(t *testing.T, namespace, dimension, resource, metric string, minutes int) string {
	t.Helper()
	end := w.clock.Now().Truncate(time.Minute)
	start := end.Add(-time.Duration(minutes) * time.Minute)
	out := must[*cloudwatch.GetMetricStatisticsOutput](t)(w.cloudwatch(owner, region).GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &metric, Dimensions: []types.Dimension{{Name: &dimension, Value: &resource}},
		StartTime: &start, EndTime: &end, Period: aws.Int32(60), Statistics: []types.Statistic{types.StatisticSum},
	}))
	text := ""
	for at := start; at.Before(end); at = at.Add(time.Minute) {
		value := "-"
		if i := slices.IndexFunc(out.Datapoints, func(d types.Datapoint) bool { return d.Timestamp.Equal(at) }); i >= 0 {
			value = fmt.Sprint(*out.Datapoints[i].Sum)
		}
		text += " " + value
	}
	return text[1:]
}

// wantValues checks a metric of a queue.
func (w world) wantValues(t *testing.T, when, queue, metric, want string) {
	t.Helper()
	minutes := len(slices.DeleteFunc([]rune(want), func(r rune) bool { return r != ' ' })) + 1
	if got := w.values(t, "AWS/SQS", "QueueName", queue, metric, minutes); got != want {
		t.Errorf("%s: %s of %s is %s, want %s", when, metric, queue, got, want)
	}
}

// told is what a topic was told of an alarm.
type told struct {
	AlarmName, OldStateValue, NewStateValue, NewStateReason string
}

// inbox is a queue that gets all that a topic is told.
func (w world) inbox(t *testing.T, topic string) (url string) {
	t.Helper()
	url, queue := w.queueFor(t, topic, "inbox", nil)
	w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true"})
	return url
}

// wantTold checks and removes what came into an inbox.
func (w world) wantTold(t *testing.T, when, url string, want ...told) {
	t.Helper()
	var got []told
	for _, body := range w.bodies(t, url) {
		var one told
		if err := json.Unmarshal([]byte(body), &one); err != nil {
			t.Fatal(err)
		}
		got = append(got, one)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b told) bool {
		return a.AlarmName == b.AlarmName && a.OldStateValue == b.OldStateValue && a.NewStateValue == b.NewStateValue
	})); diff != "" {
		t.Errorf("%s: told (-want +got):\n%s", when, diff)
	}
}
