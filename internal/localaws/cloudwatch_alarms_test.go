package localaws_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skein-dev/skein/internal/localaws"
)

const alarmPrefix = "arn:aws:cloudwatch:" + region + ":" + owner + ":alarm:"

// TestAnAlarmIsDescribedAsItWasPut: every setting, and what CloudWatch adds.
func TestAnAlarmIsDescribedAsItWasPut(t *testing.T) {
	w := newWorld()
	in := queueAlarm("name with ö: / and space", "q", "ApproximateAgeOfOldestMessage", 300.5)
	in.AlarmDescription, in.Unit = aws.String("tell"), types.StandardUnitSeconds
	in.Statistic, in.ExtendedStatistic = "", aws.String("p99.9")
	in.EvaluationPeriods, in.DatapointsToAlarm, in.Period = aws.Int32(5), aws.Int32(3), aws.Int32(300)
	in.TreatMissingData, in.EvaluateLowSampleCountPercentile = aws.String("ignore"), aws.String("evaluate")
	in.ActionsEnabled = aws.Bool(false)
	in.AlarmActions = []string{"arn:aws:sns:" + region + ":" + stranger + ":oncall", "arn:aws:automate:us-east-1:ec2:stop"}
	in.OKActions, in.InsufficientDataActions = in.AlarmActions[:1], in.AlarmActions[1:]
	in.ComparisonOperator = types.ComparisonOperatorLessThanOrEqualToThreshold
	w.putAlarm(t, in)
	now := w.clock.Now()
	w.pass(10 * time.Second)
	want := types.MetricAlarm{
		AlarmName: in.AlarmName, AlarmArn: aws.String(alarmPrefix + *in.AlarmName), AlarmDescription: in.AlarmDescription,
		ActionsEnabled: aws.Bool(false), OKActions: in.OKActions, AlarmActions: in.AlarmActions,
		InsufficientDataActions: in.InsufficientDataActions, MetricName: in.MetricName, Namespace: in.Namespace,
		ExtendedStatistic: in.ExtendedStatistic, Dimensions: in.Dimensions, Period: in.Period, Unit: in.Unit,
		EvaluationPeriods: in.EvaluationPeriods, DatapointsToAlarm: in.DatapointsToAlarm, Threshold: in.Threshold,
		ComparisonOperator: in.ComparisonOperator, TreatMissingData: in.TreatMissingData,
		EvaluateLowSampleCountPercentile: in.EvaluateLowSampleCountPercentile,
		StateValue:                       types.StateValueInsufficientData, StateReason: aws.String("Unchecked: Initial alarm creation"),
		AlarmConfigurationUpdatedTimestamp: &now, StateUpdatedTimestamp: &now, StateTransitionedTimestamp: &now,
	}
	if diff := cmp.Diff(want, w.alarm(t, *in.AlarmName), cmpopts.IgnoreUnexported(types.MetricAlarm{}, types.Dimension{})); diff != "" {
		t.Errorf("alarm (-want +got):\n%s", diff)
	}
}

// TestPuttingAnAlarmReplacesIt: that of somebody else too. Its state and tags stay.
func TestPuttingAnAlarmReplacesIt(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	first := notEmpty("a", "q")
	first.AlarmDescription, first.OKActions = aws.String("first"), []string{"arn:aws:sns:" + region + ":" + owner + ":t"}
	first.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("one")}}
	w.putAlarm(t, first)
	w.pass(time.Minute)
	before := w.wantState(t, "after a minute", "a", "OK")
	second := queueAlarm("a", "other", "NumberOfMessagesSent", 7)
	second.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("two")}}
	w.putAlarm(t, second)
	after := w.wantState(t, "replaced", "a", "OK")
	if after.AlarmDescription != nil || len(after.OKActions) != 0 || *after.Threshold != 7 || after.TreatMissingData != nil {
		t.Errorf("settings of the first alarm are left: %+v", after)
	}
	if !after.StateUpdatedTimestamp.Equal(*before.StateUpdatedTimestamp) || !after.AlarmConfigurationUpdatedTimestamp.Equal(w.clock.Now()) {
		t.Errorf("state of %s, settings of %s", after.StateUpdatedTimestamp, after.AlarmConfigurationUpdatedTimestamp)
	}
	if got := w.alarmTags(t, "a"); got != "team=one" {
		t.Errorf("tags are %s, want those of the creation", got)
	}
}

