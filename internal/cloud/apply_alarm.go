package cloud

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

const putMetricAlarm = "cloudwatch:PutMetricAlarm"

// alarm carries out a step of an alarm, in the region of what it watches.
func (w *work) alarm(ctx context.Context) error {
	r := w.step.Resource
	if err := w.client.mine(r); err != nil {
		return err
	}
	defer w.services.alarms.forget(r.Name)
	switch w.step.Action {
	case plan.Create:
		return w.createAlarm(ctx)
	case plan.Delete:
		_, err := call(ctx, "cloudwatch:DeleteAlarms", r.Name, w.services.cloudwatch.DeleteAlarms, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{r.Name}})
		if err != nil && !isAbsent(err) {
			return err
		}
		w.client.tags.forget(r.Key)
		return nil
	default:
		return w.updateAlarm(ctx)
	}
}

// createAlarm looks once more right before it puts the alarm: that would replace somebody's of the same name.
func (w *work) createAlarm(ctx context.Context) error {
	r := w.step.Resource
	found, err := w.services.describeAlarms(ctx, []string{r.Name})
	switch {
	case err != nil:
		return err
	case found[r.Name] != nil:
		return changedAlarm(r.Name, "AlarmExists", "the alarm exists by now")
	}
	if err := w.putAlarm(ctx, w.step.Attributes, &types.MetricAlarm{}); err != nil {
		return err
	}
	w.outcome.ARN = r.Key
	w.created()
	return nil
}

// updateAlarm tags the alarm, and puts it with its changes: a call replaces the whole alarm, so all else goes along as it is at this moment.
func (w *work) updateAlarm(ctx context.Context) error {
	r := w.step.Resource
	if err := w.stillOurs(ctx); err != nil {
		return err
	}
	if err := w.tagAlarm(ctx); err != nil {
		return err
	}
	for _, attributes := range w.step.Set {
		found, err := w.services.describeAlarms(ctx, []string{r.Name})
		switch {
		case err != nil:
			return err
		case found[r.Name] == nil:
			return changedAlarm(r.Name, "ResourceNotFound", "the alarm does not exist")
		}
		if err := w.putAlarm(ctx, changed(r, found[r.Name], attributes), found[r.Name]); err != nil {
			return err
		}
		w.applied(keys(attributes)...)
	}
	if len(w.step.Untag) > 0 {
		if _, err := call(ctx, "cloudwatch:UntagResource", r.Name, w.services.cloudwatch.UntagResource,
			&cloudwatch.UntagResourceInput{ResourceARN: &r.Key, TagKeys: w.step.Untag}); err != nil {
			return err
		}
		w.tagged(nil, w.step.Untag)
	}
	return nil
}

// stillOurs refuses an alarm that somebody has made anew since its tags were read: a call would replace it. One that is taken over gets its tags first.
func (w *work) stillOurs(ctx context.Context) error {
	r := w.step.Resource
	if _, takenOver := w.step.Tags[topology.TagCluster]; takenOver || w.services.lacking.has(r.Kind, tagsField) {
		return nil
	}
	tags, _, err := w.services.alarmTags(ctx, &r, time.Time{})
	switch {
	case isDenied(err):
		return nil // a batch has confirmed them
	case err != nil:
		return err
	case topology.OwnerFromTags(tags) != r.Owner:
		w.client.tags.doubt(r.Key)
		return changedAlarm(r.Name, "OtherTags", "the alarm has other tags by now")
	}
	return nil
}

// changed is an alarm with some attributes changed. Of one that is none on a metric any more nothing is kept.
func changed(want topology.Resource, standing *types.MetricAlarm, attributes map[string]string) map[string]string {
	out := topology.CanonicalAttributes(topology.KindAlarm, alarmAttributes(standing))
	if out["MetricName"] == "" {
		out = maps.Clone(want.Managed)
	}
	maps.Copy(out, attributes)
	if out["Statistic"] != "" {
		// AWS takes one of them.
		out["ExtendedStatistic"] = ""
	}
	return out
}

