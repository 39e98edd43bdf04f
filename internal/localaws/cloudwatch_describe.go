package localaws

import (
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// Limits of DescribeAlarms,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html.
const (
	maxDescribed     = 100
	defaultDescribed = 50
)

// metricAlarm is an alarm with its state. The lists stand here once more, as they are shown where they are empty too.
type metricAlarm struct {
	alarmSettings
	AlarmArn                string
	ActionsEnabled          bool
	OKActions               []string
	AlarmActions            []string
	InsufficientDataActions []string
	Dimensions              []dimension
	StateValue              string
	StateReason             string
	StateReasonData         string `json:",omitempty"`

	AlarmConfigurationUpdatedTimestamp wire.Timestamp
	StateUpdatedTimestamp              wire.Timestamp
	StateTransitionedTimestamp         wire.Timestamp
}

// describe returns an alarm as it is, or was when a stale read looks; its state is the current one.
func (s *Server) describe(a *alarm) metricAlarm {
	state := s.alarmStates[a.arn]
	if state == nil { // of an alarm that a stale read still shows
		state = &alarmState{value: stateInsufficient, updated: a.updated}
	}
	return metricAlarm{
		alarmSettings: a.settings, AlarmArn: a.arn, ActionsEnabled: a.settings.enabled(),
		OKActions: listed(a.settings.OKActions), AlarmActions: listed(a.settings.AlarmActions),
		InsufficientDataActions: listed(a.settings.InsufficientDataActions), Dimensions: listed(a.settings.Dimensions),
		StateValue: state.value, StateReason: state.reason, StateReasonData: state.reasonData,
		AlarmConfigurationUpdatedTimestamp: timestamp(a.updated),
		StateUpdatedTimestamp:              timestamp(state.updated),
		StateTransitionedTimestamp:         timestamp(state.updated),
	}
}

func timestamp(t time.Time) wire.Timestamp { return wire.Timestamp{Time: t} }

// listed is a list that is not null.
func listed[T any](list []T) []T { return append([]T{}, list...) }

type describeAlarmsInput struct {
	AlarmNames          []string `json:",omitempty"`
	AlarmNamePrefix     string   `json:",omitempty"`
	AlarmTypes          []string `json:",omitempty"`
	ChildrenOfAlarmName string   `json:",omitempty"`
	ParentsOfAlarmName  string   `json:",omitempty"`
	StateValue          string   `json:",omitempty"`
	ActionPrefix        string   `json:",omitempty"`
	MaxRecords          *int     `json:",omitempty"`
	NextToken           string   `json:",omitempty"`
}

type describeAlarmsOutput struct {
	CompositeAlarms []struct{}
	MetricAlarms    []metricAlarm
	NextToken       string `json:",omitempty"`
}

// describeAlarms lists the alarms of the caller in the order of their names. There are no composite alarms.
func (s *Server) describeAlarms(rq *request, in *describeAlarmsInput) (*describeAlarmsOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	last, ok := pageStart(in.NextToken)
	if !ok {
		return nil, cloudWatchError("InvalidNextToken", "The given next token is invalid")
	}
	size := defaultDescribed
	if in.MaxRecords != nil {
		size = *in.MaxRecords
	}
	out := &describeAlarmsOutput{CompositeAlarms: []struct{}{}, MetricAlarms: []metricAlarm{}}
	for _, a := range s.alarms.after(rq.alarmARN(in.AlarmNamePrefix), last, rq.stale) {
		shown := s.describe(a)
		if !in.wants(shown) {
			continue
		}
		if n := len(out.MetricAlarms); n == size {
			out.NextToken = pageToken(out.MetricAlarms[n-1].AlarmArn)
			break
		}
		out.MetricAlarms = append(out.MetricAlarms, shown)
	}
	return out, nil
}

func (in *describeAlarmsInput) check() error {
	switch {
	case len(in.AlarmNames) > maxNamedAlarms:
		return outOfBounds(itoa(len(in.AlarmNames)), "alarmNames", "have length less than or equal to 100")
	case len(in.AlarmNames) > 0 && in.AlarmNamePrefix != "":
		return invalidAlarm("AlarmNamePrefix and AlarmNames cannot both be specified")
	case in.MaxRecords != nil && (*in.MaxRecords < 1 || *in.MaxRecords > maxDescribed):
		return outOfBounds(itoa(*in.MaxRecords), "maxRecords", "have value between 1 and 100")
	case in.StateValue != "" && !slices.Contains(alarmStates, in.StateValue):
		return unknownState(in.StateValue)
	}
	for _, kind := range in.AlarmTypes {
		if kind != "MetricAlarm" && kind != "CompositeAlarm" && kind != "LogAlarm" {
			return outOfBounds(kind, "alarmTypes", "satisfy enum value set: [CompositeAlarm, MetricAlarm, LogAlarm]")
		}
	}
	return nil
}

// wants applies the filters, all of them.
func (in *describeAlarmsInput) wants(a metricAlarm) bool {
	acts := func(actions []string) bool {
		return slices.ContainsFunc(actions, func(action string) bool { return strings.HasPrefix(action, in.ActionPrefix) })
	}
	return in.ChildrenOfAlarmName == "" && in.ParentsOfAlarmName == "" &&
		(len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, a.AlarmName)) &&
		(len(in.AlarmTypes) == 0 || slices.Contains(in.AlarmTypes, "MetricAlarm")) &&
		(in.StateValue == "" || in.StateValue == a.StateValue) &&
		(in.ActionPrefix == "" || acts(a.OKActions) || acts(a.AlarmActions) || acts(a.InsufficientDataActions))
}

type describeAlarmsForMetricInput struct {
	Namespace, MetricName string
	Dimensions            []dimension `json:",omitempty"`
	Statistic             string      `json:",omitempty"`
	ExtendedStatistic     string      `json:",omitempty"`
	Period                *int        `json:",omitempty"`
	Unit                  string      `json:",omitempty"`
}

type describeAlarmsForMetricOutput struct{ MetricAlarms []metricAlarm }

func (s *Server) describeAlarmsForMetric(rq *request, in *describeAlarmsForMetricInput) (*describeAlarmsForMetricOutput, error) {
	if in.Namespace == "" || in.MetricName == "" {
		return nil, invalidAlarm("Namespace and MetricName must not be null")
	}
	out := &describeAlarmsForMetricOutput{MetricAlarms: []metricAlarm{}}
	wanted := metricID{in.Namespace, in.MetricName, in.Dimensions}
	for _, a := range s.alarms.after(rq.alarmARN(""), "", rq.stale) {
		have := &a.settings
		if have.metric().sameMetric(wanted) && (in.Statistic == "" || in.Statistic == have.Statistic) &&
			(in.ExtendedStatistic == "" || in.ExtendedStatistic == have.ExtendedStatistic) &&
			(in.Period == nil || *in.Period == *have.Period) && (in.Unit == "" || in.Unit == have.Unit) {
			out.MetricAlarms = append(out.MetricAlarms, s.describe(a))
		}
	}
	return out, nil
}
