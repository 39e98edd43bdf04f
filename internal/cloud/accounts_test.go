package cloud

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
)

func TestP54ClientsAreKeyedByIdentity(t *testing.T) {
	w := newWorld(t)
	other := identity
	other.AccessKeyID = "444455556666"
	if got := w.open(other).Caller().AccountID; got != "444455556666" {
		t.Errorf("other identity is account %s", got)
	}
	if got := w.open(identity); got != w.Client || got.Caller().AccountID != account || got.Caller().Partition != "aws" {
		t.Errorf("same identity: another client, or another caller: %+v", got.Caller())
	}
	rotated := identity
	rotated.SecretAccessKey = "another"
	if w.open(rotated) == w.Client {
		t.Error("other keys got the same client")
	}
	w.calls(map[string]int{"sts:GetCallerIdentity": 2})
	w.accounts.Forget(identity)
	if w.open(identity) == w.Client {
		t.Error("a forgotten client came back")
	}
	w.calls(map[string]int{"sts:GetCallerIdentity": 1})
}

func TestP54ManyAskAtOnce(t *testing.T) {
	w := newWorld(t)
	w.accounts.Forget(identity)
	w.aws.SetHook(func(localaws.Call) localaws.Fault { return localaws.Fault{Latency: 20 * time.Millisecond} })
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if c, err := w.accounts.Client(t.Context(), identity); err != nil || c == nil {
				t.Errorf("client %v: %v", c, err)
			}
		})
	}
	wg.Wait()
	w.calls(map[string]int{"sts:GetCallerIdentity": 1})
}

func TestP54FailsClosedUntilVerified(t *testing.T) {
	w := newWorld(t)
	w.accounts.Forget(identity)
	w.aws.SetHook(failing("AccessDenied", "sts:GetCallerIdentity"))
	for range 3 {
		c, err := w.accounts.Client(t.Context(), identity)
		if c != nil {
			t.Fatal("a client that was not verified")
		}
		asFault(t, err, fault.Denied, v1alpha1.ReasonAccessDenied)
	}
	w.calls(map[string]int{"sts:GetCallerIdentity": 1})
	w.aws.SetHook(nil)
	w.clock.Step(keepFailure)
	w.open(identity)
}

func TestP54ResourcesOfAnotherAccountAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	stranger := queueResource(strings.Replace(billing, account, "444455556666", 1))
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.Delete} {
		f := w.fault(plan.Step{Action: action, Resource: stranger, Set: []map[string]string{{"DelaySeconds": "1"}}})
		asFault(t, f, fault.Terminal, v1alpha1.ReasonAccountChanged)
	}
	_, err := w.Observe(t.Context(), Observation{Want: want(stranger)})
	asFault(t, err, fault.Terminal, v1alpha1.ReasonAccountChanged)
	w.calls(map[string]int{})
}

