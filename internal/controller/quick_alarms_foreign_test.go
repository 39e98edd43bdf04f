package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Alarms that somebody else has made, or laid hands on.

// An alarm of the name that is not Skein's is left as it is to the byte, and so is everything that the ConsumerQueue would make beside it.
func TestForeignAlarmIsLeftAlone(t *testing.T) {
	for name, tags := range map[string]map[string]string{
		"untagged": nil, "of another cluster": {"skein.dev/cluster": "another", "skein.dev/kind": "ConsumerQueue", "skein.dev/namespace": "a", "skein.dev/name": "b"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newQuickWorld(t)
			if err := w.hands().createAlarm(allNames[0], tags); err != nil {
				t.Fatal(err)
			}
			before, updated := w.hands().fields("alarm/"+allNames[0]), w.hands().alarm(allNames[0]).AlarmConfigurationUpdatedTimestamp
			cq := w.watched(nil)
			if got := w.describe(); !strings.Contains(got, "Ready False NotOwned: alarm "+allNames[0]) {
				t.Errorf("told:\n%s", got)
			}
			if diff := cmp.Diff(before, w.hands().fields("alarm/"+allNames[0])); diff != "" || !updated.Equal(*w.hands().alarm(allNames[0]).AlarmConfigurationUpdatedTimestamp) {
				t.Errorf("somebody's alarm was written:\n%s", diff)
			}
			if w.hands().fields("queue/shop-inventory") != nil {
				t.Error("the queue was made")
			}
			if err := w.hands().deleteAlarm(allNames[0]); err != nil {
				t.Fatal(err)
			}
			w.quiet()
			w.everyoneReady()
			w.hasAlarms("once it is gone", allNames...)
			if err := w.Delete(w.ctx, cq); err != nil {
				t.Fatal(err)
			}
			w.quiet()
			w.hasAlarms("deleted")
		})
	}
}

// An alarm that somebody makes between the look and the call that would replace it is not replaced.
func TestAlarmMadeMeanwhileIsNotReplaced(t *testing.T) {
	w := newQuickWorld(t)
	made := false
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "CreateQueue" && !made {
			made = true
			if err := w.hands().createAlarm(allNames[0], nil); err != nil {
				t.Error(err)
			}
		}
		return localaws.Fault{}
	}
	w.watched(nil)
	if got := w.hands().fields("alarm/" + allNames[0])["AlarmDescription"]; got != "theirs" || !made {
		t.Errorf("it is described as %q", got)
	}
	if got := w.describe(); !strings.Contains(got, "Ready False NotOwned: alarm "+allNames[0]) {
		t.Errorf("told:\n%s", got)
	}
}

// A change of one field keeps what others had an alarm do in its other states, also when that was put there a moment ago.
func TestChangeOfAnAlarmKeepsWhatIsTheirs(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(nil)
	theirs := `["arn:aws:sns:us-east-1:` + quickAccount + `:theirs"]`
	for _, field := range []string{"OKActions", "InsufficientDataActions"} {
		if err := w.hands().set(deadAlarm, field, theirs); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.hands().set(deadAlarm, "Tags[theirs]", "1"); err != nil {
		t.Fatal(err)
	}
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.DeadLetterNotEmpty.Period = "5m" })
	w.everyoneReady()
	got := w.hands().fields(deadAlarm)
	if got["OKActions"] != theirs || got["InsufficientDataActions"] != theirs || got["Tags[theirs]"] != "1" || got["Period"] != "300" {
		t.Errorf("the alarm is %v", got)
	}
}

// Drift that is left stays when something else of the alarm is changed, though the call replaces the whole alarm.
func TestReportedDriftOfAnAlarmOutlivesAChange(t *testing.T) {
	for field, value := range map[string]string{"Threshold": "9", "ExtendedStatistic": "p99", "ActionsEnabled": "false"} {
		t.Run(field, func(t *testing.T) {
			w := newQuickWorld(t)
			cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
				s.DriftExceptions = []v1alpha1.DriftException{{Resource: deadAlarm, Field: field}, {Resource: deadAlarm, Field: "Statistic"}}
			})
			if err := w.hands().set(deadAlarm, field, value); err != nil {
				t.Fatal(err)
			}
			w.quiet()
			w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.DeadLetterNotEmpty.Period = "5m" })
			w.everyoneReady()
			if got := w.hands().fields(deadAlarm); got[field] != value || got["Period"] != "300" {
				t.Errorf("the alarm is %v", got)
			}
		})
	}
}

