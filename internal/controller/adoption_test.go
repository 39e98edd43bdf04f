package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// Taking over what others made.

// adoptingWorld is a world whose account allows adoption.
func adoptingWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.createAccount(func(a *v1alpha1.AWSAccount) { a.Spec.Adoption = v1alpha1.AdoptionAllowed })
	w.start()
	w.accountReady()
	return w
}

// adopt makes a ConsumerQueue that takes over the queue "theirs".
func (w *world) adopt(name string, change func(*v1alpha1.ConsumerQueueSpec)) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	return w.queue(name, func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.AdoptionPolicy = "theirs", v1alpha1.AdoptionAdopt
		change(s)
	})
}

// announced waits until an object says that it is about to adopt, and checks that it has not begun to.
func (w *world) announced(o client.Object) string {
	w.t.Helper()
	w.soon(o.GetName()+" to announce the adoption", func() bool {
		return w.condition(o, "Ready", metav1.ConditionFalse, v1alpha1.ReasonAdopting) && conditionOf(o, "Reconciling") != nil
	})
	w.noCalls(mutating)
	return conditionOf(o, "Ready").Message
}

// row gives a row of an inventory.
func row(rows []v1alpha1.ResourceStatus, resource string) v1alpha1.ResourceStatus {
	i := slices.IndexFunc(rows, func(r v1alpha1.ResourceStatus) bool { return r.Resource == resource })
	if i < 0 {
		return v1alpha1.ResourceStatus{}
	}
	return rows[i]
}

func planOf(steps []v1alpha1.PlannedStep, resource string) string {
	for _, s := range steps {
		if s.Resource != resource {
			continue
		}
		line := s.Action
		for _, c := range s.Changes {
			if !strings.HasPrefix(c.Field, "Tags[skein.dev/") {
				line += " " + c.Field + " " + c.From + "->" + c.To
			}
		}
		return line
	}
	return ""
}

const foreignStatement = `{"Sid":"ours","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sqs:ReceiveMessage","Resource":"*"}`

// legacy makes what people made by hand: a topic, a queue with a dead-letter queue, and a subscription.
func (w *world) legacy() (topicARN, url, subscriptionARN string) {
	w.t.Helper()
	topicARN = w.createTopic("legacy")
	w.createQueue("theirs-dlq", map[string]string{"MessageRetentionPeriod": "864000"}, nil)
	url = w.createQueue("theirs", map[string]string{
		"VisibilityTimeout": "77", "DelaySeconds": "3", "ReceiveMessageWaitTimeSeconds": "1",
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:theirs-dlq","maxReceiveCount":"3"}`,
	}, map[string]string{"team": "legacy"})
	w.set(url, "Policy", `{"Version":"2012-10-17","Statement":[`+foreignStatement+`,{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`)
	subscriptionARN = w.subscribe(w.sns(), topicARN, "arn:aws:sqs:us-east-1:111122223333:theirs", map[string]string{
		"RawMessageDelivery": "false", "FilterPolicy": `{"kind":["a"]}`, "FilterPolicyScope": "MessageBody",
	})
	return topicARN, url, subscriptionARN
}

