package conformance

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	docPutAlarm       = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
	docDescribeAlarms = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"
	docDeleteAlarms   = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html"
	docSetAlarmState  = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"
)

// alarmRules are about alarms on a queue that does not exist: they have no data, wherever the time is computed.
var alarmRules = []rule{
	{
		name:   "alarm/described-as-put",
		says:   "DescribeAlarms returns each setting as it was put, and no other",
		source: docPutAlarm,
		check: func(w *world) {
			in := w.alarmInput()
			in.AlarmDescription, in.TreatMissingData = aws.String("a dead letter"), aws.String("notBreaching")
			in.AlarmActions, in.OKActions = []string{w.arn("sns", "oncall")}, []string{w.arn("sns", "calm")}
			in.DatapointsToAlarm, in.EvaluationPeriods = aws.Int32(2), aws.Int32(3)
			in.TreatMissingData = aws.String("missing")
			w.putAlarm(in)
			got := w.alarm(*in.AlarmName)
			w.sameAlarm(got, types.MetricAlarm{
				AlarmName: in.AlarmName, AlarmArn: aws.String(w.arn("cloudwatch", "alarm:"+*in.AlarmName)), AlarmDescription: in.AlarmDescription,
				ActionsEnabled: aws.Bool(true), AlarmActions: in.AlarmActions, OKActions: in.OKActions,
				Namespace: in.Namespace, MetricName: in.MetricName, Dimensions: in.Dimensions, Statistic: in.Statistic,
				Period: in.Period, EvaluationPeriods: in.EvaluationPeriods, DatapointsToAlarm: in.DatapointsToAlarm,
				Threshold: in.Threshold, ComparisonOperator: in.ComparisonOperator, TreatMissingData: in.TreatMissingData,
			})
		},
	},
	{
		name:   "alarm/first-state",
		says:   "an alarm begins as INSUFFICIENT_DATA, and stays so without data",
		source: docPutAlarm,
		check: func(w *world) {
			in := w.alarmInput()
			w.putAlarm(in)
			w.equal("state", w.alarm(*in.AlarmName).StateValue, types.StateValueInsufficientData)
		},
	},
	{
		name:   "alarm/replaced",
		says:   "PutMetricAlarm with the name of another alarm replaces all its settings without a word",
		source: docPutAlarm,
		check: func(w *world) {
			first := w.alarmInput()
			first.AlarmDescription, first.OKActions = aws.String("somebody else's"), []string{w.arn("sns", "theirs")}
			first.TreatMissingData = aws.String("missing")
			w.putAlarm(first)
			second := w.alarmInput()
			second.AlarmName, second.Threshold = first.AlarmName, aws.Float64(5)
			w.putAlarm(second)
			got := w.alarm(*first.AlarmName)
			w.equal("threshold", *got.Threshold, 5.0)
			w.equal("description", aws.ToString(got.AlarmDescription), "")
			w.equal("OK actions", len(got.OKActions), 0)
		},
	},
	{
		name:   "alarm/state-stays",
		says:   "PutMetricAlarm leaves the state of an alarm that exists",
		source: docPutAlarm,
		check: func(w *world) {
			in := w.alarmInput()
			in.TreatMissingData = aws.String("ignore")
			w.putAlarm(in)
			w.setState(*in.AlarmName, types.StateValueAlarm)
			in.Threshold = aws.Float64(3)
			w.putAlarm(in)
			w.equal("state", w.alarm(*in.AlarmName).StateValue, types.StateValueAlarm)
		},
	},
	{
		name:   "alarm/state-by-hand",
		says:   "SetAlarmState sets state and reason; of an alarm that ignores missing data they stay",
		source: docSetAlarmState,
		check: func(w *world) {
			in := w.alarmInput()
			in.TreatMissingData = aws.String("ignore")
			w.putAlarm(in)
			w.setState(*in.AlarmName, types.StateValueAlarm)
			got := w.alarm(*in.AlarmName)
			w.equal("state", got.StateValue, types.StateValueAlarm)
			w.equal("reason", *got.StateReason, "by hand")
		},
	},
	{
		name:   "alarm/state-of-none",
		says:   "SetAlarmState of an alarm that does not exist says ResourceNotFound",
		source: docSetAlarmState,
		check: func(w *world) {
			_, err := w.watch.SetAlarmState(w.ctx, &cloudwatch.SetAlarmStateInput{
				AlarmName: aws.String(w.name("")), StateValue: types.StateValueOk, StateReason: aws.String("by hand"),
			})
			w.refused(err, "ResourceNotFound")
		},
	},
	{
		name:   "alarm/actions-off-and-on",
		says:   "DisableAlarmActions and EnableAlarmActions switch the actions, and pass over names of no alarm",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html",
		check: func(w *world) {
			in := w.alarmInput()
			w.putAlarm(in)
			_, err := w.watch.DisableAlarmActions(w.ctx, &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{*in.AlarmName, w.name("")}})
			w.ok(err, "switching the actions off")
			w.equal("enabled", *w.alarm(*in.AlarmName).ActionsEnabled, false)
			_, err = w.watch.EnableAlarmActions(w.ctx, &cloudwatch.EnableAlarmActionsInput{AlarmNames: []string{*in.AlarmName}})
			w.ok(err, "switching the actions on")
			w.equal("enabled", *w.alarm(*in.AlarmName).ActionsEnabled, true)
		},
	},
	{
		name:   "alarm/deleted",
		says:   "DeleteAlarms deletes what there is of the names, and says nothing of the others",
		source: docDeleteAlarms,
		check: func(w *world) {
			in := w.alarmInput()
			w.putAlarm(in)
			for range 2 {
				_, err := w.watch.DeleteAlarms(w.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{w.name(""), *in.AlarmName}})
				w.ok(err, "deleting")
			}
			w.equal("alarms", w.alarmNames(&cloudwatch.DescribeAlarmsInput{AlarmNames: []string{*in.AlarmName}}), []string(nil))
		},
	},
	{
		name:   "alarm/names-and-prefix",
		says:   "DescribeAlarms finds alarms by their names and by a prefix, and says nothing of names of none",
		source: docDescribeAlarms,
		check: func(w *world) {
			prefix := w.name("")
			names := w.putAlarms(prefix, "-a", "-b", "-c")
			w.equal("by prefix", w.alarmNames(&cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: &prefix}), names)
			w.equal("by name", w.alarmNames(&cloudwatch.DescribeAlarmsInput{AlarmNames: []string{names[2], w.name(""), names[0]}}), []string{names[0], names[2]})
		},
	},
	{
		name:   "alarm/pages",
		says:   "DescribeAlarms returns MaxRecords alarms and a token for more",
		source: docDescribeAlarms,
		check: func(w *world) {
			prefix := w.name("")
			names := w.putAlarms(prefix, "-a", "-b", "-c")
			first, err := w.watch.DescribeAlarms(w.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: &prefix, MaxRecords: aws.Int32(2)})
			w.ok(err, "describing")
			w.equal("alarms of the first page", len(first.MetricAlarms), 2)
			w.equal("alarms", w.alarmNames(&cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: &prefix, MaxRecords: aws.Int32(2)}), names)
		},
	},
	{
		name:   "alarm/regions-are-apart",
		says:   "an alarm is in one region",
		source: docPutAlarm,
		check: func(w *world) {
			in := w.alarmInput()
			w.putAlarm(in)
			there := w.seenFrom(w.In("eu-west-1"))
			w.equal("alarms", there.alarmNames(&cloudwatch.DescribeAlarmsInput{AlarmNames: []string{*in.AlarmName}}), []string(nil))
		},
	},
}

