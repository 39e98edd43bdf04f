package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

var other = topology.Owner{Cluster: "c1", Kind: "ConsumerQueue", Namespace: "ns", Name: "other"}

// holder is a queue that exists with some tags.
func (w *world) holder(name string, tags map[string]string) {
	key := arnOf("sqs", name)
	w.aws.remotes[key] = &remote{
		kind: topology.KindQueue, arn: key, url: "https://sqs/" + name, tags: tags,
		attributes: map[string]string{"VisibilityTimeout": "7", "MessageRetentionPeriod": "345600", "DelaySeconds": "0", "MaximumMessageSize": "262144"},
	}
}

// P47, P48: what others hold is never changed, and holds back the whole group.
func TestP47ForeignQueueIsLeftAlone(t *testing.T) {
	cases := map[string]struct {
		owner  topology.Owner
		rivals []topology.Rival
		reason string
		says   string
	}{
		"no tags":           {topology.Owner{}, nil, v1alpha1.ReasonNotOwned, "no tags"},
		"another cluster":   {topology.Owner{Cluster: "c2", Kind: self.Kind, Namespace: self.Namespace, Name: self.Name}, nil, v1alpha1.ReasonNotOwned, "c2"},
		"an object gone":    {other, nil, v1alpha1.ReasonNotOwned, "ns/other"},
		"an object alive":   {other, []topology.Rival{{Owner: other}}, v1alpha1.ReasonOwnedByAnother, "ns/other"},
		"an older object":   {other, []topology.Rival{{Owner: other, Older: true}}, v1alpha1.ReasonOwnedByAnother, "ns/other"},
		"partial tags only": {topology.Owner{Cluster: "c1", Kind: self.Kind, Namespace: self.Namespace}, nil, v1alpha1.ReasonNotOwned, "ns/"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.foreignTopic("t")
			tags := map[string]string{"team": "theirs"}
			if !c.owner.IsZero() {
				for k, v := range c.owner.Tags() {
					tags[k] = v
				}
			}
			w.holder("q", tags)
			before := w.aws.remotes[arnOf("sqs", "q")].clone()
			q := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "60"), nil, "t")
			q.Rivals = c.rivals
			want := state(q, queue(topology.RoleDeadLetter, "dead"), subscription("t", "q"))
			w.settle(want)
			if s := w.expect(plan.Blocked, q.Key, c.reason); !strings.Contains(s.Message, c.says) {
				t.Errorf("message %q does not name %s", s.Message, c.says)
			} else if strings.Contains(s.Message, "spec.adoptionPolicy: Adopt") && !strings.Contains(s.Message, "adoption: Allowed in the AWSAccount") {
				t.Errorf("message %q does not say what else an adoption needs", s.Message)
			}
			if w.aws.mutations != 0 || len(w.inventory) != 0 {
				t.Errorf("%d mutations, inventory %v: the group should be held back", w.aws.mutations, w.inventory)
			}
			// Deleting the object takes nothing away either.
			w.deletedAt = w.aws.now
			w.settle(topology.State{})
			if diff := cmp.Diff(before, w.aws.remotes[q.Key], cmp.AllowUnexported(remote{})); diff != "" {
				t.Errorf("a queue of others was changed:\n%s", diff)
			}
		})
	}
}

func TestP48OlderClaimGoesFirst(t *testing.T) {
	w := newWorld(t)
	q := queue(topology.RoleMain, "q")
	q.Rivals = []topology.Rival{{Owner: other, Older: true}}
	w.settle(state(q, queue(topology.RoleDeadLetter, "dead")))
	w.expect(plan.Blocked, q.Key, v1alpha1.ReasonOwnedByAnother)
	if w.aws.mutations != 0 {
		t.Errorf("the younger claim's group was made")
	}
	q.Rivals[0].Older = false
	w.settle(state(q, queue(topology.RoleDeadLetter, "dead")))
	if !w.exists(q.Key) {
		t.Errorf("the older claim does not come first")
	}
	// What the tags name wins over age while it exists.
	q.Rivals[0].Older = true
	w.settle(state(with(q, "VisibilityTimeout", "60"), queue(topology.RoleDeadLetter, "dead")))
	if w.shows(q, "VisibilityTimeout") != "60" {
		t.Errorf("the owner by tags was kept from changing its queue")
	}
}

