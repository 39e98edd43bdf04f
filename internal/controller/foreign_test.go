package controller_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/policydoc"
)

// Topics and queues of different accounts. The topic is in otherAccount, the queue in the world's account.

// secondAccount is an AWSAccount of otherAccount.
func (w *world) secondAccount(change func(*v1alpha1.AWSAccount)) *v1alpha1.AWSAccount {
	w.t.Helper()
	second := w.newAccount(w.account + "-b")
	w.secret(second.Name, otherAccount)
	change(second)
	w.create(second)
	return second
}

func sameAccount(*v1alpha1.AWSAccount) {}

// theirs are the hands of someone in otherAccount.
func (w *world) theirs() *sns.Client { return sns.NewFromConfig(w.config(strangerKey, "us-east-1")) }

// strangerKey is a key of otherAccount that is not the operator's.
const strangerKey = "AKIASTRANGER"

// foreignWorld has a topology of otherAccount in the other namespace, which lets namespaces with a label subscribe.
func foreignWorld(t *testing.T) (*world, *v1alpha1.MessagingTopology) {
	t.Helper()
	w := newWorld(t, localaws.WithAccessKey(strangerKey, otherAccount, ""))
	second := w.secondAccount(sameAccount)
	mt := w.topologyIn(w.other, "orders", func(s *v1alpha1.MessagingTopologySpec) {
		selecting(s)
		s.AccountRef.Name = second.Name
	})
	w.ready(mt)
	return w, mt
}

// own reads the Sids of Skein's statements on a topic of otherAccount.
func (w *world) own(topic string) string {
	w.t.Helper()
	out, err := w.theirs().GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &topic})
	if err != nil {
		w.t.Fatal(err)
	}
	document, err := policydoc.Parse(out.Attributes["Policy"])
	if err != nil {
		w.t.Fatal(err)
	}
	var sids []string
	for _, s := range document.Statements {
		if strings.HasPrefix(s.Sid, policydoc.OwnPrefix) {
			sids = append(sids, s.Sid)
		}
	}
	return strings.Join(sids, " ")
}

func (w *world) theirSubscriptions(topic string) int {
	w.t.Helper()
	out, err := w.theirs().ListSubscriptionsByTopic(w.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(out.Subscriptions)
}

func TestP32AnotherAccountsTopicIsConfirmedAtOnce(t *testing.T) {
	w, mt := foreignWorld(t)
	topic := mt.Status.Topics[0].ARN
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{w.ofOther()} })
	w.mentions(w.waiting(cq, v1alpha1.ReasonNotAllowed), w.other+"/orders")
	if got := w.own(topic); got != "" {
		t.Errorf("without consent the topic has the statements %s", got)
	}
	w.noCalls(named("Subscribe"))

	w.label(w.namespace, "consumes", "orders")
	w.ready(cq)
	if got := w.own(topic); got != "SkeinReaders SkeinSubscribers"+w.accountID {
		t.Errorf("the topic has the statements %s", got)
	}
	sub := cq.Status.Subscriptions[0]
	got := w.subscription(sub.SubscriptionARN)
	if got["PendingConfirmation"] != "false" || got["Owner"] != w.accountID || !strings.Contains(got["RedrivePolicy"], "-undelivered") ||
		sub.State != v1alpha1.SubscriptionConfirmed {
		t.Errorf("the subscription is %v, the status %+v", got, sub)
	}
	for _, c := range w.calls(named("Subscribe")) {
		if c.Account != w.accountID || c.Code != "" {
			t.Errorf("subscribed as %s: %s", c.Account, c.Code)
		}
	}
	w.publishAs(w.theirs(), topic, "hello")
	if got := w.attributes(cq.Status.QueueName)["ApproximateNumberOfMessages"]; got != "1" {
		t.Errorf("the queue holds %s messages", got)
	}
	w.drain(cq.Status.QueueURL)

	w.quiet()
	w.aws.ResetCalls()
	w.pass(25 * time.Minute)
	w.noCalls(mutating)

	w.label(w.namespace, "consumes", "")
	w.waitFor(cq, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonNotAllowed)
	w.eventually("the subscription and the statements to go", func() bool { return w.theirSubscriptions(topic) == 0 && w.own(topic) == "" })
}

