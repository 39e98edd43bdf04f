package controller_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// Whose a resource is.

// everything is all that AWS holds of a queue that people can set.
func (w *world) everything(name string) map[string]string {
	w.t.Helper()
	out := maps.Clone(w.attributes(name))
	if out == nil {
		return nil
	}
	maps.DeleteFunc(out, func(k, _ string) bool { return strings.HasPrefix(k, "Approximate") })
	url, err := w.sqs().GetQueueUrl(w.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	tags, err := w.sqs().ListQueueTags(w.ctx, &sqs.ListQueueTagsInput{QueueUrl: url.QueueUrl})
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range tags.Tags {
		out["tag "+k] = v
	}
	return out
}

func TestP47QueueOfSomeoneElseIsUntouched(t *testing.T) {
	tags := map[string]string{topology.TagCluster: "another", topology.TagKind: "ConsumerQueue", topology.TagNamespace: "shop", topology.TagName: "inventory"}
	for name, c := range map[string]struct {
		attributes, tags map[string]string
		says             string
	}{
		"untagged":            {map[string]string{"VisibilityTimeout": "77"}, nil, "no tags of Skein"},
		"with our attributes": {nil, nil, "no tags of Skein"},
		"of another cluster":  {nil, tags, "another cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			url := w.createQueue("theirs", c.attributes, c.tags)
			w.send(url, "kept")
			before := w.everything("theirs")
			cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
				s.QueueName, s.DeletionPolicy = "theirs", v1alpha1.DeletionDelete
				s.Subscriptions = []v1alpha1.Subscription{subscribed("orders", "events")}
			})
			mt := w.topology("orders", asIs)
			w.ready(mt)
			w.mentions(w.stalled(cq, v1alpha1.ReasonNotOwned), "theirs", c.says)
			w.pass(20 * time.Minute)
			w.noCalls(func(c localaws.Call) bool { return mutating(c) && strings.Contains(c.Resource, "theirs") })
			if names := w.queueNames(); len(names) != 1 {
				t.Errorf("the queues are %v", names)
			}
			w.delete(cq)
			w.gone(cq)
			if diff := cmp.Diff(before, w.everything("theirs")); diff != "" {
				t.Errorf("the queue has changed:\n%s", diff)
			}
			if w.attributes("theirs")["ApproximateNumberOfMessages"] != "1" {
				t.Error("its message is gone")
			}
		})
	}
}

func TestQueueOfSomeoneElseThatGoesIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	url := w.createQueue("theirs", nil, nil)
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "theirs" })
	w.stalled(cq, v1alpha1.ReasonNotOwned)
	w.deleteQueue(url)
	w.eventuallyBy(5*time.Second, "the queue to be made", func() bool { return w.condition(cq, "Ready", metav1.ConditionTrue, "") })
}

// CreateQueue succeeds on a queue that someone made with equal attributes a moment before.
func TestQueueMadeBySomeoneElseAtTheSameMoment(t *testing.T) {
	w := newWorld(t)
	var url string
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "CreateQueue" && strings.HasSuffix(c.Resource, ":race") {
			var in struct{ Attributes map[string]string }
			if err := json.Unmarshal(c.Params, &in); err != nil {
				t.Error(err)
			}
			url = w.createQueue("race", in.Attributes, nil)
		}
		return localaws.Fault{}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.DeletionPolicy = "race", v1alpha1.DeletionDelete
		s.DeadLetter = &v1alpha1.DeadLetter{Disabled: true}
	})
	w.ready(cq)
	w.hook(func(localaws.Call) localaws.Fault { return localaws.Fault{} })
	before := w.everything("race")
	w.eventuallyBy(5*time.Second, "the tags to be read", func() bool { return w.condition(cq, "Ready", metav1.ConditionFalse, v1alpha1.ReasonNotOwned) })
	edit(w, cq, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "2m" })
	w.stalled(cq, v1alpha1.ReasonNotOwned)
	w.delete(cq)
	w.gone(cq)
	if diff := cmp.Diff(before, w.everything("race")); diff != "" {
		t.Errorf("the queue %s has changed:\n%s", url, diff)
	}
}

// The same, deleted before any tag was read.
func TestQueueMadeBySomeoneElseIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	w.hook(func(c localaws.Call) localaws.Fault {
		if c.Operation == "CreateQueue" {
			var in struct{ Attributes map[string]string }
			if err := json.Unmarshal(c.Params, &in); err != nil {
				t.Error(err)
			}
			w.createQueue("race", in.Attributes, nil)
		}
		return localaws.Fault{}
	})
	cq := w.queue("inventory", func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.DeletionPolicy, s.DeadLetter = "race", v1alpha1.DeletionDelete, &v1alpha1.DeadLetter{Disabled: true}
	})
	w.ready(cq)
	w.delete(cq)
	w.gone(cq)
	if w.attributes("race") == nil {
		t.Error("the queue was deleted")
	}
	w.noCalls(named("DeleteQueue"))
}

