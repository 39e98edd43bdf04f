package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// alarms of the account by name.
func (h hands) alarms(ctx context.Context) (map[string]cwtypes.MetricAlarm, error) {
	out := map[string]cwtypes.MetricAlarm{}
	pages := cloudwatch.NewDescribeAlarmsPaginator(h.cw, &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.MetricAlarms {
			out[*a.AlarmName] = a
		}
	}
	return out, nil
}

// readAlarm gives the settings of an alarm and its tags; none of one that does not exist.
func (h hands) readAlarm(ctx context.Context, name string) (map[string]string, error) {
	all, err := h.alarms(ctx)
	a, exists := all[name]
	if err != nil || !exists {
		return nil, err
	}
	list, err := h.cw.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: a.AlarmArn})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range list.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	var of []string
	for _, d := range a.Dimensions {
		of = append(of, aws.ToString(d.Name)+" "+aws.ToString(d.Value))
	}
	return map[string]string{
		"Metric": aws.ToString(a.Namespace) + " " + aws.ToString(a.MetricName), "Of": strings.Join(of, ", "), "Statistic": string(a.Statistic),
		"Above": fmt.Sprintf("%s %g", a.ComparisonOperator, aws.ToFloat64(a.Threshold)), "In": fmt.Sprintf("%d of %d s", aws.ToInt32(a.EvaluationPeriods), aws.ToInt32(a.Period)),
		"Missing": aws.ToString(a.TreatMissingData), "Actions": strings.Join(a.AlarmActions, " "), "Tags": asJSON(tags),
	}, nil
}

