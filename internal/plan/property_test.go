package plan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// For any spec, any spec before, whatever was changed by hand and whatever of the inventory was lost: carrying plans out leads to what is
// wanted, keeps what is not Skein's, and then rests.
func TestPlansConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.foreignTopic("t0", "t1", "t2")
		w.holder("bystander", map[string]string{"team": "theirs"})
		bystander := w.aws.remotes[arnOf("sqs", "bystander")].clone()
		before, after := anySpec(t, "before"), anySpec(t, "after")
		w.settle(before.state(w))
		w.pass(rapid.SampledFrom([]time.Duration{0, 30 * time.Second, time.Hour}).Draw(t, "pause"))
		foreign := w.vandalise(t)
		if w.forget(t) {
			after = before // what leaves the spec while the status is lost is known to nobody
		}
		w.converge(after)
		w.byHand = false
		w.quiet(after.state(w))
		w.checkWanted(after.state(w))
		for key, has := range foreign {
			r := w.aws.remotes[key]
			if r == nil {
				continue // its queue or topic left the spec, or was made anew
			}
			if r.tags["foreign"] != has.tag && w.sameResource(has) {
				t.Errorf("the foreign tag of %s is gone", key)
			}
			if has.statement && w.sameResource(has) && !strings.Contains(r.attributes["Policy"], foreignStatement) {
				t.Errorf("the foreign statement of %s is gone: %s", key, r.attributes["Policy"])
			}
			if has.size != "" && w.sameResource(has) && r.attributes["MaximumMessageSize"] != has.size {
				t.Errorf("MaximumMessageSize of %s is %s, which nobody managed", key, r.attributes["MaximumMessageSize"])
			}
		}
		if diff := cmp.Diff(bystander, w.aws.remotes[bystander.arn], cmp.AllowUnexported(remote{})); diff != "" {
			t.Errorf("a queue of others was changed:\n%s", diff)
		}
		w.deletedAt = w.aws.now
		w.settle(topology.State{})
		for key, r := range w.aws.remotes {
			if topology.OwnerFromTags(r.tags) == self || r.kind == topology.KindSubscription {
				t.Errorf("%s is left after the deletion", key)
			}
		}
	})
}

// converge settles; the widening of a policy depends on the inventory, so the desired state is built anew each time.
func (w *world) converge(s spec) {
	for range 6 {
		w.settle(s.state(w))
	}
}

// spec is a random consumer with topics of its own.
type spec struct {
	Fields      map[string]string
	Encryption  string
	TLS         bool
	Senders     []string
	DeadLetters int // maxReceiveCount; 0 for none
	Undelivered bool
	Topics      map[string]filter
	Own         map[string]string // own topics with their display names
	Tags        map[string]string
}

type filter struct {
	Raw           string
	Policy, Scope string
}

func anySpec(t *rapid.T, label string) spec {
	s := spec{Fields: map[string]string{}, Topics: map[string]filter{}, Own: map[string]string{}, Tags: map[string]string{}}
	maybe := func(what string) bool { return rapid.Bool().Draw(t, label+" "+what) }
	pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label+" "+what) }
	for _, f := range []string{"VisibilityTimeout", "DelaySeconds", "ReceiveMessageWaitTimeSeconds"} {
		if maybe(f) {
			s.Fields[f] = pick(f, "0", "5", "20")
		}
	}
	s.Encryption = pick("encryption", "SQSManaged", "KMS", "None")
	s.TLS = maybe("TLS")
	if maybe("senders") {
		s.Senders = []string{pick("sender", "210987654321", "arn:aws:iam::210987654321:role/a")}
	}
	if maybe("dead letters") {
		s.DeadLetters = rapid.IntRange(1, 5).Draw(t, label+" receive count")
	}
	s.Undelivered = maybe("undelivered")
	for _, name := range []string{"t0", "t1", "t2"} {
		if maybe(name) {
			s.Topics[name] = rapid.SampledFrom([]filter{
				{"true", "", "MessageAttributes"}, {"false", `{"a":["1"]}`, "MessageAttributes"}, {"true", `{"a":["1"]}`, "MessageBody"}, {"true", `{"a":{"b":["1"]}}`, "MessageBody"},
			}).Draw(t, label+" filter of "+name)
		}
	}
	for _, name := range []string{"own0", "own1"} {
		if maybe(name) {
			s.Own[name] = pick("display name", "", "A", "B")
		}
	}
	for _, k := range []string{"team", "domain"} {
		if maybe(k) {
			s.Tags[k] = pick("tag "+k, "a", "b")
		}
	}
	return s
}

