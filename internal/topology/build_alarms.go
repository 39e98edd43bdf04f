package topology

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// MaxAlarmName is how long the name of an alarm may be, in characters
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
const MaxAlarmName = 255

// alarmMetric is what a kind of alarm watches, with Skein's defaults. Metrics of queues are shown while there are messages or calls
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html), those of topics when something
// happens (https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html). Messages that a redrive policy moves do not count as sent.
type alarmMetric struct {
	member, suffix, namespace, name, dimension, statistic string
	threshold                                             int64
	evaluationPeriods                                     int32
	purpose                                               string
}

var (
	deadLetterNotEmpty = alarmMetric{
		member: "deadLetterNotEmpty", suffix: "-dead-letter-not-empty", namespace: "AWS/SQS", name: "ApproximateNumberOfMessagesVisible", dimension: "QueueName",
		statistic: "Maximum", evaluationPeriods: 1, purpose: "there are dead letters in queue",
	}
	oldestMessageAge = alarmMetric{
		member: "oldestMessageAge", suffix: "-oldest-message-age", namespace: "AWS/SQS", name: "ApproximateAgeOfOldestMessage", dimension: "QueueName",
		statistic: "Maximum", threshold: 300, evaluationPeriods: 5, purpose: "the oldest message waits too long in queue",
	}
	undeliveredNotEmpty = alarmMetric{
		member: "undeliveredNotEmpty", suffix: "-undelivered-not-empty", namespace: "AWS/SQS", name: "ApproximateNumberOfMessagesVisible", dimension: "QueueName",
		statistic: "Maximum", evaluationPeriods: 1, purpose: "there are messages that SNS could not deliver in queue",
	}
	deliveriesLost = alarmMetric{
		member: "deliveriesLost", suffix: "-deliveries-lost-", namespace: "AWS/SNS", name: "NumberOfNotificationsFailedToRedriveToDlq", dimension: "TopicName",
		statistic: "Sum", evaluationPeriods: 1, purpose: "SNS lost deliveries of topic",
	}
)

// alarmTarget is the queue or topic that an alarm watches. Held says why the alarm is left as it is.
type alarmTarget struct{ name, region, held string }

// buildAlarms adds the alarms of the spec.
func (b *consumer) buildAlarms() {
	a := b.settings.Alarms
	if a == nil {
		return
	}
	b.settleActions()
	if a.DeadLetterNotEmpty != nil {
		if target, ok := b.queueTarget(b.out.Names.DeadLetterARN); ok {
			b.addAlarm(deadLetterNotEmpty, a.DeadLetterNotEmpty, target)
		} else {
			b.note("queue %s has no dead-letter queue, so alarms.deadLetterNotEmpty makes no alarm", b.out.Names.MainName)
		}
	}
	if a.OldestMessageAge != nil {
		b.addAlarm(oldestMessageAge, a.OldestMessageAge, alarmTarget{name: b.out.Names.MainName, region: b.in.Account.Region})
	}
	if a.UndeliveredNotEmpty != nil {
		if target, ok := b.queueTarget(b.out.Names.UndeliveredARN); ok {
			b.addAlarm(undeliveredNotEmpty, a.UndeliveredNotEmpty, target)
		} else {
			b.note("alarms.undeliveredNotEmpty makes its alarm with the undelivered queue, which comes with the first accepted subscription")
		}
	}
	if a.DeliveriesLost != nil {
		b.addDeliveriesLost(a.DeliveriesLost)
	}
}

// queueTarget is the queue of an ARN, if there is to be one.
func (b *consumer) queueTarget(queueARN string) (alarmTarget, bool) {
	a, err := arn.Parse(queueARN)
	if err != nil {
		return alarmTarget{}, false
	}
	queue, _ := b.find(queueARN)
	return alarmTarget{name: a.Resource, region: a.Region, held: queue.Held}, true
}

// addDeliveriesLost adds one alarm for each subscribed topic. CloudWatch has a topic's metrics in the topic's account only.
func (b *consumer) addDeliveriesLost(spec *v1alpha1.Alarm) {
	if !hasUndelivered(b.settings) {
		b.note("alarms.deliveriesLost counts what SNS could not put into undelivered queues, and this consumer has none: what is not delivered to it is not counted")
	}
	for _, r := range b.state.Resources {
		if r.Kind != KindSubscription {
			continue
		}
		if a, err := arn.Parse(r.TopicARN); err != nil || a.AccountID != b.in.Account.ID {
			b.note("topic %s is in another account, which has its metrics: alarms.deliveriesLost makes no alarm for it", r.TopicARN)
			continue
		}
		b.addAlarm(deliveriesLost, spec, alarmTarget{name: r.Name, region: r.Region, held: r.Held})
	}
}

