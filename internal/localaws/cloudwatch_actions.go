package localaws

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/policydoc"
)

// cloudWatchPrincipal is CloudWatch's alarms where a policy names services.
const cloudWatchPrincipal = "cloudwatch.amazonaws.com"

// maxSubject is how long a subject of SNS may be.
const maxSubject = 100

// act carries out one action of an alarm that has come to a state. Only topics are told; what CloudWatch does else on
// AWS is not done here. An action that fails is not tried again.
func (s *Server) act(a *alarm, target, old string, now *alarmState) HeldAction {
	done := HeldAction{Time: now.updated, Target: target, Failure: "only SNS topics are told here"}
	if arn, _ := parseARN(target); arn.service == serviceSNS {
		done.Failure = s.notify(a, target, old, now)
	}
	if done.Failure != "" {
		s.logger.LogAttrs(context.Background(), slog.LevelWarn, "alarm action failed", slog.String("alarm", a.arn),
			slog.String("state", now.value), slog.String("target", target), slog.String("reason", done.Failure))
	}
	return done
}

// notify publishes to a topic, whose policy and key must admit CloudWatch, see
// https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger; it returns why that cannot be. A FIFO
// topic takes no message without a group.
func (s *Server) notify(a *alarm, target, old string, now *alarmState) (failure string) {
	t := s.topics.get(target, false)
	if t == nil {
		return noTopic().message
	}
	decision := s.policies.read(t.attributes["Policy"]).Evaluate(policydoc.Request{
		Principal: policydoc.Principal{Service: cloudWatchPrincipal}, Action: "sns:Publish", Resource: t.arn,
		Context: alarmKeys(a),
	})
	if !decision.Allowed {
		return "Resource: " + a.arn + " is not authorized to perform: SNS:Publish on resource: " + t.arn + ": " + decision.Reason
	}
	if t.fifo {
		return "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
	}
	if ref := t.attributes["KmsMasterKeyId"]; ref != "" {
		err := s.mayUseKey(kmsARN(ref, t.region, t.account), t.region, policydoc.Request{
			Principal: policydoc.Principal{Service: cloudWatchPrincipal}, Context: alarmKeys(a),
		}, keyUseSend)
		if err != nil {
			return "the topic's key: " + err.message
		}
	}
	message, subject := a.message(old, now), a.subject(now.value)
	rq := &request{service: serviceSNS, operation: "Publish", region: t.region, now: now.updated}
	s.publishTo(rq, t, publishedMessage{Message: &message, Subject: &subject})
	return ""
}

// alarmKeys are the circumstances under which CloudWatch acts for an alarm. aws:SourceOwner is what a topic's first
// policy asks for, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner.
func alarmKeys(a *alarm) map[string][]string {
	keys := serviceKeys(cloudWatchPrincipal, a.arn, a.account)
	keys["aws:SourceOwner"] = []string{a.account}
	return keys
}

func (a *alarm) subject(state string) string {
	text := []rune(state + `: "` + a.settings.AlarmName + `" in ` + regionName(a.region))
	return string(text[:min(len(text), maxSubject)])
}

// alarmMessage is what a topic is told, with the names and the order that AWS has.
type alarmMessage struct {
	AlarmName                          string
	AlarmDescription                   *string
	AWSAccountID                       string `json:"AWSAccountId"`
	AlarmConfigurationUpdatedTimestamp string
	NewStateValue                      string
	NewStateReason                     string
	StateChangeTime                    string
	Region                             string
	AlarmArn                           string
	OldStateValue                      string
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	Trigger                            alarmTrigger
}

type alarmTrigger struct {
	MetricName                       string
	Namespace                        string
	StatisticType                    string
	Statistic                        string `json:",omitempty"`
	ExtendedStatistic                string `json:",omitempty"`
	Unit                             *string
	Dimensions                       []alarmDimension
	Period                           int
	EvaluationPeriods                int
	DatapointsToAlarm                *int `json:",omitempty"`
	ComparisonOperator               string
	Threshold                        json.Number
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string
}

type alarmDimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// message tells of the change to a state.
func (a *alarm) message(old string, now *alarmState) string {
	set := &a.settings
	trigger := alarmTrigger{
		MetricName: set.MetricName, Namespace: set.Namespace, StatisticType: "Statistic", Dimensions: []alarmDimension{},
		Period: *set.Period, EvaluationPeriods: *set.EvaluationPeriods, DatapointsToAlarm: set.DatapointsToAlarm,
		ComparisonOperator: set.ComparisonOperator, Threshold: json.Number(decimal(*set.Threshold)),
		TreatMissingData: set.missing(), EvaluateLowSampleCountPercentile: set.EvaluateLowSampleCountPercentile,
		ExtendedStatistic: set.ExtendedStatistic,
	}
	switch set.Statistic {
	case "":
		trigger.StatisticType = "ExtendedStatistic"
	case "SampleCount":
		trigger.Statistic = "SAMPLE_COUNT"
	default:
		trigger.Statistic = strings.ToUpper(set.Statistic)
	}
	if set.Unit != "" {
		trigger.Unit = &set.Unit
	}
	for _, d := range set.Dimensions {
		trigger.Dimensions = append(trigger.Dimensions, alarmDimension{d.Value, d.Name})
	}
	text, _ := json.Marshal(alarmMessage{ // it never fails
		AlarmName: set.AlarmName, AlarmDescription: set.AlarmDescription, AWSAccountID: a.account,
		AlarmConfigurationUpdatedTimestamp: alarmTime(a.updated), NewStateValue: now.value, NewStateReason: now.reason,
		StateChangeTime: alarmTime(now.updated), Region: regionName(a.region), AlarmArn: a.arn, OldStateValue: old,
		OKActions: listed(set.OKActions), AlarmActions: listed(set.AlarmActions),
		InsufficientDataActions: listed(set.InsufficientDataActions), Trigger: trigger,
	})
	return string(text)
}

// alarmTime is how CloudWatch writes times in messages.
func alarmTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }
