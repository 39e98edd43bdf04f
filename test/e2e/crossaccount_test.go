package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The two accounts of the sample.
const shopAccount, analyticsAccount = "123456789012", "210987654321"

// inAccount are the hands of someone in an account of the world's AWS.
func (w *world) inAccount(account string) hands {
	cfg := aws.Config{Region: region, HTTPClient: w.aws.HTTPClient(), Credentials: credentials.NewStaticCredentialsProvider(account, "secret", "")}
	return newHands(cfg, account, w.namespace)
}

// applyTwoAccounts applies the sample S7: its namespaces and accounts get names of this test's own, and both accounts the shop's keys, with
// which the other's role is assumed.
func (w *world) applyTwoAccounts() (mt *v1alpha1.MessagingTopology, cq *v1alpha1.ConsumerQueue, analytics *corev1.Namespace) {
	w.t.Helper()
	names := map[string]string{"shop": w.namespace, "analytics": env.Namespace(w.t)}
	w.t.Cleanup(func() {
		for name, namespace := range names {
			discard(w.t, namespace, w.account+"-"+name)
		}
	})
	for _, o := range sample(w.t, "accounts/s7-cross-account.yaml") {
		switch o := o.(type) {
		case *v1alpha1.AWSAccount:
			o.Name = w.account + "-" + o.Name
			if o.Spec.Credentials == nil {
				o.Spec.Credentials = &v1alpha1.Credentials{}
			}
			o.Spec.Credentials.SecretRef = &v1alpha1.LocalReference{Name: o.Name}
			create(w.t, secret(w.home, o.Name, shopAccount))
		case *corev1.Namespace:
			ns := &corev1.Namespace{}
			ns.Name = names[o.Name]
			edit(w, ns, func(ns *corev1.Namespace) {
				for k, v := range o.Labels {
					ns.Labels[k] = v
				}
			})
			if o.Name == "analytics" {
				analytics = ns
			}
			continue
		case *v1alpha1.MessagingTopology:
			o.Namespace, o.Spec.AccountRef.Name = names[o.Namespace], w.account+"-"+o.Spec.AccountRef.Name
			mt = o
		case *v1alpha1.ConsumerQueue:
			o.Namespace, o.Spec.AccountRef.Name = names[o.Namespace], w.account+"-"+o.Spec.AccountRef.Name
			o.Spec.Subscriptions[0].Topology.Namespace = names[o.Spec.Subscriptions[0].Topology.Namespace]
			cq = o
		}
		create(w.t, o)
	}
	return mt, cq, analytics
}

// readyAnew reads an object and says whether it is Ready.
func (w *world) readyAnew(o client.Object) bool {
	return w.Get(w.ctx, client.ObjectKeyFromObject(o), o) == nil && ready(o)
}

func TestS7CrossAccount(t *testing.T) {
	w := newWorld(t)
	mt, cq, analytics := w.applyTwoAccounts()
	w.settled("both sides to be ready", func() bool { return w.readyAnew(mt) && w.readyAnew(cq) })
	shop, theirs := w.inAccount(shopAccount), w.inAccount(analyticsAccount)
	topic := shop.topic("shop-orders")
	if cq.Status.Account.AccountID != analyticsAccount || mt.Status.Account.AccountID != shopAccount ||
		!meta.IsStatusConditionTrue(cq.Status.Conditions, v1alpha1.ConditionDeliverable) {
		t.Fatal(describe(w.ctx, cq.Namespace))
	}
	subscription := func() map[string]string {
		t.Helper()
		attributes, err := shop.readSubscription(w.ctx, topic, theirs.queue("analytics-orders"))
		if err != nil {
			t.Fatal(err)
		}
		return attributes
	}
	made := subscription()
	want := map[string]string{
		"Protocol": "sqs", "Endpoint": theirs.queue("analytics-orders"), "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true",
		"RawMessageDelivery": "true", "RedrivePolicy": theirs.toUndelivered("analytics-orders-undelivered"), "Owner": analyticsAccount,
	}
	for name, value := range want {
		if made[name] != value {
			t.Errorf("%s of the subscription is %q, want %q", name, made[name], value)
		}
	}

	sender, receiver := worker{w, inProcess{shop}}, worker{w, inProcess{theirs}}
	arrived := func() []string {
		got := receiver.receiveNow(cq.Status.QueueURL)
		for _, m := range got {
			receiver.must(receiver.delete(cq.Status.QueueURL, m))
		}
		return bodies(got)
	}
	sender.must(sender.publish(topic, message{body: "one"}))
	sender.must(sender.publish(topic, message{body: "two"}))
	if diff := cmp.Diff([]string{"one", "two"}, arrived()); diff != "" {
		t.Errorf("messages in the other account (-want +got):\n%s", diff)
	}

	edit(w, analytics, func(ns *corev1.Namespace) { delete(ns.Labels, "skein.dev/consumes") })
	w.settled("the subscription and the statements to go", func() bool {
		policy, err := shop.readTopic(w.ctx, topic)
		return err == nil && !strings.Contains(policy["Policy"], analyticsAccount) && subscription() == nil
	})
	if !theirs.exists(w.ctx, "analytics-orders") {
		t.Error("the queue is gone with the consent")
	}
	edit(w, analytics, func(ns *corev1.Namespace) { ns.Labels["skein.dev/consumes"] = "shop-orders" })
	w.settled("the consumer to be back", func() bool { return w.readyAnew(cq) && subscription() != nil })
	sender.must(sender.publish(topic, message{body: "three"}))
	if diff := cmp.Diff([]string{"three"}, arrived()); diff != "" {
		t.Errorf("messages after consent was given again (-want +got):\n%s", diff)
	}
}
