package cli

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestEventTimes: what wrote an event decides where its times and its count stand.
func TestEventTimes(t *testing.T) {
	made := metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour))}
	about := corev1.ObjectReference{Kind: "Redrive", Namespace: "shop", Name: "fix"}
	for name, c := range map[string]struct {
		event corev1.Event
		at    time.Time
		count int32
	}{
		"the old API": {corev1.Event{FirstTimestamp: metav1.NewTime(noon), LastTimestamp: metav1.NewTime(noon.Add(time.Minute)), Count: 7}, noon.Add(time.Minute), 7},
		"once":        {corev1.Event{EventTime: metav1.NewMicroTime(noon)}, noon, 1},
		"a series": {corev1.Event{
			EventTime: metav1.NewMicroTime(noon), Series: &corev1.EventSeries{Count: 3, LastObservedTime: metav1.NewMicroTime(noon.Add(time.Minute))},
		}, noon.Add(time.Minute), 3},
		"no time": {corev1.Event{}, noon.Add(-time.Hour), 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.event.ObjectMeta, c.event.InvolvedObject, c.event.Type = made, about, "Normal"
			want := eventState{At: metav1.NewTime(c.at), Type: "Normal", Object: "rd/fix", Namespace: "shop", Count: c.count}
			if diff := cmp.Diff(want, eventOf(&c.event)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAmiss: what says the same as Ready is not said twice.
func TestAmiss(t *testing.T) {
	conditions := []metav1.Condition{
		{Type: "Ready", Status: "False", Reason: "A", Message: "a"},
		{Type: "Stalled", Status: "True", Reason: "A", Message: "a"},
		{Type: "Accepted", Status: "True", Reason: "Accepted"},
		{Type: "Deliverable", Status: "Unknown", Reason: "B", Message: "b"},
		{Type: "Drifted", Status: "False", Reason: "InSync"},
		{Type: "DeadLetters", Status: "True", Reason: "DeadLettersPresent"},
		{Type: "Degraded", Status: "True", Reason: "UnsupportedByPartition"},
	}
	var got []string
	for _, c := range amiss(conditions, readyOf(conditions)) {
		got = append(got, c.Type)
	}
	if diff := cmp.Diff([]string{"Deliverable", "DeadLetters", "Degraded"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := readyOf(nil); got.Status != metav1.ConditionUnknown || got.Reason != v1alpha1.ReasonPending {
		t.Errorf("before the first look: %+v", got)
	}
}

// TestRedrivesShown: all that are not over, and the last three that are.
func TestRedrivesShown(t *testing.T) {
	var all []v1alpha1.Redrive
	for i := range 8 {
		r := v1alpha1.Redrive{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i), CreationTimestamp: metav1.NewTime(noon.Add(time.Duration(i) * time.Hour))}}
		r.Spec.ConsumerQueue.Name = "orders"
		if i > 1 {
			r.Status.State = v1alpha1.RedriveSucceeded
		}
		if i == 7 {
			r.Spec.ConsumerQueue.Name = "another"
		}
		all = append(all, r)
	}
	var got []string
	for _, r := range redrivesOf("orders", all) {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff([]string{"0", "1", "4", "5", "6"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		10 * time.Minute: "10m", time.Hour: "1h", 90 * time.Minute: "1h30m", 30 * time.Second: "30s", 0: "0s", 70 * time.Second: "1m10s", 20 * time.Hour: "20h",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("shortDuration(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for want, items := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := list("or", items...); got != want {
			t.Errorf("list(%q) = %q, want %q", items, got, want)
		}
	}
}

// TestGreenOfBefore: Ready is not all that a line says while the operator has not seen the last change.
func TestGreenOfBefore(t *testing.T) {
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
	cq.Status.ObservedGeneration = 3
	cq.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: "True", Reason: "Ready"}, {Type: "Drifted", Status: "True", Reason: "DriftDetected"}}
	if got := note(queueOf(cq).objectState); got != "DriftDetected" {
		t.Errorf("of what the operator has seen: %q", got)
	}
	cq.Generation = 4
	if got := note(queueOf(cq).objectState); got != "outdated" {
		t.Errorf("of what the operator has not seen: %q", got)
	}
}
