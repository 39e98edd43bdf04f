package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// holdings is a queue's object as it tells of its messages.
type holdings struct {
	Messages v1alpha1.MessageCounts
	Ready    string
	// DeadLetters is status and reason, Since the condition's transition time.
	DeadLetters string
	Since       time.Time
	message     string
}

func (w *quickWorld) holdings(name string) holdings {
	w.t.Helper()
	cq := &v1alpha1.ConsumerQueue{}
	if err := w.Get(w.ctx, client.ObjectKey{Namespace: quickNamespace, Name: name}, cq); err != nil {
		w.t.Fatalf("reading %s: %v", name, err)
	}
	var h holdings
	if cq.Status.Messages != nil {
		h.Messages = *cq.Status.Messages
	}
	if c := meta.FindStatusCondition(cq.Status.Conditions, v1alpha1.ConditionReady); c != nil {
		h.Ready = c.Reason
	}
	if c := meta.FindStatusCondition(cq.Status.Conditions, v1alpha1.ConditionDeadLetters); c != nil {
		h.DeadLetters, h.Since, h.message = string(c.Status)+" "+c.Reason, c.LastTransitionTime.UTC(), c.Message
	}
	return h
}

// purge empties a queue.
func (w *quickWorld) purge(queue string) {
	w.t.Helper()
	h := w.hands()
	url := h.url(queue)
	if _, err := h.sqs.PurgeQueue(w.ctx, &sqs.PurgeQueueInput{QueueUrl: &url}); err != nil {
		w.t.Fatalf("purging %s: %v", queue, err)
	}
}

// deadLetterEvents are those of DeadLetters since the last call.
func (w *quickWorld) deadLetterEvents() []string {
	var out []string
	for _, e := range w.events {
		for _, reason := range []string{v1alpha1.ReasonDeadLettersPresent, v1alpha1.ReasonUndeliveredPresent, v1alpha1.ReasonNoDeadLetters} {
			if strings.Contains(e, " "+reason+":") {
				out = append(out, strings.SplitN(e, ":", 3)[0]+":"+strings.SplitN(e, ":", 3)[1])
			}
		}
	}
	w.events = nil
	return out
}

// newDeadLetterWorld has a Ready queue with own dead-letter queue and undelivered queue, just looked at.
func newDeadLetterWorld(t *testing.T) *quickWorld {
	t.Helper()
	w := newQuickWorld(t)
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	mt.Spec.Topics = []v1alpha1.Topic{{Name: "a"}}
	w.create(mt)
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "q"}}
	cq.Spec.Subscriptions = []v1alpha1.Subscription{ordersTopic("a")}
	w.create(cq)
	w.quiet()
	w.everyoneReady()
	w.events, w.kubeWrites = nil, nil
	return w
}

