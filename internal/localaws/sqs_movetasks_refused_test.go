package localaws_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestStartMessageMoveTaskRefused(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 0)
	_, fifo := w.queue(t, "target.fifo", map[string]string{"FifoQueue": "true"})
	_, ofTopic := w.queue(t, "topic-dlq", nil)
	subscription := fmt.Sprintf(`{"deadLetterTargetArn":%q}`, ofTopic)
	must[string](t)(w.subscribe(t, owner, w.topic(t, "topic", nil), target, map[string]string{"RedrivePolicy": subscription}))
	const invalid, missing = "InvalidParameterValue", "ResourceNotFoundException"
	for name, test := range map[string]struct {
		source, target string
		rate           int32
		code, message  string
	}{
		"no dead-letter queue":               {target, "", 0, invalid, "Source queue must be configured as a Dead Letter Queue."},
		"dead letters of a subscription":     {ofTopic, "", 0, invalid, "Source queue must be configured as a Dead Letter Queue."},
		"missing source":                     {dlq + "x", "", 0, missing, "The resource that you specified for the SourceArn parameter doesn't exist."},
		"source of another region":           {strings.Replace(dlq, region, "eu-west-1", 1), "", 0, missing, "The resource that you specified for the SourceArn parameter doesn't exist."},
		"source that is no ARN":              {"dlq", "", 0, invalid, "You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"},
		"missing destination":                {dlq, target + "x", 0, missing, "The resource that you specified for the DestinationArn parameter doesn't exist."},
		"destination that is no ARN":         {dlq, "target", 0, invalid, "You must use this format to specify the DestinationArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"},
		"destination that is the source":     {dlq, dlq, 0, invalid, "Source queue arn and destination queue arn cannot be the same."},
		"destination of another type":        {dlq, fifo, 0, invalid, "The source queue and destination queue must be of the same queue type."},
		"more than 500 messages a second":    {dlq, target, 501, invalid, "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500."},
		"less than one message a second":     {dlq, target, -1, invalid, "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500."},
		"a topic for a source":               {strings.Replace(dlq, "sqs", "sns", 1), "", 0, invalid, "You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"},
		"the source queue, not its dead end": {strings.Replace(dlq, "dlq", "source", 1), "", 0, invalid, "Source queue must be configured as a Dead Letter Queue."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.startMove(t, test.source, test.target, test.rate)
			wantCode(t, "StartMessageMoveTask", err, test.code)
			if err != nil && !strings.HasSuffix(err.Error(), ": "+test.message) {
				t.Errorf("got %v, want %q", err, test.message)
			}
		})
	}
	if got := w.tasks(t, dlq, 10); len(got) != 0 {
		t.Errorf("listed %v, want no task", got)
	}
}

func TestCancelMessageMoveTaskRefused(t *testing.T) {
	w := newWorld()
	dlq, _ := w.deadLetters(t, 0)
	handle := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	const id = "10f57157-fc38-4da9-a113-4de7e12d05aa"
	for name, test := range map[string]struct{ handle, code, message string }{
		"garbage":        {"foobared", "InvalidParameterValue", "Value for parameter TaskHandle is invalid."},
		"no JSON":        {handle("x"), "InvalidParameterValue", "Value for parameter TaskHandle is invalid."},
		"no source":      {handle(`{"taskId":"` + id + `"}`), "InvalidParameterValue", "Value for parameter TaskHandle is invalid."},
		"unknown task":   {handle(fmt.Sprintf(`{"taskId":%q,"sourceArn":%q}`, id, dlq)), "ResourceNotFoundException", "Task does not exist."},
		"missing source": {handle(fmt.Sprintf(`{"taskId":%q,"sourceArn":%q}`, id, dlq+"x")), "ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.cancelMove(t, test.handle)
			wantCode(t, "CancelMessageMoveTask", err, test.code)
			if err != nil && !strings.HasSuffix(err.Error(), ": "+test.message) {
				t.Errorf("got %v, want %q", err, test.message)
			}
		})
	}
}

func TestOneActiveMoveTaskASource(t *testing.T) {
	w := newWorld()
	dlq, target := w.deadLetters(t, 2)
	w.mustStart(t, dlq, target, 1)
	_, err := w.startMove(t, dlq, target, 1)
	wantCode(t, "a second task", err, "InvalidParameterValue")
	w.pass(2 * time.Second)
	w.mustStart(t, dlq, target, 1)
}

func TestActiveMoveTasksOfAnAccount(t *testing.T) {
	w := newWorld()
	start := func(i int) error {
		name := fmt.Sprint("dlq-", i)
		_, dlq := w.queue(t, name, nil)
		w.queue(t, fmt.Sprint("source-", i), map[string]string{
			"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, dlq),
		})
		w.send(t, name, "m")
		_, err := w.startMove(t, dlq, "arn:aws:sqs:us-east-1:111111111111:source-0", 1)
		return err
	}
	for i := range 100 {
		wantCode(t, fmt.Sprint("task ", i+1), start(i), "")
	}
	wantCode(t, "one more", start(100), "RequestThrottled")
	w.pass(time.Second)
	wantCode(t, "when the others have ended", start(101), "")
}
