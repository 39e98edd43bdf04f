package localaws_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kms calls KMS over its wire protocol as a caller of an account, and returns the answer and the error's code.
func (w world) kms(t *testing.T, key, region, operation, params string) (answer map[string]any, code string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://kms."+region+".amazonaws.com/", strings.NewReader(params))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260102/"+region+"/kms/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := w.HTTPClient().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, &answer) != nil {
		t.Fatalf("%s answers %q, %v", operation, body, err)
	}
	if resp.StatusCode == http.StatusOK {
		return answer, ""
	}
	if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
		t.Errorf("%s answers %d, %v", operation, resp.StatusCode, resp.Header)
	}
	return answer, fmt.Sprint(answer["__type"])
}

// kmsOK calls KMS as the owner and fails the test unless that succeeds.
func (w world) kmsOK(t *testing.T, operation, params string) map[string]any {
	t.Helper()
	answer, code := w.kms(t, owner, region, operation, params)
	if code != "" {
		t.Fatalf("%s %s: %v", operation, params, answer)
	}
	return answer
}

// key makes a KMS key of the owner and returns its ARN.
func (w world) key(t *testing.T, params string) string {
	t.Helper()
	return w.kmsOK(t, "CreateKey", params)["KeyMetadata"].(map[string]any)["Arn"].(string)
}

func quoted(pairs ...string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	text, _ := json.Marshal(m)
	return string(text)
}

func TestKMSKeyIsFoundByIDARNAndAlias(t *testing.T) {
	w := newWorld()
	arn := w.key(t, `{"Description":"d","Tags":[{"TagKey":"a","TagValue":"b"}]}`)
	id := arn[strings.LastIndex(arn, "/")+1:]
	w.kmsOK(t, "CreateAlias", quoted("AliasName", "alias/app", "TargetKeyId", id))
	want := map[string]any{
		"AWSAccountId": owner, "KeyId": id, "Arn": arn, "CreationDate": float64(1767323045), "Enabled": true, "Description": "d",
		"KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
		"CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
		"EncryptionAlgorithms": []any{"SYMMETRIC_DEFAULT"}, "MultiRegion": false,
	}
	for _, ref := range []string{id, arn, "alias/app", "arn:aws:kms:us-east-1:111111111111:alias/app"} {
		if diff := cmp.Diff(want, w.kmsOK(t, "DescribeKey", quoted("KeyId", ref))["KeyMetadata"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref, diff)
		}
	}
	for ref, message := range map[string]string{
		"testKeyId":                            "Invalid keyId 'testKeyId'",
		"alias/none":                           "Alias arn:aws:kms:us-east-1:111111111111:alias/none is not found.",
		"00000000-0000-4000-8000-000000000000": "Key 'arn:aws:kms:us-east-1:111111111111:key/00000000-0000-4000-8000-000000000000' does not exist",
		strings.Replace(arn, "us-east-1", "eu-west-1", 1): "Invalid arn eu-west-1",
	} {
		answer, code := w.kms(t, owner, region, "DescribeKey", quoted("KeyId", ref))
		if code != "NotFoundException" || answer["message"] != message {
			t.Errorf("%s: got %v, want %q", ref, answer, message)
		}
	}
	if _, code := w.kms(t, owner, "eu-west-1", "DescribeKey", quoted("KeyId", id)); code != "NotFoundException" {
		t.Errorf("in another region: %q", code)
	}
}

func TestKMSAliases(t *testing.T) {
	w := newWorld()
	first, second := w.key(t, `{}`), w.key(t, `{}`)
	call := func(operation, name, target string) string {
		_, code := w.kms(t, owner, region, operation, quoted("AliasName", name, "TargetKeyId", target))
		return code
	}
	for i, step := range []struct{ operation, name, target, code string }{
		{"CreateAlias", "alias/app", first, ""},
		{"CreateAlias", "alias/app", second, "AlreadyExistsException"},
		{"CreateAlias", "app", first, "ValidationException"},
		{"CreateAlias", "alias/a b", first, "InvalidAliasNameException"},
		{"CreateAlias", "alias/aws/mine", first, "NotAuthorizedException"},
		{"CreateAlias", "alias/two", "alias/app", "ValidationException"},
		{"CreateAlias", "alias/two", first + "0", "NotFoundException"},
		{"CreateAlias", "", first, "ValidationException"},
		{"CreateAlias", "alias/two", "", "ValidationException"},
		{"UpdateAlias", "alias/app", second, ""},
		{"UpdateAlias", "alias/two", second, "NotFoundException"},
		{"DeleteAlias", "alias/two", second, "NotFoundException"},
		{"CreateAlias", "alias/b", first, ""},
	} {
		if got := call(step.operation, step.name, step.target); got != step.code {
			t.Errorf("step %d, %s %s: got %q, want %q", i, step.operation, step.name, got, step.code)
		}
	}
	names := func(params string) (names []string) {
		for _, a := range w.kmsOK(t, "ListAliases", params)["Aliases"].([]any) {
			names = append(names, a.(map[string]any)["AliasName"].(string)+" "+a.(map[string]any)["TargetKeyId"].(string))
		}
		return names
	}
	id := func(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
	if diff := cmp.Diff([]string{"alias/app " + id(second), "alias/b " + id(first)}, names(`{}`)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"alias/b " + id(first)}, names(quoted("KeyId", first))); diff != "" {
		t.Errorf("of one key (-want +got):\n%s", diff)
	}
	if got := call("DeleteAlias", "alias/app", ""); got != "" {
		t.Error(got)
	}
	if got := names(`{}`); len(got) != 1 {
		t.Errorf("after the deletion: %v", got)
	}
}

