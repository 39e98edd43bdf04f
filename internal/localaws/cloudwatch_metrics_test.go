package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// TestP25AnIdleQueueStopsItsMetrics: after six hours without a message and a call, and its alarm says so or not.
func TestP25AnIdleQueueStopsItsMetrics(t *testing.T) {
	w := newWorld()
	w.queue(t, "dlq", nil)
	w.putAlarm(t, notEmpty("set", "dlq"), queueAlarm("unset", "dlq", "ApproximateNumberOfMessagesVisible", 0))
	w.pass(5*time.Hour + 55*time.Minute)
	w.wantState(t, "after almost six hours", "unset", "OK")
	w.pass(10 * time.Minute)
	w.wantReason(t, "after six hours", "unset", "INSUFFICIENT_DATA", "Insufficient Data: 1 datapoint was unknown.")
	w.wantState(t, "after six hours", "set", "OK")
	w.wantValues(t, "after six hours", "dlq", "ApproximateNumberOfMessagesVisible", "0 0 - - - - -")
}

// TestAnIdleQueueWakesSlowly: AWS says that metrics come up to 15 minutes after a queue is used again.
func TestAnIdleQueueWakesSlowly(t *testing.T) {
	w := newWorld()
	b := w.box(t, "dlq", nil)
	w.putAlarm(t, notEmpty("alarm", "dlq"))
	w.pass(48 * time.Hour)
	b.send(t, "dead")
	w.pass(15 * time.Minute)
	w.wantState(t, "15 minutes after the message", "alarm", "OK")
	w.pass(2 * time.Minute)
	w.wantState(t, "17 minutes after the message", "alarm", "ALARM")
	w.pass(3 * 24 * time.Hour)
	w.wantState(t, "a queue with a message does not fall asleep", "alarm", "ALARM")
	w.pass(24 * time.Hour)
	w.wantState(t, "when the message is out of its retention", "alarm", "OK")
}

// TestTheMetricsOfAQueue: one a minute, from what it holds at the end of it and from what happened in it.
func TestTheMetricsOfAQueue(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", map[string]string{"VisibilityTimeout": "90"})
	w.pass(time.Minute)
	b.send(t, "a", "b", "c")
	must[any](t)(b.trySend(t, "later", sqs.SendMessageInput{DelaySeconds: 100}))
	w.pass(time.Minute)
	got := b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 2})
	w.pass(time.Minute)
	b.delete(t, got[0], got[0])
	w.pass(3 * time.Minute)
	b.receive(t)
	b.receive(t)
	b.receive(t)
	w.pass(time.Minute)
	for metric, want := range map[string]string{
		"ApproximateNumberOfMessagesVisible":    "0 3 2 3 3 3 0",
		"ApproximateNumberOfMessagesNotVisible": "0 0 2 0 0 0 3",
		"ApproximateNumberOfMessagesDelayed":    "0 1 0 0 0 0 0",
		"ApproximateAgeOfOldestMessage":         "0 55 115 175 235 295 355",
		"NumberOfMessagesSent":                  "0 4 0 0 0 0 0",
		"NumberOfMessagesReceived":              "0 0 2 0 0 0 3",
		"NumberOfMessagesDeleted":               "0 0 0 2 0 0 0",
		"NumberOfEmptyReceives":                 "0 0 0 0 0 0 2",
		"SentMessageSize":                       "- - - - - - -",
	} {
		w.wantValues(t, "after seven minutes", "q", metric, want)
	}
	w.wantValues(t, "of no queue", "none", "NumberOfMessagesSent", "- -")
}

// TestTheAgeOfTheOldestMessage: a poison message does not count any more, a dead letter from when it became one.
func TestTheAgeOfTheOldestMessage(t *testing.T) {
	w := newWorld()
	dlq := w.box(t, "dlq", nil)
	b := w.box(t, "q", map[string]string{"VisibilityTimeout": "0", "RedrivePolicy": redriveTo(dlq.arn, 4)})
	b.send(t, "poison")
	w.pass(10 * time.Minute)
	b.send(t, "good")
	for range 3 {
		b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 1})
	}
	w.pass(time.Minute)
	w.wantValues(t, "received three times", "q", "ApproximateAgeOfOldestMessage", "595 55")
	b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 1})
	b.receiveBy(t, sqs.ReceiveMessageInput{MaxNumberOfMessages: 1})
	w.pass(time.Minute)
	w.wantValues(t, "dead", "dlq", "ApproximateAgeOfOldestMessage", "0 55")
}

func TestTheMetricsOfATopic(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	_, queue := w.queueFor(t, topic, "q", nil)
	w.subscribed(t, topic, queue, nil)
	refusing := "arn:aws:sqs:us-east-1:111111111111:gone"
	w.subscribed(t, topic, refusing, map[string]string{"RedrivePolicy": undeliveredTo(refusing), "FilterPolicy": `{"lost":[{"exists":true}]}`})
	w.putAlarm(t, topicAlarm("lost", "topic", "NumberOfNotificationsFailedToRedriveToDlq"))
	w.pass(time.Minute)
	w.publish(t, topic, "one")
	w.publish(t, topic, "two")
	w.pass(time.Minute)
	w.wantState(t, "nothing was lost", "lost", "INSUFFICIENT_DATA")
	w.pass(time.Minute)
	w.publish(t, topic, "lost", "lost", "x")
	w.pass(time.Minute)
	w.wantState(t, "one was lost", "lost", "ALARM")
	for metric, want := range map[string]string{
		"NumberOfMessagesPublished":                 "- 2 - 1",
		"NumberOfNotificationsDelivered":            "- 2 - 1",
		"NumberOfNotificationsFilteredOut":          "- 2 - -",
		"NumberOfNotificationsFailed":               "- - - 1",
		"NumberOfNotificationsRedrivenToDlq":        "- - - -",
		"NumberOfNotificationsFailedToRedriveToDlq": "- - - 1",
	} {
		if got := w.values(t, "AWS/SNS", "TopicName", "topic", metric, 4); got != want {
			t.Errorf("%s is %s, want %s", metric, got, want)
		}
	}
	w.pass(3 * time.Minute)
	w.wantState(t, "nothing more was published", "lost", "INSUFFICIENT_DATA")
}
