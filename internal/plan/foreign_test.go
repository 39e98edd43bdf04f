package plan_test

import (
	"cmp"
	"slices"
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
	// guarded has a Deny that spares the organisation, of which only AWS knows.
	guarded := policy(ourQueue)
	guarded.Attributes["Policy"] = strings.Replace(guarded.Attributes["Policy"], `"Statement":[`,
		`"Statement":[{"Sid":"Strangers","Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}},`, 1)
	closed := policy(ourQueue)
	closed.Attributes["Policy"] = strings.Replace(closed.Attributes["Policy"], `"Statement":[`,
		`"Statement":[{"Sid":"Never","Effect":"Deny","Principal":"*","Action":"sns:Subscribe","Resource":"*"},`, 1)
	tests := map[string]struct {
		topic     topology.Reference
		declared  bool
		subscribe bool
		// says is a part of the message, other than the statements that are needed.
		says string
	}{
		"declared, not readable yet":                            {declared: true},
		"declared, another queue is admitted":                   {topic: policy(secondQueue), declared: true},
		"declared, admitted":                                    {topic: policy(ourQueue), declared: true, subscribe: true},
		"declared, others admit organisations":                  {topic: organisation, declared: true},
		"declared, admitted, and a Deny that may not mean us":   {topic: guarded, declared: true, subscribe: true},
		"undeclared, admitted, and a Deny that may not mean us": {topic: guarded, subscribe: true},
		"declared, admitted, and denied":                        {topic: closed, declared: true, says: "statement Never denies"},
		"undeclared, admitted, and denied":                      {topic: closed, says: "statement Never denies"},
		"undeclared, not readable":                              {subscribe: true},
		"undeclared, another queue":                             {topic: policy(secondQueue)},
		"undeclared, admitted":                                  {topic: policy(secondQueue, ourQueue), subscribe: true},
		"undeclared, perhaps admitted":                          {topic: organisation, subscribe: true},
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
				!strings.Contains(s.Message, cmp.Or(tt.says, `"sns:Endpoint":"`+ourQueue+`"`)) || !strings.Contains(s.Message, cmp.Or(tt.says, "sns:GetTopicAttributes"))) {
				t.Error(describe(p))
			}
		})
	}
}

// The owner of a topic that no MessagingTopology here declares adds the statements of the message as they stand. A Skein of the owner's must not
// take them for its own.
func TestStatementsForTheOwnerOfATopicAreNotSkeins(t *testing.T) {
	want := topology.Resource{
		Kind: topology.KindSubscription, Key: topology.SubscriptionKey(theirTopic, ourQueue), Name: "events", TopicARN: theirTopic, Endpoint: ourQueue,
		Owner: self, Managed: map[string]string{"RawMessageDelivery": "true"},
	}
	diff := func(policy string) plan.Plan {
		have := topology.State{References: map[string]topology.Reference{theirTopic: {Existence: topology.Present, Attributes: map[string]string{"Policy": policy}}}}
		return plan.Diff(plan.Input{Self: self, Want: state(want), Have: have, Now: start})
	}
	closed := diff("")
	if len(closed.Steps) != 1 || closed.Steps[0].Reason != v1alpha1.ReasonSubscribeNotPermitted {
		t.Fatal(describe(closed))
	}
	_, statements, _ := strings.Cut(closed.Steps[0].Message, "the statements ")
	document, err := policydoc.Parse(`{"Version":"2012-10-17","Statement":[` + strings.ReplaceAll(statements, "} and {", "},{") + `]}`)
	if err != nil || len(document.Statements) != 2 {
		t.Fatalf("%q: %v", statements, err)
	}
	for _, s := range document.Statements {
		if s.Sid == "" || strings.HasPrefix(s.Sid, policydoc.OwnPrefix) {
			t.Errorf("the message asks for a statement %q", s.Sid)
		}
	}
	if open := diff(document.JSON()); len(open.Steps) != 1 || open.Steps[0].Action != plan.Create {
		t.Error(describe(open))
	}

	want.Declared = true
	if message := diff("").Steps[0].Message; !strings.Contains(message, policydoc.SidSubscribers+accountID) {
		t.Errorf("the statements of a declared topic are Skein's own: %s", message)
	}
}

// While a consumer cannot be judged, its queue keeps what Skein put there for it, in whatever account it is; no other queue does.
func TestStatementsForOtherAccountsOfQueuesThatCannotBeJudged(t *testing.T) {
	with := func(undecided []string, queues ...string) topology.State {
		topic := topic("events")
		var subscribers []policydoc.Subscriber
		for _, q := range queues {
			subscribers = append(subscribers, policydoc.Subscriber{Account: strings.Split(q, ":")[4], Queues: []string{q}})
		}
		topic = saying(topic, policydoc.Subscribers(topic.Key, subscribers, 30)...)
		topic.Undecided = undecided
		return state(topic)
	}
	const a1, a2, b1 = "arn:aws:sqs:us-east-1:222233334444:1", "arn:aws:sqs:us-east-1:222233334444:2", "arn:aws:sqs:us-east-1:333344445555:1"
	w := newWorld(t)
	w.settle(with(nil, a1))
	key := with(nil).Resources[0].Key
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
	one, both := []string{"1"}, []string{"1", "2"}
	w.settle(with(one, a2))
	w.quiet(with(one, a2))
	holds(a1, a2)
	w.settle(with(both, b1))
	w.quiet(with(both, b1))
	holds(a1, a2, b1)
	w.settle(with(one))
	w.quiet(with(one))
	holds(a1, b1)
	w.settle(with([]string{"3"}, a1))
	w.quiet(with([]string{"3"}, a1))
	holds(a1)
	w.pass(time.Hour)
	w.settle(with(nil, b1))
	w.quiet(with(nil, b1))
	holds(b1)
	w.settle(with(nil))
	holds()
}

// The statement for alarms keeps its accounts as long as one of the consumers cannot be judged, and loses them after that.
func TestStatementForAlarmsOfConsumersThatCannotBeJudged(t *testing.T) {
	with := func(undecided bool, accounts ...string) topology.State {
		topic := topic("events")
		topic = saying(topic, policydoc.Alarms(topic.Key, accounts, policydoc.MaxNamedAlarmAccounts)...)
		topic.UndecidedAlarms = undecided
		return state(topic)
	}
	w := newWorld(t)
	key := with(false).Resources[0].Key
	holds := func(accounts ...string) {
		t.Helper()
		document, err := policydoc.Parse(w.aws.remotes[key].attributes["Policy"])
		if err != nil {
			t.Fatal(err)
		}
		if got := policydoc.AlarmAccountsIn(document.Statements); !slices.Equal(got, accounts) {
			t.Errorf("alarms of %q may publish, want %q", got, accounts)
		}
	}
	for _, step := range []struct {
		undecided bool
		wanted    []string
		holds     []string
	}{
		{false, []string{"1"}, []string{"1"}},
		{true, nil, []string{"1"}},
		{true, []string{"2"}, []string{"1", "2"}},
		{false, []string{"2"}, []string{"2"}},
		{false, nil, nil},
		{true, nil, nil},
	} {
		w.settle(with(step.undecided, step.wanted...))
		w.quiet(with(step.undecided, step.wanted...))
		holds(step.holds...)
	}
}
