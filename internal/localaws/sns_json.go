package localaws

import "github.com/skein-dev/skein/internal/filterpolicy"

// jsonFault says in SNS's words what keeps a text from being the JSON object that it should be; it returns the first
// line of the answer, without the parser's position (recorded case
// test_validate_set_sub_attributes/invalid-json-redrive-policy).
func jsonFault(text string) string {
	if fault := filterpolicy.SyntaxFault([]byte(text)); fault != "" {
		return fault
	}
	return "failed to parse JSON. Unexpected value: an object is needed"
}
