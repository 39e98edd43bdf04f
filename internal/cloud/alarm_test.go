package cloud

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/testaws"
	"github.com/skein-dev/skein/internal/topology"
)

const alarmPrefix = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:"

func alarmResource(name string) topology.Resource {
	return topology.Resource{
		Kind: topology.KindAlarm, Key: alarmPrefix + name, ARN: alarmPrefix + name, Name: name, Region: region, Group: billing, Owner: owner,
		Managed: tagFields(owner.Tags()),
	}
}

// wholeAlarm are attributes of an alarm, each with a value of its own.
func wholeAlarm() map[string]string {
	return map[string]string{
		"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Dimensions": topology.Dimensions(topology.Dimension{Name: "QueueName", Value: "billing"}),
		"Statistic": "Maximum", "Period": "120", "EvaluationPeriods": "5", "DatapointsToAlarm": "3", "Threshold": "7.5", "ComparisonOperator": "GreaterThanThreshold",
		"TreatMissingData": "notBreaching", "ActionsEnabled": "false", "AlarmDescription": "of billing", "Unit": "Count",
		"AlarmActions": topology.List([]string{"arn:aws:sns:eu-west-1:111122223333:b", "arn:aws:sns:eu-west-1:111122223333:a"}),
	}
}

func createAlarmStep(r topology.Resource) plan.Step {
	s := create(r, wholeAlarm())
	s.Phase = plan.PhaseAlarms
	return s
}

// alarmOf is an alarm as AWS shows it; nil where there is none.
func (w *world) alarmOf(name string) *types.MetricAlarm {
	w.t.Helper()
	out, err := w.in("").cloudwatch.DescribeAlarms(w.t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(out.MetricAlarms) == 0 {
		return nil
	}
	return &out.MetricAlarms[0]
}

// putByHand makes somebody's alarm, or changes one.
func (w *world) putByHand(name string, change func(*cloudwatch.PutMetricAlarmInput)) {
	w.t.Helper()
	in, err := alarmInput(name, wholeAlarm(), &types.MetricAlarm{})
	if err != nil {
		w.t.Fatal(err)
	}
	if change != nil {
		change(in)
	}
	if _, err := w.in("").cloudwatch.PutMetricAlarm(w.t.Context(), in); err != nil {
		w.t.Fatal(err)
	}
}

// What is put is what is seen.
func TestAlarmIsReadAsItWasPut(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	w.apply(createAlarmStep(r))
	seen := find(t, w.observe(Observation{Want: want(r), SharedSince: w.clock.Now()}), r.Key)
	expected := wholeAlarm()
	maps.Copy(expected, tagFields(owner.Tags()))
	for _, a := range topology.AlarmAttributes {
		if _, ok := expected[a.Name]; !ok {
			expected[a.Name] = a.Default
		}
	}
	if diff := cmp.Diff(expected, seen.Managed); diff != "" || *seen.Seen.Owner != owner || seen.Seen.Existence != topology.Present {
		t.Errorf("seen %+v:\n%s", seen.Seen, diff)
	}
	// As the console puts it: as many datapoints as periods.
	w.putByHand("dead", func(in *cloudwatch.PutMetricAlarmInput) { in.DatapointsToAlarm = in.EvaluationPeriods })
	w.clock.Step(time.Minute)
	seen = find(t, w.observe(Observation{Want: want(r), SharedSince: w.clock.Now()}), r.Key)
	if got := seen.Managed["DatapointsToAlarm"]; got != "" {
		t.Errorf("DatapointsToAlarm is %q", got)
	}
}

// An alarm that is there by now is not replaced, and one that is gone is not made without the tags that say whose it is.
func TestAlarmThatIsNotAsThoughtIsLeft(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	w.putByHand("dead", func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmDescription = aws.String("theirs") })
	asFault(t, w.fault(createAlarmStep(r)), fault.Conflict, reasonLookAgain)
	if got := *w.alarmOf("dead").AlarmDescription; got != "theirs" {
		t.Errorf("it is described as %q", got)
	}
	gone := alarmResource("gone")
	update := plan.Step{Action: plan.Update, Resource: gone, Set: []map[string]string{wholeAlarm()}, Fields: map[string]string{"Period": "120"}}
	asFault(t, w.fault(update), fault.Conflict, reasonLookAgain)
	if w.alarmOf("gone") != nil {
		t.Error("it was made")
	}
}

