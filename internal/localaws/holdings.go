package localaws

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Holdings is what a server holds at one moment. Its JSON is an API: GET /_skein/topology of skein-local answers it.
// Lists are sorted and never null.
type Holdings struct {
	// Accounts are those that own something, by number.
	Accounts []HeldAccount `json:"accounts"`
}

// HeldAccount is one account.
type HeldAccount struct {
	// Account is its number, 12 digits.
	Account string `json:"account"`
	// Regions are those in which it owns something, by name.
	Regions []HeldRegion `json:"regions"`
}

// HeldRegion is what an account owns in one region.
type HeldRegion struct {
	Region string      `json:"region"`
	Topics []HeldTopic `json:"topics"`
	Queues []HeldQueue `json:"queues"`
}

// HeldTopic is one topic with the subscriptions to it, by ARN.
type HeldTopic struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
	// Attributes are its settings with AWS's names and values; what was never set and has no default is absent.
	Attributes    map[string]string  `json:"attributes"`
	Tags          map[string]string  `json:"tags,omitempty"`
	Subscriptions []HeldSubscription `json:"subscriptions"`
}

// HeldSubscription is one subscription.
type HeldSubscription struct {
	ARN string `json:"arn"`
	// Owner is the account that made or confirmed it.
	Owner    string `json:"owner"`
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
	// Pending says that its endpoint has not confirmed it: nothing is delivered.
	Pending            bool `json:"pending"`
	RawMessageDelivery bool `json:"rawMessageDelivery"`
	// FilterPolicy is the document, absent for none; FilterPolicyScope is what it looks at.
	FilterPolicy      json.RawMessage `json:"filterPolicy,omitempty"`
	FilterPolicyScope string          `json:"filterPolicyScope,omitempty"`
	// RedriveTarget is the ARN of the queue for what cannot be delivered, empty for none.
	RedriveTarget string `json:"redriveTarget,omitempty"`
}

// HeldQueue is one queue. Messages are counted as GetQueueAttributes does.
type HeldQueue struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
	// Attributes are its settings with AWS's names and values.
	Attributes map[string]string `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	// Visible messages can be received, delayed ones not yet, those in flight were received and not deleted.
	Visible  int `json:"visible"`
	Delayed  int `json:"delayed"`
	InFlight int `json:"inFlight"`
	// OldestMessageAgeSeconds is the age of the oldest message, in flight or not; zero without messages.
	OldestMessageAgeSeconds int `json:"oldestMessageAgeSeconds"`
	// DeadLetterTarget is the ARN of its dead-letter queue, empty for none.
	DeadLetterTarget string `json:"deadLetterTarget,omitempty"`
	// DeadLetterSources are the ARNs of the queues whose dead-letter queue this is.
	DeadLetterSources []string `json:"deadLetterSources,omitempty"`
}

// Holdings returns what the server holds, as no lagging read sees it.
func (s *Server) Holdings() Holdings {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := holdingPlaces{}
	for _, t := range s.topics.after("", "", false) {
		place := places.at(t.account, t.region)
		place.Topics = append(place.Topics, s.heldTopic(t))
	}
	sources := map[string][]string{}
	for arn, q := range s.queues.after("", "", false) {
		sources[q.deadLetterTarget()] = append(sources[q.deadLetterTarget()], arn)
	}
	now := s.clock.Now()
	for arn, q := range s.queues.after("", "", false) {
		held := s.heldQueue(q, now)
		held.DeadLetterSources = sources[arn]
		place := places.at(q.account, q.region)
		place.Queues = append(place.Queues, held)
	}
	return places.sorted()
}

func (s *Server) heldTopic(t *topic) HeldTopic {
	held := HeldTopic{ARN: t.arn, Name: t.name, Attributes: maps.Clone(t.attributes), Tags: maps.Clone(t.tags)}
	held.Subscriptions = []HeldSubscription{}
	for _, sub := range s.subscriptions.after(t.arn+":", "", false) {
		held.Subscriptions = append(held.Subscriptions, heldSubscription(sub))
	}
	return held
}

func heldSubscription(sub *subscription) HeldSubscription {
	held := HeldSubscription{
		ARN: sub.arn, Owner: sub.owner, Protocol: sub.protocol, Endpoint: sub.endpoint, Pending: sub.pending(),
		RawMessageDelivery: sub.attributes["RawMessageDelivery"] == "true",
	}
	if policy := sub.attributes["FilterPolicy"]; policy != "" {
		held.FilterPolicy, held.FilterPolicyScope = json.RawMessage(policy), sub.setting("FilterPolicyScope")
	}
	var redrive redrivePolicy
	_ = json.Unmarshal([]byte(sub.attributes["RedrivePolicy"]), &redrive)
	held.RedriveTarget = redrive.DeadLetterTargetArn
	return held
}

func (s *Server) heldQueue(q *queue, now time.Time) HeldQueue {
	held := HeldQueue{ARN: q.arn, Name: q.name, Attributes: maps.Clone(q.attributes), Tags: maps.Clone(q.tags)}
	held.DeadLetterTarget = q.deadLetterTarget()
	messages := s.backlogs[q.arn]
	held.Visible, held.Delayed, held.InFlight = messages.count(now)
	if oldest := messages.aged.first(); oldest != nil {
		held.OldestMessageAgeSeconds = int(now.Sub(oldest.sent).Seconds())
	}
	return held
}

// holdingPlace is where something is held.
type holdingPlace struct{ account, region string }

// holdingPlaces collects what is held by place.
type holdingPlaces map[holdingPlace]*HeldRegion

func (p holdingPlaces) at(account, region string) *HeldRegion {
	place := holdingPlace{account, region}
	if p[place] == nil {
		p[place] = &HeldRegion{Region: region, Topics: []HeldTopic{}, Queues: []HeldQueue{}}
	}
	return p[place]
}

func (p holdingPlaces) sorted() Holdings {
	all := Holdings{Accounts: []HeldAccount{}}
	byAccount := func(a, b holdingPlace) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
	}
	for _, place := range slices.SortedFunc(maps.Keys(p), byAccount) {
		if n := len(all.Accounts); n == 0 || all.Accounts[n-1].Account != place.account {
			all.Accounts = append(all.Accounts, HeldAccount{Account: place.account})
		}
		last := &all.Accounts[len(all.Accounts)-1]
		last.Regions = append(last.Regions, *p[place])
	}
	return all
}
