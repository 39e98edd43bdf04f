package redrive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
)

func TestRunOfASchedule(t *testing.T) {
	cq := hourly(func(cq *v1alpha1.ConsumerQueue) {
		s := cq.Spec.DeadLetter.Redrive
		s.MaxMessagesPerSecond, s.MaxMessagesPerRun, s.ObserveFor = ptr.To[int32](50), ptr.To[int64](10000), "10m"
	})
	got := redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("12:00")}).Create
	want := &v1alpha1.Redrive{
		ObjectMeta: metav1.ObjectMeta{Namespace: "warehouse", Name: name("12:00")},
		Spec: v1alpha1.RedriveSpec{
			ConsumerQueue: v1alpha1.LocalReference{Name: "inventory"}, MaxMessagesPerSecond: ptr.To[int32](50), MaxMessages: ptr.To[int64](10000), HaltOnReturnRatio: "0.5", ObserveFor: "10m",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Redrive (-want +got):\n%s", diff)
	}
	cq.Spec.DeadLetter.Redrive.HaltOnReturnRatio = "0.1"
	if got = redrive.DecideSchedule(redrive.ScheduleInput{Queue: cq, Now: at("12:00")}).Create; got.Spec.HaltOnReturnRatio != "0.1" {
		t.Errorf("haltOnReturnRatio is %s", got.Spec.HaltOnReturnRatio)
	}
}

func TestRunNamesFitKubernetes(t *testing.T) {
	due := at("12:00")
	long, longer := strings.Repeat("a", 230)+"."+strings.Repeat("b", 22), strings.Repeat("a", 230)+"."+strings.Repeat("b", 21)+"c"
	seen := map[string]bool{}
	for _, queue := range []string{"inventory", strings.Repeat("q", 244), strings.Repeat("q", 245), long, longer} {
		got := redrive.RunName(queue, due)
		if len(got) > 253 || strings.Contains(got, ".-") || !strings.HasSuffix(got, "-29542320") || seen[got] {
			t.Errorf("the run of %s is called %s (%d characters)", queue, got, len(got))
		}
		seen[got] = true
	}
	if got := redrive.RunName("inventory", due); got != "inventory-29542320" {
		t.Errorf("the run is called %s", got)
	}
}
