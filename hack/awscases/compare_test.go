package main

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/smithy-go"
)

func TestExpectation(t *testing.T) {
	refused := answer{op: "SendMessage", status: 400, err: &smithy.GenericAPIError{
		Code: "InvalidParameterValue", Message: "Value for parameter X is invalid.\n at [Source: (String)\"a\"; line: 1]",
	}}
	unsent := answer{op: "SendMessage", err: errors.New("operation error InvalidParameterValue: no connection")}
	attributes := answer{status: 200, body: map[string]any{"Attributes": map[string]any{
		"DelaySeconds": "5", "RedrivePolicy": `{"maxReceiveCount":"3"}`, "Policy": `{"Version":"2012-10-17"}`,
	}}}
	urls := answer{status: 200, body: map[string]any{"QueueUrls": []any{"u/b", "u/a"}}}
	for name, c := range map[string]struct {
		expect string
		got    answer
		agrees bool
	}{
		"ok":                      {`{"ok":true}`, attributes, true},
		"ok, refused":             {`{"ok":true}`, refused, false},
		"status":                  {`{"response":{},"httpStatus":200}`, answer{status: 200}, true},
		"other status":            {`{"response":{},"httpStatus":200}`, answer{status: 201}, false},
		"error":                   {`{"error":{"code":"InvalidParameterValue","httpStatus":400}}`, refused, true},
		"first line of a message": {`{"error":{"code":"InvalidParameterValue","message":"Value for parameter X is invalid.\n at [Source: REDACTED]"}}`, refused, true},
		"other message":           {`{"error":{"code":"InvalidParameterValue","message":"Value for parameter Y is invalid."}}`, refused, false},
		"other code":              {`{"error":{"code":"Throttling"}}`, refused, false},
		"error, none came":        {`{"error":{"code":"InvalidParameterValue"}}`, attributes, false},
		"pattern":                 {`{"errorMatches":["InvalidParameterValue","parameter \\w is"]}`, refused, true},
		"pattern on the whole":    {`{"errorMatches":["^An error occurred \\(InvalidParameterValue\\) when calling the SendMessage operation"]}`, refused, true},
		"other pattern":           {`{"errorMatches":["InvalidParameterValue","parameter Y"]}`, refused, false},
		"pattern, never answered": {`{"errorMatches":["InvalidParameterValue"]}`, unsent, false},
		"present":                 {`{"attributesPresent":["DelaySeconds"]}`, attributes, true},
		"not present":             {`{"attributesPresent":["DelaySeconds","KmsMasterKeyId"]}`, attributes, false},
		"absent":                  {`{"attributesAbsent":["KmsMasterKeyId"]}`, attributes, true},
		"not absent":              {`{"attributesAbsent":["DelaySeconds"]}`, attributes, false},
		"exactly":                 {`{"attributesExactly":{"DelaySeconds":"5"}}`, attributes, false},
		"redrive policy":          {`{"redrivePolicyEquals":{"maxReceiveCount":"3"}}`, attributes, true},
		"redrive policy, a text":  {`{"redrivePolicyEquals":"{\"maxReceiveCount\": \"3\"}"}`, attributes, true},
		"other redrive policy":    {`{"redrivePolicyEquals":{"maxReceiveCount":3}}`, attributes, false},
		"policy":                  {`{"policyDocument":{"Version":"2012-10-17"}}`, attributes, true},
		"queue URLs":              {`{"queueUrls":["u/a","u/b"]}`, urls, true},
		"other queue URLs":        {`{"queueUrls":["u/a","u/c"]}`, urls, false},
		"first page":              {`{"firstPage":2,"note":"of three"}`, urls, true},
		"other first page":        {`{"firstPage":3}`, urls, false},
	} {
		t.Run(name, func(t *testing.T) {
			expect, err := readExpectation(json.RawMessage(c.expect))
			if err != nil {
				t.Fatal(err)
			}
			if err := expect.compare(c.got); (err == nil) != c.agrees {
				t.Errorf("comparing: %v, want agreement: %v", err, c.agrees)
			}
		})
	}
}

func TestExpectationThatCannotBeRead(t *testing.T) {
	for _, raw := range []string{`{"bodyMatches":["x"]}`, `{"ok":true,"within":3}`, `{}`, `{"note":"none"}`, `[]`, ``} {
		if _, err := readExpectation(json.RawMessage(raw)); err == nil {
			t.Errorf("read %q, want an error", raw)
		}
	}
}