// state builds the desired State, with the topics that are leaving still admitted for the while.
func (s spec) state(w *world) topology.State {
	dead, undelivered := queue(topology.RoleDeadLetter, "q-dlq", "RedriveAllowPolicy", byQueue("q")), queue(topology.RoleUndelivered, "q-undelivered")
	main := queue(topology.RoleMain, "q", "RedrivePolicy", "", "KmsMasterKeyId", "", "SqsManagedSseEnabled", "true")
	maps.Copy(main.Managed, s.Fields)
	switch s.Encryption {
	case "KMS":
		main = with(main, "KmsMasterKeyId", "alias/a", "SqsManagedSseEnabled", "false", "KmsDataKeyReusePeriodSeconds", "600")
	case "None":
		main = with(main, "SqsManagedSseEnabled", "false")
	}
	out := []topology.Resource{}
	if s.DeadLetters > 0 {
		main = with(main, "RedrivePolicy", topology.RedrivePolicy(dead.Key, int32(s.DeadLetters)))
		out = append(out, dead)
	}
	var topics, leaving []string
	for _, name := range slices.Sorted(maps.Keys(s.Topics)) {
		f := s.Topics[name]
		r := subscription(name, "q", "RawMessageDelivery", f.Raw, "FilterPolicy", f.Policy, "FilterPolicyScope", f.Scope, "RedrivePolicy", "")
		if s.Undelivered {
			r = with(r, "RedrivePolicy", topology.SubscriptionRedrivePolicy(undelivered.Key))
		}
		out, topics = append(out, r), append(topics, name)
	}
	if s.Undelivered && len(topics) > 0 {
		out = append(out, undelivered)
	}
	for _, row := range w.inventory {
		if _, stays := s.Topics[row.Name]; row.Kind == topology.KindSubscription && !stays {
			leaving = append(leaving, row.Name)
		}
	}
	for name, display := range s.Own {
		out = append(out, topic(name, "DisplayName", display))
	}
	out = append(out, saying(s.interim(main, leaving, topics), s.statements(main.Key, topics)...))
	for i := range out {
		for k, v := range s.Tags {
			if out[i].Kind != topology.KindSubscription {
				out[i] = with(out[i], topology.TagField(k), v)
			}
		}
	}
	return state(out...)
}

func (s spec) statements(key string, topics []string) []policydoc.Statement {
	statements := append(grants(key, topics), senders(key, s.Senders...)...)
	if s.TLS {
		statements = append(statements, policydoc.TLSOnly(key))
	}
	return statements
}

func (s spec) interim(main topology.Resource, leaving, topics []string) topology.Resource {
	if len(leaving) > 0 {
		main.Interim = policydoc.BySid(grants(main.Key, slices.Concat(topics, leaving)))
	}
	return main
}

// theirs is what others put on a resource.
type theirs struct {
	remote    *remote
	tag, size string
	statement bool
}

func (w *world) sameResource(t theirs) bool {
	for _, r := range w.aws.remotes {
		if r == t.remote {
			return true
		}
	}
	return false
}

// vandalise changes AWS by hand.
func (w *world) vandalise(t *rapid.T) map[string]theirs {
	foreign := map[string]theirs{}
	for _, key := range slices.Sorted(maps.Keys(w.aws.remotes)) {
		r := w.aws.remotes[key]
		_, ours := w.inventory.Find(key)
		do := func(what string) bool { return ours && rapid.Bool().Draw(t, what+" of "+key) }
		if do("no change at all") {
			continue
		}
		has := theirs{remote: r}
		if r.kind == topology.KindSubscription {
			if do("filter") {
				r.attributes["FilterPolicy"], r.attributes["FilterPolicyScope"], r.scope = `{"z":["9"]}`, "MessageBody", "MessageBody"
			}
		} else if ours {
			if do("foreign tag") {
				r.tags["foreign"], has.tag = "x", "x"
			}
			if do("own tag") {
				r.tags["team"] = "changed"
			}
		}
		if r.kind == topology.KindQueue && ours {
			if do("statement") {
				w.addStatement(key, foreignStatement)
				has.statement = true
			}
			if do("size") {
				r.attributes["MaximumMessageSize"], has.size = "2048", "2048"
			}
			if do("timeout") {
				r.attributes["VisibilityTimeout"] = "77"
			}
			if do("no policy") && !has.statement {
				delete(r.attributes, "Policy")
				w.byHand = true
			}
			if do("no redrive policy") {
				delete(r.attributes, "RedrivePolicy")
			}
			if r.attributes["KmsMasterKeyId"] != "" && do("no key") {
				delete(r.attributes, "KmsMasterKeyId")
				delete(r.attributes, "KmsDataKeyReusePeriodSeconds")
			}
		}
		foreign[key] = has
	}
	for _, key := range slices.Sorted(maps.Keys(w.aws.remotes)) {
		_, ours := w.inventory.Find(key)
		if ours && rapid.IntRange(0, 5).Draw(t, "deletion of "+key) == 0 {
			delete(w.aws.remotes, key)
		}
	}
	return foreign
}

// forget loses some of the inventory; true if all.
func (w *world) forget(t *rapid.T) bool {
	lost := rapid.SampledFrom([]string{"nothing", "fields", "all"}).Draw(t, "lost")
	if lost == "all" {
		w.inventory, w.history = nil, map[string]topology.History{}
	}
	for i := range w.inventory {
		w.inventory[i].Fields = maps.Clone(w.inventory[i].Fields)
		for _, f := range slices.Sorted(maps.Keys(w.inventory[i].Fields)) {
			if lost == "fields" && rapid.Bool().Draw(t, "lost "+f) {
				delete(w.inventory[i].Fields, f)
			}
		}
	}
	return lost == "all"
}

// checkWanted holds that AWS shows every managed field as wanted.
func (w *world) checkWanted(want topology.State) {
	w.t.Helper()
	for _, r := range want.Resources {
		for field, value := range r.Managed {
			if a, _ := topology.FindAttribute(r.Kind, field); a.Needs != "" && r.Managed[a.Needs] == "" {
				continue
			}
			if got := w.shows(r, field); got != value {
				w.t.Errorf("%s of %s is %q, want %q", field, r.Key, got, value)
			}
		}
	}
	if len(w.inventory) < len(want.Resources) {
		rows, _ := json.Marshal(w.inventory)
		w.t.Errorf("inventory has %d rows for %d resources: %s", len(w.inventory), len(want.Resources), fmt.Sprint(string(rows)))
	}
}
