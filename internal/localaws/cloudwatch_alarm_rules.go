package localaws

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-dev/skein/internal/policydoc"
)

// Limits of alarms, https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
const (
	maxAlarmName        = 255
	maxAlarmDescription = 1024
	maxAlarmActions     = 5
	maxActionARN        = 1024
	maxMetricDimensions = 30
	maxNamedAlarms      = 100
	// Seconds that all periods of an alarm may take together, with periods shorter than an hour and with others.
	maxShortEvaluation = 86400
	maxEvaluation      = 604800
)

// Ways to treat missing datapoints.
const (
	treatMissing      = "missing"
	treatIgnore       = "ignore"
	treatBreaching    = "breaching"
	treatNotBreaching = "notBreaching"
)

var (
	statistics = []string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}
	// percentile is the only kind of extended statistic that is served.
	percentile = regexp.MustCompile(`^p(\d{1,2}(\.\d{1,10})?|100)$`)
	// comparisons say when a value breaches a threshold, and how to tell.
	comparisons = map[string]struct {
		breaches func(value, threshold float64) bool
		text     string
	}{
		"GreaterThanThreshold":          {func(v, t float64) bool { return v > t }, "greater than"},
		"GreaterThanOrEqualToThreshold": {func(v, t float64) bool { return v >= t }, "greater than or equal to"},
		"LessThanThreshold":             {func(v, t float64) bool { return v < t }, "less than"},
		"LessThanOrEqualToThreshold":    {func(v, t float64) bool { return v <= t }, "less than or equal to"},
	}
)

// unservedAlarmSettings are parameters of alarms that are evaluated on AWS only.
type unservedAlarmSettings struct {
	Metrics []struct {
		ID string `json:"Id"`
	} `json:",omitempty"`
	ThresholdMetricID  string    `json:"ThresholdMetricId,omitempty"`
	EvaluationCriteria *struct{} `json:",omitempty"`
}

// cloudWatchError makes an error of CloudWatch with status 400.
func cloudWatchError(code, format string, args ...any) *apiError {
	return serviceError(serviceCloudWatch, code, http.StatusBadRequest, format, args...)
}

func invalidAlarm(format string, args ...any) *apiError {
	return cloudWatchError("ValidationError", format, args...)
}

// outOfBounds refuses a parameter in the words of the model, as seen in
// https://github.com/ansible/ansible-modules-core/issues/4540.
func outOfBounds(value, parameter, must string) *apiError {
	return invalidAlarm("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s",
		value, parameter, must)
}

// check says why an alarm cannot be put.
func (in *putMetricAlarmInput) check(rq *request) error {
	if len(in.Metrics) > 0 || in.ThresholdMetricID != "" || in.EvaluationCriteria != nil {
		return invalidAlarm("Alarms on metric math, anomaly detection and queries are not served here, give MetricName")
	}
	for _, check := range []func() error{in.checkTexts, in.checkMetric, in.checkPeriods, in.checkCondition} {
		if err := check(); err != nil {
			return err
		}
	}
	for _, actions := range [][]string{in.OKActions, in.AlarmActions, in.InsufficientDataActions} {
		if err := checkActions(rq, actions); err != nil {
			return err
		}
	}
	return nil
}

func (a *alarmSettings) checkTexts() error {
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	switch {
	case a.AlarmName == "":
		return outOfBounds("", "alarmName", "have length greater than or equal to 1")
	case len([]rune(a.AlarmName)) > maxAlarmName:
		return outOfBounds(a.AlarmName, "alarmName", "have length less than or equal to 255")
	case strings.ContainsFunc(a.AlarmName, control):
		return invalidAlarm("Alarm names must not contain control characters")
	case a.AlarmDescription != nil && len([]rune(*a.AlarmDescription)) > maxAlarmDescription:
		return outOfBounds(*a.AlarmDescription, "alarmDescription", "have length less than or equal to 1024")
	}
	return nil
}

func (a *alarmSettings) checkMetric() error {
	switch {
	case a.MetricName == "":
		return invalidAlarm("At least one of the parameters MetricName or Metrics must be specified")
	case a.Namespace == "" || strings.HasPrefix(a.Namespace, ":") || len(a.Namespace) > 255 || len(a.MetricName) > 255:
		return invalidAlarm("The parameters Namespace and MetricName must have between 1 and 255 characters")
	case len(a.Dimensions) > maxMetricDimensions:
		return outOfBounds(itoa(len(a.Dimensions)), "dimensions", "have length less than or equal to 30")
	case (a.Statistic == "") == (a.ExtendedStatistic == ""):
		return invalidAlarm("Exactly one of the parameters Statistic and ExtendedStatistic must be specified")
	case a.Statistic != "" && !slices.Contains(statistics, a.Statistic):
		return outOfBounds(a.Statistic, "statistic", "satisfy enum value set: ["+strings.Join(statistics, ", ")+"]")
	case a.ExtendedStatistic != "" && !percentile.MatchString(a.ExtendedStatistic):
		return invalidAlarm("The value %s for parameter ExtendedStatistic is not supported.", a.ExtendedStatistic)
	}
	for _, d := range a.Dimensions {
		if d.Name == "" || d.Value == "" {
			return invalidAlarm("Dimensions need a name and a value")
		}
	}
	return nil
}