func TestP49AdoptionIsShownAndThenCarriedOut(t *testing.T) {
	w := adoptingWorld(t)
	topicARN, url, subscriptionARN := w.legacy()
	w.send(url, "kept")
	before, subscribedBefore := w.everything("theirs"), w.subscription(subscriptionARN)
	cq := w.adopt("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topicARN}}
		s.DeliveryDelay = "7s"
	})
	w.mentions(w.announced(cq), "queue theirs", "nobody's", "MessageRetentionPeriod")
	if got := planOf(cq.Status.Plan, "queue/theirs"); !strings.HasPrefix(got, "Adopt DelaySeconds 3->7 Policy[SkeinTopics] ->{") || strings.Contains(got, "TLSOnly") {
		t.Errorf("the plan is %s", got)
	}
	if got := planOf(cq.Status.Plan, "queue/theirs-dlq"); got != "Adopt" {
		t.Errorf("the plan is %s", got)
	}
	if got := planOf(cq.Status.Plan, "subscription/"+topicARN); got != "Adopt" {
		t.Errorf("the plan is %s", got)
	}
	kept := map[string]string{
		"VisibilityTimeout": "77", "ReceiveMessageWaitTimeSeconds": "1", "Policy[SkeinTLSOnly]": "",
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:theirs-dlq","maxReceiveCount":3}`,
	}
	main := row(cq.Status.Resources, "queue/theirs")
	if diff := cmp.Diff(kept, main.Kept); diff != "" || main.State != v1alpha1.ResourceAdopting || len(main.Fields) > 0 {
		t.Errorf("the row is %+v\n%s", main, diff)
	}
	if diff := cmp.Diff(before, w.everything("theirs")); diff != "" {
		t.Errorf("the queue has changed:\n%s", diff)
	}

	w.ready(cq)
	w.event(cq, "Normal Adopted", "theirs", "DelaySeconds")
	w.noCalls(func(c localaws.Call) bool {
		return c.Operation == "Subscribe" || c.Operation == "CreateQueue" && !strings.HasSuffix(c.Resource, "-undelivered")
	})
	if len(cq.Status.Plan) > 0 || row(cq.Status.Resources, "queue/theirs").State != v1alpha1.ResourcePresent {
		t.Errorf("adopted, the plan is %v and the rows are %v", cq.Status.Plan, cq.Status.Resources)
	}
	// The tags come before anything else.
	for _, name := range []string{"theirs", "theirs-dlq"} {
		first := w.calls(func(c localaws.Call) bool { return c.Mutating && strings.HasSuffix(c.Resource, ":"+name) })
		if len(first) == 0 || first[0].Operation != "TagQueue" {
			t.Errorf("the first calls for %s are %v", name, first)
		}
	}
	after := w.everything("theirs")
	for _, field := range []string{"VisibilityTimeout", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "MessageRetentionPeriod", "tag team"} {
		if after[field] != before[field] {
			t.Errorf("%s was %s and is %s", field, before[field], after[field])
		}
	}
	if after["DelaySeconds"] != "7" || !strings.Contains(after["Policy"], `"Sid":"ours"`) || strings.Contains(after["Policy"], "SkeinTLSOnly") {
		t.Errorf("the queue is %v", after)
	}
	if got := w.attributes("theirs-dlq"); got["MessageRetentionPeriod"] != "864000" || got["RedriveAllowPolicy"] != "" {
		t.Errorf("the dead-letter queue is %v", got)
	}
	if diff := cmp.Diff(subscribedBefore, w.subscription(subscriptionARN)); diff != "" {
		t.Errorf("the subscription has changed:\n%s", diff)
	}
	if after["ApproximateNumberOfMessages"] != "" || w.attributes("theirs")["ApproximateNumberOfMessages"] != "1" {
		t.Error("its message is gone")
	}
	// All of the subscriptions keep their own redrive policy, so there is nothing to put into an undelivered queue.
	if diff := cmp.Diff([]string{"theirs", "theirs-dlq"}, w.queueNames()); diff != "" {
		t.Error(diff)
	}

	// Quiet from now on; what is kept is held against drift; the spec's word takes its place, and no word is Skein's default then.
	w.settled()
	w.aws.ResetCalls()
	w.pass(time.Hour)
	w.noCalls(mutating)
	w.set(url, "VisibilityTimeout", "12")
	w.eventually("the kept value to be set back", func() bool { return w.attributes("theirs")["VisibilityTimeout"] == "77" })
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.VisibilityTimeout, cq.Spec.Access = "2m", &v1alpha1.Access{EnforceTLS: ptr.To(true)}
		cq.Spec.Subscriptions[0].RawMessageDelivery = ptr.To(true)
	})
	w.ready(cq)
	if got := w.attributes("theirs"); got["VisibilityTimeout"] != "120" || !strings.Contains(got["Policy"], "SkeinTLSOnly") {
		t.Errorf("the queue is %v", got)
	}
	if got := w.subscription(subscriptionARN); got["RawMessageDelivery"] != "true" || got["FilterPolicy"] != subscribedBefore["FilterPolicy"] {
		t.Errorf("the subscription is %v", got)
	}
	if got := row(cq.Status.Resources, "queue/theirs").Kept; got["VisibilityTimeout"] != "" || got["ReceiveMessageWaitTimeSeconds"] != "1" {
		t.Errorf("kept is %v", got)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "" })
	w.eventually("the default", func() bool { return w.attributes("theirs")["VisibilityTimeout"] == "30" })
	// It goes as any other.
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeletionPolicy = v1alpha1.DeletionDelete })
	w.delete(cq)
	w.gone(cq)
	if left := w.queueNames(); len(left) != 0 || len(w.subscriptions(topicARN)) != 0 {
		t.Errorf("left: %v", left)
	}
}

