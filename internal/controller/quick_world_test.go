package controller

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/localaws"
)

// quickTB is what a world needs of a test; rapid has one of its own.
type quickTB interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

const (
	quickAccount   = "111122223333"
	quickNamespace = "shop"
	quickResync    = 10 * time.Minute
	// quickStill is how long nothing is written before a world counts as quiet: longer than the longest settle window, and than two looks.
	quickStill = 21 * time.Minute
	// quickHands is the access key of somebody else in the account.
	quickHands = "AKIAHANDS"
	// maxReconciles until a world must be quiet.
	maxReconciles = 20_000
)

// quickWorld runs the reconcilers without a control plane, one at a time, over a local AWS and a clock that it moves itself. Writes wake objects by the
// operator's own watches. All is the same at every run with the same steps.
type quickWorld struct {
	*quickKube
	t     quickTB
	ctx   context.Context
	clock *clocktesting.FakeClock
	aws   *localaws.Server

	shared      *Shared
	reconcilers map[string]quickController
	// due says when an object is reconciled next; backoff counts its errors in a row.
	due     map[quickKey]time.Time
	backoff map[quickKey]int
	// current is being reconciled.
	current quickKey
	// mutations counts the operator's calls that may have changed something; fault, where it is not nil, bends its calls.
	mutations atomic.Int64
	fault     localaws.Hook
	// dying: the operator dies while it reconciles; another one comes then.
	dying bool
	// past are the names that once was asked for.
	past map[string]bool
	// runner is in the place of the Redrives' reconciler, where it is not nil.
	runner reconcile.Reconciler
	// jitter spreads the looks of objects, as the operator does; without it all is due at once.
	jitter bool
	// lastWrite is when anything was last written, to AWS or to Kubernetes, by anybody.
	lastWrite time.Time
	// kubeWrites are the operator's since the last reset.
	kubeWrites []string
	runs       int
	events     []string
}

// quickController is a reconciler with what it watches.
type quickController struct {
	reconcile.Reconciler
	watches []watch
}

// quickKey is an object to reconcile; the order of kinds is the one in which those that are due at once run.
type quickKey struct {
	kind string
	client.ObjectKey
}

func keyOfQuick(o client.Object) quickKey {
	kind := ""
	switch o.(type) {
	case *v1alpha1.AWSAccount:
		kind = "1 AWSAccount"
	case *v1alpha1.MessagingTopology:
		kind = "2 MessagingTopology"
	case *v1alpha1.ConsumerQueue:
		kind = "3 ConsumerQueue"
	case *v1alpha1.Redrive:
		kind = "4 Redrive"
	}
	return quickKey{kind, client.ObjectKeyFromObject(o)}
}

// newQuickWorld has a Ready account and no objects.
func newQuickWorld(t quickTB, options ...localaws.Option) *quickWorld {
	t.Helper()
	w := &quickWorld{
		t: t, ctx: context.Background(), clock: clocktesting.NewFakeClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		due: map[quickKey]time.Time{}, backoff: map[quickKey]int{},
	}
	w.aws = localaws.New(append(options, localaws.WithClock(polledClock{w.clock}), localaws.WithAccessKey(quickHands, quickAccount, ""))...)
	w.aws.SetHook(w.hook)
	w.quickKube = newQuickKube(w.clock.Now)
	w.wrote = w.wake
	w.restart()
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: quickNamespace}},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: "skein", Name: "keys"},
			Data:       map[string][]byte{"AWS_ACCESS_KEY_ID": []byte(quickAccount), "AWS_SECRET_ACCESS_KEY": []byte("secret")},
		},
		&v1alpha1.AWSAccount{
			ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultAccountName},
			Spec: v1alpha1.AWSAccountSpec{
				Region: "us-east-1", Credentials: &v1alpha1.Credentials{SecretRef: &v1alpha1.LocalReference{Name: "keys"}},
				ResyncPeriod: "10m", Adoption: v1alpha1.AdoptionAllowed,
			},
		},
	} {
		w.create(o)
	}
	for _, alias := range []string{"alias/a", "alias/b"} {
		if err := w.hands().createKey(alias); err != nil {
			t.Fatalf("making key %s: %v", alias, err)
		}
	}
	w.turn()
	return w
}

