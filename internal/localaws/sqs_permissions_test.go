package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

func (w world) permit(t *testing.T, label string, accounts, actions []string) error {
	t.Helper()
	_, err := w.sqs(owner, region).AddPermission(t.Context(), &sqs.AddPermissionInput{
		QueueUrl: aws.String("q"), Label: &label, AWSAccountIds: accounts, Actions: actions,
	})
	return err
}

func TestAddPermissionRefused(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	them, send := []string{stranger}, []string{"SendMessage"}
	eight := strings.Fields(strings.Repeat("SendMessage ", 8))
	const invalid = "InvalidParameterValue"
	for name, test := range map[string]struct {
		label             string
		accounts, actions []string
		code, message     string
	}{
		"no label":        {"", them, send, "MissingParameter", "The request must contain the parameter Label."},
		"bad label":       {"a label", them, send, invalid, "Value a label for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"},
		"no accounts":     {"l", []string{}, send, "MissingParameter", "The request must contain the parameter AWSAccountIds."},
		"no account":      {"l", []string{"me"}, send, invalid, "Value [me] for parameter PrincipalId is invalid. Reason: Unable to verify."},
		"no actions":      {"l", them, []string{}, "MissingParameter", "The request must contain the parameter ActionName."},
		"eight actions":   {"l", them, eight, "OverLimit", "8 Actions were found, maximum allowed is 7."},
		"unknown action":  {"l", them, []string{"SendMessageBatch"}, invalid, "Value SQS:SendMessageBatch for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions."},
		"owner's action":  {"l", them, []string{"DeleteQueue"}, invalid, "Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action."},
		"the move action": {"l", them, []string{"StartMessageMoveTask"}, invalid, "Value SQS:StartMessageMoveTask for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action."},
	} {
		t.Run(name, func(t *testing.T) {
			wantMessage(t, "AddPermission", w.permit(t, test.label, test.accounts, test.actions), test.code, test.message)
		})
	}
	if got := w.queueAttributes(t, "q", "Policy"); len(got) != 0 {
		t.Errorf("the policy is %v, want none", got)
	}
}

func TestAddPermissionAtMostTwentyStatements(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	for i := range 20 {
		wantCode(t, fmt.Sprint("statement ", i+1), w.permit(t, fmt.Sprint("label-", i), []string{stranger}, []string{"*"}), "")
	}
	wantMessage(t, "one more", w.permit(t, "more", []string{stranger}, []string{"*"}), "OverLimit",
		"21 Statements were found, maximum allowed is 20.")
}

func TestAddPermissionToAPolicyThatIsThere(t *testing.T) {
	w := newWorld()
	_, arn := w.queue(t, "q", nil)
	mine := fmt.Sprintf(`{"Sid":"mine","Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":%q}`, arn)
	wantCode(t, "a policy with one statement", w.setQueue(t, "q", "Policy", `{"Version":"2012-10-17","Statement":`+mine+`}`), "")
	added := fmt.Sprintf(`{"Sid":"them","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"SQS:ReceiveMessage","Resource":%q}`, arn)
	for range 2 {
		wantCode(t, "AddPermission, also again", w.permit(t, "them", []string{stranger}, []string{"ReceiveMessage"}), "")
		want := `{"Version":"2012-10-17","Statement":[` + mine + "," + added + `]}`
		if diff := cmp.Diff(want, w.queueAttributes(t, "q", "Policy")["Policy"]); diff != "" {
			t.Errorf("policy (-want +got):\n%s", diff)
		}
	}
	wantMessage(t, "the label for something else", w.permit(t, "them", []string{stranger}, []string{"SendMessage"}),
		"InvalidParameterValue", "Value them for parameter Label is invalid. Reason: Already exists.")
	_, err := w.sqs(owner, region).RemovePermission(t.Context(), &sqs.RemovePermissionInput{QueueUrl: aws.String("q"), Label: aws.String("mine")})
	wantCode(t, "RemovePermission of a statement that another call made", err, "")
	if got := w.queueAttributes(t, "q", "Policy")["Policy"]; strings.Contains(got, "mine") || !strings.Contains(got, "them") {
		t.Errorf("the policy is %s, want the one statement that is left", got)
	}
}

func TestPermissionsAreTheOwnersToGive(t *testing.T) {
	w := newWorld()
	url, arn := w.queue(t, "q", nil)
	everything := fmt.Sprintf(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":%q}}`, arn)
	wantCode(t, "a policy that allows everything", w.setQueue(t, "q", "Policy", everything), "")
	client := w.sqs(stranger, region)
	_, err := client.AddPermission(t.Context(), &sqs.AddPermissionInput{
		QueueUrl: &url, Label: aws.String("me"), AWSAccountIds: []string{stranger}, Actions: []string{"*"},
	})
	wantCode(t, "AddPermission", err, "AccessDenied")
	_, err = client.TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"k": "v"}})
	wantCode(t, "TagQueue", err, "AccessDenied")
	_, err = client.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: &url})
	wantCode(t, "ListQueueTags", err, "AccessDenied")
	_, err = client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"DelaySeconds": "1"}})
	wantCode(t, "SetQueueAttributes", err, "AccessDenied")
}
