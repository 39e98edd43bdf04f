package localaws

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// confirmationTokenBytes is the length of a confirmation token before it is written in hex.
	confirmationTokenBytes = 144
	// confirmationTime is how long a token confirms, https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html.
	confirmationTime = 48 * time.Hour
)

// await makes a subscription wait for confirmation, from now.
func (s *subscription) await(token string, now time.Time) {
	s.waiting, s.token, s.asked = true, token, now
}

// askToConfirm sends the endpoint of a pending subscription the message that asks to confirm it. A queue gets it if
// its policy admits the topic; endpoints of other protocols are not served.
func (s *Server) askToConfirm(rq *request, t *topic, sub *subscription) {
	if !sub.pending() || sub.protocol != protocolSQS {
		return
	}
	n := &notification{id: s.ids.uuid(), at: rq.now}
	if t.fifo {
		n.groupID, n.dedupID = n.id, n.id
	}
	body := confirmationEnvelope(t, sub, n.id, rq.baseURL(serviceSNS, t.region), rq.now)
	if reason := s.place(t, n, sub.endpoint, body, nil); reason != "" {
		s.report(t, sub, n.outcome(Dropped, "asking to confirm: "+reason))
	}
}

type confirmSubscriptionInput struct {
	topicRef
	Token                     string
	AuthenticateOnUnsubscribe string `json:",omitempty"`
}

// confirmSubscription makes a pending subscription whole; it then belongs to the account that confirmed it. To confirm
// again changes nothing. Recorded cases test_sns_confirm_subscription_wrong_token.
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
		if sub.token != in.Token || !rq.now.Before(sub.asked.Add(confirmationTime)) {
			continue
		}
		if sub.pending() {
			next := sub.confirmed(rq.caller, in.AuthenticateOnUnsubscribe == "true")
			s.storeSubscription(next)
		}
		return &subscribeOutput{SubscriptionArn: sub.arn}, nil
	}
	return nil, snsInvalid("Token")
}

// confirmed returns the subscription as it is once somebody confirmed it; a visitor of the SubscribeURL, who has no
// account, leaves it to its owner.
func (s *subscription) confirmed(by identity, authenticateOnUnsubscribe bool) *subscription {
	next := s.clone()
	next.waiting = false
	next.authenticated = !by.anonymous()
	if next.authenticated {
		next.owner, next.principal = by.account, by.arn
		next.guarded = authenticateOnUnsubscribe
	}
	return next
}

// PendingToken returns the token that confirms a subscription which waits for confirmation, as its endpoint would
// receive it; it is empty for any other ARN.
func (s *Server) PendingToken(subscriptionARN string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub := s.subscriptions.get(subscriptionARN, false); sub != nil && sub.pending() {
		return sub.token
	}
	return ""
}

// anonymous reports whether nobody signed the request.
func (i identity) anonymous() bool { return i.account == "" }

// subscriptionLink reads a visit to the SubscribeURL or UnsubscribeURL of a message, the only requests that need no
// signature. Its region is that of the ARN; its credential has no key.
func subscriptionLink(r *http.Request, query url.Values) (credential, bool) {
	arn := ""
	switch query.Get("Action") {
	case "ConfirmSubscription":
		arn = query.Get("TopicArn")
	case "Unsubscribe":
		arn = query.Get("SubscriptionArn")
	}
	parts, ok := parseARN(arn)
	unsigned := r.Header.Get("Authorization") == "" && !query.Has("X-Amz-Credential") && r.Method == http.MethodGet
	return credential{region: parts.region, service: serviceSNS}, ok && unsigned
}
