package localaws

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// maxRedriveSources is how many source queues a RedriveAllowPolicy may name.
const maxRedriveSources = 10

// redrivePermissions are what a RedriveAllowPolicy can say.
var redrivePermissions = []string{"allowAll", "denyAll", "byQueue"}

// redrivePolicy is the RedrivePolicy attribute of a queue.
type redrivePolicy struct {
	DeadLetterTargetArn string          `json:"deadLetterTargetArn"`
	MaxReceiveCount     json.RawMessage `json:"maxReceiveCount"`
}

// redriveAllowPolicy is the RedriveAllowPolicy attribute of a dead-letter queue.
type redriveAllowPolicy struct {
	RedrivePermission string   `json:"redrivePermission"`
	SourceQueueArns   []string `json:"sourceQueueArns,omitempty"`
}

// deadLetterTarget returns the ARN of the queue's dead-letter queue, empty for none.
func (q *queue) deadLetterTarget() string { return redriveTarget(q.attributes["RedrivePolicy"]) }

// redriveTarget returns the ARN that a RedrivePolicy of a queue or subscription names, empty for no policy.
func redriveTarget(text string) string {
	var policy redrivePolicy
	if text != "" {
		_ = json.Unmarshal([]byte(text), &policy)
	}
	return policy.DeadLetterTargetArn
}

// applyRedrivePolicy checks a RedrivePolicy as AWS does: both keys (recorded cases
// test_redrive_policy_attribute_validity), then the dead-letter queue itself. A queue may be its own target.
func (s *Server) applyRedrivePolicy(q *queue, text string) error {
	refuse := func(reason string) error { return invalidValue(text, "RedrivePolicy", reason) }
	var policy redrivePolicy
	var keys map[string]any
	if json.Unmarshal([]byte(text), &keys) != nil || keys == nil {
		return invalidAttribute("RedrivePolicy", "Redrive policy is not a valid JSON map.")
	}
	if json.Unmarshal([]byte(text), &policy) != nil {
		return refuse("Invalid value for deadLetterTargetArn.")
	}
	if policy.DeadLetterTargetArn == "" {
		return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
	}
	if policy.MaxReceiveCount == nil {
		return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
	}
	if len(keys) > 2 {
		return refuse("Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].")
	}
	count, err := strconv.Atoi(string(bytes.Trim(policy.MaxReceiveCount, `"`)))
	if err != nil || count < 1 || count > 1000 {
		return refuse("Invalid value for maxReceiveCount: " + string(policy.MaxReceiveCount) +
			", valid values are from 1 to 1000 both inclusive.")
	}
	target, ok := parseQueueARN(policy.DeadLetterTargetArn)
	switch {
	case !ok:
		return refuse("Dead-letter target ARN should be fully qualified ARN.")
	case target.account != q.account || target.region != q.region:
		return refuse("Dead letter target owner should be same as the source.")
	}
	dlq := s.queues.get(policy.DeadLetterTargetArn, false)
	if policy.DeadLetterTargetArn == q.arn {
		dlq = q
	}
	switch {
	case dlq == nil:
		return refuse("Dead letter target does not exist.")
	case dlq.fifo != q.fifo:
		return refuse("Dead-letter queue must be same type of queue as the source.")
	case !dlq.allowsSource(q.arn):
		return refuse("Dead-letter queue " + dlq.arn + " does not allow this queue as a source by its RedriveAllowPolicy.")
	}
	canonical, err := json.Marshal(policy)
	q.attributes["RedrivePolicy"] = string(canonical)
	return err
}

// allowsSource applies the queue's RedriveAllowPolicy; without one every queue of the account and region is allowed.
func (q *queue) allowsSource(arn string) bool {
	var policy redriveAllowPolicy
	if json.Unmarshal([]byte(q.attributes["RedriveAllowPolicy"]), &policy) != nil {
		return true
	}
	switch policy.RedrivePermission {
	case "denyAll":
		return false
	case "byQueue":
		return slices.Contains(policy.SourceQueueArns, arn)
	default:
		return true
	}
}

// applyRedriveAllowPolicy checks a RedriveAllowPolicy, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html.
func applyRedriveAllowPolicy(q *queue, text string) error {
	const cannot = "Amazon SQS can't create the redrive allow policy"
	refuse := func(reason string) error { return invalidValue(text, "RedriveAllowPolicy", cannot+". "+reason) }
	var policy redriveAllowPolicy
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if !json.Valid([]byte(text)) || decoder.Decode(&policy) != nil || !slices.Contains(redrivePermissions, policy.RedrivePermission) ||
		slices.ContainsFunc(policy.SourceQueueArns, notOfQueue) {
		return invalidAttribute("RedriveAllowPolicy", cannot+", as it’s in an unsupported format.")
	}
	byQueue := policy.RedrivePermission == "byQueue"
	switch {
	case !byQueue && len(policy.SourceQueueArns) > 0:
		return refuse("To specify one or more source queue ARNs, you must set redrivePermission to byQueue.")
	case byQueue && len(policy.SourceQueueArns) == 0:
		return refuse("When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.")
	case len(policy.SourceQueueArns) > maxRedriveSources:
		return refuse("The maximum number of source queue ARNs you can specify is " + itoa(maxRedriveSources) + ".")
	}
	canonical, err := json.Marshal(policy)
	q.attributes["RedriveAllowPolicy"] = string(canonical)
	return err
}

func notOfQueue(arn string) bool {
	_, ok := parseQueueARN(arn)
	return !ok
}
