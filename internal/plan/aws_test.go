package plan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// remote is one resource as AWS has it.
type remote struct {
	kind       topology.Kind
	arn, url   string
	attributes map[string]string
	tags       map[string]string
	// scope of a subscription, which is not shown while there is no filter policy.
	scope    string
	messages topology.Messages
	moveTask bool
	foreign  []string
	// sources point at a queue as dead-letter queue, besides those of this AWS.
	sources []string
}

// fakeAWS carries out steps by AWS's rules, as far as the planner must know them.
type fakeAWS struct {
	remotes map[string]*remote
	// shown are stale readings, by key; nil is an absence.
	shown map[string]*remote
	// denied are, by key, fields that may not be read.
	denied map[string]map[string]string
	now    time.Time
	// lists: subscriptions without an ARN are looked for.
	lists bool
	// mutations counts the steps carried out.
	mutations int
}

func newAWS(now time.Time) *fakeAWS {
	return &fakeAWS{remotes: map[string]*remote{}, shown: map[string]*remote{}, denied: map[string]map[string]string{}, now: now}
}

func (r *remote) clone() *remote {
	c := *r
	c.attributes, c.tags = maps.Clone(r.attributes), maps.Clone(r.tags)
	return &c
}

// lag makes readings of a resource show what it is now, until catchUp.
func (a *fakeAWS) lag(key string) {
	a.shown[key] = nil
	if r, ok := a.remotes[key]; ok {
		a.shown[key] = r.clone()
	}
}

func (a *fakeAWS) catchUp() { clear(a.shown) }

func (a *fakeAWS) reading(key string) *remote {
	if r, ok := a.shown[key]; ok {
		return r
	}
	return a.remotes[key]
}

// observe reads everything of want and of the inventory.
func (a *fakeAWS) observe(want topology.State, applied topology.Inventory) topology.State {
	have := topology.State{References: map[string]topology.Reference{}}
	for _, w := range want.Resources {
		if row, ok := applied.Find(w.Key); ok && w.ARN == "" {
			w.ARN = row.ARN
		}
		have.Resources = append(have.Resources, a.look(w))
	}
	for _, row := range applied {
		if _, ok := want.Find(row.Key); !ok {
			have.Resources = append(have.Resources, a.look(row.Resource()))
		}
	}
	for key := range want.References {
		have.References[key] = topology.Reference{Existence: topology.Absent}
		if r := a.reading(key); r != nil {
			have.References[key] = topology.Reference{Existence: topology.Present, Attributes: r.attributes}
		}
	}
	have.Sort()
	return have
}

func (a *fakeAWS) look(w topology.Resource) topology.Resource {
	seen := topology.Resource{Kind: w.Kind, Role: w.Role, Key: w.Key, ARN: w.ARN, Name: w.Name, Region: w.Region, URL: w.URL, TopicARN: w.TopicARN, Endpoint: w.Endpoint}
	r := a.reading(w.Key)
	if w.Kind == topology.KindSubscription && r != nil && a.lists && w.ARN == "" {
		w.ARN = r.arn
	}
	switch {
	case w.Kind == topology.KindSubscription && w.ARN == "":
		return seen
	case r == nil || w.Kind == topology.KindSubscription && r.arn != w.ARN:
		seen.Seen.Existence = topology.Absent
		return seen
	}
	document, err := policydoc.Parse(r.attributes["Policy"])
	if err != nil {
		panic(err)
	}
	seen.ARN, seen.URL = r.arn, r.url
	seen.Managed = topology.CanonicalAttributes(w.Kind, r.attributes)
	seen.Policy = document
	for sid, s := range document.Own() {
		seen.Managed[topology.PolicyField(sid)] = s
	}
	seen.Seen = topology.Seen{
		Existence: topology.Present, Messages: r.messages, MoveTask: r.moveTask, Foreign: r.foreign, Subscribers: int64(len(r.foreign)),
		Denied: a.denied[w.Key],
	}
	if w.Kind != topology.KindSubscription && seen.Seen.Denied["Tags"] == "" {
		owner := topology.OwnerFromTags(r.tags)
		seen.Seen.Owner, seen.Seen.TagsAt = &owner, a.now
		for k, v := range r.tags {
			seen.Managed[topology.TagField(k)] = v
		}
	}
	seen.Seen.DeadLetterSources = slices.Clone(r.sources)
	for key, other := range a.remotes {
		if other.kind == topology.KindQueue && topology.RedriveTarget(other.attributes["RedrivePolicy"]) == w.Key {
			seen.Seen.DeadLetterSources = append(seen.Seen.DeadLetterSources, key)
		}
	}
	return seen
}

// apply carries out a plan phase by phase; a failed phase stops the later ones.
func (a *fakeAWS) apply(p plan.Plan) plan.Result {
	result := plan.Result{At: a.now}
	var failed *plan.Phase
	for _, s := range p.Mutations() {
		if failed != nil && *failed != s.Phase {
			result.Outcomes = append(result.Outcomes, plan.Outcome{Step: s, Skipped: true})
			continue
		}
		o := a.step(s)
		if !o.Done {
			failed = &s.Phase
		}
		result.Outcomes = append(result.Outcomes, o)
	}
	return result
}

func (a *fakeAWS) step(s plan.Step) plan.Outcome {
	a.mutations++
	o := plan.Outcome{Step: s, Applied: map[string]string{}}
	var err error
	switch s.Action {
	case plan.Create:
		err = a.create(s, &o)
	case plan.Update:
		err = a.update(s)
	case plan.Delete:
		err = a.delete(s)
	}
	if err != nil {
		o.Fault = &fault.Error{Class: fault.Retry, Message: err.Error(), Resource: s.Resource.Key, Operation: string(s.Action)}
		return o
	}
	o.Done = true
	maps.Copy(o.Applied, s.Fields)
	return o
}

func (a *fakeAWS) create(s plan.Step, o *plan.Outcome) error {
	key := s.Resource.Key
	r, exists := a.remotes[key]
	if exists && s.Resource.Kind != topology.KindSubscription {
		return fmt.Errorf("%s exists", key)
	}
	if !exists {
		r = &remote{kind: s.Resource.Kind, arn: key, url: "https://sqs/" + s.Resource.Name, attributes: map[string]string{}, tags: maps.Clone(s.Tags)}
	}
	switch {
	case r.kind == topology.KindSubscription:
		if a.remotes[s.Resource.TopicARN] == nil {
			return fmt.Errorf("no topic %s", s.Resource.TopicARN)
		}
		r.arn, r.url, r.attributes = s.Resource.TopicARN+":sub-of-"+s.Resource.Name, "", map[string]string{"RawMessageDelivery": "false"}
	case r.kind == topology.KindTopic:
		r.url = ""
		r.attributes = map[string]string{"DisplayName": "", "Policy": policydoc.DefaultTopicPolicy(key, accountID).JSON()}
	default:
		r.attributes = map[string]string{
			"VisibilityTimeout": "30", "MessageRetentionPeriod": "345600", "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0",
			"MaximumMessageSize": "1048576", "SqsManagedSseEnabled": "true",
		}
	}
	if err := a.set(r, s.Attributes, true); err != nil {
		return err
	}
	a.remotes[key] = r
	o.ARN, o.URL = r.arn, r.url
	return nil
}

func (a *fakeAWS) update(s plan.Step) error {
	r := a.remotes[s.Resource.Key]
	if r == nil {
		return fmt.Errorf("no %s", s.Resource.Key)
	}
	if r.tags == nil {
		r.tags = map[string]string{}
	}
	maps.Copy(r.tags, s.Tags)
	for _, attributes := range s.Set {
		calls := []map[string]string{attributes}
		if r.kind != topology.KindQueue {
			calls = nil
			for _, name := range slices.Sorted(maps.Keys(attributes)) {
				calls = append(calls, map[string]string{name: attributes[name]})
			}
		}
		for _, call := range calls {
			if err := a.set(r, call, false); err != nil {
				return err
			}
		}
	}
	for _, k := range s.Untag {
		delete(r.tags, k)
	}
	return nil
}

func (a *fakeAWS) delete(s plan.Step) error {
	for key, r := range a.remotes {
		if r.kind == topology.KindQueue && key != s.Resource.Key && topology.RedriveTarget(r.attributes["RedrivePolicy"]) == s.Resource.Key {
			return fmt.Errorf("%s is deleted while %s sends its dead letters there", s.Resource.Key, key)
		}
		if r.kind == topology.KindSubscription && s.Resource.Kind != topology.KindSubscription && strings.Contains(key, s.Resource.Key) {
			return fmt.Errorf("%s is deleted while it is subscribed: %s", s.Resource.Key, key)
		}
	}
	delete(a.remotes, s.Resource.Key)
	return nil
}

// set is one call that sets attributes.
func (a *fakeAWS) set(r *remote, attributes map[string]string, creating bool) error {
	switch r.kind {
	case topology.KindQueue:
		if err := a.checkQueue(r, attributes); err != nil {
			return err
		}
	case topology.KindTopic:
		if _, ok := attributes["FifoTopic"]; ok && !creating {
			return fmt.Errorf("FifoTopic cannot be set")
		}
		if v, ok := attributes["Policy"]; ok && v == "" {
			return fmt.Errorf("a topic always has a policy")
		}
	case topology.KindSubscription:
		return a.setSubscription(r, attributes)
	}
	for name, value := range attributes {
		if value == "" {
			delete(r.attributes, name)
		} else {
			r.attributes[name] = value
		}
	}
	return nil
}

