package localaws

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
)

// TestEveryTableIsSaved fails for a new field of what a server holds until it is saved, or listed here as one that is
// not: it is made anew from others, AWS would not know it either, or (attempts) a receiver that repeats
// itself only receives anew without it.
func TestEveryTableIsSaved(t *testing.T) {
	for _, test := range []struct {
		of         reflect.Type
		saved, not string
	}{
		{
			reflect.TypeFor[Server](), "contents",
			"clock logger strict roles plainHTTP compareQueueTags lacks noTags seed keys log hook mu life policies",
		},
		{
			reflect.TypeFor[contents](),
			"ids issued queues backlogs moves topics subscriptions deliveries published alarms alarmStates evaluated kmsKeys kmsAliases",
			"backlogBytes subscribed filters",
		},
		{
			reflect.TypeFor[backlog](), "all seen purged meter",
			"fifo retention ready waiting aged fresh groups arrivals counts weight total changed attempts",
		},
		{reflect.TypeFor[dedupWindow](), "perGroup sends order", ""},
		{reflect.TypeFor[moveTasks](), "active bySource", ""},
		{reflect.TypeFor[publications](), "answers order", ""},
		{reflect.TypeFor[publicationKey](), "topicARN groupID dedupID", ""},
		{reflect.TypeFor[publication](), "at answer", ""},
		{reflect.TypeFor[firstSend](), "id sequence sent", ""},
		{reflect.TypeFor[idSource](), "source counter", "random"},
		{reflect.TypeFor[table[queue]](), "rows graves", "clock asOf keys writes"},
		{reflect.TypeFor[row[queue]](), "history deleted", "write"},
		{reflect.TypeFor[grave](), "key at", ""},
	} {
		var fields []string
		for i := range test.of.NumField() {
			fields = append(fields, test.of.Field(i).Name)
		}
		want := strings.Fields(test.saved + " " + test.not)
		slices.Sort(fields)
		slices.Sort(want)
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Errorf("fields of %s that are saved or need not be (-listed +there):\n%s", test.of, diff)
		}
	}
	snapshots := reflect.TypeFor[snapshot]()
	if got := snapshots.NumField(); got != 14 {
		t.Errorf("%s has %d fields, want one for each of the 14 saved ones of contents", snapshots, got)
	}
}

// TestEveryFieldOfARowIsSaved fills each field, saves, reads and compares; then with each field zero.
func TestEveryFieldOfARowIsSaved(t *testing.T) {
	const arn = "arn"
	survives(t, (*queue).saved, func(q savedQueue) *queue { return q.restored(arn) })
	survives(t, (*topic).saved, func(s savedTopic) *topic { return s.restored(arn) })
	survives(t, (*subscription).saved, func(s savedSubscription) *subscription { return s.restored(arn) }, "filter")
	survives(t, (*kmsKey).saved, func(k savedKMSKey) *kmsKey { return k.restored(arn) })
	survives(t, (*kmsAlias).saved, func(a savedKMSAlias) *kmsAlias { return a.restored(arn) })
	survives(t, (*alarm).saved, func(a savedAlarm) *alarm { return a.restored(arn) })
	survives(t, (*alarmState).saved, savedAlarmState.restored)
	survives(t, (*meter).saved, savedMeter.restored)
	survives(t, (*message).saved, savedMessage.restored, "place")
	survives(t, (*moveTask).saved, savedMoveTask.restored)
	survives(t, (*tally).saved, savedTally.restored)
	survives(t, func(k *accessKey) savedAccessKey { return k.saved() },
		func(k savedAccessKey) *accessKey { restored := k.restored(); return &restored })
}

func survives[T, M any](t *testing.T, save func(*T) M, restore func(M) *T, not ...string) {
	t.Helper()
	check := func(kind string, value *T) {
		t.Helper()
		text, err := json.Marshal(save(value))
		if err != nil {
			t.Fatal(err)
		}
		var saved M
		if err := json.Unmarshal(text, &saved); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(value, restore(saved), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Errorf("%T, %s, saved as %s (-want +got):\n%s", value, kind, text, diff)
		}
	}
	var full, empty T
	fill(t, reflect.ValueOf(&full).Elem(), not)
	check("full", &full)
	if named := reflect.ValueOf(&empty).Elem().FieldByName("arn"); named.IsValid() {
		settable(named).SetString("arn")
	}
	if counted := reflect.ValueOf(&empty).Elem().FieldByName("counters"); counted.IsValid() {
		settable(counted).Set(reflect.ValueOf(map[string]int{}))
	}
	check("empty", &empty)
}

// fill sets every field of a struct, but those named, to something that is not its zero value: text to its own name.
func fill(t *testing.T, of reflect.Value, not []string) {
	t.Helper()
	for i := range of.NumField() {
		name, field := of.Type().Field(i).Name, settable(of.Field(i))
		if slices.Contains(not, name) {
			continue
		}
		switch field.Interface().(type) {
		case string, Result:
			field.SetString(name)
		case bool:
			field.SetBool(true)
		case int:
			field.SetInt(7)
		case uint64:
			field.SetUint(1 << 60)
		case time.Time:
			field.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)))
		case map[string]string:
			field.Set(reflect.ValueOf(map[string]string{name: "value"}))
		case map[string]int:
			field.Set(reflect.ValueOf(map[string]int{name: 7}))
		case map[string]messageAttribute:
			field.Set(reflect.ValueOf(map[string]messageAttribute{
				"text": {DataType: "String.x", StringValue: "a\u2028<"}, "bytes": {DataType: "Binary", BinaryValue: []byte{0, 255}},
			}))
		case int64:
			field.SetInt(1 << 40)
		case *string:
			field.Set(reflect.ValueOf(&name))
		case *bool, *int, *float64:
			field.Set(reflect.New(field.Type().Elem()))
		case []string:
			field.Set(reflect.ValueOf([]string{name}))
		case []dimension:
			field.Set(reflect.ValueOf([]dimension{{Name: name, Value: "value"}}))
		case []HeldAction:
			field.Set(reflect.ValueOf([]HeldAction{{Time: time.Unix(1, 2).UTC(), Target: "arn", Failure: "why"}}))
		case []levels:
			field.Set(reflect.ValueOf([]levels{{
				Minute: 1, Known: true, Visible: 2, InFlight: 3, Delayed: 4, Oldest: time.Unix(5, 6).UTC(),
			}, {Minute: 7}}))
		case []counts:
			field.Set(reflect.ValueOf([]counts{{Minute: 1, N: [topicCounters]int{1, 2, 3, 4, 5, 6}}}))
		case identity, Outcome, counter, alarmSettings:
			fill(t, field, nil)
		default:
			t.Fatalf("%s.%s is a %s: say here how to fill it", of.Type(), name, field.Type())
		}
	}
}

// settable gives access to a field that is not exported.
func settable(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}

func TestMoveTasksAreNotLoadedWithoutTheirQueue(t *testing.T) {
	lost := New().snapshot()
	lost.Moves = []savedMoveTask{{ID: "task", SourceARN: movesPrefix + "dlq", Status: moveRunning}}
	if _, err := lost.contents(clocktesting.NewFakeClock(time.Time{})); err == nil || !strings.Contains(err.Error(), movesPrefix+"dlq") {
		t.Errorf("got %v, want an error that names the queue", err)
	}
}