// A key that is deleted is pending for its waiting period, takes few operations then, and takes its aliases with it.
func TestKMSKeyStates(t *testing.T) {
	w := newWorld()
	arn := w.key(t, `{}`)
	w.kmsOK(t, "CreateAlias", quoted("AliasName", "alias/app", "TargetKeyId", arn))
	state := func() any {
		return w.kmsOK(t, "DescribeKey", quoted("KeyId", arn))["KeyMetadata"].(map[string]any)["KeyState"]
	}
	for i, step := range []struct{ operation, params, code, state string }{
		{"DisableKey", `{}`, "", "Disabled"},
		{"EnableKey", `{}`, "", "Enabled"},
		{"CancelKeyDeletion", `{}`, "KMSInvalidStateException", "Enabled"},
		{"ScheduleKeyDeletion", `{"PendingWindowInDays":6}`, "ValidationException", "Enabled"},
		{"ScheduleKeyDeletion", `{"PendingWindowInDays":31}`, "ValidationException", "Enabled"},
		{"ScheduleKeyDeletion", `{}`, "", "PendingDeletion"},
		{"ScheduleKeyDeletion", `{}`, "KMSInvalidStateException", "PendingDeletion"},
		{"EnableKey", `{}`, "KMSInvalidStateException", "PendingDeletion"},
		{"TagResource", `{"Tags":[]}`, "KMSInvalidStateException", "PendingDeletion"},
		{"CancelKeyDeletion", `{}`, "", "Disabled"},
		{"EnableKey", `{}`, "", "Enabled"},
		{"ScheduleKeyDeletion", `{"PendingWindowInDays":7}`, "", "PendingDeletion"},
	} {
		params := strings.Replace(step.params, "{", `{"KeyId":"`+arn+`",`, 1)
		_, code := w.kms(t, owner, region, step.operation, strings.Replace(params, ",}", "}", 1))
		if got := state(); code != step.code || got != step.state {
			t.Errorf("step %d, %s: got %q and %v, want %q and %s", i, step.operation, code, got, step.code, step.state)
		}
	}
	w.pass(7*24*time.Hour - time.Second)
	if got := state(); got != "PendingDeletion" {
		t.Errorf("before the end of the waiting period: %v", got)
	}
	w.pass(time.Second)
	for _, ref := range []string{arn, "alias/app"} {
		if _, code := w.kms(t, owner, region, "DescribeKey", quoted("KeyId", ref)); code != "NotFoundException" {
			t.Errorf("%s after it: %q", ref, code)
		}
	}
	if keys, aliases := w.kmsOK(t, "ListKeys", `{}`)["Keys"], w.kmsOK(t, "ListAliases", `{}`)["Aliases"]; len(keys.([]any))+len(aliases.([]any)) > 0 {
		t.Errorf("still listed: %v, %v", keys, aliases)
	}
}

func TestKMSKeyPolicies(t *testing.T) {
	w := newWorld()
	arn := w.key(t, `{}`)
	read := func() string { return w.kmsOK(t, "GetKeyPolicy", quoted("KeyId", arn))["Policy"].(string) }
	if got := read(); !strings.Contains(got, `"AWS" : "arn:aws:iam::111111111111:root"`) {
		t.Errorf("the default policy is %s", got)
	}
	statement := func(principal, actions string) string {
		return `{"Statement":{"Effect":"Allow","Principal":` + principal + `,"Action":` + actions + `,"Resource":"*"}}`
	}
	for policy, want := range map[string]string{
		`{`: "MalformedPolicyDocumentException",
		``:  "ValidationException",
		statement(`{"AWS":"111111111111"}`, `"kms:Decrypt"`):                "MalformedPolicyDocumentException",
		statement(`{"AWS":"222222222222"}`, `"kms:*"`):                      "MalformedPolicyDocumentException",
		statement(`{"Service":"sns"}`, `"kms:*"`):                           "MalformedPolicyDocumentException",
		statement(`{"AWS":"111111111111"}`, strings.Repeat(" ", 32768)+`1`): "LimitExceededException",
	} {
		answer, code := w.kms(t, owner, region, "PutKeyPolicy", quoted("KeyId", arn, "Policy", policy))
		if code != want {
			t.Errorf("%.100s: got %v, want %s", policy, answer, want)
		}
	}
	opened := statement(`{"AWS":["111111111111","222222222222"]}`, `"kms:*"`)
	w.kmsOK(t, "PutKeyPolicy", quoted("KeyId", arn, "Policy", opened, "PolicyName", "default"))
	if got := read(); got != opened {
		t.Errorf("read back as %s", got)
	}
	_, code := w.kms(t, owner, region, "GetKeyPolicy", quoted("KeyId", arn, "PolicyName", "other"))
	if code != "NotFoundException" {
		t.Errorf("another name: %q", code)
	}
	for operation, want := range map[string]string{"DescribeKey": "", "GetKeyPolicy": "AccessDeniedException", "DisableKey": "AccessDeniedException"} {
		if _, code := w.kms(t, stranger, region, operation, quoted("KeyId", arn)); code != want {
			t.Errorf("%s by another account: %q, want %q", operation, code, want)
		}
	}
	// The account that owns a key has no access that the policy does not give.
	w.kmsOK(t, "PutKeyPolicy", `{"BypassPolicyLockoutSafetyCheck":true,`+
		quoted("KeyId", arn, "Policy", statement(`{"AWS":"222222222222"}`, `"kms:*"`))[1:])
	if _, code := w.kms(t, owner, region, "DescribeKey", quoted("KeyId", arn)); code != "AccessDeniedException" {
		t.Errorf("the owner, locked out: %q", code)
	}
	for params, want := range map[string]string{
		quoted("Policy", statement(`{"AWS":"222222222222"}`, `"kms:*"`)): "MalformedPolicyDocumentException",
		`{"KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}`:                "UnsupportedOperationException",
		`{"Tags":[{"TagKey":"aws:x","TagValue":""}]}`:                    "TagException",
	} {
		if _, code := w.kms(t, owner, region, "CreateKey", params); code != want {
			t.Errorf("CreateKey %.80s: %q, want %q", params, code, want)
		}
	}
}

