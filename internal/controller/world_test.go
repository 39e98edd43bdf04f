package controller_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/controller"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/testenv"
)

var env testenv.Env

// flags of the tests: how many worlds live at a time, for they mostly wait, and how many histories a property test goes through.
var flags = map[string]string{"test.parallel": "8", "rapid.checks": "40"}

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	if os.Getenv("SKEIN_TEST_LOG") != "" {
		ctrl.SetLogger(zap.New())
	}
	for name, value := range flags {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(testenv.Run(m, &env, testenv.WithControllers()))
}

// cluster is the cluster id of all worlds, but for those that are made beside another.
const cluster = "test-cluster"

// world is one test's own operator, AWS, account and namespaces, on a clock that only the test moves. Worlds live side by side: their
// operators see their own objects only.
type world struct {
	client.Client
	t     *testing.T
	ctx   context.Context
	clock *clocktesting.FakeClock
	aws   *localaws.Server
	// cluster is the operator's cluster id.
	cluster string
	// account is the AWSAccount's name, accountID its id in AWS.
	account, accountID string
	// namespace is where objects live, other is another tenant's, operator is where Secrets are.
	namespace, other, operator string
	// stop ends the operator, kill makes it fail from now on: nothing more reaches Kubernetes.
	stop, kill func()
	// filters is how many filter policies the operator allows a topic; 0 is AWS's quota.
	filters int
	// rates are the operator's budgets.
	rates cloud.Rates
	// metrics of the operator, over all its starts.
	metrics *prometheus.Registry
	// unplugged: the operator's connections to AWS break.
	unplugged atomic.Bool
	// overhears, if set before the start, is told of each of the operator's requests; logger, if set, gets its log.
	overhears func(*http.Request)
	logger    logr.Logger
}

// RoundTrip carries the operator's requests to AWS.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.overhears != nil {
		w.overhears(r)
	}
	if w.unplugged.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")}
	}
	return w.aws.RoundTripper().RoundTrip(r)
}

// newWorld starts an operator over an empty AWS, with an account that is Ready.
func newWorld(t *testing.T, with ...localaws.Option) *world {
	t.Helper()
	w := bareWorld(t, with...)
	w.createAccount(func(*v1alpha1.AWSAccount) {})
	w.start()
	w.accountReady()
	return w
}

func (w *world) accountReady() {
	w.t.Helper()
	w.eventually("the account to be ready", func() bool {
		account := &v1alpha1.AWSAccount{}
		return w.Get(w.ctx, client.ObjectKey{Name: w.account}, account) == nil && meta.IsStatusConditionTrue(account.Status.Conditions, "Ready")
	})
}

// bareWorld has neither operator nor account yet.
func bareWorld(t *testing.T, with ...localaws.Option) *world {
	t.Helper()
	t.Parallel()
	w := &world{
		Client: env.Client, t: t, cluster: cluster, ctx: t.Context(), clock: clocktesting.NewFakeClock(time.Now().Truncate(time.Second)),
		namespace: env.Namespace(t), other: env.Namespace(t), operator: env.Namespace(t), accountID: "111122223333", rates: cloud.Unlimited(),
		metrics: prometheus.NewRegistry(),
	}
	w.account = w.namespace
	with = append([]localaws.Option{localaws.WithClock(w.clock), localaws.WithAccessKey(handKey, w.accountID, "")}, with...)
	w.aws = localaws.New(with...)
	return w
}

// beside is another cluster with an operator of its own over the same AWS account, whose AWSAccount allows adoption.
func (w *world) beside(cluster string) *world {
	w.t.Helper()
	other := &world{
		Client: w.Client, t: w.t, ctx: w.ctx, clock: w.clock, aws: w.aws, cluster: cluster,
		namespace: env.Namespace(w.t), other: env.Namespace(w.t), operator: env.Namespace(w.t), accountID: w.accountID, rates: w.rates,
		metrics: prometheus.NewRegistry(),
	}
	other.account = other.namespace
	other.createAccount(func(a *v1alpha1.AWSAccount) { a.Spec.Adoption = v1alpha1.AdoptionAllowed })
	other.start()
	other.accountReady()
	return other
}

// worldLabel is on the AWSAccounts of a world.
const worldLabel = "world"

