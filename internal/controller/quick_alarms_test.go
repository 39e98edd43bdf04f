package controller

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

const oncall = "arn:aws:sns:us-east-1:" + quickAccount + ":oncall"

// allAlarms are all kinds with their defaults.
func allAlarms() *v1alpha1.Alarms {
	return &v1alpha1.Alarms{
		Actions:            []v1alpha1.ARN{oncall},
		DeadLetterNotEmpty: &v1alpha1.Alarm{}, OldestMessageAge: &v1alpha1.Alarm{}, UndeliveredNotEmpty: &v1alpha1.Alarm{}, DeliveriesLost: &v1alpha1.Alarm{},
	}
}

// watched makes a topology and a ConsumerQueue of its topic with all alarms.
func (w *quickWorld) watched(change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	mt.Spec.Topics = []v1alpha1.Topic{{Name: "events"}, {Name: "more"}}
	w.create(mt)
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	cq.Spec.Subscriptions = []v1alpha1.Subscription{ordersTopic("events")}
	cq.Spec.Alarms = allAlarms()
	if change != nil {
		change(&cq.Spec)
	}
	w.create(cq)
	w.quiet()
	return cq
}

// rewrite changes the spec of an object and lets that have its consequences.
func (w *quickWorld) rewrite(cq *v1alpha1.ConsumerQueue, change func(*v1alpha1.ConsumerQueueSpec)) {
	w.t.Helper()
	w.reread(cq)
	change(&cq.Spec)
	if err := w.Update(w.ctx, cq); err != nil {
		w.t.Fatalf("writing %s: %v", cq.Name, err)
	}
	w.quiet()
}

// alarmNames are those that the account has.
func (w *quickWorld) alarmNames() []string {
	var out []string
	for resource := range w.hands().everything() {
		if name, ok := strings.CutPrefix(resource, "alarm/"); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (w *quickWorld) hasAlarms(when string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.alarmNames()); diff != "" {
		w.t.Errorf("%s: alarms (-want +got):\n%s\n%s", when, diff, w.describe())
	}
}

var allNames = []string{
	"shop-inventory-dead-letter-not-empty", "shop-inventory-deliveries-lost-shop-orders-events", "shop-inventory-oldest-message-age", "shop-inventory-undelivered-not-empty",
}

// S8: alarms follow the spec and go with the queue.
func TestS8AlarmsFollowTheSpecAndGoWithTheQueue(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(nil)
	w.everyoneReady()
	w.hasAlarms("made", allNames...)
	tags := map[string]string{
		"Tags[skein.dev/cluster]": "quick", "Tags[skein.dev/kind]": "ConsumerQueue", "Tags[skein.dev/namespace]": "shop", "Tags[skein.dev/name]": "inventory",
	}
	for name, own := range map[string]map[string]string{
		allNames[0]: {"MetricName": "ApproximateNumberOfMessagesVisible", "Dimensions": `[{"Name":"QueueName","Value":"shop-inventory-dlq"}]`},
		allNames[1]: {
			"MetricName": "NumberOfNotificationsFailedToRedriveToDlq", "Namespace": "AWS/SNS", "Statistic": "Sum", "Dimensions": `[{"Name":"TopicName","Value":"shop-orders-events"}]`,
		},
		allNames[2]: {
			"MetricName": "ApproximateAgeOfOldestMessage", "Dimensions": `[{"Name":"QueueName","Value":"shop-inventory"}]`, "Threshold": "300", "EvaluationPeriods": "5",
		},
		allNames[3]: {"MetricName": "ApproximateNumberOfMessagesVisible", "Dimensions": `[{"Name":"QueueName","Value":"shop-inventory-undelivered"}]`},
	} {
		want := map[string]string{
			"Namespace": "AWS/SQS", "Statistic": "Maximum", "Threshold": "0", "Period": "60", "EvaluationPeriods": "1", "ComparisonOperator": "GreaterThanThreshold",
			"TreatMissingData": "notBreaching", "ActionsEnabled": "true", "AlarmActions": `["` + oncall + `"]`,
		}
		maps.Copy(want, own)
		maps.Copy(want, tags)
		got := w.hands().fields("alarm/" + name)
		if !strings.Contains(got["AlarmDescription"], "shop/inventory") {
			t.Errorf("%s is described as %q", name, got["AlarmDescription"])
		}
		delete(got, "AlarmDescription")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// The second known form of a dead-letter alarm.
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Alarms = &v1alpha1.Alarms{
			DeadLetterNotEmpty: &v1alpha1.Alarm{Statistic: "Sum", Period: "5m"},
			OldestMessageAge:   &v1alpha1.Alarm{Threshold: ptr.To[int64](3600), EvaluationPeriods: ptr.To[int32](2)},
		}
	})
	w.everyoneReady()
	w.hasAlarms("changed", allNames[0], allNames[2])
	if got := w.hands().fields("alarm/" + allNames[0]); got["Statistic"] != "Sum" || got["Period"] != "300" || got["AlarmActions"] != "" {
		t.Errorf("dead letters: %v", got)
	}
	if got := w.hands().fields("alarm/" + allNames[2]); got["Threshold"] != "3600" || got["EvaluationPeriods"] != "2" || got["Period"] != "60" {
		t.Errorf("age: %v", got)
	}
	w.resetWrites()
	w.pass(time.Hour)
	w.noWrites("at rest")
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.hasAlarms("deleted")
}

