package topology

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// AlarmAttributes are the attributes of a CloudWatch alarm that Skein manages, and those that it hands on
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html). All are set in one call, which replaces the whole
// alarm. What would make an alarm fire otherwise than the spec says is managed as absent.
var AlarmAttributes = []Attribute{
	{Name: "Namespace"},
	{Name: "MetricName"},
	{Name: "Dimensions", Canonical: dimensions},
	{Name: "Statistic"},
	{Name: "ExtendedStatistic"},
	{Name: "Unit"},
	{Name: "Period", Canonical: number},
	{Name: "EvaluationPeriods", Canonical: number},
	{Name: "DatapointsToAlarm", Canonical: number},
	{Name: "Threshold", Canonical: decimal},
	{Name: "ComparisonOperator"},
	{Name: "TreatMissingData", Default: "missing", Clear: "missing"},
	{Name: "ActionsEnabled", Canonical: strings.ToLower, Default: "true", Clear: "true"},
	{Name: "AlarmActions", Canonical: list},
	{Name: "AlarmDescription"},
	// What somebody else has an alarm do in its other states is theirs.
	{Name: "OKActions", Canonical: list, WhenSaid: true},
	{Name: "InsufficientDataActions", Canonical: list, WhenSaid: true},
}

// Dimension is a part of what a metric is known by.
type Dimension struct{ Name, Value string }

// Dimensions is the canonical attribute of an alarm: JSON, sorted by name; empty for none.
func Dimensions(all ...Dimension) string {
	all = slices.SortedFunc(slices.Values(all), func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
	return text(all, len(all))
}

// ParseDimensions reads the canonical attribute; what is none has none.
func ParseDimensions(s string) []Dimension {
	var all []Dimension
	if json.Unmarshal([]byte(s), &all) != nil {
		return nil
	}
	return all
}

// List is the canonical form of a set, such as AlarmActions: JSON, sorted; empty for none.
func List(all []string) string {
	all = slices.Compact(slices.Sorted(slices.Values(all)))
	return text(all, len(all))
}

// ParseList reads the canonical form of a set; what is none has nothing in it.
func ParseList(s string) []string {
	var all []string
	if json.Unmarshal([]byte(s), &all) != nil {
		return nil
	}
	return all
}

func text(list any, n int) string {
	b, err := json.Marshal(list)
	if err != nil || n == 0 {
		return ""
	}
	return string(b)
}

func dimensions(s string) string { return Dimensions(ParseDimensions(s)...) }

func list(s string) string { return List(ParseList(s)) }

// decimal compares numbers by their value, however they are written.
func decimal(s string) string {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