func (w *work) tagAlarm(ctx context.Context) error {
	r := w.step.Resource
	err := w.without(nil, w.step.Tags, func() error {
		if len(w.tags()) == 0 {
			return nil
		}
		_, err := call(ctx, "cloudwatch:TagResource", r.Name, w.services.cloudwatch.TagResource,
			&cloudwatch.TagResourceInput{ResourceARN: &r.Key, Tags: alarmTags(w.tags())})
		return err
	})
	if err == nil {
		w.tagged(w.tags(), nil)
	}
	return err
}

// putAlarm puts an alarm with attributes, the tags for one that is new, and what the attributes do not speak of as it stands.
func (w *work) putAlarm(ctx context.Context, attributes map[string]string, standing *types.MetricAlarm) error {
	in, err := alarmInput(w.step.Resource.Name, attributes, standing)
	if err != nil {
		return classify(putMetricAlarm, w.step.Resource.Name, err)
	}
	return w.without(nil, w.step.Tags, func() error {
		if w.step.Action == plan.Create {
			in.Tags = alarmTags(w.tags())
		}
		_, err := call(ctx, putMetricAlarm, w.step.Resource.Name, w.services.cloudwatch.PutMetricAlarm, in)
		return err
	})
}

// changedAlarm says that an alarm is not what it was thought to be; the next look tells.
func changedAlarm(name, code, message string) error {
	return &fault.Error{Class: fault.Conflict, Reason: reasonLookAgain, Operation: describeAlarms, Resource: name, Code: code, Message: message}
}

// alarmInput reads attributes in canonical form.
func alarmInput(name string, attributes map[string]string, standing *types.MetricAlarm) (*cloudwatch.PutMetricAlarmInput, error) {
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: set(attributes["Namespace"]), MetricName: set(attributes["MetricName"]), Statistic: types.Statistic(attributes["Statistic"]),
		ExtendedStatistic: set(attributes["ExtendedStatistic"]), Unit: types.StandardUnit(attributes["Unit"]), TreatMissingData: set(attributes["TreatMissingData"]),
		ComparisonOperator: types.ComparisonOperator(attributes["ComparisonOperator"]), AlarmDescription: set(attributes["AlarmDescription"]),
		ActionsEnabled: aws.Bool(attributes["ActionsEnabled"] != "false"), AlarmActions: topology.ParseList(attributes["AlarmActions"]),
		OKActions: standing.OKActions, InsufficientDataActions: standing.InsufficientDataActions,
		ActionConfiguration: standing.ActionConfiguration, WarmUpConfiguration: standing.WarmUpConfiguration, EvaluationWindow: standing.EvaluationWindow,
	}
	for _, d := range topology.ParseDimensions(attributes["Dimensions"]) {
		in.Dimensions = append(in.Dimensions, types.Dimension{Name: &d.Name, Value: &d.Value})
	}
	if in.ExtendedStatistic != nil {
		in.EvaluateLowSampleCountPercentile = standing.EvaluateLowSampleCountPercentile
	}
	var bad error
	number := func(field string) *float64 {
		if attributes[field] == "" {
			return nil
		}
		n, err := strconv.ParseFloat(attributes[field], 64)
		if err != nil {
			bad = fmt.Errorf("reading %s %q of alarm %s: %w", field, attributes[field], name, err)
		}
		return &n
	}
	in.Threshold = number("Threshold")
	in.Period, in.EvaluationPeriods, in.DatapointsToAlarm = whole(number("Period")), whole(number("EvaluationPeriods")), whole(number("DatapointsToAlarm"))
	return in, bad
}

func whole(n *float64) *int32 {
	if n == nil {
		return nil
	}
	return aws.Int32(int32(*n))
}

// set is a text, nil for none.
func set(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func alarmTags(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range keys(tags) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out
}
