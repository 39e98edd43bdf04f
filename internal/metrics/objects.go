package metrics

import (
	"cmp"
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

var (
	objects = desc("skein_objects", "Objects by kind, status of the condition Ready and its reason.", "kind", "ready", "reason")

	problemSince = desc("skein_problem_since_timestamp_seconds",
		"Since when (Unix time) a condition says that something is wrong, by object, condition and reason; no series while all is well.",
		"kind", "namespace", "name", "condition", "reason")

	queueMessages = desc("skein_queue_messages",
		"Messages at the last look, by ConsumerQueue, queue (main, deadLetter, undelivered) and state (visible, inFlight, delayed; any: of dead letters and undelivered messages, all).",
		"namespace", "name", "queue", "state")
)

// problems are the conditions that say that something is wrong, with the status in which they do. A Redrive is not Ready while it runs: that is none.
var problems = map[string]metav1.ConditionStatus{
	v1alpha1.ConditionReady:         metav1.ConditionFalse,
	v1alpha1.ConditionAccepted:      metav1.ConditionFalse,
	v1alpha1.ConditionDeliverable:   metav1.ConditionFalse,
	v1alpha1.ConditionStalled:       metav1.ConditionTrue,
	v1alpha1.ConditionDrifted:       metav1.ConditionTrue,
	v1alpha1.ConditionDeadLetters:   metav1.ConditionTrue,
	v1alpha1.ConditionRedriveHalted: metav1.ConditionTrue,
	v1alpha1.ConditionFailed:        metav1.ConditionTrue,
}

const kindRedrive = "Redrive"

// state is all objects. They are the cache's own and must not be changed.
type state struct {
	accounts   v1alpha1.AWSAccountList
	topologies v1alpha1.MessagingTopologyList
	consumers  v1alpha1.ConsumerQueueList
	runs       v1alpha1.RedriveList
}

// list reads all objects from a cache, without a copy of them.
func list(ctx context.Context, reader client.Reader) (*state, error) {
	s := &state{}
	for _, l := range []client.ObjectList{&s.accounts, &s.topologies, &s.consumers, &s.runs} {
		if err := reader.List(ctx, l, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing %T: %w", l, err)
		}
	}
	return s, nil
}

// each calls a function for each object with its kind and conditions.
func (s *state) each(f func(kind string, o metav1.Object, conditions []metav1.Condition)) {
	for i := range s.accounts.Items {
		f("AWSAccount", &s.accounts.Items[i], s.accounts.Items[i].Status.Conditions)
	}
	for i := range s.topologies.Items {
		f("MessagingTopology", &s.topologies.Items[i], s.topologies.Items[i].Status.Conditions)
	}
	for i := range s.consumers.Items {
		f("ConsumerQueue", &s.consumers.Items[i], s.consumers.Items[i].Status.Conditions)
	}
	for i := range s.runs.Items {
		f(kindRedrive, &s.runs.Items[i], s.runs.Items[i].Status.Conditions)
	}
}

// conditions shows how many objects are Ready, and what is wrong with which.
func (s *state) conditions(out chan<- prometheus.Metric) {
	counts := map[[3]string]int{}
	s.each(func(kind string, o metav1.Object, conditions []metav1.Condition) {
		ready := cmp.Or(meta.FindStatusCondition(conditions, v1alpha1.ConditionReady),
			&metav1.Condition{Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonPending})
		counts[[3]string{kind, string(ready.Status), ready.Reason}]++
		for _, c := range conditions {
			if wrong, ok := problems[c.Type]; ok && c.Status == wrong && (kind != kindRedrive || c.Type != v1alpha1.ConditionReady) {
				out <- gauge(problemSince, float64(c.LastTransitionTime.Unix()), kind, o.GetNamespace(), o.GetName(), c.Type, c.Reason)
			}
		}
	})
	for labels, n := range counts {
		out <- gauge(objects, float64(n), labels[:]...)
	}
}

// queues shows the messages that the statuses tell of. What an object does not have, or does not know, is not shown.
func (s *state) queues(out chan<- prometheus.Metric) {
	for i := range s.consumers.Items {
		cq := &s.consumers.Items[i]
		m := cq.Status.Messages
		if m == nil {
			continue
		}
		show := func(n int64, queue, state string) {
			out <- gauge(queueMessages, float64(n), cq.Namespace, cq.Name, queue, state)
		}
		show(m.Visible, "main", "visible")
		show(m.InFlight, "main", "inFlight")
		show(m.Delayed, "main", "delayed")
		if holds(cq, cq.Status.DeadLetter) {
			show(m.DeadLettered, "deadLetter", "any")
		}
		if holds(cq, cq.Status.Undelivered) {
			show(m.Undelivered, "undelivered", "any")
		}
	}
}

// holds says whether a queue is on record as the object's own: a shared dead-letter queue is not.
func holds(cq *v1alpha1.ConsumerQueue, l *v1alpha1.QueueLocation) bool {
	for i := range cq.Status.Resources {
		if l != nil && cq.Status.Resources[i].ARN == l.QueueARN {
			return true
		}
	}
	return false
}
