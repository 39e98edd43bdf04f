package localaws

import "encoding/json"

// filtersOut says why the subscription's filter policy lets a notification not pass, and what CloudWatch counts then;
// the reason is empty where it passes.
func (s *subscription) filtersOut(n *notification) (reason string, metrics []string) {
	if s.filter == nil {
		return "", nil
	}
	result := s.filter.Match(n.match)
	if result.Matched {
		return "", nil
	}
	body := s.setting("FilterPolicyScope") == "MessageBody"
	switch {
	case result.InvalidBody:
		return "the message body is no JSON object", []string{metricFiltered, metricFilteredBody, metricFilteredInvalidBody}
	case body:
		return "key " + result.Key, []string{metricFiltered, metricFilteredBody}
	case len(n.attributes) == 0:
		return "key " + result.Key + ", and the message has no attributes",
			[]string{metricFiltered, metricFilteredAttributes, metricFilteredNoAttributes}
	case malformedArray(n.attributes):
		return "key " + result.Key + ", and an attribute of type String.Array is no JSON array",
			[]string{metricFiltered, metricFilteredAttributes, metricFilteredInvalidAttributes}
	default:
		return "key " + result.Key, []string{metricFiltered, metricFilteredAttributes}
	}
}

// malformedArray reports whether some attribute of type String.Array is none.
func malformedArray(attributes map[string]messageAttribute) bool {
	for _, a := range attributes {
		var list []any
		if a.DataType == "String.Array" && json.Unmarshal([]byte(a.StringValue), &list) != nil {
			return true
		}
	}
	return false
}
