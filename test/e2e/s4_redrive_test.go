package e2e

import (
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/testaws"
)

// S4 from end to end: a producer, a worker that fails on some messages, dead letters that are told, the worker mended, a Redrive with its progress,
// and the worker gets all, each once. fauxqs has no move tasks, which the Redrive says; moto has none either.
func TestS4DeadLettersComeBackByRedrive(t *testing.T) {
	t.Parallel()
	home := running.join(t)
	// Regions of their own: in theirs others run the same sample.
	local, fauxqs := testaws.Local(t).As(accountID, accountID, "secret", "").In("eu-west-1"), testaws.Shared(t).Fauxqs.In("eu-west-1")
	t.Run(local.Name, func(t *testing.T) {
		t.Parallel()
		s := newStore(t, local, home)
		s.comesBack(s.poison())
	})
	t.Run(fauxqs.Name, func(t *testing.T) {
		t.Parallel()
		s := newStore(t, fauxqs, home)
		s.poison()
		s.noMoveTasks()
	})
}

// store is the S4 sample at one emulator, with its producer and worker.
type store struct {
	*gomega.WithT
	t *testing.T
	h hands
	// url of the queue, and cq the object.
	url string
	cq  *v1alpha1.ConsumerQueue
}

func newStore(t *testing.T, b testaws.Backend, home string) store {
	t.Helper()
	s := store{WithT: gomega.NewWithT(t), t: t}
	s.SetDefaultEventuallyTimeout(patience)
	s.SetDefaultEventuallyPollingInterval(10 * poll)
	namespace := env.Namespace(t)
	account := accountAt(t, namespace, b)
	t.Cleanup(func() { discard(t, namespace, account.Name) })
	keys, err := b.Credentials.Retrieve(t.Context())
	s.Expect(err).NotTo(gomega.HaveOccurred())
	create(t, secret(home, account.Name, keys.AccessKeyID))
	create(t, account)
	sample := moved(sample(t, "s4-poison.yaml"), namespace, account.Name)
	for _, o := range sample {
		create(t, o)
		if cq, ok := o.(*v1alpha1.ConsumerQueue); ok {
			s.cq = cq
		}
	}
	s.Eventually(func() bool { return allReady(t.Context(), namespace, sample) }).Should(gomega.BeTrue(), func() string { return describe(t.Context(), namespace) })
	s.h = newHands(b.Config(), b.AccountID, namespace)
	s.url, err = s.h.url(t.Context(), "reliable_q")
	s.Expect(err).NotTo(gomega.HaveOccurred())
	return s
}

const dead = 13 // each seventh of 91

// poison sends and works until what cannot be handled is dead. It gives the bodies that were sent, and those that were handled.
func (s store) poison() (sent, handled []string) {
	s.t.Helper()
	for i := range 7 * dead {
		one := message{body: strconv.Itoa(i), attributes: map[string]string{"store_id": "s" + strconv.Itoa(i%5)}}
		if i%7 == 0 {
			one.attributes = map[string]string{"other": "x"}
		}
		sent = append(sent, one.body)
		s.Expect(inProcess{s.h}.send(s.url, one)).To(gomega.Succeed())
	}
	handled = s.work(func(m message) bool { return m.attributes["store_id"] != "" })
	s.Expect(handled).To(gomega.HaveLen(6 * dead))
	s.told(metav1.ConditionTrue, v1alpha1.ReasonDeadLettersPresent, dead)
	return sent, handled
}

// comesBack is a Redrive, after which the mended worker gets what was missing.
func (s store) comesBack(sent, handled []string) {
	s.t.Helper()
	rd := s.redrive(metav1.ConditionTrue, v1alpha1.ReasonMoved)
	s.Expect(rd.Status.MessagesMoved).To(gomega.BeEquivalentTo(dead))
	s.Expect(rd.Status.Progress).To(gomega.BeEquivalentTo(100))
	handled = append(handled, s.work(always)...)
	slices.Sort(handled)
	slices.Sort(sent)
	if diff := cmp.Diff(sent, handled); diff != "" {
		s.t.Errorf("messages that were handled (-want +got):\n%s", diff)
	}
	s.told(metav1.ConditionFalse, v1alpha1.ReasonNoDeadLetters, 0)
}

