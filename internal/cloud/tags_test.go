package cloud

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// restart is a new operator process over the same AWS, a while later.
func (w *world) restart() {
	w.clock.Step(time.Minute)
	w.accounts = w.newAccounts(Options{Rates: Unlimited()})
	w.Client = w.open(identity)
	w.aws.ResetCalls()
}

func TestOneBatchConfirmsTheTagsOfAll(t *testing.T) {
	w := newWorld(t)
	var queues []topology.Resource
	for i := range 150 {
		q := queueResource(fmt.Sprintf("%s-%03d", billing, i))
		q.URL = w.apply(create(q, nil))[0].URL
		queues = append(queues, q)
	}
	w.apply(create(topicResource(ordersTopic), nil))
	w.restart()
	all := want(append(queues, topicResource(ordersTopic))...)
	for range 3 {
		for _, r := range w.observe(Observation{Want: all}).Resources {
			if r.Seen.Owner == nil || *r.Seen.Owner != owner || r.Managed["Tags[skein.dev/kind]"] != owner.Kind {
				t.Fatalf("%s: owner %v", r.Key, r.Seen.Owner)
			}
		}
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 450, "sns:GetTopicAttributes": 1, "tag:GetResources": 2})
	w.clock.Step(time.Second)
	w.observe(Observation{Want: all, SharedSince: w.clock.Now()})
	w.calls(map[string]int{"sqs:GetQueueAttributes": 150, "sns:GetTopicAttributes": 1, "tag:GetResources": 2})
}

func TestTagsOfTheCreatingCallAreRemembered(t *testing.T) {
	w := newWorld(t)
	q, topic := queueResource(billing), topicResource(ordersTopic)
	since := w.clock.Now()
	q.URL = w.apply(create(topic, nil), create(q, nil))[1].URL
	w.aws.ResetCalls()
	for _, r := range w.observe(Observation{Want: want(q, topic), SharedSince: since}).Resources {
		if *r.Seen.Owner != owner || r.Seen.TagsAt.IsZero() {
			t.Errorf("%s: %+v", r.Key, r.Seen)
		}
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1, "sns:GetTopicAttributes": 1})
}

func TestADeletionDoesNotTrustWhatWasOnlyWritten(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	w.aws.ResetCalls()
	look := Observation{Applied: topology.Inventory{rowOf(q)}, Owner: owner, TagsSince: w.clock.Now()}
	if r := find(t, w.observe(look), billing); *r.Seen.Owner != owner {
		t.Errorf("%+v", r.Seen)
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1, "sqs:ListMessageMoveTasks": 1, "tag:GetResources": 1})
}

func TestADeletionReadsTagsAnewOnceForMany(t *testing.T) {
	w := newWorld(t)
	var rows topology.Inventory
	for i := range 5 {
		q := queueResource(fmt.Sprintf("%s-%d", billing, i))
		q.URL = w.apply(create(q, nil))[0].URL
		rows = append(rows, rowOf(q))
	}
	w.clock.Step(time.Minute)
	w.aws.ResetCalls()
	deleted := w.clock.Now()
	for _, row := range rows {
		s := w.observe(Observation{Applied: topology.Inventory{row}, Owner: owner, TagsSince: deleted})
		r := find(t, s, row.Key)
		if *r.Seen.Owner != owner || r.Seen.TagsAt.Before(deleted) {
			t.Errorf("%s: %+v", row.Key, r.Seen)
		}
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 5, "sqs:ListMessageMoveTasks": 5, "tag:GetResources": 1})
	// Who does not say whose they are gets them from the resource itself.
	w.restart()
	r := find(t, w.observe(Observation{Applied: rows[:1]}), rows[0].Key)
	if *r.Seen.Owner != owner {
		t.Errorf("%+v", r.Seen)
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1, "sqs:ListMessageMoveTasks": 1, "tag:GetResources": 1, "sqs:ListQueueTags": 1})
}

func TestWhatABatchDoesNotConfirmIsReadDirectlyOnce(t *testing.T) {
	cases := map[string]struct {
		tags map[string]string
		want map[string]string
	}{
		"no tags":         {tags: map[string]string{"team": "theirs"}},
		"another's":       {tags: topology.Owner{Cluster: cluster, Kind: "ConsumerQueue", Namespace: "shop", Name: "else"}.Tags()},
		"another cluster": {tags: topology.Owner{Cluster: "c2", Kind: owner.Kind, Namespace: owner.Namespace, Name: owner.Name}.Tags()},
		"a tag differs":   {tags: owner.Tags(), want: map[string]string{"team": "ours"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			q := queueResource(billing)
			step := create(q, nil)
			step.Tags = c.tags
			q.URL = w.apply(step)[0].URL
			w.restart()
			for k, v := range c.want {
				q.Managed[topology.TagField(k)] = v
			}
			for range 3 {
				r := find(t, w.observe(Observation{Want: want(q)}), billing)
				if r.Seen.Owner == nil || *r.Seen.Owner != topology.OwnerFromTags(c.tags) {
					t.Errorf("owner %v", r.Seen.Owner)
				}
			}
			w.calls(map[string]int{"sqs:GetQueueAttributes": 3, "tag:GetResources": 1, "sqs:ListQueueTags": 1})
		})
	}
}

