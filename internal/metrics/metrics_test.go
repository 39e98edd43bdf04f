package metrics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kept is a cache with objects; err, if set, is what a list ends in.
type kept struct {
	client.Reader
	consumers []v1alpha1.ConsumerQueue
	runs      []v1alpha1.Redrive
	accounts  []v1alpha1.AWSAccount
	err       error
}

func (k *kept) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch l := list.(type) {
	case *v1alpha1.ConsumerQueueList:
		l.Items = k.consumers
	case *v1alpha1.RedriveList:
		l.Items = k.runs
	case *v1alpha1.AWSAccountList:
		l.Items = k.accounts
	}
	return k.err
}

// collect is a Collector over a cache, at noon.
func collect(k *kept) (*Collector, *prometheus.Registry) {
	registry := prometheus.NewRegistry()
	c := New(Options{Queues: true, Cluster: "c", Clock: clocktesting.NewFakePassiveClock(noon)}, registry)
	var reader client.Reader = k
	c.reader.Store(&reader)
	return c, registry
}

// shown are the series of some metrics, in order.
func shown(t *testing.T, registry *prometheus.Registry, names ...string) []string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			if slices.Contains(names, f.GetName()) {
				out = append(out, fmt.Sprintf("%s{%s} %v", f.GetName(), strings.Join(labels, ","), m.GetGauge().GetValue()+m.GetCounter().GetValue()))
			}
		}
	}
	return out
}

func named(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "shop", Name: name} }

func condition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, LastTransitionTime: metav1.NewTime(noon.Add(-time.Hour))}
}

func TestQueueMessagesAreThoseOfTheStatus(t *testing.T) {
	own := v1alpha1.ConsumerQueue{ObjectMeta: named("own")}
	own.Status.Messages = &v1alpha1.MessageCounts{Visible: 1, InFlight: 2, Delayed: 3, DeadLettered: 4, Undelivered: 5}
	own.Status.DeadLetter, own.Status.Undelivered = &v1alpha1.QueueLocation{QueueARN: "dlq"}, &v1alpha1.QueueLocation{QueueARN: "undelivered"}
	own.Status.Resources = []v1alpha1.ResourceStatus{{ARN: "main"}, {ARN: "dlq"}, {ARN: "undelivered"}}
	sharing := v1alpha1.ConsumerQueue{ObjectMeta: named("sharing")}
	sharing.Status.Messages, sharing.Status.DeadLetter = &v1alpha1.MessageCounts{}, &v1alpha1.QueueLocation{QueueARN: "shared"}
	sharing.Status.Resources = own.Status.Resources[:1]
	k := &kept{consumers: []v1alpha1.ConsumerQueue{own, sharing, {ObjectMeta: named("unread")}}}
	c, registry := collect(k)
	want := []string{
		"skein_queue_messages{name=own,namespace=shop,queue=deadLetter,state=any} 4",
		"skein_queue_messages{name=own,namespace=shop,queue=main,state=delayed} 3",
		"skein_queue_messages{name=own,namespace=shop,queue=main,state=inFlight} 2",
		"skein_queue_messages{name=own,namespace=shop,queue=main,state=visible} 1",
		"skein_queue_messages{name=own,namespace=shop,queue=undelivered,state=any} 5",
		"skein_queue_messages{name=sharing,namespace=shop,queue=main,state=delayed} 0",
		"skein_queue_messages{name=sharing,namespace=shop,queue=main,state=inFlight} 0",
		"skein_queue_messages{name=sharing,namespace=shop,queue=main,state=visible} 0",
	}
	if diff := cmp.Diff(want, shown(t, registry, "skein_queue_messages")); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	k.consumers = k.consumers[1:]
	if diff := cmp.Diff(want[5:], shown(t, registry, "skein_queue_messages")); diff != "" {
		t.Errorf("series when an object has gone (-want +got):\n%s", diff)
	}
	c.Queues = false
	if got := shown(t, registry, "skein_queue_messages"); got != nil || len(shown(t, registry, "skein_objects")) == 0 {
		t.Errorf("switched off: %v", got)
	}
}

