package localaws

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

type savedTopic struct {
	Region, Account, Name string
	FIFO                  bool
	Attributes, Tags      map[string]string
	DataProtection        string
	Unsubscribed          int
}

func (t *topic) saved() savedTopic {
	return savedTopic{
		Region: t.region, Account: t.account, Name: t.name, FIFO: t.fifo, Attributes: t.attributes, Tags: t.tags,
		DataProtection: t.dataProtection, Unsubscribed: t.unsubscribed,
	}
}

func (t savedTopic) restored(arn string) *topic {
	return &topic{
		arn: arn, region: t.Region, account: t.Account, name: t.Name, fifo: t.FIFO, attributes: t.Attributes, tags: t.Tags,
		dataProtection: t.DataProtection, unsubscribed: t.Unsubscribed,
	}
}

type savedSubscription struct {
	TopicARN, Region, Owner, Principal string
	Protocol, Endpoint                 string
	FIFO                               bool
	Attributes                         map[string]string
	Waiting                            bool
	Token                              string
	Asked                              time.Time
	Authenticated, Guarded             bool
}

func (s *subscription) saved() savedSubscription {
	return savedSubscription{
		TopicARN: s.topicARN, Region: s.region, Owner: s.owner, Principal: s.principal, Protocol: s.protocol,
		Endpoint: s.endpoint, FIFO: s.fifo, Attributes: s.attributes, Waiting: s.waiting, Token: s.token, Asked: s.asked,
		Authenticated: s.authenticated, Guarded: s.guarded,
	}
}

func (s savedSubscription) restored(arn string) *subscription {
	return &subscription{
		arn: arn, topicARN: s.TopicARN, region: s.Region, owner: s.Owner, principal: s.Principal, protocol: s.Protocol,
		endpoint: s.Endpoint, fifo: s.FIFO, attributes: s.Attributes, waiting: s.Waiting, token: s.Token, asked: s.Asked,
		authenticated: s.Authenticated, guarded: s.Guarded,
	}
}

// indexSubscriptions makes what follows from the subscriptions: their parsed filter policies, and the indexes.
func (c *contents) indexSubscriptions() error {
	for arn, sub := range c.subscriptions.after("", "", false) {
		if reason := sub.applyFilter(sub.attributes["FilterPolicy"], sub.setting("FilterPolicyScope")); reason != "" {
			return fmt.Errorf("reading subscription %s: %s", arn, reason)
		}
		c.filters.add(sub, 1)
		c.subscribed[sub.key()] = arn
	}
	return nil
}

// savedTally is what was counted of a topic or subscription.
type savedTally struct {
	Counters map[string]int
	Last     Outcome
	ByMinute []counts `json:",omitzero"`
}

func (c *tally) saved() savedTally {
	return savedTally{maps.Clone(c.counters), c.last, slices.Clone(c.byMinute.minutes)}
}

func (c savedTally) restored() *tally {
	counters := map[string]int{}
	maps.Copy(counters, c.Counters)
	return &tally{counters, c.Last, counter{c.ByMinute}}
}

// savedPublication is the answer to a message of a FIFO topic, which its duplicates get too.
type savedPublication struct {
	TopicARN, GroupID, DedupID string
	At                         time.Time
	Answer                     publishOutput
}

// saved has the oldest first.
func (p *publications) saved() []savedPublication {
	var saved []savedPublication
	for _, key := range p.order {
		answered := p.answers[key]
		saved = append(saved, savedPublication{key.topicARN, key.groupID, key.dedupID, answered.at, *answered.answer})
	}
	return saved
}

func (p *publications) restore(saved savedPublication) {
	key := publicationKey{saved.TopicARN, saved.GroupID, saved.DedupID}
	p.add(key, publication{saved.At, &saved.Answer})
}
