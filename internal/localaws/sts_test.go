package localaws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestAccountForKey(t *testing.T) {
	for key, want := range map[string]string{
		"111111111111": "111111111111", "AKIAIOSFODNN7EXAMPLE": "123456789012", "": "123456789012", "11111111111x": "123456789012",
	} {
		if got := localaws.AccountForKey(key); got != want {
			t.Errorf("AccountForKey(%q) = %s, want %s", key, got, want)
		}
	}
}

func TestIdentities(t *testing.T) {
	const named = "arn:aws:iam::333333333333:user/alice"
	w := newWorld(localaws.WithAccessKey("AKIANAMED", "333333333333", named))
	for key, want := range map[string][2]string{
		owner:       {owner, "arn:aws:iam::111111111111:user/local"},
		"AKIAOTHER": {"123456789012", "arn:aws:iam::123456789012:user/local"},
		"AKIANAMED": {"333333333333", named},
	} {
		got := must[*sts.GetCallerIdentityOutput](t)(w.sts(key, "any").GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
		if *got.Account != want[0] || *got.Arn != want[1] {
			t.Errorf("key %s is %s %s, want %v", key, *got.Account, *got.Arn, want)
		}
	}
}

func TestWrongCredentials(t *testing.T) {
	w := newWorld(localaws.WithStrictKeys(), localaws.WithCredentials(owner, "right"))
	ask := func(key, secret string) error {
		_, err := w.sts(key, secret).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	wantCode(t, "the right secret", ask(owner, "right"), "")
	wantCode(t, "a wrong secret", ask(owner, "wrong"), "SignatureDoesNotMatch")
	wantCode(t, "an unknown key", ask(stranger, "right"), "InvalidClientTokenId")
	_, err := w.sqs(stranger, region).ListQueues(t.Context(), &sqs.ListQueuesInput{})
	wantCode(t, "an unknown key at SQS", err, "InvalidClientTokenId")
	_, err = sqs.NewFromConfig(w.config(owner, "right", region)).ListQueues(t.Context(), &sqs.ListQueuesInput{})
	wantCode(t, "the right secret at SQS", err, "")
	_, err = sns.NewFromConfig(w.config(owner, "right", region)).ListTopics(t.Context(), &sns.ListTopicsInput{})
	wantCode(t, "the right secret at SNS", err, "")
	if calls := w.Calls(); len(calls) != 6 || calls[1].Code != "SignatureDoesNotMatch" || calls[1].AccessKey != owner {
		t.Errorf("logged %+v, want 6 calls, the second refused for its signature", calls)
	}
}

func TestAssumeRole(t *testing.T) {
	const open, guarded = "arn:aws:iam::222222222222:role/open", "arn:aws:iam::222222222222:role/path/guarded"
	w := newWorld(localaws.WithStrictKeys(), localaws.WithAccessKey(owner, owner, ""),
		localaws.WithAccessKey("444444444444", "444444444444", ""), localaws.WithRole(guarded, "skein", owner))
	assume := func(key, role, externalID string) (*sts.AssumeRoleOutput, error) {
		in := &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")}
		if externalID != "" {
			in.ExternalId = &externalID
		}
		return w.sts(key, "any").AssumeRole(t.Context(), in)
	}
	for name, test := range map[string]struct{ key, role, externalID, code string }{
		"not registered":       {owner, open, "", ""},
		"right":                {owner, guarded, "skein", ""},
		"no external id":       {owner, guarded, "", "AccessDenied"},
		"another external id":  {owner, guarded, "x", "AccessDenied"},
		"not a trusted caller": {"444444444444", guarded, "skein", "AccessDenied"},
		"no role":              {owner, "arn:aws:iam::222222222222:user/x", "", "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := assume(test.key, test.role, test.externalID)
			wantCode(t, "AssumeRole", err, test.code)
		})
	}
	issued := must[*sts.AssumeRoleOutput](t)(assume(owner, guarded, "skein")).Credentials
	session := w.sts(*issued.AccessKeyId, *issued.SecretAccessKey)
	got := must[*sts.GetCallerIdentityOutput](t)(session.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))
	if *got.Account != stranger || *got.Arn != "arn:aws:sts::222222222222:assumed-role/guarded/session" {
		t.Errorf("the session is %s %s", *got.Account, *got.Arn)
	}
	if want := w.clock.Now().Add(time.Hour); !issued.Expiration.Equal(want) {
		t.Errorf("expires %s, want %s", issued.Expiration, want)
	}
	w.pass(time.Hour + time.Second)
	_, err := session.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, "after an hour", err, "ExpiredToken")
}
