package controller

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// What becomes of alarms, by what their queues really do.

// wantState checks an alarm's state.
func (w *quickWorld) wantState(when, name string, want types.StateValue) {
	w.t.Helper()
	m := w.hands().alarm(name)
	if m == nil || m.StateValue != want {
		w.t.Errorf("%s: alarm %s is %+v, want it %s", when, name, m, want)
	}
}

// queueAlarm makes an alarm by hand as many do: any of a metric of a queue, with CloudWatch's own treatment of missing data.
func (h quickAWS) queueAlarm(name, queue, metric string) error {
	_, err := h.cloudwatch.PutMetricAlarm(context.Background(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("AWS/SQS"), MetricName: &metric, Dimensions: []types.Dimension{{Name: aws.String("QueueName"), Value: &queue}},
		Statistic: types.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	})
	return err
}

// poison sends a message and receives it until it is a dead letter.
func (h quickAWS) poison(queue string, receives int) error {
	ctx, url := context.Background(), aws.String(h.url(queue))
	if _, err := h.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("poison")}); err != nil {
		return err
	}
	for range receives + 1 {
		_, err := h.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, VisibilityTimeout: 0, WaitTimeSeconds: 0})
		if err != nil {
			return err
		}
	}
	return nil
}

// P24: a dead letter that a redrive policy moves does not count as sent, so an alarm on NumberOfMessagesSent stays silent. Skein's watches what is there.
func TestP24DeadLetterRaisesTheAlarm(t *testing.T) {
	w := newQuickWorld(t)
	w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](2)}
		s.VisibilityTimeout, s.ReceiveWaitTime = "0s", "0s"
	})
	if err := w.hands().queueAlarm("silent", "shop-inventory-dlq", "NumberOfMessagesSent"); err != nil {
		t.Fatal(err)
	}
	w.pass(5 * time.Minute)
	w.wantState("empty", allNames[0], types.StateValueOk)
	if err := w.hands().poison("shop-inventory", 2); err != nil {
		t.Fatal(err)
	}
	w.pass(3 * time.Minute)
	w.wantState("a dead letter", allNames[0], types.StateValueAlarm)
	w.wantState("a dead letter", allNames[2], types.StateValueOk)
	if m := w.hands().alarm("silent"); m.StateValue == types.StateValueAlarm {
		t.Error("NumberOfMessagesSent counted the dead letter")
	}
	if _, err := w.hands().sqs.PurgeQueue(context.Background(), &sqs.PurgeQueueInput{QueueUrl: aws.String(w.hands().url("shop-inventory-dlq"))}); err != nil {
		t.Fatal(err)
	}
	w.pass(5 * time.Minute)
	w.wantState("gone again", allNames[0], types.StateValueOk)
}

// P25: a queue that nobody uses stops its metrics. Skein's alarms are OK all the same, while others have no state any more; and they fire when it is used again.
func TestP25AlarmsOfAnIdleQueueAreOK(t *testing.T) {
	w := newQuickWorld(t)
	w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](2)}
		s.VisibilityTimeout, s.ReceiveWaitTime = "0s", "0s"
	})
	if err := w.hands().queueAlarm("stateless", "shop-inventory-dlq", "ApproximateNumberOfMessagesVisible"); err != nil {
		t.Fatal(err)
	}
	// The operator is down: its own looks keep queues awake.
	w.clock.Step(12 * time.Hour)
	w.wantState("idle", "stateless", types.StateValueInsufficientData)
	for _, name := range allNames {
		w.wantState("idle", name, types.StateValueOk)
	}
	if err := w.hands().poison("shop-inventory", 2); err != nil {
		t.Fatal(err)
	}
	w.clock.Step(20 * time.Minute)
	w.wantState("used again", allNames[0], types.StateValueAlarm)
}