func TestProblemsAreShownSinceWhen(t *testing.T) {
	well, ill := v1alpha1.ConsumerQueue{ObjectMeta: named("well")}, v1alpha1.ConsumerQueue{ObjectMeta: named("ill")}
	well.Status.Conditions = []metav1.Condition{
		condition("Ready", metav1.ConditionTrue, "Ready"), condition("DeadLetters", metav1.ConditionFalse, "NoDeadLetters"), condition("Drifted", metav1.ConditionUnknown, "Pending"),
	}
	ill.Status.Conditions = []metav1.Condition{
		condition("Ready", metav1.ConditionFalse, "NotOwned"), condition("Stalled", metav1.ConditionTrue, "NotOwned"), condition("DeadLetters", metav1.ConditionTrue, "DeadLettersPresent"),
	}
	account := v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	account.Status.Conditions = []metav1.Condition{condition("Ready", metav1.ConditionFalse, "Unreachable")}
	run := v1alpha1.Redrive{ObjectMeta: named("run")}
	run.Status.Conditions = []metav1.Condition{condition("Failed", metav1.ConditionTrue, "TaskFailed"), condition("Ready", metav1.ConditionFalse, "TaskFailed")}
	_, registry := collect(&kept{consumers: []v1alpha1.ConsumerQueue{well, ill, well}, accounts: []v1alpha1.AWSAccount{account}, runs: []v1alpha1.Redrive{run}})
	since := fmt.Sprintf("} %v", float64(noon.Add(-time.Hour).Unix()))
	want := []string{
		"skein_objects{kind=AWSAccount,ready=False,reason=Unreachable} 1",
		"skein_objects{kind=ConsumerQueue,ready=False,reason=NotOwned} 1",
		"skein_objects{kind=ConsumerQueue,ready=True,reason=Ready} 2",
		"skein_objects{kind=Redrive,ready=False,reason=TaskFailed} 1",
		"skein_problem_since_timestamp_seconds{condition=DeadLetters,kind=ConsumerQueue,name=ill,namespace=shop,reason=DeadLettersPresent" + since,
		"skein_problem_since_timestamp_seconds{condition=Failed,kind=Redrive,name=run,namespace=shop,reason=TaskFailed" + since,
		"skein_problem_since_timestamp_seconds{condition=Ready,kind=AWSAccount,name=default,namespace=,reason=Unreachable" + since,
		"skein_problem_since_timestamp_seconds{condition=Ready,kind=ConsumerQueue,name=ill,namespace=shop,reason=NotOwned" + since,
		"skein_problem_since_timestamp_seconds{condition=Stalled,kind=ConsumerQueue,name=ill,namespace=shop,reason=NotOwned" + since,
	}
	if diff := cmp.Diff(want, shown(t, registry, "skein_objects", "skein_problem_since_timestamp_seconds")); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

// TestNothingIsShownThatIsNotKnown: neither before an operator leads, nor where the cache does not answer; the scrape itself does not fail.
func TestNothingIsShownThatIsNotKnown(t *testing.T) {
	k := &kept{}
	c, registry := collect(k)
	if got := shown(t, registry, "skein_info"); len(got) != 1 || !strings.Contains(got[0], "cluster=c") {
		t.Errorf("a leader shows %v", got)
	}
	k.err = errors.New("not synced")
	if families, err := registry.Gather(); err != nil || len(families) != 0 {
		t.Errorf("without a cache: %v, %v", families, err)
	}
	k.err = nil
	c.reader.Store(nil)
	if families, err := registry.Gather(); err != nil || len(families) != 0 {
		t.Errorf("without leading: %v, %v", families, err)
	}
	if again := New(Options{}, registry); again != c {
		t.Error("there are two collectors in one registry")
	}
}
