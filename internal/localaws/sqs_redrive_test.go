package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedrivePolicyTexts(t *testing.T) {
	w := newWorld()
	_, dlq := w.queue(t, "dlq", nil)
	w.queue(t, "q", nil)
	const invalid = "InvalidParameterValue"
	for name, test := range map[string]struct{ policy, code, reason string }{
		"no JSON":       {`{`, "InvalidAttributeValue", "Redrive policy is not a valid JSON map."},
		"no object":     {`[]`, "InvalidAttributeValue", "Redrive policy is not a valid JSON map."},
		"null":          {`null`, "InvalidAttributeValue", "Redrive policy is not a valid JSON map."},
		"target a list": {`{"deadLetterTargetArn":["a"],"maxReceiveCount":1}`, invalid, "Invalid value for deadLetterTargetArn."},
		"no target":     {`{"maxReceiveCount":1}`, invalid, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."},
		"no count":      {fmt.Sprintf(`{"deadLetterTargetArn":%q}`, dlq), invalid, "Redrive policy does not contain mandatory attribute: maxReceiveCount."},
		"count 0":       {fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":0}`, dlq), invalid, "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive."},
		"a third key":   {fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1,"x":1}`, dlq), invalid, "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]."},
		"target no ARN": {`{"deadLetterTargetArn":"dlq","maxReceiveCount":1}`, invalid, "Dead-letter target ARN should be fully qualified ARN."},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.setQueue(t, "q", "RedrivePolicy", test.policy)
			wantCode(t, "SetQueueAttributes", err, test.code)
			if err != nil && !strings.HasSuffix(err.Error(), " Reason: "+test.reason) {
				t.Errorf("got %v, want the reason %q", err, test.reason)
			}
		})
	}
}

func TestRedriveAllowPolicyTexts(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	source := func(i int) string { return fmt.Sprintf(`"arn:aws:sqs:us-east-1:111111111111:source-%d"`, i) }
	var eleven []string
	for i := range 11 {
		eleven = append(eleven, source(i))
	}
	const cannot, unsupported = "Amazon SQS can't create the redrive allow policy. ", "Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format."
	byQueue := func(sources ...string) string {
		return `{"redrivePermission":"byQueue","sourceQueueArns":[` + strings.Join(sources, ",") + `]}`
	}
	for name, test := range map[string]struct{ policy, code, reason string }{
		"allow all":             {`{"redrivePermission":"allowAll"}`, "", ""},
		"ten sources":           {byQueue(eleven[:10]...), "", ""},
		"eleven sources":        {byQueue(eleven...), "InvalidParameterValue", cannot + "The maximum number of source queue ARNs you can specify is 10."},
		"no source":             {byQueue(), "InvalidParameterValue", cannot + "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."},
		"sources for allowAll":  {`{"redrivePermission":"allowAll","sourceQueueArns":[` + source(1) + `]}`, "InvalidParameterValue", cannot + "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."},
		"unknown permission":    {`{"redrivePermission":"some"}`, "InvalidAttributeValue", unsupported},
		"unknown key":           {`{"redrivePermission":"denyAll","x":1}`, "InvalidAttributeValue", unsupported},
		"a source that is none": {byQueue(`"q"`), "InvalidAttributeValue", unsupported},
		"text behind it":        {`{"redrivePermission":"denyAll"} x`, "InvalidAttributeValue", unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.setQueue(t, "q", "RedriveAllowPolicy", test.policy)
			wantCode(t, "SetQueueAttributes", err, test.code)
			if err != nil && !strings.HasSuffix(err.Error(), " Reason: "+test.reason) {
				t.Errorf("got %v, want the reason %q", err, test.reason)
			}
		})
	}
}

// A dead-letter queue may go while queues point to it; their RedrivePolicy stays.
func TestDeadLetterQueueInUseCanBeDeleted(t *testing.T) {
	w := newWorld()
	_, dlq := w.queue(t, "dlq", nil)
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, dlq)
	w.queue(t, "q", map[string]string{"RedrivePolicy": policy})
	w.deleteQueue(t, "dlq")
	if diff := cmp.Diff(map[string]string{"RedrivePolicy": policy}, w.queueAttributes(t, "q", "RedrivePolicy")); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	wantCode(t, "setting it again", w.setQueue(t, "q", "RedrivePolicy", policy), "InvalidParameterValue")
}

// A RedriveAllowPolicy is looked at when a RedrivePolicy is set, not afterwards.
func TestRedriveAllowPolicyLeavesSourcesThatAreThere(t *testing.T) {
	w := newWorld()
	_, dlq := w.queue(t, "dlq", nil)
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, dlq)
	w.queue(t, "q", map[string]string{"RedrivePolicy": policy})
	wantCode(t, "closing the dead-letter queue", w.setQueue(t, "dlq", "RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`), "")
	wantCode(t, "another attribute of the source", w.setQueue(t, "q", "DelaySeconds", "1"), "")
	wantCode(t, "the RedrivePolicy again", w.setQueue(t, "q", "RedrivePolicy", policy), "InvalidParameterValue")
	wantCode(t, "opening it", w.setQueue(t, "dlq", "RedriveAllowPolicy", ""), "")
	wantCode(t, "the RedrivePolicy once more", w.setQueue(t, "q", "RedrivePolicy", policy), "")
}