// restart starts another operator, which remembers nothing.
func (w *quickWorld) restart() {
	w.shared = newShared(Options{
		Accounts: cloud.NewAccounts(cloud.Options{
			HTTPClient: &http.Client{Transport: w.aws.RoundTripper()}, Rates: cloud.Unlimited(), Clock: w.clock, Registerer: prometheus.NewRegistry(), Cluster: "quick",
		}),
		Cluster: "quick", Namespace: "skein", EmptySettle: 2 * time.Minute, Clock: w.clock,
	}, w.quickKube, w.quickKube, (*quickEvents)(w))
	accounts, topologies, consumers := &AWSAccountReconciler{w.shared}, &MessagingTopologyReconciler{w.shared}, &ConsumerQueueReconciler{w.shared}
	redrives := &RedriveReconciler{w.shared}
	w.reconcilers = map[string]quickController{
		"1 AWSAccount": {calm{accounts}, accounts.watches()}, "2 MessagingTopology": {calm{topologies}, topologies.watches()},
		"3 ConsumerQueue": {calm{consumers}, consumers.watches()}, "4 Redrive": {calm{redrives}, redrives.watches()},
	}
	for key := range w.due {
		w.due[key] = w.clock.Now()
	}
	clear(w.backoff)
}

// quickEvents records events as strings.
type quickEvents quickWorld

// Eventf implements events.EventRecorder.
func (e *quickEvents) Eventf(o, _ runtime.Object, kind, reason, _, note string, args ...any) {
	e.events = append(e.events, fmt.Sprintf("%s: %s %s: %s", o.(client.Object).GetName(), kind, reason, fmt.Sprintf(note, args...)))
}

// wake takes a write for what the watches make of it.
func (w *quickWorld) wake(before, after client.Object) {
	w.lastWrite = w.clock.Now()
	o := after
	if after == nil {
		o = before
	}
	if w.current.kind != "" {
		w.kubeWrites = append(w.kubeWrites, fmt.Sprintf("%s by %s", memoryKey(o), w.current))
	}
	key := keyOfQuick(o)
	if key.kind != "" && (passes(specChanged(), before, after) || isDeletion(before, after)) {
		w.due[key] = w.clock.Now()
	}
	for _, kind := range []string{"1 AWSAccount", "2 MessagingTopology", "3 ConsumerQueue", "4 Redrive"} {
		for _, watch := range w.reconcilers[kind].watches {
			if reflect.TypeOf(watch.object) != reflect.TypeOf(o) || !passes(watch.when, before, after) {
				continue
			}
			for _, version := range []client.Object{before, after} {
				if version != nil {
					w.wakeAll(kind, watch.wakes(w.ctx, version))
				}
			}
		}
	}
	if owner := metav1.GetControllerOf(o); key.kind == "" && owner != nil && before != nil {
		w.wakeAll("3 ConsumerQueue", []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: owner.Name}}})
	}
	if after == nil {
		delete(w.due, key)
	}
}

// isDeletion says that an object is asked to go and stays for its finalizers: an apiserver counts its generation on then.
func isDeletion(before, after client.Object) bool {
	return before != nil && after != nil && before.GetDeletionTimestamp() == nil && after.GetDeletionTimestamp() != nil
}

// wakeAll makes objects due that there are.
func (w *quickWorld) wakeAll(kind string, requests []reconcile.Request) {
	for _, r := range requests {
		if _, exists := w.due[quickKey{kind, r.NamespacedName}]; exists {
			w.due[quickKey{kind, r.NamespacedName}] = w.clock.Now()
		}
	}
}

// passes says whether a predicate lets a write through.
func passes(p predicate.Predicate, before, after client.Object) bool {
	switch {
	case before == nil:
		return p.Create(event.CreateEvent{Object: after})
	case after == nil:
		return p.Delete(event.DeleteEvent{Object: before})
	default:
		return p.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after})
	}
}

// next is the object that is due first.
func (w *quickWorld) next() (quickKey, time.Time) {
	keys := make([]quickKey, 0, len(w.due))
	for key := range w.due {
		keys = append(keys, key)
	}
	first := slices.MinFunc(keys, func(a, b quickKey) int {
		at, bt := w.due[a], w.due[b]
		if now := w.clock.Now(); !at.After(now) && !bt.After(now) {
			at, bt = now, now
		}
		return cmp.Or(at.Compare(bt), cmp.Compare(a.kind, b.kind), cmp.Compare(a.String(), b.String()))
	})
	return first, w.due[first]
}

