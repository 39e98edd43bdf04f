package controller_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// Accounts that are not what they should be.

const otherAccount = "999900001111"

// of are the calls made with an access key, but for the question who we are.
func of(key string) func(localaws.Call) bool {
	return func(c localaws.Call) bool { return c.AccessKey == key && anyCall(c) }
}

// keys swaps the keys in a Secret.
func (w *world) keys(secret, keyID, key string) {
	w.t.Helper()
	edit(w, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: secret}}, func(s *corev1.Secret) {
		s.Data["AWS_ACCESS_KEY_ID"], s.Data["AWS_SECRET_ACCESS_KEY"] = []byte(keyID), []byte(key)
	})
}

func (w *world) accountObject() *v1alpha1.AWSAccount {
	return &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: w.account}}
}

func TestAccountIDThatIsNotTheIdentitys(t *testing.T) {
	w := bareWorld(t)
	account := w.createAccount(func(a *v1alpha1.AWSAccount) { a.Spec.AccountID = otherAccount })
	cq := w.queue("inventory", unchanged)
	w.start()
	w.mentions(w.stalled(account, v1alpha1.ReasonAccountChanged), otherAccount, w.accountID, "spec.accountID")
	w.mentions(w.waiting(cq, v1alpha1.ReasonAccountNotReady), w.account)
	w.pass(time.Hour)
	w.noCalls(anyCall)
	if account.Status.AccountID != "" {
		t.Errorf("pinned %s", account.Status.AccountID)
	}
}

func TestIdentityThatChanges(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	account := w.accountObject()
	w.keys(w.account, otherAccount, "secret")
	w.mentions(w.stalled(account, v1alpha1.ReasonAccountChanged), otherAccount, w.accountID)
	if account.Status.AccountID != w.accountID {
		t.Errorf("status.accountID moved to %s", account.Status.AccountID)
	}
	w.waiting(cq, v1alpha1.ReasonAccountNotReady)
	w.quiet()
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.waiting(cq, v1alpha1.ReasonAccountNotReady)
	w.waiting(mt, v1alpha1.ReasonAccountNotReady)
	w.pass(time.Hour)
	w.noCalls(anyCall)
	w.keys(w.account, w.accountID, "secret")
	w.ready(account)
	w.ready(cq)
	w.ready(mt)
	if got := w.attributes(cq.Status.QueueName)["VisibilityTimeout"]; got != "120" {
		t.Errorf("the visibility timeout is %s", got)
	}
	w.noCalls(of(otherAccount))
}

func TestAccountMadeAnewElsewhereMovesNothing(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	account := w.accountObject()
	w.delete(account)
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Finalizers = nil })
	w.gone(account)
	w.waiting(cq, v1alpha1.ReasonAccountNotFound)
	w.keys(w.account, otherAccount, "secret")
	again := w.newAccount(w.account)
	w.create(again)
	w.ready(again)
	w.mentions(w.stalled(cq, v1alpha1.ReasonAccountChanged), otherAccount, w.accountID, "nothing is moved")
	w.pass(time.Hour)
	w.noCalls(of(otherAccount))
}

func TestP55WrongCredentials(t *testing.T) {
	w := bareWorld(t, localaws.WithStrictKeys(), localaws.WithCredentials("111122223333", "right"))
	account := w.createAccount(func(*v1alpha1.AWSAccount) {})
	cq := w.queue("inventory", unchanged)
	w.start()
	w.mentions(w.waiting(account, v1alpha1.ReasonInvalidCredentials), "SignatureDoesNotMatch")
	w.eventually("the queue to say why", func() bool {
		return w.condition(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonAccountNotReady) && containsAll(conditionOf(cq, "Ready").Message, "SignatureDoesNotMatch")
	})
	w.keys(w.account, "AKIAUNKNOWN", "right")
	w.eventually("the other fault", func() bool {
		return w.condition(account, "Ready", metav1.ConditionFalse, v1alpha1.ReasonInvalidCredentials) && containsAll(conditionOf(account, "Ready").Message, "InvalidClientTokenId")
	})
	w.pass(time.Hour)
	w.noCalls(anyCall)
	w.keys(w.account, w.accountID, "right")
	w.ready(account)
	w.ready(cq)
}

func TestP55CredentialsThatAreRevoked(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{Code: "InvalidClientTokenId"} })
	w.eventuallyBy(5*time.Second, "the account to fail", func() bool {
		return w.condition(w.accountObject(), "Ready", metav1.ConditionFalse, v1alpha1.ReasonInvalidCredentials)
	})
	w.eventuallyBy(5*time.Second, "the queue to say so", func() bool { return w.condition(cq, "Ready", metav1.ConditionFalse, "") })
	w.quiet()
	w.aws.ResetCalls()
	w.pass(time.Hour)
	if n := len(w.calls(func(localaws.Call) bool { return true })); n > 60 {
		t.Errorf("made %d calls in an hour", n)
	}
	if w.attributes(cq.Status.QueueName) == nil || len(cq.Status.Subscriptions) != 1 || cq.Status.Subscriptions[0].State != v1alpha1.SubscriptionConfirmed {
		t.Errorf("the status is %+v", cq.Status)
	}
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.eventuallyBy(5*time.Second, "recovery", func() bool { return w.condition(cq, "Ready", metav1.ConditionTrue, "") })
}