func TestP55BadCredentialsAreAnError(t *testing.T) {
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
	const guarded = "arn:aws:iam::111122223333:role/guarded"
	w := newWorld(t, localaws.WithCredentials(account, "s3cret"), localaws.WithStrictKeys(), localaws.WithRole(guarded, "open sesame"))
	cases := map[string]struct {
		change    func(*Identity)
		operation string
	}{
		"unknown key":       {func(id *Identity) { id.AccessKeyID = "AKIAUNKNOWN" }, "sts:GetCallerIdentity"},
		"wrong secret":      {func(id *Identity) { id.SecretAccessKey = "wrong" }, "sts:GetCallerIdentity"},
		"empty secret":      {func(id *Identity) { id.SecretAccessKey = "" }, "sts:GetCallerIdentity"},
		"nothing in chain":  {func(id *Identity) { id.AccessKeyID, id.SecretAccessKey = "", "" }, "sts:GetCallerIdentity"},
		"role not ours":     {func(id *Identity) { id.RoleARN = guarded }, "sts:AssumeRole"},
		"wrong external id": {func(id *Identity) { id.RoleARN, id.ExternalID = guarded, "guess" }, "sts:AssumeRole"},
		"role is no ARN":    {func(id *Identity) { id.RoleARN = "nonsense" }, "sts:AssumeRole"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			id := identity
			c.change(&id)
			client, err := w.accounts.Client(t.Context(), id)
			if client != nil {
				t.Error("a client without credentials")
			}
			asFault(t, err, fault.Denied, v1alpha1.ReasonInvalidCredentials)
			if f := fault.As(err); f.Operation != c.operation {
				t.Errorf("operation %s, want %s", f.Operation, c.operation)
			}
		})
	}
	t.Run("a profile that is not there", func(t *testing.T) {
		t.Setenv("AWS_PROFILE", "missing")
		id := identity
		id.AccessKeyID = ""
		_, err := w.accounts.Client(t.Context(), id)
		asFault(t, err, fault.Denied, v1alpha1.ReasonInvalidCredentials)
	})
	t.Run("credentials that stop working", func(t *testing.T) {
		w.aws.SetHook(failing("ExpiredToken", "sqs:GetQueueUrl"))
		_, err := w.Observe(t.Context(), Observation{Want: want(queueResource(billing))})
		asFault(t, err, fault.Denied, v1alpha1.ReasonInvalidCredentials)
	})
}

func TestRolesAreAssumedWithTheirExternalID(t *testing.T) {
	const role = "arn:aws:iam::444455556666:role/skein"
	w := newWorld(t, localaws.WithRole(role, "open sesame", account))
	id := identity
	id.RoleARN, id.ExternalID = role, "open sesame"
	caller := w.open(id).Caller()
	if caller.AccountID != "444455556666" || !strings.HasPrefix(caller.ARN, "arn:aws:sts::444455556666:assumed-role/skein/") {
		t.Errorf("caller %+v", caller)
	}
}

func TestP54CredentialsThatChangeTheirAccountAreRefused(t *testing.T) {
	w := newWorld(t)
	localaws.WithAccessKey(account, "444455556666", "")(w.aws)
	caller, err := w.Verify(t.Context())
	if err != nil || caller.AccountID != "444455556666" || w.Caller().AccountID != account {
		t.Fatalf("%+v, %v; the client's caller %+v", caller, err, w.Caller())
	}
	asFault(t, w.fault(create(queueResource(billing), nil)), fault.Terminal, v1alpha1.ReasonAccountChanged)
	w.calls(map[string]int{"sts:GetCallerIdentity": 1})
	localaws.WithAccessKey(account, account, "")(w.aws)
	if _, err := w.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.apply(create(queueResource(billing), nil))
}

func TestVerifyAsksAnew(t *testing.T) {
	w := newWorld(t)
	caller, err := w.Verify(t.Context())
	if err != nil || caller != w.Caller() {
		t.Errorf("%+v, %v", caller, err)
	}
	w.calls(map[string]int{"sts:GetCallerIdentity": 1})
}

func TestAnUnreachableEndpointIsRetried(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	id := identity
	id.Endpoint = "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	a := NewAccounts(Options{})
	a.retryDelay = func() time.Duration { return 0 }
	_, err = a.Client(t.Context(), id)
	asFault(t, err, fault.Retry, v1alpha1.ReasonUnreachable)
}

func TestACABundleDoesNotBreakAnotherHTTPClient(t *testing.T) {
	w := newWorld(t)
	w.accounts.Forget(identity)
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, block, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	w.open(identity)
}

func TestIdentityTellsNoSecrets(t *testing.T) {
	id := Identity{
		Region: region, Endpoint: "http://e", RoleARN: "arn:aws:iam::1:role/r", ExternalID: "EXTERNAL",
		AccessKeyID: "AKIA", SecretAccessKey: "SECRET", SessionToken: "TOKEN",
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		s := fmt.Sprintf(format, id)
		for _, secret := range []string{"SECRET", "TOKEN", "EXTERNAL", "AKIA"} {
			if strings.Contains(s, secret) {
				t.Errorf("%s shows %s: %s", format, secret, s)
			}
		}
	}
}
