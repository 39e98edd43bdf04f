package topology

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
)

const everyAlarm = "alarms: {deadLetterNotEmpty: {}, oldestMessageAge: {}, undeliveredNotEmpty: {}, deliveriesLost: {}}"

// alarmsOf are the alarms of a State: region and name, what they watch, and whether they are held.
func alarmsOf(s State) []string {
	var out []string
	for _, r := range s.Resources {
		if r.Kind != KindAlarm {
			continue
		}
		line := r.Region + " " + r.Name
		for _, d := range ParseDimensions(r.Managed["Dimensions"]) {
			line += " " + d.Value
		}
		if r.Held != "" {
			line += " held"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func TestAlarms(t *testing.T) {
	const one = "subscriptions: [{topology: {name: orders, namespace: commerce}, topic: events}]"
	dead, age := "us-east-1 warehouse-stock-dead-letter-not-empty warehouse-stock-dlq", "us-east-1 warehouse-stock-oldest-message-age warehouse-stock"
	lost := "us-east-1 warehouse-stock-undelivered-not-empty warehouse-stock-undelivered"
	sns := "us-east-1 warehouse-stock-deliveries-lost-commerce-orders-events commerce-orders-events"
	tests := map[string]struct {
		spec   string
		settle string // a spec that was applied before
		change func(*ConsumerInputs)
		want   []string
		note   string
	}{
		"none":                   {spec: "{" + one + "}"},
		"all":                    {spec: "{" + one + ", " + everyAlarm + "}", want: []string{dead, sns, age, lost}},
		"nothing subscribed yet": {spec: "{" + everyAlarm + "}", want: []string{dead, age}, note: "comes with the first accepted subscription"},
		"nothing subscribed any more": {
			spec: "{" + everyAlarm + "}", settle: "{" + one + ", " + everyAlarm + "}",
			want: []string{dead, age, "us-east-1 warehouse-stock-undelivered-not-empty held"},
		},
		"a topic that cannot be resolved any more": {
			spec: "{" + one + ", " + everyAlarm + "}", settle: "{" + one + ", " + everyAlarm + "}", change: func(in *ConsumerInputs) { clear(in.Topologies) },
			want: []string{dead, "us-east-1 warehouse-stock-deliveries-lost-commerce-orders-events held", age, "us-east-1 warehouse-stock-undelivered-not-empty held"},
		},
		"a group that is refused": {
			spec: "{" + one + ", deadLetter: {messageRetention: 1h}, " + everyAlarm + "}", settle: "{" + one + ", " + everyAlarm + "}",
			want: []string{dead + " held", sns + " held", age + " held", lost + " held"},
		},
		"FIFO": {
			spec: "{fifo: {}, alarms: {deadLetterNotEmpty: {}, oldestMessageAge: {}}}",
			want: []string{"us-east-1 warehouse-stock.fifo-dead-letter-not-empty warehouse-stock-dlq.fifo", "us-east-1 warehouse-stock.fifo-oldest-message-age warehouse-stock.fifo"},
		},
		"names of one's own": {
			spec: "{queueName: q, deadLetter: {queueName: graveyard}, alarms: {deadLetterNotEmpty: {}}}", want: []string{"us-east-1 q-dead-letter-not-empty graveyard"},
		},
		"a topic of another region": {
			spec: "{subscriptions: [{topicARN: 'arn:aws:sns:eu-west-1:111122223333:far'}], alarms: {deliveriesLost: {}}}",
			want: []string{"eu-west-1 warehouse-stock-deliveries-lost-far far"},
		},
		"a topic of another account": {
			spec: "{subscriptions: [{topicARN: 'arn:aws:sns:us-east-1:999988887777:theirs'}], alarms: {deliveriesLost: {}}}", note: "is in another account, which has its metrics",
		},
		"without an undelivered queue": {
			spec: "{" + one + ", undelivered: {disabled: true}, alarms: {deliveriesLost: {}}}", want: []string{sns}, note: "what is not delivered to it is not counted",
		},
		"without a dead-letter queue, as adopted": {
			spec: "{alarms: {deadLetterNotEmpty: {}}}", note: "has no dead-letter queue",
			change: func(in *ConsumerInputs) {
				in.Inventory = Inventory{{Kind: KindQueue, Key: stockARN, ARN: stockARN, Name: "warehouse-stock", State: v1alpha1.ResourcePresent, Kept: map[string]string{"RedrivePolicy": ""}}}
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, tt.spec)
			if tt.settle != "" {
				in.Inventory = settled(t, tt.settle).Inventory
			}
			if tt.change != nil {
				tt.change(&in)
			}
			out := BuildConsumer(in)
			if diff := cmp.Diff(tt.want, alarmsOf(out.State)); diff != "" {
				t.Errorf("alarms (-want +got):\n%s", diff)
			}
			if notes := strings.Join(out.Notes, "; "); !strings.Contains(notes, tt.note) {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			for _, r := range out.State.Resources {
				if r.Kind == KindAlarm && (r.Group != "ConsumerQueue warehouse/stock" || r.Key != "arn:aws:cloudwatch:"+r.Region+":"+accountID+":alarm:"+r.Name) {
					t.Errorf("alarm %+v", r)
				}
			}
		})
	}
}

// CloudWatch takes 255 characters; what is longer is cut and stays the same, and apart from its neighbours.
func TestLongAlarmNames(t *testing.T) {
	queue, seen := strings.Repeat("q", MaxQueueName), map[string]bool{}
	for _, topic := range []string{"t", strings.Repeat("t", 158), strings.Repeat("t", 159), strings.Repeat("t", 255) + "a", strings.Repeat("t", 255) + "b"} {
		name := alarmName(queue, deliveriesLost, topic)
		whole := queue + "-deliveries-lost-" + topic
		if len(name) > MaxAlarmName || seen[name] || name != alarmName(queue, deliveriesLost, topic) || (len(whole) <= MaxAlarmName) != (name == whole) {
			t.Errorf("%d characters: %s", len(name), name)
		}
		seen[name] = true
	}
}

// A period that the apiserver should not have let in blocks nothing else.
func TestAlarmWithAPeriodThatCannotBe(t *testing.T) {
	out := BuildConsumer(inputs(t, "{alarms: {deadLetterNotEmpty: {period: 48h}, oldestMessageAge: {}}}"))
	if diff := cmp.Diff([]string{"InvalidSpec spec.alarms.deadLetterNotEmpty.period"}, reasons(out.Refusals)); diff != "" {
		t.Error(diff)
	}
	if n := len(alarmsOf(out.State)); n != 1 {
		t.Errorf("alarms: %v", alarmsOf(out.State))
	}
}

func TestCanonicalAlarmAttributes(t *testing.T) {
	for name, tt := range map[string]struct{ field, raw, want string }{
		"whole threshold":     {"Threshold", "5.0", "5"},
		"large threshold":     {"Threshold", "1e+09", "1000000000"},
		"half":                {"Threshold", "0.50", "0.5"},
		"no number":           {"Threshold", "x", "x"},
		"period":              {"Period", "060", "60"},
		"actions in order":    {"AlarmActions", `["b", "a", "b"]`, `["a","b"]`},
		"no actions":          {"AlarmActions", `[]`, ""},
		"dimensions in order": {"Dimensions", `[{"Value":"2","Name":"B"},{"Name":"A","Value":"1"}]`, `[{"Name":"A","Value":"1"},{"Name":"B","Value":"2"}]`},
		"enabled":             {"ActionsEnabled", "True", "true"},
		"absent":              {"TreatMissingData", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CanonicalAttributes(KindAlarm, map[string]string{tt.field: tt.raw})[tt.field]; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	if got := CanonicalAttributes(KindAlarm, nil); got["TreatMissingData"] != "missing" || got["ActionsEnabled"] != "true" || got["Threshold"] != "" {
		t.Errorf("an alarm of which nothing is shown: %v", got)
	}
}

// What an adopted alarm keeps: what the spec does not say of when it fires, and its words; of one that is computed of other metrics its words and actions only.
func TestWhatAnAdoptedAlarmKeeps(t *testing.T) {
	want := find(t, BuildConsumer(inputs(t, "{alarms: {deadLetterNotEmpty: {threshold: 5}}}")).State, testAccount().AlarmARN("us-east-1", "warehouse-stock-dead-letter-not-empty"))
	have := func(change map[string]string) Resource {
		raw := map[string]string{
			"Namespace": "Theirs", "MetricName": "Theirs", "ExtendedStatistic": "p99", "Period": "300", "EvaluationPeriods": "3", "DatapointsToAlarm": "2", "Threshold": "1",
			"ComparisonOperator": "LessThanThreshold", "AlarmDescription": "theirs", "AlarmActions": `["x"]`, "TreatMissingData": "breaching", "ActionsEnabled": "false",
		}
		for field, value := range change {
			raw[field] = value
		}
		return Resource{Kind: KindAlarm, Managed: CanonicalAttributes(KindAlarm, raw)}
	}
	if diff := cmp.Diff(map[string]string{
		"Statistic": "", "ExtendedStatistic": "p99", "Period": "300", "EvaluationPeriods": "3", "DatapointsToAlarm": "2", "AlarmDescription": "theirs", "AlarmActions": `["x"]`,
	}, want.Found(have(nil))); diff != "" {
		t.Errorf("on a metric (-want +got):\n%s", diff)
	}
	computed := map[string]string{"MetricName": "", "Namespace": "", "ExtendedStatistic": "", "Period": ""}
	if diff := cmp.Diff(map[string]string{"AlarmDescription": "theirs", "AlarmActions": `["x"]`}, want.Found(have(computed))); diff != "" {
		t.Errorf("computed (-want +got):\n%s", diff)
	}
}
