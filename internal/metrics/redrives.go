package metrics

import (
	"cmp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	toolscache "k8s.io/client-go/tools/cache"

	"github.com/skein-dev/skein/api/v1alpha1"
)

var (
	redrives = desc("skein_redrives", "Redrives by state.", "state")

	redriveMessages = desc("skein_redrive_messages",
		"Messages of a Redrive until ten minutes after its end, by what is counted: toMove at its start, moved, and returned as dead letters.",
		"namespace", "name", "consumer_queue", "count")

	redriveHalted = desc("skein_redrive_halted",
		"Whether the redrive schedule of a ConsumerQueue is halted because messages came back (1) or not (0).", "namespace", "name")
)

// shownAfterwards is for how long a Redrive that is over is shown, so that its last numbers are scraped.
const shownAfterwards = 10 * time.Minute

func newMoved() *prometheus.CounterVec {
	moved := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "skein_redrive_messages_moved_total",
		Help: "Messages that Redrives have moved, about, by source (DeadLetter, Undelivered).",
	}, []string{"source"})
	for _, source := range []v1alpha1.RedriveSource{v1alpha1.RedriveDeadLetter, v1alpha1.RedriveUndelivered} {
		moved.WithLabelValues(string(source))
	}
	return moved
}

func newRuns() *prometheus.CounterVec {
	runs := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "skein_redrive_runs_total",
		Help: "Redrives that are over, by state (Succeeded, Failed) and reason.",
	}, []string{"state", "reason"})
	// From zero on, so that the first one is an increase.
	for _, reason := range []string{v1alpha1.ReasonMoved, v1alpha1.ReasonMessageLimitReached} {
		runs.WithLabelValues(string(v1alpha1.RedriveSucceeded), reason)
	}
	for _, reason := range []string{v1alpha1.ReasonMessagesReturned, v1alpha1.ReasonTaskFailed, v1alpha1.ReasonTaskCancelled, v1alpha1.ReasonTaskLost} {
		runs.WithLabelValues(string(v1alpha1.RedriveFailed), reason)
	}
	return runs
}

// redrives shows how far runs and schedules are.
func (s *state) redrives(out chan<- prometheus.Metric, now time.Time) {
	counts := map[v1alpha1.RedriveState]int{
		v1alpha1.RedrivePending: 0, v1alpha1.RedriveStarting: 0, v1alpha1.RedriveRunning: 0, v1alpha1.RedriveCancelling: 0,
		v1alpha1.RedriveObserving: 0, v1alpha1.RedriveSucceeded: 0, v1alpha1.RedriveFailed: 0,
	}
	for i := range s.runs.Items {
		r := &s.runs.Items[i]
		counts[cmp.Or(r.Status.State, v1alpha1.RedrivePending)]++
		if r.Finished() && (r.Status.CompletionTime == nil || now.Sub(r.Status.CompletionTime.Time) > shownAfterwards) {
			continue
		}
		for count, n := range map[string]int64{"toMove": r.Status.MessagesToMove, "moved": r.Status.MessagesMoved, "returned": r.Status.MessagesReturned} {
			out <- gauge(redriveMessages, float64(n), r.Namespace, r.Name, r.Spec.ConsumerQueue.Name, count)
		}
	}
	for state, n := range counts {
		out <- gauge(redrives, float64(n), string(state))
	}
	for i := range s.consumers.Items {
		cq := &s.consumers.Items[i]
		if cq.Spec.DeadLetter == nil || cq.Spec.DeadLetter.Redrive == nil {
			continue
		}
		halted := 0.0
		if meta.IsStatusConditionTrue(cq.Status.Conditions, v1alpha1.ConditionRedriveHalted) {
			halted = 1
		}
		out <- gauge(redriveHalted, halted, cq.Namespace, cq.Name)
	}
}

// follow counts what Redrives move from now on: a counter must not fall when a Redrive goes.
func (c *Collector) follow() toolscache.ResourceEventHandlerDetailedFuncs {
	return toolscache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(o any, initial bool) {
			if r, ok := o.(*v1alpha1.Redrive); ok && !initial {
				c.count(&v1alpha1.Redrive{}, r)
			}
		},
		UpdateFunc: func(before, after any) {
			b, ok := before.(*v1alpha1.Redrive)
			if a, is := after.(*v1alpha1.Redrive); is && ok {
				c.count(b, a)
			}
		},
	}
}

// count adds what has changed in a Redrive. A run that is given up by deletion is not over, it is gone.
func (c *Collector) count(before, after *v1alpha1.Redrive) {
	if before.UID != after.UID {
		before = &v1alpha1.Redrive{}
	}
	source := cmp.Or(after.Spec.Source, v1alpha1.RedriveDeadLetter)
	if n := after.Status.MessagesMoved - before.Status.MessagesMoved; n > 0 {
		c.moved.WithLabelValues(string(source)).Add(float64(n))
	}
	if !after.Finished() || before.Finished() {
		return
	}
	over := v1alpha1.ConditionComplete
	if after.Status.State == v1alpha1.RedriveFailed {
		over = v1alpha1.ConditionFailed
	}
	reason := ""
	if condition := meta.FindStatusCondition(after.Status.Conditions, over); condition != nil {
		reason = condition.Reason
	}
	c.runs.WithLabelValues(string(after.Status.State), reason).Inc()
}
