package localaws

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/filterpolicy"
)

// snsPageSize is how many topics or subscriptions a page holds: recorded case test_list_topic_paging.
const snsPageSize = 100

// maxFIFOSubscriptions is how many subscriptions a FIFO topic may have,
// https://docs.aws.amazon.com/general/latest/gr/sns.html. Standard topics have a quota that no local AWS reaches.
const maxFIFOSubscriptions = 100

// subscription is one version of a subscription. Its ARN is the topic's with an id appended, so that the table holds
// a topic's subscriptions side by side.
type subscription struct {
	arn, topicARN, region, owner, principal string
	protocol, endpoint                      string
	// fifo is set where both topic and queue are FIFO.
	fifo bool
	// attributes are the settings that were made, the scope also while it is invisible.
	attributes map[string]string
	// filter is FilterPolicy, parsed; nil where every message passes.
	filter *filterpolicy.Policy
	// waiting is set until the subscription is confirmed.
	waiting bool
	// token confirms the subscription; asked is the time since which it does. A subscription that never waited has none.
	token         string
	asked         time.Time
	authenticated bool
	// guarded is set where only signed requests may unsubscribe.
	guarded bool
}

func (s *subscription) pending() bool { return s.waiting }

func (s *subscription) clone() *subscription {
	next := *s
	next.attributes = maps.Clone(s.attributes)
	return &next
}

// subscriptionKey is what a subscription is unique in.
type subscriptionKey struct{ topicARN, protocol, endpoint string }

func (s *subscription) key() subscriptionKey {
	return subscriptionKey{s.topicARN, s.protocol, s.endpoint}
}

// subscriptionRef is the part of an input that names a subscription.
type subscriptionRef struct{ SubscriptionArn string }

func (r subscriptionRef) resource(*request) string { return r.SubscriptionArn }

type subscribeInput struct {
	topicRef
	Protocol, Endpoint    string
	Attributes            map[string]string `json:",omitempty"`
	ReturnSubscriptionArn bool              `json:",omitempty"`
}

type subscribeOutput struct{ SubscriptionArn string }

// subscribe makes a subscription, or returns the one of the same topic, protocol and endpoint if each attribute given
// is what it has (recorded cases test_subscribe_idempotency).
func (s *Server) subscribe(rq *request, in *subscribeInput) (*subscribeOutput, error) {
	if err := checkARN(rq, "TopicArn", in.TopicArn); err != nil {
		return nil, err
	}
	if err := checkEndpoint(in); err != nil {
		return nil, err
	}
	t, err := s.topic(rq, in.topicRef)
	if err != nil {
		return nil, err
	}
	if reason := s.lacksAttribute(in.Attributes); reason != "" {
		return nil, snsInvalid("Attributes Reason: %s", reason)
	}
	wanted, err := newSubscription(rq, t, in)
	if err != nil {
		return nil, err
	}
	if arn, exists := s.subscribed[wanted.key()]; exists {
		have := s.subscriptions.get(arn, false)
		if !have.hasAll(wanted, in.Attributes) {
			return nil, snsInvalid("Attributes Reason: Subscription already exists with different attributes")
		}
		if have.pending() {
			have = have.clone()
			have.await(s.ids.token(confirmationTokenBytes), rq.now)
			s.storeSubscription(have)
			s.askToConfirm(rq, t, have)
		}
		return have.answer(in), nil
	}
	if t.fifo && s.countSubscriptions(t) >= maxFIFOSubscriptions {
		return nil, newError("SubscriptionLimitExceeded", http.StatusForbidden, "Subscription limit exceeded")
	}
	wanted.arn = t.arn + ":" + s.ids.uuid()
	if wanted.needsConfirmation(rq.caller) {
		wanted.await(s.ids.token(confirmationTokenBytes), rq.now)
	}
	if err := s.checkFilterQuota(nil, wanted); err != nil {
		// the limit holds back the filter policy, not the subscription,
		// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
		wanted.apply("FilterPolicy", "")
		s.storeSubscription(wanted)
		return nil, err
	}
	s.storeSubscription(wanted)
	s.askToConfirm(rq, t, wanted)
	return wanted.answer(in), nil
}

func (s *Server) countSubscriptions(t *topic) (n int) {
	for range s.subscriptions.after(t.arn+":", "", false) {
		n++
	}
	return n
}

func newSubscription(rq *request, t *topic, in *subscribeInput) (*subscription, error) {
	sub := &subscription{
		topicARN: t.arn, region: t.region, owner: rq.caller.account, principal: rq.caller.arn,
		protocol: in.Protocol, endpoint: in.Endpoint, fifo: t.fifo && strings.HasSuffix(in.Endpoint, fifoSuffix),
		attributes: map[string]string{"RawMessageDelivery": "false"}, authenticated: true,
	}
	return sub, sub.applyAll(in.Attributes)
}

// answer hides the ARN of a subscription that waits for confirmation unless it was asked for.
func (s *subscription) answer(in *subscribeInput) *subscribeOutput {
	if s.pending() && !in.ReturnSubscriptionArn {
		return &subscribeOutput{SubscriptionArn: "pending confirmation"}
	}
	return &subscribeOutput{SubscriptionArn: s.arn}
}

// hasAll reports whether every attribute given has the value that is wanted; an absent scope counts as the default.
func (s *subscription) hasAll(wanted *subscription, given map[string]string) bool {
	for name := range given {
		if !sameSetting(name, wanted.setting(name), s.setting(name)) {
			return false
		}
	}
	return true
}

// unsubscribe: recorded cases test_unsubscribe_idempotency and test_unsubscribe_wrong_arn_format. A subscription that
// waits for confirmation cannot be deleted.
func (s *Server) unsubscribe(rq *request, in *subscriptionRef) (*nothing, error) {
	if err := checkSubscriptionARN(rq, in.SubscriptionArn); err != nil {
		return nil, err
	}
	sub := s.subscriptions.get(in.SubscriptionArn, false)
	switch {
	case sub == nil:
		return &nothing{}, nil
	case !s.mayManage(rq, sub) && (!rq.caller.anonymous() || sub.guarded):
		return nil, notAuthorized(rq, sub.arn)
	case sub.pending():
		return nil, snsInvalid("This subscription is pending confirmation and cannot be deleted")
	}
	s.dropSubscription(rq, sub)
	if t := s.topics.get(sub.topicARN, false); t != nil {
		next := t.clone()
		next.unsubscribed++
		s.topics.put(next.arn, next)
	}
	return &nothing{}, nil
}

func (s *Server) dropSubscription(rq *request, sub *subscription) {
	s.filters.add(sub, -1)
	s.subscriptions.remove(sub.arn, rq.now)
	delete(s.subscribed, sub.key())
	delete(s.deliveries, sub.arn)
}

// mayManage: a subscription is managed by its owner and by the owner of the topic.
func (s *Server) mayManage(rq *request, sub *subscription) bool {
	topicOwner, _ := parseARN(sub.topicARN)
	return rq.caller.account == sub.owner || rq.caller.account == topicOwner.account
}

var subscriptionID = regexp.MustCompile(`^[0-9A-Za-z]+(-[0-9A-Za-z]+){4}$`)

func checkSubscriptionARN(rq *request, arn string) error {
	if err := checkARN(rq, "SubscriptionArn", arn); err != nil {
		return err
	}
	parts, _ := parseARN(arn)
	if _, id, _ := strings.Cut(parts.resource, ":"); !subscriptionID.MatchString(id) {
		return snsInvalid("SubscriptionId")
	}
	return nil
}
