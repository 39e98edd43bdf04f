package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/localaws"
)

// A CloudWatch that does not answer as it should holds up nothing but the alarms: the queues are made, subscribed and deleted.
func TestCloudWatchThatFailsHoldsUpNothingElse(t *testing.T) {
	w := newQuickWorld(t)
	failing := func(c localaws.Call) localaws.Fault {
		if c.Service == "cloudwatch" {
			return localaws.Fault{Code: "ValidationError", Status: 400}
		}
		return localaws.Fault{}
	}
	w.fault = failing
	cq := w.watched(nil)
	if w.hands().fields("queue/shop-inventory") == nil || w.hands().subscription("shop-orders-events", "shop-inventory") == "" {
		t.Errorf("the queue was not made:\n%s", w.describe())
	}
	if got := w.describe(); !strings.Contains(got, "Ready False") || !strings.Contains(got, "cloudwatch:DescribeAlarms: ValidationError") {
		t.Errorf("told:\n%s", got)
	}
	w.resetWrites()
	w.pass(time.Hour)
	w.noWrites("failing")
	w.fault = nil
	w.pass(11 * time.Minute)
	w.everyoneReady()
	w.hasAlarms("well again", allNames...)

	w.fault = failing
	if err := w.Delete(w.ctx, cq); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	if w.hands().fields("queue/shop-inventory") != nil || len(w.alarmNames()) != 4 {
		t.Errorf("the queue is still there, or alarms are gone: %v\n%s", w.alarmNames(), w.describe())
	}
	if got := w.describe(); !strings.Contains(got, "cloudwatch:DescribeAlarms: ValidationError") {
		t.Errorf("told:\n%s", got)
	}
	w.fault = nil
	w.pass(10 * time.Minute)
	w.hasAlarms("deleted")
	if len(w.objects()) != 1 {
		t.Errorf("it is still there:\n%s", w.describe())
	}
}
