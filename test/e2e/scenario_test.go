package e2e

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/testaws"
)

const (
	// emptySettle is the operator's --empty-settle here: three readings are taken all the same.
	emptySettle = time.Second
	// deletion is how long it may take: less than the half minute after which the operator looks again at what nobody wakes it for.
	deletion = 28 * time.Second
)

// scenario is a sample and what must stand in AWS because of it.
type scenario struct {
	// file of config/samples.
	file string
	// want gives what AWS holds in the account of a backend, for objects of a namespace.
	want func(n names) contents
	// watched: it has alarms. Of the emulators fauxqs has no CloudWatch, and moto none in the protocol of the SDK.
	watched bool
}

// run applies the sample at every emulator, compares what AWS holds, deletes everything and sees AWS empty.
func (s scenario) run(t *testing.T) {
	t.Parallel()
	home := running.join(t)
	// An account of its own: Skein takes two objects with one queue in one account and region for rivals, wherever their endpoints are.
	local := testaws.Local(t).As(accountID, accountID, "secret", "")
	backends := []testaws.Backend{local}
	if !s.watched {
		backends = append(backends, testaws.Shared(t).Moto, testaws.Shared(t).Fauxqs)
	}
	for _, b := range backends {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s.over(t, b, home)
		})
	}
}

func (s scenario) over(t *testing.T, b testaws.Backend, home string) {
	ctx, g := t.Context(), gomega.NewWithT(t)
	g.SetDefaultEventuallyTimeout(patience)
	g.SetDefaultEventuallyPollingInterval(10 * poll)
	namespace := env.Namespace(t)
	account := accountAt(t, namespace, b)
	t.Cleanup(func() { discard(t, namespace, account.Name) })
	keys, err := b.Credentials.Retrieve(ctx)
	g.Expect(err).NotTo(gomega.HaveOccurred())
	create(t, secret(home, account.Name, keys.AccessKeyID))
	create(t, account)
	sample := moved(sample(t, s.file), namespace, account.Name)
	for _, o := range sample {
		create(t, o)
	}

	g.Eventually(func() bool { return allReady(ctx, namespace, sample) }).Should(gomega.BeTrue(), func() string { return describe(ctx, namespace) })
	all, err := objects(ctx, namespace)
	g.Expect(err).NotTo(gomega.HaveOccurred())
	for _, o := range all {
		if cq, ok := o.(*v1alpha1.ConsumerQueue); ok {
			g.Expect(cq.Status.Conditions).To(gomega.ContainElements(isTrue(v1alpha1.ConditionAccepted), isTrue(v1alpha1.ConditionDeliverable)))
		}
	}
	h := newHands(b.Config(), b.AccountID, namespace)
	want := s.want(h.names)
	compare(t, b.Name, want, h.read(ctx, t, maps.Keys(want)))

	for _, o := range sample {
		g.Expect(env.Client.Delete(ctx, o)).To(gomega.Succeed())
	}
	g.Eventually(func() ([]client.Object, error) { return objects(ctx, namespace) }).WithTimeout(deletion).Should(gomega.BeEmpty(), func() string { return describe(ctx, namespace) })
	for name, attributes := range h.read(ctx, t, maps.Keys(want)) {
		if attributes != nil {
			t.Errorf("%s is still there", name)
		}
	}
}

// allReady says whether a sample's objects and their children are Ready.
func allReady(ctx context.Context, namespace string, sample []client.Object) bool {
	all, err := objects(ctx, namespace)
	if err != nil || len(all) < len(sample) {
		return false
	}
	for _, o := range all {
		if !ready(o) {
			return false
		}
	}
	return true
}

// running is the operator of all scenarios: one process, three accounts each.
var running sharedOperator

// sharedOperator runs while at least one test uses it.
type sharedOperator struct {
	mu       sync.Mutex
	users    int
	operator *operator
	// home is where the operator reads Secrets.
	home string
}

// join lets a test use the operator until its end, and gives the namespace of the operator's Secrets.
func (s *sharedOperator) join(t *testing.T) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		s.home = env.Namespace(t)
		started, err := startOperator(s.home, clock.RealClock{}, nil, emptySettle)
		if err != nil {
			t.Fatal(err)
		}
		s.operator = started
	}
	s.users++
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users--; s.users == 0 {
			s.operator.stop(t)
		}
	})
	return s.home
}
