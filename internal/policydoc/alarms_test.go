package policydoc_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/policydoc"
)

func TestAlarmsMayPublish(t *testing.T) {
	const topic, first, second = "arn:aws:sns:us-east-1:111122223333:oncall", "111122223333", "222233334444"
	publish := func(service, alarm, account string) policydoc.Request {
		return policydoc.Request{
			Principal: policydoc.Principal{Service: service}, Action: "sns:Publish", Resource: topic,
			Context: map[string][]string{"aws:SourceArn": {alarm}, "aws:SourceAccount": {account}},
		}
	}
	tests := map[string]struct {
		accounts []string
		named    int
		request  policydoc.Request
		want     bool
	}{
		"nobody":              {nil, 30, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a", first), false},
		"one":                 {[]string{first}, 30, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a", first), true},
		"two":                 {[]string{second, first}, 30, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:222233334444:alarm:a", second), true},
		"too many to name":    {[]string{second, first}, 1, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:222233334444:alarm:a", second), true},
		"another account":     {[]string{first}, 30, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:222233334444:alarm:a", second), false},
		"another, many named": {[]string{first}, 0, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:222233334444:alarm:a", second), false},
		"another region":      {[]string{first}, 30, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a", first), false},
		"no alarm":            {[]string{first}, 30, publish("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:111122223333:dashboard/a", first), false},
		"another service":     {[]string{first}, 30, publish("s3.amazonaws.com", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a", first), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			document := policydoc.Document{Version: policydoc.Version, Statements: policydoc.Alarms(topic, tt.accounts, tt.named)}
			if got := document.Evaluate(tt.request); got.Allowed != tt.want {
				t.Errorf("allowed %t: %s", got.Allowed, document.JSON())
			}
		})
	}
}

func TestAlarmAccountsAreReadBack(t *testing.T) {
	for _, named := range []int{0, 30} {
		own := policydoc.Alarms("arn:aws:sns:us-east-1:111122223333:oncall", []string{"222233334444", "111122223333", "222233334444"}, named)
		document, err := policydoc.Parse((policydoc.Document{Version: policydoc.Version, Statements: append(own, policydoc.TLSOnly("x"))}).JSON())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"111122223333", "222233334444"}, policydoc.AlarmAccountsIn(document.Statements)); diff != "" {
			t.Error(diff)
		}
	}
}

// A thousand accounts fit into a topic's policy.
func TestAlarmsOfManyAccountsFit(t *testing.T) {
	var accounts []string
	for i := range 1000 {
		accounts = append(accounts, fmt.Sprintf("%012d", i))
	}
	document := policydoc.Document{Version: policydoc.Version, Statements: policydoc.Alarms("arn:aws:sns:us-east-1:111122223333:oncall", accounts, policydoc.MaxNamedAlarmAccounts)}
	if err := document.CheckTopicLimits(); err != nil {
		t.Error(err)
	}
}