func (a *fakeAWS) checkQueue(r *remote, attributes map[string]string) error {
	fifo := r.attributes["FifoQueue"] == "true" || attributes["FifoQueue"] == "true"
	for _, name := range []string{"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"} {
		if _, ok := attributes[name]; ok && !fifo {
			return fmt.Errorf("%s on a standard queue", name)
		}
	}
	scope, limit := r.attributes["DeduplicationScope"], r.attributes["FifoThroughputLimit"]
	if v, ok := attributes["DeduplicationScope"]; ok {
		scope = v
	}
	if v, ok := attributes["FifoThroughputLimit"]; ok {
		limit = v
	}
	if limit == "perMessageGroupId" && scope != "messageGroup" {
		return fmt.Errorf("perMessageGroupId needs messageGroup")
	}
	for _, name := range []string{"VisibilityTimeout", "MessageRetentionPeriod", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"} {
		if v, ok := attributes[name]; ok && v == "" {
			return fmt.Errorf("%s cannot be empty", name)
		}
	}
	if target := topology.RedriveTarget(attributes["RedrivePolicy"]); target != "" {
		queue := a.remotes[target]
		if queue == nil {
			return fmt.Errorf("no dead-letter queue %s", target)
		}
		if allow, err := topology.ParseRedriveAllow(queue.attributes["RedriveAllowPolicy"]); err != nil || !allow.Admits(r.arn) {
			return fmt.Errorf("%s does not admit %s", target, r.arn)
		}
	}
	if key, ok := attributes["KmsMasterKeyId"]; ok && key != "" {
		if attributes["SqsManagedSseEnabled"] == "true" {
			return fmt.Errorf("one type of encryption at a time")
		}
		r.attributes["SqsManagedSseEnabled"] = "false"
		if r.attributes["KmsDataKeyReusePeriodSeconds"] == "" {
			r.attributes["KmsDataKeyReusePeriodSeconds"] = "300"
		}
	} else if ok {
		delete(r.attributes, "KmsDataKeyReusePeriodSeconds")
	}
	if attributes["SqsManagedSseEnabled"] == "true" && r.attributes["KmsMasterKeyId"] != "" && attributes["KmsMasterKeyId"] == "" {
		if _, ok := attributes["KmsMasterKeyId"]; ok {
			return fmt.Errorf("one type of encryption at a time")
		}
		delete(r.attributes, "KmsMasterKeyId")
	}
	return nil
}

// setSubscription knows the scope that is remembered while it is not shown, and refuses what is nested under MessageAttributes.
func (a *fakeAWS) setSubscription(r *remote, attributes map[string]string) error {
	if v, ok := attributes["RawMessageDelivery"]; ok && v == "" {
		return fmt.Errorf("RawMessageDelivery: Invalid value []")
	}
	policy, scope := r.attributes["FilterPolicy"], r.scope
	if v, ok := attributes["FilterPolicy"]; ok {
		policy = v
	}
	if v, ok := attributes["FilterPolicyScope"]; ok {
		if v == "" {
			return fmt.Errorf("FilterPolicyScope: Invalid value []")
		}
		scope = v
	}
	if nested(policy) && scope != "MessageBody" {
		return fmt.Errorf("filter policy scope MessageAttributes does not support nested filter policy")
	}
	for name, value := range attributes {
		r.attributes[name] = value
		if value == "" {
			delete(r.attributes, name)
		}
	}
	r.scope = scope
	delete(r.attributes, "FilterPolicyScope")
	if policy != "" {
		r.attributes["FilterPolicyScope"] = "MessageAttributes"
		if scope != "" {
			r.attributes["FilterPolicyScope"] = scope
		}
	}
	return nil
}

func nested(policy string) bool {
	var keys map[string]any
	if json.Unmarshal([]byte(policy), &keys) != nil {
		return false
	}
	for _, v := range keys {
		if _, ok := v.(map[string]any); ok {
			return true
		}
	}
	return false
}

// admits says whether a queue's policy lets a topic send.
func (a *fakeAWS) admits(queue, topic string) bool {
	r := a.remotes[queue]
	if r == nil {
		return false
	}
	document, err := policydoc.Parse(r.attributes["Policy"])
	if err != nil {
		panic(err)
	}
	for _, s := range document.Statements {
		if strings.HasPrefix(s.Sid, policydoc.SidTopics) && slices.Contains(s.Condition["ArnEquals"]["aws:SourceArn"], topic) {
			return true
		}
	}
	return false
}
