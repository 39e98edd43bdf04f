package localaws_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestActionsThatAreSwitchedOff(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", nil)
	topic := w.topic(t, "oncall", nil)
	inbox := w.inbox(t, topic)
	in := notEmpty("a", "q")
	in.AlarmActions, in.OKActions = []string{topic}, []string{topic}
	w.putAlarm(t, in)
	client := w.cloudwatch(owner, region)
	must[*cloudwatch.DisableAlarmActionsOutput](t)(client.DisableAlarmActions(t.Context(), &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{"a", "none"}}))
	b.send(t, "m")
	w.pass(time.Minute)
	if alarm := w.wantState(t, "switched off", "a", "ALARM"); *alarm.ActionsEnabled {
		t.Error("the actions are enabled")
	}
	must[*cloudwatch.EnableAlarmActionsOutput](t)(client.EnableAlarmActions(t.Context(), &cloudwatch.EnableAlarmActionsInput{AlarmNames: []string{"a"}}))
	w.pass(time.Hour)
	w.wantTold(t, "switched on, but nothing changed", inbox)
	b.delete(t, b.receive(t)...)
	w.pass(time.Minute)
	w.wantTold(t, "switched on", inbox, told{"a", "ALARM", "OK", ""})
}

// TestWhatATopicIsTold is the message as CloudWatch writes it.
func TestWhatATopicIsTold(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", nil)
	topic := w.topic(t, "oncall", nil)
	url, queue := w.queueFor(t, topic, "inbox", nil)
	w.subscribed(t, topic, queue, nil)
	in := notEmpty("orders", "q")
	in.AlarmActions, in.AlarmDescription = []string{topic}, aws.String("look")
	w.putAlarm(t, in)
	b.send(t, "m")
	w.pass(time.Minute)
	var envelope struct{ Subject, Message, TopicArn string }
	if err := json.Unmarshal([]byte(w.bodies(t, url)[0]), &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope.Subject != `ALARM: "orders" in US East (N. Virginia)` {
		t.Errorf("the subject is %s", envelope.Subject)
	}
	want := `{"AlarmName":"orders","AlarmDescription":"look","AWSAccountId":"111111111111",` +
		`"AlarmConfigurationUpdatedTimestamp":"2026-01-02T03:04:05.000+0000","NewStateValue":"ALARM",` +
		`"NewStateReason":"Threshold Crossed: 1 datapoint [1.0 (02/01/26 03:04:00)] was greater than the threshold (0.0).",` +
		`"StateChangeTime":"2026-01-02T03:05:00.000+0000","Region":"US East (N. Virginia)",` +
		`"AlarmArn":"arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders","OldStateValue":"INSUFFICIENT_DATA",` +
		`"OKActions":[],"AlarmActions":["` + topic + `"],"InsufficientDataActions":[],"Trigger":{` +
		`"MetricName":"ApproximateNumberOfMessagesVisible","Namespace":"AWS/SQS","StatisticType":"Statistic","Statistic":"MAXIMUM",` +
		`"Unit":null,"Dimensions":[{"value":"q","name":"QueueName"}],"Period":60,"EvaluationPeriods":1,` +
		`"ComparisonOperator":"GreaterThanThreshold","Threshold":0.0,"TreatMissingData":"notBreaching","EvaluateLowSampleCountPercentile":""}}`
	if diff := cmp.Diff(want, envelope.Message); diff != "" {
		t.Errorf("the message (-want +got):\n%s", diff)
	}
	data := *w.alarm(t, "orders").StateReasonData
	if want := `{"version":"1.0","queryDate":"2026-01-02T03:05:00.000+0000","startDate":"2026-01-02T03:04:00.000+0000","statistic":"Maximum",` +
		`"period":60,"recentDatapoints":[1.0],"threshold":0.0,"evaluatedDatapoints":[{"timestamp":"2026-01-02T03:04:00.000+0000","sampleCount":1.0,"value":1.0}]}`; data != want {
		t.Errorf("the reason for programs is %s, want %s", data, want)
	}
}

// TestATopicMustAdmitAlarms: by its policy and its key. What the policy allows at first is enough in its own account.
func TestATopicMustAdmitAlarms(t *testing.T) {
	statement := func(condition string) func(t *testing.T, w world) string {
		return func(t *testing.T, w world) string {
			t.Helper()
			return w.topic(t, "oncall", map[string]string{"Policy": fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
				`"Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"arn:aws:sns:us-east-1:111111111111:oncall"%s}]}`, condition)})
		}
	}
	encrypted := func(policy string) func(t *testing.T, w world) string {
		return func(t *testing.T, w world) string {
			t.Helper()
			key := "alias/aws/sns"
			if policy != "" {
				key = w.key(t, `{}`)
				w.kmsOK(t, "PutKeyPolicy", quoted("KeyId", key, "PolicyName", "default", "Policy", policy))
			}
			return w.topic(t, "oncall", map[string]string{"KmsMasterKeyId": key})
		}
	}
	for name, test := range map[string]struct {
		topic   func(t *testing.T, w world) string
		failure string
	}{
		"first policy":        {func(t *testing.T, w world) string { return w.topic(t, "oncall", nil) }, ""},
		"no condition":        {statement(""), ""},
		"the alarm":           {statement(`,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:111111111111:alarm:*"}}`), ""},
		"the account":         {statement(`,"Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}`), ""},
		"another alarm":       {statement(`,"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:111111111111:alarm:b"}}`), "is not authorized to perform: SNS:Publish"},
		"another account":     {statement(`,"Condition":{"StringEquals":{"aws:SourceAccount":"222222222222"}}`), "is not authorized to perform: SNS:Publish"},
		"no topic":            {func(*testing.T, world) string { return "arn:aws:sns:us-east-1:111111111111:none" }, "Topic does not exist"},
		"a FIFO topic":        {func(t *testing.T, w world) string { return w.topic(t, "oncall.fifo", fifoTopic) }, "MessageGroupId"},
		"a function":          {func(*testing.T, world) string { return "arn:aws:lambda:us-east-1:111111111111:function:f" }, "only SNS topics"},
		"its key":             {encrypted(keyPolicy("cloudwatch.amazonaws.com")), ""},
		"its key admits SNS":  {encrypted(keyPolicy("sns.amazonaws.com")), "the topic's key: User: cloudwatch.amazonaws.com is not authorized"},
		"a key that is AWS's": {encrypted(""), "the topic's key: "},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			b := w.box(t, "q", nil)
			in := notEmpty("a", "q")
			in.AlarmActions = []string{test.topic(t, w)}
			w.putAlarm(t, in)
			b.send(t, "m")
			w.pass(time.Minute)
			actions := w.heldAlarm(t, "a").LastActions
			if len(actions) != 1 || !strings.Contains(actions[0].Failure, test.failure) || (test.failure == "") != (actions[0].Failure == "") ||
				actions[0].Target != in.AlarmActions[0] {
				t.Errorf("actions were %+v, want one that says %q", actions, test.failure)
			}
		})
	}
}

