package controller

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
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
