package localaws

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxAlarms is how many alarms an account may have in a region,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html.
const maxAlarms = 5000

// alarm is one version of an alarm as it was put; what it has come to is in its alarmState.
type alarm struct {
	arn, region, account string
	settings             alarmSettings
	// tags are nil on an alarm that never had one.
	tags    map[string]string
	updated time.Time
}

func (a *alarm) clone() *alarm {
	next := *a
	next.tags = maps.Clone(a.tags)
	return &next
}

// alarmSettings are the parameters of PutMetricAlarm, as they were sent.
type alarmSettings struct {
	AlarmName                        string
	AlarmDescription                 *string     `json:",omitempty"`
	ActionsEnabled                   *bool       `json:",omitempty"`
	OKActions                        []string    `json:",omitempty"`
	AlarmActions                     []string    `json:",omitempty"`
	InsufficientDataActions          []string    `json:",omitempty"`
	MetricName                       string      `json:",omitempty"`
	Namespace                        string      `json:",omitempty"`
	Statistic                        string      `json:",omitempty"`
	ExtendedStatistic                string      `json:",omitempty"`
	Dimensions                       []dimension `json:",omitempty"`
	Period                           *int        `json:",omitempty"`
	Unit                             string      `json:",omitempty"`
	EvaluationPeriods                *int        `json:",omitempty"`
	DatapointsToAlarm                *int        `json:",omitempty"`
	Threshold                        *float64    `json:",omitempty"`
	ComparisonOperator               string      `json:",omitempty"`
	TreatMissingData                 string      `json:",omitempty"`
	EvaluateLowSampleCountPercentile string      `json:",omitempty"`
}

// dimension is a part of what a metric is known by.
type dimension struct{ Name, Value string }

// enabled says whether actions are carried out, which they are unless that was switched off.
func (a *alarmSettings) enabled() bool { return a.ActionsEnabled == nil || *a.ActionsEnabled }

// period is how long one datapoint takes.
func (a *alarmSettings) period() time.Duration { return time.Duration(*a.Period) * time.Second }

// needed is how many datapoints must breach the threshold.
func (a *alarmSettings) needed() int {
	if a.DatapointsToAlarm == nil {
		return *a.EvaluationPeriods
	}
	return *a.DatapointsToAlarm
}

// missing is how missing datapoints are treated.
func (a *alarmSettings) missing() string { return cmp.Or(a.TreatMissingData, treatMissing) }

// metric is what the alarm watches.
func (a *alarmSettings) metric() metricID {
	return metricID{a.Namespace, a.MetricName, a.Dimensions}
}

// statistic is what makes a datapoint of the values of a period.
func (a *alarmSettings) statistic() string { return cmp.Or(a.Statistic, a.ExtendedStatistic) }

// actions are those of a state.
func (a *alarmSettings) actions(state string) []string {
	switch state {
	case stateOK:
		return a.OKActions
	case stateAlarm:
		return a.AlarmActions
	default:
		return a.InsufficientDataActions
	}
}

// alarmARN returns the ARN of an alarm of the caller.
func (rq *request) alarmARN(name string) string {
	return scopePrefix(serviceCloudWatch, rq.region, rq.caller.account) + "alarm:" + name
}

type putMetricAlarmInput struct {
	alarmSettings
	Tags []tag `json:",omitempty"`

	unservedAlarmSettings
}

func (in putMetricAlarmInput) resource(rq *request) string { return rq.alarmARN(in.AlarmName) }

// putMetricAlarm makes an alarm, or replaces all settings of the one that has the name, whoever made it; its state and
// its tags stay. See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
func (s *Server) putMetricAlarm(rq *request, in *putMetricAlarmInput) (*nothing, error) {
	if err := in.check(rq); err != nil {
		return nil, err
	}
	tags, err := alarmTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	next := &alarm{arn: rq.alarmARN(in.AlarmName), region: rq.region, account: rq.caller.account, settings: in.alarmSettings, updated: rq.now}
	if have := s.alarms.get(next.arn, false); have != nil {
		next.tags = have.tags
		s.alarms.put(next.arn, next)
		return &nothing{}, nil
	}
	if len(s.alarmStates) >= maxAlarms && s.alarmsOf(rq) >= maxAlarms {
		return nil, cloudWatchError("LimitExceeded", "The maximum number of alarms, %d, is reached.", maxAlarms)
	}
	if len(tags) > 0 {
		next.tags = tags
	}
	s.alarms.put(next.arn, next)
	s.alarmStates[next.arn] = &alarmState{
		value: stateInsufficient, reason: "Unchecked: Initial alarm creation", updated: rq.now,
	}
	return &nothing{}, nil
}

// alarmsOf counts the alarms of the caller in its region.
func (s *Server) alarmsOf(rq *request) (n int) {
	for range s.alarms.after(rq.alarmARN(""), "", false) {
		n++
	}
	return n
}

// alarmNames is the part of an input that names alarms.
type alarmNames struct{ AlarmNames []string }

// resource is the alarm where exactly one is named.
func (in alarmNames) resource(rq *request) string {
	if len(in.AlarmNames) != 1 {
		return ""
	}
	return rq.alarmARN(in.AlarmNames[0])
}

// deleteAlarms deletes those of the alarms that there are, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html: names of none are no error, as
// seen in https://github.com/aws-cloudformation/cloudformation-cli/issues/456.
func (s *Server) deleteAlarms(rq *request, in *alarmNames) (*nothing, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	for _, name := range in.AlarmNames {
		arn := rq.alarmARN(name)
		s.alarms.remove(arn, rq.now)
		delete(s.alarmStates, arn)
	}
	return &nothing{}, nil
}

func (s *Server) enableAlarmActions(rq *request, in *alarmNames) (*nothing, error) {
	return s.switchActions(rq, in, true)
}

func (s *Server) disableAlarmActions(rq *request, in *alarmNames) (*nothing, error) {
	return s.switchActions(rq, in, false)
}

// switchActions passes over names that no alarm has.
func (s *Server) switchActions(rq *request, in *alarmNames, on bool) (*nothing, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	for _, name := range in.AlarmNames {
		have := s.alarms.get(rq.alarmARN(name), false)
		if have == nil || have.settings.enabled() == on {
			continue
		}
		next := have.clone()
		next.settings.ActionsEnabled, next.updated = &on, rq.now
		s.alarms.put(next.arn, next)
	}
	return &nothing{}, nil
}

// sameMetric compares metrics, whose dimensions have no order.
func (m metricID) sameMetric(other metricID) bool {
	byName := func(a, b dimension) int { return strings.Compare(a.Name, b.Name) }
	return m.namespace == other.namespace && m.name == other.name &&
		slices.Equal(slices.SortedFunc(slices.Values(m.dimensions), byName), slices.SortedFunc(slices.Values(other.dimensions), byName))
}