// A change sends what the plan says, and hands on all else as it is at that moment.
func TestChangeOfAnAlarmHandsOn(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	w.apply(createAlarmStep(r))
	theirs := []string{"arn:aws:sns:eu-west-1:111122223333:theirs"}
	w.putByHand("dead", func(in *cloudwatch.PutMetricAlarmInput) {
		in.OKActions, in.InsufficientDataActions, in.ActionsEnabled, in.Threshold = theirs, theirs, aws.Bool(false), aws.Float64(9)
		in.Statistic, in.ExtendedStatistic, in.EvaluateLowSampleCountPercentile = "", aws.String("p99"), aws.String("ignore")
	})
	attributes := map[string]string{"Period": "300", "DatapointsToAlarm": ""}
	step := plan.Step{
		Action: plan.Update, Resource: r, Set: []map[string]string{attributes}, Tags: map[string]string{"team": "x"}, Untag: []string{"old"},
		Fields: map[string]string{"Period": "300", "DatapointsToAlarm": "", "Tags[team]": "x", "Tags[old]": ""},
	}
	out := w.apply(step)[0]
	if diff := cmp.Diff(step.Fields, out.Applied); diff != "" {
		t.Errorf("applied:\n%s", diff)
	}
	m := w.alarmOf("dead")
	if *m.Period != 300 || m.DatapointsToAlarm != nil || cmp.Diff(theirs, m.OKActions) != "" || cmp.Diff(theirs, m.InsufficientDataActions) != "" {
		t.Errorf("the alarm is %+v", m)
	}
	if *m.ActionsEnabled || *m.Threshold != 9 || m.Statistic != "" || aws.ToString(m.ExtendedStatistic) != "p99" || aws.ToString(m.EvaluateLowSampleCountPercentile) != "ignore" {
		t.Errorf("the alarm is %+v", m)
	}
	// In the same process it is read anew after the write.
	seen := find(t, w.observe(Observation{Want: want(r)}), r.Key)
	if seen.Managed["Period"] != "300" || seen.Managed["Tags[team]"] != "x" || seen.Managed["OKActions"] != topology.List(theirs) {
		t.Errorf("seen %v", seen.Managed)
	}
}

func TestDeletedAlarmIsGone(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	w.apply(createAlarmStep(r))
	for range 2 { // one that is gone is as good as deleted
		w.apply(plan.Step{Action: plan.Delete, Phase: plan.PhaseDeleteAlarms, Resource: r})
		if w.alarmOf("dead") != nil {
			t.Error("it is still there")
		}
	}
	if got := find(t, w.observe(Observation{Want: want(r)}), r.Key).Seen.Existence; got != topology.Absent {
		t.Errorf("it is %s", got)
	}
}

// P45: an endpoint that is none of AWS's own and has no CloudWatch is done without; AWS's own answer of that kind is a fault.
func TestP45EndpointWithoutCloudWatch(t *testing.T) {
	for _, endpoint := range []string{"", "http://emulator.test"} {
		w := newWorld(t)
		id := identity
		id.CloudWatchEndpoint = endpoint
		client := w.open(id)
		w.aws.SetHook(func(c localaws.Call) localaws.Fault {
			if c.Service == "cloudwatch" {
				return localaws.Fault{Code: "UnknownOperationException", Status: 404}
			}
			return localaws.Fault{}
		})
		w.aws.ResetCalls()
		r := alarmResource("dead")
		for range 3 {
			s, err := client.Observe(t.Context(), Observation{Want: want(r)})
			if err != nil {
				t.Fatal(err)
			}
			if seen := find(t, s, r.Key).Seen; (seen.Fault != nil) != (endpoint == "") || seen.LacksKind() != (endpoint != "") {
				t.Errorf("at endpoint %q: %+v", endpoint, seen)
			}
		}
		if n := w.aws.CallCounts()[describeAlarms]; endpoint != "" && n != 1 {
			t.Errorf("%d calls", n)
		}
	}
}