func (w world) alarmTags(t *testing.T, name string) string {
	t.Helper()
	out := must[*cloudwatch.ListTagsForResourceOutput](t)(w.cloudwatch(owner, region).ListTagsForResource(t.Context(),
		&cloudwatch.ListTagsForResourceInput{ResourceARN: aws.String(alarmPrefix + name)}))
	var all []string
	for _, tag := range out.Tags {
		all = append(all, *tag.Key+"="+*tag.Value)
	}
	return strings.Join(all, " ")
}

func TestTagsOfAlarms(t *testing.T) {
	w := newWorld()
	w.putAlarm(t, notEmpty("a", "q"))
	client, arn := w.cloudwatch(owner, region), aws.String(alarmPrefix+"a")
	tag := func(arn *string, pairs ...string) error {
		in := &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: []types.Tag{}}
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		_, err := client.TagResource(t.Context(), in)
		return err
	}
	wantCode(t, "tagging", tag(arn, "b", "1", "a", "2"), "")
	wantCode(t, "tagging again", tag(arn, "b", "3"), "")
	if got := w.alarmTags(t, "a"); got != "a=2 b=3" {
		t.Errorf("tags are %s", got)
	}
	found := must[*tagging.GetResourcesOutput](t)(w.tagging(owner, region).GetResources(t.Context(),
		&tagging.GetResourcesInput{ResourceTypeFilters: []string{"cloudwatch:alarm"}}))
	if len(found.ResourceTagMappingList) != 1 || *found.ResourceTagMappingList[0].ResourceARN != *arn {
		t.Errorf("the tagging API finds %+v", found.ResourceTagMappingList)
	}
	must[*cloudwatch.UntagResourceOutput](t)(client.UntagResource(t.Context(),
		&cloudwatch.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"a", "none"}}))
	if got := w.alarmTags(t, "a"); got != "b=3" {
		t.Errorf("tags are %s", got)
	}
	many := []string{}
	for i := range 50 {
		many = append(many, fmt.Sprint(i), "")
	}
	wantCode(t, "tagging with 51", tag(arn, many...), "InvalidParameterValue")
	wantCode(t, "tagging with aws:", tag(arn, "aws:x", ""), "InvalidParameterValue")
	wantCode(t, "tagging what is not there", tag(aws.String(alarmPrefix+"b"), "a", ""), "ResourceNotFoundException")
	wantCode(t, "tagging a queue", tag(aws.String("arn:aws:sqs:us-east-1:111111111111:q"), "a", ""), "InvalidParameterValue")
	_, err := w.cloudwatch(stranger, region).ListTagsForResource(t.Context(), &cloudwatch.ListTagsForResourceInput{ResourceARN: arn})
	wantCode(t, "another account", err, "ResourceNotFoundException")
}

func TestDescribeAlarms(t *testing.T) {
	w := newWorld()
	for i := range 120 {
		alarm := notEmpty(fmt.Sprintf("a-%03d", i), "q")
		if i == 7 {
			alarm.OKActions = []string{"arn:aws:sns:us-east-1:111111111111:oncall"}
		}
		w.putAlarm(t, alarm)
	}
	w.putAlarm(t, notEmpty("b-1", "q"))
	must[*cloudwatch.SetAlarmStateOutput](t)(w.cloudwatch(owner, region).SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("a-100"), StateValue: types.StateValueAlarm, StateReason: aws.String("by hand"),
	}))
	for name, test := range map[string]struct {
		in    cloudwatch.DescribeAlarmsInput
		first string
		pages []int
	}{
		"all":                 {cloudwatch.DescribeAlarmsInput{}, "a-000", []int{50, 50, 21}},
		"pages of 100":        {cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(100)}, "a-000", []int{100, 21}},
		"exactly one page":    {cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String("a-00"), MaxRecords: aws.Int32(10)}, "a-000", []int{10}},
		"by prefix":           {cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String("b")}, "b-1", []int{1}},
		"by name":             {cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"b-1", "none", "a-003"}}, "a-003", []int{2}},
		"by state":            {cloudwatch.DescribeAlarmsInput{StateValue: types.StateValueAlarm}, "a-100", []int{1}},
		"by action":           {cloudwatch.DescribeAlarmsInput{ActionPrefix: aws.String("arn:aws:sns")}, "a-007", []int{1}},
		"metric alarms":       {cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"MetricAlarm"}, AlarmNamePrefix: aws.String("b")}, "b-1", []int{1}},
		"composite alarms":    {cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"CompositeAlarm"}}, "", []int{0}},
		"children of another": {cloudwatch.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("b-1")}, "", []int{0}},
	} {
		var pages []int
		first := ""
		for {
			out := w.describeAlarms(t, &test.in)
			pages = append(pages, len(out.MetricAlarms))
			if first == "" && len(out.MetricAlarms) > 0 {
				first = *out.MetricAlarms[0].AlarmName
			}
			if test.in.NextToken = out.NextToken; out.NextToken == nil {
				break
			}
		}
		if diff := cmp.Diff(test.pages, pages); diff != "" || first != test.first {
			t.Errorf("%s: first %s, want %s; pages (-want +got):\n%s", name, first, test.first, diff)
		}
	}
	for name, other := range map[string]*cloudwatch.Client{"account": w.cloudwatch(stranger, region), "region": w.cloudwatch(owner, "eu-west-1")} {
		if out := must[*cloudwatch.DescribeAlarmsOutput](t)(other.DescribeAlarms(t.Context(), nil)); len(out.MetricAlarms) != 0 {
			t.Errorf("another %s sees %v", name, names(out.MetricAlarms))
		}
	}
}

