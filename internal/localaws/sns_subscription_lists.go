package localaws

import (
	"iter"
	"strings"
)

// confirmationTokenBytes is the length of a confirmation token before it is written in hex.
const confirmationTokenBytes = 144

type listSubscriptionsInput struct {
	NextToken string `json:",omitempty"`
}

type listSubscriptionsByTopicInput struct {
	topicRef
	NextToken string `json:",omitempty"`
}

type subscriptionSummary struct {
	SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string
}

type listSubscriptionsOutput struct {
	Subscriptions []subscriptionSummary
	NextToken     string
}

// listSubscriptions lists the subscriptions that the caller's account owns in a region.
func (s *Server) listSubscriptions(rq *request, in *listSubscriptionsInput) (*listSubscriptionsOutput, error) {
	last, ok := pageStart(in.NextToken)
	if !ok {
		return nil, snsInvalid("NextToken")
	}
	prefix := strings.TrimSuffix(scopePrefix(serviceSNS, rq.region, ""), ":")
	own := func(yield func(string, *subscription) bool) {
		for arn, sub := range s.subscriptions.after(prefix, last, rq.stale) {
			if sub.owner == rq.caller.account && !yield(arn, sub) {
				return
			}
		}
	}
	return pageOfSubscriptions(own), nil
}

func (s *Server) listSubscriptionsByTopic(
	rq *request, in *listSubscriptionsByTopicInput,
) (*listSubscriptionsOutput, error) {
	t, err := s.topic(rq, in.topicRef)
	if err != nil {
		return nil, err
	}
	last, ok := pageStart(in.NextToken)
	if !ok {
		return nil, snsInvalid("NextToken")
	}
	return pageOfSubscriptions(s.subscriptions.after(t.arn+":", last, rq.stale)), nil
}

func pageOfSubscriptions(all iter.Seq2[string, *subscription]) *listSubscriptionsOutput {
	out, last := &listSubscriptionsOutput{}, ""
	for arn, sub := range all {
		if len(out.Subscriptions) == snsPageSize {
			out.NextToken = pageToken(last)
			break
		}
		shown := arn
		if sub.pending() {
			shown = "PendingConfirmation"
		}
		out.Subscriptions = append(out.Subscriptions, subscriptionSummary{
			SubscriptionArn: shown, Owner: sub.owner, Protocol: sub.protocol, Endpoint: sub.endpoint, TopicArn: sub.topicARN,
		})
		last = arn
	}
	return out
}

type confirmSubscriptionInput struct {
	topicRef
	Token                     string
	AuthenticateOnUnsubscribe string `json:",omitempty"`
}

// confirmSubscription makes a pending subscription whole; it then belongs to the account that confirmed it. Recorded
// cases test_sns_confirm_subscription_wrong_token.
func (s *Server) confirmSubscription(rq *request, in *confirmSubscriptionInput) (*subscribeOutput, error) {
	if err := checkARN(rq, "TopicArn", in.TopicArn); err != nil {
		return nil, err
	}
	if in.Token == "" {
		return nil, snsMissing("Token")
	}
	if len(in.Token) != 2*confirmationTokenBytes || strings.Trim(in.Token, "0123456789abcdef") != "" {
		return nil, newError("InvalidParameter", 400, "Invalid token")
	}
	if s.topics.get(in.TopicArn, false) == nil {
		return nil, noTopic()
	}
	for _, sub := range s.subscriptions.after(in.TopicArn+":", "", false) {
		if sub.token != in.Token {
			continue
		}
		next := sub.clone()
		next.token, next.owner, next.principal = "", rq.caller.account, rq.caller.arn
		s.subscriptions.put(next.arn, next)
		return &subscribeOutput{SubscriptionArn: next.arn}, nil
	}
	return nil, snsInvalid("Token")
}

// PendingToken returns the token that confirms a subscription which waits for confirmation, as its endpoint would
// receive it; it is empty for any other ARN.
func (s *Server) PendingToken(subscriptionARN string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub := s.subscriptions.get(subscriptionARN, false); sub != nil {
		return sub.token
	}
	return ""
}
