package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/fault"
)

// explainAWS gives a call to AWS that failed its remedy. The key is that of the queue; empty: none, or not known.
func explainAWS(err error, a *amazon, q cloud.QueueRef, key string) error {
	f := fault.As(err)
	said := spoken(f)
	p := &problem{cause: err}
	switch {
	case f.Reason == v1alpha1.ReasonInvalidCredentials:
		p.what = "AWS cannot be asked with your credentials: " + said
		p.remedy = "Log in (aws sso login, say), or choose others by --profile, AWS_PROFILE or AWS_ACCESS_KEY_ID."
	case strings.HasPrefix(strings.ToUpper(f.Code), "KMS"):
		p.what = fmt.Sprintf("%s cannot use the key %s, with which messages of %s are encrypted: %s", a.caller(), cmp.Or(key, "that the queue had before"), q.ARN, said)
		p.remedy = fmt.Sprintf("Ask for kms:Decrypt on that key, in your policy or in the key's, and see that the key is enabled (account %s).", a.account.AccountID)
	case f.Reason == v1alpha1.ReasonAccessDenied:
		p.what = fmt.Sprintf("%s may not call %s for %s: %s", a.caller(), f.Operation, f.Resource, said)
		p.remedy = "Ask for that permission. " + needed(q, key)
	case f.Class == fault.Throttled:
		p.what = fmt.Sprintf("AWS takes no more calls of %s now: %s", f.Operation, said)
		p.remedy = "Try again in a moment."
	case f.Reason == v1alpha1.ReasonUnreachable:
		p.what = "AWS cannot be reached: " + said
		p.remedy = "See that the network leads there, or name another endpoint by --endpoint-url."
	case strings.HasSuffix(f.Code, "NonExistentQueue"), strings.HasPrefix(f.Code, "QueueDoesNotExist"):
		p.what = fmt.Sprintf("the queue %s does not exist in AWS", q.ARN)
		p.remedy = "kubectl skein status says what the operator knows of it."
	default:
		p.what = f.Error()
	}
	p.remedy = join(p.remedy, a.hint)
	return p
}

// caller is who the user is to AWS, as far as AWS has said.
func (a *amazon) caller() string {
	if a.Client == nil {
		return "you"
	}
	return a.Caller().ARN
}

// needed lists what a look needs, as nobody likes to ask for permissions one by one.
func needed(q cloud.QueueRef, key string) string {
	if q.ARN == "" {
		return ""
	}
	sentence := fmt.Sprintf("A look needs sqs:GetQueueAttributes, sqs:ReceiveMessage and sqs:ChangeMessageVisibility on %s", q.ARN)
	if key != "" {
		sentence += ", and kms:Decrypt on the key " + key
	}
	return sentence + "."
}

// spoken is AWS's own words, or why there are none.
func spoken(f *fault.Error) string {
	switch {
	case f.Code != "":
		return f.Code + ": " + f.Message
	case f.Message != "":
		return f.Message
	case f.Err != nil:
		return f.Err.Error()
	default:
		return "no answer"
	}
}