func TestDescribeAlarmsRefuses(t *testing.T) {
	w := newWorld()
	for name, test := range map[string]struct {
		in   cloudwatch.DescribeAlarmsInput
		code string
	}{
		"a token of nobody": {cloudwatch.DescribeAlarmsInput{NextToken: aws.String("x")}, "InvalidNextToken"},
		"no records":        {cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(0)}, "ValidationError"},
		"101 records":       {cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(101)}, "ValidationError"},
		"101 names":         {cloudwatch.DescribeAlarmsInput{AlarmNames: make([]string, 101)}, "ValidationError"},
		"name and prefix":   {cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"a"}, AlarmNamePrefix: aws.String("a")}, "ValidationError"},
		"a state":           {cloudwatch.DescribeAlarmsInput{StateValue: "GOOD"}, "ValidationError"},
		"a type":            {cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"Alarm"}}, "ValidationError"},
	} {
		_, err := w.cloudwatch(owner, region).DescribeAlarms(t.Context(), &test.in)
		wantCode(t, name, err, test.code)
	}
}

func TestDescribeAlarmsForMetric(t *testing.T) {
	w := newWorld()
	slow := notEmpty("slow", "q")
	slow.Period = aws.Int32(300)
	w.putAlarm(t, notEmpty("fast", "q"), slow, notEmpty("other queue", "p"), queueAlarm("other metric", "q", "NumberOfMessagesSent", 1))
	in := &cloudwatch.DescribeAlarmsForMetricInput{
		Namespace: aws.String("AWS/SQS"), MetricName: aws.String("ApproximateNumberOfMessagesVisible"), Dimensions: slow.Dimensions,
	}
	for want, period := range map[string]*int32{"[fast slow]": nil, "[slow]": aws.Int32(300), "[]": aws.Int32(60 * 60)} {
		in.Period = period
		out := must[*cloudwatch.DescribeAlarmsForMetricOutput](t)(w.cloudwatch(owner, region).DescribeAlarmsForMetric(t.Context(), in))
		if got := fmt.Sprint(names(out.MetricAlarms)); got != want {
			t.Errorf("of period %v: %s, want %s", period, got, want)
		}
	}
}

// TestDeleteAlarms: those that are there go, whatever else is named.
func TestDeleteAlarms(t *testing.T) {
	w := newWorld()
	w.putAlarm(t, notEmpty("a", "q"), notEmpty("b", "q"), notEmpty("c", "q"))
	for _, names := range [][]string{{"a", "none", "c"}, {"none"}} {
		_, err := w.cloudwatch(owner, region).DeleteAlarms(t.Context(), &cloudwatch.DeleteAlarmsInput{AlarmNames: names})
		wantCode(t, fmt.Sprint(names), err, "")
	}
	if got := fmt.Sprint(names(w.describeAlarms(t, nil).MetricAlarms)); got != "[b]" {
		t.Errorf("left are %s, want b", got)
	}
	_, err := w.cloudwatch(owner, region).DeleteAlarms(t.Context(), &cloudwatch.DeleteAlarmsInput{AlarmNames: make([]string, 101)})
	wantCode(t, "101 names", err, "ValidationError")
}

