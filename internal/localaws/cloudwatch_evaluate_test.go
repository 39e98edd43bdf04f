package localaws

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// datapoints makes datapoints of a picture: X breaches a threshold of 0, 0 does not, - is missing; the last is the newest.
func datapoints(picture string) []datapoint {
	var points []datapoint
	at := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for _, kind := range strings.Fields(picture) {
		point := datapoint{at: at}
		switch kind {
		case "X":
			point.values, point.samples = []float64{2.5}, 1
		case "0":
			point.values, point.samples = []float64{0}, 1
		}
		points, at = append(points, point), at.Add(time.Minute)
	}
	return points
}

func ofPeriods(needed, periods int, treat string) *alarmSettings {
	threshold, period := 0.0, 60
	return &alarmSettings{
		EvaluationPeriods: &periods, DatapointsToAlarm: &needed, TreatMissingData: treat, Threshold: &threshold,
		Period: &period, Statistic: "Maximum", ComparisonOperator: "GreaterThanThreshold",
	}
}

// TestStatesWhenDataIsMissing are the tables of AWS's documentation,
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, and the text below them.
// An alarm that retains its state is tried with each.
func TestStatesWhenDataIsMissing(t *testing.T) {
	const retain = "retain"
	treats := []string{"missing", "ignore", "breaching", "notBreaching"}
	for _, test := range []struct {
		needed  int
		picture string
		want    [4]string
	}{
		{3, "0 - X - X", [4]string{"OK", "OK", "OK", "OK"}},
		{3, "0 - - - -", [4]string{"OK", "OK", "OK", "OK"}},
		{3, "- - - - -", [4]string{"INSUFFICIENT_DATA", retain, "ALARM", "OK"}},
		{3, "0 X X - X", [4]string{"ALARM", "ALARM", "ALARM", "ALARM"}},
		{3, "- - X - -", [4]string{"ALARM", retain, "ALARM", "OK"}},
		{2, "0 - X - X", [4]string{"ALARM", "ALARM", "ALARM", "ALARM"}},
		{2, "0 0 X 0 X", [4]string{"ALARM", "ALARM", "ALARM", "ALARM"}},
		{2, "0 - X - -", [4]string{"OK", "OK", "ALARM", "OK"}},
		{2, "- - - - 0", [4]string{"OK", "OK", "ALARM", "OK"}},
		{2, "- - - X -", [4]string{"ALARM", retain, "ALARM", "OK"}},
		{3, "- - - - X", [4]string{retain, retain, "ALARM", "OK"}},
		{3, "- - - X -", [4]string{retain, retain, "ALARM", "OK"}},
		{3, "- - - X 0", [4]string{"OK", "OK", "OK", "OK"}},
		{3, "X X X 0 X", [4]string{"OK", "OK", "OK", "OK"}},
		{1, "- - - - X", [4]string{"ALARM", "ALARM", "ALARM", "ALARM"}},
		{1, "X - - - -", [4]string{"ALARM", "ALARM", "ALARM", "ALARM"}},
	} {
		for i, treat := range treats {
			for _, old := range alarmStates {
				want := test.want[i]
				if want == retain {
					want = old
				}
				if got := ofPeriods(test.needed, 3, treat).judge(datapoints(test.picture), old); got.state != want {
					t.Errorf("%d of 3, %s, %s, from %s: %s, want %s", test.needed, test.picture, treat, old, got.state, want)
				}
			}
		}
	}
}

// TestReasonsAreThoseOfCloudWatch: as seen in messages of CloudWatch.
func TestReasonsAreThoseOfCloudWatch(t *testing.T) {
	for _, test := range []struct {
		needed, periods     int
		treat, picture, old string
		want                string
	}{
		{1, 1, "", "- - X", "OK", "Threshold Crossed: 1 out of the last 1 datapoints [2.5 (02/01/26 03:02:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition)."},
		{1, 1, "", "- - 0", "ALARM", "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (02/01/26 03:02:00)] was not greater than the threshold (0.0) (minimum 1 datapoint for ALARM -> OK transition)."},
		{1, 1, "", "- - X", "INSUFFICIENT_DATA", "Threshold Crossed: 1 datapoint [2.5 (02/01/26 03:02:00)] was greater than the threshold (0.0)."},
		{2, 3, "", "- - X 0 X", "OK", "Threshold Crossed: 2 out of the last 3 datapoints [2.5 (02/01/26 03:04:00), 2.5 (02/01/26 03:02:00)] were greater than the threshold (0.0) (minimum 2 datapoints for OK -> ALARM transition)."},
		{1, 1, "", "- - -", "OK", "Insufficient Data: 1 datapoint was unknown."},
		{2, 2, "missing", "- - - -", "OK", "Insufficient Data: 2 datapoints were unknown."},
		{2, 2, "breaching", "- - - -", "OK", "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."},
		{1, 1, "notBreaching", "- - -", "ALARM", "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."},
		{3, 3, "breaching", "- - - - X", "OK", "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching]."},
	} {
		if got := ofPeriods(test.needed, test.periods, test.treat).judge(datapoints(test.picture), test.old).reason; got != test.want {
			t.Errorf("%d of %d, %s, %q from %s:\n%s, want\n%s", test.needed, test.periods, test.picture, test.treat, test.old, got, test.want)
		}
	}
}

func TestStatistics(t *testing.T) {
	point := datapoint{values: []float64{4, 1, 2, 3}, samples: 4}
	for name, want := range map[string]float64{
		"SampleCount": 4, "Sum": 10, "Average": 2.5, "Minimum": 1, "Maximum": 4, "p0": 1, "p50": 2, "p75.5": 4, "p100": 4,
	} {
		if got := point.statistic(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for value, want := range map[float64]string{0: "0.0", -3: "-3.0", 300: "300.0", 2.5: "2.5", 1e300: "1e+300"} {
		if got := decimal(value); got != want {
			t.Errorf("%v is written %s, want %s", value, got, want)
		}
	}
}

func TestComparisons(t *testing.T) {
	for name, want := range map[string]string{
		"GreaterThanThreshold": "[false false true]", "GreaterThanOrEqualToThreshold": "[false true true]",
		"LessThanThreshold": "[true false false]", "LessThanOrEqualToThreshold": "[true true false]",
	} {
		var got []bool
		for _, value := range []float64{1, 2, 3} {
			got = append(got, comparisons[name].breaches(value, 2))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("1, 2 and 3 against %s of 2: %v, want %s", name, got, want)
		}
	}
}

// TestMetersAreBounded: what is older than the longest alarm looks back goes.
func TestMetersAreBounded(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := newMeter(start)
	const days = 30
	for n := range days * 24 * 60 {
		at := start.Add(time.Duration(n) * time.Minute)
		m.note(at, levels{Visible: n})
		m.add(at, countSent, 1)
	}
	if most := minutesKept * 9 / 8; len(m.levels) > most || len(m.minutes) > most || len(m.levels) < minutesKept {
		t.Errorf("%d levels and %d minutes are kept, want about %d", len(m.levels), len(m.minutes), minutesKept)
	}
	last := minuteOf(start) + days*24*60 - 1
	for _, ago := range []int64{1, 60, minutesKept - 1} {
		if held := m.level(last - ago); !held.Known || int64(held.Visible) != days*24*60-ago {
			t.Errorf("%d minutes ago the levels are %+v", ago, held)
		}
	}
}