func (w *world) publishAs(client *sns.Client, topic, body string) {
	w.t.Helper()
	if _, err := client.Publish(w.ctx, &sns.PublishInput{TopicArn: &topic, Message: &body}); err != nil {
		w.t.Fatal(err)
	}
}

// The topology keeps the statements while the consumer is being deleted, and its topic while the consumer is subscribed.
func TestAnotherAccountsConsumerIsDeleted(t *testing.T) {
	w, mt := foreignWorld(t)
	topic := mt.Status.Topics[0].ARN
	w.label(w.namespace, "consumes", "orders")
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{w.ofOther()} })
	w.ready(cq)
	w.delete(mt)
	w.mentions(w.waiting(mt, v1alpha1.ReasonSubscribersPresent), cq.Status.QueueARN)
	w.delete(cq)
	w.gone(cq)
	w.gone(mt)
	if _, err := w.theirs().GetTopicAttributes(w.ctx, &sns.GetTopicAttributesInput{TopicArn: &topic}); err == nil {
		t.Error("the topic is still there")
	}
}

// The statements go when the consumer does not name the topic any more; the topic's policy is named by ARN as well as by reference.
func TestAnotherAccountsConsumerLeavesTheTopic(t *testing.T) {
	w, mt := foreignWorld(t)
	topic := mt.Status.Topics[0].ARN
	w.label(w.namespace, "consumes", "orders")
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}} })
	w.ready(cq)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Subscriptions = nil })
	w.eventually("the subscription and the statements to go", func() bool { return w.theirSubscriptions(topic) == 0 && w.own(topic) == "" })
	w.ready(cq)
}

// Consent that is withdrawn ends what it allowed, also while somebody else's consumer, with consent, names an account that is not known.
func TestAnotherAccountsConsentEndsWhateverOthersName(t *testing.T) {
	w, mt := foreignWorld(t)
	topic := mt.Status.Topics[0].ARN
	w.label(w.namespace, "consumes", "orders")
	w.ready(w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{w.ofOther()} }))
	stray := w.queueIn(w.other, "stray", func(s *v1alpha1.ConsumerQueueSpec) {
		s.AccountRef.Name, s.Subscriptions = w.account+"-missing", []v1alpha1.Subscription{w.ofOther()}
	})
	w.waiting(stray, v1alpha1.ReasonAccountNotFound)
	w.quiet()
	w.label(w.namespace, "consumes", "")
	w.eventually("the statements to go", func() bool { return w.own(topic) == "" })
}