func (w world) heldAlarm(t *testing.T, name string) localaws.HeldAlarm {
	t.Helper()
	for _, alarm := range w.Holdings().Accounts[0].Regions[0].Alarms {
		if alarm.Name == name {
			return alarm
		}
	}
	t.Fatalf("alarm %s is not held", name)
	return localaws.HeldAlarm{}
}

// TestAnAlarmMayTellATopicOfAnotherAccount: which must say so itself, its first policy does not.
func TestAnAlarmMayTellATopicOfAnotherAccount(t *testing.T) {
	w := newWorld()
	b := w.box(t, "q", nil)
	topic := w.topic(t, "oncall", nil)
	theirs := notEmpty("theirs", "q")
	theirs.AlarmActions = []string{topic}
	must[*cloudwatch.PutMetricAlarmOutput](t)(w.cloudwatch(stranger, region).PutMetricAlarm(t.Context(), theirs))
	b.send(t, "m")
	must[*cloudwatch.SetAlarmStateOutput](t)(w.cloudwatch(stranger, region).SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("theirs"), StateValue: "ALARM", StateReason: aws.String("by hand"),
	}))
	held := w.Holdings().Accounts[1].Regions[0].Alarms[0]
	if len(held.LastActions) != 1 || !strings.Contains(held.LastActions[0].Failure, "is not authorized") {
		t.Errorf("the action was %+v, want it refused", held.LastActions)
	}
	w.pass(time.Minute)
	if held = w.Holdings().Accounts[1].Regions[0].Alarms[0]; held.State != "OK" {
		t.Errorf("the alarm of another account is %s (%s): it sees the queue", held.State, held.Reason)
	}
}

// TestALongPollGetsWhatAnAlarmTells: nobody calls meanwhile.
func TestALongPollGetsWhatAnAlarmTells(t *testing.T) {
	w, waits := newPollWorld()
	b := w.box(t, "q", nil)
	topic := w.topic(t, "oncall", nil)
	_, queue := w.queueFor(t, topic, "inbox", nil)
	inbox := w.box(t, "inbox", admitting(topic, queue))
	w.subscribed(t, topic, queue, map[string]string{"RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody", "FilterPolicy": `{"AlarmName":["a"]}`})
	in := notEmpty("a", "q")
	in.AlarmActions = []string{topic}
	w.putAlarm(t, in)
	b.send(t, "m")
	w.pass(50 * time.Second)
	p := inbox.startPoll(t.Context(), waits, 20)
	w.pass(5 * time.Second)
	if got := <-p.done; got.err != nil || len(got.bodies) != 1 {
		t.Errorf("received %q (%v), want what the alarm told at the full minute", got.bodies, got.err)
	}
}
