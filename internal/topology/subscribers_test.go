package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// consumerOf makes a ConsumerQueue with this spec as a topology sees it.
func consumerOf(t *testing.T, namespace, name, spec string, account *Account, labels map[string]string) SubscriberInput {
	t.Helper()
	cq := queue(t, spec)
	cq.Namespace, cq.Name = namespace, name
	return SubscriberInput{Queue: cq, Account: account, NamespaceLabels: labels}
}

func TestSubscribersOfOtherAccounts(t *testing.T) {
	second := Account{Name: "b", Partition: "aws", ID: "222233334444", Region: "eu-west-1"}
	china := Account{Name: "cn", Partition: "aws-cn", ID: "333344445555", Region: "cn-north-1"}
	same := Account{Name: "a2", Partition: "aws", ID: accountID, Region: "us-east-1"}
	const selecting = "{topics: [{name: events}, {name: quiet}], allowedConsumers: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}}"
	labels, none := map[string]string{"a": "b"}, map[string]string{}
	leaving := consumerOf(t, "warehouse", "leaving", subscribed, &second, labels)
	now := metav1.Now()
	leaving.Queue.DeletionTimestamp, leaving.Queue.Finalizers = &now, []string{v1alpha1.Finalizer}
	left := consumerOf(t, "warehouse", "left", subscribed, &second, labels)
	left.Queue.DeletionTimestamp, left.Queue.Finalizers = &now, []string{"other"}
	tests := map[string]struct {
		subscribers []SubscriberInput
		// want are the queues by account.
		want      map[string][]string
		undecided []string
	}{
		"nobody": {want: map[string][]string{}},
		"by reference and by ARN, once each": {
			subscribers: []SubscriberInput{
				consumerOf(t, "warehouse", "b", subscribedARN, &second, labels), consumerOf(t, "warehouse", "a", subscribed, &second, labels),
			},
			want: map[string][]string{second.ID: {second.QueueARN("warehouse-a"), second.QueueARN("warehouse-b")}},
		},
		"not to this topic": {
			subscribers: []SubscriberInput{
				consumerOf(t, "warehouse", "a", "{subscriptions: [{topology: {name: orders, namespace: commerce}, topic: quiet}]}", &second, labels),
				consumerOf(t, "warehouse", "b", "{subscriptions: [{topology: {name: orders}, topic: events}]}", &second, labels),
			},
			want: map[string][]string{},
		},
		"without consent":                            {subscribers: []SubscriberInput{consumerOf(t, "warehouse", "a", subscribed, &second, none)}, want: map[string][]string{}},
		"the topology's namespace":                   {subscribers: []SubscriberInput{consumerOf(t, "commerce", "a", subscribed, &second, nil)}, want: map[string][]string{second.ID: {second.QueueARN("commerce-a")}}},
		"the same account":                           {subscribers: []SubscriberInput{consumerOf(t, "warehouse", "a", subscribed, &same, labels)}, want: map[string][]string{}},
		"another partition":                          {subscribers: []SubscriberInput{consumerOf(t, "warehouse", "a", subscribed, &china, labels)}, want: map[string][]string{}},
		"being deleted, and gone":                    {subscribers: []SubscriberInput{leaving, left}, want: map[string][]string{second.ID: {second.QueueARN("warehouse-leaving")}}},
		"labels that are not known":                  {subscribers: []SubscriberInput{consumerOf(t, "warehouse", "a", subscribed, &second, nil)}, want: map[string][]string{}, undecided: []string{"warehouse-a"}},
		"account that is not known, without consent": {subscribers: []SubscriberInput{consumerOf(t, "warehouse", "a", subscribed, nil, none)}, want: map[string][]string{}},
		"account that is not known":                  {subscribers: []SubscriberInput{consumerOf(t, "warehouse", "a", subscribed, nil, labels)}, want: map[string][]string{}, undecided: []string{"warehouse-a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildTopology(TopologyInputs{Topology: orders(t, selecting), Account: testAccount(), Subscribers: tt.subscribers})
			requireNone(t, out.Refusals)
			topic := find(t, out.State, ordersARN)
			got := map[string][]string{}
			for _, s := range policydoc.SubscribersIn(topic.Policy.Statements) {
				got[s.Account] = s.Queues
				if topic.Managed[PolicyField(policydoc.SidSubscribers+s.Account)] == "" || topic.Managed[PolicyField(policydoc.SidReaders)] == "" {
					t.Error(render(out.State))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || !slices.Equal(topic.Undecided, tt.undecided) {
				t.Errorf("undecided %v (-want +got):\n%s", topic.Undecided, diff)
			}
		})
	}
}

// Many queues of many accounts: the policy names accounts where it cannot name queues.
func TestManySubscribersOfOtherAccountsFit(t *testing.T) {
	var subscribers []SubscriberInput
	for i := range 60 {
		account := &Account{Name: fmt.Sprint(i), Partition: "aws", ID: fmt.Sprintf("2222333344%02d", i), Region: "eu-west-1"}
		for j := range 20 {
			subscribers = append(subscribers, consumerOf(t, "warehouse", fmt.Sprintf("consumer-%d", j), subscribed, account, map[string]string{}))
		}
	}
	out := BuildTopology(TopologyInputs{Topology: orders(t, eventsForAll), Account: testAccount(), Subscribers: subscribers})
	requireNone(t, out.Refusals)
	topic := find(t, out.State, ordersARN)
	if err := topic.Policy.CheckTopicLimits(); err != nil {
		t.Error(err)
	}
	for _, s := range subscribers {
		request := policydoc.SubscribeRequest(ordersARN, s.Account.QueueARN("warehouse-"+s.Queue.Name), "")
		if !topic.Policy.Evaluate(request).Allowed {
			t.Fatalf("%s may not subscribe", s.Queue.Name)
		}
	}
	if !slices.IsSortedFunc(topic.Policy.Statements, func(a, b policydoc.Statement) int { return strings.Compare(a.Sid, b.Sid) }) {
		t.Error("the statements are not sorted")
	}
}