// reconcile runs one object.
func (w *quickWorld) reconcile(key quickKey) {
	w.t.Helper()
	if w.runs++; w.runs > maxReconciles {
		w.t.Fatalf("no rest after %d reconciles:\n%s", maxReconciles, w.describe())
	}
	now := w.clock.Now()
	w.current = key
	w.due[key] = now.Add(24 * time.Hour)
	calls := w.mutations.Load()
	reconciler := w.reconcilers[key.kind].Reconciler
	if key.kind == "4 Redrive" && w.runner != nil {
		reconciler = w.runner
	}
	result, err := reconciler.Reconcile(w.ctx, ctrl.Request{NamespacedName: key.ObjectKey})
	w.current = quickKey{}
	if w.dying {
		w.dying = false
		w.restart()
		return
	}
	if w.mutations.Load() != calls {
		w.lastWrite = now
	}
	if at, exists := w.due[key]; !exists || !at.After(now) {
		return // gone, or woken meanwhile
	}
	after := result.RequeueAfter
	switch {
	case err != nil:
		after = min(firstBackoff<<min(w.backoff[key], 9), lastBackoff)
		w.backoff[key]++
	default:
		delete(w.backoff, key)
	}
	if after >= quickResync*9/10 && !w.jitter {
		after = quickResync
	}
	if after > 0 {
		w.due[key] = now.Add(after)
	}
}

// hook sees the calls that are not of the hands.
func (w *quickWorld) hook(c localaws.Call) localaws.Fault {
	if c.AccessKey == quickHands {
		return localaws.Fault{}
	}
	if c.Mutating {
		w.mutations.Add(1)
		w.untouched(c.Operation + " of " + c.Resource)
	}
	if w.fault == nil {
		return localaws.Fault{}
	}
	return w.fault(c)
}

// turn reconciles all that is due, without moving the clock.
func (w *quickWorld) turn() {
	w.t.Helper()
	for {
		key, at := w.next()
		if at.After(w.clock.Now()) {
			return
		}
		w.reconcile(key)
	}
}

// quiet runs until nothing has been written for quickStill.
func (w *quickWorld) quiet() {
	w.t.Helper()
	w.runs = 0
	for {
		key, at := w.next()
		if at.Sub(w.lastWrite) > quickStill {
			return
		}
		if now := w.clock.Now(); at.After(now) {
			w.clock.SetTime(at)
		}
		w.reconcile(key)
	}
}

// pass lets time go by.
func (w *quickWorld) pass(d time.Duration) {
	w.t.Helper()
	for end := w.clock.Now().Add(d); ; {
		key, at := w.next()
		if at.After(end) {
			if end.After(w.clock.Now()) { // it may have passed by while somebody waited for messages
				w.clock.SetTime(end)
			}
			return
		}
		if at.After(w.clock.Now()) {
			w.clock.SetTime(at)
		}
		w.reconcile(key)
	}
}

// resetWrites forgets what was written.
func (w *quickWorld) resetWrites() {
	w.aws.ResetCalls()
	w.kubeWrites = nil
}

// writes counts the operator's calls since then that may have changed something in AWS.
func (w *quickWorld) writes() int {
	n := 0
	for _, c := range w.aws.Calls() {
		if c.Mutating && c.AccessKey != quickHands {
			n++
		}
	}
	return n
}

// noWrites checks that the operator wrote nothing since then.
func (w *quickWorld) noWrites(when string) {
	w.t.Helper()
	for _, c := range w.aws.Calls() {
		if c.Mutating && c.AccessKey != quickHands {
			w.t.Errorf("%s: %s:%s of %s: %s", when, c.Service, c.Operation, c.Resource, c.Params)
		}
	}
	for _, write := range w.kubeWrites {
		w.t.Errorf("%s: written: %s", when, write)
	}
}

// create makes an object.
func (w *quickWorld) create(o client.Object) {
	w.t.Helper()
	if err := w.Create(w.ctx, o); err != nil {
		w.t.Fatalf("creating %s: %v", memoryKey(o), err)
	}
}

// describe tells of all objects.
func (w *quickWorld) describe() string {
	var b strings.Builder
	var topologies v1alpha1.MessagingTopologyList
	var queues v1alpha1.ConsumerQueueList
	_ = w.List(w.ctx, &topologies)
	_ = w.List(w.ctx, &queues)
	line := func(o client.Object, conditions []metav1.Condition) {
		fmt.Fprintf(&b, "%s (deleted %v)", memoryKey(o), o.GetDeletionTimestamp())
		for _, kind := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionAccepted} {
			if c := meta.FindStatusCondition(conditions, kind); c != nil {
				fmt.Fprintf(&b, "\n  %s %s %s: %s", c.Type, c.Status, c.Reason, c.Message)
			}
		}
		fmt.Fprintln(&b)
	}
	for i := range topologies.Items {
		line(&topologies.Items[i], topologies.Items[i].Status.Conditions)
	}
	for i := range queues.Items {
		line(&queues.Items[i], queues.Items[i].Status.Conditions)
	}
	return b.String()
}