// The keys that AWS manages exist when they are asked for, and cannot be changed.
func TestKMSManagedKeys(t *testing.T) {
	w := newWorld()
	describe := func(account, region, alias string) map[string]any {
		answer, code := w.kms(t, account, region, "DescribeKey", quoted("KeyId", alias))
		if code != "" {
			t.Fatal(answer)
		}
		return answer["KeyMetadata"].(map[string]any)
	}
	arns := map[any]bool{}
	for _, alias := range []string{"alias/aws/sqs", "alias/aws/sns"} {
		for _, account := range []string{owner, stranger} {
			for _, region := range []string{"us-east-1", "eu-west-1"} {
				key := describe(account, region, alias)
				if key["KeyManager"] != "AWS" || key["AWSAccountId"] != account || describe(account, region, alias)["Arn"] != key["Arn"] {
					t.Errorf("%s of %s in %s is %v", alias, account, region, key)
				}
				arns[key["Arn"]] = true
			}
		}
	}
	if len(arns) != 8 {
		t.Errorf("got %d keys, want 8", len(arns))
	}
	id := describe(owner, region, "alias/aws/sqs")["KeyId"].(string)
	policy := w.kmsOK(t, "GetKeyPolicy", quoted("KeyId", id))["Policy"].(string)
	for _, operation := range []string{"PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion", "TagResource"} {
		if _, code := w.kms(t, owner, region, operation, quoted("KeyId", id, "Policy", policy)); code != "AccessDeniedException" {
			t.Errorf("%s: %q, want AccessDeniedException", operation, code)
		}
	}
	if _, code := w.kms(t, owner, region, "DescribeKey", quoted("KeyId", "alias/aws/s3")); code != "NotFoundException" {
		t.Errorf("a service that is not here: %q", code)
	}
}

func TestKMSTagsAndPages(t *testing.T) {
	w := newWorld()
	arn := w.key(t, `{"Tags":[{"TagKey":"a","TagValue":"1"},{"TagKey":"b","TagValue":""}]}`)
	w.kmsOK(t, "TagResource", `{"KeyId":"`+arn+`","Tags":[{"TagKey":"a","TagValue":"2"},{"TagKey":"c","TagValue":"3"}]}`)
	w.kmsOK(t, "UntagResource", `{"KeyId":"`+arn+`","TagKeys":["b","none"]}`)
	want := []any{map[string]any{"TagKey": "a", "TagValue": "2"}, map[string]any{"TagKey": "c", "TagValue": "3"}}
	if diff := cmp.Diff(want, w.kmsOK(t, "ListResourceTags", quoted("KeyId", arn))["Tags"]); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	w.key(t, `{}`)
	w.key(t, `{}`)
	first := w.kmsOK(t, "ListKeys", `{"Limit":2}`)
	second := w.kmsOK(t, "ListKeys", `{"Limit":2,"Marker":"`+fmt.Sprint(first["NextMarker"])+`"}`)
	if len(first["Keys"].([]any)) != 2 || first["Truncated"] != true || len(second["Keys"].([]any)) != 1 || second["Truncated"] != false {
		t.Errorf("pages: %v and %v", first, second)
	}
	for params, want := range map[string]string{`{"Limit":1001}`: "ValidationException", `{"Marker":"?"}`: "InvalidMarkerException"} {
		if _, code := w.kms(t, owner, region, "ListKeys", params); code != want {
			t.Errorf("%s: %q, want %q", params, code, want)
		}
	}
}
