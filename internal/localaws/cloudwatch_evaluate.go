package localaws

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// spareDatapoints are those that an evaluation looks at beyond the evaluation periods, in case some are missing. AWS does
// not say how many; in its examples two.
const spareDatapoints = 2

// verdict is what an evaluation comes to.
type verdict struct {
	state, reason string
	// points are those that were evaluated, oldest first.
	points []datapoint
}

// judge evaluates an alarm by the last datapoints, oldest first, missing ones included. What exists is used before a
// missing datapoint is filled in, see
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
func (a *alarmSettings) judge(points []datapoint, old string) verdict {
	var real []datapoint
	for _, p := range points {
		if p.samples > 0 {
			real = append(real, p)
		}
	}
	periods := *a.EvaluationPeriods
	if len(real) >= periods {
		real = real[len(real)-periods:]
		return a.crossed(real, a.stateOf(len(a.breaching(real))), old)
	}
	switch a.missing() {
	case treatBreaching:
		return a.filled(real, a.stateOf(len(a.breaching(real))+periods-len(real)), "Breaching")
	case treatNotBreaching:
		return a.filled(real, a.stateOf(len(a.breaching(real))), "NonBreaching")
	default:
		return a.incomplete(points, real, old)
	}
}

// incomplete judges where datapoints are missing that count as neither. Datapoints that do not breach make it OK. If
// all that exist breach and the oldest is as old as the alarm must be breached, it alarms; before that it stays as it
// is, so that one datapoint alone makes no alarm.
func (a *alarmSettings) incomplete(points, real []datapoint, old string) verdict {
	ignores := a.missing() == treatIgnore
	breaching := a.breaching(real)
	switch {
	case len(real) == 0 && ignores:
		return verdict{state: old}
	case len(real) == 0:
		unknown := counted(*a.EvaluationPeriods, "datapoint")
		return verdict{state: stateInsufficient, reason: "Insufficient Data: " + unknown + " unknown."}
	case len(breaching) >= a.needed():
		return a.crossed(real, stateAlarm, old)
	case len(breaching) < len(real):
		return a.crossed(real, stateOK, old)
	case ignores || age(points) < a.needed():
		return verdict{state: old}
	default:
		return a.crossed(real, stateAlarm, old)
	}
}

// age returns the place of the oldest datapoint that exists, counted from 1 for the last.
func age(points []datapoint) int {
	for i, p := range points {
		if p.samples > 0 {
			return len(points) - i
		}
	}
	return 0
}

func (a *alarmSettings) breaching(points []datapoint) []datapoint {
	var all []datapoint
	for _, p := range points {
		if a.breaches(p) {
			all = append(all, p)
		}
	}
	return all
}

func (a *alarmSettings) breaches(p datapoint) bool {
	return comparisons[a.ComparisonOperator].breaches(p.statistic(a.statistic()), *a.Threshold)
}

func (a *alarmSettings) stateOf(breaching int) string {
	if breaching >= a.needed() {
		return stateAlarm
	}
	return stateOK
}

// crossed gives the reason for a state that follows from datapoints, in CloudWatch's words.
func (a *alarmSettings) crossed(real []datapoint, state, old string) verdict {
	telling, not, minimum := a.breaching(real), "", a.needed()
	if state == stateOK {
		not, minimum = "not ", *a.EvaluationPeriods-a.needed()+1
		telling = telling[:0]
		for _, p := range real {
			if !a.breaches(p) {
				telling = append(telling, p)
			}
		}
	}
	var values []string
	for i := len(telling) - 1; i >= 0; i-- {
		value := decimal(telling[i].statistic(a.statistic()))
		values = append(values, value+" ("+telling[i].at.UTC().Format("02/01/06 15:04:05")+")")
	}
	verb := "was"
	if len(telling) != 1 {
		verb = "were"
	}
	number, ending := plural(len(telling), "datapoint"), ""
	if old != stateInsufficient {
		number = fmt.Sprintf("%d out of the last %d datapoints", len(telling), len(real))
		ending = fmt.Sprintf(" (minimum %s for %s -> %s transition)", plural(minimum, "datapoint"), old, state)
	}
	return verdict{state: state, points: real, reason: fmt.Sprintf("Threshold Crossed: %s [%s] %s %s%s the threshold (%s)%s.",
		number, strings.Join(values, ", "), verb, not, comparisons[a.ComparisonOperator].text, decimal(*a.Threshold), ending)}
}

// filled gives the reason for a state that follows from missing datapoints too.
func (a *alarmSettings) filled(real []datapoint, state, as string) verdict {
	periods := *a.EvaluationPeriods
	received := counted(len(real), "datapoint")
	if len(real) == 0 {
		received = "no datapoints were"
	}
	return verdict{state: state, points: real, reason: fmt.Sprintf("Threshold Crossed: %s received for %s and %s treated as [%s].",
		received, plural(periods, "period"), counted(periods-len(real), "missing datapoint"), as)}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// counted is plural with its verb.
func counted(n int, noun string) string {
	if n == 1 {
		return plural(n, noun) + " was"
	}
	return plural(n, noun) + " were"
}

// reasonData is the reason of a state for programs.
type reasonData struct {
	Version             string               `json:"version"`
	QueryDate           string               `json:"queryDate"`
	StartDate           string               `json:"startDate,omitempty"`
	Unit                string               `json:"unit,omitempty"`
	Statistic           string               `json:"statistic"`
	Period              int                  `json:"period"`
	RecentDatapoints    []json.Number        `json:"recentDatapoints"`
	Threshold           json.Number          `json:"threshold"`
	EvaluatedDatapoints []evaluatedDatapoint `json:"evaluatedDatapoints,omitempty"`
}

type evaluatedDatapoint struct {
	Timestamp   string      `json:"timestamp"`
	SampleCount json.Number `json:"sampleCount"`
	Value       json.Number `json:"value"`
}

func (a *alarmSettings) data(v verdict, now time.Time) string {
	data := reasonData{
		Version: "1.0", QueryDate: alarmTime(now), Unit: a.Unit, Statistic: a.statistic(), Period: *a.Period,
		RecentDatapoints: []json.Number{}, Threshold: json.Number(decimal(*a.Threshold)),
	}
	for i, p := range v.points {
		if i == 0 {
			data.StartDate = alarmTime(p.at)
		}
		value := json.Number(decimal(p.statistic(a.statistic())))
		data.RecentDatapoints = append(data.RecentDatapoints, value)
		evaluated := evaluatedDatapoint{alarmTime(p.at), json.Number(decimal(float64(p.samples))), value}
		data.EvaluatedDatapoints = append([]evaluatedDatapoint{evaluated}, data.EvaluatedDatapoints...)
	}
	text, _ := json.Marshal(data) // it never fails
	return string(text)
}
