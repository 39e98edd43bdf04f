package localaws

import (
	"iter"
	"strings"
)

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
