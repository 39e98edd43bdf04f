package cloud

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// All alarms of a region are read by the hundred, whoever asks, and once for all that ask at a time.
func TestAlarmsAreReadByTheHundred(t *testing.T) {
	w := newWorld(t)
	const objects, each = 125, 2
	var states []topology.State
	for i := range objects {
		var alarms []topology.Resource
		for j := range each {
			r := alarmResource(fmt.Sprintf("a%03d-%d", i, j))
			w.putByHand(r.Name, func(in *cloudwatch.PutMetricAlarmInput) { in.Tags = alarmTags(owner.Tags()) })
			alarms = append(alarms, r)
		}
		states = append(states, want(alarms...))
	}
	look := func(parallel bool) {
		t.Helper()
		since := w.clock.Now()
		var all sync.WaitGroup
		for _, s := range states {
			one := func() {
				for _, r := range w.observe(Observation{Want: s, SharedSince: since}).Resources {
					if r.Seen.Existence != topology.Present || *r.Seen.Owner != owner {
						t.Errorf("%s: %+v", r.Name, r.Seen)
					}
				}
			}
			if !parallel {
				one()
				continue
			}
			all.Go(one)
		}
		all.Wait()
	}
	look(false) // now all are known
	for range 3 {
		for _, parallel := range []bool{false, true} {
			w.clock.Step(time.Minute)
			w.aws.ResetCalls()
			look(parallel)
			w.calls(map[string]int{describeAlarms: 3, "tag:GetResources": 3})
		}
	}
	// Those that nobody asks for any more are left out after a while.
	states = states[:1]
	for range 4 {
		w.clock.Step(keepUnasked / 3)
		look(false)
	}
	if n := len(w.in("").alarms.known); n != each {
		t.Errorf("%d alarms are still known", n)
	}
}

// That an alarm is not there is not believed for long: the one who reads next may be the one to put it.
func TestAbsentAlarmIsLookedForAgain(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	since := w.clock.Now()
	look := func() topology.Existence {
		return find(t, w.observe(Observation{Want: want(r), SharedSince: since}), r.Key).Seen.Existence
	}
	if got := look(); got != topology.Absent {
		t.Fatalf("it is %s", got)
	}
	w.putByHand("dead", nil)
	w.clock.Step(keepAbsence + time.Second)
	if got := look(); got != topology.Present {
		t.Errorf("it is %s", got)
	}
}

// A read that takes long is an answer all the same.
func TestSlowReadOfAnAbsentAlarm(t *testing.T) {
	w := newWorld(t)
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "DescribeAlarms" {
			w.clock.Step(2 * keepAbsence)
		}
		return localaws.Fault{}
	})
	r := alarmResource("dead")
	if got := find(t, w.observe(Observation{Want: want(r)}), r.Key).Seen.Existence; got != topology.Absent {
		t.Errorf("it is %s", got)
	}
}

// P33: a permission that is missing leaves alarms unread, and everything else as it is. Once all were refused, one asks for all.
func TestP33AlarmsThatMayNotBeRead(t *testing.T) {
	w := newWorld(t)
	const alarms = 5
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	w.aws.SetHook(failing("AccessDenied", describeAlarms))
	for _, most := range []int{alarms, 0, 2} {
		w.aws.ResetCalls()
		for i := range alarms {
			r := alarmResource(fmt.Sprint("a", i))
			s := w.observe(Observation{Want: want(q, r)})
			if seen := find(t, s, r.Key).Seen; seen.Existence != topology.Unread || seen.Denied["Tags"] != describeAlarms {
				t.Errorf("seen %+v", seen)
			}
			if seen := find(t, s, billing).Seen; seen.Existence != topology.Present {
				t.Errorf("the queue is %+v", seen)
			}
		}
		if n := w.aws.CallCounts()[describeAlarms]; n > most {
			t.Errorf("%d calls, want %d at most", n, most)
		}
		if most == 0 {
			w.clock.Step(keepUnread)
		}
	}
	w.aws.SetHook(nil)
	w.clock.Step(keepUnread)
	if seen := find(t, w.observe(Observation{Want: want(alarmResource("a1"))}), alarmPrefix+"a1").Seen; seen.Existence != topology.Absent {
		t.Errorf("once it is permitted: %+v", seen)
	}
}

// A policy may permit the alarms of some names only: those are read, whoever else is refused.
func TestP33SomeAlarmsMayBeRead(t *testing.T) {
	w := newWorld(t)
	shop, other := alarmResource("shop-a"), alarmResource("other-a")
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "DescribeAlarms" && strings.Contains(string(c.Params), "other-") {
			return localaws.Fault{Code: "AccessDenied", Status: 403}
		}
		return localaws.Fault{}
	})
	for range 3 {
		s := w.observe(Observation{Want: want(shop, other), SharedSince: w.clock.Now()})
		if seen := find(t, s, other.Key).Seen; seen.Existence != topology.Unread {
			t.Errorf("what is not permitted: %+v", seen)
		}
		w.clock.Step(keepUnread)
	}
	if seen := find(t, w.observe(Observation{Want: want(shop, other), SharedSince: w.clock.Now()}), shop.Key).Seen; seen.Existence != topology.Absent {
		t.Errorf("what is permitted: %+v", seen)
	}
}

// A CloudWatch that fails leaves alarms unread, and everything else as it is. One tries for all, so that nobody else waits for it.
func TestAlarmsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	w.aws.SetHook(failing("ValidationError", describeAlarms))
	for _, calls := range []int{1, 0, 1} {
		w.aws.ResetCalls()
		for i := range 5 {
			r := alarmResource(fmt.Sprint("a", i))
			s := w.observe(Observation{Want: want(q, r), SharedSince: w.clock.Now()})
			if seen := find(t, s, r.Key).Seen; seen.Existence != topology.Unread || seen.Fault == nil || seen.Fault.Code != "ValidationError" {
				t.Errorf("seen %+v", seen)
			}
			if seen := find(t, s, billing).Seen; seen.Existence != topology.Present {
				t.Errorf("the queue is %+v", seen)
			}
		}
		if n := w.aws.CallCounts()[describeAlarms]; n != calls {
			t.Errorf("%d calls, want %d", n, calls)
		}
		if calls == 0 {
			w.clock.Step(keepUnread)
		}
	}
	w.aws.SetHook(nil)
	w.clock.Step(keepUnread)
	for i := range 2 {
		if seen := find(t, w.observe(Observation{Want: want(alarmResource("a1"))}), alarmPrefix+"a1").Seen; seen.Existence != topology.Absent {
			t.Errorf("%d. look once it answers: %+v", i, seen)
		}
	}
}

// The tags of an alarm that cannot be read leave it unread too.
func TestAlarmWhoseTagsCannotBeRead(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	w.putByHand(r.Name, func(*cloudwatch.PutMetricAlarmInput) {})
	w.aws.SetHook(failing("ValidationError", "cloudwatch:ListTagsForResource"))
	if seen := find(t, w.observe(Observation{Want: want(r)}), r.Key).Seen; seen.Existence != topology.Unread || seen.Fault == nil {
		t.Errorf("seen %+v", seen)
	}
}