// claiming makes a ConsumerQueue for the AWS queue "one".
func (w *world) claiming(name, timeout string) *v1alpha1.ConsumerQueue {
	w.t.Helper()
	return w.queue(name, func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.VisibilityTimeout, s.DeletionPolicy = "one", v1alpha1.Duration(timeout), v1alpha1.DeletionDelete
	})
}

func TestP48TwoObjectsOneQueue(t *testing.T) {
	w := newWorld(t)
	owner := w.claiming("zz-owner", "1m")
	w.ready(owner)
	loser := w.claiming("aa-loser", "2m")
	w.mentions(w.stalled(loser, v1alpha1.ReasonOwnedByAnother), "zz-owner", "one")
	edit(w, loser, func(cq *v1alpha1.ConsumerQueue) { cq.Spec.VisibilityTimeout = "3m" })
	w.stalled(loser, v1alpha1.ReasonOwnedByAnother)
	w.pass(20 * time.Minute)
	w.ready(owner)
	if got := w.attributes("one")["VisibilityTimeout"]; got != "60" {
		t.Errorf("the visibility timeout is %s", got)
	}
	// Deleting the one that lost deletes nothing.
	w.aws.ResetCalls()
	w.delete(loser)
	w.gone(loser)
	w.noCalls(mutating)
	w.ready(owner)
	// When the owner goes, the other takes over, once AWS gives the name free.
	loser = w.claiming("aa-loser", "2m")
	w.stalled(loser, v1alpha1.ReasonOwnedByAnother)
	w.delete(owner)
	w.gone(owner)
	w.waiting(loser, v1alpha1.ReasonQueueDeletedRecently)
	w.ready(loser)
	if got := w.attributes("one")["VisibilityTimeout"]; got != "120" {
		t.Errorf("the visibility timeout is %s", got)
	}
}

func TestP48OlderOfTwoWinsWhereNothingExists(t *testing.T) {
	w := bareWorld(t)
	w.createAccount(func(*v1alpha1.AWSAccount) {})
	winner, loser := w.claiming("first", "1m"), w.claiming("second", "2m")
	if topology.Older(loser, winner) {
		winner, loser = loser, winner
	}
	w.start()
	w.ready(winner)
	w.mentions(w.stalled(loser, v1alpha1.ReasonOwnedByAnother), winner.Name)
	if n := len(w.calls(func(c localaws.Call) bool {
		return c.Operation == "CreateQueue" && strings.HasSuffix(c.Resource, ":one")
	})); n != 1 {
		t.Errorf("the queue was created %d times", n)
	}
}

// A dead-letter queue's name counts as a claim too, also under another AWSAccount of the same account.
func TestP48ClaimOfADeadLetterQueueThroughAnotherAccountObject(t *testing.T) {
	w := newWorld(t)
	second := w.newAccount(w.account + "-b")
	w.secret(second.Name, w.accountID)
	w.create(second)
	owner := w.queue("owner", func(s *v1alpha1.ConsumerQueueSpec) { s.DeadLetter = &v1alpha1.DeadLetter{QueueName: "one"} })
	w.ready(owner)
	w.ready(second)
	loser := w.queue("loser", func(s *v1alpha1.ConsumerQueueSpec) {
		s.QueueName, s.DeletionPolicy, s.AccountRef.Name = "one", v1alpha1.DeletionDelete, second.Name
	})
	w.mentions(w.stalled(loser, v1alpha1.ReasonOwnedByAnother), "/owner")
	w.delete(loser)
	w.gone(loser)
	if w.attributes("one") == nil {
		t.Error("the dead-letter queue is gone")
	}
}

func TestP48TwoTopologiesOneTopic(t *testing.T) {
	w := newWorld(t)
	named := func(display string) func(*v1alpha1.MessagingTopologySpec) {
		return func(s *v1alpha1.MessagingTopologySpec) {
			s.Topics[0].TopicName, s.Topics[0].DisplayName = "one", display
		}
	}
	owner := w.topology("zz-owner", named("theirs"))
	w.ready(owner)
	loser := w.topology("aa-loser", named("mine"))
	w.mentions(w.stalled(loser, v1alpha1.ReasonOwnedByAnother), "zz-owner")
	w.delete(owner)
	w.gone(owner)
	w.ready(loser)
	if got := w.topicAttributes(loser.Status.Topics[0].ARN)["DisplayName"]; got != "mine" {
		t.Errorf("the display name is %s", got)
	}
	w.delete(loser)
	w.gone(loser)
}

// A queue tagged as made for an object of this cluster that is gone belongs to nobody here, and is left alone.
func TestQueueRetainedByAnObjectThatIsGone(t *testing.T) {
	w := newWorld(t)
	first := w.queue("first", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName, s.DeletionPolicy = "one", v1alpha1.DeletionRetain })
	w.ready(first)
	w.delete(first)
	w.gone(first)
	second := w.claiming("second", "2m")
	w.mentions(w.stalled(second, v1alpha1.ReasonNotOwned), "first")
	// An object of the same name takes it up again.
	again := w.queue("first", func(s *v1alpha1.ConsumerQueueSpec) { s.QueueName = "one" })
	w.ready(again)
	w.noCalls(func(c localaws.Call) bool { return c.Operation == "DeleteQueue" })
}
