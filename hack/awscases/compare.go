package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
)

// longest is how many bytes of a value are shown.
const longest = 4000

// compare returns how an answer differs from the expectation, nil if it does not.
func (e expectation) compare(got answer) error {
	if e.Error != nil {
		return e.Error.compare(got)
	}
	if e.ErrorMatches != nil {
		return matchError(e.ErrorMatches, got)
	}
	if got.err != nil {
		return fmt.Errorf("got an error, AWS had none: %w", got.err)
	}
	if e.HTTPStatus != 0 && got.status != e.HTTPStatus {
		return fmt.Errorf("got status %d, AWS answered %d", got.status, e.HTTPStatus)
	}
	attributes, _ := got.body["Attributes"].(map[string]any)
	for _, name := range e.AttributesPresent {
		if _, ok := attributes[name]; !ok {
			return fmt.Errorf("attribute %s is absent, AWS had it", name)
		}
	}
	for _, name := range e.AttributesAbsent {
		if value, ok := attributes[name]; ok {
			return fmt.Errorf("attribute %s is %v, AWS had none", name, value)
		}
	}
	want, have := e.value(got.body, attributes)
	if want == nil {
		return nil
	}
	if !matches(want, have) {
		return fmt.Errorf("got %s, AWS answered %s", text(have), text(want))
	}
	return nil
}

// value returns what AWS answered and what came in its place; nil if nothing of the kind is expected.
func (e expectation) value(body, attributes map[string]any) (want, have any) {
	switch {
	case e.Response != nil:
		return withoutEmpty(e.Response), body
	case e.AttributesExactly != nil:
		return e.AttributesExactly, attributes
	case e.RedrivePolicyEquals != nil:
		return document(e.RedrivePolicyEquals), attributes["RedrivePolicy"]
	case e.PolicyDocument != nil:
		return document(e.PolicyDocument), attributes["Policy"]
	case e.QueueURLs != nil:
		return e.QueueURLs, listIn(body)
	case e.FirstPage != 0:
		return float64(e.FirstPage), float64(len(listIn(body)))
	case e.Pages != nil:
		return e.Pages, pagesLike(e.Pages, body)
	default:
		return nil, nil
	}
}

// document returns what is expected of a JSON document, which may be written as a text too.
func document(want any) any {
	if read := parsed(want); read != nil {
		return read
	}
	return want
}

func (e *expectedError) compare(got answer) error {
	var api smithy.APIError
	switch {
	case got.err == nil:
		return fmt.Errorf("got %s, AWS answered %s", text(got.body), e)
	case !errors.As(got.err, &api):
		return fmt.Errorf("got no error of the API: %w", got.err)
	case e.Code != "" && api.ErrorCode() != e.Code:
		return fmt.Errorf("got code %s, AWS answered %s: %w", api.ErrorCode(), e, got.err)
	case e.HTTPStatus != 0 && got.status != e.HTTPStatus:
		return fmt.Errorf("got status %d, AWS answered %d", got.status, e.HTTPStatus)
	}
	shape := reflect.Indirect(reflect.ValueOf(api)).Type().Name()
	if e.QueryErrorCode != "" && shape != "GenericAPIError" && shape != e.QueryErrorCode {
		return fmt.Errorf("got an error of type %s, AWS answered %s", shape, e.QueryErrorCode)
	}
	if e.Message == nil {
		return nil
	}
	want, _, cut := strings.Cut(*e.Message, "\n at [Source")
	have := api.ErrorMessage()
	if cut {
		have, _, _ = strings.Cut(have, "\n at [Source")
	}
	if !matches(want, have) {
		return fmt.Errorf("got message %q, AWS answered %q", have, want)
	}
	return nil
}

// String writes the error for a message.
func (e *expectedError) String() string {
	if e.Message == nil {
		return "the error " + e.Code
	}
	return "the error " + e.Code + ": " + *e.Message
}

// matchError looks for the patterns in the text that the SDK for Python gives to the error, in which they were
// looked for when the case was recorded.
func matchError(patterns []string, got answer) error {
	var api smithy.APIError
	switch {
	case got.err == nil:
		return fmt.Errorf("got %s, AWS answered an error like %q", text(got.body), patterns)
	case !errors.As(got.err, &api):
		return fmt.Errorf("got no error of the API: %w", got.err)
	}
	have := fmt.Sprintf("An error occurred (%s) when calling the %s operation: %s", api.ErrorCode(), got.op, api.ErrorMessage())
	for _, pattern := range patterns {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return unreadable(fmt.Errorf("pattern %q: %w", pattern, err))
		}
		if !re.MatchString(have) {
			return fmt.Errorf("got %q, AWS answered an error like %q", have, pattern)
		}
	}
	return nil
}

// text writes a value for a message, long ones cut.
func text(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	written := strings.TrimSpace(out.String())
	if len(written) > longest {
		return written[:longest] + "…"
	}
	return written
}