// createAccount makes the world's AWSAccount, with keys of its account in AWS.
func (w *world) createAccount(change func(*v1alpha1.AWSAccount)) *v1alpha1.AWSAccount {
	w.t.Helper()
	w.secret(w.account, w.accountID)
	account := w.newAccount(w.account)
	change(account)
	w.create(account)
	return account
}

// newAccount is an AWSAccount with the Secret of its name.
func (w *world) newAccount(name string) *v1alpha1.AWSAccount {
	return &v1alpha1.AWSAccount{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{worldLabel: w.namespace}},
		Spec: v1alpha1.AWSAccountSpec{
			Region: "us-east-1", Credentials: &v1alpha1.Credentials{SecretRef: &v1alpha1.LocalReference{Name: name}}, ResyncPeriod: "10m",
		},
	}
}

// secret makes a Secret of AWS keys in the operator's namespace; the key id names the account.
func (w *world) secret(name, keyID string) *corev1.Secret {
	w.t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: name},
		Data:       map[string][]byte{"AWS_ACCESS_KEY_ID": []byte(keyID), "AWS_SECRET_ACCESS_KEY": []byte("secret")},
	}
	w.create(secret)
	return secret
}

// cacheOptions are the operator's, narrowed to the world's objects.
func (w *world) cacheOptions() cache.Options {
	options := controller.CacheOptions(w.operator)
	options.DefaultNamespaces = map[string]cache.Config{w.namespace: {}, w.other: {}}
	for object, by := range options.ByObject {
		if _, ok := object.(*v1alpha1.AWSAccount); ok {
			by.Label = labels.SelectorFromSet(labels.Set{worldLabel: w.namespace})
			options.ByObject[object] = by
		}
	}
	return options
}

// start runs an operator until the test ends, or until w.stop.
func (w *world) start() {
	w.t.Helper()
	mgr, err := ctrl.NewManager(env.Config, ctrl.Options{
		Scheme: controller.Scheme(), Cache: w.cacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true)}, Logger: w.logger,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = controller.SetUp(ctx, mgr, controller.Options{
		Accounts: cloud.NewAccounts(cloud.Options{
			HTTPClient: &http.Client{Transport: w}, Rates: w.rates, Clock: w.clock, Registerer: w.metrics, Cluster: w.cluster,
		}),
		Registerer: w.metrics, QueueMetrics: true,
		Cluster: w.cluster, Namespace: w.operator, EmptySettle: 2 * time.Minute, Concurrency: 10, Clock: w.clock, FilterPolicies: w.filters,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	stopped := false
	w.kill = cancel
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("stopping the operator: %v", err)
		}
	}
	w.t.Cleanup(w.stop)
}

func (w *world) create(o client.Object) {
	w.t.Helper()
	if err := w.Create(w.ctx, o); err != nil {
		w.t.Fatalf("creating %T %s: %v", o, o.GetName(), err)
	}
}

// topology and queue are the simplest objects of their kinds, in the world's account.
func (w *world) topology(name string, change func(*v1alpha1.MessagingTopologySpec)) *v1alpha1.MessagingTopology {
	w.t.Helper()
	return w.topologyIn(w.namespace, name, change)
}

func (w *world) topologyIn(namespace, name string, change func(*v1alpha1.MessagingTopologySpec)) *v1alpha1.MessagingTopology {
	w.t.Helper()
	o := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	o.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
	o.Spec.Topics = []v1alpha1.Topic{{Name: "events"}}
	change(&o.Spec)
	w.create(o)
	return o
}

func (w *world) queue(name string, change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	return w.queueIn(w.namespace, name, change)
}

func (w *world) queueIn(namespace, name string, change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	o := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	o.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
	change(&o.Spec)
	w.create(o)
	return o
}

// subscribed is a subscription to a topic of a topology of the same namespace.
func subscribed(topology, topic string) v1alpha1.Subscription {
	return v1alpha1.Subscription{Topology: &v1alpha1.TopologyReference{Name: topology}, Topic: topic}
}

// orders makes a topology with a topic and a consumer of it, both ready.
func orders(w *world, change func(*v1alpha1.ConsumerQueueSpec)) (*v1alpha1.MessagingTopology, *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	mt := w.topology("orders", asIs)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
		change(s)
	})
	w.ready(mt)
	w.ready(cq)
	return mt, cq
}

func unchanged(*v1alpha1.ConsumerQueueSpec) {}

func asIs(*v1alpha1.MessagingTopologySpec) {}
