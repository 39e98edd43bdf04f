package e2e

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

const (
	// accountID is the account of every world.
	accountID = "111122223333"
	region    = "us-east-1"
	// resync is the re-check interval of every world's account.
	resync = 10 * time.Minute
	// settle is the operator's --empty-settle.
	settle = 2 * time.Minute
	// poll is how often a condition is looked at, and calm how long AWS must be left alone to be taken for settled, in real time.
	poll = 10 * time.Millisecond
	calm = 300 * time.Millisecond
	// patience is how long anything may take, in real time.
	patience = 3 * time.Minute
)

// world is one test's own operator, AWS, account and namespace. Its clock runs as fast as the real one while the test waits, and jumps
// when the test says so.
type world struct {
	client.Client
	t     *testing.T
	ctx   context.Context
	clock *clocktesting.FakeClock
	ahead time.Duration
	aws   *localaws.Server
	// account is the AWSAccount's name; namespace is where objects live, home where the operator reads Secrets.
	account, namespace, home string
	operator                 *operator
}

// newWorld starts an operator over an empty local AWS, with an account that is Ready.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t, env.Namespace(t), 0)
	w.createAccount(func(*v1alpha1.AWSAccountSpec) {})
	w.start()
	w.settled("the account to be ready", func() bool {
		o := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: w.account}}
		return w.Get(w.ctx, client.ObjectKeyFromObject(o), o) == nil && ready(o)
	})
	return w
}

// bareWorld has neither operator nor account yet. What is left of it at the test's end is removed, so that later operators do not see it.
func bareWorld(t *testing.T, namespace string, ahead time.Duration, options ...localaws.Option) *world {
	t.Helper()
	w := &world{
		Client: env.Client, t: t, ctx: t.Context(), clock: clocktesting.NewFakeClock(time.Now().Add(ahead)), ahead: ahead,
		account: namespace, namespace: namespace, home: env.Namespace(t),
	}
	w.aws = localaws.New(append(options, localaws.WithClock(w.clock))...)
	t.Cleanup(func() {
		w.stop()
		discard(t, namespace, w.account)
	})
	return w
}

func (w *world) start() {
	w.t.Helper()
	started, err := startOperator(w.home, w.clock, w.aws.HTTPClient(), settle)
	if err != nil {
		w.t.Fatal(err)
	}
	w.operator = started
}

// stop ends the operator, if one runs.
func (w *world) stop() {
	w.t.Helper()
	if w.operator != nil {
		w.operator.stop(w.t)
		w.operator = nil
	}
}

// createAccount makes the world's AWSAccount, with keys of its account in AWS.
func (w *world) createAccount(change func(*v1alpha1.AWSAccountSpec)) {
	w.t.Helper()
	create(w.t, secret(w.home, w.account, accountID))
	account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: w.account}}
	account.Spec.Region, account.Spec.ResyncPeriod = region, v1alpha1.Duration(resync.String())
	account.Spec.Credentials = &v1alpha1.Credentials{SecretRef: &v1alpha1.LocalReference{Name: w.account}}
	change(&account.Spec)
	create(w.t, account)
}

// secret holds AWS keys; with localaws the key's id names the account.
func secret(namespace, name, keyID string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		StringData: map[string]string{"AWS_ACCESS_KEY_ID": keyID, "AWS_SECRET_ACCESS_KEY": "secret"},
	}
}

// topology and queue are the simplest objects of their kinds, in the world's account.
func (w *world) topology(name string, change func(*v1alpha1.MessagingTopologySpec)) *v1alpha1.MessagingTopology {
	w.t.Helper()
	o := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	o.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
	o.Spec.Topics = []v1alpha1.Topic{{Name: "events"}}
	change(&o.Spec)
	create(w.t, o)
	return o
}

func (w *world) queue(name string, change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	o := w.newQueue(name, change)
	create(w.t, o)
	return o
}

// newQueue is not created yet.
func (w *world) newQueue(name string, change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	o := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	o.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
	change(&o.Spec)
	return o
}

