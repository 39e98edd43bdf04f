package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/skein-dev/skein/internal/topology"
)

// What somebody else in the account sees of alarms and does to them. Lists are JSON, in the order in which AWS has them.

// alarmField is one field of an alarm: what is shown, and how it is put.
type alarmField struct {
	shown func(types.MetricAlarm) string
	put   func(*cloudwatch.PutMetricAlarmInput, string)
}

func alarmText(shown func(types.MetricAlarm) *string, put func(*cloudwatch.PutMetricAlarmInput) **string) alarmField {
	return alarmField{
		func(m types.MetricAlarm) string { return aws.ToString(shown(m)) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) { *put(in) = textOrNil(v) },
	}
}

func alarmInteger(shown func(types.MetricAlarm) *int32, put func(*cloudwatch.PutMetricAlarmInput) **int32) alarmField {
	return alarmField{
		func(m types.MetricAlarm) string {
			if shown(m) == nil {
				return ""
			}
			return strconv.Itoa(int(*shown(m)))
		},
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			*put(in) = nil
			if n, err := strconv.Atoi(v); err == nil {
				*put(in) = aws.Int32(int32(n))
			}
		},
	}
}

func alarmList(shown func(types.MetricAlarm) []string, put func(*cloudwatch.PutMetricAlarmInput) *[]string) alarmField {
	return alarmField{
		func(m types.MetricAlarm) string {
			if len(shown(m)) == 0 {
				return ""
			}
			text, _ := json.Marshal(shown(m))
			return string(text)
		},
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			*put(in) = nil
			_ = json.Unmarshal([]byte(v), put(in))
		},
	}
}

func textOrNil(v string) *string {
	if v == "" {
		return nil
	}
	return &v
}

var alarmFields = map[string]alarmField{
	"Namespace":         alarmText(func(m types.MetricAlarm) *string { return m.Namespace }, func(in *cloudwatch.PutMetricAlarmInput) **string { return &in.Namespace }),
	"MetricName":        alarmText(func(m types.MetricAlarm) *string { return m.MetricName }, func(in *cloudwatch.PutMetricAlarmInput) **string { return &in.MetricName }),
	"AlarmDescription":  alarmText(func(m types.MetricAlarm) *string { return m.AlarmDescription }, func(in *cloudwatch.PutMetricAlarmInput) **string { return &in.AlarmDescription }),
	"TreatMissingData":  alarmText(func(m types.MetricAlarm) *string { return m.TreatMissingData }, func(in *cloudwatch.PutMetricAlarmInput) **string { return &in.TreatMissingData }),
	"Period":            alarmInteger(func(m types.MetricAlarm) *int32 { return m.Period }, func(in *cloudwatch.PutMetricAlarmInput) **int32 { return &in.Period }),
	"EvaluationPeriods": alarmInteger(func(m types.MetricAlarm) *int32 { return m.EvaluationPeriods }, func(in *cloudwatch.PutMetricAlarmInput) **int32 { return &in.EvaluationPeriods }),
	"DatapointsToAlarm": alarmInteger(func(m types.MetricAlarm) *int32 { return m.DatapointsToAlarm }, func(in *cloudwatch.PutMetricAlarmInput) **int32 { return &in.DatapointsToAlarm }),
	"AlarmActions":      alarmList(func(m types.MetricAlarm) []string { return m.AlarmActions }, func(in *cloudwatch.PutMetricAlarmInput) *[]string { return &in.AlarmActions }),
	"OKActions":         alarmList(func(m types.MetricAlarm) []string { return m.OKActions }, func(in *cloudwatch.PutMetricAlarmInput) *[]string { return &in.OKActions }),
	"InsufficientDataActions": alarmList(func(m types.MetricAlarm) []string { return m.InsufficientDataActions },
		func(in *cloudwatch.PutMetricAlarmInput) *[]string { return &in.InsufficientDataActions }),
	// An alarm has one of the two.
	"Statistic": {
		func(m types.MetricAlarm) string { return string(m.Statistic) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			in.Statistic, in.ExtendedStatistic = types.Statistic(v), nil
		},
	},
	"ExtendedStatistic": {
		func(m types.MetricAlarm) string { return aws.ToString(m.ExtendedStatistic) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			in.Statistic, in.ExtendedStatistic = "", textOrNil(v)
		},
	},
	"Unit": {
		func(m types.MetricAlarm) string { return string(m.Unit) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) { in.Unit = types.StandardUnit(v) },
	},
	"ComparisonOperator": {
		func(m types.MetricAlarm) string { return string(m.ComparisonOperator) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			in.ComparisonOperator = types.ComparisonOperator(v)
		},
	},
	"ActionsEnabled": {
		func(m types.MetricAlarm) string { return fmt.Sprint(aws.ToBool(m.ActionsEnabled)) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) { in.ActionsEnabled = aws.Bool(v == "true") },
	},
	"Threshold": {
		func(m types.MetricAlarm) string { return strconv.FormatFloat(aws.ToFloat64(m.Threshold), 'f', -1, 64) },
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			n, _ := strconv.ParseFloat(v, 64)
			in.Threshold = &n
		},
	},
	"Dimensions": {
		func(m types.MetricAlarm) string {
			all := []topology.Dimension{}
			for _, d := range m.Dimensions {
				all = append(all, topology.Dimension{Name: *d.Name, Value: *d.Value})
			}
			text, _ := json.Marshal(all)
			return string(text)
		},
		func(in *cloudwatch.PutMetricAlarmInput, v string) {
			in.Dimensions = nil
			_ = json.Unmarshal([]byte(v), &in.Dimensions)
		},
	},
}

