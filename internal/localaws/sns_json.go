package localaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// jsonFault says in SNS's words what keeps a text from being the JSON object that it should be; it returns the first
// line of the answer, without the parser's position (recorded case
// test_validate_set_sub_attributes/invalid-json-redrive-policy).
func jsonFault(text string) string {
	const prefix = "failed to parse JSON. "
	var document map[string]any
	err := json.Unmarshal([]byte(text), &document)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return prefix + "Unexpected value: an object is needed"
	}
	at := int(syntax.Offset) - 1
	if at < 0 || at >= len(text) || strings.HasPrefix(syntax.Error(), "unexpected end") {
		return prefix + "Unexpected end-of-input"
	}
	char, _ := utf8.DecodeRuneInString(text[at:])
	expected := "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	before := strings.TrimRight(text[:at], " \t\r\n")
	switch {
	case strings.HasSuffix(before, "{"):
		expected = "was expecting double-quote to start field name"
	case strings.HasSuffix(before, `"`):
		expected = "was expecting a colon to separate field name and value"
	}
	return fmt.Sprintf("%sUnexpected character ('%c' (code %d)): %s", prefix, char, char, expected)
}