// An alarm that somebody made into one of another kind, or deleted, comes back.
func TestAlarmThatIsGoneComesBack(t *testing.T) {
	w := newQuickWorld(t)
	w.watched(nil)
	before := w.hands().everything()
	if err := w.hands().remove(deadAlarm); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.everyoneReady()
	if diff := cmp.Diff(before, w.hands().everything()); diff != "" {
		t.Errorf("after it was deleted:\n%s", diff)
	}
	if w.told("Recreated") != 1 {
		t.Errorf("events: %q", w.events)
	}
}

// An alarm that exists is taken over after its adoption was announced, with what the spec does not say; what it does on missing data is Skein's part.
func TestAlarmIsAdopted(t *testing.T) {
	w := newQuickWorld(t)
	if err := w.hands().createAlarm(allNames[0], map[string]string{"theirs": "1"}); err != nil {
		t.Fatal(err)
	}
	cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.AdoptionPolicy, s.Alarms.DeadLetterNotEmpty.Threshold = v1alpha1.AdoptionAdopt, ptr.To[int64](3)
	})
	w.everyoneReady()
	w.hasAlarms("adopted", allNames...)
	got := w.hands().fields(deadAlarm)
	want := map[string]string{
		"MetricName": "ApproximateNumberOfMessagesVisible", "Namespace": "AWS/SQS", "Statistic": "Average", "Period": "120", "EvaluationPeriods": "7", "Threshold": "3",
		"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching", "AlarmDescription": "theirs", "AlarmActions": `["` + oncall + `"]`,
		"OKActions": `["` + quickARN("sns", "theirs") + `"]`, "Tags[theirs]": "1", "Tags[skein.dev/name]": "inventory",
	}
	for field, value := range want {
		if got[field] != value {
			t.Errorf("%s is %q, want %q", field, got[field], value)
		}
	}
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.DeadLetterNotEmpty.Period = "5m" })
	if got := w.hands().fields(deadAlarm); got["Period"] != "300" || got["Statistic"] != "Average" {
		t.Errorf("with a period in the spec: %v", got)
	}
}

// A mute that drift exceptions allow, put there a moment ago, outlives a change of something else.
func TestMuteOfAMomentAgoOutlivesAChange(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(func(s *v1alpha1.ConsumerQueueSpec) {
		s.DriftExceptions = []v1alpha1.DriftException{{Resource: deadAlarm, Field: "ActionsEnabled"}}
	})
	if err := w.hands().set(deadAlarm, "ActionsEnabled", "false"); err != nil {
		t.Fatal(err)
	}
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.DeadLetterNotEmpty.Period = "5m" })
	w.everyoneReady()
	if got := w.hands().fields(deadAlarm); got["ActionsEnabled"] != "false" || got["Period"] != "300" {
		t.Errorf("the alarm is %v", got)
	}
}

// An alarm that somebody made anew a moment ago is not replaced by a change of the spec.
func TestAlarmMadeAnewByAnotherIsNotReplaced(t *testing.T) {
	w := newQuickWorld(t)
	cq := w.watched(nil)
	name := strings.TrimPrefix(deadAlarm, "alarm/")
	if err := w.hands().deleteAlarm(name); err != nil {
		t.Fatal(err)
	}
	if err := w.hands().createAlarm(name, map[string]string{"made-by": "another"}); err != nil {
		t.Fatal(err)
	}
	before := w.hands().fields(deadAlarm)
	w.rewrite(cq, func(s *v1alpha1.ConsumerQueueSpec) { s.Alarms.DeadLetterNotEmpty.Period = "5m" })
	w.pass(30 * time.Minute)
	if diff := cmp.Diff(before, w.hands().fields(deadAlarm)); diff != "" {
		t.Errorf("it was replaced:\n%s", diff)
	}
	if got := w.describe(); !strings.Contains(got, "NotOwned") {
		t.Errorf("told:\n%s", got)
	}
}