// noMoveTasks is a Redrive at an endpoint that cannot move, and leaves the dead letters where they are.
func (s store) noMoveTasks() {
	s.t.Helper()
	rd := s.redrive(metav1.ConditionFalse, v1alpha1.ReasonAWSError)
	c := meta.FindStatusCondition(rd.Status.Conditions, v1alpha1.ConditionReady)
	s.Expect(c.Message).To(gomega.And(gomega.ContainSubstring("dlq_for_reliable_q"), gomega.ContainSubstring("MessageMoveTask")))
	s.told(metav1.ConditionTrue, v1alpha1.ReasonDeadLettersPresent, dead)
}

// work is the worker: what it can handle it deletes, what it cannot it gives back at once, until the queue has nothing more. It gives the bodies that
// it has handled.
func (s store) work(can func(message) bool) []string {
	s.t.Helper()
	var handled []string
	for {
		got, err := inProcess{s.h}.receive(s.url)
		s.Expect(err).NotTo(gomega.HaveOccurred())
		if len(got) == 0 {
			return handled
		}
		for _, m := range got {
			if can(m) {
				handled = append(handled, m.body)
				s.Expect(inProcess{s.h}.delete(s.url, m)).To(gomega.Succeed())
				continue
			}
			_, err := s.h.sqs.ChangeMessageVisibility(s.t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: &s.url, ReceiptHandle: &m.handle})
			s.Expect(err).NotTo(gomega.HaveOccurred())
		}
	}
}

// told asks for a look and waits until the object says how many dead letters there are.
func (s store) told(status metav1.ConditionStatus, reason string, dead int64) {
	s.t.Helper()
	base := s.cq.DeepCopy()
	metav1.SetMetaDataAnnotation(&s.cq.ObjectMeta, v1alpha1.AnnotationReconcileAt, reason)
	s.Expect(env.Client.Patch(s.t.Context(), s.cq, client.MergeFrom(base))).To(gomega.Succeed())
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(env.Client.Get(s.t.Context(), client.ObjectKeyFromObject(s.cq), s.cq)).To(gomega.Succeed())
		c := meta.FindStatusCondition(s.cq.Status.Conditions, v1alpha1.ConditionDeadLetters)
		g.Expect(c).NotTo(gomega.BeNil())
		g.Expect(c.Reason).To(gomega.Equal(reason), c.Message)
		g.Expect(c.Status).To(gomega.Equal(status))
		g.Expect(s.cq.Status.Messages.DeadLettered).To(gomega.Equal(dead))
		g.Expect(ready(s.cq)).To(gomega.BeTrue())
	}).Should(gomega.Succeed())
}

// redrive makes the Redrive of the sample and waits until Ready says so.
func (s store) redrive(status metav1.ConditionStatus, reason string) *v1alpha1.Redrive {
	s.t.Helper()
	rd := sample(s.t, "runs/s4-dead-letters.yaml")[0].(*v1alpha1.Redrive)
	rd.Namespace = s.cq.Namespace
	create(s.t, rd)
	s.Eventually(func(g gomega.Gomega) {
		g.Expect(env.Client.Get(s.t.Context(), client.ObjectKeyFromObject(rd), rd)).To(gomega.Succeed())
		c := meta.FindStatusCondition(rd.Status.Conditions, v1alpha1.ConditionReady)
		g.Expect(c).NotTo(gomega.BeNil())
		g.Expect(rd.Status.MessagesMoved).To(gomega.BeNumerically("<=", dead))
		g.Expect(c.Reason).To(gomega.Equal(reason), c.Message)
		g.Expect(c.Status).To(gomega.Equal(status))
	}).Should(gomega.Succeed())
	return rd
}
