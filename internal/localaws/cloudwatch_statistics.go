package localaws

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// datapoint is what a statistic makes of the values of one period; without samples it is missing.
type datapoint struct {
	at      time.Time
	values  []float64
	samples int
}

// datapointOf collects the values of a period that begins at a time.
func (line series) datapointOf(at time.Time, period time.Duration) datapoint {
	point := datapoint{at: at}
	first, end := minuteOf(at.Add(time.Minute-1)), minuteOf(at.Add(period+time.Minute-1))
	for minute := max(first, line.from); minute < min(end, line.end); minute++ {
		if value, ok := line.value(minute); ok {
			point.values = append(point.values, value)
		}
	}
	point.samples = len(point.values)
	return point
}

// statistic returns a statistic of a datapoint that is not missing, e.g. Sum or p99.
func (p datapoint) statistic(name string) float64 {
	sum := 0.0
	for _, value := range p.values {
		sum += value
	}
	switch name {
	case "SampleCount":
		return float64(p.samples)
	case "Sum":
		return sum
	case "Minimum":
		return slices.Min(p.values)
	case "Maximum":
		return slices.Max(p.values)
	case "Average":
		return sum / float64(p.samples)
	}
	return p.percentile(name)
}

// percentile returns the value that so many percent of the values do not exceed.
func (p datapoint) percentile(name string) float64 {
	percent, _ := strconv.ParseFloat(name[1:], 64)
	sorted := slices.Sorted(slices.Values(p.values))
	rank := int(math.Ceil(percent / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// knownStatistic reports whether a statistic can be asked for.
func knownStatistic(name string) bool {
	return slices.Contains(statistics, name) || percentile.MatchString(name)
}

// decimal writes a number as CloudWatch does, with at least one decimal.
func decimal(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
