package localaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// poisoned makes a queue whose messages become dead letters at the second receive.
func (w world) poisoned(t *testing.T) (source, dlq box) {
	t.Helper()
	dlq = w.box(t, "dlq", nil)
	return w.box(t, "q", map[string]string{"VisibilityTimeout": "1", "RedrivePolicy": redriveTo(dlq.arn, 1)}), dlq
}

// kill makes dead letters of all that a queue holds.
func (b box) kill(t *testing.T) {
	t.Helper()
	b.receive(t)
	b.pass(2 * time.Second)
	b.wantBodies(t, "once more")
}

// TestP24AnAlarmOnMessagesSentToADeadLetterQueueNeverFires: a redrive policy does not send. One on visible messages does.
func TestP24AnAlarmOnMessagesSentToADeadLetterQueueNeverFires(t *testing.T) {
	w := newWorld()
	source, dlq := w.poisoned(t)
	w.putAlarm(t, notEmpty("visible", "dlq"), queueAlarm("sent", "dlq", "NumberOfMessagesSent", 0))
	w.pass(time.Minute)
	w.wantState(t, "empty", "visible", "OK")
	source.send(t, "poison")
	source.kill(t)
	dlq.wantCounts(t, "after the second receive", "1", "0", "0")
	for range 5 {
		w.pass(time.Minute)
		w.wantState(t, "with a dead letter", "visible", "ALARM")
		w.wantState(t, "with a dead letter", "sent", "OK")
	}
	w.wantValues(t, "of the source", "q", "NumberOfMessagesSent", "0 1 0 0 0 0")
	dlq.send(t, "by hand")
	w.pass(time.Minute)
	w.wantState(t, "with a message that was sent there", "sent", "ALARM")
}

func TestP24P25SkeinsAlarmOnADeadLetterQueue(t *testing.T) {
	w := newWorld()
	source, dlq := w.poisoned(t)
	topic := w.topic(t, "oncall", nil)
	inbox := w.inbox(t, topic)
	in := notEmpty("dead letters", "dlq")
	in.AlarmActions, in.OKActions = []string{topic}, []string{topic}
	w.putAlarm(t, in)
	w.pass(time.Minute)
	w.wantTold(t, "empty", inbox, told{"dead letters", "INSUFFICIENT_DATA", "OK", ""})
	source.send(t, "poison")
	source.kill(t)
	w.pass(time.Minute)
	w.wantReason(t, "with a dead letter", "dead letters", "ALARM", "Threshold Crossed: 1 out of the last 1 datapoints "+
		"[1.0 (02/01/26 03:05:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).")
	w.pass(time.Hour)
	w.wantTold(t, "with a dead letter", inbox, told{"dead letters", "OK", "ALARM", ""})
	must[*sqs.StartMessageMoveTaskOutput](t)(dlq.client.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &dlq.arn}))
	w.pass(time.Minute)
	w.wantState(t, "moved back", "dead letters", "OK")
	w.wantTold(t, "moved back", inbox, told{"dead letters", "ALARM", "OK", ""})
}

// TestAnAlarmTakesItsPeriods: five minutes of messages that are too old, of the last five.
func TestAnAlarmTakesItsPeriods(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", nil)
	age := queueAlarm("age", "q", "ApproximateAgeOfOldestMessage", 300)
	age.EvaluationPeriods = aws.Int32(5)
	w.putAlarm(t, age)
	b.send(t, "m")
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{5 * time.Minute, "OK"}, {4 * time.Minute, "OK"}, {time.Minute, "ALARM"}} {
		w.pass(step.after)
		w.wantState(t, w.clock.Now().Format(time.TimeOnly), "age", step.want)
	}
	b.delete(t, b.receive(t)...)
	w.pass(time.Minute)
	w.wantState(t, "deleted", "age", "OK")
}

// TestTheAlarmsOfTheSamples: a sum over five minutes, as others write it.
func TestASumOverFiveMinutes(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", nil)
	sum := notEmpty("sum", "q")
	sum.Statistic, sum.Period = types.StatisticSum, aws.Int32(300)
	w.putAlarm(t, sum)
	w.pass(5 * time.Minute)
	w.wantState(t, "empty", "sum", "OK")
	b.send(t, "m")
	w.pass(time.Minute)
	w.wantState(t, "the window of five minutes slides", "sum", "ALARM")
	b.delete(t, b.receive(t)...)
	w.pass(4 * time.Minute)
	w.wantState(t, "the minute is still in the window", "sum", "ALARM")
	w.pass(time.Minute)
	w.wantState(t, "it has left", "sum", "OK")
}

// TestAlarmsOverDaysAreEvaluatedHourly: those that look back more than a day.
func TestAlarmsOverDaysAreEvaluatedHourly(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", nil)
	long := notEmpty("long", "q")
	long.Period, long.EvaluationPeriods, long.DatapointsToAlarm = aws.Int32(3600), aws.Int32(25), aws.Int32(1)
	w.putAlarm(t, long)
	b.send(t, "m")
	w.pass(54 * time.Minute)
	w.wantState(t, "at 3:58", "long", "INSUFFICIENT_DATA")
	w.pass(2 * time.Minute)
	w.wantState(t, "at 4:00", "long", "ALARM")
}

func TestAUnitOrPeriodThatNobodyPublishes(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	unit, quick := notEmpty("unit", "q"), notEmpty("quick", "q")
	unit.Unit, quick.Period = types.StandardUnitSeconds, aws.Int32(10)
	unit.TreatMissingData, quick.TreatMissingData = nil, nil
	right := notEmpty("right", "q")
	right.Unit, right.TreatMissingData = types.StandardUnitCount, nil
	w.putAlarm(t, unit, quick, right)
	w.pass(5 * time.Minute)
	w.wantState(t, "another unit", "unit", "INSUFFICIENT_DATA")
	w.wantState(t, "ten seconds", "quick", "INSUFFICIENT_DATA")
	w.wantState(t, "its unit", "right", "OK")
}

func TestSetAlarmState(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	topic := w.topic(t, "oncall", nil)
	inbox := w.inbox(t, topic)
	in := notEmpty("a", "q")
	in.AlarmActions = []string{topic}
	w.putAlarm(t, in)
	w.pass(time.Minute)
	set := func(name, state, reason, data string) error {
		_, err := w.cloudwatch(owner, region).SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
			AlarmName: &name, StateValue: types.StateValue(state), StateReason: &reason, StateReasonData: &data,
		})
		return err
	}
	wantCode(t, "setting", set("a", "ALARM", "a drill", `{"by":"me"}`), "")
	wantCode(t, "setting again", set("a", "ALARM", "a drill", ""), "")
	w.wantReason(t, "set", "a", "ALARM", "a drill")
	w.wantTold(t, "set", inbox, told{"a", "OK", "ALARM", ""})
	w.pass(time.Minute)
	w.wantState(t, "a minute later", "a", "OK")
	for name, test := range map[string]struct {
		err  error
		code string
	}{
		"no alarm":          {set("b", "OK", "", ""), "ResourceNotFound"},
		"no state":          {set("a", "GOOD", "", ""), "ValidationError"},
		"a long reason":     {set("a", "OK", strings.Repeat("a", 1024), ""), "ValidationError"},
		"much data":         {set("a", "OK", "", strings.Repeat("1", 4001)), "ValidationError"},
		"data that is none": {set("a", "OK", "", "{"), "InvalidFormat"},
	} {
		wantCode(t, name, test.err, test.code)
	}
}
