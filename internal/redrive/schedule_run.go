package redrive

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The Redrives of a schedule.

const (
	// defaultHistory is how many finished ones are kept.
	defaultHistory = 3
	// defaultHaltRatio halts a schedule whose messages come back.
	defaultHaltRatio v1alpha1.Ratio = "0.5"
	// maxName is the limit of Kubernetes for the name of an object.
	maxName = 253
	// maxMark is the limit of status.redrive.resumeRedrive.
	maxMark = 253
)

// RunName is the name of a schedule's Redrive: the queue's, and the minute since 1970 that it is due, so that whoever makes it again finds it made. Of a
// queue's name that is too long a hash stands for the rest.
func RunName(queue string, due time.Time) string {
	minute := "-" + strconv.FormatInt(due.Unix()/60, 10)
	if len(queue)+len(minute) <= maxName {
		return queue + minute
	}
	sum := sha256.Sum256([]byte(queue))
	hash := "-" + hex.EncodeToString(sum[:5])
	return strings.TrimRight(queue[:maxName-len(hash)-len(minute)], "-.") + hash + minute
}

// dueTime is the time of the schedule that a Redrive was made for, from its name; zero where it was made by somebody else.
func dueTime(run *v1alpha1.Redrive) time.Time {
	minute, err := strconv.ParseInt(run.Name[strings.LastIndex(run.Name, "-")+1:], 10, 64)
	if due := time.Unix(minute*60, 0).UTC(); err == nil && RunName(run.Spec.ConsumerQueue.Name, due) == run.Name {
		return due
	}
	return time.Time{}
}

// newRun is the Redrive of a time of the schedule.
func newRun(queue *v1alpha1.ConsumerQueue, spec *v1alpha1.RedriveSchedule, due time.Time) *v1alpha1.Redrive {
	spec = spec.DeepCopy()
	return &v1alpha1.Redrive{
		ObjectMeta: metav1.ObjectMeta{Namespace: queue.Namespace, Name: RunName(queue.Name, due)},
		Spec: v1alpha1.RedriveSpec{
			ConsumerQueue: v1alpha1.LocalReference{Name: queue.Name}, MaxMessagesPerSecond: spec.MaxMessagesPerSecond, MaxMessages: spec.MaxMessagesPerRun,
			HaltOnReturnRatio: cmp.Or(spec.HaltOnReturnRatio, defaultHaltRatio), ObserveFor: spec.ObserveFor,
		},
	}
}

// returned says that a run is over because its messages came back.
func returned(run *v1alpha1.Redrive) bool {
	failed := meta.FindStatusCondition(run.Status.Conditions, v1alpha1.ConditionFailed)
	return run.Finished() && failed != nil && failed.Status == metav1.ConditionTrue && failed.Reason == v1alpha1.ReasonMessagesReturned
}

// oldestActive is the first run that is not over, nil for none. One that is being deleted is active until it is gone: its task may still run.
func oldestActive(runs []v1alpha1.Redrive) *v1alpha1.Redrive {
	var out *v1alpha1.Redrive
	for i := range runs {
		if !runs[i].Finished() && (out == nil || older(runs[i], *out) < 0) {
			out = &runs[i]
		}
	}
	return out
}

func older(a, b v1alpha1.Redrive) int {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), dueTime(&a).Compare(dueTime(&b)), strings.Compare(a.Name, b.Name))
}

func historyLimit(spec *v1alpha1.RedriveSchedule) int {
	if spec.HistoryLimit == nil {
		return defaultHistory
	}
	return int(*spec.HistoryLimit)
}

// surplus are the finished runs beyond the limit, oldest first. The one that halted the schedule stays, and is not counted.
func surplus(runs []v1alpha1.Redrive, limit int, haltedBy string) []v1alpha1.Redrive {
	var finished []v1alpha1.Redrive
	for _, run := range runs {
		if run.Finished() && run.DeletionTimestamp.IsZero() && run.Name != haltedBy {
			finished = append(finished, run)
		}
	}
	slices.SortFunc(finished, older)
	return finished[:max(len(finished)-limit, 0)]
}

// markOf is an annotation's value as the status keeps it: as it is, or where it is too long its hash.
func markOf(value string) string {
	if utf8.RuneCountInString(value) <= maxMark {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return "sha256:" + hex.EncodeToString(sum[:])
}
