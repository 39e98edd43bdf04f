package controller

import (
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The alarms of the cases.
const (
	deadAlarm = "alarm/shop-inventory-dead-letter-not-empty"
	ageAlarm  = "alarm/shop-inventory-oldest-message-age"
	lostAlarm = "alarm/shop-inventory-undelivered-not-empty"
	snsAlarm  = "alarm/shop-inventory-deliveries-lost-shop-orders-events"
)

// withAlarms gives the consumer all alarms.
func withAlarms(s *attributeSpecs) {
	s.inventory.Alarms = &v1alpha1.Alarms{
		DeadLetterNotEmpty: &v1alpha1.Alarm{}, OldestMessageAge: &v1alpha1.Alarm{}, UndeliveredNotEmpty: &v1alpha1.Alarm{}, DeliveriesLost: &v1alpha1.Alarm{},
	}
}

// alarmMembers are the alarms by their fields in the spec, with their defaults.
var alarmMembers = []struct {
	resource, member, statistic, threshold, periods string
	of                                              func(*v1alpha1.Alarms) *v1alpha1.Alarm
}{
	{deadAlarm, "deadLetterNotEmpty", "Maximum", "0", "1", func(a *v1alpha1.Alarms) *v1alpha1.Alarm { return a.DeadLetterNotEmpty }},
	{ageAlarm, "oldestMessageAge", "Maximum", "300", "5", func(a *v1alpha1.Alarms) *v1alpha1.Alarm { return a.OldestMessageAge }},
	{lostAlarm, "undeliveredNotEmpty", "Maximum", "0", "1", func(a *v1alpha1.Alarms) *v1alpha1.Alarm { return a.UndeliveredNotEmpty }},
	{snsAlarm, "deliveriesLost", "Sum", "0", "1", func(a *v1alpha1.Alarms) *v1alpha1.Alarm { return a.DeliveriesLost }},
}

func alarmCases() []attributeCase {
	const topic, other = `["` + oncall + `"]`, `["arn:aws:sns:us-east-1:` + quickAccount + `:other"]`
	actions := func(arns ...v1alpha1.ARN) specEdit {
		return func(s *attributeSpecs) { s.inventory.Alarms.Actions = arns }
	}
	const theirs = "what somebody has an alarm do in its other states is theirs"
	cases := []attributeCase{
		{resource: deadAlarm, field: "Namespace", absent: "AWS/SQS", drift: "Theirs"},
		{resource: deadAlarm, field: "MetricName", absent: "ApproximateNumberOfMessagesVisible", drift: "NumberOfMessagesSent"},
		{resource: deadAlarm, field: "Dimensions", absent: `[{"Name":"QueueName","Value":"shop-inventory-dlq"}]`, drift: `[{"Name":"QueueName","Value":"theirs"}]`},
		{resource: deadAlarm, field: "ExtendedStatistic", drift: "p99"},
		{resource: deadAlarm, field: "Unit", drift: "Bytes"},
		{resource: ageAlarm, field: "DatapointsToAlarm", drift: "3"},
		{resource: deadAlarm, field: "ComparisonOperator", absent: "GreaterThanThreshold", drift: "GreaterThanOrEqualToThreshold"},
		{resource: deadAlarm, field: "TreatMissingData", absent: "notBreaching", drift: "breaching"},
		{resource: deadAlarm, field: "ActionsEnabled", absent: "true", drift: "false"},
		{
			resource: deadAlarm, field: "AlarmDescription", absent: "Skein: there are dead letters in queue shop-inventory-dlq (ConsumerQueue shop/inventory)", drift: "by hand",
		},
		{
			resource: deadAlarm, field: "AlarmActions", leaves: "ConsumerQueue.alarms.actions", first: topic, second: other, drift: "",
			set: actions(oncall), change: actions("arn:aws:sns:us-east-1:" + quickAccount + ":other"),
		},
		{resource: deadAlarm, field: "OKActions", drift: topic, unmanaged: theirs},
		{resource: deadAlarm, field: "InsufficientDataActions", drift: topic, unmanaged: theirs},
		{
			resource: deadAlarm, field: "Tags[team]", leaves: "ConsumerQueue.tags", first: "a", second: "b", drift: "",
			set:    func(s *attributeSpecs) { s.inventory.Tags = v1alpha1.Tags{"team": "a"} },
			change: func(s *attributeSpecs) { s.inventory.Tags = v1alpha1.Tags{"team": "b"} },
		},
		{resource: deadAlarm, field: "Tags[skein.dev/name]", absent: "inventory", drift: "", disowned: true},
	}
	for _, m := range alarmMembers {
		put := func(change func(*v1alpha1.Alarm)) specEdit {
			return func(s *attributeSpecs) { change(m.of(s.inventory.Alarms)) }
		}
		leaf := "ConsumerQueue.alarms." + m.member
		cases = append(
			cases,
			attributeCase{
				resource: m.resource, field: "Statistic", leaves: leaf + ".statistic", absent: m.statistic, first: "Minimum", second: "Average", drift: "SampleCount",
				set: put(func(a *v1alpha1.Alarm) { a.Statistic = "Minimum" }), change: put(func(a *v1alpha1.Alarm) { a.Statistic = "Average" }),
			},
			attributeCase{
				resource: m.resource, field: "Threshold", leaves: leaf + ".threshold", absent: m.threshold, first: "7", second: "1000000000", drift: "0.5",
				set:    put(func(a *v1alpha1.Alarm) { a.Threshold = ptr.To[int64](7) }),
				change: put(func(a *v1alpha1.Alarm) { a.Threshold = ptr.To[int64](1_000_000_000) }),
			},
			attributeCase{
				resource: m.resource, field: "Period", leaves: leaf + ".period", absent: "60", first: "300", second: "3600", drift: "120",
				set: put(func(a *v1alpha1.Alarm) { a.Period = "5m" }), change: put(func(a *v1alpha1.Alarm) { a.Period = "1h" }),
			},
			attributeCase{
				resource: m.resource, field: "EvaluationPeriods", leaves: leaf + ".evaluationPeriods", absent: m.periods, first: "3", second: "10", drift: "4",
				set:    put(func(a *v1alpha1.Alarm) { a.EvaluationPeriods = ptr.To[int32](3) }),
				change: put(func(a *v1alpha1.Alarm) { a.EvaluationPeriods = ptr.To[int32](10) }),
			},
		)
	}
	for i := range cases {
		cases[i].base = withAlarms
	}
	return cases
}