// P45: without tags an alarm is told by the inventory alone.
func TestP45AlarmWithoutTags(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Service == "cloudwatch" && (strings.Contains(c.Operation, "Tag") || strings.Contains(string(c.Params), "Tags")) {
			return localaws.Fault{Code: "UnknownOperationException", Status: 404}
		}
		return localaws.Fault{}
	})
	out := w.apply(createAlarmStep(r))[0]
	if diff := cmp.Diff([]string{"Tags"}, out.Lacking); diff != "" || w.alarmOf("dead") == nil {
		t.Errorf("lacking %v", out.Lacking)
	}
	row := rowOf(r)
	row.AppliedAt = w.clock.Now()
	if seen := find(t, w.observe(Observation{Want: want(r), Applied: topology.Inventory{row}, Owner: owner}), r.Key).Seen; *seen.Owner != owner {
		t.Errorf("seen %+v", seen)
	}
}

// An alarm in a region that is closed to the account holds up nothing else.
func TestAlarmOfAClosedRegion(t *testing.T) {
	w := newWorld(t)
	q, far := queueResource(billing), alarmResource("far")
	far.Region, far.Key = "me-south-1", strings.Replace(far.Key, region, "me-south-1", 1)
	w.apply(create(q, nil))
	w.aws.SetHook(func(c localaws.Call) localaws.Fault {
		if c.Service == "cloudwatch" && c.Region == "me-south-1" {
			return localaws.Fault{Code: "UnrecognizedClientException", Status: 403}
		}
		return localaws.Fault{}
	})
	s := w.observe(Observation{Want: want(q, far)})
	if seen := find(t, s, far.Key).Seen; seen.Existence != topology.Unread {
		t.Errorf("seen %+v", seen)
	}
	if seen := find(t, s, billing).Seen; seen.Existence != topology.Present {
		t.Errorf("the queue is %+v", seen)
	}
}

// An account of another has no effect.
func TestAlarmOfAnotherAccountIsRefused(t *testing.T) {
	w := newWorld(t)
	r := alarmResource("dead")
	r.Key = strings.Replace(r.Key, account, "999988887777", 1)
	asFault(t, w.fault(createAlarmStep(r)), fault.Terminal, v1alpha1.ReasonAccountChanged)
	w.calls(map[string]int{})
}

// fauxqs has no CloudWatch, and moto none that speaks the SDK's protocol: that is said, and costs nobody a failure.
func TestAlarmsOfEmulatorsWithoutCloudWatch(t *testing.T) {
	for name, b := range map[string]testaws.Backend{"fauxqs": testaws.Shared(t).Fauxqs, "moto": testaws.Shared(t).Moto.In("ca-west-1")} {
		t.Run(name, func(t *testing.T) {
			r := alarmResource("dead")
			r.Region, r.Key = b.Region, "arn:aws:cloudwatch:"+b.Region+":"+b.AccountID+":alarm:dead"
			s, err := over(t, b).Observe(t.Context(), Observation{Want: want(r)})
			if err != nil {
				t.Fatal(err)
			}
			if seen := find(t, s, r.Key).Seen; !seen.LacksKind() {
				t.Errorf("seen %+v", seen)
			}
		})
	}
}

// Of an alarm that somebody made into one of other metrics nothing is kept: it is put as it is wanted. A statistic replaces a percentile.
func TestChangedAlarm(t *testing.T) {
	r := alarmResource("dead")
	r.Managed = wholeAlarm()
	computed := &types.MetricAlarm{AlarmName: &r.Name, Threshold: aws.Float64(1), ActionsEnabled: aws.Bool(true)}
	expected := wholeAlarm()
	expected["Period"], expected["ExtendedStatistic"] = "300", ""
	if diff := cmp.Diff(expected, changed(r, computed, map[string]string{"Period": "300"})); diff != "" {
		t.Errorf("one of other metrics (-want +got):\n%s", diff)
	}
	percentile := &types.MetricAlarm{AlarmName: &r.Name, MetricName: aws.String("m"), ExtendedStatistic: aws.String("p99")}
	if got := changed(r, percentile, map[string]string{"Statistic": "Sum"}); got["Statistic"] != "Sum" || got["ExtendedStatistic"] != "" {
		t.Errorf("a percentile: %v", got)
	}
}
