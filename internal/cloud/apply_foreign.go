package cloud

import (
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
)

// foreignTopic says that the topic of the step's subscription is in another account.
func (w *work) foreignTopic() bool {
	topic, err := arn.Parse(w.step.Resource.TopicARN)
	return err == nil && topic.AccountID != w.client.caller.AccountID
}

// notPermitted says of a refused Subscribe to a topic of another account which statements the topic's policy needs.
func (w *work) notPermitted(f *fault.Error) error {
	if !w.foreignTopic() || isOwnPolicy(f) {
		return f
	}
	said := *f
	said.Reason = v1alpha1.ReasonSubscribeNotPermitted
	said.Message += "; the policy of topic " + w.step.Resource.TopicARN + " needs " + plan.SubscribeStatements(w.step.Resource)
	return &said
}
