package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

var alarmRefusedRules = []rule{
	{
		name:   "alarm/needs-period-and-threshold",
		says:   "PutMetricAlarm on a metric without Period, EvaluationPeriods, Threshold or a statistic says ValidationError",
		source: docPutAlarm,
		check: func(w *world) {
			for _, forget := range []func(in *cloudwatch.PutMetricAlarmInput){
				func(in *cloudwatch.PutMetricAlarmInput) { in.Period = nil },
				func(in *cloudwatch.PutMetricAlarmInput) { in.EvaluationPeriods = nil },
				func(in *cloudwatch.PutMetricAlarmInput) { in.Threshold = nil },
				func(in *cloudwatch.PutMetricAlarmInput) { in.Statistic = "" },
			} {
				in := w.alarmInput()
				forget(in)
				w.refused(w.tryPutAlarm(in), "ValidationError")
			}
		},
	},
	{
		name:   "alarm/datapoints-at-most-periods",
		says:   "PutMetricAlarm with more DatapointsToAlarm than EvaluationPeriods says ValidationError",
		source: "https://github.com/hashicorp/terraform/issues/24070",
		check: func(w *world) {
			in := w.alarmInput()
			in.DatapointsToAlarm = aws.Int32(2)
			w.refusedSaying(w.tryPutAlarm(in), "ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods")
		},
	},
	{
		name:   "alarm/at-most-a-day",
		says:   "PutMetricAlarm with periods shorter than an hour that take more than a day together says ValidationError",
		source: docPutAlarm,
		check: func(w *world) {
			in := w.alarmInput()
			in.Period, in.EvaluationPeriods = aws.Int32(300), aws.Int32(289)
			w.refused(w.tryPutAlarm(in), "ValidationError")
		},
	},
	{
		name:   "alarm/topic-of-another-region",
		says:   "PutMetricAlarm with a topic of another region as an action says ValidationError",
		source: "https://github.com/cds-snc/notification-terraform/pull/128",
		check: func(w *world) {
			in := w.alarmInput()
			in.AlarmActions = []string{w.seenFrom(w.In("eu-west-1")).arn("sns", "oncall")}
			w.refusedSaying(w.tryPutAlarm(in), "ValidationError", "Invalid region eu-west-1 specified. Only us-east-1 is supported.")
		},
	},
	{
		name:   "alarm/bad-values",
		says:   "PutMetricAlarm with a value that is none of those allowed, or an action that is no ARN, says ValidationError",
		source: docPutAlarm,
		check: func(w *world) {
			for _, spoil := range []func(in *cloudwatch.PutMetricAlarmInput){
				func(in *cloudwatch.PutMetricAlarmInput) { in.TreatMissingData = aws.String("NotBreaching") },
				func(in *cloudwatch.PutMetricAlarmInput) { in.ComparisonOperator = "Greater" },
				func(in *cloudwatch.PutMetricAlarmInput) { in.Period = aws.Int32(90) },
				func(in *cloudwatch.PutMetricAlarmInput) { in.OKActions = []string{"oncall"} },
			} {
				in := w.alarmInput()
				spoil(in)
				w.refused(w.tryPutAlarm(in), "ValidationError")
			}
		},
	},
	{
		name:   "alarm/bad-token",
		says:   "DescribeAlarms with a token that is none says InvalidNextToken",
		source: docDescribeAlarms,
		check: func(w *world) {
			_, err := w.watch.DescribeAlarms(w.ctx, &cloudwatch.DescribeAlarmsInput{NextToken: aws.String("none")})
			w.refused(err, "InvalidNextToken")
		},
	},
}

var alarmTagRules = []rule{
	{
		name:   "alarm-tags/at-creation-only",
		says:   "PutMetricAlarm sets tags of a new alarm and ignores them for one that exists",
		source: docPutAlarm,
		check: func(w *world) {
			in := w.alarmInput()
			in.Tags = alarmTags(map[string]string{"owner": "one"})
			w.putAlarm(in)
			in.Tags = alarmTags(map[string]string{"owner": "two"})
			w.putAlarm(in)
			w.equal("tags", w.alarmTagsOf(*in.AlarmName), map[string]string{"owner": "one"})
		},
	},
	{
		name:   "alarm-tags/merge-and-remove",
		says:   "TagResource adds and overwrites, UntagResource removes and ignores keys that are not there",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html",
		check: func(w *world) {
			in := w.alarmInput()
			w.putAlarm(in)
			arn := w.arn("cloudwatch", "alarm:"+*in.AlarmName)
			for _, tags := range []map[string]string{{"a": "1", "b": "2"}, {"b": "3"}} {
				_, err := w.watch.TagResource(w.ctx, &cloudwatch.TagResourceInput{ResourceARN: &arn, Tags: alarmTags(tags)})
				w.ok(err, "tagging")
			}
			_, err := w.watch.UntagResource(w.ctx, &cloudwatch.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"a", "none"}})
			w.ok(err, "untagging")
			w.equal("tags", w.alarmTagsOf(*in.AlarmName), map[string]string{"b": "3"})
		},
	},
	{
		name:   "alarm-tags/missing-alarm",
		says:   "the tag calls on an alarm that does not exist say ResourceNotFoundException",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html",
		check: func(w *world) {
			arn := w.arn("cloudwatch", "alarm:"+w.name(""))
			_, err := w.watch.ListTagsForResource(w.ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: &arn})
			w.refused(err, "ResourceNotFoundException")
			_, err = w.watch.TagResource(w.ctx, &cloudwatch.TagResourceInput{ResourceARN: &arn, Tags: alarmTags(map[string]string{"a": "b"})})
			w.refused(err, "ResourceNotFoundException")
			_, err = w.watch.UntagResource(w.ctx, &cloudwatch.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"a"}})
			w.refused(err, "ResourceNotFoundException")
		},
	},
}

func alarmTags(tags map[string]string) (list []types.Tag) {
	for key, value := range tags {
		list = append(list, types.Tag{Key: &key, Value: &value})
	}
	return list
}

func (w *world) alarmTagsOf(name string) map[string]string {
	arn := w.arn("cloudwatch", "alarm:"+name)
	out, err := w.watch.ListTagsForResource(w.ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: &arn})
	w.ok(err, "listing the tags")
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}