// A queue without a redrive policy goes on without one until the spec speaks of dead letters.
func TestAdoptedQueueWithoutDeadLetters(t *testing.T) {
	w := adoptingWorld(t)
	w.createQueue("theirs", nil, nil)
	stray := w.createQueue("theirs-dlq", nil, nil)
	cq := w.adopt("inventory", unchanged)
	w.announced(cq)
	if got := planned(cq.Status.Plan); len(got) != 1 || !strings.HasPrefix(got[0], "Adopt queue/theirs") {
		t.Errorf("the plan is %v", got)
	}
	w.ready(cq)
	w.mentions(conditionOf(cq, "Ready").Message, "no redrive policy", "spec.deadLetter")
	if cq.Status.DeadLetter != nil || w.attributes("theirs")["RedrivePolicy"] != "" || w.everything("theirs-dlq")["tag skein.dev/name"] != "" {
		t.Errorf("dead letters: %+v", cq.Status.DeadLetter)
	}
	w.deleteQueue(stray)
	w.pass(2 * time.Minute)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.DeadLetter = &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To[int32](4)}
	})
	w.ready(cq)
	if got := w.attributes("theirs")["RedrivePolicy"]; !containsAll(got, ":theirs-dlq", `4`) || cq.Status.DeadLetter == nil {
		t.Errorf("the redrive policy is %s", got)
	}
}

func TestAdoptedQueueKeepsItsKeyAndAnotherDeadLetterQueue(t *testing.T) {
	w := adoptingWorld(t)
	w.createQueue("graveyard", nil, nil)
	w.createQueue("theirs", map[string]string{
		"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "600",
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:graveyard","maxReceiveCount":"3"}`,
	}, nil)
	before := w.everything("theirs")
	cq := w.adopt("inventory", unchanged)
	w.ready(cq)
	w.mentions(conditionOf(cq, "Ready").Message, "graveyard")
	after := w.everything("theirs")
	for _, field := range []string{"KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "RedrivePolicy"} {
		if after[field] != before[field] {
			t.Errorf("%s was %s and is %s", field, before[field], after[field])
		}
	}
	if cq.Status.DeadLetter == nil || !strings.HasSuffix(cq.Status.DeadLetter.QueueARN, ":graveyard") || w.everything("graveyard")["tag skein.dev/name"] != "" {
		t.Errorf("dead letters: %+v", cq.Status.DeadLetter)
	}
	w.settled()
	w.aws.ResetCalls()
	w.pass(time.Hour)
	w.noCalls(mutating)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionSQSManaged}
		cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true}
	})
	w.ready(cq)
	if got := w.attributes("theirs"); got["KmsMasterKeyId"] != "" || got["SqsManagedSseEnabled"] != "true" || got["RedrivePolicy"] != "" {
		t.Errorf("the queue is %v", got)
	}
}