// alarmInput is an alarm with a name of its own on a queue that does not exist.
func (w *world) alarmInput() *cloudwatch.PutMetricAlarmInput {
	return &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(w.name("")), Namespace: aws.String("AWS/SQS"), MetricName: aws.String("ApproximateNumberOfMessagesVisible"),
		Dimensions: []types.Dimension{{Name: aws.String("QueueName"), Value: aws.String(w.name(""))}},
		Statistic:  types.StatisticMaximum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	}
}

func (w *world) tryPutAlarm(in *cloudwatch.PutMetricAlarmInput) error {
	_, err := w.watch.PutMetricAlarm(w.ctx, in)
	return err
}

func (w *world) putAlarm(in *cloudwatch.PutMetricAlarmInput) {
	w.ok(w.tryPutAlarm(in), "putting the alarm")
}

// putAlarms makes alarms with names of a prefix, and returns the names.
func (w *world) putAlarms(prefix string, suffixes ...string) (names []string) {
	for _, suffix := range suffixes {
		in := w.alarmInput()
		*in.AlarmName = prefix + suffix
		w.putAlarm(in)
		names = append(names, *in.AlarmName)
	}
	return names
}

func (w *world) setState(name string, state types.StateValue) {
	_, err := w.watch.SetAlarmState(w.ctx, &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: state, StateReason: aws.String("by hand")})
	w.ok(err, "setting the state")
}

// alarm ends the check unless the alarm exists.
func (w *world) alarm(name string) types.MetricAlarm {
	out, err := w.watch.DescribeAlarms(w.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
	w.ok(err, "describing the alarm")
	if len(out.MetricAlarms) != 1 {
		w.Fatalf("%d alarms %s, want one", len(out.MetricAlarms), name)
	}
	return out.MetricAlarms[0]
}

// alarmNames are the names of what is found, all pages, sorted.
func (w *world) alarmNames(in *cloudwatch.DescribeAlarmsInput) (names []string) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(w.watch, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.ctx)
		w.ok(err, "describing alarms")
		for _, alarm := range page.MetricAlarms {
			names = append(names, *alarm.AlarmName)
		}
	}
	slices.Sort(names)
	return names
}

// sameAlarm compares settings.
func (w *world) sameAlarm(got, want types.MetricAlarm) {
	diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(types.MetricAlarm{}, types.Dimension{}),
		cmpopts.IgnoreFields(types.MetricAlarm{}, "StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp",
			"StateTransitionedTimestamp", "AlarmConfigurationUpdatedTimestamp"))
	if diff != "" {
		w.Errorf("alarm differs (-want +got):\n%s", diff)
	}
}