func TestAWSUnreachable(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, unchanged)
	w.unplugged.Store(true)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.mentions(w.waiting(cq, v1alpha1.ReasonUnreachable), "no route to host")
	if len(cq.Status.Subscriptions) != 1 || cq.Status.Subscriptions[0].State != v1alpha1.SubscriptionConfirmed || cq.Status.QueueURL == "" {
		t.Errorf("what was known is gone: %+v", cq.Status)
	}
	// What was proven stays, and is not told of the new spec.
	if c := conditionOf(cq, "Deliverable"); c == nil || c.Status != metav1.ConditionTrue || c.ObservedGeneration != cq.Generation-1 {
		t.Errorf("deliverable:\n%s", w.describe())
	}
	w.eventuallyBy(5*time.Second, "the topology to notice", func() bool { return w.condition(mt, "Ready", metav1.ConditionFalse, "") })
	if mt.Status.Topics[0].State != "Present" {
		t.Errorf("the topic is %+v", mt.Status.Topics[0])
	}
	w.unplugged.Store(false)
	w.ready(cq)
	w.eventuallyBy(5*time.Second, "the topology to recover", func() bool { return w.condition(mt, "Ready", metav1.ConditionTrue, "") })
	if got := w.attributes(cq.Status.QueueName)["VisibilityTimeout"]; got != "120" {
		t.Errorf("the visibility timeout is %s", got)
	}
}

func TestAWSThatFailsIsNotHammered(t *testing.T) {
	w := newWorld(t)
	_, cq := orders(w, unchanged)
	// A code that the SDK does not try again, so that a call is a try.
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Service == "sts" {
			return localaws.Fault{}
		}
		return localaws.Fault{Code: "Odd", Message: "something odd"}
	})
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.mentions(w.waiting(cq, v1alpha1.ReasonAWSError), "something odd")
	for range 27 { // a little at a time, so that a busy operator keeps up with the clock
		w.pass(20 * time.Second)
	}
	// 1, 2, 4 … 256 s are nine looks of at most five calls.
	if n := len(w.calls(anyCall)); n < 9 || n > 60 {
		t.Errorf("made %d calls in nine minutes", n)
	}
	w.eventuallyBy(5*time.Second, "the refusal to stall", func() bool { return w.condition(cq, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonRefusedByAWS) })
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	w.eventuallyBy(5*time.Second, "recovery", func() bool { return w.condition(cq, "Ready", metav1.ConditionTrue, "") })
}

func TestSecretMissingOrIncomplete(t *testing.T) {
	w := bareWorld(t)
	account := w.newAccount(w.account)
	w.create(account)
	w.start()
	w.mentions(w.waiting(account, v1alpha1.ReasonSecretNotFound), w.operator, w.account)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: w.account}, Data: map[string][]byte{"AWS_ACCESS_KEY_ID": []byte(w.accountID)}}
	w.create(secret)
	w.mentions(w.waiting(account, v1alpha1.ReasonInvalidCredentials), "AWS_SECRET_ACCESS_KEY")
	if calls := w.aws.Calls(); len(calls) != 0 {
		t.Errorf("called %s", calls[0].Operation)
	}
	w.keys(w.account, w.accountID, "secret")
	w.ready(account)
	w.delete(secret)
	w.waiting(account, v1alpha1.ReasonSecretNotFound)
}

func TestNamespaceThatTheAccountDoesNotAllow(t *testing.T) {
	w := newWorld(t)
	mt, cq := orders(w, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionDelete })
	edit(w, w.accountObject(), func(a *v1alpha1.AWSAccount) {
		a.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{
			From: v1alpha1.NamespacesSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}},
		}
	})
	w.mentions(w.waiting(cq, v1alpha1.ReasonNamespaceNotAllowed), w.namespace, w.account)
	w.waiting(mt, v1alpha1.ReasonNamespaceNotAllowed)
	if !w.condition(cq, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed) {
		t.Errorf("accepted:\n%s", w.describe())
	}
	w.aws.ResetCalls()
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout, cq.Spec.Subscriptions = "2m", nil })
	w.waiting(cq, v1alpha1.ReasonNamespaceNotAllowed)
	w.pass(time.Hour)
	w.noCalls(anyCall)
	w.delete(cq)
	w.gone(cq)
	if w.attributes(cq.Status.QueueName) != nil {
		t.Error("the queue is still there")
	}
	w.label(w.namespace, "team", "a")
	w.ready(mt)
	w.ready(w.queue("inventory2", unchanged))
}

func TestP54ClientsFollowTheSecret(t *testing.T) {
	w := bareWorld(t, localaws.WithAccessKey("AKIANEW", "111122223333", ""))
	w.createAccount(func(*v1alpha1.AWSAccount) {})
	second := w.newAccount(w.account + "-b")
	w.secret(second.Name, otherAccount)
	w.create(second)
	w.start()
	here := w.queue("here", unchanged)
	there := w.queue("there", func(s *v1alpha1.ConsumerQueueSpec) { s.AccountRef.Name = second.Name })
	w.ready(here)
	w.ready(there)
	if here.Status.Account.AccountID != w.accountID || there.Status.Account.AccountID != otherAccount {
		t.Fatalf("the accounts are %v and %v", here.Status.Account, there.Status.Account)
	}
	for _, c := range w.calls(anyCall) {
		if c.Resource != "" && !containsAll(c.Resource, ":"+c.AccessKey+":") {
			t.Errorf("called %s for %s with the key of %s", c.Operation, c.Resource, c.AccessKey)
		}
	}
	w.keys(w.account, "AKIANEW", "secret")
	w.eventually("the account to use the new key", func() bool {
		return len(w.calls(func(c localaws.Call) bool { return c.AccessKey == "AKIANEW" })) > 0
	})
	w.quiet()
	w.aws.ResetCalls()
	edit(w, here, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	edit(w, there, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.ready(here)
	w.ready(there)
	w.noCalls(of(w.accountID))
	if len(w.calls(of("AKIANEW"))) == 0 || len(w.calls(of(otherAccount))) == 0 {
		t.Error("no calls were made with the keys of the two accounts")
	}
}