// to is a change of a spec that subscribes to a topic of a topology of the same namespace.
func to(topology, topic string) func(*v1alpha1.ConsumerQueueSpec) {
	return func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = append(s.Subscriptions, v1alpha1.Subscription{Topology: &v1alpha1.TopologyReference{Name: topology}, Topic: topic})
	}
}

func asIs(*v1alpha1.MessagingTopologySpec) {}

// edit changes an object as a user's patch does.
func edit[T client.Object](w *world, o T, change func(T)) {
	w.t.Helper()
	if err := w.Get(w.ctx, client.ObjectKeyFromObject(o), o); err != nil {
		w.t.Fatal(err)
	}
	base := o.DeepCopyObject().(T)
	change(o)
	if err := w.Patch(w.ctx, o, client.MergeFrom(base)); err != nil {
		w.t.Fatalf("patching %s: %v", o.GetName(), err)
	}
}

// settled waits until something holds and AWS has been left alone for a while. The clock runs meanwhile.
func (w *world) settled(what string, holds func() bool) {
	w.t.Helper()
	last, since, limit := -1, time.Now(), time.Now().Add(patience)
	for time.Now().Before(limit) {
		if n := total(w.calls()); n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) >= calm && holds() {
			return
		}
		<-time.After(poll)
		w.jump(0)
	}
	w.t.Fatalf("waited in vain for %s; calls %v\n%s", what, w.calls(), describe(w.ctx, w.namespace))
}

// jump moves the clock on, besides the real time that has passed.
func (w *world) jump(d time.Duration) {
	w.ahead += d
	w.clock.SetTime(time.Now().Add(w.ahead))
}

// ready waits until all objects of the namespace are Ready at their present generations and AWS is left alone, and reads those given anew.
func (w *world) ready(given ...client.Object) {
	w.t.Helper()
	w.settled("all objects to be ready", func() bool {
		all, err := objects(w.ctx, w.namespace)
		return err == nil && !slices.ContainsFunc(all, func(o client.Object) bool { return !ready(o) })
	})
	for _, o := range given {
		if err := w.Get(w.ctx, client.ObjectKeyFromObject(o), o); err != nil {
			w.t.Fatal(err)
		}
	}
}

// objects lists the world's topologies and queues.
func (w *world) objects() []client.Object {
	w.t.Helper()
	all, err := objects(w.ctx, w.namespace)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// calls are those of the operator since the last reset, by IAM action, less the account's own checks of who it is.
func (w *world) calls() map[string]int {
	counts := w.aws.CallCounts()
	delete(counts, "sts:GetCallerIdentity")
	return counts
}

// mutating lists the calls since the last reset that may change something.
func (w *world) mutating() []string {
	var out []string
	for _, c := range w.aws.Calls() {
		if c.Mutating {
			out = append(out, c.Service+":"+c.Operation+" "+c.Resource)
		}
	}
	return out
}

func total(counts map[string]int) int {
	n := 0
	for v := range maps.Values(counts) {
		n += v
	}
	return n
}

func (w *world) config() aws.Config {
	return aws.Config{Region: region, HTTPClient: w.aws.HTTPClient(), Credentials: credentials.NewStaticCredentialsProvider(accountID, "secret", "")}
}

// hands are those of someone else in the world's account.
func (w *world) hands() hands { return newHands(w.config(), accountID, w.namespace) }

// ready says whether an object is Ready at its present generation.
func ready(o client.Object) bool {
	c := meta.FindStatusCondition(conditions(o), v1alpha1.ConditionReady)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == o.GetGeneration()
}

func conditions(o client.Object) []metav1.Condition {
	return *o.(interface{ GetConditions() *[]metav1.Condition }).GetConditions()
}

// filter is a filter policy of one key with one value.
func filter(key, value string) map[string]apiextensionsv1.JSON {
	return map[string]apiextensionsv1.JSON{key: {Raw: []byte(`["` + value + `"]`)}}
}
