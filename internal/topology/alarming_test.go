package topology

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

const selecting = ", allowedConsumers: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}}"

func TestWhoMaySendAlarms(t *testing.T) {
	own, second := testAccount(), Account{Name: "b", Partition: "aws", ID: "222233334444", Region: "us-east-1"}
	elsewhere, china := second, second
	elsewhere.Region, china.Partition = "eu-west-1", "aws-cn"
	labels, none := map[string]string{"a": "b"}, map[string]string{}
	now := metav1.Now()
	leaving, left := consumerOf(t, "warehouse", "a", toOncall, &own, labels), consumerOf(t, "warehouse", "a", toOncall, &own, labels)
	leaving.Queue.DeletionTimestamp, leaving.Queue.Finalizers = &now, []string{v1alpha1.Finalizer}
	left.Queue.DeletionTimestamp, left.Queue.Finalizers = &now, []string{"other"}
	const lostDeliveries = "{alarms: {actionTopics: [{topology: {name: orders, namespace: commerce}, topic: oncall}], deliveriesLost: {}}}"
	tests := map[string]struct {
		by        []SubscriberInput
		want      []string
		undecided bool
	}{
		"nobody":                  {},
		"the own account":         {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, &own, labels)}, want: []string{accountID}},
		"two accounts, each once": {by: []SubscriberInput{consumerOf(t, "warehouse", "b", toOncall, &second, labels), consumerOf(t, "warehouse", "a", toOncall, &own, labels), consumerOf(t, "warehouse", "c", toOncall, &own, labels)}, want: []string{accountID, second.ID}},
		"no consent":              {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, &own, none)}},
		"another topic":           {by: []SubscriberInput{consumerOf(t, "warehouse", "a", "{alarms: {actionTopics: [{topology: {name: orders, namespace: commerce}, topic: locked}], deadLetterNotEmpty: {}}}", &own, labels)}},
		"another topology":        {by: []SubscriberInput{consumerOf(t, "warehouse", "a", "{alarms: {actionTopics: [{topology: {name: orders}, topic: oncall}], deadLetterNotEmpty: {}}}", &own, labels)}},
		"no alarms":               {by: []SubscriberInput{consumerOf(t, "warehouse", "a", "{}", &own, labels)}},
		"another region":          {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, &elsewhere, labels)}},
		"of lost deliveries":      {by: []SubscriberInput{consumerOf(t, "warehouse", "a", lostDeliveries, &elsewhere, labels)}, want: []string{second.ID}},
		"another partition":       {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, &china, labels)}},
		"being deleted":           {by: []SubscriberInput{leaving}, want: []string{accountID}},
		"gone":                    {by: []SubscriberInput{left}},
		"account not known":       {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, nil, labels)}, undecided: true},
		"refused, not known":      {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, nil, none)}},
		"labels not known":        {by: []SubscriberInput{consumerOf(t, "warehouse", "a", toOncall, &own, nil)}, undecided: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildTopology(TopologyInputs{Topology: orders(t, oncall+selecting), Account: own, Alarming: tt.by})
			requireNone(t, out.Refusals)
			topic := find(t, out.State, oncallARN)
			if diff := cmp.Diff(tt.want, policydoc.AlarmAccountsIn(topic.Policy.Statements)); diff != "" || topic.UndecidedAlarms != tt.undecided {
				t.Errorf("undecided %t (-want +got):\n%s", topic.UndecidedAlarms, diff)
			}
			if wanted := topic.Managed[PolicyField(policydoc.SidAlarms)] != ""; wanted != (len(tt.want) > 0) {
				t.Errorf("managed: %s", render(out.State))
			}
		})
	}
}

// A FIFO topic takes no alarms: the consumer's side refuses it.
func TestFIFOTopicTakesNoAlarms(t *testing.T) {
	own := testAccount()
	by := consumerOf(t, "commerce", "a", "{alarms: {actionTopics: [{topology: {name: orders}, topic: fifo}], deadLetterNotEmpty: {}}}", &own, map[string]string{})
	out := BuildTopology(TopologyInputs{Topology: orders(t, oncall+forAll), Account: own, Alarming: []SubscriberInput{by}})
	if r := find(t, out.State, own.TopicARN("commerce-orders-fifo.fifo")); len(r.Policy.Statements) > 0 {
		t.Error(r.Policy.JSON())
	}
}

// Alarms of many accounts beside many publishers: the statement names accounts once then, and no consumer can make the topic's policy too large.
func TestAlarmsOfManyAccountsFit(t *testing.T) {
	var by []SubscriberInput
	for i := range 200 {
		account := &Account{Name: fmt.Sprint(i), Partition: "aws", ID: fmt.Sprintf("22223333%04d", i), Region: "us-east-1"}
		by = append(by, consumerOf(t, "warehouse", "a", toOncall, account, map[string]string{}), consumerOf(t, "warehouse", "b", subscribed, account, map[string]string{}))
	}
	out := BuildTopology(TopologyInputs{Topology: orders(t, oncall+forAll), Account: testAccount(), Alarming: by})
	requireNone(t, out.Refusals)
	topic := find(t, out.State, oncallARN)
	if err := topic.Policy.CheckTopicLimits(); err != nil || len(policydoc.AlarmAccountsIn(topic.Policy.Statements)) != 200 {
		t.Error(err, topic.Policy.JSON())
	}
}
