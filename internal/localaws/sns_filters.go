package localaws

import "github.com/skein-dev/skein/internal/filterpolicy"

// filtersOut says why the subscription's filter policy does not let a notification pass, and what CloudWatch counts
// then; the reason is empty where it passes.
func (s *subscription) filtersOut(n *notification) (reason string, metrics []string) {
	if s.filter == nil {
		return "", nil
	}
	result := s.filter.Match(n.match)
	if result.Matched {
		return "", nil
	}
	scope := metricFilteredAttributes
	if s.filter.Scope == filterpolicy.ScopeMessageBody {
		scope = metricFilteredBody
	}
	metrics = []string{metricFiltered, scope}
	switch {
	case result.InvalidBody:
		return "the message body is no JSON object", append(metrics, metricFilteredInvalidBody)
	case result.NoAttributes:
		return "the message has no attributes to compare", append(metrics, metricFilteredNoAttributes)
	case result.InvalidAttributes:
		return "key " + result.Key + ": an attribute does not hold what its type says",
			append(metrics, metricFilteredInvalidAttributes)
	default:
		return "key " + result.Key, metrics
	}
}