func TestAdoptedTopic(t *testing.T) {
	w := adoptingWorld(t)
	topicARN := w.createTopic("legacy")
	w.setTopic(topicARN, "DisplayName", "Legacy")
	w.setTopic(topicARN, "TracingConfig", "Active")
	before := w.topicAttributes(topicARN)
	mt := w.topology("orders", func(s *v1alpha1.MessagingTopologySpec) {
		s.Topics[0].TopicName, s.Topics[0].Tracing, s.AdoptionPolicy = "legacy", "PassThrough", v1alpha1.AdoptionAdopt
		s.Tags = v1alpha1.Tags{"team": "mine"}
	})
	w.announced(mt)
	if got := planOf(mt.Status.Plan, "topic/legacy"); got != "Adopt Tags[team] ->mine TracingConfig Active->PassThrough" {
		t.Errorf("the plan is %s", got)
	}
	if mt.Status.Topics[0].State != "Waiting" {
		t.Errorf("the topic is %+v", mt.Status.Topics[0])
	}
	w.ready(mt)
	w.noCalls(named("CreateTopic"))
	after := w.topicAttributes(topicARN)
	if after["DisplayName"] != "Legacy" || after["TracingConfig"] != "PassThrough" || after["Policy"] != before["Policy"] {
		t.Errorf("the topic is %v", after)
	}
	edit(w, mt, func(mt *v1alpha1.MessagingTopology) { mt.Spec.Topics[0].DisplayName = "Orders" })
	w.ready(mt)
	if len(mt.Status.Resources[0].Kept) != 0 || w.topicAttributes(topicARN)["DisplayName"] != "Orders" {
		t.Errorf("the row is %+v", mt.Status.Resources[0])
	}
	w.delete(mt)
	w.gone(mt)
	if len(w.topicNames()) != 0 {
		t.Error("the topic is still there")
	}
}

func TestWhoMayBeAdopted(t *testing.T) {
	tags := func(cluster, namespace, name string) map[string]string {
		return topology.Owner{Cluster: cluster, Kind: "ConsumerQueue", Namespace: namespace, Name: name}.Tags()
	}
	for name, c := range map[string]struct {
		policy, account, from string
		tags                  func(w *world) map[string]string
		reason                string
		says                  []string
	}{
		"never":                     {"Never", "Allowed", "", nil, v1alpha1.ReasonNotOwned, []string{"theirs", "spec.adoptionPolicy: Adopt"}},
		"forbidden":                 {"Adopt", "Forbidden", "", nil, v1alpha1.ReasonAdoptionForbidden, []string{"theirs", "spec.adoption: Allowed"}},
		"nobody's":                  {"Adopt", "Allowed", "", nil, "", nil},
		"an object that is gone":    {"Adopt", "Allowed", "", func(w *world) map[string]string { return tags(cluster, w.namespace, "gone") }, "", nil},
		"gone, and never":           {"Never", "Allowed", "", func(w *world) map[string]string { return tags(cluster, w.namespace, "gone") }, v1alpha1.ReasonNotOwned, []string{"gone", "Adopt"}},
		"an object that exists":     {"Adopt", "Allowed", "", func(w *world) map[string]string { return tags(cluster, w.namespace, "other") }, v1alpha1.ReasonOwnedByAnother, []string{"other", "exists"}},
		"half of the tags":          {"Adopt", "Allowed", "", func(*world) map[string]string { return map[string]string{topology.TagCluster: cluster} }, "", nil},
		"another cluster":           {"Adopt", "Allowed", "", func(*world) map[string]string { return tags("far", "shop", "inventory") }, v1alpha1.ReasonNotOwned, []string{"far", v1alpha1.AnnotationAdoptFromCluster}},
		"the cluster that is named": {"Adopt", "Allowed", "far", func(*world) map[string]string { return tags("far", "shop", "inventory") }, "", nil},
		"a third cluster":           {"Adopt", "Allowed", "near", func(*world) map[string]string { return tags("far", "shop", "inventory") }, v1alpha1.ReasonNotOwned, []string{"far"}},
		"named, and forbidden":      {"Adopt", "", "far", func(*world) map[string]string { return tags("far", "shop", "inventory") }, v1alpha1.ReasonAdoptionForbidden, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := bareWorld(t)
			w.createAccount(func(a *v1alpha1.AWSAccount) { a.Spec.Adoption = v1alpha1.Adoption(c.account) })
			w.start()
			w.accountReady()
			other := w.queue("other", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "elsewhere" })
			w.ready(other)
			var has map[string]string
			if c.tags != nil {
				has = c.tags(w)
			}
			w.createQueue("theirs", map[string]string{"VisibilityTimeout": "77"}, has)
			before := w.everything("theirs")
			w.aws.ResetCalls()
			cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "inventory"}}
			if c.from != "" {
				cq.Annotations = map[string]string{v1alpha1.AnnotationAdoptFromCluster: c.from}
			}
			cq.Spec.AccountRef = &v1alpha1.AccountReference{Name: w.account}
			cq.Spec.QueueName, cq.Spec.AdoptionPolicy = "theirs", v1alpha1.AdoptionPolicy(c.policy)
			w.create(cq)
			if c.reason == "" {
				w.announced(cq)
				w.ready(cq)
				if got := w.everything("theirs"); got["tag skein.dev/name"] != "inventory" || got["tag skein.dev/cluster"] != cluster || got["VisibilityTimeout"] != "77" {
					t.Errorf("the queue is %v", got)
				}
				return
			}
			w.mentions(w.stalled(cq, c.reason), c.says...)
			w.pass(30 * time.Minute)
			w.stalled(cq, c.reason)
			w.noCalls(mutating)
			w.delete(cq)
			w.gone(cq)
			if diff := cmp.Diff(before, w.everything("theirs")); diff != "" {
				t.Errorf("the queue has changed:\n%s", diff)
			}
		})
	}
}