// A delete never takes what another holds: neither queue, nor subscription, nor topic.
func TestP48DeleteReleasesWhatOthersHold(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	want := state(admitting(queue(topology.RoleMain, "q"), nil, "t"), subscription("t", "q"), topic("own"), queue(topology.RoleDeadLetter, "dead"))
	w.settle(want)
	for _, key := range []string{arnOf("sqs", "q"), arnOf("sns", "own")} {
		w.aws.remotes[key].tags = other.Tags()
	}
	w.guards.DeletionPolicy = v1alpha1.DeletionDelete
	w.pass(time.Hour)
	w.deletedAt = w.aws.now
	w.settle(topology.State{})
	for _, key := range []string{arnOf("sqs", "q"), arnOf("sns", "own"), subscription("t", "q").Key} {
		if !w.exists(key) {
			t.Errorf("%s belongs to another and was deleted", key)
		}
	}
	if w.exists(arnOf("sqs", "dead")) || len(w.inventory) != 0 {
		t.Errorf("what is ours was not deleted, or rows are left: %v", w.inventory)
	}
}

func TestTagsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	q := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "30"), nil)
	w.settle(state(q))
	w.pass(time.Hour)
	w.aws.denied[q.Key] = map[string]string{"Tags": "sqs:ListQueueTags"}
	changed := admitting(queue(topology.RoleMain, "q", "VisibilityTimeout", "60"), nil, "t")
	w.quiet(state(changed, queue(topology.RoleDeadLetter, "dead"), subscription("t", "q")))
	s := w.expect(plan.Wait, q.Key, v1alpha1.ReasonAccessDenied)
	if !strings.Contains(s.Message, "sqs:ListQueueTags") || !s.Until.After(w.aws.now) {
		t.Errorf("the wait names no permission, or is over at once: %q, %s", s.Message, s.Until)
	}

	// Neither is it deleted, nor what goes with it.
	delete(w.aws.denied, q.Key)
	w.settle(state(changed, subscription("t", "q")))
	w.aws.denied[q.Key] = map[string]string{"Tags": "sqs:ListQueueTags"}
	w.guards.DeletionPolicy = v1alpha1.DeletionDelete
	w.deletedAt = w.aws.now
	w.quiet(topology.State{})
	w.expect(plan.Wait, q.Key, v1alpha1.ReasonAccessDenied)
	w.expect(plan.Wait, subscription("t", "q").Key, v1alpha1.ReasonAccessDenied)

	// Tags from before the deletion do not count.
	delete(w.aws.denied, q.Key)
	in := w.input(topology.State{})
	in.DeletedAt = w.aws.now.Add(time.Second)
	if p := plan.Diff(in); len(p.Mutations()) != 0 {
		t.Errorf("deleted on tags that were read before the deletion began:\n%s", describe(p))
	}
	w.settle(topology.State{})
	if w.exists(q.Key) {
		t.Errorf("the queue is still there")
	}
}

// One queue of unknown ownership keeps the others: they go together.
func TestQueuesGoTogether(t *testing.T) {
	w := newWorld(t)
	w.settle(state(queue(topology.RoleMain, "q"), queue(topology.RoleDeadLetter, "dead")))
	w.guards.DeletionPolicy = v1alpha1.DeletionDelete
	w.pass(time.Hour)
	w.deletedAt = w.aws.now
	w.aws.denied[arnOf("sqs", "q")] = map[string]string{"Tags": "sqs:ListQueueTags"}
	w.quiet(topology.State{})
	delete(w.aws.denied, arnOf("sqs", "q"))
	w.settle(topology.State{})
	if len(w.aws.remotes) != 0 {
		t.Errorf("left: %v", w.aws.remotes)
	}
}

// A queue that was not observed is not written to.
func TestUnreadIsNotMade(t *testing.T) {
	w := newWorld(t)
	want := state(queue(topology.RoleMain, "q"), queue(topology.RoleDeadLetter, "dead"))
	in := w.input(want)
	in.Have = topology.State{}
	p := plan.Diff(in)
	if len(p.Mutations()) != 0 {
		t.Errorf("made unseen:\n%s", describe(p))
	}
}
