package delivery_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// Alarms are one more service that publishes: with the statement SkeinAlarms on the topic, its key must admit CloudWatch.
func TestKeyOfATopicThatTakesAlarms(t *testing.T) {
	cloudwatch := func(condition string) string {
		return `{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"` + condition + `}`
	}
	const sns = `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`
	tests := map[string]struct {
		accounts []string
		key      string
		admits   []string
		status   metav1.ConditionStatus
		reason   string
	}{
		"no alarms, AWS's own key":            {key: "alias/aws/sns", status: metav1.ConditionTrue},
		"AWS's own key":                       {accounts: []string{account}, key: "alias/aws/sns", status: metav1.ConditionFalse, reason: v1alpha1.ReasonTopicKeyNotGrantable},
		"a key that admits SNS only":          {accounts: []string{account}, key: keyARN, admits: []string{sns}, status: metav1.ConditionFalse, reason: v1alpha1.ReasonTopicKeyDenied},
		"a key that admits CloudWatch":        {accounts: []string{account}, key: keyARN, admits: []string{sns, cloudwatch("")}, status: metav1.ConditionTrue},
		"for the account":                     {accounts: []string{account}, key: keyARN, admits: []string{sns, cloudwatch(`,"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}`)}, status: metav1.ConditionTrue},
		"for another account":                 {accounts: []string{account}, key: keyARN, admits: []string{sns, cloudwatch(`,"Condition":{"StringEquals":{"aws:SourceAccount":"` + stranger + `"}}`)}, status: metav1.ConditionUnknown, reason: v1alpha1.ReasonKeyUnknown},
		"for alarms, which AWS alone can say": {accounts: []string{account}, key: keyARN, admits: []string{sns, cloudwatch(`,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:` + account + `:alarm:*"}}`)}, status: metav1.ConditionUnknown, reason: v1alpha1.ReasonKeyUnknown},
		"for one of two accounts, not known":  {accounts: []string{account, stranger}, key: keyARN, admits: []string{sns, cloudwatch(`,"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}`)}, status: metav1.ConditionUnknown, reason: v1alpha1.ReasonKeyUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := well(t)
			policy := policydoc.DefaultTopicPolicy(topicARN, account)
			policy.Statements = append(policy.Statements, policydoc.Alarms(topicARN, tt.accounts, policydoc.MaxNamedAlarmAccounts)...)
			s.topicHas(tt.key, policy.JSON())
			s.keys = map[string]topology.Key{keyARN: admitting(t, tt.admits...)}
			v := s.prove()
			if v.Status != tt.status || tt.reason != "" && v.Reason != tt.reason {
				t.Fatalf("%s %s: %s", v.Status, v.Reason, v.Message)
			}
			if v.Status == metav1.ConditionFalse && !strings.Contains(v.Message, "cloudwatch.amazonaws.com") {
				t.Error(v.Message)
			}
		})
	}
}
