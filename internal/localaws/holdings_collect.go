package localaws

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Holdings returns what the server holds, as no lagging read sees it.
func (s *Server) Holdings() Holdings {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.advanceTo(now)
	places := holdingPlaces{}
	for _, t := range s.topics.after("", "", false) {
		place := places.at(t.account, t.region)
		place.Topics = append(place.Topics, s.heldTopic(t))
	}
	sources := map[string][]string{}
	for arn, q := range s.queues.after("", "", false) {
		sources[q.deadLetterTarget()] = append(sources[q.deadLetterTarget()], arn)
	}
	for arn, q := range s.queues.after("", "", false) {
		held := s.heldQueue(q, now)
		held.DeadLetterSources = sources[arn]
		place := places.at(q.account, q.region)
		place.Queues = append(place.Queues, held)
	}
	aliases := map[string][]string{}
	for _, a := range s.kmsAliases.after("", "", false) {
		aliases[a.target] = append(aliases[a.target], a.name)
	}
	for _, a := range s.alarms.after("", "", false) {
		place := places.at(a.account, a.region)
		place.Alarms = append(place.Alarms, s.heldAlarm(a))
	}
	for arn, k := range s.kmsKeys.after("", "", false) {
		if !k.gone(now) {
			place := places.at(k.account, k.region)
			place.Keys = append(place.Keys, heldKey(k, aliases[arn]))
		}
	}
	return places.sorted()
}

func (s *Server) heldTopic(t *topic) HeldTopic {
	held := HeldTopic{ARN: t.arn, Name: t.name, Attributes: maps.Clone(t.attributes), Tags: maps.Clone(t.tags)}
	held.Subscriptions = []HeldSubscription{}
	held.Counters, _ = s.deliveries.snapshot(t.arn)
	for _, sub := range s.subscriptions.after(t.arn+":", "", false) {
		next := heldSubscription(sub)
		next.Counters, next.Last = s.deliveries.snapshot(sub.arn)
		held.Subscriptions = append(held.Subscriptions, next)
	}
	return held
}

func heldSubscription(sub *subscription) HeldSubscription {
	held := HeldSubscription{
		ARN: sub.arn, Owner: sub.owner, Protocol: sub.protocol, Endpoint: sub.endpoint, Pending: sub.pending(),
		RawMessageDelivery: sub.attributes["RawMessageDelivery"] == "true", RedriveTarget: sub.deadLetterTarget(),
	}
	if policy := sub.attributes["FilterPolicy"]; policy != "" {
		held.FilterPolicy, held.FilterPolicyScope = json.RawMessage(policy), sub.setting("FilterPolicyScope")
	}
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
	for _, task := range s.moves.bySource[q.arn] {
		held.MoveTasks = append(held.MoveTasks, HeldMoveTask{
			Destination: task.destinationARN, Status: task.status, Reason: task.failure, Started: task.started,
			Moved: task.moved, ToMove: task.toMove, MaxPerSecond: task.rate,
		})
	}
	return held
}

func (s *Server) heldAlarm(a *alarm) HeldAlarm {
	state, set := s.alarmStates[a.arn], &a.settings
	held := HeldAlarm{
		ARN: a.arn, Name: set.AlarmName, State: state.value, Reason: state.reason, Since: state.updated,
		Namespace: set.Namespace, Metric: set.MetricName, Dimensions: map[string]string{},
		ActionsEnabled: set.enabled(), LastActions: slices.Clone(state.actions), Tags: maps.Clone(a.tags),
	}
	for _, d := range set.Dimensions {
		held.Dimensions[d.Name] = d.Value
	}
	return held
}

func heldKey(k *kmsKey, aliases []string) HeldKey {
	return HeldKey{
		ARN: k.arn, Aliases: aliases, Managed: k.managed, State: k.state(),
		Policy: json.RawMessage(k.policy), Tags: maps.Clone(k.tags),
	}
}

// holdingPlace is where something is held.
type holdingPlace struct{ account, region string }

// holdingPlaces collects what is held by place.
type holdingPlaces map[holdingPlace]*HeldRegion

func (p holdingPlaces) at(account, region string) *HeldRegion {
	place := holdingPlace{account, region}
	if p[place] == nil {
		p[place] = &HeldRegion{Region: region, Topics: []HeldTopic{}, Queues: []HeldQueue{}, Alarms: []HeldAlarm{}, Keys: []HeldKey{}}
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
