package cloud

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// expectAlarms lets one call read all alarms of an observation.
func (c *Client) expectAlarms(targets []target) {
	for _, t := range targets {
		if t.want.Kind == topology.KindAlarm {
			c.in(t.want.Region).alarms.expect(t.want.Name)
		}
	}
}

// observeAlarm looks at an alarm. One that may not or cannot be read stays unread, whatever the reason: the queues do not depend on it, and where they
// are reached CloudWatch need not be.
func (c *Client) observeAlarm(ctx context.Context, o Observation, t target, r *topology.Resource) error {
	if err := c.mine(*r); err != nil {
		return err
	}
	err := c.readAlarm(ctx, o, t, r)
	if err == nil || ctx.Err() != nil {
		return err
	}
	r.Seen, r.Managed = topology.Seen{Fault: fault.As(err)}, map[string]string{}
	return nil
}

// readAlarm takes an alarm from the shared reads.
func (c *Client) readAlarm(ctx context.Context, o Observation, t target, r *topology.Resource) error {
	s := c.in(r.Region)
	if s.lacking.has(topology.KindAlarm, topology.LackingKind) {
		r.Seen.Existence, r.Seen.Lacking = topology.Absent, []string{topology.LackingKind}
		return nil
	}
	alarm, err := s.alarm(ctx, r.Name, o.since(r.Key))
	switch {
	case isDenied(err) || c.closed(r.Key, err):
		deny(r, tagsField, describeAlarms)
		return nil
	case s.unasked(err):
		s.lacking.add(topology.KindAlarm, topology.LackingKind)
		r.Seen.Existence, r.Seen.Lacking = topology.Absent, []string{topology.LackingKind}
		return nil
	case err != nil:
		return err
	}
	r.Seen.Lacking = s.lacking.list(topology.KindAlarm)
	if alarm == nil {
		r.Seen.Existence = topology.Absent
		c.tags.forget(r.Key)
		return nil
	}
	r.Seen.Existence = topology.Present
	r.Managed = topology.CanonicalAttributes(topology.KindAlarm, alarmAttributes(alarm))
	return c.observeTags(ctx, o, t, r, "")
}

// alarmAttributes writes an alarm as attributes. As many datapoints as there are periods are as good as none: that is what an alarm is given in the console.
func alarmAttributes(m *types.MetricAlarm) map[string]string {
	out := map[string]string{
		"Namespace": aws.ToString(m.Namespace), "MetricName": aws.ToString(m.MetricName), "Statistic": string(m.Statistic),
		"ExtendedStatistic": aws.ToString(m.ExtendedStatistic), "Unit": string(m.Unit), "ComparisonOperator": string(m.ComparisonOperator),
		"AlarmDescription": aws.ToString(m.AlarmDescription), "AlarmActions": topology.List(m.AlarmActions), "OKActions": topology.List(m.OKActions),
		"InsufficientDataActions": topology.List(m.InsufficientDataActions), "Period": integer(m.Period), "EvaluationPeriods": integer(m.EvaluationPeriods),
	}
	dimensions := make([]topology.Dimension, 0, len(m.Dimensions))
	for _, d := range m.Dimensions {
		dimensions = append(dimensions, topology.Dimension{Name: aws.ToString(d.Name), Value: aws.ToString(d.Value)})
	}
	out["Dimensions"] = topology.Dimensions(dimensions...)
	if aws.ToInt32(m.DatapointsToAlarm) != aws.ToInt32(m.EvaluationPeriods) {
		out["DatapointsToAlarm"] = integer(m.DatapointsToAlarm)
	}
	if m.Threshold != nil {
		out["Threshold"] = strconv.FormatFloat(*m.Threshold, 'f', -1, 64)
	}
	if m.TreatMissingData != nil {
		out["TreatMissingData"] = *m.TreatMissingData
	}
	if m.ActionsEnabled != nil {
		out["ActionsEnabled"] = strconv.FormatBool(*m.ActionsEnabled)
	}
	return out
}

func integer(n *int32) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n))
}
