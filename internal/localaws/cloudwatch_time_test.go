package localaws_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// TestTimePassesAtOnceAsMinuteByMinute: what alarms come to, what they tell and what metrics say does not depend on how
// often somebody calls.
func TestTimePassesAtOnceAsMinuteByMinute(t *testing.T) {
	for seed := range uint64(3) {
		steps := passing(t, seed, time.Minute)
		if diff := cmp.Diff(steps, passing(t, seed, 100*24*time.Hour)); diff != "" {
			t.Fatalf("seed %d (-by minutes +at once):\n%s", seed, diff)
		}
		if len(steps) < 20 {
			t.Errorf("seed %d: little happened: %s", seed, steps)
		}
	}
}

// passing does the same things with queues, topics and alarms at the same times and returns what comes of it; between
// them time passes in steps with a call after each.
func passing(t *testing.T, seed uint64, step time.Duration) (seen []string) {
	t.Helper()
	w, random := newWorld(), rand.New(rand.NewPCG(seed, 1))
	source, dlq := w.poisoned(t)
	topic := w.topic(t, "oncall", nil)
	_, archive := w.queueFor(t, topic, "archive", nil)
	w.subscribed(t, topic, archive, map[string]string{"RawMessageDelivery": "true"})
	for i := range 12 {
		in := queueAlarm(fmt.Sprint("a", i), []string{"q", "dlq", "archive"}[random.IntN(3)], []string{
			"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage",
			"NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfEmptyReceives",
		}[random.IntN(6)], float64(random.IntN(3)*random.IntN(400)))
		in.EvaluationPeriods, in.Period = aws.Int32(int32(1+random.IntN(4))), aws.Int32([]int32{60, 60, 300, 900}[random.IntN(4)])
		in.DatapointsToAlarm = aws.Int32(1 + int32(random.IntN(int(*in.EvaluationPeriods))))
		in.TreatMissingData = aws.String([]string{"missing", "ignore", "breaching", "notBreaching"}[random.IntN(4)])
		if i%3 == 0 {
			in.AlarmActions, in.OKActions, in.InsufficientDataActions = []string{topic}, []string{topic}, []string{topic}
		}
		w.putAlarm(t, in)
	}
	for range 30 {
		switch random.IntN(4) {
		case 0:
			source.send(t, "m")
		case 1:
			source.receive(t)
		case 2:
			dlq.delete(t, dlq.receive(t)...)
		case 3:
			w.publish(t, topic, "hello")
		}
		passes := []time.Duration{time.Second, 31 * time.Second, 4 * time.Minute, 4 * time.Minute, 20 * time.Minute, 7 * time.Hour}[random.IntN(6)]
		for passes > 0 {
			w.pass(min(step, passes))
			passes -= min(step, passes)
			w.Holdings()
		}
		seen = append(seen, w.alarmStates(t)...)
	}
	for _, queue := range []string{"q", "dlq", "archive"} {
		for _, metric := range []string{"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"} {
			seen = append(seen, queue+" "+metric+" "+w.values(t, "AWS/SQS", "QueueName", queue, metric, 1000))
		}
	}
	return seen
}

// alarmStates are the states of all alarms of the owner, since when, and what became of their actions.
func (w world) alarmStates(t *testing.T) (all []string) {
	t.Helper()
	for _, alarm := range w.Holdings().Accounts[0].Regions[0].Alarms {
		all = append(all, fmt.Sprint(w.clock.Now().Format(time.DateTime), " ", alarm.Name, " ", alarm.State, " since ", alarm.Since, " ", alarm.Reason, alarm.LastActions))
	}
	return all
}

func TestAlarmsSurvive(t *testing.T) {
	survive(t, func(t *testing.T, w world, survive func()) {
		source, _ := w.poisoned(t)
		topic := w.topic(t, "oncall", nil)
		inbox := w.inbox(t, topic)
		dead := notEmpty("dead", "dlq")
		dead.AlarmActions, dead.Tags = []string{topic}, []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}
		sum := queueAlarm("sum", "q", "NumberOfMessagesSent", 1)
		sum.Statistic, sum.Period = types.StatisticSum, aws.Int32(300)
		w.putAlarm(t, dead, sum, topicAlarm("told", "oncall", "NumberOfMessagesPublished"))
		source.send(t, "a")
		source.kill(t)
		w.pass(time.Minute)
		w.wantTold(t, "before", inbox, told{"dead", "INSUFFICIENT_DATA", "ALARM", ""})
		before := w.alarmStates(t)
		survive()
		if diff := cmp.Diff(before, w.alarmStates(t)); diff != "" {
			t.Errorf("alarms (-before +after):\n%s", diff)
		}
		if got := w.alarmTags(t, "dead"); got != "k=v" {
			t.Errorf("tags are %s", got)
		}
		source.send(t, "b")
		w.pass(time.Minute)
		w.wantState(t, "messages of before and after count", "sum", "ALARM")
		w.wantState(t, "what was told before counts", "told", "ALARM")
		w.wantState(t, "still there", "dead", "ALARM")
		w.wantTold(t, "nothing changed", inbox)
		w.wantValues(t, "of before and after", "q", "NumberOfMessagesSent", "1 1")
	})
}

// TestAlarmsGoOnWhileNobodyServes: what would have been told in that time is told at the next call.
func TestAlarmsGoOnWhileNobodyServes(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", map[string]string{"MessageRetentionPeriod": "3600"})
	topic := w.topic(t, "oncall", nil)
	inbox := w.inbox(t, topic)
	in := notEmpty("a", "q")
	in.AlarmActions, in.OKActions = []string{topic}, []string{topic}
	w.putAlarm(t, in)
	b.send(t, "m")
	file := w.save(t)
	w.Restart(localaws.LoseMemory)
	w.pass(10 * 24 * time.Hour / 3)
	w.load(t, file)
	w.wantTold(t, "three days later", inbox, told{"a", "INSUFFICIENT_DATA", "ALARM", ""}, told{"a", "ALARM", "OK", ""})
	if since := w.heldAlarm(t, "a").Since; since.Format(time.DateTime) != "2026-01-02 04:05:00" {
		t.Errorf("it is OK since %s, want when the message was out of its retention", since)
	}
}