func (a *alarmSettings) checkPeriods() error {
	switch {
	case a.Period == nil:
		return invalidAlarm("Period must not be null")
	case a.EvaluationPeriods == nil:
		return invalidAlarm("EvaluationPeriods must not be null")
	case !validPeriod(*a.Period):
		return invalidAlarm("Invalid value for Period: %d. Period must be 10, 20, 30 or a multiple of 60", *a.Period)
	case *a.EvaluationPeriods < 1:
		return outOfBounds(itoa(*a.EvaluationPeriods), "evaluationPeriods", "have value greater than or equal to 1")
	case *a.Period > maxEvaluation || *a.EvaluationPeriods > maxEvaluation ||
		*a.Period**a.EvaluationPeriods > maxEvaluation ||
		*a.Period < 3600 && *a.Period**a.EvaluationPeriods > maxShortEvaluation:
		return invalidAlarm("Metrics cannot be checked across more than a day with a period of less than an hour, and not across " +
			"more than seven days (EvaluationPeriods * Period must be <= 86400, or <= 604800)")
	case a.DatapointsToAlarm != nil && *a.DatapointsToAlarm < 1:
		return outOfBounds(itoa(*a.DatapointsToAlarm), "datapointsToAlarm", "have value greater than or equal to 1")
	case a.DatapointsToAlarm != nil && *a.DatapointsToAlarm > *a.EvaluationPeriods:
		return invalidAlarm("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
	}
	return nil
}

// validPeriod reports whether alarms and statistics may have a period of so many seconds.
func validPeriod(seconds int) bool {
	return slices.Contains([]int{10, 20, 30}, seconds) || seconds >= 60 && seconds%60 == 0
}

func (a *alarmSettings) checkCondition() error {
	_, compares := comparisons[a.ComparisonOperator]
	switch {
	case a.Threshold == nil:
		return invalidAlarm("Threshold must not be null")
	case !compares:
		return outOfBounds(a.ComparisonOperator, "comparisonOperator", "satisfy enum value set: "+
			"[GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold]")
	case !slices.Contains([]string{"", treatMissing, treatIgnore, treatBreaching, treatNotBreaching}, a.TreatMissingData):
		return invalidAlarm("The value %s for parameter TreatMissingData is not supported.", a.TreatMissingData)
	case a.Unit != "" && !slices.Contains(standardUnits, a.Unit):
		return outOfBounds(a.Unit, "unit", "satisfy enum value set: ["+strings.Join(standardUnits, ", ")+"]")
	case !slices.Contains([]string{"", "evaluate", treatIgnore}, a.EvaluateLowSampleCountPercentile):
		return invalidAlarm("The value %s for parameter EvaluateLowSampleCountPercentile is not supported.", a.EvaluateLowSampleCountPercentile)
	}
	return nil
}

// checkActions refuses ARNs that no action can have, of another partition and, for topics, of another region, as seen in
// https://github.com/cds-snc/notification-terraform/pull/128 and
// https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/issues/61. That there is a topic is not looked at.
func checkActions(rq *request, actions []string) error {
	if len(actions) > maxAlarmActions {
		return outOfBounds(itoa(len(actions)), "actions", "have length less than or equal to "+strconv.Itoa(maxAlarmActions))
	}
	for _, action := range actions {
		arn, ok := parseARN(action)
		switch partition := policydoc.Partition(rq.region); {
		case !ok || arn.service == "" || arn.resource == "" || len(action) > maxActionARN:
			return invalidAlarm("Invalid arn syntax: %s", action)
		case arn.partition != partition:
			return invalidAlarm("Invalid partition %s specified. Only %s is supported.", arn.partition, partition)
		case arn.service == serviceSNS && arn.region != rq.region:
			return invalidAlarm("Invalid region %s specified. Only %s is supported.", arn.region, rq.region)
		}
	}
	return nil
}

func (in *alarmNames) check() error {
	if len(in.AlarmNames) > maxNamedAlarms {
		return outOfBounds(itoa(len(in.AlarmNames)), "alarmNames", "have length less than or equal to 100")
	}
	return nil
}

var standardUnits = strings.Fields("Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes " +
	"Bits Kilobits Megabits Gigabits Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second " +
	"Gigabytes/Second Terabytes/Second Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second " +
	"Count/Second None")