// Another topic name makes another alarm; the old one goes.
func TestAlarmsFollowTheTopicsName(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(nil)
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{ordersTopic("more")}
	})
	w.everyoneReady()
	w.hasAlarms("another topic", allNames[0], "shop-inventory-deliveries-lost-shop-orders-more", allNames[2], allNames[3])
	// The undelivered queue stays, and its alarm with it.
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = nil })
	w.everyoneReady()
	w.hasAlarms("no topic", allNames[0], allNames[2], allNames[3])
}

// The alarm of the undelivered queue comes with the queue.
func TestAlarmOfTheUndeliveredQueueComesWithIt(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = nil })
	w.everyoneReady()
	w.hasAlarms("without a subscription", allNames[0], allNames[2])
	if got := w.describe(); !strings.Contains(got, "comes with the first accepted subscription") {
		t.Errorf("told:\n%s", got)
	}
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{ordersTopic("events")} })
	w.everyoneReady()
	w.hasAlarms("with one", allNames...)
}

// With a shared dead-letter queue its alarm watches that one.
func TestAlarmOfASharedDeadLetterQueue(t *testing.T) {
	w := newQuickWorld(t)
	morgue := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "morgue"}}
	morgue.Spec.DeadLetter, morgue.Spec.MessageRetention = &v1alpha1.DeadLetter{Disabled: true}, "336h"
	w.create(morgue)
	w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "morgue"}}
	})
	w.everyoneReady()
	if got := w.hands().fields(deadAlarm)["Dimensions"]; got != `[{"Name":"QueueName","Value":"shop-morgue"}]` {
		t.Errorf("it watches %s", got)
	}
}

// Under Retain alarms that leave the spec stay, and so they do when the object goes.
func TestRetainedAlarmsStay(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionRetain })
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.OldestMessageAge = nil })
	w.everyoneReady()
	w.hasAlarms("out of the spec", allNames...)
	w.reread(cq)
	if slices.ContainsFunc(cq.Status.Resources, func(r v1alpha1.ResourceStatus) bool { return r.Resource == ageAlarm }) {
		t.Error("the alarm is still on record")
	}
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.hasAlarms("deleted", allNames...)
}

// A suspended ConsumerQueue shows what it would do with its alarms, and does nothing.
func TestSuspendedAlarmsArePlanned(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(nil)
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Suspend, s.Alarms.OldestMessageAge = true, nil
		s.Alarms.DeadLetterNotEmpty.Period = "5m"
	})
	w.hasAlarms("suspended", allNames...)
	w.reread(cq)
	var planned []string
	for _, s := range cq.Status.Plan {
		planned = append(planned, s.Action+" "+s.Resource)
	}
	if diff := cmp.Diff([]string{"Update " + deadAlarm, "Delete " + ageAlarm}, planned); diff != "" {
		t.Error(diff)
	}
}

// Without the permission to look at alarms the queues go on, and the ConsumerQueue says what is missing.
func TestAlarmsThatMayNotBeReadHoldUpNothingElse(t *testing.T) {
	w := newQuickWorld(t)
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Service == "cloudwatch" {
			return localaws.Fault{Code: "AccessDenied", Status: 403}
		}
		return localaws.Fault{}
	}
	cq := w.watched(nil)
	if w.hands().fields("queue/shop-inventory") == nil || w.hands().subscription("shop-orders-events", "shop-inventory") == "" {
		t.Errorf("the queue was not made:\n%s", w.describe())
	}
	if got := w.describe(); !strings.Contains(got, "Ready False AccessDenied") || !strings.Contains(got, "cloudwatch:DescribeAlarms") {
		t.Errorf("told:\n%s", got)
	}
	w.resetWrites()
	w.pass(time.Hour)
	w.noWrites("denied")
	w.fault = nil
	w.pass(11 * time.Minute)
	w.everyoneReady()
	w.hasAlarms("permitted", allNames...)
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.hasAlarms("deleted")
}

