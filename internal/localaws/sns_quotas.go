package localaws

import "net/http"

// Quotas of filter policies, https://docs.aws.amazon.com/general/latest/gr/sns.html.
const (
	maxFilterPoliciesPerTopic   = 200
	maxFilterPoliciesPerAccount = 10_000
)

// filterCounts says how many subscriptions with a filter policy a topic (by ARN) and an account (by account and
// region) have.
type filterCounts map[string]int

func (c filterCounts) add(sub *subscription, n int) {
	if sub == nil || sub.filter == nil {
		return
	}
	for _, where := range []string{sub.topicARN, sub.region + ":" + sub.owner} {
		if c[where] += n; c[where] == 0 {
			delete(c, where)
		}
	}
}

// storeSubscription stores a new subscription or a changed copy of one.
func (s *Server) storeSubscription(sub *subscription) {
	s.filters.add(s.subscriptions.get(sub.arn, false), -1)
	s.filters.add(sub, 1)
	s.subscriptions.put(sub.arn, sub)
	s.subscribed[sub.key()] = sub.arn
}

// checkFilterQuota says whether there is room for the filter policy of a subscription, which is stored as have or not
// at all.
func (s *Server) checkFilterQuota(have, wanted *subscription) error {
	if wanted.filter == nil || have != nil && have.filter != nil {
		return nil
	}
	if s.filters[wanted.topicARN] < maxFilterPoliciesPerTopic &&
		s.filters[wanted.region+":"+wanted.owner] < maxFilterPoliciesPerAccount {
		return nil
	}
	return newError("FilterPolicyLimitExceeded", http.StatusForbidden,
		"Filter policy limit exceeded: %d per topic, %d per account", maxFilterPoliciesPerTopic, maxFilterPoliciesPerAccount)
}
