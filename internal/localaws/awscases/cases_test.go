// Package awscases_test replays recorded answers of AWS through the real SDK against localaws and says where the
// answers differ. The format of the case files is described in the README beside them.
package awscases_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Case is one recorded call with what came before it and what AWS answered.
type Case struct {
	Name string `json:"name"`
	// Region of the call under test; empty for us-east-1.
	Region string `json:"region"`
	// Setup are the calls that succeeded before, in order.
	Setup []Call `json:"setup"`
	// SetupNote is set where Setup is shortened.
	SetupNote string `json:"setupNote"`
	Call
	// Expect is what the answer must hold, see Expectation.
	Expect Expectation `json:"expect"`
}

// Call is one API call; Params are those of the API reference.
type Call struct {
	Service string         `json:"service"`
	Op      string         `json:"op"`
	Params  map[string]any `json:"params"`
	Region  string         `json:"region"`
}

// Expectation says what an answer must hold. Exactly one of its fields is set, besides HTTPStatus.
type Expectation struct {
	OK                  bool              `json:"ok"`
	Response            any               `json:"response"`
	HTTPStatus          int               `json:"httpStatus"`
	Error               *ExpectedError    `json:"error"`
	ErrorMatches        []string          `json:"errorMatches"`
	AttributesPresent   []string          `json:"attributesPresent"`
	AttributesAbsent    []string          `json:"attributesAbsent"`
	AttributesExactly   map[string]any    `json:"attributesExactly"`
	RedrivePolicyEquals any               `json:"redrivePolicyEquals"`
	QueueURLs           []any             `json:"queueUrls"`
	FirstPage           int               `json:"firstPage"`
	PolicyDocument      any               `json:"policyDocument"`
	Unread              []json.RawMessage `json:"pages"`
}

// ExpectedError is a recorded error. Of a message that goes on with the position of AWS's JSON parser, only the first
// line counts.
type ExpectedError struct {
	Code           string `json:"code"`
	Message        string `json:"message"`
	HTTPStatus     int    `json:"httpStatus"`
	QueryErrorCode string `json:"queryErrorCode"`
}

// filterPolicyCase is a case of filter-policy-validation.json.
type filterPolicyCase struct {
	Name     string         `json:"name"`
	API      string         `json:"api"`
	Scope    string         `json:"scope"`
	Policy   string         `json:"policy"`
	Valid    bool           `json:"valid"`
	AWSError *ExpectedError `json:"awsError"`
}

// Load reads a case file; the cases of filter-policy-validation.json become calls of Subscribe and
// SetSubscriptionAttributes.
func Load(file string) ([]Case, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading cases: %w", err)
	}
	var cases []Case
	if filepath.Base(file) == "filter-policy-validation.json" {
		var recorded []filterPolicyCase
		err = json.Unmarshal(data, &recorded)
		for _, r := range recorded {
			cases = append(cases, r.asCase())
		}
	} else {
		err = json.Unmarshal(data, &cases)
	}
	if err != nil {
		return nil, fmt.Errorf("reading cases of %s: %w", file, err)
	}
	for i := range cases {
		if err := cases[i].lengthen(); err != nil {
			return nil, fmt.Errorf("reading case %s of %s: %w", cases[i].Name, file, err)
		}
	}
	return cases, nil
}

const (
	filterTopic    = "arn:aws:sns:us-east-1:111111111111:filtered"
	filterQueue    = "arn:aws:sqs:us-east-1:111111111111:queue"
	filterSubArn   = filterTopic + ":00000000-0000-4000-8000-000000000001"
	subscribeOp    = "Subscribe"
	setAttributeOp = "SetSubscriptionAttributes"
)

func (r filterPolicyCase) asCase() Case {
	c := Case{Name: r.Name, Expect: Expectation{OK: r.Valid, Error: r.AWSError}}
	if r.Valid {
		c.Expect.Error = nil
	}
	subscribe := Call{Service: "sns", Op: subscribeOp, Params: map[string]any{
		"TopicArn": filterTopic, "Protocol": "sqs", "Endpoint": filterQueue,
	}}
	set := func(name, value string) Call {
		return Call{Service: "sns", Op: setAttributeOp, Params: map[string]any{
			"SubscriptionArn": filterSubArn, "AttributeName": name, "AttributeValue": value,
		}}
	}
	c.Setup = []Call{{Service: "sns", Op: "CreateTopic", Params: map[string]any{"Name": "filtered"}}}
	if r.API == subscribeOp {
		subscribe.Params["Attributes"] = map[string]any{"FilterPolicyScope": r.Scope, "FilterPolicy": r.Policy}
		c.Call = subscribe
		return c
	}
	c.Setup = append(c.Setup, subscribe, set("FilterPolicyScope", r.Scope))
	c.Call = set("FilterPolicy", r.Policy)
	return c
}