// An endpoint without CloudWatch is done without, and the status says so.
func TestEndpointWithoutCloudWatch(t *testing.T) {
	w := newQuickWorld(t)
	account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultAccountName}}
	w.reread(account)
	account.Spec.Endpoint = "http://emulator.test"
	if err := w.Update(w.ctx, account); err != nil {
		t.Fatal(err)
	}
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Service == "cloudwatch" {
			return localaws.Fault{Code: "UnknownOperationException", Status: 404}
		}
		return localaws.Fault{}
	}
	cq := w.watched(nil)
	w.everyoneReady()
	w.hasAlarms("without CloudWatch")
	w.reread(cq)
	if c := meta.FindStatusCondition(cq.Status.Conditions, v1alpha1.ConditionDegraded); c == nil || !strings.Contains(c.Message, deadAlarm) {
		t.Errorf("Degraded is %+v", c)
	}
	if n := w.called("DescribeAlarms"); n > 1 {
		t.Errorf("%d reads of alarms", n)
	}
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	if len(w.objects()) != 1 {
		t.Errorf("it is still there:\n%s", w.describe())
	}
}

// Actions that CloudWatch would refuse, or never carry out, are refused before any call; the alarm is made with the others.
func TestActionsThatCannotBeAreRefused(t *testing.T) {
	w := newQuickWorld(t)
	w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.Alarms.Actions = []v1alpha1.ARN{
			oncall, "arn:aws:sns:eu-west-1:" + quickAccount + ":elsewhere", "arn:aws:sns:us-east-1:" + quickAccount + ":ordered.fifo", "arn:aws-cn:sns:cn-north-1:" + quickAccount + ":china",
		}
	})
	if got := w.describe(); !strings.Contains(got, "Ready False InvalidSpec") || !strings.Contains(got, "elsewhere") || !strings.Contains(got, "2 more") {
		t.Errorf("told:\n%s", got)
	}
	if got := w.hands().fields(deadAlarm)["AlarmActions"]; got != `["`+oncall+`"]` {
		t.Errorf("the alarm does %s", got)
	}
}

// Alarms that may not be put or deleted hold up nothing else, and then go with the object once they may.
func TestAlarmsThatMayNotBeWrittenHoldUpNothingElse(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms = nil })
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "PutMetricAlarm" {
			return localaws.Fault{Code: "AccessDenied", Status: 403}
		}
		return localaws.Fault{}
	}
	w.reread(cq)
	cq.Spec.Alarms, cq.Spec.Subscriptions = allAlarms(), []v1alpha1.Subscription{ordersTopic("more")}
	if err := w.Update(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.pass(10 * time.Minute)
	if w.hands().subscription("shop-orders-events", "shop-inventory") != "" || w.hands().subscription("shop-orders-more", "shop-inventory") == "" {
		t.Error("the subscriptions are as they were")
	}
	if got := w.describe(); !strings.Contains(got, "Ready False AccessDenied") {
		t.Errorf("told:\n%s", got)
	}
	w.fault = nil
	w.pass(time.Hour)
	w.everyoneReady()
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "DeleteAlarms" {
			return localaws.Fault{Code: "AccessDenied", Status: 403}
		}
		return localaws.Fault{}
	}
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	if w.hands().fields("queue/shop-inventory") != nil || len(w.alarmNames()) != 4 {
		t.Errorf("the queue is still there, or alarms are gone: %v", w.alarmNames())
	}
	if got := w.describe(); !strings.Contains(got, "cloudwatch:DeleteAlarms") {
		t.Errorf("told:\n%s", got)
	}
	w.fault = nil
	w.pass(time.Hour)
	w.hasAlarms("deleted")
}

// A topic of another region has its metrics there, and its alarm.
func TestAlarmOfATopicInAnotherRegion(t *testing.T) {
	w := newQuickWorld(t)
	far := w.hands().in("eu-west-1")
	if _, err := far.sns.CreateTopic(w.ctx, &sns.CreateTopicInput{Name: ptr.To("far")}); err != nil {
		t.Fatal(err)
	}
	cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: "arn:aws:sns:eu-west-1:" + quickAccount + ":far"}}
	})
	w.everyoneReady()
	name := "shop-inventory-deliveries-lost-far"
	if m := far.alarm(name); m == nil || len(m.AlarmActions) != 0 {
		t.Errorf("the alarm there is %+v", m)
	}
	if got := w.describe(); !strings.Contains(got, "is in eu-west-1, and 1 of the actions") {
		t.Errorf("told:\n%s", got)
	}
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	if far.alarm(name) != nil {
		t.Error("it is still there")
	}
}

// A deletion that waits for messages keeps the alarms, which tell of them: they go with the queues.
func TestS8AlarmsStandWhileADeletionWaits(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(nil)
	w.everyoneReady()
	w.send("shop-inventory-dlq", 1)
	w.delete(cq)
	w.pass(time.Hour)
	w.hasAlarms("while a dead letter is held", allNames...)
	w.purge("shop-inventory-dlq")
	w.pass(time.Hour)
	w.hasAlarms("once it is empty")
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(cq), cq); !apierrors.IsNotFound(err) {
		t.Errorf("the object is still there (%v)\n%s", err, w.describe())
	}
}