// Allowing it later is enough; taking the wish back before the takeover leaves everything as it is.
func TestAdoptionThatIsAllowedLaterOrGivenUp(t *testing.T) {
	w := newWorld(t)
	url := w.createQueue("theirs", map[string]string{"VisibilityTimeout": "77"}, nil)
	before := w.everything("theirs")
	cq := w.adopt("inventory", unchanged)
	w.stalled(cq, v1alpha1.ReasonAdoptionForbidden)
	edit(w, w.accountObject(), func(a *v1alpha1.AWSAccount) { a.Spec.Adoption = v1alpha1.AdoptionAllowed })
	w.announced(cq)
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.AdoptionPolicy = v1alpha1.AdoptionNever })
	w.stalled(cq, v1alpha1.ReasonNotOwned)
	if len(cq.Status.Resources) != 0 {
		t.Errorf("the rows stay: %v", cq.Status.Resources)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) {
		cq.Spec.AdoptionPolicy, cq.Spec.DeletionPolicy = v1alpha1.AdoptionAdopt, v1alpha1.DeletionDelete
	})
	w.announced(cq)
	w.delete(cq)
	w.gone(cq)
	w.noCalls(mutating)
	if diff := cmp.Diff(before, w.everything("theirs")); diff != "" {
		t.Errorf("the queue %s has changed:\n%s", url, diff)
	}
}

// A restart, or a value that changes meanwhile, puts the takeover off until two looks agree.
func TestAdoptionAfterARestart(t *testing.T) {
	w := adoptingWorld(t)
	url := w.createQueue("theirs", map[string]string{"VisibilityTimeout": "77"}, nil)
	cq := w.adopt("inventory", unchanged)
	w.announced(cq)
	w.stop()
	w.set(url, "VisibilityTimeout", "88")
	w.clock.Step(time.Hour)
	w.start()
	w.soon("the new value to be announced", func() bool {
		return w.Get(w.ctx, keyOf(cq), cq) == nil && row(cq.Status.Resources, "queue/theirs").Kept["VisibilityTimeout"] == "88"
	})
	w.quiet()
	w.noCalls(mutating)
	w.ready(cq)
	if got := w.attributes("theirs")["VisibilityTimeout"]; got != "88" {
		t.Errorf("the visibility timeout is %s", got)
	}
}

func TestP57SuspendedAdoptionIsShownAndTakesNothing(t *testing.T) {
	w := adoptingWorld(t)
	topicARN, _, _ := w.legacy()
	before := w.everything("theirs")
	cq := w.adopt("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.Suspend, s.DeliveryDelay = true, "7s"
		s.Subscriptions = []v1alpha1.Subscription{{TopicARN: topicARN}}
	})
	w.mentions(w.paused(cq), "Adopt queue/theirs")
	w.pass(time.Hour)
	w.paused(cq)
	if got := planOf(cq.Status.Plan, "queue/theirs"); !strings.HasPrefix(got, "Adopt DelaySeconds 3->7 ") || len(cq.Status.Resources) != 0 {
		t.Errorf("the plan is %s, the rows are %v", got, cq.Status.Resources)
	}
	w.noCalls(mutating)
	if diff := cmp.Diff(before, w.everything("theirs")); diff != "" {
		t.Errorf("the queue has changed:\n%s", diff)
	}
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = false })
	w.announced(cq)
	w.ready(cq)
}