// Numbers come to the status once a re-check, however often they change in between, and only if they differ; since when there are dead letters
// stays through other numbers, a failed look and a restart; Ready is what it was.
func TestDeadLettersAreToldOnceARecheck(t *testing.T) {
	w := newDeadLetterWorld(t)
	began := w.holdings("q")
	if began.DeadLetters != "False NoDeadLetters" {
		t.Fatalf("at the start: %+v", began)
	}
	writes := func(step string, want int) {
		t.Helper()
		if n := len(w.kubeWrites); n != want {
			t.Errorf("%s: %d writes, want %d: %v", step, n, want, w.kubeWrites)
		}
		w.kubeWrites = nil
	}
	for range 5 {
		w.send("shop-q-dlq", 1)
		w.send("shop-q", 3)
		w.turn()
	}
	writes("between two looks", 0)
	w.pass(quickResync)
	writes("at the re-check", 1)
	first := w.holdings("q")
	if want := (holdings{v1alpha1.MessageCounts{Visible: 15, DeadLettered: 5}, "Ready", "True DeadLettersPresent", first.Since, first.message}); first != want || !first.Since.After(began.Since) {
		t.Errorf("%+v, want %+v", first, want)
	}
	w.pass(3 * quickResync)
	writes("while nothing changes", 0)
	w.send("shop-q-dlq", 2)
	w.pass(quickResync)
	writes("with more of them", 1)
	w.restart()
	w.pass(time.Second)
	writes("after a restart", 0)
	if more := w.holdings("q"); more.Messages.DeadLettered != 7 || !more.Since.Equal(first.Since) || !strings.Contains(more.message, "dead-letter queue shop-q-dlq holds 7 messages") {
		t.Errorf("%+v, first %+v", more, first)
	}
	w.purge("shop-q-dlq")
	w.pass(2 * quickResync)
	writes("when they are gone", 1)
	if after := w.holdings("q"); after.DeadLetters != "False NoDeadLetters" || after.Ready != "Ready" {
		t.Errorf("%+v", after)
	}
	if diff := cmp.Diff([]string{"q: Warning DeadLettersPresent", "q: Normal NoDeadLetters"}, w.deadLetterEvents()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// What two queues share tells of it; they themselves tell of what SNS could not deliver to them, and where the rest goes.
func TestSharedDeadLettersAreToldByTheirQueue(t *testing.T) {
	w := newDeadLetterWorld(t)
	shared := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "shared"}}
	shared.Spec.MessageRetention, shared.Spec.DeadLetter = "336h", &v1alpha1.DeadLetter{Disabled: true}
	w.create(shared)
	for _, name := range []string{"b", "a"} {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: name}}
		cq.Spec.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}}
		cq.Spec.Subscriptions = []v1alpha1.Subscription{ordersTopic("a")}
		w.create(cq)
	}
	w.quiet()
	w.everyoneReady()
	w.send("shop-shared", 2)
	w.send("shop-a-undelivered", 1)
	w.pass(quickResync)
	for name, want := range map[string][2]string{
		"shared": {"True DeadLettersPresent", "shared dead-letter queue shop-shared holds 2 messages of ConsumerQueues a, b"},
		"a":      {"True UndeliveredPresent", "undelivered queue shop-a-undelivered holds 1 message; dead letters go to ConsumerQueue shop/shared"},
		"b":      {"False NoDeadLetters", "undelivered queue shop-b-undelivered holds 0 messages; dead letters go to ConsumerQueue shop/shared"},
	} {
		if h := w.holdings(name); h.DeadLetters != want[0] || !strings.HasPrefix(h.message, want[1]) {
			t.Errorf("%s: %s: %s", name, h.DeadLetters, h.message)
		}
	}
}

// Of queues that are not there, or cannot be looked at, nothing false is told.
func TestDeadLettersOfWhatCannotBeRead(t *testing.T) {
	w := newDeadLetterWorld(t)
	edit := func(name string, change func(*v1alpha1.ConsumerQueue)) {
		cq := &v1alpha1.ConsumerQueue{}
		if err := w.Get(w.ctx, client.ObjectKey{Namespace: quickNamespace, Name: name}, cq); err != nil {
			t.Fatal(err)
		}
		base := cq.DeepCopy()
		change(cq)
		if err := w.Patch(w.ctx, cq, client.MergeFrom(base)); err != nil {
			t.Fatal(err)
		}
	}
	for name, spec := range map[string]v1alpha1.ConsumerQueueSpec{
		"lost":      {AccountRef: &v1alpha1.AccountReference{Name: "none"}},
		"suspended": {QueueSettings: v1alpha1.QueueSettings{Management: v1alpha1.Management{Suspend: true}}},
	} {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: name}, Spec: spec}
		w.create(cq)
	}
	w.quiet()
	for name, want := range map[string]string{"lost": "Unknown Pending", "suspended": "Unknown Progressing"} {
		if h := w.holdings(name); h.DeadLetters != want {
			t.Errorf("%s: %s: %s", name, h.DeadLetters, h.message)
		}
	}
	// Looked at while suspended, and gone while suspended.
	w.send("shop-q-dlq", 1)
	edit("q", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true })
	w.pass(quickResync)
	if h := w.holdings("q"); h.DeadLetters != "True DeadLettersPresent" || h.Messages.DeadLettered != 1 {
		t.Errorf("suspended: %+v", h)
	}
	if err := w.hands().remove("queue/shop-q-dlq"); err != nil {
		t.Fatal(err)
	}
	w.pass(3 * quickResync)
	if h := w.holdings("q"); h.DeadLetters != "Unknown Progressing" || !strings.Contains(h.message, "dead-letter queue shop-q-dlq is not there") {
		t.Errorf("gone while suspended: %+v", h)
	}
	edit("q", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = false })
	w.quiet()
	if h := w.holdings("q"); h.DeadLetters != "False NoDeadLetters" {
		t.Errorf("made again: %+v", h)
	}
	// What left the spec is told of as long as it holds something.
	w.send("shop-q-dlq", 3)
	edit("q", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} })
	w.pass(quickResync)
	if h := w.holdings("q"); h.DeadLetters != "True DeadLettersPresent" || !strings.Contains(h.message, "queue shop-q-dlq, which left the spec, holds 3 messages") {
		t.Errorf("left the spec: %+v", h)
	}
}
