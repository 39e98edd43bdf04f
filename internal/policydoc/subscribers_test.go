package policydoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const theirQueue = "arn:aws:sqs:eu-west-1:222233334444:stock"

func TestSubscribers(t *testing.T) {
	orders := topicARN("eu-west-1", "orders")
	got := Subscribers(orders, []Subscriber{{Account: "222233334444", Queues: []string{theirQueue + "2", theirQueue}}, {Account: "222233334444", Queues: []string{theirQueue}}}, 2)
	want := []Statement{
		{
			Sid: "SkeinSubscribers222233334444", Effect: "Allow", Principal: Principals{"AWS": {"arn:aws:iam::222233334444:root"}},
			Action: []string{"sns:Subscribe"}, Resource: []string{orders},
			Condition: map[string]map[string][]string{"StringEquals": {"sns:Protocol": {"sqs"}, "sns:Endpoint": {theirQueue, theirQueue + "2"}}},
		},
		{
			Sid: "SkeinReaders", Effect: "Allow", Principal: Principals{"AWS": {"arn:aws:iam::222233334444:root"}},
			Action: []string{"sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"}, Resource: []string{orders},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Subscribers(orders, nil, 2); got != nil {
		t.Errorf("for nobody %v", got)
	}
	china := Subscribers("arn:aws-cn:sns:cn-north-1:111122223333:orders", []Subscriber{{Account: "222233334444", Queues: []string{"a", "b", "c"}}}, 2)
	if text := china[0].JSON(); !strings.Contains(text, "arn:aws-cn:iam::222233334444:root") || !strings.Contains(text, `"StringLike":{"sns:Endpoint":"arn:aws-cn:sqs:*:222233334444:*"}`) {
		t.Errorf("in China, over the bound: %s", text)
	}
	// What was written is read back, a wildcard too, and is the same when it is built again.
	for _, statements := range [][]Statement{got, china} {
		resource := statements[0].Resource[0]
		if diff := cmp.Diff(statements, Subscribers(resource, SubscribersIn(statements), 2)); diff != "" {
			t.Errorf("built again (-want +got):\n%s", diff)
		}
	}
}

func TestWhoMaySubscribe(t *testing.T) {
	orders := topicARN("eu-west-1", "orders")
	ours := Subscribers(orders, []Subscriber{{Account: "222233334444", Queues: []string{theirQueue}}}, 30)
	all := Subscribers(orders, []Subscriber{{Account: "222233334444", Queues: []string{theirQueue}}}, 0)
	statement := func(effect, condition string) []Statement {
		document, err := Parse(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Principal":"*","Action":"sns:Subscribe","Resource":"*","Condition":%s}]}`, effect, condition))
		if err != nil {
			t.Fatal(err)
		}
		return document.Statements
	}
	organisation := statement("Allow", `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)
	tests := map[string]struct {
		statements     []Statement
		queue, caller  string
		allowed, could bool
	}{
		"the queue":                              {statements: ours, queue: theirQueue, allowed: true, could: true},
		"the queue, by a role":                   {statements: ours, queue: theirQueue, caller: "arn:aws:sts::222233334444:assumed-role/skein/1", allowed: true, could: true},
		"another queue of the account":           {statements: ours, queue: theirQueue + "2"},
		"another queue where all are admitted":   {statements: all, queue: theirQueue + "2", allowed: true, could: true},
		"another account":                        {statements: all, queue: "arn:aws:sqs:eu-west-1:333344445555:stock"},
		"an organisation":                        {statements: organisation, queue: theirQueue, could: true},
		"an organisation, another protocol":      {statements: statement("Allow", `{"StringEquals":{"aws:PrincipalOrgID":"o-1","sns:Protocol":"https"}}`), queue: theirQueue},
		"denied beside the organisation":         {statements: append(statement("Deny", `{"StringEquals":{"sns:Protocol":"sqs"}}`), organisation...), queue: theirQueue},
		"perhaps denied beside the organisation": {statements: append(statement("Deny", `{"StringEquals":{"aws:SourceVpce":"v"}}`), organisation...), queue: theirQueue, could: true},
		"the topic's own account only":           {statements: []Statement{DefaultTopicStatement(orders, "111122223333")}, queue: theirQueue},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			document := Document{Version: Version, Statements: tt.statements}
			request := SubscribeRequest(orders, tt.queue, tt.caller)
			if got := document.Evaluate(request); got.Allowed != tt.allowed || document.Could(request) != tt.could {
				t.Errorf("allowed %t, could %t: %s", got.Allowed, document.Could(request), got.Reason)
			}
		})
	}
}
