package cloud

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/testaws"
	"github.com/skein-dev/skein/internal/topology"
)

const (
	keysOf  = "arn:aws:kms:eu-west-1:111122223333:"
	ordersA = keysOf + "alias/orders"
)

// makeKey makes a key with an alias, and gives its ARN.
func makeKey(t *testing.T, client *kms.Client, alias, policy string) string {
	t.Helper()
	in := &kms.CreateKeyInput{}
	if policy != "" {
		in.Policy = &policy
	}
	out, err := client.CreateKey(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: out.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.KeyMetadata.Arn)
}

// summary is a key without the text of its policy.
func summary(k topology.Key) topology.Key {
	k.Policy.Statements, k.Policy.ID, k.Policy.Version = nil, "", ""
	return k
}

func TestKeysAreReadWithTheirPolicies(t *testing.T) {
	w := newWorld(t)
	arn := makeKey(t, w.in("").kms, "alias/orders", "")
	w.aws.ResetCalls()
	got := w.Keys(t.Context(), []string{ordersA, arn, keysOf + "alias/none", keysOf + "alias/aws/sqs", "arn:aws:kms:eu-west-1:444455556666:key/k"}, w.clock.Now())
	for _, key := range []string{ordersA, arn} {
		k := got[key]
		if diff := cmp.Diff(topology.Key{ARN: arn, State: "Enabled", Spec: "SYMMETRIC_DEFAULT"}, summary(k)); diff != "" || len(k.Policy.Statements) != 1 {
			t.Errorf("%s: %d statements (-want +got):\n%s", key, len(k.Policy.Statements), diff)
		}
	}
	if k := got[keysOf+"alias/none"]; !k.Missing {
		t.Errorf("a key that is not there: %+v", k)
	}
	if k := got[keysOf+"alias/aws/sqs"]; !k.AWSManaged || len(k.Policy.Statements) != 0 {
		t.Errorf("a key that AWS manages: %+v", k)
	}
	if len(got) != 4 {
		t.Errorf("the key of another account was read too: %v", got)
	}
	w.calls(map[string]int{"kms:DescribeKey": 4, "kms:GetKeyPolicy": 2})
}

func TestKeysAreSharedUntilANewerOneIsAskedFor(t *testing.T) {
	w := newWorld(t)
	makeKey(t, w.in("").kms, "alias/orders", "")
	w.aws.ResetCalls()
	begin := w.clock.Now()
	for range 3 {
		w.Keys(t.Context(), []string{ordersA}, begin)
		w.clock.Step(time.Minute)
	}
	w.calls(map[string]int{"kms:DescribeKey": 1, "kms:GetKeyPolicy": 1})
	w.Keys(t.Context(), []string{ordersA}, w.clock.Now())
	w.calls(map[string]int{"kms:DescribeKey": 1, "kms:GetKeyPolicy": 1})
	if got := w.Keys(t.Context(), nil, w.clock.Now()); len(got) != 0 {
		t.Errorf("of no keys: %v", got)
	}
	w.calls(map[string]int{})
}

func TestKeysThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		hook localaws.Hook
		want topology.Key
	}{
		"DescribeKey not permitted": {failing("AccessDeniedException", "kms:DescribeKey"), topology.Key{Denied: "kms:DescribeKey"}},
		"GetKeyPolicy not permitted": {
			failing("AccessDeniedException", "kms:GetKeyPolicy"), topology.Key{State: "Enabled", Spec: "SYMMETRIC_DEFAULT", Denied: "kms:GetKeyPolicy"},
		},
		"throttled":                 {failing("ThrottlingException", "kms:DescribeKey"), topology.Key{Unread: "kms:DescribeKey ends in ThrottlingException"}},
		"what stands there is none": {failing("InvalidArnException", "kms:DescribeKey"), topology.Key{Missing: true}},
		"unknown operation, of AWS": {failing("UnknownOperationException", "kms:DescribeKey"), topology.Key{Unread: "kms:DescribeKey ends in UnknownOperationException"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			arn := makeKey(t, w.in("").kms, "alias/orders", "")
			if c.want.State != "" {
				c.want.ARN = arn
			}
			w.aws.SetHook(c.hook)
			if diff := cmp.Diff(c.want, w.Keys(t.Context(), []string{ordersA}, w.clock.Now())[ordersA]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A key that is out of reach is tried again after a while, not by each object anew.
func TestKeysOutOfReachAreTriedAgain(t *testing.T) {
	w := newWorld(t)
	makeKey(t, w.in("").kms, "alias/orders", "")
	w.aws.SetHook(failing("KMSInternalException", "kms:DescribeKey"))
	begin := w.clock.Now()
	read := func() topology.Key { return w.Keys(t.Context(), []string{ordersA}, begin)[ordersA] }
	if k := read(); !strings.Contains(k.Unread, "KMSInternal") {
		t.Errorf("while it fails: %+v", k)
	}
	w.aws.SetHook(nil)
	w.aws.ResetCalls()
	read()
	w.calls(map[string]int{})
	w.clock.Step(keepUnread)
	if k := read(); k.Unread != "" || k.State != "Enabled" {
		t.Errorf("after a while: %+v", k)
	}
}

// over is a client of an emulator.
func over(t *testing.T, b testaws.Backend) *Client {
	t.Helper()
	accounts := NewAccounts(Options{Rates: Unlimited(), Cluster: cluster, HTTPClient: b.HTTPClient})
	emulators := testaws.Shared(t)
	for _, e := range []testaws.Backend{emulators.Moto, emulators.Fauxqs} {
		if kept, ok := e.HTTPClient.(interface{ CloseIdleConnections() }); ok {
			t.Cleanup(kept.CloseIdleConnections)
		}
	}
	c, err := accounts.Client(t.Context(), Identity{Region: b.Region, Endpoint: b.Endpoint, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKeysOverMoto(t *testing.T) {
	b := testaws.Shared(t).Moto.In("ca-central-1")
	c := over(t, b)
	const policy = `{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}`
	arn := makeKey(t, c.in("").kms, "alias/skein-keys", policy)
	alias := "arn:aws:kms:ca-central-1:" + b.AccountID + ":alias/"
	got := c.Keys(t.Context(), []string{alias + "skein-keys", alias + "skein-none"}, time.Time{})
	k := got[alias+"skein-keys"]
	if diff := cmp.Diff(topology.Key{ARN: arn, State: "Enabled", Spec: "SYMMETRIC_DEFAULT"}, summary(k)); diff != "" || len(k.Policy.Statements) != 1 {
		t.Errorf("%d statements (-want +got):\n%s", len(k.Policy.Statements), diff)
	}
	if k := got[alias+"skein-none"]; !k.Missing {
		t.Errorf("a key that is not there: %+v", k)
	}
}

// fauxqs has no KMS: that is said, and costs nobody a failure.
func TestKeysOfAnEmulatorWithoutKMS(t *testing.T) {
	b := testaws.Shared(t).Fauxqs
	key := "arn:aws:kms:" + b.Region + ":" + b.AccountID + ":alias/k"
	if diff := cmp.Diff(topology.Key{Unread: noKMS}, over(t, b).Keys(t.Context(), []string{key}, time.Time{})[key]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
