package conformance

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const docQueueMetrics = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"

// alarmCallRules are the calls that Skein makes for the alarms of a consumer.
var alarmCallRules = []rule{
	{
		name:   "alarm-calls/forms",
		says:   "alarms on the metrics of queues and topics are described as they were put, with either known form of statistic and period",
		source: docQueueMetrics,
		check: func(w *world) {
			for _, form := range alarmForms(w) {
				w.putAlarm(form)
				got := w.alarm(*form.AlarmName)
				w.sameAlarm(got, types.MetricAlarm{
					AlarmName: form.AlarmName, AlarmArn: aws.String(w.arn("cloudwatch", "alarm:"+*form.AlarmName)), AlarmDescription: form.AlarmDescription,
					ActionsEnabled: aws.Bool(true), AlarmActions: form.AlarmActions, Namespace: form.Namespace, MetricName: form.MetricName,
					Dimensions: form.Dimensions, Statistic: form.Statistic, Period: form.Period, EvaluationPeriods: form.EvaluationPeriods,
					Threshold: form.Threshold, ComparisonOperator: form.ComparisonOperator, TreatMissingData: form.TreatMissingData,
				})
				w.equal("tags", w.alarmTagsOf(*form.AlarmName), map[string]string{"skein.dev/name": "inventory", "team": "stock"})
			}
		},
	},
	{
		name:   "alarm-calls/put-again",
		says:   "an alarm that is put again as it is stays one alarm with the same settings and tags",
		source: docPutAlarm,
		check: func(w *world) {
			in := alarmForms(w)[0]
			w.putAlarm(in)
			first := w.alarm(*in.AlarmName)
			w.putAlarm(in)
			w.sameAlarm(w.alarm(*in.AlarmName), first)
			w.equal("tags", w.alarmTagsOf(*in.AlarmName), map[string]string{"skein.dev/name": "inventory", "team": "stock"})
		},
	},
	{
		name:   "alarm-calls/actions-removed",
		says:   "an alarm's actions may be topics of another account, and one that is put without actions has none",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
		check: func(w *world) {
			in := alarmForms(w)[0]
			in.AlarmActions = []string{w.arn("sns", "oncall"), w.seenFrom(w.As("222222222222", "222222222222", "secret", "")).arn("sns", "theirs")}
			w.putAlarm(in)
			w.equal("actions", w.alarm(*in.AlarmName).AlarmActions, in.AlarmActions)
			in.AlarmActions = nil
			w.putAlarm(in)
			w.equal("actions", len(w.alarm(*in.AlarmName).AlarmActions), 0)
		},
	},
	{
		name:   "alarm-calls/hundred-names",
		says:   "DescribeAlarms takes 100 names and returns the alarms that there are in one answer with MaxRecords 100",
		source: docDescribeAlarms,
		check: func(w *world) {
			prefix := w.name("")
			var suffixes []string
			for i := range 60 {
				suffixes = append(suffixes, fmt.Sprintf("-%02d", i))
			}
			names := w.putAlarms(prefix, suffixes...)
			asked := append([]string{}, names...)
			for len(asked) < 100 {
				asked = append(asked, w.name(""))
			}
			out, err := w.watch.DescribeAlarms(w.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: asked, MaxRecords: aws.Int32(100)})
			w.ok(err, "describing 100 alarms")
			w.equal("alarms", len(out.MetricAlarms), len(names))
			w.equal("more", aws.ToString(out.NextToken), "")
		},
	},
}

// alarmForms are alarms as Skein puts them: on messages in a queue in both known forms, on their age in both, and on lost deliveries of a topic.
func alarmForms(w *world) []*cloudwatch.PutMetricAlarmInput {
	form := func(namespace, metric, dimension string, statistic types.Statistic, threshold float64, period, periods int32) *cloudwatch.PutMetricAlarmInput {
		in := w.alarmInput()
		in.Namespace, in.MetricName, in.Dimensions[0].Name = &namespace, &metric, &dimension
		in.Statistic, in.Threshold, in.Period, in.EvaluationPeriods = statistic, &threshold, &period, &periods
		in.TreatMissingData, in.AlarmDescription = aws.String("notBreaching"), aws.String("Skein: look (ConsumerQueue shop/inventory)")
		in.AlarmActions = []string{w.arn("sns", "oncall")}
		in.Tags = alarmTags(map[string]string{"skein.dev/name": "inventory", "team": "stock"})
		return in
	}
	const queues, visible, age = "AWS/SQS", "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
	return []*cloudwatch.PutMetricAlarmInput{
		form(queues, visible, "QueueName", types.StatisticMaximum, 0, 60, 1),
		form(queues, visible, "QueueName", types.StatisticSum, 0, 300, 1),
		form(queues, age, "QueueName", types.StatisticMaximum, 300, 60, 5),
		form(queues, age, "QueueName", types.StatisticMaximum, 3600, 300, 2),
		form("AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", "TopicName", types.StatisticSum, 0, 60, 1),
	}
}