// A topic that no MessagingTopology declares: its owner keeps the policy.
func TestUndeclaredTopicOfAnotherAccount(t *testing.T) {
	for name, reads := range map[string]string{"readable": `,{"Sid":"Reads","Effect":"Allow","Principal":{"AWS":"%"},"Action":"sns:GetTopicAttributes","Resource":"#"}`, "closed": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, localaws.WithAccessKey(strangerKey, otherAccount, ""))
			out, err := w.theirs().CreateTopic(w.ctx, &sns.CreateTopicInput{Name: aws.String("theirs")})
			if err != nil {
				t.Fatal(err)
			}
			topic := *out.TopicArn
			policy := func(statements string) {
				text := strings.NewReplacer("%", w.accountID, "#", topic).Replace(
					`{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"` + otherAccount + `"},"Action":"sns:Publish","Resource":"#"}` + statements + `]}`)
				if _, err := w.theirs().SetTopicAttributes(w.ctx, &sns.SetTopicAttributesInput{TopicArn: &topic, AttributeName: aws.String("Policy"), AttributeValue: &text}); err != nil {
					t.Fatal(err)
				}
			}
			policy(reads)
			cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topic}} })
			w.mentions(w.waiting(cq, v1alpha1.ReasonSubscribeNotPermitted), `"sns:Endpoint"`, w.accountID+":root", topic)
			if !w.condition(cq, "Accepted", metav1.ConditionFalse, v1alpha1.ReasonSubscribeNotPermitted) ||
				cq.Status.Subscriptions[0].Reason != v1alpha1.ReasonSubscribeNotPermitted || w.attributes(cq.Status.QueueName) == nil {
				t.Errorf("%+v\n%s", cq.Status.Subscriptions, w.describe())
			}
			w.quiet()
			w.aws.ResetCalls()
			w.pass(10 * time.Minute)
			if n := len(w.calls(named("Subscribe"))); (n == 0) == (reads == "") || n > 12 {
				t.Errorf("tried %d times in ten minutes", n)
			}
			policy(reads + `,{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"%"},"Action":"sns:Subscribe","Resource":"#"}`)
			w.ready(cq)
			if cq.Status.Subscriptions[0].State != v1alpha1.SubscriptionConfirmed {
				t.Errorf("%+v", cq.Status.Subscriptions)
			}
			// The list of the topic is closed to the queue's account.
			w.delete(cq)
			w.gone(cq)
			if n := w.theirSubscriptions(topic); n != 0 {
				t.Errorf("%d subscriptions are left", n)
			}
		})
	}
}

func TestTopicOfAnotherPartition(t *testing.T) {
	w := newWorld(t)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: "arn:aws-cn:sns:cn-north-1:" + otherAccount + ":theirs"}}
	})
	w.mentions(w.stalled(cq, v1alpha1.ReasonInvalidSpec), "aws-cn", "partition")
	w.noCalls(func(c localaws.Call) bool { return c.Region != "us-east-1" })
}

// The queue's account is reached by a role: the keys of a Secret assume it, and the subscription is the role's.
func TestAnotherAccountByAssumedRole(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/skein"
	w := bareWorld(t, localaws.WithAccessKey(strangerKey, otherAccount, ""), localaws.WithRole(role, "shop", otherAccount))
	second := w.secondAccount(sameAccount)
	account := w.newAccount(w.account)
	account.Spec.Credentials.SecretRef.Name = second.Name
	account.Spec.Credentials.AssumeRole = &v1alpha1.AssumeRole{RoleARN: role, ExternalID: "wrong"}
	w.create(account)
	w.start()
	w.waitFor(account, "Ready", metav1.ConditionFalse, v1alpha1.ReasonInvalidCredentials)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) { s.AccountRef.Name = second.Name })
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
	})
	w.waiting(cq, v1alpha1.ReasonAccountNotReady)
	edit(w, account, func(a *v1alpha1.AWSAccount) { a.Spec.Credentials.AssumeRole.ExternalID = "shop" })
	w.ready(cq)
	w.ready(mt)
	if cq.Status.Account.AccountID != w.accountID || mt.Status.Account.AccountID != otherAccount {
		t.Errorf("the queue is in %s, the topic in %s", cq.Status.Account.AccountID, mt.Status.Account.AccountID)
	}
	got := w.subscription(cq.Status.Subscriptions[0].SubscriptionARN)
	if got["Owner"] != w.accountID || !strings.Contains(got["SubscriptionPrincipal"], "assumed-role/skein/") {
		t.Errorf("the subscription is %v", got)
	}
	// A Secret that changes is taken up: the new keys may not assume the role.
	edit(w, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.operator, Name: second.Name}}, func(s *corev1.Secret) {
		s.Data["AWS_ACCESS_KEY_ID"] = []byte("444455556666")
	})
	w.waitFor(account, "Ready", metav1.ConditionFalse, v1alpha1.ReasonInvalidCredentials)
}
