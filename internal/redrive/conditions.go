package redrive

import (
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// set writes a condition of the run.
func (d *decision) set(kind string, status metav1.ConditionStatus, reason, message string) {
	c := metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: d.Generation}
	if old := meta.FindStatusCondition(d.status.Conditions, kind); old == nil || old.Status != status {
		c.LastTransitionTime = metav1.NewTime(d.Now)
	}
	meta.SetStatusCondition(&d.status.Conditions, c)
}

// waits: the run is not over.
func (d *decision) waits(reason, message string) {
	d.set(v1alpha1.ConditionReady, metav1.ConditionFalse, reason, message)
	d.set(v1alpha1.ConditionReconciling, metav1.ConditionTrue, reason, message)
}

// succeed ends the run well.
func (d *decision) succeed(reason, message string) {
	d.end(v1alpha1.RedriveSucceeded)
	message += d.unordered()
	d.set(v1alpha1.ConditionReady, metav1.ConditionTrue, reason, message)
	d.set(v1alpha1.ConditionComplete, metav1.ConditionTrue, reason, message)
}

// fail ends the run.
func (d *decision) fail(reason, message string) {
	d.end(v1alpha1.RedriveFailed)
	d.set(v1alpha1.ConditionReady, metav1.ConditionFalse, reason, message)
	d.set(v1alpha1.ConditionFailed, metav1.ConditionTrue, reason, message)
	d.set(v1alpha1.ConditionStalled, metav1.ConditionTrue, reason, message)
}

func (d *decision) end(state v1alpha1.RedriveState) {
	now := metav1.NewTime(d.Now)
	d.status.State, d.status.CompletionTime, d.status.ObserveUntil = state, &now, nil
	meta.RemoveStatusCondition(&d.status.Conditions, v1alpha1.ConditionReconciling)
	d.Action, d.Handle, d.After = Wait, "", 0
	if ttl := d.Spec.TTLSecondsAfterFinished; ttl != nil {
		d.After = max(time.Duration(*ttl)*time.Second, time.Second)
	}
}

// moves says what goes where.
func (d *decision) moves() string {
	to := "the queues that they came from"
	if d.status.DestinationARN != "" {
		to = "queue " + nameOf(d.status.DestinationARN)
	}
	return "messages move from queue " + nameOf(d.source()) + " to " + to + d.unordered()
}

// unordered says of FIFO queues what does not stay as it was.
func (d *decision) unordered() string {
	if !strings.HasSuffix(d.source(), ".fifo") || copies(d.Spec) {
		return ""
	}
	return "; order beside messages sent meanwhile and deduplication ids are not kept: SQS gives dead letters of FIFO queues new ones"
}

// messages counts them in words.
func messages(n int64) string {
	if n == 1 {
		return "1 message"
	}
	return strconv.FormatInt(n, 10) + " messages"
}

// nameOf is a queue's name by its ARN.
func nameOf(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
