package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

const (
	theirTopic  = "arn:aws:sns:us-east-1:999999999999:events"
	ourQueue    = "arn:aws:sqs:us-east-1:" + accountID + ":q"
	secondQueue = "arn:aws:sqs:us-east-1:" + accountID + ":second"
)

func TestSubscriptionToATopicOfAnotherAccount(t *testing.T) {
	policy := func(queues ...string) topology.Reference {
		document := policydoc.Document{Version: policydoc.Version, Statements: policydoc.Subscribers(theirTopic, []policydoc.Subscriber{{Account: accountID, Queues: queues}}, 30)}
		return topology.Reference{Existence: topology.Present, Attributes: map[string]string{"Policy": document.JSON()}}
	}
	organisation := topology.Reference{Existence: topology.Present, Attributes: map[string]string{
		"Policy": `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o"}}}]}`,
	}}
	tests := map[string]struct {
		topic     topology.Reference
		declared  bool
		subscribe bool
	}{
		"declared, not readable yet":           {declared: true},
		"declared, another queue is admitted":  {topic: policy(secondQueue), declared: true},
		"declared, admitted":                   {topic: policy(ourQueue), declared: true, subscribe: true},
		"declared, others admit organisations": {topic: organisation, declared: true},
		"undeclared, not readable":             {subscribe: true},
		"undeclared, another queue":            {topic: policy(secondQueue)},
		"undeclared, admitted":                 {topic: policy(secondQueue, ourQueue), subscribe: true},
		"undeclared, perhaps admitted":         {topic: organisation, subscribe: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := topology.Resource{
				Kind: topology.KindSubscription, Key: topology.SubscriptionKey(theirTopic, ourQueue), Name: "events", TopicARN: theirTopic, Endpoint: ourQueue,
				Owner: self, Managed: map[string]string{"RawMessageDelivery": "true"}, Declared: tt.declared,
			}
			p := plan.Diff(plan.Input{
				Self: self, Want: state(want), Have: topology.State{References: map[string]topology.Reference{theirTopic: tt.topic}}, Now: start,
			})
			if len(p.Steps) != 1 || p.Steps[0].Mutates() != tt.subscribe {
				t.Fatal(describe(p))
			}
			s := p.Steps[0]
			if !tt.subscribe && (s.Action != plan.Wait || s.Reason != v1alpha1.ReasonSubscribeNotPermitted || !s.Until.IsZero() ||
				!strings.Contains(s.Message, `"sns:Endpoint":"`+ourQueue+`"`) || !strings.Contains(s.Message, "sns:GetTopicAttributes")) {
				t.Error(describe(p))
			}
		})
	}
}

// While a consumer cannot be judged, no statement for other accounts loses what Skein put there; what others put there goes.
func TestStatementsForOtherAccountsOnlyGrowWhileSomethingIsUnknown(t *testing.T) {
	with := func(partial bool, queues ...string) topology.State {
		topic := topic("events")
		var subscribers []policydoc.Subscriber
		for _, q := range queues {
			subscribers = append(subscribers, policydoc.Subscriber{Account: strings.Split(q, ":")[4], Queues: []string{q}})
		}
		topic = saying(topic, policydoc.Subscribers(topic.Key, subscribers, 30)...)
		topic.Partial = partial
		return state(topic)
	}
	const a1, a2, b1 = "arn:aws:sqs:us-east-1:222233334444:1", "arn:aws:sqs:us-east-1:222233334444:2", "arn:aws:sqs:us-east-1:333344445555:1"
	w := newWorld(t)
	w.settle(with(false, a1))
	key := with(false).Resources[0].Key
	holds := func(queues ...string) {
		t.Helper()
		document, err := policydoc.Parse(w.aws.remotes[key].attributes["Policy"])
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{a1, a2, b1} {
			want := strings.Contains(strings.Join(queues, " "), q)
			if got := document.Evaluate(policydoc.SubscribeRequest(key, q, "")).Allowed; got != want {
				t.Errorf("%s may subscribe: %t", q, got)
			}
		}
	}
	w.settle(with(true, a2))
	w.quiet(with(true, a2))
	holds(a1, a2)
	w.settle(with(true, b1))
	w.quiet(with(true, b1))
	holds(a1, a2, b1)
	w.settle(with(true))
	w.quiet(with(true))
	holds(a1, a2, b1)
	w.pass(time.Hour)
	w.settle(with(false, b1))
	w.quiet(with(false, b1))
	holds(b1)
	w.settle(with(false))
	holds()
}
