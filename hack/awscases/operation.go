package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
)

// operationCase is one recorded call with what came before it and what AWS answered.
type operationCase struct {
	Name string `json:"name"`
	// Setup are the calls that succeeded before, in order; SetupNote is set where it is shortened.
	Setup     []call `json:"setup"`
	SetupNote string `json:"setupNote"`
	// The call under test.
	call
	// Expect is what the answer must hold, see expectation.
	Expect json.RawMessage `json:"expect"`
}

// call is one API call; Params are those of the API reference, with {"__bytes__": HEX} for binary values.
type call struct {
	Service string         `json:"service"`
	Op      string         `json:"op"`
	Params  map[string]any `json:"params"`
	// Region of the call; empty for us-east-1.
	Region string `json:"region"`
}

// expectation says what an answer must hold. One of its fields is set, besides HTTPStatus.
type expectation struct {
	OK                  bool           `json:"ok"`
	Response            any            `json:"response"`
	HTTPStatus          int            `json:"httpStatus"`
	Error               *expectedError `json:"error"`
	ErrorMatches        []string       `json:"errorMatches"`
	AttributesPresent   []string       `json:"attributesPresent"`
	AttributesAbsent    []string       `json:"attributesAbsent"`
	AttributesExactly   map[string]any `json:"attributesExactly"`
	RedrivePolicyEquals any            `json:"redrivePolicyEquals"`
	QueueURLs           []any          `json:"queueUrls"`
	FirstPage           int            `json:"firstPage"`
	Pages               []any          `json:"pages"`
	PolicyDocument      any            `json:"policyDocument"`
	// Note is for readers.
	Note string `json:"note"`
}

// expectedError is a recorded error; what is not set counts for nothing. Of a message that goes on with the position of
// AWS's JSON parser, only the first line counts.
type expectedError struct {
	Code           string  `json:"code"`
	Message        *string `json:"message"`
	HTTPStatus     int     `json:"httpStatus"`
	QueryErrorCode string  `json:"queryErrorCode"`
}

func (c operationCase) name() string { return c.Name }

// replay makes the calls of the case, more than once where time decides, see attempts.
func (c operationCase) replay(ctx context.Context) error {
	expect, err := readExpectation(c.Expect)
	if err != nil {
		return unreadable(err)
	}
	setup, err := written(c.Setup, c.SetupNote)
	if err != nil {
		return unreadable(err)
	}
	return attempts(ctx, append(setup, c.call), expect)
}

// readExpectation refuses what compare would not look at.
func readExpectation(raw json.RawMessage) (expectation, error) {
	var e expectation
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return e, fmt.Errorf("decoding what is expected: %w", err)
	}
	if reflect.DeepEqual(e, expectation{Note: e.Note}) && !bytes.Contains(raw, []byte(`"response"`)) {
		return e, fmt.Errorf("decoding what is expected: %s says nothing", raw)
	}
	return e, nil
}