func TestP33WithoutTheTaggingAPITagsAreReadDirectly(t *testing.T) {
	for _, code := range []string{"AccessDeniedException", "UnknownOperationException", "InternalFailure"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			q, topic := queueResource(billing), topicResource(ordersTopic)
			q.URL = w.apply(create(topic, nil), create(q, nil))[1].URL
			w.restart()
			w.aws.SetHook(failing(code, "tag:GetResources"))
			for range 3 {
				for _, r := range w.observe(Observation{Want: want(q, topic)}).Resources {
					if *r.Seen.Owner != owner || r.Managed["Tags[skein.dev/name]"] != "billing" {
						t.Errorf("%s: %+v", r.Key, r.Seen)
					}
				}
			}
			attempts := 1
			if code == "InternalFailure" {
				attempts = 3
			}
			w.calls(map[string]int{
				"sqs:GetQueueAttributes": 3, "sns:GetTopicAttributes": 1, "tag:GetResources": attempts,
				"sqs:ListQueueTags": 1, "sns:ListTagsForResource": 1,
			})
		})
	}
}

func TestP33DeniedTagsAreSaidNotGuessed(t *testing.T) {
	w := newWorld(t)
	q, topic := queueResource(billing), topicResource(ordersTopic)
	q.URL = w.apply(create(topic, nil), create(q, nil))[1].URL
	w.restart()
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		switch c.Operation {
		case "GetResources", "ListQueueTags", "ListTagsForResource":
			return localaws.Fault{Code: "AccessDenied"}
		}
		return localaws.Fault{}
	})
	s := w.observe(Observation{Want: want(q, topic)})
	for key, permission := range map[string]string{billing: "sqs:ListQueueTags", ordersTopic: "sns:ListTagsForResource"} {
		r := find(t, s, key)
		if r.Seen.Existence != topology.Present || r.Seen.Owner != nil || r.Seen.Denied["Tags"] != permission {
			t.Errorf("%s: %+v", key, r.Seen)
		}
	}
}

func TestARecreatedQueueLosesItsTags(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	w.restart()
	stale := false
	w.aws.SetHook(func(c localaws.Call) localaws.Fault { return localaws.Fault{Stale: stale && c.Service == "tag"} })
	since := w.clock.Now()
	if r := find(t, w.observe(Observation{Want: want(q), SharedSince: since}), billing); *r.Seen.Owner != owner {
		t.Fatalf("%+v", r.Seen)
	}
	direct := w.in("").sqs
	if _, err := direct.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &q.URL}); err != nil {
		t.Fatal(err)
	}
	w.clock.Step(2 * time.Minute)
	if _, err := direct.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &q.Name, Tags: map[string]string{"team": "theirs"}}); err != nil {
		t.Fatal(err)
	}
	if r := find(t, w.observe(Observation{Want: want(q), SharedSince: since}), billing); !r.Seen.Owner.IsZero() || r.Managed["Tags[team]"] != "theirs" {
		t.Errorf("%+v %v", r.Seen, r.Managed)
	}
}

func TestWrittenTagsShowAtOnce(t *testing.T) {
	w := newWorld(t)
	q, topic := queueResource(billing), topicResource(ordersTopic)
	q.URL = w.apply(create(topic, nil), create(q, nil))[1].URL
	w.restart()
	w.observe(Observation{Want: want(q, topic)})
	for _, r := range []topology.Resource{q, topic} {
		w.apply(plan.Step{Action: plan.Update, Resource: r, Tags: map[string]string{"team": "money", "old": "x"}})
		w.apply(plan.Step{Action: plan.Update, Resource: r, Untag: []string{"old"}})
	}
	w.aws.ResetCalls()
	for _, r := range w.observe(Observation{Want: want(q, topic)}).Resources {
		if _, there := r.Managed["Tags[old]"]; r.Managed["Tags[team]"] != "money" || there || *r.Seen.Owner != owner {
			t.Errorf("%s: %v", r.Key, r.Managed)
		}
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1})
	w.restart()
	for _, r := range w.observe(Observation{Want: want(q, topic)}).Resources {
		if r.Managed["Tags[team]"] != "money" {
			t.Errorf("%s in AWS: %v", r.Key, r.Managed)
		}
	}
}

// A second reading asks the one queue whose tags differed, however many others there are; tags that were as wanted stay.
func TestASecondReadingOfTagsIsDirect(t *testing.T) {
	w := newWorld(t)
	q, other := queueResource(billing), queueResource(billing+"-other")
	q.URL, other.URL = w.apply(create(q, nil))[0].URL, w.apply(create(other, nil))[0].URL
	w.restart()
	direct := w.in("").sqs
	if _, err := direct.UntagQueue(t.Context(), &sqs.UntagQueueInput{QueueUrl: &q.URL, TagKeys: []string{topology.TagName}}); err != nil {
		t.Fatal(err)
	}
	look := Observation{Want: want(q, other), SharedSince: w.clock.Now()}
	named := func() string { return find(t, w.observe(look), q.Key).Seen.Owner.Name }
	if got := named(); got != "" {
		t.Fatalf("the name is %q", got)
	}
	w.clock.Step(5 * time.Second)
	if _, err := direct.TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: &q.URL, Tags: map[string]string{topology.TagName: owner.Name}}); err != nil {
		t.Fatal(err)
	}
	look.Anew = map[string]time.Time{q.Key: w.clock.Now(), other.Key: w.clock.Now()}
	w.aws.ResetCalls()
	if got := named(); got != owner.Name {
		t.Errorf("the name is %q, as it was 5 s ago", got)
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 2, "sqs:ListQueueTags": 1})
	named()
	w.calls(map[string]int{"sqs:GetQueueAttributes": 2})
}
