package awscases_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// compare returns how an answer differs from the expectation, nil if it does not.
func (e Expectation) compare(got answer) error {
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
	if !(&matcher{bound: map[string]string{}}).match(want, have) {
		return fmt.Errorf("got %s, AWS answered %s", text(have), text(want))
	}
	return nil
}

// value returns what AWS answered and what came in its place; nil if nothing of the kind is expected.
func (e Expectation) value(body, attributes map[string]any) (want, have any) {
	switch {
	case e.OK, e.AttributesPresent != nil, e.AttributesAbsent != nil:
		return nil, nil
	case e.Response != nil:
		return withoutEmpty(e.Response), body
	case e.AttributesExactly != nil:
		return e.AttributesExactly, attributes
	case e.RedrivePolicyEquals != nil:
		return e.RedrivePolicyEquals, attributes["RedrivePolicy"]
	case e.PolicyDocument != nil:
		return e.PolicyDocument, attributes["Policy"]
	case e.QueueURLs != nil:
		urls := body["QueueUrls"]
		if urls == nil {
			urls = body["queueUrls"]
		}
		return e.QueueURLs, urls
	case e.FirstPage != 0:
		for _, member := range body {
			if list, ok := member.([]any); ok {
				return float64(e.FirstPage), float64(len(list))
			}
		}
		return float64(e.FirstPage), nil
	default:
		return "an expectation that the replay can read", nil
	}
}

func (e *ExpectedError) compare(got answer) error {
	var api smithy.APIError
	switch {
	case got.err == nil:
		return fmt.Errorf("got %s, AWS answered the error %s: %s", text(got.body), e.Code, e.Message)
	case !errors.As(got.err, &api):
		return fmt.Errorf("got no error of the API: %w", got.err)
	case api.ErrorCode() != e.Code:
		return fmt.Errorf("got code %s, AWS answered %s: %w", api.ErrorCode(), e.Code, got.err)
	case e.HTTPStatus != 0 && got.status != e.HTTPStatus:
		return fmt.Errorf("got status %d, AWS answered %d", got.status, e.HTTPStatus)
	}
	shape := reflect.Indirect(reflect.ValueOf(api)).Type().Name()
	if e.QueryErrorCode != "" && shape != "GenericAPIError" && shape != e.QueryErrorCode {
		return fmt.Errorf("got an error of type %s, AWS answered %s", shape, e.QueryErrorCode)
	}
	want, _, cut := strings.Cut(e.Message, "\n at [Source")
	have := api.ErrorMessage()
	if cut {
		have, _, _ = strings.Cut(have, "\n at [Source")
	}
	if !(&matcher{bound: map[string]string{}}).match(want, have) {
		return fmt.Errorf("got message %q, AWS answered %q", have, want)
	}
	return nil
}

func matchError(patterns []string, got answer) error {
	if got.err == nil {
		return fmt.Errorf("got %s, AWS answered an error like %q", text(got.body), patterns)
	}
	for _, pattern := range patterns {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("reading pattern %q: %w", pattern, err)
		}
		if !re.MatchString(got.err.Error()) {
			return fmt.Errorf("got an error that does not match %q: %w", pattern, got.err)
		}
	}
	return nil
}

var placeholder = regexp.MustCompile(`<[\w:-]+>`)

// matcher compares values where equal placeholders stand for equal texts.
type matcher struct{ bound map[string]string }

// match reports whether have is what want describes. Lists may be in another order.
func (m *matcher) match(want, have any) bool {
	switch want := want.(type) {
	case map[string]any:
		return m.matchObject(want, have)
	case []any:
		list, ok := have.([]any)
		return ok && len(list) == len(want) && m.matchList(want, list)
	case string:
		if want == "timestamp" || want == "date" {
			return have != nil
		}
		text, ok := have.(string)
		return ok && m.matchText(want, text)
	default:
		return reflect.DeepEqual(want, have)
	}
}

// matchObject also reads JSON documents that are strings on the wire.
func (m *matcher) matchObject(want map[string]any, have any) bool {
	if text, ok := have.(string); ok {
		have = nil
		_ = json.Unmarshal([]byte(text), &have)
	}
	object, ok := have.(map[string]any)
	if !ok && (have != nil || len(want) > 0) || len(object) != len(want) {
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, present := object[name]
		if !present || !m.match(want[name], value) {
			return false
		}
	}
	return true
}

// matchList tries all orders, the given one first.
func (m *matcher) matchList(want, have []any) bool {
	if len(want) == 0 {
		return true
	}
	for i := range have {
		saved := maps.Clone(m.bound)
		rest := slices.Delete(slices.Clone(have), i, i+1)
		if m.match(want[0], have[i]) && m.matchList(want[1:], rest) {
			return true
		}
		m.bound = saved
	}
	return false
}

func (m *matcher) matchText(want, have string) bool {
	names := placeholder.FindAllString(want, -1)
	pattern := "(?s)^"
	for i, literal := range placeholder.Split(want, -1) {
		if i > 0 {
			pattern += "(.+?)"
		}
		pattern += regexp.QuoteMeta(literal)
	}
	groups := regexp.MustCompile(pattern + "$").FindStringSubmatch(have)
	if groups == nil {
		return false
	}
	for i, name := range names {
		if bound, known := m.bound[name]; known && bound != groups[i+1] {
			return false
		}
		m.bound[name] = groups[i+1]
	}
	return true
}

// text writes a value for a message.
func text(value any) string {
	data, _ := json.Marshal(value)
	return string(data)
}