func TestAlarmsThatAreRefused(t *testing.T) {
	w := newWorld()
	topic := func(region string) []string { return []string{"arn:aws:sns:" + region + ":" + owner + ":oncall"} }
	for name, test := range map[string]struct {
		change func(in *cloudwatch.PutMetricAlarmInput)
		says   string
	}{
		"no name":            {func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmName = aws.String("") }, "alarmName"},
		"a long name":        {func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmName = aws.String(strings.Repeat("a", 256)) }, "alarmName"},
		"a line end":         {func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmName = aws.String("a\nb") }, "control"},
		"a long description": {func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmDescription = aws.String(strings.Repeat("a", 1025)) }, "alarmDescription"},
		"no metric":          {func(in *cloudwatch.PutMetricAlarmInput) { in.MetricName = nil }, "MetricName"},
		"no namespace":       {func(in *cloudwatch.PutMetricAlarmInput) { in.Namespace = nil }, "Namespace"},
		"no statistic":       {func(in *cloudwatch.PutMetricAlarmInput) { in.Statistic = "" }, "Statistic"},
		"two statistics":     {func(in *cloudwatch.PutMetricAlarmInput) { in.ExtendedStatistic = aws.String("p90") }, "Statistic"},
		"a statistic":        {func(in *cloudwatch.PutMetricAlarmInput) { in.Statistic = "Median" }, "enum value set"},
		"a trimmed mean":     {func(in *cloudwatch.PutMetricAlarmInput) { in.Statistic, in.ExtendedStatistic = "", aws.String("tm90") }, "tm90"},
		"p101":               {func(in *cloudwatch.PutMetricAlarmInput) { in.Statistic, in.ExtendedStatistic = "", aws.String("p101") }, "p101"},
		"no period":          {func(in *cloudwatch.PutMetricAlarmInput) { in.Period = nil }, "Period must not be null"},
		"period of 0":        {func(in *cloudwatch.PutMetricAlarmInput) { in.Period = aws.Int32(0) }, "Period"},
		"period of 90":       {func(in *cloudwatch.PutMetricAlarmInput) { in.Period = aws.Int32(90) }, "Period"},
		"no periods":         {func(in *cloudwatch.PutMetricAlarmInput) { in.EvaluationPeriods = nil }, "EvaluationPeriods"},
		"more than a day":    {func(in *cloudwatch.PutMetricAlarmInput) { in.EvaluationPeriods = aws.Int32(1441) }, "86400"},
		"more than 7 days": {func(in *cloudwatch.PutMetricAlarmInput) {
			in.Period, in.EvaluationPeriods = aws.Int32(3600), aws.Int32(169)
		}, "604800"},
		"more datapoints than periods": {func(in *cloudwatch.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(2) }, "DatapointsToAlarm must be less"},
		"no threshold":                 {func(in *cloudwatch.PutMetricAlarmInput) { in.Threshold = nil }, "Threshold"},
		"a comparison":                 {func(in *cloudwatch.PutMetricAlarmInput) { in.ComparisonOperator = "GreaterThanUpperThreshold" }, "comparisonOperator"},
		"missing data":                 {func(in *cloudwatch.PutMetricAlarmInput) { in.TreatMissingData = aws.String("NotBreaching") }, "TreatMissingData"},
		"a unit":                       {func(in *cloudwatch.PutMetricAlarmInput) { in.Unit = "Messages" }, "unit"},
		"a dimension":                  {func(in *cloudwatch.PutMetricAlarmInput) { in.Dimensions[0].Value = aws.String("") }, "Dimensions"},
		"an action":                    {func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmActions = []string{"oncall"} }, "Invalid arn syntax: oncall"},
		"a topic of another region": {
			func(in *cloudwatch.PutMetricAlarmInput) { in.OKActions = topic("eu-west-1") },
			"Invalid region eu-west-1 specified. Only us-east-1 is supported.",
		},
		"another partition": {
			func(in *cloudwatch.PutMetricAlarmInput) { in.OKActions = []string{"arn:aws-cn:sns:us-east-1:1:t"} },
			"Invalid partition aws-cn specified. Only aws is supported.",
		},
		"six actions": {func(in *cloudwatch.PutMetricAlarmInput) {
			in.InsufficientDataActions = strings.Fields(strings.Repeat(topic(region)[0]+" ", 6))
		}, "actions"},
		"metric math": {func(in *cloudwatch.PutMetricAlarmInput) {
			in.Metrics = []types.MetricDataQuery{{Id: aws.String("m"), Expression: aws.String("1")}}
		}, "metric math"},
	} {
		in := notEmpty("a", "q")
		test.change(in)
		err := w.tryPutAlarm(t, in)
		wantCode(t, name, err, "ValidationError")
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, test.says)
		}
	}
	if got := w.describeAlarms(t, nil).MetricAlarms; len(got) != 0 {
		t.Errorf("there are alarms %v", names(got))
	}
}

