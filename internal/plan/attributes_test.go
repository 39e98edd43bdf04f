package plan_test

import (
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// life is what becomes of one attribute: set with the creation, changed, taken out of the spec.
type life struct {
	first, second string
	// removed is what AWS shows in the end, in canonical form.
	removed string
	// beside are fields that stand in the spec all the time; together are those that come and go with the attribute.
	beside, together []string
}

var deadLetters = topology.RedrivePolicy(arnOf("sqs", "dead"), 3)

var queueLives = map[string]life{
	"VisibilityTimeout":             {first: "60", second: "90", removed: "30"},
	"MessageRetentionPeriod":        {first: "400000", second: "500000", removed: "345600"},
	"DelaySeconds":                  {first: "5", second: "10", removed: "0"},
	"ReceiveMessageWaitTimeSeconds": {first: "20", second: "10", removed: "0"},
	"MaximumMessageSize":            {first: "2048", second: "4096", removed: "1048576"},
	"RedrivePolicy":                 {first: deadLetters, second: topology.RedrivePolicy(arnOf("sqs", "dead"), 5), removed: ""},
	"RedriveAllowPolicy":            {first: byQueue("a"), second: byQueue("a", "b"), removed: ""},
	"KmsMasterKeyId":                {first: "alias/a", second: "alias/b", removed: "", together: []string{"SqsManagedSseEnabled", "false"}},
	"KmsDataKeyReusePeriodSeconds": {
		first: "300", second: "600", removed: "", together: []string{"KmsMasterKeyId", "alias/a", "SqsManagedSseEnabled", "false"},
	},
	"SqsManagedSseEnabled":      {first: "true", second: "false", removed: "true"},
	"FifoQueue":                 {first: "true", second: "false"},
	"ContentBasedDeduplication": {first: "false", second: "true", removed: "false", beside: []string{"FifoQueue", "true"}},
	"DeduplicationScope":        {first: "queue", second: "messageGroup", removed: "queue", beside: []string{"FifoQueue", "true"}},
	"FifoThroughputLimit": {
		first: "perQueue", second: "perMessageGroupId", removed: "perQueue", beside: []string{"FifoQueue", "true", "DeduplicationScope", "messageGroup"},
	},
}

var topicLives = map[string]life{
	"DisplayName":               {first: "Orders", second: "All orders", removed: ""},
	"KmsMasterKeyId":            {first: "alias/a", second: "alias/b", removed: ""},
	"TracingConfig":             {first: "PassThrough", second: "Active", removed: "PassThrough"},
	"FifoTopic":                 {first: "true", second: "false"},
	"ContentBasedDeduplication": {first: "false", second: "true", removed: "false", beside: []string{"FifoTopic", "true"}},
	"FifoThroughputScope":       {first: "Topic", second: "MessageGroup", removed: "Topic", beside: []string{"FifoTopic", "true"}},
}

var subscriptionLives = map[string]life{
	"RawMessageDelivery": {first: "false", second: "true", removed: "false"},
	"FilterPolicyScope":  {first: "MessageAttributes", second: "MessageBody", removed: "MessageAttributes", beside: []string{"FilterPolicy", `{"a":["1"]}`}},
	"FilterPolicy":       {first: `{"a":["1"]}`, second: `{"a":["2"]}`, removed: ""},
	"RedrivePolicy": {
		first: topology.SubscriptionRedrivePolicy(arnOf("sqs", "dead")), second: topology.SubscriptionRedrivePolicy(arnOf("sqs", "dead2")), removed: "",
	},
}

func byQueue(names ...string) string {
	allow := topology.RedriveAllow{Permission: "byQueue"}
	for _, n := range names {
		allow.Sources = append(allow.Sources, arnOf("sqs", n))
	}
	return allow.String()
}

// Every row of the attribute tables: set, changed, removed.
func TestEveryAttribute(t *testing.T) {
	kinds := []struct {
		kind  topology.Kind
		lives map[string]life
		bare  topology.Resource
	}{
		{topology.KindQueue, queueLives, queue(topology.RoleMain, "q")},
		{topology.KindTopic, topicLives, topic("t")},
		{topology.KindSubscription, subscriptionLives, without(subscription("t", "q"), "RawMessageDelivery")},
	}
	for _, k := range kinds {
		rows := map[string]bool{}
		for _, row := range topology.Attributes(k.kind) {
			rows[row.Name] = true
			t.Run(string(k.kind)+"/"+row.Name, func(t *testing.T) {
				l, ok := k.lives[row.Name]
				if !ok {
					t.Fatalf("no case for this row: say what becomes of it")
				}
				live(t, row, l, k.bare)
			})
		}
		for name := range k.lives {
			if !rows[name] {
				t.Errorf("%s: case %s has no row", k.kind, name)
			}
		}
	}
}

func live(t *testing.T, row topology.Attribute, l life, bare topology.Resource) {
	w := newWorld(t)
	w.foreignTopic("t")
	for _, name := range []string{"dead", "dead2"} {
		key := arnOf("sqs", name)
		w.aws.remotes[key] = &remote{kind: topology.KindQueue, arn: key, attributes: map[string]string{}, tags: map[string]string{}}
	}
	if bare.Kind == topology.KindTopic {
		delete(w.aws.remotes, bare.Key)
	}
	if bare.Kind == topology.KindSubscription {
		key := bare.Endpoint
		w.aws.remotes[key] = &remote{kind: topology.KindQueue, arn: key, attributes: map[string]string{"Policy": policyText(grants(key, []string{"t"})...)}, tags: map[string]string{}}
	}
	bare = with(bare, l.beside...)
	see := func(when, want string) {
		t.Helper()
		w.quiet(state(w.current))
		if got := w.shows(bare, row.Name); got != want {
			t.Errorf("%s: AWS shows %q, want %q", when, got, want)
		}
	}

	w.current = with(with(bare, l.together...), row.Name, l.first)
	w.settle(state(w.current))
	see("set", l.first)

	w.current = with(w.current, row.Name, l.second)
	w.settle(state(w.current))
	if row.Immutable {
		w.expect(plan.Blocked, bare.Key, v1alpha1.ReasonImmutable)
		see("changed", l.first)
		return
	}
	see("changed", l.second)

	w.current = without(bare, row.Name)
	w.settle(state(w.current))
	see("removed", l.removed)
	if r, _ := w.inventory.Find(bare.Key); r.Fields[row.Name] != "" {
		t.Errorf("the inventory still has %s", row.Name)
	}

	// What the spec never mentioned is left alone.
	if l.removed != l.second && !row.Immutable && len(l.together) == 0 {
		w.aws.remotes[bare.Key].attributes[row.Name] = l.second
		w.pass(time.Hour)
		see("set by someone else", l.second)
	}
}
