package filterpolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What SNS's JSON parser says it expected, by the place where Go's parser stopped. The first is recorded (case
// test_validate_set_sub_attributes/invalid-json-filter-policy); the others are the words of the same parser, Jackson.
var expectations = []struct{ stopped, words string }{
	{"looking for beginning of object key string", ": was expecting double-quote to start field name"},
	{"after object key:value pair", ": was expecting comma to separate Object entries"},
	{"after object key", ": was expecting a colon to separate field name and value"},
	{"after array element", ": was expecting comma to separate Array entries"},
	{"looking for beginning of value", ": expected a valid value " + validTokens},
}

const validTokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// SyntaxFault says in the words of SNS, the same for every document that it takes, why a text is not JSON; it is empty
// where the text is JSON.
func SyntaxFault(raw []byte) string {
	if err := checkSyntax(raw); err != nil {
		return err.Error()
	}
	return ""
}

func checkSyntax(raw []byte) error {
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return unreadable(syntaxReason(raw, err))
	}
	return nil
}

// syntaxReason words a syntax error as SNS does.
func syntaxReason(raw []byte, err error) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset < 1 {
		return err.Error()
	}
	if int(syntax.Offset) >= len(raw) && strings.HasPrefix(err.Error(), "unexpected end") {
		return "Unexpected end-of-input"
	}
	at := int(syntax.Offset) - 1
	literal := strings.Contains(err.Error(), "in literal")
	if token := tokenAround(raw, at); token != "" && (literal || strings.HasSuffix(err.Error(), "beginning of value")) {
		return fmt.Sprintf("Unrecognized token '%s': was expecting %s", token, validTokens)
	}
	found, _ := utf8.DecodeRune(raw[at:])
	reason := fmt.Sprintf("Unexpected character ('%c' (code %d))", found, found)
	for _, e := range expectations {
		if strings.HasSuffix(err.Error(), e.stopped) {
			return reason + e.words
		}
	}
	return reason
}

// tokenAround returns the word, at most 256 bytes of it, in which the position lies.
func tokenAround(raw []byte, at int) string {
	outside := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' }
	start := bytes.LastIndexFunc(raw[:at], outside) + 1
	if end := bytes.IndexFunc(raw[at:], outside); end >= 0 {
		raw = raw[:at+end]
	}
	return string(raw[start:min(len(raw), start+256)])
}