// alarms are all alarms of the account and region.
func (h quickAWS) alarms() []types.MetricAlarm {
	var out []types.MetricAlarm
	pages := cloudwatch.NewDescribeAlarmsPaginator(h.cloudwatch, &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return nil
		}
		out = append(out, page.MetricAlarms...)
	}
	return out
}

// alarm finds an alarm; nil where there is none.
func (h quickAWS) alarm(name string) *types.MetricAlarm {
	out, err := h.cloudwatch.DescribeAlarms(context.Background(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
	if err != nil || len(out.MetricAlarms) == 0 {
		return nil
	}
	return &out.MetricAlarms[0]
}

// alarmFields are those of an alarm, with its tags.
func (h quickAWS) alarmFields(m *types.MetricAlarm) map[string]string {
	if m == nil {
		return nil
	}
	out := map[string]string{}
	for name, field := range alarmFields {
		if v := field.shown(*m); v != "" {
			out[name] = v
		}
	}
	tags, err := h.cloudwatch.ListTagsForResource(context.Background(), &cloudwatch.ListTagsForResourceInput{ResourceARN: m.AlarmArn})
	if err != nil {
		return nil
	}
	for _, tag := range tags.Tags {
		out[topology.TagField(*tag.Key)] = *tag.Value
	}
	return out
}

// setAlarm changes one field of an alarm, all others staying as they are.
func (h quickAWS) setAlarm(name, field, value string) error {
	m := h.alarm(name)
	if m == nil {
		return fmt.Errorf("there is no alarm %s", name)
	}
	in := &cloudwatch.PutMetricAlarmInput{AlarmName: &name}
	for other, f := range alarmFields {
		if other != "Statistic" && other != "ExtendedStatistic" {
			f.put(in, f.shown(*m))
		}
	}
	in.Statistic, in.ExtendedStatistic = m.Statistic, m.ExtendedStatistic
	alarmFields[field].put(in, value)
	_, err := h.cloudwatch.PutMetricAlarm(context.Background(), in)
	return err
}

func (h quickAWS) tagAlarm(name, key, value string) error {
	arn := aws.String(quickARN("cloudwatch", "alarm:"+name))
	if value == "" {
		_, err := h.cloudwatch.UntagResource(context.Background(), &cloudwatch.UntagResourceInput{ResourceARN: arn, TagKeys: []string{key}})
		return err
	}
	_, err := h.cloudwatch.TagResource(context.Background(), &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: []types.Tag{{Key: &key, Value: &value}}})
	return err
}

func (h quickAWS) deleteAlarm(name string) error {
	_, err := h.cloudwatch.DeleteAlarms(context.Background(), &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}})
	return err
}

// createAlarm makes an alarm that is not Skein's, on a metric of their own.
func (h quickAWS) createAlarm(name string, tags map[string]string) error {
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("Theirs"), MetricName: aws.String("Theirs"), Statistic: types.StatisticAverage, Period: aws.Int32(120),
		EvaluationPeriods: aws.Int32(7), Threshold: aws.Float64(1.5), ComparisonOperator: types.ComparisonOperatorLessThanThreshold, AlarmDescription: aws.String("theirs"),
		OKActions: []string{quickARN("sns", "theirs")},
	}
	for k, v := range tags {
		in.Tags = append(in.Tags, types.Tag{Key: &k, Value: &v})
	}
	_, err := h.cloudwatch.PutMetricAlarm(context.Background(), in)
	return err
}