// alarmName is the name of an alarm of a queue in AWS. One that would be too long ends in a hash.
func alarmName(queue string, m alarmMetric, target string) string {
	name := queue + m.suffix
	if strings.HasSuffix(m.suffix, "-") {
		name += target
	}
	if len(name) <= MaxAlarmName {
		return name
	}
	hash := "-" + Hash(name)
	return name[:MaxAlarmName-len(hash)] + hash
}

// addAlarm adds one alarm, or holds it.
func (b *consumer) addAlarm(m alarmMetric, spec *v1alpha1.Alarm, target alarmTarget) {
	name := alarmName(b.out.Names.MainName, m, target.name)
	key := b.in.Account.AlarmARN(target.region, name)
	row, known := b.in.Inventory.Find(key)
	managed, held := b.alarmFields(m, spec, target.name), target.held
	if managed["Period"] == "" {
		held = "its period is refused"
	}
	switch {
	case held != "" && known:
		b.state.Resources = append(b.state.Resources, heldRow(row, b.owner, b.group, held))
		return
	case held != "" || b.actions.waiting && !known:
		return
	}
	actions := b.actions.in(target.region)
	if n := len(b.actions.arns) - len(actions); n > 0 {
		b.note("alarm %s is in %s, and %d of the actions are topics of another region, which it cannot tell", name, target.region, n)
	}
	managed["AlarmActions"] = List(actions)
	managed["AlarmDescription"] = "Skein: " + m.purpose + " " + target.name + " (ConsumerQueue " + b.in.Queue.Namespace + "/" + b.in.Queue.Name + ")"
	r := Resource{
		Kind: KindAlarm, Key: key, ARN: key, Name: name, Region: target.region, Group: b.group, Owner: b.owner,
		Rivals: sortedRivals(b.in.Rivals[b.out.Names.MainName]), Managed: managed, Defaults: defaults(managed, b.silentAlarm(spec)...),
	}
	putTags(managed, b.tags)
	b.state.Resources = append(b.state.Resources, r.Keeping(row.Kept))
}

// alarmFields are the fields of an alarm that say when it fires.
func (b *consumer) alarmFields(m alarmMetric, spec *v1alpha1.Alarm, target string) map[string]string {
	managed := map[string]string{
		"Namespace": m.namespace, "MetricName": m.name, "Dimensions": Dimensions(Dimension{m.dimension, target}),
		"Statistic": m.statistic, "ExtendedStatistic": "", "Unit": "",
		"EvaluationPeriods": itoa(int64(m.evaluationPeriods)), "DatapointsToAlarm": "",
		"Threshold": itoa(m.threshold), "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching", "ActionsEnabled": "true",
	}
	if spec.Statistic != "" {
		managed["Statistic"] = spec.Statistic
	}
	if spec.Threshold != nil {
		managed["Threshold"] = itoa(*spec.Threshold)
	}
	b.seconds(managed, "Period", "spec.alarms."+m.member+".period", spec.Period, alarmPeriodRange)
	if n := spec.EvaluationPeriods; n != nil {
		managed["EvaluationPeriods"] = strconv.Itoa(int(*n))
	}
	return managed
}

// silentAlarm are the fields of an alarm that the spec does not say. What missing data means, and that actions are carried out, is Skein's part of
// every alarm.
func (b *consumer) silentAlarm(spec *v1alpha1.Alarm) []string {
	out := []string{"AlarmDescription", "Unit"}
	add := func(isSilent bool, fields ...string) {
		if isSilent {
			out = append(out, fields...)
		}
	}
	add(spec.Statistic == "", "Statistic", "ExtendedStatistic")
	add(spec.Threshold == nil, "Threshold", "ComparisonOperator")
	add(spec.Period == "", "Period")
	add(spec.EvaluationPeriods == nil, "EvaluationPeriods", "DatapointsToAlarm")
	add(len(b.settings.Alarms.Actions)+len(b.settings.Alarms.ActionTopics) == 0, "AlarmActions")
	return out
}