// alarms of the account by name.
func (w *world) alarms() map[string]cwtypes.MetricAlarm {
	w.t.Helper()
	all, err := w.hands().alarms(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// becomes lets minutes pass until an alarm is in a state.
func (w *world) becomes(name string, want cwtypes.StateValue, within time.Duration) {
	w.t.Helper()
	var got cwtypes.StateValue
	for range within / time.Minute {
		w.jump(time.Minute)
		if got = w.alarms()[name].StateValue; got == want {
			return
		}
	}
	w.t.Fatalf("alarm %s is %q after %s, want %s", name, got, within, want)
}

// alarm is what stands in AWS for an alarm of the samples.
func (n names) alarm(object, metric, of, statistic string, above, periods, period int) map[string]string {
	return map[string]string{
		"Metric": metric, "Of": of, "Statistic": statistic, "Above": fmt.Sprintf("GreaterThanThreshold %d", above), "In": fmt.Sprintf("%d of %d s", periods, period),
		"Missing": "notBreaching", "Actions": n.topic("oncall"), "Tags": n.tags("ConsumerQueue", object),
	}
}

// alarming is what Skein adds to the policy of a topic that takes alarms.
func (n names) alarming(topic string) string {
	type object = map[string]any
	return asJSON(object{"Version": "2012-10-17", "Statement": object{
		"Sid": "SkeinAlarms", "Effect": "Allow", "Principal": object{"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": n.topic(topic),
		"Condition": object{
			"ArnLike":      object{"aws:SourceArn": n.arn("cloudwatch", "alarm:*")},
			"StringEquals": object{"aws:SourceAccount": n.account},
		},
	}})
}

// TestS8Alarms: the alarms are as the scenario asks for, in both known forms.
func TestS8Alarms(t *testing.T) {
	const visible, age, lost = "AWS/SQS ApproximateNumberOfMessagesVisible", "AWS/SQS ApproximateAgeOfOldestMessage", "AWS/SNS NumberOfNotificationsFailedToRedriveToDlq"
	scenario{file: "s8-alarms.yaml", watched: true, want: func(n names) contents {
		out := contents{
			"topic/oncall":         {"Tags": n.tags("MessagingTopology", "ops"), "Policy": n.alarming("oncall")},
			"topic/returns-events": {"Tags": n.tags("MessagingTopology", "returns")},

			"alarm/returns-dead-letter-not-empty":          n.alarm("returns", visible, "QueueName returns-dlq", "Maximum", 0, 1, 60),
			"alarm/returns-oldest-message-age":             n.alarm("returns", age, "QueueName returns", "Maximum", 300, 5, 60),
			"alarm/returns-undelivered-not-empty":          n.alarm("returns", visible, "QueueName returns-undelivered", "Maximum", 0, 1, 60),
			"alarm/returns-deliveries-lost-returns-events": n.alarm("returns", lost, "TopicName returns-events", "Sum", 0, 1, 60),
			"alarm/refunds-dead-letter-not-empty":          n.alarm("refunds", visible, "QueueName refunds-dlq", "Sum", 0, 1, 300),
			"alarm/refunds-oldest-message-age":             n.alarm("refunds", age, "QueueName refunds", "Maximum", 3600, 2, 300),
		}
		maps.Copy(out, n.consumer(consumer{object: "oncall-inbox", queue: "oncall-inbox", topic: "oncall", maxReceiveCount: 5}))
		maps.Copy(out, n.consumer(consumer{object: "returns", queue: "returns", topic: "returns-events", maxReceiveCount: 3}))
		maps.Copy(out, n.consumer(consumer{object: "refunds", queue: "refunds", topic: "returns-events", maxReceiveCount: 5}))
		return out
	}}.run(t)
}

// TestS8AlarmWhenADeadLetterArrivesAndOKWhenItHasBeenMoved plays a dead letter through: the people on call are told, and the alarm is calm again
// once the dead letter is back where it came from.
func TestS8AlarmWhenADeadLetterArrivesAndOKWhenItHasBeenMoved(t *testing.T) {
	const alarm = "returns-dead-letter-not-empty"
	w := newWorld(t)
	w.applySample("s8-alarms.yaml")
	worker := worker{w, inProcess{w.hands()}}
	w.becomes(alarm, cwtypes.StateValueOk, 5*time.Minute)
	worker.must(w.hands().replaceDefault(w, w.hands().topic("oncall")))
	worker.must(worker.publish(w.hands().topic("returns-events"), message{body: "poison"}))
	worker.work("refunds", always)
	for range 4 { // the fourth receive finds nothing: the message has moved
		worker.work("returns", func(message) bool { return false })
		w.jump(31 * time.Second)
	}
	w.holds("1", "returns-dlq")
	w.becomes(alarm, cwtypes.StateValueAlarm, 3*time.Minute)
	told := worker.work("oncall-inbox", always)
	if diff := cmp.Diff([]notice{{alarm, "OK", "ALARM"}}, notices(t, told)); diff != "" {
		t.Errorf("the people on call were told (-want +got):\n%s", diff)
	}

	worker.must(w.hands().move(w, "returns-dlq"))
	for range 10 { // the move
		w.jump(time.Second)
	}
	w.holds("0", "returns-dlq")
	if diff := cmp.Diff([]string{"poison"}, bodies(worker.work("returns", always))); diff != "" {
		t.Errorf("messages that came back (-want +got):\n%s", diff)
	}
	w.becomes(alarm, cwtypes.StateValueOk, 5*time.Minute)
	for name, a := range w.alarms() {
		if a.StateValue != cwtypes.StateValueOk {
			t.Errorf("%s is %s: %s", name, a.StateValue, aws.ToString(a.StateReason))
		}
	}
	if told := worker.work("oncall-inbox", always); len(told) > 0 {
		t.Errorf("told again: %v", notices(t, told))
	}
}

// TestS8AlarmsOfTheSampleFollowTheSpecAndGoWithTheQueue changes and removes what makes alarms.
func TestS8AlarmsOfTheSampleFollowTheSpecAndGoWithTheQueue(t *testing.T) {
	w := newWorld(t)
	w.applySample("s8-alarms.yaml")
	named := func() []string {
		var names []string
		for name := range w.alarms() {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	returns := w.newQueue("returns", func(*v1alpha1.ConsumerQueueSpec) {})
	edit(w, returns, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Alarms.ActionTopics = nil
		cq.Spec.Alarms.OldestMessageAge, cq.Spec.Alarms.UndeliveredNotEmpty = nil, nil
		cq.Spec.Alarms.DeadLetterNotEmpty.Threshold = aws.Int64(9)
	})
	w.ready(returns)
	want := []string{"refunds-dead-letter-not-empty", "refunds-oldest-message-age", "returns-dead-letter-not-empty", "returns-deliveries-lost-returns-events"}
	if diff := cmp.Diff(want, named()); diff != "" {
		t.Errorf("alarms after a change of the spec (-want +got):\n%s", diff)
	}
	if a := w.alarms()["returns-dead-letter-not-empty"]; *a.Threshold != 9 || len(a.AlarmActions) > 0 {
		t.Errorf("the alarm is above %g and tells %v", *a.Threshold, a.AlarmActions)
	}
	if err := w.Delete(w.ctx, returns); err != nil {
		t.Fatal(err)
	}
	w.settled("the queue and its alarms to go", func() bool {
		w.jump(time.Second)
		return len(named()) == 2 && !w.hands().exists(w.ctx, "returns")
	})
	if diff := cmp.Diff(want[:2], named()); diff != "" {
		t.Errorf("alarms after the queue (-want +got):\n%s", diff)
	}
}

// notice is what a topic is told of an alarm.
type notice struct{ Alarm, From, To string }

func notices(t *testing.T, all []message) []notice {
	t.Helper()
	var out []notice
	for _, m := range all {
		var told struct{ AlarmName, OldStateValue, NewStateValue string }
		if err := json.Unmarshal([]byte(m.body), &told); err != nil {
			t.Fatalf("%s: %v", m.body, err)
		}
		out = append(out, notice{told.AlarmName, told.OldStateValue, told.NewStateValue})
	}
	return out
}

// move moves the messages of a dead-letter queue back to where they came from.
func (h hands) move(w *world, queue string) error {
	_, err := h.sqs.StartMessageMoveTask(w.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(h.queue(queue))})
	return err
}

// replaceDefault takes out of a topic's policy what AWS put there, which admits alarms of the topic's account.
func (h hands) replaceDefault(w *world, topicARN string) error {
	out, err := h.sns.GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &topicARN})
	if err != nil {
		return err
	}
	document, err := policydoc.Parse(out.Attributes["Policy"])
	if err != nil {
		return err
	}
	document.Statements = slices.DeleteFunc(document.Statements, func(s policydoc.Statement) bool { return s.Sid == policydoc.SidDefaultTopic })
	_, err = h.sns.SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &topicARN, AttributeName: aws.String("Policy"), AttributeValue: aws.String(document.JSON())})
	return err
}
