package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Retention is raised by hand in an incident, so that messages survive it.
func TestOnCallRaisedRetentionIsReportedNotCutBack(t *testing.T) {
	exception := func(w *world) []v1alpha1.DriftException {
		return []v1alpha1.DriftException{{Resource: "queue/" + w.namespace + "-inventory", Field: "MessageRetentionPeriod"}}
	}
	for name, c := range map[string]struct {
		policy    v1alpha1.DriftPolicy
		exception bool
		state     string
	}{
		"Correct": {v1alpha1.DriftCorrect, false, "Detected"}, "Report": {v1alpha1.DriftReport, false, "Reported"}, "exception": {"", true, "Reported"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) {
				s.DriftPolicy = c.policy
				if c.exception {
					s.DriftExceptions = exception(w)
				}
			})
			w.settled()
			w.send(cq.Status.QueueURL, "held")
			w.set(cq.Status.QueueURL, "MessageRetentionPeriod", "1209600")
			w.drifted(cq, "MessageRetentionPeriod 1209600->345600 "+c.state)
			raised := func() {
				t.Helper()
				w.pass(time.Hour)
				if got := w.attributes(cq.Status.QueueName)["MessageRetentionPeriod"]; got != "1209600" {
					t.Fatalf("the retention was cut back to %s while a message is held", got)
				}
			}
			raised()
			if c.state == "Reported" {
				w.ready(cq)
				w.drain(cq.Status.QueueURL)
				raised()
				w.drifted(cq, "MessageRetentionPeriod 1209600->345600 Reported")
				return
			}
			w.mentions(w.stalled(cq, v1alpha1.ReasonWouldDeleteMessages), "raised", "drain", "messageRetention", "driftExceptions", v1alpha1.AnnotationAllowRetentionCut)
			w.waitFor(cq, "Drifted", metav1.ConditionTrue, v1alpha1.ReasonDriftDetected)
			version := cq.ResourceVersion
			raised()
			w.stop()
			w.start()
			raised()
			if err := w.Get(w.ctx, keyOf(cq), cq); err != nil || cq.ResourceVersion != version {
				t.Errorf("the status changes while nothing does: %v\n%s", err, w.describe())
			}
			w.drain(cq.Status.QueueURL)
			w.drifted(cq, "MessageRetentionPeriod 1209600->345600 Corrected")
			w.ready(cq)
			if got := w.attributes(cq.Status.QueueName)["MessageRetentionPeriod"]; got != "345600" {
				t.Errorf("the retention is %s once the queue is empty", got)
			}
		})
	}
}
