package localaws

import (
	"slices"
	"time"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// Limits of what can be asked for at once,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html and
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
const (
	maxDatapoints    = 1440
	maxDataQueries   = 500
	maxDataOfQueries = 100_800
)

type getMetricStatisticsInput struct {
	Namespace, MetricName string
	Dimensions            []dimension     `json:",omitempty"`
	StartTime             *wire.Timestamp `json:",omitempty"`
	EndTime               *wire.Timestamp `json:",omitempty"`
	Period                *int            `json:",omitempty"`
	Statistics            []string        `json:",omitempty"`
	ExtendedStatistics    []string        `json:",omitempty"`
	Unit                  string          `json:",omitempty"`
}

type statisticSet struct {
	Timestamp          wire.Timestamp
	SampleCount        *float64 `json:",omitempty"`
	Average            *float64 `json:",omitempty"`
	Sum                *float64 `json:",omitempty"`
	Minimum            *float64 `json:",omitempty"`
	Maximum            *float64 `json:",omitempty"`
	Unit               string
	ExtendedStatistics map[string]float64 `json:",omitempty"`
}

type getMetricStatisticsOutput struct {
	Label      string
	Datapoints []statisticSet
}

// getMetricStatistics returns the datapoints of a metric that are not missing, oldest first; AWS has no order.
func (s *Server) getMetricStatistics(rq *request, in *getMetricStatisticsInput) (*getMetricStatisticsOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	out := &getMetricStatisticsOutput{Label: in.MetricName, Datapoints: []statisticSet{}}
	period, start := time.Duration(*in.Period)*time.Second, in.StartTime.Truncate(time.Minute)
	if n := in.EndTime.Sub(start) / period; n > maxDatapoints {
		return nil, cloudWatchError("InvalidParameterCombination", "You have requested up to %d datapoints, which exceeds the limit of %d. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxDatapoints)
	}
	line := s.series(rq.caller.account, rq.region, metricID{in.Namespace, in.MetricName, in.Dimensions}, in.Unit, rq.now)
	for at := start; at.Before(in.EndTime.Time); at = at.Add(period) {
		if point := line.datapointOf(at, period); point.samples > 0 {
			out.Datapoints = append(out.Datapoints, in.describe(point))
		}
	}
	return out, nil
}

func (in *getMetricStatisticsInput) check() error {
	missing := func(parameter string) error {
		return cloudWatchError("MissingParameter", "The parameter %s is required.", parameter)
	}
	switch {
	case in.Namespace == "":
		return missing("Namespace")
	case in.MetricName == "":
		return missing("MetricName")
	case in.StartTime == nil:
		return missing("StartTime")
	case in.EndTime == nil:
		return missing("EndTime")
	case in.Period == nil:
		return missing("Period")
	case *in.Period < 60 || *in.Period%60 != 0:
		return cloudWatchError("InvalidParameterValue", "The parameter Period must be a multiple of 60.")
	case !in.StartTime.Before(in.EndTime.Time):
		return cloudWatchError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
	case len(in.Statistics)+len(in.ExtendedStatistics) == 0:
		return missing("Statistics or ExtendedStatistics")
	}
	for _, name := range in.Statistics {
		if !slices.Contains(statistics, name) {
			return cloudWatchError("InvalidParameterValue", "The value %s for parameter Statistics is not supported.", name)
		}
	}
	for _, name := range in.ExtendedStatistics {
		if !percentile.MatchString(name) {
			return cloudWatchError("InvalidParameterValue", "The value %s for parameter ExtendedStatistics is not supported.", name)
		}
	}
	return nil
}

// describe returns the statistics of a datapoint that were asked for.
func (in *getMetricStatisticsInput) describe(point datapoint) statisticSet {
	set := statisticSet{Timestamp: timestamp(point.at), Unit: unitOf(in.MetricName)}
	fields := map[string]**float64{
		"SampleCount": &set.SampleCount, "Average": &set.Average, "Sum": &set.Sum, "Minimum": &set.Minimum, "Maximum": &set.Maximum,
	}
	for _, name := range in.Statistics {
		value := point.statistic(name)
		*fields[name] = &value
	}
	for _, name := range in.ExtendedStatistics {
		if set.ExtendedStatistics == nil {
			set.ExtendedStatistics = map[string]float64{}
		}
		set.ExtendedStatistics[name] = point.statistic(name)
	}
	return set
}

type metricRef struct {
	Namespace  string
	MetricName string
	Dimensions []dimension `json:",omitempty"`
}

type metricStat struct {
	Metric metricRef
	Period int
	Stat   string
	Unit   string `json:",omitempty"`
}

type metricDataQuery struct {
	ID         string      `json:"Id"`
	MetricStat *metricStat `json:",omitempty"`
	Expression string      `json:",omitempty"`
	Label      string      `json:",omitempty"`
	ReturnData *bool       `json:",omitempty"`
}

type getMetricDataInput struct {
	MetricDataQueries []metricDataQuery
	StartTime         *wire.Timestamp `json:",omitempty"`
	EndTime           *wire.Timestamp `json:",omitempty"`
	ScanBy            string          `json:",omitempty"`
	NextToken         string          `json:",omitempty"`
}

type metricDataResult struct {
	ID         string `json:"Id"`
	Label      string
	Timestamps []wire.Timestamp
	Values     []float64
	StatusCode string
}

type getMetricDataOutput struct {
	MetricDataResults []metricDataResult
	Messages          []struct{}
}

// getMetricData returns the datapoints of several metrics at once, newest first unless ScanBy says otherwise. There is
// no metric math here, and one page has it all.
func (s *Server) getMetricData(rq *request, in *getMetricDataInput) (*getMetricDataOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	out := &getMetricDataOutput{MetricDataResults: []metricDataResult{}, Messages: []struct{}{}}
	for _, query := range in.MetricDataQueries {
		if query.ReturnData != nil && !*query.ReturnData {
			continue
		}
		stat := query.MetricStat
		line := s.series(rq.caller.account, rq.region, metricID{stat.Metric.Namespace, stat.Metric.MetricName, stat.Metric.Dimensions}, stat.Unit, rq.now)
		result := metricDataResult{
			ID: query.ID, Label: query.Label, Timestamps: []wire.Timestamp{}, Values: []float64{}, StatusCode: "Complete",
		}
		if result.Label == "" {
			result.Label = stat.Metric.MetricName
		}
		period := time.Duration(stat.Period) * time.Second
		for at := in.StartTime.Truncate(period); at.Before(in.EndTime.Time); at = at.Add(period) {
			if point := line.datapointOf(at, period); point.samples > 0 {
				result.Timestamps = append(result.Timestamps, timestamp(at))
				result.Values = append(result.Values, point.statistic(stat.Stat))
			}
		}
		if in.ScanBy != "TimestampAscending" {
			slices.Reverse(result.Timestamps)
			slices.Reverse(result.Values)
		}
		out.MetricDataResults = append(out.MetricDataResults, result)
	}
	return out, nil
}

func (in *getMetricDataInput) check() error {
	switch {
	case len(in.MetricDataQueries) == 0 || len(in.MetricDataQueries) > maxDataQueries:
		return outOfBounds(itoa(len(in.MetricDataQueries)), "metricDataQueries", "have length between 1 and 500")
	case in.StartTime == nil || in.EndTime == nil:
		return invalidAlarm("The parameters StartTime and EndTime are required.")
	case !in.StartTime.Before(in.EndTime.Time):
		return invalidAlarm("The parameter EndTime must be greater than StartTime")
	case in.ScanBy != "" && in.ScanBy != "TimestampAscending" && in.ScanBy != "TimestampDescending":
		return outOfBounds(in.ScanBy, "scanBy", "satisfy enum value set: [TimestampDescending, TimestampAscending]")
	case in.NextToken != "":
		return cloudWatchError("InvalidNextToken", "The given next token is invalid")
	}
	ids, datapoints := map[string]bool{}, time.Duration(0)
	for _, query := range in.MetricDataQueries {
		stat := query.MetricStat
		switch {
		case query.ID == "" || ids[query.ID]:
			return invalidAlarm("The values for parameter id in MetricDataQueries must be given and unique.")
		case query.Expression != "" || stat == nil:
			return invalidAlarm("Metric math and queries are not served here, give MetricStat")
		case stat.Period < 60 || stat.Period%60 != 0:
			return invalidAlarm("The parameter MetricDataQueries.MetricStat.Period must be a multiple of 60.")
		case !knownStatistic(stat.Stat):
			return invalidAlarm("The value %s for parameter MetricDataQueries.MetricStat.Stat is not supported.", stat.Stat)
		}
		ids[query.ID] = true
		datapoints += in.EndTime.Sub(in.StartTime.Time) / (time.Duration(stat.Period) * time.Second)
	}
	if datapoints > maxDataOfQueries {
		return invalidAlarm("The time range and the periods make more than %d datapoints.", maxDataOfQueries)
	}
	return nil
}