// TestAlarmsMeetFaults: alarms are logged, throttled, lost and lag as all else.
func TestAlarmsMeetFaults(t *testing.T) {
	w := newWorld()
	w.bend(t, localaws.FaultRule{Operation: "cloudwatch:PutMetricAlarm", Resource: "*:alarm:lost", AfterEffect: true},
		localaws.FaultRule{Operation: "cloudwatch:DescribeAlarms", Throttle: &localaws.Throttle{Rate: 1, Burst: 3}},
		localaws.FaultRule{Operation: "cloudwatch:DescribeAlarms", Calls: &localaws.Occurrence{From: 1, To: 1}, Lag: localaws.Duration(time.Minute)})
	wantCode(t, "a lost answer", w.tryPutAlarm(t, notEmpty("lost", "q")), "InternalError")
	if got := w.describeAlarms(t, nil).MetricAlarms; len(got) != 0 {
		t.Errorf("a lagging read sees %v", names(got))
	}
	w.alarm(t, "lost")
	w.alarm(t, "lost")
	_, err := w.cloudwatch(owner, region).DescribeAlarms(t.Context(), nil)
	wantCode(t, "the fourth call", err, "Throttling")
	calls := w.Calls()
	if first := calls[0]; first.Service != "cloudwatch" || first.Resource != alarmPrefix+"lost" || !first.Mutating ||
		!strings.Contains(string(first.Params), `"Threshold":0`) || len(calls) != 5 {
		t.Errorf("%d calls, the first is %+v with %s", len(calls), first, first.Params)
	}
}

// cloudWatchProtocols are those of boto3 and the aws CLI, and of older ones; the Go SDK speaks CBOR.
var cloudWatchProtocols = map[string]smithyhttp.ClientProtocol{
	"JSON":  awsjson.New10(schemas.GraniteServiceVersion20100801),
	"query": awsquery.New(schemas.GraniteServiceVersion20100801),
}

func TestAlarmsInEveryProtocol(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	for name, protocol := range cloudWatchProtocols {
		client := cloudwatch.NewFromConfig(w.config(owner, "any", region), func(o *cloudwatch.Options) { o.Protocol = protocol })
		in := notEmpty(name, "q")
		in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}
		in.OKActions = []string{"arn:aws:sns:us-east-1:111111111111:t"}
		_, err := client.PutMetricAlarm(t.Context(), in)
		wantCode(t, name, err, "")
		w.pass(time.Minute)
		out, err := client.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
		if err != nil || len(out.MetricAlarms) != 1 {
			t.Fatalf("%s: %+v, %v", name, out, err)
		}
		want := w.alarm(t, name)
		opts := []cmp.Option{cmpopts.IgnoreUnexported(types.MetricAlarm{}, types.Dimension{}), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(want, out.MetricAlarms[0], opts...); diff != "" || want.StateValue != "OK" {
			t.Errorf("%s: alarm is %s (-CBOR +%s):\n%s", name, want.StateValue, name, diff)
		}
		tags, err := client.ListTagsForResource(t.Context(), &cloudwatch.ListTagsForResourceInput{ResourceARN: want.AlarmArn})
		if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Value != "v" {
			t.Errorf("%s: tags %+v, %v", name, tags, err)
		}
		end := w.clock.Now()
		data, err := client.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
			StartTime: aws.Time(end.Add(-time.Minute)), EndTime: &end, MetricDataQueries: []types.MetricDataQuery{{
				Id: aws.String("m"), MetricStat: &types.MetricStat{
					Metric: &types.Metric{Namespace: in.Namespace, MetricName: in.MetricName, Dimensions: in.Dimensions},
					Period: aws.Int32(60), Stat: aws.String("Average"),
				},
			}},
		})
		if err != nil || len(data.MetricDataResults) != 1 || len(data.MetricDataResults[0].Values) != 1 {
			t.Errorf("%s: data %+v, %v", name, data, err)
		}
		_, err = client.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
			AlarmName: aws.String("none"), StateValue: "OK", StateReason: aws.String(""),
		})
		wantCode(t, name, err, "ResourceNotFound")
		_, err = client.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(1000)})
		var invalid *types.ValidationException
		if !errors.As(err, &invalid) || !strings.Contains(invalid.ErrorMessage(), "'1000' at 'maxRecords'") {
			t.Errorf("%s: got %v, want ValidationException", name, err)
		}
	}
}
